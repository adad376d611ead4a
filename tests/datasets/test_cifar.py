"""CIFAR from files in their real format, and pickles that want more than to be read."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.files import Server, archive, batch_of_python_2, cifar, md5, names
from tidu.datasets import CIFAR10, CIFAR100

FILES = cifar()
BATCHES = [name for name in FILES if name != "batches.meta"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, server: Server) -> Server:
    """CIFAR-10 with the checksums of the small files, which the server has."""
    packed = archive(CIFAR10.base_folder, FILES)
    server.files[CIFAR10.filename] = packed
    monkeypatch.setattr(CIFAR10, "url", server.url + CIFAR10.filename)
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(packed))
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5(FILES[name])] for name in BATCHES[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [[name, md5(FILES[name])] for name in BATCHES[5:]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": md5(FILES["batches.meta"])})
    return server


def test_the_small_files_are_what_python_2_wrote() -> None:
    """Python's own unpickler reads them as it reads the archive's."""
    entry = pickle.loads(FILES["test_batch"], encoding="bytes")
    assert set(entry) == {b"data", b"labels", b"batch_label"}
    assert entry[b"data"].shape == (3, 3072) and entry[b"data"].dtype == np.uint8


def test_it_is_downloaded_unpacked_and_read(small: Server, tmp_path: Path) -> None:
    train = CIFAR10(str(tmp_path), download=True)
    test = CIFAR10(tmp_path, train=False, download=True)
    assert len(small.asked) == 1
    assert names(tmp_path) == sorted([CIFAR10.filename, *(f"{CIFAR10.base_folder}/{name}" for name in FILES)])
    assert (len(train), len(test)) == (15, 3)
    assert train.data.shape == (15, 32, 32, 3) and train.data.dtype == np.uint8
    second = pickle.loads(FILES["data_batch_2"], encoding="latin1")
    assert np.array_equal(train.data[3:6].transpose(0, 3, 1, 2).reshape(3, -1), second["data"])
    assert train.targets[3:6] == second["labels"] and isinstance(train.targets, list)
    image, label = train[4]
    assert (image.mode, image.size, label) == ("RGB", (32, 32), second["labels"][1])
    assert np.array_equal(np.asarray(image), train.data[4])
    assert train.classes[3] == "cat" and train.class_to_idx["truck"] == 9
    assert repr(test) == f"Dataset CIFAR10\n    Number of datapoints: 3\n    Root location: {tmp_path}\n    Split: Test"


def test_a_batch_that_went_bad_is_refused_and_unpacked_anew(small: Server, tmp_path: Path) -> None:
    CIFAR10(tmp_path, download=True)
    bad = tmp_path / CIFAR10.base_folder / "data_batch_2"
    bad.write_bytes(bad.read_bytes()[:-1])
    with pytest.raises(RuntimeError, match=r"not found or corrupted.*download=True.*data_batch_2"):
        CIFAR10(tmp_path)
    assert len(CIFAR10(tmp_path, download=True)) == 15 and len(small.asked) == 1


def test_nothing_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as told:
        CIFAR100(tmp_path)
    for word in (
        "Dataset not found or corrupted. You can use download=True to download it",
        str(tmp_path),
        "train, test",
    ):
        assert word in str(told.value)


def test_what_python_3_wrote_is_read(small: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    for name, content in FILES.items():
        entry = pickle.loads(content, encoding="latin1")
        for protocol, keys in ((2, str), (4, str.encode)):
            rewritten = pickle.dumps({keys(key): value for key, value in entry.items()}, protocol)
            (folder / f"{name}{protocol}").write_bytes(rewritten)
    from tidu.datasets.cifar import _read

    for protocol in (2, 4):
        entry = _read(folder / f"data_batch_1{protocol}")
        assert np.array_equal(entry["data"], pickle.loads(FILES["data_batch_1"], encoding="latin1")["data"])


class Opens:
    """A pickle that opens a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("kind", ["opens", "evaluates", "not a pickle", "cut", "a list"])
def test_a_pickle_of_anything_else_is_refused(kind: str, small: Server, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    content = {
        "opens": pickle.dumps({"data": Opens(touched)}),
        "evaluates": b"c__builtin__\neval\n(S'1/0'\ntR.",
        "not a pickle": b"<html>",
        "cut": FILES["data_batch_1"][:-100],
        "a list": pickle.dumps([1, 2]),
    }[kind]
    CIFAR10(tmp_path, download=True)
    (tmp_path / CIFAR10.base_folder / "data_batch_1").write_bytes(content)
    CIFAR10.train_list[0][1] = md5(content)  # what checks the file's sum is not what is asked here
    with pytest.raises(RuntimeError, match="is no batch of CIFAR"):
        CIFAR10(tmp_path)
    assert not touched.exists()


def test_an_archive_gets_nothing_out_of_its_folder(
    small: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = archive(CIFAR10.base_folder, {**FILES, "../../outside": b"!", "more": b"!"})
    small.files[CIFAR10.filename] = packed
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(packed))
    CIFAR10(tmp_path / "deep/root", download=True)
    assert not [name for name in names(tmp_path) if "outside" in name or "more" in name]


def test_a_hundred_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / CIFAR100.base_folder
    folder.mkdir()
    images = np.arange(2 * 3072, dtype=np.uint16).astype(np.uint8).reshape(2, 3072)
    train = batch_of_python_2(images, [99, 7], "fine_labels")
    meta = pickle.dumps({"fine_label_names": [f"c{i}" for i in range(100)]}, 2)
    for name, content in (("train", train), ("test", train), ("meta", meta)):
        (folder / name).write_bytes(content)
    monkeypatch.setattr(CIFAR100, "train_list", [["train", md5(train)]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", md5(train)]])
    monkeypatch.setattr(CIFAR100, "meta", CIFAR100.meta | {"md5": md5(meta)})
    found = CIFAR100(tmp_path)
    assert found.targets == [99, 7] and found.classes[99] == "c99"
