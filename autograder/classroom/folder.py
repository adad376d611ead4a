"""A class: one folder in nbgrader's layout, with the course's configuration and its private seed."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.grading import intake
from autograder.grading.notes import note
from autograder.grading.submission import Outcome
from autograder.judging.catalogue import Message

CONFIG = '''"""nbgrader's configuration of this class; grading is done by tidu's autograder."""

from pathlib import Path

from autograder.classroom.config import configure

c = get_config()  # noqa: F821  (nbgrader provides it)
configure(c, Path(__file__).parent)
'''
_SEED_FILE = "private_seed.txt"
STEPS = ("source", "release", "submitted", "autograded", "feedback")


class ClassroomError(Exception):
    """The folder is not a class, or lacks what is needed; the message says what to do."""


@dataclass(frozen=True)
class Submission:
    """Where one student's notebook lies. 一名学生的一份笔记本。"""

    student: str
    assignment: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / f"{self.assignment}.ipynb"

    def read(self) -> bytes:
        """The submitted bytes; raises :class:`~autograder.grading.intake.Unreadable`. 交来的字节。"""
        return read_submitted(self.path)

    def modules(self) -> dict[str, str]:
        """The student's own modules beside the notebook. 笔记本旁边学生自己的模块。"""
        return intake.modules(self.folder)


@dataclass(frozen=True)
class Graded:
    """One line of the class list: a submission and what grading made of it, if it was graded. 一份提交及其评分结论。"""

    student: str
    assignment: str
    outcome: Outcome | None
    why: Message | None = None

    @property
    def status(self) -> str:
        return self.outcome.status if self.outcome else "not graded"

    @property
    def reason(self) -> Message | None:
        return self.outcome.why if self.outcome else self.why


class Classroom:
    """One class folder. 一个班级目录。"""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        exercises.also_from(self.root / "exercises")

    @classmethod
    def create(cls, root: str | Path, sources: dict[str, dict[str, Any]], seed: int | None = None) -> Classroom:
        """Make a class folder, or add what it lacks to one. 建立班级目录，或补上缺少的内容。

        sources   instructor's notebooks by name, written where nbgrader looks for them
        seed      the private seed; drawn when the class has none yet
        """
        room = cls(root)
        for step in STEPS:
            (room.root / step).mkdir(parents=True, exist_ok=True)
        if not (room.root / "nbgrader_config.py").exists():
            (room.root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
        file = room.root / _SEED_FILE
        if seed is not None or not file.exists():
            file.write_text(f"{secrets.randbits(48) if seed is None else seed}\n", encoding="ascii")
            file.chmod(0o600)
        for name, notebook in sources.items():
            write_notebook(room.path("source", name), notebook)
        return room

    def check(self) -> Classroom:
        """Itself, if it is a class; raises :class:`ClassroomError`. 确认这是一个班级目录。"""
        if not (self.root / _SEED_FILE).is_file() or not (self.root / "nbgrader_config.py").is_file():
            raise ClassroomError(
                f"{self.root} is not a class folder; name one with --class (-C), or make it: "
                f"autograder init {self.root}"
            )
        return self

    @property
    def seed(self) -> int:
        """The private seed of the hidden cases. 私有随机种子。"""
        file = self.root / _SEED_FILE
        try:
            return int(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise ClassroomError(f"{file} is missing; make it again with: autograder init {self.root}") from None
        except ValueError:
            raise ClassroomError(f"{file} does not hold a whole number") from None

    @property
    def database(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def path(self, step: str, assignment: str, student: str = ".") -> Path:
        """Where a step keeps a notebook, as nbgrader lays it out. 某一步骤中笔记本的位置。"""
        return self.root / step / student / assignment / f"{assignment}.ipynb"

    def assignments(self) -> list[str]:
        """Names of the assignments that have a source notebook. 有源笔记本的作业名。"""
        return sorted(path.parent.name for path in self.root.glob("source/*/*.ipynb") if path.stem == path.parent.name)

    def release(self, assignment: str) -> dict[str, Any]:
        """The released notebook; raises :class:`ClassroomError` when there is none. 发布版笔记本。"""
        file = self.path("release", assignment)
        if not file.is_file():
            raise ClassroomError(f"{assignment} was not released yet: run autograder release {assignment}")
        return json.loads(file.read_text(encoding="utf-8"))

    def submissions(self, assignment: str) -> list[Submission]:
        """The submissions of one assignment, by student. 一次作业的全部提交。"""
        found = []
        for folder in sorted(self.root.glob(f"submitted/*/{assignment}")):
            student = folder.parent.name
            if not student.isprintable():
                raise ClassroomError(f"rename {str(folder.parent)!a}: its name has characters that cannot be printed")
            plain = folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink()
            if plain and not student.startswith("."):
                found.append(Submission(student, assignment, folder))
        return found

    def graded(self, assignment: str) -> Iterator[Graded]:
        """Every submission of one assignment with its outcome. 一次作业的全部提交与结论。"""
        for submission in self.submissions(assignment):
            file = self.path("autograded", assignment, submission.student)
            try:
                outcome = stored_outcome(json.loads(file.read_text(encoding="utf-8")))
                yield Graded(submission.student, assignment, outcome)
            except FileNotFoundError:
                yield Graded(submission.student, assignment, None, _why_ungraded(submission))
            except ValueError as error:
                yield Graded(submission.student, assignment, None, note("examiner", error=error))


def _why_ungraded(submission: Submission) -> Message | None:
    try:
        submission.read()
    except intake.Unreadable as problem:
        return problem.message
    return None


def read_submitted(path: Path) -> bytes:
    """The bytes of a submitted notebook; a file of another name beside it is named in the reason.

    读入提交的笔记本；若文件名不对，原因里会指出。Raises :class:`~autograder.grading.intake.Unreadable`.
    """
    if not os.path.lexists(path):
        others = sorted(other.name for other in path.parent.glob("*") if other.suffix == ".ipynb")
        others = others or sorted(other.name for other in path.parent.glob("*") if other.name != "timestamp.txt")
        if not others:
            raise intake.Unreadable(note("nothing"))
        raise intake.Unreadable(note("wrong name", found=", ".join(others)[:200], wanted=path.name))
    return intake.read(path)


def stored_outcome(notebook: dict[str, Any]) -> Outcome:
    """The outcome that grading stored in a notebook; raises ``ValueError`` where there is none. 取出存好的结论。"""
    data = notebook.get("metadata", {}).get("tidu")
    if not isinstance(data, dict) or "results" not in data:
        raise ValueError("it was not graded by this autograder; grade it again with --force")
    return Outcome.from_json(data)


def digest(data: bytes | Message, release: dict[str, Any], seed: int, modules: dict[str, str]) -> str:
    """What a grade depends on, as one word: when it is unchanged there is nothing to grade again. 评分依据的摘要。"""
    given = data if isinstance(data, bytes) else data.en.encode()
    trusted = json.dumps([release, seed, modules], sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(given).digest() + trusted).hexdigest()[:32]


def write_notebook(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook so that a reader sees the old one or the new one, never a half. 原子地写出笔记本。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(fresh, path)
