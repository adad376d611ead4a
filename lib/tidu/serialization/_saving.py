"""``save``. 保存。"""

from __future__ import annotations

import io
import os
import pickle
import sys
from typing import Any

import numpy as np

from tidu.serialization import _legacy
from tidu.serialization._files import check_writable, is_path, writing
from tidu.serialization._options import Options, here
from tidu.serialization._pickling import Storages, pickler
from tidu.serialization._zip import Writer

DEFAULT_PROTOCOL = 2


def save(
    obj: object,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """保存对象 / Write an object into a file that ``load`` reads, here or in PyTorch: tensors, containers, modules.

    ``f`` is a path, or something with ``write``. Tensors that share memory will share it again. A file by path is
    replaced when all of the new one is written: what fails or is killed leaves the old one. ``RuntimeError`` for a
    folder that is not there, and for one storage as two dtypes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.save.html
    """
    check_writable(f)
    if not _use_new_zipfile_serialization:
        if here.skip_data:
            raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
        with writing(f) as file:
            _legacy.save(obj, file, pickle_module, pickle_protocol)
        return
    stem = "archive"
    if is_path(f):
        path = os.fsdecode(f)
        parent = os.path.dirname(path)
        if parent and not os.path.isdir(parent):
            raise RuntimeError(f"Parent directory {parent} does not exist.")
        if path.isascii():
            base = os.path.basename(path)
            stem = base[: base.rfind(".")] if "." in base else base
            if not stem:
                raise RuntimeError(f"invalid file name: {path}")
    storages = Storages()
    data = io.BytesIO()
    pickler(pickle_module, data, pickle_protocol, storages.mention).dump(obj)
    try:
        with writing(f) as file:
            _write(Writer(file, stem, Options.checksums), data, storages, not _disable_byteorder_record)
    except OSError as error:
        if not is_path(f):
            raise
        raise RuntimeError(
            f"open file failed with strerror: {error.strerror}: save(): argument 'f' is {f!r}"
        ) from error


def _write(archive: Writer, data: io.BytesIO, storages: Storages, order: bool) -> None:
    archive.record("data.pkl", data.getbuffer())
    archive.record(".format_version", b"1")
    archive.record(".storage_alignment", str(archive.alignment).encode())
    if order:
        archive.record("byteorder", sys.byteorder.encode())
    for key, (storage, _) in storages.kept.items():
        values = np.zeros(storage.nbytes(), np.uint8) if here.skip_data else storage.cpu()._bytes
        archive.record(f"data/{key}", values, final=not here.skip_data)
    archive.close()
