"""What feedback and report show of a submission: scores, comments and lateness as the gradebook has them, and the code.

The gradebook is what counts: a score that a person entered stands before the one that was computed.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.classroom.folder import Classroom, Graded
from autograder.classroom.ledger import class_list
from autograder.grading.intake import grade_id, role


@dataclass(frozen=True)
class Record:
    """One submission as people read it. 供人阅读的一份提交。

    name        the student's name where the gradebook has one, else the id
    scores      points of every graded cell as the gradebook has them; None where a person has to look first
    points      what they are worth
    by_hand     those whose points a person entered
    comments    what the instructor wrote to an answer
    answers     sources of the answer cells
    penalty     points taken off for lateness
    late        how late it was handed in
    """

    line: Graded
    name: str
    scores: dict[str, float | None] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
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
    """Every submitted notebook of an assignment. 一次作业的全部提交。"""
    for line in class_list(room, assignment):
        results = line.outcome.results if line.outcome else {}
        shown: dict[str, Any] = {
            "scores": {name: float(result.earned) for name, result in results.items()},
            "points": {name: float(result.points) for name, result in results.items()},
        }
        if line.outcome:
            shown["scores"] |= dict.fromkeys(line.outcome.failures)
            shown["answers"] = _answers(room, line)
        if line.standing:
            marks = {name.removesuffix("_check"): mark for name, mark in line.standing.marks.items()}
            shown |= {
                "scores": {name: mark.score for name, mark in marks.items()},
                "points": {name: mark.points for name, mark in marks.items()},
                "by_hand": frozenset(n for n, mark in marks.items() if mark.manual is not None or mark.extra),
                "comments": line.standing.comments,
                "handed_in": line.standing.submitted,
                "penalty": line.standing.penalty,
                "late": datetime.timedelta(seconds=max(line.standing.seconds_late, 0)),
            }
        yield Record(line, (line.standing and line.standing.name) or line.student, **shown)


def _answers(room: Classroom, line: Graded) -> dict[str, str]:
    """The student's answers, as grading put them into the released notebook."""
    file = room.path("autograded", line.assignment, line.student, line.notebook)
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    return {grade_id(cell): _text(cell) for cell in cells if role(cell) in ("answer", "manual")}


def _text(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    # in the graded notebook a text has no markup left; what shows it here makes that certain itself
    return source if cell["cell_type"] == "code" else source.replace("&lt;", "<")
