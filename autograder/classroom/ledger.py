"""What the gradebook says, and what grading writes there, by its tables: a query for each kind of row.

nbgrader's own objects take a second to load and come with subqueries for every total that they could be asked for; for
a class of a thousand those were most of the time that grading took.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autograder.classroom.folder import Classroom, ClassroomError, Graded, Mark, Standing
from autograder.classroom.gradebook import in_one_line, open_gradebook
from autograder.grading import intake
from autograder.grading.submission import Outcome

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ENTRIES = """
    SELECT entry.id, notebook.name, student.id AS student, student.first_name, student.last_name,
           submission.timestamp, assignment.duedate, submission.extension, entry.late_submission_penalty AS penalty
    FROM submitted_notebook AS entry
    JOIN notebook ON entry.notebook_id = notebook.id
    JOIN submitted_assignment AS submission ON entry.assignment_id = submission.id
    JOIN assignment ON submission.assignment_id = assignment.id
    JOIN student ON submission.student_id = student.id
    WHERE assignment.name = :assignment
"""
_PEOPLE = "SELECT id, first_name, last_name FROM student ORDER BY id"
_OF_ASSIGNMENT = """
    JOIN base_cell AS cell ON cell.id = mark.cell_id
    JOIN notebook ON cell.notebook_id = notebook.id
    JOIN assignment ON notebook.assignment_id = assignment.id
"""
_MARKS = f"""
    SELECT mark.notebook_id AS entry, cell.name, mark.auto_score AS auto, mark.manual_score AS manual,
           mark.extra_credit AS extra, mark.needs_manual_grade AS waits,
           COALESCE(grade_cells.max_score, task_cells.max_score, 0.0) AS points
    FROM grade AS mark {_OF_ASSIGNMENT}
    LEFT JOIN grade_cells ON grade_cells.id = cell.id
    LEFT JOIN task_cells ON task_cells.id = cell.id
    WHERE assignment.name = :assignment
"""
_COMMENTS = f"""
    SELECT mark.notebook_id AS entry, cell.name, mark.manual_comment AS said
    FROM comment AS mark {_OF_ASSIGNMENT}
    WHERE assignment.name = :assignment AND mark.manual_comment <> ''
"""
_SOURCES = """
    SELECT cell.name, cell.source, cell.locked
    FROM source_cell AS cell
    JOIN notebook ON cell.notebook_id = notebook.id
    JOIN assignment ON notebook.assignment_id = assignment.id
    WHERE assignment.name = :assignment AND notebook.name = :notebook
"""
_NOTEBOOK = """
    SELECT notebook.id FROM notebook JOIN assignment ON notebook.assignment_id = assignment.id
    WHERE assignment.name = :assignment AND notebook.name = :notebook
"""


_STUDENT = "SELECT first_name, last_name FROM student WHERE id = :student"
_NEW_STUDENT = "INSERT INTO student (id, first_name, last_name) VALUES (:student, '', :student)"
_NAMED = "UPDATE student SET first_name = '', last_name = :student WHERE id = :student"
_SUBMISSION = """
    SELECT submission.id FROM submitted_assignment AS submission
    JOIN assignment ON submission.assignment_id = assignment.id
    WHERE assignment.name = :assignment AND submission.student_id = :student
"""
_NEW_SUBMISSION = """
    INSERT INTO submitted_assignment (id, assignment_id, student_id)
    SELECT :id, assignment.id, :student FROM assignment WHERE assignment.name = :assignment
"""
_HANDED_IN = "UPDATE submitted_assignment SET timestamp = :timestamp WHERE id = :id"
#: Notebooks of an assignment, and where they are in a submission; none where it does not have them yet.
_PARTS = """
    SELECT notebook.id AS notebook, notebook.name, entry.id AS entry FROM notebook
    JOIN assignment ON notebook.assignment_id = assignment.id
    LEFT JOIN submitted_notebook AS entry ON entry.notebook_id = notebook.id AND entry.assignment_id = :submission
    WHERE assignment.name = :assignment
"""
_NEW_ENTRY = (
    "INSERT INTO submitted_notebook (id, assignment_id, notebook_id, flagged) VALUES (:id, :of, :notebook, :no)"
)
_CELLS = "SELECT id, name, type FROM base_cell WHERE notebook_id = :notebook"
_NEW_GRADE = "INSERT INTO grade (id, notebook_id, cell_id, needs_manual_grade) VALUES (:id, :entry, :cell, :yes)"
_NEW_COMMENT = "INSERT INTO comment (id, notebook_id, cell_id) VALUES (:id, :entry, :cell)"
# CROSS JOIN keeps SQLite from going through the marks of the whole class, which have no index by submission
_GIVEN = """
    SELECT grade.id, cell.name, grade.auto_score AS auto, grade.manual_score AS manual, grade.extra_credit AS extra,
           grade.needs_manual_grade AS waits
    FROM base_cell AS cell CROSS JOIN grade
    WHERE cell.notebook_id = :notebook AND grade.cell_id = cell.id AND grade.notebook_id = :entry
"""
_GIVE = "UPDATE grade SET auto_score = :auto, needs_manual_grade = :waits WHERE id = :id"
_SAID = """
    SELECT comment.id, cell.name FROM base_cell AS cell CROSS JOIN comment
    WHERE cell.notebook_id = :notebook AND comment.cell_id = cell.id AND comment.notebook_id = :entry
"""
_SAY = "UPDATE comment SET auto_comment = :said WHERE id = :id"
_DUE = """
    SELECT submission.timestamp, assignment.duedate, submission.extension
    FROM submitted_assignment AS submission JOIN assignment ON submission.assignment_id = assignment.id
    JOIN submitted_notebook AS entry ON entry.assignment_id = submission.id
    WHERE entry.id = :entry
"""
_TAKE_OFF = "UPDATE submitted_notebook SET late_submission_penalty = :penalty WHERE id = :entry"


@contextlib.contextmanager
def opened(url: str) -> Iterator[Connection]:
    """The gradebook, made first where there is none. 打开成绩册；没有就先建。

    Raises :class:`~autograder.classroom.folder.ClassroomError`, in one line, when it cannot be opened, and when it
    is locked, full or gone while it is used.
    """
    from sqlalchemy import create_engine, inspect

    with in_one_line(url) as is_open, contextlib.ExitStack() as stack:
        engine = create_engine(url)
        stack.callback(engine.dispose)
        if not inspect(engine).has_table("submitted_notebook"):
            with open_gradebook(url):
                pass
        book = stack.enter_context(engine.connect())
        is_open()
        yield book


@contextlib.contextmanager
def transaction(book: Connection) -> Iterator[None]:
    """Store everything inside this, or nothing. 其中的写入要么全部生效，要么全不生效。"""
    book.rollback()  # what was only read until here
    with book.begin():
        yield


def released(book: Connection, assignment: str, notebook: str, release: dict[str, Any]) -> dict[str, Any]:
    """The released notebook with its hidden tests, which nbgrader keeps in the gradebook. 补回隐藏测试的发布版。

    Raises :class:`~autograder.classroom.folder.ClassroomError` when the gradebook does not know it.
    """
    known = {"assignment": assignment, "notebook": notebook}
    if _ask(book, _NOTEBOOK, known).first() is None:
        raise ClassroomError(
            f"the gradebook does not know {assignment}: run autograder release {assignment}",
            f"成绩册里没有 {assignment}：运行 autograder release {assignment}",
        )
    sources = {name: source for name, source, locked in _ask(book, _SOURCES, known) if locked}
    cells = []
    for cell in release["cells"]:
        whole = sources.get(intake.grade_id(cell))
        text = intake.clean(cell["source"])
        hidden = whole is not None and whole != text
        cells.append({**cell, "source": whole, intake.AS_RELEASED: text} if hidden else cell)
    return {**release, "cells": cells}


def standings(book: Connection, assignment: str) -> dict[tuple[str, str], Standing]:
    """What the gradebook has on one assignment, by student and notebook. 成绩册中一次作业的全部得分。"""
    known = {"assignment": assignment}
    marks: dict[str, dict[str, Mark]] = {}
    for row in _ask(book, _MARKS, known):
        score = _counts(row.auto, row.manual, row.extra)
        mark = Mark(score, float(row.points), row.auto, row.manual, row.extra, bool(row.waits))
        marks.setdefault(row.entry, {})[row.name] = mark
    told: dict[str, dict[str, str]] = {}
    for row in _ask(book, _COMMENTS, known):
        told.setdefault(row.entry, {})[row.name] = row.said
    found = {}
    for row in _ask(book, _ENTRIES, known, _dates()):
        late, name = _seconds_late(row), _whole(row)
        found[row.student, row.name] = Standing(
            marks.get(row.id, {}), told.get(row.id, {}), row.penalty or 0.0, row.timestamp, late,
            "" if name == row.student else name,
        )  # fmt: skip
    return found


def people(room: Classroom) -> dict[str, str]:
    """Everybody in the gradebook: the name where there is one, else the id. 成绩册中的全部学生。"""
    with opened(room.database) as book:
        return {row.id: _whole(row) or row.id for row in _ask(book, _PEOPLE, {})}


def _whole(row: Any) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part)


def _seconds_late(row: Any) -> float:
    """By how much it missed its deadline, an extension counted, as nbgrader has it."""
    if row.timestamp is None or row.duedate is None:
        return 0.0
    due = row.duedate + (row.extension or datetime.timedelta())
    return max(0.0, (row.timestamp - due).total_seconds())


def class_list(room: Classroom, assignment: str, book: Connection | None = None) -> list[Graded]:
    """Every submitted notebook of an assignment, with what the gradebook has on it. 一次作业的全部提交及其得分。"""
    with contextlib.ExitStack() as stack:
        known = standings(book or stack.enter_context(opened(room.database)), assignment)
    return [
        dataclasses.replace(line, standing=known.get((line.student, line.notebook))) for line in room.graded(assignment)
    ]


def store(
    book: Connection,
    assignment: str,
    student: str,
    outcome: Outcome,
    before: Outcome | None = None,
    handed_in: datetime.datetime | None = None,
    penalty: Callable[[str, float, float], float | None] | None = None,
) -> None:
    """Write the scores of one submission, from zero; what has no entry there gets one. 写入一份提交的得分。

    What a person entered by hand stays, and is marked for another look when what it was given for has changed.  Where
    there is no result there is no score: the entry is marked as needing a person, which is not the same as zero.

    before      the outcome of the last time, if there was one
    handed_in   in UTC; what is there stays where it is not known
    penalty     says what a student with a score who is so many seconds late loses

    Raises ``LookupError`` when the assignment has no such notebook.
    """
    entry = _entry(book, assignment, student, outcome.notebook, handed_in)
    last = before.written if before else {}
    marks, total = [], 0.0
    for row in _ask(book, _GIVEN, entry):
        score = outcome.score(row.name)
        if row.manual is None:
            waits = score is None
        else:
            waits = bool(row.waits) or score != row.auto or last.get(row.name) != outcome.written.get(row.name)
        marks.append({"id": row.id, "auto": score, "waits": waits})
        total += _counts(score, row.manual, row.extra) or 0.0
    _write(book, _GIVE, marks)
    said = []
    for row in _ask(book, _SAID, entry):
        result = outcome.results.get(row.name)
        unanswered = result is not None and result.status in ("not answered", "missing")
        said.append({"id": row.id, "said": "No response." if unanswered or row.name in outcome.blank else None})
    _write(book, _SAY, said)
    if penalty is not None:
        late = _seconds_late(_ask(book, _DUE, entry, _dates()).one())
        _write(book, _TAKE_OFF, [{"entry": entry["entry"], "penalty": penalty(student, total, late)}])


def _counts(auto: float | None, manual: float | None, extra: float | None) -> float | None:
    given = auto if manual is None else manual
    return None if given is None else given + (extra or 0.0)


def _entry(
    book: Connection, assignment: str, student: str, notebook: str, handed_in: datetime.datetime | None
) -> dict[str, str]:
    """The entry of a submitted notebook, and its notebook; made with all that belongs to it where it is not there.

    A student without a name is called by the id, where nbgrader's pages would say "None, None".
    """
    who = {"assignment": assignment, "student": student}
    known = _ask(book, _STUDENT, who).first()
    if known is None or (known.first_name is None and known.last_name is None):
        _write(book, _NEW_STUDENT if known is None else _NAMED, [{"student": student}])
    submission = _ask(book, _SUBMISSION, who).scalar()
    if submission is None:
        submission = uuid.uuid4().hex
        _write(book, _NEW_SUBMISSION, [{"id": submission, **who}])
    if handed_in is not None:
        _write(book, _HANDED_IN, [{"id": submission, "timestamp": handed_in}], timestamp=_dates()["timestamp"])
    found = {}
    for part in _ask(book, _PARTS, {"assignment": assignment, "submission": submission}).all():
        entry = part.entry or _new_entry(book, submission, part.notebook)
        found[part.name] = {"entry": entry, "notebook": part.notebook}
    return found[notebook]


def _new_entry(book: Connection, submission: str, notebook: str) -> str:
    entry = uuid.uuid4().hex
    _write(book, _NEW_ENTRY, [{"id": entry, "of": submission, "notebook": notebook, "no": False}])
    cells = _ask(book, _CELLS, {"notebook": notebook}).all()
    for query, kinds, more in (
        (_NEW_GRADE, ("GradeCell", "TaskCell"), {"yes": True}),
        (_NEW_COMMENT, ("SolutionCell", "TaskCell"), {}),
    ):
        rows = [{"id": uuid.uuid4().hex, "entry": entry, "cell": c.id, **more} for c in cells if c.type in kinds]
        _write(book, query, rows)
    return entry


def _dates() -> dict[str, Any]:
    """The kinds of columns that SQLite has as text."""
    from sqlalchemy import DateTime, Interval

    return {"timestamp": DateTime, "duedate": DateTime, "extension": Interval}


def _ask(book: Connection, query: str, given: dict[str, str], kinds: dict[str, Any] | None = None) -> Any:
    from sqlalchemy import text

    return book.execute(text(query).columns(**kinds or {}), given)


def _write(book: Connection, query: str, rows: list[dict[str, Any]], **kinds: Any) -> None:
    from sqlalchemy import bindparam, text

    if rows:
        book.execute(text(query).bindparams(*(bindparam(name, type_=kind) for name, kind in kinds.items())), rows)
