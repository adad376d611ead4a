"""Tensors that several processes see: their memory moves, and pickles for other processes tell where it is. 共享张量。

``ForkingPickler``, by which Python's ``multiprocessing`` sends objects, learns here to send a storage as a handle on
its segment of shared memory (``_segments``) and a tensor as a place in a storage.
Source: https://docs.pytorch.org/docs/stable/notes/multiprocessing.html
"""

from __future__ import annotations

import gc
import multiprocessing.resource_sharer  # noqa: F401  (a fork by another thread must not meet it half loaded)
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from multiprocessing import context, reduction
from sys import getrefcount
from typing import Any

import numpy as np

from tidu import _dtypes, _files, _segments
from tidu._backend import Array, address, block, device_name, extent, strided
from tidu._copying import attributes, warn_of_hooks
from tidu._storage import Storage
from tidu._tensor import Tensor, _bare, byte_strides, wrap
from tidu._typed_storage import TypedStorage

_BYTE = np.dtype(np.uint8)

# Storages here by where they are, so that what is received twice, or comes back, is one storage.
_here: weakref.WeakValueDictionary[Any, Storage] = weakref.WeakValueDictionary()


# ---- moving

_moving = threading.Lock()


def _start_anew() -> None:
    """In a forked process: a thread of the parent's may have held the lock."""
    global _moving
    _moving = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def share_tensor(t: Tensor) -> None:
    """Moves a tensor's storage to shared memory, and with it all tensors that look at it.

    NumPy arrays that were made of these before keep the memory that was, and no longer see writes.
    """
    with _moving:
        if t.untyped_storage().shared:
            return
        if _references(t) == _ALONE and not t.is_cuda:
            whole, start = _copied(t._array), address(t._array)
            if _references(t) == _ALONE:  # still: other threads go on while memory is copied
                t.untyped_storage().owner = whole
                _move(t, whole, start)
                return
    share(t.untyped_storage())


def share(storage: Storage) -> None:
    """Moves a storage to shared memory, with all others on the same memory (``x.data`` has one) and all tensors.

    A storage does not know its tensors, which would make each of them slower; the garbage collector does.
    """
    with _moving:
        old = storage.owner
        if storage.shared or device_name(old) != "cpu":
            return
        whole, start, storages = None, address(old), {storage}
        while True:
            found = gc.get_referrers(old, *storages)
            others = [s for s in found if type(s) is Storage and s not in storages]
            storages.update(others)
            tensors = [t for t in found if issubclass(type(t), Tensor) and getattr(t, "_storage", None) in storages]
            tensors = [t for t in tensors if _segments.segment_of(t._array) is None]
            if whole is None:
                whole = _copied(old)
            elif not others and not tensors:
                return
            for s in storages:
                s.owner = whole
            for t in tensors:
                _move(t, whole, start)
            if not others and threading.active_count() == 1:
                return  # else a thread may have made another view meanwhile


def _copied(old: Array) -> Array:
    memory = _segments.allocate(extent(old))
    memory[...] = block(old, _BYTE)
    return block(memory, old.dtype)


def _move(t: Tensor, whole: Array, start: int) -> None:
    before, node = t._array, t._node
    t._array = _placed(whole, before.dtype, before.shape, byte_strides(before), address(before) - start)
    if node is not None and node.result_array() is before:
        node.result = t._array, t._storage, node.result[2] if type(node.result) is tuple else 0


def _placed(owner: Array, dtype: np.dtype, shape: Any, strides: Any, start: int) -> Array:
    return strided(owner if owner.dtype == dtype else block(owner, dtype), shape, strides, start)


def _references(t: Tensor) -> tuple[int, int]:
    """How many references there are to a tensor's storage, and to its array if that is all of the storage."""
    storage = t.untyped_storage()
    return getrefcount(storage), getrefcount(storage.owner) if storage.owner is t._array else -1


_ALONE = _references(wrap(np.empty(1)))


# ---- what goes into a pickle for another process


class _Outgoing(threading.local):
    """The segments that go with the message being pickled; None where the channel takes no descriptors along."""

    segments: dict[Any, int] | None = None  # and the number of each


class _Incoming(threading.local):
    """The segments that came with the message being unpickled."""

    segments: Sequence[Any] = ()


outgoing, incoming = _Outgoing(), _Incoming()


def _attached(number: int) -> Any:
    return incoming.segments[number]


def _inherited(key: _segments.Key, duplicate: Any) -> Any:
    """In a process that was started with the descriptor; the first tensor on the segment takes it."""
    return _segments.known(key) or _segments.received(duplicate.detach())


def _fetched(duplicate: Any) -> Any:
    """The sender waits in a thread to be asked for the descriptor."""
    try:
        fd = duplicate.detach()
    except (OSError, EOFError) as e:
        raise ConnectionRefusedError(
            "a tensor's memory is gone: the process that sent it ended before the tensor was received. Keep the "
            "sender alive until then, or send through a Queue or Pipe of tidu.multiprocessing"
        ) from e
    return _segments.received(fd)


# What was handed to a process that is being started: once is enough, and more is refused.
_given: weakref.WeakKeyDictionary[Any, dict[_segments.Key, Any]] = weakref.WeakKeyDictionary()


def _handle(segment: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """How the receiver comes by the segment: a function of this module and its arguments."""
    if isinstance(segment, _files.File):
        return _files.taken, (segment.linked(),)
    if outgoing.segments is not None:
        return _attached, (outgoing.segments.setdefault(segment, len(outgoing.segments)),)
    child = context.get_spawning_popen()
    if child is None:
        return _fetched, (reduction.DupFd(segment.fd),)
    given = _given.setdefault(child, {})
    if segment.key not in given:
        given[segment.key] = reduction.DupFd(segment.fd)
    return _inherited, (segment.key, given[segment.key])


def reduce_storage(storage: Storage) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A storage as its place in shared memory, where it is from now on."""
    if storage.is_cuda:
        raise RuntimeError("Cannot pickle CUDA storage; try pickling a CUDA tensor instead")
    share(storage)
    segment, size = _segments.segment_of(storage.owner), extent(storage.owner)
    place = address(storage.owner) - segment.address
    _here.setdefault((segment.key, place, size), storage)
    return rebuild_storage, (*_handle(segment), place, size, _dtypes.of(storage.owner.dtype))


def rebuild_storage(how: Callable[..., Any], args: tuple[Any, ...], place: int, size: int, dtype: Any) -> Storage:
    """The storage at a place in shared memory: the one that is here already, or a new one."""
    segment = how(*args)
    storage = _here.get((segment.key, place, size))
    if storage is None or extent(storage.owner) != size:  # resize_ has made it smaller
        storage = Storage(block(_segments.part(segment, place, size), dtype.numpy))
        _here[segment.key, place, size] = storage
    return storage


def reduce_typed_storage(storage: TypedStorage) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A storage that is read as elements of a dtype."""
    return TypedStorage, (storage.untyped(), storage.dtype)


def reduce_tensor(t: Tensor) -> Any:
    """A tensor as a place in its storage. What it requires stays with it, its history and gradient do not."""
    if t.requires_grad and not t.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    warn_of_hooks(t)
    if t.is_cuda:
        return t.__reduce_ex__(2)
    share_tensor(t)
    a, cls = t._array, type(t)
    place = address(a) - t.untyped_storage().data_ptr()
    made = rebuild_tensor, (cls, t.untyped_storage(), t.dtype, place, a.shape, byte_strides(a), t.requires_grad)
    if cls.__module__.partition(".")[0] == "tidu":
        return made
    return *made, attributes(t)


def rebuild_tensor(
    cls: type[Tensor], storage: Storage, dtype: Any, place: int, shape: Any, strides: Any, requires_grad: bool
) -> Tensor:
    """The tensor at a place in a storage."""
    t = _bare(cls)
    t._array, t._storage = _placed(storage.owner, dtype.numpy, shape, strides, place), storage
    t._requires_grad = requires_grad
    return t


def _register(cls: type[Tensor]) -> None:
    """Of a subclass too, but for those that say themselves how they are pickled."""
    if cls.__reduce_ex__ is Tensor.__reduce_ex__:
        reduction.register(cls, reduce_tensor)
    for each in cls.__subclasses__():
        _register(each)


def _also(cls: type[Tensor], **named: Any) -> None:
    super(Tensor, cls).__init_subclass__(**named)
    _register(cls)


reduction.register(Storage, reduce_storage)
reduction.register(TypedStorage, reduce_typed_storage)
_register(Tensor)
setattr(Tensor, "__init_subclass__", classmethod(_also))
