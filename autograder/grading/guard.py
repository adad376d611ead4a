"""The examiner's own limits: time and memory that one submission may take, in whichever thread it is looked at."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator


class ExaminerTimeout(BaseException):
    """Looking at an answer took too long. Nothing on the way takes it for an error of the answer's."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Stop this thread's work after a while, from another one. 由另一个线程在时限到时中止本线程的工作。

    A signal would reach a main thread alone, and on a Dask worker work is done in others.  Raises
    :class:`ExaminerTimeout` at the next instruction of Python's.
    """
    thread, lock, state = threading.get_ident(), threading.Lock(), {"over": False, "fired": False}

    def fire() -> None:
        with lock:
            if not state["over"]:
                state["fired"] = True
                _raise_in(thread, ExaminerTimeout)

    timer = threading.Timer(max(seconds, 0.0), fire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            state["over"] = True
            if state["fired"]:
                _raise_in(thread, None)  # where it has not come up yet it is not to come up later
        timer.cancel()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)


@contextlib.contextmanager
def memory(size: int) -> Iterator[None]:
    """Let this process take ``size`` more bytes than it has; then ``MemoryError``. 本进程最多再用 ``size`` 字节。

    Nothing where the system does not say how much a process has.
    """
    try:
        import resource

        with open("/proc/self/statm") as told:
            now = int(told.read().split()[0]) * resource.getpagesize()
        before = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError):
        yield
        return
    wanted = now + size
    known = [limit for limit in before if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([wanted, *known]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
