"""Pooling, padding, enlarging. 池化、填充、放大。

Sizes are said width first. Source: https://github.com/torch/nn/blob/master/doc/convolution.md
"""

from __future__ import annotations

import math
from typing import Any

from tidu.legacy.nn.activation import MulConstant, Power, Sqrt, Square
from tidu.legacy.nn.containers import Sequential
from tidu.legacy.nn.linear import drawn, weights
from tidu.legacy.nn.module import Layer
from tidu.nn import functional as F


class _Pooling(Layer):
    """What they have in common; sizes in the order of the tensor's dimensions."""

    ceil_mode = False

    def _made(self, kernel: tuple[int, ...], stride: tuple[Any, ...], padding: tuple[int, ...]) -> None:
        super().__init__()
        self.kernel, self.padding = kernel, padding
        self.stride = tuple(k if d is None else d for d, k in zip(stride, kernel, strict=True))
        for letters, values in zip("k d pad".split(), (kernel, self.stride, padding), strict=True):
            for letter, value in zip("THW"[-len(kernel) :], values, strict=True):
                setattr(self, letters + letter, value)

    def ceil(self) -> Any:
        """向上取整 / The last window may reach over the edge."""
        self.ceil_mode = True
        return self

    def floor(self) -> Any:
        """向下取整 / No window may."""
        self.ceil_mode = False
        return self

    def __repr__(self) -> str:
        order = [-1, -2] if len(self.kernel) == 2 else [0, 2, 1]
        shown: list[Any] = ["x".join(str(self.kernel[i]) for i in order), *(self.stride[i] for i in order)]
        if any(self.padding):
            shown += [self.padding[i] for i in order]
        return f"{super().__repr__()}({', '.join(map(str, shown))})"


class SpatialMaxPooling(_Pooling):
    """二维最大池化 / The largest of each window; ``indices`` says where it was."""

    pool = staticmethod(F.max_pool2d)

    def __init__(
        self, kW: int, kH: int, dW: int | None = None, dH: int | None = None, padW: int = 0, padH: int = 0
    ) -> None:
        self._made((kH, kW), (dH, dW), (padH, padW))

    def function(self, x: Any) -> Any:
        self.size = x.shape[-len(self.kernel) :]
        out, self.indices = self.pool(x, self.kernel, self.stride, self.padding, 1, self.ceil_mode, True)
        return out


class VolumetricMaxPooling(SpatialMaxPooling):
    """三维最大池化 / Of films, ``kT`` frames at a time."""

    pool = staticmethod(F.max_pool3d)

    def __init__(
        self, kT: int, kW: int, kH: int, dT: int | None = None, dW: int | None = None, dH: int | None = None,
        padT: int = 0, padW: int = 0, padH: int = 0,
    ) -> None:  # fmt: skip
        self._made((kT, kH, kW), (dT, dH, dW), (padT, padH, padW))


class SpatialMaxUnpooling(Layer):
    """二维反池化 / Puts each element where a pooling layer found the largest, among zeros."""

    pooled: type[SpatialMaxPooling] = SpatialMaxPooling
    unpool = staticmethod(F.max_unpool2d)

    def __init__(self, poolingModule: Any) -> None:
        super().__init__()
        if not isinstance(poolingModule, self.pooled) or poolingModule.kernel != poolingModule.stride:
            raise AssertionError(f"a {self.pooled.__name__} whose windows do not overlap is wanted")
        self.pooling = poolingModule

    def function(self, x: Any) -> Any:
        p = self.pooling
        return self.unpool(x, p.indices, p.kernel, p.stride, p.padding, p.size)

    def __repr__(self) -> str:
        return f"{super().__repr__()} associated to {self.pooling!r}"


class VolumetricMaxUnpooling(SpatialMaxUnpooling):
    """三维反池化 / The same for films."""

    pooled = VolumetricMaxPooling
    unpool = staticmethod(F.max_unpool3d)


class SpatialAveragePooling(_Pooling):
    """二维平均池化 / The mean of each window, which moves by one if nobody says otherwise."""

    count_include_pad = True
    divide = True

    def __init__(self, kW: int, kH: int, dW: int = 1, dH: int = 1, padW: int = 0, padH: int = 0) -> None:
        self._made((kH, kW), (dH, dW), (padH, padW))

    def setCountIncludePad(self) -> Any:
        """填充计入个数 / The padding counts."""
        self.count_include_pad = True
        return self

    def setCountExcludePad(self) -> Any:
        """填充不计入个数 / The padding does not count."""
        self.count_include_pad = False
        return self

    def function(self, x: Any) -> Any:
        made = F.avg_pool2d(x, self.kernel, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return made if self.divide else made * math.prod(self.kernel)


class VolumetricAveragePooling(_Pooling):
    """三维平均池化 / Of films."""

    def __init__(
        self, kT: int, kW: int, kH: int, dT: int | None = None, dW: int | None = None, dH: int | None = None
    ) -> None:
        self._made((kT, kH, kW), (dT, dH, dW), (0, 0, 0))

    def function(self, x: Any) -> Any:
        return F.avg_pool3d(x, self.kernel, self.stride)


class SpatialAdaptiveMaxPooling(Layer):
    """自适应最大池化 / To a size of ``w`` by ``h``."""

    def __init__(self, w: int, h: int) -> None:
        super().__init__()
        self.w, self.h = w, h

    def function(self, x: Any) -> Any:
        out, self.indices = F.adaptive_max_pool2d(x, (self.h, self.w), True)
        return out


class SpatialFractionalMaxPooling(Layer):
    """分数最大池化 / Windows at random places, to a size of ``arg1`` by ``arg2``, or to these parts of the input's.

    ``fixPoolingRegions()``: the places stay what they are.
    """

    newRandomPool = False
    randomSamples: Any = None
    outW: Any
    outH: Any
    ratioW: Any
    ratioH: Any

    def __init__(self, poolSizeW: int, poolSizeH: int, arg1: float, arg2: float) -> None:
        super().__init__()
        if poolSizeW < 2 or poolSizeH < 2:
            raise AssertionError(f"windows have to be at least 2 by 2, got {poolSizeW} by {poolSizeH}")
        self.poolSizeW, self.poolSizeH = poolSizeW, poolSizeH
        sizes = arg1 >= 1 and arg2 >= 1
        if not sizes and not (0 < arg1 < 1 and 0 < arg2 < 1):
            raise AssertionError(f"two sizes, or two ratios between 0 and 1, are wanted; got {arg1} and {arg2}")
        given, unsaid = (arg1, arg2), (None, None)
        self.outW, self.outH = given if sizes else unsaid
        self.ratioW, self.ratioH = unsaid if sizes else given

    def fixPoolingRegions(self, val: bool = True) -> Any:
        """固定窗口 / The windows stay where they are."""
        self.newRandomPool = val
        return self

    def updateOutput(self, input: Any) -> Any:
        shape = (*input.shape[:2], 2)
        if self.randomSamples is None or self.randomSamples.shape != shape or not self.newRandomPool:
            self.randomSamples = input.new_empty(shape).uniform_()
        return super().updateOutput(input)

    def function(self, x: Any) -> Any:
        size: Any = (self.outH, self.outW)
        if self.outW is None:
            size = tuple(int(n * r) for n, r in zip(x.shape[2:], (self.ratioH, self.ratioW), strict=True))
        kernel = (self.poolSizeH, self.poolSizeW)
        return F.fractional_max_pool2d(x, kernel, size, _random_samples=self.randomSamples)

    def clearState(self) -> Any:
        self.randomSamples = None
        return super().clearState()

    def __repr__(self) -> str:
        size = f"{self.outW or self.ratioW}x{self.outH or self.ratioH}"
        return f"{super().__repr__()}({size}, {self.poolSizeW}, {self.poolSizeH})"


class SpatialLPPooling(Sequential):
    """Lp 池化 / The ``pnorm``-th root of the sum of each window's powers."""

    def __init__(
        self, nInputPlane: int, pnorm: float, kW: int, kH: int, dW: int | None = None, dH: int | None = None
    ) -> None:
        super().__init__()
        self.kW, self.kH, self.dW, self.dH = kW, kH, dW or kW, dH or kH
        self.add(Square() if pnorm == 2 else Power(pnorm))
        self.add(SpatialAveragePooling(kW, kH, self.dW, self.dH)).add(MulConstant(kW * kH))
        self.add(Sqrt() if pnorm == 2 else Power(1 / pnorm))


class SpatialSubSampling(Layer):
    """下采样 / The sum of each window times a number of its plane, and another added: as LeNet had it."""

    def __init__(self, nInputPlane: int, kW: int, kH: int, dW: int = 1, dH: int = 1) -> None:
        super().__init__()
        self.nInputPlane, self.kW, self.kH, self.dW, self.dH = nInputPlane, kW, kH, dW, dH
        weights(self, nInputPlane, nInputPlane)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        return drawn(self, stdv, self.kW * self.kH)

    def function(self, x: Any, weight: Any, bias: Any) -> Any:
        total = F.avg_pool2d(x, (self.kH, self.kW), (self.dH, self.dW)) * (self.kW * self.kH)
        return total * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


class TemporalSubSampling(Layer):
    """时间上的下采样 / The sum of ``kW`` frames times a number for each element, and another added."""

    def __init__(self, inputFrameSize: int, kW: int, dW: int = 1) -> None:
        super().__init__()
        self.inputFrameSize, self.kW, self.dW = inputFrameSize, kW, dW
        weights(self, inputFrameSize, inputFrameSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        return drawn(self, stdv, self.kW)

    def function(self, x: Any, weight: Any, bias: Any) -> Any:
        return x.unfold(-2, self.kW, self.dW).sum(-1) * weight + bias


class TemporalMaxPooling(Layer):
    """时间上的最大池化 / The largest of ``kW`` frames, for each element."""

    def __init__(self, kW: int, dW: int | None = None) -> None:
        super().__init__()
        self.kW, self.dW = kW, dW or kW

    def function(self, x: Any) -> Any:
        return F.max_pool1d(x.transpose(-2, -1), self.kW, self.dW).transpose(-2, -1)


class SpatialUpSamplingNearest(Layer):
    """最近邻放大 / Each pixel ``scale`` by ``scale`` times."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        if scale < 1 or scale % 1:
            raise ValueError(f"scale has to be a whole number of at least 1, got {scale}")
        self.scale_factor = int(scale)

    def function(self, x: Any) -> Any:
        return x.repeat_interleave(self.scale_factor, -2).repeat_interleave(self.scale_factor, -1)


class PixelShuffle(Layer):
    """像素重排 / ``upscaleFactor`` squared channels become one of larger images."""

    def __init__(self, upscaleFactor: int) -> None:
        super().__init__()
        self.upscaleFactor = upscaleFactor

    def function(self, x: Any) -> Any:
        return F.pixel_shuffle(x, self.upscaleFactor)


class SpatialZeroPadding(Layer):
    """零填充 / Zeros left, right, above, below; a number below 0 takes away. What is not said is as left."""

    mode = "constant"

    def __init__(
        self, pad_l: int, pad_r: int | None = None, pad_t: int | None = None, pad_b: int | None = None
    ) -> None:
        super().__init__()
        sides = [pad_l if pad is None else pad for pad in (pad_r, pad_t, pad_b)]
        self.pad_l, (self.pad_r, self.pad_t, self.pad_b) = pad_l, sides

    def function(self, x: Any) -> Any:
        return F.pad(x, (self.pad_l, self.pad_r, self.pad_t, self.pad_b), self.mode)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.pad_l}, {self.pad_r}, {self.pad_t}, {self.pad_b})"


class SpatialReflectionPadding(SpatialZeroPadding):
    """反射填充 / The image mirrored at its edges."""

    mode = "reflect"


class SpatialReplicationPadding(SpatialZeroPadding):
    """复制填充 / The edge's pixels again."""

    mode = "replicate"


class VolumetricReplicationPadding(Layer):
    """三维复制填充 / The edge's elements again, on six sides. What is not said is as left."""

    def __init__(
        self, pleft: int, pright: int | None = None, ptop: int | None = None, pbottom: int | None = None,
        pfront: int | None = None, pback: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        sides = [pleft if pad is None else pad for pad in (pright, ptop, pbottom, pfront, pback)]
        self.pleft, (self.pright, self.ptop, self.pbottom, self.pfront, self.pback) = pleft, sides

    def _sides(self) -> tuple[int, ...]:
        return self.pleft, self.pright, self.ptop, self.pbottom, self.pfront, self.pback

    def function(self, x: Any) -> Any:
        return F.pad(x, self._sides(), "replicate")

    def __repr__(self) -> str:
        return f"{super().__repr__()}({', '.join(map(str, self._sides()))})"
