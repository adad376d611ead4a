"""What ran in this kernel: the cells as they were typed, each as far as it got.

A cell that failed half-way has bound nothing after that line, and what it says there is not what the notebook has.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from autograder.judging import reading

_KEPT = "_tidu_stopped"  # on the shell, so that another shell starts with none


def shell() -> Any:
    """IPython's shell, None in plain Python. IPython 的 shell。"""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def watch() -> None:
    """Note from now on where cells stop. 从现在起记录各单元格停在哪里。"""
    found = shell()
    if found is not None and not hasattr(found, _KEPT):
        setattr(found, _KEPT, {})
        found.events.register("post_run_cell", _note)


def forget() -> None:
    """Forget what was noted, where the shell forgets its cells. 忘记记录。"""
    setattr(shell(), _KEPT, {})


def cells(found: Any) -> list[str]:
    """The sources of the cells by their numbers, raw: before IPython turned its own syntax into Python. 单元格源码。"""
    stopped = getattr(found, _KEPT, {})
    return [reading.until(raw, stopped.get(n)) for n, raw in enumerate(found.history_manager.input_hist_raw)]


def _note(result: Any) -> None:
    found = shell()
    ran = found.history_manager.input_hist_raw if found is not None else [""]
    whole, own = ran[-1].rstrip("\n"), str(result.info.raw_cell).rstrip("\n")
    if not own or not whole.endswith(own):
        return  # not a cell of the notebook
    # ``%%capture`` runs what is below it as another cell, and keeps its error to itself
    above, stopped = whole[: -len(own)].count("\n"), getattr(found, _KEPT)
    if result.error_before_exec is not None:
        stopped[len(ran) - 1] = 1
    elif result.error_in_exec is not None:
        line = _line(found, result.error_in_exec, own)
        stopped[len(ran) - 1] = line and line + above


def _line(found: Any, error: BaseException, raw: str) -> int | None:
    """The line of a cell whose statement failed; None where it cannot be told."""
    numbers = getattr(found.compile, "_filename_map", {})
    lines = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals is found.user_ns and frame.f_code.co_name == "<module>":
            # what a cell magic runs has no file, or one of its own, and counts from the line below the magic
            first = raw.lstrip().startswith("%%")
            lines = line + first if first or frame.f_code.co_filename in numbers else lines
    return None if lines is None else lines + reading.blank_above(raw)
