"""Grades as CSV: a row for each student and assignment, or the columns that a learning platform imports."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from autograder.classroom.folder import Classroom, ClassroomError, Graded, write_bytes
from autograder.classroom.gradebook import open_gradebook
from autograder.classroom.ledger import class_list
from autograder.grading.submission import GRADED

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Gradebook, Student

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score", "status", "reason",
)  # fmt: skip
#: What the learning platforms call the columns by which they know a student, and where each is in the gradebook.
PLATFORMS = {
    "moodle": {
        "ID number": "id", "Last name": "last_name", "First name": "first_name", "Email address": "email",
    },
    "canvas": {
        "Student": "name", "ID": "lms_user_id", "SIS User ID": "id", "SIS Login ID": "id", "Section": "",
    },
    "blackboard": {
        "Last Name": "last_name", "First Name": "first_name", "Username": "id", "Student ID": "lms_user_id",
    },
}  # fmt: skip
_FORMULA = "=+-@\u2212"


def write_file(
    room: Classroom,
    path: Path,
    assignments: Iterable[str] = (),
    *,
    platform: str | None = None,
    per_exercise: bool = False,
) -> int:
    """Write the grades of a class to a file that Excel reads as UTF-8; the old one stays until the new one is whole.

    把班级成绩写成 Excel 认得的 UTF-8 文件。Returns the number of rows.

    platform   one of :data:`PLATFORMS`, whose columns are written in place of all that is known
    """
    if path.is_dir():
        raise ClassroomError(f"{path} is a folder; --to wants the name of a file", f"{path} 是目录；--to 要一个文件名")
    file = io.StringIO(newline="")
    with open_gradebook(room.database) as book:
        if platform is not None:
            rows = write_for_platform(file, book, room, platform, assignments)
        else:
            rows = write_grades(file, book, room, assignments, per_exercise=per_exercise)
    write_bytes(path, file.getvalue().encode("utf-8-sig"))
    return rows


def write_grades(
    file: TextIO,
    book: Gradebook,
    room: Classroom,
    assignments: Iterable[str] = (),
    students: Iterable[str] = (),
    *,
    per_exercise: bool = False,
) -> int:
    """Write the CSV of a class; empty sets mean everything. Returns the number of rows. 写出班级成绩 CSV。

    per_exercise   with a column for each graded cell
    """
    wanted, rows = set(students), []
    extra: dict[str, None] = {}
    for assignment in _chosen(book, assignments):
        lines = _by_student(room, book, assignment.name)
        for name, student in _students(book, lines, wanted):
            row = _row(assignment, name, student, lines.get(name, []))
            if per_exercise:
                scores = _cells(lines.get(name, []))
                extra.update(dict.fromkeys(scores))
                row |= scores
            rows.append(row)
    writer = csv.DictWriter(file, [*COLUMNS, *map(safe, extra)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({safe(key): safe(value) for key, value in row.items()})
    return len(rows)


def write_for_platform(
    file: TextIO, book: Gradebook, room: Classroom, platform: str, assignments: Iterable[str] = ()
) -> int:
    """Write what a learning platform imports: a row for each student, a column for each assignment.

    写出学习平台可导入的 CSV：每名学生一行，每次作业一列。Returns the number of students.
    """
    if platform not in PLATFORMS:
        known = ", ".join(PLATFORMS)
        raise ClassroomError(
            f"--for must be one of {known}, got {platform!r}", f"--for 应当是 {known} 之一，给的是 {platform!r}"
        )
    chosen = _chosen(book, assignments)
    lines = {assignment.name: _by_student(room, book, assignment.name) for assignment in chosen}
    columns = PLATFORMS[platform]
    titles = [f"{a.name} [Total Pts: {a.max_score:g} Score]" if platform == "blackboard" else a.name for a in chosen]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*columns, *map(safe, titles)])
    if platform == "canvas":
        writer.writerow(["    Points Possible", *[""] * (len(columns) - 1), *(a.max_score for a in chosen)])
    rows = _students(book, {name: [] for found in lines.values() for name in found}, set())
    for name, student in rows:
        scores = [_sum([line.earned for line in lines[a.name].get(name, [])]) for a in chosen]
        who = [_who(name, student, field) if field else "" for field in columns.values()]
        writer.writerow([safe(value) for value in (*who, *scores)])
    return len(rows)


def _chosen(book: Gradebook, assignments: Iterable[str]) -> list[Assignment]:
    wanted = set(assignments)
    return [assignment for assignment in book.assignments if not wanted or assignment.name in wanted]


def _by_student(room: Classroom, book: Gradebook, assignment: str) -> dict[str, list[Graded]]:
    found: dict[str, list[Graded]] = {}
    for line in class_list(room, assignment, book.db.connection()):
        found.setdefault(line.student, []).append(line)
    return found


def _students(book: Gradebook, lines: Iterable[str], wanted: set[str]) -> list[tuple[str, Student | None]]:
    known = {student.id: student for student in book.students}
    return [(name, known.get(name)) for name in sorted({*known, *lines}) if not wanted or name in wanted]


def _who(name: str, student: Student | None, field: str) -> Any:
    if field == "id":
        return name
    if student is None:
        return None
    if field == "name":
        return ", ".join(part for part in (student.last_name, student.first_name) if part)
    return getattr(student, field)


def _row(assignment: Assignment, name: str, student: Student | None, lines: list[Graded]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": name,
        **{field: _who(name, student, field) for field in ("last_name", "first_name", "email")},
        "max_score": assignment.max_score,
        "status": "not submitted",
    }
    if not lines:
        return row
    bad = [line for line in lines if line.status != GRADED]
    row["status"] = bad[0].status if bad else GRADED
    row["reason"] = "; ".join(line.reason.en for line in bad if line.reason)
    standings = [line.standing for line in lines if line.standing]
    if standings:
        row["timestamp"] = standings[0].submitted
        row["late_submission_penalty"] = sum(standing.penalty for standing in standings) or None
    # a score that waits for a person is not a number yet
    row["raw_score"] = _sum([line.standing.raw if line.standing else None for line in lines])
    row["score"] = _sum([line.earned for line in lines])
    return row


def _sum(scores: list[float | None]) -> float | None:
    return None if None in scores or not scores else sum(score for score in scores if score is not None)


def _cells(lines: list[Graded]) -> dict[str, float | None]:
    return {
        f"{line.notebook}: {name.removesuffix('_check')}": mark.score
        for line in lines
        for name, mark in sorted((line.standing.marks if line.standing else {}).items())
    }


def safe(value: Any) -> Any:
    """A cell of a table in which text that a spreadsheet would run as a formula is made text again. 防止公式注入。"""
    if isinstance(value, str):
        begin = "".join(c for c in value if unicodedata.category(c) not in ("Cf", "Zs", "Mn"))[:1]
        if begin in ("\t", "\r", "\n") or unicodedata.normalize("NFKC", begin)[:1] in tuple(_FORMULA):
            return "'" + value
    return "" if value is None else value
