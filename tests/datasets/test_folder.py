"""Images in folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tidu.datasets import DatasetFolder, ImageFolder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three classes, two kinds of images, a folder in a folder, and a text that is no image."""
    for place, (name, mode) in enumerate(
        [("dog/b.png", "RGB"), ("dog/a.PNG", "L"), ("cat/deep/x.bmp", "RGB"), ("cat/y.png", "RGBA"), ("ant/z.png", "1")]
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, (5, 4), 1 if mode == "1" else None or place * 40).save(path, path.suffix[1:].lower())
    (tmp_path / "dog/notes.txt").write_text("no image")
    (tmp_path / "notes.txt").write_text("no class")
    return tmp_path


def test_a_folder_is_a_class(root: Path) -> None:
    found = ImageFolder(str(root))
    assert found.classes == ["ant", "cat", "dog"] and found.class_to_idx == {"ant": 0, "cat": 1, "dog": 2}
    assert [(Path(path).relative_to(root).as_posix(), label) for path, label in found.samples] == [
        ("ant/z.png", 0), ("cat/y.png", 1), ("cat/deep/x.bmp", 1), ("dog/a.PNG", 2), ("dog/b.png", 2),
    ]  # fmt: skip
    assert found.imgs == found.samples and found.targets == [0, 1, 1, 2, 2] and len(found) == 5
    for image, _ in found:
        assert (image.mode, image.size) == ("RGB", (5, 4))
    image, label = found[3]
    assert label == 2 and np.asarray(image).tolist() == [[[40] * 3] * 5] * 4
    assert repr(found) == f"Dataset ImageFolder\n    Number of datapoints: 5\n    Root location: {root}"


def test_what_reads_a_file_and_which_files_can_be_given(root: Path) -> None:
    found = ImageFolder(root, loader=str, is_valid_file=lambda path: path.endswith("txt"), allow_empty=True)
    assert [(Path(path).name, label) for path, label in found] == [("notes.txt", 2)]
    texts = DatasetFolder(root, lambda path: Path(path).read_text(), (".txt",), str.upper, allow_empty=True)
    assert texts[0] == ("NO IMAGE", 2) and texts.extensions == (".txt",)


def test_a_class_without_images_is_an_error(root: Path) -> None:
    (root / "bee").mkdir()
    with pytest.raises(
        FileNotFoundError, match=r"Found no valid file for the classes bee\. Supported extensions are: \.j"
    ):
        ImageFolder(root)
    assert ImageFolder(root, allow_empty=True).classes == ["ant", "bee", "cat", "dog"]


def test_a_folder_without_classes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        ImageFolder(tmp_path)
    with pytest.raises(FileNotFoundError):
        ImageFolder(tmp_path / "nowhere")


def test_which_files_must_be_said_once(root: Path) -> None:
    with pytest.raises(ValueError, match="Both extensions and is_valid_file cannot be None or not None"):
        DatasetFolder(root, str)


def test_an_image_that_went_bad_is_an_error(root: Path) -> None:
    (root / "dog/b.png").write_bytes(b"no image")
    with pytest.raises(OSError, match="cannot identify image file"):
        ImageFolder(root)[4]
