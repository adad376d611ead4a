"""Small programs about custom functions, checkpoints and gradcheck, and what people use them for: printed by both.

The text files beside this one hold them, each under a line ``#: title`` and behind the imports below. A title with
``!`` ends in an error that says what PyTorch says, and perhaps more; with ``~`` only the error's class is compared.
``python -m tests.autograd.written`` writes ``written.json`` anew from the installed PyTorch.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.substitution.programs import shown

FOLDER = Path(__file__).parent
RECORDED = FOLDER / "written.json"
IMPORTS = """\
import torch
from torch.autograd import Function, grad
from torch.autograd.function import BackwardCFunction, FunctionCtx, FunctionMeta, InplaceFunction, NestedIOFunction
from torch.autograd.function import once_differentiable
torch.manual_seed(0)

def leaf(*values):
    return torch.tensor(values, requires_grad=True)

def function(forward, backward=None, name="Fn", **more):
    methods = {"forward": forward, "backward": backward, **more}
    return type(name, (Function,), {k: staticmethod(f) for k, f in methods.items() if f is not None})

"""


def programs() -> dict[str, str]:
    """All of them by title, but for what ``IMPORTS`` says before each."""
    found = {}
    for path in sorted(FOLDER.glob("*.txt")):
        blocks = re.split(r"^#: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        found |= {title: body for title, _, body in (block.partition("\n") for block in blocks)}
    return found


def answer(module: str, program: str) -> dict[str, object]:
    """What ``shown`` tells of a program, without addresses, and in PyTorch's name."""
    found = shown(module, IMPORTS + program)
    for what in ("prints", "says"):
        found[what] = re.sub(r"0x[0-9a-f]+", "0x", found[what].replace(f"{module}.", "torch."))
    return found


def record() -> None:
    import torch

    torch.set_warn_always(True)
    found = {title: answer("torch", program) for title, program in programs().items()}
    RECORDED.write_text(json.dumps({"pytorch": torch.__version__, "programs": found}, indent=1, ensure_ascii=False))
    print(f"{RECORDED}: {len(found)} programs, PyTorch {torch.__version__}")


if __name__ == "__main__":
    record()
