"""Datasets of images, as torchvision has them. 图像数据集，与 torchvision 一致。

``Digits`` comes with the package; the others are downloaded once, or read from a folder. Images need Pillow, downloads
pooch and tqdm. Source: https://docs.pytorch.org/vision/stable/datasets.html
"""

from tidu.datasets.cifar import CIFAR10, CIFAR100
from tidu.datasets.digits import Digits
from tidu.datasets.folder import DatasetFolder, ImageFolder
from tidu.datasets.mnist import KMNIST, MNIST, FashionMNIST
from tidu.datasets.vision import VisionDataset

__all__ = [
    "CIFAR10", "CIFAR100", "DatasetFolder", "Digits", "FashionMNIST", "ImageFolder", "KMNIST", "MNIST", "VisionDataset",
    "transforms",
]  # fmt: skip


def __getattr__(name: str):
    if name == "transforms":  # it loads tidu.nn, which a dataset does not need
        from importlib import import_module

        return import_module("tidu.datasets.transforms")
    raise AttributeError(f"module 'tidu.datasets' has no attribute '{name}'")
