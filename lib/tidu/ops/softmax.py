"""Softmax and its logarithm. softmax 及其对数。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import Dim, DType
from tidu._backend import row_major
from tidu._define import op
from tidu._kernels import rowwise, total
from tidu._tensor import Tensor
from tidu.ops.pointwise import exp
from tidu.ops.reduce import sum_


def _along(dim: int, f: Callable[..., Any], *arrays: Any) -> Any:
    """``f(dim, *arrays)``; along the last dimension, each row is a matter of its own."""
    if dim == arrays[0].ndim - 1 and not any(isinstance(a, Tensor) for a in arrays):
        return rowwise(lambda *rows: f(rows[0].ndim - 1, *rows), *arrays)
    return f(dim, *arrays)


def _shifted(x: Any, dim: int) -> Any:
    """x minus its largest value along ``dim``: exp then cannot overflow."""
    if not x.ndim or not x.size:
        return x - x
    return x - x.max(axis=dim, keepdims=True)


def _softmax(dim: int, x: Any) -> Any:
    z = _shifted(x, dim)
    if not z.ndim:
        return np.exp(z)
    z = np.exp(z, out=z)
    return np.divide(z, total(z, (dim,), True), out=z)


def _log_softmax(dim: int, x: Any) -> Any:
    z = _shifted(x, dim)
    return np.subtract(z, np.log(total(np.exp(z), (dim,), True)), out=z) if z.ndim else z


def _softmax_gradient(dim: int, g: Any, out: Any) -> Any:
    return out * (g - sum_(g * out, (dim,), True)) if g.ndim else out * (g - g * out)


def _log_softmax_gradient(dim: int, g: Any, out: Any) -> Any:
    return g - exp(out) * sum_(g, (dim,), True) if g.ndim else g - exp(out) * g


def _wide(x: Any) -> Any:
    """Half precision is computed in single, as in PyTorch, and rounded once."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


@op(lambda g, out, dim: _along(dim, _softmax_gradient, g, out), dtype="promote", kinds="f", out="quiet")
def softmax(x, dim: Dim, dtype: DType = None):
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    z = _along(dim, _softmax, _wide(x)).astype(x.dtype, copy=False)
    return row_major(z) if z.ndim else z


@op(lambda g, out, dim: _along(dim, _log_softmax_gradient, g, out), dtype="promote", kinds="f", out="quiet")
def log_softmax(x, dim: Dim, dtype: DType = None):
    """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
    z = _along(dim, _log_softmax, x)
    return row_major(z) if z.ndim else z
