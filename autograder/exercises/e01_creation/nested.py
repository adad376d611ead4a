"""Numbers nested as one types them, for the exercises of notebook 01."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any


def nest(numbers: list[Any], shape: tuple[int, ...], container: type = list) -> Any:
    """The numbers, row by row, as nested lists (or tuples) of this shape; the first number alone for ``()``."""
    if not shape:
        return numbers[0]
    inside = prod(shape[1:])
    return container(nest(numbers[i * inside : (i + 1) * inside], shape[1:], container) for i in range(shape[0]))


def numbers_in(data: Any) -> Iterator[Any]:
    """Every number in nested data, row by row."""
    if isinstance(data, (list, tuple)):
        for item in data:
            yield from numbers_in(item)
    else:
        yield data
