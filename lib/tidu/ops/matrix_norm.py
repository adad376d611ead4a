"""Norms of vectors and matrices by order, and the condition number. 范数与条件数。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import ReduceDims, is_int, kind_of, type_name, wrap_dim
from tidu._define import by_example, publish
from tidu._operands import NUMBERS, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.ops.matrices import dtype_name, wants_floating, wants_matrix, zeros_of
from tidu.ops.norm import vector_norm as p_norm
from tidu.ops.reduce import amax, amin, sum_
from tidu.ops.solve import inv_ex
from tidu.ops.spectral import svdvals
from tidu.ops.view import permute

_INF = math.inf


def _wants_tensor(function: str, x: Any) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")


def _finished(result: Tensor, out: Any, function: str, operand: Tensor) -> Tensor:
    mode = "same" if function == "linalg_vector_norm" else "same quiet"
    return result if out is None else write_out(function, result, out, (operand,), mode)


def _in_dtype(function: str, x: Tensor, dtype: Any) -> Tensor:
    """The operand in the dtype to compute in, which may be wider than its own."""
    wants_floating(function, x._array, half=True)
    if dtype is None:
        return x
    target, own = _dtypes.parse(dtype, function), x._array.dtype
    shown, given = dtype_name(np.empty(0, target)), dtype_name(x._array)
    if target.kind not in "fc":
        raise RuntimeError(f"{function}: dtype should be floating point or complex, but got {shown}")
    if (target.kind == "c") != (own.kind == "c"):
        kinds = "complex for complex" if own.kind == "c" else "real for real"
        raise RuntimeError(f"{function}: dtype should be {kinds} inputs, but got {shown}")
    if target.itemsize < own.itemsize:
        raise RuntimeError(
            f"{function}: the dtype of the input ({given}) should be convertible without narrowing to the specified "
            f"dtype ({shown})"
        )
    return x.to(dtype)


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:
    """向量范数 / ``sum(|x|^ord)^(1/ord)`` of all elements, or over ``dim``; of order inf, -inf and 0 the largest, the
    smallest, and how many are not zero.

    ``RuntimeError`` of an order below 0 or inf over nothing.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
    """
    _wants_tensor("linalg_vector_norm", x)
    if not isinstance(ord, NUMBERS):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type_name(ord)}")
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    y = _in_dtype("linalg.vector_norm", x, dtype)
    order = float(ord)
    dims = kind_of(ReduceDims).parse(dim, "linalg_vector_norm", "dim", 3, y.ndim)
    if order < 0 or order == _INF:
        _refuse_nothing(y, order, dims, dim)
    return _finished(p_norm.record((y,), {"p": order, "dim": dims, "keepdim": keepdim}), out, "linalg_vector_norm", x)


def _refuse_nothing(x: Tensor, order: float, dims: tuple[int, ...], given: Any) -> None:
    for d in dims:
        if x.shape[d]:
            continue
        where = (
            "an empty tensor" if given is None or given == () else f"the dimension {d}because this dimension is empty"
        )
        why = "because the operation does" if given is None or given == () else "and the operation does"
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order:g} norm on {where} {why} not have an identity"
        )


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:
    """矩阵范数 / Norm of the matrices in two dimensions.

    ``ord``: "fro" (square root of the sum of squares), "nuc" (sum of the singular values), 2 and -2 (largest and
    smallest of them), 1 and -1 (of the sums of columns), inf and -inf (of the sums of rows).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_norm.html
    """
    function = "linalg.matrix_norm"
    _wants_tensor("linalg_matrix_norm", A)
    if not isinstance(dim, (tuple, list)):
        raise TypeError(f"linalg_matrix_norm(): argument 'dim' must be tuple of ints, not {type_name(dim)}")
    wants_matrix(function, A._array)
    wants_floating(function, A._array, half=True)
    if not isinstance(ord, str) and abs(ord) not in (1, 2, _INF) or isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise RuntimeError(f"{function}: Order {ord} not supported.")
    if len(dim) != 2:
        raise RuntimeError(f"{function}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    first, second = (wrap_dim(d, A.ndim, function) for d in dim)
    if first == second:
        raise RuntimeError(f"{function}: dims must be different. Got ({dim[0]}, {dim[1]})")
    x = _in_dtype(function, A, dtype)
    if ord == "fro":
        made = p_norm.record((x,), {"p": 2.0, "dim": (first, second), "keepdim": keepdim})
    elif ord == "nuc" or abs(ord) == 2:
        made = _of_singular_values(x, ord, (first, second), keepdim)
    else:
        rows_first = (first, second) if abs(ord) == 1 else (second, first)
        made = _of_sums(x, ord, rows_first, keepdim)
    return _finished(made, out, "linalg_matrix_norm", A)


def _of_singular_values(x: Tensor, ord: Any, dims: tuple[int, int], keepdim: bool) -> Tensor:
    order = [d for d in range(x.ndim) if d not in dims] + list(dims)
    values = svdvals(permute.record((x,), {"dims": tuple(order)}))
    last = (values.ndim - 1,)
    made: Any
    if ord == "nuc":
        made = sum_.record((values,), {"dim": last, "keepdim": keepdim, "dtype": None})
    elif not values.shape[-1] and ord > 0:
        made = wrap(zeros_of(values._array, (*values.shape[:-1], *[1] * keepdim)))
    else:
        made = (amax if ord > 0 else amin).record((values,), {"dim": last, "keepdim": keepdim})
    return made.unsqueeze(-1).permute([order.index(d) for d in range(x.ndim)]) if keepdim else made


def _of_sums(x: Tensor, ord: float, dims: tuple[int, int], keepdim: bool) -> Tensor:
    """Sums over the first of two dimensions, then the largest or the smallest over the second."""
    summed, over = dims
    sums = p_norm.record((x,), {"p": 1.0, "dim": (summed,), "keepdim": keepdim})
    if not keepdim and over > summed:
        over -= 1
    if not sums.shape[over] and ord > 0:
        shape = [1 if d == over else n for d, n in enumerate(sums.shape) if keepdim or d != over]
        return wrap(zeros_of(sums._array, tuple(shape)))
    return (amax if ord > 0 else amin).record((sums,), {"dim": (over,), "keepdim": keepdim})


def norm(
    A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, out: Any = None, dtype: Any = None
) -> Tensor:
    """向量或矩阵范数 / ``vector_norm`` or ``matrix_norm``, by the number of dimensions.

    Without ``ord`` the 2-norm of all elements or over ``dim``; with it, of vectors where ``dim`` is one number or A has
    one dimension, else of matrices.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.norm.html
    """
    _wants_tensor("linalg_norm", A)
    dims = (dim,) if is_int(dim) else dim
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if ord is None:
        made = vector_norm(A, 2, dims, keepdim, dtype=dtype)
    elif dims is None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    elif isinstance(ord, str) or (len(dims) if dims is not None else A.ndim) == 2:
        made = matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    else:
        made = vector_norm(A, ord, dims, keepdim, dtype=dtype)
    return _finished(made, out, "linalg_norm", A)


def _norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """范数 / p-norm of all elements or over ``dim``; ``p`` a number, inf, "fro" (the 2-norm), or "nuc" (of matrices).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.norm.html
    """
    _wants_tensor("norm", input)
    if p is None or p == "fro":
        p = 2
    if p == "nuc":
        dims = tuple(range(input.ndim)) if dim is None else (dim,) if is_int(dim) else tuple(dim)
        made = matrix_norm(input, "nuc", dims, keepdim, dtype=dtype)
        return made if out is None else write_out("norm", made, out, (input,), "quiet")
    if not isinstance(p, NUMBERS) or isinstance(p, complex):
        raise RuntimeError(f"norm(): argument 'p' must be a number, inf, 'fro' or 'nuc', not {p!r}")
    if dtype is not None:
        input = input.to(dtype)
    wants_floating("linalg.vector_norm", input._array, half=True)
    _, attrs = p_norm.bind((input,), {"p": float(p), "dim": dim, "keepdim": keepdim})
    result = p_norm.record((input,), attrs)
    return result if out is None else write_out("norm", result, out, (input,))


publish("norm", _norm)


@by_example
def cond(A: Tensor, p: Any = None, *, out: Any = None) -> Tensor:
    """条件数 / How far errors grow when a system of the matrix is solved: norm(A) norm(inverse of A).

    ``p``: an order of ``matrix_norm``; None is 2. A singular matrix has the condition inf.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cond.html
    """
    _wants_tensor("linalg_cond", A)
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is not None and p not in ("fro", "nuc", 1, -1, 2, -2, _INF, -_INF):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if p is None or p in (2, -2):
        values = svdvals(A)
        if not values.shape[-1]:
            made = wrap(zeros_of(values._array, values.shape[:-1]))
        else:
            large, small = values[..., :1], values[..., -1:]
            made = (small / large if p == -2 else large / small).squeeze(-1)
    else:
        if A.shape[-1] != A.shape[-2]:
            raise RuntimeError(
                f"linalg.cond(ord={'inf' if p == _INF else '-inf' if p == -_INF else p}): A must be batches of square "
                f"matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
            )
        if not A.shape[-1]:
            return _finished(wrap(abs(zeros_of(A._array, A.shape[:-2]))), out, "linalg_cond", A)
        inverse, info = inv_ex.public(A)
        made = matrix_norm(A, p) * matrix_norm(inverse, p)
        singular = info._array != 0
        if singular.any():
            made = pw.where(wrap(singular), made.new_full((), _INF), made)
    return _finished(made, out, "linalg_cond", A)
