"""How a worker ended is said, in both languages; and the examiner has limits of its own, in any thread."""

from __future__ import annotations

import contextlib
import signal
import threading
import time

import pytest

from autograder.grading import examiner, guard, sandbox
from autograder.grading.session import Budget, _ending
from autograder.grading.submission import grade_bytes
from autograder.judging.card import as_html
from tests.autograder import classroom

QUICK = Budget(cell=3.0, call=1.5, exercise=3.0, notebook=30.0, restarts=2, examiner=0.5)
ENDS = {
    "exit": "__import__('os')._exit(3)",
    "memory": "global kept\n    kept = []\n    while True:\n        kept.append(np.zeros(1 << 20))",
    "time": "while True:\n        pass",
    "signal": "__import__('ctypes').string_at(0)",
    "filter": "__import__('ctypes').CDLL(None).syscall(__import__('ctypes').c_long(0x40000000 | 39))",
    "answer": "import os\n    for fd in range(3, 20):\n        try:\n            os.write(fd, b'\\xff' * 64)\n"
    "        except OSError:\n            pass",
}


def graded(answers, budget=QUICK):
    data = classroom.as_bytes(classroom.submission(answers))
    made = classroom.NAME, classroom.release(), data, classroom.EXERCISES
    return grade_bytes(*made, seed=11, tier=sandbox.choose(), budget=budget)[1]


@pytest.mark.parametrize("end", ENDS)
def test_each_end_of_a_worker_is_named(end, monkeypatch):
    monkeypatch.setattr(examiner, "objections", lambda *rest: [])
    outcome = graded({"scale": f"import numpy as np\ndef scale(x, k):\n    {ENDS[end]}"})
    result = outcome.results["scale"]
    if end == "time":  # the card says so, as it does at home
        assert result.status == "timeout" and "did not return in time" in result.messages[-1].en
    else:
        assert result.messages[-1].en.startswith(f"how it ended: {end}")
        assert f"结束方式：{end}" in as_html(result, "both")
    assert result.earned == 0 and outcome.results["steps"].earned == 4 and outcome.failures == {}


def test_a_status_has_one_name():
    given = [None, 0, 3, sandbox.OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGXCPU, -signal.SIGSYS, -signal.SIGSEGV]
    assert [*map(_ending, given)] == ["answer", "exit", "exit", "memory", "memory", "time", "filter", "signal"]


def test_the_deadline_holds_in_any_thread():
    told = []

    def work():
        try:
            with guard.deadline(0.2):
                while True:
                    pass
        except guard.ExaminerTimeout:
            told.append("stopped")
        time.sleep(0.1)
        told.append("goes on")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert told == ["stopped", "goes on"]


def test_a_deadline_leaves_nothing_behind():
    for _ in range(50):
        with contextlib.suppress(guard.ExaminerTimeout), guard.deadline(0.0005):
            pass
    time.sleep(0.05)
    assert threading.active_count() < 10


def test_the_examiner_has_only_so_much_memory():
    with pytest.raises(MemoryError), guard.memory(64 << 20):
        bytearray(256 << 20)
    bytearray(256 << 20)


def test_a_submission_has_a_budget_of_its_own(monkeypatch):
    """What holds nowhere else is stopped from outside, and a person looks at it: no zero is given."""

    def slow(*rest, **more):
        while True:
            pass

    monkeypatch.setattr("autograder.grading.intake.take", slow)
    start = time.monotonic()
    outcome = graded({}, Budget(submission=0.5, examiner=0.5))
    assert outcome.status == "needs a look" and time.monotonic() - start < 5


def test_all_workers_of_a_submission_share_its_time():
    start = time.monotonic()
    hang = {"scale": "while True:\n    pass", "steps": "while True:\n    pass"}
    graded(hang, Budget(cell=5.0, submission=2.0))
    assert time.monotonic() - start < 5
