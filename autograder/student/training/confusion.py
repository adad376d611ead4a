"""A confusion matrix as a picture: which class was taken for which, how often. 混淆矩阵。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.judging.palette import BLUE, ORANGE, STEPS, tint
from autograder.student.pictures.picture import Drawing, Picture, text_width
from autograder.student.training.page import array, class_names, percent, words

TALL = 28
#: How many classes can be told apart on a page, and how many confusions are told in words.
MOST, TOLD = 30, 5


def confusion_matrix(found: Any, classes: Sequence[str] | None = None) -> Picture:
    """混淆矩阵 / How often which class was taken for which, with the share that is right in each.

    found       the matrix, whose element [i, j] counts the samples of class i that were taken for class j; or a pair,
                (targets, predictions), of class numbers
    classes     what the classes are called; by default their numbers
    """
    counts = _counts(found, len(classes) if classes is not None else 0)
    size = len(counts)
    names = class_names(classes, size)[:size]
    if not 0 < size <= MOST:
        raise ValueError(f"found must have 1 to {MOST} classes to be drawn, got {size}")
    drawing = Drawing()
    widest = max(text_width(name, 11) for name in names)
    wide = max(TALL + 6.0, text_width(str(counts.max()), 13) + 10, widest + 8)
    drawing.text(size * wide / 2, -26, words("predicted"), "m b")
    drawing.text(-widest - 14, -26, words("true_label"), "e b")
    drawing.text(size * wide + 12, -26, words("recall"), "b")
    totals = counts.sum(axis=1)
    for i, name in enumerate(names):
        y = i * TALL
        drawing.text((i + 0.5) * wide, -8, name, "m s")
        drawing.text(-8, y + TALL / 2 + 4, name, "e s")
        for j in range(size):
            count, share = int(counts[i, j]), counts[i, j] / max(totals[i], 1)
            # One mistake has to be seen among a thousand samples: some colour for any, more for more.
            more = float(share) if i == j else 0.2 + float(share) ** 0.5
            fill = tint(BLUE if i == j else ORANGE, STEPS[0] + (STEPS[-1] - STEPS[0]) * min(more, 1.0))
            fill = fill if count else "none"
            drawing.rect(j * wide, y, wide, TALL, "c", f'style="fill:{fill}"')
            if count:
                drawing.text((j + 0.5) * wide, y + TALL / 2 + 4.5, count, "m" if i == j else "m b")
        if totals[i]:
            drawing.text(size * wide + 12, y + TALL / 2 + 4, percent(counts[i, i] / totals[i]), "s")
    total, correct = int(counts.sum()), int(np.trace(counts))
    share = percent(correct / total) if total else "–"
    told = [words("confusion_told", total=total, correct=correct, share=share)]
    wrong = [(int(counts[i, j]), i, j) for i in range(size) for j in range(size) if i != j and counts[i, j]]
    for count, i, j in sorted(wrong, key=lambda entry: (-entry[0], entry[1], entry[2]))[:TOLD]:
        told.append(words("confused", true=names[i], predicted=names[j], count=count))
    return Picture(drawing.svg("\n".join(told)), "\n".join(told))


def _counts(found: Any, classes: int) -> np.ndarray:
    """The matrix, counted where it is not given."""
    if isinstance(found, tuple):
        if len(found) != 2:
            raise ValueError(f"found must be a matrix or (targets, predictions), got {len(found)} things")
        targets, predictions = (array(part).reshape(-1) for part in found)
        if len(targets) != len(predictions):
            raise ValueError(f"targets and predictions must be as many, got {len(targets)} and {len(predictions)}")
        for name, part in (("targets", targets), ("predictions", predictions)):
            if part.dtype.kind not in "iu" or (len(part) and part.min() < 0):
                raise ValueError(f"{name} must be class numbers from 0 on, got {part.dtype} {part[:5]}")
        size = max([classes, *(int(part.max()) + 1 for part in (targets, predictions) if len(part))])
        if size > MOST:
            raise ValueError(f"found must have 1 to {MOST} classes to be drawn, got {size}")
        counts = np.zeros((size, size), np.int64)
        np.add.at(counts, (targets.astype(np.int64), predictions.astype(np.int64)), 1)
        return counts
    counts = array(found)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"found must be a square matrix or (targets, predictions), got shape {counts.shape}")
    if counts.size and (not np.all(np.isfinite(counts)) or np.any(counts != np.floor(counts)) or counts.min() < 0):
        raise ValueError("found must count samples: whole numbers from 0 on")
    return counts.astype(np.int64)
