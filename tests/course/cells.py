"""Run a notebook's cells, answers included, with tidu or with PyTorch, and tell what each of them printed.

Of a cell there is its source and its text, that is what it printed and the value of its last line. What only draws,
checks or remembers is left out; a prediction stands for the result that it shows.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.authoring import source as sources

ROOT = Path(__file__).resolve().parents[2]


class _Silent:
    """Stands in for the pictures: takes every call and shows nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **options: None


def run(library: str, name: str) -> list[dict[str, str]]:
    """What each worked cell of the notebook prints when ``torch`` is ``library``; timings are run and not told.

    It changes the process that it runs in, which is to be its own.
    """
    os.environ["MPLBACKEND"] = "Agg"
    os.chdir(ROOT)
    _only_text()
    names: dict[str, Any] = {"__name__": "__main__"}
    told = []
    for cell in sources.read(ROOT, name):
        if cell.role in ("prose", "alternative", "check"):
            continue
        source = sources.solved(cell.source).replace("import tidu as torch", f"import {library} as torch")
        text = _text(source, names)
        if "timing" not in cell.tags:
            told.append({"source": cell.source, "text": text})
    return told


def _text(source: str, names: dict[str, Any]) -> str:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
        if value is not None:
            print(repr(value))
    return printed.getvalue()


def _predicted(guess: Any, result: Callable[[], Any]) -> None:
    try:
        print(repr(result()))
    except Exception as error:  # which may be what there is to guess
        print(repr(error))


def _only_text() -> None:
    import tidu.viz
    from autograder import student

    silent = _Silent()
    for module, attribute, stand_in in (
        (student, "check", silent.check),
        (student, "hint", silent.hint),
        (student, "lang", silent.lang),
        (student, "progress", silent.progress),
        (student, "pictures", silent),
        (student, "predict", _predicted),
        (tidu.viz, "make_dot", silent.make_dot),
        (tidu.viz, "step", silent.step),
    ):
        setattr(module, attribute, stand_in)
