"""Pickles as PyTorch writes them: storages beside, classes under PyTorch's names. 按 PyTorch 的方式 pickle。"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any

from tidu import _formats
from tidu._define import ReturnType
from tidu._device import device
from tidu._dtypes import dtype, uint8
from tidu._storage import Storage
from tidu._tensor import Tensor
from tidu._typed_storage import TypedStorage
from tidu.serialization import _names, _rebuild
from tidu.serialization._locations import location_tag
from tidu.serialization._rebuild import KINDS, StorageType

_PLAIN = frozenset((str, int, float, bool, bytes, tuple, list, dict, type(None), complex))
_NAMED = (dtype, _formats.memory_format, StorageType, type, FunctionType)


class Storages:
    """The storages that a pickle mentions, each once, with the key under which it is written."""

    def __init__(self) -> None:
        self.keys: dict[Any, str] = {}
        self.kept: dict[str, tuple[Storage, dtype]] = {}
        self._seen: dict[int, dtype] = {}

    def mention(self, obj: Any) -> tuple[Any, ...] | None:
        """What stands in the pickle for a storage; None for anything else."""
        if not isinstance(obj, (Storage, TypedStorage)):
            return None
        storage, of = obj.untyped(), uint8
        kind: Any = Storage
        if isinstance(obj, TypedStorage):
            of, kind = obj.dtype, KINDS[obj.dtype]
        size, place = storage.nbytes(), storage.data_ptr()
        if size and self._seen.setdefault(place, of) is not of:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        # two storages may be on one block, as that of ``x.data`` is
        key = self.keys.setdefault((place, size) if size else id(storage), str(len(self.keys)))
        self.kept.setdefault(key, (storage, of))
        return ("storage", kind, key, location_tag(storage), size // of.itemsize)


class _Means:
    """What a pickler needs to write our objects; the pickler itself is the other base."""

    mention: Callable[[Any], Any]
    by_name = False  # whether the pickler lets us write names that are not ours

    def persistent_id(self, obj: Any) -> Any:
        return None if type(obj) in _PLAIN else self.mention(obj)

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in _PLAIN:
            return NotImplemented
        if isinstance(obj, Tensor):
            if kind.__reduce_ex__ is not Tensor.__reduce_ex__:
                return NotImplemented
            own = getattr(kind, "_reduced", _rebuild.reduced)  # which a parameter has
            return own(obj)
        if kind is device:
            return device, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if kind is _formats.layout:
            return _rebuild._get_layout, (repr(obj),)
        if isinstance(obj, ReturnType) and self.by_name:
            return kind, (tuple(obj), {})
        if self.by_name and isinstance(obj, _NAMED) and (name := _names.written(obj)) is not None:
            return name[1]
        return NotImplemented


_InPython: Any = pickle._Pickler


class Pickler(_Means, _InPython):
    """Python's pickler in Python, which lets the names be chosen."""

    by_name = True

    def save_global(self, obj: Any, name: str | None = None) -> None:
        theirs = _names.written(obj)
        if theirs is None:
            try:
                super().save_global(obj, name)
            except pickle.PicklingError:
                pickle.dumps(obj)  # whose error people know
                raise
            return
        if self.proto >= 4:
            for word in theirs:
                self.save(word)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + "\n".join((*theirs, "")).encode())
        self.memoize(obj)

    dispatch = _InPython.dispatch | {FunctionType: save_global}


class _Quick(Pickler):
    """The same where nobody else has a say in what is written: most of a tensor's pickle are small numbers, strings and
    tuples, for which Python's own way through three questions takes most of the time."""

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        kind = type(obj)
        if kind is int and 0 <= obj < 256 and self.bin:
            self.framer.commit_frame()
            self.write(_SMALL[obj])
        elif kind in _PLAIN and kind in self.dispatch:
            self.framer.commit_frame()
            known = self.memo.get(id(obj))
            if known is None:
                self.dispatch[kind](self, obj)
            else:
                self.write(self.get(known[0]))
        else:
            super().save(obj, save_persistent_id)


_SMALL = [pickle.BININT1 + bytes((n,)) for n in range(256)]


def pickler(pickle_module: Any, file: Any, protocol: int, mention: Callable[[Any], Any]) -> Any:
    """A pickler into ``file`` to which ``mention`` says what is written beside. That of another module than Python's is
    used as it is: where it names our classes by itself, only we can read the file."""
    base: Any = _Quick
    if pickle_module.Pickler is not pickle.Pickler:
        given = pickle_module.Pickler
        if issubclass(given, _InPython):
            base = type("Pickler", (Pickler, given), {"dispatch": given.dispatch})
        else:
            base = type("Pickler", (_Means, given), {})
    made = base(file, protocol=protocol)
    made.mention = mention
    return made
