"""Where files are written and read: paths of every kind, open files, what a killed or failed save leaves behind."""

from __future__ import annotations

import gzip
import io
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tidu
from tidu.serialization._zip import Reader, Writer

BOTH = pytest.mark.parametrize("new", [True, False], ids=["zip", "old"])
posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and devices are those of POSIX")


class Failing:
    """A pickle of it fails."""

    def __reduce__(self) -> Any:
        raise ValueError("no")


class Half(io.RawIOBase):
    """A disk that is full in the middle of a record."""

    def __init__(self) -> None:
        self.left = 2000

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.left -= len(data)
        if self.left < 0:
            raise OSError(28, "No space left on device")
        return len(data)


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@BOTH
def test_paths(tmp_path: Path, new: bool) -> None:
    for path in (tmp_path / "a.pt", str(tmp_path / "b"), tmp_path / "梯度.pth", tmp_path / ("x" * 250 + ".pt")):
        tidu.save({"a": tidu.arange(3)}, path, _use_new_zipfile_serialization=new)
        assert tidu.load(path)["a"].tolist() == [0, 1, 2]
    assert len(leftovers(tmp_path)) == 4


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tidu.save(tidu.ones(1), "x.pt")
    assert tidu.load("x.pt").item() == 1 and leftovers(tmp_path) == ["x.pt"]


@BOTH
def test_open_files(tmp_path: Path, new: bool) -> None:
    with open(tmp_path / "a", "wb") as file:
        tidu.save(tidu.ones(2), file, _use_new_zipfile_serialization=new)
    with open(tmp_path / "a", "rb") as file:
        assert tidu.load(file).tolist() == [1, 1]
    with gzip.open(tmp_path / "b", "wb") as packed:
        tidu.save(tidu.ones(2), packed, _use_new_zipfile_serialization=new)
    with gzip.open(tmp_path / "b", "rb") as packed:
        assert tidu.load(packed).tolist() == [1, 1]


@BOTH
def test_behind_other_content(new: bool) -> None:
    file = io.BytesIO()
    file.write(b"head")
    tidu.save(tidu.arange(3), file, _use_new_zipfile_serialization=new)
    file.seek(4)
    assert tidu.load(file).tolist() == [0, 1, 2]


class Plain:
    """No more than is needed: ``write`` of bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: Any) -> None:
        self.parts.append(bytes(data))


class PlainReader:
    """No more than is needed: ``read``, ``seek``, ``tell``."""

    def __init__(self, data: bytes) -> None:
        file = io.BytesIO(data)
        self.read, self.seek, self.tell, self.readline = file.read, file.seek, file.tell, file.readline


@BOTH
def test_the_least_that_a_file_must_do(new: bool) -> None:
    target = Plain()
    tidu.save([tidu.arange(3), tidu.ones(2)], target, _use_new_zipfile_serialization=new)
    for weights_only in (True, False):
        loaded = tidu.load(PlainReader(b"".join(target.parts)), weights_only=weights_only)
        assert loaded[0].tolist() == [0, 1, 2] and loaded[1].tolist() == [1, 1]


def test_what_is_no_file() -> None:
    for wrong in (None, 3, [1]):
        with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object"):
            tidu.save(1, wrong)
        with pytest.raises(AttributeError, match=r"You can only torch\.load from a file that is seekable"):
            tidu.load(wrong)
    with pytest.raises(TypeError, match="open it with mode 'rb'"):
        tidu.load(io.StringIO("x"))
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as file,
        os.fdopen(writer, "wb"),
        pytest.raises((AttributeError, OSError), match="seek"),
    ):
        tidu.load(file)


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Parent directory .*none does not exist\."):
        tidu.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(FileNotFoundError):
        tidu.save(1, tmp_path / "none" / "x.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="Is a directory"):
        tidu.save(1, tmp_path)
    with pytest.raises(IsADirectoryError):
        tidu.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"none\.pt"):
        tidu.load(tmp_path / "none.pt")
    assert leftovers(tmp_path) == []


# ---- whole or not at all


@BOTH
def test_a_failed_save_leaves_the_old_file(tmp_path: Path, new: bool) -> None:
    path = tmp_path / "x.pt"
    tidu.save(tidu.ones(1), path)
    with pytest.raises(ValueError, match="no"):
        tidu.save([tidu.zeros(5), Failing()], path, _use_new_zipfile_serialization=new)
    assert tidu.load(path).item() == 1 and leftovers(tmp_path) == ["x.pt"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pt"
    tidu.save(tidu.ones(1), path)
    from tidu.serialization import _files

    def beside(name: str, old: Any) -> Any:
        Path(name).touch()
        return Half()

    monkeypatch.setattr(_files, "_beside", beside)
    with pytest.raises(RuntimeError, match="No space left on device"):
        tidu.save(tidu.zeros(5000), path)
    assert tidu.load(path).item() == 1 and leftovers(tmp_path) == ["x.pt"]


@posix
def test_a_killed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    tidu.save(tidu.ones(1), path)
    code = (
        "import os, signal, sys, tidu\n"
        "from tidu.serialization import _zip\n"
        "record = _zip.Writer.record\n"
        "def kill(self, name, *rest, **more):\n"
        "    record(self, name, *rest, **more)\n"
        "    if name == 'data/1': self.file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        "_zip.Writer.record = kill\n"
        "tidu.save([tidu.zeros(9999), tidu.zeros(9998)], sys.argv[1])\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)])
    assert run.returncode == -signal.SIGKILL
    assert tidu.load(path).item() == 1
    assert len(leftovers(tmp_path)) == 2  # what was written, under a name that says it is a part
    assert leftovers(tmp_path)[0].endswith(".part")


@posix
def test_permissions_are_those_that_a_plain_open_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        tidu.save(tidu.ones(1), tmp_path / "new.pt")
        (tmp_path / "plain").write_bytes(b"")
        (tmp_path / "old.pt").write_bytes(b"")
        (tmp_path / "old.pt").chmod(0o604)
        tidu.save(tidu.ones(1), tmp_path / "old.pt")
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert modes == {"new.pt": 0o640, "plain": 0o640, "old.pt": 0o604}


@posix
def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.pt").symlink_to(tmp_path / "real" / "x.pt")
    for value in (1, 2):  # the first time it leads nowhere yet
        tidu.save(tidu.tensor(value), tmp_path / "link.pt")
        assert (tmp_path / "link.pt").is_symlink() and tidu.load(tmp_path / "real" / "x.pt").item() == value
    assert leftovers(tmp_path / "real") == ["x.pt"]


@posix
def test_devices_and_pipes_are_written_through(tmp_path: Path) -> None:
    tidu.save(tidu.ones(1), "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    tidu.save(tidu.ones(3), pipe)
    out, _ = child.communicate()
    assert tidu.load(io.BytesIO(out)).tolist() == [1, 1, 1] and stat.S_ISFIFO(pipe.stat().st_mode)


@contextmanager
def somebody(folder: Path) -> Iterator[None]:
    """As a user who may not write everything: root becomes nobody, to whom the folder belongs."""
    if os.geteuid() != 0:
        yield
        return
    for p in (folder, *folder.iterdir()):
        os.chown(p, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix
def test_what_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:  # where nobody else may look, nobody could not write
        folder = Path(name)
        tidu.save(tidu.ones(1), folder / "x.pt")
        with somebody(folder):
            (folder / "x.pt").chmod(0o444)
            with pytest.raises(RuntimeError, match="Permission denied"):
                tidu.save(tidu.zeros(1), folder / "x.pt")
            (folder / "x.pt").chmod(0o644)
            folder.chmod(0o555)  # the file may be written, but none beside it
            tidu.save(tidu.zeros(1), folder / "x.pt")
            with pytest.raises(RuntimeError, match="Permission denied"):
                tidu.save(tidu.zeros(1), folder / "y.pt")
            folder.chmod(0o755)
        assert tidu.load(folder / "x.pt").item() == 0


@posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root may give files away")
def test_a_file_of_another_user_stays_his(tmp_path: Path) -> None:
    tidu.save(tidu.ones(1), tmp_path / "x.pt")
    os.chown(tmp_path / "x.pt", 65534, 65534)
    tidu.save(tidu.zeros(1), tmp_path / "x.pt")
    assert (tmp_path / "x.pt").stat().st_uid == 65534 and tidu.load(tmp_path / "x.pt").item() == 0


def test_a_file_that_is_in_use_as_memory_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    tidu.save(tidu.arange(1000.0), path)
    old = tidu.load(path, mmap=True)
    tidu.save(tidu.zeros(3), path)
    assert old[999].item() == 999 and tidu.load(path).tolist() == [0, 0, 0]


# ---- memory


@BOTH
def test_no_second_copy_of_what_is_saved_or_loaded(tmp_path: Path, new: bool) -> None:
    x = tidu.ones(1 << 22)
    tidu.save(tidu.ones(1), tmp_path / "warm.pt")
    tracemalloc.start()
    tidu.save(x, tmp_path / "x.pt", _use_new_zipfile_serialization=new)
    saving = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    loaded = tidu.load(tmp_path / "x.pt")
    loading = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert saving < x.nbytes / 4 and loading < x.nbytes * (1.25 if new else 2.25) and loaded.sum() == x.numel()


class Sparse(io.RawIOBase):
    """A file that keeps its small pieces and forgets the great ones, which are zeros."""

    def __init__(self) -> None:
        self.size = self.place = 0
        self.pieces: list[tuple[int, bytes]] = []

    def write(self, data: Any) -> int:
        if len(data) < 1 << 20:
            self.pieces.append((self.size, bytes(data)))
        self.size += len(data)
        return len(data)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place + (0, self.place, self.size)[whence]
        return self.place

    def read(self, n: int | None = -1) -> bytes:
        left = self.size - self.place
        out = bytearray(left if n is None or n < 0 else min(n, left))
        for start, piece in self.pieces:
            first, last = max(start, self.place), min(start + len(piece), self.place + len(out))
            if first < last:
                out[first - self.place : last - self.place] = piece[first - start : last - start]
        self.place += len(out)
        return bytes(out)

    def readinto(self, target: Any) -> int:
        target[:] = self.read(len(target))
        return len(target)


@pytest.mark.skipif(sys.platform != "linux", reason="four gigabytes that nobody touches take memory elsewhere")
def test_more_than_four_gigabytes() -> None:
    """Numbers of 64 bits, as PyTorch has them and Python's own reader finds them."""
    file, size = Sparse(), (1 << 32) + 100
    writer = Writer(file, "x")
    writer.record("data.pkl", b"a")
    writer.record("data/0", np.zeros(size, np.uint8), final=False)  # without a checksum
    writer.record("data/1", b"bcd")
    writer.close()
    archive = zipfile.ZipFile(file)
    assert [i.file_size for i in archive.infolist()] == [1, size, 3, 2, 40]
    file.seek(0)
    reader = Reader(file, "it")
    assert reader.size("data/0") == size and bytes(reader.read("data/1")) == archive.read("x/data/1") == b"bcd"
    assert reader.offset("data/1") > 1 << 32 and reader.offset("data/1") % 64 == 0


def test_other_kinds_of_paths() -> None:
    class Elsewhere(os.PathLike):  # type: ignore[type-arg]
        def __fspath__(self) -> str:
            return "/none/x.pt"

    with pytest.raises(FileNotFoundError, match="/none/x"):
        tidu.load(Elsewhere())
    with pytest.raises(FileNotFoundError):
        tidu.load(pathlib.PurePosixPath("/none/x.pt"))
