"""An example for the documentation of each function. 每个函数文档里的例子。

A file a family: blocks apart by an empty line; the first line names the function, as in ``linalg.det`` or
``Tensor.view``; below it stand lines as at the prompt, where ``torch`` is the module. ``python -m tests.ops.examples``
writes PyTorch's answers under them; the tests run them on tidu.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

FOLDER = os.path.dirname(__file__)
# As far in as the documentation of a function stands, which Python 3.13 and later cut off.
MARGIN = "" if sys.version_info >= (3, 13) else "    "


def load() -> dict[str, str]:
    """Name -> the lines of its example."""
    found: dict[str, str] = {}
    for entry in sorted(os.listdir(FOLDER)):
        if entry.endswith(".txt"):
            with open(os.path.join(FOLDER, entry), encoding="utf-8") as file:
                blocks = file.read().strip("\n").split("\n\n")
            found.update((name, lines) for name, _, lines in (block.partition("\n") for block in blocks))
    return found


def attach(owners: Mapping[str, Mapping[str, Any]]) -> None:
    """Put each example under the documentation of what it is of: ``owners`` are the members of "Tensor", "linalg" …,
    and of the namespace itself as ""."""
    for name, lines in load().items():
        owner, _, last = name.rpartition(".")
        member = owners[owner][last]
        if member.__doc__ is not None:  # as it is under ``python -OO``
            shown = lines.replace("\n", "\n" + MARGIN)
            member.__doc__ = f"{member.__doc__.rstrip()}\n\n{MARGIN}{shown}"
