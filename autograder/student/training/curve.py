"""Learning curves, which draw themselves while a net trains. 一边训练一边画的学习曲线。"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.judging.palette import HUES
from autograder.student.pictures.picture import Drawing, Picture
from autograder.student.training.chart import Line, Plot, draw
from autograder.student.training.page import KNOWN, Place, one, percent, shell, told, words

#: What is recorded at the end of an epoch.
SERIES = KNOWN
#: Seconds between two drawings, at least; and how many times as long as a drawing takes.
EVERY, RATHER = 0.5, 10
#: The points of a line, at most, that a page has to hold.
POINTS = 200


class LearningCurve:
    """学习曲线，边训练边画 / A learning curve that draws itself while a net trains.

        curve = LearningCurve(epochs=10)
        for epoch in range(10):
            for images, labels in loader:
                ...
                curve.batch(loss)
            curve.epoch(accuracy=..., validation_loss=..., validation_accuracy=...)

    epochs  how many there will be, for an axis that does not move
    live    whether it draws itself; otherwise it records, and draws when it is shown

    In a notebook it is one output, drawn anew now and then; in a terminal it is a line for each epoch. ``history`` has
    the numbers: for each of loss, accuracy, validation_loss and validation_accuracy a list, with None where an epoch
    said nothing of it.
    """

    def __init__(self, epochs: int | None = None, live: bool = True) -> None:
        self.history: dict[str, list[float | None]] = {name: [] for name in SERIES}
        self.batches: list[list[float]] = [[]]
        self._epochs, self._live = epochs, live
        self._place, self._drawn_at, self._took, self._waiting = Place(), -math.inf, 0.0, False

    def __len__(self) -> int:
        return len(self.history["loss"])

    def batch(self, loss: Any) -> None:
        """记录一批的损失 / The training loss of a batch: a number, or a tensor of one element."""
        self.batches[-1].append(one(loss, "loss"))
        if self._live and shell() is not None:
            self._draw()

    def epoch(
        self,
        loss: Any = None,
        accuracy: Any = None,
        validation_loss: Any = None,
        validation_accuracy: Any = None,
    ) -> None:
        """一轮结束 / The end of an epoch, with what is known of it; an accuracy is a share from 0 to 1.

        ``loss`` is by default the mean of the epoch's batches.
        """
        losses = self.batches[-1]
        if loss is None and losses:
            loss = sum(losses) / len(losses)
        values = dict(zip(SERIES, (loss, accuracy, validation_loss, validation_accuracy), strict=True))
        found = {name: None if value is None else one(value, name) for name, value in values.items()}
        for name, value in found.items():
            if name.endswith("accuracy") and value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} must be a share from 0 to 1, got {value:g}")
        for name, value in found.items():
            self.history[name].append(value)
        self.batches.append([])
        if not self._live:
            return
        if shell() is not None:
            self._draw()
        else:
            print(self._line(len(self) - 1), flush=True)

    def picture(self) -> Picture:
        """现在的样子 / The curve as it is now."""
        return _curve(self.history, self.batches, self._epochs)

    def __repr__(self) -> str:
        if not len(self):
            return words("nothing")
        return "\n".join([words("curve_told", count=len(self)), *map(self._line, range(len(self)))])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        self._waiting = False
        if not len(self) and not self.batches[-1]:
            return {"text/plain": repr(self)}
        return self.picture()._repr_mimebundle_()

    def _line(self, i: int) -> str:
        """An epoch in a line."""
        return f"{words('epoch_number', number=i + 1)}: " + ", ".join(_numbers(self.history, i))

    def _draw(self) -> None:
        """Draw, unless that was just done: then once more when the cell has ended."""
        now = time.perf_counter()
        if now - self._drawn_at >= max(EVERY, RATHER * self._took):
            self._place.show(self)
            self._drawn_at = time.perf_counter()
            self._took = self._drawn_at - now
        elif not self._waiting:
            self._waiting = True
            shell().events.register("post_run_cell", self._finish)

    def _finish(self, result: object = None) -> None:
        shell().events.unregister("post_run_cell", self._finish)
        if self._waiting:
            self._place.show(self)
            self._drawn_at = -math.inf


def compare(curves: Mapping[str, LearningCurve], what: Sequence[str] | str | None = None) -> Picture:
    """对比几条学习曲线 / Several learning curves in one picture, a line for each.

    curves  by the name to print
    what    of loss, accuracy, validation_loss and validation_accuracy, one plot each; by default the loss and, of the
            accuracies, the last that there is
    """
    if not curves:
        raise ValueError("curves must hold at least one curve")
    present = [name for name in SERIES if any(_known(curve.history[name]) for curve in curves.values())]
    if what is None:
        accuracies = [name for name in present if name.endswith("accuracy")]
        what = [name for name in ("loss", *accuracies[-1:]) if name in present]
    shown = [what] if isinstance(what, str) else list(what)
    for name in shown:
        if name not in SERIES:
            raise ValueError(f"what must be of {', '.join(SERIES)}, got {name!r}")
        if name not in present:
            raise ValueError(f"no curve has {name!r}")
    plots = []
    for name in shown:
        lines = []
        for i, (label, curve) in enumerate(curves.items()):
            values = curve.history[name]
            lines.append(Line(label, range(1, len(values) + 1), _plain(values), i % len(HUES)))
        last = max((len(line.x) for line in lines), default=1)
        plots.append(Plot(words(name), lines, words("epoch"), max(last, 2), 1, name.endswith("accuracy")))
    drawing = Drawing()
    draw(drawing, plots)
    told_lines = []
    for label, curve in curves.items():
        for name in shown:
            known = [value for value in curve.history[name] if value is not None]
            texts = [percent(value) if name.endswith("accuracy") else f"{value:.4f}" for value in known]
            told_lines.append(f"{label}: {words(name)}: {' '.join(texts)}")
    text = "\n".join(told_lines)
    return Picture(drawing.svg(text), text)


def _curve(history: dict[str, list[float | None]], batches: list[list[float]], epochs: int | None) -> Picture:
    count = len(history["loss"])
    last = max(epochs or 0, count + bool(batches[-1]), 1)
    plots = []
    for kind in ("loss", "accuracy"):
        lines = []
        if kind == "loss" and any(batches):
            x, y = _of_batches(batches)
            lines.append(Line(words("batches"), x, _plain(y), 0, thin=True))
        for hue, name, label in ((0, kind, "train"), (1, f"validation_{kind}", "validation")):
            if _known(history[name]):
                lines.append(Line(words(label), range(1, count + 1), _plain(history[name]), hue))
        if lines:
            plots.append(Plot(words(kind), lines, words("epoch"), last, shares=kind == "accuracy"))
    drawing = Drawing()
    draw(drawing, plots)
    told_lines = [words("curve_told", count=count)]
    told_lines += [f"{words('epoch_number', number=i + 1)}: " + ", ".join(_numbers(history, i)) for i in range(count)]
    text = "\n".join(told_lines)
    return Picture(drawing.svg(text), text)


def _of_batches(batches: list[list[float]]) -> tuple[list[float], list[float]]:
    """The batches' losses where they belong between the epochs; of very many, means of neighbours."""
    usual = max((len(losses) for losses in batches[:-1]), default=0)
    x: list[float] = []
    y: list[float] = []
    for epoch, losses in enumerate(batches):
        last = epoch == len(batches) - 1  # it is still running: as long as those before, as far as one knows
        length = max(len(losses), usual) if last else len(losses)
        x += [epoch + (i + 1) / length for i in range(len(losses))]
        y += losses
    group = -(-len(x) // POINTS)
    if group < 2:
        return x, y
    starts = range(0, len(x), group)
    return [x[min(i + group, len(x)) - 1] for i in starts], [
        sum(y[i : i + group]) / len(y[i : i + group]) for i in starts
    ]


def _numbers(history: dict[str, list[float | None]], i: int) -> list[str]:
    """What is known of an epoch."""
    return [told(name, value) for name in SERIES if (value := history[name][i]) is not None]


def _known(values: Sequence[float | None]) -> bool:
    return any(value is not None for value in values)


def _plain(values: Sequence[float | None]) -> list[float]:
    """Numbers that can be drawn: a gap for one that is infinite, nan or not known."""
    return [value if value is not None and math.isfinite(value) else math.nan for value in values]
