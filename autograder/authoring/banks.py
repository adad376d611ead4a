"""Answer banks: for each exercise the reference answer, other correct answers, and wrong ones, as cell sources.

They prove the checks, and the demonstration class is made of them. Reference and alternatives stand in
``solutions/``; the wrong answers are the exercise's named mistakes, cut out of the module that defines them together
with whatever helpers they call, so that they run in a notebook.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

from autograder.authoring import source as sources
from autograder.authoring.source import CourseError
from autograder.judging.exercise import Exercise


@dataclass(frozen=True)
class Bank:
    """Sources of answer cells: each defines the exercise's function."""

    reference: str
    alternatives: list[str] = field(default_factory=list)
    mistakes: dict[str, str] = field(default_factory=dict)


def banks(root: Path, name: str) -> dict[str, Bank]:
    """The bank of every exercise of the notebook ``name``, in its order."""
    cells = sources.read(root, name)
    found: dict[str, Bank] = {}
    for exercise in sources.exercises_of(name):
        answers = [cell.source for cell in cells if cell.exercise == exercise.id and cell.role == "answer"]
        if len(answers) != 1:
            raise CourseError(
                f"solutions/{name}.md: exercise {exercise.id!r} has {len(answers)} answer cells, wanted 1",
                f"solutions/{name}.md：练习 {exercise.id!r} 有 {len(answers)} 个作答格，应当是 1 个",
            )
        found[exercise.id] = Bank(
            sources.solved(answers[0]),
            [cell.source for cell in cells if cell.exercise == exercise.id and cell.role == "alternative"],
            {mistake.name: _mistaken(exercise, mistake.name) for mistake in exercise.mistakes},
        )
    return found


def _mistaken(exercise: Exercise, name: str) -> str:
    """The named mistake as an answer cell: helpers first, then the function under the exercise's name.

    Helpers come along from whichever of the course's modules they are imported; annotations do not, for they would
    need names of their own.
    """
    mistake = next(m for m in exercise.mistakes if m.name == name)
    wanted: dict[str, ast.stmt] = {}
    imports: dict[str, ast.stmt] = {}

    def gather(node: ast.AST, module: ModuleType) -> None:
        definitions = _toplevel(module)
        for used in ast.walk(node):
            if not isinstance(used, ast.Name) or used.id in wanted or used.id in exercise.given or used.id == name:
                continue
            found = definitions.get(used.id)
            if isinstance(found, ast.Import):
                imports[used.id] = found
            elif isinstance(found, ast.ImportFrom) and str(found.module).startswith("autograder."):
                home = sys.modules[str(found.module)]
                wanted[used.id] = _plain(_toplevel(home)[used.id])
                gather(wanted[used.id], home)
            elif isinstance(found, ast.ImportFrom):
                imports[used.id] = found
            elif found is not None:
                wanted[used.id] = _plain(found)
                gather(wanted[used.id], module)

    module = sys.modules[mistake.answer.__module__]
    main = _plain(_toplevel(module)[name])
    assert isinstance(main, ast.FunctionDef)
    main.decorator_list = []
    gather(main, module)
    main.name = exercise.id
    pieces = [ast.unparse(node) for node in imports.values()]
    pieces += ["\n" + ast.unparse(node) + "\n" for node in reversed(wanted.values())]
    pieces.append(ast.unparse(main))
    return "\n".join(pieces).strip()


def _plain(node: ast.stmt) -> ast.stmt:
    """A copy without annotations."""
    node = copy.deepcopy(node)
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        elif isinstance(inner, ast.FunctionDef):
            inner.returns = None
    return _Unannotated().visit(node)


class _Unannotated(ast.NodeTransformer):
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        assert node.value is not None, "a bare annotation in a mistake"
        return ast.copy_location(ast.Assign([node.target], node.value, lineno=node.lineno), node)


@cache
def _toplevel(module: ModuleType) -> dict[str, ast.stmt]:
    """What a module binds at its top level: functions, and imports one name at a time."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = ast.Import([alias])
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = ast.ImportFrom(node.module, [alias], node.level)
    return found
