"""Brighter, more contrast, other colours, grey, blurred. 颜色与模糊。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._dtypes import float32
from tidu._limits import iinfo
from tidu._tensor import Tensor
from tidu.datasets._pillow import pillow
from tidu.datasets.transforms._tensor import as_floats
from tidu.datasets.transforms.convert import pil_to_tensor, to_pil_image
from tidu.datasets.transforms.modes import dimensions, is_tensor, pair
from tidu.nn import functional as F
from tidu.ops.create import from_numpy
from tidu.ops.join import stack

#: How much of red, green and blue is in the grey that an eye sees (ITU-R 601-2).
GREY = (0.2989, 0.587, 0.114)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """转成灰度 / An image in shades of grey, in one channel or in three that are the same."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if not is_tensor(img):
        return to_grayscale(img, num_output_channels)
    _check_channels(img)
    grey = img if img.ndim < 3 or img.shape[-3] == 1 else _grey(img)
    return grey if num_output_channels == 1 else grey.expand(*grey.shape[:-3], 3, *grey.shape[-2:])


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """把 Pillow 图像转成灰度 / An image of Pillow's in shades of grey, in one channel or in three."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    grey = img.convert("L")
    return grey if num_output_channels == 1 else pillow().merge("RGB", (grey, grey, grey))


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """调亮度 / An image so many times as bright."""
    _check_factor("brightness_factor", brightness_factor)
    if not is_tensor(img):
        return _enhanced("Brightness", img, brightness_factor)
    _check_channels(img)
    return _between(img, 0.0, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """调对比度 / An image whose pixels are so many times as far from its mean grey."""
    _check_factor("contrast_factor", contrast_factor)
    if not is_tensor(img):
        return _enhanced("Contrast", img, contrast_factor)
    _check_channels(img)
    grey = _grey(img) if img.ndim > 2 and img.shape[-3] == 3 else img
    kept = grey.dtype if grey.dtype.is_floating_point else float32
    return _between(img, grey.to(kept).mean(dim=tuple(range(-min(3, img.ndim), 0)), keepdim=True), contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """调饱和度 / An image whose colours are so many times as far from grey."""
    _check_factor("saturation_factor", saturation_factor)
    if not is_tensor(img):
        return _enhanced("Color", img, saturation_factor)
    _check_channels(img)
    return img if img.ndim < 3 or img.shape[-3] == 1 else _between(img, _grey(img), saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """转色相 / An image whose hues are turned by a part of the circle, from -0.5 to 0.5."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if not is_tensor(img):
        if img.mode in ("L", "1", "I", "F"):
            return img
        hue, saturation, value = img.convert("HSV").split()
        turned = np.asarray(hue) + np.uint8(int(hue_factor * 255) % 256)
        return pillow().merge("HSV", (pillow().fromarray(turned), saturation, value)).convert(img.mode)
    _check_channels(img)
    if img.ndim < 3 or img.shape[-3] == 1:
        return img
    whole = not img.dtype.is_floating_point
    largest = iinfo(img.dtype).max if whole else 1.0
    hue, saturation, value = _to_hsv(img.to(float32) / largest if whole else img)
    found = _from_hsv((hue + hue_factor) % 1.0, saturation, value)
    return (found * (largest + 1.0 - 1e-3)).to(img.dtype) if whole else found


def invert(img: Any) -> Any:
    """反色 / An image with its colours inverted."""
    if not is_tensor(img):
        from PIL import ImageOps

        return ImageOps.invert(img)
    _check_channels(img)
    return (1 if img.dtype.is_floating_point else iinfo(img.dtype).max) - img


def gaussian_blur(img: Any, kernel_size: Any, sigma: Any = None) -> Any:
    """高斯模糊 / An image blurred by a normal curve, of so many pixels, with standard deviation ``sigma``."""
    across, down = pair(kernel_size, "kernel_size should be a sequence of length two")
    for size in (across, down):
        if size % 2 == 0 or size < 0:
            raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    if sigma is None:
        sigma = [size * 0.15 + 0.35 for size in (across, down)]
    spreads = [float(n) for n in (sigma if isinstance(sigma, Sequence) else [sigma])]
    spreads = spreads * 2 if len(spreads) == 1 else spreads
    if len(spreads) != 2:
        raise ValueError(f"If sigma is a sequence, its length should be 2. Got {len(spreads)}")
    if min(spreads) <= 0.0:
        raise ValueError(f"sigma should have positive values. Got {spreads}")
    image = img if is_tensor(img) else pil_to_tensor(img)

    def act(batch: Tensor) -> Tensor:
        kernel = from_numpy(np.outer(_bell(down, spreads[1]), _bell(across, spreads[0]))).to(batch.dtype)
        channels = batch.shape[-3]
        wide = F.pad(batch, [across // 2, across // 2, down // 2, down // 2], mode="reflect")
        return F.conv2d(wide, kernel.expand(channels, 1, -1, -1), groups=channels)

    blurred = as_floats(image, act)
    return blurred if is_tensor(img) else to_pil_image(blurred, mode=None if img.mode == "1" else img.mode)


def _bell(size: int, sigma: float) -> np.ndarray:
    curve = np.exp(-0.5 * (np.linspace(-(size - 1) / 2, (size - 1) / 2, size) / sigma) ** 2)
    return curve / curve.sum()


def _check_factor(name: str, value: float) -> None:
    if value < 0:
        raise ValueError(f"{name} ({value}) is not non-negative.")


def _check_channels(img: Tensor) -> None:
    channels, _, _ = dimensions(img)
    if channels not in (1, 3):
        raise TypeError(f"Input image tensor permitted channel values are [1, 3], but found {channels}")


def _enhanced(kind: str, img: Any, factor: float) -> Any:
    from PIL import ImageEnhance

    return getattr(ImageEnhance, kind)(img).enhance(factor)


def _grey(img: Tensor) -> Tensor:
    red, green, blue = img.unbind(dim=-3)
    return (GREY[0] * red + GREY[1] * green + GREY[2] * blue).to(img.dtype).unsqueeze(-3)


def _between(img: Tensor, other: Any, share: float) -> Tensor:
    """So much of an image, and what is left of one of another."""
    largest = 1.0 if img.dtype.is_floating_point else float(iinfo(img.dtype).max)
    return (share * img + (1.0 - share) * other).clamp(0, largest).to(img.dtype)


def _to_hsv(img: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation and value of red, green and blue, all from 0 to 1."""
    red, green, blue = img.unbind(dim=-3)
    top, bottom = img.amax(-3), img.amin(-3)
    spread = top - bottom
    flat = spread == 0
    share = spread.masked_fill(flat, 1.0)
    r, g, b = ((top - channel) / share for channel in (red, green, blue))
    hue = (4.0 + g - r).where(top == blue, 0.0)
    hue = (2.0 + r - b).where((top == green) & (top != red), hue.where(top != green, 0.0))
    hue = (b - g).where(top == red, hue)
    saturation = spread / top.masked_fill(flat, 1.0)
    return ((hue / 6.0 + 1.0) % 1.0).masked_fill(flat, 0.0), saturation, top


def _from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Each channel falls from the value to its least over a sixth of the circle, and rises again a half later."""

    def channel(offset: int) -> Tensor:
        place = (hue * 6.0 + offset) % 6.0
        share = place.minimum(4.0 - place).clamp(0.0, 1.0)
        return value - value * saturation * share

    return stack([channel(5), channel(3), channel(1)], dim=-3)
