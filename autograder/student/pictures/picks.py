"""What an index expression picks: its cells in the memory, in the tensor, and in the result.

A colour is an expression. A view is drawn with its steps, as in ``strip``; a copy has none, so each of its cells says
which element of the result was read there, and what is copied has a dashed border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from autograder.judging.palette import HUES
from autograder.student.pictures.picture import CONTROLS, Drawing, Picture, data, listed, script, text_width, words
from autograder.student.pictures.strip import ABOVE, BAR, BELOW, CELL, MOST, TALL, View, lane, memory_told, short, strip

#: Between the tensor and what is taken from it.
GAP = 40


@dataclass
class Pick:
    """An expression with its result: a shape, and for each element in turn its place in memory."""

    name: str
    shape: tuple[int, ...]
    places: list[int]
    view: View | None = None  # None for a copy

    @classmethod
    def of(cls, name: str, base: Any, result: Any) -> Pick:
        values = {value: place for place, value in enumerate(base.reshape(-1).tolist())}
        shape = tuple(int(n) for n in result.shape)
        try:
            places = [values[value] for value in result.reshape(-1).tolist()]
        except KeyError as missing:
            raise ValueError(f"{name!r} holds {missing}, which is no element of base") from None
        if len(places) > MOST or len(shape) > 2:
            raise ValueError(f"{name!r} must have at most 2 dimensions and {MOST} elements to be drawn, got {shape}")
        if result.untyped_storage().data_ptr() != base.untyped_storage().data_ptr():
            return cls(name, shape, places)
        return cls(name, shape, places, View.of(name, result, base.storage_offset()))

    def facts(self) -> str:
        if self.view is None:
            return f"{words('copy')}: {words('shape')} {self.shape}"
        stride, offset = self.view.stride, self.view.offset
        rest = f"{words('stride')} {stride}, {words('offset')} {offset}"
        return f"{words('view')}: {words('shape')} {self.shape}, {rest}"

    def told(self) -> str:
        return f"{self.name}: {self.facts()}; {words('cells_told', places=listed(self.places))}"


def picks(base: Any, results: Mapping[str, Any]) -> Picture:
    """索引挑了哪些格子 / Which cells of ``base`` each result was taken from, and whether it is a view or a copy.

    base      a contiguous tensor, of tidu or of PyTorch, of one or two dimensions, whose elements all differ: by them
              it is known where those of a copy came from
    results   tensors taken from it, of at most two dimensions, by the expression to print
    """
    values = base.reshape(-1).tolist()
    if len(values) > MOST or not 1 <= len(base.shape) <= 2:
        raise ValueError(f"base must have 1 or 2 dimensions and at most {MOST} elements, got {tuple(base.shape)}")
    if len(set(values)) < len(values):
        raise ValueError("the elements of base must all differ, to be told apart in a copy")
    found = [Pick.of(name, base, result) for name, result in results.items()]
    shape = (1, *(int(n) for n in base.shape))[-2:]
    return _picture(values, (shape[0], shape[1]), found)


def indexing(shape: Sequence[int] = (3, 4)) -> Picture:
    """索引，动手试 / Write an index expression, and see what it picks.

    shape   two lengths: the tensor x has the values 10, 11, 12 …
    """
    shape = tuple(int(n) for n in shape)
    if len(shape) != 2 or not all(2 <= n <= 6 for n in shape) or prod(shape) > 24:
        raise ValueError(f"shape must be two lengths from 2 to 6, of at most 24 cells, got {shape}")
    rows, columns = shape
    values = list(range(10, 10 + rows * columns))
    places = [i * columns + j for i in range(1, rows) for j in range(0, columns, 2)]
    taken = (rows - 1, (columns + 1) // 2)
    start = Pick("x[1:, ::2]", taken, places, View("x[1:, ::2]", taken, (columns, 2), columns))
    names = ("memory", "place", "shape", "stride", "offset", "view", "copy", "order", "empty")
    state = {
        "values": values,
        "shape": shape,
        "start": start.name,
        "presets": [
            start.name, "x[1]", "x[1:2]", "x[:, -1]", "x[5:]", "x[:, None]", f"x[[{rows - 1}, 0]]",
            "x[[0, 1], [1, 0]]", "x[[[0], [1]], [0, 1]]", "x[x > 15]",
        ],
        "words": {name: words(name) for name in names} | {n: words(f"index_{n}") for n in _PROBLEMS},
    }  # fmt: skip
    still = _picture(values, (rows, columns), [start])
    around = (
        f'<style>{CONTROLS}{_BOX}</style><div class="tidu-play tidu-indexing" {data(state)}><div class="lead" hidden>'
        f'{words("try_indexing")}</div><div class="stage">{{svg}}</div></div>{script("picks.js")}'
    )
    return Picture(still.svg, repr(still), around)


#: What the box answers to what it cannot do.
_PROBLEMS = ("unread", "range", "many", "broadcast", "step", "mask", "nested", "large")
_BOX = (
    ".tidu-indexing input[type=text]{width:15em;font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "'DejaVu Sans Mono',monospace;color:inherit;background:transparent;padding:.15em .5em;border-radius:.4em;"
    "border:1px solid color-mix(in srgb,currentColor 45%,transparent)}"
)


def _picture(values: list[Any], shape: tuple[int, int], found: list[Pick]) -> Picture:
    drawing = Drawing()
    left = -max(text_width(text, bold=True) for text in (words("memory"), *(pick.name for pick in found))) - 14
    left = min(left, -text_width(words("order"), 11) - 14)
    strip(drawing, values, left)
    top = TALL + 24.0
    for i, pick in enumerate(found):
        hue = i % len(HUES)
        if pick.view is not None:
            lane(drawing, pick.view, hue, top, left, len(values))
            top += ABOVE + BAR + BELOW
        else:
            _copied(drawing, pick, hue, top + 8, left, len(values))
            top += BAR + 40
    _grids(drawing, values, shape, found, top + 14, left)
    told = "\n".join([memory_told(values), *(p.told() for p in found)])
    return Picture(drawing.svg(told), told)


def _copied(drawing: Drawing, pick: Pick, hue: int, bar: float, left: float, count: int) -> None:
    """The cells of a copy, each with the numbers of the elements that were read there."""
    drawing.text(left, bar + BAR, pick.name, f"b w{hue}")
    drawing.text(left, bar + BAR + 15, words("order"), "q s")
    drawing.path(f"M0 {bar + BAR / 2:g}H{count * CELL}", "c")
    for place in sorted(set(pick.places)):
        drawing.rect(place * CELL + 4, bar, CELL - 8, BAR, f"f{hue}", 'rx="3"')
        numbers = ",".join(str(number) for number, read in enumerate(pick.places) if read == place)
        drawing.text((place + 0.5) * CELL, bar + BAR + 15, numbers, f"m s w{hue}")


def _grids(
    drawing: Drawing, values: list[Any], shape: tuple[int, int], found: list[Pick], top: float, left: float
) -> None:
    """For each expression the tensor, an arrow and the result, as many beside each other as the strip is wide."""
    room, x, lowest = max(drawing.right, 560.0), left, top
    for i, pick in enumerate(found):
        hue = i % len(HUES)
        rows, columns = (1, 1, *pick.shape)[-2:]
        if len(pick.shape) < 2:
            rows = 1
        wide = shape[1] * CELL + GAP + max(columns, 1) * CELL
        width = max(wide, text_width(pick.facts(), 11), text_width(pick.name, bold=True) + 18)
        if x > left and x + width > room:
            x, top = left, lowest + 26
        drawing.rect(x, top, 12, 12, f"f{hue}", 'rx="3"')
        drawing.text(x + 18, top + 11, pick.name, f"b w{hue}")
        drawing.text(x, top + 29, pick.facts(), "s")
        y, taken = top + 40, set(pick.places)
        for place, value in enumerate(values):
            at = (x + place % shape[1] * CELL, y + place // shape[1] * TALL)
            _cell(drawing, *at, value, place, f"c t{hue}" if place in taken else "c")
        start = x + shape[1] * CELL
        middle = y + shape[0] * TALL / 2
        drawing.path(f"M{start + 9:g} {middle:g}h{GAP - 20}", f"a l{hue}")
        drawing.head(start + GAP - 8, middle, 1, 0, f"f{hue}")
        first = y + max(shape[0] - rows, 0) * TALL / 2
        if not pick.places:
            drawing.text(start + GAP, middle + 5, words("empty"), "q")
        for number, place in enumerate(pick.places):
            at = (start + GAP + number % columns * CELL, first + number // columns * TALL)
            _cell(drawing, *at, values[place], place, f"c t{hue}" + " d" * (pick.view is None))
        lowest = max(lowest, y + max(shape[0], rows) * TALL)
        x += width + 30


def _cell(drawing: Drawing, x: float, y: float, value: Any, place: int, cls: str) -> None:
    drawing.rect(x, y, CELL, TALL, cls)
    drawing.text(x + CELL / 2, y + 16, short(value), "m")
    drawing.text(x + CELL - 3, y + TALL - 3, place, "e q xs")
