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

from autograder.classroom.folder import Classroom, ClassroomError

FILE = ".grading.lock"


@contextlib.contextmanager
def locked(room: Classroom) -> Iterator[None]:
    """Hold the lock of a class; raises :class:`~autograder.classroom.folder.ClassroomError` when another does.

    持有班级的锁；已被别的进程持有时说明是谁。

    The system lets go of it when the process ends, however it ends: what is left is an old file, which the next one
    takes over.
    """
    path = room.root / FILE
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                who = _holder(file.read())
                raise ClassroomError(
                    f"{room.root} is being graded by {who}; wait for it", f"{room.root} 正在评分（{who}）；等它评完"
                ) from None
            # some network file systems know no locks, and grading without one is better than not at all
        file.truncate(0)
        since = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(text: str) -> str:
    try:
        held = json.loads(text)
        return f"process {held['pid']} on {held['host']} since {held['since']}"
    except (ValueError, KeyError, TypeError):  # it is just about to say so
        return "another process"
