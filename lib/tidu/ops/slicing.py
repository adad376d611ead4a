"""Views of a part: slices, selected elements, pieces. 切片与分块的视图。"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tidu._args import As, Dim, Int, Ints, is_int, kind_of, type_name
from tidu._backend import Array, zeros_beside
from tidu._define import by_either_name, by_example, define, op, publish
from tidu._graph import edge
from tidu._modes import OFF, modes
from tidu._op import Op
from tidu._operands import Away
from tidu._record import rename
from tidu._storage import Storage
from tidu._tensor import Tensor, View, blank, element_strides, new
from tidu.ops.view import at_strides


@op(lambda g, index: basic(g, index), jvp="linear", public=False)
def slice_backward(x, shape: Ints, index: As):
    """切片放回零张量 / Zeros of ``shape`` with ``x`` at ``index``."""
    out = zeros_beside(x, shape)
    out[index] = x
    return out


def _basic(name: str, grad_name: str) -> Op:
    """Basic indexing is one op; PyTorch names its node after the last thing the index does."""

    def kernel(x, index: As):
        out = x[index]
        if not out.size and x.size and not any(out.strides):
            return at_strides(out, out.shape, out.strides)
        return out if None not in index else at_strides(out, out.shape, _strides_with_new(x, out, index))

    kernel.__doc__ = "基本索引 / Integers, slices, None and ``...``: always a view."
    formulas = [lambda g, x_shape, index: slice_backward(g, x_shape, index)]
    return define(Op(kernel, formulas, name=name, view="single", jvp="linear", grad_name=grad_name), public=False)


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
_SELECT = _BASIC[int]


def is_whole(item: slice, size: int) -> bool:
    """Whether a slice takes all of a dimension in PyTorch's eyes, which skips it in a tuple: from 0 to the end."""
    return not item.start and item.step in (None, 1) and (item.stop is None or item.stop >= size)


NO_DIMENSIONS = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)


def index_basic(x: Tensor, items: Sequence[Any], alone: bool = False) -> Tensor:
    """``x[items]`` for integers, slices, None and at most one ``...``; the result is a view even of one element.

    ``alone``: the key is a slice and no tuple.
    """
    ndim = x._array.ndim
    used = sum(1 for i in items if i is not None and i is not ...)
    if used > ndim:
        if not ndim and used == 1:
            raise IndexError(NO_DIMENSIONS)
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
            if alone or not is_whole(slice(start, stop, step), size):
                last = item
        else:
            i = int(item)
            if not -size <= i < size:
                if last is not ... and modes.grad:
                    edge(x)  # what came before is a view by now, and making it may have failed
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}")
            full.append(i)
            last = 0
        dim += 1
    if not any(i is ... for i in full):
        full.append(...)  # so that a full index gives a 0-d view, not a scalar
    return _BASIC[type(last)].record((x,), {"index": tuple(full)})


class _Row(View):
    """The view ``x[i]``, whose step is not written down before it is asked for."""

    __slots__ = ("i",)
    i: int

    @property
    def step(self) -> tuple[Any, Any]:  # type: ignore[override]
        return _SELECT, {"index": (self.i, ...)}


def row(x: Tensor, i: int) -> Tensor:
    """``x[i]`` for an int, as ``index_basic`` gives it: loops over a tensor and datasets ask for little else."""
    a, view, storage = x._array, x._view, x._storage
    base = x if view is None else view.base
    if (
        x._requires_grad
        or base._requires_grad
        or base._node is not None
        or x._node is not None
        or x._tangent is not None
        or storage is None
        or Away.used
        or (OFF and not modes.grad)
    ):
        return index_basic(x, (i,))
    try:
        part = a[i, ...]
    except IndexError:
        return index_basic(x, (i,))
    out = blank()  # as ``wrap`` and ``link`` do
    out._array = part
    out._node = out._tangent = None
    out._requires_grad = False
    out._storage = storage
    out._view = made = new(_Row)
    made.base, made.seen, made.kind = base, storage.version, "" if view is None else view.kind
    made.before, made.i = view, i
    return out


def along(dim: int, item: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, item, ...)


def _needs_dim(x: Any, function: str, error: Exception) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")
    if not x.ndim:
        raise error


def _select(input: Tensor, dim: int, index: int) -> Tensor:
    """取出一个位置 / The slice at ``index`` of dimension ``dim``, without that dimension."""
    _needs_dim(input, "select", IndexError("select() cannot be applied to a 0-dim tensor."))
    d = kind_of(Dim).parse(dim, "select", "dim", 2, input.ndim)
    i = kind_of(Int).parse(index, "select", "index", 3, input.ndim)
    size = input._array.shape[d]
    if not -size <= i < size:
        raise IndexError(
            f"select(): argument 'index': index {i} out of range for size {list(input.shape)} at dimension {d}"
        )
    return _BASIC[int].record((input,), {"index": along(d, i)})


def _narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """取出一段 / ``length`` positions of dimension ``dim`` from ``start`` on."""
    _needs_dim(input, "narrow", RuntimeError("narrow() cannot be applied to a 0-dim tensor."))
    d = kind_of(Dim).parse(dim, "narrow", "dim", 2, input.ndim)
    if isinstance(start, Tensor) and (start.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError(
            "narrow(): argument 'start': start must be an 0-dim integral Tensor, not of shape "
            f"{list(start.shape)} and dtype {start.dtype}"
        )
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
    return basic.record((input,), {"index": along(d, slice(i, i + n, 1))})


publish("select", _select)
publish("narrow", _narrow)


# ---- several views at once


@op(lambda g, x_shape, dim: unbind_backward(g, x_shape, dim), view="multi", jvp="linear", public=False)
def unbind(x, dim: Dim = 0):
    """沿一维拆开 / All slices along ``dim``, without that dimension."""
    return [x[along(dim, i)] for i in range(x.shape[dim])]


def unbind_backward(grads: Sequence[Any], shape: tuple[int, ...], dim: int) -> Any:
    total = None
    for i, g in enumerate(grads):
        if g is not None:
            part = slice_backward(g, shape, along(dim, i))
            total = part if total is None else total + part
    return total


@op(lambda g, x_shape, sections, dim: split_backward(g, x_shape, sections, dim), view="multi", jvp="linear",
    public=False, variant=lambda args, attrs: "SplitWithSizesBackward0" if attrs["given"] else 0)  # fmt: skip
def split(x, sections: Ints, dim: Dim = 0, given: As = True):
    """沿一维分段 / Consecutive pieces along ``dim`` with the given lengths."""
    return [x[along(dim, s)] for s in _pieces(sections)]


def _pieces(sections: Sequence[int]) -> list[slice]:
    ends = np.cumsum(sections).tolist()
    return [slice(e - n, e) for e, n in zip(ends, sections, strict=True)]


def split_backward(grads: Sequence[Any], shape: tuple[int, ...], sections: Sequence[int], dim: int) -> Any:
    total = None
    for g, piece in zip(grads, _pieces(sections), strict=True):
        if g is not None:
            part = slice_backward(g, shape, along(dim, piece))
            total = part if total is None else total + part
    return total


def _unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维拆开 / A tuple of all slices along ``dim``: views."""
    if isinstance(input, Tensor) and not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: unbind() got a 0-d tensor")
    _needs_dim(input, "unbind", RuntimeError("unbind expects at least a 1-dimensional tensor"))
    return unbind.record((input,), {"dim": kind_of(Dim).parse(dim, "unbind", "dim", 2, input.ndim)})


def _split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维分段 / Pieces along ``dim``: of one length (the last may be shorter), or of the given lengths. Views."""
    _needs_dim(tensor, "split", RuntimeError("split expects at least a 1-dimensional tensor"))
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
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), "
                f"but got split_sizes={list(sections)}"
            )
    return split.record((tensor,), {"sections": sections, "dim": d, "given": given})


def _chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """沿一维分成若干块 / At most ``chunks`` pieces of equal length along ``dim``. Views."""
    _needs_dim(input, "chunk", RuntimeError("chunk expects at least a 1-dimensional tensor"))
    n = kind_of(Int).parse(chunks, "chunk", "chunks", 2, 0)
    if n <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {n}")
    d = kind_of(Dim).parse(dim, "chunk", "dim", 3, input.ndim)
    size = input._array.shape[d]
    if not size:
        return _split(input, [0] * n, d)
    return _split(input, -(-size // n), d)


publish("unbind", _unbind)


def _split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """按给定长度分段 / Consecutive pieces of the lengths ``split_sizes`` along ``dim``. Views."""
    if is_int(split_sizes):
        split_sizes = (split_sizes,)
    return _split(input, split_sizes, dim)


def _sections(input: Tensor, function: str, given: Any, dim: int) -> tuple[Tensor, ...]:
    """``tensor_split`` along a dimension that there is: a number of sections, or the positions to cut at."""
    n = input._array.shape[dim]
    if isinstance(given, Tensor):
        if given.ndim > 1 or given._array.dtype != np.int64:
            raise RuntimeError(
                f"{function} expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor "
                f"with dtype of long, but got a tensor with {given.ndim} dims of dtype {given.dtype}"
            )
        given = given.tolist()
    if is_int(given):
        count = int(given)
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        cuts = [n // count * i + min(i, n % count) for i in range(1, count)]
    else:
        cuts = list(kind_of(Ints).parse(given, function, "indices", 2, 0))
    ends = [None, *cuts, None]
    return tuple(basic.record((input,), {"index": along(dim, slice(a, b, 1))}) for a, b in pairwise(ends))


def _one_of(function: str, names: Sequence[str], given: tuple[Any, ...], named: dict[str, Any], last: str = "") -> Any:
    """The argument that may be called by several names, and the one after it (``last``) where it is given."""
    rest = dict(named)
    key = next((n for n in names if n in rest), None)
    if key is not None and not given:
        given = (rest.pop(key),)
    if last in rest and len(given) == 1:
        given = (*given, rest.pop(last))
    if rest or not 0 < len(given) <= 1 + bool(last):
        raise TypeError(
            f"{function}() received an invalid combination of arguments: {', '.join(names)} "
            f"{'and ' + last if last else ''} are wanted, got {len(given)} by position and {sorted(named)}"
        )
    return given if last else given[0]


def _tensor_split(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
    """沿一维分成几段，长度可以不等 / Pieces along ``dim``: a number of them, or cut at the given positions. Views.

    ``indices_or_sections`` is an int, a tuple of ints or a tensor of them (``sections=``, ``indices=``). Where the
    length is no multiple of the number, the first pieces are longer by one.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.tensor_split.html
    """
    names = ("sections", "indices", "tensor_indices_or_sections")
    given, *dim = _one_of("tensor_split", names, args, kwargs, "dim")
    _needs_dim(input, "tensor_split", RuntimeError("tensor_split expected at least a 1-dimensional tensor"))
    d = kind_of(Dim).parse(dim[0] if dim else 0, "tensor_split", "dim", 3, input.ndim)
    return _sections(input, "tensor_split", given, d)


def _splitting(name: str, least: int, axis: int, doc: str) -> None:
    def function(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        positions = len(args) > 1 and all(map(is_int, args))  # x.hsplit(1, 2): cut at 1 and at 2
        given = args if positions and not kwargs else _one_of(name, ("sections", "indices"), args, kwargs)
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
        if isinstance(given, Tensor):
            given = given.tolist()
        if input.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} "
                "dimensions!"
            )
        dim = axis if input.ndim > axis else 0
        n = input._array.shape[dim]
        if is_int(given) and (given == 0 or n % given):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {n} is not "
                f"divisible by the split_size {given}!"
            )
        return _sections(input, name, given, dim)

    publish(name, function, doc)


publish("split_with_sizes", _split_with_sizes)
publish("tensor_split", by_either_name(_tensor_split, True))
_splitting("hsplit", 1, 1, "按列分段 / Pieces along dimension 1 (0 of a vector): equal ones, or cut at positions.")
_splitting("vsplit", 2, 0, "按行分段 / Pieces along dimension 0: equal ones, or cut at positions. Views.")
_splitting("dsplit", 3, 2, "沿第三维分段 / Pieces along dimension 2: equal ones, or cut at positions. Views.")


def _unsafe(name: str, made: Any, grad_name: str) -> None:
    """Pieces that share memory and of which autograd is not told: each counts its own writes."""

    @by_example
    def function(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        pieces = made(input, *args, **kwargs)
        for piece in pieces:
            piece._view, piece._storage = None, Storage(input.untyped_storage().owner)
        node = pieces[0].grad_fn if pieces else None
        if node is not None:
            nothing = name == "unsafe_chunk" and not any(p._array.shape[node.constants[-1]] for p in pieces)
            rename(node, "UnsafeSplitWithSizesBackward0" if nothing else grad_name)
        return pieces

    publish(name, function, f"As ``{name[7:]}``; the pieces are no views to autograd. 不作为视图的分段。")


def _narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """取出一段的拷贝 / A copy of what ``narrow`` gives."""
    return _narrow(input, dim, start, length).clone()


publish("narrow_copy", _narrow_copy)


def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    return _split(self, split_size, dim)


publish("split", _split)
publish("split", _split_method, _split.__doc__, namespace=False)
publish("chunk", _chunk)
_unsafe("unsafe_split", _split_method, "UnsafeSplitBackward0")
_unsafe("unsafe_chunk", _chunk, "UnsafeSplitBackward0")
_unsafe("unsafe_split_with_sizes", _split_with_sizes, "UnsafeSplitWithSizesBackward0")
