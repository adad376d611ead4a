"""Shared memory that has names: for systems without nameless memory, or where descriptors are short. 有名字的共享内存。

A segment is a file in a directory of this program's. Who uses it has a name of its own for it, a hard link, and so has
each message on its way: the receiver keeps the message's. The file is gone with its last name, and the directory with
all that is left in it with the last process, however that ended: another process waits for this.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from multiprocessing import spawn, util
from typing import Any

from tidu import _segments
from tidu._segments import Segment, interrupt_later

_MEMORY = "/dev/shm"
_WATCH = "import shutil, sys\nsys.stdin.read()\nshutil.rmtree(sys.argv[1], True)"
_number = itertools.count()
_home: list[str] = []


class _Name:
    """A name that is removed when nobody has this object."""

    __slots__ = ("path", "process")

    def __init__(self, path: str) -> None:
        self.path, self.process = path, os.getpid()

    def __del__(self, remove: Any = os.unlink, process: Any = os.getpid) -> None:  # held here, as a descriptor's
        try:
            if self.process == process():  # a forked process has its parent's names in its memory
                remove(self.path)
        except OSError:  # the directory is gone already
            pass
        except KeyboardInterrupt:
            interrupt_later()


class File(Segment):
    """A segment that has a name in this process, and takes no descriptor. 有名字的一段共享内存。"""

    __slots__ = ()

    def __init__(self, path: str, fd: int) -> None:
        name = _Name(path)
        super().__init__(fd)
        self._held = name  # instead of the descriptor

    @property
    def path(self) -> str:
        """This process's name for the memory."""
        path: str = self._held.path
        return path

    def linked(self) -> str:
        """A name more, for a message."""
        name = _name()
        try:
            os.link(self.path, name)
        except FileNotFoundError:
            raise RuntimeError("a tensor's memory has no name any more: the process that made it has ended") from None
        return name


def _name() -> str:
    return os.path.join(home(), f"{os.getpid()}-{next(_number)}")


def home() -> str:
    """The directory of all segments, made when first asked for; a process waits to remove it."""
    if not _home:
        where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        _home.append(tempfile.mkdtemp(prefix=f"tidu-{os.getpid()}-", dir=where))
        util.Finalize(None, shutil.rmtree, (_home[0], True), exitpriority=-100)
        _watch(_home[0])
    return _home[0]


def _watch(directory: str) -> None:
    """A process that removes the directory when this one and all forked from it have ended; no signal finds it."""
    end, _ = os.pipe()  # the other end is open as long as any of us lives
    watch = subprocess.Popen(
        [spawn.get_executable(), "-S", "-E", "-c", _WATCH, directory],
        stdin=end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    watch.returncode = 0  # nobody waits for it
    os.close(end)


def created(size: int) -> File:
    """A new segment; ``OSError`` where there is no room for it."""
    path = _name()
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, size)
        else:
            os.ftruncate(fd, size)
    except BaseException:
        os.close(fd)
        os.unlink(path)
        raise
    return File(path, fd)


def taken(path: str) -> Segment:
    """The segment of a name that came with a message."""
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        raise ConnectionRefusedError(
            "a tensor's memory is gone: the program that sent it ended before the tensor was received"
        ) from None
    found = os.fstat(fd)
    segment: Segment | None = _segments.known((found.st_dev, found.st_ino))
    if segment is None:
        return File(path, fd)
    os.close(fd)
    os.unlink(path)
    return segment


_segments.MAKERS["file_system"] = created
