"""Pooling layers. 池化层。

Source: https://docs.pytorch.org/docs/stable/nn.html#pooling-layers
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.conv import each
from tidu.nn.modules.module import Module


def _function(kind: str, n: int) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(F, f"{kind}{n}d")
    return found


class _Pool(Module):
    """What pooling layers share: how many dimensions their windows have."""

    ndim: int


class _MaxPool(_Pool):
    """The largest element of each window."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )

    def forward(self, input: Tensor) -> Any:
        return _function("max_pool", self.ndim)(
            input, self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )  # fmt: skip


class MaxPool1d(_MaxPool):
    """一维最大池化层 / The largest element of each window: (N, C, L) or (C, L)."""

    ndim = 1


class MaxPool2d(_MaxPool):
    """二维最大池化层 / The largest element of each window: (N, C, H, W) or (C, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """

    ndim = 2


class MaxPool3d(_MaxPool):
    """三维最大池化层 / The largest element of each window: (N, C, D, H, W) or (C, D, H, W)."""

    ndim = 3


class _MaxUnpool(_Pool):
    """The way back from the largest elements, zeros elsewhere."""

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, self.ndim)
        self.stride = each(kernel_size if stride is None else stride, self.ndim)
        self.padding = each(padding, self.ndim)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        made: Tensor = _function("max_unpool", self.ndim)(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )
        return made


class MaxUnpool1d(_MaxUnpool):
    """一维最大池化的逆 / Zeros, and each element where ``MaxPool1d(..., return_indices=True)`` found it."""

    ndim = 1


class MaxUnpool2d(_MaxUnpool):
    """二维最大池化的逆 / Zeros, and each element where ``MaxPool2d(..., return_indices=True)`` found it."""

    ndim = 2


class MaxUnpool3d(_MaxUnpool):
    """三维最大池化的逆 / Zeros, and each element where ``MaxPool3d(..., return_indices=True)`` found it."""

    ndim = 3


class AvgPool1d(_Pool):
    """一维平均池化层 / The mean of each window: (N, C, L) or (C, L)."""

    ndim = 1

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = each(kernel_size, 1)
        self.stride = each(kernel_size if stride is None else stride, 1)
        self.padding = each(padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )  # fmt: skip


class _AvgPool(_Pool):
    """The mean of each window."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = _function("avg_pool", self.ndim)(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip
        return made


class AvgPool2d(_AvgPool):
    """二维平均池化层 / The mean of each window: (N, C, H, W) or (C, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    """

    ndim = 2


class AvgPool3d(_AvgPool):
    """三维平均池化层 / The mean of each window: (N, C, D, H, W) or (C, D, H, W)."""

    ndim = 3


class _LPPool(_Pool):
    """Roots of sums of powers."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = _function("lp_pool", self.ndim)(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )
        return made


class LPPool1d(_LPPool):
    """一维幂平均池化层 / The ``norm_type``-th root of the sum of powers of each window."""

    ndim = 1


class LPPool2d(_LPPool):
    """二维幂平均池化层 / The ``norm_type``-th root of the sum of powers of each window."""

    ndim = 2


class LPPool3d(_LPPool):
    """三维幂平均池化层 / The ``norm_type``-th root of the sum of powers of each window."""

    ndim = 3


class _AdaptiveMaxPool(_Pool):
    """The largest elements of as many windows as are asked for."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"

    def forward(self, input: Tensor) -> Any:
        return _function("adaptive_max_pool", self.ndim)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """一维自适应最大池化层 / The largest elements of ``output_size`` windows, as even as can be."""

    ndim = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """二维自适应最大池化层 / The largest elements of ``output_size`` windows, as even as can be."""

    ndim = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """三维自适应最大池化层 / The largest elements of ``output_size`` windows, as even as can be."""

    ndim = 3


class _AdaptiveAvgPool(_Pool):
    """The means of as many windows as are asked for."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = _function("adaptive_avg_pool", self.ndim)(input, self.output_size)
        return made


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """一维自适应平均池化层 / The means of ``output_size`` windows, as even as can be."""

    ndim = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """二维自适应平均池化层 / The means of ``output_size`` windows, as even as can be; None keeps a size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """

    ndim = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """三维自适应平均池化层 / The means of ``output_size`` windows, as even as can be."""

    ndim = 3
