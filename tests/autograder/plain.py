"""An ordinary nbgrader assignment of two notebooks, which no exercise of the course grades."""

from __future__ import annotations

import json
from typing import Any

NAME = "hw"
ESSAY = "Why is it $\\pi r^2$?"
RIGHT = {
    "area": "def area(r):\n    return math.pi * r * r",
    "essay": "Cut the disc into sectors: <b>half</b> the rim times $r < R$.",
    "twice": "def twice(x):\n    return 2 * x",
}
_AREA = "def area(r):\n    ### BEGIN SOLUTION\n    return math.pi * r * r\n    ### END SOLUTION"
_TWICE = "def twice(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
_HIDDEN = "assert abs(area(1) - math.pi) < 1e-9\n### BEGIN HIDDEN TESTS\nassert area(3) > 28\n### END HIDDEN TESTS"


def _cell(kind: str, source: str, grade_id: str = "", **marks: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    if grade_id:
        nbgrader = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
        cell["metadata"]["nbgrader"] = {**nbgrader, "grade_id": grade_id, **marks}
    return cell


def _notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def sources() -> dict[str, dict[str, Any]]:
    """The instructor's notebooks: a function with hidden tests and partial credit, a text, and another function."""
    half = "print('scored')\npoints = 0.5 * (area(0) == 0)\npoints + (area(2) > 12)"
    first = _notebook(
        _cell("markdown", "# Discs"),
        _cell("code", "import math"),
        _cell("code", _AREA, "area", solution=True, locked=False),
        _cell("code", _HIDDEN, "area_test", grade=True, points=3),
        _cell("code", half, "area_partial", grade=True, points=1.5),
        _cell("markdown", ESSAY, "essay", grade=True, solution=True, locked=False, points=5),
    )
    second = _notebook(
        _cell("code", _TWICE, "twice", solution=True, locked=False),
        _cell("code", "assert twice(3) == 6", "twice_test", grade=True, points=2),
    )
    return {"p1": first, "p2": second}


def answered(release: dict[str, Any], answers: dict[str, str]) -> bytes:
    """A submission: the released notebook with these answers. 填好答案的提交。"""
    notebook = json.loads(json.dumps(release))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    return json.dumps(notebook).encode()
