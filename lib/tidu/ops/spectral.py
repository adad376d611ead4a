"""Eigenvalues and singular values. 特征值与奇异值。

Where a factor is determined up to a sign or a phase, NumPy's LAPACK chooses as PyTorch's does. Vectors that only a
phase tells apart have no derivative where the loss depends on it: PyTorch refuses that, and so does this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import As, Flag, Str
from tidu._define import op
from tidu._modes import modes
from tidu._op import Op
from tidu._operands import write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.linalg import matmul_nd
from tidu.ops.matrices import (
    LinAlgError,
    adjoint,
    as_column,
    as_complex,
    as_row,
    column_major,
    columns,
    conj,
    constant,
    diagonals,
    dtype_name,
    eye_like,
    is_complex,
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
from tidu.ops.solve import solve_ex


def _differences(x: Any) -> Any:
    """x_j - x_i in row i and column j, with ones on the diagonal."""
    return as_row(x) - as_column(x) + constant(eye_like(raw(x), x.shape[-1]), x)


def _refuse_phase(function: str, what: str, phase: Any) -> None:
    """``phase``: what the loss says of each vector's phase; zero where it does not depend on it."""
    size = np.abs(raw(phase).imag)
    if size.size and size.max() > 1e-2 * (1 if raw(phase).dtype.itemsize == 8 else 1e-4):
        raise RuntimeError(
            f"{function}_backward: The {what} in the complex case are specified up to multiplication by e^{{i phi}}. "
            "The specified loss function depends on this quantity, so it is ill-defined."
        )


# ---- Hermitian matrices


def _hermitian(a: Any, UPLO: Any, vectors: bool) -> Any:
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    wants_square("linalg.eigh", a)
    wants_lapack("linalg_eigh_cpu", a)
    try:
        return (np.linalg.eigh if vectors else np.linalg.eigvalsh)(a, "L" if UPLO.upper() == "L" else "U")
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too "
            "many repeated eigenvalues (error code: 1)."
        ) from None


def _eigh_gradient(g: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    """V (diag(gL) + V^H gV / E) V^H with E_ij = L_j - L_i."""
    gl, gv = g
    v = eigenvectors
    inner = None
    if gv is not None:
        inner = matmul_nd(adjoint(v), gv)
        if is_complex(inner):
            _refuse_phase("linalg_eigh", "eigenvectors", diagonals(inner))
        inner = (inner - on_diagonal(diagonals(inner))) / _differences(eigenvalues)
    if gl is not None:
        inner = plus(inner, on_diagonal(same_kind(gl, v)))
    made = matmul_nd(matmul_nd(v, inner), adjoint(v))
    return (made + adjoint(made)) * 0.5  # of a Hermitian matrix


def _eigh_tangents(da: Any, values: Any, vectors: Any) -> Any:
    """With P = V^H dA V: its diagonal, and V (P / E)."""
    p = matmul_nd(matmul_nd(adjoint(vectors), da), vectors)
    aside = (p - on_diagonal(diagonals(p))) / _differences(values)
    return real_part(diagonals(p)), matmul_nd(vectors, aside)


@op(lambda g, eigenvalues, eigenvectors: _eigh_gradient(g, eigenvalues, eigenvectors), name="linalg_eigh",
    outputs=("eigenvalues", "eigenvectors"), heads=2, public=False, out="same", called=("input",),
    jvp=lambda tangents, operands, outs, UPLO: _eigh_tangents(tangents[0], *outs))  # fmt: skip
def eigh(a, UPLO: As = "L"):
    """对称（埃尔米特）矩阵的特征分解 / Real eigenvalues in ascending order, and orthonormal eigenvectors in columns.

    Only the triangle that ``UPLO`` names is read.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigh.html
    """
    values, vectors = _hermitian(a, UPLO, True)
    return values, column_major(vectors)


# ---- square matrices


def _eig(a: Any, vectors: bool) -> Any:
    name = "eig" if vectors else "eigvals"
    wants_square(f"linalg.{name}", a)
    if a.dtype.kind not in "fc":
        raise RuntimeError(f"Unknown Complex ScalarType for {dtype_name(a)}")
    wants_lapack("linalg_eig_out_cpu", a)
    if not np.isfinite(a).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    try:
        return (np.linalg.eig if vectors else np.linalg.eigvals)(a)
    except np.linalg.LinAlgError:
        raise LinAlgError("linalg.eig: The algorithm failed to converge (error code: 1).") from None


def _eig_gradient(g: Any, a: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    """V^-H (diag(gL) + (V^H gV - V^H V diag(Re(V^H gV))) / E^*) V^H with E_ij = L_j - L_i."""
    gl, gv = g
    v = eigenvectors
    inner = None
    if gv is not None:
        turned = matmul_nd(adjoint(v), gv)
        _refuse_phase("linalg_eig", "eigenvectors", diagonals(turned))
        scale = as_complex(real_part(diagonals(turned)))
        inner = turned - matmul_nd(adjoint(v), v) * as_row(scale)
        inner = (inner - on_diagonal(diagonals(inner))) / conj(_differences(eigenvalues))
    if gl is not None:
        inner = plus(inner, on_diagonal(gl))
    made = solve_ex(adjoint(v), matmul_nd(inner, adjoint(v)))[0]
    return made if is_complex(a) else real_part(made)


@op(lambda g, a, eigenvalues, eigenvectors: _eig_gradient(g, a, eigenvalues, eigenvectors), name="linalg_eig",
    outputs=("eigenvalues", "eigenvectors"), heads=2, public=False, out="same", called=("input",))  # fmt: skip
def eig(a):
    """特征分解 / Eigenvalues and eigenvectors (in columns, of norm 1) of square matrices, always complex.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eig.html
    """
    values, vectors = _eig(a, True)
    kind = np.result_type(a.dtype, np.complex64)
    return values.astype(kind), column_major(vectors.astype(kind))


# ---- singular values


def _svd(a: Any, full: bool, vectors: bool) -> Any:
    wants_matrix("linalg.svd", a)
    wants_floating("linalg.svd", a, half=True)
    wants_lapack("linalg_svd_cpu", a)
    if a.ndim == 2 and np.isnan(a).any():
        raise LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
        )
    try:
        if not vectors:
            return np.linalg.svd(a, compute_uv=False)
        return _wide_svd(a, full) if a.size and _is_wide(a) else np.linalg.svd(a, full)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix is ill-conditioned or has too many "
            "repeated singular values (error code: 1)."
        ) from None


def _is_wide(a: Any) -> bool:
    """Whether PyTorch's LAPACK takes another way than NumPy's, to other signs of singular vectors."""
    m, n = a.shape[-2:]
    return bool(a.dtype.kind == "f" and m > 1 and n >= m * 11 // 6)


def _wide_svd(a: Any, full: bool) -> Any:
    """A = L Q; a column of zeros beside L, and a row where LAPACK would still call it wide, lead to PyTorch's signs."""
    m = a.shape[-2]
    q, r = np.linalg.qr(a.swapaxes(-1, -2), "complete" if full else "reduced")
    rows_ = max(m, 3)
    l = np.zeros((*a.shape[:-2], rows_, rows_ + 1), a.dtype)
    l[..., :m, :m] = r[..., :m, :].swapaxes(-1, -2)
    u, s, vh = np.linalg.svd(l, False)
    turned = q.swapaxes(-1, -2)
    vh = np.matmul(vh[..., :m, :m], turned[..., :m, :])
    return u[..., :m, :m], s[..., :m], np.concatenate((vh, turned[..., m:, :]), axis=-2)


def _svd_gradient(g: Any, U: Any, S: Any, Vh: Any, full_matrices: bool) -> Any:
    """With skew(X) = X - X^H and E_ij = S_j^2 - S_i^2 (1 on the diagonal):

    U (skew(U^H gU) / E S + S skew(V^H gV) / E + diag(gS)) V^H, what is orthogonal to U and V, and for complex matrices
    the phase that U and V share.
    """
    gu, gs, gvh = g
    k = S.shape[-1]
    m, n = U.shape[-2], Vh.shape[-1]
    if full_matrices:  # the other vectors are arbitrary
        if m > k:
            U, gu = columns(U, 0, k), None if gu is None else columns(gu, 0, k)
        if n > k:
            Vh, gvh = rows(Vh, 0, k), None if gvh is None else rows(gvh, 0, k)
    if gu is None and gvh is None:
        return matmul_nd(U * as_row(same_kind(gs, U)), Vh)
    v, gv = adjoint(Vh), None if gvh is None else adjoint(gvh)
    s = same_kind(S, U)
    of_u = None if gu is None else matmul_nd(adjoint(U), gu)
    of_v = None if gv is None else matmul_nd(adjoint(v), gv)
    if is_complex(U):
        phase = plus(*[None if x is None else diagonals(x) for x in (of_u, of_v)])
        _refuse_phase("svd", "singular vectors", phase)
    differences = _differences(S * S)
    differences = same_kind(differences, U)
    inner = plus(
        None if of_u is None else (of_u - adjoint(of_u)) / differences * as_row(s),
        None if of_v is None else (of_v - adjoint(of_v)) / differences * as_column(s),
    )
    if is_complex(U) and of_u is not None:  # the diagonal of skew(U^H gU) was divided by 1
        turn = diagonals(of_u - adjoint(of_u))
        inner = inner - on_diagonal(diagonals(inner)) + on_diagonal(turn / (s * 2))
    if gs is not None:
        inner = inner + on_diagonal(same_kind(gs, U))
    if m > k and gu is not None:
        made = matmul_nd(U, inner) + (gu - matmul_nd(U, of_u)) / as_row(s)
        made = matmul_nd(made, Vh)
    else:
        made = matmul_nd(U, matmul_nd(inner, Vh))
    if n > k and gv is not None:
        outside = gvh - matmul_nd(adjoint(of_v), Vh)
        made = made + matmul_nd(U, outside / as_column(s))
    return made


@op(lambda g, U, S, Vh, full_matrices: _svd_gradient(g, U, S, Vh, full_matrices), name="linalg_svd",
    outputs=("U", "S", "Vh"), heads=3, public=False, out="same", called=("A",))  # fmt: skip
def svd(a, full_matrices: Flag = True, *, driver: Str = None):
    """奇异值分解 / A = U diag(S) Vh with singular values in descending order.

    ``full_matrices=False``: only min(m, n) columns of U and rows of Vh. Gradients are finite only where the singular
    values are distinct and not zero.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.svd.html
    """
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    u, s, vh = _svd(a, full_matrices, True)
    return column_major(u), s, column_major(vh)


def singular_vectors(a: Any) -> Any:
    """U, S and Vh of arrays, as many vectors as values."""
    return _svd(a, False, True)


def hermitian_vectors(a: Any) -> Any:
    """Eigenvalues and eigenvectors of Hermitian arrays."""
    return _hermitian(a, "L", True)


# ---- the values alone


def _alone(whole: Op, position: int, values: Any, input: Any, attrs: dict[str, Any], name: str, out: Any) -> Tensor:
    """The values of a decomposition, for which no vectors are computed unless a derivative may ask for them."""
    operands, attrs = whole.bind((input,), attrs)
    x = operands[0]
    if x._tangent is not None or (modes.grad and x.requires_grad):
        found = whole.record(operands, attrs)[position]
    else:
        found = wrap(values(x._array, attrs))
    mode = "same quiet" if whole is eig else "same"
    return found if out is None else write_out(name, found, out, operands, mode)


def eigvalsh(input: Tensor, UPLO: str = "L", *, out: Any = None) -> Tensor:
    """对称（埃尔米特）矩阵的特征值 / Real eigenvalues in ascending order; only the triangle ``UPLO`` is read.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigvalsh.html
    """
    return _alone(eigh, 0, lambda a, attrs: _hermitian(a, attrs["UPLO"], False), input, {"UPLO": UPLO},
                  "linalg_eigvalsh", out)  # fmt: skip


def eigvals(input: Tensor, *, out: Any = None) -> Tensor:
    """特征值 / Eigenvalues of square matrices, always complex, in no particular order.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigvals.html
    """
    values = lambda a, _: _eig(a, False).astype(np.result_type(a.dtype, np.complex64))  # noqa: E731
    return _alone(eig, 0, values, input, {}, "linalg_eigvals", out)


def svdvals(A: Tensor, *, driver: str | None = None, out: Any = None) -> Tensor:
    """奇异值 / Singular values in descending order: (..., m, n) -> (..., min(m, n)).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.svdvals.html
    """
    return _alone(svd, 1, lambda a, _: _svd(a, False, False), A, {"full_matrices": False, "driver": driver},
                  "linalg_svdvals", out)  # fmt: skip
