"""Softmax and its logarithm. softmax 及其对数。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import Dim, DType
from tidu._backend import row_major
from tidu._define import op
from tidu._kernels import LARGE, rowwise, total
from tidu._tensor import Tensor
from tidu.ops.pointwise import exp
from tidu.ops.reduce import sum_


def _along(dim: int, f: Callable[..., Any], *arrays: Any) -> Any:
    """``f(*arrays, dim=dim)``; along the last dimension, each row is a matter of its own."""
    x = arrays[0]
    large = type(x) is np.ndarray and x.size >= LARGE and dim == x.ndim - 1
    if large and not any(isinstance(a, Tensor) for a in arrays):
        return rowwise(lambda *rows, out=None: f(*rows, dim=rows[0].ndim - 1, out=out), *arrays)
    return f(*arrays, dim=dim)


def _shifted(x: Any, dim: int, out: Any = None) -> Any:
    """x minus its largest value along ``dim``: exp then cannot overflow."""
    return np.subtract(x, x.max(axis=dim, keepdims=True), out=out) if x.ndim and x.size else x - x


def _sum(x: Any, dim: int) -> Any:
    return total(x, (dim,), True)


def _softmax(x: Any, dim: int, out: Any = None) -> Any:
    if out is None:
        z = _shifted(x, dim)
        z = np.exp(z, z) if z.ndim else np.exp(z)
        return np.divide(z, _sum(z, dim), z) if z.ndim else z
    sums = _sum(np.exp(x, out), dim)
    if not (sums.min() >= 1 and sums.max() < np.inf):  # something may have over- or underflowed: once more, shifted
        sums = _sum(np.exp(np.subtract(x, x.max(axis=dim, keepdims=True), out), out), dim)
    return np.divide(out, sums, out)


def _log_softmax(x: Any, dim: int, out: Any = None) -> Any:
    z = _shifted(x, dim, out)
    return np.subtract(z, np.log(_sum(np.exp(z), dim)), z) if z.ndim else z


def _softmax_gradient(g: Any, y: Any, dim: int, out: Any = None) -> Any:
    if out is None:
        return y * (g - sum_(g * y, (dim,), True)) if g.ndim else y * (g - g * y)
    np.subtract(g, np.vecdot(g, y)[:, None], out)
    return np.multiply(y, out, out)


def _log_softmax_gradient(g: Any, y: Any, dim: int, out: Any = None) -> Any:
    if out is None:
        return g - exp(y) * sum_(g, (dim,), True) if g.ndim else g - exp(y) * g
    np.multiply(np.exp(y, out=out), _sum(g, dim), out=out)
    return np.subtract(g, out, out=out)


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
