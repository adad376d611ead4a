"""How pixels between pixels are read, and what an image is. 插值方式与图像的种类。"""

from __future__ import annotations

import enum
import warnings
from collections.abc import Sequence
from typing import Any

from tidu._tensor import Tensor
from tidu.datasets._pillow import pillow


class InterpolationMode(enum.Enum):
    """插值方式 / How pixels between pixels are read; box, hamming and lanczos are for images of Pillow's alone."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


#: The numbers by which Pillow knows them, and older programs.
_NUMBERS = {
    InterpolationMode.NEAREST: 0, InterpolationMode.LANCZOS: 1, InterpolationMode.BILINEAR: 2,
    InterpolationMode.BICUBIC: 3, InterpolationMode.BOX: 4, InterpolationMode.HAMMING: 5,
    InterpolationMode.NEAREST_EXACT: 0,
}  # fmt: skip


def pillow_number(mode: InterpolationMode) -> int:
    """Pillow's number of a mode."""
    return _NUMBERS[mode]


def mode_of(interpolation: Any) -> InterpolationMode:
    """A mode, also by Pillow's number."""
    if isinstance(interpolation, int):
        return next(mode for mode, number in _NUMBERS.items() if number == interpolation)
    if not isinstance(interpolation, InterpolationMode):
        raise TypeError(
            "Argument interpolation should be a InterpolationMode or a corresponding Pillow integer constant"
        )
    return interpolation


def is_tensor(img: Any) -> bool:
    """Whether an image is a tensor, and not one of Pillow's; ``TypeError`` for anything else."""
    if isinstance(img, Tensor):
        if img.ndim < 2:
            raise TypeError("Tensor is not a torch image.")
        return True
    if not isinstance(img, pillow().Image):
        raise TypeError(f"img should be PIL Image or a tensor. Got {type(img)}")
    return False


def dimensions(img: Any) -> list[int]:
    """Channels, height and width of an image."""
    if is_tensor(img):
        return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]
    return [len(img.getbands()), img.height, img.width]


def pair(size: Any, message: str) -> Sequence[int]:
    """A size as height and width; one number stands for both."""
    if isinstance(size, (int, float)):
        return (int(size), int(size))
    if isinstance(size, Sequence) and len(size) == 1:
        return (size[0], size[0])
    if len(size) != 2:
        raise ValueError(message)
    return size


def warn_of_order(scale: Sequence[float], ratio: Sequence[float]) -> None:
    """Warn of ranges whose ends are the wrong way round; ``TypeError`` where one is no range."""
    for name, value in (("Scale", scale), ("Ratio", ratio)):
        if not isinstance(value, Sequence):
            raise TypeError(f"{name} should be a sequence")
    if scale[0] > scale[1] or ratio[0] > ratio[1]:
        warnings.warn("Scale and ratio should be of kind (min, max)", stacklevel=3)
