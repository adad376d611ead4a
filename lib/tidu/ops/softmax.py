"""Softmax and its logarithm. softmax 及其对数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Dim, DType
from tidu._op import op
from tidu.ops.pointwise import exp
from tidu.ops.reduce import sum_


def _shifted(x: Any, dim: int) -> Any:
    """x minus its largest value along ``dim``: exp then cannot overflow."""
    if not x.ndim or not x.size:
        return x - x
    return x - x.max(axis=dim, keepdims=True)


def _check_floating(name: str, x: Any) -> None:
    if x.dtype.kind not in "fc":
        kind = _dtypes.TYPE_NAMES[_dtypes.of(x.dtype)].removesuffix("Tensor")
        raise NotImplementedError(
            f"\"{name}_lastdim_kernel_impl\" not implemented for '{kind}': {name}() wants a floating tensor"
        )


@op(lambda g, out, dim: out * (g - sum_(g * out, (dim,), True)) if g.ndim else out * (g - g * out), dtype="promote",
    out="quiet")  # fmt: skip
def softmax(x, dim: Dim, dtype: DType = None):
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    _check_floating("softmax", x)
    z = np.exp(_shifted(x, dim))
    return np.ascontiguousarray(z / z.sum(axis=dim, keepdims=True)) if z.ndim else z


@op(lambda g, out, dim: g - exp(out) * sum_(g, (dim,), True) if g.ndim else g - exp(out) * g, dtype="promote",
    out="quiet")  # fmt: skip
def log_softmax(x, dim: Dim, dtype: DType = None):
    """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
    _check_floating("log_softmax", x)
    z = _shifted(x, dim)
    return np.ascontiguousarray(z - np.log(np.exp(z).sum(axis=dim, keepdims=True))) if z.ndim else z
