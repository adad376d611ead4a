"""A matrix as coloured cells with its numbers, a scale, and a row or a column outlined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograder.judging.palette import BLUE, ORANGE, STEPS, tint
from autograder.student.pictures.picture import Drawing, Picture, listed, text_width, words

TALL = 32
#: The longest side that is drawn, and the longest with its numbers.
MOST, WITH_NUMBERS = 32, 12


def heatmap(
    matrix: Any,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    row: int | None = None,
    column: int | None = None,
) -> Picture:
    """矩阵的热图 / A matrix as a heat map, with its numbers; blue is negative, orange positive.

    matrix          a tensor, an array or nested lists, of 2 dimensions; or of 4, a Jacobian whose first two and last
                    two are flattened here, with rows and columns named by pairs like (i, b)
    rows, columns   names for them; by default their numbers
    row, column     one to outline: the row solid, the column dashed
    """
    numbers, rows, columns = table(matrix, rows, columns)
    for name, chosen, count in (("row", row, len(rows)), ("column", column, len(columns))):
        if chosen is not None and not 0 <= chosen < count:
            raise ValueError(f"{name} must be from 0 to {count - 1}, got {chosen}")
    drawing = Drawing()
    plain = max(len(rows), len(columns)) > WITH_NUMBERS
    texts = [[two_digits(value) for value in line] for line in numbers]
    widest = max((text_width(text) for line in texts for text in line), default=0)
    wide = 18.0 if plain else max(widest, *(text_width(name, 11) for name in columns), 34.0) + 14
    tall = 18.0 if plain else float(TALL)
    top = max((abs(value) for line in numbers for value in line if math.isfinite(value)), default=0.0) or 1.0
    every = 5 if plain else 1
    for i, name in enumerate(rows):
        if i % every == 0:
            drawing.text(-8, (i + 0.5) * tall + 4, name, "e s")
    for j, name in enumerate(columns):
        if j % every == 0:
            drawing.text((j + 0.5) * wide, -8, name, "m s")
    surfaces(drawing, numbers, top, wide, tall)
    for i, line in enumerate(texts if not plain else []):
        for j, text in enumerate(line):
            drawing.text((j + 0.5) * wide, (i + 0.5) * tall + 4.5, text, "m")
    if row is not None:
        drawing.rect(-2, row * tall - 2, len(columns) * wide + 4, tall + 4, "a l3", 'stroke-width="3" rx="3"')
    if column is not None:
        drawing.rect(column * wide - 2, -2, wide + 4, len(rows) * tall + 4, "a d l3", 'stroke-width="3" rx="3"')
    y = len(rows) * tall + 16
    scale(drawing, top, y)
    x = 0.0
    for chosen, names, cls, what in ((row, rows, "a l3", "row"), (column, columns, "a d l3", "column")):
        if chosen is not None:
            label = f"{words(what)} {names[chosen]}"
            drawing.path(f"M{x:g} {y + 33:g}h26", cls, 'stroke-width="3"')
            drawing.text(x + 32, y + 37, label, "s")
            x += 32 + text_width(label, 11) + 20
    told = [words("matrix_told", rows=len(rows), columns=len(columns))]
    if plain:
        flat = [value for line in numbers for value in line]
        told += [words("matrix_range", low=two_digits(min(flat)), high=two_digits(max(flat)))]
    else:
        told += [f"{name}: {listed(line)}" for name, line in zip(rows, texts, strict=True)]
    told += [
        f"{words(what)}: {names[i]}"
        for what, names, i in (("row", rows, row), ("column", columns, column))
        if i is not None
    ]
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))


def table(
    matrix: Any, rows: Sequence[str] | None, columns: Sequence[str] | None
) -> tuple[list[list[float]], list[str], list[str]]:
    """The numbers of a matrix by rows, and what its rows and columns are called."""
    nested = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    shape: list[int] = []
    inner = nested
    while isinstance(inner, (list, tuple)):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    if len(shape) == 4:
        rows = rows or [f"({i}, {b})" for i in range(shape[0]) for b in range(shape[1])]
        columns = columns or [f"({j}, {c})" for j in range(shape[2]) for c in range(shape[3])]
        nested = [[x for line in block for x in line] for blocks in nested for block in blocks]
        shape = [shape[0] * shape[1], shape[2] * shape[3]]
    if len(shape) != 2 or 0 in shape:
        raise ValueError(
            f"matrix must have 2 dimensions (or 4, to be flattened) and no length 0, got shape {tuple(shape)}"
        )
    if max(shape) > MOST:
        raise ValueError(f"matrix must have at most {MOST} rows and columns to be drawn, got {tuple(shape)}")
    rows = [str(name) for name in rows] if rows else [str(i) for i in range(shape[0])]
    columns = [str(name) for name in columns] if columns else [str(j) for j in range(shape[1])]
    for name, names, count in (("rows", rows, shape[0]), ("columns", columns, shape[1])):
        if len(names) != count:
            raise ValueError(f"{name} must name {count} of them, got {len(names)}")
    return [[float(value) for value in line] for line in nested], rows, columns


def level(value: float, top: float) -> int:
    """How strongly a value is coloured, from -4 to 4, where ``top`` is the largest; 0 for zero alone."""
    if not math.isfinite(value) or value == 0:
        return 0
    return int(math.copysign(math.ceil(min(abs(value) / top, 1.0) * len(STEPS)), value))


def surfaces(drawing: Drawing, numbers: list[list[float]], top: float, wide: float, tall: float) -> None:
    """The cells: a path for each strength, and one for all their borders."""
    cells: dict[int, list[str]] = {}
    for i, line in enumerate(numbers):
        for j, value in enumerate(line):
            cells.setdefault(level(value, top), []).append(f"M{j * wide:g} {i * tall:g}h{wide:g}v{tall:g}h{-wide:g}z")
    for strength, squares in sorted(cells.items()):
        if strength:
            drawing.path("".join(squares), "", f'fill="{surface(strength)}"')
    height, width = len(numbers) * tall, len(numbers[0]) * wide
    across = "".join(f"M0 {i * tall:g}h{width:g}" for i in range(len(numbers) + 1))
    down = "".join(f"M{j * wide:g} 0v{height:g}" for j in range(len(numbers[0]) + 1))
    drawing.path(across + down, "c")
    drawing.hold(0, 0)
    drawing.hold(width, height)


def surface(strength: int) -> str:
    return tint(ORANGE if strength > 0 else BLUE, STEPS[abs(strength) - 1])


def scale(drawing: Drawing, top: float, y: float) -> None:
    """What the colours mean: from the most negative by zero to the most positive."""
    side = 18
    low, high = two_digits(-top), two_digits(top)
    left = text_width(low, 11) + 6
    drawing.text(left - 6, y + 11.5, low, "e s")
    steps = [*range(-len(STEPS), 0), 0, *range(1, len(STEPS) + 1)]
    for i, strength in enumerate(steps):
        drawing.rect(left + i * side, y, side, 14, "c", f'style="fill:{surface(strength)}"' if strength else "")
    drawing.text(left + 4.5 * side, y + 11.5, "0", "m s")
    drawing.text(left + 9 * side + 6, y + 11.5, high, "s")


def two_digits(value: float) -> str:
    """Two decimals, three where two would make a zero of what is none, powers of ten where these would too."""
    if not math.isfinite(value) or abs(value) >= 1e5:
        return f"{value:.2g}".replace("-", "−")
    digits = next((d for d in (2, 3) if float(f"{value:.{d}f}")), None) if value else 2
    return (f"{value:.{digits}f}" if digits else f"{value:.0e}").replace("-", "−")
