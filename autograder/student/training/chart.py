"""Lines over a grid, drawn in a thousandth of a second: a curve that is drawn while a net trains must cost nothing.

matplotlib would take as long for a drawing as the net for an epoch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.student.pictures.picture import Drawing, number, text_width

#: The size of a plot, and how far the next one is.
WIDE, TALL, APART = 330, 190, 76
#: From how many points on they are a line alone.
MANY = 30


@dataclass
class Line:
    """One line: its points, of which those that are not finite are gaps, a colour, and a shape for its points."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    hue: int
    thin: bool = False


@dataclass
class Plot:
    """Lines over the same axes."""

    title: str
    lines: list[Line]
    xlabel: str
    last: float  # where the x axis ends; it begins at 0, or at 1 where there is nothing before
    first: float = 0.0
    shares: bool = False  # y is from 0 to 1, and told as percentages


def draw(drawing: Drawing, plots: Sequence[Plot]) -> None:
    """Plots side by side, each with what its lines are called."""
    for i, plot in enumerate(plots):
        _draw(drawing, plot, i * (WIDE + APART))


def _draw(drawing: Drawing, plot: Plot, left: float) -> None:
    low, high = _range(plot)
    steps = ticks(low, high)
    low, high = min(low, steps[0]), max(high, steps[-1])
    drawing.text(left + WIDE / 2, -12, plot.title, "m b")

    def at(x: float, y: float) -> tuple[float, float]:
        along = (x - plot.first) / ((plot.last - plot.first) or 1)
        return left + WIDE * along, TALL * (1 - (y - low) / ((high - low) or 1))

    for value in steps:
        _, y = at(plot.first, value)
        drawing.path(f"M{left:g} {y:.1f}h{WIDE}", "c", 'style="stroke-opacity:.18"')
        drawing.text(left - 8, y + 4, f"{number(100 * value, 4)}%" if plot.shares else number(value, 4), "e s")
    for value in ticks(plot.first, plot.last, whole=True):
        x, _ = at(value, low)
        drawing.path(f"M{x:.1f} 0v{TALL}", "c", 'style="stroke-opacity:.18"')
        drawing.text(x, TALL + 16, number(value), "m s")
    drawing.path(f"M{left:g} 0v{TALL}h{WIDE}", "c")
    drawing.text(left + WIDE / 2, TALL + 34, plot.xlabel, "m s")
    for line in plot.lines:
        _line(drawing, line, [at(x, y) if math.isfinite(y) else None for x, y in zip(line.x, line.y, strict=True)])
    _legend(drawing, plot, left)


def _line(drawing: Drawing, line: Line, points: Sequence[tuple[float, float] | None]) -> None:
    path, joined = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if joined else 'M'}{point[0]:.1f} {point[1]:.1f}"
        joined = point is not None
    if path:
        drawing.path(path, f"a l{line.hue}", _style(line))
    marked = [point for point in points if point is not None and not line.thin]
    if len(marked) < MANY:
        for x, y in marked:
            drawing.path(shape(line.hue, x, y), f"f{line.hue}")


def _legend(drawing: Drawing, plot: Plot, left: float) -> None:
    """Below the plot, in as many rows as its width asks for: inside, some line would always run through it."""
    x, y = left, TALL + 56.0
    for line in plot.lines:
        wide = 34 + text_width(line.label, 11)
        if x > left and x + wide > left + WIDE:
            x, y = left, y + 18
        drawing.path(f"M{x:.1f} {y:.1f}h26", f"a l{line.hue}", _style(line))
        if not line.thin:
            drawing.path(shape(line.hue, x + 13, y), f"f{line.hue}")
        drawing.text(x + 34, y + 4, line.label, "s")
        x += wide + 18


def _style(line: Line) -> str:
    return 'style="stroke-width:1;stroke-opacity:.55"' if line.thin else ""


def shape(kind: int, x: float, y: float, r: float = 3.6) -> str:
    """A circle, a square, a triangle, a diamond or a triangle upside down: colour alone tells nothing."""
    corners = (
        None,
        ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        ((-1.1, 0.9), (0, -1.2), (1.1, 0.9)),
        ((-1.3, 0), (0, -1.3), (1.3, 0), (0, 1.3)),
        ((-1.1, -0.9), (0, 1.2), (1.1, -0.9)),
    )[kind % 5]
    if corners is None:
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    return "M" + "L".join(f"{x + r * dx:.1f} {y + r * dy:.1f}" for dx, dy in corners) + "z"


def _range(plot: Plot) -> tuple[float, float]:
    """From the least to the greatest; from 0 where the least is not far from it."""
    found = [value for line in plot.lines for value in line.y if math.isfinite(value)]
    low, high = min(found, default=0.0), max(found, default=1.0)
    if low == high:
        low, high = (low - 0.5, high + 0.5) if not plot.shares else (max(low - 0.1, 0.0), min(high + 0.1, 1.0))
    return (0.0 if 0 <= low < 0.4 * high else low), high


def ticks(low: float, high: float, most: int = 6, whole: bool = False) -> list[float]:
    """At most so many round numbers that cover a range: steps of 1, 2 or 5 times a power of ten.

    whole   whole numbers within the range instead
    """
    step = 10.0 ** math.floor(math.log10((high - low) / most or 1)) if high > low else 1.0
    while True:
        for factor in (1, 2, 5):
            size = factor * step
            if whole:
                size = max(round(size), 1)
                first, last = math.ceil(low / size), math.floor(high / size)
            else:
                first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
            if last - first < most + 1:
                return [float(f"{i * size:.12g}") for i in range(first, last + 1)]
        step *= 10
