"""Grade the same submissions with stock ``nbgrader autograde`` and with ours; the scores have to be equal.

    python -m benchmarks.grading --count 48

The notebook is one that both can grade: functions with asserts.  Each is timed from the start of its command to its
end, in a class of its own where nothing was graded before.  Two more questions, of ours alone:

    python -m benchmarks.grading --unchanged 200    # how long a run takes that has nothing to grade
    python -m benchmarks.grading --simulate 2000    # how much memory it takes after a quarter, a half, … of them
"""

from __future__ import annotations

import argparse
import contextlib
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
#: MiB that memory may grow from the first quarter of a batch to the last: what is kept of a submission is its outcome.
_FLAT = 32
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


def classroom(folder: Path, count: int, *, stock: bool = False) -> Classroom:
    """A class in which ``count`` students handed the notebook in. 有 ``count`` 名学生交了作业的班级。

    stock   whether nbgrader is to grade it by itself
    """
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


def _grade(jobs: int) -> tuple[str, ...]:
    return "autograder.cli.main", "grade", "--json", "-j", str(jobs)


def compare(place: Path, count: int, jobs: int) -> bool:
    """Print how long each takes; whether the scores are equal. 比较用时，返回得分是否相同。"""
    stock, ours = classroom(place / "stock", count, stock=True), classroom(place / "ours", count)
    runs = {
        "stock nbgrader": _timed("nbgrader", "autograde", NAME, cwd=stock.root),
        "ours": _timed(*_grade(jobs), cwd=ours.root),
    }
    for name, (clock, processor) in runs.items():
        ratio = runs["stock nbgrader"][0] / clock
        print(f"{name:<18}{clock:8.1f} s {processor:8.1f} s of processors {ratio:8.1f} ×")
    equal = _scores(stock) == _scores(ours)
    print("the scores are equal" if equal else "THE SCORES DIFFER")
    return equal


def unchanged(place: Path, count: int, jobs: int) -> bool:
    """Print how long it takes when all is graded; whether nothing was written. 没有变化时的用时；返回是否没有写入。"""
    room = classroom(place, count)
    _timed(*_grade(jobs), cwd=room.root)
    book = (room.root / "gradebook.db").read_bytes()
    clock, processor = min(_timed(*_grade(jobs), cwd=room.root) for _ in range(3))
    print(f"{count} unchanged: {clock:.2f} s, {processor:.2f} s of processors, the best of 3")
    return (room.root / "gradebook.db").read_bytes() == book


def _resident(parent: int) -> dict[str, int]:
    """MiB of memory that a process has, and the largest of its workers, and the largest of those that they confine."""
    children: dict[int, list[int]] = {}
    memory = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
            memory[int(stat.parent.name)] = int(fields[21]) * resource.getpagesize() >> 20
    workers = children.get(parent, [])
    below = [pid for worker in workers for pid in children.get(worker, [])]
    for pid in below:  # it grows while it is gone through
        below += children.get(pid, [])
    largest = {"workers": workers, "confined": below}
    return {"driver": memory.get(parent, 0)} | {
        name: max((memory.get(pid, 0) for pid in pids), default=0) for name, pids in largest.items()
    }


def simulate(place: Path, count: int, jobs: int) -> bool:
    """Print the memory that grading takes as it goes on; whether it stays the same. 评分过程中的内存；返回是否平稳。"""
    room = classroom(place, count)
    marks = [count * quarter // 4 for quarter in (1, 2, 3, 4)]
    peaks: list[dict[str, int]] = []
    now: dict[str, int] = {}
    start = time.monotonic()
    command = [sys.executable, "-m", *_grade(jobs)]
    print(
        f"{'graded':>8}{'seconds':>10}" + "".join(f"{name + ', MiB':>16}" for name in ("driver", "workers", "confined"))
    )
    with subprocess.Popen(command, cwd=room.root, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            found = _resident(process.pid)
            now = {name: max(value, now.get(name, 0)) for name, value in found.items()}
            done = sum(1 for _ in (room.root / "autograded").iterdir())
            if done >= marks[len(peaks)]:
                print(f"{done:>8}{time.monotonic() - start:>10.0f}" + "".join(f"{now[name]:>16}" for name in now))
                peaks.append(now)
                now = {}
                if len(peaks) == len(marks):
                    process.wait()
                    break
            time.sleep(0.25)
    grown = {name: peaks[-1][name] - peaks[0][name] for name in peaks[0]} if len(peaks) == len(marks) else {}
    flat = bool(grown) and max(grown.values()) <= _FLAT and process.returncode == 0
    print("the memory is flat" if flat else f"THE MEMORY GROWS, or it ended early: {grown or process.returncode}")
    return flat


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.grading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=48, help="submissions (48)")
    parser.add_argument("--jobs", type=int, default=2, help="processes that grade for us (2)")
    parser.add_argument("--unchanged", type=int, metavar="N", help="time a run in which N submissions are unchanged")
    parser.add_argument("--simulate", type=int, metavar="N", help="grade N submissions and watch the memory (Linux)")
    options = parser.parse_args()
    what, count = compare, options.count
    if options.unchanged:
        what, count = unchanged, options.unchanged
    elif options.simulate:
        what, count = simulate, options.simulate
    print(f"{platform.machine()}, {os.cpu_count()} processors; {count} submissions, {options.jobs} processes")
    with tempfile.TemporaryDirectory() as place:
        raise SystemExit(0 if what(Path(place), count, options.jobs) else 1)


if __name__ == "__main__":
    main()
