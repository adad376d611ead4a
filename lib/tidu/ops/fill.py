"""Filling: in place, and by a mask. 填充。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._backend import repeats
from tidu._define import op, publish
from tidu._formats import blank
from tidu._operands import NUMBERS, held
from tidu._tensor import Tensor
from tidu.ops.pointwise import by_number, where, zeros


def _value(value: Any, x: Any, function: str) -> Any:
    """The value to fill ``x`` with, in its dtype: a number, which must fit, or a 0-d array."""
    return value.astype(x.dtype)[()] if hasattr(value, "ndim") else held(value, x.dtype, function, "value")


@op(lambda g, mask: where(mask, 0.0, g), None, lambda g, mask: where(mask, g, 0.0), elementwise=True, inplace=True,
    promote=(), numbers=[2], variant=by_number, public=False)  # fmt: skip
def masked_fill(x, mask, value):
    """按掩码填充 / ``x`` with ``value`` where ``mask`` is True."""
    filled = held(value.item() if hasattr(value, "item") else value, x.dtype, "masked_fill", "value")
    if repeats(x):  # only in place is x an expanded tensor: what it repeats is to change together
        x[np.broadcast_to(mask, x.shape)] = filled
        return x
    return np.where(mask, filled, x)


def _masked(in_place: bool) -> Callable[..., Any]:
    def function(input: Any, mask: Any, value: Any) -> Tensor:
        masked_fill.check_operands([input, mask, value])
        if not isinstance(mask, Tensor):
            raise TypeError(f"masked_fill(): argument 'mask' (position 2) must be Tensor, not {type(mask).__name__}")
        if mask._array.dtype.kind != "b":
            raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
        if isinstance(value, Tensor) and value.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value.ndim} dimension(s)."
            )
        if in_place:
            return _inplace.run(masked_fill, input, [mask, value], {})
        return masked_fill.record((input.contiguous(), mask, value), {})

    return function


publish("masked_fill", _masked(False), "按掩码填充 / A copy with ``value`` where the boolean ``mask`` is True.")
publish("masked_fill_", _masked(True), "In-place form of ``masked_fill``. 原地版本。", namespace=False)


@op(lambda g: zeros(g), lambda g: g, name="copy", elementwise=True, grad_name="CopyBackwards", public=False)
def copy(x, y):
    """拷贝 / The values of ``y``."""
    return np.broadcast_to(y, x.shape) if x.shape != y.shape else y


@op(lambda g: zeros(g), lambda g: g, name="fill", elementwise=True, public=False, promote=(),
    variant=lambda args, attrs: 2 + isinstance(args[1], Tensor))  # fmt: skip
def fill(x, value):
    """填充 / Every element ``value``."""
    return _value(value, x, "fill_")


@op(lambda g: zeros(g), name="zero", elementwise=True, public=False)
def zero(x):
    """清零 / Every element 0."""
    return x.dtype.type(0)


def _copy_(self: Tensor, other: Tensor, non_blocking: bool = False) -> Tensor:
    """拷入 ``other`` 的值 / Copy the values of ``other`` (broadcast, cast to this dtype) into this tensor."""
    if not isinstance(other, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    if other._array.dtype != self._array.dtype:
        other = other.to(self.dtype)
    return _inplace.run(copy, self, [other], {})


def _fill_(input: Tensor, value: Any) -> Tensor:
    """填充 / Set every element to ``value``, a number or a 0-d tensor."""
    _check_value("fill_", value)
    return _inplace.run(fill, input, [value], {})


@op(lambda g: zeros(g), lambda g: g, name="_fill", elementwise=True, grad_name="FillBackward0", public=False,
    promote=(), variant=by_number)  # fmt: skip
def filled(x, value):
    """填充 / A tensor like ``x`` with every element ``value``."""
    out = blank(x, x.dtype)
    out[...] = _value(value, x, "fill")
    return out


def _fill(input: Tensor, value: Any) -> Tensor:
    """填充 / A tensor of the input's shape and dtype with every element ``value``, a number or a 0-d tensor."""
    _check_value("fill", value)
    return filled.record((input, value), {})


def _check_value(function: str, value: Any) -> None:
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"{function} only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
    elif not isinstance(value, NUMBERS):
        raise TypeError(f"{function}(): argument 'value' must be Number, not {type(value).__name__}")


def _zero_(input: Tensor) -> Tensor:
    """清零 / Set every element to 0."""
    return _inplace.run(zero, input, [], {})


publish("copy_", _copy_, namespace=False)
publish("fill", _fill, method=False)
publish("fill_", _fill_)
publish("zero_", _zero_)
