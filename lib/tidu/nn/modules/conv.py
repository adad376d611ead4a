"""Convolution layers. 卷积层。

Source: https://docs.pytorch.org/docs/stable/nn.html#convolution-layers
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn import init
from tidu.nn.modules.lazy import LazyModuleMixin
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter, UninitializedParameter

empty = FUNCTIONS["empty"]
_MODES = ("zeros", "reflect", "replicate", "circular")


def each(value: Any, n: int) -> tuple[Any, ...]:
    """One number as ``n`` of them; several as they are."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


class _ConvNd(Module):
    """What all convolutions share: their parameters and how these start."""

    ndim: int
    weight: Any
    bias: Any

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        transposed: bool, output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer, but got {groups}")
        for key, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups != 0:
                raise ValueError(f"{key} must be divisible by groups: {channels} is not by {groups}")
        n = self.ndim
        steps = each(stride, n)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid'")
            if padding == "same" and any(s != 1 for s in steps):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {_MODES}, but got padding_mode={padding_mode!r}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = each(kernel_size, n), steps
        self.padding = padding if isinstance(padding, str) else each(padding, n)
        self.dilation, self.transposed = each(dilation, n), transposed
        self.output_padding, self.groups, self.padding_mode = each(output_padding, n), groups, padding_mode
        self._reversed_padding_repeated_twice = self._around()
        shape = (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        made = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty((*shape, *self.kernel_size), **made))
        if bias:
            self.bias = Parameter(empty(out_channels, **made))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _around(self) -> list[int]:
        """What ``F.pad`` is told: before and behind, the last dimension first."""
        if self.padding == "valid":
            return [0] * (2 * len(self.kernel_size))
        if not isinstance(self.padding, str):
            return [p for p in self.padding[::-1] for _ in range(2)]
        total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=False)]
        return [p for t in reversed(total) for p in (t // 2, t - t // 2)]

    def reset_parameters(self) -> None:
        """重新初始化 / Draw the parameters anew: uniform within ±1/sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        n = self.ndim  # of numbers, however many the kernel was given
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for key, value, usual in (
            ("padding", self.padding, (0,) * n),
            ("dilation", self.dilation, (1,) * n),
            ("output_padding", self.output_padding, (0,) * n),
            ("groups", self.groups, 1),
            ("bias", self.bias is not None, True),
            ("padding_mode", self.padding_mode, "zeros"),
        ):
            if value != usual:
                text += f", {key}={value}"
        return text


class _Conv(_ConvNd):
    """A convolution in ``ndim`` dimensions."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, False, 0, groups, bias,
                         padding_mode, device, dtype)  # fmt: skip

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        convolve: Callable[..., Tensor] = FUNCTIONS[f"conv{self.ndim}d"]
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """一维卷积层 / Convolution along one dimension: (N, C, L) or (C, L).

    ``weight`` (out, in / groups, kernel), ``bias`` (out,); ``padding``: numbers, "same" or "valid"; ``padding_mode``:
    "zeros", "reflect", "replicate" or "circular".
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
    """

    ndim = 1


class Conv2d(_Conv):
    """二维卷积层 / Convolution of images: (N, C, H, W) or (C, H, W); the sizes become
    (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down.

    ``weight`` (out, in / groups, kernel height, width), ``bias`` (out,); ``padding``: numbers, "same" or "valid".
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """

    ndim = 2


class Conv3d(_Conv):
    """三维卷积层 / Convolution of volumes: (N, C, D, H, W) or (C, D, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html
    """

    ndim = 3


class _ConvTranspose(_ConvNd):
    """A transposed convolution in ``ndim`` dimensions."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}, got {padding_mode!r}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, True, output_padding,
                         groups, bias, padding_mode, device, dtype)  # fmt: skip

    def _output_padding(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """What is missing from the smallest output to the one that is asked for."""
        if output_size is None:
            return self.output_padding
        n, wanted = self.ndim, list(output_size)
        if len(wanted) == input.ndim:
            wanted = wanted[-n:]
        if len(wanted) != n:
            raise ValueError(
                f"{type(self).__name__}: for {input.ndim}D input, output_size must have {n} or {input.ndim} elements "
                f"(got {len(wanted)})"
            )
        steps = zip(input.shape[-n:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [(m - 1) * s - 2 * p + d * (k - 1) + 1 for m, s, p, d, k in steps]
        most = [low + s - 1 for low, s in zip(least, self.stride, strict=True)]
        if any(not low <= m <= high for low, m, high in zip(least, wanted, most, strict=True)):
            raise ValueError(
                f"requested an output size of {tuple(wanted)}, but valid sizes range from {least} to {most} (for an "
                f"input of {input.shape[-n:]})"
            )
        return tuple(m - low for low, m in zip(least, wanted, strict=True))

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        convolve: Callable[..., Tensor] = FUNCTIONS[f"conv_transpose{self.ndim}d"]
        return convolve(input, self.weight, self.bias, self.stride, self.padding,
                        self._output_padding(input, output_size), self.groups, self.dilation)  # fmt: skip


class ConvTranspose1d(_ConvTranspose):
    """一维转置卷积层 / Transposed convolution along one dimension: (N, C, L) or (C, L).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
    """

    ndim = 1


class ConvTranspose2d(_ConvTranspose):
    """二维转置卷积层 / Transposed convolution of images; the sizes become
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.

    ``weight`` (in, out / groups, kernel height, width). ``forward(input, output_size)`` chooses ``output_padding``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """

    ndim = 2


class ConvTranspose3d(_ConvTranspose):
    """三维转置卷积层 / Transposed convolution of volumes: (N, C, D, H, W) or (C, D, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html
    """

    ndim = 3


class _Lazy(LazyModuleMixin):
    """A convolution whose ``in_channels`` the first input tells."""

    def _later(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        """Made with no channels and no bias: what it is to have once the input has told."""
        module: Any = self
        module.weight = UninitializedParameter(device=device, dtype=dtype)
        module.out_channels = out_channels
        if bias:
            module.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        module: Any = self
        if not self.has_uninitialized_params() and module.in_channels != 0:
            module.cls_to_become.reset_parameters(module)

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        module: Any = self
        if not self.has_uninitialized_params():
            return
        n = module.ndim
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, but got input of "
                f"size: {input.shape}"
            )
        module.in_channels = channels = input.shape[-n - 1]
        if channels % module.groups != 0:
            raise ValueError(f"in_channels must be divisible by groups: {channels} is not by {module.groups}")
        many = module.out_channels
        pair = (channels, many // module.groups) if module.transposed else (many, channels // module.groups)
        module.weight.materialize((*pair, *module.kernel_size))
        if module.bias is not None:
            module.bias.materialize((many,))
        self.reset_parameters()


class _LazyConv(_Lazy):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._later(out_channels, bias, device, dtype)


class _LazyConvTranspose(_Lazy):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )
        self._later(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """推迟定型的一维卷积层 / A ``Conv1d`` whose ``in_channels`` the first input tells."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """推迟定型的二维卷积层 / A ``Conv2d`` whose ``in_channels`` the first input tells."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """推迟定型的三维卷积层 / A ``Conv3d`` whose ``in_channels`` the first input tells."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """推迟定型的一维转置卷积层 / A ``ConvTranspose1d`` whose ``in_channels`` the first input tells."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """推迟定型的二维转置卷积层 / A ``ConvTranspose2d`` whose ``in_channels`` the first input tells."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """推迟定型的三维转置卷积层 / A ``ConvTranspose3d`` whose ``in_channels`` the first input tells."""

    cls_to_become = ConvTranspose3d
