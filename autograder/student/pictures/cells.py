"""A tensor as the cells it holds: one sheet of rows and columns, or several; an image beside its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from autograder.judging.palette import BLUE, GREEN, ORANGE, STEPS, tint
from autograder.student.pictures.picture import Drawing, Picture, listed, nested, number, text_width, words

TALL, GAP = 28, 34
#: How many cells can be read on a page.
MOST = 150
#: What red, green and blue are coloured with, and called.
CHANNELS = ((ORANGE, "red"), (GREEN, "green"), (BLUE, "blue"))


def tensor(x: Any, labels: Sequence[Sequence[str] | None] | None = None) -> Picture:
    """张量的每个数 / Every number of a tensor in its place, with an arrow along each dimension.

    x       a tensor of tidu or of PyTorch, of at most 3 dimensions
    labels  for each dimension, what its indices stand for, or None; by default there are none
    """
    shape = tuple(int(n) for n in x.shape)
    if len(shape) > 3 or not 0 < prod(shape) <= MOST:
        raise ValueError(f"x must have at most 3 dimensions and 1 to {MOST} elements to be drawn, got shape {shape}")
    named = list(labels or [None] * len(shape))
    if [None if names is None else len(names) for names in named] != [
        None if names is None else n for names, n in zip(named, shape, strict=False)
    ]:
        raise ValueError(f"labels must name the indices of each dimension of shape {shape}")
    flat = x.reshape(-1).tolist()
    sheets, rows, columns = (1,) * (3 - len(shape)) + shape
    behind, down, across = [None] * (3 - len(shape)) + named
    texts = [number(value) for value in flat]
    wide = max(34.0, *(text_width(text) + 14 for text in [*texts, *(across or ())]))
    drawing = Drawing()
    left = max((text_width(name) for name in down or ()), default=0.0) + 8 * bool(down)
    span = left + columns * wide + GAP
    top = TALL * bool(across)
    for s in range(sheets):
        here = texts[s * rows * columns : (s + 1) * rows * columns]
        if len(shape) == 3:
            drawing.text(s * span + left, -10, behind[s] if behind else f"[{s}]", "b")
        _sheet(drawing, s * span + left, top, wide, [here[i * columns : (i + 1) * columns] for i in range(rows)])
        _names(drawing, s * span + left, top, wide, down, across)
    _arrows(drawing, shape, left, top, wide, span)
    told = [f"{words('shape')} {shape}: {nested(x.tolist())}"]
    told += [words("names_told", dim=dim, names=listed(names)) for dim, names in enumerate(named) if names]
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))


def image(x: Any) -> Picture:
    """彩色图像与它的三层数 / A colour image, and beside it the numbers that say how red, green and blue each pixel is.

    x  a tensor of shape (3, height, width) with numbers from 0 to 255
    """
    shape = tuple(int(n) for n in x.shape)
    if len(shape) != 3 or shape[0] != 3 or not 0 < prod(shape) <= MOST:
        raise ValueError(f"x must have shape (3, height, width) and at most {MOST} elements, got {shape}")
    _, height, width = shape
    sheets = x.tolist()
    if not all(0 <= value <= 255 for sheet in sheets for row in sheet for value in row):
        raise ValueError("x must hold numbers from 0 to 255")
    drawing, side = Drawing(), TALL
    for i in range(height):
        for j in range(width):
            colour = ",".join(f"{sheet[i][j]:.0f}" for sheet in sheets)
            drawing.rect(j * side, i * side, side, side, "c", f'style="fill:rgb({colour})"')
    left: float = width * side + GAP
    wide = max(34.0, *(text_width(number(value)) + 8 for sheet in sheets for row in sheet for value in row))
    for s, (hue, name) in enumerate(CHANNELS):
        drawing.text(left, -10, f"[{s}] {words(name)}", "b")
        fills = [[tint(hue, STEPS[-1] * value / 255) for value in row] for row in sheets[s]]
        _sheet(drawing, left, 0, wide, [[number(value) for value in row] for row in sheets[s]], fills)
        left += width * wide + GAP / 2
    told = [f"{words('shape')} {shape}"]
    for s, (_, name) in enumerate(CHANNELS):
        told.append(f"[{s}] {words(name)}: {nested(sheets[s])}")
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))


def _sheet(
    drawing: Drawing, x: float, y: float, wide: float, rows: list[list[str]], fills: list[list[str]] | None = None
) -> None:
    """Rows and columns of cells with their texts; ``fills`` has a colour for each."""
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            more = f'style="fill:{fills[i][j]}"' if fills else ""
            drawing.rect(x + j * wide, y + i * TALL, wide, TALL, "c" if fills else "c t0", more)
            drawing.text(x + (j + 0.5) * wide, y + i * TALL + TALL / 2 + 4.5, text, "m")


def _names(
    drawing: Drawing, x: float, y: float, wide: float, down: Sequence[str] | None, across: Sequence[str] | None
) -> None:
    """What the rows are, left of them, and the columns, above."""
    for i, name in enumerate(down or ()):
        drawing.text(x - 8, y + i * TALL + TALL / 2 + 4.5, name, "e")
    for j, name in enumerate(across or ()):
        drawing.text(x + (j + 0.5) * wide, y - 10, name, "m")


def _arrows(drawing: Drawing, shape: tuple[int, ...], left: float, top: float, wide: float, span: float) -> None:
    """An arrow along each dimension of the first sheet, and one from sheet to sheet."""
    if not shape:
        return
    rows = shape[-2] if len(shape) > 1 else 1
    y = top + rows * TALL + 14
    _arrow(drawing, left, y, shape[-1] * wide, 0, len(shape) - 1, shape[-1])
    if len(shape) > 1:
        _arrow(drawing, -14, top, 0, rows * TALL, len(shape) - 2, rows)
    if len(shape) > 2:
        _arrow(drawing, left, y + 34, (shape[0] - 1) * span + shape[-1] * wide, 0, 0, shape[0])


def _arrow(drawing: Drawing, x: float, y: float, dx: float, dy: float, dim: int, length: int) -> None:
    hue = dim + 1
    drawing.path(f"M{x:g} {y:g}L{x + dx:g} {y + dy:g}", f"a l{hue}")
    drawing.head(x + dx, y + dy, float(dx > 0), float(dy > 0), f"f{hue}")
    label = words("along", dim=dim, length=length)
    if dy:
        drawing.text(x - 8, y + dy / 2 + 4, label, f"e s w{hue}")
    else:
        drawing.text(x, y + 16, label, f"s w{hue}")
