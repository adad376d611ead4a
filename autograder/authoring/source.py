"""Read ``solutions/NN_topic.md`` (MyST Markdown) into cells that know what they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.exercises import load, notebooks
from autograder.judging.catalogue import PAIR, Refusal
from autograder.judging.exercise import Exercise

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class CourseError(Refusal):
    """The course's own sources are not as they should be; the message says where and what to do."""


@dataclass(frozen=True)
class SourceCell:
    """One cell of a notebook's source.

    role   "prose", "setup", "given", "worked", "answer", "alternative" or "check"
    lang   of prose: "zh" or "en"
    """

    role: str
    source: str
    lang: str = ""
    exercise: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)


def names(root: Path) -> list[str]:
    """The notebooks that have a source, in the course's order."""
    return sorted(path.stem for path in (root / "solutions").glob("[0-9][0-9]_*.md"))


def exercises_folder(root: Path) -> Path:
    """Where the exercises of a course stand: in the package of the repository, or in the folder of a class."""
    package = root / "autograder" / "exercises"
    return package if package.is_dir() else root / "exercises"


def exercises_of(name: str) -> list[Exercise]:
    """The exercises of a notebook; raises :class:`CourseError` where it has no module, or one that does not load."""
    module = f"exercises/e{name}/__init__.py"
    if name not in notebooks():
        raise CourseError(
            f"solutions/{name}.md has no {module} with its exercises; begin it with: autograder new-exercise {name} ID",
            f"solutions/{name}.md 没有写练习的模块 {module}；开个头：autograder new-exercise {name} ID",
        )
    try:
        found = load(name)
    except (ImportError, SyntaxError, AttributeError, TypeError, NameError, ValueError, LookupError) as error:
        told = f"{type(error).__name__}: {error}"
        raise CourseError(f"{module} cannot be loaded: {told}", f"{module} 无法载入：{told}") from None
    if not found:
        raise CourseError(
            f"{module}: EXERCISES is empty; add one with: autograder new-exercise {name} ID",
            f"{module}：EXERCISES 是空的；添一道：autograder new-exercise {name} ID",
        )
    return found


def path_of(root: Path, name: str) -> Path:
    path = root / "solutions" / f"{name}.md"
    if not path.is_file():
        known = ", ".join(names(root)) or "none"
        raise CourseError(f"{path}: there is no such notebook source (found: {known})", f"没有 {path}（有：{known}）")
    return path


def read(root: Path, name: str) -> list[SourceCell]:
    """The cells of ``solutions/<name>.md``."""
    path = path_of(root, name)
    return [*_read(path, path.read_text(encoding="utf-8"))]


@lru_cache(32)
def _read(path: Path, text: str) -> list[SourceCell]:
    import jupytext

    notebook = jupytext.reads(text, fmt="md:myst")
    cells = [_cell(path, number, raw) for number, raw in enumerate(notebook.cells, 1)]
    if not cells:
        raise CourseError(f"{path}: the notebook is empty", f"{path}：笔记本是空的")
    if not any(cell.role == "setup" and "lang()" in cell.source for cell in cells):
        raise CourseError(
            f"{path}: there is no setup cell; after the title comes a code cell with `:tags: [setup]` that imports "
            "what the notebook calls and ends with lang()",
            f"{path}：没有准备单元格；标题之后要有一个带 `:tags: [setup]` 的代码单元格，导入笔记本要用的，"
            "最后一行是 lang()",
        )
    return cells


def _cell(path: Path, number: int, raw: Any) -> SourceCell:
    metadata = dict(raw.metadata)
    first = raw.source.strip().partition("\n")[0][:40]
    here, there = f"{path}, cell {number} ({first or 'empty'})", f"{path} 第 {number} 格（{first or '空'}）"
    tags = tuple(metadata.get("tags", ()))
    exercise = metadata.get("exercise", "")
    if raw.cell_type == "markdown":
        lang = metadata.get("lang")
        if lang not in PAIR:
            raise CourseError(
                f'{here}: prose needs its language, +++ {{"lang": "zh"}} or +++ {{"lang": "en"}}',
                f'{there}：正文要写明语言，+++ {{"lang": "zh"}} 或 +++ {{"lang": "en"}}',
            )
        return SourceCell("prose", raw.source, lang, exercise, tags, metadata)
    role = _role(raw.source, exercise, tags, metadata)
    if role == "answer":
        if checked := re.fullmatch(r'check\("(.*)"\)', raw.source.strip()):
            raise CourseError(
                f"{here}: this cell of exercise {exercise!r} checks {checked[1]!r}",
                f"{there}：这一格属于练习 {exercise!r}，检查的却是 {checked[1]!r}",
            )
        if raw.source.count(BEGIN) != 1 or raw.source.count(END) != 1:
            raise CourseError(
                f"{here}: an answer cell needs one `{BEGIN}` and one `{END}`",
                f"{there}：作答格里要有一个 `{BEGIN}` 和一个 `{END}`",
            )
    return SourceCell(role, raw.source, "", exercise, tags, metadata)


def _role(source: str, exercise: str, tags: tuple[str, ...], metadata: dict[str, Any]) -> str:
    if not exercise:
        return "setup" if "setup" in tags else "given" if metadata.get("given") else "worked"
    if "alternative" in tags:
        return "alternative"
    return "check" if source.strip() == f'check("{exercise}")' else "answer"


def stripped(source: str) -> str:
    """The answer cell as students get it: the solution replaced by what nbgrader puts there."""
    kept, inside = [], False
    for line in source.split("\n"):
        if line.strip() == BEGIN:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [f"{indent}# YOUR CODE HERE", f"{indent}raise NotImplementedError()"]
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def solved(source: str) -> str:
    """The answer cell with the solution in place and the marks gone."""
    return re.sub(rf"^[ \t]*({BEGIN}|{END})[ \t]*\n?", "", source + "\n", flags=re.M).rstrip("\n")
