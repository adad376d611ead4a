"""Calls an answer in the notebook as grading calls it in a worker: within the same time, with the same functions lent.

What goes wrong is told in the same words (``AnswerError``, ``WorkerTimeout``), so that the same card comes of it. The
kernel and its variables live on.
"""

from __future__ import annotations

import inspect
import linecache
import os
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.judging import limits, reading
from autograder.judging.exercise import AnswerError, Exercise, WorkerTimeout
from autograder.judging.lending import lent, standing_in
from autograder.judging.policy import Rule, leans_on, objections
from autograder.judging.result import Result
from autograder.student import cells
from autograder.student.stopping import Stopped, within
from tidu.random import fork_rng


class Home:
    """The student's side of a check: the names of the notebook, and the cells that ran in it.

    numbers   for each file name under which Python knows a cell, the number of that cell
    """

    def __init__(self, names: dict[str, Any], cells: Sequence[str], numbers: dict[str, int] | None = None) -> None:
        self.names, self.cells, self.numbers = names, list(cells), numbers or {}

    @classmethod
    def around(cls, caller: dict[str, Any]) -> Home:
        """The notebook, or whatever else has the global names ``caller``. 调用者所在的笔记本。"""
        shell = cells.shell()
        if shell is not None:
            return cls(shell.user_ns, cells.cells(shell), getattr(shell.compile, "_filename_map", {}))
        own = [value for value in caller.values() if inspect.isfunction(value) and value.__globals__ is caller]
        files = list(dict.fromkeys([caller.get("__file__") or "", *(value.__code__.co_filename for value in own)]))
        return cls(caller, ["".join(linecache.getlines(file)) for file in files], {f: i for i, f in enumerate(files)})

    def grade(self, exercise: Exercise, answer: Any, name: str, *, seed: int = 0, private: bool = False) -> Result:
        """Judge ``answer``, which the notebook calls ``name``: first what it uses, then what it returns. 判分。"""
        found = objections(name, self.cells, Rule.of(exercise), modules_beside(Path.cwd()))
        if found:
            return exercise.grade_refused(found)
        if not callable(answer):
            return exercise.failed("missing")
        with fork_rng():  # a check draws random numbers, and the notebook's own stay as they were
            result = exercise.grade(self._function(exercise, answer), seed=seed, private=private)
        return leans_on(result, name, self.cells, exercise)

    def _function(self, exercise: Exercise, answer: Callable[..., Any]) -> Callable[..., Any]:
        end, staged = time.monotonic() + limits.EXERCISE, exercise.staged(answer)

        def called(*args: Any, **kwargs: Any) -> Any:
            seconds = min(limits.CALL, end - time.monotonic())
            try:
                if seconds <= 0:
                    raise Stopped
                with standing_in(self.names, lent(exercise)):
                    return within(seconds, staged, args, kwargs)
            except Stopped:
                raise WorkerTimeout("no answer in time") from None
            except KeyboardInterrupt:
                raise  # the student pressed stop
            except BaseException as error:
                raise AnswerError(type(error).__name__, _text(error), self._where(error)) from None

        return called

    def _where(self, error: BaseException) -> dict[str, Any] | None:
        """The innermost line of the student's own that ``error`` passed through."""
        frames = [(f, line) for f, line in traceback.walk_tb(error.__traceback__) if self._is_own(f)]
        if not frames:
            return None
        code, line = frames[-1][0].f_code, frames[-1][1]
        if os.path.isfile(code.co_filename):
            source = "".join(linecache.getlines(code.co_filename))
            return reading.where(code.co_qualname, line, source, Path(code.co_filename).name)
        known = self.numbers.get(code.co_filename, 0)
        # under ``%%time`` Python does not know the cell, and under ``%%capture`` it counts lines from the second
        last = len(self.cells) - 1
        for cell in [*([known] if 0 < known <= last else ()), *range(last, 0, -1)]:
            source = self.cells[cell]
            starts = reading.first_lines(source, code.co_name)
            if starts:
                start = code.co_firstlineno + reading.blank_above(source)
                start = start if start in starts else starts[-1]
                return reading.where(code.co_qualname, start + line - code.co_firstlineno, source, cell)
        return None

    def _is_own(self, frame: FrameType) -> bool:
        file = frame.f_code.co_filename
        return frame.f_globals is self.names or (file.endswith(".py") and Path(file).parent == Path.cwd())


def modules_beside(folder: Path) -> dict[str, str]:
    """The student's own modules in the notebook's folder. 笔记本旁边学生自己的模块。"""

    def text(path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8") if path.stat().st_size <= 4 * reading.MAX_MODULE else None
        except (OSError, ValueError):
            return None

    return reading.modules_beside(folder, text)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except BaseException:
        return ""
