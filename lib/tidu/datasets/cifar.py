"""CIFAR-10 and CIFAR-100, from the archives for Python. CIFAR-10 与 CIFAR-100。

The batches are pickles, which may run anything when they are loaded: these are read by an unpickler that knows arrays
and nothing else. Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import os
import pickle
import tarfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tidu.datasets._download import fetch, whole, write_whole
from tidu.datasets._pillow import image
from tidu.datasets.vision import Transform, VisionDataset


class CIFAR10(VisionDataset):
    """彩色小图像，32×32 像素，10 类 / 60,000 colour images of 32×32 pixels in 10 classes.

    root        the folder; the batches are in ``root/cifar-10-batches-py``, as the archive has them
    train       the 50,000 images to train with (the default), or the 10,000 to test with
    download    fetch the archive where something is missing: 170 MB, checked, resumed where it broke off

    An item is ``(image, label)``, the image one of Pillow's in mode ``"RGB"``, or what ``transform`` makes of it; all
    of them are in ``data``, an array of uint8 of shape (N, 32, 32, 3), and ``targets``, a list.
    Source: A. Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list: ClassVar[list[list[str]]] = [
        ["data_batch_1", "c99cafc152244af753f735de768cd75f"],
        ["data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"],
        ["data_batch_3", "54ebc095f3ab1f0389bbae665268c751"],
        ["data_batch_4", "634d18415352ddfa80567beed471001a"],
        ["data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"],
    ]
    test_list: ClassVar[list[list[str]]] = [["test_batch", "40351d587109b95175f43aff81a1287e"]]
    meta: ClassVar[dict[str, str]] = {
        "filename": "batches.meta", "key": "label_names", "md5": "5ff9c542aee3614f3951f8cda6e48888",
    }  # fmt: skip

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
        self._folder = Path(self.root or "") / self.base_folder
        if download:
            self.download()
        missing = self._missing()
        if missing:
            raise RuntimeError(
                "Dataset not found or corrupted. You can use download=True to download it, or unpack "
                f"{self.filename} in {os.path.abspath(self.root or '')} by hand; missing or not as published: "
                f"{', '.join(missing)}"
            )
        images, self.targets = [], []
        for name, _ in self.train_list if train else self.test_list:
            entry = _read(self._folder / name)
            images.append(np.asarray(entry["data"], np.uint8).reshape(-1, 3, 32, 32))
            self.targets += [int(label) for label in entry["labels" if "labels" in entry else "fine_labels"]]
        self.data = np.concatenate(images).transpose(0, 2, 3, 1)
        self.classes: list[str] = list(_read(self._folder / self.meta["filename"])[self.meta["key"]])
        self.class_to_idx = {name: label for label, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._made(image(self.data[index]), self.targets[index])

    def download(self) -> None:
        """下载并解开缺少的文件 / Fetch the archive, unless all is there, and unpack it."""
        if not self._missing():
            return
        archive = fetch([self.url], Path(self.root or ""), self.filename, self.tgz_md5)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            for name, _ in self._files():
                # By its name: nothing else that an archive may hold gets out of it.
                source = packed.extractfile(f"{self.base_folder}/{name}")
                if source is not None:
                    write_whole(self._folder / name, source)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"

    def _files(self) -> list[list[str]]:
        return [*self.train_list, *self.test_list, [self.meta["filename"], self.meta["md5"]]]

    def _missing(self) -> list[str]:
        return [name for name, md5 in self._files() if not whole(self._folder / name, md5)]


class CIFAR100(CIFAR10):
    """彩色小图像，32×32 像素，100 类 / 60,000 colour images of 32×32 pixels in 100 classes."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list: ClassVar[list[list[str]]] = [["train", "16019d7e3df5f24257cddd939b257f8d"]]
    test_list: ClassVar[list[list[str]]] = [["test", "f0ef6b0ae62326f3e7ffdfab6717acfc"]]
    meta: ClassVar[dict[str, str]] = {
        "filename": "meta", "key": "fine_label_names", "md5": "7973b15100ade9c7d40fb424638fde48",
    }  # fmt: skip


class _ArraysAlone(pickle.Unpickler):
    """Knows the four names that a pickled array is made of, as NumPy 1 and 2 call them."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np._core.multiarray._reconstruct  # type: ignore[attr-defined]
        known = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype, ("_codecs", "encode"): _encode}
        if (module, name) in known:
            return known[module, name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a batch of images")


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes in the old protocols."""
    return text.encode(encoding)


def _read(path: Path) -> dict[str, Any]:
    """A batch: a dictionary whose keys are text, also where Python 3 wrote them as bytes."""
    try:
        with path.open("rb") as file:
            entry = _ArraysAlone(file, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, IndexError, KeyError, AttributeError) as broken:
        raise RuntimeError(f"{path} is no batch of CIFAR: {broken}") from None
    if not isinstance(entry, dict):
        raise RuntimeError(f"{path} is no batch of CIFAR: it holds a {type(entry).__name__}, not a dictionary")
    return {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in entry.items()}
