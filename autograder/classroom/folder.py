"""A class: one folder in nbgrader's layout, with the course's configuration and its private seed."""

from __future__ import annotations

import contextlib
import datetime
import functools
import glob
import hashlib
import json
import logging
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

import autograder.grading
import autograder.judging
import tidu
from autograder import exercises
from autograder.classroom import settings
from autograder.grading import intake, untrusted
from autograder.grading.notes import note
from autograder.grading.submission import Outcome
from autograder.judging.catalogue import Message, Refusal
from autograder.judging.exercise import Exercise

if TYPE_CHECKING:
    from traitlets.config import Config

CONFIG = '''"""nbgrader's configuration of this class; grading is done by tidu's autograder."""

from pathlib import Path

from autograder.classroom.config import configure

c = get_config()  # noqa: F821  (nbgrader provides it)
configure(c, Path(__file__).parent)
'''
_SEED_FILE = "private_seed.txt"
STEPS = ("source", "release", "submitted", "autograded", "feedback")


class ClassroomError(Refusal):
    """The folder is not a class, or lacks what is needed; the message says what to do."""


@dataclass(frozen=True)
class Submission:
    """Where one student's notebook lies. 一名学生的一份笔记本。

    notebook   its name, which is the assignment's where an assignment has but one
    beside     names of all notebooks of the assignment
    """

    student: str
    assignment: str
    folder: Path
    notebook: str
    beside: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.notebook}.ipynb"

    def read(self) -> bytes:
        """The submitted bytes; raises :class:`~autograder.grading.intake.Unreadable`. 交来的字节。"""
        return intake.read(self.file())

    def file(self) -> Path:
        """The file that was handed in, whatever its name; raises as :func:`handed_in` does. 交来的文件。"""
        return handed_in(self.path, self.beside)

    def modules(self) -> dict[str, str]:
        """The student's own modules beside the notebook. 笔记本旁边学生自己的模块。"""
        return intake.modules(self.folder)


@dataclass(frozen=True)
class Graded:
    """One line of the class list: a submission and what grading made of it, if it was graded. 一份提交及其评分结论。"""

    student: str
    assignment: str
    notebook: str
    outcome: Outcome | None
    why: Message | None = None
    standing: Standing | None = None

    @property
    def earned(self) -> float | None:
        """The points that count, as the gradebook has them; None while some are missing. 计入的得分。"""
        return self.standing.total if self.standing else None

    @property
    def status(self) -> str:
        return self.outcome.status if self.outcome else "not graded"

    @property
    def reason(self) -> Message | None:
        return self.outcome.why if self.outcome else self.why


@dataclass(frozen=True)
class Mark:
    """One graded cell of a submission in the gradebook: ``score`` is what counts. 成绩册中的一项评分。

    waits   a person is to look at it
    """

    score: float | None
    points: float
    auto: float | None
    manual: float | None
    extra: float | None
    waits: bool


@dataclass(frozen=True)
class Standing:
    """What the gradebook has on one submitted notebook. 成绩册中一份笔记本的全部信息。

    comments   what a person wrote, by the id of the cell
    """

    marks: dict[str, Mark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0
    submitted: datetime.datetime | None = None
    seconds_late: float = 0.0
    name: str = ""

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks.values())

    @property
    def raw(self) -> float | None:
        """The sum before the penalty, None while a cell has no score. 扣分前的总分。"""
        scores = [mark.score for mark in self.marks.values()]
        return None if None in scores else sum(score for score in scores if score is not None)

    @property
    def total(self) -> float | None:
        return None if self.raw is None else max(0.0, self.raw - self.penalty)

    @property
    def waits(self) -> list[str]:
        """Ids of the cells that a person is to look at. 等待人工评分的单元格。"""
        return [name for name, mark in self.marks.items() if mark.waits]


class Classroom:
    """One class folder. 一个班级目录。"""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        exercises.also_from(self.root / "exercises")

    @classmethod
    def create(cls, root: str | Path, sources: dict[str, dict[str, Any]], seed: int | None = None) -> Classroom:
        """Make a class folder, or add what it lacks to one. 建立班级目录，或补上缺少的内容。

        sources   instructor's notebooks by name, written where nbgrader looks for them, unless there is one already
        seed      the private seed; drawn when the class has none yet

        Raises :class:`ClassroomError` when the class has another seed: what was graded with it would be graded anew.
        """
        room = cls(root)
        file = room.root / _SEED_FILE
        if seed is not None and file.exists() and room.seed != seed:
            raise ClassroomError(
                f"{file} holds another seed; delete it first if every grade is to be made anew",
                f"{file} 里是另一个种子；要是所有成绩都重新来过，先把它删掉",
            )
        for step in STEPS:
            (room.root / step).mkdir(parents=True, exist_ok=True)
        if not (room.root / settings.FILE).exists():
            (room.root / settings.FILE).write_text(CONFIG, encoding="utf-8")
        if not file.exists():
            file.write_text(f"{secrets.randbits(48) if seed is None else seed}\n", encoding="ascii")
            file.chmod(0o600)
        for name, notebook in sources.items():
            if not room.path("source", name).exists():
                write_notebook(room.path("source", name), notebook)
        return room

    def has_source(self, name: str, notebook: dict[str, Any]) -> bool:
        """Whether the source of an assignment is this notebook, unedited. 源笔记本是否未经改动。"""
        try:
            there = json.loads(self.path("source", name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(there == json.loads(json.dumps(notebook)))

    def check(self) -> Classroom:
        """Itself, if it is a class; raises :class:`ClassroomError`. 确认这是一个班级目录。"""
        if not (self.root / _SEED_FILE).is_file() or not (self.root / settings.FILE).is_file():
            raise ClassroomError(
                f"{self.root} is not a class folder; name one with --class (-C), or make it: "
                f"autograder init {self.root}",
                f"{self.root} 不是班级目录；用 --class（-C）指明，或者建一个：autograder init {self.root}",
            )
        return self

    @property
    def seed(self) -> int:
        """The private seed of the hidden cases. 私有随机种子。"""
        file = self.root / _SEED_FILE
        try:
            return int(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise ClassroomError(
                f"{file} is missing; make it again with: autograder init {self.root}",
                f"缺少 {file}；重新生成：autograder init {self.root}",
            ) from None
        except ValueError:
            raise ClassroomError(f"{file} does not hold a whole number", f"{file} 里不是整数") from None

    @functools.cached_property
    def config(self) -> Config:
        """nbgrader's configuration of the class; raises :class:`ClassroomError`. 班级的 nbgrader 配置。"""
        try:
            return settings.load(self.root)
        except Exception as error:
            file = self.root / settings.FILE
            why = f"{type(error).__name__}: {error}"
            raise ClassroomError(f"{file} cannot be read: {why}", f"{file} 读不出来：{why}") from error

    @property
    def database(self) -> str:
        """The URL of the gradebook: the configuration's, else a file in the class. 成绩册的地址。"""
        return str(self.config.CourseDirectory.get("db_url") or f"sqlite:///{self.root / 'gradebook.db'}")

    def path(self, step: str, assignment: str, student: str = ".", notebook: str = "") -> Path:
        """Where a step keeps a notebook, as nbgrader lays it out. 某一步骤中笔记本的位置。

        notebook   its name, where it is not the assignment's
        """
        return self.root / step / student / assignment / f"{notebook or assignment}.ipynb"

    def assignments(self) -> list[str]:
        """Names of the assignments that have a source notebook. 有源笔记本的作业名。"""
        return sorted({path.parent.name for path in self.root.glob("source/*/*.ipynb")})

    def notebooks(self, assignment: str) -> tuple[str, ...]:
        """Names of an assignment's notebooks, as released, else as in its source. 一次作业中各笔记本的名字。"""
        for step in ("release", "source"):
            found = sorted(path.stem for path in self.root.glob(f"{step}/{glob.escape(assignment)}/*.ipynb"))
            if found:
                return tuple(found)
        return (assignment,)

    def release(self, assignment: str, notebook: str = "") -> dict[str, Any]:
        """The released notebook; raises :class:`ClassroomError` when there is none. 发布版笔记本。"""
        file = self.path("release", assignment, notebook=notebook)
        if not file.is_file():
            raise ClassroomError(
                f"{assignment} was not released yet: run autograder release {assignment}",
                f"{assignment} 还没有发布：运行 autograder release {assignment}",
            )
        return json.loads(file.read_text(encoding="utf-8"))

    def submissions(self, assignment: str) -> list[Submission]:
        """The submitted notebooks of one assignment, by student. 一次作业的全部提交。"""
        found, notebooks = [], self.notebooks(assignment)
        for folder in sorted(self.root.glob(f"submitted/*/{glob.escape(assignment)}")):
            student = folder.parent.name
            if not can_be_printed(student):
                _tell_left_out(str(folder.parent))
                continue
            plain = folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink()
            if plain and not student.startswith("."):
                found += [Submission(student, assignment, folder, name, notebooks) for name in notebooks]
        return found

    def graded(self, assignment: str) -> Iterator[Graded]:
        """Every submitted notebook of one assignment with its outcome. 一次作业的全部提交与结论。"""
        for one in self.submissions(assignment):
            file = self.path("autograded", assignment, one.student, one.notebook)
            outcome, why = None, None
            try:
                outcome = stored_outcome(json.loads(file.read_text(encoding="utf-8")))
            except FileNotFoundError:
                why = _why_ungraded(one)
            except ValueError as error:
                why = note("examiner", error=error)
            yield Graded(one.student, assignment, one.notebook, outcome, why)


def can_be_printed(name: str) -> bool:
    """Whether a name shows as what it is; a Chinese space stands between names. 名称能否如实显示。"""
    return name.replace("\u3000", " ").isprintable()


def columns(notebook: str, lines: Iterable[Graded]) -> dict[str, float]:
    """The graded cells of a notebook and their points: its exercises, then what the gradebook has beside them.

    一份笔记本的评分单元格及分值：先是练习，然后是成绩册中的其他各项。
    """
    marks = {name: mark.points for line in lines if line.standing for name, mark in line.standing.marks.items()}
    own = {f"{exercise.id}_check": float(exercise.points) for exercise in exercises_of(notebook)}
    return {name: marks.get(name, points) for name, points in own.items()} | {
        name: marks[name] for name in sorted(marks.keys() - own.keys())
    }


def exercises_of(notebook: str) -> list[Exercise]:
    """The exercises of a notebook; none of one that is not the course's and brings its own tests. 笔记本中的练习。"""
    try:
        return exercises.load(notebook)
    except LookupError:
        return []


def _why_ungraded(submission: Submission) -> Message | None:
    try:
        submission.read()
    except intake.Unreadable as problem:
        return problem.message
    return None


def handed_in(path: Path, beside: Iterable[str] = ()) -> Path:
    """Where a submitted notebook is: at ``path``, or under another name where no other file can be meant.

    提交的笔记本所在的文件；文件名不对而只可能是它时也认得。

    beside   names of all notebooks of the assignment

    Raises :class:`~autograder.grading.intake.Unreadable`, and :class:`~autograder.grading.intake.Missing` where other
    notebooks of the assignment were handed in and nothing that may be this one.
    """
    if not os.path.lexists(path):
        names = {f"{name}.ipynb" for name in beside}
        others = sorted(other.name for other in path.parent.glob("*") if other.suffix == ".ipynb")
        if any(name in names for name in others) and all(name in names for name in others):
            raise intake.Missing(note("one is missing", name=path.name))
        others = [name for name in others if name not in names]
        if len(others) == 1 and len(names | {path.name}) == 1:
            return path.with_name(others[0])
        known = {exercise.id for exercise in exercises_of(path.stem)}
        ours = [name for name in others if known & _ids(path.with_name(name))]
        if len(ours) == 1:
            return path.with_name(ours[0])
        others = others or sorted(other.name for other in path.parent.glob("*") if other.name != "timestamp.txt")
        if not others:
            raise intake.Unreadable(note("nothing"))
        raise intake.Unreadable(note("wrong name", found=untrusted.line(", ".join(others))[:200], wanted=path.name))
    return path


def _ids(path: Path) -> set[str]:
    try:
        return intake.ids(intake.parse(intake.read(path)))
    except intake.Unreadable:
        return set()


def stored_outcome(notebook: dict[str, Any]) -> Outcome:
    """The outcome that grading stored in a notebook; raises ``ValueError`` where there is none. 取出存好的结论。"""
    data = notebook.get("metadata", {}).get("tidu")
    if not isinstance(data, dict) or "results" not in data:
        raise ValueError("it was not graded by this autograder; grade it again with --force")
    return Outcome.from_json(data)


def digest(data: bytes | Message, release: dict[str, Any], seed: int, modules: dict[str, str]) -> str:
    """What a grade depends on, as one word: when it is unchanged there is nothing to grade again. 评分依据的摘要。"""
    given = data if isinstance(data, bytes) else data.en.encode()
    trusted = json.dumps([release, seed, modules, checks()], sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(given).digest() + trusted).hexdigest()[:32]


@functools.cache
def _tell_left_out(folder: str) -> None:
    """Say once that a folder is left out: what its name holds would turn the lines that it is shown in."""
    logging.getLogger(__name__).warning(
        "left out, rename it: its name cannot be printed / 名称无法显示，请改名：%a", folder
    )


@functools.cache
def checks() -> str:
    """The checks' own version: everything that decides about points, as one word. 检查代码的版本摘要。

    A stored grade is good until one of them is mended: an exercise, how it is judged, how submissions run, or the
    library, which references and workers use.
    """
    found = hashlib.sha256(f"{sys.version_info[:2]} {numpy.__version__}".encode())
    packages = (exercises, autograder.grading, autograder.judging, tidu)
    for top in (Path(place) for package in packages for place in package.__path__):  # an instructor's own among them
        for file in sorted(path for path in top.rglob("*") if path.suffix in (".py", ".toml")):
            found.update(f"{file.relative_to(top)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:12]


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have what the system refuses in this name ``path``: of a full disk it says no path. 出错时指明路径。"""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def write_notebook(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook so that a reader sees the old one or the new one, never a half. 原子地写出笔记本。"""
    write_text(path, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half. 原子地写出文件。"""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside the old one and swap; a full disk leaves the old one as it was. 先写在旁边，再替换。"""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(data)
            os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
