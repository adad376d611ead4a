"""Where tensors were, and where they go when they are read: ``map_location``. 张量读入后放在哪里。

Source: https://docs.pytorch.org/docs/stable/generated/torch.load.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidu._args import type_name
from tidu._backend import gpus, moved
from tidu._device import device
from tidu._storage import Storage
from tidu._typed_storage import TypedStorage

Tagger = Callable[[Any], str | None]
Deserializer = Callable[[Any, str], Any]

_packages: list[tuple[int, Tagger, Deserializer]] = []


def register_package(priority: int, tagger: Tagger, deserializer: Deserializer) -> None:
    """登记一种设备 / Register how storages on a device are named in files and brought back; low priorities come first.

    ``tagger(storage)`` gives the name of the place or None, ``deserializer(storage, name)`` the storage there or None.
    """
    _packages.append((priority, tagger, deserializer))
    _packages.sort(key=lambda package: package[0])


def location_tag(storage: Any) -> str:
    """存储的位置 / What a file calls the place where ``storage`` is: ``"cpu"``, ``"cuda:0"``."""
    for _, tagger, _ in _packages:
        if location := tagger(storage):
            return location
    raise RuntimeError(f"don't know how to determine data location of {type_name(storage)}")


def default_restore_location(storage: Any, location: str) -> Any:
    """放回原处 / ``storage``, which was read into the computer's own memory, in the place called ``location``."""
    for _, _, deserializer in _packages:
        result = deserializer(storage, location)
        if result is not None:
            return result
    raise RuntimeError(
        f"don't know how to restore data location of {storage.type()} (tagged with {location}): pass "
        "map_location='cpu' to load it into the computer's own memory"
    )


def validate_cuda_device(location: str) -> int:
    """检查显卡编号 / The number of the GPU that ``location`` names; ``RuntimeError`` where there is none such."""
    return _validate("cuda", location)


def restorer(map_location: Any) -> Callable[[Any, Any], Any]:
    """The function from a storage and its place in the file to the storage where it shall be."""
    placed = _restorer(map_location)

    def checked(storage: Any, location: Any) -> Any:
        name = location.decode("ascii", "replace") if isinstance(location, bytes) else location
        if not isinstance(name, str):
            raise RuntimeError(f"the place of a storage is a name, not {location!r:.100}")
        result = placed(storage, name)
        if not isinstance(result, (Storage, TypedStorage)):
            raise TypeError(
                f"load(): argument 'map_location' gave a {type_name(result)} for a storage at {name!r}, and not a "
                "storage or None"
            )
        return result.untyped()

    return checked


def _restorer(map_location: Any) -> Callable[[Any, str], Any]:
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        return lambda storage, location: default_restore_location(storage, map_location.get(location, location))
    if isinstance(map_location, bytes):
        map_location = map_location.decode("ascii")
    if isinstance(map_location, (str, device)):
        target = str(map_location)
        return lambda storage, location: default_restore_location(storage, target)
    if not callable(map_location):
        raise TypeError(
            "load(): argument 'map_location' must be a function, torch.device, str or dict, not "
            f"{type_name(map_location)}"
        )

    def asked(storage: Any, location: str) -> Any:
        result = map_location(storage, location)
        return default_restore_location(storage, location) if result is None else result

    return asked


def _names(kind: str, location: str) -> bool:
    rest = location[len(kind) :]
    return location.startswith(kind) and (not rest or rest[0] == ":" or rest[0].isdigit())


def _validate(kind: str, location: str) -> int:
    index = device(location).index or 0
    there = gpus() if kind == "cuda" else 0
    if not there:
        raise RuntimeError(
            f"Attempting to deserialize object on a {kind.upper()} device but torch.{kind}.is_available() is False. If "
            "you are running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map "
            "your storages to the CPU."
        )
    if index >= there:
        raise RuntimeError(
            f"Attempting to deserialize object on {kind.upper()} device {index} but torch.{kind}.device_count() is "
            f"{there}. Please use torch.load with map_location to map your storages to an existing device."
        )
    return index


def _of(kind: str) -> tuple[Tagger, Deserializer]:
    def tag(storage: Any) -> str | None:
        place = storage.device
        return str(place) if place.type == kind else None

    def restore(storage: Any, location: str) -> Any:
        return Storage(moved(storage.owner, _validate(kind, location), True)) if _names(kind, location) else None

    return tag, restore


def _no_meta(storage: Any, location: str) -> Any:
    if location == "meta":
        raise NotImplementedError("tidu has no meta tensors: every tensor has memory")
    return None


register_package(
    10,
    lambda storage: "cpu" if storage.device.type == "cpu" else None,
    lambda storage, location: storage if location == "cpu" else None,
)
register_package(20, *_of("cuda"))
register_package(22, lambda storage: None, _no_meta)
for _priority, _kind in ((24, "hpu"), (25, "xpu"), (26, "mtia")):
    register_package(_priority, *_of(_kind))
