"""Handwritten digits that come with this package: nothing to download. 随包附带的手写数字。"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tidu.datasets._idx import read_idx
from tidu.datasets._pillow import image
from tidu.datasets.vision import Transform, VisionDataset
from tidu.ops.create import from_numpy

#: Of each digit's images, in their order, every so manieth is for testing.
EVERY = 5


class Digits(VisionDataset):
    """手写数字，8×8 像素，随包附带 / Real handwritten digits of 8×8 pixels, which come with the package.

    1,797 images of ten classes, 1,442 to train with and 355 to test with. An item is ``(image, label)``, the image one
    of Pillow's in mode ``"L"``, or what ``transform`` makes of it; all of them are in ``data``, a tensor of uint8 of
    shape (N, 8, 8), and ``targets``, of int64.

    root, download   are there so that MNIST can stand in this place; neither is needed
    train            the images to train with (the default), or those to test with

    A pixel counts how many of 4×4 black dots of the scanned form were inked: 0 to 16, which is 0 to 255 here, so that
    ``ToTensor`` gives sixteenths (to a 255th).

    The split is fixed. Of each digit's images, in the order of the file, every fifth is for testing, so all classes
    are in both parts as often. They are in the order of fourteen forms, each filled in by one hand, so both parts also
    have every hand: the accuracy is that for more digits of the same people. For people that a net has never seen it is
    lower, by two or three in a hundred.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    1998, https://doi.org/10.24432/C50P49, its file ``optdigits.tes``, under CC BY 4.0 (``data/NOTICE.md`` beside this
    file).
    """

    classes: ClassVar[list[str]] = [str(digit) for digit in range(10)]

    def __init__(
        self,
        root: str | Path | None = None,
        train: bool = True,
        transform: Transform = None,
        target_transform: Transform = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        images, labels = _whole()
        chosen = _tested(labels) != bool(train)
        self.data, self.targets = from_numpy(images[chosen]), from_numpy(labels[chosen])

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._made(image(self.data[index].numpy()), int(self.targets[index]))

    @property
    def class_to_idx(self) -> dict[str, int]:
        """每个类名对应的标签 / The label of each class."""
        return {name: label for label, name in enumerate(self.classes)}

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"


@cache
def _whole() -> tuple[np.ndarray, np.ndarray]:
    """All images, from 0 to 255, and labels, in the order of the file."""
    folder = Path(__file__).with_name("data")
    sixteenths = read_idx(folder / "digits-images-idx3-ubyte.gz").astype(np.uint16)
    labels = read_idx(folder / "digits-labels-idx1-ubyte.gz").astype(np.int64)
    return ((sixteenths * 255 + 8) // 16).astype(np.uint8), labels


def _tested(labels: np.ndarray) -> np.ndarray:
    """Which images are for testing."""
    tested = np.zeros(len(labels), bool)
    for label in range(10):
        tested[np.flatnonzero(labels == label)[EVERY - 1 :: EVERY]] = True
    return tested
