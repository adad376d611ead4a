"""Files that are damaged, or made to do harm: each is refused with an error that says what is wrong, and with which."""

from __future__ import annotations

import io
import os
import pickle
import random
import struct
import warnings
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

import tidu
from tests.effort import rounds
from tidu.serialization._zip import Reader, Writer

REFUSALS = (RuntimeError, EOFError, pickle.UnpicklingError, NotImplementedError)
OLD = {"_use_new_zipfile_serialization": False}
GLOBAL, REDUCE, STOP, MARK, TUPLE = (getattr(pickle, n) for n in ("GLOBAL", "REDUCE", "STOP", "MARK", "TUPLE"))
HEAD = pickle.PROTO + b"\2"


def saved(made: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    tidu.save(made, file, **options)
    return file.getvalue()


def sample() -> Any:
    x = tidu.arange(6.0).reshape(2, 3)
    state = OrderedDict(whole=x, turned=x.t(), parameter=tidu.nn.Parameter(x[0]))
    return {
        "state": state,
        "more": [1, 2.5, "s", None, (1, 2), {3}],
        "dtype": tidu.float32,
        "wide": tidu.zeros(2).to(tidu.uint16),
    }


def archive(data: Any, **records: bytes) -> bytes:
    """A file with a pickle of one's own."""
    file = io.BytesIO()
    writer = Writer(file, "archive")
    writer.record("data.pkl", data)
    for name, content in records.items():
        writer.record(f"data/{name.strip('_')}", content)
    writer.close()
    return file.getvalue()


def zipped(records: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A file as another program packs it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in records.items():
            packed.writestr(name, content)
    return file.getvalue()


def records(raw: bytes) -> dict[str, bytes]:
    packed = zipfile.ZipFile(io.BytesIO(raw))
    return {name: packed.read(name) for name in packed.namelist()}


def call(module: str, name: str, *arguments: bytes) -> bytes:
    """A pickle that calls a function."""
    return HEAD + GLOBAL + f"{module}\n{name}\n".encode() + MARK + b"".join(arguments) + TUPLE + REDUCE + STOP


def text(value: str) -> bytes:
    return pickle.BINUNICODE + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return pickle.dumps(value, 2)[2:-1]


def tensor(
    storage: str = "FloatStorage", count: int = 6, offset: int = 0, size: Any = (2, 3), stride: Any = (3, 1)
) -> bytes:
    """A pickle of a tensor with the numbers that are asked for; its storage has 24 bytes."""
    place = (
        MARK
        + text("storage")
        + GLOBAL
        + f"torch\n{storage}\n".encode()
        + text("0")
        + text("cpu")
        + number(count)
        + TUPLE
    )
    numbers = number(offset) + number_of(size) + number_of(stride)
    hooks = GLOBAL + b"collections\nOrderedDict\n" + pickle.EMPTY_TUPLE + REDUCE
    pickled = call("torch._utils", "_rebuild_tensor_v2", place + pickle.BINPERSID, numbers, pickle.NEWFALSE, hooks)
    return archive(pickled, _0=bytes(24))


def number_of(values: Any) -> bytes:
    return pickle.dumps(values, 2)[2:-1]


def refused(raw: bytes, error: type[Exception] | tuple[type[Exception], ...], words: str, **options: Any) -> None:
    """Refused, and the file is named."""
    with pytest.raises(error, match=words) as caught:
        tidu.load(io.BytesIO(raw), **options)
    assert "the given BytesIO" in str(caught.value)


# ---- pickles that would do something


class Touch:
    """Unpickling this runs a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


def test_a_pickle_that_runs_a_command_does_not(tmp_path: Path) -> None:
    for options in ({}, OLD):
        raw = saved([tidu.ones(1), Touch(tmp_path / "there")], **options)
        refused(raw, pickle.UnpicklingError, "GLOBAL posix.system whose module posix is blocked")
        assert not (tmp_path / "there").exists()


CALLS = {
    "builtins eval": ("builtins", "eval", text("1")),
    "builtins exec, of Python 2": ("__builtin__", "exec", text("1")),
    "builtins getattr": ("builtins", "getattr", text("x"), text("upper")),
    "builtins __import__": ("builtins", "__import__", text("os")),
    "subprocess": ("subprocess", "Popen", text("ls")),
    "pickle in pickle": ("pickle", "loads", text("x")),
    "a dotted name": ("torch", "Tensor.numpy", text("x")),
    "a function of ours": ("tidu.serialization", "load", text("/etc/passwd")),
    "a function of PyTorch's": ("torch", "load", text("/etc/passwd")),
    "a method through a class": ("collections", "OrderedDict.fromkeys", text("x")),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_are_not_called(name: str) -> None:
    refused(archive(call(*CALLS[name])), pickle.UnpicklingError, "was not an allowed global by default")


STEPS = {
    "STACK_GLOBAL": text("os") + text("system") + pickle.STACK_GLOBAL,
    "INST": MARK + text("ls") + pickle.INST + b"os\nsystem\n",
    "OBJ": MARK + GLOBAL + b"collections\nOrderedDict\n" + pickle.OBJ,
    "EXT1": pickle.EXT1 + b"\1",
    "EXT4": pickle.EXT4 + b"\1\0\0\0",
    "NEWOBJ_EX": pickle.NEWOBJ_EX,
    "LONG4": pickle.LONG4 + b"\xff\xff\xff\x7f",
    "BINBYTES8": pickle.BINBYTES8 + b"\xff" * 8,
    "FRAME": pickle.FRAME + b"\xff" * 8,
    "BYTEARRAY8": pickle.BYTEARRAY8 + b"\xff" * 8,
    "PERSID": pickle.PERSID + b"0\n",
    "INT": pickle.INT + b"9" * 5000 + b"\n",
}


@pytest.mark.parametrize("name", STEPS)
def test_instructions_that_no_file_of_tensors_needs(name: str) -> None:
    refused(archive(HEAD + STEPS[name] + STOP), pickle.UnpicklingError, "Unsupported operand")


def named(path: str) -> bytes:
    return GLOBAL + path.replace(" ", "\n").encode() + b"\n"


ODD = {
    "calling a string": HEAD + text("x") + pickle.EMPTY_TUPLE + REDUCE,
    "calling a dtype": HEAD + named("torch float32") + pickle.EMPTY_TUPLE + REDUCE,
    "calling a storage": HEAD + named("torch FloatStorage") + number_of((10**9,)) + REDUCE,
    "calling with no tuple": HEAD + named("torch Size") + number(3) + REDUCE,
    "building a class": HEAD + named("collections OrderedDict") + pickle.EMPTY_DICT + pickle.BUILD,
    "building a function": HEAD + named("torch._utils _rebuild_tensor_v2") + pickle.EMPTY_DICT + pickle.BUILD,
    "building a list": HEAD + pickle.EMPTY_LIST + pickle.EMPTY_DICT + pickle.BUILD,
    "attributes of Tensor itself": HEAD + named("torch Tensor") + number_of((None, {"add": 1})) + pickle.BUILD,
    "appending to a dict": HEAD + pickle.EMPTY_DICT + number(1) + pickle.APPEND,
    "items of a list": HEAD + pickle.EMPTY_LIST + number(1) + number(1) + pickle.SETITEM,
    "an unhashable key": HEAD + pickle.EMPTY_DICT + pickle.EMPTY_LIST + number(1) + pickle.SETITEM,
    "an unknown memo": HEAD + pickle.BINGET + b"\7",
    "nothing on the stack": HEAD + pickle.TUPLE2,
    "no mark": HEAD + TUPLE,
    "stop at once": HEAD,
    "a stranger beside": HEAD + number_of(("module", 1)) + pickle.BINPERSID,
    "text that is not": HEAD + pickle.BINUNICODE + b"\1\0\0\0\xff",
    "a great bytearray": call("builtins", "bytearray", number(10**12))[:-1],
    "bytes by another codec": call("_codecs", "encode", text("x" * 100), text("punycode"))[:-1],
    "a great tensor": call("torch", "Tensor", number(10**6), number(10**6))[:-1],
    "a great tensor by class": HEAD + named("torch FloatTensor") + number_of((10**12,)) + pickle.NEWOBJ,
    "another function of tensors": call("torch._tensor", "_rebuild_from_type_v2", named("builtins bytearray"),
                                        named("torch Tensor"), number_of((10**12,)), pickle.NONE)[:-1],
    "a device of no kind": call("torch", "device", number(-1))[:-1],
    "a layout of no kind": call("torch.serialization", "_get_layout", text("os"))[:-1],
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_pickles_that_no_pickler_wrote(name: str) -> None:
    refused(archive(ODD[name] + STOP), (pickle.UnpicklingError, RuntimeError), ".")
    assert callable(tidu.Tensor.add)


def test_tuples_of_tuples_that_would_take_for_ever_to_hash() -> None:
    doubled = (
        HEAD
        + number_of((1,))
        + b"".join(pickle.BINPUT + bytes([i]) + pickle.BINGET + bytes([i]) + pickle.TUPLE2 for i in range(60))
    )
    key = HEAD + pickle.EMPTY_DICT + doubled[2:] + number(1) + pickle.SETITEM + STOP
    refused(archive(key), pickle.UnpicklingError, "or nests too deep")
    items = (
        HEAD + named("builtins set") + pickle.EMPTY_LIST + doubled[2:] + pickle.APPEND + pickle.TUPLE1 + REDUCE + STOP
    )
    refused(archive(items), pickle.UnpicklingError, "or nests too deep")
    wide = HEAD + pickle.EMPTY_DICT + number_of(tuple(range(2000))) + number(1) + pickle.SETITEM + STOP
    refused(archive(wide), pickle.UnpicklingError, "or nests too deep")
    deep = HEAD + pickle.EMPTY_DICT + pickle.EMPTY_TUPLE + pickle.TUPLE1 * 40_000 + number(1) + pickle.SETITEM + STOP
    refused(archive(deep), pickle.UnpicklingError, "or nests too deep")
    assert len(tidu.load(io.BytesIO(archive(doubled + STOP)))) == 2  # as a value it costs nothing


def test_counts_that_the_file_does_not_hold() -> None:
    refused(
        archive(HEAD + pickle.BINUNICODE + b"\xff\xff\xff\xff" + b"x" * 10), EOFError, "ends in the middle of a pickle"
    )
    refused(
        tensor(count=10**12),
        RuntimeError,
        r"record size \(24 bytes\) does not match expected size \(4000000000000 bytes",
    )
    refused(tensor(count=2**70), RuntimeError, "does not match")
    refused(tensor(count=-6), (RuntimeError, pickle.UnpicklingError), "a storage cannot be -6 elements")
    refused(tensor(count=5), RuntimeError, "does not match")


PLACES = {
    "beyond the end": dict(size=(2, 4)),
    "by its offset": dict(offset=1),
    "by its stride": dict(stride=(4, 1)),
    "by products that overflow": dict(size=(2**32, 2**32), stride=(2**32, 1)),
    "before the start": dict(offset=-1),
    "with negative strides": dict(size=(2, 3), stride=(-3, 1)),
    "with negative sizes": dict(size=(-2, 3)),
    "with a stride too few": dict(stride=(1,)),
    "with sizes that are no numbers": dict(size=(2.0, 3.0)),
    "with sizes that are flags": dict(size=(True, 3)),
    "too great for any address": dict(size=(2**40, 2**40), stride=(0, 0)),
    "of too many dimensions": dict(size=(1,) * 100, stride=(1,) * 100),
}


@pytest.mark.parametrize("name", PLACES)
def test_tensors_stay_within_their_storage(name: str) -> None:
    refused(tensor(**PLACES[name]), RuntimeError, "cannot have|out of bounds for storage of size 24")
    assert tidu.load(io.BytesIO(tensor())).shape == (2, 3)  # the sound one is read


# ---- containers


def test_cut_off_anywhere() -> None:
    for options in ({}, OLD):
        raw = saved(sample(), **options)
        for n in range(0, len(raw), rounds(7, 1)):
            refused(raw[:n], REFUSALS, ".")


def changed(raw: bytes, rng: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(rng.choice((1, 1, 3))):
        at, other = rng.randrange(len(data)), rng.randrange(len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at : at + rng.randrange(1, 5)]
        else:
            data[at:at] = data[other : other + rng.randrange(1, 20)]
    return bytes(data)


@pytest.mark.parametrize("what", ["the file", "the pickle", "the old format"])
def test_changed_anywhere(what: str) -> None:
    """It is read, or refused with an error that names the file; nothing else happens."""
    rng = random.Random(what)
    raw = saved(sample(), **(OLD if what == "the old format" else {}))
    reader = None if what == "the old format" else Reader(io.BytesIO(raw), "it")
    for _ in range(rounds(300, 20_000)):
        if what == "the pickle":
            assert reader is not None
            parts = {n.replace("data/", "_"): bytes(reader.read(n)) for n in reader.entries if n.startswith("data/")}
            broken = archive(changed(bytes(reader.read("data.pkl")), rng), **parts)
        else:
            broken = changed(raw, rng)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            try:
                tidu.load(io.BytesIO(broken))
            except (*REFUSALS, ValueError) as error:
                assert str(error)


def test_a_number_changed_on_the_way_is_noticed() -> None:
    raw = bytearray(saved(tidu.arange(1000.0)))
    raw[raw.index(struct.pack("<f", 500.0))] ^= 1
    refused(bytes(raw), RuntimeError, "the checksum of record 'data/0'")


def test_files_of_other_kinds() -> None:
    refused(b"", EOFError, "it is empty")
    refused(b"hello, world", pickle.UnpicklingError, "Weights only load failed")
    refused(pickle.dumps({"a": 1}, 2), RuntimeError, "Invalid magic number; corrupt file")
    refused(zipped({"a.txt": b"x"}), RuntimeError, "not in a subdirectory")
    refused(zipped({"a/b.txt": b"x"}), RuntimeError, "not one that save wrote")
    refused(zipped({"a/data.pkl": b"x", "a/version": b"99"}), RuntimeError, "version 99, but the maximum")
    refused(zipped({"a/data.pkl": b"x", "a/version": b"new"}), RuntimeError, "not a number")
    refused(zipped({"a/version": b"3"}), RuntimeError, "failed locating file data.pkl")
    refused(b"x" * 257 + b"ustar\0" + b"x" * 500, RuntimeError, "the .tar format of PyTorch 0.1")
    with pytest.raises(RuntimeError, match="TorchScript archives"):
        tidu.load(io.BytesIO(zipped({"a/constants.pkl": b"x", "a/version": b"3"})))
    refused(zipped({"a/constants.pkl": b"x", "a/version": b"3"}), RuntimeError, "TorchScript", weights_only=False)


def test_records_that_are_not_what_they_seem() -> None:
    sound = records(saved(sample()))
    assert tidu.load(io.BytesIO(zipped(sound)))["more"][1] == 2.5  # packed by another program
    assert tidu.load(io.BytesIO(zipped(sound, zipfile.ZIP_DEFLATED)))["more"][1] == 2.5
    missing = {name: content for name, content in sound.items() if name != "archive/data/0"}
    refused(zipped(missing), RuntimeError, "failed locating file data/0")
    refused(zipped({**sound, "archive/data/0": b"short"}), RuntimeError, r"record size \(5 bytes\)")
    refused(zipped({**sound, "archive/byteorder": b"middle"}), ValueError, "Unknown endianness type: middle")
    for name in ("archive/../../etc/passwd", "archive//etc/passwd", "archive/a\\b"):
        refused(zipped({**sound, name: b"x"}), RuntimeError, "leads out of the archive")
    refused(zipped({**sound, "archive/data/0": bytes(24)}, zipfile.ZIP_BZIP2), RuntimeError, "packed in a way")


def test_two_records_of_one_name_and_records_over_each_other() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in records(saved(tidu.arange(6.0))).items():
            packed.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("archive/data/0", bytes(24))
    refused(file.getvalue(), RuntimeError, "there are two records 'data/0'")
    raw = bytearray(saved([tidu.arange(6.0), tidu.arange(6.0)]))
    first, second = (raw.rindex(b"archive/data/" + n) for n in (b"0", b"1"))  # in the directory
    raw[second - 4 : second] = raw[first - 4 : first]  # the second lies where the first does
    refused(bytes(raw), RuntimeError, "overlaps another|another name in its header")


def test_archives_that_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidu.serialization._zip.EXPANDED", 1 << 16)
    sound = records(saved(tidu.zeros(1 << 15)))
    refused(zipped(sound, zipfile.ZIP_DEFLATED), RuntimeError, "would grow from .* more than 100-fold")
    raw = bytearray(zipped(records(saved(tidu.zeros(1000))), zipfile.ZIP_DEFLATED))
    assert tidu.load(io.BytesIO(raw)).numel() == 1000
    at = raw.rindex(b"archive/data/0") - 46 + 24
    assert raw[at : at + 4] == struct.pack("<I", 4000)
    raw[at : at + 4] = struct.pack("<I", 400_000)
    refused(bytes(raw), RuntimeError, "more than 100-fold|does not match expected size")
    raw[at : at + 4] = struct.pack("<I", 400)
    refused(bytes(raw), RuntimeError, "does not match expected size")


def test_what_pytorch_has_and_tidu_has_not() -> None:
    for name, words in (("_rebuild_sparse_tensor", "a sparse tensor"), ("_rebuild_qtensor", "a quantized tensor")):
        with pytest.raises(NotImplementedError, match=words):
            tidu.load(io.BytesIO(archive(call("torch._utils", name, number(1)))))
    with pytest.raises(NotImplementedError, match="float8_e4m3fn tensors are not implemented"):
        tidu.load(io.BytesIO(archive(HEAD + named("torch float8_e4m3fn") + STOP)))
    with pytest.raises(AttributeError, match=r"torch\.sparse\.mm, of which tidu has no counterpart"):
        tidu.load(io.BytesIO(archive(HEAD + named("torch.sparse mm") + STOP)), weights_only=False)


def test_the_old_format_promises_no_more_than_it_has() -> None:
    raw = saved(tidu.arange(6.0), **OLD)
    count = raw.index(pickle.BININT1 + b"\6" + pickle.NONE)
    great = raw[:count] + number(10**13) + raw[count + 2 :]
    refused(great, RuntimeError, "fewer than the 40000000000000 of the storages it lists")
    refused(raw[:-1], RuntimeError, "1 bytes are missing")
    keys = raw.rindex(pickle.EMPTY_LIST)
    refused(raw[:keys] + pickle.EMPTY_LIST + STOP + raw[keys:], RuntimeError, "the list of its storages")


def test_the_advice_is_pytorchs() -> None:
    with pytest.raises(pickle.UnpicklingError) as caught:
        tidu.load(io.BytesIO(saved(tidu.nn.Linear(1, 1))))
    message = str(caught.value)
    assert message.startswith("Weights only load failed. This file can still be loaded, to do so you have two options")
    assert "torch.serialization.add_safe_globals([torch.nn.modules.linear.Linear])" in message
    assert tidu.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(saved(tidu.nn.Linear(1, 1)))) == [
        "torch.nn.modules.linear.Linear"
    ]


def test_checksums_can_be_left_out() -> None:
    tidu.serialization.set_crc32_options(False)
    try:
        raw = bytearray(saved(tidu.arange(1000.0)))
    finally:
        tidu.serialization.set_crc32_options(True)
    assert zlib.crc32(b"3\n") not in [i.CRC for i in zipfile.ZipFile(io.BytesIO(raw)).infolist()]
    raw[raw.index(struct.pack("<f", 500.0)) + 1] ^= 1
    assert tidu.load(io.BytesIO(raw))[500] != 500
