"""Grade a class: tasks run in parallel processes, one writer puts notebooks and scores where they belong.

A task is pure (released notebook, submitted bytes, seed), and its digest is stored with what it made.  A batch that
is stopped anywhere goes on where it was: what was stored is not graded again, and nothing is counted twice.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from autograder import exercises
from autograder.classroom import gradebook
from autograder.classroom.folder import (
    Classroom,
    ClassroomError,
    Graded,
    Submission,
    digest,
    stored_outcome,
    write_notebook,
)
from autograder.grading import intake, sandbox
from autograder.grading.notes import note
from autograder.grading.session import Budget
from autograder.grading.submission import NEEDS_LOOK, Outcome, grade_bytes, skeleton

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """What grading one submission needs. 为一份提交评分所需的一切。"""

    submission: Submission
    release: dict[str, Any]
    seed: int
    tier: str
    budget: Budget


@dataclass(frozen=True)
class Done:
    """A finished task; ``fresh`` is False when the stored grade was still good. 一项完成的任务。"""

    graded: Graded
    fresh: bool


def grade_class(
    room: Classroom,
    assignments: Sequence[str],
    *,
    jobs: int | None = None,
    force: bool = False,
    students: Iterable[str] = (),
    tier: str | None = None,
    budget: Budget | None = None,
    progress: Callable[[int, int, Done], None] | None = None,
) -> list[Graded]:
    """Grade every submission of some assignments and return the class list. 为若干次作业的全部提交评分。

    jobs       processes that grade at the same time; the number of processors by default
    force      grade again what was graded and has not changed
    students   only these
    progress   called with (done, all, what was done last)

    Raises :class:`ClassroomError` when an assignment was not released, and ``SandboxError`` when this machine cannot
    start a worker.  What is in a submission never raises.
    """
    tier = tier or sandbox.choose()
    wanted = set(students)
    tasks = []
    for assignment in assignments:
        release = room.release(assignment)
        found = [s for s in room.submissions(assignment) if not wanted or s.student in wanted]
        tasks += [Task(s, release, room.seed, tier, budget or Budget()) for s in found]
    missing = wanted - {task.submission.student for task in tasks}
    if missing:
        raise ClassroomError(f"no submission by {', '.join(sorted(missing))} for {', '.join(assignments)}")
    lines: list[Graded] = []
    with gradebook.open_gradebook(room.database) as book:
        for assignment in assignments:
            _require_assignment(book, assignment)
        for done in _finished(room, tasks, jobs or os.cpu_count() or 1, force):
            submission = Submission(done.graded.student, done.graded.assignment, room.root)
            _store_scores(room, book, submission, done)
            lines.append(done.graded)
            if progress is not None:
                progress(len(lines), len(tasks), done)
    return sorted(lines, key=lambda line: (line.assignment, line.student))


def _require_assignment(book: Any, assignment: str) -> None:
    from nbgrader.api import MissingEntry

    try:
        book.find_notebook(assignment, assignment)
    except MissingEntry:
        raise ClassroomError(f"the gradebook does not know {assignment}: run autograder release {assignment}") from None


def _store_scores(room: Classroom, book: Any, submission: Submission, done: Done) -> None:
    assert done.graded.outcome is not None
    timestamp = None
    if done.fresh:
        timestamp = _timestamp(room, submission)
    gradebook.ensure_submission(book, submission.assignment, submission.student, timestamp)
    gradebook.store(book, submission.assignment, submission.student, done.graded.outcome)


def _timestamp(room: Classroom, submission: Submission) -> str | None:
    """When it was handed in, as ``timestamp.txt`` says; kept beside the grade, where nbgrader compares the two."""
    from nbgrader.utils import parse_utc

    source = room.path("submitted", submission.assignment, submission.student).with_name("timestamp.txt")
    target = room.path("autograded", submission.assignment, submission.student).with_name("timestamp.txt")
    try:
        text = intake.read(source)[:64].decode("utf-8", "replace").strip()
        parse_utc(text)
    except Exception:  # it is a student's file, and what the parser makes of one is not ours to foresee
        return None
    target.write_text(text + "\n", encoding="utf-8")
    return text


def _finished(room: Classroom, tasks: list[Task], jobs: int, force: bool) -> Iterator[Done]:
    """The tasks as they finish: first those whose stored grade is still good, then those that had to be graded."""
    left = []
    for task in tasks:
        stored = None if force else _stored(room, task)
        if stored is None:
            left.append(task)
        else:
            yield Done(Graded(task.submission.student, task.submission.assignment, stored), fresh=False)
    for task, notebook, outcome in _run(left, min(jobs, len(left))):
        write_notebook(room.path("autograded", task.submission.assignment, task.submission.student), notebook)
        yield Done(Graded(task.submission.student, task.submission.assignment, outcome), fresh=True)


def _stored(room: Classroom, task: Task) -> Outcome | None:
    file = room.path("autograded", task.submission.assignment, task.submission.student)
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        outcome = stored_outcome(notebook)
        current = digest(_submitted(task.submission)[1], task.release, task.seed, task.submission.modules())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = notebook["metadata"]["tidu"].get("digest") == current
    return outcome if same and outcome.status != NEEDS_LOOK else None


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
    notebook, outcome = grade_bytes(
        submission.assignment,
        task.release,
        data,
        exercises.load(submission.assignment),
        seed=task.seed,
        tier=task.tier,
        budget=task.budget,
        modules=modules,
    )
    notebook["metadata"]["tidu"]["digest"] = digest(given, task.release, task.seed, modules)
    return notebook, outcome


def _failed(task: Task, error: BaseException) -> tuple[dict[str, Any], Outcome]:
    """What a submission comes to that the grader itself failed on: no score, and a person looks at it."""
    name = task.submission.assignment
    why = note("examiner", error=f"{type(error).__name__}: {error}"[:300])
    failures = {exercise.id: why.en for exercise in exercises.load(name)}
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
