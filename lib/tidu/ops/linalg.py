"""Products of matrices and vectors. 矩阵与向量的乘积。"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import Number, type_name
from tidu._backend import as_array, row_major
from tidu._define import op, publish
from tidu._graph import unbroadcast
from tidu._kernels import matmul
from tidu._modes import modes
from tidu._op import Op
from tidu._operands import held, in_layout_of, write_out
from tidu._tensor import Tensor
from tidu._writable import check_history
from tidu.ops.autocast import lowered
from tidu.ops.matrices import adjoint, conj
from tidu.ops.reduce import sum_
from tidu.ops.view import diagonal_backward, expand, reshape, t, unsafe_view, unsqueeze

# What C++ calls the elements, as some of PyTorch's messages do.
_IN_C = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def _same_dtype(function: str, *arrays: Any) -> None:
    for a in arrays[1:]:
        if a.dtype != arrays[0].dtype:
            dtypes = [_dtypes.of(x.dtype) for x in (arrays[0], a)]
            first, second = (_dtypes.TYPE_NAMES[d].removesuffix("Tensor") for d in dtypes)
            if function == "dot":
                raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {first} and {second}")
            if function == "mv":
                raise RuntimeError(
                    f"addmv input tensors must have the same dtype, but got {second}, {first}, and {second}"
                )
            if function != "mm":
                raise RuntimeError(f"{function}(): expected scalar type {first} but found {second}")
            first, second = (_IN_C.get(d.name, d.name) for d in dtypes)
            raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {first} != {second}")


def not_of_bools(function: str, *operands: Any) -> None:
    """``NotImplementedError`` for bools; of two operands, unless one is empty, so that nothing is to be computed."""
    if operands[0].dtype.kind == "b" and (len(operands) == 1 or all(a.size for a in operands)):
        raise NotImplementedError(f"\"{function}\" not implemented for 'Bool': argument 'input' is a bool tensor")


def _wants(function: str, *operands: tuple[str, Any, int]) -> None:
    for name, array, ndim in operands:
        if array.ndim != ndim:
            wrong = IndexError if function == "addbmm" else RuntimeError  # PyTorch's looks for the missing dimension
            kind = {1: "a vector", 2: "a matrix", 3: "a 3D tensor"}[ndim]
            name = "self" if name == "input" and function == "mm" else name
            raise wrong(f"{name} must be {kind}: {function}() got a {array.ndim}-D tensor of shape {list(array.shape)}")


def _wants_inner(function: str, a: Any, b: Any) -> None:
    n, m = a.shape[-1], b.shape[-2] if b.ndim > 1 else b.shape[0]
    if n != m:
        shapes = " and ".join("x".join(map(str, s.shape)) for s in (a, b))
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({shapes}): the last size of the first, {n}, "
            f"must equal the first size of the second, {m}"
        )


@op(lambda g, y: mm(g, adjoint(y)), lambda g, x: mm(adjoint(x), g), out="same", called=("input", "mat2"))
def mm(x, y):
    """矩阵乘 / Product of two matrices, without broadcasting: (n, k) @ (k, m) -> (n, m)."""
    _wants("mm", ("input", x, 2), ("mat2", y, 2))
    _same_dtype("mm", x, y)
    _wants_inner("mm", x, y)
    not_of_bools("addmm_impl_cpu_", x, y)
    return matmul(x, y)


@op(lambda g, y: bmm(g, adjoint(y)), lambda g, x: bmm(adjoint(x), g), out="same",
    called=("input", "mat2"))  # fmt: skip
def bmm(x, y):
    """批量矩阵乘 / Products of two batches of matrices: (b, n, k) @ (b, k, m) -> (b, n, m)."""
    _wants("bmm", ("batch1", x, 3), ("batch2", y, 3))
    _same_dtype("bmm", x, y)
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise RuntimeError(
            f"bmm(): Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but "
            f"got: [{y.shape[0]}, {y.shape[1]}]."
        )
    not_of_bools("bmm", x, y)
    return matmul(x, y)


def _turned(g: Any, x: Any) -> Any:
    """x^H g; the commonest case, real arrays, in one call."""
    return g.dot(x) if type(g) is np.ndarray and g.dtype.kind == "f" else mv(adjoint(x), g)


@op(lambda g, y: outer(g, conj(y)), lambda g, x: _turned(g, x), out="same",
    called=("input", "vec"))  # fmt: skip
def mv(x, y):
    """矩阵乘向量 / Product of a matrix and a vector: (n, k) @ (k) -> (n)."""
    if x.ndim != 2 or y.ndim != 1 or x.dtype != y.dtype or x.shape[1] != y.shape[0]:
        _wants("mv", ("input", x, 2), ("vec", y, 1))
        _same_dtype("mv", x, y)
        n, m = x.shape
        raise RuntimeError(f"size mismatch, got input ({n}), mat ({n}x{m}), vec ({y.shape[0]})")
    not_of_bools("addmv_impl_cpu", x, y)
    return np.dot(x, y)


@op(lambda g, y: g * conj(y), lambda g, x: g * conj(x), out="same", called=("input", "tensor"))
def dot(x, y):
    """点积 / Inner product of two vectors."""
    if x.ndim != 1 or y.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {x.ndim}D and {y.ndim}D tensors")
    if x.dtype != y.dtype:
        _same_dtype("dot", x, y)
    if x.shape != y.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{x.shape[0]}] and src [{y.shape[0]}] to have the same number "
            f"of elements, but got {x.shape[0]} and {y.shape[0]} elements respectively"
        )
    not_of_bools("dot", x)
    return as_array(np.dot(x, y) + x.dtype.type(0))  # a sum begins with 0.: it is no -0.


@op(lambda g, y: sum_(g * conj(y), (1,)), lambda g, x: sum_(g * reshape(conj(x), (-1, 1)), (0,)),
    grad_name="MulBackward0", dtype="promote", called=("input", "vec2"))  # fmt: skip
def outer(x, y):
    """外积 / ``out[i, j] = x[i] * y[j]``."""
    _wants("outer", ("input", x, 1), ("vec2", y, 1))
    return np.multiply(x[:, None], y)


publish("ger", outer.public)


# ---- matmul: one rule for every rank


def _batched_left(g: Any, y: Any, shape: tuple[int, ...]) -> Any:
    return unbroadcast_to(matmul_nd(g, adjoint(y)), shape)


def _batched_right(g: Any, x: Any, shape: tuple[int, ...]) -> Any:
    return unbroadcast_to(matmul_nd(adjoint(x), g), shape)


def unbroadcast_to(g: Any, shape: tuple[int, ...]) -> Any:
    return g if tuple(g.shape) == tuple(shape) else unbroadcast(g, tuple(shape))


@op(lambda g, y, x_shape: _batched_left(g, y, x_shape), lambda g, x, y_shape: _batched_right(g, x, y_shape),
    name="matmul_nd", public=False, grad_name="UnsafeViewBackward0")  # fmt: skip
def matmul_nd(x, y):
    """批量广播的矩阵乘 / Matrix product over broadcast batch dimensions; both operands at least 2-D."""
    not_of_bools("bmm", x, y)
    return row_major(matmul(x, y))


def _matmul(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """矩阵乘 / Product by rank: vectors (dot), matrix and vector (mv), matrices (mm), and batches, which broadcast.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
    """
    for position, (name, value) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(value, Tensor):
            raise TypeError(f"matmul(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")
    if modes.low is not None:
        input, other = lowered(input, other)
    a, b = input._array, other._array
    if not a.ndim or not b.ndim:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D")
    result = _by_rank(input, other)
    return result if out is None else write_out("matmul", result, out, (input, other), "same")


def _by_rank(x: Any, y: Any) -> Tensor:
    """Which product it is, decided as PyTorch decides it: the node of the result depends on it."""
    a, b = x._array, y._array
    if a.ndim == 2 and b.ndim == 2:
        return mm.record((x, y), {})
    if a.ndim == 1 and b.ndim == 1:
        return dot.record((x, y), {})
    if a.ndim == 2 and b.ndim == 1:
        return mv.record((x, y), {})
    _same_dtype("matmul", a, b)
    _wants_inner("matmul", a, b)
    if a.ndim == 1 and b.ndim == 2:
        return mm.record((x.unsqueeze(0), y), {}).squeeze_(0)
    if a.ndim == b.ndim == 3 and a.shape[0] != b.shape[0]:
        if a.shape[0] == 1 and x.requires_grad:
            return _by_rank(x.squeeze(0), y)
        if b.shape[0] == 1 and y.requires_grad:
            return _by_rank(x, y.squeeze(0))
    if a.ndim >= 3 and b.ndim <= 2 and _folds(a, y, True):
        return _folded(x, y)
    if a.ndim <= 2 and _folds(b.swapaxes(-1, -2), x, a.ndim == 1):
        turned = _folded(y.mT, x if a.ndim == 1 else x.t())
        return turned.mT.contiguous() if a.ndim == 2 else turned
    return _batched(x, y, a, b)


def _folds(large: Any, small: Tensor, cheap: bool) -> bool:
    """Whether to read a batch of matrices as one tall matrix: always where the gradient of ``small`` would otherwise be
    as large as the batch, else where that reading is ``cheap`` and copies nothing."""
    if small.requires_grad:
        return True
    steps, shape = large.strides, large.shape
    return cheap and (not large.size or all(steps[i] == steps[i + 1] * shape[i + 1] for i in range(large.ndim - 2)))


def _folded(large: Any, small: Any) -> Any:
    *batch, k = large._array.shape
    tall = large.reshape(math.prod(batch), k)
    product = mm if small._array.ndim == 2 else mv
    return unsafe_view.record((product.record((tall, small), {}),), {"size": (*batch, *small._array.shape[1:])})


def _mismatch(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    back = next(k for k, (n, m) in enumerate(zip(a[::-1], b[::-1], strict=False), 1) if n != m and 1 not in (n, m))
    return (
        f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at non-singleton dimension "
        f"{max(len(a), len(b)) - back}"
    )


def _batched(x: Any, y: Any, a: Any, b: Any) -> Tensor:
    """A product of batches, in which a vector is a matrix of one row or column."""
    rows, columns = a.shape[-2:-1], b.shape[-1:] if b.ndim > 1 else ()
    try:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise RuntimeError(
            f"{_mismatch(a.shape[:-2], b.shape[:-2])}: matmul() broadcasts all dimensions but the last two"
        ) from None
    product = matmul_nd.record((x if rows else x.unsqueeze(0), y if columns else y.unsqueeze(1)), {})
    return product if rows and columns else unsafe_view.record((product,), {"size": (*batch, *rows, *columns)})


publish("matmul", _matmul)


def _operator(x: Any, y: Any) -> Any:
    return _matmul(x, y) if isinstance(x, Tensor) and isinstance(y, Tensor) else NotImplemented


setattr(Tensor, "__matmul__", lambda self, other: _operator(self, other))
setattr(Tensor, "__rmatmul__", lambda self, other: _operator(other, self))


# ---- a product added to something: beta * input + alpha * (a @ b)


def _added(name: str, product: Callable[..., Any], left: Callable[..., Any], right: Callable[..., Any], ndim: int,
           ranks: tuple[int, int], doc: str, names: tuple[str, str], out: Any = "same") -> Op:  # fmt: skip
    """``addmm`` and its family differ in their product alone."""

    def kernel(x, a, b, *, beta: Number = 1, alpha: Number = 1):
        _wants(name, (names[0], a, ranks[0]), (names[1], b, ranks[1]))
        _same_dtype(name, a, b)
        if name in ("addmm", "addmv"):
            _same_dtype(name, x, a)
        elementwise = name == "addr"  # in PyTorch: it promotes, and asks more of its numbers
        for argument, value in (("beta", beta), ("alpha", alpha)) if elementwise else ():
            if isinstance(value, float) and x.dtype.kind in "biu":
                raise RuntimeError(
                    f"addr(): For integral input tensors, argument {argument} must not be a floating point number: "
                    f"got {value}"
                )
        beta, alpha = held(beta, x.dtype, name, "beta"), held(alpha, x.dtype, name, "alpha")
        result = product(a, b)
        if result.ndim != ndim or np.broadcast_shapes(result.shape, x.shape) != result.shape:
            raise RuntimeError(
                f"{name}(): The expanded size of the tensor: input of shape {list(x.shape)} must broadcast to the "
                f"product's shape {list(result.shape)}"
            )
        result = result if alpha == 1 else result * alpha
        if name != "addr":
            not_of_bools(name, result)
        total = as_array(result if beta == 0 else result + (x if beta == 1 else x * beta)).astype(result.dtype)
        return in_layout_of(total, (x,)) if elementwise else total

    kernel.__doc__ = doc
    return op(
        lambda g, x_shape, beta: unbroadcast_to(g if beta == 1 else g * beta.conjugate(), x_shape),
        lambda g, b, a_shape, alpha: left(g if alpha == 1 else g * alpha.conjugate(), b, a_shape),
        lambda g, a, b_shape, alpha: right(g if alpha == 1 else g * alpha.conjugate(), a, b_shape),
        name=name,
        inplace=True,
        out=out,
        dtype="promote" if name == "addr" else "",
        called=("input", *names),
    )(kernel)


def _checked(function: str) -> Callable[..., Any]:
    def product(a: Any, b: Any) -> Any:
        _wants_inner(function, a, b)
        if a.ndim == 3 and a.shape[0] != b.shape[0]:
            raise RuntimeError(
                f"{function}(): batch1 and batch2 must have same number of batches, got {a.shape[0]} and {b.shape[0]}"
            )
        return matmul(a, b)

    return product


addmm = _added(
    "addmm", _checked("addmm"), lambda g, b, s: mm(g, adjoint(b)), lambda g, a, s: mm(adjoint(a), g), 2, (2, 2),
    "矩阵乘再相加 / ``beta * input + alpha * (mat1 @ mat2)``.", ("mat1", "mat2"),
)  # fmt: skip
addmv = _added(
    "addmv", _checked("addmv"), lambda g, b, s: outer(g, conj(b)), lambda g, a, s: mv(adjoint(a), g), 1, (2, 1),
    "矩阵乘向量再相加 / ``beta * input + alpha * (mat @ vec)``.", ("mat", "vec"),
)  # fmt: skip
addr = _added(
    "addr", lambda a, b: np.multiply(a[:, None], b), lambda g, b, s: mv(g, conj(b)),
    lambda g, a, s: mv(t(g), conj(a)), 2, (1, 1),
    "外积再相加 / ``beta * input + alpha * outer(vec1, vec2)``.", ("vec1", "vec2"), out=True,
)  # fmt: skip
baddbmm = _added(
    "baddbmm", _checked("baddbmm"), lambda g, b, s: bmm(g, adjoint(b)),
    lambda g, a, s: bmm(adjoint(a), g), 3, (3, 3),
    "批量矩阵乘再相加 / ``beta * input + alpha * bmm(batch1, batch2)``.", ("batch1", "batch2"),
)  # fmt: skip
addbmm = _added(
    "addbmm", lambda a, b: _checked("addbmm")(a, b).sum(axis=0),
    lambda g, b, s: matmul_nd(unsqueeze(g, 0), adjoint(b)),
    lambda g, a, s: matmul_nd(adjoint(a), unsqueeze(g, 0)), 2, (3, 3),
    "批量矩阵乘求和再相加 / ``beta * input + alpha * sum of bmm(batch1, batch2)``.", ("batch1", "batch2"),
)  # fmt: skip


_addbmm = _inplace.method(addbmm)


def _addbmm_(self: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """In-place form of ``addbmm``; alone of its family it grows a smaller tensor. 原地版本。"""
    factors = {"beta": beta, "alpha": alpha}
    (x, a, b), _ = addbmm.bind((self, batch1, batch2), factors)
    if a.ndim != 3 or b.ndim != 3 or x._array.shape == (a._array.shape[1], b._array.shape[2]):
        return _addbmm(self, batch1, batch2, **factors)
    check_history(x)
    grown = addbmm.public(x, a, b, **factors)
    x._array, x._storage, x._node = grown._array, None, grown._node
    return x


publish("addbmm_", _addbmm_, namespace=False)


@op(lambda g, x_shape: diagonal_backward(expand(reshape(g, (1,)), (min(x_shape),)), x_shape, 0, 0, 1), jvp="linear",
    out=False)  # fmt: skip
def trace(x):
    """迹 / Sum of the diagonal of a matrix."""
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}")
    return as_array(np.trace(x)).astype(np.int64 if x.dtype.kind in "biu" else x.dtype)
