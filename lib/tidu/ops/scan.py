"""Running sums, products and extreme values. 累加、累乘与累计最值。"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import Dim, DType, Int
from tidu._backend import row_major, strided
from tidu._define import op, publish
from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.ops.gather import scatter_zero
from tidu.ops.join import cat, flip
from tidu.ops.reduce import accumulating, narrow_raw, prod, sum_

# What PyTorch adds up in. Source: ``acc_type`` in ATen/AccumulateType.h
_WIDE: dict[str, Any] = {"e": np.dtype(np.float32), "f": np.dtype(np.float64), "F": np.dtype(np.complex128)}
_SMALL, _BLOCK, _STEP, _ROWS = (
    4096,
    1 << 18,
    8,
    4096,
)  # elements: one plain call; in the cache; ...


def _accumulate(ufunc: np.ufunc, x: Any, dim: int) -> Any:
    """``ufunc.accumulate`` as PyTorch computes it: in wide numbers, each result rounded once."""
    if not x.ndim:
        return x.copy()
    wide = _WIDE.get(x.dtype.char)
    if wide is None:
        return row_major(ufunc.accumulate(x, axis=dim, dtype=x.dtype))
    n = x.shape[dim]
    if x.size <= _SMALL or type(x) is not np.ndarray:
        return row_major(ufunc.accumulate(x, axis=dim, dtype=wide).astype(x.dtype))
    # a product that is grouped could leave the range of numbers where one taken in order does not
    groups = ufunc is np.add and n >= 16 * _STEP and wide.itemsize >= 8
    if groups and dim == x.ndim - 1:
        return _in_groups(ufunc, x, wide)
    if x.size >= 256 * n:
        return _in_steps(ufunc, x, wide, dim)
    if groups:
        return np.ascontiguousarray(np.moveaxis(_in_groups(ufunc, np.moveaxis(x, dim, -1), wide), -1, dim))
    made = x.astype(wide, order="C")
    return ufunc.accumulate(made, axis=dim, out=made).astype(x.dtype)


def _in_steps(ufunc: np.ufunc, x: Any, wide: Any, dim: int) -> Any:
    """One position along ``dim`` after the other, all others at once."""
    x = np.ascontiguousarray(x)
    out = np.empty_like(x)
    n, inner = x.shape[dim], math.prod(x.shape[dim + 1 :])
    # (n, others) where the others are one dimension; else all of them at a time
    last = inner == 1
    steps, results = (a.reshape(-1, n).T if last else np.moveaxis(a, dim, 0) for a in (x, out))
    many = _ROWS if last else max(len(steps[0]), 1)
    for start in range(0, steps.shape[1], many):
        at = slice(start, start + many)
        so_far = steps[0, at].astype(wide)
        results[0, at] = so_far
        for k in range(1, n):
            ufunc(so_far, steps[k, at], out=so_far)
            results[k, at] = so_far
    return out


def _in_groups(ufunc: np.ufunc, x: Any, wide: Any) -> Any:
    """Along the last axis, groups of ``_STEP`` neighbours at a time, all groups at once: a step of NumPy's own
    accumulation waits for the one before, and takes five times as long."""
    n = x.shape[-1]
    rows = np.ascontiguousarray(x).reshape(-1, n)
    out = np.empty_like(rows)
    many = max(_BLOCK // n, 1)
    for row in range(0, len(rows), many):
        so_far = None
        for start in range(0, n, _BLOCK):
            at = (slice(row, row + many), slice(start, start + _BLOCK))
            so_far = _one_block(ufunc, rows[at], wide, out[at], so_far)
    return out.reshape(x.shape)


def _one_block(ufunc: np.ufunc, rows: Any, wide: Any, out: Any, so_far: Any) -> Any:
    """Writes the running results of ``rows`` to ``out``; returns the last of each row."""
    m, n = rows.shape
    groups = n // _STEP
    whole = groups * _STEP
    last = so_far
    if groups:
        shape = (m, groups, _STEP)
        block = np.empty((_STEP, m, groups), wide)
        block[...] = strided(rows, shape, (rows.strides[0], _STEP * rows.itemsize, rows.itemsize)).transpose(2, 0, 1)
        if so_far is not None:
            ufunc(so_far, block[0, :, 0], out=block[0, :, 0])
        for k in range(1, _STEP):
            ufunc(block[k - 1], block[k], out=block[k])
        ends = ufunc.accumulate(block[-1], axis=-1)
        ufunc(ends[:, :-1], block[:, :, 1:], out=block[:, :, 1:])
        target = strided(out, shape, (out.strides[0], _STEP * out.itemsize, out.itemsize))
        target[...] = block.astype(out.dtype, copy=False).transpose(1, 2, 0)  # cast first: twice as fast
        last = ends[:, -1]
    if whole < n:
        rest = rows[:, whole:].astype(wide)
        if last is not None:
            rest[:, 0] = ufunc(last, rest[:, 0])
        out[:, whole:] = rest = ufunc.accumulate(rest, axis=-1)
        last = rest[:, -1]
    return last


@op(lambda g, dim: reverse_cumsum(g, dim), jvp="linear", dtype="long", inplace=True)
def cumsum(x, dim: Dim, *, dtype: DType = None):
    """累加 / Running sum along ``dim``."""
    return _accumulate(np.add, x, dim)


@op(lambda g, dim: cumsum(g, dim), jvp="linear", public=False)
def reverse_cumsum(x, dim: Int):
    """从后往前累加 / Running sum from the end."""
    return np.flip(_accumulate(np.add, np.flip(x, dim), dim), dim).copy() if x.ndim else x.copy()


@op(lambda g, x, out, dim: _cumprod_gradient(g, x, out, dim), dtype="long", inplace=True)
def cumprod(x, dim: Dim, *, dtype: DType = None):
    """累乘 / Running product along ``dim``."""
    return _accumulate(np.multiply, x, dim)


def _cumprod_gradient(g: Any, x: Any, out: Any, dim: int) -> Any:
    """Position k gets the sum over i >= k of g_i times the product of all factors of out_i but x_k."""
    if not x.ndim or x.shape[dim] == 1:
        return g
    if not (x == 0).any():
        return reverse_cumsum(g * out, dim) / x
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


# ---- running extremes


def _running(name: str, ufunc: np.ufunc, doc: str) -> Any:
    def run(x, dim: Dim):
        if not x.ndim or not x.size:
            return x.copy(), np.zeros(x.shape, np.int64, like=x)
        n = x.shape[dim]
        long = x.size > _SMALL and n >= 16 * _STEP and dim == x.ndim - 1 and type(x) is np.ndarray
        if long and not (x.dtype.kind in "iu" and x.dtype.itemsize == 8):  # those alone NumPy takes at full speed
            values = _in_groups(ufunc, x, x.dtype)
        else:
            values = ufunc.accumulate(x, axis=dim)
        attained = x == values  # the last of equal ones, and the last NaN, is what the position names
        if x.dtype.kind == "f":
            attained |= x != x
        place = np.arange(n, like=x, dtype=np.int64).reshape(-1, *[1] * (x.ndim - dim - 1))
        indices = np.multiply(attained, place)
        np.maximum.accumulate(indices, axis=dim, out=indices)
        return row_major(values), row_major(indices)

    run.__doc__ = doc
    return op(lambda g, x, indices, dim: _to_running(g, x.shape, indices, dim), name=name, kinds="biuf",  # saves x, too
              outputs=("values", "indices"))(run)  # fmt: skip


def _to_running(g: Any, shape: tuple[int, ...], indices: Any, dim: int) -> Any:
    if not shape:
        return g
    return scatter_zero(g, indices._array if isinstance(indices, Tensor) else indices, shape, dim)


cummax = _running("cummax", np.maximum, "累计最大值 / The largest so far along ``dim``, and where.")
cummin = _running("cummin", np.minimum, "累计最小值 / The smallest so far along ``dim``, and where.")


# ---- running log-sum-exp


@op(lambda g, x, out, dim: _logcumsumexp_gradient(g, x, out, dim), kinds="fc",
    jvp=lambda tangents, args, out, dim: _logcumsumexp_tangent(tangents[0], args[0], out, dim))  # fmt: skip
def logcumsumexp(x, dim: Dim):
    """指数累加的对数 / Logarithm of the running sum of exp(x) along ``dim``, without overflow."""
    if not x.ndim or not x.size:
        return x.copy()
    if x.dtype.kind == "c":
        return row_major(_complex_logcumsumexp(x, dim))
    wide = _WIDE.get(x.dtype.char, x.dtype)
    return row_major(np.logaddexp.accumulate(x, axis=dim, dtype=wide).astype(x.dtype, copy=False))


def _complex_logcumsumexp(x: Any, dim: int) -> Any:
    """One step after the other: the larger real part is taken out, its imaginary part is not wrapped around."""
    rows = np.moveaxis(x, dim, 0)
    out = np.empty_like(rows)
    out[0] = rows[0]
    for k in range(1, len(rows)):
        a, b = out[k - 1], rows[k]
        large, small = np.where(a.real >= b.real, a, b), np.where(a.real >= b.real, b, a)
        same = ~np.isfinite(large.real) & (a.real == b.real)
        out[k] = np.where(same, np.where(a.real < 0, b, np.log(np.exp(a) + np.exp(b))),
                          large + np.log1p(np.exp(small - large)))  # fmt: skip
        out[k] = np.where(np.isnan(a) | np.isnan(b), complex(np.nan, np.nan), out[k])
    return np.moveaxis(out, 0, dim)


def _by_sign(g: Any, total: Callable[[Any], Any]) -> Any:
    """A sum of g_i exp(a_i) by logarithms, lest it overflow: that of the positive g less that of the negative ones.

    ``total`` adds up exp of what it is given, log g_i in it, where the others are next to nothing.
    """
    size = pw.log(pw.abs_(g))
    nothing = -1e300 if size.dtype.itemsize == 8 else -3e38
    return total(pw.where(g > 0, size, nothing)) - total(pw.where(g < 0, size, nothing))


def _logcumsumexp_gradient(g: Any, x: Any, out: Any, dim: int) -> Any:
    """Position k gets exp(x_k) times the sum over i >= k of g_i / exp(out_i)."""
    if not x.ndim or not x.shape[dim]:
        return g
    return _by_sign(g, lambda log_g: pw.exp(flip(logcumsumexp(flip(log_g - out, (dim,)), dim), (dim,)) + x))


def _logcumsumexp_tangent(t: Any, x: Any, out: Any, dim: int) -> Any:
    """Position k gets the sum over i <= k of t_i exp(x_i), divided by exp(out_k)."""
    if not x.ndim or not x.shape[dim]:
        return t
    return _by_sign(t, lambda log_t: pw.exp(logcumsumexp(log_t + x, dim) - out))
