"""Bring handed-in work into a class: a plan of every file first, then each student's folder in one step."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.classroom.archives import Reader, Unpackable
from autograder.classroom.folder import Classroom, ClassroomError, naming
from autograder.classroom.gradebook import open_gradebook
from autograder.classroom.plan import TAKEN, TIMESTAMP, Parcel, Plan, Planner, against_class
from autograder.classroom.roster import Roster
from autograder.classroom.shapes import Shapes
from autograder.classroom.times import write_time
from autograder.classroom.told import tell
from autograder.classroom.who import FILE, Ids, Known, clean

#: Where in the class a version is kept that a newer one took the place of.
ASIDE = "replaced"


@dataclass(frozen=True)
class Options:
    """What an instructor says of a delivery. 教师对这批作业的说明。

    roster    who is in the class
    pattern   a regular expression with a group ``student``, and perhaps ``attempt``, ``time``, ``email``,
              ``first_name``, ``last_name``, that is searched for in the path of each file
    student   whose everything is
    zone      the time zone of times that come without one; this computer's when not given
    dry       plan, and write nothing
    """

    roster: Roster | None = None
    pattern: str = ""
    student: str = ""
    zone: datetime.tzinfo | None = None
    dry: bool = False


def collect(room: Classroom, assignment: str, source: Path, options: Options | None = None) -> Plan:
    """Take the work in ``source`` into the class as submissions of ``assignment``. 收取作业。

    source   a folder, a zip or tar archive, or one notebook, as learning platforms and people hand them out

    Returns what became of every file.  What the class had and is replaced is kept under ``replaced/``.  Raises
    :class:`~autograder.classroom.folder.ClassroomError` when there is no notebook at all or ``source`` cannot be read.
    """
    options = options or Options()
    pattern = _compiled(options.pattern)
    if not source.exists():
        raise ClassroomError(
            f"{source} does not exist; expected a folder or an archive of submissions, or one notebook",
            f"没有 {source}；要的是装着作业的文件夹、压缩包，或一份笔记本",
        )
    with tempfile.TemporaryDirectory(prefix="collect-") as spool:
        try:
            with _unpacking_to(spool):
                items = list(Reader(Path(spool), options.zone).walk(source))
        except Unpackable as error:
            why = tell("broken", why=error.why)
            raise ClassroomError(f"{source}: {why.en}", f"{source}：{why.zh}") from None
        ids = Ids(room.root / FILE, options.roster)
        shapes = Shapes(_words(room), options.zone, pattern, options.student)
        if ids.roster is not None:
            shapes.known = ids.roster.find
        senders = shapes.senders(items)
        known = ids.give(sender for group in senders.values() for sender in group)
        plan = Planner(room, assignment, items, senders, known).make()
        if not any(line.source.lower().endswith(".ipynb") or line.fate == "refused" for line in plan.lines):
            raise ClassroomError(f"no notebook (*.ipynb) in {source}", f"{source} 里没有笔记本（*.ipynb）")
        against_class(room, plan)
        if ids.roster is not None:
            here = {line.student for line in plan.lines if line.notebook}
            here |= {one.student for one in room.submissions(assignment)}
            plan.missing = [own for person in ids.roster.people if (own := clean(person.id)) not in here]
        if not options.dry:
            if plan.parcels or options.roster is not None:
                ids.save()
            for parcel in plan.parcels.values():
                _write(room, plan, parcel)
            _name(room, options.roster, {k.id: k for k in known.values() if isinstance(k, Known)})
        else:
            for parcel in plan.parcels.values():
                _say_replaced(room, plan, parcel, room.path("submitted", parcel.assignment, parcel.student).parent)
    return plan


@contextlib.contextmanager
def _unpacking_to(spool: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename is None:  # of a write the system does not say where it failed
            raise OSError(error.errno, error.strerror, spool) from None
        raise


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ClassroomError(
            f"--pattern {pattern!r} is no regular expression: {error}",
            f"--pattern {pattern!r} 不是正则表达式：{error}",
        ) from None
    if not {"student", "student_id", "name", "first_name", "last_name"} & found.groupindex.keys():
        raise ClassroomError(
            f"--pattern {pattern!r} has no group (?P<student>…), which says whose a file is",
            f"--pattern {pattern!r} 缺少说明文件属于谁的组 (?P<student>…)",
        )
    return found


def _words(room: Classroom) -> tuple[str, ...]:
    names = room.assignments()
    return tuple(dict.fromkeys([*names, *(notebook for name in names for notebook in room.notebooks(name))]))


def _write(room: Classroom, plan: Plan, parcel: Parcel) -> None:
    """Make the folder beside and swap it in; at every moment the old one or the new one is whole on disk."""
    place = room.path("submitted", parcel.assignment, parcel.student).parent
    fresh = place.with_name(f".{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with naming(place):
            fresh.mkdir(parents=True)
            if place.is_dir():
                # an assignment of several notebooks may come in parts
                for name in room.notebooks(parcel.assignment):
                    kept = place / f"{name}.ipynb"
                    if kept.is_file() and not kept.is_symlink():
                        shutil.copy2(kept, fresh / kept.name)
            for name, file in parcel.files.items():
                shutil.copyfile(file, fresh / name)
            if parcel.time:
                (fresh / TIMESTAMP).write_text(write_time(parcel.time) + "\n", encoding="ascii")
            aside = _say_replaced(room, plan, parcel, place)
            if aside is not None:
                aside.parent.mkdir(parents=True, exist_ok=True)
                os.rename(place, aside)
            os.rename(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _say_replaced(room: Classroom, plan: Plan, parcel: Parcel, place: Path) -> Path | None:
    """Where what is there now will be kept; said in the lines of what takes its place."""
    if not place.is_dir():
        return None
    shelf, number = room.root / ASIDE / parcel.student / parcel.assignment, 1
    while (shelf / f"{number}").exists():
        number += 1
    aside = shelf / f"{number}"
    note = tell("replaces", aside=aside.relative_to(room.root).as_posix())
    for index in parcel.lines:
        line = plan.lines[index]
        if line.fate == TAKEN:
            plan.lines[index] = replace(line, notes=(*line.notes, note))
    return aside


def _name(room: Classroom, roster: Roster | None, known: dict[str, Known]) -> None:
    """Fill in the gradebook what the roster says of everybody on it."""
    if roster is None:
        return
    with open_gradebook(room.database) as book:
        for person in roster.people:
            said = {
                "first_name": person.first,
                "last_name": person.last or (None if person.first else clean(person.id)),
                "email": person.email,
                "lms_user_id": person.lms,
            }
            book.update_or_create_student(clean(person.id), **{key: text for key, text in said.items() if text})
