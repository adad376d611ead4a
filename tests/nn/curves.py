"""The losses of the training scripts in ``scripts/``, whichever library they import, for a number of steps.

``curves.json`` holds PyTorch's of all their steps; ``python -m tests.nn.record`` writes it anew.
"""

from __future__ import annotations

import contextlib
import io
import json
from importlib import import_module
from pathlib import Path

from tests.substitution.programs import swapped

SCRIPTS = sorted(p.stem for p in Path(__file__).with_name("scripts").glob("*.py") if p.stem != "__init__")
RECORDED = Path(__file__).with_name("curves.json")
STEPS = 100
#: How far a loss may be from PyTorch's after all steps. In float64 no rounding is large enough to switch a ReLU, so
#: there nothing but a difference of meaning would show.
WITHIN = {"float32": 1e-3, "float64": 1e-8}


def curve(module: str, script: str, steps: int = STEPS, dtype: str = "float32") -> list[float]:
    """What a script's list ``losses`` holds after its run: one loss a step, or two."""
    path = Path(__file__).with_name("scripts") / f"{script}.py"
    source = path.read_text(encoding="utf-8")
    assert f"\nSTEPS = {STEPS}\n" in source, f"{script}.py says how many steps it makes"
    library = import_module(module)
    before = library.get_default_dtype()
    library.set_default_dtype(getattr(library, dtype))
    try:
        found: dict[str, list[float]] = {}
        program = swapped(module, source.replace(f"\nSTEPS = {STEPS}\n", f"\nSTEPS = {steps}\n"))
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(program, str(path), "exec"), found)
    finally:
        library.set_default_dtype(before)
    return found["losses"]


def known() -> dict[str, dict[str, list[float]]]:
    """PyTorch's losses, by script and dtype."""
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def record() -> None:
    found = {script: {dtype: curve("torch", script, dtype=dtype) for dtype in WITHIN} for script in SCRIPTS}
    RECORDED.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
