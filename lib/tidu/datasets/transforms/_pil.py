"""Images of Pillow's: another size, another place. Pillow 图像的几何变换。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu.datasets._pillow import pillow
from tidu.datasets.transforms.modes import InterpolationMode, pillow_number


def resize(img: Any, size: Sequence[int], mode: InterpolationMode) -> Any:
    return img.resize((size[1], size[0]), pillow_number(mode))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    return img.crop((left, top, left + width, top + height))


def pad(img: Any, padding: tuple[int, int, int, int], fill: Any, padding_mode: Any) -> Any:
    left, top, right, bottom = padding
    if padding_mode == "constant":
        size = (img.width + left + right, img.height + top + bottom)
        found = pillow().new(img.mode, size, filling(fill, img))
        if img.mode == "P":
            found.putpalette(img.getpalette())
        found.paste(img, (left, top))
        return found
    # What is taken away is taken away first.
    img = img.crop((-min(left, 0), -min(top, 0), img.width + min(right, 0), img.height + min(bottom, 0)))
    left, top, right, bottom = (max(n, 0) for n in padding)
    array = np.asarray(img)
    widths = [(top, bottom), (left, right), (0, 0)][: array.ndim]
    found = pillow().fromarray(np.pad(array, widths, mode=padding_mode))
    if img.mode == "P":
        found.putpalette(img.getpalette())
    return found


def rotate(
    img: Any, angle: float, mode: InterpolationMode, expand: bool, center: Sequence[float] | None, fill: Any
) -> Any:
    return img.rotate(angle, pillow_number(mode), expand, center, fillcolor=filling(fill, img))


def affine(img: Any, matrix: Sequence[float], mode: InterpolationMode, fill: Any) -> Any:
    kind = pillow().Transform.AFFINE
    return img.transform(img.size, kind, matrix, pillow_number(mode), fillcolor=filling(fill, img))


def filling(fill: Any, img: Any) -> Any:
    """A colour for an image: a number for each of its channels, whole ones but for mode F."""
    channels = len(img.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)):
        fill = (fill,) * channels if channels > 1 else fill
    elif isinstance(fill, (list, tuple)):
        if len(fill) == 1:
            fill = fill * channels
        if len(fill) != channels:
            raise ValueError(
                "The number of elements in 'fill' does not match the number of channels of the image "
                f"({len(fill)} != {channels})"
            )
        fill = tuple(fill)
    if img.mode == "F" or isinstance(fill, str):
        return fill[0] if isinstance(fill, tuple) else fill
    whole = tuple(int(n) for n in fill) if isinstance(fill, tuple) else int(fill)
    return whole[0] if isinstance(whole, tuple) and channels == 1 else whole
