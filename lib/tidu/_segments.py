"""Memory that several processes see. 多个进程都看得到的内存。

A segment is memory without a name: processes know it by a file descriptor, and it is gone as soon as none has it open
or mapped, however they ended. Small blocks lie side by side in one segment, so that a thousand tensors take few
descriptors. No place is given out twice: nobody needs to know who else still uses a block.

Where there is no such memory, or ``file_system`` is asked for, a segment is a file (``_files``).
Source: https://docs.pytorch.org/docs/stable/multiprocessing.html#sharing-strategies, memfd_create(2)
"""

from __future__ import annotations

import os
import weakref
from _thread import allocate_lock, interrupt_main
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tidu._backend import _Window, strided

SMALL, CHUNK = 1 << 16, 1 << 20  # bytes: what is smaller shares a segment of this size
ALIGNED = 64
DESCRIPTORS = 1 << 16  # how many a process may come to hold, where its hard limit lets it

NAMELESS = hasattr(os, "memfd_create")

Key = tuple[int, int]  # device and inode, the same in every process


@cache
def _libc() -> Any:
    """``mmap`` without the second descriptor that Python's keeps, and room for as many descriptors as we may have."""
    import ctypes
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    libc = ctypes.CDLL(None, use_errno=True)
    size, pointer, number = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int
    libc.mmap.restype = pointer
    libc.mmap.argtypes = (pointer, size, number, number, number, ctypes.c_long)
    libc.munmap.argtypes = (pointer, size)
    return libc


def interrupt_later() -> None:
    """Hand on a Ctrl-C that came while an object was going, where Python would drop it."""
    import threading

    threading.Timer(0.01, interrupt_main).start()


class _Mapping:
    """Memory behind a descriptor in the address space of this process."""

    __slots__ = ("address", "size")

    def __init__(self, fd: int, size: int) -> None:
        self.address, self.size = 0, size
        address = _libc().mmap(None, size, 1 | 2, 1, fd, 0)  # to read and to write, and others see it
        if address in (None, _FAILED):
            raise _error("mapping", size)
        self.address = address

    def __del__(self, libc: Any = _libc) -> None:
        try:
            if self.address:
                libc().munmap(self.address, self.size)
        except KeyboardInterrupt:
            interrupt_later()


class _PythonsMapping:
    """The same where the C library has no ``mmap``."""

    def __init__(self, fd: int, size: int) -> None:
        import mmap  # not everywhere

        self._memory = np.frombuffer(mmap.mmap(fd, size), np.uint8)
        self.address = self._memory.ctypes.data


Mapping: Any = _Mapping if os.name == "posix" else _PythonsMapping


class _Descriptor:
    """A file descriptor that is closed when nobody has this object."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self, close: Any = os.close) -> None:  # held here: modules go first at the end
        try:
            close(self.fd)
        except KeyboardInterrupt:
            interrupt_later()


class Segment:
    """A piece of shared memory, mapped whole; let go of with the last array on it. 一段共享内存。

    It has no ``__del__``, which runs while weak references still lead to the object: another thread would find it in
    ``_known`` and use what is just being unmapped. What has to be let go of are objects that only the segment knows.
    """

    __slots__ = ("key", "size", "used", "address", "_held", "_mapping", "__weakref__")

    def __init__(self, fd: int) -> None:
        """On the memory behind a descriptor, which from now on is this segment's to close."""
        self._held: Any = _Descriptor(fd)
        found = os.fstat(fd)
        self.size, self.used, self.key = found.st_size, 0, (found.st_dev, found.st_ino)
        self._mapping = Mapping(fd, self.size)
        self.address = self._mapping.address
        _known[self.key] = self

    @property
    def fd(self) -> int:
        """The descriptor that other processes are given."""
        fd: int = self._held.fd
        return fd

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return {"shape": (self.size,), "data": (self.address, False), "typestr": "|u1", "version": 3}


_known: weakref.WeakValueDictionary[Key, Any] = weakref.WeakValueDictionary()
_FAILED = (1 << 8 * np.dtype(np.intp).itemsize) - 1


def _none() -> None:
    """In the place of a weak reference: there is no segment."""


_open: Callable[[], Any] = _none  # a weak reference to the segment that takes the next small block
_lock = allocate_lock()


def _start_anew() -> None:
    """In a forked process: the parent goes on filling its segment."""
    global _open, _lock
    _open, _lock = _none, allocate_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def _error(what: str, size: int) -> OSError:
    import ctypes

    code = ctypes.get_errno()
    return OSError(code, f"{what} {size} bytes of shared memory: {os.strerror(code)}")


def _created(size: int) -> Segment:
    _libc()
    try:
        fd = os.memfd_create("tidu", os.MFD_CLOEXEC)
    except OSError as e:
        raise OSError(
            e.errno, f"no shared memory for {size} bytes: {e.strerror}. Each larger tensor in shared memory takes a "
            "file descriptor; set_sharing_strategy('file_system') does without, `ulimit -n` allows more"
        ) from None  # fmt: skip
    try:
        os.ftruncate(fd, size)
    except BaseException:
        os.close(fd)
        raise
    return Segment(fd)


# How a segment is made under each strategy of sharing, and which one holds.
MAKERS: dict[str, Callable[[int], Segment]] = {"file_descriptor": _created} if NAMELESS else {}
strategy = "file_descriptor" if NAMELESS else "file_system"


def allocate(size: int) -> np.ndarray:
    """So many bytes of shared memory, zero: a vector that keeps its segment alive."""
    global _open
    if size > SMALL:
        return np.asarray(MAKERS[strategy](size))
    with _lock:
        segment = _open()
        if segment is None or segment.used + size > CHUNK:
            segment = MAKERS[strategy](CHUNK)
            _open = weakref.ref(segment)
        offset = segment.used
        segment.used += -(-max(size, 1) // ALIGNED) * ALIGNED
    return part(segment, offset, size)


def part(segment: Any, offset: int, size: int) -> np.ndarray:
    """Some bytes of a segment."""
    return strided(np.asarray(segment), (size,), (1,), offset)


def segment_of(array: Any) -> Any:
    """The segment that an array lies in, None for memory of this process alone."""
    while isinstance(array, (np.ndarray, _Window)):
        array = array.owner if isinstance(array, _Window) else array.base
    return array if isinstance(array, Segment) else None


def set_strategy(name: str) -> None:
    """From now on segments are made in this way."""
    global strategy, _open
    strategy, _open = name, _none


def known(key: Key) -> Any:
    """The segment of this process with that key, None without one."""
    return _known.get(key)


def received(fd: int) -> Segment:
    """The segment behind a descriptor that came from another process: the one that is here already, or a new one."""
    found = os.fstat(fd)
    segment = _known.get((found.st_dev, found.st_ino))
    if segment is None:
        return Segment(fd)
    os.close(fd)
    return segment
