"""What only the gradebook has: grades by hand, comments and due dates are copied beside it before each grading.

Scores can be made anew from what was handed in; what people entered cannot.  A gradebook that was deleted and made
anew never replaces the copy of the one before.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.folder import Classroom, ClassroomError, naming
from autograder.judging.catalogue import Message

FILE = "gradebook.backup.db"
_BY_HAND = (
    "SELECT count(*) FROM grade WHERE manual_score IS NOT NULL OR extra_credit IS NOT NULL",
    "SELECT count(*) FROM comment WHERE manual_comment IS NOT NULL",
    "SELECT count(*) FROM assignment WHERE duedate IS NOT NULL",
)


@dataclass(frozen=True)
class _Held:
    """What a gradebook holds: which assignments, by number, and how much that people entered."""

    assignments: frozenset[str]
    by_hand: int


def back_up(room: Classroom) -> Message | None:
    """Copy the gradebook, where people entered something into it and it is a file; a server has backups of its own.

    评分前备份成绩册里人工录入的内容。Returns what there is to say when this gradebook is not the one before.

    Raises :class:`~autograder.classroom.folder.ClassroomError` when the copy cannot be written.
    """
    kind, _, place = room.database.partition(":///")
    if kind != "sqlite":
        return None
    file = room.root / place.partition("?")[0]
    copy = file.with_name(FILE)
    now, kept = _held(file), _held(copy)
    if kept is not None and kept.by_hand and (now is None or not now.assignments & kept.assignments):
        when = datetime.datetime.fromtimestamp(copy.stat().st_mtime).isoformat(" ", "minutes")
        return Message(
            f"成绩册是重新建立的：手工评分、评语和截止日期不在里面，而在 {copy} 里（{when}，{kept.by_hand} 项）；"
            f"要取回，就把它复制成 {file} 再评一次，不要就删掉它",
            f"the gradebook was made anew: grades by hand, comments and due dates are not in it but in {copy} "
            f"({when}, {kept.by_hand} of them); to have them back, copy it to {file} and grade again; else delete it",
        )
    if now is not None and not now.assignments and any(room.root.glob("autograded/*/*/*.ipynb")):
        return Message(
            f"成绩册 {file} 是空的，而这个班评过分：手工评分、评语和截止日期没有备份；"
            f"autograder release 之后再评分，其余都会恢复",
            f"the gradebook {file} is empty, though this class was graded: of grades by hand, comments and due dates "
            f"there is no backup; autograder release, then grading, makes the rest anew",
        )
    if now is not None and now.by_hand and (kept is None or file.stat().st_mtime > copy.stat().st_mtime):
        _copy(file, copy)
    return None


def _held(file: Path) -> _Held | None:
    if not file.is_file():
        return None
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as book:
        ids = frozenset(str(row[0]) for row in book.execute("SELECT id FROM assignment"))
        return _Held(ids, sum(book.execute(query).fetchone()[0] for query in _BY_HAND))
    return None


def _copy(file: Path, copy: Path) -> None:
    fresh = copy.with_name(f".{copy.name}.new")
    try:
        with naming(copy), contextlib.closing(sqlite3.connect(file)) as book:
            with contextlib.closing(sqlite3.connect(fresh)) as other:
                book.backup(other)
            os.replace(fresh, copy)
    except sqlite3.Error as error:
        raise ClassroomError(
            f"the gradebook cannot be copied to {copy} before grading: {error}",
            f"评分前无法把成绩册备份到 {copy}：{error}",
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
