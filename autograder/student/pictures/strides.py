"""Shape, stride and offset to play with: sliders, and under the mouse the way from an index to its place in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograder.student.pictures.picture import CONTROLS, Picture, data, script, words
from autograder.student.pictures.strip import View, draw, memory_told

#: The largest length that a slider reaches, and the most cells that stay readable in a row.
LONGEST, MOST = 6, 24


def strides(
    shape: Sequence[int] = (3, 4),
    stride: Sequence[int] | None = None,
    offset: int = 0,
    values: Sequence[object] | None = None,
) -> Picture:
    """步幅，动手试 / Shape, stride and offset to play with, over one memory.

    shape           two lengths: the memory has just as many cells as a contiguous tensor of this shape
    stride, offset  what to begin with; by default contiguous, and 0
    values          what is in the memory; by default 10, 11, 12 …
    """
    shape = tuple(int(n) for n in shape)
    if len(shape) != 2 or not all(1 <= n <= LONGEST for n in shape) or math.prod(shape) > MOST:
        raise ValueError(f"shape must be two lengths from 1 to {LONGEST}, of at most {MOST} cells, got {shape}")
    count = math.prod(shape)
    memory = list(values) if values is not None else list(range(10, 10 + count))
    if len(memory) != count:
        raise ValueError(f"values must be {count} for shape {shape}, got {len(memory)}")
    start = View("x", shape, tuple(int(s) for s in stride) if stride is not None else (shape[1], 1), int(offset))
    if len(start.stride) != 2 or not all(0 <= s <= count for s in start.stride) or not 0 <= offset < count:
        raise ValueError(f"stride must be two numbers from 0 to {count}, offset one below {count}")
    if max(place for row in start.places() for place in row) >= count:
        raise ValueError(f"shape {shape}, stride {start.stride} and offset {offset} read outside {count} cells")
    rows, columns = shape
    presets = [
        View("x", shape, (columns, 1), 0),
        View("x.t()", (columns, rows), (1, columns), 0),
        View(f"x.view({columns}, {rows})", (columns, rows), (rows, 1), 0),
        View("x[:, 1::2]", (rows, columns // 2), (columns, 2), 1),
        View(f"x[{min(1, rows - 1)}].expand({rows}, {columns})", shape, (0, 1), columns if rows > 1 else 0),
    ]
    state = {
        "values": [str(value) for value in memory],
        "longest": LONGEST,
        "start": _facts(start),
        "presets": [_facts(view) for view in presets if 0 not in view.shape],
        "words": {
            name: words(name) for name in ("memory", "place", "shape", "stride", "offset", "outside", "place_is")
        },
    }
    told = "\n".join([memory_told(memory), start.told()])
    around = (
        f'<style>{CONTROLS}</style><div class="tidu-play tidu-strides" {data(state)}><div class="lead" hidden>'
        f'{words("try_strides")}</div><div class="stage">{{svg}}</div></div>{script("strides.js")}'
    )
    return Picture(draw(memory, [start]).svg(told), told, around)


def _facts(view: View) -> dict[str, object]:
    return {"name": view.name, "shape": view.shape, "stride": view.stride, "offset": view.offset}
