"""Programs as beginners write them, and what they print in PyTorch and in tidu with only the import changed.

``programs.txt`` beside this file holds them, each under a line ``#: title``. A title with ``!`` ends in an error that
says what PyTorch says, and perhaps more; with ``~`` only the error's class is compared.
``python -m tests.substitution.programs`` writes ``recorded.json`` anew from the installed PyTorch.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import warnings
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RECORDED = FOLDER / "recorded.json"


def programs() -> dict[str, str]:
    blocks = re.split(r"^#: ", (FOLDER / "programs.txt").read_text(), flags=re.MULTILINE)[1:]
    return {title: body for title, _, body in (block.partition("\n") for block in blocks)}


def swapped(module: str, program: str) -> str:
    """The program with only its imports changed."""
    if module == "torch":
        return program
    program = re.sub(r"^import torch((?:\.\w+)+) as\b", rf"import {module}\1 as", program, flags=re.MULTILINE)
    program = re.sub(r"^import ((?:\w+, )*)torch\b", rf"import \1{module} as torch", program, flags=re.MULTILINE)
    return re.sub(r"^from torch\b", f"from {module}", program, flags=re.MULTILINE)


def shown(module: str, program: str) -> dict[str, Any]:
    """What a program prints, the classes of its warnings, and the class and the words of the error that ends it."""
    program = swapped(module, program)
    screen, error, words = io.StringIO(), None, ""
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(screen):
        warnings.simplefilter("always")
        try:
            exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
        except Exception as e:
            error, words = type(e).__name__, str(e)
    return {
        "prints": screen.getvalue(),
        "warns": [w.category.__name__ for w in warned if w.category is not DeprecationWarning],
        "raises": error,
        "says": words,
    }


def record() -> None:
    import torch

    torch.set_warn_always(True)
    found = {title: shown("torch", program) for title, program in programs().items()}
    RECORDED.write_text(json.dumps({"pytorch": torch.__version__, "programs": found}, indent=1, ensure_ascii=False))
    print(f"{RECORDED}: {len(found)} programs, PyTorch {torch.__version__}")


if __name__ == "__main__":
    record()
