"""Whose a file is: the ways in which learning platforms, nbgrader and people name files and folders."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from autograder.classroom.archives import Item, without_ending
from autograder.classroom.folder import ClassroomError
from autograder.classroom.times import read_time

METADATA = "submission_metadata.yml"
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)
_CANVAS = re.compile(
    r"(?P<name>[^_]+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<attempt>\d+)_(?P<file>.+?)(?:-\d+)?(?:\.\w+)*", re.DOTALL
)
_BLACKBOARD = re.compile(
    r"(?P<name>.+)_(?:attempt|尝试)_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.*))?(?:\.txt)?", re.DOTALL
)
_EXCHANGE = re.compile(r"(?P<name>[^+]+)\+(?P<file>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d.\d\d.\d\d [^+]+)(?:\+.*)?")
_GRADESCOPE = re.compile(r"submission_(?P<number>\d+)")
_RECEIPT = re.compile(
    r"^(?:Name|姓名|名称)\s*[:：]\s*(?P<name>.+?)\s*[(（](?P<login>[^()（）]+)[)）]\s*$", re.MULTILINE
)
#: Names under which Moodle hands out work that is graded without names.
_ANONYMOUS = {"participant", "参与者", "参加者", "匿名用户"}
_VERSION = (
    r"v?\d{1,2}|ver|version|new|newer|old|older|final|finished|finish|draft|copy|copie|backup|bak|late|attempt|try|"
    r"done|fixed|updated?|submitted|submission|submit|my|a|answers?|solutions?|latest|last|first|second|the|of|"
    r"新|旧|最终|最终版|终稿|初稿|草稿|副本|备份|版本?|提交|第?[一二三四五六七八九十\d]+[次版稿]?|修改|修改版|完成|答案|我的|补交|迟交"
)
_GENERIC = (
    r"hw|homeworks?|assignments?|submissions?|submitted|notebooks?|works?|src|code|lab|labs|exercises?|ex|ps|"
    r"problem|set|handed|in|files?|downloads?|export|inbound|jupyter|section|group|class|week|assgn|ipynb|"
    r"parts?|tasks?|questions?|q|部分|题目?|任务|\d+班|"
    r"作业|提交|作业提交|附件|文件|实验|练习|笔记本|课程|代码|第[一二三四五六七八九十\d]+次作业|次作业"
)
_IS_VERSION = re.compile(rf"(?:{_VERSION})(?:(?:{_VERSION}))*", re.IGNORECASE)
_IS_GENERIC = re.compile(rf"(?:{_GENERIC})\d*", re.IGNORECASE)
_CUT = re.compile(r"[\s_\-.()（）\[\]【】+]+")


@dataclass(frozen=True)
class Sender:
    """Whom a file is from, as its names say. 文件名所示的提交者。

    name      as it is written
    place     tells two of one name apart: a number of the platform's, or the folder that theirs is in
    marks     what a roster may know the student by, before the name
    attempt   the platform's number of the version; a larger one is newer
    time      when it was handed in, as the platform says
    folder    what is in it belongs together
    ambiguous a folder that may be one student's or several's
    title     the student's name, where ``name`` is a login or number
    """

    name: str
    place: str = ""
    marks: tuple[str, ...] = ()
    attempt: int = 0
    time: datetime.datetime | None = None
    late: bool = False
    folder: PurePosixPath = field(default_factory=PurePosixPath)
    ambiguous: str = ""
    title: str = ""

    @property
    def person(self) -> tuple[str, str]:
        return self.name, self.place


@dataclass
class Shapes:
    """What is known of how the files of one delivery are named. 一批文件的命名方式。

    words     names of the assignments and their notebooks, which are nobody's
    pattern   what the instructor says of the names: it goes before everything else
    student   whose everything is
    known     whether a name is on the roster
    """

    words: tuple[str, ...]
    zone: datetime.tzinfo | None = None
    pattern: re.Pattern[str] | None = None
    student: str = ""
    known: Callable[[str], object] = lambda name: False
    _receipts: dict[str, tuple[str, str]] = field(default_factory=dict)
    _metadata: dict[PurePosixPath, Mapping[str, Any]] = field(default_factory=dict)
    _heads: list[str] = field(default_factory=list)

    def senders(self, items: Iterable[Item]) -> dict[int, list[Sender]]:
        """Whom each of the items is from, by its number; nobody where nobody can be made out. 每个文件的提交者。"""
        items = list(items)
        for item in items:
            self._learn(item)
        found: dict[int, list[Sender]] = {}
        rest: dict[int, PurePosixPath] = {}
        for index, item in enumerate(items):
            if self.student:
                found[index] = [Sender(self.student)]
            elif self.pattern:
                found[index] = self._by_pattern(item.path)
            elif known := self._by_platform(item.path):
                found[index] = known
            elif _is_notebook(item.path) and not item.skipped:
                rest[index] = item.path
        found |= {index: [sender] for index, sender in by_folders(rest, self.words, self.known).items()}
        return found | self._alongside(items, found)

    def _alongside(self, items: list[Item], found: dict[int, list[Sender]]) -> dict[int, list[Sender]]:
        """Whose the files are that lie in a folder with somebody's notebooks, or are called like one on the roster."""
        homes: dict[PurePosixPath, list[Sender]] = {}
        for index in found:
            for sender in found[index]:
                if sender.folder.parts and sender not in homes.setdefault(sender.folder, []):
                    homes[sender.folder].append(sender)
        more = {}
        for index, item in enumerate(items):
            if index not in found:
                home = next((folder for folder in item.path.parents if folder in homes), None)
                if home is not None:
                    more[index] = homes[home][:1]
                elif self.known(name := _nfc(PurePosixPath(without_ending(item.path.name)).stem)):
                    more[index] = [Sender(name)]
        return more

    def _learn(self, item: Item) -> None:
        if item.path.name == METADATA:
            self._metadata[item.path.parent] = _yaml(item)
        elif match := _BLACKBOARD.fullmatch(item.path.name):
            self._heads.append(match["name"])
            if item.path.suffix.lower() == ".txt" and (said := _RECEIPT.search(_decoded(item.read()))):
                self._receipts[match["name"]] = (said["name"].strip(), said["login"].strip())

    def _by_pattern(self, path: PurePosixPath) -> list[Sender]:
        assert self.pattern is not None
        match = self.pattern.search(path.as_posix())
        groups = {name: text.strip() for name, text in match.groupdict().items() if text} if match else {}
        whole = " ".join(groups[name] for name in ("first_name", "last_name") if name in groups)
        name = groups.get("student") or groups.get("student_id") or groups.get("name") or whole
        if not name:
            return []
        time = groups.get("time") or groups.get("timestamp") or ""
        attempt = re.sub(r"\D", "", groups.get("attempt", ""))[:18]
        marks = tuple(groups[key] for key in ("email",) if key in groups)
        return [Sender(_nfc(name), marks=marks, attempt=int(attempt or 0), time=self._time(time), title=_nfc(whole))]

    def _time(self, text: str) -> datetime.datetime | None:
        day = re.fullmatch(r"(\d{4}-\d\d-\d\d)[-_T ](\d\d)[-_.:](\d\d)[-_.:](\d\d)(.*)", text)
        return read_time(f"{day[1]} {day[2]}:{day[3]}:{day[4]}{day[5]}" if day else text, self.zone) if text else None

    def _by_platform(self, path: PurePosixPath) -> list[Sender]:
        for depth, part in enumerate(path.parts):
            here = PurePosixPath(*path.parts[: depth + 1])
            inside = depth + 1 < len(path.parts)
            folder = here if inside else PurePosixPath()
            if match := _MOODLE.fullmatch(part):
                name, number = _nfc(match["name"]), match["number"]
                if plain_word(name) in _ANONYMOUS:
                    name, number = f"{name} {number}", ""
                return [Sender(name, number, (number,), folder=folder)]
            if match := _CANVAS.fullmatch(part):
                name, number, attempt = _nfc(match["name"]), match["number"], int(match["attempt"][:18])
                return [Sender(name, number, (number,), attempt, late=bool(match["late"]), folder=folder)]
            if match := _BLACKBOARD.fullmatch(part):
                time = self._time(match["time"])
                name, login = self._receipts.get(match["name"], ("", self._login(match["name"])))
                return [Sender(login, marks=(login,), time=time, folder=folder, title=name)]
            if inside and (match := _EXCHANGE.fullmatch(part)):
                return [Sender(_nfc(match["name"]), time=read_time(match["time"], self.zone), folder=folder)]
            if inside and (match := _GRADESCOPE.fullmatch(part)):
                for place, known in self._metadata.items():
                    if part in known and place in (here.parent, here):
                        return self._gradescope(known[part], int(match["number"][:18]), folder)
        return []

    def _login(self, head: str) -> str:
        """The login at the end of "assignment_login": the same for all is the assignment."""
        parts = [other.split("_") for other in set(self._heads)]
        shared = 0
        while len(parts) > 1 and all(len(part) > shared + 1 and part[shared] == parts[0][shared] for part in parts):
            shared += 1
        return "_".join(head.split("_")[shared:]) if shared else head.rpartition("_")[2]

    def _gradescope(self, known: Any, number: int, folder: PurePosixPath) -> list[Sender]:
        known = known if isinstance(known, dict) else {}
        time = read_time(str(known.get(":created_at") or ""))
        senders = []
        people = known.get(":submitters")
        for person in people if isinstance(people, list) else []:
            if isinstance(person, dict):
                name, sid, email = (_nfc(str(person.get(f":{key}") or "")) for key in ("name", "sid", "email"))
                if name or sid or email:
                    marks = tuple(mark for mark in (sid, email) if mark)
                    senders.append(Sender(sid or email or name, "", marks, number, time, folder=folder, title=name))
        return senders


def _nfc(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _yaml(item: Item) -> Mapping[str, Any]:
    """Gradescope's list of who handed in what."""
    import yaml

    try:
        found = yaml.load(_decoded(item.read()), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        why = str(error).splitlines()[0][:200]
        raise ClassroomError(f"{item.path} cannot be read: {why}", f"{item.path} 读不出来：{why}") from None
    return found if isinstance(found, dict) else {}


def _is_notebook(path: PurePosixPath) -> bool:
    return path.suffix.lower() == ".ipynb"


def plain_word(text: str) -> str:
    """A word as it is compared. 用于比较的写法。"""
    return _CUT.sub("", text).casefold()


def is_version(text: str) -> bool:
    """Whether a text says which version something is, and not whose. 文字是否只说明版本。"""
    words = [word for word in _CUT.split(text) if word]
    return all(_IS_VERSION.fullmatch(word) for word in words)


def flat_name(stem: str, words: Iterable[str]) -> str | None:
    """Whose name stands beside the assignment's in the name of a file; None without the assignment's in it.

    文件名里除作业名以外的部分。
    """
    stem = _nfc(stem)
    for word in sorted(words, key=len, reverse=True):
        spelled = r"[\s_\-.]*".join(re.escape(part) for part in _CUT.split(word) if part)
        match = re.search(rf"(?<![A-Za-z0-9]){spelled}(?![A-Za-z0-9])|(?<=[_\-]){spelled}", stem, re.IGNORECASE)
        if match:
            around = [stem[: match.start()], stem[match.end() :]]
            kept = [text.strip(" _-.+()（）") for text in map(_without_version, around)]
            return " ".join(text for text in kept if text and not is_version(text))
    return None


def _without_version(text: str) -> str:
    """A text without what only tells copies apart: "(1)", "-Copy1", "_final", " - 副本"."""
    return re.sub(
        r"[\s_-]*(?:[(（]\d+[)）]|-Copy\d*|- ?副本|副本|_LATE|[_-](?:final|copy|new|v\d{1,2}))[\s_-]*$",
        "",
        text,
        flags=re.I,
    )


def by_folders(
    paths: Mapping[int, PurePosixPath], words: tuple[str, ...], known: Callable[[str], object] = lambda name: False
) -> dict[int, Sender]:
    """Whose notebooks are that no platform named, from the folders they are in, or else from the files' names.

    由文件夹或文件名判断笔记本的主人。

    words   names of the assignments, which are nobody's
    known   whether a name is on the roster
    """
    ours = {plain_word(word) for word in words}
    tree = _Tree()
    for index, path in paths.items():
        node = tree
        for part in path.parts[:-1]:
            if plain_word(part) not in {*ours, "submitted"}:
                node = node.children.setdefault(part, _Tree((*node.path, part)))
        node.files[index] = path
    found: dict[int, Sender] = {}
    _Splitting(words, known, found).split(tree)
    return found


@dataclass
class _Tree:
    """A folder with notebooks somewhere in it; the folders called like the assignment are left out."""

    path: tuple[str, ...] = ()
    children: dict[str, _Tree] = field(default_factory=dict)
    files: dict[int, PurePosixPath] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return without_ending(self.path[-1])

    def everything(self) -> dict[int, PurePosixPath]:
        found = dict(self.files)
        for child in self.children.values():
            found |= child.everything()
        return found


@dataclass
class _Splitting:
    """Cuts a tree of folders into students' own ones."""

    words: tuple[str, ...]
    known: Callable[[str], object]
    found: dict[int, Sender]

    def split(self, tree: _Tree) -> None:
        """Say whose everything in a folder is that is nobody's own."""
        for index, path in tree.files.items():
            name = flat_name(path.stem, self.words) or (_nfc(path.stem) if self.known(_nfc(path.stem)) else "")
            if name:
                self.found[index] = Sender(name, place="/".join(tree.path))
        children = list(tree.children.values())
        names = Counter(name for child in children for name in child.children)
        repeated = {name for name, count in names.items() if count > 1}
        people = [self._is_person(child, repeated, len(children) == 1) for child in children]
        # beside folders that students' work lies in, one with a single folder in it is a student's too
        usual = sum(person and bool(child.files) for child, person in zip(children, people, strict=True))
        for child, person in zip(children, people, strict=True):
            odd = not person and not child.files and 2 * usual >= len(children) and not is_generic(child.name)
            if person or (odd and len(child.children) == 1):
                self._give(child)
            elif odd:
                self._give(child, ambiguous=child.name)
            else:
                self.split(child)

    def _is_person(self, tree: _Tree, repeated: set[str], alone: bool) -> bool:
        """Whether a folder is one student's own, and not one that holds several students' work."""
        if self.known(tree.name) and not any(self.known(child) for child in tree.children):
            return True
        lower = [child for child in tree.children.values() if not self._is_nobodys(tree, child, repeated)]
        if not tree.files:
            return not lower and not is_generic(tree.name)
        names = [flat_name(path.stem, self.words) for path in tree.files.values()]
        apart = all(names) and len(set(names)) == len(names)
        if is_generic(tree.name):
            return not (apart or lower or alone)
        return not (apart and len(names) > 1)

    def _is_nobodys(self, tree: _Tree, child: _Tree, repeated: set[str]) -> bool:
        """Whether a folder within is no student's: it repeats in all of its like, or says what it holds."""
        everyones = child.name in repeated and set(tree.children) <= repeated and not is_generic(tree.name)
        plain = all(is_generic(name) or is_version(name) for name in child.children)
        return plain and (everyones or is_generic(child.name) or is_version(child.name))

    def _give(self, tree: _Tree, ambiguous: str = "") -> None:
        """Everything in this folder is one student's."""
        every = tree.everything()
        for index, path in every.items():
            folder = PurePosixPath(*path.parts[: path.parts.index(tree.path[-1]) + 1])
            place, name = "/".join(tree.path[:-1]), flat_name(tree.name, self.words) or _nfc(tree.name)
            self.found[index] = Sender(name, place, folder=folder, ambiguous=ambiguous)


def is_generic(name: str) -> bool:
    """Whether a folder's name says what it holds, and not whose. 文件夹名是否只说明内容。"""
    words = [word for word in _CUT.split(name) if word]
    said = [bool(_IS_GENERIC.fullmatch(word)) for word in words]
    return any(said) and all(
        one or re.fullmatch(r"\d{1,2}|[A-Za-z]", word) for one, word in zip(said, words, strict=True)
    )
