"""``x[...]``, read and written. 索引的读与写。

As in PyTorch an index acts in two steps: integers, slices, None and ``...`` give a view (``ops.view``), and what
tensors, lists and masks pick from that view is a copy, made here. Picking along one dimension is in ``ops.gather``.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import As, Ints, Places, is_int, type_name
from tidu._backend import as_array, blank_like, copied, repeats, zeros_beside
from tidu._define import op, publish
from tidu._graph import unbroadcast
from tidu._kernels import add_at
from tidu._modes import Rider
from tidu._operands import held, in_layout_of, indices_in
from tidu._record import watch
from tidu._tensor import Tensor, wrap
from tidu.ops.slicing import index_basic, is_whole, row
from tidu.ops.view import reshape

_WANTED = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices"
_ALL = slice(None)
_PLAIN = {int, slice, type(None), type(...)}


@op(lambda g, x_shape, index: index_put_zero(g, x_shape, index), jvp="linear", public=False)
def index(x, index: Places):
    """高级索引 / Elements picked by index arrays or masks; a copy."""
    picked = x[index]
    arrays = [i for i in index if not isinstance(i, slice) and (i.ndim > 1 or i.dtype == np.int32) and i.dtype != bool]
    if x.flags.c_contiguous and picked.flags.c_contiguous and all(i.flags.c_contiguous for i in arrays):
        return picked
    return in_layout_of(picked, _restrided(x, index, picked.shape, arrays))


def _restrided(x: Any, index: tuple[Any, ...], shape: tuple[int, ...], arrays: list[Any]) -> list[Any]:
    """``x`` as an array of ``shape`` with stride 0 where index arrays decide, and these with stride 0 elsewhere: by
    them PyTorch lays out the result."""
    kept: list[int] = []
    places = []  # of the index arrays among the dimensions kept
    dim = 0
    for item in index:
        if isinstance(item, slice):
            kept.append(x.strides[dim])
            dim += 1
        else:
            places.append(len(kept))
            dim += item.ndim if item.dtype.kind == "b" else 1
    kept += x.strides[dim:]
    first = places[0] if len(set(places)) == 1 else 0  # arrays that stand apart give the leading dimensions
    width = len(shape) - len(kept)
    strides = [(*kept[:first], *[0] * width, *kept[first:])]
    for i in arrays:
        if i.dtype == np.int32:  # which PyTorch broadcasts before it makes int64 of it
            i = blank_like(np.broadcast_to(i, shape[first : first + width]))
        steps = [0 if n == 1 else s for n, s in zip(i.shape, i.strides, strict=True)]
        strides.append((*[0] * first, *[0] * (width - i.ndim), *steps, *[0] * (len(kept) - first)))
    return [np.lib.stride_tricks.as_strided(x, shape, s) for s in strides]


@op(lambda g, index: take_index(g, index), jvp="linear", public=False)
def index_put_zero(x, shape: Ints, index: Places):
    """高级索引的梯度 / Zeros of ``shape`` with ``x`` added at ``index``; repeated positions add up."""
    out = zeros_beside(x, shape)
    if all(isinstance(i, slice) or i.dtype.kind == "b" for i in index):  # masks repeat nothing
        out[index] = x
    else:
        add_at(out, index, x)
    return out


def take_index(g: Any, at: Any) -> Any:
    return index(g, at)


@op(lambda g, index, accumulate: g if accumulate else clear_index(g, index),
    lambda g, index, values_shape: _summed(take_index(g, index), values_shape), jvp="linear", public=False)  # fmt: skip
def index_put(x, values, index: Places, accumulate: As = False):
    """写入高级索引的位置 / ``x`` with ``values`` written at, or added to, ``index``."""
    out = x if repeats(x) else copied(x)  # only in place is x an expanded tensor: what it repeats is to change together
    try:
        if accumulate:
            add_at(out, index, values)
        else:
            out[index] = values
    except (ValueError, TypeError):  # TypeError: a mask's values have two dimensions or more
        raise RuntimeError(_mismatch(values.shape, x[index].shape)) from None
    return out


def _summed(g: Any, shape: tuple[int, ...]) -> Any:
    return g if tuple(g.shape) == shape else unbroadcast(g, shape)


@op(lambda g, index: clear_index(g, index), jvp="linear", public=False)
def clear_index(x, index: Places):
    """索引处清零 / ``x`` with zeros at ``index``."""
    out = as_array(x).copy()
    (out if out.ndim else out.reshape(1))[index] = 0
    return out


# ---- what a key means


def _array(item: Any, stacklevel: int = 4) -> Any:
    """The array that an index stands for: integers or a mask. ``IndexError``, ``TypeError`` or, for objects in a list,
    ``RuntimeError`` for other things."""
    if isinstance(item, Tensor):
        array = item._array
        if array.dtype.kind not in "bi" and array.dtype != np.uint8:
            raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {item.dtype}")
        if array.dtype != np.uint8:
            return array
        if array.ndim:
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
                UserWarning,
                stacklevel=stacklevel,
            )
        return array.astype(bool)
    if not isinstance(item, (list, tuple, range, np.ndarray, str)):
        raise IndexError(f"{_WANTED} (got {type_name(item)})")
    array = np.asarray(_plain(item))
    if array.dtype.kind == "O":
        numbers = (bool, int, float, complex, np.number, np.bool_)
        strange = next((i for i in array.flat if not isinstance(i, numbers)), 0)
        if not isinstance(strange, (str, bytes, int)):
            raise RuntimeError(f"Could not infer dtype of {type(strange).__name__}, in an index: {_WANTED}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"new(): invalid index of type {type_name(item)}: {_WANTED}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise RuntimeError(f"value cannot be converted to type int64 without overflow, in an index: {_WANTED}")
    return array if array.dtype.kind == "b" else array.astype(np.int64)


def _plain(item: Any) -> Any:
    """Nested lists with numbers for the 0-d tensors in them."""
    if isinstance(item, Tensor):
        return item.tolist()
    return [_plain(i) for i in item] if isinstance(item, (list, tuple)) else item


def _is_several(key: Any) -> bool:
    """Whether a list means one index a dimension, as a tuple does: when it holds more than numbers, and fewer than 32.

    Deprecated in PyTorch, which warns.
    """
    several = isinstance(key, list) and len(key) < 32 and any(
        i is None or i is ... or isinstance(i, (slice, list, tuple, range, np.ndarray, Tensor)) for i in key
    )  # fmt: skip
    if several:
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated: use x[tuple(seq)] instead of "
            "x[seq]. In PyTorch 2.9 and later this will be interpreted as tensor index, x[torch.tensor(seq)].",
            UserWarning,
            stacklevel=4,
        )
    return several


def _parse(x: Tensor, key: Any) -> tuple[list[Any], dict[int, Any], bool]:
    """The basic part of ``key``; the index arrays, by dimension of the view it gives; whether that view is ``x``.

    What PyTorch does, ``applySlicing`` in torch/csrc/autograd/python_variable_indexing.cpp, in two passes.
    """
    items = key if isinstance(key, tuple) else tuple(key) if _is_several(key) else (key,)
    _check_count(x, items)
    arrays: list[Any] = []
    for k, item in enumerate(items):
        try:
            arrays.append(None if _is_basic(item) else _mask(item) if _is_flag(item) else _array(item))
        except (IndexError, TypeError, RuntimeError):
            # what is wrong further left comes first, and of what dtype a tensor is, last
            rest = (*items[:k], _ALL, *items[k + 1 :]) if isinstance(item, Tensor) else items[:k]
            index_basic(x, _parse(x, rest)[0])
            raise
    used = sum(_width(i, a) for i, a in zip(items, arrays, strict=True))
    basic_items: list[Any] = []
    picks: dict[int, Any] = {}
    dim = 0
    for item, array in zip(items, arrays, strict=True):
        width = _width(item, array)
        if item is ...:
            if ... not in basic_items:
                basic_items.append(...)
                dim += x._array.ndim - used
        elif array is None:
            basic_items.append(item)
            dim += 0 if is_int(item) else 1
        else:
            basic_items += [_ALL] * width or [None]
            picks[dim] = array
            dim += width or 1
    return basic_items, picks, used <= x._array.ndim and _is_whole(x, basic_items)


def _check_count(x: Tensor, items: tuple[Any, ...]) -> None:
    """``IndexError`` before anything is looked at where there are more items than dimensions."""
    given = 0
    for i in items:
        if isinstance(i, Tensor) and i._array.dtype in (np.bool_, np.uint8):
            given += i._array.ndim
        elif i is not None and i is not ... and not isinstance(i, (bool, np.bool_)):
            given += 1
    if given > x._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._array.ndim}: got {given}")


def _is_whole(x: Tensor, items: list[Any]) -> bool:
    """Whether these basic items leave the tensor as it is."""
    if any(i is not ... and not isinstance(i, slice) for i in items):
        return False
    shape = x._array.shape
    dim = 0
    for i in items:
        if i is ...:
            dim += len(shape) - (len(items) - 1)
        elif is_whole(i, shape[dim]):
            dim += 1
        else:
            return False
    return True


def _is_basic(item: Any) -> bool:
    if isinstance(item, Tensor):
        return item._array.ndim == 0 and item._array.dtype.kind == "i" and not isinstance(item._tangent, Rider)
    return item is None or item is ... or isinstance(item, slice) or (is_int(item) and not isinstance(item, np.ndarray))


def _is_flag(item: Any) -> bool:
    if isinstance(item, Tensor):
        return item._array.ndim == 0 and item._array.dtype in (np.bool_, np.uint8)
    return isinstance(item, (bool, np.bool_))


def _is_bytes(item: Any) -> bool:
    return isinstance(item, Tensor) and item._array.dtype == np.uint8 and item._array.ndim > 0


def _mask(item: Any) -> Any:
    """True and False, and masks without dimensions: the position in a new dimension of size 1, or none."""
    return np.zeros(int(bool(item)), np.int64)


def _width(item: Any, array: Any) -> int:
    """How many dimensions of the tensor an item stands for."""
    if item is None or item is ... or _is_flag(item) and array is not None:
        return 0
    return 1 if array is None or array.dtype.kind != "b" else array.ndim


def _full_index(shape: tuple[int, ...], picks: dict[int, Any]) -> tuple[Any, ...]:
    full: list[Any] = []
    for dim, array in picks.items():
        full += [_ALL] * (dim - sum(1 if isinstance(i, slice) or i.dtype.kind != "b" else i.ndim for i in full))
        region = shape[dim : dim + array.ndim]
        if array.dtype.kind == "b" and region != array.shape:
            k = next(k for k, n in enumerate(array.shape) if region[k : k + 1] != (n,))
            raise IndexError(
                f"The shape of the mask {list(array.shape)} at index {k} does not match the shape of the indexed "
                f"tensor {list(shape)} at index {dim + k}"
            )
        if 0 in shape and array.dtype.kind == "i" and shape[dim]:  # where nothing is read, nothing is out of range
            array = np.zeros_like(array)
        full.append(array)
    return tuple(full)


def _out_of_range(x: Tensor, error: IndexError) -> IndexError:
    text = str(error).replace(" for axis ", " for dimension ").replace("indexing arrays", "indexing tensors")
    if text.startswith("shape mismatch"):
        head, _, shapes = text.rpartition(" with shapes ")
        text = f"{head} with shapes " + ", ".join(f"[{s.rstrip(',')}]" for s in shapes.strip(" ()").split(") ("))
    return IndexError(f"{text}: in a tensor of shape {list(x._array.shape)}")


# ---- reading and writing


def _getitem(self: Tensor, key: Any) -> Tensor:
    if type(key) is int:
        return row(self, key)
    if type(key) is tuple and _PLAIN.issuperset(map(type, key)) and key.count(...) < 2:
        return index_basic(self, key)
    if type(key) is slice:
        _check_step(key)
        if self._array.ndim:  # only in a tuple does PyTorch skip full slices
            return index_basic(self, (key,), alone=True)
    items, picks, whole = _parse(self, key)
    if not picks:
        return index_basic(self, items)
    view = self if whole else index_basic(self, items)
    try:
        picked = index.record((view,), {"index": _full_index(view._array.shape, picks)})
    except IndexError as error:
        raise _out_of_range(self, error) from None
    if picked._node is not None:
        watch(picked._node, indices_in((key,)))
    return picked


def _check_step(key: slice) -> None:
    """In PyTorch's order: that of a single slice before the number of dimensions."""
    if key.step is not None and int(key.step) <= 0:
        raise ValueError(f"step must be greater than zero: got {key.step}")


def _setitem(self: Tensor, key: Any, value: Any) -> None:
    if key is False:
        return
    key = None if key is True else key
    if type(key) is slice:
        _check_step(key)
    items, picks, whole = _parse(self, key)
    view = self if whole else index_basic(self, items)
    if not isinstance(value, Tensor):
        if not isinstance(value, (bool, int, float, complex, np.integer)):
            shown = f"torch.{self.type().partition('.')[2]}"
            raise TypeError(f"can't assign a {type(value).__name__} to a {shown}: a number or a Tensor is wanted")
        value = wrap(held(value, self._array.dtype, "__setitem__", "value"))
    shape = value._array.shape
    if not picks and shape != view._array.shape and not shape:
        view.fill_(value)
        return
    ones = next((k for k, n in enumerate(shape) if n != 1), len(shape))
    if ones and (picks or shape != view._array.shape):
        value = reshape(value, shape[ones:])
    if picks:
        at = _full_index(view._array.shape, picks)
        given = key if isinstance(key, (tuple, list)) else (key,)
        if len(picks) == 1 and value.numel() == 1 and any(map(_is_bytes, given)):
            raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
        _put(view, at, value, False, watched=(key,))
    else:
        if value._array.shape != view._array.shape:
            value = value.expand(view.shape)
        view.copy_(value)


def _put(
    x: Tensor, at: tuple[Any, ...], values: Tensor, accumulate: bool, in_place: bool = True, watched: Any = ()
) -> Tensor:
    if values._array.dtype != x._array.dtype:
        masks = [i.dtype.kind == "b" for i in at if hasattr(i, "dtype")]
        if masks != [True] or accumulate or values.numel() != 1:  # as ``masked_fill_`` it takes any number
            _check_arrays(x, at)
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{x.dtype} for the destination and {values.dtype} for the source."
            )
        values = values.to(x.dtype)
    attrs = {"index": at, "accumulate": accumulate}
    try:
        if in_place:
            return _inplace.run(index_put, x, [values], attrs, indices_in(watched))
        made = index_put.record((x, values), attrs)
    except IndexError as error:
        _check_shape(x, at, values)
        raise _out_of_range(x, error) from None
    if made._node is not None:
        watch(made._node, indices_in(watched))
    return made


def _check_shape(x: Tensor, at: tuple[Any, ...], values: Tensor) -> None:
    """``RuntimeError`` for values that do not fit, whatever the positions are: PyTorch looks at shapes first."""
    anywhere = tuple(
        np.zeros_like(i) if getattr(i, "dtype", None) is not None and i.dtype.kind == "i" else i for i in at
    )
    with contextlib.suppress(IndexError):
        picked = x._array[anywhere].shape
        if not _fits(values._array.shape, picked):
            raise RuntimeError(_mismatch(values._array.shape, picked))


def _fits(shape: tuple[int, ...], picked: tuple[int, ...]) -> bool:
    return len(shape) <= len(picked) and all(n in (1, m) for n, m in zip(shape[::-1], picked[::-1], strict=False))


def _mismatch(shape: tuple[int, ...], picked: tuple[int, ...]) -> str:
    return (
        f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to indexing result of shape "
        f"{list(picked)}"
    )


def _check_arrays(x: Tensor, at: tuple[Any, ...]) -> None:
    """What PyTorch says of index arrays before it compares dtypes: that they do not broadcast, or pick from nothing."""
    try:
        x._array[at]
    except IndexError as error:
        if "shape mismatch" in str(error) or "size 0" in str(error):
            raise _out_of_range(x, error) from None


def _index_put_(self: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """按索引写入 / Write (or add) ``values`` at the positions that a tuple of index tensors picks, in place."""
    return _put(self, _checked("index_put_", self, indices, values), values, accumulate, watched=indices)


def _checked(function: str, x: Tensor, indices: Any, values: Any) -> tuple[Any, ...]:
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"{function}(): argument 'indices' (position 2) must be tuple of Tensors, not {type_name(indices)}"
        )
    if not isinstance(values, Tensor):
        raise TypeError(f"{function}(): argument 'values' (position 3) must be Tensor, not {type_name(values)}")
    at = tuple(_ALL if i is None else _array(i, stacklevel=5) for i in indices)
    if len(at) > x._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._array.ndim} (got {len(at)})")
    return at


def _index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """按索引写入 / A copy with ``values`` written at, or added to, the positions a tuple of index tensors picks."""
    at = _checked("index_put", input, indices, values)
    x = input.clone() if repeats(input._array) else input
    return _put(x, at, values, accumulate, in_place=False, watched=indices)


setattr(Tensor, "__getitem__", _getitem)
setattr(Tensor, "__setitem__", _setitem)
publish("index_put", _index_put)
publish("index_put_", _index_put_)
