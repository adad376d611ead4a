"""A Jacobian between two vectors to play with: v left of it mixes its rows, t above it mixes its columns."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from autograder.judging.palette import BLUE, ORANGE, line
from autograder.student.pictures.matrix import table
from autograder.student.pictures.picture import (
    CONTROLS,
    Drawing,
    Picture,
    data,
    listed,
    number,
    script,
    words,
)

WIDE, TALL = 78, 42
MOST = 6
#: v and vᵀJ are of one colour, t and J t of another.
REVERSE, FORWARD = 1, 0


def products(
    J: Any,
    v: Sequence[float] | None = None,
    t: Sequence[float] | None = None,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> Picture:
    """vᵀJ 和 J t，动手试 / vᵀJ and J t to play with: drag the weights that mix rows and columns.

    J              a matrix of at most 6 rows and columns: a tensor, an array or nested lists
    v, t           the weights to begin with: v one for each row, t one for each column
    rows, columns  names for the rows (outputs y) and columns (inputs x)
    """
    numbers, rows, columns = table(J, rows, columns)
    if max(len(rows), len(columns)) > MOST:
        raise ValueError(f"J must have at most {MOST} rows and columns, got {len(rows)} and {len(columns)}")
    # Neither all ones nor a unit vector: those would hide what a weight does.
    left = [float(x) for x in _plain(v)] if v is not None else [(1.0, -0.5, 1.5)[i % 3] for i in range(len(rows))]
    top = [float(x) for x in _plain(t)] if t is not None else [(0.5, 1.0, -1.0)[j % 3] for j in range(len(columns))]
    for name, weights, count in (("v", left, len(rows)), ("t", top, len(columns))):
        if len(weights) != count:
            raise ValueError(f"{name} must have {count} numbers, got {len(weights)}")
    reach = float(max(2, *(abs(x) for x in (*left, *top))))
    vj = [sum(w * row[j] for w, row in zip(left, numbers, strict=True)) for j in range(len(columns))]
    jt = [sum(w * x for w, x in zip(top, row, strict=True)) for row in numbers]
    told = [f"J, {name}: {listed(row)}" for name, row in zip(rows, numbers, strict=True)]
    told += [f"v: {listed(left)}; vᵀJ: {listed(vj)} ({words('mixes_rows')})"]
    told += [f"t: {listed(top)}; J t: {listed(jt)} ({words('mixes_columns')})"]
    drawing = _drawn(numbers, rows, columns, left, top, vj, jt, reach)
    state = {"J": numbers, "v": left, "t": top, "rows": rows, "columns": columns, "reach": reach}
    around = (
        f"<style>{CONTROLS}.tidu-products [data-weight]{{cursor:ew-resize;touch-action:none}}"
        f".tidu-products .lit0 rect{{stroke:{line(BLUE)};stroke-width:3;stroke-opacity:1}}"
        f".tidu-products .lit1 rect{{stroke:{line(ORANGE)};stroke-width:3;stroke-opacity:1}}</style>"
        f'<div class="tidu-play tidu-products" {data(state)}><div class="lead" hidden>{escape(words("try_products"))}'
        f'</div><div class="stage">{{svg}}</div></div>{script("products.js")}'
    )
    return Picture(drawing.svg("\n".join(told)), "\n".join(told), around)


def _plain(weights: Any) -> Any:
    return weights.tolist() if hasattr(weights, "tolist") else weights


def _drawn(
    numbers: list[list[float]], rows: list[str], columns: list[str], v: list[float], t: list[float],
    vj: list[float], jt: list[float], reach: float,
) -> Drawing:  # fmt: skip
    """J in the middle, v left, t above, vᵀJ under it, J t right of it. The script finds its places by data-…."""
    drawing = Drawing()
    right, bottom = len(columns) * WIDE, len(rows) * TALL
    x_v, y_t, x_jt, y_vj = -WIDE - 44, -TALL - 40, right + 34, bottom + 34
    for i, name in enumerate(rows):
        drawing.text(-8, (i + 0.5) * TALL + 4, name, "e s q")
        _weight(drawing, x_v, i * TALL, "v", i, v[i], reach)
        _result(drawing, x_jt, i * TALL, "jt", i, jt[i])
        for j, value in enumerate(numbers[i]):
            drawing.marks.append(f'<g data-row="{i}" data-column="{j}">')
            drawing.rect(j * WIDE, i * TALL, WIDE, TALL)
            drawing.text((j + 0.5) * WIDE, (i + 0.5) * TALL + 4.5, number(value), "m")
            drawing.marks.append("</g>")
    for j, name in enumerate(columns):
        drawing.text((j + 0.5) * WIDE, -8, name, "m s q")
        _weight(drawing, j * WIDE, y_t, "t", j, t[j], reach)
        _result(drawing, j * WIDE, y_vj, "vj", j, vj[j])
    drawing.text(x_v + WIDE / 2, -8, "v", f"m b w{REVERSE}")
    drawing.text(-8, y_t + TALL / 2 + 4, "t", f"e b w{FORWARD}")
    drawing.text(-8, y_vj + TALL / 2 + 4, "vᵀJ", f"e b w{REVERSE}")
    drawing.text(x_jt + WIDE / 2, -8, "J t", f"m b w{FORWARD}")
    drawing.text(x_v, y_vj + TALL + 24, words("mixes_rows"), f"s w{REVERSE}")
    drawing.text(x_v, y_vj + TALL + 41, words("mixes_columns"), f"s w{FORWARD}")
    return drawing


def _weight(drawing: Drawing, x: float, y: float, vector: str, index: int, value: float, reach: float) -> None:
    """A number that can be dragged: under it the way from -reach to reach, and a knob."""
    hue = REVERSE if vector == "v" else FORWARD
    drawing.marks.append(f'<g data-weight="{vector}" data-index="{index}">')
    drawing.rect(x, y, WIDE, TALL, f"c t{hue}", 'rx="4"')
    drawing.text(x + WIDE / 2, y + 19, number(value), "m b")
    drawing.path(f"M{x + 9} {y + 31}h{WIDE - 18}", f"a l{hue}")
    knob = x + WIDE / 2 + value / reach * (WIDE / 2 - 9)
    drawing.marks.append(f'<circle cx="{knob:g}" cy="{y + 31}" r="5.5" class="f{hue}"/></g>')


def _result(drawing: Drawing, x: float, y: float, vector: str, index: int, value: float) -> None:
    hue = REVERSE if vector == "vj" else FORWARD
    drawing.marks.append(f'<g data-result="{vector}" data-index="{index}">')
    drawing.rect(x, y, WIDE, TALL, f"c t{hue}")
    drawing.text(x + WIDE / 2, y + TALL / 2 + 4.5, number(value), "m")
    drawing.marks.append("</g>")
