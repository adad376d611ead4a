"""Images in folders, a folder for each class. 按文件夹分类的图像。

Source: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidu.datasets._pillow import pillow
from tidu.datasets.vision import Transform, VisionDataset

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def pil_loader(path: str | Path) -> Any:
    """用 Pillow 读一张彩色图像 / A file's image in red, green and blue, by Pillow."""
    with open(path, "rb") as file:
        return pillow().open(file).convert("RGB")


default_loader = pil_loader


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """文件名是否以这些后缀之一结尾 / Whether a file's name ends in one of these, in capitals or not."""
    return filename.lower().endswith(extensions if isinstance(extensions, str) else tuple(extensions))


def is_image_file(filename: str) -> bool:
    """是否图像文件名 / Whether a file's name is an image's."""
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory: str | Path) -> tuple[list[str], dict[str, int]]:
    """文件夹名即类名 / The folders' names, sorted, and the label of each."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: label for label, name in enumerate(classes)}


def make_dataset(
    directory: str | Path,
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> list[tuple[str, int]]:
    """各类的文件与标签 / The files below each class's folder, sorted, each with its label.

    extensions, is_valid_file   which files count: by the end of their names, or by a function of their paths
    allow_empty                 whether a class may have no file
    """
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        _, class_to_idx = find_classes(directory)
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
    if is_valid_file is None:
        ends = extensions if extensions is not None else ()

        def is_valid_file(path: str) -> bool:
            return has_file_allowed_extension(path, ends)

    found: list[tuple[str, int]] = []
    empty = set(class_to_idx)
    for name in sorted(class_to_idx):
        for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True)):
            for path in (os.path.join(folder, file) for file in sorted(files)):
                if is_valid_file(path):
                    found.append((path, class_to_idx[name]))
                    empty.discard(name)
    if empty and not allow_empty:
        message = f"Found no valid file for the classes {', '.join(sorted(empty))}. "
        if extensions is not None:
            message += (
                f"Supported extensions are: {extensions if isinstance(extensions, str) else ', '.join(extensions)}"
            )
        raise FileNotFoundError(message)
    return found


class DatasetFolder(VisionDataset):
    """按文件夹分类的数据 / Files in folders, ``root/CLASS/…``: a folder for each class, whose name it has.

    loader          makes an item of a file's path
    extensions, is_valid_file   which files count: by the end of their names, or by a function of their paths
    allow_empty     whether a class may have no file

    ``classes`` are sorted, ``class_to_idx`` has their labels, ``samples`` paths and labels, ``targets`` the labels.
    """

    def __init__(
        self,
        root: str | Path,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Transform = None,
        target_transform: Transform = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.loader, self.extensions = loader, extensions
        self.classes, self.class_to_idx = self.find_classes(self.root or "")
        self.samples = self.make_dataset(
            self.root or "", self.class_to_idx, extensions, is_valid_file, allow_empty=allow_empty
        )
        self.targets = [label for _, label in self.samples]

    find_classes = staticmethod(find_classes)
    make_dataset: Callable[..., list[tuple[str, int]]] = staticmethod(make_dataset)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self._made(self.loader(path), target)


class ImageFolder(DatasetFolder):
    """按文件夹分类的图像 / Images in folders, ``root/CLASS/….png``: a folder for each class, whose name it has.

    An item is ``(image, label)``, the image one of Pillow's in mode ``"RGB"``, or what ``transform`` makes of it.
    """

    def __init__(
        self,
        root: str | Path,
        transform: Transform = None,
        target_transform: Transform = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        extensions: Any = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(
            root,
            loader,
            extensions,
            transform=transform,
            target_transform=target_transform,
            is_valid_file=is_valid_file,
            allow_empty=allow_empty,
        )
        self.imgs = self.samples
