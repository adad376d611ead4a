"""``for images, labels in bar(loader):`` a progress bar, in a notebook and in a terminal. 进度条。"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import suppress
from html import escape
from typing import Any, Generic, TypeVar

from autograder.student.training.page import Place, one, running_cell, shell, told, words

T = TypeVar("T")
#: Seconds between two looks of a bar in a notebook.
EVERY = 0.1


def bar(iterable: Iterable[T], label: str | int | None = None, total: int | None = None) -> Bar[T]:
    """进度条 / A progress bar around anything that is gone through, such as a ``DataLoader``.

    label   what it is the progress of; a number is that of an epoch
    total   how many there will be; by default the iterable says it, where it can

    ``show`` says running means beside it:

        progress = bar(loader, epoch)
        for images, labels in progress:
            ...
            progress.show(loss=loss)

    The bars of one cell, one after another, share one output. In a terminal it is tqdm's, on stderr; nothing is
    printed where that is a file.
    """
    return Bar(iterable, label, total)


class Bar(Generic[T]):
    """一个进度条 / What ``bar`` returns: to go through, and to show numbers beside."""

    def __init__(self, iterable: Iterable[T], label: str | int | None = None, total: int | None = None) -> None:
        if not isinstance(iterable, Iterable):
            raise TypeError(f"iterable must be something to go through, got {type(iterable).__name__}")
        self._iterable = iterable
        self._label = words("epoch_number", number=label) if isinstance(label, int) else label or ""
        if total is None and isinstance(iterable, Sized):
            with suppress(TypeError):  # a loader of an IterableDataset has a length that nobody knows
                total = len(iterable)
        self._total = total
        self._sums: dict[str, tuple[float, int]] = {}
        self._done, self._start, self._took, self._shown = 0, time.perf_counter(), 0.0, 0.0
        self._place: Place | None = None
        self._terminal: Any = None

    def __len__(self) -> int:
        if self._total is None:
            raise TypeError("this bar does not know how many there will be: give total=")
        return self._total

    @property
    def means(self) -> dict[str, float]:
        """到目前为止的平均 / The means, so far, of what was shown."""
        return {name: total / count for name, (total, count) in self._sums.items()}

    def show(self, **numbers: Any) -> None:
        """在旁边显示平均值 / Show numbers beside the bar: of each, the mean of what it was so far.

        ``loss`` and ``accuracy`` are named in the reader's language.
        """
        for name, value in numbers.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + one(value, name), count + 1)
        if self._terminal is not None:
            self._terminal.set_postfix_str(", ".join(self._numbers()), refresh=False)

    def __iter__(self) -> Iterator[T]:
        self._done, self._start, self._took, self._sums = 0, time.perf_counter(), 0.0, {}
        return self._in_notebook() if shell() is not None else self._in_terminal()

    def _in_terminal(self) -> Iterator[T]:
        from tqdm import tqdm

        with tqdm(total=self._total, desc=self._label or None, leave=False, disable=None) as self._terminal:
            for item in self._iterable:
                yield item
                self._count()
                self._terminal.update()
        self._terminal = None

    def _in_notebook(self) -> Iterator[T]:
        self._place = _place()
        try:
            self._draw()
            for item in self._iterable:
                yield item
                self._count()
                if time.perf_counter() - self._shown >= EVERY:
                    self._draw()
        finally:
            self._draw()
            _FREE[running_cell()] = self._place

    def _count(self) -> None:
        self._done += 1
        self._took = time.perf_counter() - self._start

    def _draw(self) -> None:
        self._shown = time.perf_counter()
        if self._place is not None:
            self._place.show(self)

    def _numbers(self) -> list[str]:
        return [told(name, mean) for name, mean in self.means.items()]

    def __repr__(self) -> str:
        key = "step" if self._total is not None else "step_so_far"
        parts = [words(key, done=self._done, total=self._total)]
        parts.append(words("seconds", seconds=f"{self._took:.1f}"))
        text = ", ".join([*parts, *self._numbers()])
        return f"{self._label}: {text}" if self._label else text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        text = repr(self)
        share = f'value="{self._done}" max="{self._total}"' if self._total else ""
        html = f'<div><progress {share} style="vertical-align:middle"></progress> {escape(text)}</div>'
        return {"text/html": html, "text/plain": text}


#: For the running cell, the place of a bar that has come to its end.
_FREE: dict[object, Place] = {}


def _place() -> Place:
    cell = running_cell()
    free = _FREE.pop(cell, None)
    _FREE.clear()  # those of earlier cells
    return free or Place()
