"""Linear algebra by its older names: ``torch.svd``, ``torch.cholesky`` and the like. 线性代数的旧名字。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Flag
from tidu._define import by_example, op, publish, return_type, write_several
from tidu._formats import contiguous_format
from tidu._operands import write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops import decompose, determinant, solve, spectral
from tidu.ops.matfun import matrix_exp, matrix_power, pinverse
from tidu.ops.matrices import adjoint, column_major, conj, eye_like, wants_square, warn_once, zeros_of
from tidu.ops.triangular import solve_triangular


def _named(name: str, fields: tuple[str, ...], found: Any, out: Any, *operands: Tensor) -> Any:
    """Results under the names by which PyTorch's are reached."""
    made = return_type(name, *fields)(found)
    return made if out is None else write_several(name, made, out, operands)


def _deprecated(old: str, new: str) -> None:
    warn_once(
        old,
        f"torch.{old} is deprecated in favor of {new} and will be removed in a future PyTorch release.",
        stacklevel=4,
    )


def qr(input: Tensor, some: bool = True, *, out: Any = None) -> Any:
    """QR 分解 / ``linalg.qr``, "reduced" or (``some=False``) "complete".

    Source: https://docs.pytorch.org/docs/stable/generated/torch.qr.html
    """
    _deprecated("qr", "torch.linalg.qr")
    found = decompose.qr.public(input, "reduced" if some else "complete")
    return _named("qr", ("Q", "R"), found, out, input)


def svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """奇异值分解 / ``linalg.svd`` that gives V instead of its adjoint; without ``compute_uv`` U and V are zeros.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.svd.html
    """
    if compute_uv:
        u, s, vh = spectral.svd.public(input, not some)
        found = (u, s, adjoint(vh))
    else:
        s = spectral.svdvals(input)
        m, n = input.shape[-2:]
        zeros = [zeros_of(input._array, (*input.shape[:-2], size, size)) for size in (m, n)]
        found = (wrap(zeros[0]), s, wrap(column_major(zeros[1])))
    return _named("svd", ("U", "S", "V"), found, out, input)


@op(lambda g, out, upper: decompose.cholesky_gradient(g, out, upper), name="cholesky", public=False, out=False,
    called=("input",))  # fmt: skip
def _factor(a, upper: Flag = False):
    """Cholesky 分解 / ``linalg.cholesky`` under its old name in errors and graphs."""
    wants_square("cholesky", a)
    return decompose.lower_factor(a, upper, "cholesky")[0]


def cholesky(input: Tensor, upper: bool = False, *, out: Any = None) -> Tensor:
    """Cholesky 分解 / ``linalg.cholesky`` by its old name.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.cholesky.html
    """
    _deprecated("cholesky", "torch.linalg.cholesky")
    found = _factor.public(input, upper)
    return found if out is None else write_out("cholesky", found.contiguous(), out, (input,), "same")


def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False, *, out: Any = None) -> Tensor:
    """用 Cholesky 因子解方程组 / X with L L^H X = ``input``, where L is ``input2`` (``upper``: L^H L X).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.cholesky_solve.html
    """
    for name, x in (("b", input), ("u", input2)):
        if x.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    wants_square("cholesky_solve", input2._array)
    if input.shape[-2] != input2.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {input2.shape[-2]} by "
            f"{input2.shape[-1]} but each b matrix is {input.shape[-2]} by {input.shape[-1]}"
        )
    first, second = (adjoint(input2), input2) if upper else (input2, adjoint(input2))
    half = solve_triangular.public(first, input, upper=False)
    found = solve_triangular.public(second, half, upper=True)
    return found if out is None else write_out("cholesky_solve", found.contiguous(), out, (input, input2), "same")


def cholesky_inverse(input: Tensor, upper: bool = False, *, out: Any = None) -> Tensor:
    """由 Cholesky 因子求逆 / Inverse of L L^H (``upper``: of L^H L), where L is ``input``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.cholesky_inverse.html
    """
    wants_square("cholesky_inverse", input._array)
    one = wrap(np.broadcast_to(eye_like(input._array, input.shape[-1]), input.shape))
    found = cholesky_solve(one, input, upper)
    return found if out is None else write_out("cholesky_inverse", found, out, (input,), "same")


def logdet(input: Tensor) -> Tensor:
    """行列式的对数 / Logarithm of the determinant of each square matrix; nan where it is negative, -inf where it is 0.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.logdet.html
    """
    sign, size = determinant.slogdet.public(input)
    if sign._array.dtype.kind == "c":
        return sign.log() + size
    return FUNCTIONS["where"](sign == -1.0, float("nan"), size)


def det(input: Tensor) -> Tensor:
    """行列式 / Determinant of each square matrix: (..., n, n) -> (...).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.det.html
    """
    return determinant.det.public(input)


def slogdet(input: Tensor, *, out: Any = None) -> Any:
    """行列式的符号与对数 / Sign of each determinant, and the logarithm of its absolute value.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.slogdet.html
    """
    return _named("slogdet", ("sign", "logabsdet"), determinant.slogdet.public(input), out, input)


def inverse(input: Tensor, *, out: Any = None) -> Tensor:
    """逆矩阵 / Inverse of each square matrix; ``torch.linalg.LinAlgError`` where it has none.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.inverse.html
    """
    return solve.inv.public(input, out=out)


def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """LU 分解（紧凑形式） / L and U in one matrix and the rows exchanged; where a pivot is 0 only with ``get_infos``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.lu.html
    """
    _deprecated("lu", "torch.linalg.lu_factor / torch.linalg.lu_factor_ex")
    found = tuple(decompose.lu_factor_ex.public(A, pivot=pivot))
    if get_infos:
        return _named("_lu_with_info", ("LU", "pivots", "info"), found, out, A)
    return tuple(_named("lu", ("LU", "pivots"), found[:2], out, A))


def _lu_method(self: Tensor, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
    """LU 分解（紧凑形式） / As ``torch.lu``, in a plain tuple."""
    return tuple(lu(self, pivot, get_infos))


@by_example
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """拆开紧凑的 LU / P, L and U from what ``lu_factor`` gives; empty where they are not asked for.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.lu_unpack.html
    """
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    nothing = LU_data.new_empty((0,))
    p: Any = nothing
    l, u = nothing, nothing
    if unpack_pivots:
        p = wrap(decompose.permutation_matrix(LU_pivots._array - 1, m, LU_data._array))
    if unpack_data:
        one = wrap(eye_like(LU_data._array, m)[:, :k])
        l, u = LU_data[..., :k].tril(-1) + one, LU_data[..., :k, :].triu()
    return _named("lu_unpack", ("P", "L", "U"), (p, l, u), None)


@by_example
def linalg_lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Any = None
) -> Tensor:
    """用 LU 分解解方程组 / X with A X = B (``left=False``: X A = B; ``adjoint``: A^H) from what ``lu_factor`` gives.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu_solve.html
    """
    if pivots._array.dtype != np.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    function = "linalg.lu_solve"
    wants_square(function, LU._array)
    if LU.shape[-1] != B.shape[-2 if left else -1]:
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({LU.shape[-2]}x{LU.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    turn = lambda x: conj(x.mT)  # noqa: E731
    x = B if left else turn(B)
    flip = adjoint != (not left)
    p = wrap(decompose.permutation_matrix(pivots._array - 1, LU.shape[-1], LU._array))
    if flip:
        x = solve_triangular.public(turn(LU), x, upper=False)
        x = solve_triangular.public(turn(LU), x, upper=True, unitriangular=True)
        x = (x.mT @ p.mT).mT  # column-major, as the solutions are
    else:
        x = solve_triangular.public(LU, p.mT @ x, upper=False, unitriangular=True)
        x = solve_triangular.public(LU, x, upper=True)
    found = x if left else turn(x)
    return found if out is None else write_out("linalg_lu_solve", found, out, (LU, B), "same")


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
    """用 LU 分解解方程组 / ``linalg.lu_solve`` by its old name and in the old order.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.lu_solve.html
    """
    _deprecated("lu_solve", "torch.linalg.lu_solve")
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)


def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *,
    out: Any = None,
) -> Any:  # fmt: skip
    """解三角方程组 / ``linalg.solve_triangular`` by its old name, and a copy of A.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.triangular_solve.html
    """
    _deprecated("triangular_solve", "torch.linalg.solve_triangular")
    matrix, triangle = (A.mT, not upper) if transpose else (A, upper)
    found = solve_triangular.public(matrix, input, upper=triangle, unitriangular=unitriangular)
    clone = A.mT.expand(*found.shape[:-2], *A.mT.shape[-2:]).clone(memory_format=contiguous_format).mT
    return _named("triangular_solve", ("solution", "cloned_coefficient"), (found, clone), out, input, A)


for _function in (
    qr, svd, cholesky, cholesky_solve, cholesky_inverse, logdet, lu_solve, triangular_solve, pinverse, matrix_power,
    det, slogdet, inverse,
):  # fmt: skip
    publish(_function.__name__, _function)
publish("matrix_exp", matrix_exp.public, matrix_exp.__doc__)
publish("lu", lu, method=False)
publish("lu", _lu_method, namespace=False)
publish("lu_unpack", lu_unpack, method=False)
