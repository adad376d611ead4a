"""Whose rules ran in a block, how often, and how fast each was: counted while it lasts, shown as a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np

from autograder.judging.catalogue import message
from autograder.student import settings

#: How many calls on arrays of the same shapes are measured beside the reference.
SAMPLES = 8


class Meter:
    """One rule: how often it ran, and in how many seconds.

    answer   the exercise whose answer it is; "" for the library's own
    shapes   of an answer, for all shapes that it met: how often, its fastest call and the reference's, in seconds
    """

    def __init__(self, name: str, answer: str) -> None:
        self.name, self.answer = name, answer
        self.calls, self.seconds, self.difference = 0, 0.0, 0.0
        self.shapes: dict[Any, list[float]] = {}
        self._last: Any = None
        self._ends: list[Callable[[], None]] = []

    def begin(self) -> None:
        self.calls += 1

    def timing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, each call timed; the gradients of several operands, made of one ``g``, are one call."""

        def timed(g: Any, *values: Any) -> Any:
            if g is not self._last:
                self._last = g
                self.calls += 1
            start = time.perf_counter()
            made = function(g, *values)
            self.seconds += time.perf_counter() - start
            return made

        return timed

    def beside(
        self, mine: Callable[[], Sequence[Any]], reference: Callable[[], Sequence[Any]], shapes: Any
    ) -> Sequence[Any]:
        """What ``mine`` gives; the first calls are measured beside ``reference``."""
        met = self.shapes.setdefault(shapes, [0, np.inf, np.inf])
        start = time.perf_counter()
        made = mine()
        seconds = time.perf_counter() - start
        self.seconds += seconds
        met[0] += 1
        if met[0] <= SAMPLES:
            start = time.perf_counter()
            wanted = reference()
            met[2] = min(met[2], time.perf_counter() - start)
            met[1] = min(met[1], seconds)
            self.difference = max(self.difference, _apart(made, wanted))
        return made

    def at_end(self, function: Callable[[], None]) -> None:
        self._ends.append(function)

    def close(self) -> None:
        """Let go of the arrays of the last call."""
        self._last = None
        for end in self._ends:
            end()

    @property
    def mine(self) -> float:
        """Microseconds a call: of an answer, its fastest calls weighed by how often each shapes came."""
        if not self.answer or not self.shapes:
            return 1e6 * self.seconds / max(self.calls, 1)
        return 1e6 * sum(n * mine for n, mine, _ in self.shapes.values()) / self.calls

    @property
    def reference(self) -> float:
        """Microseconds of the reference on the same arrays; nan for the library's own."""
        if not self.shapes:
            return float("nan")
        return 1e6 * sum(n * reference for n, _, reference in self.shapes.values()) / self.calls


class Used:
    """什么用了谁的规则 / Whose rules ran: a table in a notebook, and ``meters`` to look into."""

    def __init__(self) -> None:
        self._every: dict[str, Meter] = {}

    def meter(self, name: str, answer: str) -> Meter:
        return self._every.setdefault(name, Meter(name, answer))

    def close(self) -> None:
        for meter in self._every.values():
            meter.close()

    @property
    def meters(self) -> list[Meter]:
        """Those that ran: the student's first, then by the time that they took."""
        ran = [meter for meter in self._every.values() if meter.calls]
        return sorted(ran, key=lambda meter: (not meter.shapes, -meter.seconds))

    @property
    def share(self) -> float:
        """Which part of all calls were the student's."""
        ran = self.meters
        return sum(meter.calls for meter in ran if meter.shapes) / max(sum(meter.calls for meter in ran), 1)

    def _shown(self) -> tuple[str, str]:
        heads = [_told(f"own_{key}") for key in ("op", "rule", "calls", "mine", "reference", "difference")]
        rows = [_row(meter) for meter in self.meters]
        return table(heads, rows, [[f"<code>{row[0]}</code>", *map(escape, row[1:])] for row in rows], numbers=2)

    def __repr__(self) -> str:
        return self._shown()[0]

    def _repr_html_(self) -> str:
        return self._shown()[1]


def _row(meter: Meter) -> list[str]:
    name = meter.name.removesuffix("_with_taps")
    if not meter.shapes:
        return [name, _told("own_theirs"), str(meter.calls), "", f"{meter.mine:.1f}", ""]
    whose = f"{_told('own_yours')}: {meter.answer}"
    times = [f"{meter.mine:.1f}", f"{meter.reference:.1f}"]
    return [name, whose, str(meter.calls), *times, f"{meter.difference:.0e}" if meter.difference else "0"]


def table(
    heads: Sequence[str], plain: Sequence[Sequence[str]], html: Sequence[Sequence[str]], numbers: int | None = None
) -> tuple[str, str]:
    """A table as text and as HTML; from column ``numbers`` on it is set to the right."""
    from autograder.student.pictures.picture import text_width

    wide = [max(text_width(row[i], 1) for row in (heads, *plain)) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for i, cell in enumerate(row):
            blank = " " * round((wide[i] - text_width(cell, 1)) / 0.58)
            cells.append(blank + cell if numbers is not None and i >= numbers else cell + blank)
        return "  ".join(cells).rstrip()

    def cells(tag: str, row: Sequence[str]) -> str:
        sides = ("right" if numbers is not None and i >= numbers else "left" for i in range(len(row)))
        style = "padding:.15em 1em .15em 0;font-variant-numeric:tabular-nums;text-align"
        return "".join(f'<{tag} style="{style}:{side}">{cell}</{tag}>' for side, cell in zip(sides, row, strict=True))

    head = f"<thead><tr>{cells('th', [escape(head) for head in heads])}</tr></thead>"
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in html)
    return "\n".join(map(line, (heads, *plain))), f'<table style="border-collapse:collapse">{head}{body}</table>'


def _apart(made: Sequence[Any], wanted: Sequence[Any]) -> float:
    """The largest difference, in shares of the largest number; infinite where the shapes differ."""
    worst = 0.0
    for a, b in zip(made, wanted, strict=False):
        if a is None or b is None:
            continue
        if np.shape(a) != np.shape(b):
            return float("inf")
        if np.size(b):
            scale = float(np.abs(b).max())
            worst = max(worst, float(np.abs(np.subtract(a, b)).max()) / (scale or 1.0))
    return worst


def _told(key: str) -> str:
    return message(f"training.{key}").text(settings.language(), " / ")
