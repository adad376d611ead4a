"""Nothing stays in shared memory, whoever is killed, whatever is never received, and nobody waits for ever."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import tidu as t
from tests import effort
from tests.multiprocessing.held import held
from tidu import multiprocessing as mp

fork: Any = mp.get_context("fork")
MANY = effort.rounds(200, 1000)


def make(q: Any, count: int, go_on: Any) -> None:
    for i in range(count):
        if i == count // 2:
            go_on.get()
        q.put((os.getpid(), t.full((20_000 if i % 3 else 5,), float(i))))


def pass_on(q: Any, r: Any) -> None:
    while (message := q.get()) is not None:
        message[1].add_(1)
        r.put(message)
    r.put(None)


@pytest.mark.parametrize("victim", range(4) if effort.long() else (0, 3))
def test_one_of_four_is_killed(victim: int, nothing_left: None) -> None:
    """Two processes make tensors, two others write into them; what was not with the one that is killed arrives."""
    there, back, go_on = fork.Queue(), fork.Queue(), fork.Queue()
    makers = [fork.Process(target=make, args=(there, MANY // 2, go_on)) for _ in range(2)]
    writers = [fork.Process(target=pass_on, args=(there, back)) for _ in range(2)]
    processes = makers + writers
    for process in processes:
        process.start()
    received = {process.pid: 0 for process in makers}
    ends = 0
    while ends < 2 - (victim >= 2):
        message = back.get(timeout=60)
        if message is None:
            ends += 1
            continue
        maker, x = message
        assert x[0] >= 1 and x[-1] == x[0]
        received[maker] += 1
        if sum(received.values()) == MANY // 8:
            processes[victim].kill()
            processes[victim].join()
            for _ in makers:
                go_on.put("go on")
            for process in makers:
                process.join(60)
            for _ in range(2 - (victim >= 2)):
                there.put(None)
    if victim < 2:
        assert received[makers[1 - victim].pid] == MANY // 2
    assert MANY // 8 <= sum(received.values()) <= MANY
    del message, x
    for process in processes:
        process.join(60)
        assert process.exitcode == (-signal.SIGKILL if process is processes[victim] else 0)
        process.close()


def hold(q: Any, ready: Any) -> None:
    kept = [q.get() for _ in range(3)]
    ready.put(len(kept))
    time.sleep(600)


def test_what_a_killed_process_held(nothing_left: None) -> None:
    q, ready = fork.Queue(), fork.Queue()
    process = fork.Process(target=hold, args=(q, ready))
    process.start()
    for _ in range(3):
        q.put(t.ones(20_000))
    assert ready.get(timeout=60) == 3
    process.kill()
    process.join()
    process.close()


def test_what_nobody_receives(nothing_left: None) -> None:
    q = fork.Queue()
    q.put([t.ones(20_000), t.ones(3)])
    assert q._reader.poll(60)
    ours, unread = mp.Pipe()
    ours.send(t.ones(20_000))
    assert unread.poll()


class Fragile:
    """Breaks when it is unpickled, or pickled."""

    def __init__(self, when: str) -> None:
        self.when = when

    def __reduce__(self) -> Any:
        if self.when == "sent":
            raise ValueError("not to be sent")
        return fail, ()


def fail() -> None:
    raise ValueError("not to be received")


def test_what_fails_on_the_way(nothing_left: None) -> None:
    ours, theirs = mp.Pipe()
    with pytest.raises(ValueError, match="not to be sent"):
        ours.send([t.ones(20_000), Fragile("sent")])
    ours.send([t.ones(20_000), Fragile("received")])
    with pytest.raises(ValueError, match="not to be received"):
        theirs.recv()
    ours.send(t.ones(2))
    assert theirs.recv().tolist() == [1, 1]


def test_a_queue_goes_on_after_what_cannot_be_sent(nothing_left: None, capfd: Any) -> None:
    q = fork.Queue()
    q.put([t.ones(20_000), Fragile("sent")])
    q.put(t.ones(20_000))
    assert q.get(timeout=60).sum() == 20_000
    assert "not to be sent" in capfd.readouterr().err


@pytest.mark.parametrize("strategy", ["file_descriptor", "file_system"])
def test_memory_is_let_go_of_in_one_thread_while_another_receives_it(strategy: str, nothing_left: None) -> None:
    """The sender's last use of a segment ends as the receiver asks whether this process has it already."""
    before, often = mp.get_sharing_strategy(), sys.getswitchinterval()
    ours, theirs = mp.Pipe()

    def send() -> None:
        for i in range(MANY):
            ours.send(t.full((20_000,), i % 7))

    mp.set_sharing_strategy(strategy)
    sys.setswitchinterval(1e-5)
    try:
        sender = threading.Thread(target=send)
        sender.start()
        for i in range(MANY):
            assert theirs.recv().sum() == 20_000 * (i % 7)
        sender.join()
    finally:
        sys.setswitchinterval(often)
        mp.set_sharing_strategy(before)


def test_a_reader_that_is_killed_while_it_waits_takes_no_lock_along(nothing_left: None) -> None:
    for q in (fork.Queue(), fork.SimpleQueue()):
        waiting = fork.Process(target=pass_on, args=(q, q))
        waiting.start()
        time.sleep(0.05)
        waiting.kill()
        waiting.join()
        waiting.close()
        q.put("still there")
        assert q._reader.poll(60) and q.get() == "still there"


def test_too_few_descriptors_are_an_error(nothing_left: None) -> None:
    """Of the receiver's and of the sender's, and not a message without its memory."""
    ours, theirs = mp.Pipe()
    ours.send([t.ones(20_000) for _ in range(20)])
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (held().descriptors + 8, before[1]))
    try:
        with pytest.raises(OSError, match="too many open files to receive tensors"):
            theirs.recv()
        with pytest.raises(OSError, match=r"no shared memory for 80000 bytes.*set_sharing_strategy"):
            [t.ones(20_000).share_memory_() for _ in range(20)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


PROGRAM = """
import os, signal, sys, time
import tidu as t
from tidu import multiprocessing as mp
mp.set_sharing_strategy("file_system")
def hold(q):
    kept = q.get()
    time.sleep(600)
kept = [t.ones(n).share_memory_() for n in (3, 20_000)]
q = mp.Queue()
child = mp.Process(target=hold, args=(q,))
child.start()
q.put(t.ones(20_000))
time.sleep(0.1)
child.kill()
child.join()
q.put(t.ones(20_000))
time.sleep(0.1)
print(next(n for n in os.listdir("/dev/shm") if n.startswith(f"tidu-{os.getpid()}-")), flush=True)
if sys.argv[1] == "killed":
    os.killpg(0, signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["ended", "killed"] if effort.long() else ["killed"])
def test_files_of_a_program_that_is_gone(how: str) -> None:
    """With all its processes: its end is seen from outside."""
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], stdout=subprocess.PIPE, text=True, start_new_session=True, timeout=120
    )
    assert program.returncode == (-signal.SIGKILL if how == "killed" else 0)
    directory = Path("/dev/shm", program.stdout.strip())
    end = time.monotonic() + 60
    while directory.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert directory.name.startswith("tidu-") and not directory.exists()
