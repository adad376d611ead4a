"""Make the students' version of an assignment, through nbgrader."""

from __future__ import annotations

from autograder.classroom import Classroom, ClassroomError
from autograder.config import configure
from autograder.gradebook import quick_nbgrader


def release(room: Classroom, assignment: str) -> None:
    """Run nbgrader's generate_assignment for one assignment of a class. 用 nbgrader 生成学生版作业。

    Raises :class:`ClassroomError` with nbgrader's own words when it refuses.
    """
    if assignment not in room.assignments():
        known = ", ".join(room.assignments()) or "none"
        raise ClassroomError(f"no source notebook for {assignment!r} in {room.root / 'source'} (there: {known})")
    with quick_nbgrader():
        from nbgrader.apps import NbGraderAPI
        from traitlets.config import Config
    config = Config()
    configure(config, room.root)
    done = NbGraderAPI(config=config).generate_assignment(assignment, force=True, create=True)
    if not done["success"]:
        said = [line for line in (done.get("error") or done.get("log") or "").splitlines() if line.strip()]
        raise ClassroomError(f"nbgrader could not release {assignment}: {said[-1] if said else 'no reason given'}")
