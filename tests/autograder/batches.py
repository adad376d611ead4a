"""Classes of any size to grade: right, wrong, wrong elsewhere and torn submissions of a short notebook, in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from autograder.classroom.folder import Classroom
from autograder.classroom.gradebook import import_nbformat
from autograder.classroom.release import release
from benchmarks.grading import NAME, source, submission

ROOT = Path(__file__).parents[2]
POINTS = 8.0
T = TypeVar("T")


def make(folder: Path, count: int) -> Classroom:
    """A class with so many submissions."""
    import_nbformat()
    room = Classroom.create(folder, {NAME: source()}, seed=1)
    release(room, NAME)
    released = room.release(NAME)
    for number in range(count):
        path = room.path("submitted", NAME, f"s{number:04}")
        path.parent.mkdir(parents=True)
        text = submission(released, number % 4)
        path.write_text(text if number % 4 < 3 else text[:1000], encoding="utf-8")
    return room


def command(room: Classroom, *options: str) -> list[str]:
    return [sys.executable, "-m", "autograder.cli", "grade", "-C", str(room.root), "--json", *options]


def environment(**others: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "lib"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "TIDU_LANG": "en", **others}


def start(room: Classroom, *options: str, **others: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(room, *options), env=environment(**others), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def scores(lines: Sequence[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """What each submission came to, by student; each is there once."""
    students = Counter(line["student"] for line in lines)
    assert set(students.values()) <= {1}
    return {
        line["student"]: (line["status"], line["earned"], *(one["earned"] for one in line["exercises"].values()))
        for line in lines
    }


def right(room: Classroom, lines: Sequence[dict[str, Any]], count: int) -> None:
    """Every submission has the result that its like has, and the gradebook has it once, and there is no half file."""
    found = scores(lines)
    assert sorted(found) == [f"s{number:04}" for number in range(count)]
    for number in range(count):
        assert found[f"s{number:04}"] == found[f"s{number % 4:04}"], number
    assert found["s0000"][:2] == ("graded", POINTS) and found["s0003"][:2] == ("not gradable", None)
    assert found["s0001"][:2] == found["s0002"][:2] == ("graded", POINTS - 2)
    assert not list(room.root.glob("autograded/**/.*"))
    for path in room.root.glob("autograded/**/*.ipynb"):
        json.loads(path.read_text(encoding="utf-8"))


def wait_for(what: Callable[[], T], seconds: float = 120.0) -> T:
    """What ``what`` returns as soon as that is something."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)
    return found


def stored(room: Classroom) -> int:
    return len(list(room.root.glob("autograded/*/*/[!.]*.ipynb")))


def children(pid: int) -> set[int]:
    """Processes below one, as /proc has them."""
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found |= {int(path.parent.name), *children(int(path.parent.name))}
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
