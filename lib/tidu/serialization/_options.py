"""What saving and loading ask when nothing is said, and how to set it. 保存与读取的默认选项。

Source: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import sys
from enum import Enum
from threading import local
from typing import Any

# mmap.MAP_SHARED and MAP_PRIVATE of POSIX: Windows has no such names
MAP_SHARED, MAP_PRIVATE = 1, 2


class LoadEndianness(Enum):
    """文件没有说明时的字节序 / The byte order of a file that does not say its own."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class Options:
    """What is set for the whole process."""

    endianness: LoadEndianness | None = None
    checksums = True
    mmap_flags = MAP_PRIVATE


class _Here(local):
    """What is set for this thread, in a ``with`` block."""

    skip_data = False


here = _Here()


def get_default_load_endianness() -> LoadEndianness | None:
    """默认字节序 / The byte order that a file without a mark is taken to have; None is little-endian."""
    return Options.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """设置默认字节序 / Set the byte order that a file without a mark is taken to have."""
    if endianness is not None and not isinstance(endianness, LoadEndianness):
        raise TypeError(
            "Invalid argument type in function set_default_load_endianness: argument 'endianness' must be a "
            f"LoadEndianness or None, not {type(endianness).__name__}"
        )
    Options.endianness = endianness


def order_of(mark: bytes | None) -> str:
    """The byte order of a file by its mark: ``"little"`` or ``"big"``."""
    if mark is not None:
        if mark not in (b"little", b"big"):
            raise ValueError(f"Unknown endianness type: {mark.decode(errors='replace')}")
        return mark.decode()
    if Options.endianness is LoadEndianness.NATIVE:
        return sys.byteorder
    return "big" if Options.endianness is LoadEndianness.BIG else "little"


def get_crc32_options() -> bool:
    """是否计算校验和 / Whether ``save`` computes a checksum of each record."""
    return Options.checksums


def set_crc32_options(compute_crc32: bool) -> None:
    """设置是否计算校验和 / Set whether ``save`` computes checksums; without them a damaged file may be read."""
    Options.checksums = bool(compute_crc32)


def get_default_mmap_options() -> int:
    """默认映射方式 / How ``load(mmap=True)`` maps a file: ``mmap.MAP_PRIVATE`` or ``mmap.MAP_SHARED``."""
    return Options.mmap_flags


class set_default_mmap_options:
    """设置默认映射方式 / Set how ``load(mmap=True)`` maps a file, for good or in a ``with`` block.

    With ``MAP_PRIVATE`` what is written into a tensor stays in memory, with ``MAP_SHARED`` it goes into the file.
    """

    def __init__(self, flags: int) -> None:
        if sys.platform == "win32":
            raise RuntimeError("Changing the default mmap options is currently not supported for Windows")
        if flags not in (MAP_PRIVATE, MAP_SHARED):
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE or mmap.MAP_SHARED, "
                f"but got {flags}"
            )
        self.prev, Options.mmap_flags = Options.mmap_flags, flags

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        Options.mmap_flags = self.prev


class skip_data:
    """不读写数据 / A ``with`` block in which ``save`` leaves tensors' bytes zero, and ``load`` does not read them."""

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        self._before, here.skip_data = here.skip_data, True

    def __exit__(self, *exc: Any) -> None:
        here.skip_data = self._before
