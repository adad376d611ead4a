"""Tensors by name in files of the package safetensors, which hold nothing but numbers. safetensors 文件。

The functions are those of ``safetensors.torch``: only the import changes, ``from tidu.serialization.safetensors import
save_file``. ``torch.load`` reads such files too.
Source: https://huggingface.co/docs/safetensors/api/torch
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import type_name
from tidu._device import device as _device
from tidu._tensor import Tensor, wrap
from tidu.ops.convert import to_device
from tidu.serialization._files import reading

_KINDS = {
    "F64": _dtypes.float64, "F32": _dtypes.float32, "F16": _dtypes.float16, "BF16": _dtypes.bfloat16,
    "I64": _dtypes.int64, "I32": _dtypes.int32, "I16": _dtypes.int16, "I8": _dtypes.int8, "U64": _dtypes.uint64,
    "U32": _dtypes.uint32, "U16": _dtypes.uint16, "U8": _dtypes.uint8, "BOOL": _dtypes.bool_, "C64": _dtypes.complex64,
}  # fmt: skip


def save_file(
    tensors: dict[str, Tensor], filename: str | os.PathLike[str], metadata: dict[str, str] | None = None
) -> None:
    """保存到 safetensors 文件 / Write tensors by name, and text that says what they are.

    ``ValueError`` for a tensor with gaps between its elements, ``RuntimeError`` for two that share memory.
    """
    arrays = _arrays(tensors)
    _package("numpy").save_file(arrays, filename, metadata=metadata)


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """保存为 safetensors 字节串 / What ``save_file`` would write."""
    arrays = _arrays(tensors)
    return bytes(_package("numpy").save(arrays, metadata=metadata))


def load_file(filename: str | os.PathLike[str], device: Any = "cpu") -> dict[str, Tensor]:
    """读取 safetensors 文件 / All tensors of a file, by name. ``SafetensorError`` for a file that is damaged."""
    with reading(filename) as file:
        _needs_bfloat16(file)
    found = _package("numpy").load_file(filename)
    return {name: to_device(wrap(array), _device(device)) for name, array in found.items()}


def load(data: bytes) -> dict[str, Tensor]:
    """读取 safetensors 字节串 / All tensors of what ``save`` gave."""
    made = {}
    for name, told in _package().deserialize(data):
        if told["dtype"] not in _KINDS:
            raise NotImplementedError(f"tensor '{name}' is of dtype {told['dtype']}, which tidu does not have")
        values = np.frombuffer(bytearray(told["data"]), np.uint8).view(_KINDS[told["dtype"]].numpy)
        made[name] = wrap(values.reshape(told["shape"]))
    return made


def _needs_bfloat16(file: Any) -> None:
    """Load the package that has bfloat16, if the header mentions it; where it is missing, that is the error."""
    size = int.from_bytes(file.read(8), "little")
    if size < 1 << 27 and b'"BF16"' in file.read(size):
        _dtypes.bfloat16.numpy  # noqa: B018


def _package(part: str = "") -> Any:
    from importlib import import_module

    try:
        return import_module("safetensors" + (f".{part}" if part else ""))
    except ImportError as error:
        raise RuntimeError(
            "safetensors files need the package safetensors, which is not installed: pip install safetensors"
        ) from error


def _arrays(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    places = []
    arrays = {}
    for name, t in tensors.items():
        if not isinstance(t, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected torch.Tensor but received {type(t)}")
        if not isinstance(name, str):
            raise ValueError(f"a tensor's name is text, not {type_name(name)}")
        if not t.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. Call `.contiguous()` "
                "on it to pack it before saving; of tensors that are parts of another, save only the whole, and slice "
                "it again after loading."
            )
        array = t.detach().cpu()._array
        if array.size:
            places.append((t.data_ptr(), t.data_ptr() + array.nbytes, name))
        arrays[name] = array
    places.sort()
    for (_, stop, name), (start, _, other) in pairwise(places):
        if start < stop:
            raise RuntimeError(
                f"Some tensors share memory, this will lead to duplicate memory on disk and potential differences when "
                f"loading them again: '{name}' and '{other}'. Save one of them, or a copy by `.clone()`"
            )
    return arrays
