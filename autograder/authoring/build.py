"""Make the notebooks in ``course/`` from their sources in ``solutions/``.

The same source always gives the same bytes, so that a test can tell a stale notebook from a fresh one.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.authoring import source as sources
from autograder.authoring.banks import Bank, banks
from autograder.authoring.source import CourseError, SourceCell
from autograder.judging.catalogue import HEADING_MARKS, PAIR, Message, message
from autograder.judging.exercise import Exercise

__all__ = ["Bank", "BuildReport", "CourseError", "banks", "build", "release_notebook", "source_notebook"]

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass
class BuildReport:
    """What a build did, or with ``check`` what it would do."""

    fresh: list[Path] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    stale: list[Path] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.stale


def build(root: Path, *, check: bool = False) -> BuildReport:
    """Write ``course/NN_topic/NN_topic.ipynb`` for every source, and in ``zh/`` and ``en/`` beside it the same in one
    language; with ``check`` only list what is stale.

    In a class, which has a folder ``source`` and no ``course``, it is the instructor's notebook that is written there;
    beside it go the exercises that students check themselves with, for nbgrader hands out whatever lies in the folder.
    """
    report = BuildReport()
    in_class = (root / "source").is_dir() and not (root / "course").is_dir()
    for path, wanted in _class_files(root) if in_class else _wanted(root):
        if path.is_file() and path.read_bytes() == wanted:
            report.fresh.append(path)
        elif check:
            report.stale.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            if in_class and path.is_file() and path.suffix == ".ipynb":
                os.replace(path, path.with_name(f"{path.name}~"))  # it may have been edited by hand
            path.write_bytes(wanted)
            report.written.append(path)
    return report


def _class_files(root: Path) -> Iterator[tuple[Path, bytes]]:
    own = sources.exercises_folder(root)
    for name in sources.names(root):
        folder = root / "source" / name
        yield folder / f"{name}.ipynb", _text(source_notebook(root, name))
        for file in sorted([*own.glob("*.toml"), *own.glob(f"e{name}/**/*.py")]):
            yield folder / "exercises" / file.relative_to(own), file.read_bytes()


def _wanted(root: Path) -> Iterator[tuple[Path, bytes]]:
    for name in sources.names(root):
        folder = root / "course" / name
        yield folder / f"{name}.ipynb", _text(release_notebook(root, name))
        for lang in PAIR:
            yield folder / lang / f"{name}.ipynb", _text(release_notebook(root, name, lang))


def source_notebook(root: Path, name: str) -> Any:
    """The instructor's notebook: answers between ``### BEGIN SOLUTION`` and ``### END SOLUTION``."""
    return _notebook(root, name, released=False, langs=PAIR)


def release_notebook(root: Path, name: str, lang: str = "both") -> Any:
    """The student's notebook: the same, without the answers.

    lang   "both", or "zh" or "en" for the notebook in that language alone, whose cells have the same grade ids, so
           that either can be handed in
    """
    return _notebook(root, name, released=True, langs=PAIR if lang == "both" else (lang,))


def _text(notebook: Any) -> bytes:
    import nbformat

    written: str = nbformat.writes(notebook, version=4)
    return (written + "\n").encode()


def _notebook(root: Path, name: str, released: bool, langs: Sequence[str]) -> Any:
    import nbformat

    read = sources.read(root, name)
    exercises = {exercise.id: exercise for exercise in sources.exercises_of(name)}
    _match(name, read, exercises)
    counts: Counter[str] = Counter()
    cells = []
    for cell, english in _paired(name, read):
        if cell.role == "alternative":
            continue
        grade_id = _grade_id(cell, counts)
        text = _prose(cell, english, exercises, langs) if english else _code(cell, released, langs)
        cells.append(_cell(cell, grade_id, exercises, text))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _paired(name: str, cells: list[SourceCell]) -> Iterator[tuple[SourceCell, SourceCell | None]]:
    """Code cells alone, prose as the Chinese with its English."""
    rest = iter(cells)
    for cell in rest:
        after = next(rest, None) if cell.role == "prose" else None
        if cell.role == "prose" and (after is None or (cell.lang, after.lang) != PAIR):
            first = cell.source.strip().partition("\n")[0][:50]
            raise CourseError(
                f"solutions/{name}.md ({first}): prose comes in pairs, the Chinese and then the English",
                f"solutions/{name}.md（{first}）：正文成对写，先中文后英文",
            )
        yield cell, after


def _match(name: str, cells: list[SourceCell], exercises: dict[str, Exercise]) -> None:
    """Every exercise has one answer and one check, and nothing else claims to be an exercise."""
    where = f"solutions/{name}.md"
    for role, zh in (("answer", "作答格"), ("check", "检查格")):
        seen = [cell.exercise for cell in cells if cell.role == role]
        if seen != list(exercises):
            raise CourseError(
                f"{where}: the {role} cells are {seen}, but exercises/e{name} defines {list(exercises)}, in this order",
                f"{where}：{zh}是 {seen}，而 exercises/e{name} 里依次是 {list(exercises)}",
            )
    for cell in cells:
        if cell.exercise and cell.exercise not in exercises:
            raise CourseError(
                f"{where}: there is no exercise {cell.exercise!r} in exercises/e{name}",
                f"{where}：exercises/e{name} 里没有练习 {cell.exercise!r}",
            )


def _grade_id(cell: SourceCell, counts: Counter[str]) -> str:
    """Unique in the notebook, and the same at every build."""
    if cell.role == "answer":
        return cell.exercise
    if cell.role == "check":
        return f"{cell.exercise}_check"
    counts[cell.role] += 1
    number = counts[cell.role]
    if cell.role == "prose":
        return f"text_{number:02d}"
    if cell.role == "setup":
        return "setup" if number == 1 else f"setup_{number}"
    return f"given_{number}" if cell.role == "given" else f"worked_{number:02d}"


def _cell(cell: SourceCell, grade_id: str, exercises: dict[str, Exercise], text: str) -> Any:
    import nbformat

    nbgrader: dict[str, Any] = {
        "grade": cell.role == "check",
        "grade_id": grade_id,
        "locked": cell.role != "answer",
        "schema_version": 3,
        "solution": cell.role == "answer",
        "task": False,
    }
    if cell.role == "check":
        nbgrader["points"] = exercises[cell.exercise].points
    metadata: dict[str, Any] = {"deletable": False, "nbgrader": nbgrader}
    if nbgrader["locked"]:
        metadata["editable"] = cell.role in ("worked", "setup")  # the lock is nbgrader's; students may play here
    kept = [tag for tag in cell.tags if tag != "setup"]
    if kept:
        metadata["tags"] = kept
    if cell.role == "given":
        metadata["tidu"] = {"role": "given"}
    make = nbformat.v4.new_markdown_cell if cell.role == "prose" else nbformat.v4.new_code_cell
    return make(text, metadata=metadata, id=grade_id)


def _code(cell: SourceCell, released: bool, langs: Sequence[str]) -> str:
    if cell.role == "answer" and released:
        return sources.stripped(cell.source)
    if cell.role == "setup" and len(langs) == 1:
        return re.sub(r"^lang\(\).*", f'lang("{langs[0]}")', cell.source, flags=re.M)
    return cell.source


def _prose(zh: SourceCell, en: SourceCell, exercises: dict[str, Exercise], langs: Sequence[str]) -> str:
    """One cell for both languages, so that whichever is hidden leaves nothing behind to run or to step on.

    Each stands between tags that name its language, which is what the language switch looks at. The rule between
    them is seen where both are: also in editors where nothing can be hidden.
    """
    texts = [_explained(cell, exercises) for cell in (zh, en) if cell.lang in langs]
    if len(texts) == 1:
        return texts[0]
    first, second = (_marked(text, lang) for text, lang in zip(texts, PAIR, strict=True))
    return f'<div lang="zh">\n\n{first}\n\n</div>\n<div lang="en"><hr>\n\n{second}\n\n</div>'


def _marked(text: str, lang: str) -> str:
    """Headings begin with a character that nobody sees: the contents panel knows nothing of a heading but its text."""
    fenced = False
    lines = []
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        lines.append(line if fenced else re.sub(r"^(#{1,6} +)", rf"\g<1>{HEADING_MARKS[lang]}", line))
    return "\n".join(lines)


def _explained(cell: SourceCell, exercises: dict[str, Exercise]) -> str:
    """Prose; under the heading of an exercise what it takes, and what it is checked on."""
    text = cell.source.strip()
    if not cell.exercise:
        return text
    exercise = exercises[cell.exercise]
    heading, _, rest = text.partition("\n")
    effort, checked = _effort(exercise).text(cell.lang), exercise.statement().text(cell.lang)
    return f"{heading}\n\n<small>{effort}</small>\n\n{checked}\n\n{rest.strip()}"


def _effort(exercise: Exercise) -> Message:
    def dots(number: int) -> str:
        return "●" * number + "○" * (5 - number)

    return message(
        "exercise.effort",
        difficulty=dots(exercise.difficulty),
        importance=dots(exercise.importance),
        minutes=exercise.minutes,
        points=exercise.points,
    )
