"""Reading and writing where an index tensor says, along one dimension; masks and flat positions. 按下标取与写。"""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from tidu._args import As, Dim, Flag, Int, Ints, Kind, Places, kind_of, type_name
from tidu._backend import row_major, zeros_beside
from tidu._define import by_example, op, publish
from tidu._graph import unbroadcast
from tidu._kernels import add_at, by_places
from tidu._operands import broadcast_error, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.view import reshape


class _Indices(Kind):
    """An integer tensor; the op sees its array."""

    wanted = "Tensor"
    is_tensor = saved = True

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if not isinstance(value, Tensor):
            raise self.error(value, function, name, position)
        if value._array.dtype not in (np.int64, np.int32):
            raise RuntimeError(
                f"{function}(): Expected dtype int32/int64 for index: argument '{name}' is {value.dtype}"
            )
        return value._array


class _Positions(_Indices):
    """For ``gather`` and its like: of no indices the dtype says nothing."""

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if isinstance(value, Tensor) and not value._array.size:
            return value._array.astype(np.int64)
        return super().parse(value, function, name, position, ndim)


class _Long(_Indices):
    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        array = super().parse(value, function, name, position, ndim)
        if array.dtype != np.int64:
            raise RuntimeError(f"{function}(): argument '{name}': Expected a long tensor for index, got {value.dtype}")
        return array


class _Vector(_Indices):
    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        array = super().parse(value, function, name, position, ndim)
        if array.ndim > 1:
            raise IndexError(
                f"{function}(): argument '{name}': Index is supposed to be a vector, got shape {list(array.shape)}"
            )
        return array.reshape(-1)


class _LongVector(_Vector):
    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        kind_of(Long).parse(value, function, name, position, ndim)
        return super().parse(value, function, name, position, ndim)


class _Mask(_Indices):
    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if not isinstance(value, Tensor):
            raise self.error(value, function, name, position)
        if value._array.dtype.kind != "b":
            raise RuntimeError(f"{function}(): argument '{name}': expected BoolTensor for mask, got {value.dtype}")
        return value._array


Indices = Annotated[Any, _Positions()]
Long = Annotated[Any, _Long()]
Vector = Annotated[Any, _Vector()]
LongVector = Annotated[Any, _LongVector()]
Mask = Annotated[Any, _Mask()]


def check_range(function: str, index: Any, dim: int, n: int, error: type[Exception]) -> None:
    if hasattr(index, "_tangent"):  # a batch's, which the kernel looks at
        return
    if index.size and index.view(f"u{index.itemsize}").max() >= n:  # a negative one is huge there
        bad = index[(index < 0) | (index >= n)].reshape(-1)[0]
        called = function if ":" in function else f"{function}(): argument 'index'"
        raise error(f"{called}: index {bad} is out of bounds for dimension {dim} with size {n}")


# ---- an index of the result's shape: gather and scatter


def grid(index: Any, dim: int) -> tuple[Any, ...]:
    """The advanced index that ``gather`` and ``scatter`` stand for: open grids, with ``index`` itself at ``dim``."""
    index = np.atleast_1d(index)
    grid = [
        np.arange(n, like=index).reshape(n, *[1] * (index.ndim - d - 1)) if d != dim else index
        for d, n in enumerate(index.shape)
    ]
    return tuple(grid)


def check_grid(function: str, x: Any, index: Any, dim: int, source: Any = None) -> None:
    if not index.size:
        return
    for name, other in (("input", x), ("src", source)):
        if other is None or (name == "src" and not other.ndim):
            continue
        if max(index.ndim, 1) != max(other.ndim, 1):
            raise RuntimeError(
                f"{function}(): Index tensor must have the same number of dimensions as {name} tensor: argument "
                f"'index' has shape {list(index.shape)}, '{name}' {list(other.shape)}"
            )
        for d, (n, m) in enumerate(zip(index.shape, other.shape, strict=False)):
            if n > m and (d != dim or name == "src"):
                apart = f" apart from dimension {dim}" if name == "input" else ""
                raise RuntimeError(
                    f"{function}(): Size does not match at dimension {d}: expected index {list(index.shape)} to be no "
                    f"larger than {name} {list(other.shape)}{apart}"
                )
    check_range(function, index, dim, x.shape[dim] if x.ndim else 1, RuntimeError)


@op(lambda g, x, dim, index: scatter_zero(g, index, x.shape, dim), jvp="linear", out="same")  # PyTorch saves all of x
def gather(x, dim: Dim, index: Indices, *, sparse_grad: Flag = False):
    """沿一维按位置取 / Elements along ``dim``, of index's shape: ``out[i, j] = x[index[i, j], j]`` for ``dim`` 0.

    ``RuntimeError`` for an index out of range, or larger than the input in another dimension.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.gather.html
    """
    check_grid("gather", x, index, dim)
    if not index.size:
        return np.empty(index.shape, x.dtype, like=x)
    if not _dense(x, index):
        return row_major(np.atleast_1d(x)[grid(index, dim)].reshape(index.shape))
    out, flat = np.empty(index.shape, x.dtype), x.reshape(-1)
    by_places(index, dim, x.shape, lambda at, places: flat.take(places, out=out[at], mode="clip"))
    return out


def _dense(x: Any, index: Any) -> bool:
    """Whether an element's place in memory is all that it takes to find it."""
    return type(x) is np.ndarray and x.flags.c_contiguous and x.ndim == index.ndim > 0


def put_along(out: Any, index: Any, dim: int, values: Any, combine: np.ufunc | None = None) -> None:
    """Write ``values`` at the positions ``gather`` would read, or combine them with what is there."""
    if not _dense(out, index):
        out, where = np.atleast_1d(out), grid(index, dim)
        if combine is None:
            out[where] = values
        else:
            combine.at(out, where, values)
        return
    flat, values = out.reshape(-1), np.broadcast_to(values, index.shape)

    def work(at: slice, places: Any) -> None:
        if combine is None:
            flat[places] = values[at]
        else:
            combine.at(flat, places.reshape(-1), values[at].reshape(-1))

    by_places(index, dim, out.shape, work, apart=dim > 0)


@op(lambda g, index, dim: gather(g, dim, index), jvp="linear", public=False)
def scatter_zero(x, index: As, shape: Ints, dim: Int):
    """按位置放回 / Zeros of ``shape`` with ``x`` added at the positions ``gather`` read."""
    out = zeros_beside(x, shape)
    if index.size:
        put_along(out, index, dim, x, np.add)
    return out


# ---- an index of one dimension: whole slices


def rows(dim: int, index: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, index)


@op(lambda g, x_shape, dim, index: index_add_zero(g, x_shape, dim, index), jvp="linear", out="same")
def index_select(x, dim: Dim, index: Vector):
    """沿一维按下标取 / Slices along ``dim`` at the positions of a 1-D ``index``; a copy.

    ``IndexError`` for a position out of range.
    """
    if not x.ndim and index.size != 1:
        raise RuntimeError(f"index_select(): argument 'index': Index to scalar can have only 1 value, got {index.size}")
    check_range("index_select(): index out of range in self", index, dim, x.shape[dim] if x.ndim else 1, IndexError)
    return np.take(x, index, axis=dim) if x.ndim else x.copy()


@op(lambda g, dim, index: index_select(g, dim, index), jvp="linear", public=False)
def index_add_zero(x, shape: Ints, dim: Int, index: Places):
    """沿一维加回 / Zeros of ``shape`` with slices of ``x`` added at ``index``."""
    out = zeros_beside(x, shape)
    add_at(np.atleast_1d(out), rows(dim, index), x)
    return out


# ---- masks and flat positions


@op(lambda g, mask, x: masked_select_backward(g, mask, tuple(x.shape)), jvp="linear", out="same")
def masked_select(x, mask: Mask):
    """按掩码取 / A 1-D tensor of the elements where ``mask`` (broadcast with the input) is True, in row-major order."""
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


@op(lambda g, mask: masked_select(g, mask), jvp="linear", public=False)
def masked_select_backward(x, mask: As, shape: Ints):
    """按掩码放回 / Zeros of ``shape`` with the elements of ``x`` where they were taken from."""
    wide = zeros_beside(x, np.broadcast_shapes(shape, mask.shape))
    wide[np.broadcast_to(mask, wide.shape)] = x
    return wide if wide.shape == shape else unbroadcast(wide, shape)


@op(lambda g, x, index: _put_back(g, tuple(x.shape), index), jvp="linear", out="same")
def take(x, index: Long):
    """按展平下标取 / Elements at positions of the flattened input, of index's shape. ``IndexError`` out of range."""
    n = x.size
    if index.size and (index.min() < -n or index.max() >= n):
        raise IndexError(f"take(): argument 'index': out of range: the input has {n} elements")
    return x.reshape(-1)[index]


def _put_back(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    n = math.prod(shape)
    return reshape(index_add_zero(reshape(g, (-1,)), (n,), 0, index.reshape(-1) % max(n, 1)), shape)


@op(public=False, out="same")
def nonzero(x):
    """非零元素的下标 / Indices of non-zero elements, one row each."""
    if not x.ndim:
        return np.zeros((int(bool(x)), 0), np.int64)
    return np.stack(x.nonzero()).astype(np.int64).T


def _nonzero(input: Tensor, *, as_tuple: bool = False, out: Any = None) -> Any:
    """非零元素的下标 / Indices of the elements that are not zero: an (n, ndim) tensor, or a tuple of n-vectors."""
    nonzero.check_operands((input,))
    if as_tuple:
        return (input if input._array.ndim else input.reshape(1)).detach().nonzero().unbind(1)
    found = nonzero.record((input,), {})
    if out is not None and out._array.dtype != np.int64:
        raise RuntimeError(f"nonzero(): Expected out tensor to have scalar type Long but got {out.dtype}")
    return found if out is None else write_out("nonzero", found, out, (), "quiet")


publish("nonzero", _nonzero)


@by_example
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """固定行数的非零下标 / As ``nonzero``, but of ``size`` rows: cut off, or filled up with ``fill_value``; int64."""
    nonzero.check_operands((input,))
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = nonzero.kernel(input._array)[:size]
    rows = np.full((size, input._array.ndim), fill_value, np.int64, like=found)
    rows[: len(found)] = found
    return wrap(rows)


publish("nonzero_static", nonzero_static)


@by_example
def _argwhere(input: Tensor) -> Tensor:
    """非零元素的下标 / Indices of the elements that are not zero, one row each."""
    nonzero.check_operands((input,))
    return nonzero.record((input,), {})


@by_example
def _take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Any = None) -> Tensor:
    """沿一维按位置取，自动广播 / ``gather`` with input and indices broadcast apart from ``dim``; flattened without one.

    It takes what ``argsort`` and ``argmax(keepdim=True)`` give. ``RuntimeError`` for indices that are not int64.
    """
    for position, (name, value) in enumerate((("input", input), ("indices", indices)), 1):
        if not isinstance(value, Tensor):
            shown = type_name(value)
            raise TypeError(f"take_along_dim(): argument '{name}' (position {position}) must be Tensor, not {shown}")
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype}")
    at = indices._array
    if dim is None:
        x, d = input.view(-1), 0  # an error, as in PyTorch, where that is no view
        at = at.reshape(-1)
    else:
        if input.ndim != indices.ndim:
            raise RuntimeError(
                "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
                f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
            )
        if not input.ndim:
            raise IndexError(f"take_along_dim(): Dimension specified as {dim} but tensor has no dimensions")
        d = kind_of(Dim).parse(dim, "take_along_dim", "dim", 3, input.ndim)
        own, other = [(*s[:d], 1, *s[d + 1 :]) for s in (input._array.shape, at.shape)]
        try:
            wide = np.broadcast_shapes(own, other)
        except ValueError:
            raise broadcast_error([np.empty(own), np.empty(other)]) or RuntimeError("take_along_dim()") from None
        x = input.expand((*wide[:d], input._array.shape[d], *wide[d + 1 :]))
        at = np.broadcast_to(at, (*wide[:d], at.shape[d], *wide[d + 1 :]))
        at = at % max(x._array.shape[d], 1)  # along a dimension, PyTorch wraps around what is out of range
    result = gather.record((x,), {"dim": d, "index": at})
    return result if out is None else write_out("take_along_dim", result, out, (input, indices), "same")


publish("argwhere", _argwhere)
publish("take_along_dim", _take_along_dim)
