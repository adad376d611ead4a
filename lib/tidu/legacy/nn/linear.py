"""Linear layers, and lookup. 线性层与查表。

Source: https://github.com/torch/nn/blob/master/doc/simple.md
"""

from __future__ import annotations

import math
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu.legacy.nn.module import Layer, Module
from tidu.nn import functional as F

zeros, zeros_like = FUNCTIONS["zeros"], FUNCTIONS["zeros_like"]


def weights(module: Any, weight: Any, bias: Any = None) -> None:
    """Gives a layer a weight of a shape, a bias of another, and places for their gradients. 参数及其梯度的张量。"""
    module.weight, module.gradWeight = zeros(weight), zeros(weight)
    if bias is not None:
        module.bias, module.gradBias = zeros(bias), zeros(bias)


def drawn(module: Any, stdv: float | None, fan_in: float) -> Any:
    """Draws a layer's parameters evenly around 0: with this deviation, or for so many inputs. 均匀初始化。"""
    bound = 1 / math.sqrt(fan_in) if stdv is None else stdv * math.sqrt(3)
    for p in (module.parameters() or ([], []))[0]:
        p.uniform_(-bound, bound)
    return module


class Linear(Module):
    """线性层 / ``y = x @ weight.T + bias``, of a batch of vectors.

    ``gradInput = gradOutput @ weight``, ``gradWeight += scale * gradOutput.T @ input``, ``gradBias += scale *
    gradOutput.sum(0)``. ``torch.nn.Linear`` replaced it.
    """

    def __init__(self, inputSize: int, outputSize: int, bias: bool = True) -> None:
        super().__init__()
        weights(self, (outputSize, inputSize), outputSize if bias else None)
        self.reset()

    def noBias(self) -> Linear:
        """去掉偏置 / Takes the bias away."""
        self.bias = self.gradBias = None
        return self

    def reset(self, stdv: float | None = None) -> Linear:
        return drawn(self, stdv, self.weight.size(1))

    def _check(self, input: Any) -> None:
        if input.dim() != 2:
            raise AssertionError(f"a batch of vectors is wanted, that is 2 dimensions, got {list(input.shape)}")

    @no_grad()
    def updateOutput(self, input: Any) -> Any:
        self._check(input)
        self.output = input @ self.weight.t()
        if self.bias is not None:
            self.output += self.bias
        return self.output

    @no_grad()
    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self._check(input)
        self.gradInput = gradOutput @ self.weight
        return self.gradInput

    @no_grad()
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1) -> None:
        self._check(input)
        self.gradWeight.addmm_(gradOutput.t(), input, alpha=scale)
        if self.bias is not None:
            self.gradBias.add_(gradOutput.sum(0), alpha=scale)

    def __repr__(self) -> str:
        size = f"({self.weight.size(1)} -> {self.weight.size(0)})"
        return super().__repr__() + size + (" without bias" if self.bias is None else "")


class PartialLinear(Layer):
    """部分线性层 / A linear layer of which only some outputs are computed: ``setPartition(indices)`` says which."""

    def __init__(self, inputsize: int, outputsize: int, bias: bool = True) -> None:
        super().__init__()
        self.inputsize, self.outputsize = inputsize, outputsize
        weights(self, (outputsize, inputsize), (1, outputsize) if bias else None)
        self.weight.normal_(0, 1)
        self.allcolumns = FUNCTIONS["arange"](outputsize)
        self.resetPartition()

    def setPartition(self, indices: Any) -> PartialLinear:
        """选定输出 / Computes only these outputs from now on."""
        self.partition = indices.long()
        return self

    def resetPartition(self) -> PartialLinear:
        """恢复全部输出 / Computes all outputs again."""
        return self.setPartition(self.allcolumns)

    def function(self, x: Any, weight: Any, bias: Any = None) -> Any:
        made = x @ weight[self.partition].t()
        return made if bias is None else made + bias[:, self.partition]

    def __repr__(self) -> str:
        size = f"({self.inputsize} -> {self.outputsize})"
        return super().__repr__() + size + (" without bias" if self.bias is None else "")


class Bilinear(Layer):
    """双线性层 / ``y[k] = x1 @ weight[k] @ x2 + bias[k]``, of a table of two batches."""

    def __init__(self, inputSize1: int, inputSize2: int, outputSize: int, bias: bool = True) -> None:
        super().__init__()
        weights(self, (outputSize, inputSize1, inputSize2), outputSize if bias else None)
        self.reset()

    def reset(self, stdv: float | None = None) -> Bilinear:
        return drawn(self, stdv, self.weight.size(1))

    def function(self, x: Any, weight: Any, bias: Any = None) -> Any:
        if len(x) != 2 or any(t.dim() != 2 for t in x):
            raise RuntimeError("input should be a table of two tensors of two dimensions")
        return F.bilinear(x[0], x[1], weight, bias)

    def __repr__(self) -> str:
        k, m, n = self.weight.shape
        return super().__repr__() + f"({m}x{n} -> {k})" + (" without bias" if self.bias is None else "")


class Add(Layer):
    """加偏置 / ``x + bias``, a number for each element of a sample; ``scalar``: one for all."""

    def __init__(self, inputSize: Any, scalar: bool = False) -> None:
        super().__init__()
        if scalar and inputSize != 1:
            raise AssertionError(f"one bias for all has size 1, got {inputSize}")
        self.scalar = scalar
        self.bias, self.gradBias = zeros(inputSize), zeros(inputSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> Add:
        return drawn(self, stdv, self.bias.size(0))

    def function(self, x: Any, bias: Any) -> Any:
        if self.scalar or x.shape == bias.shape:
            return x + bias
        return (x.reshape(x.size(0), -1) + bias.view(-1)).view(x.shape)


class Mul(Layer):
    """乘一个数 / ``x * weight``, one number that is learned."""

    def __init__(self) -> None:
        super().__init__()
        weights(self, 1)
        self.reset()

    def reset(self, stdv: float | None = None) -> Mul:
        return drawn(self, stdv, 1)

    def function(self, x: Any, weight: Any) -> Any:
        return x * weight[0]


class CMul(Layer):
    """逐元素乘 / ``x * weight``, a number for each element of a sample: ``CMul(5, 4)``."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.size = tuple(args[0]) if len(args) == 1 and isinstance(args[0], tuple) else args
        weights(self, self.size)
        self.reset()

    def reset(self, stdv: float | None = None) -> CMul:
        return drawn(self, stdv, self.weight.numel())

    def function(self, x: Any, weight: Any) -> Any:
        if weight.numel() == x.numel():
            return x * weight.view(x.shape)
        return (x.reshape(x.size(0), -1) * weight.view(-1)).view(x.shape)


class LookupTable(Module):
    """查表 / The rows of ``weight`` that whole numbers name, from 0. ``torch.nn.Embedding`` replaced it.

    ``paddingValue`` names a row that learns nothing; rows longer than ``maxNorm`` (of ``normType``) are shortened
    before they are read.
    """

    def __init__(
        self, nIndex: int, nOutput: int, paddingValue: int = -1, maxNorm: float | None = None,
        normType: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        weights(self, (nIndex, nOutput))
        self.paddingValue, self.maxNorm, self.normType = paddingValue, maxNorm, normType
        self.shouldScaleGradByFreq = False
        self.reset()

    def reset(self, stdv: float | None = 1) -> LookupTable:
        self.weight.normal_(0, 1 if stdv is None else stdv)
        return self

    def setPadding(self, paddingValue: int) -> LookupTable:
        """填充的编号 / Names the row that learns nothing."""
        self.paddingValue = paddingValue
        return self

    def setMaxNorm(self, maxNorm: float) -> LookupTable:
        """行的最大长度 / Rows become no longer than this."""
        self.maxNorm = maxNorm
        return self

    def setNormType(self, normType: float) -> LookupTable:
        """长度的定义 / In this norm."""
        self.normType = normType
        return self

    def scaleGradByFreq(self) -> LookupTable:
        """按频率缩放梯度 / Divides a row's gradient by how often it was read."""
        self.shouldScaleGradByFreq = True
        return self

    def accUpdateOnly(self) -> LookupTable:
        """只边求边更新 / Keeps no gradient: for ``backwardUpdate`` alone."""
        self.gradWeight = None
        return self

    @no_grad()
    def updateOutput(self, input: Any) -> Any:
        if input.dim() not in (1, 2):
            raise RuntimeError("input must be a vector or matrix")
        self.output = F.embedding(input.long(), self.weight, None, self.maxNorm, self.normType or 2.0)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = zeros_like(input)
        return self.gradInput

    @no_grad()
    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1) -> None:
        rows, g = input.reshape(-1).long(), gradOutput.reshape(-1, self.weight.size(1)) * scale
        if self.shouldScaleGradByFreq:
            g = g / FUNCTIONS["bincount"](rows)[rows].unsqueeze(1)
        learning = rows != self.paddingValue
        self.gradWeight.index_add_(0, rows[learning], g[learning])


class _OfSamples(Layer):
    """A layer that compares each sample with rows or columns that it has learned."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        weights(self, shape)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        return drawn(self, stdv, self.weight.size(0))


class Cosine(_OfSamples):
    """余弦 / The cosine between each sample and each of ``outputSize`` rows of ``weight``."""

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__(outputSize, inputSize)

    def function(self, x: Any, weight: Any) -> Any:
        if x.dim() != 2:
            raise AssertionError(f"a batch of vectors is wanted, that is 2 dimensions, got {list(x.shape)}")
        return x @ weight.t() / (weight.norm(dim=1) + 1e-12) / (x.norm(dim=1, keepdim=True) + 1e-12)


class Euclidean(_OfSamples):
    """欧氏距离 / The distance between each sample and each of ``outputSize`` columns of ``weight``."""

    def __init__(self, inputSize: int, outputSize: int) -> None:
        super().__init__(inputSize, outputSize)

    def function(self, x: Any, weight: Any) -> Any:
        return (x.unsqueeze(-1) - weight).norm(dim=-2)


class WeightedEuclidean(_OfSamples):
    """加权欧氏距离 / The distance in which each element counts ``diagCov`` times, which is learned too."""

    learned = (("weight", "gradWeight"), ("diagCov", "gradDiagCov"))

    def __init__(self, inputSize: int, outputSize: int) -> None:
        self.diagCov, self.gradDiagCov = zeros(inputSize, outputSize), zeros(inputSize, outputSize)
        super().__init__(inputSize, outputSize)

    def reset(self, stdv: float | None = None) -> Any:
        drawn(self, stdv, self.weight.size(1))
        self.diagCov.fill_(1)
        return self

    def function(self, x: Any, weight: Any, diagCov: Any) -> Any:
        return ((x.unsqueeze(-1) - weight) * diagCov).norm(dim=-2)
