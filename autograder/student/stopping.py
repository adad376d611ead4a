"""Stop a call that does not end, in the notebook's own process, and leave everything else as it was.

In the main thread on Unix a timer's signal interrupts it; elsewhere a second thread has Python raise an exception in
this one. Either way the exception comes again at once when the answer catches it, until the call is left. A single
operation inside NumPy that takes forever cannot be interrupted, by this or by the notebook's own stop button.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

#: How soon a call that has caught the exception meets it again, in seconds.
_AGAIN = 0.01


class Stopped(BaseException):
    """The time is up; no ``except Exception`` takes it."""


def within(seconds: float, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``function(*args, **kwargs)``, or :class:`Stopped` once it has taken ``seconds``. 限时调用。"""
    on_time = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    return (_by_signal if on_time else _by_thread)(seconds, function, args, kwargs)


def _run(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return function(*args, **kwargs)


def _inside(frame: FrameType | None) -> bool:
    """Whether ``frame`` belongs to the call: below :func:`_run`, and not in our own code around it."""
    below = False
    while frame is not None:
        if frame.f_code is _run.__code__:
            return below
        below, frame = True, frame.f_back
    return False


def _raise_again_after(frame: FrameType | None) -> None:
    """Have the next line that the call runs raise :class:`Stopped` too.

    A loop around ``except BaseException: pass`` meets it there outside of its ``try``.
    """

    def again(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and _inside(frame):
            raise Stopped
        return again

    if _inside(frame):
        sys.settrace(again)
        while frame is not None and frame.f_code is not _run.__code__:
            frame.f_trace = again
            frame = frame.f_back


def _by_signal(seconds: float, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    def handler(number: int, frame: FrameType | None) -> None:
        if _inside(frame):
            _raise_again_after(frame)
            raise Stopped

    tracing = sys.gettrace()
    before = signal.signal(signal.SIGALRM, handler)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        return _run(function, args, kwargs)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(tracing)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        signal.setitimer(signal.ITIMER_REAL, max(left - seconds, 0.001) if left else 0, interval)


class _Raised(Stopped):
    """What the second thread has Python raise."""

    def __init__(self) -> None:
        super().__init__()
        _raise_again_after(sys._getframe(1))


def _by_thread(seconds: float, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    lock, over = threading.Lock(), threading.Event()
    target = threading.get_ident()

    def watch() -> None:
        pause = seconds
        while not over.wait(pause):
            pause = _AGAIN
            with lock:
                if not over.is_set() and _inside(sys._current_frames().get(target)):
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), ctypes.py_object(_Raised))

    tracing = sys.gettrace()
    watcher = threading.Thread(target=watch, daemon=True)

    def finish() -> None:
        with lock:
            over.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), None)
        sys.settrace(tracing)
        watcher.join()

    watcher.start()
    try:
        try:
            return _run(function, args, kwargs)
        finally:
            finish()
    except Stopped:  # it may have come when the call was over, in the midst of finishing
        finish()
        raise
