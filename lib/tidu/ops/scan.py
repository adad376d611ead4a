"""Running sums and products. 累加与累乘。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Dim, DType, Int
from tidu._backend import row_major
from tidu._define import op, publish
from tidu.ops.join import cat
from tidu.ops.reduce import accumulating, narrow_raw, prod, sum_


@op(lambda g, dim: reverse_cumsum(g, dim), jvp="linear", dtype="long", inplace=True)
def cumsum(x, dim: Dim, *, dtype: DType = None):
    """累加 / Running sum along ``dim``."""
    return row_major(np.cumsum(x, axis=dim, dtype=x.dtype)) if x.ndim else x.copy()


@op(lambda g, dim: cumsum(g, dim), jvp="linear", public=False)
def reverse_cumsum(x, dim: Int):
    """从后往前累加 / Running sum from the end."""
    return np.flip(np.cumsum(np.flip(x, dim), axis=dim, dtype=x.dtype), dim).copy() if x.ndim else x.copy()


@op(lambda g, x, dim: _cumprod_gradient(g, x, dim), dtype="long", inplace=True)
def cumprod(x, dim: Dim, *, dtype: DType = None):
    """累乘 / Running product along ``dim``."""
    return row_major(np.cumprod(x, axis=dim, dtype=x.dtype)) if x.ndim else x.copy()


def _cumprod_gradient(g: Any, x: Any, dim: int) -> Any:
    """Position k gets the sum over i >= k of g_i times the product of all factors of out_i but x_k."""
    if not x.ndim:
        return g
    n = x.shape[dim]
    parts = []
    for k in range(n):
        before = prod(narrow_raw(x, dim, 0, k), dim, True)
        tail = narrow_raw(x, dim, k + 1, n)
        later = sum_(narrow_raw(g, dim, k + 1, n) * cumprod(tail, dim), (dim,), True)
        parts.append(before * (narrow_raw(g, dim, k, k + 1) + later))
    return cat(parts, dim) if parts else g


publish("cumsum", accumulating(cumsum, whole_out=True), cumsum.__doc__)
publish("cumprod", accumulating(cumprod, whole_out=True), cumprod.__doc__)
