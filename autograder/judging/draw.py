"""Draw one input of given classes: shapes, strides and arrays, from a seed.

The classes are words (``"zero first"``, ``"permuted"``, ``"spread"``); each function here says which it knows. What a
class leaves open, the random generator decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

Args = tuple[Any, ...]
Shape = tuple[int, ...]
WHERE_EMPTY = 100

LENGTHS = (
    "distinct", "equal", "two equal", "long", "one first", "one between", "one last", "two ones", "ones",
    "zero first", "zero between", "zero last", "zeros",
)  # fmt: skip
STRIDES = (
    "dense", "permuted", "transposed", "last in place", "stepped first", "stepped last", "gap first", "gap last",
    "broadcast", "broadcast first", "broadcast last", "two zeros", "compensating", "one too many", "wrong middle",
    "nearly dense", "any",
)  # fmt: skip
MAGNITUDES = ("plain", "thousands", "spread", "one high", "tens", "some zeros", "equal", "zero")
LAYOUTS = ("dense", "transposed", "sliced", "reversed")


class Impossible(Exception):
    """No input belongs to all of these classes at once, such as two zeros in one dimension."""


def need(condition: bool) -> None:
    """Raise :class:`Impossible` unless ``condition`` holds."""
    if not condition:
        raise Impossible


class Draw:
    """Draws what the classes leave open; ``readable`` keeps numbers whole and small enough for a person to follow."""

    def __init__(self, rng: np.random.Generator, readable: bool = True) -> None:
        self.rng, self.readable = rng, readable

    def integer(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[self.integer(0, len(choices) - 1)]

    def order(self, n: int) -> Shape:
        return tuple(int(i) for i in self.rng.permutation(n))

    def shape(self, ndim: int, lengths: str = "distinct", longest: int = 5) -> Shape:
        """A shape of ``ndim`` dimensions, each of 2 to ``longest`` where ``lengths`` (one of LENGTHS) says no more."""
        pool = [2, 3, 4, *range(5, longest + 1)][: max(longest - 1, ndim)]
        full = [int(n) for n in self.rng.permutation(pool)[:ndim]]
        if self.readable:
            full = [int(n) for n in self.rng.permutation([2, 3] if ndim <= 2 else pool)[:ndim]]
        kind, _, where = lengths.partition(" ")
        if kind == "equal":
            need(ndim >= 2)
            return (full[0] if full[0] < 4 else 2,) * ndim
        if lengths == "two equal":
            need(ndim >= 3)
            full[1] = full[0]
            return tuple(full)
        if kind == "long":
            need(ndim >= 1)
            full[self.integer(0, ndim - 1)] = 12
            return tuple(full)
        if lengths == "two ones":
            need(ndim >= 3)
            for at in self.order(ndim)[:2]:
                full[at] = 1
            return tuple(full)
        if kind == "ones":
            need(ndim >= 1)
            return (1,) * ndim
        if kind == "zeros":
            need(ndim >= 2)
            first, second = sorted(self.order(ndim)[:2])
            full[first] = full[second] = 0
            return tuple(full)
        if kind in ("one", "zero"):
            need(ndim >= (1 if where == "first" else 2))
            if where == "between":
                need(ndim >= 3)
            full[{"first": 0, "between": 1, "last": -1}[where]] = int(kind == "one")
        return tuple(full)

    def stride(self, shape: Shape, kind: str) -> Shape:
        """Strides in elements, 0 or more, of one of STRIDES; the memory may overlap itself where the kind says so."""
        dense, ndim = row_major(shape), len(shape)
        if kind == "dense":
            return dense
        need(ndim >= 1)
        if kind == "transposed":
            need(ndim >= 2)
            return row_major(shape[::-1])[::-1]
        if kind == "permuted":
            need(ndim >= 2)
            order = [*range(1, ndim), 0] if self.integer(0, 1) else [ndim - 1, *range(ndim - 1)]
            moved = row_major(tuple(shape[i] for i in order))
            return tuple(moved[order.index(i)] for i in range(ndim))
        if kind.startswith("stepped"):
            at = 0 if kind.endswith("first") else ndim - 1
            wide = row_major(tuple(n * (2 if i == at else 1) for i, n in enumerate(shape)))
            return tuple(s * (2 if i == at else 1) for i, s in enumerate(wide))
        if kind.startswith("gap"):
            need(ndim >= 2)
            at = 1 if kind.endswith("first") else ndim - 1
            return row_major(tuple(n + (i == at) * self.integer(1, 2) for i, n in enumerate(shape)))
        if kind == "last in place":
            need(ndim >= 3)
            order = [1, 0, *range(2, ndim)] if ndim == 3 or self.integer(0, 1) else [2, 0, 1, *range(3, ndim)]
            moved = row_major(tuple(shape[i] for i in order))
            return tuple(moved[order.index(i)] for i in range(ndim))
        if kind == "two zeros":
            need(ndim >= 3)
            return (0, 0, *row_major(shape[2:]))
        if kind == "compensating":
            # as many cells from first to last as there are elements, and yet some are read twice, others never
            need(ndim >= 2 and shape[0] == 2 and min(shape) >= 2)
            return (prod(shape) - 1 - sum((n - 1) * s for n, s in zip(shape[1:-1], dense[1:-1])), *dense[1:-1], 0)
        if kind == "one too many":
            # a step that division rounds down to the right one
            need(ndim >= 2)
            if ndim == 2:
                return (2 * dense[0] + 1, 2)
            steps = [dense[-2], 1]
            for n in shape[-2:0:-1]:
                steps.insert(0, n * steps[0] + 1)
            return tuple(steps)
        if kind == "wrong middle":
            need(ndim >= 3)
            return (dense[0], dense[1] + self.one_of([-1, 1]), *dense[2:])
        if kind.startswith("broadcast"):
            at = {"broadcast first": 0, "broadcast last": ndim - 1}.get(kind, self.integer(0, ndim - 1))
            kept = row_major(tuple(n for i, n in enumerate(shape) if i != at))
            return (*kept[:at], 0, *kept[at:])
        if kind == "nearly dense":
            changed = list(dense)
            at = self.integer(0, ndim - 1)
            changed[at] = self.one_of(
                [n for n in (dense[at] * 2, dense[at] + 1, shape[at], dense[0]) if n != dense[at]]
            )
            return tuple(changed)
        assert kind == "any", kind
        return tuple(self.integer(0, 7) for _ in shape)

    def values(self, shape: Shape, magnitude: str = "plain") -> np.ndarray:
        """Numbers of one of MAGNITUDES.

        "plain" is about 1, "thousands" about ±1000, "spread" from -500 to 500 in one array; "one high" has one number
        a thousand above the others, "tens" numbers from -30 to 0, "some zeros" a 0 or two.
        """
        if magnitude == "zero":
            return np.zeros(shape)
        if magnitude == "equal":
            return np.full(shape, float(self.one_of([-3, -2, 2, 3])))
        if magnitude == "spread":
            found = np.linspace(-500.0, 500.0, max(prod(shape), 1))
            return self.rng.permutation(found)[: prod(shape)].reshape(shape) + self.rng.normal(size=shape)
        if magnitude == "tens":
            found = self.rng.permutation(np.linspace(-30.0, 0.0, prod(shape))).reshape(shape)
            return np.asarray(found + self.rng.normal(size=shape) / 8)
        if self.readable:
            found = self.rng.choice([-3.0, -2.0, -1.0, 2.0, 3.0, 4.0], shape)
        else:
            found = self.rng.normal(size=shape)
        found = np.asarray(found)
        if found.size and magnitude in ("one high", "some zeros"):
            flat = found.reshape(-1)
            flat[self.integer(0, found.size - 1)] = 1000.0 if magnitude == "one high" else 0.0
            return flat.reshape(shape)
        return np.asarray(found + (1000.0 * self.one_of([-1, 1]) if magnitude == "thousands" else 0.0))

    def array(
        self, shape: Shape, magnitude: str = "plain", layout: str = "dense", dtype: str = "float64"
    ) -> np.ndarray:
        return self.lay_out(self.values(shape, magnitude), layout, dtype)

    def lay_out(self, values: np.ndarray, layout: str = "dense", dtype: str = "float64") -> np.ndarray:
        return lay_out(values.astype(dtype), layout)

    def upstream(
        self, shape: Shape, layout: str = "dense", dtype: str = "float64", magnitude: str = "plain"
    ) -> np.ndarray:
        """An upstream gradient, or a direction: never uniform and never one, unless it is to be zero."""
        values = self.values(shape, magnitude)
        if magnitude == "zero":
            return self.lay_out(values, layout, dtype)
        if values.size > 1 and np.all(values == values.flat[0]):
            values.flat[self.integer(0, values.size - 1)] += self.one_of([-1, 1])
            values[values == 0] = 5.0
        return self.lay_out(np.where(values == 1, 5.0, values), layout, dtype)

    def broadcasting(self, full: Shape, added: int, stretched: int) -> Shape:
        """A shape that broadcasts to ``full``: without its first ``added`` dimensions, ``stretched`` others being 1.

        Only dimensions whose length is not 1 are stretched.
        """
        need(added <= len(full))
        kept = list(full[added:])
        longer = [i for i, n in enumerate(kept) if n != 1]
        need(stretched <= len(longer))
        for i in self.rng.permutation(longer)[:stretched] if stretched else ():
            kept[int(i)] = 1
        return tuple(kept)


def row_major(shape: Sequence[int]) -> Shape:
    """Strides, in elements, of contiguous memory; a length of 0 counts as 1."""
    stride: list[int] = []
    step = 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= max(n, 1)
    return tuple(stride)


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values in other memory; ``layout`` is one of LAYOUTS."""
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}; got {layout!r}")
    if layout == "dense" or array.ndim == 0:
        return np.array(array, order="C")
    if layout == "transposed":
        return np.array(array.T, order="C").T
    if layout == "sliced":
        # what lies between would show at once: nan, or an index out of every range
        between = np.nan if array.dtype.kind in "fc" else -(10**6)
        wide = np.full(tuple(2 * n + 1 for n in array.shape), between, array.dtype)
        view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    every = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[every])[every]


def copy_args(args: Args, read_only: bool = False) -> Args:
    """The same input in fresh memory, arrays with their strides: an answer may scribble over what it is given."""
    return tuple(_copy(value, read_only) for value in args)


def _copy(value: Any, read_only: bool) -> Any:
    if isinstance(value, np.ndarray):
        fresh = copy_layout(value)
        fresh.flags.writeable = not read_only
        return fresh
    if isinstance(value, (tuple, list)):
        return type(value)(_copy(item, read_only) for item in value)
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
        fractions = 0 if value.size == 0 or np.all(value == np.round(value)) else value.size
        return 1 + value.size + fractions if value.size else WHERE_EMPTY
    if isinstance(value, (tuple, list)):
        return 1 + sum(_weight(item) for item in value)
    return 1
