"""A call that does not end is stopped, in the main thread and in another, and leaves nothing behind."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest

from autograder.student import stopping

STUBBORN = {
    "plain": "while True:\n    pass",
    "catches Exception": "while True:\n    try:\n        x = 1\n    except Exception:\n        pass",
    "catches all": "while True:\n    try:\n        while True: x = 1\n    except BaseException:\n        pass",
    "bare except": "while True:\n    try:\n        x = 1\n    except:\n        continue",
    "twice": (
        "while True:\n    try:\n        while True:\n            try:\n                while True: pass\n"
        "            except BaseException:\n                pass\n    except BaseException:\n        pass"
    ),
    "finally": "while True:\n    try:\n        while True: pass\n    finally:\n        continue",
    "calls in the handler": (
        "def log(): pass\nwhile True:\n    try:\n        while True: pass\n    except BaseException:\n        log()"
    ),
    "generator": "for _ in iter(int, 1):\n    pass",
    "sleeps": "import time\nwhile True:\n    time.sleep(0.01)",
    "comprehension": "[0 for _ in iter(int, 1) if _]",
    "recursion": "def f(n):\n    try:\n        f(n + 1)\n    except RecursionError:\n        pass\n    f(n)\nf(0)",
}


def body(source):
    names: dict[str, object] = {}
    exec("def answer():\n" + "\n".join(f"    {line}" for line in source.splitlines()), names)
    return names["answer"]


def in_another_thread(function):
    """Run ``function`` where no signal arrives, and raise here what it raised there."""
    found = []

    def run():
        try:
            found.append((function(), None))
        except BaseException as error:
            found.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert found, "it is still running"
    if found[0][1] is not None:
        raise found[0][1]
    return found[0][0]


THREADS = {"main thread": lambda function: function(), "another thread": in_another_thread}


@pytest.fixture(params=THREADS)
def runner(request):
    return THREADS[request.param]


@pytest.mark.parametrize("name", STUBBORN)
def test_a_loop_that_does_not_end_is_stopped(name, runner):
    start = time.monotonic()
    with pytest.raises(stopping.Stopped):
        runner(lambda: stopping.within(0.2, body(STUBBORN[name]), (), {}))
    assert time.monotonic() - start < 3


def test_what_ends_in_time_returns_or_raises_as_it_would(runner):
    assert runner(lambda: stopping.within(5, divmod, (7, 2), {})) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        runner(lambda: stopping.within(5, divmod, (7, 0), {}))


def test_nothing_is_left_behind(runner):
    kept, heard = signal.getsignal(signal.SIGALRM), []
    trace, threads = sys.gettrace(), threading.active_count()
    try:
        signal.signal(signal.SIGALRM, lambda *a: heard.append(a))
        mine = signal.getsignal(signal.SIGALRM)
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        for _ in range(20):
            runner(lambda: stopping.within(0.5, sum, ([1, 2],), {}))
        with pytest.raises(stopping.Stopped):
            runner(lambda: stopping.within(0.1, body(STUBBORN["catches all"]), (), {}))
        assert signal.getsignal(signal.SIGALRM) is mine and not heard
        time.sleep(1.2)
        assert len(heard) == 1, "the timer of somebody else still runs"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, kept)
    assert sys.gettrace() is trace and threading.active_count() == threads


def test_a_second_call_starts_afresh(runner):
    for _ in range(3):
        with pytest.raises(stopping.Stopped):
            runner(lambda: stopping.within(0.05, body(STUBBORN["catches Exception"]), (), {}))
        time.sleep(0.05)
        assert runner(lambda: stopping.within(1, sum, ([1, 2],), {})) == 3
