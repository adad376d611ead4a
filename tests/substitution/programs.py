"""Programs as beginners write them, and what they print in PyTorch and in tidu with only the import changed.

The text files beside this one hold them, each under a line ``#: title``: ``programs.txt`` those of tensors,
``nets.txt`` those that train and look into models, ``beginners.txt`` whole scripts from the data to the result,
``mistakes.txt`` mistakes with models, a line each behind the same imports. A title with ``!`` ends in an error that
says what PyTorch says, and perhaps more; with ``~`` only the error's class is compared. What was trained is rounding on
rounding: outside ``programs.txt`` printed numbers may differ in their last digits.
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
IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"
NUMBER = re.compile(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?")


def programs() -> dict[str, str]:
    """All of them by title."""
    found = {}
    for name in ("programs.txt", "nets.txt", "beginners.txt"):
        blocks = re.split(r"^#: ", (FOLDER / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        found |= {title: body for title, _, body in (block.partition("\n") for block in blocks)}
    for line in filter(str.strip, (FOLDER / "mistakes.txt").read_text(encoding="utf-8").splitlines()):
        title, _, mistake = line.partition(" | ")
        found[title] = IMPORTS + mistake.replace("\\n", "\n")
    return found


def exact() -> set[str]:
    """The titles of programs whose numbers are compared to the last digit."""
    return set(re.findall(r"^#: (.*)$", (FOLDER / "programs.txt").read_text(encoding="utf-8"), re.MULTILINE))


def agree(a: str, b: str) -> bool:
    """The same text but for the last digits of its decimals; how numbers are aligned follows from their digits."""
    if re.sub(r"\s+", " ", NUMBER.sub("#", a)) != re.sub(r"\s+", " ", NUMBER.sub("#", b)):
        return False
    for x, y in zip(NUMBER.findall(a), NUMBER.findall(b), strict=True):
        digits = len(x.partition(".")[2].partition("e")[0])
        if abs(float(x) - float(y)) > max(1e-5 * abs(float(x)), 1e-5 if digits > 5 else 1.01 * 10**-digits):
            return False
    return True


def swapped(module: str, program: str) -> str:
    """The program with only its imports changed."""
    if module == "torch":
        return program

    def imports(line: re.Match[str]) -> str:
        names = [re.sub(r"^torch(\.[\w.]+ as \w+)$", rf"{module}\1", name) for name in line[1].split(", ")]
        return "import " + ", ".join(re.sub(r"^torch$", f"{module} as torch", name) for name in names)

    program = re.sub(r"^import (\w[\w., ]*)$", imports, program, flags=re.MULTILINE)
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
