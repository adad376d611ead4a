"""Picking elements, joining and rearranging tensors. 索引、拼接与重排。

``x[...]`` with integers, slices and None is a view (``ops.view``); with tensors, lists or masks it copies, here.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import As, Dim, Dims, Int, Ints, NewDim, Number, OptionalDim, VarDims, VarInts, is_int, kind_of, type_name
from tidu._op import NUMBERS, op, publish
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.ops.reduce import sum_
from tidu.ops.view import index_basic, reshape

# ---- x[index]


@op(lambda g, x_shape, index: index_put_zero(g, x_shape, index), jvp="linear", public=False, grad_name="IndexBackward0")
def index(x, index: As):
    """高级索引 / Elements picked by index arrays or masks; a copy."""
    return x[index]


@op(lambda g, index: take_index(g, index), jvp="linear", public=False)
def index_put_zero(x, shape: Ints, index: As):
    """高级索引的梯度 / Zeros of ``shape`` with ``x`` added at ``index``; repeated positions add up."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, index, x)
    return out


def take_index(g: Any, index_: Any) -> Any:
    return index(g, index_)


@op(lambda g, index, accumulate: g if accumulate else clear_index(g, index), lambda g, index: take_index(g, index),
    jvp="linear", public=False)  # fmt: skip
def index_put(x, values, index: As, accumulate: As = False):
    """写入高级索引的位置 / ``x`` with ``values`` written at, or added to, ``index``."""
    out = x.copy()
    if accumulate:
        np.add.at(out, index, values)
    else:
        out[index] = values
    return out


@op(lambda g, index: clear_index(g, index), jvp="linear", public=False)
def clear_index(x, index: As):
    """索引处清零 / ``x`` with zeros at ``index``."""
    out = x.copy()
    out[index] = 0
    return out


def _is_basic(item: Any) -> bool:
    if item is None or item is ... or isinstance(item, slice) or is_int(item):
        return not isinstance(item, Tensor) or (item.ndim == 0 and item._array.dtype.kind != "b")
    return False


def _index_array(item: Any, dim: int) -> Any:
    """An index of a kind that NumPy takes; PyTorch's errors for the others."""
    if isinstance(item, Tensor):
        array = item._array
        if array.dtype == np.uint8:
            return array.astype(bool)
        if array.dtype.kind not in "bi":
            raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors: got {item.dtype}")
        return array
    if isinstance(item, (list, tuple, range, np.ndarray)):
        array = np.asarray([_index_array(i, dim) if isinstance(i, Tensor) else i for i in item]
                           if not isinstance(item, np.ndarray) else item)  # fmt: skip
        if array.size == 0:
            array = array.astype(np.int64)
        if array.dtype.kind not in "biu":
            raise TypeError(f"new(): invalid index of type {type_name(item)}: only integers, slices (`:`), ellipsis (`...`), "
                            "None and long or byte Variables are valid indices")  # fmt: skip
        return array
    if isinstance(item, (bool, np.bool_)):
        return np.asarray(item)
    raise TypeError(
        f"only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {type_name(item)})"
    )


def _normalise(x: Tensor, key: Any) -> tuple[bool, tuple[Any, ...]]:
    """Whether ``key`` is basic, and its items."""
    items = key if isinstance(key, tuple) else (key,)
    basic = all(map(_is_basic, items))
    if basic:
        return True, tuple(items)
    full: list[Any] = []
    dim = 0
    for item in items:
        if item is None or item is ...:
            full.append(item)
            continue
        if isinstance(item, slice) or (_is_basic(item)):
            full.append(item if isinstance(item, slice) else int(item))
            dim += 1
            continue
        array = _index_array(item, dim)
        if array.dtype.kind == "b" and array.ndim:
            used = x._array.shape[dim : dim + array.ndim]
            if used != array.shape and ... not in [i for i in full if i is ...]:
                bad = next((k for k, (a, b) in enumerate(zip(array.shape, used, strict=False)) if a != b), len(used))
                raise IndexError(
                    f"The shape of the mask {list(array.shape)} at index {bad} does not match the shape of the indexed "
                    f"tensor {list(x._array.shape)} at index {bad + dim}"
                )
        full.append(array)
        dim += builtins.max(array.ndim, 1) if array.dtype.kind == "b" else 1
    if dim > x._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._array.ndim}: got {dim}")
    return False, tuple(full)


def _out_of_range(x: Tensor, error: IndexError) -> IndexError:
    return IndexError(f"index out of range in tensor of shape {list(x._array.shape)}: {error}")


def _getitem(self: Tensor, key: Any) -> Tensor:
    basic, items = _normalise(self, key)
    if basic:
        return index_basic(self, items)
    try:
        return index.record((self,), {"index": items})
    except IndexError as error:
        raise _out_of_range(self, error) from None


def _setitem(self: Tensor, key: Any, value: Any) -> None:
    basic, items = _normalise(self, key)
    if not isinstance(value, (Tensor, *NUMBERS)):
        if isinstance(value, np.ndarray):
            value = wrap(value)
        else:
            raise TypeError(f"can't assign a {type(value).__name__} to a torch.{self.type().partition('.')[2]}")  # type: ignore[attr-defined]
    if basic:
        region = index_basic(self, items)
        if isinstance(value, Tensor):
            while value.ndim > region.ndim and value._array.shape[0] == 1:
                value = value.squeeze(0)  # type: ignore[attr-defined]
            region.copy_(value)  # type: ignore[attr-defined]
        else:
            region.fill_(value)  # type: ignore[attr-defined]
        return
    _index_put_(self, items, value, False)


def _index_put_(self: Tensor, items: Any, values: Any, accumulate: bool = False) -> Tensor:
    """按索引写入 / Write (or add) ``values`` at the positions ``indices`` picks, in place."""
    items = tuple(i._array if isinstance(i, Tensor) else i for i in (items if isinstance(items, tuple) else (items,)))
    if not isinstance(values, Tensor):
        values = wrap(np.asarray(values).astype(self._array.dtype))
    if values._array.dtype != self._array.dtype:
        if values.ndim == 0:
            values = values.to(self.dtype)  # type: ignore[attr-defined]
        else:
            raise RuntimeError(
                f"Index put requires the source and destination dtypes match, got {self.dtype} for the destination and "
                f"{values.dtype} for the source."
            )
    try:
        region = self._array[items].shape
        if values._array.shape != region:
            values = values.expand(region)  # type: ignore[attr-defined]
        return _inplace.run(index_put, self, [values], {"index": items, "accumulate": accumulate})
    except IndexError as error:
        raise _out_of_range(self, error) from None
    except RuntimeError as error:
        if "expand()" in str(error):
            raise RuntimeError(
                f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
                f"shape {list(region)}"
            ) from None
        raise


setattr(Tensor, "__getitem__", _getitem)
setattr(Tensor, "__setitem__", _setitem)
publish("index_put_", _index_put_)


# ---- along one dimension


def _long_index(index_: Any, function: str, position: int = 3) -> np.ndarray:
    if not isinstance(index_, Tensor):
        raise TypeError(f"{function}(): argument 'index' (position {position}) must be Tensor, not {type_name(index_)}")
    if index_._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{function}(): Expected dtype int64 for index, got {index_.dtype}")
    return index_._array


def _grid(index_: np.ndarray, dim: int) -> tuple[Any, ...]:
    """The full advanced index that ``gather`` and ``scatter`` stand for: open grids with ``index_`` at ``dim``."""
    grids: list[Any] = list(np.ogrid[tuple(slice(n) for n in index_.shape)])
    grids[dim] = index_
    return tuple(grids)


def _check_grid(function: str, x: np.ndarray, index_: np.ndarray, dim: int, source: np.ndarray | None = None) -> None:
    if index_.ndim != x.ndim and not (builtins.max(index_.ndim, x.ndim) <= 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {'self' if source is not None else 'input'} tensor: "
            f"{function}() got index of shape {list(index_.shape)} and input of shape {list(x.shape)}"
        )
    for d in range(builtins.min(index_.ndim, x.ndim)):
        if d != dim and index_.shape[d] > x.shape[d]:
            raise RuntimeError(
                f"{function}(): Size does not match at dimension {d} expected index {list(index_.shape)} to be no larger "
                f"than self {list(x.shape)} apart from dimension {dim}"
            )
    if source is not None and any(a > b for a, b in zip(index_.shape, source.shape, strict=False)):
        raise RuntimeError(
            f"{function}(): Expected index {list(index_.shape)} to be no larger than src {list(source.shape)}"
        )
    n = x.shape[dim] if x.ndim else 1
    if index_.size and (index_.min() < 0 or index_.max() >= n):
        bad = index_[(index_ < 0) | (index_ >= n)].reshape(-1)[0]
        raise RuntimeError(f"{function}(): index {bad} is out of bounds for dimension {dim} with size {n}")


@op(lambda g, x_shape, dim, index: scatter_zero(g, index, x_shape, dim), jvp="linear", public=False)
def gather(x, dim: Int, index: As):
    """按位置取 / ``out[i, j] = x[index[i, j], j]`` for ``dim`` 0, and so on."""
    if not x.ndim:
        return np.broadcast_to(x, index.shape).copy()
    return x[_grid(index, dim)]


@op(lambda g, index, dim: gather(g, dim, index), jvp="linear", public=False)
def scatter_zero(x, index: As, shape: Ints, dim: Int):
    """按位置放回 / Zeros of ``shape`` with ``x`` added at the positions ``gather`` read."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x.sum()
    np.add.at(out, _grid(index, dim), x)
    return out


def _gather(input: Tensor, dim: int, index: Any, *, sparse_grad: bool = False) -> Tensor:
    """按位置取 / Elements along ``dim`` at the positions of ``index``, of index's shape."""
    if not isinstance(input, Tensor):
        raise TypeError(f"gather(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    d = kind_of(Dim).parse(dim, "gather", "dim", 2, input.ndim)
    where = _long_index(index, "gather")
    _check_grid("gather", input._array, where, d)
    return gather.record((input,), {"dim": d, "index": where})


publish("gather", _gather)


@op(lambda g, index, dim: _without(g, dim, index), lambda g, index, dim, src_shape: _part(gather(g, dim, index), src_shape),
    jvp="linear", public=False)  # fmt: skip
def scatter(x, src, dim: Int, index: As):
    """按位置写 / ``x`` with ``src`` written at the positions of ``index`` along ``dim``."""
    out = x.copy()
    if not x.ndim:
        return np.broadcast_to(src, x.shape).copy()
    out[_grid(index, dim)] = src[tuple(slice(n) for n in index.shape)]
    return out


def _without(g: Any, dim: int, index_: Any) -> Any:
    return clear_index(g, _grid(index_, dim)) if g.ndim else pw.zeros(g)


def _part(g: Any, shape: tuple[int, ...]) -> Any:
    """Positions of the source beyond the index's shape were not used: their gradient is zero."""
    if tuple(g.shape) == tuple(shape):
        return g
    from tidu.ops.view import slice_backward

    return slice_backward(g, shape, tuple(slice(n) for n in g.shape))


@op(lambda g: g, lambda g, index, dim, src_shape: _part(gather(g, dim, index), src_shape), jvp="linear", public=False)
def scatter_add(x, src, dim: Int, index: As):
    """按位置累加 / ``x`` with ``src`` added at the positions of ``index`` along ``dim``."""
    out = x.copy()
    if not x.ndim:
        return out + src.sum()
    np.add.at(out, _grid(index, dim), src[tuple(slice(n) for n in index.shape)])
    return out


def _scatter_arguments(function: str, self: Tensor, dim: Any, index_: Any, src: Any) -> tuple[Tensor, dict[str, Any]]:
    if not isinstance(self, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(self)}")
    d = kind_of(Dim).parse(dim, function, "dim", 2, self.ndim)
    where = _long_index(index_, function)
    if isinstance(src, NUMBERS):
        src = wrap(np.full(where.shape, src).astype(self._array.dtype))
    if not isinstance(src, Tensor):
        raise TypeError(f"{function}(): argument 'src' (position 4) must be Tensor, not {type_name(src)}")
    if src._array.dtype != self._array.dtype:
        raise RuntimeError(f"{function}(): Expected self.dtype to be equal to src.dtype, got {self.dtype} and {src.dtype}")
    _check_grid(function, self._array, where, d, src._array)
    return src, {"dim": d, "index": where}


def _scatter(input: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None) -> Tensor:
    """按位置写 / A copy with ``src`` (or a number) written at the positions of ``index`` along ``dim``."""
    made = _reduction(reduce)
    source, attrs = _scatter_arguments("scatter", input, dim, index, src if value is None else value)
    return made.record((input, source), attrs)


def _scatter_(self: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None) -> Tensor:
    """In-place form of ``scatter``. 原地版本。"""
    made = _reduction(reduce)
    source, attrs = _scatter_arguments("scatter_", self, dim, index, src if value is None else value)
    return _inplace.run(made, self, [source], attrs)


def _reduction(reduce: Any) -> Any:
    if reduce not in (None, "add"):
        raise RuntimeError(f"scatter(): argument 'reduce' must be None or 'add', not {reduce!r}")
    return scatter if reduce is None else scatter_add


def _scatter_add(input: Tensor, dim: int, index: Any, src: Any) -> Tensor:
    """按位置累加 / A copy with ``src`` added at the positions of ``index`` along ``dim``."""
    source, attrs = _scatter_arguments("scatter_add", input, dim, index, src)
    return scatter_add.record((input, source), attrs)


def _scatter_add_(self: Tensor, dim: int, index: Any, src: Any) -> Tensor:
    """In-place form of ``scatter_add``. 原地版本。"""
    source, attrs = _scatter_arguments("scatter_add_", self, dim, index, src)
    return _inplace.run(scatter_add, self, [source], attrs)


publish("scatter", _scatter)
publish("scatter_", _scatter_)
publish("scatter_add", _scatter_add)
publish("scatter_add_", _scatter_add_)


def _rows(dim: int, index_: Any) -> tuple[Any, ...]:
    return (*[slice(None)] * dim, index_)


@op(lambda g, x_shape, dim, index: index_add_zero(g, x_shape, dim, index), jvp="linear", public=False)
def index_select(x, dim: Int, index: As):
    """沿一维按下标取 / Slices of ``x`` along ``dim`` at ``index``."""
    if not x.ndim:
        return x.copy()
    return np.take(x, index.reshape(-1), axis=dim)


@op(lambda g, dim, index: index_select(g, dim, index), jvp="linear", public=False)
def index_add_zero(x, shape: Ints, dim: Int, index: As):
    """沿一维加回 / Zeros of ``shape`` with slices of ``x`` added at ``index``."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x
    np.add.at(out, _rows(dim, index.reshape(-1)), x)
    return out


@op(lambda g: g, lambda g, dim, index, alpha, source_shape: reshape(index_select(g, dim, index) * alpha, source_shape),
    jvp="linear", public=False)  # fmt: skip
def index_add(x, source, dim: Int, index: As, alpha: Number = 1):
    """沿一维按下标累加 / ``x`` with ``alpha * source`` added at ``index`` along ``dim``."""
    out = x.copy()
    if not x.ndim:
        return out + source * alpha
    np.add.at(out, _rows(dim, index.reshape(-1)), source * np.asarray(alpha, x.dtype))
    return out


def _vector_index(x: Tensor, dim: Any, index_: Any, function: str) -> dict[str, Any]:
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")
    d = kind_of(Dim).parse(dim, function, "dim", 2, x.ndim)
    if not isinstance(index_, Tensor):
        raise TypeError(f"{function}(): argument 'index' (position 3) must be Tensor, not {type_name(index_)}")
    where = index_._array
    if where.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{function}(): Expected dtype int32 or int64 for index, got {index_.dtype}")
    if where.ndim > 1:
        raise IndexError(f"{function}(): Index is supposed to be a vector, but got dim: {where.ndim}")
    n = x._array.shape[d] if x.ndim else 1
    if where.size and (where.min() < 0 or where.max() >= n):
        bad = where[(where < 0) | (where >= n)].reshape(-1)[0]
        raise IndexError(f"{function}(): index out of range in self: argument 'index' holds {bad}, dimension {d} has size {n}")
    return {"dim": d, "index": where}


def _index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """沿一维按下标取 / Slices along ``dim`` at the positions of a 1-D ``index``; a copy."""
    return index_select.record((input,), _vector_index(input, dim, index, "index_select"))


def _index_add_attrs(self: Tensor, dim: Any, index_: Any, source: Any, alpha: Any, function: str) -> dict[str, Any]:
    attrs = _vector_index(self, dim, index_, function)
    if not isinstance(source, Tensor):
        raise TypeError(f"{function}(): argument 'source' (position 4) must be Tensor, not {type_name(source)}")
    if source._array.dtype != self._array.dtype:
        raise RuntimeError(f"{function}(): self ({self.dtype}) and source ({source.dtype}) must have the same dtype")
    count = attrs["index"].size
    if source.ndim and source._array.shape[attrs["dim"]] != count:
        raise RuntimeError(
            f"{function}(): Number of indices ({count}) should be equal to source.size(dim): "
            f"({source._array.shape[attrs['dim']]}), for dim: {attrs['dim']}"
        )
    return {**attrs, "alpha": alpha}


def _index_add(input: Tensor, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Tensor:
    """沿一维按下标累加 / A copy with ``alpha * source`` added at ``index`` along ``dim``."""
    return index_add.record((input, source), _index_add_attrs(input, dim, index, source, alpha, "index_add"))


def _index_add_(self: Tensor, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Tensor:
    """In-place form of ``index_add``. 原地版本。"""
    return _inplace.run(index_add, self, [source], _index_add_attrs(self, dim, index, source, alpha, "index_add_"))


publish("index_select", _index_select)
publish("index_add", _index_add)
publish("index_add_", _index_add_)


def _masked_select(input: Tensor, mask: Any) -> Tensor:
    """按掩码取 / A 1-D tensor of the elements where ``mask`` (broadcast with the input) is True."""
    for position, (name, value) in enumerate((("input", input), ("mask", mask)), 1):
        if not isinstance(value, Tensor):
            raise TypeError(f"masked_select(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}")
    try:
        shape = np.broadcast_shapes(input._array.shape, mask._array.shape)
    except ValueError:
        raise pw.add.public(input, mask.to(input.dtype)) from None  # the same shapes do not add either
    where = np.broadcast_to(mask._array, shape).nonzero()
    wide = input if input._array.shape == shape else input.expand(shape)  # type: ignore[attr-defined]
    return masked_select.record((wide,), {"index": where})


@op(lambda g, x_shape, index: index_put_zero(g, x_shape, index), jvp="linear", public=False)
def masked_select(x, index: As):
    """按掩码取 / The elements at the positions of a mask, in row-major order."""
    return x[index] if x.ndim else x.reshape(-1)[: len(index)] if index else x.reshape(-1)


publish("masked_select", _masked_select)


@op(lambda g, x_shape, index: reshape(index_add_zero(reshape(g, (-1,)), (_numel(x_shape),), 0, index), x_shape),
    jvp="linear", public=False)  # fmt: skip
def take(x, index: As):
    """按展平下标取 / Elements of the flattened ``x`` at ``index``."""
    return x.reshape(-1)[index]


def _numel(shape: Sequence[int]) -> int:
    n = 1
    for s in shape:
        n *= s
    return n


def _take(input: Tensor, index: Any) -> Tensor:
    """按展平下标取 / Elements at positions of the flattened input, of index's shape."""
    if not isinstance(input, Tensor):
        raise TypeError(f"take(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    where = _long_index(index, "take", 2)
    n = input._array.size
    if where.size and (where.min() < -n or where.max() >= n):
        raise IndexError(f"take(): argument 'index': out of range: the input has {n} elements")
    return take.record((input,), {"index": where})


publish("take", _take)


def _nonzero(input: Tensor, *, as_tuple: bool = False, out: Any = None) -> Any:
    """非零元素的下标 / Indices of the elements that are not zero: an (n, ndim) tensor, or a tuple of n-vectors."""
    if not isinstance(input, Tensor):
        raise TypeError(f"nonzero(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    if as_tuple:
        return tuple(wrap(i.astype(np.int64)) for i in np.atleast_1d(input._array).nonzero())
    return nonzero.record((input,), {})


@op(name="nonzero", public=False)
def nonzero(x):
    """非零元素的下标 / Indices of non-zero elements, one row each."""
    if not x.ndim:
        return np.zeros((int(bool(x)), 0), np.int64)
    return np.ascontiguousarray(np.stack(x.nonzero(), axis=1).astype(np.int64)) if x.ndim else x


publish("nonzero", _nonzero)


# ---- joining


@op(lambda g, tensors_shape, dim: _cut(g, tensors_shape, dim), variadic=True, jvp="linear", public=False)
def cat(tensors, dim: Int = 0):
    """拼接 / Tensors joined along an existing dimension."""
    return np.concatenate(tensors, axis=dim)


def _cut(g: Any, shapes: Sequence[Sequence[int]], dim: int) -> list[Any]:
    from tidu.ops.view import _along, basic

    parts, start = [], 0
    for shape in shapes:
        if tuple(shape) == (0,) and g.ndim != 1:  # an empty 1-D tensor joins anything
            parts.append(None)
            continue
        parts.append(basic(g, _along(dim, slice(start, start + shape[dim]))))
        start += shape[dim]
    return parts


def _cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """拼接 / The tensors joined along dimension ``dim``; their other sizes must agree. Dtypes are promoted."""
    cat.check_operands([tensors])
    shapes = [t._array.shape for t in tensors]
    real = [s for s in shapes if s != (0,)] or shapes
    if any(not s for s in shapes):
        raise RuntimeError(f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated")
    d = kind_of(Dim).parse(dim, "cat", "dim", 2, len(real[0]))
    for k, s in enumerate(shapes):
        if s == (0,):
            continue
        if len(s) != len(real[0]):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(real[0])} and {len(s)}")
        for axis, (a, b) in enumerate(zip(real[0], s, strict=True)):
            if axis != d and a != b:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {a} but got size {b} for tensor "
                    f"number {k} in the list."
                )
    from tidu import _dtypes

    target = _dtypes.of(_dtypes.result_type([t._array for t in tensors]))
    used = [t.to(target) for t in tensors if t._array.shape != (0,) or len(real[0]) == 1]
    result = cat.record(used, {"dim": d})
    from tidu._op import write_out

    return result if out is None else write_out("cat", result, out, tensors)


for _name in ("cat", "concat", "concatenate"):
    publish(_name, _cat, method=False)


@op(lambda g, tensors_shape, dim: [index_at(g, dim, i) for i in range(len(tensors_shape))], variadic=True, jvp="linear",
    public=False)  # fmt: skip
def stack(tensors, dim: Int = 0):
    """堆叠 / Tensors of one shape joined along a new dimension."""
    return np.stack(tensors, axis=dim)


def index_at(g: Any, dim: int, i: int) -> Any:
    from tidu.ops.view import _along, _BASIC

    return _BASIC[int](g, _along(dim, i))


def _stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """堆叠 / The tensors, all of one shape, along a new dimension ``dim``."""
    stack.check_operands([tensors])
    first = tensors[0]._array
    for k, t in enumerate(tensors):
        if t._array.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(t._array.shape)} at entry {k}"
            )
    d = kind_of(NewDim).parse(dim, "stack", "dim", 2, first.ndim)
    from tidu import _dtypes
    from tidu._op import write_out

    target = _dtypes.of(_dtypes.result_type([t._array for t in tensors]))
    result = stack.record([t.to(target) for t in tensors], {"dim": d})
    return result if out is None else write_out("stack", result, out, tensors)


publish("stack", _stack, method=False)


# ---- repeating and rearranging


@op(lambda g, x_shape, repeats: _unrepeat(g, x_shape, repeats), jvp="linear")
def repeat(x, repeats: VarInts):
    """重复 / ``x`` tiled ``repeats`` times along each dimension; a copy."""
    if len(repeats) < x.ndim:
        raise RuntimeError(
            f"repeat(): argument 'repeats': Number of dimensions of repeat dims ({len(repeats)}) can not be smaller than "
            f"number of dimensions of tensor ({x.ndim})"
        )
    if any(r < 0 for r in repeats):
        raise RuntimeError(f"repeat(): argument 'repeats': Trying to create tensor with negative dimension: {list(repeats)}")
    return np.tile(x, repeats)


def _unrepeat(g: Any, shape: Sequence[int], repeats: Sequence[int]) -> Any:
    full = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    blocks = reshape(g, tuple(n for pair in zip(repeats, full, strict=True) for n in pair))
    return reshape(sum_(blocks, tuple(range(0, 2 * len(full), 2))), tuple(shape))


def _tile(input: Tensor, *dims: Any) -> Tensor:
    """重复，维数不足时在前面补 1 / As ``repeat``, with leading ones supplied."""
    times = kind_of(VarInts).parse(dims[0] if len(dims) == 1 else dims, "tile", "dims", 2, 0)
    return repeat.public(input, (1,) * (input.ndim - len(times)) + times)


publish("tile", _tile)


@op(lambda g, dims: flip(g, dims), jvp="linear")
def flip(x, dims: VarDims):
    """翻转 / Elements in reverse order along ``dims``; a copy."""
    return np.flip(x, dims or ()).copy(order="K")


@op(lambda g, shifts, dims: roll(g, tuple(-s for s in shifts), dims), jvp="linear")
def roll(x, shifts: Ints, dims: Dims = None):
    """循环移位 / Elements shifted around along ``dims``, or flattened."""
    if dims is None:
        return np.roll(x, shifts[0])
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return np.roll(x, shifts, dims)


@op(lambda g, diagonal: tril(g, diagonal), jvp="linear", inplace=True)
def tril(x, diagonal: Int = 0):
    """下三角 / The elements on and below a diagonal, zeros elsewhere."""
    if x.ndim < 2:
        raise RuntimeError(f"tril: input tensor must have at least 2 dimensions, got {x.ndim}")
    return np.tril(x, diagonal)


@op(lambda g, diagonal: triu(g, diagonal), jvp="linear", inplace=True)
def triu(x, diagonal: Int = 0):
    """上三角 / The elements on and above a diagonal, zeros elsewhere."""
    if x.ndim < 2:
        raise RuntimeError(f"triu: input tensor must have at least 2 dimensions, got {x.ndim}")
    return np.triu(x, diagonal)


@op(lambda g, x_shape, diagonal: _undiag(g, x_shape, diagonal), jvp="linear")
def diag(x, diagonal: Int = 0):
    """对角线 / The diagonal of a matrix, or a matrix with the vector on its diagonal."""
    if x.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")
    return np.diag(x, diagonal) if x.ndim == 1 else np.diagonal(x, diagonal).copy()


def _undiag(g: Any, shape: Sequence[int], offset: int) -> Any:
    from tidu.ops.view import diagonal as take_diagonal
    from tidu.ops.view import diagonal_backward

    if len(shape) == 1:
        return take_diagonal(g, offset, 0, 1)
    return diagonal_backward(g, tuple(shape), offset, 0, 1)


@op(lambda g, x_shape, repeats, dim: _unrepeat_interleave(g, x_shape, repeats, dim), jvp="linear", public=False)
def repeat_interleave(x, repeats: As, dim: OptionalDim = None):
    """逐个重复 / Each element (or slice along ``dim``) repeated."""
    return np.repeat(x, repeats, axis=dim)


def _unrepeat_interleave(g: Any, shape: tuple[int, ...], repeats: Any, dim: int | None) -> Any:
    n = _numel(shape) if dim is None else shape[dim]
    origin = np.repeat(np.arange(n), repeats)
    if dim is None:
        return reshape(index_add_zero(g, (n,), 0, origin), shape)
    return index_add_zero(g, shape, dim, origin)


def _repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None, *, output_size: int | None = None) -> Tensor:
    """逐个重复 / Each element, or each slice along ``dim``, repeated ``repeats`` times (an int or a 1-D tensor)."""
    if not isinstance(input, Tensor):
        raise TypeError(f"repeat_interleave(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    if isinstance(repeats, Tensor):
        times: Any = _long_index(repeats, "repeat_interleave", 2)
    elif is_int(repeats):
        times = int(repeats)
    else:
        raise TypeError(f"repeat_interleave(): argument 'repeats' (position 2) must be int or Tensor, not {type_name(repeats)}")
    if np.any(np.asarray(times) < 0):
        raise RuntimeError(f"repeat_interleave(): repeats can not be negative: got {repeats}")
    d = kind_of(OptionalDim).parse(dim, "repeat_interleave", "dim", 3, input.ndim)
    n = input._array.size if d is None else input._array.shape[d]
    if np.ndim(times) and np.size(times) not in (1, n):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {np.size(times)} and "
            f"input.size({d}) = {n}"
        )
    return repeat_interleave.record((input,), {"repeats": times, "dim": d})


publish("repeat_interleave", _repeat_interleave)
