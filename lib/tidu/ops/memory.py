"""Memory laid out as asked for. 按要求的步幅分配内存。"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Ints, is_int, kind_of, type_name
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.create import finish, shape_of, target_dtype
from tidu.ops.view import at_strides


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """未初始化，步幅自定 / Uninitialised memory of the given sizes, with the given strides in elements.

    ``RuntimeError`` where they are not equally many, or negative.
    """
    return _strided("empty_strided", size, stride, _dtypes.default_floating(), dtype, layout, device, requires_grad)


def _strided(
    function: str, size: Any, stride: Any, default: np.dtype, dtype: Any, layout: Any, device: Any, requires_grad: bool
) -> Tensor:
    for position, (name, value) in enumerate((("size", size), ("stride", stride)), 1):
        if is_int(value):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position}) must be tuple of ints, not {type_name(value)}"
            )
    sizes = kind_of(Ints).parse(size, function, "size", 1, 0)
    strides = kind_of(Ints).parse(stride, function, "stride", 2, 0)
    if len(sizes) != len(strides):
        raise RuntimeError(
            f"{function}(): dimensionality of sizes ({len(sizes)}) must match dimensionality of strides, {len(strides)}"
        )
    if min((*sizes, *strides), default=0) < 0:
        raise RuntimeError(f"{function}(): negative sizes {list(sizes)} or strides {list(strides)}")
    reach = 0 if 0 in sizes else 1 + sum((n - 1) * s for n, s in zip(sizes, strides, strict=True))
    memory = finish(np.empty(reach, target_dtype(function, dtype, default)), function, False, device, None, layout)
    made = wrap(at_strides(memory._array, sizes, strides))  # where the memory is: a copy would have other strides
    return made.requires_grad_() if requires_grad else made


def empty_permuted(size: Any, physical_layout: Any, **options: Any) -> Tensor:
    """未初始化，指定各维在内存中的次序 / Memory whose dimensions lie, outermost first, as ``physical_layout`` says."""
    shape, order = shape_of((size,), "empty_permuted"), [operator.index(d) for d in physical_layout]
    if sorted(order) != list(range(len(shape))):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout, or a dimension of "
            f"{list(shape)} is missing in {order} or there twice"
        )
    steps, step = [0] * len(shape), 1
    for d in reversed(order):
        steps[d] = step
        step *= max(shape[d], 1)
    return empty_strided(shape, steps, **options)


def _new_empty_strided(
    self: Tensor, size: Any, stride: Any, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """As ``empty_strided``, in this tensor's dtype and device. 同类型、步幅自定的新张量。"""
    where = self.device if device is None else device
    return _strided("new_empty_strided", size, stride, self._array.dtype, dtype, layout, where, requires_grad)


FUNCTIONS["empty_strided"], FUNCTIONS["empty_permuted"] = empty_strided, empty_permuted
setattr(Tensor, "new_empty_strided", _new_empty_strided)
