"""Make the students' version of an assignment, through nbgrader."""

from __future__ import annotations

from autograder.classroom.config import configure
from autograder.classroom.folder import Classroom, ClassroomError
from autograder.classroom.gradebook import quick_nbgrader


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
        log = (done.get("log") or done.get("error") or "").splitlines()
        said = [line for line in log if line.strip() and not line.startswith(("Please see", "nbgrader.converters"))]
        raise ClassroomError(f"nbgrader could not release {assignment}:\n" + "\n".join(said[-8:]))
