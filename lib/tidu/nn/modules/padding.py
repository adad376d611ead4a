"""Padding layers. 填充层。

Source: https://docs.pytorch.org/docs/stable/nn.html#padding-layers
"""

from __future__ import annotations

from typing import Any

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.conv import each
from tidu.nn.modules.module import Module


class _Pad(Module):
    """What padding layers share: how much, before and behind, the last dimension first."""

    ndim: int
    mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = each(padding, 2 * self.ndim)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """常数填充层（一维）/ ``value`` around the last dimension."""

    ndim = 1


class ConstantPad2d(_ConstantPad):
    """常数填充层（二维）/ ``value`` around the last two dimensions: (left, right, top, bottom), or one number."""

    ndim = 2


class ConstantPad3d(_ConstantPad):
    """常数填充层（三维）/ ``value`` around the last three dimensions."""

    ndim = 3


class _ZeroPad:
    """A constant padding whose value is 0."""

    padding: Any

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)  # type: ignore[call-arg]

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """补零层（一维）/ Zeros around the last dimension."""


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """补零层（二维）/ Zeros around the last two dimensions."""


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """补零层（三维）/ Zeros around the last three dimensions."""


class ReflectionPad1d(_Pad):
    """镜像填充层（一维）/ The last dimension mirrored at its ends, which are not repeated."""

    ndim, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """镜像填充层（二维）/ The last two dimensions mirrored at their ends, which are not repeated."""

    ndim, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """镜像填充层（三维）/ The last three dimensions mirrored at their ends, which are not repeated."""

    ndim, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """边缘填充层（一维）/ The ends of the last dimension repeated."""

    ndim, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """边缘填充层（二维）/ The ends of the last two dimensions repeated."""

    ndim, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """边缘填充层（三维）/ The ends of the last three dimensions repeated."""

    ndim, mode = 3, "replicate"


class _CircularPad(_Pad):
    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        n = self.ndim
        if input.ndim not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.ndim}D input)")
        return super().forward(input)


class CircularPad1d(_CircularPad):
    """循环填充层（一维）/ The last dimension goes on at its other end."""

    ndim = 1


class CircularPad2d(_CircularPad):
    """循环填充层（二维）/ The last two dimensions go on at their other ends."""

    ndim = 2


class CircularPad3d(_CircularPad):
    """循环填充层（三维）/ The last three dimensions go on at their other ends."""

    ndim = 3
