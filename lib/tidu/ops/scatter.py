"""Writing where an index says: along one dimension, at flat positions, through a mask. 按下标写。

The source comes last in a call, an op's tensors come first: what checks a call's arguments also puts them in order.
Reading is in ``ops.gather``; what a reduction does is in ``ops.scatter_reduce``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import As, Dim, Flag, Int, Number, Places, kind_of, type_name
from tidu._backend import as_array, copied, repeats
from tidu._define import by_either_name, op, publish
from tidu._kernels import add_at
from tidu._op import Op
from tidu._operands import NUMBERS, held, indices_in, write_out
from tidu._record import watch
from tidu._tensor import Tensor, wrap
from tidu._writable import check_history
from tidu.ops.broadcast import broadcast_tensors
from tidu.ops.gather import (
    Indices,
    Long,
    LongVector,
    Vector,
    check_grid,
    check_range,
    gather,
    grid,
    index_select,
    masked_select,
    put_along,
    rows,
    take,
)
from tidu.ops.index import clear_index
from tidu.ops.pointwise import where, zeros
from tidu.ops.reduce import sum_
from tidu.ops.slicing import slice_backward
from tidu.ops.view import reshape

# ---- an index of the source's shape


@op(lambda g, dim, index: cleared(g, dim, index),
    lambda g, index, dim, src_shape: source_gradient(g, index, dim, src_shape),
    jvp="linear", public=False, variant=lambda args, attrs: 0 if args[1].ndim else 1)  # fmt: skip
def scatter(x, src, dim: Int, index: Places):
    """沿一维按位置写 / ``x`` with ``src`` written at the positions of ``index`` along ``dim``."""
    check_grid("scatter", x, index, dim, src)
    out = as_array(x).copy()
    if index.size:
        put_along(out, index, dim, corner(src, index.shape))
    return out


def corner(x: Any, shape: tuple[int, ...]) -> Any:
    return x if x.shape == shape or not x.ndim else x[tuple(slice(n) for n in shape)]


def cleared(g: Any, dim: int, index: Any) -> Any:
    if not index.size:
        return g
    return clear_index(g, grid(index, dim))


def source_gradient(g: Any, index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """Elements of the source beyond the index's shape were not used: their gradient is zero."""
    used = gather(g, dim, index)
    if tuple(used.shape) == shape:
        return used
    return slice_backward(used, shape, tuple(slice(n) for n in used.shape))


@op(lambda g: g, lambda g, index, dim, src_shape: source_gradient(g, index, dim, src_shape), jvp="linear",
    public=False)  # fmt: skip
def scatter_add(x, src, dim: Int, index: Places):
    """沿一维按位置累加 / ``x`` with ``src`` added at the positions of ``index`` along ``dim``."""
    check_grid("scatter_add", x, index, dim, src)
    out = as_array(x).copy()
    if index.size:
        put_along(out, index, dim, corner(src, index.shape), np.add)
    return out


def _no_derivative(x: Any) -> Any:
    raise RuntimeError("derivative for aten::scatter is not implemented")


@op(lambda g, x_shape: _no_derivative(g), lambda g, x_shape: _no_derivative(g), public=False,
    grad_name="NotImplemented")  # fmt: skip
def scatter_reduced(x, src, dim: Int, index: Places, reduce: As):
    """沿一维按位置累加或累乘 / ``x`` with ``src`` added to, or multiplied into, the positions of ``index``."""
    check_grid("scatter", x, index, dim, src)
    out = as_array(x).copy()
    if index.size:
        put_along(out, index, dim, corner(src, index.shape), np.add if reduce == "add" else np.multiply)
    return out


# ---- an index of one dimension: whole slices


@op(lambda g: g,
    lambda g, dim, index, alpha, source: reshape(index_select(g, dim, index) * alpha, tuple(source.shape)),
    jvp="linear", public=False)  # fmt: skip
def index_add(x, source, dim: Int, index: Places, alpha: Number = 1):
    """沿一维按下标累加 / ``x`` with ``alpha * source`` added at ``index`` along ``dim``."""
    error = RuntimeError if x.ndim > 1 else IndexError  # PyTorch's, for whom these are two kernels
    check_range("index_add", index, dim, x.shape[dim] if x.ndim else 1, error)
    out = as_array(x).copy()
    scaled = source if alpha == 1 else source * held(alpha, x.dtype, "index_add", "alpha")
    add_at(np.atleast_1d(out), rows(dim, index), scaled)
    return out


@op(lambda g, dim, index: clear_index(g, rows(dim, index)),
    lambda g, dim, index, source: reshape(index_select(g, dim, index), tuple(source.shape)),  # saved as in PyTorch
    jvp="linear", public=False)  # fmt: skip
def index_copy(x, source, dim: Int, index: Places):
    """沿一维按下标写 / ``x`` with slices of ``source`` written at ``index`` along ``dim``."""
    check_range("index_copy", index, dim, x.shape[dim] if x.ndim else 1, IndexError)
    out = as_array(x).copy()
    np.atleast_1d(out)[rows(dim, index)] = source
    return out


@op(lambda g, dim, index: clear_index(g, rows(dim, index)),
    lambda g, dim, index, value_shape: _total_at(g, dim, index, value_shape),
    jvp="linear", public=False, promote=(), variant=lambda args, attrs: int(not attrs["number"]))  # fmt: skip
def index_fill(x, value, dim: Int, index: Places, number: As, in_place: As = False):
    """沿一维按下标填充 / ``x`` with one value in all slices at ``index`` along ``dim``."""
    n = x.shape[dim] if x.ndim else 1
    if x.ndim and 0 in (*x.shape[:dim], *x.shape[dim + 1 :]):  # where nothing is written, PyTorch does not look
        return x if in_place else copied(x)
    check_range("index_fill", np.where(index < 0, index + n, index), dim, n, IndexError)
    wide = repeats(x)
    out = x if in_place and wide else copied(x)  # what is repeated changes together
    np.atleast_1d(out)[rows(dim, index)] = value
    return out


def _total_at(g: Any, dim: int, index: Any, shape: tuple[int, ...]) -> Any:
    picked = index_select(g, dim, np.unique(index % (g.shape[dim] if g.ndim else 1)))
    return reshape(sum_(picked, tuple(range(picked.ndim))), shape)


# ---- flat positions, and masks


@op(lambda g, index, accumulate: g if accumulate else put(g, zeros(take(g, index)), index),
    lambda g, index, source: reshape(take(g, index), tuple(source.shape)), jvp="linear", public=False)  # fmt: skip
def put(x, source, index: Places, accumulate: As = False):
    """按展平下标写 / ``x`` with ``source`` written at, or added to, positions of the flattened tensor."""
    n = x.size
    if index.size and (index.min() < -n or index.max() >= n):
        raise IndexError(f"put_(): argument 'index': out of range: tried to access a tensor of {n} elements")
    out = copied(x)
    flat = np.atleast_1d(out)
    at = np.unravel_index(index.reshape(-1) % max(n, 1), flat.shape)
    if accumulate:
        np.add.at(flat, at, source.reshape(-1))
    else:
        flat[at] = source.reshape(-1)
    return out


@op(lambda g, mask: where(mask, 0.0, g), lambda g, mask, source_shape: _to_front(masked_select(g, mask), source_shape),
    jvp="linear", public=False)  # fmt: skip
def masked_scatter(x, source, mask: Places):
    """按掩码依次写 / ``x`` with the first elements of ``source`` where ``mask`` is True, in row-major order."""
    count = int(np.count_nonzero(mask))
    if count > source.size:
        raise RuntimeError(
            f"masked_scatter: expected the number of elements in source ({source.size}) not to be less than the number "
            f"of ones in mask ({count}): Number of elements of source < number of ones in mask"
        )
    out = as_array(x).copy()
    out[mask] = source.reshape(-1)[:count]
    return out


def _to_front(g: Any, shape: tuple[int, ...]) -> Any:
    return reshape(slice_backward(g, (math.prod(shape),), (slice(g.shape[0]),)), shape)


# ---- the functions that write: the source comes last, an op's tensors come first


def writer_call(function: str, self: Any, dim: Any, index: Any, source: Any, name: str, kind: Any) -> dict[str, Any]:
    if not isinstance(self, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(self)}")
    attrs = {
        "dim": kind_of(Dim).parse(dim, function, "dim", 2, self.ndim),
        "index": kind_of(kind).parse(index, function, "index", 3, self.ndim),
    }
    if not isinstance(source, Tensor):
        raise TypeError(f"{function}(): argument '{name}' (position 4) must be Tensor, not {type_name(source)}")
    if source._array.dtype != self._array.dtype:
        raise RuntimeError(
            f"{function}(): argument '{name}': Expected self.dtype to be equal to {name}.dtype, got {self.dtype} and "
            f"{source.dtype}"
        )
    return attrs


def _scatter(
    function: str, self: Any, dim: Any, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Any:
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"{function}(): reduce argument must be either add or multiply, not {reduce!r}")
    if reduce and isinstance(src, Tensor):
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            UserWarning,
            stacklevel=3,
        )
    src = value if src is None else src
    if isinstance(src, NUMBERS) and isinstance(self, Tensor) and isinstance(index, Tensor):
        src = wrap(np.full(index._array.shape if reduce else (), held(src, self._array.dtype, function, "value")))
    attrs = writer_call(function, self, dim, index, src, "src", Indices)
    return (scatter, src, attrs) if reduce is None else (scatter_reduced, src, {**attrs, "reduce": reduce})


def _scatter_add(function: str, self: Any, dim: Any, index: Any, src: Any) -> Any:
    return scatter_add, src, writer_call(function, self, dim, index, src, "src", Indices)


def _index_add(function: str, self: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    attrs = writer_call(function, self, dim, index, source, "source", Vector)
    count = attrs["index"].size
    if source.ndim and source.ndim <= attrs["dim"]:
        raise RuntimeError(
            f"{function}(): Indexing dim {attrs['dim']} is out of bounds of the source tensor with dim {source.ndim}"
        )
    if source.ndim and source._array.shape[attrs["dim"]] != count:
        raise RuntimeError(
            f"{function}(): Number of indices ({count}) should be equal to source.size(dim) "
            f"({source._array.shape[attrs['dim']]}), for dim {attrs['dim']}"
        )
    dim, own = attrs["dim"], self._array.shape
    if (own and (*own[:dim], count, *own[dim + 1 :])) != source._array.shape:
        raise RuntimeError(
            f"{function}(): source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(own)} source.shape = {list(source.shape)}"
        )
    return index_add, source, {**attrs, "alpha": alpha}


def publish_writer(
    name: str, prepare: Callable[..., tuple[Op, Tensor, dict[str, Any]]], doc: str, has_out: bool = True
) -> None:
    """``name`` and ``name_`` from the function that checks their arguments."""
    prepare.__qualname__ = name

    def function(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
        if out is not None and not has_out:
            raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
        made, source, attrs = prepare(name, input, *args, **kwargs)
        result = made.record((input, source), attrs)
        if result._node is not None:
            watch(result._node, indices_in((*args, *kwargs.values())))
        return result if out is None else write_out(name, result, out, (input, source, *attrs.values()), "same")

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if isinstance(self, Tensor) and self.requires_grad:
            check_history(self)  # before a word about the other arguments
        made, source, attrs = prepare(name + "_", self, *args, **kwargs)
        return _inplace.run(made, self, [source], attrs, indices_in((*args, *kwargs.values())))

    in_place.__name__, in_place.__doc__ = name + "_", f"In-place form of ``{name}``. ``{name}`` 的原地版本。"
    function.__name__ = function.__qualname__ = name
    publish(name, by_either_name(function, True), doc)
    publish(name + "_", by_either_name(in_place, True), namespace=False)


publish_writer(
    "scatter", _scatter,
    "沿一维按位置写 / A copy with ``src``, a tensor or a number, written at the positions of ``index`` along ``dim``.",
)  # fmt: skip
publish_writer(
    "scatter_add", _scatter_add,
    "沿一维按位置累加 / A copy with ``src`` added at the positions of ``index`` along ``dim``.",
)  # fmt: skip
publish_writer(
    "index_add", _index_add,
    "沿一维按下标累加 / A copy with ``alpha * source`` added at ``index`` along ``dim``.",
)  # fmt: skip


def _index_copy(function: str, self: Any, dim: Any, index: Any, source: Any) -> Any:
    attrs = writer_call(function, self, dim, index, source, "source", LongVector)
    dim, own, given = attrs["dim"], self._array.shape, source._array.shape
    count = attrs["index"].size
    if own and given and len(own) != len(given):
        raise IndexError(
            f"{function}(): When source and destination are not scalars, their dimensionality must match: source has "
            f"{len(given)} dimensions, destination {len(own)}"
        )
    slices = [(*shape[:dim], *shape[dim + 1 :]) for shape in (own, given)]
    if own and given and slices[0] != slices[1] or len(own) > 1 and not given:
        raise RuntimeError(
            f"{function}(): Source/destination tensor must have same slice shapes: destination {list(own)} and source "
            f"{list(given)} at dimension {dim}"
        )
    if (given[dim] if given else 1) != count:
        raise IndexError(
            f"{function}(): Number of indices ({count}) should be equal to source.size(dim) of a source of shape "
            f"{list(given)}, for dim {dim}"
        )
    return index_copy, source, attrs


def _index_fill(function: str, self: Any, dim: Any, index: Any, value: Any) -> Any:
    number = not isinstance(value, Tensor)
    if number:
        if not isinstance(value, NUMBERS):
            raise TypeError(f"{function}(): argument 'value' (position 4) must be Number, not {type_name(value)}")
        value = wrap(np.asarray(held(value, self._array.dtype, function, "value")))
    elif value.ndim:
        raise RuntimeError(
            f"{function} only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    elif value.dtype != self.dtype:
        value = value.to(self.dtype)
    if isinstance(index, Tensor) and index._array.dtype != np.int64:
        raise IndexError(f"{function}(): argument 'index': Expected dtype int64 for index, got {index.dtype}")
    if isinstance(index, Tensor) and index.ndim > 1:
        raise RuntimeError(f"{function}(): argument 'index': Index has to be a vector/scalar, got {index.ndim}-d")
    attrs = writer_call(function, self, dim, index, value, "value", Vector)
    return index_fill, value, {**attrs, "number": number, "in_place": function.endswith("_")}


def _put(function: str, self: Any, index: Any, source: Any, accumulate: Any = False) -> Any:
    attrs = writer_call(function, self, 0, index, source, "source", Long)
    if source.numel() != index.numel():
        raise IndexError(
            f"{function}(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    flag = kind_of(Flag).parse(accumulate, function, "accumulate", 4, 0)
    return put, source, {"index": attrs["index"], "accumulate": flag}


publish_writer(
    "index_copy", _index_copy,
    "沿一维按下标写 / A copy with slices of ``source`` written at ``index`` along ``dim``.",
)  # fmt: skip
publish_writer(
    "index_fill", _index_fill,
    "沿一维按下标填充 / A copy with ``value`` in all slices at ``index`` along ``dim``.", has_out=False,
)  # fmt: skip
publish_writer(
    "put", _put,
    "按展平下标写 / A copy with ``source`` written at, or added to, positions of the flattened tensor.", has_out=False,
)  # fmt: skip


def _check_masked(function: str, self: Any, mask: Any, source: Any) -> None:
    for position, (name, value) in enumerate((("input", self), ("mask", mask), ("source", source)), 1):
        if not isinstance(value, Tensor):
            shown = type_name(value)
            raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Tensor, not {shown}")
    if source._array.dtype != self._array.dtype:
        raise RuntimeError(
            f"{function}: expected self and source to have same dtypes but got {self.dtype} and {source.dtype}"
        )
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"{function} only supports boolean masks, but got mask with dtype {mask.dtype}")


def _masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """按掩码依次写 / A copy with the elements of ``source``, in order, where ``mask`` is True.

    Input and mask broadcast. ``RuntimeError`` where the source has fewer elements than the mask has True.
    """
    _check_masked("masked_scatter", input, mask, source)
    wide, chosen = broadcast_tensors(input, mask)
    made = masked_scatter.record((wide.contiguous(), source), {"mask": chosen._array})
    if made._node is not None:
        watch(made._node, [mask])
    return made


def _masked_scatter_(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """In-place form of ``masked_scatter``. 原地版本。"""
    _check_masked("masked_scatter_", self, mask, source)
    return _inplace.run(masked_scatter, self, [source], {"mask": mask.expand(self.shape)._array}, [mask])


publish("masked_scatter", _masked_scatter)
publish("masked_scatter_", _masked_scatter_, namespace=False)
