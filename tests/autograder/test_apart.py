"""An examiner that sits in C is ended from outside: that submission needs a look, the rest of the class is graded."""

from __future__ import annotations

import ctypes
import json
import os
import re
import threading
import time

import pytest

from autograder.classroom import apart, batch, work
from autograder.classroom.folder import stored_outcome
from autograder.classroom.work import Budget
from autograder.grading import guard
from tests.autograder import batches

SITS = (re.fullmatch, "(a|a)*b", "a" * 28)  # half a minute, in which no instruction of Python's comes


def sits():
    """In C too, for ever and with the lock of the interpreter, but idle: it takes a mutex twice."""
    mutex, lock = ctypes.create_string_buffer(64), ctypes.PyDLL(None).pthread_mutex_lock
    lock(mutex)
    lock(mutex)


@pytest.fixture
def one():
    one = apart.Apart()
    yield one
    one.close()


def sits_within_its_own_deadline(how, *given):
    with guard.deadline(0.1):
        return how(*given)


def test_work_in_c_is_ended_whatever_was_meant_to_stop_it(one):
    one.run(int, seconds=60)  # it has started
    start = time.monotonic()
    with pytest.raises(apart.Overdue, match=r"more than 1 s"):
        one.run(sits_within_its_own_deadline, *SITS, seconds=1)
    assert time.monotonic() - start < 10
    assert one.run(sum, [1, 2], seconds=60) == 3  # in a process that was started anew


def test_waiting_in_c_is_ended_like_computing_in_c(one):
    one.run(int, seconds=60)
    with pytest.raises(apart.Overdue, match=r"more than 1 s"):
        one.run(sits_within_its_own_deadline, sits, seconds=1)


def test_what_is_raised_there_is_raised_here_and_the_process_stays(one):
    there = one.run(os.getpid, seconds=60)
    with pytest.raises(ZeroDivisionError):
        one.run(divmod, 1, 0, seconds=60)
    assert one.run(os.getpid, seconds=60) == there != os.getpid()


def test_time_is_counted_from_each_piece_of_work(one):
    one.run(int, seconds=60)
    for _ in range(3):
        one.run(time.sleep, 0.4, seconds=1)


def test_a_process_that_ends_is_told_from_one_that_was_too_slow(one):
    with pytest.raises(apart.Died, match=r"\(3\)"):
        one.run(os._exit, 3, seconds=60)
    assert one.run(int, "7", seconds=60) == 7


def test_who_waits_is_told_when_it_is_closed(one):
    one.run(int, seconds=60)
    told = []

    def wait():
        try:
            one.run(time.sleep, 60, seconds=60)
        except apart.Died:
            told.append("died")

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    one.close()
    thread.join(10)
    assert told == ["died"]
    with pytest.raises(apart.Died):
        one.run(int, seconds=60)


def test_an_interrupted_question_leaves_no_answer_behind(one, monkeypatch):
    one.run(int, seconds=60)

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(apart.Connection, "recv", interrupt)
        with pytest.raises(KeyboardInterrupt):
            one.run(int, "1", seconds=60)
    assert one.run(int, "2", seconds=60) == 2


def test_nothing_of_the_folder_that_it_happens_to_be_in_is_imported(one, tmp_path, monkeypatch):
    for name in ("signal", "ctypes", "json", "autograder"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    assert one.run(int, "7", seconds=60) == 7


def chosen(given):
    return b"x + 2" in given.data and given.data.endswith(b"}")


def sits_for_some(given):
    """In place of ``grade``: of a submission with a wrong answer it has no end."""
    if chosen(given):
        sits()
    return work.grade(given)


@pytest.mark.parametrize("scheduler", [None, "local"], ids=["processes", "Dask"])
def test_one_submission_whose_examiner_sits_in_c_costs_its_own_time_alone(scheduler, tmp_path, monkeypatch):
    room = batches.make(tmp_path / "class", 4)
    monkeypatch.setattr(batch, "grade", sits_for_some)
    start = time.monotonic()
    budget = Budget(submission=6.0, examiner=1.0, end=1.0)
    lines = batch.grade_class(room, [batches.NAME], jobs=1, scheduler=scheduler, budget=budget)
    assert time.monotonic() - start < 60
    assert [line.status for line in lines] == ["graded", "needs a look", "graded", "not gradable"]
    assert lines[1].earned is None and "more than 8 s" in lines[1].reason.en and "8 秒" in lines[1].reason.zh
    assert lines[0].earned == batches.POINTS


def test_one_whose_process_dies_each_time_needs_a_look_too(tmp_path, monkeypatch):
    room = batches.make(tmp_path / "class", 2)
    monkeypatch.setattr(batch, "grade", dies_for_some)
    lines = batch.grade_class(room, [batches.NAME], jobs=1)
    assert [line.status for line in lines] == ["graded", "needs a look"]
    assert "ended in the middle, twice" in lines[1].reason.en and "两次" in lines[1].reason.zh


def dies_for_some(given):
    if chosen(given):
        os._exit(5)
    return work.grade(given)


def test_nbgraders_own_command_goes_on_too(tmp_path, monkeypatch):
    from autograder.classroom import plugins  # which other processes of this file need not load
    from tests.autograder.test_nbgrader import command

    room = batches.make(tmp_path / "class", 2)
    monkeypatch.setattr(plugins, "grade", sits_for_some)
    monkeypatch.setattr(Budget, "longest", 8.0)
    monkeypatch.chdir(room.root)
    assert command("autograde", batches.NAME) == 0
    graded = (room.path("autograded", batches.NAME, student) for student in ("s0000", "s0001"))
    assert [stored_outcome(json.loads(path.read_text())).status for path in graded] == ["graded", "needs a look"]


def test_what_may_be_taken_in_all_is_less_than_two_minutes():
    assert Budget().longest < 120
