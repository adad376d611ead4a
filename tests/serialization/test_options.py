"""Where tensors go, memory that is the file, and the other options of ``load`` and ``save``."""

from __future__ import annotations

import io
import mmap
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tidu
from tidu import serialization


def saved(made: Any, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    tidu.save(made, file, **options)
    file.seek(0)
    return file


def relocated(location: str) -> io.BytesIO:
    """A file that was saved on another device."""
    from tidu.serialization._zip import Reader, Writer

    archive = Reader(saved(tidu.arange(3)), "it")
    file = io.BytesIO()
    writer = Writer(file, "archive")
    told = len(location).to_bytes(4, "little") + location.encode()
    writer.record("data.pkl", bytes(archive.read("data.pkl")).replace(b"\3\0\0\0cpu", told))
    writer.record("data/0", archive.read("data/0"))
    writer.close()
    file.seek(0)
    return file


TO_CPU = ["cpu", b"cpu", tidu.device("cpu"), {"cuda:1": "cpu"}, lambda storage, location: storage]


@pytest.mark.parametrize("to", TO_CPU, ids=["str", "bytes", "device", "dict", "function"])
def test_map_location(to: Any) -> None:
    assert tidu.load(relocated("cuda:1"), map_location=to).tolist() == [0, 1, 2]


def test_a_device_that_is_not_here() -> None:
    if tidu.cuda.is_available():
        pytest.skip("there is a GPU")
    for options in ({}, {"map_location": {"cpu": "cpu"}}, {"map_location": lambda storage, location: None}):
        with pytest.raises(RuntimeError, match=r"on a CUDA device but torch\.cuda\.is_available\(\) is False"):
            tidu.load(relocated("cuda:1"), **options)
    with pytest.raises(RuntimeError, match=r"don't know how to restore data location of .*tagged with abc"):
        tidu.load(relocated("abc"))
    with pytest.raises(NotImplementedError, match="no meta tensors"):
        tidu.load(saved(tidu.ones(1)), map_location="meta")
    with pytest.raises(TypeError, match="argument 'map_location'"):
        tidu.load(saved(tidu.ones(1)), map_location=3)


def test_errors_of_a_function_are_its_own() -> None:
    for wrong, error, words in (
        (lambda storage, location: {}[location], KeyError, "cpu"),
        (lambda storage, location: storage.somewhere, AttributeError, "somewhere"),
        (lambda storage, location: 3, TypeError, "argument 'map_location' gave a int for a storage at 'cpu'"),
    ):
        with pytest.raises(error, match=words):
            tidu.load(saved(tidu.ones(1)), map_location=wrong)
    if not tidu.cuda.is_available():
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
            tidu.load(saved(tidu.ones(1)), map_location=lambda storage, location: storage.cuda(0))

    class Own:
        def __setstate__(self, state: Any) -> None:
            raise KeyError("mine")

    own = Own()
    own.x = 1  # type: ignore[attr-defined]
    Own.__qualname__ = "Own"
    globals()["Own"] = Own
    with serialization.safe_globals([Own]), pytest.raises(KeyError, match="mine"):
        tidu.load(saved(own))


@pytest.mark.parametrize("new", [True, False], ids=["zip", "old"])
def test_from_and_to_a_gpu(monkeypatch: pytest.MonkeyPatch, new: bool) -> None:
    """On a device without hardware: a file says where a tensor was, and there it goes again."""
    from tests.devices.device import CUPY, DeviceArray
    from tidu import _backend
    from tidu._tensor import wrap

    monkeypatch.setattr(_backend, "gpu", lambda: CUPY)
    held = wrap(DeviceArray.holding(tidu.arange(6.0).reshape(2, 3).numpy().copy()))
    file = saved([held, held[1:]], _use_new_zipfile_serialization=new)
    there = tidu.load(file)
    assert type(there[0]._array) is DeviceArray and there[1]._array.held.tolist() == [[3, 4, 5]]
    file.seek(0)
    here = tidu.load(file, map_location="cpu")
    assert here[0].tolist() == [[0, 1, 2], [3, 4, 5]] and here[0].data_ptr() + 12 == here[1].data_ptr()
    file.seek(0)
    there = tidu.load(file, map_location=lambda storage, location: storage.cpu().cuda(0))
    assert type(there[1]._array) is DeviceArray and there[1]._array.held.tolist() == [[3, 4, 5]]
    file.seek(0)
    with pytest.raises(RuntimeError, match=r"CUDA device 1 but torch\.cuda\.device_count\(\) is 1"):
        tidu.load(file, map_location="cuda:1")


def test_map_location_is_asked_once_for_each_storage() -> None:
    asked = []

    def where(storage: Any, location: str) -> Any:
        asked.append((location, storage.nbytes()))
        return storage

    x = tidu.ones(4)
    tidu.load(saved([x, x[1:], tidu.ones(2)]), map_location=where)
    assert asked == [("cpu", 16), ("cpu", 8)]


def test_register_package() -> None:
    from tidu.serialization import _locations

    before = list(_locations._packages)
    try:
        serialization.register_package(
            5,
            lambda storage: "here" if storage.nbytes() == 12 else None,
            lambda storage, name: storage if name == "here" else None,
        )
        file = saved([tidu.ones(3), tidu.ones(2)])
        assert b"here" in file.getvalue() and b"cpu" in file.getvalue()
        assert tidu.load(file)[0].tolist() == [1, 1, 1]
    finally:
        _locations._packages[:] = before
    file.seek(0)
    with pytest.raises(RuntimeError, match="tagged with here"):
        tidu.load(file)


# ---- mmap


def test_mmap_reads_what_is_touched_and_writes_nothing_back(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    made = {"a": tidu.arange(5.0), "b": tidu.arange(5.0)[1:], "e": tidu.empty(0), "h": tidu.ones(2).to(tidu.float16)}
    made["v"] = made["a"][2:]
    tidu.save(made, path)
    before = path.read_bytes()
    loaded = tidu.load(str(path), mmap=True)
    assert {name: t.tolist() for name, t in loaded.items()} == {name: t.tolist() for name, t in made.items()}
    loaded["a"].mul_(2)
    assert loaded["v"].tolist() == [4, 6, 8] and path.read_bytes() == before
    assert all(t.data_ptr() % 64 == 0 for t in (loaded["a"], loaded["h"]))


@pytest.mark.skipif(sys.platform != "linux", reason="how much of a process is in memory is asked of /proc")
def test_mmap_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with serialization.skip_data():
        tidu.save(tidu.empty(1 << 24), path)
    code = (
        "import sys, tidu\n"
        "def resident(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "tidu.load(sys.argv[2]); before = resident()\n"
        "x = tidu.load(sys.argv[1], mmap=True); after = resident()\n"
        "assert x[-1] == 0; print(after - before)\n"
    )
    tidu.save(tidu.ones(1), tmp_path / "warm.pt")
    run = subprocess.run(
        [sys.executable, "-c", code, path, tmp_path / "warm.pt"], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 8 << 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such option")
def test_mmap_shared_writes_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    tidu.save(tidu.zeros(3), path)
    with serialization.set_default_mmap_options(mmap.MAP_SHARED):
        assert serialization.get_default_mmap_options() == mmap.MAP_SHARED
        tidu.load(path, mmap=True)[1] = 5.0
    assert serialization.get_default_mmap_options() == mmap.MAP_PRIVATE
    assert tidu.load(path).tolist() == [0, 5, 0]
    with pytest.raises(ValueError, match="set_default_mmap_options"):
        serialization.set_default_mmap_options(77)


def test_what_cannot_be_mapped(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="f must be a file path"):
        tidu.load(saved(1), mmap=True)
    path = tmp_path / "old.pt"
    tidu.save(1, path, _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        tidu.load(path, mmap=True)


# ---- the rest


def test_skip_data(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with serialization.skip_data():
        tidu.save([tidu.ones(3), {"a": 1}], path)
        with pytest.raises(RuntimeError, match="Cannot use skip_data=True"):
            tidu.save(1, path, _use_new_zipfile_serialization=False)
    raw = bytearray(path.read_bytes())
    loaded = tidu.load(path)
    assert loaded[0].tolist() == [0, 0, 0] and loaded[1] == {"a": 1}
    start = raw.index(b"data/0FB")
    at = (start + 64) // 64 * 64
    raw[at : at + 12] = tidu.arange(3.0).numpy().tobytes()  # filled in later, as PyTorch says one may
    assert tidu.load(io.BytesIO(raw))[0].tolist() == [0, 1, 2]
    with serialization.skip_data():
        assert tidu.load(path)[0].shape == (3,)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    net = tidu.nn.Linear(1, 1)
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(Exception, match="Weights only load failed"):
        tidu.load(saved(net), weights_only=False)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "yes")
    with pytest.raises(RuntimeError, match="Only one of"):
        tidu.load(saved(net))
    monkeypatch.delenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD")
    with pytest.warns(UserWarning, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected"):
        assert type(tidu.load(saved(net))) is tidu.nn.Linear
    with pytest.raises(Exception, match="Weights only load failed"):
        tidu.load(saved(net), weights_only=True)


def test_pickle_module_and_its_arguments() -> None:
    import pickle

    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle_module is specified"):
        tidu.load(saved(1), pickle_module=pickle, weights_only=True)
    assert type(tidu.load(saved(tidu.nn.Linear(1, 1)), pickle_module=pickle)) is tidu.nn.Linear
    with pytest.warns(UserWarning, match="pickle_load_args only works"):
        tidu.load(saved(1), encoding="ascii")
    with pytest.warns(UserWarning, match="pickle_load_args"), pytest.raises(TypeError, match="keyword argument 'wide'"):
        tidu.load(saved(1), wide=True)
    assert tidu.load(saved(1), weights_only=False, encoding="ascii") == 1


def test_safe_globals() -> None:
    from collections import defaultdict

    made = defaultdict(list)
    with pytest.raises(Exception, match=r"add_safe_globals\(\[collections\.defaultdict\]\)"):
        tidu.load(saved(made))
    serialization.add_safe_globals([defaultdict])
    try:
        assert serialization.get_safe_globals() == [defaultdict]
        with serialization.safe_globals([(list, "builtins.list")]):
            assert tidu.load(saved(made)) == made
            assert len(serialization.get_safe_globals()) == 2
        assert serialization.get_safe_globals() == [defaultdict]
    finally:
        serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []
    for wrong, error in (((1, 2, 3), ValueError), ((list, 2), TypeError)):
        with serialization.safe_globals([wrong]), pytest.raises(error, match="Expected"):  # type: ignore[list-item]
            tidu.load(saved(1))
    with serialization.safe_globals([os.system]), pytest.raises(Exception, match="is blocked"):
        tidu.load(saved(os.system))


def test_options_are_checked() -> None:
    assert serialization.get_default_load_endianness() is None and serialization.get_crc32_options() is True
    with pytest.raises(TypeError, match="set_default_load_endianness"):
        serialization.set_default_load_endianness("little")  # type: ignore[arg-type]
    assert serialization.location_tag(tidu.ones(1).untyped_storage()) == "cpu"
    assert issubclass(serialization.SourceChangeWarning, Warning)
