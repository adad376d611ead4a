"""Products of tensors: over chosen dimensions, of vectors, of Kronecker. 张量的各种乘积。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Dim, is_int, wrap_dim
from tidu._define import op, publish
from tidu._operands import broadcast_error, check_tensors, write_out
from tidu._tensor import Tensor
from tidu.ops.join import cat
from tidu.ops.linalg import dot, mm, not_of_bools, unbroadcast_to
from tidu.ops.matfun import multi_dot
from tidu.ops.matrices import as_tensor, conj, same_type, unrecorded, wants_floating, warn_once
from tidu.ops.view import diagonal, permute, reshape, unsafe_view


def _done(function: str, made: Tensor, out: Any, *operands: Tensor, mode: Any = "same") -> Tensor:
    return made if out is None else write_out(function, made, out, operands, mode)


# ---- of vectors


@op(lambda g, y: conj(g) * y, lambda g, x: g * x, out="same")
def vdot(x, y):
    """共轭点积 / Sum of ``conj(input) * other`` of two vectors.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.vdot.html
    """
    return dot.kernel(np.conj(x) if x.dtype.kind == "c" else x, y)


def inner(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """内积 / Sums of products over the last dimension of both; with a 0-d tensor the product.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.inner.html
    """
    check_tensors("inner", input=input, other=other)
    a, b = input.shape, other.shape
    if not a or not b:
        return _done("inner", input * other, out, input, other)
    if a[-1] != b[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(a)} and {list(b)}"
        )
    return _done("inner", tensordot(input, other, ([-1], [-1])), out, input, other, mode="same quiet")


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Any = None) -> Tensor:
    """沿一个维度的点积 / Sum of ``conj(x) * y`` over ``dim``; the other dimensions broadcast.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vecdot.html
    """
    check_tensors("linalg_vecdot", x=x, y=y)
    wants_floating("linalg.vecdot", x._array, half=True)
    if x.dtype != y.dtype:
        same_type("linalg.vecdot", x._array, y._array, "x", "y")
    if x.ndim == 1 and y.ndim == 1:
        wrap_dim(dim, 1, "linalg_vecdot")
        made = vdot.record((x, y), {})
    else:
        made = (conj(x) * y).sum(dim)
    return _done("linalg_vecdot", made, out, x, y)


@op(lambda g, y, x_shape, dim: unbroadcast_to(linalg_cross(conj(y), g, dim=dim), tuple(x_shape)),
    lambda g, x, y_shape, dim: unbroadcast_to(linalg_cross(g, conj(x), dim=dim), tuple(y_shape)), name="linalg_cross",
    public=False, out="same")  # fmt: skip
def linalg_cross(x, y, *, dim: Dim = -1):
    """叉积 / Cross product of vectors of three elements along ``dim``; the other dimensions broadcast.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.cross.html
    """
    if x.ndim != y.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if x.dtype != y.dtype:
        raise RuntimeError(f"linalg.cross: expected scalar type {_dtypes.of(x.dtype)} but found {_dtypes.of(y.dtype)}")
    sizes = (x.shape[dim], y.shape[dim]) if x.ndim else (1, 1)
    if sizes != (3, 3):
        shown = dim - x.ndim if dim == x.ndim - 1 else dim
        raise RuntimeError(f"linalg.cross: inputs dimension {shown} must have length 3. Got {sizes[0]} and {sizes[1]}")
    broken = broadcast_error((x, y))
    if broken is not None:
        raise broken
    not_of_bools("cross", x)
    x, y = np.broadcast_arrays(x, y)
    a, b = np.moveaxis(x, dim, 0), np.moveaxis(y, dim, 0)
    parts = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    return np.stack(parts, dim)


def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Any = None) -> Tensor:
    """叉积 / Cross product along ``dim``: by default the first dimension of size 3.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.cross.html
    """
    check_tensors("cross", input=input, other=other)
    if dim is None:
        warn_once(
            "cross",
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release.",
        )
        if 3 not in input.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input.shape.index(3)
    return linalg_cross.public(input, other, dim=dim, out=out)


# ---- of matrices and more


def kron(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """克罗内克积 / Every element of ``input`` times all of ``other``, in blocks.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.kron.html
    """
    check_tensors("kron", input=input, other=other)
    n = max(input.ndim, other.ndim)
    a, b = ((1,) * (n - t.ndim) + tuple(t.shape) for t in (input, other))
    x = input.reshape([size for s in a for size in (s, 1)])
    y = other.reshape([size for s in b for size in (1, s)])
    made = unsafe_view.record((x * y,), {"size": tuple(p * q for p, q in zip(a, b, strict=True))})
    return _done("kron", made, out, input, other, mode=True)


def _dims(dims: Any, a: Tensor, b: Tensor) -> tuple[list[int], list[int]]:
    """The dimensions that ``tensordot`` sums over, as they are given."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if is_int(dims) or isinstance(dims, float):
        n = int(dims)
        if n < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={n}")
        if n > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={n}")
        return list(range(-n, 0)), list(range(n))
    first, second = ([d] if is_int(d) else list(d) for d in dims)
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    return first, second


def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Any = None) -> Tensor:
    """张量缩并 / Sums of products over the last ``dims`` dimensions of ``a`` and the first of ``b``, or over two lists.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.tensordot.html
    """
    if a.dtype != b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    first, second = _dims(dims, a, b)
    over_a = [wrap_dim(d, a.ndim, "tensordot", "dims") for d in first]
    over_b = [wrap_dim(d, b.ndim, "tensordot", "dims") for d in second]
    for p, q, i, j in zip(over_a, over_b, first, second, strict=True):
        if a.shape[p] != b.shape[q] and 1 not in (a.shape[p], b.shape[q]):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[p]} in dim {i} and second has size "
                f"{b.shape[q]} in dim {j}"
            )
    for over in (over_a, over_b):
        for k, d in enumerate(over):
            if d in over[:k]:
                raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    x, y = a, b
    for i, j in zip(over_a, over_b, strict=True):  # what broadcasts is summed on its own
        if a.shape[i] != b.shape[j]:
            x, y = (x.sum(i, keepdim=True), y) if b.shape[j] == 1 else (x, y.sum(j, keepdim=True))
    free_a = [d for d in range(a.ndim) if d not in over_a]
    free_b = [d for d in range(b.ndim) if d not in over_b]
    shape = [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b]
    k = math.prod(x.shape[d] for d in over_a)
    p, q = unrecorded(x, y)
    left = reshape(permute(p, (*free_a, *over_a)), (math.prod([a.shape[d] for d in free_a]), k))
    right = reshape(permute(q, (*over_b, *free_b)), (k, math.prod([b.shape[d] for d in free_b])))
    made = as_tensor(reshape(mm(left, right), tuple(shape)))
    return _done("tensordot", made, out, a, b, mode="same quiet")


def chain_matmul(*matrices: Tensor, out: Any = None) -> Tensor:
    """矩阵连乘 / ``linalg.multi_dot`` by its old name; of one matrix, a copy.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.chain_matmul.html
    """
    warn_once(
        "chain_matmul",
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
    )
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for m in matrices:
        check_tensors("chain_matmul", matrices=m)
        if m.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {m.ndim}, expected 2 instead.")
    if len(matrices) == 1:
        return _done("chain_matmul", matrices[0].clone(), out, mode="quiet")
    return multi_dot(matrices, out=out)


# ---- views and powers by linalg's names


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """对角线 / ``diagonal`` of the last two dimensions by default; a view.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.diagonal.html
    """
    return diagonal.public(A, offset, dim1, dim2)


def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """范德蒙德矩阵 / The powers 0 to N - 1 of each element, in a new last dimension; N is by default its length.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vander.html
    """
    check_tensors("linalg_vander", x=x)
    if x._array.dtype.kind == "b":
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    x = x if x.ndim else x.unsqueeze(0)
    n = N if N is not None else x.shape[-1]
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = x.unsqueeze(-1).expand(*x.shape, n - 1).cumprod(-1)
    return cat([powers.new_ones((*x.shape, 1)), powers], powers.ndim - 1)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """范德蒙德矩阵 / The powers N - 1 to 0 of each element of a vector (0 to N - 1 with ``increasing``), a row each.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.vander.html
    """
    check_tensors("vander", x=x)
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    powers = x.unsqueeze(1).expand(x.shape[0], max(n - 1, 0)).cumprod(1)
    ones = powers.new_ones((x.shape[0], min(n, 1)))
    made = cat([ones, powers], 1)
    return made if increasing else made.flip(1)


for _function in (inner, cross, kron, tensordot, chain_matmul, vander):
    publish(_function.__name__, _function, method=_function in (inner, cross, kron))
