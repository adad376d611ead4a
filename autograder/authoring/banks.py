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
from pathlib import Path
from types import ModuleType

from autograder.authoring import source as sources
from autograder.authoring.source import CourseError
from autograder.exercises import load
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
    for exercise in load(name):
        answers = [cell.source for cell in cells if cell.exercise == exercise.id and cell.role == "answer"]
        if len(answers) != 1:
            raise CourseError(
                f"solutions/{name}.md: exercise {exercise.id!r} has {len(answers)} answer cells, wanted 1"
            )
        found[exercise.id] = Bank(
            sources.solved(answers[0]),
            [cell.source for cell in cells if cell.exercise == exercise.id and cell.role == "alternative"],
            {mistake.name: _mistaken(exercise, mistake.name) for mistake in exercise.mistakes},
        )
    return found


def _mistaken(exercise: Exercise, name: str) -> str:
    """The named mistake as an answer cell: helpers first, then the function under the exercise's name."""
    mistake = next(m for m in exercise.mistakes if m.name == name)
    module = sys.modules[mistake.answer.__module__]
    definitions, imports = _toplevel(module)
    wanted: dict[str, ast.stmt] = {}
    brought: dict[str, ast.stmt] = {}

    def gather(node: ast.AST) -> None:
        for used in ast.walk(node):
            if not isinstance(used, ast.Name) or used.id in exercise.given or used.id in wanted or used.id == name:
                continue
            if used.id in definitions:
                wanted[used.id] = definitions[used.id]
                gather(definitions[used.id])
            elif used.id in imports:
                brought[used.id] = imports[used.id]

    main = definitions[name]
    gather(ast.Module(body=main.body, type_ignores=[]))
    renamed = copy.deepcopy(main)
    renamed.name, renamed.decorator_list = exercise.id, []
    pieces = [ast.unparse(node) for node in brought.values()]
    pieces += ["\n" + ast.unparse(node) + "\n" for node in reversed(wanted.values())]
    pieces.append(ast.unparse(renamed))
    return "\n".join(pieces).strip()


def _toplevel(module: ModuleType) -> tuple[dict[str, ast.FunctionDef], dict[str, ast.stmt]]:
    definitions: dict[str, ast.FunctionDef] = {}
    imports: dict[str, ast.stmt] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name] = ast.Import([alias])
    return definitions, imports
