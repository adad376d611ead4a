"""Views: other ways to look at the same memory. 视图：同一块内存的另一种看法。

Every kernel returns an array that shares its operand's memory. ``view`` refuses exactly when PyTorch refuses, and
``reshape`` copies exactly when PyTorch copies; both follow from ``merged_strides``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Dim, Dims, Int, Ints, NewDim, Order, is_int, kind_of, type_name
from tidu._backend import Array, strided, zeros_beside
from tidu._define import by_example, define, op, publish
from tidu._op import Op
from tidu._tensor import Tensor, element_strides, wrap


def merged_strides(shape: Sequence[int], strides: Sequence[int], new_shape: Sequence[int]) -> tuple[int, ...] | None:
    """The strides with which memory of ``shape`` and ``strides`` reads as ``new_shape``, or None if a copy is needed.

    Neighbouring dimensions merge where one runs on from the other (``stride[i] == stride[i+1] * shape[i+1]``); each
    merged block must be cut into whole new dimensions. Source: ``computeStride`` in PyTorch's ATen/TensorUtils.cpp.
    """
    if 0 in shape:
        return tuple(strides) if tuple(shape) == tuple(new_shape) else contiguous_strides(new_shape)
    new_strides = [0] * len(new_shape)
    d = len(new_shape) - 1
    step = strides[-1] if strides else 1
    size, taken = 1, 1
    for i in range(len(shape) - 1, -1, -1):
        size *= shape[i]
        if i == 0 or (shape[i - 1] != 1 and strides[i - 1] != size * step):
            while d >= 0 and (taken < size or new_shape[d] == 1):
                new_strides[d] = taken * step
                taken *= new_shape[d]
                d -= 1
            if taken != size:
                return None
            if i > 0:
                step, size, taken = strides[i - 1], 1, 1
    if not shape:
        return contiguous_strides(new_shape)
    return tuple(new_strides) if d == -1 else None


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides in elements: each the product of the sizes behind it, 0 counting as 1. 连续张量的步幅。"""
    step, strides = 1, []
    for n in reversed(shape):
        strides.append(step)
        step *= n or 1
    return tuple(reversed(strides))


def infer_shape(size: Sequence[int], numel: int, function: str) -> tuple[int, ...]:
    """``size`` with its one -1 worked out; ``RuntimeError`` when it cannot hold ``numel`` elements."""
    where = f"{function}(): argument 'shape'"
    known, unknown = 1, None
    for i, n in enumerate(size):
        if n == -1:
            if unknown is not None:
                raise RuntimeError(f"{where}: only one dimension can be inferred, got {list(size)}")
            unknown = i
        elif n < 0:
            raise RuntimeError(f"{where}: invalid shape dimension {n} at index {i} of shape {list(size)}")
        else:
            known *= n
    if unknown is None:
        if known != numel:
            raise RuntimeError(f"{where}: shape '{list(size)}' is invalid for input of size {numel}")
        return tuple(size)
    if known == 0:
        raise RuntimeError(
            f"{where}: cannot reshape tensor of {numel} elements into shape {list(size)} because the "
            "unspecified dimension size -1 can be any value and is ambiguous"
        )
    if numel % known:
        raise RuntimeError(f"{where}: shape '{list(size)}' is invalid for input of size {numel}")
    return (*size[:unknown], numel // known, *size[unknown + 1 :])


def at_strides(x: Array, shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> Array:
    size = x.itemsize
    return strided(x, tuple(shape), tuple(s * size for s in strides), offset * size)


@op(lambda g, x_shape: reshape(g, x_shape), view="single", jvp="linear", public=False)
def view(x, size: Ints):
    """同一内存的另一种形状 / The same memory in another shape."""
    if x.flags.c_contiguous:
        return x.reshape(size)
    strides = merged_strides(x.shape, element_strides(x), size)
    if strides is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            f"contiguous subspaces). Use .reshape(...) instead. (view(): argument 'size' is {list(size)}, the input "
            f"has shape {list(x.shape)} and strides {list(element_strides(x))})"
        )
    return at_strides(x, size, strides)


unsafe_view = define(
    Op(view.kernel, [lambda g, x_shape: reshape(g, x_shape)], name="_unsafe_view", jvp="linear",
       grad_name="UnsafeViewBackward0"), public=False,
)  # fmt: skip


reshape_alias = define(
    Op(view.kernel, [lambda g, x_shape: reshape(g, x_shape)], name="_reshape_alias", view="single", jvp="linear"),
    public=False,
)  # fmt: skip


def sizes_given(sizes: tuple[Any, ...], named: Any, function: str, name: str = "shape") -> tuple[int, ...]:
    """Sizes given one by one, as a tuple, or by keyword (``named``)."""
    if sizes and named is not None:
        raise TypeError(f"{function}() got multiple values for argument '{name}'")
    if not sizes and named is None:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    value = named if named is not None else sizes[0] if len(sizes) == 1 and not is_int(sizes[0]) else sizes
    return kind_of(Ints).parse(value, function, name, 1, 0)


def _view(self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """同一内存的另一种形状 / The same memory in another shape, one size may be -1; or, given a dtype, its bytes anew.

    ``RuntimeError`` when the strides do not allow it. Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
    """
    if len(sizes) == 1 and isinstance(sizes[0], _dtypes.dtype):
        dtype, sizes = sizes[0], ()
    if dtype is not None and not sizes and size is None:
        wide = _dtypes.parse(dtype, "view", "dtype").itemsize // self._array.itemsize
        if wide > 1 and self.ndim and self.storage_offset() % wide:
            raise RuntimeError(
                f"view(): argument 'dtype': self.storage_offset() must be divisible by {wide} to view {self.dtype} as "
                f"{dtype}, but got {self.storage_offset()}"
            )
        return view_dtype.record((self,), {"dtype": _dtypes.of(_dtypes.parse(dtype, "view", "dtype"))})
    shape = infer_shape(sizes_given(sizes, size, "view", "size"), self._array.size, "view")
    return view.record((self,), {"size": shape})


@op(None, name="view_dtype", view="single", public=False)
def view_dtype(x, dtype: As):
    """同一字节的另一种类型 / The same bytes as another dtype."""
    try:
        return x.view(dtype.numpy)
    except ValueError as error:
        raise RuntimeError(f"view(): argument 'dtype' is {dtype!r}, the input {x.dtype}: {error}") from None


def _reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """改变形状 / The same elements in another shape: a view where possible, else a copy."""
    if not isinstance(input, Tensor):
        raise TypeError(f"reshape(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return _in_shape(input, infer_shape(sizes_given(sizes, shape, "reshape"), input._array.size, "reshape"))


def _in_shape(input: Tensor, size: tuple[int, ...]) -> Tensor:
    x = input._array
    if x.flags.c_contiguous:
        return view.record((input,), {"size": size})
    if merged_strides(x.shape, element_strides(x), size) is not None:
        return reshape_alias.record((input,), {"size": size})
    return unsafe_view.record((input.clone().contiguous(),), {"size": size})


def reshape(g: Any, shape: tuple[int, ...]) -> Any:
    """``reshape`` for formulas, in either reading."""
    return _reshape(g, shape) if isinstance(g, Tensor) else g.reshape(shape)


publish("view", _view, namespace=False)
publish("reshape", _reshape)


def _view_as(self: Tensor, other: Tensor) -> Tensor:
    """与 ``other`` 同形状的视图 / ``view`` in the shape of ``other``."""
    return _view(self, _shape_of_argument(other, "view_as"))


def _reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """改成与 ``other`` 同形状 / ``reshape`` to the shape of ``other``."""
    return _reshape(self, _shape_of_argument(other, "reshape_as"))


publish("view_as", _view_as, namespace=False)
publish("reshape_as", _reshape_as, namespace=False)


def _shape_of_argument(other: Any, function: str) -> tuple[int, ...]:
    if not isinstance(other, Tensor):
        raise TypeError(f"{function}(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
    return other._array.shape


def _flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """展平 / Dimensions ``start_dim`` to ``end_dim`` as one."""
    if not isinstance(input, Tensor):
        raise TypeError(f"flatten(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    shape = input._array.shape
    n = len(shape)
    first = kind_of(Dim).parse(start_dim, "flatten", "start_dim", 2, n)
    last = kind_of(Dim).parse(end_dim, "flatten", "end_dim", 3, n)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if n == 0:
        return _in_shape(input, (1,))
    if first == last:
        return input
    return _in_shape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


publish("flatten", _flatten)
publish("ravel", lambda input: _flat(input), "展平 / All elements in one contiguous dimension.")


def _flat(input: Tensor) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"ravel(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input.contiguous().view(-1)


@op(lambda g, x_shape: _sum_to(g, x_shape), view="single", jvp="linear", public=False)
def expand(x, size: Ints):
    """广播 / Size-1 dimensions repeated without copying: their stride becomes 0."""
    lead = len(size) - x.ndim
    own = element_strides(x)
    strides = [0] * lead + [0 if n != m else s for n, m, s in zip(x.shape, size[lead:], own, strict=True)]
    for d in range(lead if x.ndim else 0):
        if size[d] == 1:  # PyTorch gives a new dimension of size 1 the stride a contiguous one would have
            strides[d] = (size[d + 1] * strides[d + 1]) if d + 1 < len(size) else 1
    return at_strides(x, size, strides)


def _sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    from tidu._graph import unbroadcast

    return unbroadcast(g, shape) if g.shape != shape else g


def _expand(self: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """广播到更大的形状 / A view with size-1 dimensions repeated; -1 keeps a size. No memory is copied."""
    size = sizes_given(sizes, size, "expand", "size") if sizes != ((),) else ()
    shape = self._array.shape
    lead = len(size) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand(): argument 'size': the number of sizes provided ({len(size)}) must be greater or equal to the "
            f"number of dimensions in the tensor ({len(shape)})"
        )
    full = []
    for d, n in enumerate(size):
        m = shape[d - lead] if d >= lead else None
        if n == -1 and m is None:
            raise RuntimeError(
                f"expand(): argument 'size': The expanded size of the tensor (-1) isn't allowed in a leading, "
                f"non-existing dimension {d}"
            )
        if n < -1 or (m not in (None, 1, n) and n != -1):
            raise RuntimeError(
                f"expand(): argument 'size': The expanded size of the tensor ({n}) must match the existing size ({m}) "
                f"at non-singleton dimension {d}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}"
            )
        full.append(m if n == -1 else n)
    return expand.record((self,), {"size": tuple(full)})


publish("expand", _expand, namespace=False)


def _expand_as(self: Tensor, other: Tensor) -> Tensor:
    """广播到 ``other`` 的形状 / ``expand`` to the shape of ``other``."""
    return _expand(self, _shape_of_argument(other, "expand_as"))


publish("expand_as", _expand_as, namespace=False)


@op(lambda g, dims: permute(g, tuple(np.argsort(dims).tolist())), view="single", jvp="linear")
def permute(x, dims: Order):
    """重排维度 / Dimensions in another order."""
    return x.transpose(dims)


@op(lambda g, dim0, dim1: transpose(g, dim0, dim1), view="single", jvp="linear")
def transpose(x, dim0: Dim, dim1: Dim):
    """交换两个维度 / Two dimensions swapped."""
    return x.swapaxes(dim0, dim1) if x.ndim else x.view()


publish("swapdims", transpose.public)


def _swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    return transpose.public(input, axis0, axis1)


publish("swapaxes", _swapaxes, transpose.__doc__)


@op(lambda g: t(g), view="single", jvp="linear")
def t(x):
    """二维转置 / The transpose of a tensor of at most two dimensions."""
    if x.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D")
    return x.T


@op(lambda g: matrix_transpose(g), name="mT", view="single", jvp="linear", public=False, grad_name="TransposeBackward0")
def matrix_transpose(x):
    """最后两维转置 / The last two dimensions swapped."""
    if x.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {x.ndim}-D tensor.")
    return x.swapaxes(-1, -2)


@op(lambda g: reverse(g), name="T", view="single", jvp="linear", public=False, grad_name="PermuteBackward0")
def reverse(x):
    """维度倒序 / Dimensions in reverse order."""
    if x.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
            if x.ndim
            else "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.",
            UserWarning,
            stacklevel=4,
        )
    return x.T


def _matrix_transposed(self: Tensor) -> Tensor:
    if not self.ndim:
        message = "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases."
        warnings.warn(message, UserWarning, stacklevel=2)
        return self
    return matrix_transpose.record((self,), {})


setattr(Tensor, "T", property(lambda self: reverse.record((self,), {}), doc="转置 / Dimensions reversed."))
setattr(Tensor, "mT", property(_matrix_transposed, doc="末两维转置 / Matrices turned."))


@op(lambda g, x_shape: reshape(g, x_shape), view="single", jvp="linear", public=False,
    variant=lambda args, attrs: 0 if attrs["dims"] is None else min(len(attrs["dims"]), 2))  # fmt: skip
def squeeze(x, dims: Dims = None):
    """去掉长度为 1 的维度 / Without dimensions of size 1 (all, or those of ``dims`` that have size 1)."""
    keep = [d for d in range(x.ndim) if x.shape[d] != 1 or (dims is not None and d not in dims)]
    own = element_strides(x)
    return at_strides(x, [x.shape[d] for d in keep], [own[d] for d in keep])


def _squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """去掉长度为 1 的维度 / Without dimensions of size 1: all, or the given ones."""
    if not isinstance(input, Tensor):
        raise TypeError(f"squeeze(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    dims = None if dim is None else kind_of(Dims).parse(dim, "squeeze", "dim", 2, input.ndim)
    return squeeze.record((input,), {"dims": dims})


publish("squeeze", _squeeze)


@op(lambda g, x_shape: reshape(g, x_shape), view="single", jvp="linear")
def unsqueeze(x, dim: NewDim):
    """插入长度为 1 的维度 / With a dimension of size 1 inserted."""
    own = element_strides(x)
    step = own[dim] * x.shape[dim] if dim < x.ndim else 1
    return at_strides(x, (*x.shape[:dim], 1, *x.shape[dim:]), (*own[:dim], step, *own[dim:]))


@op(lambda g, x_shape, offset, dim1, dim2: diagonal_backward(g, x_shape, offset, dim1, dim2), view="single",
    jvp="linear")  # fmt: skip
def diagonal(x, offset: Int = 0, dim1: Dim = 0, dim2: Dim = 1):
    """对角线 / The diagonal of two dimensions, as the last dimension."""
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    own = element_strides(x)
    n = min(x.shape[dim1] + min(offset, 0), x.shape[dim2] - max(offset, 0))
    rest = [d for d in range(x.ndim) if d not in (dim1, dim2)]
    start = (offset * own[dim2] if offset >= 0 else -offset * own[dim1]) if n > 0 else 0
    shape = [*(x.shape[d] for d in rest), max(n, 0)]
    return at_strides(x, shape, [*(own[d] for d in rest), own[dim1] + own[dim2]], start)


@op(lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2), jvp="linear", public=False)
def diagonal_backward(x, shape: Ints, offset: Int, dim1: Int, dim2: Int):
    """对角线放回零矩阵 / Zeros of ``shape`` with ``x`` on the diagonal."""
    out = zeros_beside(x, shape)
    diagonal.kernel(out, offset, dim1, dim2)[...] = x
    return out


def _movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """移动维度 / Dimensions ``source`` moved to ``destination``, the others keep their order."""
    if not isinstance(input, Tensor):
        raise TypeError(f"movedim(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    a = kind_of(Dims).parse(source, "movedim", "source", 2, input.ndim) or ()
    b = kind_of(Dims).parse(destination, "movedim", "destination", 3, input.ndim) or ()
    if len(a) != len(b):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(a)} dims) should contain the same number of "
            f"dims as destination ({list(b)} dims)"
        )
    order = [d for d in range(input.ndim) if d not in a]
    for to, d in sorted(zip(b, a, strict=True)):
        order.insert(to, d)
    return permute.record((input,), {"dims": tuple(order)})


@by_example
def _detach(input: Tensor) -> Tensor:
    """脱离计算图 / The same memory without history; writes through it are seen by version checks."""
    out = wrap(input._array)
    out._storage = input.untyped_storage()
    return out


def _detach_(input: Tensor) -> Tensor:
    """原地脱离计算图 / Cut this tensor off from its history, in place."""
    if input._view is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    input._node, input._requires_grad = None, False
    return input


publish("movedim", _movedim)
publish("moveaxis", _movedim)
publish("detach", _detach)
publish("detach_", _detach_, method=True)
