"""Make the notebooks in ``course/`` from their sources in ``solutions/``.

The same source always gives the same bytes, so that a test can tell a stale notebook from a fresh one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.authoring import source as sources
from autograder.authoring.banks import Bank, banks
from autograder.authoring.source import CourseError, SourceCell
from autograder.exercises import load
from autograder.judging.catalogue import message
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
    """Write ``course/NN_topic/NN_topic.ipynb`` for every source; with ``check`` only list what is stale."""
    report = BuildReport()
    for name in sources.names(root):
        path = root / "course" / name / f"{name}.ipynb"
        wanted = _text(release_notebook(root, name))
        if path.is_file() and path.read_bytes() == wanted.encode():
            report.fresh.append(path)
        elif check:
            report.stale.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted.encode())
            report.written.append(path)
    return report


def source_notebook(root: Path, name: str) -> Any:
    """The instructor's notebook: answers between ``### BEGIN SOLUTION`` and ``### END SOLUTION``."""
    return _notebook(root, name, released=False)


def release_notebook(root: Path, name: str) -> Any:
    """The student's notebook: the same, without the answers."""
    return _notebook(root, name, released=True)


def _text(notebook: Any) -> str:
    import nbformat

    return nbformat.writes(notebook, version=4) + "\n"


def _notebook(root: Path, name: str, released: bool) -> Any:
    import nbformat

    read = sources.read(root, name)
    exercises = {exercise.id: exercise for exercise in load(name)}
    _match(name, read, exercises)
    counts: Counter[str] = Counter()
    cells = []
    for cell in read:
        if cell.role == "alternative":
            continue
        grade_id = _grade_id(cell, counts)
        cells.append(_cell(cell, grade_id, exercises, released))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _match(name: str, cells: list[SourceCell], exercises: dict[str, Exercise]) -> None:
    """Every exercise has one answer and one check, and nothing else claims to be an exercise."""
    where = f"solutions/{name}.md"
    for role in ("answer", "check"):
        seen = [cell.exercise for cell in cells if cell.role == role]
        if seen != list(exercises):
            raise CourseError(
                f"{where}: the {role} cells are {seen}, but autograder/exercises/e{name}.py defines "
                f"{list(exercises)}, in this order"
            )
    for cell in cells:
        if cell.exercise and cell.exercise not in exercises:
            raise CourseError(f"{where}: there is no exercise {cell.exercise!r} in autograder/exercises/e{name}.py")


def _grade_id(cell: SourceCell, counts: Counter[str]) -> str:
    """Unique in the notebook, and the same at every build."""
    if cell.role == "answer":
        return cell.exercise
    if cell.role == "check":
        return f"{cell.exercise}_check"
    counts[cell.role + cell.lang] += 1
    number = counts[cell.role + cell.lang]
    if cell.role == "prose":
        return f"text_{number:02d}_{cell.lang}"
    if cell.role == "setup":
        return "setup" if number == 1 else f"setup_{number}"
    return f"given_{number}" if cell.role == "given" else f"worked_{number:02d}"


def _cell(cell: SourceCell, grade_id: str, exercises: dict[str, Exercise], released: bool) -> Any:
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
    make = nbformat.v4.new_code_cell
    text = cell.source
    if cell.role == "prose":
        make = nbformat.v4.new_markdown_cell
        metadata["lang"] = cell.lang
        text = _wrapped(cell, exercises)
    elif cell.role == "answer" and released:
        text = sources.stripped(text)
    return make(text, metadata=metadata, id=grade_id)


def _wrapped(cell: SourceCell, exercises: dict[str, Exercise]) -> str:
    """Prose between tags that name its language, which is what the language switch looks at."""
    text = cell.source.strip()
    if cell.exercise:
        heading, _, rest = text.partition("\n")
        text = f"{heading}\n\n{_effort(exercises[cell.exercise], cell.lang)}\n{rest}"
    return f'<div lang="{cell.lang}">\n\n{text}\n\n</div>'


def _effort(exercise: Exercise, lang: str) -> str:
    def dots(number: int) -> str:
        return "●" * number + "○" * (5 - number)

    told = message(
        "exercise.effort",
        difficulty=dots(exercise.difficulty),
        importance=dots(exercise.importance),
        minutes=exercise.minutes,
        points=exercise.points,
    )
    return f"<small>{told.text(lang)}</small>"
