"""The pieces that nbgrader's own commands use in place of theirs; ``autograder.classroom.config`` puts them in.

``nbgrader autograde`` converts every submission twice: first it cleans it, then it grades the clean copy.  Here the
exporter reads the submitted bytes and writes the released notebook with the student's text on it, and in the second
pass :class:`Examine` grades and :class:`SaveGrades` stores the scores.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import glob
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import from_dict
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Int, Unicode

from autograder.classroom import apart, ledger
from autograder.classroom.export import write_grades
from autograder.classroom.folder import Classroom, ClassroomError, checks, exercises_of, handed_in, stored_outcome
from autograder.classroom.lock import locked
from autograder.classroom.release import agree
from autograder.classroom.times import read_time
from autograder.classroom.work import Work, failed, grade
from autograder.grading import intake, sandbox
from autograder.grading.session import Budget
from autograder.grading.submission import Outcome, skeleton
from autograder.judging.exercise import Exercise


def expect_the_assignment(assignment: str, student: str, notebooks: list[str]) -> None:
    """Before nbgrader looks at a submission: have it grade the notebooks of the assignment, and no other.

    A folder that holds ``04_views (1).ipynb`` alone is otherwise an error that leaves no trace but a line in the log.
    """
    folders = {os.path.dirname(path) for path in notebooks}
    # submitted/student/assignment, below the folder of the class
    names = {folder: Classroom(Path(folder).resolve().parents[2]).notebooks(assignment) for folder in folders}
    notebooks[:] = [os.path.join(folder, f"{name}.ipynb") for folder in sorted(folders) for name in names[folder]]


class ReleaseExporter(NotebookExporter):
    """What ``nbgrader generate_assignment`` writes with: refuses, as ``autograder release`` does, before it deletes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        converter: Any = self.parent
        for source in sorted(path for paths in getattr(converter, "assignments", {}).values() for path in paths):
            try:
                agree(Path(source).resolve())
            except ClassroomError as refusal:
                converter.log.error(refusal)
                raise NbGraderException(str(refusal)) from None


def _alone(converter: Any, convert: Callable[[], None]) -> None:
    """Convert while no other grading of the class is under way."""
    try:
        with locked(Classroom(converter.coursedir.root)):
            convert()
    except ClassroomError as refusal:
        converter.log.error(refusal)
        raise NbGraderException(str(refusal)) from None


class IntakeExporter(NotebookExporter):
    """Reads submitted bytes that nobody has checked; writes a notebook that is safe to open."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.submitted: bytes | intake.Unreadable = b""
        self.handed_as = ""
        self.release: dict[str, Any] = {}
        self.modules: dict[str, str] = {}
        self.exercises: list[Exercise] = []
        self.graded = self._graded()
        self._leave_out_links()
        # nbgrader has no hook around a whole conversion
        converter: Any = self.parent
        converter.convert_notebooks = functools.partial(_alone, converter, converter.convert_notebooks)

    def _course(self) -> Any:
        assert self.parent is not None, "nbgrader's converter makes the exporter"
        return self.parent.coursedir

    def _graded(self) -> dict[str, Outcome]:
        """What is graded already, by path: nbgrader deletes it before it grades again."""
        course = self._course()
        pattern = course.format_path(course.autograded_directory, course.student_id, course.assignment_id)
        found = {}
        for path in glob.glob(os.path.join(pattern, "*.ipynb")):
            with contextlib.suppress(OSError, ValueError):
                found[path] = stored_outcome(json.loads(Path(path).read_text(encoding="utf-8")))
        return found

    def before(self, details: dict[str, Any]) -> Outcome | None:
        """The outcome of the last time that this notebook was graded. 上一次评分的结论。"""
        course = self._course()
        folder = course.format_path(course.autograded_directory, details["student"], details["assignment"])
        return self.graded.get(os.path.join(folder, f"{details['notebook']}.ipynb"))

    def handed_in_at(self, details: dict[str, Any]) -> datetime.datetime | None:
        """When it was handed in: nbgrader itself reads "+0800" as 800 seconds. 提交时间。"""
        course = self._course()
        folder = course.format_path(course.submitted_directory, details["student"], details["assignment"])
        try:
            time = read_time(intake.read(Path(folder) / "timestamp.txt", 1 << 10).decode("utf-8", "replace"))
        except intake.Unreadable:
            return None
        return time and time.replace(tzinfo=None)

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
            name = details["assignment"]
            raise FileNotFoundError(f"{path}: release it first with nbgrader generate_assignment {name}")
        with Gradebook(course.db_url, course.course_id) as book:
            whole = json.loads(path.read_text(encoding="utf-8"))
            self.release = ledger.released(book.db.connection(), details["assignment"], details["notebook"], whole)
        self.modules, self.exercises = intake.modules(folder), exercises_of(details["notebook"])
        beside = [other.stem for other in Path(released).glob("*.ipynb")]
        try:
            file = handed_in(Path(filename), beside)
            self.submitted, self.handed_as = intake.read(file), file.name
            notebook = intake.take(self.release, self.submitted, restore=not self.exercises).notebook
        except intake.Unreadable as problem:
            self.submitted = problem
            notebook = skeleton(self.release, problem.message)
            if isinstance(problem, intake.Missing):
                return self.from_notebook_node(from_dict(notebook), resources, **kwargs)
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
        given = (name, source.submitted, source.handed_as, source.modules, source.release)
        work = Work(*given, self.seed, tier, budget, only=(), before=None, version=checks())
        try:
            notebook, outcome = apart.run(grade, work, seconds=budget.longest)
        except (apart.Died, apart.Overdue) as error:
            notebook, outcome = failed(work, error)
        self.log.info("%s %s: %s", resources["nbgrader"]["student"], name, outcome.status)
        return from_dict(notebook), resources


class SaveGrades(NbGraderPreprocessor):
    """In place of ``SaveAutoGrades``: scores come from the stored results, not from reading outputs back."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        details = resources["nbgrader"]
        source: Any = self.parent
        with Gradebook(details["db_url"]) as book:
            time = source.handed_in_at(details)
            who = (details["assignment"], details["student"])
            ledger.store(book.db.connection(), *who, stored_outcome(nb), source.before(details), time)
            book.db.commit()
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
