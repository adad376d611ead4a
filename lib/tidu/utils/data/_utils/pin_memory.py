"""Page-locked copies of a batch. 锁页内存。"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidu.utils.data._utils.containers import is_namedtuple, like_mapping, like_sequence


def pin_memory(data: Any, device: Any = None) -> Any:
    """锁页 / What has ``pin_memory()`` pinned, in containers too; all else as it is."""
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, (str, bytes)):
        return data
    if isinstance(data, Mapping):
        return like_mapping(data, {key: pin_memory(item, device) for key, item in data.items()})
    if isinstance(data, tuple):
        pinned = (pin_memory(item, device) for item in data)
        return type(data)(*pinned) if is_namedtuple(data) else type(data)(pinned)
    if isinstance(data, Sequence):
        return like_sequence(data, [pin_memory(item, device) for item in data])
    return data
