"""What is to become of every file that was handed in, decided before anything is written."""

from __future__ import annotations

import ast
import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.classroom.archives import Item
from autograder.classroom.folder import Classroom, ClassroomError
from autograder.classroom.shapes import METADATA, Sender
from autograder.classroom.times import read_time
from autograder.classroom.told import tell
from autograder.classroom.who import Known
from autograder.grading import intake
from autograder.judging import reading
from autograder.judging.catalogue import Message

TAKEN, UNCHANGED, OLDER, SKIPPED, REFUSED = "taken", "unchanged", "older", "skipped", "refused"
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Line:
    """One file, one student, and what becomes of it. 一份文件的去向。

    fate   ``"taken"``, ``"unchanged"`` (the class has it), ``"older"`` (a newer version is taken, or there already),
           ``"skipped"`` (nothing that is graded) or ``"refused"`` (left out: somebody has to look)
    why    the reason, where it was not taken
    """

    source: str
    fate: str
    student: str = ""
    assignment: str = ""
    notebook: str = ""
    time: datetime.datetime | None = None
    why: Message | None = None
    notes: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values. 转成普通的 JSON 值。"""
        return {
            **vars(self),
            "time": self.time and self.time.isoformat(),
            "why": self.why and self.why.to_json(),
            "notes": [message.to_json() for message in self.notes],
        }


@dataclass
class Parcel:
    """What goes into one student's folder of one assignment. 一名学生一次作业的全部文件。

    files   by name, the copy to take
    time    when it was handed in, where anything says so
    """

    student: str
    assignment: str
    files: dict[str, Path] = field(default_factory=dict)
    time: datetime.datetime | None = None
    lines: list[int] = field(default_factory=list)


@dataclass
class Plan:
    """Every file's fate, and what is to be written. 收取计划。

    missing   ids of those on the roster from whom there is no notebook
    notes     what is to be said of the delivery as a whole
    """

    lines: list[Line] = field(default_factory=list)
    parcels: dict[tuple[str, str], Parcel] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    @property
    def left_out(self) -> list[Line]:
        return [line for line in self.lines if line.fate == REFUSED]


@dataclass(frozen=True)
class Target:
    """A notebook of the class: what it is known by, and its answers as they were released. 班级的一本笔记本。"""

    assignment: str
    notebook: str
    markers: frozenset[str] = frozenset()
    stubs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Candidate:
    """A notebook that somebody handed in, read."""

    index: int
    item: Item
    sender: Sender
    target: Target | None
    digest: str
    answered: int | None
    time: datetime.datetime | None
    unread: Message | None = None


def targets(room: Classroom) -> list[Target]:
    """The notebooks of a class, as released, else as in its source. 班级的全部笔记本。"""
    found = []
    for assignment in room.assignments():
        for notebook in room.notebooks(assignment):
            stubs: dict[str, str] = {}
            try:
                released = room.release(assignment, notebook)
                stubs = {
                    intake.grade_id(cell): _code(cell)
                    for cell in released["cells"]
                    if intake.role(cell) in ("answer", "manual")
                }
                known = intake.markers(released)
            except ClassroomError:
                known = _markers_of_source(room.path("source", assignment, notebook=notebook))
            found.append(Target(assignment, notebook, known, stubs))
    return found


def _markers_of_source(path: Path) -> frozenset[str]:
    try:
        return intake.markers({"cells": [{"metadata": {}, **cell} for cell in intake.parse(path.read_bytes())]})
    except (OSError, intake.Unreadable):
        return frozenset()


@dataclass
class Planner:
    """Makes the plan of one delivery. 制定收取计划。"""

    room: Classroom
    assignment: str
    items: list[Item]
    senders: dict[int, list[Sender]]
    known: dict[tuple[str, str], Known | Message]
    plan: Plan = field(default_factory=Plan)
    _homes: dict[tuple[str, PurePosixPath], list[Parcel]] = field(default_factory=dict)
    #: Hand-in times that only the archive's entries say.
    _packed: list[datetime.datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.targets = targets(self.room)
        self.own = [target for target in self.targets if target.assignment == self.assignment]
        self.stamps = {
            item.path.parent: read_time(item.read()[:200].decode("utf-8", "replace"))
            for item in self.items
            if item.path.name == TIMESTAMP and item.file
        }

    def make(self) -> Plan:
        """Every file gets a line, a notebook that several handed in together one for each. 为每个文件定去向。"""
        handed: dict[str, list[_Candidate]] = {}
        rest: list[int] = []
        for index, item in enumerate(self.items):
            if item.skipped:
                self._say(index, SKIPPED, why=item.skipped)
            elif item.refused:
                self._say(index, REFUSED, self._whose(index), item.refused)
            elif item.path.suffix.lower() == ".ipynb":
                for student, sender in self._students(index):
                    handed.setdefault(student, []).append(self._read(index, sender))
            else:
                rest.append(index)
        for student in sorted(handed):
            self._take(student, handed[student])
        self._rest(rest, handed)
        if (time := _at_once(self._packed)) is not None:
            self.plan.notes.append(tell("at once", time=f"{time.astimezone():%Y-%m-%d %H:%M}"))
        return self.plan

    # ---- whose

    def _whose(self, index: int) -> str:
        for sender in self.senders.get(index, []):
            known = self.known.get(sender.person)
            if isinstance(known, Known):
                return known.id
        return ""

    def _students(self, index: int) -> list[tuple[str, Sender]]:
        found = []
        for sender in self.senders.get(index, []):
            known = self.known[sender.person]
            if sender.ambiguous:
                self._say(index, REFUSED, why=tell("people or versions", folder=sender.ambiguous))
            elif isinstance(known, Message):
                self._say(index, REFUSED, why=known)
            else:
                found.append((known.id, sender))
        if not self.senders.get(index):
            self._say(index, REFUSED, why=tell("whose"))
        return found

    # ---- which notebook

    def _read(self, index: int, sender: Sender) -> _Candidate:
        item = self.items[index]
        data, unread = item.read(), None
        stamp = next((self.stamps[place] for place in list(item.path.parents)[:2] if place in self.stamps), None)
        time = stamp or sender.time
        cells: list[dict[str, Any]] = []
        try:
            cells = intake.parse(data)
        except intake.Unreadable as problem:
            unread = problem.message
        ids = intake.ids(cells)
        target = self._target(ids, item.path.stem)
        answered = None
        if target is not None and target.stubs:
            answered = sum(
                intake.grade_id(cell) in target.stubs and _code(cell) not in ("", target.stubs[intake.grade_id(cell)])
                for cell in cells
            )
        return _Candidate(index, item, sender, target, hashlib.sha256(data).hexdigest(), answered, time, unread)

    def _target(self, ids: set[str], stem: str) -> Target | None:
        """The notebook that the ids of a file's cells say it is; of two that they may mean, the one it is called."""
        ranked = [
            (len(ids & target.markers), target in self.own, _resembles(stem, target.notebook), target)
            for target in self.targets
            if ids & target.markers
        ]
        return max(ranked, key=lambda one: one[:3])[3] if ranked else None

    # ---- which version

    def _take(self, student: str, every: list[_Candidate]) -> None:
        groups: dict[tuple[str, str], list[_Candidate]] = {}
        strays = []
        for one in every:
            if one.target is None:
                strays.append(one)
            else:
                groups.setdefault((one.target.assignment, one.target.notebook), []).append(one)
        here = [key for key in groups if key[0] == self.assignment]
        if not here and (spare := strays or [one for group in groups.values() for one in group]):
            # nothing of this assignment: what there is goes in, for grading to say what is wrong with it
            wanted = self.own[0] if self.own else Target(self.assignment, self.assignment)
            named = [one for one in spare if any(_resembles(one.item.path.stem, t.notebook) for t in self.own)]
            chosen = self._newest(named or spare)
            wanted = next((t for t in self.own if _resembles(chosen.item.path.stem, t.notebook)), wanted)
            what = tell("another", name=chosen.target.notebook) if chosen.target else chosen.unread or tell("stranger")
            self._put(student, wanted, [chosen], (what,))
            strays = [one for one in strays if one is not chosen]
            groups = {key: left for key, group in groups.items() if (left := [o for o in group if o is not chosen])}
        for one in strays:
            why = tell("unread", why=one.unread.en) if one.unread else tell("stranger")
            self._say(one.index, REFUSED, student, why)
        for (assignment, _), group in sorted(groups.items()):
            target = group[0].target
            assert target is not None
            if assignment != self.assignment and self._has_other(student, target, group):
                for one in group:
                    self._say(one.index, REFUSED, student, tell("has another", name=target.notebook))
            else:
                self._put(student, target, group)

    def _has_other(self, student: str, target: Target, group: list[_Candidate]) -> bool:
        there = self.room.path("submitted", target.assignment, student, target.notebook)
        try:
            return hashlib.sha256(there.read_bytes()).hexdigest() != self._newest(group).digest
        except OSError:
            return there.parent.exists() and any(there.parent.glob("*.ipynb"))

    def _newest(self, group: list[_Candidate]) -> _Candidate:
        """The version that counts: of one attempt the answered one, then the latest, then the one called as it should.

        取哪个版本：先看平台的次数与时间；同一次里取有作答的，再取较新的。
        """

        def rank(one: _Candidate) -> tuple[Any, ...]:
            written = one.item.time
            stem = one.item.path.stem
            return (
                one.sender.attempt,
                _seconds(one.time),
                one.answered != 0,
                _seconds(written),
                bool(one.target and stem == one.target.notebook),
                one.answered or 0,
                one.index,
            )

        return max(group, key=rank)

    def _put(self, student: str, target: Target, group: list[_Candidate], notes: tuple[Message, ...] = ()) -> None:
        chosen = self._newest(group)
        others = [one for one in group if one is not chosen]
        for one in others:
            if one.digest == chosen.digest:
                why = tell("same", other=chosen.item.path.name)
            elif one.answered == 0 and chosen.answered:
                why = tell("blank", other=chosen.item.path.name)
                notes = (*notes, tell("blank beside", other=one.item.path.name))
            else:
                why = tell("older", other=chosen.item.path.name)
            self._say(one.index, OLDER, student, why, target, time=one.time or _packed(one))
            if chosen.answered == 0 and one.answered:
                notes = (*notes, tell("blank", other=one.item.path.name))
        known = self.known[chosen.sender.person]
        if isinstance(known, Known):
            notes = (*known.notes, *notes)
        if chosen.sender.late:
            notes = (*notes, tell("late", place=f"submitted/{student}/{target.assignment}/{TIMESTAMP}"))
        if not _resembles(chosen.item.path.stem, target.notebook):
            notes = (*notes, tell("renamed", name=f"{target.notebook}.ipynb"))
        time = chosen.time or _packed(chosen)
        if time is not None and chosen.time is None:
            self._packed.append(time)
        parcel = self.plan.parcels.setdefault((student, target.assignment), Parcel(student, target.assignment))
        assert chosen.item.file is not None
        parcel.files[f"{target.notebook}.ipynb"] = chosen.item.file
        if time is not None:
            parcel.time = max(parcel.time, time) if parcel.time else time
        parcel.lines.append(len(self.plan.lines))
        self._say(chosen.index, TAKEN, student, None, target, time=time, notes=notes)
        self._taken_from(parcel, chosen.item.path.parent)

    # ---- what lies beside

    def _taken_from(self, parcel: Parcel, folder: PurePosixPath) -> None:
        self._homes.setdefault((parcel.student, folder), []).append(parcel)

    def _rest(self, indices: Iterable[int], handed: dict[str, list[_Candidate]]) -> None:
        for index in indices:
            item, whose = self.items[index], self._whose(index)
            parcels = self._homes.get((whose, item.path.parent), []) if whose else []
            if item.path.suffix.lower() == ".py":
                if parcels and reading.is_module_name(item.path.stem) and item.file:
                    for parcel in parcels:
                        parcel.files[item.path.name] = item.file
                        parcel.lines.append(len(self.plan.lines))
                    self._say(index, TAKEN, whose, notes=(tell("module"),), target=Target(parcels[0].assignment, ""))
                else:
                    self._say(index, SKIPPED, whose, tell("module left"))
            elif item.path.name in (TIMESTAMP, METADATA) or (
                item.file and item.path.suffix.lower() in (".txt", ".yml")
            ):
                self._say(index, SKIPPED, whose, tell("no receipt"))
            elif whose and whose not in handed:
                self._say(index, REFUSED, whose, tell("only others"))
            else:
                self._say(index, SKIPPED, whose, tell("no notebook"))

    def _say(
        self,
        index: int,
        fate: str,
        student: str = "",
        why: Message | None = None,
        target: Target | None = None,
        time: datetime.datetime | None = None,
        notes: tuple[Message, ...] = (),
    ) -> None:
        place = (target.assignment, target.notebook) if target else ("", "")
        path = self.items[index].path.as_posix()
        self.plan.lines.append(Line(path, fate, student, *place, time, why, notes))


def _code(cell: dict[str, Any]) -> str:
    """What an answer says, without comments and docstrings: those are in one language or in two."""
    source = intake.clean(cell.get("source")).strip()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def _packed(one: _Candidate) -> datetime.datetime | None:
    return one.item.time if one.item.packed else None


def _at_once(times: list[datetime.datetime]) -> datetime.datetime | None:
    """When three quarters are of, which is too close for times of handing in: some platforms give a download's own."""
    if len(times) < 3:
        return None
    middle = sorted(times)[len(times) // 2]
    close = sum(abs(time - middle) <= datetime.timedelta(seconds=10) for time in times)
    return middle if 4 * close >= 3 * len(times) else None


def _seconds(time: datetime.datetime | None) -> float:
    return time.timestamp() if time else 0.0


def _resembles(stem: str, notebook: str) -> bool:
    return notebook.casefold() in stem.casefold()


def against_class(room: Classroom, plan: Plan) -> None:
    """Compare what is to be taken with what the class has: what it has already is not written again.

    与班里已有的比较：已有的不再写，较旧的不替换。
    """
    for key, parcel in list(plan.parcels.items()):
        place = room.path("submitted", parcel.assignment, parcel.student).parent
        fate, why = TAKEN, None
        if place.is_symlink() or place.parent.is_symlink():
            fate, why = REFUSED, tell("linked place", place=place.relative_to(room.root))
        elif place.is_dir():
            there, time = _stamp(place), parcel.time and parcel.time.replace(microsecond=0)
            earlier, same = bool(time and (there is None or time < there)), _same(place, parcel)
            if same and not earlier:  # what was handed in then is not late because it is delivered again
                fate, why = UNCHANGED, tell("unchanged")
            elif there and earlier and not same:
                fate, why = OLDER, tell("older than there", there=f"{there:%Y-%m-%d %H:%M:%S} UTC")
        if fate != TAKEN:
            del plan.parcels[key]
            for index in parcel.lines:
                plan.lines[index] = replace(plan.lines[index], fate=fate, why=why)


def _stamp(place: Path) -> datetime.datetime | None:
    try:
        return read_time((place / TIMESTAMP).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _same(place: Path, parcel: Parcel) -> bool:
    try:
        return all((place / name).read_bytes() == file.read_bytes() for name, file in parcel.files.items())
    except OSError:
        return False
