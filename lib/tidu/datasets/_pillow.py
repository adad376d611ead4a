"""Pillow, imported when an image is made. 用到图像时才导入 Pillow。"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


@cache
def pillow() -> Any:
    """The module ``PIL.Image``, or an error that says how to get it."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("tidu.datasets needs Pillow to make images: pip install pillow") from None
    return Image


def image(array: np.ndarray) -> Any:
    """An array of uint8, (height, width) or (height, width, 3), as a Pillow image that owns its memory."""
    return pillow().fromarray(np.ascontiguousarray(array))
