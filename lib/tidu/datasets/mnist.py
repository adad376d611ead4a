"""MNIST and what is published in its form. MNIST 及同格式的数据集。

Source: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.MNIST.html
"""

from __future__ import annotations

import gzip
import os
import warnings
from pathlib import Path
from typing import Any, ClassVar

from tidu._tensor import Tensor
from tidu.datasets._download import fetch, put_aside, write_whole
from tidu.datasets._idx import read_idx
from tidu.datasets._pillow import image
from tidu.datasets.vision import Transform, VisionDataset
from tidu.ops.create import from_numpy


class MNIST(VisionDataset):
    """手写数字，28×28 像素 / 70,000 handwritten digits of 28×28 pixels.

    root        the folder; the files are in ``root/MNIST/raw``, as torchvision has them, packed (.gz) or not
    train       the 60,000 images to train with (the default), or the 10,000 to test with
    download    fetch the files that are missing: 11 MB, checked, resumed where it broke off

    An item is ``(image, label)``, the image one of Pillow's in mode ``"L"``, or what ``transform`` makes of it; all of
    them are in ``data``, a tensor of uint8 of shape (N, 28, 28), and ``targets``, of int64.
    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database, http://yann.lecun.com/exdb/mnist/
    """

    mirrors: ClassVar[list[str]] = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ]
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    classes: ClassVar[list[str]] = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight",
        "9 - nine",
    ]  # fmt: skip

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Transform = None,
        target_transform: Transform = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        if download:
            self.download()
        if not self._check_exists():
            files = ", ".join(name for name, _ in self.resources)
            raise RuntimeError(
                "Dataset not found. You can use download=True to download it, or put its files into "
                f"{os.path.abspath(self.raw_folder)} by hand: {files}"
            )
        part = "train" if train else "t10k"
        try:
            images = read_idx(self._file(f"{part}-images-idx3-ubyte.gz"))
            labels = read_idx(self._file(f"{part}-labels-idx1-ubyte.gz"))
        except ValueError as broken:
            raise RuntimeError(f"{broken}. You can use download=True to download it again") from None
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{self.raw_folder} must hold images of shape (N, height, width) and N labels, got shapes "
                f"{images.shape} and {labels.shape}"
            )
        self.data, self.targets = from_numpy(images), from_numpy(labels.astype("int64"))

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._made(image(self.data[index].numpy()), int(self.targets[index]))

    @property
    def raw_folder(self) -> str:
        """文件所在的文件夹 / The folder with the files."""
        return os.path.join(self.root or "", type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """每个类名对应的标签 / The label of each class."""
        return {name: label for label, name in enumerate(self.classes)}

    def download(self) -> None:
        """下载缺少的文件 / Fetch the files that are missing, and unpack them beside."""
        folder = Path(self.raw_folder)
        for name, md5 in self.resources:
            unpacked = folder / name.removesuffix(".gz")
            if unpacked.is_file():
                try:
                    read_idx(unpacked)
                    continue
                except ValueError:
                    put_aside(unpacked)
            packed = fetch([mirror + name for mirror in self.mirrors], folder, name, md5)
            with gzip.open(packed) as source:
                write_whole(unpacked, source)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"

    def _file(self, packed: str) -> Path:
        unpacked = Path(self.raw_folder) / packed.removesuffix(".gz")
        return unpacked if unpacked.is_file() else unpacked.with_name(packed)

    def _check_exists(self) -> bool:
        return all(self._file(name).is_file() for name, _ in self.resources)

    @property
    def train_data(self) -> Tensor:
        """旧名，即 data / The old name of ``data``."""
        warnings.warn("train_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def test_data(self) -> Tensor:
        """旧名，即 data / The old name of ``data``."""
        warnings.warn("test_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def train_labels(self) -> Tensor:
        """旧名，即 targets / The old name of ``targets``."""
        warnings.warn("train_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def test_labels(self) -> Tensor:
        """旧名，即 targets / The old name of ``targets``."""
        warnings.warn("test_labels has been renamed targets", stacklevel=2)
        return self.targets


class FashionMNIST(MNIST):
    """衣物图像，28×28 像素 / 70,000 pictures of clothes, in MNIST's form: 30 MB in ``root/FashionMNIST/raw``.

    Source: H. Xiao, K. Rasul and R. Vollgraf 2017, https://github.com/zalandoresearch/fashion-mnist
    """

    mirrors: ClassVar[list[str]] = ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"]
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class KMNIST(MNIST):
    """平假名草书，28×28 像素 / 70,000 cursive hiragana, in MNIST's form: 20 MB in ``root/KMNIST/raw``.

    Source: T. Clanuwat et al. 2018, https://github.com/rois-codh/kmnist
    """

    mirrors: ClassVar[list[str]] = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    resources: ClassVar[list[tuple[str, str]]] = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes: ClassVar[list[str]] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
