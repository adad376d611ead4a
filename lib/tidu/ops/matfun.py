"""Functions of matrices: pseudo-inverse, rank, powers, exponential, least squares. 矩阵函数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import As, Flag, is_int, type_name
from tidu._backend import as_array, row_major
from tidu._define import by_example, op
from tidu._operands import write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.join import cat
from tidu.ops.linalg import matmul_nd
from tidu.ops.matrices import (
    adjoint,
    columns,
    dtype_name,
    eye_like,
    raw,
    rows,
    wants_floating,
    wants_matrix,
    wants_square,
    zeros_of,
)  # fmt: skip
from tidu.ops.solve import inv
from tidu.ops.spectral import eigvalsh, hermitian_vectors, singular_vectors, svdvals


def _numbers(value: Any) -> Any:
    """A tolerance: a number, or a tensor with one for each matrix."""
    return value._array if isinstance(value, Tensor) else value


def _tolerance(sizes: Any, shape: tuple[int, ...], atol: Any, rtol: Any) -> Any:
    """Below which a singular value counts as zero: the larger of ``atol`` and ``rtol`` times the largest of them.

    ``rtol`` is max(m, n) times the precision of the dtype where neither is given.
    """
    absolute = 0 if atol is None else _numbers(atol)
    if rtol is None:
        relative = np.finfo(sizes.dtype).eps * max(shape[-2:])
        if atol is not None:
            positive = absolute > 0
            relative = np.where(positive, 0, relative) if hasattr(positive, "shape") else 0 if positive else relative
    else:
        relative = _numbers(rtol)
    largest = sizes.max(-1)
    return np.maximum(absolute, relative * largest)[..., None]


# ---- pseudo-inverse and rank


def pinv_gradient(g: Any, a: Any, out: Any) -> Any:
    """Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems" (1973)."""
    m, n = a.shape[-2:]
    turned, inverse = adjoint(g), adjoint(out)
    if m <= n:
        k = matmul_nd(turned, out)
        ki = matmul_nd(k, inverse)
        first = ki - adjoint(matmul_nd(out, k)) - matmul_nd(matmul_nd(a, out), ki)
        return first + matmul_nd(matmul_nd(inverse, out), turned - matmul_nd(k, a))
    k = matmul_nd(out, turned)
    ik = matmul_nd(inverse, k)
    first = ik - adjoint(matmul_nd(k, out)) - matmul_nd(matmul_nd(ik, out), a)
    return first + matmul_nd(matmul_nd(turned - matmul_nd(a, k), out), inverse)


@op(lambda g, a, out: pinv_gradient(g, a, out), name="linalg_pinv", public=False, out="same", called=("A",))
def pinv_by(a, *, atol: As = None, rtol: As = None, hermitian: Flag = False):
    """伪逆 / Moore-Penrose inverse: (..., m, n) -> (..., n, m), by singular values or eigenvalues."""
    if a.ndim < 2 or a.dtype.kind not in "fc" or a.dtype.itemsize < 4:
        raise RuntimeError(
            f"linalg.pinv({dtype_name(a)}{{{list(a.shape)}}}): expected a tensor with 2 or more dimensions of float, "
            "double, cfloat or cdouble types"
        )
    if hermitian:
        values, vectors = hermitian_vectors(a)
        sizes, left, right = np.abs(values), vectors, vectors.swapaxes(-1, -2).conj()
    else:
        left, values, right = singular_vectors(a)
        sizes = values
    if not a.size:
        return zeros_of(a, (*a.shape[:-2], a.shape[-1], a.shape[-2]))
    kept = sizes > _tolerance(sizes, a.shape, atol, rtol)
    inverted = np.where(kept, 1 / np.where(kept, values, 1), 0).astype(values.dtype)
    made = np.matmul(right.swapaxes(-1, -2).conj() * inverted[..., None, :], left.swapaxes(-1, -2).conj())
    return row_major(made)


def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None
) -> Tensor:
    """伪逆 / Moore-Penrose inverse: (..., m, n) -> (..., n, m).

    Singular values that are at most ``max(atol, rtol * the largest)`` count as zero (``rcond`` is an older name of
    ``rtol``): numbers, or tensors with one for each matrix.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.pinv.html
    """
    attrs = {"atol": atol, "rtol": rcond if rtol is None else rtol, "hermitian": hermitian}
    mode = "same" if atol is None and attrs["rtol"] is None else "same quiet"
    operands, attrs = pinv_by.bind((A,), attrs)
    made = pinv_by.record(operands, attrs)
    return made if out is None else write_out("linalg_pinv", made, out, operands, mode)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """伪逆 / ``linalg.pinv`` with singular values up to ``rcond`` times the largest taken for zero.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.pinverse.html
    """
    return pinv(input, rcond)


@by_example
def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None
) -> Tensor:
    """秩 / How many singular values are above ``max(atol, rtol * the largest)``, as int64.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_rank.html
    """
    if not isinstance(A, Tensor):
        raise TypeError(f"linalg_matrix_rank(): argument 'A' (position 1) must be Tensor, not {type_name(A)}")
    a = A._array
    wants_matrix("torch.linalg.matrix_rank", a, "input")
    if a.dtype.kind not in "fc" or a.dtype.itemsize < 4:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if tol is not None:
        atol, rtol = tol, 0.0
    for name, value in (("atol", atol), ("rtol", rtol)):
        if isinstance(value, complex):
            raise TypeError(f"linalg_matrix_rank(): argument '{name}' must be float, not complex")
        if isinstance(value, Tensor) and value._array.dtype.kind == "c":
            raise RuntimeError(
                f"torch.linalg.matrix_rank: {name} tensor of complex type is not supported. Got "
                + dtype_name(raw(value))
            )
    bare = wrap(a)
    sizes = np.abs((eigvalsh(bare) if hermitian else svdvals(bare))._array)
    if not sizes.size:
        made = wrap(zeros_of(a, a.shape[:-2], np.int64))
    else:
        made = wrap(as_array((sizes > _tolerance(sizes, a.shape, atol, rtol)).sum(-1, dtype=np.int64)))
    return made if out is None else write_out("linalg_matrix_rank", made, out, (), True)


# ---- powers and the exponential


def matrix_power(input: Tensor, n: int, *, out: Any = None) -> Tensor:
    """矩阵的幂 / Product of n copies of each square matrix; of the inverse where n is negative.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_power.html
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"linalg_matrix_power(): argument 'A' (position 1) must be Tensor, not {type_name(input)}")
    if not is_int(n):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type_name(n)}")
    wants_square("linalg.matrix_power", input._array)
    if n and input._array.dtype.kind == "b":
        raise NotImplementedError("\"addmm_impl_cpu_\" not implemented for 'Bool'")
    if n == 0:
        a = input._array
        made: Any = input.clone().copy_(wrap(np.broadcast_to(eye_like(a, a.shape[-1]), a.shape)))
    elif n == 1:
        made = input.clone()
    else:
        made = _power(inv.public(input) if n < 0 else input, abs(n))
    if out is None:
        return made
    copied = n in (0, 1) or (abs(n) > 3 and not abs(n) & (abs(n) - 1))  # else the last product is written there
    return write_out("linalg_matrix_power", made, out, (input,), "quiet" if copied else "same")


def _power(x: Any, n: int) -> Any:
    """Squares of squares, multiplied where n has a bit."""
    if n == 1:
        return x
    if n == 3:
        return (x @ x) @ x
    made = None
    while n:
        if n & 1:
            made = x if made is None else made @ x
        n >>= 1
        if n:
            x = x @ x
    return made


_PADE = (64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
         670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1)  # fmt: skip


def _exponential(a: Any) -> Any:
    """Of a stack of matrices in double precision, by Padé approximation, scaled until it is accurate and squared back.

    Higham, "The scaling and squaring method for the matrix exponential revisited" (2005).
    """
    size = np.abs(a).sum(-2).max(-1)
    steps = np.where(size > 5.37, np.ceil(np.log2(np.maximum(size, 1) / 5.37)), 0)
    a = a * np.exp2(-steps)[:, None, None]
    one, c = eye_like(a, a.shape[-1]), _PADE
    a2 = np.matmul(a, a)
    a4 = np.matmul(a2, a2)
    a6 = np.matmul(a4, a2)
    odd = np.matmul(a6, c[13] * a6 + c[11] * a4 + c[9] * a2) + c[7] * a6 + c[5] * a4 + c[3] * a2 + c[1] * one
    even = np.matmul(a6, c[12] * a6 + c[10] * a4 + c[8] * a2) + c[6] * a6 + c[4] * a4 + c[2] * a2 + c[0] * one
    odd = np.matmul(a, odd)
    made = np.linalg.solve(even - odd, even + odd)
    for k in range(int(steps.max().item())):
        again = steps > k
        made[again] = np.matmul(made[again], made[again])
    return made


def _exp_gradient(g: Any, x: Any) -> Any:
    """The upper right of exp [[X^H, G], [0, X^H]] is the derivative of exp at X^H in the direction of G."""
    n, turned = x.shape[-1], adjoint(x)
    last = x.ndim - 1
    above, below = cat([turned, g], last), cat([turned * 0, turned], last)
    return columns(rows(matrix_exp(cat([above, below], last - 1)), 0, n), n, None)


@op(lambda g, x: _exp_gradient(g, x), name="linalg_matrix_exp", public=False, out=False)
def matrix_exp(x):
    """矩阵指数 / Sum of the powers of each square matrix, divided by factorials: exp(A).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_exp.html
    """
    wants_square("linalg.matrix_exp", x)
    wants_floating("linalg.matrix_exp", x, half=True)
    if not x.size:
        return x.copy()
    wide = row_major(x).reshape(-1, *x.shape[-2:]).astype("c16" if x.dtype.kind == "c" else "f8")
    finite = np.isfinite(wide).all((1, 2))
    made = np.full_like(wide, np.nan)
    made[finite] = _exponential(wide[finite]) if finite.any() else wide[finite]
    return made.reshape(x.shape).astype(x.dtype)


# ---- products of several


def multi_dot(tensors: Any, *, out: Any = None) -> Tensor:
    """连乘 / Product of several matrices in the order of fewest multiplications; the first and the last may be vectors.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.multi_dot.html
    """
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            f"linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}"
        )
    n = len(tensors)
    if n < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {n}")
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(
                "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not "
                + type_name(tensors)
            )
        which = {0: "first", n - 1: "last"}.get(i)
        if t.ndim not in ((1, 2) if which else (2,)):
            where = f"the {which} tensor must be 1D or 2D" if which else f"tensor {i} must be 2D"
            raise RuntimeError(f"multi_dot(): {where} but got {t.ndim}D")
        if t.dtype != tensors[0].dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {tensors[0].dtype} and tensor "
                f"{i} {t.dtype}"
            )
    chain = [tensors[0].unsqueeze(0) if tensors[0].ndim == 1 else tensors[0], *tensors[1:]]
    if chain[-1].ndim == 1:
        chain[-1] = chain[-1].unsqueeze(-1)
    for i in range(n - 1):
        if chain[i].shape[-1] != chain[i + 1].shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(tensors[i].shape)} and "
                f"{list(tensors[i + 1].shape)} cannot be multiplied"
            )
    made = _chain(chain, _cheapest([t.shape[0] for t in chain] + [chain[-1].shape[1]]), 0, n - 1)
    shape = [*tensors[0].shape[:-1], *tensors[-1].shape[1:]]
    made = made.view(shape)
    return made if out is None else write_out("linalg_multi_dot", made, out, tensors, "same")


def _cheapest(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Behind which matrix to split each stretch of a chain; matrix i is of ``sizes[i]`` by ``sizes[i + 1]``.

    Cormen et al., Introduction to Algorithms, "Matrix-chain multiplication".
    """
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i, j] = min(costs)
            split[i, j] = i + costs.index(cost[i, j])
    return split


def _chain(tensors: list[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return tensors[i]
    k = split[i, j]
    return _chain(tensors, split, i, k) @ _chain(tensors, split, k + 1, j)
