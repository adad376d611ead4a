"""MNIST and its like, from files in their real format."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

import tidu as torch
from tests.datasets.files import Server, idx, md5, mnist, names
from tidu.datasets import KMNIST, MNIST, FashionMNIST

FILES = mnist()


def put(root: Path, name: str = "MNIST", packed: bool = False) -> None:
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    for file, content in FILES.items():
        (raw / (file if packed else file.removesuffix(".gz"))).write_bytes(
            content if packed else gzip.decompress(content)
        )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, KMNIST])
def test_it_reads_torchvisions_folder(kind: type[MNIST], packed: bool, tmp_path: Path) -> None:
    put(tmp_path, kind.__name__, packed)
    train, test = kind(str(tmp_path)), kind(tmp_path, train=False)
    assert (len(train), len(test)) == (12, 5)
    images = gzip.decompress(FILES["train-images-idx3-ubyte.gz"])[16:]
    assert train.data.numpy().tobytes() == images and train.data.shape == (12, 28, 28)
    assert train.targets.tolist() == list(gzip.decompress(FILES["train-labels-idx1-ubyte.gz"])[8:])
    assert (train.data.dtype, train.targets.dtype) == (torch.uint8, torch.int64)
    image, label = train[3]
    assert (image.mode, image.size, label, type(label)) == ("L", (28, 28), int(train.targets[3]), int)
    assert np.asarray(image).tobytes() == images[3 * 784 : 4 * 784]
    assert len(train.classes) == 10 and train.class_to_idx[train.classes[7]] == 7


def test_it_prints_as_torchvision_does(tmp_path: Path) -> None:
    put(tmp_path)
    shown = f"Dataset MNIST\n    Number of datapoints: 5\n    Root location: {tmp_path}\n    Split: Test"
    assert repr(MNIST(str(tmp_path), False)) == shown


def test_old_names_warn(tmp_path: Path) -> None:
    put(tmp_path)
    digits = MNIST(tmp_path)
    for old, new in (
        ("train_data", "data"),
        ("test_data", "data"),
        ("train_labels", "targets"),
        ("test_labels", "targets"),
    ):
        with pytest.warns(UserWarning, match=f"{old} has been renamed {new}"):
            assert getattr(digits, old) is getattr(digits, new)


def test_it_is_downloaded_into_torchvisions_folder(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files = dict(FILES)
    monkeypatch.setattr(MNIST, "mirrors", [server.url + "gone/", server.url])
    monkeypatch.setattr(MNIST, "resources", [(name, md5(content)) for name, content in FILES.items()])
    for _ in range(2):
        assert len(MNIST(tmp_path, download=True)) == 12
    assert len(server.asked) == 4
    unpacked = [name.removesuffix(".gz") for name in FILES]
    assert names(tmp_path) == sorted(f"MNIST/raw/{name}" for name in (*FILES, *unpacked))

    broken = tmp_path / "MNIST/raw/train-images-idx3-ubyte"
    broken.write_bytes(broken.read_bytes()[:-1])
    with pytest.raises(RuntimeError, match=r"must have .* bytes for its shape .*download=True"):
        MNIST(tmp_path)
    with pytest.warns(UserWarning, match=r"kept as .*train-images-idx3-ubyte\.corrupt"):
        assert len(MNIST(tmp_path, download=True)) == 12
    assert len(server.asked) == 4  # the packed file beside it was still good


def test_nothing_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as told:
        MNIST(tmp_path)
    for word in ("Dataset not found. You can use download=True to download it", str(tmp_path), *MNIST.resources[0][:1]):
        assert word in str(told.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        b"<!DOCTYPE html><html>not found</html>",
        b"\x80\2}q\0.",
        idx(np.zeros((12, 28, 28), np.uint8))[:-1],
        idx(np.zeros((12, 28, 28), np.uint8)) + b"!",
        b"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\x08\x03\0\0",
        b"\0\0\x07\x01\0\0\0\0",
        gzip.compress(b"\0\0\x08\x01\0\0\0\1\1")[:-4],
    ],
    ids=[
        "empty",
        "two bytes",
        "a page",
        "a pickle",
        "short",
        "too long",
        "vast",
        "no lengths",
        "no such type",
        "cut gzip",
    ],
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "MNIST/raw/train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(RuntimeError, match="download=True to download it again"):
        MNIST(tmp_path)


def test_images_and_labels_that_are_not_as_many_are_refused(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "MNIST/raw/train-labels-idx1-ubyte").write_bytes(idx(np.zeros(11, np.uint8)))
    with pytest.raises(ValueError, match=r"shapes \(12, 28, 28\) and \(11,\)"):
        MNIST(tmp_path)


def test_every_type_of_the_format_is_read(tmp_path: Path) -> None:
    from tidu.datasets._idx import TYPES, read_idx

    for code, dtype in TYPES.items():
        array = np.arange(-3, 3).astype(dtype).reshape(2, 3)
        (tmp_path / "a").write_bytes(bytes([0, 0, code, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + array.tobytes())
        found = read_idx(tmp_path / "a")
        assert found.dtype.isnative and np.array_equal(found, array)
