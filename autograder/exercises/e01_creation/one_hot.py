"""1.5 One-hot rows."""

from __future__ import annotations

from math import prod

import tidu
from autograder.exercises.e01_creation.nested import nest, numbers_in
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _rows(labels, num_classes=-1):
    index = tidu.tensor(labels, dtype=tidu.int64)
    classes = int(index.max()) + 1 if num_classes == -1 else num_classes
    return tidu.eye(classes, dtype=tidu.int64)[index].tolist()


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    size = prod(shape)
    top = {"a few": draw.integer(2, 3), "only 0": 0}[pick.largest]
    labels = [draw.integer(0, top) for _ in range(max(size, 1))]
    if pick.given in ("omitted", "-1"):
        need(size > 0)
        labels = _led(draw, labels, top, shape[-1] if shape else 1)
    labels = nest(labels, shape)
    if pick.given == "omitted":
        return (labels,)
    return labels, {"-1": -1, "just enough": top + 1, "more": top + draw.integer(2, 3)}[pick.given]


def _led(draw: Draw, labels: list[int], top: int, length: int) -> list[int]:
    """The labels with one that is the largest, neither first nor last where there is room, and one below it missing."""
    if top == 0:
        return labels
    missing = draw.integer(0, top - 1)
    others = [n for n in range(top) if n != missing]
    labels = [draw.one_of(others) for _ in labels]
    # In the last row, so that the other rows lead to another number of classes.
    labels[len(labels) - length + (length - 1) // 2] = top
    return labels


one_hot = Exercise(
    "one_hot",
    difficulty=2,
    importance=3,
    minutes=10,
    allow="python",
    reference=_rows,
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(1,), given=("more", "just enough"), largest=("a few",), lengths=("distinct", "one first", "long"),
        ),
        Part("shape", 2, ndim=(2, 0)),
        Part("default", 2, given=("omitted", "-1")),
        Part("edge", 1, lengths=("zero first", "zero last"), largest=("only 0",)),
    ],
)  # fmt: skip


def _classes(labels, num_classes):
    return max(numbers_in(labels)) + 1 if num_classes == -1 else num_classes


def _each(labels, row):
    """``row`` of every label, nested as the labels are."""
    return [_each(item, row) for item in labels] if isinstance(labels, (list, tuple)) else row(labels)


@one_hot.mistake(
    zh="标签从 0 数起：标签 0 的 1 在第 0 个位置，不是第 1 个之前。你的 1 往前错了一位。",
    en="Labels count from 0: label 0 has its 1 in place 0. Your 1 stands one place too early.",
)
def counted_from_one(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return _each(labels, lambda label: [int(j == (label - 1) % k) for j in range(k)])


@one_hot.mistake(
    zh="放进去的是标签自己。那个位置上总是 1：位置已经说明了是哪一类。",
    en="The label itself was put in. It is always a 1 that stands there: the place already says which class it is.",
)
def label_instead_of_one(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return _each(labels, lambda label: [label * (j == label) for j in range(k)])


@one_hot.mistake(
    zh="`[[0] * k] * n` 里的 n 行是同一个列表：写一行，各行都变了。每一行要新建一个列表。",
    en="The n rows of `[[0] * k] * n` are one and the same list: write to one and all of them change. Make a new list "
    "for each row.",
)
def one_list_for_all_rows(labels, num_classes=-1):
    row = [0] * _classes(labels, num_classes)

    def mark(label):
        row[label] = 1
        return row

    return _each(labels, mark)


@one_hot.mistake(
    zh="类别数少了一个：最大的标签是 3，类别就有 0、1、2、3 共四个。",
    en="One class is missing: with 3 as the largest label there are four classes, 0, 1, 2 and 3.",
)
def largest_label_alone(labels, num_classes=-1):
    k = max(numbers_in(labels)) if num_classes == -1 else num_classes
    return _each(labels, lambda label: [int(j == label) for j in range(k)])


@one_hot.mistake(
    zh="数的是出现了几种标签。没有出现的标签也占一个位置：类别数是最大的标签加 1。",
    en="This counts how many different labels occur. A label that does not occur has its place too: there are as many "
    "classes as the largest label plus 1.",
)
def labels_that_occur(labels, num_classes=-1):
    k = len(set(numbers_in(labels))) if num_classes == -1 else num_classes
    return _each(labels, lambda label: [int(j == label) for j in range(k)])


@one_hot.mistake(
    zh="类别数是各行各算的，所以各行不一样长。要先在整个 labels 里找最大的，再用于每一行。",
    en="The number of classes is found for each row by itself, so the rows differ in length. Find the largest label in "
    "the whole of labels first, and use that for every row.",
)
def each_by_itself(labels, num_classes=-1):
    def row(label):
        k = label + 1 if num_classes == -1 else num_classes
        return [int(j == label) for j in range(k)]

    return _each(labels, row)


@one_hot.mistake(
    zh="num_classes 没有用上：给了类别数，每一行就该有那么长，哪怕后面的类别没有出现。",
    en="num_classes is not used: where it is given, each row is that long, even if the last classes do not occur.",
)
def num_classes_ignored(labels, num_classes=-1):
    k = max(numbers_in(labels), default=-1) + 1
    return _each(labels, lambda label: [int(j == label) for j in range(k)])


@one_hot.mistake(
    zh="嵌套没有了：每个标签换成一行，外面的嵌套保持原样，结果比 labels 多一维。",
    en="The nesting is gone: each label becomes a row and what is around it stays, so the result has one dimension "
    "more than labels.",
)
def flattened(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return [[int(j == label) for j in range(k)] for label in numbers_in(labels)]


@one_hot.mistake(
    zh="行和列对调了：每个标签是一行，每个类别是一列。",
    en="Rows and columns are exchanged: a row is a label, a column is a class.",
)
def a_row_for_each_class(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return [[int(j == label) for label in numbers_in(labels)] for j in range(k)]


@one_hot.mistake(
    zh="结果应为整数 0 和 1，不是 True 和 False。",
    en="The result holds the integers 0 and 1, not True and False.",
)
def bools(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return _each(labels, lambda label: [j == label for j in range(k)])


@one_hot.mistake(
    zh="结果应为整数 0 和 1（int64），不是浮点数。",
    en="The result holds the integers 0 and 1 (int64), not floats.",
)
def floats(labels, num_classes=-1):
    k = _classes(labels, num_classes)
    return _each(labels, lambda label: [float(j == label) for j in range(k)])
