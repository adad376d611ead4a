"""The examples in the documentation of the functions: ``python -m tests.ops.examples`` writes PyTorch's answers.

To add one, write its name and what is typed at the prompt into a file of ``lib/tidu/ops/examples``.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import traceback
from pathlib import Path
from typing import Any

import numpy

from tidu.ops import examples

PARSER = doctest.DocTestParser()
CHECKER = doctest.OutputChecker()
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def answers(torch: Any, lines: str) -> list[tuple[doctest.Example, str]]:
    """What is printed after each prompt; of an error, its traceback's last line under the first, as in a doctest."""
    names: dict[str, Any] = {"torch": torch, "numpy": numpy}
    found = []
    for example in PARSER.get_examples(lines):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(example.source, "<example>", "single"), names)
            except Exception as error:
                print(
                    "Traceback (most recent call last):\n    ...\n" + traceback.format_exception_only(error)[-1].strip()
                )
        found.append((example, printed.getvalue()))
    return found


def wrong(torch: Any, lines: str) -> list[str]:
    """The prompts after which something else is printed than is written."""
    problems = []
    for example, got in answers(torch, lines):
        want = example.want
        if example.exc_msg is not None:
            same = got.splitlines()[-1:] == [example.exc_msg.strip()]
        else:
            same = CHECKER.check_output(want, got, FLAGS)
        if not same:
            problems.append(f"{example.source}wanted:\n{want}got:\n{got}")
    return problems


def main() -> None:
    import torch

    for path in sorted(Path(examples.__file__).parent.glob("*.txt")):
        blocks = []
        for block in re.split(r"\n{2,}", path.read_text(encoding="utf-8").strip()):
            name, _, lines = block.partition("\n")
            asked = answers(torch, lines) if hasattr(torch, name.split(".")[0]) else ()  # what PyTorch lacks stays
            written = [f">>> {e.source.rstrip()}\n{got}".replace("\n\n", "\n<BLANKLINE>\n") for e, got in asked]
            blocks.append(f"{name}\n{''.join(written) or lines + chr(10)}")
        path.write_text("\n".join(sorted(blocks, key=str.lower)), encoding="utf-8")
        print(f"{path.name}: {len(blocks)}")


if __name__ == "__main__":
    main()
