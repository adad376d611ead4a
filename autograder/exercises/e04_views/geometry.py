"""What the exercises of notebook 04 share: a tensor told by its geometry, as plain tuples counted in elements."""

from __future__ import annotations

from collections.abc import Sequence

import tidu

Shape = tuple[int, ...]


def laid_out(shape: Sequence[int], stride: Sequence[int], offset: int = 0) -> tidu.Tensor:
    """A tensor of this geometry, over just enough memory."""
    size = offset + 1 + sum((n - 1) * s for n, s in zip(shape, stride) if n > 0)
    return tidu.zeros(size).as_strided(shape, stride, offset)


def geometry_of(tensor: tidu.Tensor) -> tuple[Shape, Shape]:
    return tuple(tensor.shape), tuple(tensor.stride())
