"""From a file that a student handed in to cells that can be graded.

Only text is taken from a submission: the sources of its answer cells and of the student's own cells, put onto the
trusted released notebook.  Everything else in the file (metadata, outputs, points, the text of locked cells) is looked
at only to be able to say what was changed.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.grading import untrusted
from autograder.grading.notes import note
from autograder.judging import reading
from autograder.judging.catalogue import Message

#: As handed in, with whatever the student's cells printed and drew.
MAX_BYTES = 64 << 20
#: What is left of it without that.
MAX_TEXT = 20 << 20
MAX_CELLS = 2000
MAX_SOURCE = 200_000
_FORMULA = re.compile(r"(\${1,2})[^$]+\1")
#: Key of a cell with hidden tests, under which is what students got.
AS_RELEASED = "released"
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LITERAL = re.compile(_STRING, re.DOTALL)
_OUTPUTS = re.compile(r'"outputs"\s*:\s*(?=\[)')
_BRACKET = re.compile(_STRING + r"|[\[\]]", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """A submission that cannot be graded, with the reason in both languages."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message

    def __reduce__(self) -> tuple[type[Unreadable], tuple[Message]]:
        return type(self), (self.message,)  # of its own accord it would be made again from the English text alone


class Missing(Unreadable):
    """A notebook that a student left out, having handed in others of the assignment: it is graded as released."""


class Another(Unreadable):
    """A notebook of which nothing is of the released one: that is a mix-up to look into, and not a zero."""


@dataclass(frozen=True)
class Cell:
    """One code cell to deal with, in notebook order.

    role    ``"given"``, ``"answer"``, ``"check"``, ``"manual"`` (an answer that a person grades), ``"extra"`` (the
            student's own) or ``"other"`` (setup, worked)
    id      the grade id, empty for a student's own cell
    source  what to run; ``None`` when the student deleted the answer cell.  Setup and worked cells are there to play
            with: what the student made of them is run and shown
    index   its place in :attr:`Intake.notebook`
    """

    role: str
    id: str
    source: str | None
    index: int


@dataclass(frozen=True)
class Intake:
    """A submission made clean. 清理过的提交。

    written   by id, a digest of what a person is to grade, empty where the student wrote nothing
    blank     ids of the answers that are as they were released
    """

    notebook: dict[str, Any]
    cells: list[Cell]
    notes: list[Message]
    written: dict[str, str] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)


def read(path: str | Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a submitted file. 读入提交的文件。

    Raises :class:`Unreadable` for what is not a plain file of at most ``limit`` bytes; links are not followed.
    """
    name = untrusted.line(Path(path).name)
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise Unreadable(note("no file", name=name)) from None
    except OSError as error:
        if os.path.islink(path):
            raise Unreadable(note("link", name=name)) from None
        raise Unreadable(note("cannot open", name=name, why=error.strerror)) from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Unreadable(note("not a file", name=name))
    with os.fdopen(fd, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(note("too large", limit=limit >> 20))
    return data


def modules(folder: str | Path) -> dict[str, str]:
    """The student's own modules that were handed in beside the notebook, as text. 与笔记本一同提交的模块。

    Files that are not plain, too large, or named like a library are left out: importing them fails as it would without.
    """

    def text(path: Path) -> str | None:
        try:
            return clean(read(path, 4 * reading.MAX_MODULE).decode("utf-8"))
        except (Unreadable, UnicodeDecodeError):
            return None

    return reading.modules_beside(Path(folder), text)


def parse(data: bytes) -> list[dict[str, Any]]:
    """The cells of a submitted notebook, as they are. 取出提交的笔记本中的单元格。

    Raises :class:`Unreadable` when ``data`` is not the JSON of a notebook.
    """
    if not data.strip():
        raise Unreadable(note("empty file"))
    try:
        notebook = json.loads(_text(data))
    except json.JSONDecodeError as error:
        raise Unreadable(note("not json", line=error.lineno)) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(note("odd json", why=type(error).__name__)) from None
    cells = notebook.get("cells", _third_format(notebook)) if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(note("no cells"))
    return [cell for cell in cells[:MAX_CELLS] if isinstance(cell, dict)]


def _text(data: bytes) -> str:
    """The text of a notebook in any of JSON's encodings; of a very large one without what its cells put out."""
    text = data.decode(json.detect_encoding(data), "replace").removeprefix("\ufeff")
    if len(text) <= MAX_TEXT:
        return text
    kept, start = [], 0
    while found := _OUTPUTS.search(text, start):
        kept += [text[start : found.end()], "[]"]
        start = _end_of_list(text, found.end())
    # pictures are pasted into prose as well; no source is as long as they are
    text = _LITERAL.sub(lambda one: one[0] if len(one[0]) <= MAX_SOURCE else '""', "".join([*kept, text[start:]]))
    if len(text) > MAX_TEXT:
        raise Unreadable(note("too large", limit=MAX_TEXT >> 20))
    return text


def _end_of_list(text: str, start: int) -> int:
    depth = 0
    for token in _BRACKET.finditer(text, start):
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)


def _third_format(notebook: dict[str, Any]) -> list[Any] | None:
    """The cells of a notebook of format 3, which had sheets, in today's form."""
    sheets = notebook.get("worksheets")
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    cells = [cell for cells in lists if isinstance(cells, list) for cell in cells if isinstance(cell, dict)]
    today = [cell if "source" in cell else {**cell, "source": cell.get("input")} for cell in cells]
    return today or None


def clean(source: Any) -> str:
    """Source text that is safe to store and show: no control characters, no lone surrogates, bounded."""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    return _CONTROL.sub("\ufffd", source[:MAX_SOURCE].encode("utf-8", "replace").decode())


def role(cell: dict[str, Any]) -> str:
    """What a cell of the released notebook is for. 发布版单元格的角色。"""
    marks = cell["metadata"].get("nbgrader", {})
    if marks.get("grade"):
        return "manual" if marks.get("solution") or cell["cell_type"] != "code" else "check"
    if marks.get("solution"):
        return "answer"
    if marks.get("task"):
        return "task"
    return "given" if cell["metadata"].get("tidu", {}).get("role") == "given" else "other"


def grade_id(cell: dict[str, Any]) -> str:
    """The nbgrader id of a cell, trusted or not; empty when it has none."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else ""


def is_locked(cell: dict[str, Any]) -> bool:
    """Whether nbgrader counts a cell of the released notebook as locked. 单元格是否锁定。"""
    return bool(cell["metadata"].get("nbgrader", {}).get("locked")) or role(cell) == "check"


def _key(cell: dict[str, Any]) -> str:
    """What a cell of the released notebook is known by: cells that nbgrader has no id for have one of their own."""
    return grade_id(cell) or f"#{cell.get('id') or clean(cell['source']).strip()}"


def markers(release: dict[str, Any]) -> frozenset[str]:
    """What a notebook is known by: ids of the cells that students answer, and of those that give points for it.

    一本笔记本的标志：答题单元格与评分单元格的标识。
    """
    known = [cell for cell in release["cells"] if role(cell) in ("answer", "manual", "task", "check")]
    return frozenset(grade_id(cell) for cell in known) | {str(cell["id"]) for cell in known if "id" in cell}


def ids(cells: list[dict[str, Any]]) -> set[str]:
    """The ids in a submission, to be compared with :func:`markers`. 提交中出现的全部标识。"""
    own = {cell["id"] for cell in cells if isinstance(cell.get("id"), str)}
    return own | {grade_id(cell) for cell in cells} - {""}


def take(release: dict[str, Any], data: bytes, *, restore: bool = False) -> Intake:
    """Read what was handed in for a released notebook and clean it. 读入并清理交来的笔记本。

    restore   as for :func:`graft`

    Raises :class:`Unreadable`, and :class:`Another` when it holds none of the cells that the notebook is known by.
    """
    cells, known = parse(data), markers(release)
    there = ids(cells)
    if known and cells and not known & there:
        named = [untrusted.line(name)[:40] for name in sorted(there)]
        raise Another(note("another", known=", ".join(named[:3]) + (" …" if named[3:] else "") or "–"))
    return graft(release, cells, restore=restore)


@dataclass
class _Sorted:
    """What a submission says about the cells of the released notebook."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    extras: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    played: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    noticed: dict[str, list[str]] = field(default_factory=dict)

    def notice(self, what: str, name: str) -> None:
        names = self.noticed.setdefault(what, [])
        if name not in names:
            names.append(name)


def _sort(released: dict[str, dict[str, Any]], by_id: dict[str, str], cells: list[dict[str, Any]]) -> _Sorted:
    found = _Sorted()
    anchor = ""
    for cell in cells:
        name = grade_id(cell)
        source, kind = clean(cell.get("source")), cell.get("cell_type")
        if name not in released and not name:
            own = cell.get("id")  # an editor that drops metadata keeps the cell's own id
            name = by_id.get(own, "") if isinstance(own, str) else ""
            name = name or f"#{source.strip()}"
        if name not in released:
            if source.strip():
                found.extras.setdefault(anchor, []).append(("code" if kind == "code" else "markdown", source))
            continue
        trusted = released[name]
        twice = name in found.seen
        found.seen.add(name)
        anchor = name
        if kind != trusted["cell_type"] and role(trusted) != "other":
            found.notice("type changed", name)
        if role(trusted) == "other":
            found.played[name] = source
        elif role(trusted) in ("answer", "manual"):
            found.answers.setdefault(name, []).append(source)
        elif twice:
            found.notice("locked twice", name)
        elif source.strip() != clean(trusted.get(AS_RELEASED, trusted["source"])).strip():
            found.notice("locked edited", name)
    return found


def graft(release: dict[str, Any], cells: list[dict[str, Any]], *, restore: bool = False) -> Intake:
    """Put the text of a submission onto the released notebook. 把提交的文字嫁接到发布版笔记本上。

    release   the released notebook as JSON, trusted
    cells     what :func:`parse` returned
    restore   run locked cells as they were released, as nbgrader does; in the course's notebooks the worked cells are
              locked, and there to be played with
    """
    identified = [(_key(cell), cell) for cell in release["cells"]]
    released = dict(identified)
    by_id = {str(cell["id"]): name for name, cell in released.items() if "id" in cell}
    found = _sort(released, by_id, cells)
    notebook = copy.deepcopy(release)
    notebook["cells"] = []
    result = Intake(notebook, [], [])

    def own(kind: str, source: str) -> None:
        cell: dict[str, Any] = {"cell_type": kind, "id": f"own-{len(notebook['cells'])}", "metadata": {}}
        if kind == "code":
            result.cells.append(Cell("extra", "", source, len(notebook["cells"])))
            cell |= {"source": source, "outputs": [], "execution_count": None}
        else:
            cell["source"] = _shown(source)
        notebook["cells"].append(cell)

    for kind, text in found.extras.get("", []):
        own(kind, text)
    for name, trusted in identified:
        cell = copy.deepcopy(trusted)
        cell.pop(AS_RELEASED, None)
        purpose = role(cell)
        source: str | None = clean(cell["source"])
        if purpose in ("answer", "manual"):
            source = _answer(name, trusted, found, own)
            if source is None or source.strip() == clean(trusted["source"]).strip():
                result.blank.add(name)
            elif cell["cell_type"] != "code":
                source = _shown(source)
        if purpose in ("manual", "task"):
            text = "" if name in result.blank else f"{source}" if purpose == "manual" else str(found.extras)
            result.written[name] = hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
        if purpose == "check" and name not in found.seen:
            found.notice("check deleted", name)
        cell["source"] = clean(trusted["source"]) if source is None else source
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            if purpose == "other" and not (restore and is_locked(cell)):
                source = found.played.get(name, source)
                if source is not None:
                    cell["source"] = source  # a notebook shows the code that ran
            result.cells.append(Cell(purpose, grade_id(cell), source, len(notebook["cells"])))
        elif name.startswith("#") and name in found.played:
            cell["source"] = _shown(found.played[name])
        notebook["cells"].append(cell)
        for kind, text in found.extras.pop(name, []):
            own(kind, text)
    result.notes.extend(note(what, ids=", ".join(names)) for what, names in found.noticed.items())
    return result


def _shown(source: str) -> str:
    """Prose of a student's as the instructor is shown it: text, not markup that could carry a script.

    In a formula ``&lt;`` would be shown as it is; there TeX has a name for the sign.
    """
    source = untrusted.prose(source)
    return _FORMULA.sub(lambda found: found[0].replace("<", "\\lt "), source).replace("<", "&lt;")


def _answer(name: str, trusted: dict[str, Any], found: _Sorted, own: Callable[[str, str], None]) -> str | None:
    """The one source that counts among those submitted for an answer cell."""
    sources = found.answers.get(name, [])
    if not sources:
        found.notice("answer deleted", name)
        return None
    if len(sources) == 1:
        return sources[0]
    # the untouched copy of a duplicated cell is not the answer, wherever it stands
    written = [s for s in sources if s.strip() != clean(trusted["source"]).strip()] or sources[-1:]
    found.notice("answer twice", name)
    for source in written[:-1]:
        own(trusted["cell_type"], source)
    return written[-1]
