"""Many gradients or tangents at once: unit vectors go in as a batch, a Jacobian's rows come out. 成批的行。"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._batch import Batch
from tidu._tensor import Tensor, wrap


def units(wholes: Sequence[Tensor], outer: Sequence[int] = ()) -> list[Tensor]:
    """The unit vectors of the space that the elements of some tensors span: of each tensor a row for each vector.

    ``outer``: lengths of first dimensions of the tensors that count examples: each of these has the same vectors.
    """
    lead = len(outer)
    shapes = [w._array.shape[lead:] for w in wholes]
    counts = [math.prod(s) for s in shapes]
    made, start = [], 0
    for whole, shape, n in zip(wholes, shapes, counts, strict=True):
        rows = np.zeros_like(whole._array, order="C", shape=(sum(counts), math.prod(outer), n))
        at = np.arange(n)
        rows[start + at, :, at] = 1
        made.append(wrap(rows.reshape((sum(counts), *outer, *shape))))
        start += n
    return made


def front(t: Tensor | None, like: Tensor, level: Any) -> Tensor:
    """The tensor of all rows of a level: of what is the same in all, as often; of None, zeros like another."""
    if t is None:
        return zeros_of((level.size,), like)
    if isinstance(t._tangent, Batch) and t._tangent.level is level:
        return t._tangent.front()
    return t.expand((level.size, *t.shape))


def zeros_of(lead: tuple[int, ...], like: Tensor, skip: int = 0) -> Tensor:
    """Zeros of further dimensions in front of those of ``like``, without its first ones."""
    return wrap(np.zeros_like(like._array, order="C", shape=(*lead, *like._array.shape[skip:])))
