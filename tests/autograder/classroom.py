"""A small course of two exercises, with which the tests make submissions."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

from autograder.judging.exercise import Exercise, Part

NAME = "90_tiny"

_VIEWS = {
    "dense": lambda: np.zeros((2, 3)),
    "turned": lambda: np.zeros((3, 4)).T,
    "stepped": lambda: np.zeros((6, 6))[::2, ::-3],
}
scale = Exercise(
    "scale",
    reference=lambda x, k: x * k,
    make=lambda kind, draw: (draw.rng.normal(size=2) if kind.layout == "row" else draw.rng.normal(size=(3, 2)).T, 2.0),
    parts=[Part("values", 2, layout=("row",)), Part("layout", 2, layout=("turned",))],
)
steps = Exercise(
    "steps",
    reference=lambda x: tuple(s // x.itemsize for s in x.strides),
    make=lambda kind, draw: (_VIEWS[kind.layout](),),
    parts=[Part("values", 3, layout=tuple(_VIEWS))],
)
EXERCISES = [scale, steps]
for _exercise in EXERCISES:
    _exercise.notebook = NAME


@scale.mistake(zh="没有乘", en="not multiplied")
def unscaled(x, k):
    return x


STUB = "def {id}({args}):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
RIGHT = {
    "scale": "def scale(x, k):\n    return x * k",
    "steps": "def steps(x):\n    return tuple(s // x.itemsize for s in x.strides)",
}


def _cell(kind: str, source: str, grade_id: str, **marks: Any) -> dict[str, Any]:
    nbgrader = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    cell: dict[str, Any] = {"cell_type": kind, "id": f"c-{grade_id}", "source": source, "metadata": {}}
    cell["metadata"]["nbgrader"] = {**nbgrader, "grade_id": grade_id, **marks}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def release() -> dict[str, Any]:
    """The notebook that students get."""
    cells = [
        _cell("code", "from autograder.student import check", "setup"),
        _cell("markdown", "# Tiny", "prose"),
        _cell("code", "import numpy as np\n\ndef given(x):\n    return x", "given_0"),
    ]
    cells[-1]["metadata"]["tidu"] = {"role": "given"}
    cells.append(_cell("code", "import tidu as torch\ntorch.tensor([1.0])", "worked_1"))
    cells.append(_cell("code", "def double(x):\n    return 2 * x", "worked_2"))
    for exercise, arguments in ((scale, "x, k"), (steps, "x")):
        stub = STUB.format(id=exercise.id, args=arguments)
        cells.append(_cell("code", stub, exercise.id, solution=True, locked=False))
        check = f'check("{exercise.id}")'
        cells.append(_cell("code", check, f"{exercise.id}_check", grade=True, points=exercise.points))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def submission(answers: dict[str, str] | None = None, extra: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A submitted notebook: right answers but for ``answers``; ``extra`` sources follow the cells they name."""
    notebook = copy.deepcopy(release())
    cells = []
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        cell["source"] = {**RIGHT, **(answers or {})}.get(name, cell["source"])
        cells.append(cell)
        for source in (extra or {}).get(name, []):
            own = {"cell_type": "code", "id": f"e{len(cells)}", "metadata": {}, "source": source, "outputs": []}
            cells.append({**own, "execution_count": None})
    notebook["cells"] = cells
    return notebook


def as_bytes(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def source() -> dict[str, Any]:
    """The instructor's notebook, with solutions to be stripped."""
    notebook = release()
    for cell in notebook["cells"]:
        answer = RIGHT.get(cell["metadata"]["nbgrader"]["grade_id"])
        if answer:
            head, body = answer.split("\n", 1)
            cell["source"] = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return notebook
