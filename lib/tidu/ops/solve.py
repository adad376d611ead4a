"""Square systems: inverse, solution, determinant. 线性方程组、逆与行列式。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Flag
from tidu._define import op
from tidu.ops.linalg import matmul_nd, unbroadcast_to
from tidu.ops.matrices import (
    LinAlgError,
    adjoint,
    column_major,
    eye_like,
    first_failure,
    same_type,
    wants_floating,
    wants_square,
)  # fmt: skip
from tidu.ops.triangular import broadcast_shape, factor, permutation, substitute, wants_fitting
from tidu.ops.view import squeeze, unsqueeze


def solved(a: Any, b: Any) -> tuple[Any, Any]:
    """X with A X = B, and for each matrix of A the position of the pivot that is zero: there X has inf and nan."""
    batch = broadcast_shape(a, b)
    info = np.zeros(a.shape[:-2], np.int32)
    if not a.shape[-1] or not b.shape[-1] or 0 in batch:
        return np.broadcast_to(b, (*batch, *b.shape[-2:])).copy(), info
    try:
        x = np.linalg.solve(a, b)
        if np.isnan(np.sum(x)):  # what a NaN spreads to depends on the pivots, and these on the LAPACK
            x = np.where(np.isnan(a).any((-2, -1))[..., None, None], x.dtype.type(np.nan), x)
        return x, info
    except np.linalg.LinAlgError:
        lu, swaps, info = factor(a)
        order = permutation(swaps, a.shape[-1])[..., None]
        b = np.broadcast_to(b, (*batch, *b.shape[-2:]))
        rows = np.take_along_axis(b, np.broadcast_to(order, (*batch, *order.shape[-2:])), -2)
        return substitute(lu, substitute(lu, rows, False, True), True), info


# ---- inverse


def _inverse_gradient(g: Any, out: Any) -> Any:
    turned = adjoint(out)
    return -matmul_nd(turned, matmul_nd(g, turned))


@op(lambda g, out: _inverse_gradient(g, out), name="linalg_inv_ex", outputs=("inverse", "info"), public=False,
    out="same", called=("A",))  # fmt: skip
def inv_ex(a, *, check_errors: Flag = False):
    """逆矩阵与出错位置 / Inverse of each square matrix, and where elimination met a zero pivot (0: nowhere).

    ``RuntimeError`` of a singular matrix only with ``check_errors``; else its inverse holds inf and nan.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.inv_ex.html
    """
    return _inverse(a, "linalg.inv_ex" if check_errors else "")


def _inverse(a: Any, checked: str) -> tuple[Any, Any]:
    wants_floating("linalg.inv", a)
    wants_square("linalg.inv", a)
    inverse, info = solved(a, np.broadcast_to(eye_like(a, a.shape[-1]), a.shape))
    failure = first_failure(info) if checked else None
    if failure:
        raise LinAlgError(
            f"{checked}: {failure[0]}The diagonal element {failure[1]} is zero, the inversion could not be completed "
            "because the input matrix is singular."
        )
    return column_major(inverse), info


@op(lambda g, out: _inverse_gradient(g, out), name="linalg_inv", public=False, out="same", called=("A",),
    grad_name="LinalgInvExBackward0")  # fmt: skip
def inv(a):
    """逆矩阵 / Inverse of each square matrix: (..., n, n) -> (..., n, n), floating or complex.

    ``torch.linalg.LinAlgError`` where a matrix is singular.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.inv.html
    """
    return _inverse(a, "linalg.inv")[0]


# ---- solutions


def is_vector(a: Any, b: Any) -> bool:
    """Whether B is a vector, or a batch of them that has the shape of A without its columns."""
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and tuple(b.shape) == tuple(a.shape[:-1]))


def _solution(a: Any, b: Any, left: bool, function: str, checked: bool) -> tuple[Any, Any]:
    wants_floating("linalg.solve", a)
    same_type("linalg.solve", a, b)
    wants_square("linalg.solve", a)
    if not b.ndim:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    vector = is_vector(a, b)
    columns = b[..., None] if vector else b
    wants_fitting("linalg.solve", a, columns, left)
    if left:
        x, info = solved(a, columns)
    else:
        x, info = solved(a.swapaxes(-1, -2), columns.swapaxes(-1, -2))
    failure = first_failure(info) if checked else None
    if failure:
        raise LinAlgError(f"torch.{function}: {failure[0]}The solver failed because the input matrix is singular.")
    if vector:
        return column_major(x[..., 0]), info
    return column_major(x) if left else np.ascontiguousarray(column_major(x).swapaxes(-1, -2)), info


def _solution_gradients(g: Any, a: Any, b_shape: Any, left: bool) -> Any:
    """Of B, and whether it is made of vectors."""
    vector = len(b_shape) == 1 or (a.ndim - 1 == len(b_shape) and tuple(b_shape) == tuple(a.shape[:-1]))
    return solve_ex(adjoint(a), unsqueeze(g, g.ndim) if vector else g, left=left)[0], vector


def _of_matrix(g: Any, a: Any, b_shape: Any, out: Any, left: bool) -> Any:
    gb, vector = _solution_gradients(g, a, b_shape, left)
    x = adjoint(unsqueeze(out, out.ndim) if vector else out)
    return unbroadcast_to(-matmul_nd(gb, x) if left else -matmul_nd(x, gb), tuple(a.shape))


def _of_side(g: Any, a: Any, b_shape: Any, left: bool) -> Any:
    gb, vector = _solution_gradients(g, a, b_shape, left)
    return unbroadcast_to(squeeze(gb, (gb.ndim - 1,)) if vector else gb, tuple(b_shape))


@op(lambda g, a, b_shape, out, left: _of_matrix(g, a, b_shape, out, left),
    lambda g, a, b_shape, left: _of_side(g, a, b_shape, left), name="linalg_solve_ex", outputs=("result", "info"),
    public=False, out="same", called=("A", "B"))  # fmt: skip
def solve_ex(a, b, *, left: Flag = True, check_errors: Flag = False):
    """解线性方程组并给出出错位置 / As ``solve``; a singular matrix is an error only with ``check_errors``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve_ex.html
    """
    return _solution(a, b, left, "linalg.solve_ex", check_errors)


@op(lambda g, a, b_shape, out, left: _of_matrix(g, a, b_shape, out, left),
    lambda g, a, b_shape, left: _of_side(g, a, b_shape, left), name="linalg_solve", public=False, out="same",
    called=("A", "B"), grad_name="LinalgSolveExBackward0")  # fmt: skip
def solve(a, b, *, left: Flag = True):
    """解线性方程组 / X with A X = B, or with X A = B where ``left`` is False.

    ``A`` (..., n, n); ``B`` a vector (n,), a batch of them of A's batch shape, or matrices (..., n, k) whose batch
    broadcasts with A's. ``torch.linalg.LinAlgError`` where A is singular.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve.html
    """
    return _solution(a, b, left, "linalg.solve", True)[0]
