"""One-line programs about types, devices, printing and seeded random numbers, and what PyTorch shows for them.

Each line of the ``*.txt`` beside this file is a program; what it shows is the text of its last expression, or the class
of its error, and the classes of its warnings. ``python -m tests.types.programs`` writes ``recorded.json`` anew from the
installed PyTorch, which the test asks live where it is importable.
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
RECORDED = FOLDER / "recorded.json"
FAMILIES = ("streams", "types", "devices", "printing", "distributions", "bfloat16")


def programs(family: str) -> list[str]:
    return [line for line in (FOLDER / f"{family}.txt").read_text().splitlines() if line and line[0] != "#"]


def shown(t: Any, program: str) -> str:
    """What a program shows when ``torch`` is module ``t``."""
    names = {"torch": t, "np": np, "copy": copy, "pickle": pickle}
    tree = ast.parse(program)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr) or not tree.body, program
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            exec(compile(tree, "program", "exec"), names)
            if isinstance(last, ast.Expr):
                text = repr(eval(compile(ast.Expression(last.value), "program", "eval"), names))
            else:
                exec(compile(ast.Module([last], []), "program", "exec"), names)
                text = "done"
        except Exception as error:
            text = f"raises {type(error).__name__}"
        finally:
            t.set_default_dtype(t.float32)
            t.set_default_device(None)
            t.set_printoptions(profile="default")
    return text + "".join(f"\nwarns {w.category.__name__}" for w in warned)


def every(library: str) -> dict[str, dict[str, str]]:
    """What a library shows for all of them, in this process."""
    t = importlib.import_module(library)
    return {family: {p: shown(t, p) for p in programs(family)} for family in FAMILIES}


def afresh(library: str) -> Any:
    """The same in a process of its own: some warnings come once a process, to whichever program is first."""
    code = f"import json; from tests.types.programs import every; print(json.dumps(every({library!r})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def record() -> None:
    import torch

    found = every("torch")
    RECORDED.write_text(json.dumps({"pytorch": torch.__version__, **found}, indent=0, ensure_ascii=False) + "\n")
    print(f"{RECORDED}: {sum(map(len, found.values()))} programs, PyTorch {torch.__version__}")


if __name__ == "__main__":
    record()
