"""The digits that come with the package."""

from __future__ import annotations

import numpy as np
import pytest

import tidu as torch
from tests.repo.tree import ROOT
from tidu.datasets import Digits


def test_an_item_is_an_image_and_its_label() -> None:
    digits = Digits()
    image, label = digits[0]
    assert (image.mode, image.size, label, type(label)) == ("L", (8, 8), 0, int)
    assert np.array_equal(np.asarray(image), digits.data[0].numpy())
    assert (digits.data.dtype, digits.targets.dtype) == (torch.uint8, torch.int64)
    with pytest.raises(IndexError):
        digits[len(digits)]
    assert digits[-1][1] == int(digits.targets[-1])


def test_all_images_are_there_once_and_every_class_in_both_parts() -> None:
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (1442, 355)
    assert torch.bincount(train.targets).tolist() == [143, 146, 142, 147, 145, 146, 145, 144, 140, 144]
    assert torch.bincount(test.targets).tolist() == [35, 36, 35, 36, 36, 36, 36, 35, 34, 36]
    images = {image.tobytes() for part in (train, test) for image in part.data.numpy()}
    assert len(images) == 1797


def test_a_pixel_is_a_number_of_sixteenths() -> None:
    values = np.unique(Digits().data.numpy())
    assert values.tolist() == [round(255 * n / 16 + 1e-9) for n in range(17)]


def test_the_numbers_are_those_of_the_source() -> None:
    """Sums that its own publication of the data gives as well: scikit-learn's copy has the same."""
    train, test = Digits(), Digits(train=False)
    sixteenths = sum(int(np.rint(part.data.numpy() * (16 / 255)).sum()) for part in (train, test))
    assert sixteenths == 561718
    assert int(train.targets.sum()) + int(test.targets.sum()) == 8070


def test_transforms_are_called_on_images_and_labels() -> None:
    digits = Digits(transform=lambda image: image.size, target_transform=lambda label: -label)
    assert digits[5] == ((8, 8), -5)


def test_writing_into_one_leaves_the_next_alone() -> None:
    first = Digits()
    first.data.zero_()
    assert Digits().data.sum() > 0


def test_it_prints_as_torchvision_does() -> None:
    assert repr(Digits()) == "Dataset Digits\n    Number of datapoints: 1442\n    Split: Train"
    shown = repr(Digits("files", train=False, transform=str, target_transform=str))
    assert shown == (
        "Dataset Digits\n    Number of datapoints: 355\n    Root location: files\n    Split: Test\n"
        "    StandardTransform\n    Transform: <class 'str'>\n    Target transform: <class 'str'>"
    )


def test_whose_data_it_is_stands_where_one_looks() -> None:
    notice = (ROOT / "lib/tidu/datasets/data/NOTICE.md").read_text(encoding="utf-8")
    for text in (Digits.__doc__ or "", notice):
        assert all(word in text for word in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0"))
    assert "CC BY 4.0" in (ROOT / "README.md").read_text(encoding="utf-8")
