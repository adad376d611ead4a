"""Distances between the rows of tensors, and rows kept short. 行向量之间的距离与范数截断。"""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from tidu._args import As, Dim, Kind, Number, kind_of, type_name
from tidu._backend import row_major
from tidu._define import op, publish, under
from tidu._graph import unbroadcast
from tidu._operands import NUMBERS, broadcast_error, check_tensors
from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.ops.arithmetic import power
from tidu.ops.gather import index_add_zero, index_select
from tidu.ops.norm import norm_gradient, vector_norm
from tidu.ops.reduce import cast_like, packed, sum_
from tidu.ops.view import reshape, unsqueeze

_BLOCK = 1 << 18  # differences that are held at a time
_MODES = {
    "use_mm_for_euclid_dist_if_necessary": None,
    "use_mm_for_euclid_dist": True,
    "donot_use_mm_for_euclid_dist": False,
}


def _length(away: Any, p: float) -> Any:
    """The p-norm of the last dimension; ``away`` is written to."""
    if p != 2:
        np.abs(away, out=away)
    if p == 0:
        return np.minimum(np.ceil(away), 1).sum(axis=-1)  # how many are not 0, or nan
    if math.isinf(p):
        return away.max(axis=-1, initial=0)
    if p == 1:
        return away.sum(axis=-1)
    if p == 2:
        return np.sqrt(np.einsum("...i,...i->...", away, away))
    return (away**p).sum(axis=-1) ** (1 / p)


def _pull(g: Any, away: Any, length: Any, p: float) -> Any:
    """The gradient of differences from that of their p-norms over the last dimension; none where they are equal."""
    if p == 0:
        return pw.zeros(away) * g
    if p == 2:
        return pw.where(length == 0, 0.0, g * away / pw.where(length == 0, 1.0, length))
    if p == 1:
        return g * pw.sign(away)
    size = pw.abs_(away)
    if math.isinf(p):
        return g * pw.sign(away) * cast_like(size == length, away)
    none = (length == 0) | (away == 0)
    size, length = pw.where(none, 1.0, size), pw.where(none, 1.0, length)
    return pw.where(none, 0.0, g * pw.sign(away) * power(size, p - 1) / power(length, p - 1))


def _named(args: Any, attrs: dict[str, Any]) -> int | str:
    return "ViewBackward0" if attrs["product"] else 0


def _difference(x: Any, y: Any) -> Any:
    return unsqueeze(x, x.ndim - 1) - unsqueeze(y, y.ndim - 2)


def _column(x: Any) -> Any:
    return reshape(x, (*x.shape, 1))


def _pulled(g: Any, x: Any, y: Any, out: Any, p: float) -> Any:
    """Each pair's share of the gradient of its first row; the second row's is the opposite."""
    return _pull(_column(g), _difference(x, y), _column(out), p)


@op(lambda g, x, y, out, p: _back(sum_(_pulled(g, x, y, out, p), (g.ndim - 1,)), x.shape),
    lambda g, x, y, out, p: _back(-sum_(_pulled(g, x, y, out, p), (g.ndim - 2,)), y.shape),
    name="cdist", public=False, variant=_named)  # fmt: skip
def cdist(x, y, p: Number, product: As = False):
    """两组行之间的距离 / p-norm distances between all rows of ``x`` and all rows of ``y``."""
    if product:
        squares = np.square(x).sum(axis=-1)[..., :, None] + np.square(y).sum(axis=-1)[..., None, :]
        squares -= 2 * (x @ y.swapaxes(-1, -2))
        return np.sqrt(np.maximum(squares, 0, out=squares), out=squares)
    y = y[..., None, :, :]
    n, each = x.shape[-2], max(y.size, 1) * max(x.size // max(x.shape[-2] * x.shape[-1], 1), 1)
    step = max(_BLOCK // each, 1)
    if n <= step:
        return packed(_length(x[..., :, None, :] - y, p))
    return np.concatenate([_length(x[..., i : i + step, None, :] - y, p) for i in range(0, n, step)], axis=-2)


def _back(g: Any, shape: tuple[int, ...]) -> Any:
    return g if g.shape == shape else unbroadcast(g, shape)


def _cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: Any = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """两组向量之间的距离 / The (P, R) p-norm distances of the rows of ``x1``, (P, M), and of ``x2``, (R, M); batched.

    ``compute_mode`` says whether Euclidean distances are taken from a matrix product, which is faster and less exact;
    by default they are when either has more than 25 rows.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.cdist.html
    """
    check_tensors("cdist", x1=x1, x2=x2)
    if not isinstance(p, NUMBERS) or isinstance(p, complex):
        raise TypeError(f"cdist(): argument 'p' (position 3) must be float, not {type_name(p)}")
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    a, b = x1._array, x2._array
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {a.shape[-1]} X2: {b.shape[-1]}")
    for name, x in (("X1", x1), ("X2", x2)):
        if x._array.dtype.kind != "f":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype}")
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if a.dtype != b.dtype:
        raise RuntimeError(f"cdist(): expected scalar type {x1.dtype} but found {x2.dtype}")
    broken = broadcast_error([np.empty(a.shape[:-2]), np.empty(b.shape[:-2])]) if a.ndim > 2 or b.ndim > 2 else None
    if broken is not None:
        raise broken
    wanted = _MODES[compute_mode]
    large = wanted if wanted is not None else a.shape[-2] > 25 or b.shape[-2] > 25
    return cdist.record((x1, x2), {"p": float(p), "product": bool(p == 2 and large)})


publish("cdist", _cdist, method=False)


# ---- pairs of one tensor's rows


class _NormOrder(Kind):
    wanted = "float"
    hint = "float"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> float:
        p = float(kind_of(Number).parse(value, function, name, position, ndim))
        if p < 0:
            raise RuntimeError(f"{function}(): argument 'p': {function} only supports non-negative p values, got {p}")
        return p


NormOrder = Annotated[float, _NormOrder()]


def _pairs(x: Any) -> tuple[Any, ...]:
    """The positions of the first and of the second rows of all pairs."""
    like = x._array if isinstance(x, Tensor) else x
    n = len(like)
    return tuple(np.nonzero(np.triu(np.ones((n, n), bool, like=like), 1)))


def _of_pairs(g: Any, x: Any, out: Any, p: float) -> Any:
    first, second = _pairs(x)
    away = index_select(x, 0, first) - index_select(x, 0, second)
    share = _pull(_column(g), away, _column(out), p)
    return index_add_zero(share, x.shape, 0, first) - index_add_zero(share, x.shape, 0, second)


@op(lambda g, x, out, p: _of_pairs(g, x, out, p), public=False, out=False)
def pdist(x, p: NormOrder = 2):
    """两两距离 / p-norm distances of all pairs of rows: (0, 1), (0, 2) ... (1, 2) ... of an (N, M) tensor.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pdist.html
    """
    if x.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.ndim}D")
    if x.dtype.kind != "f":
        raise RuntimeError(f"pdist only supports floating-point dtypes, got {x.dtype}")
    x = row_major(x)
    parts = [_length(x[i + 1 :] - x[i], p) for i in range(len(x) - 1)]
    return np.concatenate(parts) if parts else np.empty(0, x.dtype, like=x)


publish("pdist", pdist.public, pdist.__doc__, method=False)


_norm = under(vector_norm, "_norm", "NormBackward1")


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """对应行的距离 / p-norms over the last dimension of ``x1 - x2 + eps``, shapes broadcast."""
    check_tensors("pairwise_distance", x1=x1, x2=x2)
    away = x1 - x2 + eps
    made: Tensor = _norm.record((away,), _norm.bind((away,), {"p": float(p), "dim": -1, "keepdim": keepdim})[1])
    return made


publish("pairwise_distance", pairwise_distance, method=False)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """余弦相似度 / The cosine of the angle between vectors along ``dim``; norms below ``eps`` count as ``eps``."""
    check_tensors("cosine_similarity", x1=x1, x2=x2)
    broken = broadcast_error([x1._array, x2._array])
    if broken is not None:
        raise broken
    shape = np.broadcast_shapes(x1._array.shape, x2._array.shape)
    made: Tensor = (_unit(x1.expand(shape), dim, eps) * _unit(x2.expand(shape), dim, eps)).sum(dim)
    return made


def _unit(x: Tensor, dim: int, eps: float) -> Tensor:
    length = x.norm(2, dim, True)
    made: Tensor = x / (length + (length.clamp(min=eps) - length).detach())  # the limit has no part in the gradient
    return made


publish("cosine_similarity", cosine_similarity, method=False)


# ---- renorm


class _SliceDim(type(kind_of(Dim))):  # type: ignore[misc]
    """A dimension beside which there is another."""

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if ndim < 2:
            raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {ndim} dimensions")
        return super().parse(value, function, name, position, ndim)


SliceDim = Annotated[int, _SliceDim()]


def _shortened(g: Any, x: Any, p: float, dim: int, maxnorm: float) -> Any:
    dims = tuple(d for d in range(x.ndim) if d != dim)
    length = vector_norm(x, p, dims, True)
    scale = maxnorm / (length + 1e-7)
    along = sum_(g * x, dims, True) * (scale / -(length + 1e-7))
    return pw.where(length > maxnorm, g * scale + norm_gradient(along, x, length, p, dims, True), g)


@op(lambda g, x, p, dim, maxnorm: _shortened(g, x, p, dim, maxnorm), inplace=True, out="same")
def renorm(x, p: Number, dim: SliceDim, maxnorm: Number):
    """截断范数 / Each slice along ``dim`` scaled down to p-norm ``maxnorm`` where it is longer.

    ``RuntimeError`` for a ``p`` that is not positive, a negative ``maxnorm``, or a tensor of fewer than two dimensions.
    """
    if isinstance(p, complex) or isinstance(maxnorm, complex):
        raise RuntimeError(f"renorm: p and maxnorm must be real-valued, got {p} and {maxnorm}")
    if p <= 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported, got {p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if x.dtype.kind not in "fc":
        raise RuntimeError(f"renorm: expected a floating point or complex tensor as input, got {x.dtype}")
    length = vector_norm.kernel(x, p, tuple(d for d in range(x.ndim) if d != dim), True)
    scale = np.where(length > maxnorm, maxnorm / (length + length.dtype.type(1e-7)), 1).astype(length.dtype)
    return packed(x * scale)
