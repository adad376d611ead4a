"""Transforms that draw what they do, anew for every image, from tidu's generator. 随机变换。

They draw as torchvision does, number for number, so that a seed makes the same images.
Source: https://docs.pytorch.org/vision/stable/transforms.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tidu._dtypes import float32
from tidu._tensor import Tensor
from tidu.datasets.transforms import functional as F
from tidu.datasets.transforms.compose import chance, uniform, whole
from tidu.datasets.transforms.modes import InterpolationMode, dimensions, mode_of, pair, warn_of_order
from tidu.nn import Module
from tidu.ops.create import empty, tensor
from tidu.ops.random import randperm

TWO = "Please provide only two dimensions (h, w) for size."


class RandomCrop(Module):
    """随机裁剪 / A part of an image, of a size, at a random place; first with room around it, if asked."""

    @staticmethod
    def get_params(img: Any, output_size: Any) -> tuple[int, int, int, int]:
        """Top, left, height and width of a part. 随机位置。"""
        _, high, wide = dimensions(img)
        height, width = output_size
        if high < height or wide < width:
            raise ValueError(f"Required crop size {(height, width)} is larger than input image size {(high, wide)}")
        if (wide, high) == (width, height):
            return 0, 0, high, wide
        return whole(0, high - height + 1), whole(0, wide - width + 1), height, width

    def __init__(
        self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: Any = 0, padding_mode: str = "constant"
    ) -> None:
        super().__init__()
        self.size = tuple(pair(size, TWO))
        self.padding, self.pad_if_needed, self.fill, self.padding_mode = padding, pad_if_needed, fill, padding_mode

    def forward(self, img: Any) -> Any:
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        if self.pad_if_needed:
            _, high, wide = dimensions(img)
            if wide < self.size[1]:
                img = F.pad(img, [self.size[1] - wide, 0], self.fill, self.padding_mode)
            if high < self.size[0]:
                img = F.pad(img, [0, self.size[0] - high], self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip(Module):
    """以概率 p 左右翻转 / An image with left and right exchanged, with probability ``p``."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        return F.hflip(img) if chance(self.p) else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(RandomHorizontalFlip):
    """以概率 p 上下翻转 / An image with top and bottom exchanged, with probability ``p``."""

    def forward(self, img: Any) -> Any:
        return F.vflip(img) if chance(self.p) else img


class RandomResizedCrop(Module):
    """随机裁剪后缩放 / A part of an image, of random size and proportions, in one size.

    scale   from how much to how much of the image's area
    ratio   from which to which width over height
    """

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = pair(size, TWO)
        warn_of_order(scale, ratio)
        self.scale, self.ratio = scale, ratio
        self.interpolation, self.antialias = mode_of(interpolation), antialias

    @staticmethod
    def get_params(img: Any, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a part; in the middle where ten draws do not fit. 随机位置与大小。"""
        _, high, wide = dimensions(img)
        low_log, high_log = tensor(ratio).log().tolist()
        for _ in range(10):
            area = high * wide * uniform(scale[0], scale[1])
            proportion = empty(1).uniform_(low_log, high_log).exp().item()
            width, height = round(math.sqrt(area * proportion)), round(math.sqrt(area / proportion))
            if 0 < width <= wide and 0 < height <= high:
                return whole(0, high - height + 1), whole(0, wide - width + 1), height, width
        width, height = wide, high
        if wide / high < min(ratio):
            height = round(width / min(ratio))
        elif wide / high > max(ratio):
            width = round(height * max(ratio))
        return (high - height) // 2, (wide - width) // 2, height, width

    def forward(self, img: Any) -> Any:
        part = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, *part, self.size, self.interpolation, antialias=self.antialias)

    def __repr__(self) -> str:
        ranges = [tuple(round(n, 4) for n in numbers) for numbers in (self.scale, self.ratio)]
        return (
            f"{type(self).__name__}(size={self.size}, scale={ranges[0]}, ratio={ranges[1]}, "
            f"interpolation={self.interpolation.value}, antialias={self.antialias})"
        )


class RandomRotation(Module):
    """随机旋转 / An image turned by an angle between two, or up to one either way, in degrees."""

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.degrees = _angles(degrees, "degrees", (2,))
        self.interpolation = mode_of(interpolation)
        if center is not None:
            _check_length(center, "center", (2,))
        self.center, self.expand, self.fill = center, expand, _fill(fill)

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """An angle. 随机角度。"""
        return uniform(degrees[0], degrees[1])

    def forward(self, img: Any) -> Any:
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, _for_image(self.fill, img))

    def __repr__(self) -> str:
        center = "" if self.center is None else f", center={self.center}"
        shown = f"degrees={self.degrees}, interpolation={self.interpolation.value}, expand={self.expand}"
        return f"{type(self).__name__}({shown}{center}, fill={self.fill})"


class RandomAffine(Module):
    """随机仿射变换 / An image turned, moved, scaled and sheared at random, around its middle.

    degrees, shear  angles between two, or up to one either way; ``shear`` of four numbers is along x and along y
    translate       how far at most right or left, up or down, as parts of width and height
    scale           from how many to how many times as large
    """

    def __init__(
        self,
        degrees: Any,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.degrees = _angles(degrees, "degrees", (2,))
        if translate is not None:
            _check_length(translate, "translate", (2,))
            if not all(0.0 <= part <= 1.0 for part in translate):
                raise ValueError("translation values should be between 0 and 1")
        if scale is not None:
            _check_length(scale, "scale", (2,))
            if min(scale) <= 0:
                raise ValueError("scale values should be positive")
        if center is not None:
            _check_length(center, "center", (2,))
        self.translate, self.scale, self.center = translate, scale, center
        self.shear = None if shear is None else _angles(shear, "shear", (2, 4))
        self.interpolation, self.fill = mode_of(interpolation), _fill(fill)

    @staticmethod
    def get_params(
        degrees: Sequence[float],
        translate: Sequence[float] | None,
        scale_ranges: Sequence[float] | None,
        shears: Sequence[float] | None,
        img_size: Sequence[int],
    ) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """Angle, translation, scale and shear. 随机参数。"""
        angle, moved, scale = uniform(degrees[0], degrees[1]), (0, 0), 1.0
        if translate is not None:
            across, down = (float(part * n) for part, n in zip(translate, img_size, strict=True))
            moved = (round(uniform(-across, across)), round(uniform(-down, down)))
        if scale_ranges is not None:
            scale = uniform(scale_ranges[0], scale_ranges[1])
        along_x = along_y = 0.0
        if shears is not None:
            along_x = uniform(shears[0], shears[1])
            if len(shears) == 4:
                along_y = uniform(shears[2], shears[3])
        return angle, moved, scale, (along_x, along_y)

    def forward(self, img: Any) -> Any:
        _, high, wide = dimensions(img)
        drawn = self.get_params(self.degrees, self.translate, self.scale, self.shear, [wide, high])
        return F.affine(img, *drawn, self.interpolation, _for_image(self.fill, img), self.center)

    def __repr__(self) -> str:
        shown = f"{type(self).__name__}(degrees={self.degrees}"
        for name in ("translate", "scale", "shear"):
            if getattr(self, name) is not None:
                shown += f", {name}={getattr(self, name)}"
        if self.interpolation is not InterpolationMode.NEAREST:
            shown += f", interpolation={self.interpolation.value}"
        if self.fill != 0:
            shown += f", fill={self.fill}"
        if self.center is not None:
            shown += f", center={self.center}"
        return shown + ")"


class ColorJitter(Module):
    """随机调颜色 / An image with brightness, contrast, saturation and hue changed at random, in a random order.

    Each is one number, up to which the factor is away from 1 (for the hue, up to which it is turned), or two numbers.
    """

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        super().__init__()
        self.brightness = _around(brightness, "brightness")
        self.contrast = _around(contrast, "contrast")
        self.saturation = _around(saturation, "saturation")
        self.hue = _around(hue, "hue", center=0, bound=(-0.5, 0.5))

    @staticmethod
    def get_params(brightness: Any, contrast: Any, saturation: Any, hue: Any) -> tuple[Any, ...]:
        """The order, and a factor for each or None. 次序与各系数。"""
        order = randperm(4)
        ranges = (brightness, contrast, saturation, hue)
        return (order, *(None if both is None else uniform(both[0], both[1]) for both in ranges))

    def forward(self, img: Any) -> Any:
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        functions = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for i in order.tolist():
            if factors[i] is not None:
                img = functions[i](img, factors[i])
        return img

    def __repr__(self) -> str:
        named = ", ".join(f"{n}={getattr(self, n)}" for n in ("brightness", "contrast", "saturation", "hue"))
        return f"{type(self).__name__}({named})"


class RandomGrayscale(RandomHorizontalFlip):
    """以概率 p 转成灰度 / An image in shades of grey, in as many channels, with probability ``p``."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def forward(self, img: Any) -> Any:
        channels = F.get_image_num_channels(img)
        return F.rgb_to_grayscale(img, channels) if chance(self.p) else img


class RandomErasing(Module):
    """以概率 p 抹去一块 / A tensor's image with a random rectangle in it erased, with probability ``p``.

    scale, ratio    from how much to how much of the image's area, and from which to which height over width
    value           what stands there: a number, one for each channel, or "random"
    Source: Zhong et al. 2017, https://arxiv.org/abs/1708.04896
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(value, (int, float, str, tuple, list)):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        warn_of_order(scale, ratio)
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        if p < 0 or p > 1:
            raise ValueError("Random erasing probability should be between 0 and 1")
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    @staticmethod
    def get_params(
        img: Tensor, scale: Sequence[float], ratio: Sequence[float], value: list[float] | None = None
    ) -> tuple[int, int, int, int, Tensor]:
        """Top, left, height, width, and what stands there; all of the image where ten draws do not fit. 随机的一块。"""
        channels, high, wide = img.shape[-3:]
        low_log, high_log = tensor(ratio).log().tolist()
        for _ in range(10):
            area = high * wide * uniform(scale[0], scale[1])
            proportion = empty(1).uniform_(low_log, high_log).exp().item()
            height, width = round(math.sqrt(area * proportion)), round(math.sqrt(area / proportion))
            if height < high and width < wide:
                filled = tensor(value)[:, None, None] if value is not None else None
                if filled is None:
                    filled = empty((channels, height, width), dtype=float32).normal_()
                return whole(0, high - height + 1), whole(0, wide - width + 1), height, width, filled
        return 0, 0, high, wide, img

    def forward(self, img: Tensor) -> Tensor:
        if not chance(self.p):
            return img
        value = None if isinstance(self.value, str) else self.value
        values = [value] if isinstance(value, (int, float)) else None if value is None else list(value)
        if values is not None and len(values) not in (1, img.shape[-3]):
            raise ValueError(
                f"If value is a sequence, it should have either a single value or {img.shape[-3]} "
                "(number of input channels)"
            )
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, values), self.inplace)

    def __repr__(self) -> str:
        named = ", ".join(f"{n}={getattr(self, n)}" for n in ("p", "scale", "ratio", "value", "inplace"))
        return f"{type(self).__name__}({named})"


class GaussianBlur(Module):
    """随机高斯模糊 / An image blurred by a normal curve whose standard deviation is drawn from a range, or given."""

    def __init__(self, kernel_size: Any, sigma: Any = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = pair(kernel_size, "Kernel size should be a tuple/list of two integers")
        if any(size <= 0 or size % 2 == 0 for size in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        if isinstance(sigma, (int, float)):
            if sigma <= 0:
                raise ValueError("If sigma is a single number, it must be positive.")
            sigma = (sigma, sigma)
        elif not isinstance(sigma, Sequence) or len(sigma) != 2:
            raise TypeError("sigma should be a single number or a list/tuple with length 2.")
        elif not 0.0 < sigma[0] <= sigma[1]:
            raise ValueError(f"sigma values should be positive and of the form (min, max). Got {sigma}")
        self.sigma = sigma

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A standard deviation. 随机标准差。"""
        return uniform(sigma_min, sigma_max)

    def forward(self, img: Any) -> Any:
        sigma = self.get_params(self.sigma[0], self.sigma[1])
        return F.gaussian_blur(img, self.kernel_size, [sigma, sigma])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"


def _check_length(value: Any, name: str, lengths: Sequence[int]) -> None:
    told = lengths[0] if len(lengths) < 2 else " or ".join(map(str, lengths))
    if not isinstance(value, Sequence):
        raise TypeError(f"{name} should be a sequence of length {told}.")
    if len(value) not in lengths:
        raise ValueError(f"{name} should be a sequence of length {told}.")


def _angles(value: Any, name: str, lengths: Sequence[int]) -> list[float]:
    """A range of angles; one number stands for as much either way."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [-float(value), float(value)]
    _check_length(value, name, lengths)
    return [float(n) for n in value]


def _around(value: Any, name: str, center: float = 1, bound: tuple[float, float] = (0, math.inf)) -> Any:
    """A range of factors, or None where nothing would change."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        value = [center - float(value), center + float(value)]
        if center:
            value[0] = max(value[0], 0.0)
    elif isinstance(value, (tuple, list)) and len(value) == 2:
        value = [float(n) for n in value]
    else:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not bound[0] <= value[0] <= value[1] <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {value}.")
    return None if value[0] == value[1] == center else tuple(value)


def _fill(fill: Any) -> Any:
    if fill is None:
        return 0
    if not isinstance(fill, (Sequence, int, float)):
        raise TypeError("Fill should be either a sequence or a number.")
    return fill


def _for_image(fill: Any, img: Any) -> Any:
    """A colour for each channel of a tensor; an image of Pillow's takes it as it is."""
    if not isinstance(img, Tensor):
        return fill
    return [float(fill)] * dimensions(img)[0] if isinstance(fill, (int, float)) else [float(n) for n in fill]
