"""The inputs of an exercise, declared as classes: from the declaration come the inputs, every pair of classes included.

An exercise names its *axes* (``ndim``, ``lengths``, ``dim``, ``layout`` …) and on each axis its classes; a ``make``
function turns one class of each axis into an input. Each class belongs to the part of the exercise that makes a claim
about it, and the first part holds the plainest. Inputs are drawn for every class with everything else plain, then for
every pair of classes with the rest plain, so a mistake shows on the smallest input that it can show on, and it is
known which claims an input touches.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.judging.draw import Args, Draw, Impossible

Make = Callable[[Any, Draw], Args]
#: How often an input is drawn before its classes count as impossible together; fewer while a plan is made.
TRIES, PLANNING = 40, 4


class Part:
    """Some points of an exercise, and the classes that they are earned on: ``Part("dims", 2, dim=("negative",))``."""

    def __init__(self, name: str, points: int, **classes: Sequence[Any]) -> None:
        self.name, self.points = name, points
        self.classes = {axis: tuple(found) for axis, found in classes.items()}

    def __repr__(self) -> str:
        return f"Part({self.name!r}, {self.points}, {self.classes})"


@dataclass(frozen=True)
class Row:
    """One class on every axis, and the numbers of the parts whose claims such an input touches."""

    classes: Mapping[str, Any]
    owners: tuple[int, ...]
    readable: bool


class Domain:
    """All classes of an exercise's parts, and the rows that cover them."""

    def __init__(self, make: Make, parts: Sequence[Part]) -> None:
        self.make, self.parts = make, tuple(parts)
        self.axes: dict[str, list[Any]] = {axis: list(found) for axis, found in parts[0].classes.items()}
        self.part_of: dict[tuple[str, Any], int] = {}
        for number, part in enumerate(parts):
            for axis, found in part.classes.items():
                if axis not in self.axes:
                    raise ValueError(f"part {part.name!r} names the axis {axis!r}, the first part does not")
                for one in found:
                    if (axis, one) in self.part_of:
                        raise ValueError(f"the class {axis}={one!r} belongs to two parts")
                    self.part_of[axis, one] = number
                    if one not in self.axes[axis]:
                        self.axes[axis].append(one)
        self._rows: list[Row] | None = None
        self._met: dict[tuple[Any, ...], bool] = {}

    @property
    def classes(self) -> list[tuple[str, Any]]:
        return [(axis, one) for axis, found in self.axes.items() for one in found]

    def rows(self) -> list[Row]:
        """Every class alone, twice (to be read, and at random), then every pair of classes that can occur together.

        A part's rows come before those of the next, so an answer that hangs keeps what it has earned by then.
        """
        if self._rows is None:
            self._rows = sorted(self._cover(), key=lambda row: row.owners[-1])
            self._met.clear()
        return self._rows

    def _cover(self) -> Iterator[Row]:
        seen: set[tuple[Any, ...]] = set()
        for fixed in (*((one,) for one in self.classes), *itertools.combinations(self.classes, 2)):
            if len({axis for axis, _ in fixed}) < len(fixed):
                continue
            found = self._complete(dict(fixed))
            if found is None:
                if len(fixed) == 1:
                    raise ValueError(f"no input has the class {fixed[0][0]}={fixed[0][1]!r}")
                continue
            key = tuple(found.values())
            if key in seen:
                continue
            seen.add(key)
            for readable in (True, False) if len(fixed) == 1 else (False,):
                yield Row(found, self.owners(found), readable)

    def owners(self, classes: Mapping[str, Any]) -> tuple[int, ...]:
        """The parts beyond the first that these classes belong to; the first where there is no other."""
        found = {self.part_of[axis, one] for axis, one in classes.items()}
        return tuple(sorted(found - {0})) or (0,)

    def _complete(self, fixed: dict[str, Any]) -> dict[str, Any] | None:
        """``fixed`` with the plainest classes on the other axes that make an input possible."""
        others = [axis for axis in self.axes if axis not in fixed]
        # Classes of the parts that are touched anyway come before those that would touch another.
        mine = {0, *(self.part_of[axis, one] for axis, one in fixed.items())}
        ranked = {a: sorted(self.axes[a], key=lambda one: self.part_of[a, one] not in mine) for a in others}
        for changed in range(3):
            for axes in itertools.combinations(others, changed):
                for choice in itertools.product(*(ranked[a][1:] for a in axes)):
                    picked = dict(zip(axes, choice, strict=True))
                    whole = {a: fixed.get(a, picked.get(a, found[0])) for a, found in self.axes.items()}
                    if self._possible(whole):
                        return whole
        return None

    def _possible(self, whole: dict[str, Any]) -> bool:
        """Whether an input of these classes was found; the pairs that are tried come to the same ones again."""
        key = tuple(whole.values())
        if key not in self._met:
            self._met[key] = self.input(whole, np.random.default_rng(0), True, PLANNING) is not None
        return self._met[key]

    def input(
        self, classes: Mapping[str, Any], rng: np.random.Generator, readable: bool, tries: int = TRIES
    ) -> Args | None:
        """One input of these classes; None when there is none."""
        for _ in range(tries):
            try:
                return self.make(SimpleNamespace(**classes), Draw(rng, readable))
            except Impossible:
                continue
        return None
