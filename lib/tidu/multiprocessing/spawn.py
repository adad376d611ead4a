"""Several processes of one function, and what became of them. 用多个进程运行同一函数。

Source: https://docs.pytorch.org/docs/stable/multiprocessing.html#spawning-subprocesses
"""

from __future__ import annotations

import logging
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import Any

from tidu.multiprocessing.context import get_context

log = logging.getLogger(__name__)

LONGEST = 1 << 15  # characters of a traceback: what a pipe holds while nobody reads


class ProcessException(Exception):
    """进程失败 / A process failed: which one (``error_index``), and its number (``error_pid``)."""

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """进程抛出异常 / A process failed by an exception, whose traceback the message holds."""


class ProcessExitedException(ProcessException):
    """进程异常退出 / A process was killed (``signal_name``), or ended with an ``exit_code`` other than 0."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


class ProcessContext:
    """一组进程 / Processes that ``start_processes`` started. ``join`` waits for them."""

    def __init__(self, processes: Sequence[Any], errors: Sequence[Any]) -> None:
        self.processes, self._errors = processes, errors
        self.sentinels = {process.sentinel: i for i, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """进程号 / The numbers that the system gave them."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """等待结束 / Wait for the next ones to end, ``timeout`` seconds at most; returns whether all have ended well.

        Where one has failed, the others are terminated, after ``grace_period`` seconds to end by themselves, and
        ``ProcessRaisedException`` or ``ProcessExitedException`` tells what became of the one.
        """
        if not self.sentinels:
            return True
        for sentinel in wait(list(self.sentinels), timeout):
            i = self.sentinels.pop(sentinel)
            self.processes[i].join()
            if self.processes[i].exitcode:
                self._end(grace_period)
                raise self._failure(i)
        return not self.sentinels

    def _end(self, grace_period: float | None) -> None:
        if grace_period is not None:
            self._join(grace_period)
        for process in self.processes:
            if process.is_alive():
                log.warning("Terminating process %s via signal SIGTERM", process.pid)
                process.terminate()
        self._join(30 if grace_period is None else grace_period)
        for process in self.processes:
            if process.is_alive():
                log.warning("Unable to shutdown process %s via SIGTERM , forcefully exiting via SIGKILL", process.pid)
                process.kill()
            process.join()

    def _join(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for process in self.processes:
            process.join(max(end - time.monotonic(), 0))

    def _failure(self, i: int) -> ProcessException:
        process = self.processes[i]
        if self._errors[i].poll():
            try:
                text = self._errors[i].recv()
            except EOFError:
                pass
            else:
                text = f"\n\n-- Process {i} terminated with the following error:\n{text}"
                return ProcessRaisedException(text, i, process.pid)
        code = process.exitcode
        if code >= 0:
            return ProcessExitedException(f"process {i} terminated with exit code {code}", i, process.pid, code)
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"<Unknown signal {-code}>"
        return ProcessExitedException(f"process {i} terminated with signal {name}", i, process.pid, code, name)


class SpawnContext(ProcessContext):
    """旧名 / ``ProcessContext`` as it was called before; deprecated: it warns."""

    def __init__(self, processes: Sequence[Any], errors: Sequence[Any]) -> None:
        warnings.warn("SpawnContext is renamed to ProcessContext since 1.4 release.", stacklevel=2)
        super().__init__(processes, errors)


def _run(fn: Callable[..., Any], i: int, args: tuple[Any, ...], errors: Any) -> None:
    _end_with_parent()
    try:
        fn(i, *args)
    except KeyboardInterrupt:  # how the parent's end arrives, too
        pass
    except Exception:
        errors.send(traceback.format_exc()[-LONGEST:])
        sys.exit(1)


def _end_with_parent() -> None:
    """Ctrl-C for this process when its parent ends, where the system has this."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGINT), 0, 0, 0)


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """启动多个进程 / Run ``fn(i, *args)`` in ``nprocs`` processes, ``i`` from 0 on, started by ``start_method``.

    Waits for all, and raises what ``ProcessContext.join`` raises; without ``join`` returns the ``ProcessContext``.
    """
    context = get_context(start_method)
    processes, errors = [], []
    for i in range(nprocs):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(fn, i, args, theirs), daemon=daemon)
        process.start()
        theirs.close()
        processes.append(process)
        errors.append(ours)
    started = ProcessContext(processes, errors)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """启动多个新进程 / Run ``fn(i, *args)`` in ``nprocs`` fresh interpreters, ``i`` from 0 on.

    ``fn`` is defined at the top of a module, whose own start is guarded by ``if __name__ == "__main__"``. Where one of
    the processes fails, the others are terminated, and an exception with its traceback is raised. Without ``join``
    returns a ``ProcessContext`` at once.
    Source: https://docs.pytorch.org/docs/stable/multiprocessing.html#torch.multiprocessing.spawn.spawn
    """
    if start_method != "spawn":
        warnings.warn(
            f"This method only supports start_method=spawn (got: {start_method}).\n"
            "To use a different start_method use:\n\t\t torch.multiprocessing.start_processes(...)",
            FutureWarning,
            stacklevel=2,
        )
    return start_processes(fn, args, nprocs, join, daemon, start_method="spawn")
