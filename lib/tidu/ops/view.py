"""Views: other ways to look at the same memory. 视图：同一块内存的另一种看法。

Every kernel returns an array that shares its operand's memory. ``view`` refuses exactly when PyTorch refuses, and
``reshape`` copies exactly when PyTorch copies; both follow from ``merged_strides``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Dim, Dims, Int, Ints, NewDim, VarDims, is_int, kind_of, type_name
from tidu._backend import Array, strided
from tidu._op import Op, define, op, publish
from tidu._tensor import Size, Tensor, element_strides, wrap


def merged_strides(
    shape: Sequence[int], strides: Sequence[int], new_shape: Sequence[int]
) -> tuple[int, ...] | None:
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
    known, unknown = 1, None
    for i, n in enumerate(size):
        if n == -1:
            if unknown is not None:
                raise RuntimeError(f"{function}(): argument 'shape': only one dimension can be inferred, got {list(size)}")
            unknown = i
        elif n < 0:
            raise RuntimeError(f"{function}(): argument 'shape': invalid shape dimension {n} at index {i} of shape {list(size)}")
        else:
            known *= n
    if unknown is None:
        if known != numel:
            raise RuntimeError(f"{function}(): argument 'shape': shape '{list(size)}' is invalid for input of size {numel}")
        return tuple(size)
    if known == 0:
        raise RuntimeError(
            f"{function}(): argument 'shape': cannot reshape tensor of {numel} elements into shape {list(size)} because "
            "the unspecified dimension size -1 can be any value and is ambiguous"
        )
    if numel % known:
        raise RuntimeError(f"{function}(): argument 'shape': shape '{list(size)}' is invalid for input of size {numel}")
    return (*size[:unknown], numel // known, *size[unknown + 1 :])


def _at(x: Array, shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> Array:
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
            f"contiguous subspaces). Use .reshape(...) instead. (view(): argument 'size' is {list(size)}, the input has "
            f"shape {list(x.shape)} and strides {list(element_strides(x))})"
        )
    return _at(x, size, strides)


unsafe_view = define(
    Op(view.kernel, [lambda g, x_shape: reshape(g, x_shape)], name="_unsafe_view", jvp="linear",
       grad_name="UnsafeViewBackward0"), public=False,
)  # fmt: skip


reshape_alias = define(
    Op(view.kernel, [lambda g, x_shape: reshape(g, x_shape)], name="_reshape_alias", view="single", jvp="linear"),
    public=False,
)  # fmt: skip


def _sizes(shape: tuple[Any, ...], function: str, name: str = "shape") -> tuple[int, ...]:
    if not shape:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    value = shape[0] if len(shape) == 1 and not is_int(shape[0]) else shape
    return kind_of(Ints).parse(value, function, name, 1, 0)


def _view(self: Tensor, *shape: Any) -> Tensor:
    """同一内存的另一种形状 / The same memory in another shape, one size may be -1; or, given a dtype, its bytes anew.

    ``RuntimeError`` when the strides do not allow it. Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
    """
    if len(shape) == 1 and isinstance(shape[0], _dtypes.dtype):
        return view_dtype.record((self,), {"dtype": shape[0]})
    size = infer_shape(_sizes(shape, "view", "size"), self._array.size, "view")
    return view.record((self,), {"size": size})


@op(None, name="view_dtype", view="single", public=False)
def view_dtype(x, dtype: As):
    """同一字节的另一种类型 / The same bytes as another dtype."""
    try:
        return x.view(dtype.numpy)
    except ValueError as error:
        raise RuntimeError(f"view(): argument 'dtype' is {dtype!r}, the input {x.dtype}: {error}") from None


def _reshape(input: Tensor, *shape: Any) -> Tensor:
    """改变形状 / The same elements in another shape: a view where possible, else a copy."""
    if not isinstance(input, Tensor):
        raise TypeError(f"reshape(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    size = infer_shape(_sizes(shape, "reshape"), input._array.size, "reshape")
    x = input._array
    if x.flags.c_contiguous:
        return view.record((input,), {"size": size})
    if merged_strides(x.shape, element_strides(x), size) is not None:
        return reshape_alias.record((input,), {"size": size})
    return unsafe_view.record((input.clone().contiguous(),), {"size": size})  # type: ignore[attr-defined]


def reshape(g: Any, shape: tuple[int, ...]) -> Any:
    """``reshape`` for formulas, in either reading."""
    return _reshape(g, shape) if isinstance(g, Tensor) else g.reshape(shape)


publish("view", _view, namespace=False)
publish("reshape", _reshape)
setattr(Tensor, "view_as", lambda self, other: _view(self, _shape_of_argument(other, "view_as")))
setattr(Tensor, "reshape_as", lambda self, other: _reshape(self, _shape_of_argument(other, "reshape_as")))


def _shape_of_argument(other: Any, function: str) -> tuple[int, ...]:
    if not isinstance(other, Tensor):
        raise TypeError(f"{function}(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
    return other._array.shape


def _flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """展平 / Dimensions ``start_dim`` to ``end_dim`` as one."""
    if not isinstance(input, Tensor):
        raise TypeError(f"flatten(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    n = input.ndim
    first = kind_of(Dim).parse(start_dim, "flatten", "start_dim", 2, n)
    last = kind_of(Dim).parse(end_dim, "flatten", "end_dim", 3, n)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if n == 0:
        return _reshape(input, 1)
    if first == last:
        return input
    shape = input._array.shape
    return _reshape(input, (*shape[:first], Size(shape[first : last + 1]).numel(), *shape[last + 1 :]))


publish("flatten", _flatten)
publish("ravel", lambda input: _flat(input), "展平 / All elements in one contiguous dimension.")


def _flat(input: Tensor) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"ravel(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input.contiguous().view(-1)  # type: ignore[attr-defined]


@op(lambda g, x_shape: _sum_to(g, x_shape), view="single", jvp="linear", public=False)
def expand(x, size: Ints):
    """广播 / Size-1 dimensions repeated without copying: their stride becomes 0."""
    lead = len(size) - x.ndim
    own = element_strides(x)
    strides = [0] * lead + [0 if n != m else s for n, m, s in zip(x.shape, size[lead:], own, strict=True)]
    for d in range(lead):
        if size[d] == 1:  # PyTorch gives a new dimension of size 1 the stride a contiguous one would have
            strides[d] = (size[d + 1] * strides[d + 1]) if d + 1 < len(size) else 1
    return _at(x, size, strides)


def _sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    from tidu._graph import unbroadcast

    return unbroadcast(g, shape) if g.shape != shape else g


def _expand(self: Tensor, *sizes: Any) -> Tensor:
    """广播到更大的形状 / A view with size-1 dimensions repeated; -1 keeps a size. No memory is copied."""
    size = _sizes(sizes, "expand", "size") if sizes != ((),) else ()
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
                f"expand(): argument 'size': The expanded size of the tensor ({n}) must match the existing size ({m}) at "
                f"non-singleton dimension {d}.  Target sizes: {list(size)}.  Tensor sizes: {list(shape)}"
            )
        full.append(m if n == -1 else n)
    return expand.record((self,), {"size": tuple(full)})


publish("expand", _expand, namespace=False)
setattr(Tensor, "expand_as", lambda self, other: _expand(self, _shape_of_argument(other, "expand_as")))


@op(lambda g, dims: permute(g, tuple(np.argsort(dims).tolist())), view="single", jvp="linear")
def permute(x, dims: VarDims):
    """重排维度 / Dimensions in another order."""
    if dims is None or len(dims) != x.ndim:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {x.ndim} is not equal to len(dims) = {len(dims or ())}"
        )
    return x.transpose(dims)


@op(lambda g, dim0, dim1: transpose(g, dim0, dim1), view="single", jvp="linear")
def transpose(x, dim0: Dim, dim1: Dim):
    """交换两个维度 / Two dimensions swapped."""
    return x.swapaxes(dim0, dim1) if x.ndim else x.view()


for _name in ("swapaxes", "swapdims"):
    publish(_name, transpose.public)


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
    return x.T


setattr(Tensor, "T", property(lambda self: reverse.record((self,), {}), doc="转置 / Dimensions reversed."))
setattr(Tensor, "mT", property(lambda self: matrix_transpose.record((self,), {}), doc="The last two dimensions swapped."))


@op(lambda g, x_shape: reshape(g, x_shape), view="single", jvp="linear", public=False,
    variant=lambda args, attrs: 0 if attrs["dims"] is None else min(len(attrs["dims"]), 2))  # fmt: skip
def squeeze(x, dims: Dims = None):
    """去掉长度为 1 的维度 / Without dimensions of size 1 (all, or those of ``dims`` that have size 1)."""
    keep = [d for d in range(x.ndim) if x.shape[d] != 1 or (dims is not None and d not in dims)]
    own = element_strides(x)
    return _at(x, [x.shape[d] for d in keep], [own[d] for d in keep])


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
    return _at(x, (*x.shape[:dim], 1, *x.shape[dim:]), (*own[:dim], step, *own[dim:]))


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
    return _at(x, shape, [*(own[d] for d in rest), own[dim1] + own[dim2]], start)


@op(lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2), jvp="linear", public=False)
def diagonal_backward(x, shape: Ints, offset: Int, dim1: Int, dim2: Int):
    """对角线放回零矩阵 / Zeros of ``shape`` with ``x`` on the diagonal."""
    out = np.zeros(shape, x.dtype)
    diagonal.kernel(out, offset, dim1, dim2)[...] = x
    return out


# ---- a few dimensions or elements: basic indexing


@op(lambda g, index: basic(g, index), jvp="linear", public=False)
def slice_backward(x, shape: Ints, index: As):
    """切片放回零张量 / Zeros of ``shape`` with ``x`` at ``index``."""
    out = np.zeros(shape, x.dtype)
    out[index] = x
    return out


def _basic(name: str, grad_name: str) -> Op:
    """Basic indexing is one op; PyTorch names its node after the last thing the index does."""

    def kernel(x, index: As):  # type: ignore[no-untyped-def]
        out = x[index]
        return out if None not in index else _at(out, out.shape, _strides_with_new(x, out, index))

    kernel.__doc__ = "基本索引 / Integers, slices, None and ``...``: always a view."
    formula = lambda g, x_shape, index: slice_backward(g, x_shape, index)  # noqa: E731
    made = Op(kernel, [formula], name=name, view="single", jvp="linear", grad_name=grad_name)
    return define(made, public=False)


def _new_dims_strided(x: Array, index: tuple[Any, ...], out: Array) -> Array:
    """``out = x[index]`` with PyTorch's stride for each None: as far as what follows it reaches (NumPy's is 0)."""
    own, strides = element_strides(x), list(element_strides(out))
    hidden = x.ndim - sum(1 for i in index if i is not None and i is not ...)
    here = there = 0  # the dimension of out, and of x
    for item in index:
        if item is None:
            strides[here] = own[there] * x.shape[there] if there < x.ndim else 1
        width = hidden if item is ... else 1
        here += 0 if isinstance(item, int) else width
        there += 0 if item is None else width
    return _at(out, out.shape, strides)


def _strides_with_new(x: Array, out: Array, index: Sequence[Any]) -> list[int]:
    """NumPy gives the dimensions that None inserts the stride 0; PyTorch the step over all that follows."""
    shape, own, strides = x.shape, element_strides(x), list(element_strides(out))
    consumed = sum(1 for i in index if i is not None and i is not ...)
    at = dim = 0
    for item in index:
        if item is None:
            strides[at] = shape[dim] * own[dim] if dim < x.ndim else 1
            at += 1
        elif item is ...:
            at, dim = at + x.ndim - consumed, dim + x.ndim - consumed
        else:
            at, dim = at + isinstance(item, slice), dim + 1
    return strides


basic = _basic("slice", "SliceBackward0")
_BASIC = {
    int: _basic("slice_int", "SelectBackward0"),
    slice: basic,
    type(None): _basic("slice_none", "UnsqueezeBackward0"),
    type(...): _basic("slice_all", "AliasBackward0"),
}


def index_basic(x: Tensor, items: Sequence[Any]) -> Tensor:
    """``x[items]`` for integers, slices, None and at most one ``...``; the result is a view even of one element."""
    ndim = x._array.ndim
    used = sum(1 for i in items if i is not None and i is not ...)
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}: got {used}")
    full: list[Any] = []
    dim = 0
    last: Any = ...
    for item in items:
        if item is None or item is ...:
            full.append(item)
            dim = dim + (ndim - used) if item is ... else dim
            last = None if item is None else last
            continue
        size = x._array.shape[dim]
        if isinstance(item, slice):
            step = 1 if item.step is None else int(item.step)
            if step <= 0:
                raise ValueError(f"step must be greater than zero: got {step} for dimension {dim}")
            start, stop = (None if v is None else int(v) for v in (item.start, item.stop))
            full.append(slice(start, stop, step))
            if (start, stop, step) != (None, None, 1):
                last = item
        else:
            i = int(item)
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}")
            full.append(i)
            last = 0
        dim += 1
    if not any(i is ... for i in full):
        full.append(...)  # so that a full index gives a 0-d view, not a scalar
    return _BASIC[type(last)].record((x,), {"index": tuple(full)})


def _along(dim: int, item: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, item, ...)


def _select(input: Tensor, dim: int, index: int) -> Tensor:
    """取出一个位置 / The slice at ``index`` of dimension ``dim``, without that dimension."""
    if not isinstance(input, Tensor):
        raise TypeError(f"select(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = kind_of(Dim).parse(dim, "select", "dim", 2, input.ndim)
    i = kind_of(Int).parse(index, "select", "index", 3, input.ndim)
    size = input._array.shape[d]
    if not -size <= i < size:
        raise IndexError(f"select(): argument 'index': index {i} out of range for tensor of size {list(input.shape)} at dimension {d}")
    return _BASIC[int].record((input,), {"index": _along(d, i)})


def _narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """取出一段 / ``length`` positions of dimension ``dim`` from ``start`` on."""
    if not isinstance(input, Tensor):
        raise TypeError(f"narrow(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    d = kind_of(Dim).parse(dim, "narrow", "dim", 2, input.ndim)
    i = kind_of(Int).parse(start, "narrow", "start", 3, input.ndim)
    n = kind_of(Int).parse(length, "narrow", "length", 4, input.ndim)
    size = input._array.shape[d]
    if n < 0:
        raise RuntimeError(f"narrow(): length must be non-negative: argument 'length' is {n}.")
    if not -size <= i <= size:
        raise IndexError(f"narrow(): argument 'start': expected to be in range of [{-size}, {size}], but got {i}")
    i = i + size if i < 0 else i
    if i + n > size:
        raise RuntimeError(f"narrow(): start ({i}) + length ({n}) exceeds dimension size ({size}).")
    return basic.record((input,), {"index": _along(d, slice(i, i + n, 1))})


publish("select", _select)
publish("narrow", _narrow)


# ---- several views at once


@op(lambda g, x_shape, dim: unbind_backward(g, x_shape, dim), view="multi", jvp="linear", public=False)
def unbind(x, dim: Dim = 0):
    """沿一维拆开 / All slices along ``dim``, without that dimension."""
    return [x[_along(dim, i)] for i in range(x.shape[dim])]


def unbind_backward(grads: Sequence[Any], shape: tuple[int, ...], dim: int) -> Any:
    total = None
    for i, g in enumerate(grads):
        if g is not None:
            part = slice_backward(g, shape, _along(dim, i))
            total = part if total is None else total + part
    return total


@op(lambda g, x_shape, sections, dim: split_backward(g, x_shape, sections, dim), view="multi", jvp="linear",
    public=False, variant=lambda args, attrs: "SplitWithSizesBackward0" if attrs["given"] else 0)  # fmt: skip
def split(x, sections: Ints, dim: Dim = 0, given: As = True):
    """沿一维分段 / Consecutive pieces along ``dim`` with the given lengths."""
    return [x[_along(dim, s)] for s in _pieces(sections)]


def _pieces(sections: Sequence[int]) -> list[slice]:
    ends = np.cumsum(sections).tolist()
    return [slice(e - n, e) for e, n in zip(ends, sections, strict=True)]


def split_backward(grads: Sequence[Any], shape: tuple[int, ...], sections: Sequence[int], dim: int) -> Any:
    total = None
    for g, piece in zip(grads, _pieces(sections), strict=True):
        if g is not None:
            part = slice_backward(g, shape, _along(dim, piece))
            total = part if total is None else total + part
    return total


def _needs_dim(x: Any, function: str) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")
    if not x.ndim:
        raise RuntimeError(f"{function} expects at least a 1-dimensional tensor")


def _unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维拆开 / A tuple of all slices along ``dim``: views."""
    if isinstance(input, Tensor) and not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: unbind() got a 0-d tensor")
    _needs_dim(input, "unbind")
    return unbind.record((input,), {"dim": kind_of(Dim).parse(dim, "unbind", "dim", 2, input.ndim)})


def _split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维分段 / Pieces along ``dim``: of one length (the last may be shorter), or of the given lengths. Views."""
    _needs_dim(tensor, "split")
    d = kind_of(Dim).parse(dim, "split", "dim", 3, tensor.ndim)
    n = tensor._array.shape[d]
    given = not is_int(split_size_or_sections)
    if not given:
        size = int(split_size_or_sections)
        if size < 0 or (size == 0 and n):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        sections = tuple(min(size, n - i) for i in range(0, n, size)) if n else (0,)
    else:
        sections = kind_of(Ints).parse(split_size_or_sections, "split", "split_sections", 2, 0)
        if sum(sections) != n or any(s < 0 for s in sections):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but "
                f"got split_sizes={list(sections)}"
            )
    return split.record((tensor,), {"sections": sections, "dim": d, "given": given})


def _chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维分成若干块 / At most ``chunks`` pieces of equal length along ``dim``. Views."""
    _needs_dim(input, "chunk")
    n = kind_of(Int).parse(chunks, "chunk", "chunks", 2, 0)
    if n <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {n}")
    d = kind_of(Dim).parse(dim, "chunk", "dim", 3, input.ndim)
    size = input._array.shape[d]
    if not size:
        return _split(input, [0] * n, d)
    return _split(input, -(-size // n), d)


publish("unbind", _unbind)
publish("split", _split)
publish("chunk", _chunk)


# ---- windows and raw strides


@op(lambda g, x_shape, dimension, size, step: unfold_backward(g, x_shape, dimension, size, step), view="single",
    jvp="linear")  # fmt: skip
def unfold(x, dimension: Dim, size: Int, step: Int):
    """滑动窗口 / Windows of ``size`` every ``step`` positions of a dimension, as a new last dimension."""
    if step <= 0:
        raise RuntimeError(f"unfold(): argument 'step' is {step} but must be > 0")
    n = x.shape[dimension] if x.ndim else 1
    if size > n or size < 0:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {n} but size is {size}")
    own = element_strides(x)
    if not x.ndim:
        return _at(x, (size,), (1,))
    shape, steps = list(x.shape), list(own)
    shape[dimension], steps[dimension] = (n - size) // step + 1, own[dimension] * step
    return _at(x, [*shape, size], [*steps, own[dimension]])


@op(lambda g, dimension, size, step: unfold(g, dimension, size, step), jvp="linear", public=False)
def unfold_backward(x, shape: Ints, dimension: Int, size: Int, step: Int):
    """窗口的梯度加回原位 / Windows added back to where they came from."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x.sum()
    np.add.at(np.moveaxis(out, dimension, 0), _window_index(x.shape[dimension], size, step),
              np.moveaxis(x, [dimension, -1], [0, 1]))  # fmt: skip
    return out


def _window_index(windows: int, size: int, step: int) -> np.ndarray:
    return np.arange(windows)[:, None] * step + np.arange(size)


@op(lambda g, x_shape, x_strides, size, stride, storage_offset: as_strided_backward(
        g, x_shape, x_strides, size, stride, storage_offset), view="single", jvp="linear", public=False)  # fmt: skip
def as_strided(x, size: Ints, stride: Ints, storage_offset: Int, x_strides: As):
    """任意步幅的视图 / A view with the given sizes, strides and offset (in elements)."""
    return _at(x, size, stride, storage_offset)


@op(lambda g, x_strides, size, stride, storage_offset: as_strided(g, size, stride, storage_offset, x_strides),
    jvp="linear", public=False)  # fmt: skip
def as_strided_backward(x, shape: Ints, x_strides: As, size: Ints, stride: Ints, storage_offset: Int):
    """任意步幅视图的梯度 / Elements added back to the memory positions they were read from."""
    before = max(0, -storage_offset)  # x may be a view whose memory begins behind what was read
    reach = max(_reach(shape, x_strides), storage_offset + _reach(size, stride))
    flat = np.zeros(before + reach, x.dtype)
    np.add.at(flat, _positions(size, stride) + before + storage_offset, x)
    return flat[_positions(shape, x_strides) + before]


def _reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    return 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))


def _positions(shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    where = np.zeros((), np.intp)
    for n, s in zip(shape, strides, strict=True):
        where = where[..., None] + np.arange(n) * s
    return where


def _as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """任意步幅的视图 / A view of the storage with the given sizes, strides and offset, all in elements."""
    if not isinstance(input, Tensor):
        raise TypeError(f"as_strided(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    sizes = kind_of(Ints).parse(size, "as_strided", "size", 2, 0)
    strides = kind_of(Ints).parse(stride, "as_strided", "stride", 3, 0)
    if len(sizes) != len(strides):
        raise RuntimeError(f"mismatch in length of strides and shape: got size {list(sizes)} and stride {list(strides)}")
    here = input.storage_offset()
    offset = here if storage_offset is None else kind_of(Int).parse(storage_offset, "as_strided", "storage_offset", 4, 0)
    if any(s < 0 for s in strides):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(strides)}")
    total = input.untyped_storage().size()
    if 0 not in sizes and (offset < 0 or offset + _reach(sizes, strides) > total):
        raise RuntimeError(
            f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {offset}, and itemsize "
            f"{input.element_size()} are out of bounds for storage of size {total * input.element_size()}"
        )
    attrs = {"size": sizes, "stride": strides, "storage_offset": offset - here, "x_strides": element_strides(input._array)}
    return as_strided.record((input,), attrs)


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


def _detach(self: Tensor) -> Tensor:
    """脱离计算图 / The same memory without history; writes through it are seen by version checks."""
    out = wrap(self._array)
    out._storage = self.untyped_storage()
    return out


def _detach_(self: Tensor) -> Tensor:
    """原地脱离计算图 / Cut this tensor off from its history, in place."""
    if self._view is not None:
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    self._node, self._requires_grad = None, False
    return self


publish("as_strided", _as_strided)
publish("movedim", _movedim)
publish("moveaxis", _movedim)
publish("detach", _detach)
publish("detach_", _detach_, method=True)


def _changing_shape(name: str, made: Any, later: int) -> Any:
    """``t_`` and its like: the tensor itself looks at its memory in another way from now on.

    ``later``: by how much PyTorch's number of the in-place overload is higher.
    """

    def function(self: Tensor, *args: Any) -> Tensor:
        if self.requires_grad and self._node is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        before = wrap(self._array)
        before._storage, before._view = self.untyped_storage(), self._view
        before._node, before._requires_grad, before._tangent = self._node, self.requires_grad, self._tangent
        after = made(before, *args)
        self._array, self._node, self._requires_grad = after._array, after._node, after.requires_grad
        self.untyped_storage().version += 1
        self._tangent = after._tangent
        if after._node is not None:
            node = after._node
            node.plan = node.plan  # of the class until now
            node.__class__ = node.op.numbered(int(node.name()[-1]) + later)
        return self

    function.__doc__ = f"In-place form of ``{name}``: the same tensor, its memory read in another way. 原地版本。"
    return function


for _name, _made, _later in (
    ("t", t.public, 1), ("transpose", transpose.public, 1), ("swapaxes", transpose.public, 1),
    ("swapdims", transpose.public, 1), ("squeeze", _squeeze, 3),
    ("unsqueeze", unsqueeze.public, 1), ("as_strided", _as_strided, 1),
):  # fmt: skip
    publish(_name + "_", _changing_shape(_name, _made, _later), namespace=False)
