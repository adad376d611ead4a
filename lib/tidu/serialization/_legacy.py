"""PyTorch's format before 1.6: pickles one after another, then the storages' bytes. 1.6 之前的格式。

Five pickles (a magic number, the version, the machine, the object, the keys of its storages), then each storage as its
number of elements and their bytes.
Source: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._backend import beside
from tidu._dtypes import dtype, uint8
from tidu._storage import Storage
from tidu._typed_storage import TypedStorage
from tidu.serialization._pickling import Storages, pickler
from tidu.serialization._rebuild import StorageType, storage_of

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_KEYS = (str, int, bytes)


def save(obj: object, file: Any, pickle_module: Any, protocol: int) -> None:
    """Write ``obj`` in the old format."""
    storages = Storages()

    def mention(value: Any) -> Any:
        told = storages.mention(value)
        return None if told is None else (*told, None)  # None: no view of another storage

    machine = {
        "protocol_version": PROTOCOL,
        "little_endian": sys.byteorder == "little",
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    for head in (MAGIC, PROTOCOL, machine):
        pickle_module.dump(head, file, protocol=protocol)
    pickler(pickle_module, file, protocol, mention).dump(obj)
    keys = sorted(storages.kept)
    pickle_module.dump(keys, file, protocol=protocol)
    for key in keys:
        storage, of = storages.kept[key]
        file.write(struct.pack("<q", storage.nbytes() // of.itemsize))
        file.write(storage.cpu()._bytes.data)


def load(
    file: Any, where: str, restore: Callable[[Any, str], Any], unpickler: Callable[..., Any], skip_data: bool
) -> Any:
    """Read the old format; ``unpickler(file, persistent_load)`` reads one pickle."""
    start = file.tell()
    file.seek(0, 2)
    left = file.tell() - start
    file.seek(start)
    if _is_tar(file):
        raise RuntimeError(
            f"{where} is in the .tar format of PyTorch 0.1, which tidu does not read, and which ``weights_only=True`` "
            "cannot: load it with PyTorch and save it again"
        )
    magic = unpickler(file, None)
    if magic != MAGIC:
        raise RuntimeError(f"Invalid magic number; corrupt file? {where} is a pickle, but was not written by save")
    version = unpickler(file, None)
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version} ({where})")
    unpickler(file, None)
    read: dict[Any, tuple[Storage, dtype]] = {}
    kept: dict[Any, TypedStorage] = {}
    promised = 0

    def persistent_load(name: Any) -> Any:
        nonlocal promised
        if _text(name[0]) == "module":
            return name[1]
        if _text(name[0]) != "storage" or len(name) != 6:
            raise RuntimeError(f"Unknown saved id type: {name[0]}")
        _, kind, key, location, count, view = name
        of = uint8 if kind is Storage else kind.dtype if isinstance(kind, StorageType) else None
        if of is None or type(count) is not int or count < 0 or type(key) not in _KEYS:
            raise RuntimeError(f"{where}: a storage cannot be {count} elements of {kind!r}")
        if key not in read:
            promised += count * of.itemsize
            if promised > left:
                raise RuntimeError(f"{where} has {left} bytes, fewer than the {promised} of the storages it lists")
            read[key] = storage_of(np.empty(count * of.itemsize, np.uint8), of), of
            kept[key] = TypedStorage(restore(read[key][0], location), of)
        found = kept[key]
        if view is None:
            return found
        if type(view) is not tuple or len(view) != 3 or type(view[0]) not in _KEYS:
            raise RuntimeError(f"{where}: {view!r:.100} is no view of a storage")
        name, offset, size = view
        if type(offset) is not int or type(size) is not int or not 0 <= offset <= offset + size <= found.size():
            raise RuntimeError(f"{where}: a view of {size} elements from {offset} on does not fit its storage")
        if name not in kept:
            step = found.element_size()
            kept[name] = TypedStorage(found.untyped()[offset * step : (offset + size) * step], found.dtype)
        return kept[name]

    result = unpickler(file, persistent_load)
    keys, known = unpickler(file, None), sorted(map(repr, read))
    if not isinstance(keys, list) or any(type(key) not in _KEYS for key in keys) or sorted(map(repr, keys)) != known:
        raise RuntimeError(f"{where}: the list of its storages is not that of those it mentions")
    for key in () if skip_data else keys:
        storage, of = read[key]
        memory, place = storage._bytes, kept[key].untyped()
        head = file.read(8)
        if len(head) < 8 or struct.unpack("<q", head)[0] * of.itemsize != len(memory):
            raise RuntimeError(f"{where}: storage {key} is cut off, or not of {len(memory)} bytes as was said")
        _fill(file, memory, f"{where} ends before storage {key} does")
        if place is not storage:  # it has gone elsewhere before its bytes were read
            place.copy_(Storage(beside(memory, place.owner)))
    return result


def _fill(file: Any, memory: Any, cut: str) -> None:
    done, target = 0, memoryview(memory)
    while done < len(target):
        part = file.read(min(1 << 24, len(target) - done))
        if not part:
            raise RuntimeError(f"{cut}: {len(target) - done} bytes are missing")
        target[done : done + len(part)] = part
        done += len(part)


def _is_tar(file: Any) -> bool:
    here = file.tell()
    head = file.read(512)
    file.seek(here)
    return bytes(head[257:262]) == b"ustar"


def _text(value: Any) -> Any:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value
