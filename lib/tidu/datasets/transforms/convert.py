"""From images and arrays to tensors and back, and from one scale of numbers to another. 图像与张量互相转换。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._dtypes import float32, float64, get_default_dtype, int32, int64, uint8
from tidu._limits import iinfo
from tidu._tensor import Tensor
from tidu.datasets._pillow import pillow
from tidu.ops.create import as_tensor, from_numpy


def to_tensor(pic: Any) -> Tensor:
    """图像或数组转成张量 / An image, or an array (H, W) or (H, W, C), as a tensor (C, H, W): bytes from 0 to 1."""
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        array = pic
    elif isinstance(pic, pillow().Image):
        array = np.array(pic)
        if array.dtype == bool:
            array = array * np.uint8(255)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    if array.dtype != np.uint8:
        return from_numpy(np.ascontiguousarray(array))
    if get_default_dtype() is float32:  # without the steps in between
        floats = np.ascontiguousarray(array, np.float32)
        floats /= np.float32(255)
        return from_numpy(floats)
    return from_numpy(np.ascontiguousarray(array)).to(get_default_dtype()).div(255)


def pil_to_tensor(pic: Any) -> Tensor:
    """图像转成同类型的张量 / An image of Pillow's as a tensor (C, H, W) of its own numbers."""
    if not isinstance(pic, pillow().Image):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    array = np.array(pic)
    return from_numpy(np.ascontiguousarray(array[None] if array.ndim == 2 else array.transpose(2, 0, 1)))


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """张量或数组转成图像 / A tensor (C, H, W) or an array (H, W, C) as an image of Pillow's.

    Floats are taken for 0 to 1. ``mode`` is Pillow's; by default it is what the channels and the dtype say.
    """
    if isinstance(pic, Tensor):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        if pic.dtype.is_floating_point and mode != "F":
            pic = pic.mul(255).to(uint8)
        array = pic.detach().cpu().numpy()
        array = array[..., None] if array.ndim == 2 else array.transpose(1, 2, 0)
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        array = pic[..., None] if pic.ndim == 2 else pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    channels = array.shape[2]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if channels == 1:
        array = array[:, :, 0]
        known = {"|u1": "L", "<i2": "I;16", "<u2": "I;16", "<i4": "I", "<f4": "F"}
        expected = known.get(array.dtype.str)
        if mode is not None and mode != expected:
            raise ValueError(
                f"Incorrect mode ({mode}) supplied for input type {array.dtype.type}. Should be {expected}"
            )
        if expected is None:
            raise TypeError(f"Input type {array.dtype.type} is not supported")
        return pillow().fromarray(np.ascontiguousarray(array.astype(np.uint16) if expected == "I;16" else array))
    if array.dtype != np.uint8:
        raise TypeError(f"Input type {array.dtype.type} is not supported")
    permitted = {2: ["LA"], 3: ["RGB", "YCbCr", "HSV"], 4: ["RGBA", "CMYK", "RGBX"]}[channels]
    if mode is not None and mode not in permitted:
        raise ValueError(f"Only modes {permitted} are supported for {channels}-channel inputs")
    found = pillow().fromarray(np.ascontiguousarray(array))
    return found if mode in (None, permitted[0]) else pillow().frombytes(mode, found.size, found.tobytes())


def convert_image_dtype(image: Tensor, dtype: Any = float32) -> Tensor:
    """换一种 dtype，数值随之缩放 / A tensor's image in another dtype: 0 to 1 for floats, all of an integer's range."""
    if not isinstance(image, Tensor):
        raise TypeError("Input img should be Tensor Image")
    if image.dtype is dtype:
        return image
    if image.dtype.is_floating_point:
        if dtype.is_floating_point:
            return image.to(dtype)
        if (image.dtype is float32 and dtype in (int32, int64)) or (image.dtype is float64 and dtype is int64):
            raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
        # Up to the next whole number, less a little: 1.0 is the largest number, and no smaller one is.
        return image.mul(iinfo(dtype).max + 1.0 - 1e-3).to(dtype)
    largest = iinfo(image.dtype).max
    if dtype.is_floating_point:
        return image.to(dtype) / largest
    wanted = iinfo(dtype).max
    if largest > wanted:
        return image.floor_divide((largest + 1) // (wanted + 1)).to(dtype)
    return image.to(dtype) * ((wanted + 1) // (largest + 1))


def normalize(tensor: Tensor, mean: Any, std: Any, inplace: bool = False) -> Tensor:
    """逐通道减均值、除以标准差 / Each channel less its mean, over its standard deviation."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.dtype.is_floating_point:
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tensor.size()}"
        )
    mean = as_tensor(mean, dtype=tensor.dtype, device=tensor.device)
    std = as_tensor(std, dtype=tensor.dtype, device=tensor.device)
    if (std == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    mean, std = (value.view(-1, 1, 1) if value.ndim == 1 else value for value in (mean, std))
    return tensor.sub_(mean).div_(std) if inplace else tensor.sub(mean).div_(std)
