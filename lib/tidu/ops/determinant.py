"""Determinants. 行列式。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._backend import as_array
from tidu._define import op
from tidu._modes import modes
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.ops.join import cat, stack
from tidu.ops.linalg import matmul_nd
from tidu.ops.matrices import (
    adjoint,
    as_column,
    as_complex,
    as_row,
    conj,
    diagonals,
    eye_like,
    is_complex,
    on_diagonal,
    raw,
    real_part,
    wants_floating,
    wants_lapack,
    wants_square,
)
from tidu.ops.reduce import prod, sum_
from tidu.ops.solve import solve_ex
from tidu.ops.spectral import svd
from tidu.ops.triangular import factor
from tidu.ops.view import expand, unsqueeze

_SMALL = 16  # up to here the elimination is ours, and its last digits are PyTorch's; beyond it LAPACK is faster


def _sign_and_logarithm(a: Any) -> tuple[Any, Any]:
    diagonal, sign = _triangle(a)
    size = np.abs(diagonal)
    direction = np.where(size > 0, diagonal / np.where(size == 0, 1, size), 0).astype(a.dtype)
    return direction.prod(-1) * sign.astype(a.dtype), np.log(size).sum(-1)


def _triangle(a: Any) -> tuple[Any, Any]:
    """The diagonal of U in A = P L U, and the sign of P.

    PyTorch reads a row-major matrix as its transpose, which has the same determinant: so the last digits agree.
    """
    lu, swaps, _ = factor(a.swapaxes(-1, -2) if a.flags.c_contiguous and a.dtype.kind == "f" else a)
    odd = (swaps != np.cumsum(np.ones_like(swaps), -1) - 1).sum(-1) % 2
    return np.diagonal(lu, 0, -2, -1), 1 - 2 * odd


def _each(g: Any, n: int) -> Any:
    """A multiple of the identity for each number."""
    return on_diagonal(expand(unsqueeze(g, g.ndim), (*g.shape, n)))


@op(lambda g, a, out: _determinant_gradient(g, a, out), name="linalg_det", public=False, out="same", called=("A",),
    jvp=lambda tangents, operands, out: _determinant_tangent(tangents, operands, out))  # fmt: skip
def det(a):
    """行列式 / Determinant of each square matrix: (..., n, n) -> (...).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.det.html
    """
    wants_floating("linalg.det", a, half=True)
    wants_square("linalg.det", a)
    wants_lapack("lu_cpu", a)
    if a.shape[-1] > _SMALL:
        sign, size = np.linalg.slogdet(a.astype("c16" if a.dtype.kind == "c" else "f8"))
        return as_array(sign * np.exp(size)).astype(a.dtype)
    diagonal, sign = _triangle(a)
    return as_array(diagonal.prod(-1) * sign.astype(a.dtype))


def _replaced(a: Any, out: Any, singular: bool, instead: Any) -> Any:
    """``a`` with another matrix in place of those that are singular, or of those that are not."""
    flat = raw(out) == 0 if singular else raw(out) != 0
    return _either(flat, instead, a) if flat.any() else a


def _either(mask: Any, x: Any, y: Any) -> Any:
    """Matrix by matrix the array ``x`` where ``mask`` holds, else ``y``."""
    if isinstance(y, Tensor):
        return pw.where(wrap(mask[..., None, None]), x if isinstance(x, Tensor) else wrap(x), y)
    return np.where(mask[..., None, None], x, y)


def _determinant_gradient(g: Any, a: Any, out: Any) -> Any:
    """det(A)^* A^-H; of a singular matrix PyTorch gives zeros where no second derivative can be asked for."""
    n, one = a.shape[-1], eye_like(raw(a), a.shape[-1])
    regular = solve_ex(adjoint(_replaced(a, out, True, one)), _each(g * conj(out), n))[0]
    if not (isinstance(out, Tensor) and modes.grad) or not n or out._array.all():
        return regular
    apart = one * one.sum(0).cumsum(0)  # singular values that differ have derivatives
    flat = as_column(as_column(g)) * _cofactors(_replaced(a, out, False, apart))
    return _either(out._array == 0, flat, regular)


def _cofactors(a: Any) -> Any:
    """The conjugate gradient of the determinant by singular values, which needs no inverse: A = U S V^H has it
    det(U) det(V^H) U diag(the product of the other singular values) V^H."""
    u, s, vh = svd(a)
    n = s.shape[-1]
    others = [prod(cat([s[..., :i], s[..., i + 1 :]], s.ndim - 1), s.ndim - 1, False) for i in range(n)]
    rest = stack(others, s.ndim - 1)
    turn = conj(det(u) * det(vh))
    return as_column(as_column(turn)) * matmul_nd(u * as_row(as_complex(rest) if is_complex(a) else rest), vh)


def _determinant_tangent(tangents: Any, operands: Any, out: Any) -> Any:
    (a,), (da,) = operands, tangents
    return out * sum_(
        diagonals(solve_ex(_replaced(a, out, True, eye_like(raw(a), a.shape[-1])), da)[0]), (out.ndim,), False
    )


@op(lambda g, a, sign: _slogdet_gradient(g, a, sign), name="linalg_slogdet", outputs=("sign", "logabsdet"), heads=2,
    public=False, out="same", called=("A",))  # fmt: skip
def slogdet(a):
    """行列式的符号与对数 / Sign and logarithm of the absolute value of each determinant; of zero, 0 and -inf.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.slogdet.html
    """
    wants_floating("linalg.slogdet", a)
    wants_square("linalg.slogdet", a)
    sign, size = np.linalg.slogdet(a) if a.shape[-1] > _SMALL else _sign_and_logarithm(a)
    return as_array(sign), as_array(size)


def _slogdet_gradient(g: Any, a: Any, sign: Any) -> Any:
    g_sign, g_log = g
    scale = None if g_log is None else g_log
    if is_complex(a) and g_sign is not None:
        turn = as_complex(real_part(conj(sign) * g_sign * -1j)) * 1j
        scale = turn if scale is None else as_complex(scale) + turn
    if scale is None:
        return None
    return solve_ex(adjoint(a), _each(as_complex(scale) if is_complex(a) else scale, a.shape[-1]))[0]
