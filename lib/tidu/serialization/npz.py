"""Tensors by name in NumPy's archives of arrays, ``.npz``, which every program with NumPy reads. NumPy 的 npz 文件。

NumPy has no bfloat16: such tensors are written as float32, which holds their numbers exactly, and a list of their names
beside brings them back.
Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import zipfile
import zlib
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import type_name
from tidu._backend import taken
from tidu._tensor import Tensor, wrap
from tidu.ops.convert import to_dtype
from tidu.serialization._files import called, reading, writing

NARROWED = "__bfloat16__"  # the names of those that were bfloat16


def save_file(tensors: dict[str, Tensor], f: Any, compressed: bool = False) -> None:
    """保存到 npz 文件 / Write tensors by name, as of a ``state_dict``, into a path or something with ``write``.

    ``TypeError`` for anything but tensors by name. Who shares memory with whom, and ``requires_grad``, is not kept.
    """
    if not isinstance(tensors, dict):
        raise TypeError(f"save_file(): argument 'tensors' must be a dict of tensors by name, not {type_name(tensors)}")
    arrays, narrowed = {}, []
    for name, t in tensors.items():
        if not isinstance(name, str) or not isinstance(t, Tensor) or name == NARROWED:
            raise TypeError(f"save_file(): argument 'tensors' has {name!r}: {type_name(t)}, and not a tensor by name")
        t = t.detach().cpu()
        if t.dtype is _dtypes.bfloat16:
            narrowed.append(name)
            t = to_dtype(t, _dtypes.float32.numpy)
        arrays[name] = t._array
    if narrowed:
        arrays[NARROWED] = np.array(narrowed)
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with writing(f) as file, zipfile.ZipFile(file, "w", method) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def load_file(f: Any) -> dict[str, Tensor]:
    """读取 npz 文件 / All arrays of an archive, as tensors by name: of a path, or something with ``read`` and ``seek``.

    ``RuntimeError`` for a file that is damaged, or holds Python objects: those are never made.
    """
    where = called(f)
    with reading(f) as file:
        try:
            start = file.tell()
            if file.read(4) not in (b"PK\3\4", b"PK\5\6"):
                raise ValueError("it is no zip archive")
            file.seek(start)
            found = np.load(file, allow_pickle=False)
            arrays = {name: found[name] for name in found.files}
        except (
            ValueError, EOFError, OSError, KeyError, MemoryError, NotImplementedError, zipfile.BadZipFile, zlib.error
        ) as error:  # fmt: skip
            raise RuntimeError(f"{where} cannot be read as an .npz archive: {error}") from error
    narrowed = {str(name) for name in arrays.pop(NARROWED, ())}
    made = {}
    for name, array in arrays.items():
        try:
            kind = _dtypes.of(array.dtype).numpy
        except TypeError as error:
            raise TypeError(f"{where}: array '{name}': {error}") from None
        t = wrap(taken(array.astype(kind, copy=False), "array"))
        made[name] = to_dtype(t, _dtypes.bfloat16.numpy) if name in narrowed else t
    return made
