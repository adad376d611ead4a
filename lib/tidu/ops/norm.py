"""Norms and distances. 范数与距离。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._args import As, Flag, Number, ReduceDims, wrap_dim
from tidu._define import op, publish
from tidu._graph import unbroadcast
from tidu._kernels import total
from tidu._operands import broadcast_error, check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.ops.arithmetic import power
from tidu.ops.reduce import cast_like, packed, restore, sum_


@op(lambda g, x, out, p, dim, keepdim: norm_gradient(g, x, out, p, dim, keepdim), public=False,
    grad_name="LinalgVectorNormBackward0")  # fmt: skip
def vector_norm(x, p: As = 2, dim: ReduceDims = None, keepdim: Flag = False):
    """向量范数 / p-norm over ``dim``."""
    a = np.abs(x) if p != 2 or x.dtype.kind == "c" else x
    if p == math.inf:
        return packed(a.max(axis=dim, keepdims=keepdim))
    if p == -math.inf:
        return packed(a.min(axis=dim, keepdims=keepdim))
    if p == 0:
        return packed((a != 0).sum(axis=dim, keepdims=keepdim)).astype(a.dtype)
    if p == 1:
        return packed(total(a, dim, keepdim))
    if p == 2:
        return np.sqrt(packed(total(np.multiply(a, a), dim, keepdim)))
    return packed((a**p).sum(axis=dim, keepdims=keepdim) ** (1 / p)).astype(a.dtype)


def norm_gradient(g: Any, x: Any, out: Any, p: float, dim: Any, keepdim: bool) -> Any:
    g, out = restore(g, x.shape, dim, keepdim), restore(out, x.shape, dim, keepdim)
    if p == 0:
        return None
    if p == 1:
        return g * pw.sgn(x)
    if math.isinf(p):
        hit = cast_like(pw.abs_(x) == out, g)
        return g * pw.sgn(x) * (hit / sum_(hit, dim, True))
    none = out == 0
    if p == 2:
        return g * pw.where(none, pw.zeros(x), x / out)
    if p < 2:  # the slope is infinite at 0, and no part of it is taken
        size = pw.where(x == 0, pw.zeros(out), power(pw.abs_(x), p - 1))
        return g * pw.where(none, pw.zeros(x), pw.sgn(x) * size / power(out, p - 1))
    out = pw.where(none, 1.0, out)  # lest a second derivative divide by it
    return g * pw.where(none, pw.zeros(x), x * power(pw.abs_(x), p - 2) / power(out, p - 1))


def _distance_gradient(g: Any, x: Any, y: Any, out: Any, p: float) -> Any:
    return norm_gradient(g, x - y, out, p, None, False)


@op(lambda g, x, y, out, p: sum_to(_distance_gradient(g, x, y, out, p), x.shape),
    lambda g, x, y, out, p: sum_to(_distance_gradient(g, y, x, out, p), y.shape), dtype="promote",
    out=False)  # fmt: skip
def dist(x, y, p: Number = 2):
    """距离 / p-norm of the difference of two tensors."""
    broken = broadcast_error((x, y))
    if broken is not None:
        raise broken
    if x.dtype.kind == "b":
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported: dist()")
    if x.dtype.kind in "iu":
        raise RuntimeError(f"dist(): norm(): input dtype should be either floating point or complex. Got {x.dtype}")
    return vector_norm.kernel(x - y, p)


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    return g if g is None or g.shape == shape else unbroadcast(g, shape)


# ---- weights as lengths and directions


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """除一维外的范数 / The norm over all dimensions but one, which stay with size 1; over all for ``dim=-1``."""
    check_tensors("norm_except_dim", v=v)
    if dim == -1:
        return FUNCTIONS["norm"](v, pow)
    wrap_dim(dim, v.ndim, "norm_except_dim")
    if not v.ndim:
        raise IndexError("norm_except_dim(): Dimension specified as 0 but tensor has no dimensions")
    if dim not in (0, v.ndim - 1):
        return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
    flat = v.reshape(v.shape[0], -1) if dim == 0 else v.reshape(-1, v.shape[-1])
    length: Tensor = FUNCTIONS["norm"](flat, pow, 1 if dim == 0 else 0)
    return length.view([n if d == dim else 1 for d, n in enumerate(v.shape)])


def _others(v: Any, dim: int) -> tuple[int, ...]:
    return tuple(d for d in range(v.ndim) if d != dim)


@op(lambda g, v, length, dim: _toward(g, v, length, dim)[0], lambda g, v, length, dim: _toward(g, v, length, dim)[1],
    name="_weight_norm", public=False, grad_name="WeightNormInterfaceBackward0")  # fmt: skip
def weight_norm(v, length, dim: As = 0):
    """权重归一化 / ``v`` with the norm ``length`` in each slice along ``dim``."""
    norm = np.sqrt(packed(total(np.square(v), _others(v, dim), True)))
    return np.multiply(v, length / norm, order="C")


def _toward(g: Any, v: Any, length: Any, dim: int) -> tuple[Any, Any]:
    """The gradients of directions and lengths: what of ``g`` is along ``v`` changes only the length."""
    others = _others(v, dim)
    norm = vector_norm(v, 2, others, True)
    along = sum_(g * v, others, True) / norm
    return (g - v * (along / norm)) * (length / norm), along


def _weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """权重归一化 / The weight in the directions of ``v`` whose norm in each slice along ``dim`` is ``g``; -1: in all.

    Source: Salimans & Kingma 2016, "Weight normalization".
    """
    check_tensors("_weight_norm", v=v, g=g)
    norm = norm_except_dim(v, 2, dim)
    if dim in (0, v.ndim - 1) and g.shape == norm.shape and g.dtype is v.dtype:
        return weight_norm.record((v, g), {"dim": dim})
    return v * (g / norm)


publish("norm_except_dim", norm_except_dim, method=False)
publish("_weight_norm", _weight_norm, method=False)
