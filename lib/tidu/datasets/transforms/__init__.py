"""Transforms of images, as ``torchvision.transforms`` has them. 图像变换，与 torchvision.transforms 一致。

They take images of Pillow's and tensors (…, C, H, W) alike, where torchvision's do.
Source: https://docs.pytorch.org/vision/stable/transforms.html
"""

from tidu.datasets.transforms import functional
from tidu.datasets.transforms.compose import Compose, Lambda, RandomApply, RandomChoice, RandomOrder
from tidu.datasets.transforms.drawn import (
    ColorJitter,
    GaussianBlur,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
)
from tidu.datasets.transforms.modes import InterpolationMode
from tidu.datasets.transforms.steady import (
    CenterCrop,
    ConvertImageDtype,
    FiveCrop,
    Grayscale,
    LinearTransformation,
    Normalize,
    Pad,
    PILToTensor,
    Resize,
    TenCrop,
    ToPILImage,
    ToTensor,
)

__all__ = [
    "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "FiveCrop", "GaussianBlur", "Grayscale",
    "InterpolationMode", "Lambda", "LinearTransformation", "Normalize", "PILToTensor", "Pad", "RandomAffine",
    "RandomApply", "RandomChoice", "RandomCrop", "RandomErasing", "RandomGrayscale", "RandomHorizontalFlip",
    "RandomOrder", "RandomResizedCrop", "RandomRotation", "RandomVerticalFlip", "Resize", "TenCrop", "ToPILImage",
    "ToTensor", "functional",
]  # fmt: skip
