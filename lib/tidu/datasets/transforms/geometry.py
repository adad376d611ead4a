"""Another size, another place: resizing, cropping, padding, turning. 几何变换。

A tensor (…, H, W) is resampled by tidu, an image of Pillow's by Pillow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tidu._tensor import Tensor
from tidu.datasets._pillow import pillow
from tidu.datasets.transforms import _pil, _tensor
from tidu.datasets.transforms.modes import InterpolationMode, dimensions, is_tensor, mode_of, pair


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """缩放 / An image of another size: (height, width), or one number for the shorter side.

    max_size    what the longer side is at most, where ``size`` is one number
    antialias   for tensors: smooth what shrinks; images of Pillow's always are
    """
    mode = mode_of(interpolation)
    if isinstance(size, (list, tuple)) and len(size) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} element tuple/list")
    if isinstance(size, (list, tuple)) and len(size) == 2:
        if max_size is not None:
            raise ValueError("max_size should only be passed if size specifies the length of the smaller edge")
        wanted = [int(n) for n in size]
    else:
        shorter = int(size[0] if isinstance(size, (list, tuple)) else size)
        wanted = _of_shorter_side(dimensions(img)[1:], shorter, max_size)
    if wanted == dimensions(img)[1:]:
        return img
    if is_tensor(img):
        return _tensor.resize(img, wanted, mode.value, bool(antialias))
    return _pil.resize(img, wanted, mode)


def _of_shorter_side(now: Sequence[int], size: int, max_size: int | None) -> list[int]:
    height, width = now
    short, long = sorted((height, width))
    new_short, new_long = size, int(size * long / short)
    if max_size is not None:
        if max_size <= size:
            raise ValueError(
                f"max_size = {max_size} must be strictly greater than the requested size for the smaller edge "
                f"size = {size}"
            )
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """四周补边 / Room around an image: one number, (left and right, top and bottom), or (left, top, right, bottom).

    padding_mode    "constant" (of ``fill``), "edge" (the last pixel again), "reflect" (mirrored, without the last
                    pixel), "symmetric" (mirrored, with it)
    """
    check_padding(padding, fill, padding_mode)
    sides = [int(n) for n in padding] if isinstance(padding, (tuple, list)) else [int(padding)]
    left, top, right, bottom = (sides * 4)[:4]
    module = _tensor if is_tensor(img) else _pil
    return module.pad(img, (left, top, right, bottom), fill, padding_mode)


def check_padding(padding: Any, fill: Any, padding_mode: Any) -> None:
    """What is no padding is an error."""
    if not isinstance(padding, (int, float, tuple, list)):
        raise TypeError("Got inappropriate padding arg")
    if not isinstance(fill, (int, float, str, tuple, list)):
        raise TypeError("Got inappropriate fill arg")
    if not isinstance(padding_mode, str):
        raise TypeError("Got inappropriate padding_mode arg")
    if isinstance(padding, (tuple, list)) and len(padding) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """裁剪 / The part of an image from (top, left) on; what is outside of it is 0."""
    return (_tensor if is_tensor(img) else _pil).crop(img, top, left, height, width)


def center_crop(img: Any, output_size: Any) -> Any:
    """裁剪中间部分 / The middle of an image, on 0 where the image is smaller."""
    height, width = pair(output_size, "Please provide only two dimensions (h, w) for size.")
    _, now_high, now_wide = dimensions(img)
    if width > now_wide or height > now_high:
        across, down = max(width - now_wide, 0), max(height - now_high, 0)
        img = pad(img, [across // 2, down // 2, (across + 1) // 2, (down + 1) // 2])
        _, now_high, now_wide = dimensions(img)
        if (width, height) == (now_wide, now_high):
            return img
    top, left = round((now_high - height) / 2.0), round((now_wide - width) / 2.0)
    return crop(img, top, left, height, width)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """裁剪后缩放 / A part of an image, of another size."""
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def five_crop(img: Any, size: Any) -> tuple[Any, Any, Any, Any, Any]:
    """四角与中间 / The four corners of an image and its middle."""
    height, width = pair(size, "Please provide only two dimensions (h, w) for size.")
    _, high, wide = dimensions(img)
    if width > wide or height > high:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(high, wide)}")
    corners = [(0, 0), (0, wide - width), (high - height, 0), (high - height, wide - width)]
    a, b, c, d = (crop(img, top, left, height, width) for top, left in corners)
    return a, b, c, d, center_crop(img, [height, width])


def ten_crop(img: Any, size: Any, vertical_flip: bool = False) -> tuple[Any, ...]:
    """四角与中间，再加翻转后的 / The four corners and the middle, of an image and of the image flipped."""
    return five_crop(img, size) + five_crop(vflip(img) if vertical_flip else hflip(img), size)


def hflip(img: Any) -> Any:
    """左右翻转 / An image with left and right exchanged."""
    return img.flip(-1) if is_tensor(img) else img.transpose(pillow().Transpose.FLIP_LEFT_RIGHT)


def vflip(img: Any) -> Any:
    """上下翻转 / An image with top and bottom exchanged."""
    return img.flip(-2) if is_tensor(img) else img.transpose(pillow().Transpose.FLIP_TOP_BOTTOM)


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """旋转 / An image turned by an angle, in degrees, counter-clockwise.

    expand  whether it grows to hold all of what is turned
    center  (x, y) in pixels around which it turns; by default its middle
    fill    what comes in from outside; by default 0
    """
    mode = mode_of(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if center is not None and not isinstance(center, (list, tuple)):
        raise TypeError("Argument center should be a sequence")
    if not is_tensor(img):
        return _pil.rotate(img, angle, mode, expand, center, fill)
    _, height, width = dimensions(img)
    middle = [0.0, 0.0] if center is None else [center[0] - width * 0.5, center[1] - height * 0.5]
    # Pillow turns the other way round than a matrix does, for y points down.
    return _tensor.warp(img, inverse_matrix(middle, -angle, [0.0, 0.0], 1.0, [0.0, 0.0]), mode.value, fill, expand)


def affine(
    img: Any,
    angle: float,
    translate: Sequence[int],
    scale: float,
    shear: Any,
    interpolation: Any = InterpolationMode.NEAREST,
    fill: Any = None,
    center: Sequence[float] | None = None,
) -> Any:
    """仿射变换 / An image turned clockwise, moved, scaled and sheared, around its middle.

    angle, shear    in degrees; ``shear`` along x, or along x and y
    translate       (right, down), in pixels
    """
    mode = mode_of(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if not isinstance(translate, (list, tuple)):
        raise TypeError("Argument translate should be a sequence")
    if len(translate) != 2:
        raise ValueError("Argument translate should be a sequence of length 2")
    if scale <= 0.0:
        raise ValueError("Argument scale should be positive")
    if not isinstance(shear, (int, float, list, tuple)):
        raise TypeError("Shear should be either a single value or a sequence of two values")
    slant = [float(n) for n in shear] if isinstance(shear, (list, tuple)) else [float(shear), 0.0]
    slant = [slant[0], 0.0] if len(slant) == 1 else slant
    if len(slant) != 2:
        raise ValueError(f"Shear should be a sequence containing two values. Got {shear}")
    if center is not None and not isinstance(center, (list, tuple)):
        raise TypeError("Argument center should be a sequence")
    _, height, width = dimensions(img)
    middle = [width * 0.5, height * 0.5] if center is None else list(center)
    if not is_tensor(img):
        return _pil.affine(img, inverse_matrix(middle, angle, translate, scale, slant), mode, fill)
    middle = [middle[0] - width * 0.5, middle[1] - height * 0.5]
    return _tensor.warp(img, inverse_matrix(middle, angle, translate, scale, slant), mode.value, fill, False)


def inverse_matrix(
    center: Sequence[float], angle: float, translate: Sequence[float], scale: float, shear: Sequence[float]
) -> list[float]:
    """旋转、切变、缩放、平移的逆 / Where a pixel of the result comes from: six numbers, two rows of three.

    Forward it is: center away, shear along y and x, turn, scale, center back, move.
    """
    turn, along_x, along_y = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    # The four numbers of turning and shearing; their determinant is 1.
    a = math.cos(turn - along_y) / math.cos(along_y)
    b = -a * math.tan(along_x) - math.sin(turn)
    c = math.sin(turn - along_y) / math.cos(along_y)
    d = -c * math.tan(along_x) + math.cos(turn)
    rows = [[d / scale, -b / scale], [-c / scale, a / scale]]
    moved = [center[0] + translate[0], center[1] + translate[1]]
    found = []
    for (x, y), middle in zip(rows, center, strict=True):
        found += [x, y, middle - x * moved[0] - y * moved[1]]
    return found


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Tensor:
    """抹去一块 / A tensor's image whose part from (i, j) on, of h × w, is ``v``."""
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}")
    found = img if inplace else img.clone()
    found[..., i : i + h, j : j + w] = v
    return found
