"""Choices and pairings of the elements of vectors. 组合与笛卡尔积。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import is_int, type_name
from tidu._define import by_example, publish
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.gather import index_select


def _vector(function: str, t: Tensor) -> None:
    if t.ndim != 1:
        raise RuntimeError(f"{function}(): Expect a 1D vector, but got shape {list(t.shape)}")


def _choices(positions: Any, r: int, again: bool) -> list[Any]:
    """All choices of ``r`` positions in order, one array for each of the ``r``."""
    n, columns = len(positions), [positions]
    for _ in range(r - 1):
        start = columns[-1] + (not again)  # what may follow the last choice
        lengths = n - start
        ends = np.cumsum(lengths)
        total = ends[-1].item() if ends.size else 0
        new = np.arange(total, like=positions) - np.repeat(ends - lengths, lengths) + np.repeat(start, lengths)
        columns = [np.repeat(c, lengths) for c in columns] + [new]
    return columns


@by_example
def _combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """组合 / All choices of ``r`` elements of a vector, a row each, as ``itertools.combinations`` orders them."""
    check_tensors("combinations", input=input)
    if not is_int(r):
        raise TypeError(f"combinations(): argument 'r' (position 2) must be int, not {type_name(r)}")
    _vector("combinations", input)
    if r < 0:
        raise RuntimeError(f"combinations(): argument 'r': Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, input._array.dtype, like=input._array))
    columns = _choices(np.arange(len(input), like=input._array), r, with_replacement)
    picked = [index_select.record((input,), {"dim": 0, "index": c}) for c in columns]
    for made in picked:
        noting(made, input)  # by a mask in PyTorch, which keeps what it picks from
    made_of_all: Tensor = FUNCTIONS["stack"](picked, 1)
    return made_of_all


def _cartesian_prod(*tensors: Tensor) -> Tensor:
    """笛卡尔积 / All pairings of elements of several vectors, a row each; of one vector, the vector itself."""
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"cartesian_prod(): expected Tensor as element {i} in argument 0, but got {type_name(t)}")
        _vector("cartesian_prod", t)
    for i, t in enumerate(tensors[1:], 1):
        if t._array.dtype != tensors[0]._array.dtype:
            raise RuntimeError(
                f"cartesian_prod(): meshgrid expects all tensors to have the same dtype: tensor {i} is {t.dtype}, the "
                f"first {tensors[0].dtype}"
            )
    if len(tensors) == 1:
        return tensors[0]
    grids = FUNCTIONS["meshgrid"](list(tensors), indexing="ij")
    made: Tensor = FUNCTIONS["stack"]([g.flatten() for g in grids], 1)
    return made


publish("combinations", _combinations, method=False)
publish("cartesian_prod", _cartesian_prod, method=False)
