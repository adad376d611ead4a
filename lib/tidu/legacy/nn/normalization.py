"""Normalisation and dropout. 归一化与随机失活。

Source: https://github.com/torch/nn/blob/master/doc/convolution.md
"""

from __future__ import annotations

from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu.legacy.nn.containers import Sequential
from tidu.legacy.nn.linear import weights
from tidu.legacy.nn.module import Layer, Module
from tidu.nn import functional as F

ones, zeros = FUNCTIONS["ones"], FUNCTIONS["zeros"]


class BatchNormalization(Layer):
    """批归一化 / Each feature with mean 0 and deviation 1 over the batch, then times ``weight``, plus ``bias``.

    In evaluation by the running mean and variance, which move by ``momentum`` in training.
    """

    nDim = 2

    def __init__(self, nOutput: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> None:
        super().__init__()
        if not nOutput:
            raise AssertionError("the number of features has to be more than 0")
        self.eps, self.momentum, self.affine = eps, momentum, affine
        self.running_mean, self.running_var = zeros(nOutput), ones(nOutput)
        if affine:
            weights(self, nOutput, nOutput)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        if self.affine:
            self.weight.uniform_()
            self.bias.zero_()
        self.running_mean.zero_()
        self.running_var.fill_(1)
        return self

    def function(self, x: Any, weight: Any = None, bias: Any = None) -> Any:
        if x.dim() != self.nDim:
            raise RuntimeError(f"only mini-batch supported ({self.nDim}D tensor), got {x.dim()}D tensor instead")
        if x.size(1) != self.running_mean.numel():
            raise RuntimeError(f"got {x.size(1)}-feature tensor, expected {self.running_mean.numel()}")
        self._running = self.running_mean.clone(), self.running_var.clone()
        return F.batch_norm(x, *self._running, weight, bias, self.train, self.momentum, self.eps)

    @no_grad()
    def updateOutput(self, input: Any) -> Any:
        super().updateOutput(input)
        self.running_mean.copy_(self._running[0])
        self.running_var.copy_(self._running[1])
        return self.output


class SpatialBatchNormalization(BatchNormalization):
    """图像的批归一化 / Each plane, over batch and pixels."""

    nDim = 4


class VolumetricBatchNormalization(BatchNormalization):
    """三维批归一化 / Each plane of films."""

    nDim = 5


class Normalize(Layer):
    """归一化到单位长度 / Each sample divided by its ``p``-norm."""

    def __init__(self, p: float, eps: float = 1e-10) -> None:
        super().__init__()
        if not p > 0:
            raise AssertionError(f"p has to be more than 0, got {p}")
        self.p, self.eps = p, eps

    def function(self, x: Any) -> Any:
        if x.dim() != 2:
            raise AssertionError(f"a batch of vectors is wanted, that is 2 dimensions, got {list(x.shape)}")
        if self.p == float("inf"):
            return x / (x.abs().max(1, True)[0] + self.eps)
        return x / (x.abs().pow(self.p).sum(1, True) + self.eps).pow(1 / self.p)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.p})"


class SpatialCrossMapLRN(Layer):
    """跨通道局部归一化 / ``x / (k + alpha / size * sum of squares of neighbouring channels) ** beta``."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def function(self, x: Any) -> Any:
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class _ByNeighbours(Layer):
    """Of images, by what is around each pixel, in all planes; ``kernel`` says how much each neighbour counts."""

    def __init__(self, nInputPlane: int = 1, kernel: Any = None) -> None:
        super().__init__()
        self.nInputPlane = nInputPlane
        self.kernel = ones(9, 9) if kernel is None else kernel
        if self.kernel.dim() not in (1, 2):
            raise ValueError(f"{type(self).__name__} averaging kernel must be 2D or 1D")
        if any(n % 2 == 0 for n in self.kernel.shape):
            raise ValueError(f"{type(self).__name__} averaging kernel must have ODD dimensions")

    def _mean(self, x: Any) -> Any:
        kernel = self.kernel if self.kernel.dim() == 2 else self.kernel.outer(self.kernel)
        kernel = kernel / (kernel.sum() * self.nInputPlane)
        weight = kernel.expand(1, self.nInputPlane, *kernel.shape)
        return F.conv2d(x, weight, padding=[n // 2 for n in kernel.shape])

    def _weight(self, x: Any) -> Any:
        """What the neighbours within the image count together: less at its edges."""
        return self._mean(FUNCTIONS["ones_like"](x.detach()))


class SpatialSubtractiveNormalization(_ByNeighbours):
    """减去局部均值 / The mean of what is around taken away."""

    def function(self, x: Any) -> Any:
        return x - self._mean(x) / self._weight(x)


class SpatialDivisiveNormalization(_ByNeighbours):
    """除以局部标准差 / Divided by the deviation of what is around; one below ``threshold`` counts as ``thresval``."""

    def __init__(
        self, nInputPlane: int = 1, kernel: Any = None, threshold: float = 1e-4, thresval: float | None = None
    ) -> None:
        super().__init__(nInputPlane, kernel)
        self.threshold, self.thresval = threshold, threshold if thresval is None else thresval

    def function(self, x: Any) -> Any:
        deviation = self._mean(x * x).sqrt() / self._weight(x)
        return x / F.threshold(deviation, self.threshold, self.thresval)


class SpatialContrastiveNormalization(Sequential):
    """局部对比度归一化 / The mean of what is around taken away, then divided by the deviation."""

    def __init__(
        self, nInputPlane: int = 1, kernel: Any = None, threshold: float = 1e-4, thresval: float | None = None
    ) -> None:
        super().__init__()
        self.add(SpatialSubtractiveNormalization(nInputPlane, kernel))
        self.add(SpatialDivisiveNormalization(nInputPlane, kernel, threshold, thresval))


class Dropout(Module):
    """随机失活 / In training each element is 0 with probability ``p``, and the others larger to make up for it.

    ``noise`` is what the elements were multiplied with, and so is the gradient.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = p, inplace

    def setp(self, p: float) -> None:
        """设定概率 / Sets ``p``."""
        self.p = p

    def _drops(self) -> bool:
        return self.train and self.p > 0

    def updateOutput(self, input: Any) -> Any:
        made = input
        if self._drops():
            self.noise = input.new_empty(input.shape).bernoulli_(1 - self.p).div_(1 - self.p)
            made = input * self.noise
        self.output = input.copy_(made) if self.inplace else made
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = gradOutput * self.noise if self._drops() else gradOutput
        return self.gradInput

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.p:.4f})"


class SpatialDropout(Module):
    """整个通道失活 / In training whole planes are 0 with probability ``p``; in evaluation all are times ``1 - p``."""

    nDim = 4

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def setp(self, p: float) -> None:
        """设定概率 / Sets ``p``."""
        self.p = p

    def updateOutput(self, input: Any) -> Any:
        if not self.train:
            self.output = input * (1 - self.p)
            return self.output
        if input.dim() != self.nDim:
            raise RuntimeError(f"Input must be {self.nDim}D (a batch of planes), got {input.dim()}D")
        self.noise = input.new_empty(*input.shape[:2], *[1] * (self.nDim - 2)).bernoulli_(1 - self.p)
        self.output = input * self.noise
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        if not self.train:
            raise RuntimeError("backprop only defined while training")
        self.gradInput = gradOutput * self.noise
        return self.gradInput


class VolumetricDropout(SpatialDropout):
    """三维整个通道失活 / The same for films."""

    nDim = 5

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.p:.4f})"
