"""``spawn`` and ``start_processes``: what became of the processes is told as PyTorch tells it."""

from __future__ import annotations

import importlib
import os
import pickle
import re
import signal
import sys
import time
from typing import Any

import pytest

from tidu import multiprocessing as mp


def write(i: int, x: Any) -> None:
    x[i] = i + 1


def fail_second(i: int) -> None:
    if i == 1:
        raise ValueError("nothing to be done")
    time.sleep(600)


def leave(i: int) -> None:
    sys.exit(3)


def killed(i: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted(i: int) -> None:
    raise KeyboardInterrupt


def nothing(i: int) -> None:
    pass


def started(t: Any, fn: Any, nprocs: int = 2, args: Any = (), **options: Any) -> Any:
    processes = importlib.import_module(f"{t.__name__}.multiprocessing")
    return processes.start_processes(fn, args, nprocs, start_method="fork", **options)


def test_all_end_well(t: Any) -> None:
    x = t.zeros(3).share_memory_()
    assert started(t, write, 3, (x,)) is None
    assert x.tolist() == [1, 2, 3]
    assert started(t, interrupted) is None


def test_without_waiting(t: Any) -> None:
    context = started(t, nothing, join=False)
    assert len(context.pids()) == len(context.processes) == 2
    while not context.join(timeout=60):
        pass
    assert context.join() is True


@pytest.mark.parametrize(("fn", "name", "message", "found"), [
    (fail_second, "ProcessRaisedException", "\n\n-- Process 1 terminated with the following error:\nTraceback .*"
     "ValueError: nothing to be done\n", {"error_index": 1}),
    (leave, "ProcessExitedException", "process 0 terminated with exit code 3", {"exit_code": 3, "signal_name": None}),
    (killed, "ProcessExitedException", "process 0 terminated with signal SIGKILL",
     {"exit_code": -9, "signal_name": "SIGKILL"}),
])  # fmt: skip
def test_one_fails(t: Any, fn: Any, name: str, message: str, found: dict[str, Any]) -> None:
    context = started(t, fn, 1 + (fn is fail_second), join=False)
    processes = importlib.import_module(f"{t.__name__}.multiprocessing")
    with pytest.raises(getattr(processes, name)) as error:
        while not context.join(grace_period=0.01):
            pass
    e = error.value
    assert re.fullmatch(message, str(e), re.DOTALL) and e.msg == str(e)
    assert {key: getattr(e, key) for key in found} == found
    assert e.error_pid == context.pids()[e.error_index]
    assert not any(process.is_alive() for process in context.processes)
    again = pickle.loads(pickle.dumps(e))
    assert type(again) is type(e) and str(again) == str(e) and again.error_pid == e.error_pid


@pytest.mark.long
def test_fresh_interpreters() -> None:
    import tidu

    x = tidu.zeros(2).share_memory_()
    assert mp.spawn(write, (x,), 2) is None
    assert x.tolist() == [1, 2]
    with pytest.warns(FutureWarning, match="This method only supports start_method=spawn"):
        with pytest.raises(mp.ProcessRaisedException, match="nothing to be done"):
            mp.spawn(fail_second, nprocs=2, start_method="fork")
