"""Positions as tensors: of triangles, and of flat indices. 下标的张量。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Int, Ints, kind_of, type_name
from tidu._define import by_example
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.create import finish, target_dtype


@by_example
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """平铺下标还原成坐标 / The coordinates, one tensor a dimension, of positions in a flattened tensor of ``shape``.

    Positions out of range wrap around, as PyTorch's do. ``TypeError`` for what is no integer.
    """
    if not isinstance(indices, Tensor):
        raise AttributeError(f"unravel_index(): argument 'indices' must be Tensor, not {type_name(indices)}")
    if indices._array.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if isinstance(shape, Tensor):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = kind_of(Ints).parse(shape, "unravel_index", "shape", 2, 0)
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    if 0 in sizes and indices.numel():
        raise RuntimeError(f"unravel_index(): argument 'shape': ZeroDivisionError: a tensor of {sizes} has no elements")
    place = indices._array.astype(np.int64)
    coordinates = np.empty((*place.shape, len(sizes)), np.int64, like=place)
    for d in range(len(sizes) - 1, -1, -1):
        coordinates[..., d] = place % max(sizes[d], 1)
        place = place // max(sizes[d], 1)
    return tuple(wrap(coordinates[..., d]) for d in range(len(sizes)))


def _triangle(name: str, positions: Callable[..., Any], doc: str) -> None:
    def function(
        row: int,
        col: int,
        offset: int = 0,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        sizes = []
        for position, (argument, value) in enumerate((("row", row), ("col", col), ("offset", offset)), 1):
            sizes.append(kind_of(Int).parse(value, name, argument, position, 0))
            if sizes[-1] < 0 and position < 3:
                raise RuntimeError(f"{name}(): argument '{argument}': {argument} must be non-negative, got {value}")
        target = target_dtype(name, dtype, np.dtype(np.int64))
        if target not in (np.int32, np.int64):
            kind = _dtypes.TYPE_NAMES[_dtypes.of(target)].removesuffix("Tensor")
            raise NotImplementedError(f"\"{name}\" not implemented for '{kind}': argument 'dtype'")
        found = np.stack(positions(sizes[0], sizes[2], sizes[1])).astype(target)
        return finish(found, name, requires_grad, device, None, layout)

    function.__name__, function.__doc__ = name, doc
    FUNCTIONS[name] = function


_triangle("tril_indices", np.tril_indices,
          "下三角的下标 / Rows and columns, as a (2, n) tensor, of a lower triangle's elements.")  # fmt: skip
_triangle("triu_indices", np.triu_indices,
          "上三角的下标 / Rows and columns, as a (2, n) tensor, of an upper triangle's elements.")  # fmt: skip
FUNCTIONS["unravel_index"] = unravel_index
