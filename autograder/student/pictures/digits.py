"""Small grey images side by side, each under its caption: digits as a data set has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograder.student.pictures.picture import Drawing, Picture, words

#: A pixel of an image, the gap between two images, and how many are drawn at most.
PIXEL, GAP, MOST = 7, 16, 120


def digits(images: Any, captions: Sequence[object], columns: int = 10) -> Picture:
    """一排一排的小图 / Small grey images in rows, each under its caption; ink is what is far from 0.

    images    a tensor or an array of shape (N, height, width) without negative numbers, and at most 120 images
    captions  one for each image: its label, or what somebody took it for
    columns   how many stand in a row
    """
    shape = tuple(int(n) for n in images.shape)
    if len(shape) != 3 or not 0 < shape[0] <= MOST:
        raise ValueError(f"images must have shape (N, height, width) with 1 to {MOST} images, got {shape}")
    if len(captions) != shape[0]:
        raise ValueError(f"captions must be one for each of {shape[0]} images, got {len(captions)}")
    sheets = images.tolist()
    most = max(max(max(row) for row in sheet) for sheet in sheets) or 1
    drawing = Drawing()
    across, down = shape[2] * PIXEL + GAP, shape[1] * PIXEL + GAP + 14
    for k, (sheet, caption) in enumerate(zip(sheets, captions, strict=True)):
        left, top = k % columns * across, k // columns * down
        drawing.text(left + shape[2] * PIXEL / 2, top - 5, caption, "m s")
        drawing.rect(left, top, shape[2] * PIXEL, shape[1] * PIXEL, "c", 'stroke-opacity="0.25"')
        # A path for each shade: a tenth of what a rectangle for each pixel takes.
        shades: dict[int, list[str]] = {}
        for i, row in enumerate(sheet):
            for j, value in enumerate(row):
                shade = round(20 * value / most)
                if shade:
                    place = f"M{left + j * PIXEL:g} {top + i * PIXEL:g}h{PIXEL}v{PIXEL}h-{PIXEL}z"
                    shades.setdefault(shade, []).append(place)
        for shade, places in sorted(shades.items()):
            drawing.path("".join(places), "", f'fill="currentColor" fill-opacity="{shade / 20:g}"')
    told = words("digits_told", count=shape[0], captions=" ".join(map(str, captions)))
    return Picture(drawing.svg(told), told)
