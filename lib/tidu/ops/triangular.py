"""Triangular systems, and the factorization into triangles that needs pivots. 三角方程组与 LU 分解的内核。

NumPy's LAPACK has neither, but it solves what is triangular exactly as substitution does: an upper triangle is its own
LU factorization. SciPy has both and is not needed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._args import Flag
from tidu._define import op
from tidu.ops.join import tril, triu
from tidu.ops.linalg import matmul_nd, unbroadcast_to
from tidu.ops.matrices import (
    adjoint,
    column_major,
    eye_like,
    same_type,
    wants_lapack,
    wants_matrix,
    wants_square,
)  # fmt: skip

_BLOCK = 64  # columns that are solved or factored at once


def substitute(a: Any, b: Any, upper: bool, unit: bool = False) -> Any:
    """X with A X = B for triangular A, of which the other triangle is not looked at; batches broadcast."""
    n = a.shape[-1]
    if not upper:  # read backwards, a lower triangle is an upper one
        return substitute(a[..., ::-1, ::-1], b[..., ::-1, :], True, unit)[..., ::-1, :]
    if n > _BLOCK:
        k = n // 2
        below = substitute(a[..., k:, k:], b[..., k:, :], True, unit)
        above = b[..., :k, :] - np.matmul(a[..., :k, k:], below)
        return np.concatenate((substitute(a[..., :k, :k], above, True, unit), below), axis=-2)
    a = np.triu(a, 1) + eye_like(a, n) if unit else np.triu(a)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if not n or not b.shape[-1] or 0 in batch:
        return np.broadcast_to(b, (*batch, *b.shape[-2:])).copy()
    if not unit and not np.diagonal(a, 0, -2, -1).all():
        return _by_rows(a, b, batch)
    return np.linalg.solve(a, b)


def _by_rows(a: Any, b: Any, batch: tuple[int, ...]) -> Any:
    """Back substitution that divides by zero where the diagonal has one, as LAPACK's does."""
    x = np.broadcast_to(b, (*batch, *b.shape[-2:])).copy()
    for i in range(a.shape[-1] - 1, -1, -1):
        x[..., i, :] /= a[..., i, i, None]
        if i:
            x[..., :i, :] -= a[..., :i, i, None] * x[..., i, None, :]
    return x


# ---- LU


def _size(x: Any) -> Any:
    """How LAPACK compares candidates for a pivot."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def factor(a: Any) -> tuple[Any, Any, Any]:
    """L and U in one matrix (the ones of L's diagonal left out), 0-based row exchanges, and for each matrix the 1-based
    position of the first pivot that is zero, 0 without one. A large batch advances column by column together."""
    lu = np.array(a, order="C")
    k = min(a.shape[-2:])
    swaps = np.zeros((*a.shape[:-2], k), np.int32)
    if lu.size and math.prod(a.shape[:-2]) < 8:
        for one, order in zip(lu.reshape(-1, *a.shape[-2:]), swaps.reshape(-1, k), strict=True):
            _factor_columns(one, order, k)
    elif lu.size:
        _factor_columns(lu, swaps, k)
    zero = np.diagonal(lu, 0, -2, -1) == 0
    info = np.where(zero.any(-1), zero.argmax(-1) + 1, 0) if k else np.zeros(a.shape[:-2])
    return lu, swaps, info.astype(np.int32)


def _factor_columns(lu: Any, swaps: Any, k: int) -> None:
    _factor_block(lu, swaps, 0, k)
    if lu.shape[-1] > k:
        _exchange(lu[..., k:], swaps)
        lu[..., :, k:] = substitute(lu[..., :, :k], lu[..., :, k:], False, True)


def _factor_block(lu: Any, swaps: Any, start: int, stop: int) -> None:
    """Columns ``start`` to ``stop`` of what remains below row ``start``; halves of many columns one after the other."""
    if stop - start <= _BLOCK // 4:
        for j in range(start, stop):
            (_pivot_one if lu.ndim == 2 else _pivot)(lu, swaps, j, start, stop)
        return
    middle = (start + stop) // 2
    _factor_block(lu, swaps, start, middle)
    right = lu[..., middle:stop]
    _exchange(right, swaps[..., start:middle], start)
    right[..., start:middle, :] = substitute(
        lu[..., start:middle, start:middle], right[..., start:middle, :], False, True
    )
    right[..., middle:, :] -= np.matmul(lu[..., middle:, start:middle], right[..., start:middle, :])
    _factor_block(lu, swaps, middle, stop)
    _exchange(lu[..., start:middle], swaps[..., middle:stop], middle)


def _pivot(lu: Any, swaps: Any, j: int, start: int, stop: int) -> None:
    """Column ``j``: exchange rows for the largest element, divide by it, and take it off the columns to ``stop``."""
    p = _size(lu[..., j:, j]).argmax(-1) + j
    swaps[..., j] = p
    _swap(lu[..., start:stop], j, p)
    pivot = lu[..., j, j, None]
    lu[..., j + 1 :, j] /= np.where(pivot == 0, 1, pivot)
    lu[..., j + 1 :, j + 1 : stop] -= lu[..., j + 1 :, j, None] * lu[..., j, None, j + 1 : stop]


def _pivot_one(lu: Any, swaps: Any, j: int, start: int, stop: int) -> None:
    """The same of one matrix, in a tenth of the time."""
    p = int(_size(lu[j:, j]).argmax()) + j
    swaps[j] = p
    if p != j:
        lu[[j, p], start:stop] = lu[[p, j], start:stop]
    pivot = lu[j, j]
    if pivot != 0:
        lu[j + 1 :, j] /= pivot
    if j + 1 < stop:
        lu[j + 1 :, j + 1 : stop] -= lu[j + 1 :, j, None] * lu[j, j + 1 : stop]


def _swap(x: Any, j: int, p: Any) -> None:
    """Exchange row ``j`` of each matrix with its row ``p``."""
    if x.ndim == 2:
        if p != j:
            x[[j, p]] = x[[p, j]]
        return
    p = p[..., None, None]
    row = np.take_along_axis(x, p, -2)
    first = x[..., j : j + 1, :].copy()
    np.put_along_axis(x, p, first, -2)
    x[..., j : j + 1, :] = row


def _exchange(x: Any, swaps: Any, first: int = 0) -> None:
    for j in range(swaps.shape[-1]):
        _swap(x, first + j, swaps[..., j] if x.ndim == 2 else swaps[..., j].astype(np.int64))


def permutation(swaps: Any, m: int) -> Any:
    """The order of rows that exchanges lead to: row i of P^T A is row ``order[i]`` of A."""
    order = np.broadcast_to(np.arange(m), (*swaps.shape[:-1], m)).copy()
    _exchange(order[..., None], swaps)
    return order


# ---- the op


def broadcast_shape(a: Any, b: Any) -> tuple[int, ...]:
    """The batch of two operands; ``RuntimeError`` in PyTorch's words where they have none."""
    p, q = a.shape[:-2], b.shape[:-2]
    for d in range(1, min(len(p), len(q)) + 1):
        if p[-d] != q[-d] and 1 not in (p[-d], q[-d]):
            raise RuntimeError(
                f"The size of tensor a ({q[-d]}) must match the size of tensor b ({p[-d]}) at non-singleton dimension "
                f"{max(len(p), len(q)) - d}"
            )
    return np.broadcast_shapes(p, q)


def wants_fitting(function: str, a: Any, b: Any, left: bool) -> None:
    """Whether the sizes of A X = B, or of X A = B, agree."""
    if a.shape[-1] != b.shape[-2 if left else -1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation {equation} ({a.shape[-2]}x{a.shape[-1]} and "
            f"{b.shape[-2]}x{b.shape[-1]})"
        )


def _matrix_gradient(g: Any, a: Any, out: Any, upper: bool, left: bool, unit: bool) -> Any:
    """X = A^-1 B: what B gets goes on to A, of which only the triangle that was read has a gradient."""
    gb = solve_triangular(adjoint(a), g, upper=not upper, left=left, unitriangular=unit)
    ga = -matmul_nd(gb, adjoint(out)) if left else -matmul_nd(adjoint(out), gb)
    ga = unbroadcast_to(ga, tuple(a.shape))
    return triu(ga, int(unit)) if upper else tril(ga, -int(unit))


def _side_gradient(g: Any, a: Any, shape: Any, upper: bool, left: bool, unit: bool) -> Any:
    return unbroadcast_to(solve_triangular(adjoint(a), g, upper=not upper, left=left, unitriangular=unit), shape)


@op(lambda g, a, out, upper, left, unitriangular: _matrix_gradient(g, a, out, upper, left, unitriangular),
    lambda g, a, b_shape, upper, left, unitriangular: _side_gradient(g, a, b_shape, upper, left, unitriangular),
    name="linalg_solve_triangular", public=False, out="same", called=("A", "B"))  # fmt: skip
def solve_triangular(a, b, *, upper: Flag, left: Flag = True, unitriangular: Flag = False):
    """解三角方程组 / X with A X = B (``left=False``: X A = B) for triangular A; the other triangle is not looked at.

    ``A`` (..., n, n) and ``B`` (..., n, k) of one floating or complex dtype, whose batches broadcast. A zero on the
    diagonal gives inf and nan. ``unitriangular``: the diagonal counts as ones.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve_triangular.html
    """
    function = "linalg.solve_triangular"
    same_type(function, a, b)
    wants_square(function, a)
    wants_matrix(function, b, "B")
    wants_fitting(function, a, b, left)
    broadcast_shape(a, b)
    wants_lapack("triangular_solve_cpu", a)
    if left:
        return column_major(substitute(a, b, upper, unitriangular))
    turned = substitute(a.swapaxes(-1, -2), b.swapaxes(-1, -2), not upper, unitriangular)
    return column_major(turned.swapaxes(-1, -2))
