"""What the gradebook says, asked of its tables directly: one query for each kind of row, and no nbgrader to load.

nbgrader's own objects come with subqueries for every total that they could be asked for; for a class of a thousand
those are most of the time that a report takes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograder.classroom.folder import Classroom, ClassroomError, Graded, Mark, Standing
from autograder.classroom.gradebook import in_one_line, open_gradebook
from autograder.grading import intake

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


@contextlib.contextmanager
def opened(url: str) -> Iterator[Connection]:
    """The gradebook to read from, made first where there is none. 打开成绩册来读；没有就先建。

    Raises :class:`~autograder.classroom.folder.ClassroomError`, in one line, when it cannot be opened or read.
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


def released(book: Connection, assignment: str, notebook: str, release: dict[str, Any]) -> dict[str, Any]:
    """The released notebook with its hidden tests, which nbgrader keeps in the gradebook. 补回隐藏测试的发布版。

    Raises :class:`~autograder.classroom.folder.ClassroomError` when the gradebook does not know it.
    """
    known = {"assignment": assignment, "notebook": notebook}
    if _ask(book, _NOTEBOOK, known).first() is None:
        raise ClassroomError(
            f"the gradebook does not know {assignment}: run autograder release {assignment}",
            f"成绩簿里没有 {assignment}：运行 autograder release {assignment}",
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
    from sqlalchemy import DateTime, Interval

    known = {"assignment": assignment}
    marks: dict[str, dict[str, Mark]] = {}
    for row in _ask(book, _MARKS, known):
        given = row.auto if row.manual is None else row.manual
        score = None if given is None else given + (row.extra or 0.0)
        mark = Mark(score, float(row.points), row.auto, row.manual, row.extra, bool(row.waits))
        marks.setdefault(row.entry, {})[row.name] = mark
    told: dict[str, dict[str, str]] = {}
    for row in _ask(book, _COMMENTS, known):
        told.setdefault(row.entry, {})[row.name] = row.said
    found = {}
    kinds = {"timestamp": DateTime, "duedate": DateTime, "extension": Interval}
    for row in _ask(book, _ENTRIES, known, kinds):
        late, name = _seconds_late(row), " ".join(part for part in (row.first_name, row.last_name) if part)
        found[row.student, row.name] = Standing(
            marks.get(row.id, {}), told.get(row.id, {}), row.penalty or 0.0, row.timestamp, late,
            "" if name == row.student else name,
        )  # fmt: skip
    return found


def _ask(book: Connection, query: str, given: dict[str, str], kinds: dict[str, Any] | None = None) -> Any:
    from sqlalchemy import text

    # SQLite has dates as text: the kinds of columns that are not as the database has them
    return book.execute(text(query).columns(**kinds or {}), given)


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
