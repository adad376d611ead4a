"""Grade the same submissions with stock ``nbgrader autograde`` and with ours; the scores have to be equal.

    python -m benchmarks.grading --count 48

The notebook is one that both can grade: functions with asserts.  Ours is timed with the start of its command, and then
again when nothing has changed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder.classroom.folder import Classroom
from autograder.classroom.gradebook import open_gradebook
from autograder.classroom.release import release

NAME = "hw"
ANSWERS = {
    "double": ("def double(x):\n    return 2 * x", "def double(x):\n    return x + 2"),
    "norm": ("def norm(x):\n    return np.sqrt((x * x).sum())", "def norm(x):\n    return abs(x).sum()"),
    "turn": ("def turn(x):\n    return x.T", "def turn(x):\n    raise ValueError"),
    "count": ("def count(xs):\n    return len(set(xs))", "def count(xs):\n    return len(xs)"),
}
TESTS = {
    "double": "assert double(3) == 6\nassert double(0) == 0",
    "norm": "assert abs(norm(np.array([3.0, 4.0])) - 5) < 1e-9",
    "turn": "assert turn(np.zeros((2, 3))).shape == (3, 2)",
    "count": "assert count([1, 2, 2]) == 2",
}


def _cell(source: str, grade_id: str = "", **marks: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
    cell["execution_count"] = None
    if grade_id:
        nbgrader = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
        cell["metadata"]["nbgrader"] = {**nbgrader, "grade_id": grade_id, **marks}
    return cell


def source() -> dict[str, Any]:
    """The instructor's notebook. 教师版笔记本。"""
    cells = [_cell("import numpy as np")]
    for name, (right, _) in ANSWERS.items():
        head, body = right.split("\n", 1)
        text = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells += [_cell(text, name, solution=True, locked=False)]
        cells += [_cell(TESTS[name], f"{name}_test", grade=True, points=2)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def submission(released: dict[str, Any], number: int) -> str:
    """A submission, in which the bits of ``number`` say which answers are wrong. 一份提交。"""
    wrong = {name: number >> bit & 1 for bit, name in enumerate(ANSWERS)}
    notebook = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in ANSWERS:
            cell["source"] = ANSWERS[name][wrong[name]]
    return json.dumps(notebook)


def _room(folder: Path, count: int, stock: bool) -> Classroom:
    room = Classroom.create(folder, {NAME: source()}, seed=1)
    if stock:
        (folder / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    release(room, NAME)
    released = room.release(NAME)
    for number in range(count):
        path = room.path("submitted", NAME, f"s{number:04}")
        path.parent.mkdir(parents=True)
        path.write_text(submission(released, number), encoding="utf-8")
    return room


def _scores(room: Classroom) -> dict[str, tuple[float, ...]]:
    with open_gradebook(room.database) as book:
        return {
            one.student.id: tuple(g.auto_score for n in one.notebooks for g in sorted(n.grades, key=lambda g: g.name))
            for one in book.assignment_submissions(NAME)
        }


def _timed(*command: str, cwd: Path) -> tuple[float, float]:
    """Seconds by the clock, and of all processors, that a command takes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, spent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--count", type=int, default=48, help="submissions (48)")
    parser.add_argument("--jobs", type=int, default=2, help="processes that grade for us (2)")
    options = parser.parse_args()
    count, jobs = options.count, str(options.jobs)
    print(f"{platform.machine()}, {os.cpu_count()} processors; {count} submissions, {jobs} processes")
    with tempfile.TemporaryDirectory() as place:
        stock = _room(Path(place) / "stock", count, stock=True)
        ours = _room(Path(place) / "ours", count, stock=False)
        grade = ("autograder.cli.main", "grade", "--json", "-j", jobs)
        runs = {
            "stock nbgrader": _timed("nbgrader", "autograde", NAME, cwd=stock.root),
            "ours": _timed(*grade, cwd=ours.root),
            "ours, unchanged": _timed(*grade, cwd=ours.root),
        }
        for name, (clock, processor) in runs.items():
            ratio = runs["stock nbgrader"][0] / clock
            print(f"{name:<18}{clock:8.1f} s {processor:8.1f} s of processors {ratio:8.1f} ×")
        equal = _scores(stock) == _scores(ours)
    print("the scores are equal" if equal else "THE SCORES DIFFER")
    raise SystemExit(0 if equal else 1)


if __name__ == "__main__":
    main()
