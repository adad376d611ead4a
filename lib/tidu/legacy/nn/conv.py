"""Convolutions: in time, in the plane, in space. 卷积：一维、二维、三维。

Sizes are said width first, ``kW, kH``; ``torch.nn.Conv1d`` … ``ConvTranspose3d``, which say the height first,
replaced them. Source: https://github.com/torch/nn/blob/master/doc/convolution.md
"""

from __future__ import annotations

import math
from typing import Any

from tidu._registry import FUNCTIONS
from tidu.legacy.nn.linear import drawn, weights
from tidu.legacy.nn.module import Layer
from tidu.nn import functional as F

randperm, zeros = FUNCTIONS["randperm"], FUNCTIONS["zeros"]


class _Convolution(Layer):
    """What they have in common: parameters, and what is shown. Sizes in the order of the tensor's dimensions."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    def _made(self, planes: tuple[int, int], kernel: Any, stride: Any, padding: Any, transposed: bool = False) -> None:
        super().__init__()
        self.nInputPlane, self.nOutputPlane = planes
        for letters, values in zip("k d pad".split(), (kernel, stride, padding), strict=True):
            for letter, value in zip("THW"[-len(kernel) :], values, strict=True):
                setattr(self, letters + letter, value)
        self.kernel, self.stride, self.padding = kernel, stride, padding
        weights(self, (*(planes if transposed else planes[::-1]), *kernel), self.nOutputPlane)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        return drawn(self, stdv, math.prod(self.kernel) * self.nInputPlane)

    def noBias(self) -> Any:
        """去掉偏置 / Takes the bias away."""
        self.bias = self.gradBias = None
        return self

    def _extra(self) -> list[Any]:
        """What follows the strides and the padding in the printed form."""
        return []

    def __repr__(self) -> str:
        order = [-1, -2] if len(self.kernel) == 2 else [0, 2, 1]  # width before height, time first
        shown: list[Any] = [f"{self.nInputPlane} -> {self.nOutputPlane}", "x".join(str(self.kernel[i]) for i in order)]
        if any(d != 1 for d in self.stride) or any(self.padding):
            shown += [self.stride[i] for i in order]
        if any(self.padding):
            shown += [self.padding[i] for i in order]
        text = ", ".join(map(str, [*shown, *self._extra()]))
        return f"{super().__repr__()}({text})" + (" without bias" if self.bias is None else "")


class SpatialConvolution(_Convolution):
    """二维卷积 / Of images: a window of ``kW`` by ``kH``, in steps of ``dW`` and ``dH``, over a padded input."""

    dilation: tuple[int, ...] = (1, 1)

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, kW: int, kH: int, dW: int = 1, dH: int = 1, padW: int = 0,
        padH: int | None = None,
    ) -> None:  # fmt: skip
        self._made((nInputPlane, nOutputPlane), (kH, kW), (dH, dW), (padW if padH is None else padH, padW))

    def function(self, x: Any, weight: Any, bias: Any = None) -> Any:
        return F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation)


class SpatialDilatedConvolution(SpatialConvolution):
    """空洞卷积 / With a window whose elements are ``dilationW`` and ``dilationH`` apart."""

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, kW: int, kH: int, dW: int = 1, dH: int = 1, padW: int = 0,
        padH: int | None = None, dilationH: int = 1, dilationW: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
        self.dilationH, self.dilationW = dilationH, dilationH if dilationW is None else dilationW
        self.dilation = (self.dilationH, self.dilationW)

    def _extra(self) -> list[Any]:
        return [self.dilationW, self.dilationH]


class VolumetricConvolution(_Convolution):
    """三维卷积 / Of films: a window of ``kT`` frames of ``kW`` by ``kH``."""

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, kT: int, kW: int, kH: int, dT: int = 1, dW: int = 1, dH: int = 1,
        padT: int = 0, padW: int | None = None, padH: int | None = None,
    ) -> None:  # fmt: skip
        padW = padT if padW is None else padW
        padding = (padT, padW if padH is None else padH, padW)
        self._made((nInputPlane, nOutputPlane), (kT, kH, kW), (dT, dH, dW), padding)

    def function(self, x: Any, weight: Any, bias: Any = None) -> Any:
        return F.conv3d(x, weight, bias, self.stride, self.padding)


class _FullConvolution(_Convolution):
    """A convolution backwards: what it is given is the output of the window, what it gives the input.

    Given a table, it gives something of the size of the second entry.
    """

    adj: tuple[int, ...]

    def _check(self) -> None:
        for letter, adj, d in zip("THW"[-len(self.adj) :], self.adj, self.stride, strict=True):
            setattr(self, "adj" + letter, adj)
            if adj > d - 1:
                raise ValueError(f"adj{letter} must be smaller than d{letter}, got {adj} and {d}")

    def function(self, x: Any, weight: Any, bias: Any = None) -> Any:
        adj = self.adj
        if isinstance(x, list):
            x, target = x
            shapes = zip(target.shape[-len(adj) :], self.kernel, self.stride, self.padding, strict=True)
            adj = tuple((n + 2 * pad - k) % d for n, k, d, pad in shapes)
        convolution = F.conv_transpose2d if len(adj) == 2 else F.conv_transpose3d
        return convolution(x, weight, bias, self.stride, self.padding, adj)

    def _extra(self) -> list[Any]:
        order = [-1, -2] if len(self.adj) == 2 else [0, 2, 1]
        return [self.adj[i] for i in order] if any(self.adj) else []


class SpatialFullConvolution(_FullConvolution):
    """二维转置卷积 / Of images; ``adjW`` and ``adjH`` more at the end of the result."""

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, kW: int, kH: int, dW: int = 1, dH: int = 1, padW: int = 0,
        padH: int | None = None, adjW: int = 0, adjH: int = 0,
    ) -> None:  # fmt: skip
        padding = (padW if padH is None else padH, padW)
        self._made((nInputPlane, nOutputPlane), (kH, kW), (dH, dW), padding, True)
        self.adj = (adjH, adjW)
        self._check()


class VolumetricFullConvolution(_FullConvolution):
    """三维转置卷积 / Of films; ``adjT``, ``adjW`` and ``adjH`` more at the end of the result."""

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, kT: int, kW: int, kH: int, dT: int = 1, dW: int = 1, dH: int = 1,
        padT: int = 0, padW: int = 0, padH: int = 0, adjT: int = 0, adjW: int = 0, adjH: int = 0,
    ) -> None:  # fmt: skip
        self._made((nInputPlane, nOutputPlane), (kT, kH, kW), (dT, dH, dW), (padT, padH, padW), True)
        self.adj = (adjT, adjH, adjW)
        self._check()


class SpatialConvolutionLocal(_Convolution):
    """不共享权重的卷积 / Of images of ``iW`` by ``iH``, with a weight and a bias for each place of the window."""

    def __init__(
        self, nInputPlane: int, nOutputPlane: int, iW: int, iH: int, kW: int, kH: int, dW: int = 1, dH: int = 1,
        padW: int = 0, padH: int | None = None,
    ) -> None:  # fmt: skip
        self._made((nInputPlane, nOutputPlane), (kH, kW), (dH, dW), (padW if padH is None else padH, padW))
        self.iW, self.iH = iW, iH
        sizes = zip((iH, iW), self.kernel, self.stride, self.padding, strict=True)
        self.oH, self.oW = ((n + 2 * pad - k) // d + 1 for n, k, d, pad in sizes)
        weights(self, (self.oH, self.oW, nOutputPlane, nInputPlane, kH, kW), (nOutputPlane, self.oH, self.oW))
        self.reset()

    def function(self, x: Any, weight: Any, bias: Any) -> Any:
        if x.dim() not in (3, 4) or x.shape[-3:] != (self.nInputPlane, self.iH, self.iW):
            wanted = f"{self.nInputPlane}x{self.iH}x{self.iW}"
            raise RuntimeError(f"an image of size {wanted} is expected, or a batch of them, got {list(x.shape)}")
        windows = F.unfold(x, self.kernel, 1, self.padding, self.stride)  # (batch, window, place)
        each = weight.view(self.oH * self.oW, self.nOutputPlane, -1)  # (place, out, window)
        made = (each @ windows.movedim(-1, -2).unsqueeze(-1)).squeeze(-1).movedim(-1, -2)
        return made.unflatten(-1, (self.oH, self.oW)) + bias


class SpatialConvolutionMap(_Convolution):
    """部分连接的卷积 / Between the planes that a table connects: rows of an input's number and an output's, from 0.

    ``SpatialConvolutionMap.maps`` makes such tables: ``full``, ``oneToOne``, ``random``.
    """

    transposed = False

    class maps:
        """连接表 / Tables of connections."""

        @staticmethod
        def full(nin: int, nout: int) -> Any:
            """全连接 / Every input with every output."""
            return FUNCTIONS["tensor"]([[float(i), float(j)] for j in range(nout) for i in range(nin)])

        @staticmethod
        def oneToOne(nfeat: int) -> Any:
            """一对一 / Every input with the output of its number."""
            return FUNCTIONS["tensor"]([[float(i), float(i)] for i in range(nfeat)])

        @staticmethod
        def random(nin: int, nout: int, nto: int) -> Any:
            """随机 / Every output with ``nto`` inputs that are drawn, all in turn before one comes again."""
            drawn_: list[float] = []
            while len(drawn_) < nout * nto:
                drawn_ += [float(i) for i in randperm(nin)[: nin // nto * nto]]
            return FUNCTIONS["tensor"]([[drawn_[k], float(k // nto)] for k in range(nout * nto)])

    def __init__(self, conMatrix: Any, kW: int, kH: int, dW: int = 1, dH: int = 1) -> None:
        self.connTable = conMatrix
        planes = (int(conMatrix[:, 0].max()) + 1, int(conMatrix[:, 1].max()) + 1)
        self._made(planes, (kH, kW), (dH, dW), (0, 0))
        weights(self, (conMatrix.size(0), kH, kW), self.nOutputPlane)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        if stdv is not None:
            return drawn(self, stdv, 1)
        outputs = self.connTable[:, 1].long()
        bounds = 1 / (FUNCTIONS["bincount"](outputs) * math.prod(self.kernel)).sqrt()
        self.bias.uniform_(-1, 1).mul_(bounds)
        if self.weight.dim() == 3:  # until then, that of a convolution between all
            self.weight.uniform_(-1, 1).mul_(bounds[outputs].view(-1, 1, 1))
        return self

    def function(self, x: Any, weight: Any, bias: Any) -> Any:
        ends = self.connTable.long().unbind(1)
        ends = ends if self.transposed else ends[::-1]
        shape = (self.nInputPlane, self.nOutputPlane) if self.transposed else (self.nOutputPlane, self.nInputPlane)
        dense = weight.new_zeros(*shape, *self.kernel).index_put(ends, weight, accumulate=True)
        return (F.conv_transpose2d if self.transposed else F.conv2d)(x, dense, bias, self.stride)


class SpatialFullConvolutionMap(SpatialConvolutionMap):
    """部分连接的转置卷积 / The transposed one."""

    transposed = True


class TemporalConvolution(Layer):
    """一维卷积 / Of frames in time, ``(batch, time, frame)`` or ``(time, frame)``: ``kW`` in steps of ``dW``."""

    def __init__(self, inputFrameSize: int, outputFrameSize: int, kW: int, dW: int = 1) -> None:
        super().__init__()
        self.inputFrameSize, self.outputFrameSize, self.kW, self.dW = inputFrameSize, outputFrameSize, kW, dW
        weights(self, (outputFrameSize, inputFrameSize * kW), outputFrameSize)
        self.reset()

    def reset(self, stdv: float | None = None) -> Any:
        return drawn(self, stdv, self.kW * self.inputFrameSize)

    def function(self, x: Any, weight: Any, bias: Any) -> Any:
        windows = x.unfold(-2, self.kW, self.dW).transpose(-2, -1).flatten(-2)  # of each, its frames one after another
        return F.linear(windows, weight, bias)
