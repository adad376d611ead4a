"""Functions of each element by itself, and softmax. 逐元素的函数与 softmax。

Each is a function of ``torch.nn.functional`` today. Source: https://github.com/torch/nn/blob/master/doc/transfer.md
"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS
from tidu.legacy.nn.module import Layer, Module
from tidu.nn import functional as F

where = FUNCTIONS["where"]


class Elementwise(Layer):
    """逐元素的层 / The result may take the place of the input, which saved memory: ``inplace``."""

    inplace = False

    def updateOutput(self, input: Any) -> Any:
        if not self.inplace:
            return super().updateOutput(input)
        super().updateOutput(input.clone())
        self._local.input = input
        self.output = input.copy_(self.output)
        return self.output


class Abs(Elementwise):
    """绝对值 / ``|x|``."""

    def function(self, x: Any) -> Any:
        return x.abs()


class AddConstant(Elementwise):
    """加常数 / ``x + constant_scalar``."""

    def __init__(self, constant_scalar: float, inplace: bool = False) -> None:
        super().__init__()
        self.constant_scalar, self.inplace = constant_scalar, inplace

    def function(self, x: Any) -> Any:
        return x + self.constant_scalar


class MulConstant(Elementwise):
    """乘常数 / ``x * constant_scalar``."""

    def __init__(self, constant_scalar: float, inplace: bool = False) -> None:
        super().__init__()
        self.constant_scalar, self.inplace = constant_scalar, inplace

    def function(self, x: Any) -> Any:
        return x * self.constant_scalar


class Exp(Elementwise):
    """指数 / ``exp(x)``."""

    def function(self, x: Any) -> Any:
        return x.exp()


class Log(Elementwise):
    """自然对数 / ``log(x)``."""

    def function(self, x: Any) -> Any:
        return x.log()


class Power(Elementwise):
    """幂 / ``x ** p``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.pow = p

    def function(self, x: Any) -> Any:
        return x**self.pow


class Sqrt(Elementwise):
    """平方根 / The root, whose gradient at 0 is taken as 0."""

    def __init__(self, b: float = 0, eps: float = 0) -> None:
        super().__init__()
        self.eps = eps

    def function(self, x: Any) -> Any:
        return where(x == 0, 0.0, where(x == 0, 1.0, x).sqrt())


class Square(Elementwise):
    """平方 / ``x * x``."""

    def function(self, x: Any) -> Any:
        return x * x


class Threshold(Elementwise):
    """阈值 / ``x`` where it is above ``threshold``, else ``value``."""

    def __init__(self, threshold: float = 0, value: float = 0, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.val, self.inplace = threshold, value, inplace

    def function(self, x: Any) -> Any:
        return F.threshold(x, self.threshold, self.val)


class ReLU(Threshold):
    """线性整流 / ``max(x, 0)``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0, 0, inplace)


class HardTanh(Elementwise):
    """硬 tanh / ``x`` kept within bounds."""

    def __init__(self, min_value: float = -1, max_value: float = 1, inplace: bool = False) -> None:
        super().__init__()
        if not max_value > min_value:
            raise ValueError(f"max_value has to be above min_value, got {max_value} and {min_value}")
        self.min_val, self.max_val, self.inplace = min_value, max_value, inplace

    def function(self, x: Any) -> Any:
        return F.hardtanh(x, self.min_val, self.max_val)


class Clamp(HardTanh):
    """截断 / ``x`` kept between two values."""

    def __init__(self, min_value: float, max_value: float) -> None:
        super().__init__(min_value, max_value)


class ReLU6(HardTanh):
    """截到 6 的线性整流 / ``min(max(x, 0), 6)``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0, 6, inplace)


class LeakyReLU(Elementwise):
    """带泄漏的线性整流 / ``x``, below 0 times ``negval``."""

    def __init__(self, negval: float = 1 / 100, inplace: bool = False) -> None:
        super().__init__()
        self.negval, self.inplace = negval, inplace

    def function(self, x: Any) -> Any:
        return F.leaky_relu(x, self.negval)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.negval:.4f})"


class RReLU(Elementwise):
    """随机泄漏的线性整流 / ``x``, below 0 times a number drawn between two; in evaluation times their mean."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= lower <= upper:
            raise ValueError(f"0 <= lower <= upper is wanted, got {lower} and {upper}")
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def updateOutput(self, input: Any) -> Any:
        mean = (self.lower + self.upper) / 2
        draw = input.new_empty(input.shape).uniform_(self.lower, self.upper) if self.train else mean
        self.noise = where(input < 0, draw, 1.0)
        return super().updateOutput(input)

    def function(self, x: Any) -> Any:
        return x * self.noise

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.lower:.4f}, {self.upper:.4f})"


class PReLU(Layer):
    """学出斜率的线性整流 / ``x``, below 0 times ``weight``: one for all, or one for each of the channels."""

    def __init__(self, nOutputPlane: int = 0) -> None:
        super().__init__()
        self.nOutputPlane = nOutputPlane
        self.weight = FUNCTIONS["full"]((nOutputPlane or 1,), 0.25)
        self.gradWeight = FUNCTIONS["zeros"](nOutputPlane or 1)

    def function(self, x: Any, weight: Any) -> Any:
        return F.prelu(x, weight)


class ELU(Elementwise):
    """指数线性单元 / ``x``, below 0 ``alpha * (exp(x) - 1)``."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def function(self, x: Any) -> Any:
        return F.elu(x, self.alpha)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(alpha={self.alpha:.3f})"


class Sigmoid(Elementwise):
    """Sigmoid / ``1 / (1 + exp(-x))``."""

    def function(self, x: Any) -> Any:
        return x.sigmoid()


class LogSigmoid(Elementwise):
    """Sigmoid 的对数 / ``log(1 / (1 + exp(-x)))``."""

    def function(self, x: Any) -> Any:
        return F.logsigmoid(x)


class Tanh(Elementwise):
    """双曲正切 / ``tanh(x)``."""

    def function(self, x: Any) -> Any:
        return x.tanh()


class TanhShrink(Elementwise):
    """Tanh 收缩 / ``x - tanh(x)``."""

    def function(self, x: Any) -> Any:
        return x - x.tanh()


class SoftPlus(Elementwise):
    """平滑的线性整流 / ``log(1 + exp(beta * x)) / beta``; above ``threshold`` it is ``x``."""

    def __init__(self, beta: float = 1, threshold: float = 20) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def function(self, x: Any) -> Any:
        return F.softplus(x, self.beta, self.threshold)


class SoftSign(Elementwise):
    """Softsign / ``x / (1 + |x|)``."""

    def function(self, x: Any) -> Any:
        return F.softsign(x)


class SoftShrink(Elementwise):
    """软收缩 / ``x`` nearer to 0 by ``lambd``, and 0 within."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def function(self, x: Any) -> Any:
        return F.softshrink(x, self.lambd)


class HardShrink(Elementwise):
    """硬收缩 / ``x``, but 0 within ``lambd`` of 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def function(self, x: Any) -> Any:
        return F.hardshrink(x, self.lambd)


def _classes(x: Any) -> int:
    """The dimension of the classes, as it was guessed when nobody said: behind that of a batch, if there is one."""
    return 0 if x.dim() in (1, 3) else 1


class SoftMax(Layer):
    """Softmax / Over ``dim``; by default over the first, which is the second in a batch (of vectors or images)."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def _get_dim(self, input: Any) -> int:
        return _classes(input) if self.dim is None else self.dim

    def function(self, x: Any) -> Any:
        return F.softmax(x, self._get_dim(x))


class LogSoftMax(SoftMax):
    """Softmax 的对数 / Its logarithm, over the same dimension."""

    def function(self, x: Any) -> Any:
        return F.log_softmax(x, self._get_dim(x))


class SoftMin(SoftMax):
    """Softmin / Softmax of ``-x``."""

    def function(self, x: Any) -> Any:
        return F.softmin(x, self._get_dim(x))


class SpatialSoftMax(SoftMax):
    """逐像素的 softmax / Over the channels of images."""

    def __init__(self) -> None:
        super().__init__()


class GradientReversal(Module):
    """梯度反转 / Gives its input on, and the gradient back times ``-lambd``: for a net that has to confuse another."""

    def __init__(self, lambd: float = 1) -> None:
        super().__init__()
        self.lambd = lambd

    def setLambda(self, lambd: float) -> None:
        """设定系数 / Sets ``lambd``."""
        self.lambd = lambd

    def updateOutput(self, input: Any) -> Any:
        self.output = input
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = gradOutput * -self.lambd
        return self.gradInput


class L1Penalty(Module):
    """L1 惩罚 / Gives its input on, and adds to its gradient that of ``l1weight * |x|.sum()``, which is ``loss``."""

    def __init__(self, l1weight: float, sizeAverage: bool = False, provideOutput: bool = True) -> None:
        super().__init__()
        self.l1weight, self.sizeAverage, self.provideOutput = l1weight, sizeAverage, provideOutput

    def _weight(self, input: Any) -> float:
        return self.l1weight / input.numel() if self.sizeAverage else self.l1weight

    def updateOutput(self, input: Any) -> Any:
        self.loss = self._weight(input) * input.abs().sum().item()
        self.output = input
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = input.sign() * self._weight(input)
        if self.provideOutput:
            self.gradInput = self.gradInput + gradOutput
        return self.gradInput
