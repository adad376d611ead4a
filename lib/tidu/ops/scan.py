"""Running sums, products and extreme values. 累加、累乘与累计最值。"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tidu._args import Dim, DType, Int
from tidu._backend import row_major
from tidu._define import op, publish
from tidu._kernels import scratch, turn
from tidu._tensor import Tensor
from tidu._threads import share
from tidu.ops import pointwise as pw
from tidu.ops.gather import scatter_zero
from tidu.ops.join import cat, flip
from tidu.ops.reduce import accumulating, narrow_raw, prod, sum_

# What PyTorch adds up in. Source: ``acc_type`` in ATen/AccumulateType.h
_WIDE: dict[str, Any] = {"e": np.dtype(np.float32), "f": np.dtype(np.float64), "F": np.dtype(np.complex128)}
_SMALL, _BLOCK, _ROWS = 4096, 1 << 18, 4096  # elements: one plain call; at a time
# Neighbours whose results are found apart. Products of more could leave the range of float64 where others do not.
_STEP: dict[np.ufunc, int] = {np.add: 24, np.multiply: 6, np.maximum: 24, np.minimum: 24}
_LEAST = 128  # elements of a row from which groups of neighbours are worth it
_NEUTRAL: dict[np.ufunc, Any] = {np.add: -0.0, np.multiply: 1.0}


def _accumulate(ufunc: np.ufunc, x: Any, dim: int) -> Any:
    """``ufunc.accumulate`` as PyTorch computes it: in wide numbers, each result rounded once."""
    if not x.ndim:
        return x.copy()
    wide = _WIDE.get(x.dtype.char, x.dtype)
    n = x.shape[dim]
    if x.size <= _SMALL or type(x) is not np.ndarray:
        return row_major(ufunc.accumulate(x, axis=dim, dtype=wide).astype(x.dtype, copy=False))
    groups = x.dtype.char == "f" or (x.dtype.char == "F" and ufunc is np.add)
    groups = groups and n >= _LEAST
    rows = groups or wide == x.dtype
    if x.size >= 256 * n and not (rows and dim == x.ndim - 1):
        return _in_steps(ufunc, x, wide, dim)
    if rows:
        run = partial(_in_groups, ufunc, wide=wide) if groups else partial(ufunc.accumulate, axis=1)
        return _along_rows(run, x, dim, x.dtype)[0]
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


def _along_rows(run: Callable[..., Any], x: Any, dim: int, *dtypes: Any) -> list[Any]:
    """What ``run(rows, out=)`` writes, for each of ``dtypes``: threads share the rows, which lie along ``dim``."""
    moved = np.ascontiguousarray(np.moveaxis(x, dim, -1))
    made = [np.empty(moved.shape, d) for d in dtypes]
    rows, *results = (a.reshape(-1, x.shape[dim]) for a in (moved, *made))
    many = max(_BLOCK // x.shape[dim], 1)

    def work(i: int) -> None:
        at = slice(i * many, (i + 1) * many)
        out = [r[at] for r in results]
        run(rows[at], out=out[0] if len(out) == 1 else out)

    share(work, -(-len(rows) // many))
    return [np.ascontiguousarray(np.moveaxis(a, -1, dim)) for a in made]


def _in_groups(ufunc: np.ufunc, rows: Any, out: Any, wide: Any) -> None:
    """Groups of neighbours, all groups at once: a step of NumPy's own accumulation waits for the one before, and takes
    five times as long."""
    so_far = _NEUTRAL.get(ufunc, rows[:, 0])
    for start in range(0, rows.shape[1], _BLOCK):
        block, target = rows[:, start : start + _BLOCK], out[:, start : start + _BLOCK]
        n = block.shape[1]
        step = _members(ufunc, n)
        whole = n - n % step
        if whole:
            so_far = _one_block(ufunc, block[:, :whole], step, wide, target[:, :whole], so_far)
        if whole < n:
            rest = block[:, whole:].astype(wide)
            rest[:, 0] = ufunc(so_far, rest[:, 0])
            target[:, whole:] = rest = ufunc.accumulate(rest, axis=1)
            so_far = rest[:, -1]


def _members(ufunc: np.ufunc, n: int) -> int:
    """How many neighbours are a group: as many as leave no rest, if they can."""
    most = min(_STEP[ufunc], max(n // 16, 1))
    return next((k for k in range(most, most // 2, -1) if n % k == 0), most)


def _one_block(ufunc: np.ufunc, x: Any, step: int, wide: Any, out: Any, so_far: Any) -> Any:
    """Writes the running results of rows to ``out``, ``step`` neighbours at a time; returns the last of each row."""
    rows = len(x), x.shape[1] // step
    count = math.prod(rows)
    room = scratch("scan", (step + 1) * count, np.empty(0, wide))
    block, before = room[count:].reshape(step, count), room[:count].reshape(rows)  # what precedes each group
    turn(block, x.reshape(count, step))
    for k in range(1, step):
        ufunc(block[k - 1], block[k], out=block[k])
    totals = block[-1].reshape(rows)
    before[:, 0], before[:, 1:] = so_far, totals[:, :-1]
    ufunc.accumulate(before, axis=1, out=before)
    last = ufunc(before[:, -1], totals[:, -1])
    made = block if out.dtype is block.dtype else scratch("running", block.size, np.empty(0, out.dtype))
    block = ufunc(before.reshape(-1), block, out=made.reshape(block.shape), casting="same_kind")
    if out.flags.c_contiguous:
        turn(out.reshape(count, step), block)
    else:
        out.reshape(*rows, step)[...] = block.reshape(step, *rows).transpose(1, 2, 0)
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


def _attained(x: Any, values: Any, dim: int) -> Any:
    """Where the running ``values`` were attained: of equal ones the last, and the last NaN."""
    here = x == values
    if x.dtype.kind == "f":
        here |= x != x
    place = np.arange(x.shape[dim], like=x, dtype=np.int64).reshape(-1, *[1] * (x.ndim - dim - 1))
    indices = np.multiply(here, place)
    return np.maximum.accumulate(indices, axis=dim, out=indices)


def _extremes_of_rows(ufunc: np.ufunc, rows: Any, out: Any) -> None:
    values, indices = out
    quick = rows.dtype.kind in "iu" and rows.dtype.itemsize == 8  # those alone NumPy takes at full speed
    if quick or rows.shape[1] < _LEAST:
        ufunc.accumulate(rows, axis=1, out=values)
    else:
        _in_groups(ufunc, rows, values, rows.dtype)
    indices[...] = _attained(rows, values, 1)


def _running(name: str, ufunc: np.ufunc, doc: str) -> Any:
    def run(x, dim: Dim):
        if not x.ndim or not x.size:
            return x.copy(), np.zeros(x.shape, np.int64, like=x)
        if x.size > _SMALL and type(x) is np.ndarray:
            return tuple(_along_rows(partial(_extremes_of_rows, ufunc), x, dim, x.dtype, np.int64))
        values = ufunc.accumulate(x, axis=dim)
        return row_major(values), row_major(_attained(x, values, dim))

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
