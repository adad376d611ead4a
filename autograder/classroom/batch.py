"""Grade a class: tasks run in parallel processes, one writer puts notebooks and scores where they belong.

A task is pure (released notebook, submitted bytes, seed), and its digest is stored with what it made.  A batch that
is stopped anywhere goes on where it was: what was stored is not graded again, and nothing is counted twice.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from autograder.classroom import gradebook
from autograder.classroom.folder import (
    Classroom,
    ClassroomError,
    Graded,
    Submission,
    digest,
    exercises_of,
    stored_outcome,
    write_notebook,
)
from autograder.classroom.times import read_time
from autograder.grading import intake, sandbox
from autograder.grading.notes import note
from autograder.grading.session import Budget
from autograder.grading.submission import NEEDS_LOOK, Outcome, grade_bytes, skeleton

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """What grading one submission needs. 为一份提交评分所需的一切。

    release   the released notebook with its hidden tests
    only      ids of the exercises to grade again; the others stay as they are in ``before``
    before    the outcome of the last time, where there was one
    """

    submission: Submission
    release: dict[str, Any]
    seed: int
    tier: str
    budget: Budget
    only: tuple[str, ...] = ()
    before: Outcome | None = None


@dataclass(frozen=True)
class Done:
    """A finished task; ``fresh`` is False when the stored grade was still good. 一项完成的任务。"""

    graded: Graded
    fresh: bool
    before: Outcome | None = None


def grade_class(
    room: Classroom,
    assignments: Sequence[str],
    *,
    jobs: int | None = None,
    force: bool = False,
    students: Iterable[str] = (),
    only: Iterable[str] = (),
    tier: str | None = None,
    budget: Budget | None = None,
    progress: Callable[[int, int, Done], None] | None = None,
    left_out: Callable[[ClassroomError], None] | None = None,
) -> list[Graded]:
    """Grade every submission of some assignments and return the class list. 为若干次作业的全部提交评分。

    jobs       processes that grade at the same time; the number of processors by default
    force      grade again what was graded and has not changed
    students   only these
    only       grade these exercises again, whatever changed, and leave the others as they are
    progress   called with (done, all, what was done last)
    left_out   told why an assignment cannot be graded, while the others are; without it that ends the batch

    Raises :class:`ClassroomError` when an assignment was not released, and ``SandboxError`` when this machine cannot
    start a worker.  What is in a submission never raises.
    """
    tier = tier or sandbox.choose()
    wanted, chosen = set(students), tuple(only)
    tasks: list[Task] = []
    lines: list[Graded] = []
    with gradebook.open_gradebook(room.database) as book:
        for assignment in assignments:
            try:
                tasks += _tasks(room, book, assignment, wanted, chosen, (tier, budget or Budget()))
            except ClassroomError as error:
                if left_out is None:
                    raise
                left_out(error)
        missing = wanted - {task.submission.student for task in tasks}
        if missing:
            who, what = ", ".join(sorted(missing)), ", ".join(assignments)
            raise ClassroomError(f"no submission by {who} for {what} (--student)", f"{who} 没有交 {what}（--student）")
        penalties = gradebook.Penalties(room)
        for done in _finished(room, tasks, jobs or os.cpu_count() or 1, force):
            _store_scores(room, book, penalties, done)
            lines.append(done.graded)
            if progress is not None:
                progress(len(lines), len(tasks), done)
        known = {name: gradebook.standings(book, name) for name in {line.assignment for line in lines}}
    lines = [replace(line, standing=known[line.assignment].get((line.student, line.notebook))) for line in lines]
    return sorted(lines, key=lambda line: (line.assignment, line.notebook, line.student))


def _tasks(
    room: Classroom, book: Any, assignment: str, wanted: set[str], only: tuple[str, ...], how: tuple[str, Budget]
) -> list[Task]:
    releases = {
        name: gradebook.released(book, assignment, name, room.release(assignment, name))
        for name in room.notebooks(assignment)
    }
    known = {one.id for name in releases for one in exercises_of(name)}
    if not known.issuperset(only):
        there = ", ".join(sorted(known)) or "none, it brings its own tests"
        raise ClassroomError(f"{assignment} has no exercise {', '.join(sorted(set(only) - known))}; it has: {there}")
    tasks = []
    for one in room.submissions(assignment):
        if not wanted or one.student in wanted:
            task = Task(one, releases[one.notebook], room.seed, *how)
            here = tuple(name for name in only if any(name == exercise.id for exercise in exercises_of(one.notebook)))
            if here or not only:
                tasks.append(replace(task, only=here))
    return tasks


def _store_scores(room: Classroom, book: Any, penalties: gradebook.Penalties, done: Done) -> None:
    line = done.graded
    assert line.outcome is not None
    gradebook.ensure_submission(book, line.assignment, line.student, _timestamp(room, line))
    gradebook.store(book, line.assignment, line.student, line.outcome, done.before)
    penalties.assign(book, line.assignment, line.student, line.notebook)


def _timestamp(room: Classroom, line: Graded) -> datetime.datetime | None:
    """When it was handed in, as ``timestamp.txt`` says; kept beside the grade, where nbgrader compares the two.

    So is the secret by which nbgrader's exchange gives feedback back to whom it belongs.
    """
    _keep(room, line, "submission_secret.txt")
    time = read_time(_keep(room, line, "timestamp.txt")[:64].strip())
    return time.replace(tzinfo=None) if time else None


def _keep(room: Classroom, line: Graded, name: str) -> str:
    """The text of a small file beside a submission, copied beside its grade; empty when there is none."""
    source, target = (
        room.path(step, line.assignment, line.student).with_name(name) for step in ("submitted", "autograded")
    )
    try:
        data = intake.read(source)[:1024]
    except intake.Unreadable:
        return ""
    if not target.exists() or target.read_bytes() != data:
        target.write_bytes(data)
    return data.decode("utf-8", "replace")


def _finished(room: Classroom, tasks: list[Task], jobs: int, force: bool) -> Iterator[Done]:
    """The tasks as they finish: first those whose stored grade is still good, then those that had to be graded."""
    left = []
    for task in tasks:
        before, good = _stored(room, task)
        if good and not force and not task.only and before is not None:
            yield Done(_line(task, before), False, before)
        else:
            # what was not graded, or has changed since, is graded whole
            left.append(replace(task, before=before, only=task.only if good else ()))
    for task, notebook, outcome in _run(left, min(jobs, len(left))):
        one = task.submission
        write_notebook(room.path("autograded", one.assignment, one.student, one.notebook), notebook)
        yield Done(_line(task, outcome), True, task.before)


def _line(task: Task, outcome: Outcome) -> Graded:
    return Graded(task.submission.student, task.submission.assignment, task.submission.notebook, outcome)


def _stored(room: Classroom, task: Task) -> tuple[Outcome | None, bool]:
    """What grading stored the last time, and whether it would come to the same."""
    one = task.submission
    try:
        notebook = json.loads(
            room.path("autograded", one.assignment, one.student, one.notebook).read_text(encoding="utf-8")
        )
        outcome = stored_outcome(notebook)
        current = digest(_submitted(one)[1], task.release, task.seed, one.modules())
    except (OSError, ValueError, KeyError, TypeError):
        return None, False
    same = notebook["metadata"]["tidu"].get("digest") == current
    return outcome, same and outcome.status != NEEDS_LOOK


def _submitted(submission: Submission) -> tuple[bytes | intake.Unreadable, Any]:
    """What was handed in, or why it cannot be read; and the same as what the digest is made from."""
    try:
        data = submission.read()
        return data, data
    except intake.Unreadable as problem:
        return problem, problem.message


def _grade(task: Task) -> tuple[dict[str, Any], Outcome]:
    submission = task.submission
    data, given = _submitted(submission)
    modules = submission.modules()
    every = exercises_of(submission.notebook)
    notebook, outcome = grade_bytes(
        submission.notebook,
        task.release,
        data,
        [one for one in every if not task.only or one.id in task.only],
        seed=task.seed,
        tier=task.tier,
        budget=task.budget,
        modules=modules,
        before=task.before if task.only else None,
        handed_as="" if isinstance(data, intake.Unreadable) else submission.file().name,
    )
    notebook["metadata"]["tidu"]["digest"] = digest(given, task.release, task.seed, modules)
    return notebook, outcome


def _failed(task: Task, error: BaseException) -> tuple[dict[str, Any], Outcome]:
    """What a submission comes to that the grader itself failed on: no score, and a person looks at it."""
    name = task.submission.notebook
    why = note("examiner", error=f"{type(error).__name__}: {error}"[:300])
    failures = {exercise.id: why.en for exercise in exercises_of(name)}
    outcome = Outcome(name, NEEDS_LOOK, task.tier, failures=failures, why=why)
    notebook = skeleton(task.release, None)
    notebook["metadata"] = {**notebook["metadata"], "tidu": outcome.to_json()}
    return notebook, outcome


def _run(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, dict[str, Any], Outcome]]:
    """Grade the tasks in ``jobs`` processes; those that were under way when a process died go again, each alone."""
    todo, suspects = list(tasks), []
    while todo:
        with _pool(jobs) as pool:
            waiting: dict[Future[tuple[dict[str, Any], Outcome]], Task] = {}
            broken = False
            while waiting or (todo and not broken):
                # few at a time, so that a pool that dies takes few with it
                while todo and not broken and len(waiting) < 2 * jobs:
                    try:
                        waiting[pool.submit(_grade, todo[0])] = todo[0]
                        del todo[0]
                    except BrokenProcessPool:
                        broken = True
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    task, error = waiting.pop(future), future.exception()
                    if error is None:
                        yield task, *future.result()
                    elif isinstance(error, BrokenProcessPool):
                        broken = True
                        suspects.append(task)
                    else:
                        yield task, *_failed(task, error)
    for task in suspects:
        with _pool(1) as pool:
            again = pool.submit(_grade, task)
            error = again.exception()
            yield task, *(again.result() if error is None else _failed(task, error))


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    # each process grades one submission at a time: BLAS threads of its own would only fight over the processors
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    pool = ProcessPoolExecutor(max(jobs, 1), mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)  # a batch that is interrupted starts nothing more
