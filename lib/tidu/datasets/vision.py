"""What datasets of images have in common: a folder, transforms, a printed form. 图像数据集的共同部分。

Source: https://docs.pytorch.org/vision/stable/datasets.html
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidu.utils.data import Dataset

Transform = Callable[[Any], Any] | None


class VisionDataset(Dataset):
    """图像数据集的基类 / The base of datasets of images, as torchvision has it.

    root                          the folder with the data
    transforms                    takes an image and its target and returns both; or else
    transform, target_transform   one for the image, one for the target
    """

    _repr_indent = 4

    def __init__(
        self,
        root: str | Path | None = None,
        transforms: Callable[[Any, Any], tuple[Any, Any]] | None = None,
        transform: Transform = None,
        target_transform: Transform = None,
    ) -> None:
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        separate = transform is not None or target_transform is not None
        if transforms is not None and separate:
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transform, self.target_transform = transform, target_transform
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def _made(self, image: Any, target: Any) -> tuple[Any, Any]:
        """An item as it is handed out."""
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __repr__(self) -> str:
        body = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            body.append(f"Root location: {self.root}")
        body += self.extra_repr().splitlines()
        if self.transforms is not None:
            body += repr(self.transforms).splitlines()
        return "\n".join([f"Dataset {type(self).__name__}", *(" " * self._repr_indent + line for line in body)])

    def extra_repr(self) -> str:
        """What the printed form says besides. 打印时补充的内容。"""
        return ""


class StandardTransform:
    """把图像和标签各自变换 / One transform for the image and one for its target, as one of both."""

    def __init__(self, transform: Transform = None, target_transform: Transform = None) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        body = [type(self).__name__]
        for head, transform in (("Transform: ", self.transform), ("Target transform: ", self.target_transform)):
            if transform is not None:
                first, *more = repr(transform).splitlines()
                body += [head + first, *(" " * len(head) + line for line in more)]
        return "\n".join(body)
