"""13.3 Which class is taken for which."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e13_classifier.stages import stage_confusion_matrix
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    few = 3 if draw.readable else draw.integer(3, 6)
    classes = {"few": few, "one": 1, "many": 20}[pick.classes]
    n = {"some": draw.integer(5, 9), "one example": 1, "none": 0}[pick.examples]
    if pick.dtype == "uint8":
        need(pick.classes in ("few", "many"))
        classes = max(classes, draw.integer(17, 20))  # so many that the places in the matrix are beyond 255
    used = classes
    if pick.seen == "last never":
        need(classes > 2)
        used = classes - 1
    targets = draw.rng.integers(0, used, n)
    predictions = np.where(draw.rng.random(n) < 0.4, targets, draw.rng.integers(0, used, n))
    if n > 4 and used > 1:
        # the highest class taken several times for the one below, the lowest once for the highest; and a right answer
        targets[:3], predictions[:3] = used - 1, used - 2
        targets[3], predictions[3] = 0, used - 1
        targets[4] = predictions[4]
        # and never the highest class for itself: without it the last place of the matrix is empty, in every input
        last = (targets == used - 1) & (predictions == used - 1)
        targets[last] = predictions[last] = 0
    elif n == 1 and used > 1:
        targets[0] = draw.integer(1, used - 1)
        predictions[0] = (targets[0] + draw.integer(1, used - 1)) % used
    return targets.astype(pick.dtype), predictions.astype(pick.dtype), classes


def _confusion_matrix(targets, predictions, classes):
    place = targets.long() * classes + predictions.long()
    return tidu.bincount(place, minlength=classes * classes).reshape(classes, classes)


confusion_matrix = Exercise(
    "confusion_matrix",
    difficulty=2,
    importance=4,
    minutes=10,
    allow="tidu",
    forbid=("histogram2d", "histogramdd"),
    stage=stage_confusion_matrix,
    reference=_confusion_matrix,
    make=_make,
    parts=[
        Part("values", 3, classes=("few",), examples=("some",), seen=("all",), dtype=("int64",)),
        Part("classes", 2, classes=("many",), seen=("last never",)),
        Part("edge", 1, classes=("one",), examples=("one example", "none")),
        Part("dtypes", 1, dtype=("int32", "uint8")),
    ],
)


def counted(pairs, classes):
    """The matrix of (row, column) pairs."""
    matrix = [[0] * classes for _ in range(classes)]
    for row, column in pairs:
        matrix[row][column] += 1
    return tidu.tensor(matrix, dtype=tidu.int64).reshape(classes, classes)


@confusion_matrix.mistake(
    zh="转置了：行是真正的类别，列是网络的回答。`matrix[3, 5]` 是「真的是 3，认成了 5」的次数。",
    en="Transposed: rows are the true classes, columns what the net said. `matrix[3, 5]` counts the threes that "
    "were taken for fives.",
)
def transposed(targets, predictions, classes):
    return counted(zip(predictions.tolist(), targets.tolist()), classes)


@confusion_matrix.mistake(
    zh="重复的只数了一次：`matrix[targets, predictions] += 1` 先读出所有的位置，各加 1，再写回去，同一个位置写几遍都"
    "是 1。要累加，用 `index_put_(…, accumulate=True)`、`bincount` 或循环。",
    en="What occurs several times is counted once: `matrix[targets, predictions] += 1` reads all places, adds 1 to "
    "each and writes them back, so a place that is named three times still gets 1. To accumulate, use "
    "`index_put_(…, accumulate=True)`, `bincount` or a loop.",
)
def counts_once(targets, predictions, classes):
    matrix = tidu.zeros(classes, classes, dtype=tidu.int64)
    matrix[targets.long(), predictions.long()] += 1
    return matrix


@confusion_matrix.mistake(
    zh="类别号差了一：类别从 0 数起，第 0 类就在第 0 行。减 1 之后 0 变成 −1，也就是最后一行。",
    en="The classes are off by one: they count from 0, and class 0 is row 0. With 1 taken off, 0 becomes −1, which "
    "is the last row.",
)
def off_by_one(targets, predictions, classes):
    return counted(((t - 1, p - 1) for t, p in zip(targets.tolist(), predictions.tolist())), classes)


@confusion_matrix.mistake(
    zh="矩阵的大小由 `classes` 定，不由数据里最大的号定：没有出现的类别也有自己的一行一列，只是全为 0。",
    en="`classes` says how large the matrix is, not the largest number in the data: a class that does not occur has "
    "its row and column too, of zeros.",
)
def size_from_data(targets, predictions, classes):
    pairs = list(zip(targets.tolist(), predictions.tolist()))
    return counted(pairs, max([max(pair) for pair in pairs], default=-1) + 1)


@confusion_matrix.mistake(
    zh="这里是比例，不是次数：不要除以每一行的和。",
    en="These are shares, not counts: do not divide by the sums of the rows.",
)
def shares(targets, predictions, classes):
    matrix = counted(zip(targets.tolist(), predictions.tolist()), classes)
    return matrix / matrix.sum(1, keepdim=True).clamp(min=1)


@confusion_matrix.mistake(
    zh="数对了，dtype 不对：次数是整数，`torch.zeros(classes, classes)` 却是 float32。写上 `dtype=torch.int64`。",
    en="The numbers are right, the dtype is not: counts are integers, and `torch.zeros(classes, classes)` is "
    "float32. Say `dtype=torch.int64`.",
)
def counts_as_floats(targets, predictions, classes):
    return counted(zip(targets.tolist(), predictions.tolist()), classes).float()


@confusion_matrix.mistake(
    zh="只数了答错的：答对的在对角线上，也要数。",
    en="Only wrong answers are counted: right ones belong on the diagonal.",
)
def wrong_ones_only(targets, predictions, classes):
    return counted(((t, p) for t, p in zip(targets.tolist(), predictions.tolist()) if t != p), classes)


@confusion_matrix.mistake(
    zh="`targets * classes + predictions` 在 uint8 里溢出了：超过 255 就绕回 0。先换成 int64：`targets.long()`。",
    en="`targets * classes + predictions` overflows in uint8: beyond 255 it begins again at 0. Make it int64 first: "
    "`targets.long()`.",
)
def overflows(targets, predictions, classes):
    return tidu.bincount(targets * classes + predictions, minlength=classes * classes)[: classes * classes].reshape(
        classes, classes
    )


@confusion_matrix.mistake(
    zh="行和列用反了步长：位置是 `targets * classes + predictions`，一行有 `classes` 个数。",
    en="The place in the flat matrix is `targets * classes + predictions`, since a row has `classes` numbers; here "
    "the two are added without it.",
)
def places_without_rows(targets, predictions, classes):
    place = targets.long() + predictions.long()
    return tidu.bincount(place, minlength=classes * classes)[: classes * classes].reshape(classes, classes)


@confusion_matrix.mistake(
    zh="这里是比例，不是次数：不要除以总数。",
    en="These are shares, not counts: do not divide by their sum.",
)
def shares_of_all(targets, predictions, classes):
    matrix = counted(zip(targets.tolist(), predictions.tolist()), classes)
    return matrix / matrix.sum()


@confusion_matrix.mistake(
    zh="每一行都一样：`[[0] * classes] * classes` 里的几行是同一个列表，改一行就改了所有的行。用"
    " `torch.zeros(classes, classes, dtype=torch.int64)`。",
    en="All rows are alike: those of `[[0] * classes] * classes` are one and the same list, and a change in one is a "
    "change in all. Use `torch.zeros(classes, classes, dtype=torch.int64)`.",
)
def one_row_for_all(targets, predictions, classes):
    matrix = [[0] * classes] * classes
    for target, prediction in zip(targets.tolist(), predictions.tolist()):
        matrix[target][prediction] += 1
    return tidu.tensor(matrix, dtype=tidu.int64).reshape(classes, classes)


@confusion_matrix.mistake(
    zh="`bincount` 给出的个数只到出现过的最大的数为止，后面的没有了，凑不成矩阵。写上 `minlength=classes * classes`。",
    en="`bincount` counts up to the largest number that occurs and no further, so what comes out is too short for the "
    "matrix. Say `minlength=classes * classes`.",
)
def counts_up_to_the_largest(targets, predictions, classes):
    return tidu.bincount(targets.long() * classes + predictions.long()).reshape(classes, classes)


@confusion_matrix.mistake(
    zh="`bincount` 只数到出现过的最大的数为止，要写上 `minlength=classes * classes`；而在 uint8 里，"
    "`targets * classes + predictions` 还会溢出，先换成 int64：`targets.long()`。",
    en="`bincount` counts up to the largest number that occurs and no further: say `minlength=classes * classes`. And "
    "in uint8, `targets * classes + predictions` overflows besides: make it int64 first, `targets.long()`.",
)
def counts_up_to_the_largest_in_uint8(targets, predictions, classes):
    return tidu.bincount(targets * classes + predictions).reshape(classes, classes)
