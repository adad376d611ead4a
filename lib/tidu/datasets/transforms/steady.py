"""Transforms that do the same to every image. 对每张图像都一样的变换。

Source: https://docs.pytorch.org/vision/stable/transforms.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidu._tensor import Tensor
from tidu.datasets.transforms import functional as F
from tidu.datasets.transforms.geometry import check_padding
from tidu.datasets.transforms.modes import InterpolationMode, mode_of, pair
from tidu.nn import Module

TWO = "Please provide only two dimensions (h, w) for size."


class ToTensor:
    """图像转成 0 到 1 的张量 / An image, or an array (H, W, C), as a tensor (C, H, W): bytes from 0 to 1."""

    def __call__(self, pic: Any) -> Tensor:
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """图像转成同类型的张量 / An image of Pillow's as a tensor (C, H, W) of its own numbers."""

    def __call__(self, pic: Any) -> Tensor:
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage:
    """张量或数组转成图像 / A tensor (C, H, W) or an array (H, W, C) as an image of Pillow's."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class ConvertImageDtype(Module):
    """换一种 dtype，数值随之缩放 / A tensor's image in another dtype, its numbers scaled with it."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Tensor) -> Tensor:
        return F.convert_image_dtype(image, self.dtype)


class Normalize(Module):
    """逐通道减均值、除以标准差 / Each channel less its mean, over its standard deviation."""

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Tensor) -> Tensor:
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class Resize(Module):
    """缩放 / An image of another size: (height, width), or one number for the shorter side."""

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size = size, max_size
        self.interpolation, self.antialias = mode_of(interpolation), antialias

    def forward(self, img: Any) -> Any:
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        more = f"max_size={self.max_size}, antialias={self.antialias}"
        return f"{type(self).__name__}(size={self.size}, interpolation={self.interpolation.value}, {more})"


class CenterCrop(Module):
    """裁剪中间部分 / The middle of an image, on 0 where the image is smaller."""

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = pair(size, TWO)

    def forward(self, img: Any) -> Any:
        return F.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class FiveCrop(Module):
    """四角与中间 / The four corners of an image and its middle, as a tuple."""

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = pair(size, TWO)

    def forward(self, img: Any) -> Any:
        return F.five_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class TenCrop(Module):
    """四角与中间，再加翻转后的 / The four corners and the middle, of an image and of the image flipped, as a tuple."""

    def __init__(self, size: Any, vertical_flip: bool = False) -> None:
        super().__init__()
        self.size, self.vertical_flip = pair(size, TWO), vertical_flip

    def forward(self, img: Any) -> Any:
        return F.ten_crop(img, self.size, self.vertical_flip)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, vertical_flip={self.vertical_flip})"


class Pad(Module):
    """四周补边 / Room around an image: one number, (left and right, top and bottom), or (left, top, right, bottom)."""

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        check_padding(padding, fill, padding_mode)
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class Grayscale(Module):
    """转成灰度 / An image in shades of grey, in one channel or in three that are the same."""

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_output_channels={self.num_output_channels})"


class LinearTransformation(Module):
    """用方阵白化 / An image less a mean, flattened, times a square matrix, such as one that whitens."""

    def __init__(self, transformation_matrix: Tensor, mean_vector: Tensor) -> None:
        super().__init__()
        rows, columns = transformation_matrix.shape
        if rows != columns:
            raise ValueError(
                f"transformation_matrix should be square. Got {list(transformation_matrix.shape)} rectangular matrix."
            )
        if len(mean_vector) != rows:
            raise ValueError(
                f"mean_vector should have the same length {len(mean_vector)} as any one of the dimensions of the "
                f"transformation_matrix [{tuple(transformation_matrix.shape)}]"
            )
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def forward(self, tensor: Tensor) -> Tensor:
        size = tensor.shape[-3] * tensor.shape[-2] * tensor.shape[-1]
        if size != len(self.transformation_matrix):
            raise ValueError(
                "Input tensor and transformation matrix have incompatible shape."
                f"[{' x '.join(map(str, tensor.shape[-3:]))}] != {len(self.transformation_matrix)}"
            )
        flat = tensor.reshape(-1, size) - self.mean_vector
        return flat.mm(self.transformation_matrix).reshape(tensor.shape)

    def __repr__(self) -> str:
        matrix, mean = self.transformation_matrix.tolist(), self.mean_vector.tolist()
        return f"{type(self).__name__}(transformation_matrix={matrix}, mean_vector={mean})"
