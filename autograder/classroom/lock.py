"""One grading of a class at a time: a lock file in its folder, which says who holds it."""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from autograder.classroom.folder import Classroom, ClassroomError, naming

FILE = ".grading.lock"


@contextlib.contextmanager
def locked(room: Classroom) -> Iterator[None]:
    """Hold the lock of a class; raises :class:`~autograder.classroom.folder.ClassroomError` when another does.

    持有班级的锁；已被别的进程持有时说明是谁。

    The system lets go of it when the process ends, however it ends: what is left is an old file, which the next one
    takes over.  Some network file systems know no locks: there it counts who the file names, as long as that may live.
    """
    path = room.root / FILE
    with naming(path):
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with open(number, encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(file)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise _busy(room, holder) from None
            if holder is not None and _may_live(holder):
                raise _busy(room, holder, path) from None
        since = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        own = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        with naming(path):
            os.ftruncate(number, 0)
            os.pwrite(number, own.encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(number, 0)


def _holder(file: TextIO) -> dict[str, Any] | None:
    try:
        held = json.loads(file.read())
        return {"pid": int(held["pid"]), "host": str(held["host"]), "since": str(held["since"])}
    except (ValueError, KeyError, TypeError):  # nobody's, or it is just about to say so
        return None


def _may_live(holder: dict[str, Any]) -> bool:
    if holder["host"] != socket.gethostname():
        return True
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _busy(room: Classroom, holder: dict[str, Any] | None, file: Path | None = None) -> ClassroomError:
    """Who is at work; and where that cannot be known for certain, what to delete."""
    en, zh = ("another process", "另一个进程")
    if holder is not None:
        en = "process {pid} on {host} since {since}".format_map(holder)
        zh = "{host} 上的进程 {pid}，开始于 {since}".format_map(holder)
    either = (
        (f", or delete {file} if it is not running any more", f"；要是它已经不在了，删掉 {file}") if file else ("", "")
    )
    return ClassroomError(
        f"{room.root} is being graded by {en}; wait for it{either[0]}",
        f"{room.root} 正在评分（{zh}）；等它评完{either[1]}",
    )
