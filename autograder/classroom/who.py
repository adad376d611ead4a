"""Students' ids: from the roster, or made of names so that they stay the same and are two people's never."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.classroom.folder import Classroom, can_be_printed, write_text
from autograder.classroom.roster import Person, Roster
from autograder.classroom.shapes import Sender
from autograder.classroom.told import tell
from autograder.grading import untrusted
from autograder.judging.catalogue import Message

#: In the class: which name got which id, so that it gets the same again, and the roster that was given last.
FILE = "collected.json"
_SIGNS = re.compile(r"[^\w.@+-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_LONGEST = 120


@dataclass(frozen=True)
class Known:
    """A student by id, with what is to be said of it. 学生编号及说明。"""

    id: str
    person: Person | None = None
    notes: tuple[Message, ...] = ()


class Ids:
    """The ids of a class. 班级的学生编号。

    file     where they are kept
    roster   who is in the class; without one, those on the one before: a list that is forgotten once would make
             everybody another student
    """

    def __init__(self, file: Path, roster: Roster | None) -> None:
        self.file = file
        self.kept: dict[str, str] = {}
        self.roster = roster
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            self.kept = {str(key): str(value) for key, value in stored["ids"].items()}
            if roster is None and stored.get("roster"):
                people = stored["roster"]
                self.roster = Roster(Person(**{**one, "others": tuple(one["others"])}) for one in people)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # what cannot be read is made anew
        self.used = {value.casefold(): key for key, value in self.kept.items()}

    def give(self, senders: Iterable[Sender]) -> dict[tuple[str, str], Known | Message]:
        """An id for everybody, or why there is none. 为每个人给出编号，或说明为何给不出。"""
        people = {sender.person: sender for sender in senders}
        places: dict[str, list[str]] = {}
        for name, place in people:
            places.setdefault(name, []).append(place)
        found: dict[tuple[str, str], Known | Message] = {}
        # those that are called like their id come first
        for name, place in sorted(people, key=lambda who: (clean(who[0]) != who[0], who)):
            found[name, place] = self._one(people[name, place], len(places[name]) > 1)
        return found

    def _one(self, sender: Sender, namesakes: bool) -> Known | Message:
        unknown: tuple[Message, ...] = ()
        if self.roster is not None:
            listed = self._listed(sender, namesakes)
            if len(listed) > 1:
                return tell("several people", who=", ".join(person.id for person in listed[:5]))
            if listed:
                key, own = f"={listed[0].id}", clean(listed[0].id)
                if self.kept.get(listed[0].id) == own:  # who was called so without a roster is the same
                    self.kept.setdefault(key, own)
                known = self._known(key, listed[0].id, listed[0].id, listed[0])
                before = self.kept.get(sender.name, known.id)  # from a time when there was no roster
                said = (tell("another before", other=before),) if before != known.id else ()
                return Known(known.id, known.person, (*known.notes, *said))
            unknown = (tell("not on roster"),)
        tail = sender.place.rpartition("/")[2]
        wanted = f"{sender.name}-{tail}" if namesakes and tail else sender.name
        key = f"{sender.name}\t{sender.place}" if namesakes else sender.name
        known = self._known(key, wanted, sender.name)
        return Known(known.id, None, (*known.notes, *unknown))

    def _listed(self, sender: Sender, namesakes: bool) -> list[Person]:
        assert self.roster is not None
        by_name = self.roster.find(sender.name, sender.title)
        by_mark = self.roster.find(*sender.marks)
        if len(by_mark) == 1 and (not by_name or by_mark[0] in by_name):
            return by_mark
        # two whom the platform tells apart are not one because their names are alike
        return [] if namesakes and len(by_name) == 1 else by_name

    def _known(self, key: str, wanted: str, name: str, person: Person | None = None) -> Known:
        if key in self.kept:
            own = self.kept[key]
        else:
            own = clean(wanted)
            if not own or self.used.get(own.casefold(), key) != key:
                own = f"{own or 'student'}-{hashlib.sha256(key.encode()).hexdigest()[:4]}"
            while self.used.get(own.casefold(), key) != key:
                own += "x"
            self.kept[key] = own
            self.used[own.casefold()] = key
        notes = (tell("apart", other=clean(name) or "?", id=own),) if own != clean(name) else ()
        return Known(own, person, notes)

    def save(self) -> None:
        """Keep what was given. 保存。"""
        people = [asdict(person) for person in self.roster.people] if self.roster else []
        kept = {"ids": self.kept, "roster": people}
        write_text(self.file, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def clean(name: str) -> str:
    """An id made of a name, which can be a folder's name on any system. 由姓名得到的编号，可作文件夹名。"""
    own = _SIGNS.sub("_", unicodedata.normalize("NFC", name)).strip("._-+")
    if len(own.encode()) > _LONGEST:
        mark = hashlib.sha256(own.encode()).hexdigest()[:6]
        own = f"{own.encode()[: _LONGEST - 7].decode('utf-8', 'ignore')}-{mark}"
    return f"{own}_" if _RESERVED.fullmatch(own) else own


def name_anew(room: Classroom) -> Iterator[Message]:
    """Give students' folders that were put in by hand a name that can be printed, and say which.

    给名称无法显示的学生文件夹改名。  What the system refuses to rename stays as it is, and is left out.
    """
    for folder in sorted((room.root / "submitted").glob("*")):
        if can_be_printed(folder.name) or folder.is_symlink() or not folder.is_dir():
            continue
        own = clean(untrusted.line(folder.name).replace("\ufffd", "")) or "student"
        if folder.with_name(own).exists():
            own += f"-{hashlib.sha256(folder.name.encode('utf-8', 'surrogateescape')).hexdigest()[:4]}"
        if not folder.with_name(own).exists():
            with contextlib.suppress(OSError):
                folder.rename(folder.with_name(own))
                yield tell("unprintable", name=ascii(folder.name)[1:-1], id=own)
