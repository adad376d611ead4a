"""A notebook as a student has it: a real IPython shell, which keeps what was typed and undoes its own syntax."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

from autograder.student import cells


class Notebook:
    """Runs cells one after the other. ``run`` returns what a cell shows, and keeps its error in ``error``."""

    def __init__(self, shell: InteractiveShell, start: str) -> None:
        self.shell, self.start = shell, start
        self.error: BaseException | None = None
        self.flags = shell.compile.flags
        self.run(start)

    def again(self) -> Notebook:
        """Itself, as after a restart of the kernel."""
        self.shell.reset(new_session=True)
        self.shell.compile.flags = self.flags
        cells.forget()
        self.run(self.start)
        return self

    @property
    def names(self) -> dict[str, Any]:
        return self.shell.user_ns

    def run(self, source: str) -> Any:
        done = self.shell.run_cell(source, store_history=True)
        self.error = done.error_before_exec or done.error_in_exec
        return done.result

    def check(self, id: str) -> Any:
        shown = self.run(f'check("{id}")')
        assert self.error is None, self.error
        return shown.result


START = "from autograder.student import check, hint, lang, progress\nimport tidu as torch"


@contextlib.contextmanager
def notebook(start: str = START) -> Iterator[Notebook]:
    """A fresh notebook. There is one shell in a process, as in a kernel; afterwards there is none."""
    enabled, HistoryManager.enabled = HistoryManager.enabled, False
    main = sys.modules["__main__"]  # IPython puts a module of its own there, which other processes cannot import
    shell = InteractiveShell.instance()
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    shell.enable_gui = lambda *args: None  # as a kernel has it
    cells.watch()
    try:
        yield Notebook(shell, start)
    finally:
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main
        HistoryManager.enabled = enabled
