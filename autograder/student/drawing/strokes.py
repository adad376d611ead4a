"""A drawing as the camera of 1998 would have seen it: strokes to 8×8 numbers from 0 to 16. 笔画变成 8×8 的数字图像。

The digits that the net learns from were scanned from paper forms, cut out as bitmaps of 32×32, stretched to the full
height and to 20 pixels of width, and their strokes made thicker or thinner until about as much was inked in each; then
the ink was counted in blocks of 4×4. A drawing that is to be read goes the same way. ``board.js`` does all of this
once more, with the same numbers in the same order.

Source: M. D. Garris et al., NIST Form-Based Handprint Recognition System, NISTIR 5469, 1994;
E. Alpaydin, C. Kaynak, 1998, https://doi.org/10.24432/C50P49
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Stroke = Sequence[Sequence[float]]

SIDE, BLOCK = 32, 4
#: Of the bitmap, how wide a digit is stretched, and how far its line stays from the border.
WIDE, MARGIN = 20, 2.5
#: How many of the 1,024 pixels are inked, as in the data, and the bounds of half a stroke's width.
INKED, THIN, THICK = 312, 1.2, 5.2
#: A digit is widened at most this much more than it is heightened: a 1 stays a 1.
STRETCH = 1.5


def pixels(strokes: Sequence[Stroke]) -> np.ndarray:
    """The drawing as 8×8 integers from 0 to 16, how many pixels of each block of 4×4 are inked; zeros for none."""
    segments = _segments(strokes)
    if not segments:
        return np.zeros((SIDE // BLOCK, SIDE // BLOCK), dtype=int)
    distance = _distances(_fitted(np.array(segments, dtype=float)))
    reach = min(max(float(np.sort(distance, axis=None)[INKED - 1]), THIN * THIN), THICK * THICK)
    inked = distance <= reach
    return inked.reshape(SIDE // BLOCK, BLOCK, SIDE // BLOCK, BLOCK).sum(axis=(1, 3))


def _segments(strokes: Sequence[Stroke]) -> list[list[float]]:
    """Straight pieces (x0, y0, x1, y1); a dot is one of length 0."""
    found = []
    for stroke in strokes:
        points = [*stroke, stroke[-1]] if len(stroke) == 1 else stroke
        found += [[*a, *b] for a, b in pairwise(points)]
    return found


def _fitted(segments: np.ndarray) -> np.ndarray:
    """Stretched into the middle of the bitmap."""
    xs, ys = segments[:, 0::2], segments[:, 1::2]
    left, top = xs.min(), ys.min()
    width, height = xs.max() - left, ys.max() - top
    by_width = (WIDE - 2 * MARGIN) / width if width else np.inf
    by_height = (SIDE - 2 * MARGIN) / height if height else np.inf
    down = min(by_height, by_width * STRETCH)  # nor does a dash become a block
    down = 1.0 if down == np.inf else down
    across = min(by_width, down * STRETCH)
    fitted = np.empty_like(segments)
    fitted[:, 0::2] = (xs - (left + width / 2)) * across + SIDE / 2
    fitted[:, 1::2] = (ys - (top + height / 2)) * down + SIDE / 2
    return fitted


def _distances(segments: np.ndarray) -> np.ndarray:
    """The squared distance of each pixel's middle from the nearest piece."""
    centre = np.arange(SIDE) + 0.5
    nearest = np.full((SIDE, SIDE), np.inf)
    for x0, y0, x1, y1 in segments.tolist():
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        px, py = centre[None, :] - x0, centre[:, None] - y0
        along = np.clip((px * dx + py * dy) / length, 0.0, 1.0) if length > 0 else np.zeros((SIDE, SIDE))
        ex, ey = px - along * dx, py - along * dy
        nearest = np.minimum(nearest, ex * ex + ey * ey)
    return nearest
