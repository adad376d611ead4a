"""A notebook that brings its own tests, as any nbgrader course has them: they run in the worker, after the answers.

Such tests share a process with the student's code, which can therefore earn points that it did not work for; what a
student does there still stays in the sandbox.  Whoever shows these scores says so: see ``notes``.
"""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.grading.examiner import Examination, run_cell
from autograder.grading.intake import Cell
from autograder.grading.notes import note
from autograder.grading.session import Budget, CellRun, Session
from autograder.judging import reading
from autograder.judging.exercise import AnswerError, WorkerCrashed, WorkerTimeout

_SCORE = "_value_of_the_test"


def points_of(release: Mapping[str, Any]) -> dict[str, float]:
    """What the graded cells of a notebook are worth, by id. 各评分单元格的分值。"""
    marks = (cell["metadata"].get("nbgrader", {}) for cell in release["cells"])
    return {mark["grade_id"]: float(mark["points"]) for mark in marks if mark.get("grade") or mark.get("task")}


def run_tests(
    cells: Sequence[Cell],
    points: Mapping[str, float],
    *,
    tier: str,
    budget: Budget | None = None,
    modules: Mapping[str, str] | None = None,
) -> Examination:
    """Run a notebook in order and score its test cells as nbgrader does. 按顺序运行笔记本，像 nbgrader 那样给测试打分。

    A test that raises has no points, one that ends with a number has that many, any other has them all.

    points   of the test cells, by id
    """
    done = Examination()
    own = reading.written([cell.source or "" for cell in cells], modules or {})
    with Session(tier, budget, modules=own, allow="environment") as session:
        for cell in cells:
            if cell.source is None:
                continue
            source = reading.read(cell.source).source
            start = time.monotonic()
            if cell.role != "check":
                done.runs[cell.index] = run_cell(session, cell, source)[0]
                continue
            done.runs[cell.index], done.tests[cell.id] = _test(session, cell, source, points[cell.id])
            done.seconds[cell.id] = round(time.monotonic() - start, 3)
            if session.failure is not None:
                raise session.failure
        restarts = max(session.starts - 1, 0)
    if restarts:
        done.notes.append(note("restarted", count=restarts))
    return done


def _test(session: Session, cell: Cell, source: str, worth: float) -> tuple[CellRun, float]:
    source, counts = _with_value(source)
    run, _ = run_cell(session, cell, source)
    if run.error:
        return run, 0.0
    if not counts:
        return run, worth
    try:
        value = session.function(_SCORE)()
    except AnswerError as error:
        return CellRun(run.out, run.err, str(error)), 0.0
    except (WorkerTimeout, WorkerCrashed) as error:
        return CellRun(run.out, run.err, f"{type(error).__name__}: {error}"), 0.0
    if type(value) is bool or not isinstance(value, int | float | np.integer | np.floating):
        return run, worth
    return run, min(max(float(value), 0.0), worth) if math.isfinite(value) else 0.0


def _with_value(source: str) -> tuple[str, bool]:
    """A test cell whose last expression is a function to call, where it ends with one that may be a number."""
    tree = reading.tree_of(source)
    last = tree.body[-1] if tree is not None and tree.body else None
    if tree is None or not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
        return source, False
    lines = source.splitlines()
    head = "\n".join([*lines[: last.lineno - 1], lines[last.lineno - 1].encode()[: last.col_offset].decode()])
    text = ast.get_source_segment(source, last)
    return f"{head}{_SCORE} = (lambda value: lambda: value)(\n{text}\n)", True
