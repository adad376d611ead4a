"""The life and death of a loader's workers: nobody hangs, nobody is left, and nothing of theirs."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest

import tidu
from tests import effort
from tidu.utils.data import DataLoader, Dataset, TensorDataset, get_worker_info

PROC = Path("/proc")
pytestmark = pytest.mark.skipif(not PROC.exists(), reason="processes and descriptors are counted in /proc")


class Made(Dataset):
    """``n`` samples, made by a function."""

    def __init__(self, make: Callable[[int], Any], n: int = 12) -> None:
        self.make, self.n = make, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        return self.make(i)


def image(i: int) -> tidu.Tensor:
    return tidu.full((3, 100, 100), i)


def children() -> set[int]:
    """Processes that we started and that have not ended."""
    found = set()
    for task in (PROC / "self/task").iterdir():
        found |= set(map(int, (task / "children").read_text().split()))
    return {pid for pid in found if running(pid)}


def running(pid: int) -> bool:
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descriptors() -> int:
    return len(list((PROC / "self/fd").iterdir()))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """After every test here: as many descriptors as before it, and no process more."""
    resource_tracker.ensure_running()  # what is started or opened once and for all
    list(DataLoader(Made(image, 1), num_workers=1))
    gc.collect()
    held, ours = descriptors(), children()
    yield
    gc.collect()
    assert children() == ours
    assert descriptors() == held


def pids(iterator: Any) -> set[int]:
    return {process.pid for process in iterator._workers}


def test_batches_come_in_shared_memory() -> None:
    for data in (Made(image), TensorDataset(tidu.arange(120000.0).reshape(12, 10000))):
        batches = [b if isinstance(b, tidu.Tensor) else b[0] for b in DataLoader(data, 4, num_workers=2)]
        alone = [b if isinstance(b, tidu.Tensor) else b[0] for b in DataLoader(data, 4)]
        assert all(b.is_shared() for b in batches)
        assert all((a == b).all() and a.stride() == b.stride() for a, b in zip(batches, alone, strict=True))
        batches[0].add_(1)  # it is ours to write to
        assert (batches[0] == alone[0] + 1).all()


def test_a_half_used_pass_ends_its_workers_with_it() -> None:
    it = iter(DataLoader(Made(image), num_workers=2))
    next(it)
    assert pids(it) <= children()
    del it
    for batch in DataLoader(Made(image), num_workers=2, persistent_workers=True):
        if int(batch.max()) == 3:
            break


def test_persistent_workers_stay() -> None:
    count = [0]

    def calls(i: int) -> int:
        count[0] += 1
        return count[0]

    loader = DataLoader(Made(calls, 4), num_workers=2, persistent_workers=True)
    first = iter(loader)
    assert sorted(int(b) for b in first) == [1, 1, 2, 2]
    again = iter(loader)
    assert again is first and sorted(int(b) for b in again) == [3, 3, 4, 4]
    before = pids(first)
    os.kill(first._workers[0].pid, signal.SIGKILL)
    first._workers[0].join()
    assert sorted(int(b) for b in loader) == [1, 1, 2, 2]  # others take their places
    assert not pids(loader._iterator) & before


def test_no_more_is_read_in_advance_than_asked_for() -> None:
    given = []

    class Counted:
        def __iter__(self) -> Iterator[int]:
            for i in range(12):
                given.append(i)
                yield i

    it = iter(DataLoader(Made(image), sampler=Counted(), num_workers=2, prefetch_factor=2))
    assert len(given) == 4
    next(it)
    assert len(given) == 5


def test_a_killed_worker_is_named() -> None:
    def killed(i: int) -> int:
        if i == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return i

    it = iter(DataLoader(Made(killed), num_workers=2))
    named = "|".join(map(str, pids(it)))
    with pytest.raises(RuntimeError, match=rf"DataLoader worker \(pid\(s\) ({named})\) exited unexpectedly") as caught:
        list(it)
    assert "is killed by signal: Killed" in str(caught.value.__cause__)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        next(it)


def test_a_worker_that_exits_is_named_with_its_code() -> None:
    with pytest.raises(RuntimeError, match="exited unexpectedly") as caught:
        list(DataLoader(Made(lambda i: os._exit(3)), num_workers=1))
    assert "exit code 3" in str(caught.value.__cause__)


def test_too_slow() -> None:
    it = iter(DataLoader(Made(lambda i: time.sleep(100)), num_workers=1, timeout=0.2))
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.2 seconds"):
        next(it)


def test_what_cannot_be_sent_is_an_error_too() -> None:
    class OwnError(Exception):
        pass

    def fails(i: int) -> None:
        raise OwnError("here")

    with pytest.raises(
        RuntimeError, match=r"Caught OwnError in DataLoader worker process 0\.\n(.*\n)*.*OwnError: here"
    ):
        list(DataLoader(Made(fails), num_workers=1))
    with pytest.raises(AttributeError, match=r"Can't (pickle|get) local object"):
        list(DataLoader(Made(lambda i: lambda: i), num_workers=1, collate_fn=list))
    with pytest.raises(RuntimeError, match="non-leaf tensor which requires_grad"):
        list(DataLoader(Made(lambda i: tidu.ones(1, requires_grad=True) * 2), num_workers=1))


def test_what_cannot_be_started() -> None:
    data = Made(lambda i: i)
    with pytest.warns(UserWarning, match="Got pickle error"), pytest.raises((AttributeError, TypeError)):
        list(DataLoader(data, num_workers=1, multiprocessing_context="spawn"))


def test_a_fresh_interpreter_loads_the_same() -> None:
    data = TensorDataset(tidu.arange(6).reshape(3, 2), tidu.arange(3.0))
    tidu.manual_seed(1)
    alone = [y.tolist() for _, y in DataLoader(data, shuffle=True)]
    tidu.manual_seed(1)
    assert [y.tolist() for _, y in DataLoader(data, None, True, num_workers=1, multiprocessing_context="spawn")] == [
        y for (y,) in alone
    ]


def test_long_messages_hold_nobody_up() -> None:
    """Neither a task with many indices nor a batch that is no tensor waits for the other side to read."""
    many = [list(range(100_000))] * 8
    loader = DataLoader(
        Made(lambda i: i, 100_000), batch_sampler=many, num_workers=1, collate_fn=lambda b: b"x" * 300_000
    )
    it = iter(loader)
    time.sleep(0.1)
    assert [len(b) for b in it] == [300_000] * 8


def test_the_quick_are_first_when_they_may() -> None:
    released = tidu.multiprocessing.Event()

    def unequal(i: int) -> int:
        if i == 0:
            released.wait()
        return i

    it = iter(DataLoader(Made(unequal, 6), num_workers=2, in_order=False, timeout=60))
    first = int(next(it))
    released.set()
    assert first == 1 and sorted(int(b) for b in it) == [0, 2, 3, 4, 5]


def test_a_worker_may_load_too() -> None:
    def inner(i: int) -> int:
        assert get_worker_info() is not None
        return sum(int(b) for b in DataLoader(range(i), 1))

    assert [int(b) for b in DataLoader(Made(inner, 4), num_workers=1)] == [0, 0, 1, 3]


# ---- the loader's process ends

SCRIPT = """
import signal, sys, time, warnings
import tidu
from tidu.utils.data import DataLoader, Dataset
from tidu.utils.data._utils import worker

warnings.simplefilter("ignore")
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job has ignored
worker.MP_STATUS_CHECK_INTERVAL = 0.2

class Images(Dataset):
    def __len__(self):
        return 10**6
    def __getitem__(self, i):
        if i > 8:
            time.sleep(float(sys.argv[1]))
        return tidu.ones(30000)

it = iter(DataLoader(Images(), num_workers=4, persistent_workers=sys.argv[2] == "persistent"))
for _ in range(4):
    next(it)
print(*[w.pid for w in it._workers], flush=True)
if sys.argv[2] == "ends":
    sys.exit()
for batch in it:
    pass
"""


ENDS = [("ctrl-c", 0), ("ctrl-c", 100), ("killed", 100), ("ends", 0), ("persistent", 100)]
OTHER_ENDS = [("interrupted", 0), ("interrupted", 100), ("killed", 0), ("ends", 100), ("persistent", 0)]


@pytest.mark.parametrize("how, busy", ENDS + OTHER_ENDS if effort.long() else ENDS)
def test_no_worker_outlives_the_loader(how: str, busy: float) -> None:
    command = [sys.executable, "-c", SCRIPT, str(busy), how]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert run.stdout is not None
    workers = set(map(int, run.stdout.readline().split()))
    assert len(workers) == 4
    time.sleep(0.1)
    if how in ("ctrl-c", "persistent"):
        os.killpg(run.pid, signal.SIGINT)
    elif how != "ends":
        os.kill(run.pid, signal.SIGINT if how == "interrupted" else signal.SIGKILL)
    try:
        _, said = run.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)  # or it would go on, and with it its workers, beside all later tests
        raise
    until = time.monotonic() + 20
    while any(map(running, workers)):
        assert time.monotonic() < until, "workers are left"
        time.sleep(0.01)
    assert run.returncode == {"killed": -signal.SIGKILL, "ends": 0}.get(how, -signal.SIGINT)
    assert ("KeyboardInterrupt" in said) == (how not in ("killed", "ends"))
    assert "Process" not in said  # with which a worker's traceback would begin


# ---- for long


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_fifty_epochs_with_every_accident() -> None:
    """No process, no descriptor and no memory more at the end than after the first epochs."""

    def sample(i: int) -> tidu.Tensor:
        epoch, place = divmod(i, 64)
        if place == 50:
            if epoch % 5 == 1:
                raise ValueError("in the worker")
            if epoch % 5 == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            if epoch % 5 == 3:
                time.sleep(100)
        return tidu.full((3, 64, 64), float(place))

    def resident() -> int:
        return int((PROC / "self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

    outcomes = []
    after: list[int] = []
    start, before = time.monotonic(), children()
    for epoch in range(50):
        loader = DataLoader(
            Made(sample), 4, sampler=range(64 * epoch, 64 * epoch + 64), num_workers=4, timeout=2 * (epoch % 5 == 3)
        )
        seen = 0
        try:
            for batch in loader:
                assert batch[:, 0, 0, 0].tolist() == [4 * seen + k for k in range(4)]
                seen += 1
                if epoch % 5 == 4 and seen == 7:
                    break
            outcomes.append(seen)
        except (ValueError, RuntimeError) as caught:
            outcomes.append(type(caught).__name__ + str(caught)[:20])
        loader = batch = None
        gc.collect()
        assert children() <= before
        after.append(resident())
    told = ("ValueErrorCaught ValueError in", "RuntimeErrorDataLoader worker (p", "RuntimeErrorDataLoader timed out")
    assert outcomes == [16, *told, 7] * 10
    assert max(after[10:]) < max(after[:10]) + 20
    assert time.monotonic() - start < 300
