"""Criterions: losses that compute their own gradient. 损失函数。

``sizeAverage``: the mean, else the sum. ``torch.nn.…Loss`` replaced them.
Source: https://github.com/torch/nn/blob/master/doc/criterion.md
"""

from __future__ import annotations

import copy
import math
from typing import Any

from tidu._registry import FUNCTIONS
from tidu.legacy.nn import tables
from tidu.legacy.nn.module import Local
from tidu.nn import functional as F

empty, tensor, where = FUNCTIONS["empty"], FUNCTIONS["tensor"], FUNCTIONS["where"]


class Criterion:
    """损失的基类 / ``forward(input, target)`` gives a number, ``backward(input, target)`` the gradient of the input."""

    def __init__(self) -> None:
        self.gradInput: Any = empty(0)
        self.output: Any = 0

    def function(self, input: Any, target: Any) -> Any:
        """损失的函数 / The loss, a tensor of one number: for a subclass to define."""
        raise NotImplementedError

    def __call__(self, input: Any, target: Any = None) -> Any:
        """前向 / The same as ``forward``."""
        return self.forward(input, target)

    def forward(self, input: Any, target: Any = None) -> Any:
        """前向 / ``updateOutput``."""
        return self.updateOutput(input, target)

    def backward(self, input: Any, target: Any = None) -> Any:
        """反向 / ``updateGradInput``."""
        return self.updateGradInput(input, target)

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        """计算损失 / Computes the loss, a Python number, and returns it."""
        self.output = Local(lambda x: self.function(x, target), input, []).value.item()
        return self.output

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        """对输入的梯度 / Computes the gradient of the input and returns it."""
        local = Local(lambda x: self.function(x, target), input, [])
        found = local.gradients(list(tables.entries(local.operands)), FUNCTIONS["ones_like"](local.value))
        self.gradInput = tables.refilled(input, iter(found))
        return self.gradInput

    def clone(self) -> Any:
        """复制 / A copy."""
        return copy.deepcopy(self)

    def type(self, type: Any, tensorCache: dict[int, Any] | None = None) -> Any:
        """类型转换 / Converts all floating tensors within."""
        done = {} if tensorCache is None else tensorCache
        for name, value in list(self.__dict__.items()):
            setattr(self, name, tables.converted(value, type, done))
        return self

    def float(self) -> Any:
        """单精度 / As float32."""
        return self.type("torch.FloatTensor")

    def double(self) -> Any:
        """双精度 / As float64."""
        return self.type("torch.DoubleTensor")

    def cuda(self) -> Any:
        """放到 GPU / On a GPU, where there is one."""
        empty(0).cuda()  # or the error that says why not
        return self.type("torch.cuda.FloatTensor")

    def __repr__(self) -> str:
        return "nn." + type(self).__name__


class _Averaged(Criterion):
    """A loss of each element, which are averaged or summed."""

    def __init__(self, sizeAverage: bool = True) -> None:
        super().__init__()
        self.sizeAverage = sizeAverage

    @property
    def _reduction(self) -> str:
        return "mean" if self.sizeAverage else "sum"

    def _reduced(self, each: Any) -> Any:
        return each.mean() if self.sizeAverage else each.sum()


class MSECriterion(_Averaged):
    """均方误差 / ``(x - y) ** 2``."""

    def function(self, x: Any, target: Any) -> Any:
        return F.mse_loss(x, target, reduction=self._reduction)


class WeightedMSECriterion(_Averaged):
    """加权均方误差 / ``(x - weight * y) ** 2``."""

    def __init__(self, weight: Any, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        self.weight = weight.clone()

    def function(self, x: Any, target: Any) -> Any:
        return F.mse_loss(x, target * self.weight, reduction=self._reduction)


class AbsCriterion(_Averaged):
    """绝对误差 / ``|x - y|``."""

    def function(self, x: Any, target: Any) -> Any:
        return F.l1_loss(x, target, reduction=self._reduction)


class SmoothL1Criterion(_Averaged):
    """平滑绝对误差 / ``|x - y| - 0.5``, within 1 of 0 ``0.5 * (x - y) ** 2``."""

    def function(self, x: Any, target: Any) -> Any:
        return F.smooth_l1_loss(x, target, reduction=self._reduction)


class L1Cost(Criterion):
    """L1 代价 / The sum of ``|x|``; takes no target."""

    def function(self, x: Any, target: Any) -> Any:
        if target is not None:
            raise AssertionError("L1Cost takes no target")
        return x.abs().sum()


class BCECriterion(_Averaged):
    """二元交叉熵 / ``-(y * log(x) + (1 - y) * log(1 - x))``, of probabilities; ``weights``: of the classes."""

    eps = 1e-12

    def __init__(self, weights: Any = None, sizeAverage: bool = True) -> None:
        if weights is not None and weights.dim() != 1:
            raise ValueError("weights input should be 1D Tensor")
        super().__init__(sizeAverage)
        self.weights = weights

    def function(self, x: Any, target: Any) -> Any:
        if x.numel() != target.numel():
            raise RuntimeError("input and target size mismatch")
        target = target.view(x.shape)
        each = target * (x + self.eps).log() + (1 - target) * (1 - x + self.eps).log()
        return self._reduced(-each if self.weights is None else -each * self.weights)


class MultiLabelSoftMarginCriterion(BCECriterion):
    """多标签交叉熵 / The same of the sigmoid of the input."""

    def function(self, x: Any, target: Any) -> Any:
        return super().function(x.sigmoid(), target)


class ClassNLLCriterion(_Averaged):
    """负对数似然 / ``-x[class]``, of logarithms of probabilities; classes count from 0 and may have ``weights``."""

    def __init__(self, weights: Any = None, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        if weights is not None and weights.dim() != 1:
            raise AssertionError(f"weights have to be of one dimension, got {list(weights.shape)}")
        self.weights = weights

    def function(self, x: Any, target: Any) -> Any:
        target = target.long().reshape(()) if x.dim() == 1 else target.long()
        return F.nll_loss(x, target, self.weights, reduction=self._reduction)


class SpatialClassNLLCriterion(ClassNLLCriterion):
    """逐像素的负对数似然 / The same for each pixel of images."""

    def __init__(self, weights: Any = None, sizeAverage: bool = True, ignore_index: int = -100) -> None:
        super().__init__(weights, sizeAverage)
        self.ignore_index = ignore_index

    def function(self, x: Any, target: Any) -> Any:
        return F.nll_loss(x, target.long(), self.weights, None, self.ignore_index, reduction=self._reduction)


class CrossEntropyCriterion(ClassNLLCriterion):
    """交叉熵 / ``LogSoftMax`` and then ``ClassNLLCriterion``."""

    def __init__(self, weights: Any = None) -> None:
        super().__init__(weights)

    def function(self, x: Any, target: Any) -> Any:
        x, target = x.squeeze(), target.squeeze()
        return super().function(F.log_softmax(x, 0 if x.dim() in (1, 3) else 1), target)


class MarginCriterion(_Averaged):
    """间隔 / ``max(0, margin - x * y)``, with ``y`` 1 or -1."""

    def __init__(self, margin: float = 1, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        self.margin = margin

    def function(self, x: Any, target: Any) -> Any:
        return self._reduced((self.margin - x * target).clamp(min=0))


class SoftMarginCriterion(_Averaged):
    """软间隔 / ``log(1 + exp(-x * y))``, with ``y`` 1 or -1."""

    def function(self, x: Any, target: Any) -> Any:
        return F.soft_margin_loss(x, target, reduction=self._reduction)


class MultiMarginCriterion(_Averaged):
    """多类间隔 / How far the other classes come within ``margin`` of the right one, to the power of ``p``."""

    def __init__(self, p: int = 1, weights: Any = None, margin: float = 1, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        self.p, self.weights, self.margin = p, weights, margin

    def function(self, x: Any, target: Any) -> Any:
        return F.multi_margin_loss(x, target.long(), self.p, self.margin, self.weights, reduction=self._reduction)


class MultiLabelMarginCriterion(_Averaged):
    """多标签间隔 / The same with several right classes: their numbers, and -1 behind the last."""

    def function(self, x: Any, target: Any) -> Any:
        return F.multilabel_margin_loss(x, target.long(), reduction=self._reduction)


class MarginRankingCriterion(_Averaged):
    """排序间隔 / ``max(0, margin - y * (x1 - x2))``, of a table of two; ``y`` may be a number."""

    def __init__(self, margin: float = 1, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        self.margin = margin

    def function(self, x: Any, target: Any) -> Any:
        return self._reduced((self.margin - (x[0] - x[1]) * target).clamp(min=0))


class HingeEmbeddingCriterion(_Averaged):
    """铰链嵌入 / ``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1."""

    def __init__(self, margin: float = 1, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        self.margin = margin

    def function(self, x: Any, target: Any) -> Any:
        return F.hinge_embedding_loss(x, target, self.margin, reduction=self._reduction)


class L1HingeEmbeddingCriterion(Criterion):
    """L1 铰链嵌入 / The L1 distance of two vectors where ``y`` is 1, how far it is below ``margin`` where it is -1."""

    def __init__(self, margin: float = 1) -> None:
        super().__init__()
        self.margin = margin

    def function(self, x: Any, target: Any) -> Any:
        distance = (x[0] - x[1]).abs().sum()
        return (self.margin - distance).clamp(min=0) if target == -1 else distance


class CosineEmbeddingCriterion(_Averaged):
    """余弦嵌入 / ``1 - cos`` of two rows where ``y`` is 1, ``max(0, cos - margin)`` where it is -1."""

    def __init__(self, margin: float = 0, sizeAverage: bool = True) -> None:
        super().__init__(sizeAverage)
        self.margin = margin

    def function(self, x: Any, target: Any) -> Any:
        return F.cosine_embedding_loss(x[0], x[1], target, self.margin, reduction=self._reduction)


class DistKLDivCriterion(_Averaged):
    """KL 散度 / ``y * (log(y) - x)``, of logarithms of probabilities; the average is over all elements."""

    def function(self, x: Any, target: Any) -> Any:
        if x.shape != target.shape:
            raise AssertionError(f"sizes differ: {list(x.shape)} and {list(target.shape)}")
        return self._reduced(F.kl_div(x, target, reduction="none"))


class ClassSimplexCriterion(MSECriterion):
    """单纯形嵌入 / The distance to the class's corner of a regular simplex. https://arxiv.org/abs/1506.08230"""

    def __init__(self, nClasses: int) -> None:
        super().__init__()
        self.nClasses = nClasses
        self.simplex = FUNCTIONS["zeros"](nClasses, nClasses)
        n = nClasses - 1
        for k in range(n):  # each corner is of length 1, and the product of any two is -1/n
            corner = self.simplex[k]
            corner[k] = math.sqrt(1 - float((corner * corner).sum()))
            self.simplex[k + 1 :, k] = (-1 / n - float(self.simplex[k + 1] @ corner)) / float(corner[k])

    def function(self, x: Any, target: Any) -> Any:
        return super().function(x, self.simplex[target.long()])

    def getPredictions(self, input: Any) -> Any:
        """各类的得分 / The product with each corner."""
        return input @ self.simplex.t()

    def getTopPrediction(self, input: Any) -> Any:
        """预测的类 / The class of the nearest corner."""
        return self.getPredictions(input).argmax(-1).view(-1)


class _Several(Criterion):
    """A weighted sum of criterions."""

    def __init__(self) -> None:
        super().__init__()
        self.criterions: list[Any] = []
        self.weights: list[Any] = []

    def add(self, criterion: Criterion, weight: float = 1) -> Any:
        """添加一个损失 / Adds a criterion that counts so much."""
        self.criterions.append(criterion)
        self.weights.append(weight)
        return self


class MultiCriterion(_Several):
    """多个损失 / A weighted sum of criterions of the same input and target."""

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        parts = zip(self.criterions, self.weights, strict=True)
        self.output = sum(weight * criterion.updateOutput(input, target) for criterion, weight in parts)
        return self.output

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        self.gradInput = tables.zeros_like(input)
        for criterion, weight in zip(self.criterions, self.weights, strict=True):
            self.gradInput = tables.add(self.gradInput, criterion.updateGradInput(input, target), weight)
        return self.gradInput


class ParallelCriterion(_Several):
    """表的逐项损失 / A weighted sum: the i-th criterion is given the i-th entries; ``repeatTarget``: one target."""

    def __init__(self, repeatTarget: bool = False) -> None:
        super().__init__()
        self.repeatTarget = repeatTarget

    def _parts(self, input: Any, target: Any) -> Any:
        targets = [target] * len(self.criterions) if self.repeatTarget else target
        return zip(self.criterions, self.weights, input, targets, strict=True)

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        self.output = sum(
            weight * criterion.updateOutput(x, y) for criterion, weight, x, y in self._parts(input, target)
        )
        return self.output

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        self.gradInput = [
            tables.mapped(lambda g, weight=weight: g * weight, criterion.updateGradInput(x, y))
            for criterion, weight, x, y in self._parts(input, target)
        ]
        return self.gradInput
