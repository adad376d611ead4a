"""An example for the documentation of each function. 每个函数文档里的例子。

A file a family: blocks apart by an empty line; the first line names the function, as in ``linalg.det`` or
``Tensor.view``; below it stand lines as at the prompt, where ``torch`` is the module. ``python -m tests.ops.examples``
writes PyTorch's answers under them; the tests run them on tidu.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any


def load() -> dict[str, str]:
    """Name -> the lines of its example."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            name, _, lines = block.strip("\n").partition("\n")
            found[name] = lines
    return found


def attach(owners: Mapping[str, Mapping[str, Any]]) -> None:
    """Put each example under the documentation of what it is of: ``owners`` are the members of "Tensor", "linalg" …,
    and of the namespace itself as ""."""
    for name, lines in load().items():
        owner, _, last = name.rpartition(".")
        member = owners[owner][last]
        if member.__doc__ is not None:  # as it is under ``python -OO``
            member.__doc__ = f"{cleandoc(member.__doc__)}\n\n{lines}"
