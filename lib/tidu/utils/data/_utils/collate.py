"""Batches: samples put together, kind by kind. 把样本拼成批。

Source: https://docs.pytorch.org/docs/stable/data.html#working-with-collate-fn
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._backend import block
from tidu._operands import Away
from tidu._registry import FUNCTIONS
from tidu._segments import allocate
from tidu._tensor import Tensor, wrap
from tidu.ops.create import as_tensor, tensor
from tidu.ops.join import stacked
from tidu.utils.data._utils.containers import is_namedtuple, like_mapping, like_sequence
from tidu.utils.data._utils.info import get_worker_info

CollateMap = dict[Any, Callable[..., Any]]
stack = FUNCTIONS["stack"]

np_str_obj_array_pattern = re.compile(r"[SaUO]")
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """数组变张量 / NumPy arrays and numbers as tensors, in containers too; all else is left as it is.

    A ``DataLoader`` with ``batch_size=None`` does this to each sample. A tuple becomes a list, as in PyTorch.
    """
    if isinstance(data, Tensor):
        return data
    kind = type(data)
    if kind.__module__ == "numpy" and kind.__name__ != "str_":
        textual = isinstance(data, np.ndarray) and np_str_obj_array_pattern.search(data.dtype.str)
        return data if textual else as_tensor(data)
    if isinstance(data, Mapping):
        return like_mapping(data, {key: default_convert(data[key]) for key in data})
    if is_namedtuple(data):
        return kind(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(item) for item in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return like_sequence(data, [default_convert(item) for item in data])
    return data


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """按表拼批 / A batch of samples put together by a table: type of a sample to function of the batch.

    A type that is not in the table goes by the first one there that it is an instance of; mappings, named tuples and
    sequences go item by item. A function is called as ``function(batch, collate_fn_map=...)``. ``TypeError`` for any
    other type, ``RuntimeError`` for sequences whose lengths differ.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for known, function in collate_fn_map.items():
            if isinstance(first, known):
                return function(batch, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        columns = {key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map) for key in first}
        return like_mapping(first, columns)
    if is_namedtuple(first):
        return kind(*(collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)))
    if isinstance(first, Sequence):
        if len(set(map(len, batch))) > 1:
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
        return parts if isinstance(first, tuple) else like_sequence(first, parts)
    raise TypeError(default_collate_err_msg_format.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """张量堆叠 / Tensors of one shape, stacked; in a worker in memory that the loader sees."""
    made = stacked(batch, room) if get_worker_info() is not None else None
    return stack(batch, 0) if made is None else made


def room(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Shared memory for an array, so that a worker's batch need not be copied to get there."""
    return block(allocate(math.prod(shape) * dtype.itemsize), dtype).reshape(shape)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """数组堆叠 / Arrays as tensors, which are collated; ``TypeError`` for strings and objects."""
    if np_str_obj_array_pattern.search(batch[0].dtype.str):
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    kind = as_tensor(batch[0])._array.dtype
    # Once the first one has shown what they are: as ``as_tensor``, in a tenth of its time.
    known = not Away.used and kind is batch[0].dtype
    tensors = [
        wrap(a) if known and type(a) is np.ndarray and a.dtype is kind and a.flags.c_contiguous else as_tensor(a)
        for a in batch
    ]
    return collate(tensors, collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """NumPy 数变张量 / NumPy's numbers as one tensor."""
    return as_tensor(batch)


def collate_float_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """浮点数变张量 / Floats as one tensor, in double precision."""
    made = _numbers(batch, float, np.float64)
    return tensor(batch, dtype=_dtypes.float64) if made is None else made


def collate_int_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """整数变张量 / Ints or bools as one tensor."""
    made = _numbers(batch, int, np.int64)
    return tensor(batch) if made is None else made


def _numbers(batch: Any, kind: type, dtype: Any) -> Tensor | None:
    """As ``tensor`` does, but where all of them are of one kind, which need not be found out one by one."""
    if Away.used or set(map(type, batch)) != {kind}:
        return None
    try:
        return wrap(np.array(batch, dtype))
    except OverflowError:
        return None


def collate_str_fn(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """文字原样 / Strings and bytes: the batch as it is."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """拼成一批 / Samples put together: tensors, arrays and numbers in one tensor with a new first dimension.

    Tuples, lists, dicts and named tuples of these become such of batches (a tuple becomes a list); strings and bytes
    stay a list. ``default_collate_fn_map`` is the table that says so, and may be added to.
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
