"""Decompositions into triangles: Cholesky, QR, LU. 三角分解。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import As, Flag
from tidu._define import op, return_type, write_several
from tidu._tensor import Tensor
from tidu.ops.join import cat, tril, triu
from tidu.ops.linalg import matmul_nd
from tidu.ops.matrices import (
    LinAlgError,
    adjoint,
    column_major,
    columns,
    constant,
    diagonals,
    entitled,
    eye_like,
    first_failure,
    on_diagonal,
    plus,
    raw,
    real_part,
    rows,
    same_kind,
    wants_floating,
    wants_lapack,
    wants_matrix,
    wants_square,
)  # fmt: skip
from tidu.ops.triangular import factor, permutation, solve_triangular

# ---- Cholesky


def _lower_factor(a: Any, upper: bool) -> tuple[Any, Any]:
    """L, and for each matrix the order of the first leading minor that is not positive, 0 without one."""
    info = np.zeros(a.shape[:-2], np.int32)
    try:
        found = np.linalg.cholesky(a, upper=upper)
        if not np.isnan(np.sum(found)):
            return found, info
    except np.linalg.LinAlgError:
        pass
    a = np.tril(a.swapaxes(-1, -2).conj() if upper else a)
    factors = a.reshape(-1, *a.shape[-2:]).copy()
    codes = info.reshape(-1)
    for k, l in enumerate(factors):
        for j in range(l.shape[0]):
            pivot = (l[j, j] - l[j, :j] @ l[j, :j].conj()).real
            l[j, j] = pivot
            if not pivot > 0:
                codes[k] = j + 1
                break
            l[j, j] = np.sqrt(pivot)
            l[j + 1 :, j] = (l[j + 1 :, j] - l[j + 1 :, :j] @ l[j, :j].conj()) / l[j, j]
    factors = factors.reshape(a.shape)
    return (factors.swapaxes(-1, -2).conj() if upper else factors), codes.reshape(info.shape)


def cholesky_gradient(g: Any, out: Any, upper: bool) -> Any:
    """A = L L^H: with P the lower triangle of L^H gL and half its diagonal, L^-H (P + P^H) / 2 L^-1."""
    l = adjoint(out) if upper else out
    p = tril(matmul_nd(adjoint(l), adjoint(g) if upper else g), 0)
    middle = (p + adjoint(tril(p, -1))) * 0.5
    left = solve_triangular(adjoint(l), middle, upper=True, left=True)
    return solve_triangular(l, left, upper=False, left=False)


def _cholesky_tangent(tangents: Any, operands: Any, out: Any, upper: bool, check_errors: bool = False) -> Any:
    """L Phi(L^-1 dA L^-H), where Phi takes the lower triangle and half its diagonal."""
    l = adjoint(out) if upper else out
    inner = solve_triangular(l, tangents[0], upper=False, left=True)
    inner = tril(solve_triangular(adjoint(l), inner, upper=True, left=False), 0)
    made = matmul_nd(l, inner - on_diagonal(diagonals(inner)) * 0.5)
    return adjoint(made) if upper else made


def lower_factor(a: Any, upper: bool, checked: str) -> tuple[Any, Any]:
    wants_floating("linalg.cholesky", a, half=True)
    wants_square("linalg.cholesky", a)
    wants_lapack("cholesky_cpu", a)
    found, info = _lower_factor(a, upper)
    failure = first_failure(info) if checked else None
    if failure:
        raise LinAlgError(
            f"{checked}: {failure[0]}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {failure[1]} is not positive-definite)."
        )
    return column_major(found), info


@op(lambda g, out, upper: cholesky_gradient(g, out, upper), name="linalg_cholesky_ex", outputs=("L", "info"),
    public=False, out="same", called=("input",), jvp=_cholesky_tangent)  # fmt: skip
def cholesky_ex(a, *, upper: Flag = False, check_errors: Flag = False):
    """Cholesky 分解与出错位置 / As ``cholesky``; what is not positive-definite is an error only with ``check_errors``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cholesky_ex.html
    """
    return lower_factor(a, upper, "linalg.cholesky_ex" if check_errors else "")


@op(lambda g, out, upper: cholesky_gradient(g, out, upper), name="linalg_cholesky", public=False, out="same",
    called=("input",), grad_name="LinalgCholeskyExBackward0", jvp=_cholesky_tangent)  # fmt: skip
def cholesky(a, *, upper: Flag = False):
    """Cholesky 分解 / Lower triangular L with A = L L^H for Hermitian positive-definite A; ``upper``: L^H.

    ``torch.linalg.LinAlgError`` where A is not positive-definite.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cholesky.html
    """
    return lower_factor(a, upper, "linalg.cholesky")[0]


# ---- QR


def _qr_gradient(g: Any, Q: Any, R: Any, mode: str) -> Any:
    """Roberts and Roberts, "QR and LQ decomposition matrix backpropagation algorithms" (2020).

    Source: https://arxiv.org/abs/2009.10071
    """
    gq, gr = g
    if gq is None and gr is None:
        return None
    m, n = Q.shape[-2], R.shape[-1]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to require its derivatives"
        )
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if m >= n:
        return _tall_gradient(gq, gr, Q, R)
    # A = [X | Y]: X = Q U decides Q, and Y = Q V follows it
    beyond = columns(R, m, None)
    if gr is None:
        return cat([_tall_gradient(gq, None, Q, columns(R, 0, m)), beyond * 0], R.ndim - 1)
    gu, gv = columns(gr, 0, m), columns(gr, m, None)
    through = matmul_nd(matmul_nd(Q, beyond), adjoint(gv))
    y = matmul_nd(Q, gv)
    return cat([_tall_gradient(plus(gq, through), gu, Q, columns(R, 0, m)), y], y.ndim - 1)


def _tall_gradient(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    inner = plus(None if gr is None else matmul_nd(gr, adjoint(r)), None if gq is None else -matmul_nd(adjoint(q), gq))
    upper = triu(inner, 1)
    symmetric = upper + adjoint(upper) + on_diagonal(same_kind(real_part(diagonals(inner)), inner))
    return solve_triangular(adjoint(r), plus(matmul_nd(q, symmetric), gq), upper=False, left=False)


@op(lambda g, Q, R, mode: _qr_gradient(g, Q, R, mode), name="linalg_qr", outputs=("Q", "R"), heads=2, public=False,
    out="same", called=("A",))  # fmt: skip
def qr(a, mode: As = "reduced"):
    """QR 分解 / A = Q R with Q of orthonormal columns and R upper triangular.

    ``mode``: "reduced" (Q as many columns as R has rows, min(m, n)), "complete" (Q square), or "r" (Q is left empty).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.qr.html
    """
    if not isinstance(mode, str):
        raise TypeError(f"linalg_qr(): argument 'mode' must be str, not {type(mode).__name__}")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    wants_matrix("linalg.qr", a)
    wants_floating("linalg.qr", a, half=True)
    wants_lapack("geqrf_cpu", a)
    if not a.shape[-1] and mode == "complete":
        return column_major(np.broadcast_to(eye_like(a, a.shape[-2]), (*a.shape[:-1], a.shape[-2]))), a.copy()
    if mode == "r":
        return a[:0].reshape(-1)[:0].copy(), column_major(np.linalg.qr(a, mode="r"))
    q, r = np.linalg.qr(a, "complete" if mode == "complete" else "reduced")
    return column_major(q), column_major(r)


# ---- LU


def _lu_gradient(gl: Any, gu: Any, l: Any, u: Any) -> Any:
    """The gradient of P^T A: L^-H (tril(L^H gL, -1) + triu(gU U^H)) U^-H, and what sticks out beyond the square."""
    m, n = l.shape[-2], u.shape[-1]
    k = min(m, n)
    top, beside = rows(l, 0, k), columns(u, 0, k)
    inner = plus(
        None if gl is None else tril(matmul_nd(adjoint(top), rows(gl, 0, k)), -1),
        None if gu is None else triu(matmul_nd(columns(gu, 0, k), adjoint(beside)), 0),
    )
    rest = None
    if n > k and gu is not None:
        rest = columns(gu, k, None)
        inner = inner - tril(matmul_nd(rest, adjoint(columns(u, k, None))), -1)
    elif m > k and gl is not None:
        rest = rows(gl, k, None)
        inner = inner - triu(matmul_nd(adjoint(rows(l, k, None)), rest), 0)
    square = solve_triangular(adjoint(beside), inner, upper=False, left=False)
    if n > k:
        zeros = columns(u, k, None) * 0
        square = cat([square, rest if rest is not None else zeros], square.ndim - 1)
    square = solve_triangular(adjoint(top), square, upper=True, left=True, unitriangular=True)
    if m <= k:
        return square
    below = rows(l, k, None) * 0 if rest is None else solve_triangular(adjoint(beside), rest, upper=False, left=False)
    return cat([square, below], square.ndim - 2)


def _checked_lu(function: str, a: Any, pivot: bool) -> tuple[Any, Any, Any]:
    if a.ndim < 2:
        raise RuntimeError(f"{function}: Expected tensor with 2 or more dimensions. Got size: {list(a.shape)} instead")
    wants_lapack("lu_cpu", a)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    return factor(a)


def _triangles(lu: Any) -> tuple[Any, Any]:
    """L and U from both in one matrix."""
    k = min(lu.shape[-2:])
    l = np.tril(lu[..., :k], -1)
    diagonal_ = np.arange(k)
    l[..., diagonal_, diagonal_] = 1
    return l, np.triu(lu[..., :k, :])


@op(lambda g, L, U, P: matmul_nd(P, _lu_gradient(g[0], g[1], L, U)), name="linalg_lu", outputs=("L", "U", "P"), heads=2,
    public=False, grad_name="LinalgLuBackward0")  # fmt: skip
def lu_parts(a, *, pivot: Flag = True):
    """LU 分解 / A = P L U; P last, which has no gradient."""
    lu, swaps, _ = _checked_lu("linalg.lu", a, pivot)
    return *_triangles(lu), permutation_matrix(swaps, a.shape[-2], a)


def permutation_matrix(swaps: Any, m: int, like: Any) -> Any:
    return eye_like(like, m)[permutation(swaps, m)].swapaxes(-1, -2).copy()


@op(lambda g, out, pivots: _factor_gradient(g, out, pivots), name="linalg_lu_factor_ex", public=False,
    outputs=("LU", "pivots", "info"), out="same", called=("A",))  # fmt: skip
def lu_factor_ex(a, *, pivot: Flag = True, check_errors: Flag = False):
    """LU 分解（紧凑形式）与出错位置 / As ``lu_factor``; a zero pivot is an error only with ``check_errors``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu_factor_ex.html
    """
    return _compact(a, pivot, "torch.linalg.lu_factor_ex" if check_errors else "")


@op(lambda g, out, pivots: _factor_gradient(g, out, pivots), name="linalg_lu_factor", public=False,
    outputs=("LU", "pivots"), out="same", called=("A",), grad_name="LinalgLuFactorExBackward0")  # fmt: skip
def lu_factor(a, *, pivot: Flag = True):
    """LU 分解（紧凑形式） / L below and U on the diagonal of one matrix, and the rows exchanged, counted from 1.

    ``RuntimeError`` where U has a zero on its diagonal.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu_factor.html
    """
    return _compact(a, pivot, "torch.linalg.lu_factor")[:2]


def _compact(a: Any, pivot: bool, checked: str) -> tuple[Any, Any, Any]:
    lu, swaps, info = _checked_lu("torch.lu_factor", a, pivot)
    failure = first_failure(info) if checked else None
    if failure:
        raise RuntimeError(
            f"{checked}: {failure[0]}U[{failure[1]},{failure[1]}] is zero and using it on lu_solve would result in a "
            "division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) "
            "or linalg.lu_factor_ex(A, pivot)"
        )
    return column_major(lu), (swaps + 1).astype(np.int32), info


def _factor_gradient(g: Any, out: Any, pivots: Any) -> Any:
    m, n = out.shape[-2:]
    k = min(m, n)
    l = tril(columns(out, 0, k), -1) + constant(eye_like(raw(out), m)[:, :k], out)
    made = _lu_gradient(tril(columns(g, 0, k), -1), triu(rows(g, 0, k), 0), l, triu(rows(out, 0, k), 0))
    return matmul_nd(constant(permutation_matrix(raw(pivots) - 1, m, raw(out)), out), made)


def _lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> Any:
    """LU 分解 / A = P L U: a permutation, a lower triangle with ones on its diagonal, and an upper triangle.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu.html
    """
    operands, attrs = lu_parts.bind((A,), {"pivot": pivot})
    l, u, p = lu_parts.record(operands, attrs)
    found = return_type("linalg_lu", "P", "L", "U")((p, l, u))
    return found if out is None else write_several("linalg_lu", found, out, operands)


lu = entitled(_lu, "lu")
