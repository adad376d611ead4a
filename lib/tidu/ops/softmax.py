"""Softmax and its logarithm. softmax 及其对数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Dim, DType
from tidu._op import op
from tidu.ops.pointwise import exp
from tidu.ops.reduce import sum_


def _shifted(x: Any, dim: int) -> Any:
    """x minus its largest value along ``dim``: exp then cannot overflow."""
    if not x.ndim or not x.size:
        return x - x
    return x - x.max(axis=dim, keepdims=True)


def _floating(name: str, x: Any, dtype: Any) -> Any:
    x = x if dtype is None else x.astype(dtype)
    if x.dtype.kind not in "fc":
        from tidu import _dtypes

        kind = _dtypes.TYPE_NAMES[_dtypes.of(x.dtype)].removesuffix("Tensor")
        raise NotImplementedError(f"\"{name}_lastdim_kernel_impl\" not implemented for '{kind}': {name}() wants a floating tensor")
    return x


@op(lambda g, out, dim: out * (g - sum_(g * out, (dim,), True)) if g.ndim else out * (g - g * out))
def softmax(x, dim: Dim, dtype: DType = None):
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    z = np.exp(_shifted(_floating("softmax", x, dtype), dim))
    return z / z.sum(axis=dim, keepdims=True) if z.ndim else z


@op(lambda g, out, dim: g - exp(out) * sum_(g, (dim,), True) if g.ndim else g - exp(out) * g)
def log_softmax(x, dim: Dim, dtype: DType = None):
    """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
    z = _shifted(_floating("log_softmax", x, dtype), dim)
    return z - np.log(np.exp(z).sum(axis=dim, keepdims=True)) if z.ndim else z
