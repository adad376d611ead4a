"""Make the students' version of an assignment, through nbgrader, beside the one that is there."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections import Counter
from pathlib import Path

from autograder.classroom.folder import Classroom, ClassroomError, exercises_of, naming
from autograder.classroom.gradebook import means, prepare_nbgrader, quick_nbgrader, quiet
from autograder.grading import intake
from autograder.judging.catalogue import Message

_FRESH, _OLD = ".release.new", ".release.old"


def release(room: Classroom, assignment: str) -> None:
    """Run nbgrader's generate_assignment for one assignment of a class. 用 nbgrader 生成学生版作业。

    What was released before stays as it is until the new version is whole.

    Raises :class:`ClassroomError` when a notebook of the course's is not what its exercises are, and with nbgrader's
    own words when it refuses.
    """
    if assignment not in room.assignments():
        known = ", ".join(room.assignments()) or "none"
        raise ClassroomError(
            f"no source notebook for {assignment!r} in {room.root / 'source'} (there: {known})",
            f"{room.root / 'source'} 里没有 {assignment!r} 的教师版笔记本（有：{known}）",
        )
    for source in sorted((room.root / "source" / assignment).glob("*.ipynb")):
        agree(source)
    with quick_nbgrader():
        from nbgrader.apps import NbGraderAPI
    prepare_nbgrader()
    config = copy.deepcopy(room.config)
    config.CourseDirectory.root = str(room.root)
    config.CourseDirectory.release_directory = _FRESH
    fresh = room.root / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with quiet():
            done = NbGraderAPI(config=config).generate_assignment(assignment, force=True, create=True)
        if not done["success"]:
            said = _said(done.get("log") or done.get("error") or "")
            place = room.root / "release" / assignment
            raise ClassroomError(
                f"nbgrader could not release {assignment} to {place}: {said.en}",
                f"nbgrader 没能把 {assignment} 发布到 {place}：{said.zh}",
            )
        with naming(room.root / "release" / assignment):
            _swap(fresh / assignment, room.root / "release" / assignment, room.root / _OLD)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


#: What nbgrader says of a notebook, and the same in Chinese.
_SAYINGS = (
    (r"no end solution statement found", "有一处 ### BEGIN SOLUTION 没有对应的 ### END SOLUTION"),
    (r"encountered nested begin solution statements", "### BEGIN SOLUTION 里面又有一个"),
    (r"Solution region detected in a non-solution cell.*", "### BEGIN SOLUTION 不在作答格里"),
    (r"No end hidden tests statement found", "有一处 ### BEGIN HIDDEN TESTS 没有对应的 ### END HIDDEN TESTS"),
    (r"Encountered nested begin hidden tests statements", "### BEGIN HIDDEN TESTS 里面又有一个"),
    (r"Hidden test region detected in a non-grade cell.*", "### BEGIN HIDDEN TESTS 不在评分的测试格里"),
    (r"Duplicate grade id: (.*)", r"有两个单元格的 grade_id 都是 \1"),
    (r"nbgrader cell does not have a grade_id: .*|grade_id is empty", "有单元格没有 grade_id"),
    (r"nbgrader cell '(.*)' does not have points", r"单元格 \1 没有写分值"),
    (r"Markdown grade cell '(.*)' is not marked as a solution cell", r"文字格 \1 要评分，却不是作答格"),
    (r"Markdown solution cell is not marked as a grade cell: .*", "有一个文字作答格没有设为要评分"),
    (r"Task cells have to be markdown: .*", "任务格要用 Markdown"),
    (
        r"Cannot add or remove cells for notebook '(.*)' because there are submissions .*",
        r"笔记本 \1 已经有人提交，不能再增删单元格",
    ),
    (r"Cannot modify existing assignment .* because there are submissions .*", "已经有人提交，不能再增删笔记本"),
    (r"language '(.*)' has not been specified in .*", r"不会处理 \1 语言的笔记本"),
    (r".*: line (\d+) column \d+ \(char \d+\)", r"笔记本不是有效的 JSON，读到第 \1 行读不下去"),
)


def _said(log: str) -> Message:
    """What nbgrader's log says was wrong: the exception that ended it, else its own sentences."""
    raised = re.findall(r"^\s*(?:\w+\.)*\w*(?:Error|Entry|Exception): (.+)$", log, re.MULTILINE)
    if raised:
        en = re.sub(r"^\(\w+(?:\.\w+)*\) ", "", raised[0])
        if en != raised[0]:  # a database's own exception, in brackets
            return means(en)
        found = (match.expand(zh) for pattern, zh in _SAYINGS if (match := re.fullmatch(pattern, en)))
        return Message(next(found, f"（原话）{en}"), en)
    said = " ".join(line.strip() for line in log.splitlines()[-8:] if line.strip() and "traceback" not in line)
    return Message(f"（原话）{said}", said)


def _swap(fresh: Path, place: Path, aside: Path) -> None:
    """Put a folder in the place of another, which is deleted only then."""
    shutil.rmtree(aside, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(aside)
    fresh.rename(place)
    shutil.rmtree(aside, ignore_errors=True)


def agree(source: Path) -> None:
    """Refuse a source notebook that differs from the exercises that grade it. 源笔记本与练习不一致时拒绝。

    A notebook without exercises brings its own tests and is what it is.  Cells that a person grades can be added to
    any: nothing here grades them.

    Raises :class:`ClassroomError`, in one line.
    """
    if differs := difference(source):
        where = source.relative_to(source.parents[2])
        raise ClassroomError(f"{where}: {differs.en}", f"{where}：{differs.zh}")


def difference(source: Path) -> Message | None:
    """In what a source notebook differs from its exercises. 源笔记本与练习的差别。"""
    known = {exercise.id: exercise for exercise in exercises_of(source.stem)}
    if not known:
        return None
    try:
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        roles = [(intake.role(cell), intake.grade_id(cell), cell["metadata"].get("nbgrader", {})) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
        return Message(f"不是笔记本（{why}）", f"it is not a notebook ({why})")
    checks = {name: marks for role, name, marks in roles if role == "check"}
    answers = {name for role, name, _ in roles if role == "answer"}
    if twice := [name for name, count in Counter(name for _, name, _ in roles if name).items() if count > 1]:
        return Message(f"单元格 {'、'.join(twice)} 出现了不止一次", f"the cell {', '.join(twice)} stands there twice")
    if own := [name for name in checks if name.removesuffix("_check") not in known or not name.endswith("_check")]:
        return Message(
            f"没有练习给 {'、'.join(own)} 评分；自己的测试请放进另外命名的笔记本",
            f"{', '.join(own)} is graded by no exercise; put your own tests into a notebook of another name",
        )
    if gone := [name for name in known if f"{name}_check" not in checks or name not in answers]:
        return Message(
            f"缺少 {'、'.join(gone)} 的作答格或检查格", f"the answer or the check of {', '.join(gone)} is missing"
        )
    points = [(name, marks["points"], known[name.removesuffix("_check")].points) for name, marks in checks.items()]
    if wrong := [(name, given, own) for name, given, own in points if given != own]:
        zh = "；".join(f"{name} 是 {given:g} 分，练习是 {own} 分" for name, given, own in wrong)
        en = "; ".join(f"{name} has {given:g} points, its exercise {own}" for name, given, own in wrong)
        return Message(f"{zh}：分值由练习决定", f"{en}: points are given by the exercise")
    return None
