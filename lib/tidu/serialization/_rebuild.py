"""Tensors as pickles hold them: a function of ours, under PyTorch's name for it, and what it is called with.
张量在 pickle 中的样子。

What a file says is not trusted: no tensor reaches beyond its storage, and none makes more memory than its file has.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _formats
from tidu._backend import block
from tidu._copying import attributes, put_attributes, warn_of_hooks
from tidu._dtypes import TYPE_NAMES, dtype
from tidu._storage import Storage
from tidu._tensor import Tensor, wrap
from tidu._typed_storage import TypedStorage
from tidu.ops.view import at_strides


class StorageType:
    """元素类型的名字 / What ``torch.FloatStorage`` stands for in a file: a dtype."""

    def __init__(self, name: str) -> None:
        self._dtype = STORAGES[name]

    @property
    def dtype(self) -> dtype:
        """元素类型 / The dtype of the elements."""
        return self._dtype

    def __str__(self) -> str:
        return f"StorageType(dtype={self.dtype})"


STORAGES = {name.replace("Tensor", "Storage"): of for of, name in TYPE_NAMES.items()}
KINDS = {of: StorageType(name) for name, of in STORAGES.items()}


# ---- from tensors


def reduced(t: Tensor) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function and arguments that make ``t`` again, with its attributes where it has any."""
    warn_of_hooks(t)
    storage = t.untyped_storage()
    place: tuple[Any, ...] = (t.storage_offset(), tuple(t.shape), t.stride(), t.requires_grad, OrderedDict())
    function: Callable[..., Any]
    if t.dtype in TYPE_NAMES:
        function, args = _rebuild_tensor_v2, (TypedStorage(storage, t.dtype), *place)
    else:
        function, args = _rebuild_tensor_v3, (storage, *place, t.dtype)
    state = attributes(t)
    if type(t) is Tensor and not state:
        return function, args
    return _rebuild_from_type_v2, (function, type(t), args, state or None)


# ---- to tensors


def _rebuild_tensor(storage: Any, storage_offset: Any, size: Any, stride: Any) -> Tensor:
    """A tensor at some place in a storage."""
    if not isinstance(storage, TypedStorage):
        raise TypeError(f"a tensor is made of a storage with a dtype, not of a {type(storage).__name__}")
    return _placed(storage.untyped(), storage.dtype, storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    return _finished(_rebuild_tensor(storage, storage_offset, size, stride), requires_grad, metadata)


def _rebuild_tensor_v3(
    storage: Any, storage_offset: Any, size: Any, stride: Any, requires_grad: Any, backward_hooks: Any, of: Any,
    metadata: Any = None,
) -> Tensor:  # fmt: skip
    if not isinstance(storage, (Storage, TypedStorage)) or not isinstance(of, dtype):
        raise TypeError(f"a tensor is made of a storage and a dtype, not of {type(storage).__name__} and {of!r}")
    return _finished(_placed(storage.untyped(), of, storage_offset, size, stride), requires_grad, metadata)


def _rebuild_from_type_v2(function: Any, new_type: Any, args: Any, state: Any) -> Any:
    """A tensor of a subclass, or one with attributes."""
    if not isinstance(new_type, type) or not issubclass(new_type, Tensor):
        raise TypeError(f"a tensor cannot be made a {new_type!r}")
    made = function(*args)
    if not isinstance(made, Tensor):
        raise TypeError(f"{function!r} made no tensor")
    if type(made) is not new_type:
        made.__class__ = new_type
    if "__setstate__" in vars(new_type):
        new_type.__setstate__(made, state)  # type: ignore[attr-defined]
    elif isinstance(state, dict):
        put_attributes(made, state)
    return made


def _get_layout(name: str) -> _formats.layout:
    """The layout that prints as ``name``."""
    found = getattr(_formats, str(name).removeprefix("torch."), None)
    if not isinstance(found, _formats.layout):
        raise ValueError(f"there is no layout {name!r}")
    return found


def refuse(name: str, what: str) -> Callable[..., Any]:
    """What stands for a function of PyTorch's that makes what there is not here."""

    def refused(*args: Any) -> Any:
        raise NotImplementedError(f"the file holds {what} (torch._utils.{name}), which tidu does not have")

    return refused


ABSENT = {
    name: refuse(name, what)
    for name, what in (
        ("_rebuild_qtensor", "a quantized tensor"),
        ("_rebuild_sparse_tensor", "a sparse tensor"),
        ("_rebuild_sparse_csr_tensor", "a sparse tensor"),
        ("_rebuild_meta_tensor_no_storage", "a tensor without memory, on the device meta,"),
        ("_rebuild_nested_tensor", "a nested tensor"),
        ("_rebuild_wrapper_subclass", "a tensor that wraps others"),
    )
}


def look(t: Tensor, storage: Any, offset: Any, size: Any, stride: Any) -> None:
    """From now on ``t``, a tensor as its class makes it, looks at this: as files of PyTorch 0.1 say it."""
    made = _rebuild_tensor(storage, offset, size, stride)
    t._array, t._storage = made._array, made._storage


def _placed(storage: Storage, of: dtype, offset: Any, size: Any, stride: Any) -> Tensor:
    numbers = (offset, *size, *stride)
    if any(type(n) is not int for n in numbers) or len(size) != len(stride) or min(numbers) < 0:
        raise RuntimeError(f"a tensor cannot have sizes {size}, strides {stride} and storage offset {offset}")
    itemsize, total = of.itemsize, storage.nbytes()
    reach = 0 if 0 in size else offset + 1 + sum((n - 1) * s for n, s in zip(size, stride))
    if reach * itemsize > total:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {itemsize} "
            f"requiring a storage size of {reach * itemsize} are out of bounds for storage of size {total}"
        )
    kind = of.numpy
    elements = storage.owner if storage.owner.dtype == kind else block(storage.owner, kind)
    try:
        t = wrap(at_strides(elements, size, stride, offset if reach else 0))
    except (ValueError, OverflowError) as error:
        raise RuntimeError(f"a tensor cannot have sizes {list(size)} and strides {list(stride)}: {error}") from None
    t._storage = storage
    return t


def _finished(t: Tensor, requires_grad: Any, metadata: Any) -> Tensor:
    told = metadata if isinstance(metadata, dict) else {}
    for note, undo in (("conj", np.conjugate), ("neg", np.negative)):
        if told.get(note):  # PyTorch has noted it and not computed it yet; all of the storage, which is in the file
            elements = undo(block(t.untyped_storage().owner, t._array.dtype))
            t = _placed(Storage(elements), t.dtype, t.storage_offset(), t.shape, t.stride())
    if requires_grad:
        t.requires_grad_(True)
    return t


def storage_of(array: Any, of: dtype) -> Storage:
    """A storage on bytes that were read, which tensors of one dtype will look at."""
    return Storage(array.view(of.numpy) if len(array) % of.itemsize == 0 else array)
