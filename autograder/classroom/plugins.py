"""The pieces that nbgrader's own commands use in place of theirs; ``autograder.classroom.config`` puts them in.

``nbgrader autograde`` converts every submission twice: first it cleans it, then it grades the clean copy.  Here the
exporter reads the submitted bytes and writes the released notebook with the student's text on it, and in the second
pass :class:`Examine` grades and :class:`SaveGrades` stores the scores.
"""

from __future__ import annotations

import csv
import glob
import json
import os
import stat
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import from_dict
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Int, Unicode

from autograder import exercises
from autograder.classroom import gradebook
from autograder.classroom.folder import Classroom, digest, read_submitted, stored_outcome
from autograder.grading import intake, sandbox
from autograder.grading.session import Budget
from autograder.grading.submission import grade_bytes, skeleton


def expect_the_assignment(assignment: str, student: str, notebooks: list[str]) -> None:
    """Before nbgrader looks at a submission: have it grade the notebook of the assignment, and no other.

    A folder that holds ``04_views (1).ipynb`` alone is otherwise an error that leaves no trace but a line in the log.
    """
    folders = {os.path.dirname(path) for path in notebooks}
    notebooks[:] = [os.path.join(folder, f"{assignment}.ipynb") for folder in sorted(folders)]


class IntakeExporter(NotebookExporter):
    """Reads submitted bytes that nobody has checked; writes a notebook that is safe to open."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.submitted: bytes | intake.Unreadable = b""
        self.release: dict[str, Any] = {}
        self.modules: dict[str, str] = {}
        self._leave_out_links()

    def _course(self) -> Any:
        assert self.parent is not None, "nbgrader's converter makes the exporter"
        return self.parent.coursedir

    def _leave_out_links(self) -> None:
        """nbgrader copies a submission's other files, following links, and later hands them out with the feedback."""
        course = self._course()
        pattern = course.format_path(course.submitted_directory, course.student_id, course.assignment_id)
        names = set()
        for folder in glob.glob(pattern):
            for path in Path(folder).rglob("*"):
                if not stat.S_ISREG(path.lstat().st_mode) and not stat.S_ISDIR(path.lstat().st_mode):
                    names.add(glob.escape(path.name))
        if names:
            self.log.warning("Submitted links and special files are left out: %s", ", ".join(sorted(names)))
            course.ignore = [*course.ignore, *sorted(names)]

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        course = self._course()
        details = resources["nbgrader"]
        folder = course.format_path(course.submitted_directory, details["student"], details["assignment"])
        if Path(filename).parent != Path(folder):
            return super().from_filename(filename, resources, **kwargs)
        released = course.format_path(course.release_directory, ".", details["assignment"])
        path = Path(released) / f"{details['notebook']}.ipynb"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: release it first with nbgrader generate_assignment {path.stem}")
        self.release = json.loads(path.read_text(encoding="utf-8"))
        self.modules = intake.modules(folder)
        try:
            self.submitted = read_submitted(Path(filename))
            notebook = intake.graft(self.release, intake.parse(self.submitted)).notebook
        except intake.Unreadable as problem:
            self.submitted = problem
            notebook = skeleton(self.release, problem.message)
            self.log.error("%s cannot be graded: %s", details["student"], problem.message.en)
        return self.from_notebook_node(from_dict(notebook), resources, **kwargs)


class Examine(NbGraderPreprocessor):
    """In place of nbgrader's ``Execute``: the student's cells run in a sandbox, the checks run here."""

    seed = Int(0, help="Seed of the hidden cases.").tag(config=True)
    tier = Unicode("", help="Isolation tier to insist on; empty for the strongest that works.").tag(config=True)
    seconds_per_call = Float(Budget.call, help="How long one call of a student's function may take.").tag(config=True)
    seconds_per_cell = Float(Budget.cell, help="How long one cell may take.").tag(config=True)
    seconds_per_notebook = Float(Budget.notebook, help="How long one submission may take.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        name = resources["nbgrader"]["notebook"]
        tier = self.tier or sandbox.choose()
        if tier == "limits":
            self.log.warning("Isolation is reduced to resource limits: grade trusted submissions only")
        source: Any = self.parent
        budget = Budget(self.seconds_per_cell, self.seconds_per_call, notebook=self.seconds_per_notebook)
        notebook, outcome = grade_bytes(
            name,
            source.release,
            source.submitted,
            exercises.load(name),
            seed=self.seed,
            tier=tier,
            budget=budget,
            modules=source.modules,
        )
        data = source.submitted.message if isinstance(source.submitted, intake.Unreadable) else source.submitted
        notebook["metadata"]["tidu"]["digest"] = digest(data, source.release, self.seed, source.modules)
        self.log.info("%s %s: %s, %d points", resources["nbgrader"]["student"], name, outcome.status, outcome.earned)
        return from_dict(notebook), resources


class SaveGrades(NbGraderPreprocessor):
    """In place of ``SaveAutoGrades``: scores come from the stored results, not from reading outputs back."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        details = resources["nbgrader"]
        with Gradebook(details["db_url"]) as book:
            gradebook.store(book, details["assignment"], details["student"], stored_outcome(nb))
        return nb, resources


class CsvExport(ExportPlugin):
    """``nbgrader export``: quoted properly, with a status, and without a number where there is no grade."""

    def export(self, gradebook: Gradebook) -> None:
        path = self.to or "grades.csv"
        room = Classroom(self.parent.coursedir.root)
        wanted, students = {str(name) for name in self.assignment}, {str(name) for name in self.student}
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            write_grades(file, gradebook, room, wanted, students)
        self.log.info("Exported grades to %s", path)


COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score", "status", "reason",
)  # fmt: skip


def write_grades(file: Any, book: Gradebook, room: Classroom, assignments: set[str], students: set[str]) -> int:
    """Write the CSV of a class; empty sets mean everything. Returns the number of rows. 写出班级成绩 CSV。"""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    rows = 0
    for assignment in book.assignments:
        if assignments and assignment.name not in assignments:
            continue
        graded = {line.student: line for line in room.graded(assignment.name)}
        known = {student.id: student for student in book.students}
        for name in sorted({*known, *graded}):
            if students and name not in students:
                continue
            student, line = known.get(name), graded.get(name)
            row: dict[str, Any] = {
                "assignment": assignment.name,
                "duedate": assignment.duedate,
                "student_id": name,
                "last_name": student and student.last_name,
                "first_name": student and student.first_name,
                "email": student and student.email,
                "max_score": assignment.max_score,
                "status": line.status if line else "not submitted",
                "reason": line.reason.en if line and line.reason else "",
            }
            if line:
                row |= _scores(book, assignment.name, name)
            writer.writerow({key: _cell(value) for key, value in row.items()})
            rows += 1
    return rows


def _scores(book: Gradebook, assignment: str, student: str) -> dict[str, Any]:
    try:
        entry = book.find_submission(assignment, student)
    except MissingEntry:
        return {}
    penalty = entry.late_submission_penalty
    row = {"timestamp": entry.timestamp, "late_submission_penalty": penalty}
    # a score that waits for a person is not a number yet
    if any(grade.auto_score is None and grade.manual_score is None for nb in entry.notebooks for grade in nb.grades):
        return row
    return {**row, "raw_score": entry.score, "score": max(0.0, entry.score - (penalty or 0.0))}


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made text again."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value
