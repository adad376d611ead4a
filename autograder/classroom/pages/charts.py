"""Charts as inline SVG or boxes, drawn by hand: sharp at any size, in print too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.classroom.pages import GOOD


def histogram(counts: Sequence[int], labels: Sequence[str], *, title: str) -> str:
    """Vertical bars, one for each count, with the number above each. 直方图。"""
    width, height, floor, top = 440, 250, 222, 24
    step = width / len(counts)
    most = max(max(counts), 1)
    parts = []
    for index, (count, label) in enumerate(zip(counts, labels, strict=True)):
        tall = (floor - top) * count / most
        x, middle = index * step + 3, (index + 0.5) * step
        if count:
            parts.append(
                f'<rect x="{x:.1f}" y="{floor - tall:.1f}" width="{step - 6:.1f}" height="{tall:.1f}" rx="3" '
                f'fill="{GOOD}"/><text class="value" x="{middle:.1f}" y="{floor - tall - 6:.1f}" '
                f'text-anchor="middle">{count}</text>'
            )
        parts.append(f'<text x="{middle:.1f}" y="{floor + 18}" text-anchor="middle">{escape(label)}</text>')
    axis = f'<line x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>'
    return _svg(height, title, axis + "".join(parts), width)


def stacked(rows: Sequence[tuple[str, Sequence[int], str]], colours: Sequence[str], *, title: str) -> str:
    """Horizontal bars of several colours that add up to the whole; a row is (name, counts, remark). 堆叠条形图。

    Boxes and no drawing: a drawing this wide shrinks on a telephone, and its words with it.
    """
    parts = []
    for name, counts, remark in rows:
        bar = "".join(
            f'<i style="flex:{count};background:{colour};color:{"#fff" if colour == GOOD else "#1d2733"}">{count}</i>'
            for count, colour in zip(counts, colours, strict=True)
            if count
        )
        parts.append(f"<code>{escape(name)}</code><span>{bar}</span><b>{escape(remark)}</b>")
    return f'<div class="stacked" role="img" aria-label="{escape(title, quote=True)}">{"".join(parts)}</div>'


def bars(rows: Sequence[tuple[str, float, str]], *, title: str, colour: str = GOOD, names: int = 150) -> str:
    """Horizontal bars; a row is (name, value, value as text). 条形图。"""
    line, right, width = 34, 70, 440
    most = max([value for _, value, _ in rows] + [1e-9])
    parts = []
    for index, (name, value, text) in enumerate(rows):
        y, wide = index * line, (width - names - right) * value / most
        parts.append(f'<text class="name" x="{names - 10}" y="{y + 17}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{names}" y="{y + 4}" width="{max(wide, 1):.1f}" height="17" rx="3" fill="{colour}"/>')
        parts.append(f'<text class="value" x="{names + wide + 8:.1f}" y="{y + 17}">{escape(text)}</text>')
    return _svg(line * len(rows), title, "".join(parts), width)


def _svg(height: int, title: str, body: str, width: int) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    )
