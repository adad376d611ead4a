"""Containers made anew with other values, of the class they were. 保持类型、换掉内容的容器。"""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any


def like_mapping(model: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    """The items in a mapping of the model's class, which keeps what else the model has; else in a dict."""
    kind: Any = type(model)
    try:
        if isinstance(model, MutableMapping):
            made = copy.copy(model)
            made.update(items)
            return made
        return kind(items)
    except TypeError:  # it cannot be copied, updated or made so
        return items


def like_sequence(model: Sequence[Any], items: list[Any]) -> Any:
    """The items in a sequence of the model's class, which keeps what else the model has; else in a list."""
    kind: Any = type(model)
    try:
        if isinstance(model, MutableSequence):
            made = copy.copy(model)
            for i, item in enumerate(items):
                made[i] = item
            return made
        return kind(items)
    except TypeError:  # a range, say
        return items


def is_namedtuple(value: Any) -> bool:
    """Whether it is a tuple whose fields have names."""
    return isinstance(value, tuple) and hasattr(value, "_fields")
