"""What feedback and report show of a submission: scores, comments and lateness as the gradebook has them, and the code.

The gradebook is what counts: a score that a person entered stands before the one that was computed.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.classroom.folder import Classroom, Graded
from autograder.classroom.gradebook import open_gradebook, quick_nbgrader
from autograder.grading.intake import grade_id, role

if TYPE_CHECKING:
    from nbgrader.api import SubmittedAssignment

#: What the gradebook enters for an answer that was not written.
NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Record:
    """One submission as people read it. 供人阅读的一份提交。

    name        the student's name where the gradebook has one, else the id
    scores      points of every exercise as the gradebook has them; None where a person has to look first
    by_hand     exercises whose points a person entered
    comments    what the instructor wrote to an exercise
    answers     sources of the answer cells
    penalty     points taken off for lateness
    late        how late it was handed in
    """

    line: Graded
    name: str
    scores: dict[str, float | None] = field(default_factory=dict)
    by_hand: frozenset[str] = frozenset()
    comments: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    handed_in: datetime.datetime | None = None
    penalty: float = 0.0
    late: datetime.timedelta = datetime.timedelta()

    @property
    def total(self) -> float | None:
        """Points in all, less what lateness costs; None as long as something waits for a person. 总分。"""
        known = [score for score in self.scores.values() if score is not None]
        return max(sum(known) - self.penalty, 0.0) if known and len(known) == len(self.scores) else None


def records(room: Classroom, assignment: str) -> Iterator[Record]:
    """Every submission of an assignment. 一次作业的全部提交。"""
    with quick_nbgrader():
        from nbgrader.api import MissingEntry
    with open_gradebook(room.database) as book:
        for line in room.graded(assignment):
            results = line.outcome.results if line.outcome else {}
            shown: dict[str, Any] = {"scores": {name: float(result.earned) for name, result in results.items()}}
            if line.outcome:
                shown["scores"] |= dict.fromkeys(line.outcome.failures)
                shown["answers"] = _answers(room, line)
            name = line.student
            try:
                entry = book.find_submission(assignment, line.student)
            except MissingEntry:
                pass
            else:
                name = _name(entry) or name
                shown |= _entered(entry, shown["scores"])
            yield Record(line, name, **shown)


def _name(entry: SubmittedAssignment) -> str:
    return " ".join(part for part in (entry.student.first_name, entry.student.last_name) if part)


def _entered(entry: SubmittedAssignment, scores: dict[str, float | None]) -> dict[str, Any]:
    found, by_hand, comments = dict(scores), set(), {}
    for notebook in entry.notebooks:
        for grade in notebook.grades:
            exercise = grade.name.removesuffix("_check")
            if grade.manual_score is not None or grade.extra_credit:
                by_hand.add(exercise)
            if exercise in found:
                missing = grade.auto_score is None and grade.manual_score is None
                found[exercise] = None if missing else float(grade.score)
        for comment in notebook.comments:
            if comment.comment and comment.comment != NO_RESPONSE:
                comments[comment.name.removesuffix("_check")] = comment.comment
    return {
        "scores": found,
        "by_hand": frozenset(by_hand),
        "comments": comments,
        "handed_in": entry.timestamp,
        "penalty": float(entry.late_submission_penalty or 0.0),
        "late": datetime.timedelta(seconds=max(entry.total_seconds_late, 0)),
    }


def _answers(room: Classroom, line: Graded) -> dict[str, str]:
    """The student's answers, as grading put them into the released notebook."""
    file = room.path("autograded", line.assignment, line.student)
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    return {grade_id(cell): "".join(cell["source"]) for cell in cells if role(cell) == "answer"}
