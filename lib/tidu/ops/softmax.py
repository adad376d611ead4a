"""Softmax and its logarithm. softmax 及其对数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Dim, DType
from tidu._backend import row_major
from tidu._define import op
from tidu.ops.pointwise import exp
from tidu.ops.reduce import sum_


def _shifted(x: Any, dim: int) -> Any:
    """x minus its largest value along ``dim``: exp then cannot overflow."""
    if not x.ndim or not x.size:
        return x - x
    return x - x.max(axis=dim, keepdims=True)


@op(lambda g, out, dim: out * (g - sum_(g * out, (dim,), True)) if g.ndim else out * (g - g * out), dtype="promote",
    kinds="fc", out="quiet")  # fmt: skip
def softmax(x, dim: Dim, dtype: DType = None):
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    z = np.exp(_shifted(x, dim))
    return row_major(z / z.sum(axis=dim, keepdims=True)) if z.ndim else z


@op(lambda g, out, dim: g - exp(out) * sum_(g, (dim,), True) if g.ndim else g - exp(out) * g, dtype="promote",
    kinds="fc", out="quiet")  # fmt: skip
def log_softmax(x, dim: Dim, dtype: DType = None):
    """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
    z = _shifted(x, dim)
    return row_major(z - np.log(np.exp(z).sum(axis=dim, keepdims=True))) if z.ndim else z
