"""Datasets of images, as torchvision has them. 图像数据集，与 torchvision 一致。

``Digits`` comes with the package; images need Pillow.
Source: https://docs.pytorch.org/vision/stable/datasets.html
"""

from tidu.datasets.digits import Digits
from tidu.datasets.vision import VisionDataset

__all__ = ["Digits", "VisionDataset"]
