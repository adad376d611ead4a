"""The images that a net got wrong, in a grid. 认错的图像。"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.student.pictures.picture import Drawing, Picture, text_width
from autograder.student.training.page import array, class_names, percent, words

#: The side of an image on the page, and how many stand in a row.
SIDE, ACROSS = 72, 8


def misclassified(
    images: Any,
    targets: Any,
    predictions: Any,
    probabilities: Any = None,
    classes: Sequence[str] | None = None,
    count: int = 24,
) -> Picture:
    """认错的图像 / The images that were taken for another class, each with what it is and what it was taken for.

    images          (N, height, width), (N, 1, height, width) or (N, 3, height, width), of any numbers
    targets, predictions    N class numbers
    probabilities   how sure the net was: (N,), of its prediction, or (N, classes); then the surest mistakes are first
    classes         what the classes are called; by default their numbers
    count           how many are drawn, at most
    """
    pixels, true, taken = array(images), array(targets).reshape(-1), array(predictions).reshape(-1)
    total = len(true)
    if pixels.ndim not in (3, 4) or pixels.ndim == 4 and pixels.shape[1] not in (1, 3):
        raise ValueError(f"images must have shape (N, H, W), (N, 1, H, W) or (N, 3, H, W), got {pixels.shape}")
    if not len(pixels) == total == len(taken):
        raise ValueError(
            f"images, targets and predictions must be as many, got {len(pixels)}, {total} and {len(taken)}"
        )
    sure = None if probabilities is None else _of_predictions(array(probabilities), taken)
    wrong = np.flatnonzero(true != taken)
    if sure is not None:
        wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    names = class_names(classes, int(max([*true, *taken], default=-1)) + 1)
    shown = wrong[: max(count, 0)]
    drawing = Drawing()
    if not len(wrong):
        told = [words("all_right", total=total)]
        drawing.text(0, 0, told[0])
        return Picture(drawing.svg(told[0]), told[0])
    bytes_of = _as_bytes(pixels)
    told = [words("misclassified_told", wrong=len(wrong), total=total, shown=len(shown))]
    if sure is not None:
        told[0] += f" ({words('most_sure')})"
    labels = [_label(names[int(true[i])], names[int(taken[i])], None if sure is None else sure[i]) for i in shown]
    drawing.text(0, -12, words("arrow" if sure is None else "arrow_sure"), "q")
    wide = max([SIDE + 12.0, *(text_width(label, 11) + 10 for label in labels)])
    tall = SIDE + 30
    for place, (i, label) in enumerate(zip(shown, labels, strict=True)):
        x, y = (place % ACROSS) * wide, (place // ACROSS) * tall
        drawing.rect(x - 1, y - 1, SIDE + 2, SIDE + 2)
        drawing.marks.append(
            f'<image x="{x:g}" y="{y:g}" width="{SIDE}" height="{SIDE}" style="image-rendering:pixelated" '
            f'preserveAspectRatio="xMidYMid" href="data:image/png;base64,{b64encode(png(bytes_of[i])).decode()}"/>'
        )
        drawing.text(x, y + SIDE + 15, label, "s")
        told.append(f"[{i}] {label}")
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))


def _label(true: str, taken: str, sure: Any) -> str:
    return f"{true} → {taken}" + ("" if sure is None else f"  {percent(float(sure))}")


def _of_predictions(probabilities: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How probable each prediction was held."""
    if probabilities.ndim == 2 and len(probabilities) == len(taken):
        return probabilities[np.arange(len(taken)), taken]
    if probabilities.shape != taken.shape:
        raise ValueError(
            f"probabilities must have shape ({len(taken)},) or ({len(taken)}, classes), got {probabilities.shape}"
        )
    return probabilities


def _as_bytes(pixels: np.ndarray) -> np.ndarray:
    """Images (N, H, W) or (N, H, W, 3) of bytes; other numbers are stretched from the least to the greatest."""
    pixels = pixels[:, 0] if pixels.ndim == 4 and pixels.shape[1] == 1 else pixels
    pixels = pixels.transpose(0, 2, 3, 1) if pixels.ndim == 4 else pixels
    if pixels.dtype == np.uint8:
        return pixels
    low, high = float(pixels.min()), float(pixels.max())
    return ((pixels - low) * (255 / ((high - low) or 1))).round().astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """An image (H, W) or (H, W, 3) of bytes as a PNG file (W3C, Portable Network Graphics, 2003)."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)  # each with no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
