"""The demonstration: a class made of the course's own answers, honest, mistaken and hostile, built and graded.

Every expected score is computed before grading, in this process, by the same checks that students run; so the
demonstration also proves that what passes at home passes in grading.
"""

from __future__ import annotations

import copy
import json
import shutil
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import exercises
from autograder.authoring.banks import Bank, banks
from autograder.authoring.build import source_notebook
from autograder.classroom.collect import collect
from autograder.classroom.folder import Classroom, ClassroomError, Graded
from autograder.grading.intake import grade_id, role
from autograder.judging.exercise import Exercise
from autograder.judging.result import Result
from autograder.student.calling import Home

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.classroom.plan import Line

#: One whose answers are plain Python, and one of NumPy: every answer of every notebook is graded by the tests.
NOTEBOOKS = ("04_views", "08_jvp")
SEED = 20_26_11
#: How their work arrives: two platforms' archives and a folder a student.
_PLATFORMS = (
    ("Moodle", "{student}_{number}_assignsubmission_file_/{file}"),
    ("Canvas", "{student}_{number}_9{number}_{file}"),
    ("folders", "{student}/{file}"),
)

Notebook = dict[str, Any]


@dataclass
class Course:
    """One notebook of the course with what its class is made of."""

    name: str
    release: Notebook
    exercises: list[Exercise]
    banks: dict[str, Bank]

    @property
    def given(self) -> list[str]:
        return ["".join(c["source"]) for c in self.release["cells"] if role(c) == "given"]


@dataclass
class Expected:
    """What a submission should come to: points by exercise, or a status other than graded."""

    points: dict[str, int] = field(default_factory=dict)
    status: str = "graded"


@dataclass(frozen=True)
class Handed:
    """What a student hands in for one notebook, and under which name."""

    data: bytes
    expected: Expected
    file: str = ""


Student = Callable[[Course], Handed]


def run_demo(root: Path, out: Path, console: Console, *, jobs: int | None = None) -> bool:
    """Build, release, submit, grade and report; True when every score is the expected one. 运行演示。

    root      the course's repository
    out       the class's folder, made anew

    Raises :class:`ClassroomError` rather than delete a folder that is not a demonstration's.
    """
    from rich.cells import set_cell_size

    from autograder.classroom.feedback import write_feedback
    from autograder.classroom.gradebook import import_nbformat
    from autograder.classroom.release import release
    from autograder.classroom.report import report
    from autograder.cli.scores import print_scores, run_grading
    from autograder.cli.words import language, say

    start = time.monotonic()
    import_nbformat()
    listed = ", ".join(NOTEBOOKS)
    console.print("[bold]1[/] " + say(f"把 {listed} 生成到 {out}", f"building {listed} into {out}"))
    room = _fresh(root, out)
    with console.status(say("发布", "releasing")):
        for name in NOTEBOOKS:
            release(room, name)
    students = dict(_class())
    counts = len(students), len(NOTEBOOKS)
    told = say(
        "{} 名学生各交 {} 份笔记本，走 Moodle、Canvas 和文件夹",
        "{} students hand in {} notebooks each, by Moodle, Canvas and folders",
    )
    console.print(f"[bold]2[/] {told.format(*counts)}")
    expected, lost = _hand_in(room, root, students)
    for item in lost:
        console.print(f"[bold red]{say('没有收到：', 'not collected:')}[/] {item.source}", highlight=False)
    told = say("评分，每名学生的代码都在沙箱里", "grading, with every student's code in a sandbox")
    console.print(f"[bold]3[/] {told}")
    began = time.monotonic()
    lines = run_grading(room, list(NOTEBOOKS), jobs=jobs).lines
    spent = time.monotonic() - began
    stored = _gradebook_scores(room)
    wrong = [line for line in lines if not _as_expected(line, expected[line.student, line.assignment], stored)]
    for name in NOTEBOOKS:
        totals = {student: _total(expected[student, name]) for student in students}
        print_scores(name, [line for line in lines if line.assignment == name], totals)
    pages = write_feedback(room, NOTEBOOKS, language())
    (room.root / "report.html").write_text(report(room, NOTEBOOKS, first=language()), encoding="utf-8")
    told = say("{} 份提交评了 {:.1f} 秒，每份 {:.2f} 秒", "{} submissions graded in {:.1f} s, {:.2f} s each")
    console.print("\n" + told.format(len(lines), spent, spent / len(lines)))
    for label, path in (
        (say("报告", "report"), room.root / "report.html"),
        (say("反馈", "feedback"), f"{room.root / 'feedback'} ({say(f'{len(pages)} 页', f'{len(pages)} pages')})"),
        (say("成绩册", "gradebook"), room.root / "gradebook.db"),
    ):
        console.print(f"  {set_cell_size(label, 10)} {path}", highlight=False, soft_wrap=True)
    for line in wrong:
        unexpected = say("与预期不同：", "not as expected:")
        console.print(f"[bold red]{unexpected}[/] {line.assignment} {line.student}", highlight=False)
    right = f"[green]{say('每个分数都与预期相同', 'every score is the expected one')}[/]"
    amiss = f"[red]{say(f'{len(wrong)} 个分数不对', f'{len(wrong)} scores are wrong')}[/]"
    spent = time.monotonic() - start
    console.print(f"{amiss if wrong else right} · {say(f'共 {spent:.0f} 秒', f'{spent:.0f} s in all')}")
    return not wrong and not lost


def _fresh(root: Path, out: Path) -> Classroom:
    if out.exists() and any(out.iterdir()):
        try:
            ours = Classroom(out).check().seed == SEED
        except ClassroomError:
            ours = False
        if not ours:
            raise ClassroomError(
                f"{out} is not a demonstration class; give another folder with --out",
                f"{out} 不是演示班级；用 --out 另给一个目录",
            )
        shutil.rmtree(out)
    return Classroom.create(out, {name: source_notebook(root, name) for name in NOTEBOOKS}, SEED)


def _hand_in(
    room: Classroom, root: Path, students: dict[str, Student]
) -> tuple[dict[tuple[str, str], Expected], list[Line]]:
    """Pack what the students hand in as platforms do, and collect it; what should come of it, and what got lost."""
    expected, lost = {}, []
    for name in NOTEBOOKS:
        course = Course(name, room.release(name), exercises.load(name), banks(root, name))
        files: dict[str, dict[str, bytes]] = {}
        for number, (student, make) in enumerate(students.items()):
            handed = make(course)
            platform, path = _PLATFORMS[number % len(_PLATFORMS)]
            place = path.format(student=student, number=700 + number, file=handed.file or f"{name}.ipynb")
            files.setdefault(platform, {})[place] = handed.data
            expected[student, name] = handed.expected
        for platform, packed in files.items():
            source = room.root / "handed_in" / f"{name}-{platform}"
            for place, data in packed.items():
                if platform == "folders":
                    (source / place).parent.mkdir(parents=True, exist_ok=True)
                    (source / place).write_bytes(data)
                else:
                    source.parent.mkdir(exist_ok=True)
                    with zipfile.ZipFile(source.with_suffix(".zip"), "a", zipfile.ZIP_DEFLATED) as archive:
                        archive.writestr(place, data)
            plan = collect(room, name, source if platform == "folders" else source.with_suffix(".zip"))
            lost += plan.left_out
    return expected, lost


def _gradebook_scores(room: Classroom) -> dict[tuple[str, str], float]:
    from autograder.classroom.gradebook import open_gradebook

    with open_gradebook(room.database) as book:
        return {(s.student.id, name): s.score for name in NOTEBOOKS for s in book.assignment_submissions(name)}


def _total(expected: Expected) -> int | None:
    return sum(expected.points.values()) if expected.status == "graded" else None


def _as_expected(line: Graded, expected: Expected, stored: dict[tuple[str, str], float]) -> bool:
    if line.outcome is None or line.status != expected.status:
        return False
    points = {name: result.earned for name, result in line.outcome.results.items()}
    return points == expected.points and stored[line.student, line.assignment] == sum(points.values())


def submission(course: Course, answers: dict[str, str]) -> Notebook:
    """The released notebook with some answers written in. 填入若干答案的发布版笔记本。"""
    notebook = copy.deepcopy(course.release)
    for cell in notebook["cells"]:
        if role(cell) == "answer" and grade_id(cell) in answers:
            cell["source"] = answers[grade_id(cell)]
    return notebook


def home_result(course: Course, exercise: Exercise, source: str) -> Result:
    """What an answer comes to when it is checked in this process, on the class's seed. 在本进程中检查的结果。"""
    names: dict[str, Any] = {"__name__": "__main__", "np": np}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in (*course.given, source):
            exec(compile(text, "<cell>", "exec"), names)
        home = Home(names, [*course.given, source])
        return home.grade(exercise, names[exercise.id], exercise.id, seed=SEED, private=True)


def _handed(course: Course, notebook: Notebook, points: dict[str, int]) -> Handed:
    return Handed(json.dumps(notebook, ensure_ascii=False).encode(), Expected(points))


def _full(course: Course) -> dict[str, int]:
    return {exercise.id: exercise.points for exercise in course.exercises}


def _nothing(course: Course) -> dict[str, int]:
    return dict.fromkeys(_full(course), 0)


def _right(course: Course) -> dict[str, str]:
    return {name: bank.reference for name, bank in course.banks.items()}


def _own_cell(source: str) -> Notebook:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, "id": "mine"}


def _place(notebook: Notebook, name: str) -> int:
    return next(i for i, cell in enumerate(notebook["cells"]) if grade_id(cell) == name)


def _perfect(course: Course) -> Handed:
    return _handed(course, submission(course, _right(course)), _full(course))


def _different(course: Course) -> Handed:
    answers = {name: bank.alternatives[-1] for name, bank in course.banks.items()}
    return _handed(course, submission(course, answers), _full(course))


def _mistaken(number: int) -> Student:
    """Makes the mistake of this number in every exercise that has so many, and is right elsewhere."""

    def make(course: Course) -> Handed:
        answers, points = _right(course), _full(course)
        for exercise in course.exercises:
            mistakes = list(course.banks[exercise.id].mistakes.values())
            if number < len(mistakes):
                answers[exercise.id] = mistakes[number]
                points[exercise.id] = home_result(course, exercise, mistakes[number]).earned
        return _handed(course, submission(course, answers), points)

    return make


def _half(course: Course) -> Handed:
    done = [exercise.id for exercise in course.exercises[::2]]
    answers = {name: source for name, source in _right(course).items() if name in done}
    points = {name: points if name in done else 0 for name, points in _full(course).items()}
    return _handed(course, submission(course, answers), points)


def _untouched(course: Course) -> Handed:
    return _handed(course, submission(course, {}), _nothing(course))


def _body(body: str, before: str = "") -> Student:
    """Right everywhere but in the second exercise, whose function has this body."""

    def make(course: Course) -> Handed:
        victim = course.exercises[1].id
        answers = {**_right(course), victim: f"def {victim}(*args):\n    {body}"}
        notebook = submission(course, answers)
        if before:
            notebook["cells"].insert(_place(notebook, victim), _own_cell(before))
        return _handed(course, notebook, {**_full(course), victim: 0})

    return make


def _deletes_checks(course: Course) -> Handed:
    notebook = submission(course, _right(course))
    notebook["cells"] = [cell for cell in notebook["cells"] if role(cell) != "check"]
    return _handed(course, notebook, _full(course))


def _duplicates(course: Course) -> Handed:
    notebook = submission(course, _right(course))
    for cell in [cell for cell in notebook["cells"] if role(cell) in ("answer", "check")][:4]:
        notebook["cells"].insert(_place(notebook, grade_id(cell)), copy.deepcopy(cell))
    return _handed(course, notebook, _full(course))


def _edits_checks(course: Course) -> Handed:
    notebook = submission(course, {})
    for cell in notebook["cells"]:
        if role(cell) == "check":
            cell["source"] = "check = lambda *a: 1000\n1000.0"
            cell["metadata"]["nbgrader"]["points"] = 1000
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "1000.0"}, "metadata": {}}]
    notebook["cells"].insert(0, _own_cell("def check(*a):\n    print('1000.0')\n    return 1000.0"))
    return _handed(course, notebook, _nothing(course))


def _steals(course: Course) -> Handed:
    """Looks for the library, the checks and the gradebook; answers with whatever it found."""
    thief = (
        "import glob, os, sqlite3\nloot = {}\n"
        "for path in glob.glob('/*/*/gradebook.db') + ['../../../gradebook.db']:\n"
        "    book = sqlite3.connect(path)\n    book.execute('update grade set auto_score = 1000')\n    book.commit()\n"
        "import tidu, autograder.exercises\n"
        "loot = {e.id: e.reference for es in autograder.exercises.load().values() for e in es}"
    )
    answers = {e.id: f"def {e.id}(*args):\n    return loot['{e.id}'](*args)" for e in course.exercises}
    notebook = submission(course, answers)
    notebook["cells"].insert(0, _own_cell(thief))
    return _handed(course, notebook, _nothing(course))


def _attacks(course: Course) -> Handed:
    """Tries to end the grader, to multiply and to call home, in cells of its own; the answers are right."""
    notebook = submission(course, _right(course))
    attacks = (
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nwhile True:\n    os.fork()",
        "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import os\nos._exit(0)",
    )
    for attack in attacks:
        notebook["cells"].insert(0, _own_cell(attack))
    return _handed(course, notebook, _full(course))


def _torn(course: Course) -> Handed:
    data = json.dumps(submission(course, _right(course))).encode()
    return Handed(data[: len(data) // 2], Expected(status="not gradable"))


def _misnamed(course: Course) -> Handed:
    handed = _handed(course, submission(course, _right(course)), _full(course))
    return replace(handed, file="my homework (1).ipynb")


def _mixed_up(course: Course) -> Handed:
    """Hands in the other notebook in place of this one."""
    notebook = submission(course, _right(course))
    for cell in notebook["cells"]:
        cell["id"] = f"of-another-{cell['id']}"
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] = cell["id"]
    return Handed(json.dumps(notebook).encode(), Expected(status="needs a look"))


def _class() -> Iterator[tuple[str, Student]]:
    yield "perfect", _perfect
    yield "different-but-correct", _different
    for number in range(6):
        yield f"mistake-{number + 1}", _mistaken(number)
    yield "half-done", _half
    yield "untouched", _untouched
    yield "endless-loop", _body("while True:\n        pass")
    yield "ends-the-process", _body("leave(0)", "import os\nleave = os._exit")
    yield "memory-bomb", _body("while True:\n        hoard.append(np.zeros(1 << 23))", "hoard = []")
    yield "deletes-checks", _deletes_checks
    yield "duplicates-cells", _duplicates
    yield "edits-checks", _edits_checks
    yield "steals", _steals
    yield "attacks-the-grader", _attacks
    yield "torn-file", _torn
    yield "wrong-file-name", _misnamed
    yield "wrong-notebook", _mixed_up
