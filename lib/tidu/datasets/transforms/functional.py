"""What the transforms do, as functions of an image: Pillow's, or a tensor (…, H, W). 变换的函数形式。

Source: https://docs.pytorch.org/vision/stable/transforms.html#functional-transforms
"""

from __future__ import annotations

from typing import Any

from tidu.datasets.transforms.color import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    gaussian_blur,
    invert,
    rgb_to_grayscale,
    to_grayscale,
)
from tidu.datasets.transforms.convert import convert_image_dtype, normalize, pil_to_tensor, to_pil_image, to_tensor
from tidu.datasets.transforms.geometry import (
    affine,
    center_crop,
    crop,
    erase,
    five_crop,
    hflip,
    pad,
    resize,
    resized_crop,
    rotate,
    ten_crop,
    vflip,
)
from tidu.datasets.transforms.modes import InterpolationMode, dimensions

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "affine",
    "center_crop", "convert_image_dtype", "crop", "erase", "five_crop", "gaussian_blur", "get_dimensions",
    "get_image_num_channels", "get_image_size", "hflip", "invert", "normalize", "pad", "pil_to_tensor", "resize",
    "resized_crop", "rgb_to_grayscale", "rotate", "ten_crop", "to_grayscale", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip


def get_dimensions(img: Any) -> list[int]:
    """图像的通道数、高、宽 / Channels, height and width of an image."""
    return dimensions(img)


def get_image_size(img: Any) -> list[int]:
    """图像的宽、高 / Width and height of an image."""
    return dimensions(img)[:0:-1]


def get_image_num_channels(img: Any) -> int:
    """图像的通道数 / Channels of an image."""
    return dimensions(img)[0]
