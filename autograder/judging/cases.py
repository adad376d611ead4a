"""Where the inputs of a check come from: a few that a person can read, then random ones of awkward shapes and layouts.

A :class:`Cases` is a list of inputs waiting for a random generator. Grading gives it another seed than home does;
nothing else differs, so what passes at home passes in grading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

Args = tuple[Any, ...]
WHERE_EMPTY = 100


@dataclass(frozen=True)
class Cases:
    """Inputs, made on demand; ``+`` puts two lists one after the other."""

    make: Callable[[np.random.Generator], Iterable[Args]]

    def __call__(self, rng: np.random.Generator) -> list[Args]:
        return list(self.make(rng))

    def __add__(self, other: Cases) -> Cases:
        return Cases(lambda rng: [*self(rng), *other(rng)])


def fixed(*inputs: Args) -> Cases:
    """Exactly these inputs."""
    return Cases(lambda rng: inputs)


def drawn(count: int, make: Callable[[np.random.Generator], Args]) -> Cases:
    """``count`` inputs, each made by ``make(rng)``."""
    return Cases(lambda rng: [make(rng) for _ in range(count)])


class Draw:
    """Draws arrays of given shapes: small whole numbers that a person can follow, or normal variates."""

    def __init__(self, rng: np.random.Generator, readable: bool, layout: str = "", dtype: str = "float64"):
        self.rng, self.readable, self.layout, self.dtype = rng, readable, layout, dtype

    def __call__(self, shape: tuple[int, ...]) -> np.ndarray:
        values = self.rng.choice([-3, -2, -1, 1, 2, 3], shape) if self.readable else self.rng.normal(size=shape)
        return lay_out(np.asarray(values, dtype=self.dtype), self.layout)


def shaped(build: Callable[..., Args]) -> Callable[..., Cases]:
    """Turn ``build(draw, *shapes, *extra)`` into a maker of cases from written shapes.

    ``maker("2 3, 3", ("2 1", 0), strides="transposed")``: a comma separates operands, a space separates dimensions,
    nothing at all is 0-d; what follows the text in a tuple is handed to ``build`` as it is. Every text makes a
    readable case (skipped when a layout is asked for) and a random one.
    """

    def maker(*specs: str | tuple[Any, ...], strides: str = "", dtype: str = "float64") -> Cases:
        layouts = strides.split() or [""]

        def make(rng: np.random.Generator) -> Iterable[Args]:
            for spec in specs:
                text, *extra = (spec,) if isinstance(spec, str) else spec
                shapes = [tuple(int(n) for n in operand.split()) for operand in text.split(",")]
                for layout in layouts:
                    for readable in (True, False) if not layout else (False,):
                        yield build(Draw(rng, readable, layout, dtype), *shapes, *extra)

        return Cases(make)

    return maker


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values in other memory: ``"transposed"``, ``"sliced"`` or ``"reversed"``; ``""`` is contiguous."""
    if layout not in ("", "transposed", "sliced", "reversed"):
        raise ValueError(f"layout must be '', 'transposed', 'sliced' or 'reversed', got {layout!r}")
    if layout == "" or array.ndim == 0:
        return np.array(array, order="C")
    if layout == "transposed":
        return np.array(array.T, order="C").T
    if layout == "sliced":
        wide = np.full(tuple(2 * n + 1 for n in array.shape), np.nan, array.dtype)
        view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    every = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[every])[every]


def copy_args(args: Args) -> Args:
    """The same input in fresh memory, arrays with their strides: an answer may scribble over what it is given."""
    return tuple(_copy(value) for value in args)


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return copy_layout(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_copy(item) for item in value)
    return value


def copy_layout(array: np.ndarray) -> np.ndarray:
    """A copy of ``array`` with the same strides, whatever they are (negative, or 0 where it was broadcast)."""
    fresh = array.copy()
    if fresh.strides == array.strides or array.size == 0:
        return fresh
    steps = [(n - 1) * s // array.itemsize for n, s in zip(array.shape, array.strides, strict=True)]
    low, high = sum(s for s in steps if s < 0), sum(s for s in steps if s > 0)
    memory = np.zeros(high - low + 1, array.dtype)
    fresh = np.ndarray(array.shape, array.dtype, memory, -low * array.itemsize, array.strides)
    fresh[...] = array
    return fresh


def weight(args: Args) -> int:
    """How much a person has to read to follow this input."""
    return sum(_weight(value) for value in args)


def _weight(value: Any) -> int:
    if isinstance(value, np.ndarray):
        # An empty array is short but says little: show something else when something else fails too.
        return 1 + value.size if value.size else WHERE_EMPTY
    if isinstance(value, (tuple, list)):
        return 1 + sum(_weight(item) for item in value)
    return 1
