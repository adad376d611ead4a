"""Tensors (…, H, W) as images: another size, another place. 张量图像的几何变换。"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._dtypes import float32, float64
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.ops.create import from_numpy, tensor
from tidu.ops.join import cat

FLOATS = (float32, float64)


def as_floats(img: Tensor, act: Callable[[Tensor], Tensor]) -> Tensor:
    """Let something that is for batches of floats act on any image; whole numbers are rounded to."""
    shape, dtype = img.shape, img.dtype
    batch = img.reshape(-1, *((1,) * (img.ndim < 3)), *shape[-3:])
    found = act(batch if dtype in FLOATS else batch.to(float32))
    if dtype not in FLOATS:
        found = (found if dtype.is_floating_point else found.round()).to(dtype)
    return found.reshape(*shape[:-2], *found.shape[-2:])


def resize(img: Tensor, size: Sequence[int], mode: str, antialias: bool) -> Tensor:
    if mode not in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        raise ValueError("This interpolation mode is unsupported with Tensor input")
    smooth = mode in ("bilinear", "bicubic")
    largest = 255.0 if mode == "bicubic" and img.dtype.itemsize == 1 else None

    def act(batch: Tensor) -> Tensor:
        options = {"align_corners": False, "antialias": antialias} if smooth else {}
        found = F.interpolate(batch, size=list(size), mode=mode, **options)
        return found if largest is None else found.clamp(0.0, largest)  # a cubic curve overshoots

    return as_floats(img, act)


def crop(img: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    high, wide = img.shape[-2:]
    bottom, right = top + height, left + width
    found = img[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if left >= 0 and top >= 0 and right <= wide and bottom <= high:
        return found
    before, above = min(max(-left, 0), width), min(max(-top, 0), height)
    after, below = width - before - found.shape[-1], height - above - found.shape[-2]
    return F.pad(found, [before, after, above, below])


def pad(img: Tensor, padding: tuple[int, int, int, int], fill: Any, padding_mode: Any) -> Tensor:
    left, top, right, bottom = padding
    if padding_mode == "constant":
        if isinstance(fill, (list, tuple)):
            if len(fill) != 1:
                raise ValueError(f"fill must be one number for a tensor, got {len(fill)}")
            fill = fill[0]
        return F.pad(img, [left, right, top, bottom], value=float(fill))
    # Where each row and each column comes from, as NumPy pads their numbers.
    for dim, before, after in ((-2, top, bottom), (-1, left, right)):
        places = np.arange(max(-before, 0), img.shape[dim] - max(-after, 0))
        places = np.pad(places, (max(before, 0), max(after, 0)), mode=padding_mode)
        img = img.index_select(dim, from_numpy(places))
    return img


def warp(img: Tensor, matrix: Sequence[float], mode: str, fill: Any, expand: bool) -> Tensor:
    """An image read where a matrix says, in pixels from its middle; what is outside is ``fill``, or 0."""
    if mode not in ("nearest", "bilinear"):
        raise ValueError(f"Resampling mode '{mode}' is unsupported with Tensor input")
    high, wide = img.shape[-2:]
    new_high, new_wide = _bounds(matrix, high, wide) if expand else (high, wide)
    x = np.arange(new_wide) + (0.5 - new_wide * 0.5)
    y = np.arange(new_high) + (0.5 - new_high * 0.5)
    a, b, c, d, e, f = matrix
    rows, columns = y[:, None], x[None, :]
    places = np.stack(
        [(a * columns + b * rows + c) / (0.5 * wide), (d * columns + e * rows + f) / (0.5 * high)], axis=-1
    )

    def act(batch: Tensor) -> Tensor:
        grid = from_numpy(places).to(batch.dtype).expand(len(batch), -1, -1, -1)
        if fill is None:
            return F.grid_sample(batch, grid, mode, "zeros", align_corners=False)
        inside = batch.new_ones((len(batch), 1, high, wide))
        found = F.grid_sample(cat([batch, inside], 1), grid, mode, "zeros", align_corners=False)
        found, share = found[:, :-1], found[:, -1:]
        values = [float(n) for n in fill] if isinstance(fill, (list, tuple)) else [float(fill)]
        colour = tensor(values, dtype=batch.dtype).view(1, -1, 1, 1)
        return found.where(share >= 0.5, colour) if mode == "nearest" else found * share + (1.0 - share) * colour

    return as_floats(img, act)


def _bounds(matrix: Sequence[float], high: int, wide: int) -> tuple[int, int]:
    """Height and width of what holds a turned image, in whole pixels of the image's own."""
    a, b, c, d, e, f = matrix
    corners = [(x * 0.5 * wide, y * 0.5 * high) for x in (-1, 1) for y in (-1, 1)]
    across = [_near(a * x + b * y + c + 0.5 * wide) for x, y in corners]
    down = [_near(d * x + e * y + f + 0.5 * high) for x, y in corners]
    return math.ceil(max(down)) - math.floor(min(down)), math.ceil(max(across)) - math.floor(min(across))


def _near(value: float) -> float:
    """Without what is less than a ten-thousandth: rounding must not cost a whole pixel."""
    return math.trunc(value / 1e-4) * 1e-4
