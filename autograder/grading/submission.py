"""Grade one submission: a pure task from (released notebook, submitted bytes, seed) to a notebook and its outcome."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.grading import guard, intake, untrusted
from autograder.grading.examiner import Examination, examine, outputs
from autograder.grading.notes import note
from autograder.grading.plain import points_of, run_tests
from autograder.grading.session import Budget
from autograder.judging.card import as_html, as_text
from autograder.judging.catalogue import Message
from autograder.judging.exercise import Exercise
from autograder.judging.result import Result

SCHEMA = 2
GRADED, NOT_GRADABLE, NEEDS_LOOK = "graded", "not gradable", "needs a look"


@dataclass(frozen=True)
class Outcome:
    """What grading one submission came to, as stored in the graded notebook. 一份提交的评分结论。

    status     ``"graded"``, ``"not gradable"`` (nothing to grade: ``why`` says what is wrong with the file) or
               ``"needs a look"`` (the grader failed on what ``failures`` names, and gave no score there; or it is
               another notebook)
    tests      points of the test cells that a notebook brings itself, by id
    written    by id, a digest of what a person grades, empty where nothing was written
    blank      ids of the answers that are as they were released
    """

    notebook: str
    status: str
    tier: str
    results: dict[str, Result] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    why: Message | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    total_seconds: float = 0.0
    tests: dict[str, float] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    blank: list[str] = field(default_factory=list)

    @property
    def earned(self) -> int:
        return sum(result.earned for result in self.results.values())

    def score(self, grade_id: str) -> float | None:
        """The points of a graded cell; None where a person gives them. 评分单元格的得分；由人评分时为 None。"""
        result = self.results.get(grade_id.removesuffix("_check"))
        if result is not None:
            return float(result.earned)
        return 0.0 if self.written.get(grade_id) == "" else self.tests.get(grade_id)

    def over(self, before: Outcome) -> Outcome:
        """An outcome on some exercises, with the others as they were before. 只更新部分练习，其余保持不变。"""
        return replace(
            before,
            status=NEEDS_LOOK if self.failures else before.status,
            tier=self.tier,
            results={name: self.results.get(name, result) for name, result in before.results.items()},
            failures=self.failures,
            why=self.why,
            seconds={**before.seconds, **self.seconds},
            notes=list(dict.fromkeys([*before.notes, *self.notes])),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values. 转成普通的 JSON 值。"""
        return {
            "schema": SCHEMA,
            "notebook": self.notebook,
            "status": self.status,
            "tier": self.tier,
            "results": {name: result.to_json() for name, result in self.results.items()},
            "failures": self.failures,
            "notes": [message.to_json() for message in self.notes],
            "why": self.why and self.why.to_json(),
            "seconds": self.seconds,
            "total_seconds": self.total_seconds,
            "tests": self.tests,
            "written": self.written,
            "blank": self.blank,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """What :meth:`to_json` wrote; raises ``ValueError`` for another schema. 读回 :meth:`to_json` 的结果。"""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"outcome schema {data.get('schema')!r}, expected {SCHEMA}: grade the submission again")
        return cls(
            notebook=data["notebook"],
            status=data["status"],
            tier=data["tier"],
            results={name: Result.from_json(result) for name, result in data["results"].items()},
            failures=dict(data["failures"]),
            notes=[Message.from_json(message) for message in data["notes"]],
            why=Message.from_json(data["why"]) if data["why"] else None,
            seconds=dict(data["seconds"]),
            total_seconds=data["total_seconds"],
            tests=dict(data["tests"]),
            written=dict(data["written"]),
            blank=list(data["blank"]),
        )


def skeleton(release: dict[str, Any], why: Message | None) -> dict[str, Any]:
    """The released notebook in the place of a submission that cannot be read. 无法读取时代替提交的发布版。"""
    notebook = intake.graft(release, release["cells"]).notebook
    if why is not None:
        notebook["metadata"] = {**notebook["metadata"], "tidu": {"unreadable": why.to_json()}}
    return notebook


def grade_bytes(
    name: str,
    release: dict[str, Any],
    data: bytes | intake.Unreadable,
    exercises: Sequence[Exercise],
    *,
    seed: int,
    tier: str,
    budget: Budget | None = None,
    modules: Mapping[str, str] | None = None,
    before: Outcome | None = None,
    handed_as: str = "",
) -> tuple[dict[str, Any], Outcome]:
    """Grade what was handed in for notebook ``name`` and return the graded notebook with its outcome.

    为交来的字节评分，返回评好的笔记本和结论。Never raises for what is in ``data``.

    Whatever it is, no more than so much time and memory is spent on it: see :mod:`autograder.grading.guard`.

    exercises  those of the notebook; without any it is one that brings its own tests
    modules    sources of the student's own modules that were handed in beside the notebook
    before     an outcome that stays as it is where these exercises are not concerned
    handed_as  the name of the file
    """
    limits = budget or Budget()
    try:
        with guard.memory(limits.memory), guard.deadline(limits.submission + limits.examiner):
            return _grade_bytes(name, release, data, exercises, seed, tier, budget, modules, before, handed_as)
    except (guard.ExaminerTimeout, MemoryError) as error:
        names = [exercise.id for exercise in exercises] or ["notebook"]
        why = note("examiner", error=f"{type(error).__name__}: it took more than it may")
        outcome = Outcome(name, NEEDS_LOOK, tier, failures=dict.fromkeys(names, why.text("both", " / ")), why=why)
        return record(skeleton(release, None), Examination(), outcome), outcome


def _grade_bytes(
    name: str, release: dict[str, Any], data: bytes | intake.Unreadable, exercises: Sequence[Exercise], seed: int,
    tier: str, budget: Budget | None, modules: Mapping[str, str] | None, before: Outcome | None, handed_as: str,
) -> tuple[dict[str, Any], Outcome]:  # fmt: skip
    try:
        if isinstance(data, intake.Missing):
            taken = intake.graft(release, release["cells"], restore=not exercises)
            taken.notes.append(data.message)
        elif isinstance(data, intake.Unreadable):
            raise data
        else:
            taken = intake.take(release, data, restore=not exercises)
            if handed_as not in ("", f"{name}.ipynb"):
                taken.notes.append(note("renamed", found=untrusted.line(handed_as)[:100], wanted=f"{name}.ipynb"))
    except intake.Unreadable as problem:
        status = NEEDS_LOOK if isinstance(problem, intake.Another) else NOT_GRADABLE
        outcome = Outcome(name, status, tier, why=problem.message)
        return record(skeleton(release, None), Examination(), outcome), outcome
    if isinstance(data, bytes):
        seed = own_seed(seed, data, modules or {})
    return grade_clean(name, taken, exercises, seed=seed, tier=tier, budget=budget, modules=modules, before=before)


def own_seed(seed: int, data: bytes, modules: Mapping[str, str]) -> int:
    """The seed of one submission: from the class's private one and what was handed in, so that no table serves twice.

    由班级的私有种子与交来的内容得出。
    """
    given = hashlib.sha256(data).digest() + json.dumps(dict(modules), sort_keys=True).encode()
    return int.from_bytes(hmac.digest(str(seed).encode(), given, "sha256")[:6], "big")


def grade_clean(
    name: str,
    taken: intake.Intake,
    exercises: Sequence[Exercise],
    *,
    seed: int,
    tier: str,
    budget: Budget | None = None,
    modules: Mapping[str, str] | None = None,
    before: Outcome | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Grade a submission that :func:`~autograder.grading.intake.graft` has cleaned. 为清理过的提交评分。"""
    start = time.monotonic()
    try:
        if exercises:
            done = examine(taken.cells, exercises, seed=seed, tier=tier, budget=budget, modules=modules)
        else:
            done = run_tests(taken.cells, points_of(taken.notebook), tier=tier, budget=budget, modules=modules)
    except Exception as error:
        # a fault of the grader or of this machine: nobody gets a zero for it
        names = [exercise.id for exercise in exercises] or [c.id for c in taken.cells if c.role == "check"]
        done = Examination(failures=dict.fromkeys(names, f"{type(error).__name__}: {error}"))
    if tier == "limits":
        done.notes.append(note("unconfined"))
    if modules:
        done.notes.append(note("modules", names=", ".join(f"{name}.py" for name in modules)))
    failures = {e.id: "the released notebook has no check cell for it" for e in exercises if e.id not in done.results}
    failures |= done.failures
    outcome = Outcome(
        name,
        NEEDS_LOOK if failures else GRADED,
        tier,
        results=done.results,
        failures=failures,
        notes=[*taken.notes, *done.notes],
        why=note("examiner", error=next(iter(failures.values()))) if failures else None,
        seconds=done.seconds,
        total_seconds=round(time.monotonic() - start, 3),
        tests=done.tests,
        written=taken.written,
        blank=sorted(taken.blank),
    )
    if before is not None:
        outcome = outcome.over(before)
    return record(taken.notebook, done, outcome), outcome


def record(notebook: dict[str, Any], done: Examination, outcome: Outcome) -> dict[str, Any]:
    """Write the outcome into the notebook: outputs of the cells, a card and a score in each check cell.

    A check cell's score is an ``execute_result`` with the number as text, which is what nbgrader takes for partial
    credit.  Nothing of the student's is written there.
    """
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        cell["execution_count"] = None
        own = not intake.grade_id(cell) and not outcome.tests
        cell["outputs"] = outputs(done.runs[index], own) if index in done.runs else []
        if intake.role(cell) != "check":
            continue
        if intake.grade_id(cell) in outcome.tests:
            if index in done.runs and not done.runs[index].error:
                points = repr(outcome.tests[intake.grade_id(cell)])
                cell["outputs"].append(_value(points))
            continue
        exercise = intake.grade_id(cell).removesuffix("_check")
        result = outcome.results.get(exercise)
        if result is None:
            whole = outcome.why.text("both", " / ") if outcome.why else "尚未评分 / not graded"
            why = outcome.failures.get(exercise) or whole
            cell["outputs"] = [
                {"output_type": "error", "ename": "NotGraded", "evalue": why, "traceback": [f"NotGraded: {why}"]}
            ]
        else:
            card = {"text/plain": as_text(result, "both"), "text/html": as_html(result, "both")}
            shown = {"output_type": "display_data", "data": card, "metadata": {}}
            cell["outputs"] = [shown, _value(repr(float(result.earned)))]
    notebook["metadata"] = {**notebook["metadata"], "tidu": outcome.to_json()}
    return notebook


def _value(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}, "execution_count": None}
