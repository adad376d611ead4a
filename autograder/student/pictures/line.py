"""Numbers where they stand on a line: what ``arange`` and ``linspace`` give, one under the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.judging.palette import HUES
from autograder.student.pictures.picture import Drawing, Picture, listed, number, text_width, words

WIDE, TALL, MARGIN = 440, 58, 26
#: How many numbers can be told apart on a line.
MOST = 24


def line(points: Mapping[str, Any], start: float, end: float) -> Picture:
    """数轴 / Numbers on a line from ``start`` to ``end``, a line for each name; an open circle is an end left out.

    points  for each name its numbers, a tensor of 1 dimension
    """
    if start == end or not points:
        raise ValueError(f"points must not be empty, and start differ from end, got {start} and {end}")
    drawing, told = Drawing(), []
    left = max(text_width(name, bold=True) for name in points) + MARGIN
    for i, (name, tensor) in enumerate(points.items()):
        values = [float(value) for value in tensor.tolist()]
        if not 0 < len(values) <= MOST:
            raise ValueError(f"points[{name!r}] must be 1 to {MOST} numbers to be drawn, got {len(values)}")
        y, hue = i * TALL, i % len(HUES)
        drawing.text(0, y + 4.5, name, f"b w{hue}")
        drawing.path(f"M{left - 8:g} {y}H{left + WIDE + 8:g}", "c")
        drawing.hold(left + WIDE + MARGIN, y + 28)
        near = 1e-6 * abs(end - start)
        left_out = [float(v) for v in (start, end) if not any(abs(v - other) < near for other in values)]
        for value in left_out:
            at = left + WIDE * (value - start) / (end - start)
            drawing.marks.append(f'<circle cx="{at:g}" cy="{y}" r="5" class="a l{hue}"/>')
            drawing.text(at, y + 22, number(value), "m q s")
        for value in values:
            at = left + WIDE * (value - start) / (end - start)
            drawing.marks.append(f'<circle cx="{at:g}" cy="{y}" r="5" class="f{hue}"/>')
            drawing.text(at, y + 22, number(value), "m s")
        told.append(f"{name}: {words('count', count=len(values))}: {listed(values)}")
        if left_out:
            told[-1] += f"; {words('left_out', values=listed(left_out))}"
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))
