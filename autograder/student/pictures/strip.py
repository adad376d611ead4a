"""A memory as a strip of cells, the views over it as lanes below, and each view as the grid that it shows.

A colour is a view. In a view's lane stand the cells that it reads and two arrows from its first element: one step
along dimension 0 above, one along dimension 1 below, each with its stride.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.judging.palette import HUES
from autograder.student.pictures.picture import Drawing, Picture, listed, number, text_width, words

CELL, TALL = 36, 32
#: A lane: arrows along dimension 0, the bars, arrows along dimension 1.
ABOVE, BAR, BELOW = 27, 11, 27
#: How many cells can be told apart on a page.
MOST = 64


@dataclass
class View:
    """A view over a memory, by what it says of itself."""

    name: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, name: str, tensor: Any, start: int) -> View:
        shape, stride = tuple(int(n) for n in tensor.shape), tuple(int(s) for s in tensor.stride())
        if len(shape) > 2:
            raise ValueError(f"a view must have at most 2 dimensions to be drawn, got {name!r} of shape {shape}")
        return cls(name, shape, stride, tensor.storage_offset() - start)

    def places(self) -> list[list[int]]:
        """For each element, as rows: its place in memory."""
        rows, columns = (1,) * (2 - len(self.shape)) + self.shape
        down, right = (0,) * (2 - len(self.shape)) + self.stride
        return [[self.offset + i * down + j * right for j in range(columns)] for i in range(rows)]

    def facts(self) -> list[str]:
        """Shape, stride, offset: a line each, the offset where there is one."""
        facts = [f"{words('shape')} {self.shape}", f"{words('stride')} {self.stride}"]
        return [*facts, f"{words('offset')} {self.offset}"] if self.offset else facts

    def told(self) -> str:
        cells = words("cells_told", places=listed(place for row in self.places() for place in row))
        return f"{self.name}: {', '.join(self.facts())}; {cells}"


def memory(base: Any, views: Mapping[str, Any] | None = None) -> Picture:
    """内存格子与各视图 / The memory of ``base`` as a strip, and under it each view with where its elements lie.

    base    a contiguous tensor, of tidu or of PyTorch, that owns the memory
    views   tensors over the same memory, of at most two dimensions, by the name to print; by default base itself
    """
    values = base.reshape(-1).tolist()
    if len(values) > MOST:
        raise ValueError(f"base must have at most {MOST} elements to be drawn, got {len(values)}")
    start = base.storage_offset()
    shown = [View.of(name, view, start) for name, view in (views or {"x": base}).items()]
    for view in shown:
        outside = [place for row in view.places() for place in row if not 0 <= place < len(values)]
        if outside:
            raise ValueError(f"{view.name!r} is no view of base: it reads cell {outside[0]} of {len(values)}")
    told = "\n".join([memory_told(values), *(view.told() for view in shown)])
    return Picture(draw(values, shown).svg(told), told)


def memory_told(values: list[Any]) -> str:
    """What is in the cells, which are counted from 0."""
    return words("memory_told", count=len(values), last=len(values) - 1, values=listed(values))


def draw(values: list[Any], views: list[View]) -> Drawing:
    """The strip, a lane for each view, and the views themselves."""
    drawing = Drawing()
    left = -max(text_width(text, bold=True) for text in (words("memory"), *(view.name for view in views))) - 14
    strip(drawing, values, left)
    top = TALL + 24.0
    for i, view in enumerate(views):
        lane(drawing, view, i % len(HUES), top, left, len(values))
        top += ABOVE + BAR + BELOW
    _grids(drawing, views, values, top + 14, left)
    return drawing


def strip(drawing: Drawing, values: list[Any], left: float) -> None:
    drawing.text(left, TALL / 2 + 5, words("memory"), "b")
    drawing.text(left, TALL + 14, words("place"), "q s")
    for place, value in enumerate(values):
        drawing.rect(place * CELL, 0, CELL, TALL)
        drawing.text(place * CELL + CELL / 2, TALL / 2 + 5, short(value), "m")
        drawing.text(place * CELL + CELL / 2, TALL + 14, place, "m q s")


def lane(drawing: Drawing, view: View, hue: int, top: float, left: float, count: int) -> None:
    bar = top + ABOVE
    drawing.text(left, bar + BAR, view.name, f"b w{hue}")
    drawing.path(f"M0 {bar + BAR / 2:g}H{count * CELL}", "c")
    for place in sorted({place for row in view.places() for place in row}):
        drawing.rect(place * CELL + 4, bar, CELL - 8, BAR, f"f{hue}", 'rx="3"')
    drawing.hold(0, top)
    drawing.hold(0, bar + BAR + BELOW)
    for dim, (length, step) in enumerate(zip(view.shape, view.stride, strict=True)):
        if length > 1 and 0 not in view.shape:
            upward = dim == 0 and len(view.shape) == 2
            _step(drawing, view.offset, step, f"dim {dim}: {step:+d}", upward, hue, bar if upward else bar + BAR, count)


def _step(drawing: Drawing, place: int, step: int, label: str, upward: bool, hue: int, y: float, count: int) -> None:
    """An arrow from one place to another, over the bars or under them, and its label beside its tip."""
    sign = -1 if upward else 1
    start, end = (place + 0.5) * CELL, (place + step + 0.5) * CELL
    if step == 0:  # it comes back to where it was
        start, end = start - 7, end + 7
    edge, far = y + 2 * sign, y + 24 * sign
    drawing.path(f"M{start:g} {edge:g}C{start:g} {far:g} {end:g} {far:g} {end:g} {edge + 5 * sign:g}", f"a l{hue}")
    drawing.head(end, edge, 0, -sign, f"f{hue}", 7)
    right = max(start, end) + 8
    fits = right + text_width(label, 11) <= max(count, 8) * CELL
    drawing.text(right if fits else min(start, end) - 8, edge + 15 * sign + 4, label, f"s w{hue}" + " e" * (not fits))


def _grids(drawing: Drawing, views: list[View], values: list[Any], top: float, left: float) -> None:
    """The views side by side, in as many rows as the strip's width asks for."""
    room = max(drawing.right, 560.0)
    x, lowest = left, top
    for i, view in enumerate(views):
        hue, places = i % len(HUES), view.places()
        columns = len(places[0]) if places else 0
        width = max(columns * CELL, *(text_width(fact, 11) for fact in view.facts()), text_width(view.name, bold=True))
        if x > left and x + width > room:
            x, top = left, lowest + 26
        drawing.rect(x, top, 12, 12, f"f{hue}", 'rx="3"')
        drawing.text(x + 18, top + 11, view.name, f"b w{hue}")
        y = top + 14
        for fact in view.facts():
            y += 15
            drawing.text(x, y, fact, "s")
        y = top + 14 + 15 * 3 + 10
        if not (places and columns):
            drawing.text(x, y + 14, words("empty"), "q")
        for row in places:
            for j, place in enumerate(row):
                drawing.rect(x + j * CELL, y, CELL, TALL, f"c t{hue}")
                drawing.text(x + j * CELL + CELL / 2, y + 16, short(values[place]), "m")
                drawing.text(x + (j + 1) * CELL - 3, y + TALL - 3, place, "e q xs")
            y += TALL
        lowest = max(lowest, y)
        x += width + 30


def short(value: Any) -> str:
    return number(value, 3)
