"""多进程 / Python's ``multiprocessing``, with tensors that processes share instead of copying them.

A tensor that is sent moves to shared memory, and whoever receives it sees the same memory: writes by one are seen by
all. Nothing is left of that memory when the last process that uses it has let go of it or has ended, killed or not.
Source: https://docs.pytorch.org/docs/stable/multiprocessing.html
"""

import multiprocessing as _python
from multiprocessing import *  # noqa: F403
from multiprocessing import reducer as reducer

from tidu import _segments
from tidu import _sharing as _sharing  # by which tensors are pickled for another process
from tidu.multiprocessing.context import Default as _Default
from tidu.multiprocessing.context import get_context as get_context
from tidu.multiprocessing.spawn import (
    ProcessContext,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

__all__ = [  # noqa: PLE0604
    *_python.__all__,
    "ProcessContext",
    "ProcessExitedException",
    "ProcessRaisedException",
    "SpawnContext",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
    "start_processes",
]

_current = _Default()
globals().update({name: getattr(_current, name) for name in ("JoinableQueue", "Pipe", "Pool", "Queue", "SimpleQueue")})


def get_all_sharing_strategies() -> set[str]:
    """可用的共享方式 / The ways of sharing memory that this system has."""
    return set(_segments.MAKERS)


def get_sharing_strategy() -> str:
    """当前的共享方式 / The way in which tensors are moved to shared memory."""
    return _segments.strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """设置共享方式 / How tensors are moved to shared memory from now on.

    ``"file_descriptor"``: memory without a name, which takes a descriptor for each large tensor. ``"file_system"``:
    files in memory, which take none. Nothing is left of either.
    Source: https://docs.pytorch.org/docs/stable/multiprocessing.html#sharing-strategies
    """
    if new_strategy not in _segments.MAKERS:
        raise AssertionError(
            f"invalid sharing strategy {new_strategy!r}, expected one of {get_all_sharing_strategies()}"
        )
    _segments.set_strategy(new_strategy)
