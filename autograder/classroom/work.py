"""What grading one submission needs and gives, free of paths: it may be done in any process, on any machine.

Work is pure: bytes, released notebook and seed go in, a notebook and its outcome come out.  So it may be done again
when a process or a machine dies, and what it comes to is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.classroom.apart import Died, Overdue
from autograder.classroom.folder import Submission, checks, digest, exercises_of
from autograder.grading import intake, sandbox
from autograder.grading.notes import note
from autograder.grading.session import Budget
from autograder.grading.submission import NEEDS_LOOK, Outcome, grade_bytes, skeleton
from autograder.judging.catalogue import Message

#: What grading a submission comes to: the graded notebook and its outcome.
Made = tuple[dict[str, Any], Outcome]


@dataclass(frozen=True)
class Task:
    """A submission that is to be graded. 一份待评的提交。

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
class Work:
    """A task with the bytes that were handed in, in place of where they lie. 评分任务，带着交来的字节。

    handed_as   the name of the file that was handed in
    """

    notebook: str
    data: bytes | intake.Unreadable
    handed_as: str
    modules: dict[str, str]
    release: dict[str, Any]
    seed: int
    tier: str
    budget: Budget
    only: tuple[str, ...]
    before: Outcome | None
    version: str


def work_of(task: Task) -> Work:
    """Read what was handed in for a task. 读入一项任务的提交。"""
    one = task.submission
    data: bytes | intake.Unreadable
    name = ""
    try:
        data = one.read()
        name = one.file().name
    except intake.Unreadable as problem:
        data = problem
    given = (task.release, task.seed, task.tier, task.budget, task.only, task.before if task.only else None)
    return Work(one.notebook, data, name, one.modules(), *given, checks())


def current(task: Task) -> str:
    """The digest that grading the task now would store. 现在评分会存下的摘要。"""
    return _digest(work_of(task))


def _digest(work: Work) -> str:
    given = work.data.message if isinstance(work.data, intake.Unreadable) else work.data
    return digest(given, work.release, work.seed, work.modules)


class AnotherVersion(Exception):
    """This process has another autograder, library or exercises than the one that handed out the work."""


def grade(work: Work) -> Made:
    """Grade one submission. 为一份提交评分。

    Raises :class:`AnotherVersion` where the grade could be another one.
    """
    if work.version != checks():
        raise AnotherVersion(f"version {checks()} of tidu and its autograder, expected {work.version}")
    every = exercises_of(work.notebook)
    notebook, outcome = grade_bytes(
        work.notebook,
        work.release,
        work.data,
        [one for one in every if not work.only or one.id in work.only],
        seed=work.seed,
        tier=work.tier,
        budget=work.budget,
        modules=work.modules,
        before=work.before,
        handed_as=work.handed_as,
    )
    notebook["metadata"]["tidu"]["digest"] = _digest(work)
    return notebook, outcome


def failed(work: Work, error: BaseException) -> Made:
    """What a submission comes to that the grader itself failed on: no score, and a person looks at it.

    评分程序自己出错时的结论：没有得分，请人来看。
    """
    name = work.notebook
    if isinstance(error, Overdue):
        why = note("overdue", seconds=f"{work.budget.longest:g}")
    elif isinstance(error, Died):
        why = note("died", how=error)
    else:
        why = note("examiner", error=f"{type(error).__name__}: {error}"[:300])
    failures = {exercise.id: why.text("both", " / ") for exercise in exercises_of(name)}
    outcome = Outcome(name, NEEDS_LOOK, work.tier, failures=failures, why=why)
    notebook = skeleton(work.release, None)
    notebook["metadata"] = {**notebook["metadata"], "tidu": outcome.to_json()}
    return notebook, outcome


def unfit(tier: str, wanted: str) -> Message | None:
    """Why this process cannot grade for another, in a few words; None when it can. 本进程为何不能代为评分。"""
    if checks() != wanted:
        return Message(
            f"那里的 tidu、评分程序、班级的练习、Python 或 NumPy 是另一个版本（{checks()}，应为 {wanted}）",
            f"it has version {checks()} of tidu, its autograder, the class's exercises, Python or NumPy, "
            f"expected {wanted}",
        )
    found = sandbox.probe(tier)
    if found.works:
        return None
    return Message(
        f"那里不能用 {tier} 隔离提交：{found.why.zh}", f"it cannot isolate submissions by {tier}: {found.why.en}"
    )
