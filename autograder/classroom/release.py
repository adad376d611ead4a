"""Make the students' version of an assignment, through nbgrader, beside the one that is there."""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from pathlib import Path

from autograder.classroom.folder import Classroom, ClassroomError, exercises_of
from autograder.classroom.gradebook import prepare_nbgrader, quick_nbgrader
from autograder.grading import intake

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
        differs = difference(source)
        if differs:
            raise ClassroomError(f"{source.relative_to(room.root)}: {differs}")
    with quick_nbgrader():
        from nbgrader.apps import NbGraderAPI
    prepare_nbgrader()
    config = copy.deepcopy(room.config)
    config.CourseDirectory.root = str(room.root)
    config.CourseDirectory.release_directory = _FRESH
    fresh = room.root / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        done = NbGraderAPI(config=config).generate_assignment(assignment, force=True, create=True)
        if not done["success"]:
            log = (done.get("log") or done.get("error") or "").splitlines()
            said = [line for line in log if line.strip() and not line.startswith(("Please see", "nbgrader.converters"))]
            raise ClassroomError(f"nbgrader could not release {assignment}:\n" + "\n".join(said[-8:]))
        _swap(fresh / assignment, room.root / "release" / assignment, room.root / _OLD)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, place: Path, aside: Path) -> None:
    """Put a folder in the place of another, which is deleted only then."""
    shutil.rmtree(aside, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(aside)
    fresh.rename(place)
    shutil.rmtree(aside, ignore_errors=True)


def difference(source: Path) -> str:
    """In what a source notebook differs from the exercises that grade it, empty for none. 源笔记本与练习的差别。

    A notebook without exercises brings its own tests and is what it is.  Cells that a person grades can be added to
    any: nothing here grades them.
    """
    known = {exercise.id: exercise for exercise in exercises_of(source.stem)}
    if not known:
        return ""
    try:
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        roles = [(intake.role(cell), intake.grade_id(cell), cell["metadata"].get("nbgrader", {})) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        return f"it is not a notebook ({type(error).__name__}: {error})"
    checks = {name: marks for role, name, marks in roles if role == "check"}
    answers = {name for role, name, _ in roles if role == "answer"}
    twice = [name for name, count in Counter(name for _, name, _ in roles if name).items() if count > 1]
    own = [name for name in checks if name.removesuffix("_check") not in known or not name.endswith("_check")]
    gone = [name for name in known if f"{name}_check" not in checks or name not in answers]
    points = [
        f"{name} has {marks['points']:g} points, its exercise {known[name.removesuffix('_check')].points}"
        for name, marks in checks.items()
        if name not in own and marks["points"] != known[name.removesuffix("_check")].points
    ]
    if twice:
        return f"the cell {', '.join(twice)} stands there twice"
    if own:
        return f"{', '.join(own)} is graded by no exercise; put your own tests into a notebook of another name"
    if gone:
        return f"the answer or the check of {', '.join(gone)} is missing"
    return "; ".join(points) + (": points are given by the exercise" if points else "")
