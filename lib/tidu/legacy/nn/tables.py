"""Tables: the lists of tensors, nested as they come, that a layer may take and give. 表：嵌套的张量列表。"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor


def mapped(function: Callable[..., Any], table: Any, *others: Any) -> Any:
    """The same table of what the function gives for each entry."""
    if isinstance(table, (list, tuple)):
        return [mapped(function, *entries) for entries in zip(table, *others, strict=True)]
    return function(table, *others)


def entries(table: Any) -> Iterator[Any]:
    """All that is in it, from left to right."""
    if isinstance(table, (list, tuple)):
        for entry in table:
            yield from entries(entry)
    else:
        yield table


def refilled(table: Any, values: Iterator[Any]) -> Any:
    """The same table with other entries."""
    return mapped(lambda _: next(values), table)


def zeros_like(table: Any) -> Any:
    return mapped(FUNCTIONS["zeros_like"], table)


def add(first: Any, second: Any, scale: float = 1) -> Any:
    """``first + scale * second``, entry by entry."""
    return mapped(lambda a, b: a + b * scale, first, second)


def converted(value: Any, kind: Any, done: dict[int, Any]) -> Any:
    """Tensors as another type, also within tables; one that is met again stays the same tensor.

    Only floating ones: what counts or points stays a whole number.
    """
    if isinstance(value, Tensor):
        if id(value) not in done:
            # the original is kept too, so that its id stays its own
            done[id(value)] = (value, value.type(kind) if value.is_floating_point() else value)
        return done[id(value)][1]
    if isinstance(value, list):
        return [converted(v, kind, done) for v in value]
    if hasattr(value, "updateOutput"):
        return value.type(kind, done)
    return value
