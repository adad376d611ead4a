"""Threads for work on large arrays: NumPy lets go of the interpreter's lock inside. 大数组计算所用的线程。"""

from __future__ import annotations

import os
from _thread import get_ident, start_new_thread
from collections import deque
from collections.abc import Callable
from typing import Any

from tidu import _blas
from tidu._backend import QUIET, quiet_set

try:
    from _queue import SimpleQueue  # the module ``queue`` loads ``threading`` and more, which is a tenth of our import
except ImportError:
    from queue import SimpleQueue

Call = Callable[[], None]


def _cores() -> int:
    """As PyTorch counts: what OMP_NUM_THREADS says, else the cores that this process may use."""
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if said.isdecimal() and int(said):
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Team:
    """Threads that wait for calls to make. They start when first needed, and anew in a forked process."""

    def __init__(self) -> None:
        self.size = _cores()
        self.disband()

    def disband(self) -> None:
        self.started = 0
        self.members: set[int] = set()
        self.calls: SimpleQueue[Call] = SimpleQueue()

    def recruit(self, wanted: int) -> int:
        """Start threads until there are so many; returns how many are to be had."""
        while self.started < wanted:
            try:
                start_new_thread(self._serve, (self.calls,))
            except RuntimeError:  # there are no threads here, or no more
                break
            self.started += 1
        return min(wanted, self.started)

    def _serve(self, calls: SimpleQueue[Call]) -> None:
        self.members.add(get_ident())
        quiet_set(QUIET)
        while True:
            calls.get()()


_team = _Team()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_team.disband)


def get_num_threads() -> int:
    """计算所用的线程数 / How many threads work on a large operation."""
    return _team.size


def set_num_threads(num: int) -> None:
    """设置线程数 / How many threads may work on a large operation; NumPy's BLAS, where it lets us, too.

    ``RuntimeError`` for what is no int or not positive.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.set_num_threads.html
    """
    if not isinstance(num, int) or isinstance(num, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(num).__name__}")
    if num <= 0:
        raise RuntimeError(f"set_num_threads expects a positive integer: argument 'num' is {num}")
    _team.size = num
    _set_blas(num)


def share(work: Callable[[int], Any], pieces: int, alone: bool = False) -> None:
    """``work(i)`` for each ``i`` below ``pieces``, in any order, on all threads; returns when all are done.

    ``alone``: on this thread, for it is not worth waking others.

    A thread takes the next piece when it is done with one, so a core that is busy elsewhere holds nobody up.
    """
    helpers = 0 if alone else min(_team.size, pieces) - 1
    if helpers < 1 or get_ident() in _team.members or not (helpers := _team.recruit(helpers)):
        for i in range(pieces):
            work(i)
        return
    waiting = deque(range(pieces))
    finished: SimpleQueue[BaseException | None] = SimpleQueue()

    def take() -> None:
        error = None
        try:
            while waiting:
                try:
                    i = waiting.popleft()
                except IndexError:  # another was quicker
                    break
                work(i)
        except BaseException as e:  # a signal may raise anything in here
            waiting.clear()
            error = e
        finished.put(error)

    for _ in range(helpers):
        _team.calls.put(take)
    take()
    errors = [finished.get() for _ in range(helpers + 1)]
    for error in errors:
        if error is not None:
            raise error


# ---- the threads of NumPy's BLAS


def _set_blas(number: int) -> None:
    known = _blas.threads()
    if known is not None:
        known[1](number)


def blas_yields() -> bool:
    """Whether the threads of BLAS can be held back, so that ours may call it side by side."""
    return _team.size > 1 and _blas.threads() is not None


class one_blas_thread:
    """Inside, each call of BLAS runs on the thread that makes it.

    Threads of OpenBLAS answer quicker than ours, for they keep their cores busy for 30 ms after a product, waiting for
    the next one: whatever comes next on several threads of ours would share a core with them.
    """

    def __enter__(self) -> None:
        known = _blas.threads()
        self.before = 1 if known is None else known[0]()
        if self.before != 1:
            _set_blas(1)

    def __exit__(self, *exc: object) -> None:
        if self.before != 1:
            _set_blas(self.before)
