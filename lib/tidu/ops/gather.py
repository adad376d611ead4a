"""Reading and writing where an index tensor says, along one dimension; masks and flat positions. 按下标取与写。"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from tidu import _inplace
from tidu._args import As, Dim, Flag, Int, Ints, Kind, Number, kind_of, type_name
from tidu._backend import row_major, zeros_beside
from tidu._define import op, publish
from tidu._graph import unbroadcast
from tidu._op import Op
from tidu._operands import NUMBERS, held, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.index import clear_index
from tidu.ops.pointwise import zeros
from tidu.ops.slicing import slice_backward
from tidu.ops.view import reshape


class _Indices(Kind):
    """An integer tensor; the op sees its array."""

    wanted = "Tensor"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if not isinstance(value, Tensor):
            raise self.error(value, function, name, position)
        if value._array.dtype not in (np.int64, np.int32):
            raise RuntimeError(
                f"{function}(): argument '{name}': Expected dtype int32 or int64 for index, got {value.dtype}"
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
Mask = Annotated[Any, _Mask()]


def _check_range(function: str, index: Any, dim: int, n: int, error: type[Exception]) -> None:
    if index.size and (index.min() < 0 or index.max() >= n):
        bad = index[(index < 0) | (index >= n)].reshape(-1)[0]
        raise error(f"{function}(): argument 'index': index {bad} is out of bounds for dimension {dim} with size {n}")


# ---- an index of the result's shape: gather and scatter


def _grid(index: Any, dim: int) -> tuple[Any, ...]:
    """The advanced index that ``gather`` and ``scatter`` stand for: open grids, with ``index`` itself at ``dim``."""
    index = np.atleast_1d(index)
    grid = [
        np.arange(n, like=index).reshape(n, *[1] * (index.ndim - d - 1)) if d != dim else index
        for d, n in enumerate(index.shape)
    ]
    return tuple(grid)


def _corner(x: Any, shape: tuple[int, ...]) -> Any:
    return x if x.shape == shape or not x.ndim else x[tuple(slice(n) for n in shape)]


def _check_grid(function: str, x: Any, index: Any, dim: int, source: Any = None) -> None:
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
    _check_range(function, index, dim, x.shape[dim] if x.ndim else 1, RuntimeError)


@op(lambda g, x_shape, dim, index: scatter_zero(g, index, x_shape, dim), jvp="linear", out="same")
def gather(x, dim: Dim, index: Indices, *, sparse_grad: Flag = False):
    """沿一维按位置取 / Elements along ``dim``, of index's shape: ``out[i, j] = x[index[i, j], j]`` for ``dim`` 0.

    ``RuntimeError`` for an index out of range, or larger than the input in another dimension.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.gather.html
    """
    _check_grid("gather", x, index, dim)
    if not index.size:
        return np.empty(index.shape, x.dtype, like=x)
    return row_major(np.atleast_1d(x)[_grid(index, dim)].reshape(index.shape))


@op(lambda g, index, dim: gather(g, dim, index), jvp="linear", public=False)
def scatter_zero(x, index: As, shape: Ints, dim: Int):
    """按位置放回 / Zeros of ``shape`` with ``x`` added at the positions ``gather`` read."""
    out = zeros_beside(x, shape)
    if index.size:
        np.add.at(np.atleast_1d(out), _grid(index, dim), x)
    return out


@op(lambda g, dim, index: _cleared(g, dim, index),
    lambda g, index, dim, src_shape: _source_gradient(g, index, dim, src_shape),
    jvp="linear", public=False, variant=lambda args, attrs: 0 if args[1].ndim else 1)  # fmt: skip
def scatter(x, src, dim: Int, index: As):
    """沿一维按位置写 / ``x`` with ``src`` written at the positions of ``index`` along ``dim``."""
    _check_grid("scatter", x, index, dim, src)
    out = x.copy()
    if index.size:
        np.atleast_1d(out)[_grid(index, dim)] = _corner(src, index.shape)
    return out


def _cleared(g: Any, dim: int, index: Any) -> Any:
    if not index.size:
        return g
    return clear_index(g, _grid(index, dim)) if g.ndim else zeros(g)


def _source_gradient(g: Any, index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """Elements of the source beyond the index's shape were not used: their gradient is zero."""
    used = gather(g, dim, index)
    if tuple(used.shape) == shape:
        return used
    return slice_backward(used, shape, tuple(slice(n) for n in used.shape))


@op(lambda g: g, lambda g, index, dim, src_shape: _source_gradient(g, index, dim, src_shape), jvp="linear",
    public=False)  # fmt: skip
def scatter_add(x, src, dim: Int, index: As):
    """沿一维按位置累加 / ``x`` with ``src`` added at the positions of ``index`` along ``dim``."""
    _check_grid("scatter_add", x, index, dim, src)
    out = x.copy()
    if index.size:
        np.add.at(np.atleast_1d(out), _grid(index, dim), _corner(src, index.shape))
    return out


def _no_derivative(x: Any) -> Any:
    raise RuntimeError("derivative for aten::scatter is not implemented")


@op(lambda g, x_shape: _no_derivative(g), lambda g, x_shape: _no_derivative(g), public=False,
    grad_name="NotImplemented")  # fmt: skip
def scatter_reduced(x, src, dim: Int, index: As, reduce: As):
    """沿一维按位置累加或累乘 / ``x`` with ``src`` added to, or multiplied into, the positions of ``index``."""
    _check_grid("scatter", x, index, dim, src)
    out = x.copy()
    if index.size:
        combine = np.add if reduce == "add" else np.multiply
        combine.at(np.atleast_1d(out), _grid(index, dim), _corner(src, index.shape))
    return out


# ---- an index of one dimension: whole slices


def _rows(dim: int, index: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, index)


@op(lambda g, x_shape, dim, index: index_add_zero(g, x_shape, dim, index), jvp="linear", out="same")
def index_select(x, dim: Dim, index: Vector):
    """沿一维按下标取 / Slices along ``dim`` at the positions of a 1-D ``index``; a copy.

    ``IndexError`` for a position out of range.
    """
    if not x.ndim and index.size != 1:
        raise RuntimeError(f"index_select(): argument 'index': Index to scalar can have only 1 value, got {index.size}")
    _check_range("index_select", index, dim, x.shape[dim] if x.ndim else 1, IndexError)
    return np.take(x, index, axis=dim) if x.ndim else x.copy()


@op(lambda g, dim, index: index_select(g, dim, index), jvp="linear", public=False)
def index_add_zero(x, shape: Ints, dim: Int, index: As):
    """沿一维加回 / Zeros of ``shape`` with slices of ``x`` added at ``index``."""
    out = zeros_beside(x, shape)
    np.add.at(np.atleast_1d(out), _rows(dim, index), x)
    return out


@op(lambda g: g, lambda g, dim, index, alpha, source_shape: reshape(index_select(g, dim, index) * alpha, source_shape),
    jvp="linear", public=False)  # fmt: skip
def index_add(x, source, dim: Int, index: As, alpha: Number = 1):
    """沿一维按下标累加 / ``x`` with ``alpha * source`` added at ``index`` along ``dim``."""
    _check_range("index_add", index, dim, x.shape[dim] if x.ndim else 1, IndexError)
    out = x.copy()
    scaled = source if alpha == 1 else source * held(alpha, x.dtype, "index_add", "alpha")
    np.add.at(np.atleast_1d(out), _rows(dim, index), scaled)
    return out


# ---- the functions that write: the source comes last, an op's tensors come first


def _scatter_call(function: str, self: Any, dim: Any, index: Any, source: Any, name: str, kind: Any) -> dict[str, Any]:
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
    attrs = _scatter_call(function, self, dim, index, src, "src", Indices)
    return (scatter, src, attrs) if reduce is None else (scatter_reduced, src, {**attrs, "reduce": reduce})


def _scatter_add(function: str, self: Any, dim: Any, index: Any, src: Any) -> Any:
    return scatter_add, src, _scatter_call(function, self, dim, index, src, "src", Indices)


def _index_add(function: str, self: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    attrs = _scatter_call(function, self, dim, index, source, "source", Vector)
    count = attrs["index"].size
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


def _publish_writer(name: str, prepare: Callable[..., tuple[Op, Tensor, dict[str, Any]]], doc: str) -> None:
    """``name`` and ``name_`` from the function that checks their arguments."""
    prepare.__qualname__ = name

    def function(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
        made, source, attrs = prepare(name, input, *args, **kwargs)
        result = made.record((input, source), attrs)
        return result if out is None else write_out(name, result, out, (input, source, *attrs.values()), "same")

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        made, source, attrs = prepare(name + "_", self, *args, **kwargs)
        return _inplace.run(made, self, [source], attrs)

    in_place.__name__, in_place.__doc__ = name + "_", f"In-place form of ``{name}``. ``{name}`` 的原地版本。"
    publish(name, function, doc)
    publish(name + "_", in_place, namespace=False)


_publish_writer(
    "scatter", _scatter,
    "沿一维按位置写 / A copy with ``src``, a tensor or a number, written at the positions of ``index`` along ``dim``.",
)  # fmt: skip
_publish_writer(
    "scatter_add", _scatter_add,
    "沿一维按位置累加 / A copy with ``src`` added at the positions of ``index`` along ``dim``.",
)  # fmt: skip
_publish_writer(
    "index_add", _index_add,
    "沿一维按下标累加 / A copy with ``alpha * source`` added at ``index`` along ``dim``.",
)  # fmt: skip


# ---- masks and flat positions


@op(lambda g, mask, x_shape: masked_select_backward(g, mask, x_shape), jvp="linear", out="same")
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


@op(lambda g, x_shape, index: _put_back(g, x_shape, index), jvp="linear", out="same")
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
        return tuple(wrap(i.astype(np.int64)) for i in np.atleast_1d(input._array).nonzero())
    found = nonzero.record((input,), {})
    if out is not None and out._array.dtype != np.int64:
        raise RuntimeError(f"nonzero(): Expected out tensor to have scalar type Long but got {out.dtype}")
    return found if out is None else write_out("nonzero", found, out, (), "quiet")


publish("nonzero", _nonzero)
