"""``load``. 读取。"""

from __future__ import annotations

import io
import mmap as _mmap
import os
import pickle
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._device import device
from tidu._dtypes import dtype, uint8
from tidu._storage import Storage
from tidu._typed_storage import TypedStorage
from tidu.serialization import _allowed, _legacy, _names, _options, _restricted
from tidu.serialization._files import called, is_path, reading
from tidu.serialization._locations import restorer
from tidu.serialization._options import MAP_SHARED, Options, here
from tidu.serialization._rebuild import StorageType, storage_of
from tidu.serialization._zip import LOCAL, NEWEST, Reader

UNSAFE_MESSAGE = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in "
    "arbitrary code execution. Do it only if you got the file from a trusted source."
)
DOCS_MESSAGE = (
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
    "https://pytorch.org/docs/stable/generated/torch.load.html."
)
_TRUE = ("1", "y", "yes", "true")


class SourceChangeWarning(Warning):
    """源码变化的警告 / What PyTorch warns with where a class's source is not the one that was saved."""


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """读取对象 / Read what ``save`` wrote, here or in PyTorch: a path, or something with ``read``, ``seek``, ``tell``.

    With ``weights_only`` (the default) only tensors, plain data and what ``serialization.add_safe_globals`` names is
    made, so that a file from a stranger can do no harm; without, whatever the file asks for. ``map_location`` says
    where tensors go: a device, its name, a dict from names in the file, or a function of a storage and its name. With
    ``mmap`` the bytes of a tensor are read when it is first used. ``UnpicklingError`` for what is not allowed,
    ``RuntimeError`` for a file that is damaged, ``EOFError`` for one that is cut off.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.load.html
    """
    weights_only = _restrict(weights_only, pickle_module)
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if weights_only and pickle_load_args:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=2)
        if unknown := sorted(pickle_load_args.keys() - {"encoding"}):
            raise TypeError(f"Unpickler.__init__() got an unexpected keyword argument '{unknown[0]}'")
    pickle_load_args.setdefault("encoding", "utf-8")
    if is_path(f) and os.fsdecode(f).endswith(".safetensors"):
        return _safetensors(f, map_location)
    where = called(f)

    def unpickler(file: Any, persistent_load: Any) -> Any:
        if weights_only:
            return _restricted.Unpickler(file, where, persistent_load, encoding=pickle_load_args["encoding"]).load()
        return _unrestricted(pickle_module or pickle, file, persistent_load, pickle_load_args)

    with reading(f) as file:
        try:
            if not _is_zip(file):
                if mmap:
                    name = f"{f}, " if isinstance(f, str) else ""
                    raise RuntimeError(
                        f"mmap can only be used with files saved with `torch.save({name}"
                        "_use_new_zipfile_serialization=True), please torch.save your checkpoint with this option in "
                        "order to use mmap."
                    )
                return _legacy.load(file, where, restorer(map_location), unpickler, here.skip_data)
            archive = Reader(file, where)
            _check(archive, weights_only)
            memory = _mapped(f) if mmap else None
            return _unzipped(archive, restorer(map_location), unpickler, memory)
        except pickle.UnpicklingError as error:
            if not weights_only:
                raise
            raise pickle.UnpicklingError(_advice(str(error), where)) from None
        except (RuntimeError, ValueError) as error:
            if where in str(error) or type(error) not in (RuntimeError, NotImplementedError, ValueError):
                raise
            raise type(error)(f"{error} (while loading {where})") from error


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """文件中不被默认允许的类 / Names of classes and functions in a file that ``load`` would refuse, unread."""
    known = {*_allowed.allowed(), *_allowed.chosen()}
    with reading(f) as file:
        if not _is_zip(file):
            raise ValueError(
                f"Expected input to be a checkpoint returned by torch.save: {called(f)} is not a zip archive"
            )
        archive = Reader(file, called(f))
        if "constants.pkl" in archive:
            raise ValueError(
                "Expected input to be a checkpoint returned by torch.save but got a torchscript checkpoint"
            )
        return sorted(_restricted.globals_in(io.BytesIO(archive.read("data.pkl")), archive.where) - known)


def _restrict(weights_only: bool | None, pickle_module: Any) -> bool:
    """Whether to restrict what is made, as was asked for here or in the environment."""
    force, force_not = (
        os.environ.get(name, "0").lower() in _TRUE
        for name in ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    )
    if force and force_not:
        raise RuntimeError(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but both "
            "were set."
        )
    if force:
        return True
    if weights_only is None and force_not:
        warnings.warn(
            "Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the`weights_only` argument was not "
            "explicitly passed to `torch.load`, forcing weights_only=False.",
            UserWarning,
            stacklevel=3,
        )
        return False
    return pickle_module is None if weights_only is None else bool(weights_only)


def _is_zip(file: Any) -> bool:
    start = file.tell()
    head = file.read(len(LOCAL))
    file.seek(start)
    return bytes(head) == LOCAL


def _check(archive: Reader, weights_only: bool) -> None:
    if "constants.pkl" in archive:
        if weights_only:
            raise RuntimeError(
                "Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. " + UNSAFE_MESSAGE
            )
        raise RuntimeError(
            f"{archive.where} is a TorchScript archive, a program for PyTorch's own machine: tidu has none"
        )
    if "version" not in archive:
        raise RuntimeError(
            f'Expected hasRecord("version") to be true, but got false: {archive.where} is a zip archive, but not one '
            "that save wrote"
        )
    said = bytes(archive.read("version")) if archive.size("version") < 20 else b""
    version = said.strip()
    if not version.isdigit():
        raise RuntimeError(f"{archive.where}: its version is {said!r}, and not a number")
    if int(version) > NEWEST:
        raise RuntimeError(
            f"Attempted to read a PyTorch file with version {int(version)}, but the maximum supported version for "
            f"reading is {NEWEST} ({archive.where})"
        )


def _unzipped(archive: Reader, restore: Callable[[Any, str], Any], unpickler: Callable[..., Any], memory: Any) -> Any:
    where = archive.where
    mark = bytes(archive.read("byteorder")) if "byteorder" in archive and archive.size("byteorder") < 20 else None
    foreign = _options.order_of(mark) != sys.byteorder
    kept: dict[str, Any] = {}

    def read(key: str, of: dtype, size: int) -> Any:
        name = f"data/{key}"
        if archive.size(name) != size:
            raise RuntimeError(
                f"record size ({archive.size(name)} bytes) does not match expected size ({size} bytes = "
                f"{size // of.itemsize} elements * {of.itemsize} bytes/element) of storage '{key}' ({where})"
            )
        if memory is not None and size:
            values = np.frombuffer(memory, np.uint8, size, archive.offset(name))
            if Options.mmap_flags == MAP_SHARED:
                for place in archive.unchecked(name):
                    memory[place : place + 4] = bytes(4)
        else:
            values = np.empty(size, np.uint8)
            if not here.skip_data:
                archive.fill(name, values)
        if foreign and of.itemsize > 1:
            unit = of.itemsize // 2 if of.is_complex else of.itemsize
            values = values.view(f"u{unit}").byteswap().view(np.uint8)
        return values

    def persistent_load(name: Any) -> Any:
        if not isinstance(name, tuple) or len(name) != 5 or _text(name[0]) != "storage":
            raise RuntimeError(f"{where}: something other than a storage is kept beside: {name!r:.100}")
        _, kind, key, location, count = name
        key = _text(key)
        of = uint8 if kind is Storage else kind.dtype if isinstance(kind, StorageType) else None
        if of is None or type(count) is not int or count < 0 or type(key) is not str:
            raise RuntimeError(f"{where}: a storage cannot be {count} elements of {kind!r}")
        if key not in kept:
            values = read(key, of, count * of.itemsize)
            kept[key] = restore(storage_of(values, of), location)
        return TypedStorage(kept[key], of)

    return unpickler(io.BytesIO(archive.read("data.pkl")), persistent_load)


def _mapped(f: Any) -> Any:
    if not is_path(f):
        raise ValueError("f must be a file path in order to use the mmap argument")
    shared = Options.mmap_flags == MAP_SHARED
    with open(f, "r+b" if shared else "rb") as file:
        return _mmap.mmap(file.fileno(), 0, access=_mmap.ACCESS_WRITE if shared else _mmap.ACCESS_COPY)


def _unrestricted(pickle_module: Any, file: Any, persistent_load: Any, arguments: dict[str, Any]) -> Any:
    """A pickle as Python reads it, but for the names of PyTorch's, which are ours."""

    def find_class(self: Any, module: str, name: str) -> Any:
        if _names.is_theirs(module):
            return _names.found(module, name)
        return super(kind, self).find_class(module, name)

    kind: Any = type("Unpickler", (pickle_module.Unpickler,), {"find_class": find_class})
    unpickler = kind(file, **arguments)
    if persistent_load is not None:
        unpickler.persistent_load = persistent_load
    return unpickler.load()


def _advice(message: str, where: str) -> str:
    """What to do when ``weights_only`` refuses a file."""
    if re.search(r"GLOBAL (\S+) was not an allowed global by default\.", message):
        text = (
            "Weights only load failed. This file can still be loaded, to do so you have two options, "
            "\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. "
            f"\n\t(1) {UNSAFE_MESSAGE}\n\t(2) Alternatively, to load with `weights_only=True` please check the "
            f"recommended steps in the following error message.\n\tWeightsUnpickler error: {message}"
        )
    else:
        text = f"Weights only load failed. {UNSAFE_MESSAGE}\nWeightsUnpickler error: {message}"
    return f"{text}\n\nThe file is {where}.{DOCS_MESSAGE}"


def _safetensors(f: Any, map_location: Any) -> Any:
    if map_location is not None and not isinstance(map_location, (str, device)):
        kind = "dict" if isinstance(map_location, dict) else "callable"
        raise RuntimeError(
            f"Loading safetensors file with {kind} map_location is not supported. Use a device string or torch.device "
            "instead."
        )
    from tidu.serialization.safetensors import load_file

    return load_file(f, device=str(map_location or "cpu"))


def _text(value: Any) -> Any:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value
