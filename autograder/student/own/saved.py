"""The answers of a saved notebook: its cells run in a namespace of their own, and each answer is checked as ever."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.exercises import load
from autograder.judging import limits, reading
from autograder.judging.lending import lent
from autograder.student import settings
from autograder.student.calling import Home
from autograder.student.stopping import within

#: A notebook larger than this is not read: pictures and all, those of the course have less than a tenth of it.
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Answer:
    """One exercise, and how far it has come.

    function  the student's own, None unless it passed its check
    status    as ``Result.status`` says it: "ok", "wrong", "not answered" …
    """

    id: str
    notebook: str
    function: Callable[..., Any] | None = None
    status: str = "not answered"
    earned: int = 0
    points: int = 0


def saved(notebook: str, ids: Collection[str]) -> list[Answer]:
    """These exercises of ``notebook`` with what somebody answered: the better one, of the copies in two languages."""
    found = [Answer(e.id, notebook, points=e.points) for e in load(notebook) if e.id in ids]
    for path in _copies(notebook):
        found = [max(pair, key=_worth) for pair in zip(found, _answers(notebook, ids, path), strict=True)]
        if all(answer.function for answer in found):
            break
    return found


def _worth(answer: Answer) -> tuple[bool, int, bool]:
    return answer.function is not None, answer.earned, answer.status != "not answered"


def _copies(notebook: str) -> Iterator[Path]:
    course = settings.course_folder()
    folders = [] if course is None else [course / notebook, *(course / notebook / lang for lang in ("zh", "en"))]
    for folder in folders:
        path = folder / f"{notebook}.ipynb"
        if path.is_file():
            yield path


def _answers(notebook: str, ids: Collection[str], path: Path) -> list[Answer]:
    sources = _sources(path)
    names: dict[str, Any] = {"__name__": path.stem}
    ran = [""]  # as IPython counts, from 1
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for source in sources:
            if _ran(source, path.name, names):
                ran.append(source)
        found = [_judged(exercise, notebook, Home(names, ran)) for exercise in load(notebook) if exercise.id in ids]
    # As in grading, an answer that is right does not suffer from a wrong one that it calls.
    right = {answer.id for answer in found if answer.function}
    for exercise in load(notebook):
        names.update({f.__name__: f for f in lent(exercise) if f.__name__ not in right})
    return found


def _ran(source: str, name: str, names: dict[str, Any]) -> bool:
    """Whether a cell ran to its end; the answers that need what one would have bound, that did not, do not pass."""
    try:
        within(limits.CALL, exec, (compile(source, f"<{name}>", "exec"), names), {})
    except KeyboardInterrupt:
        raise  # the student pressed stop
    except BaseException:  # whatever a cell does, ``exit()`` too, it costs its own answer alone
        return False
    return True


def _judged(exercise: Any, notebook: str, home: Home) -> Answer:
    function = home.names.get(exercise.id)
    if function is None or _untouched(exercise.id, home.cells):
        return Answer(exercise.id, notebook, points=exercise.points)
    result = home.grade(exercise, function, exercise.id)
    passed = function if result.status == "ok" else None
    return Answer(exercise.id, notebook, passed, result.status, result.earned, result.points)


def _untouched(id: str, sources: Iterable[str]) -> bool:
    """Whether the last function of that name is as it was handed out: a docstring, and a raise."""
    trees = [node for source in sources for node in ast.parse(source).body]
    last = next((n for n in reversed(trees) if isinstance(n, ast.FunctionDef) and n.name == id), None)
    return last is not None and [type(node) for node in last.body] == [ast.Expr, ast.Raise]


def _sources(path: Path) -> list[str]:
    """The cells that answers stand on: given ones, answers, and what else the student defined there.

    Of the student's further cells only what defines something: the rest plots, prints and trains.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return []
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cells = [cell for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [source for source in map(_source, cells) if source]


def _source(cell: dict[str, Any]) -> str:
    try:
        metadata, text = cell.get("metadata", {}), cell["source"]
        source = reading.read("".join(text)).source
        nbgrader = metadata.get("nbgrader", {})
        if nbgrader.get("solution") or metadata.get("tidu", {}).get("role") == "given":
            return source
        if nbgrader:
            return ""  # the course's own, which only shows
        kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        tree = ast.parse(source)
    except (AttributeError, LookupError, TypeError, ValueError, SyntaxError, RecursionError):
        return ""
    return "\n".join(ast.get_source_segment(source, node) or "" for node in tree.body if isinstance(node, kinds))
