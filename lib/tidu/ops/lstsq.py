"""Least squares. 最小二乘。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import OptionalNumber, Str
from tidu._define import op
from tidu.ops.linalg import matmul_nd, unbroadcast_to
from tidu.ops.matfun import pinv_by, pinv_gradient
from tidu.ops.matrices import LinAlgError, adjoint, as_column, as_row, column_major, dtype_name, plus, same_kind
from tidu.ops.spectral import singular_vectors
from tidu.ops.triangular import broadcast_shape, substitute
from tidu.ops.view import reshape

_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _check(a: Any, b: Any, driver: str) -> None:
    where = "torch.linalg.lstsq"
    if a.ndim < 2:
        raise RuntimeError(f"{where}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{where}: other must have at least 1 dimension.")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{where}: Expected input and other to have the same dtype, but got input's dtype {dtype_name(a)} and "
            f"other's dtype {dtype_name(b)}"
        )
    if a.dtype.kind not in "fc" or a.dtype.itemsize < 4:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if not 0 <= a.ndim - b.ndim <= 1:
        raise RuntimeError(
            f"{where}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    columns = b[..., None] if b.ndim < a.ndim else b
    if a.shape[-2] != columns.shape[-2]:
        raise RuntimeError(f"{where}: input.size(-2) should match other.size(-{1 if b.ndim < a.ndim else 2})")
    if driver not in _DRIVERS:
        raise RuntimeError(f"{where}: parameter `driver` should be one of ({', '.join(_DRIVERS)})")


def _by_qr(a: Any, b: Any) -> Any:
    """Of matrices of full rank."""
    tall = a.shape[-2] >= a.shape[-1]
    q, r = np.linalg.qr(a if tall else a.swapaxes(-1, -2).conj())
    flat = np.argwhere(np.diagonal(r, 0, -2, -1) == 0)
    if len(flat):
        raise LinAlgError(
            "torch.linalg.lstsq: The least squares solution could not be computed because the input matrix does not "
            f"have full rank (error code: {flat[0][-1] + 1})."
        )
    turned = q.swapaxes(-1, -2).conj()
    if tall:
        return substitute(r, np.matmul(turned, b), True)
    return np.matmul(q, substitute(r.swapaxes(-1, -2).conj(), b, False))


def _by_values(a: Any, b: Any, rcond: float | None) -> tuple[Any, Any, Any]:
    """The solution of least norm, the rank, and the singular values."""
    u, s, vh = singular_vectors(a)
    cut = np.finfo(s.dtype).eps * max(a.shape[-2:]) if rcond is None else rcond
    kept = s > cut * s.max(-1, keepdims=True)
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(s.dtype)
    x = np.matmul(vh.swapaxes(-1, -2).conj(), inverse[..., None] * np.matmul(u.swapaxes(-1, -2).conj(), b))
    return x, np.asarray(kept.sum(-1, dtype=np.int64)), s


def _gradients(g: Any, a: Any, b: Any, solution: Any) -> tuple[Any, Any, Any]:
    """Of the solution and of the residuals, both as matrices; B as a matrix; what is left of it, times 2 g."""
    gx, gr = g
    vector = b.ndim < a.ndim
    if vector:
        b, solution = as_column(b), as_column(solution)
        gx = None if gx is None else as_column(gx)
    if gr is not None and gr.shape[-1:] != (0,):
        left = (b - matmul_nd(a, solution)) * same_kind(as_row(gr) * 2, b)
    else:
        left = None
    return gx, b, left


def _of_matrix(g: Any, a: Any, b: Any, solution: Any) -> Any:
    gx, b_, left = _gradients(g, a, b, solution)
    x = as_column(solution) if b.ndim < a.ndim else solution
    through = None if gx is None else pinv_gradient(matmul_nd(gx, adjoint(b_)), a, pinv_by(a))
    return unbroadcast_to(plus(through, None if left is None else -matmul_nd(left, adjoint(x))), tuple(a.shape))


def _of_side(g: Any, a: Any, b: Any, solution: Any) -> Any:
    gx, _, left = _gradients(g, a, b, solution)
    made = plus(None if gx is None else matmul_nd(adjoint(pinv_by(a)), gx), left)
    if b.ndim < a.ndim:
        made = reshape(made, tuple(made.shape[:-1]))
    return unbroadcast_to(made, tuple(b.shape))


@op(lambda g, a, b, solution: _of_matrix(g, a, b, solution), lambda g, a, b, solution: _of_side(g, a, b, solution),
    name="linalg_lstsq", outputs=("solution", "residuals", "rank", "singular_values"), heads=2, public=False,
    out=True, called=("input", "b"))  # fmt: skip
def lstsq(a, b, rcond: OptionalNumber = None, *, driver: Str = None):
    """最小二乘解 / X with the least ``|A X - B|``; residuals, rank and singular values as far as the driver has them.

    ``A`` (..., m, n), ``B`` (..., m, k) or (..., m). ``driver``: "gelsy" (the default), "gels" (full rank only),
    "gelsd", "gelss" (by singular values, those up to ``rcond`` times the largest taken for zero). The sums of squares
    of what is left come from "gels", "gelsd" and "gelss" where m > n and every rank is n.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lstsq.html
    """
    driver = driver or "gelsy"
    _check(a, b, driver)
    m, n = a.shape[-2:]
    columns = b[..., None] if b.ndim < a.ndim else b
    batch, k = broadcast_shape(columns, a), columns.shape[-1]
    a = np.broadcast_to(a, (*batch, m, n))
    columns = np.broadcast_to(columns, (*batch, m, k))
    real = np.empty(0, a.dtype).real.dtype
    values: Any = np.empty((*batch, 0), real)
    rank: Any = np.zeros(batch, np.int64)
    if not a.size or not k:
        x = np.zeros((*batch, n, k), a.dtype)
    elif driver == "gels":
        x = _by_qr(a, columns)
    else:
        x, rank, values = _by_values(a, columns, rcond)
    residuals = np.empty(0, real)
    if driver != "gelsy" and m > n and (driver == "gels" or (rank == n).all()):
        residuals = (np.abs(columns - np.matmul(a, x)) ** 2).sum(-2)
    room = np.zeros((*batch, max(m, n), k), a.dtype)
    room[..., :n, :] = x
    solution = column_major(room)[..., :n, :]
    if b.ndim < a.ndim:
        solution = solution[..., 0]
    if driver == "gels":
        rank = np.empty(0, np.int64)
    if driver not in ("gelsd", "gelss") or (not a.size and not batch):
        values = np.empty(0, real)
    return solution, residuals, rank, values
