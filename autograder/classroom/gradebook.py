"""nbgrader's gradebook: what grading stores there, and the quick way to import nbgrader."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograder.grading.submission import Outcome

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


@contextlib.contextmanager
def quick_nbgrader() -> Iterator[None]:
    """What imports nbgrader or nbformat inside this does so 1.5 s sooner. 在其中导入 nbgrader 可省 1.5 秒。

    jsonschema compiles a grammar for internationalised URLs when it can import one; no notebook schema uses it.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def import_nbformat() -> None:
    """Import nbformat the quick way, before something imports it the slow way. 以快的方式先导入 nbformat。"""
    with quick_nbgrader():
        importlib.import_module("nbformat")


def prepare_nbgrader() -> None:
    """Make up for two habits of nbgrader's. 弥补 nbgrader 的两个习惯。

    It starts ``alembic`` by its name, which fails where the environment was not activated; and for every submission
    that it adds, SQLAlchemy warns of an order of assignments that does no harm.
    """
    warnings.filterwarnings("ignore", "Object of type <Submitted", module="nbgrader")
    folder = os.path.dirname(sys.executable)
    path = os.environ.get("PATH", os.defpath)
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + path


def open_gradebook(url: str) -> Gradebook:
    """The gradebook at ``url``, to be used as a context manager. 打开成绩册。"""
    prepare_nbgrader()
    with quick_nbgrader():
        from nbgrader.api import Gradebook

    return Gradebook(url)


def ensure_submission(book: Gradebook, assignment: str, student: str, timestamp: str | None = None) -> None:
    """Have the student and an entry for the submission in the gradebook. 确保成绩册中有该学生与该提交。"""
    book.update_or_create_student(student)
    when = {"timestamp": timestamp} if timestamp else {}
    book.update_or_create_submission(assignment, student, **when)


def store(book: Gradebook, assignment: str, student: str, outcome: Outcome) -> None:
    """Write the scores of one submission, from zero, in one transaction. 在一个事务里写入一份提交的得分。

    What a person entered by hand stays and is marked for another look.  Where there is no result there is no score:
    the entry is marked as needing a person, which is not the same as zero.
    """
    entry = book.find_submission_notebook(outcome.notebook, assignment, student)
    for grade in entry.grades:
        result = outcome.results.get(grade.name.removesuffix("_check"))
        grade.auto_score = None if result is None else float(result.earned)
        grade.needs_manual_grade = result is None or grade.manual_score is not None
    for comment in entry.comments:
        result = outcome.results.get(comment.name)
        unanswered = result is not None and result.status in ("not answered", "missing")
        comment.auto_comment = "No response." if unanswered else None
    book.db.commit()
