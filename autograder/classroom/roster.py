"""The list of a class, as learning platforms export it: who a name, an e-mail or a number belongs to."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.folder import ClassroomError
from autograder.grading import untrusted

MAX_BYTES = 32 << 20
#: What a column is called, in the order in which the first that is there counts. Names are compared without spaces,
#: case and signs, and the rest of a name in brackets or after a bar is left off.
_IDS = (
    "studentid id学号 学号 学生学号 学生编号 学生id 学工号 sisuserid sid idnumber id号码 id号 身份号 orgdefinedid "
    "username 用户名 登录名 sisloginid loginid login id number uid 账号"
).split()
_NAMES = "fullname name studentname student displayname 姓名 全名 学生姓名 学生 名称".split()
_FIRST = "firstname givenname 名 名字".split()
_LAST = "lastname surname familyname 姓 姓氏".split()
_EMAILS = "email emailaddress mail 电子邮件 电子邮件地址 电子邮箱 邮箱 邮件 邮件地址".split()
_PLATFORM = "lmsid lmsuserid identifier canvasid canvasuserid moodleid userid 标识符 标识 平台编号".split()
#: Where a text that has a number and a name in it is taken apart: "20260001_张三", "20260001张三".
_PARTS = re.compile(r"[\s_()（）,，;+-]+|(?<=[0-9A-Za-z])(?=[\u2e80-\u9fff])|(?<=[\u2e80-\u9fff])(?=[0-9A-Za-z])")


@dataclass(frozen=True)
class Person:
    """One student on the roster. 名册中的一名学生。

    others   further numbers and logins by which the platform knows the student
    """

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    lms: str = ""
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first, self.last) if part)


class Roster:
    """Who is in the class. 班级名册。"""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self.people = list(people)
        self._known: dict[str, set[int]] = {}
        for index, person in enumerate(self.people):
            for key in _keys(person):
                self._known.setdefault(key, set()).add(index)

    def find(self, *marks: str) -> list[Person]:
        """Whom the first of these marks that anybody has belongs to: several where it is not one's own.

        按先后查这些标记属于谁；有重名时返回多人。

        marks   a number, login, e-mail or name, or a text that has some of them in it, such as ``"20260001 张三"``
        """
        for mark in marks:
            found = self._known.get(plain(mark), set()) if mark else set()
            if not found and mark:
                parts = [self._known.get(plain(part), set()) for part in _PARTS.split(mark) if part]
                # a number and a name that belong together leave one; parts that mean nothing are passed over
                known = [part for part in parts if part]
                found = set.intersection(*known) if known else set()
            if found:
                return [self.people[index] for index in sorted(found)]
        return []


def plain(text: str) -> str:
    """A name as it is compared: no accents, case, spaces or signs. 用于比较的写法。"""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in unicodedata.normalize("NFC", letters) if c.isalnum())


def _keys(person: Person) -> set[str]:
    names = (person.first + person.last, person.last + person.first)
    local = person.email.partition("@")[0]
    keys = {plain(key) for key in (person.id, person.email, local, person.lms, *person.others, *names)}
    number = re.fullmatch(r"\D*?(\d{3,})", person.lms)
    if number:  # Moodle's worksheet says "Participant 123456" where its archives say 123456
        keys.add(number[1])
    return keys - {""}


def read_roster(path: Path) -> Roster:
    """The roster in a CSV file, in any of the encodings that spreadsheets write. 读入名册。

    Raises :class:`~autograder.classroom.folder.ClassroomError` when it has no column of ids, e-mails or names.
    """
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ClassroomError(
            f"--roster {path} is larger than {MAX_BYTES >> 20} MiB; expected a CSV file of students",
            f"--roster {path} 超过 {MAX_BYTES >> 20} MiB；要的是学生名单的 CSV 文件",
        )
    text = _decoded(path, data)
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ClassroomError(
            f"--roster {path} is no CSV file: {error}", f"--roster {path} 不是 CSV 文件：{error}"
        ) from None
    heads = [_head(cell) for cell in rows[0]] if rows else []
    ids = [heads.index(name) for name in _IDS if name in heads]
    if "sisuserid" in heads or "sisloginid" in heads:  # Canvas: ID is a number of its own
        ids = [index for index in ids if heads[index] != "id"]
    wanted = {"name": _NAMES, "first": _FIRST, "last": _LAST, "email": _EMAILS, "lms": _PLATFORM}
    columns = {key: next((heads.index(n) for n in names if n in heads), None) for key, names in wanted.items()}
    if columns["lms"] is None and "id" in heads and heads.index("id") not in ids:
        columns["lms"] = heads.index("id")
    if not ids and columns["email"] is None and columns["name"] is None and columns["last"] is None:
        raise ClassroomError(
            f"--roster {path}: no column of ids, names or e-mails; it has {', '.join(rows[0]) if rows else 'nothing'}; "
            "wanted are columns such as id, name, email, lms id (学号, 姓名, 电子邮件)",
            f"--roster {path} 里没有学号、姓名或电子邮件的列；有：{'、'.join(rows[0]) if rows else '无'}；"
            "列名可用学号、姓名、电子邮件（id、name、email、lms id）",
        )
    people = [person for row in rows[1:] if (person := _person(row, ids, columns)) is not None]
    if twice := sorted({p.id for p in people if sum(q.id == p.id for q in people) > 1}) if len(people) < 5000 else []:
        raise ClassroomError(
            f"--roster {path}: the id {', '.join(twice[:5])} stands in more than one row",
            f"--roster {path} 里学号 {'、'.join(twice[:5])} 不止一行",
        )
    return Roster(people)


def _decoded(path: Path, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ClassroomError(
        f"--roster {path} is neither UTF-8 nor GBK; save it as CSV in UTF-8",
        f"--roster {path} 既不是 UTF-8 也不是 GBK；请另存为 UTF-8 的 CSV",
    )


def _head(cell: str) -> str:
    return re.sub(r"[\W_]+", "", re.split(r"[|(（\[]", cell.strip())[0].casefold()) or plain(cell)


def _person(row: list[str], ids: list[int], columns: dict[str, int | None]) -> Person | None:
    def cell(index: int | None) -> str:
        text = row[index] if index is not None and index < len(row) else ""
        # a spreadsheet keeps zeros in front when the cell is written ="0123"
        return unicodedata.normalize("NFC", untrusted.line(re.sub(r'^="?|"$', "", text.strip())))

    first, last = cell(columns["first"]), cell(columns["last"])
    if not (first or last):
        first, last = _halves(cell(columns["name"]))
    numbers = [number for number in map(cell, ids) if number]
    email, lms = cell(columns["email"]), cell(columns["lms"])
    if "".join((first, last)).lower().replace(" ", "") == "pointspossible":
        return None  # a row of Canvas's gradebook that is no student
    chosen = (numbers or [email] or [""])[0] or (f"{first} {last}".strip())
    return Person(chosen, first, last, email, lms, tuple(numbers[1:])) if chosen else None


def _halves(name: str) -> tuple[str, str]:
    """First and last name: "Zhang, Alice", "Alice Zhang"; a Chinese name is not cut."""
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    if re.search("[\u2e80-\u9fff]", name):
        return "", name
    first, _, last = name.rpartition(" ")
    return first, last
