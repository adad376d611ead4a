"""Grade a class: tasks run in parallel processes, one writer puts notebooks and scores where they belong.

A task is pure (released notebook, submitted bytes, seed), and its digest is stored with what it made.  A batch that
is stopped anywhere goes on where it was: what was stored is not graded again, and nothing is counted twice.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from autograder.classroom import gradebook, ledger
from autograder.classroom.apart import Died
from autograder.classroom.backup import back_up
from autograder.classroom.folder import (
    Classroom,
    ClassroomError,
    Graded,
    Standing,
    exercises_of,
    stored_outcome,
    write_bytes,
    write_notebook,
)
from autograder.classroom.lock import locked
from autograder.classroom.processes import open_place
from autograder.classroom.times import read_time
from autograder.classroom.told import near
from autograder.classroom.who import name_anew
from autograder.classroom.work import AnotherVersion, Made, Task, Work, current, failed, grade, work_of
from autograder.grading import intake, sandbox
from autograder.grading.session import Budget
from autograder.grading.submission import NEEDS_LOOK, Outcome
from autograder.judging.catalogue import Message


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
    scheduler: str | None = None,
    budget: Budget | None = None,
    progress: Callable[[int, int, Done], None] | None = None,
    left_out: Callable[[ClassroomError], None] | None = None,
    told: Callable[[Message], None] | None = None,
) -> list[Graded]:
    """Grade every submission of some assignments and return the class list. 为若干次作业的全部提交评分。

    jobs       processes that grade at the same time; the number of processors by default
    force      grade again what was graded and has not changed
    students   only these
    only       grade these exercises again, whatever changed, and leave the others as they are
    scheduler  the address of a Dask scheduler whose workers grade, "local" for a cluster made for this batch
    progress   called with (done, all, what was done last)
    left_out   told why an assignment cannot be graded, while the others are; without it that ends the batch
    told       told what the instructor is to know though the batch goes on

    Raises :class:`ClassroomError` when an assignment was not released, and ``SandboxError`` when this machine cannot
    start a worker.  What is in a submission never raises.
    """
    tier = tier or sandbox.choose()
    wanted, chosen = set(students), tuple(only)
    tasks: list[Task] = []
    lines: list[Graded] = []
    with locked(room), ledger.opened(room.database) as book:
        for news in filter(None, [back_up(room), *name_anew(room)]):
            if told is not None:
                told(news)
        for assignment in assignments:
            try:
                tasks += _tasks(room, book, assignment, wanted, chosen, (tier, budget or Budget()))
            except ClassroomError as error:
                if left_out is None:
                    raise
                left_out(error)
        there = {name: ledger.standings(book, name) for name in {task.submission.assignment for task in tasks}}
        missing = wanted - {task.submission.student for task in tasks}
        if missing:
            who, what = ", ".join(sorted(missing)), ", ".join(assignments)
            meant = near(min(missing), {one.student for name in assignments for one in room.submissions(name)})
            raise ClassroomError(
                f"no submission by {who} for {what} (--student){meant.en}",
                f"{who} 没有交 {what}（--student）{meant.zh}",
            )
        penalties = gradebook.Penalties(room)
        written = False
        batch = _finished(room, tasks, jobs or os.cpu_count() or 1, force, scheduler, tier)
        with contextlib.closing(batch):
            for done in batch:
                line = done.graded
                if done.fresh or not _agrees(room, line, there[line.assignment].get((line.student, line.notebook))):
                    _store_scores(room, book, penalties, done)
                    written = True
                lines.append(line)
                if progress is not None:
                    progress(len(lines), len(tasks), done)
        if written:
            there = {name: ledger.standings(book, name) for name in there}
    lines = [replace(line, standing=there[line.assignment].get((line.student, line.notebook))) for line in lines]
    return sorted(lines, key=lambda line: (line.assignment, line.notebook, line.student))


def _tasks(
    room: Classroom, book: Any, assignment: str, wanted: set[str], only: tuple[str, ...], how: tuple[str, Budget]
) -> list[Task]:
    releases = {
        name: ledger.released(book, assignment, name, room.release(assignment, name))
        for name in room.notebooks(assignment)
    }
    known = {one.id for name in releases for one in exercises_of(name)}
    if not known.issuperset(only):
        strange, there = ", ".join(sorted(set(only) - known)), ", ".join(sorted(known))
        raise ClassroomError(
            f"{assignment} has no exercise {strange} (--exercise); it has: {there or 'none, it brings its own tests'}",
            f"{assignment} 没有练习 {strange}（--exercise）；有：{there or '无，它自带测试'}",
        )
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
    with ledger.transaction(book):
        handed_in = _timestamp(room, line)
        ledger.store(book, line.assignment, line.student, line.outcome, done.before, handed_in, penalties.of)


def _agrees(room: Classroom, line: Graded, standing: Standing | None) -> bool:
    """Whether the gradebook has what would be stored, so that a batch without news writes nothing."""
    if standing is None or line.outcome is None or standing.seconds_late > 0 or standing.penalty:
        return False
    when = _timestamp(room, line)
    if when is not None and standing.submitted != when:
        return False
    return all(mark.auto == line.outcome.score(name) for name, mark in standing.marks.items())


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
        write_bytes(target, data)
    return data.decode("utf-8", "replace")


def _finished(
    room: Classroom, tasks: list[Task], jobs: int, force: bool, scheduler: str | None, tier: str
) -> Generator[Done, None, None]:
    """The tasks as they finish: first those whose stored grade is still good, then those that had to be graded."""
    left = []
    for task in tasks:
        before, good = _stored(room, task)
        if good and not force and not task.only and before is not None:
            yield Done(_line(task, before), False, before)
        else:
            # what was not graded, or has changed since, is graded whole
            left.append(replace(task, before=before, only=task.only if good else ()))
    for task, (notebook, outcome) in _run(left, min(jobs, len(left)), scheduler, tier):
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
        now = current(task)
    except (OSError, ValueError, KeyError, TypeError):
        return None, False
    same = notebook["metadata"]["tidu"].get("digest") == now
    return outcome, same and outcome.status != NEEDS_LOOK


def _run(tasks: list[Task], jobs: int, scheduler: str | None, tier: str) -> Iterator[tuple[Task, Made]]:
    """Grade the tasks, ``jobs`` at a time; one whose process died goes again, once."""
    if not tasks:
        return
    todo = deque((task, 2) for task in tasks)
    with open_place(jobs, scheduler, tier) as place:
        waiting: dict[Future[Made], tuple[Task, int, Work]] = {}
        while todo or waiting:
            while todo and len(waiting) < 2 * place.jobs:  # few at a time, so that few are in memory
                task, tries = todo.popleft()
                work = work_of(task)
                waiting[place.submit(grade, work, seconds=work.budget.longest)] = task, tries - 1, work
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                task, left, work = waiting.pop(future)
                error = _error(future)
                if error is None:
                    yield task, future.result()
                elif isinstance(error, Died) and left:
                    todo.append((task, left))
                elif isinstance(error, AnotherVersion):
                    raise ClassroomError(
                        f"a worker cannot grade: it has {error}", f"有个工作进程不能评分：它的版本不同（{error}）"
                    )
                elif isinstance(error, CancelledError):
                    raise ClassroomError(
                        f"the Dask scheduler at {scheduler} is gone; grade again when it is back",
                        f"Dask 调度器 {scheduler} 断开了；等它恢复后再评一次，会接着做",
                    )
                else:
                    yield task, failed(work, error)


def _error(future: Future[Made]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error
