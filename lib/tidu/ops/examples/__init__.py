"""An example for the documentation of each function. 每个函数文档里的例子。

A file a family: blocks apart by an empty line; the first line names the function, as in ``linalg.det`` or
``Tensor.view``; below it stand lines as at the prompt, where ``torch`` is the module. ``python -m tests.ops.examples``
writes PyTorch's answers under them; the tests run them on tidu.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

FOLDER = os.path.dirname(__file__)
# As far in as the documentation of a function stands, which Python 3.13 and later cut off.
MARGIN = "" if sys.version_info >= (3, 13) else "    "


@cache
def load() -> dict[str, str]:
    """Name -> the lines of its example."""
    texts = []
    for entry in sorted(os.listdir(FOLDER)):
        if entry.endswith(".txt"):
            with open(os.path.join(FOLDER, entry), "rb", buffering=0) as file:
                texts.append(file.read().strip())
    blocks = b"\n\n".join(texts).decode().replace("\r\n", "\n").split("\n\n")
    return {name: lines for name, _, lines in (block.partition("\n") for block in blocks)}


def attach(owners: Mapping[str, Mapping[str, Any]]) -> None:
    """Put their examples under the documentation of members: of "Tensor", "linalg" …, and the namespace itself, ""."""
    margin = "\n" + MARGIN
    for name, lines in load().items():
        owner, _, last = name.rpartition(".")
        member = owners.get(owner, {}).get(last)
        if member is not None:
            if member.__doc__ is not None:  # as it is under ``python -OO``
                member.__doc__ = f"{member.__doc__.rstrip()}\n{margin}{lines.replace(chr(10), margin)}"
