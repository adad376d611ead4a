"""7.3 A gradient that is added up piece by piece."""

from __future__ import annotations

import tidu
from autograder.exercises.e07_graph.stages import stage_in_pieces
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part

#: How many examples there are in each piece.
SIZES = {
    "one": ((2,), (3,)),
    "two": ((2, 2), (3, 3)),
    "uneven": ((2, 1), (3, 3, 1)),
    "larger last": ((1, 2), (1, 4)),
    "many": ((1, 1, 1, 1), (1, 1, 1, 1, 1)),
}


def _make(pick, draw: Draw) -> Args:
    sizes = SIZES[pick.pieces][0 if draw.readable else 1]
    x, y, w = draw.values((sum(sizes), 2)), draw.values((sum(sizes),)), draw.values((2,))
    return w, x, y, sizes, draw.upstream((2,)) if pick.before == "gradients" else None


def _in_pieces(loss, w, pieces):
    w.grad = None
    total = sum(len(x) for x, _ in pieces)
    for x, y in pieces:
        (loss(w, x, y) * (len(x) / total)).backward()


in_pieces = Exercise(
    "in_pieces",
    difficulty=2,
    importance=4,
    minutes=10,
    allow="tidu",
    units=10,
    stage=stage_in_pieces,
    returns=("w.grad", "graphs kept"),
    reference=_in_pieces,
    make=_make,
    parts=[
        Part("values", 1, pieces=("one",), before=("nothing",)),
        Part("pieces", 2, pieces=("two",)),
        Part("uneven", 2, pieces=("uneven", "larger last")),
        Part("before", 1, before=("gradients",)),
        Part("graph", 1, pieces=("many",)),
    ],
)


@in_pieces.mistake(
    zh="`w.grad` 里原有的梯度没有清掉：`backward` 是往里加的。开头先 `w.grad = None`。",
    en="The gradient that was in `w.grad` before is still there: `backward` adds. Begin with `w.grad = None`.",
)
def never_clears(loss, w, pieces):
    total = sum(len(x) for x, _ in pieces)
    for x, y in pieces:
        (loss(w, x, y) * (len(x) / total)).backward()


@in_pieces.mistake(
    zh="每一份都清了一次，留下的只有最后一份的梯度。只在开头清一次，各份的才会加起来。",
    en="Clearing for every piece leaves the gradient of the last one alone. Clear once, at the start, and the pieces "
    "add up.",
)
def clears_every_time(loss, w, pieces):
    total = sum(len(x) for x, _ in pieces)
    for x, y in pieces:
        w.grad = None
        (loss(w, x, y) * (len(x) / total)).backward()


@in_pieces.mistake(
    zh="这是各份的平均再平均。小的那一份里，每个样本占的分量就大了：按样本数加权，乘上 `len(x) / total`。",
    en="This is the average of the pieces' averages, in which each example of a small piece counts for more. Weight "
    "by the number of examples: `len(x) / total`.",
)
def averages_pieces(loss, w, pieces):
    w.grad = None
    for x, y in pieces:
        (loss(w, x, y) / len(pieces)).backward()


@in_pieces.mistake(
    zh="这是各份平均损失之和的梯度：分成几份，就大了大约几倍。每一份要乘上 `len(x) / total`。",
    en="This is the gradient of the sum of the pieces' mean losses, too large by about the number of pieces. Each "
    "piece is to be multiplied by `len(x) / total`.",
)
def sums_means(loss, w, pieces):
    w.grad = None
    for x, y in pieces:
        loss(w, x, y).backward()


@in_pieces.mistake(
    zh="这是损失之和的梯度，不是平均的：还要除以全部样本数。",
    en="This is the gradient of the sum of the losses, not of their mean: divide by the number of all examples.",
)
def sums_losses(loss, w, pieces):
    w.grad = None
    for x, y in pieces:
        (loss(w, x, y) * len(x)).backward()


@in_pieces.mistake(
    zh="数是对的，可是先把损失都加起来、最后才 `backward`，每一份的计算图都得留到最后，内存并没有省下来。每算一份，"
    "就 `backward` 一份。",
    en="The numbers are right, but with all losses added up and one `backward` at the end, the computation graph of "
    "every piece is kept until then and no memory is saved. Call `backward` for each piece.",
)
def one_graph(loss, w, pieces):
    w.grad = None
    total = sum(len(x) for x, _ in pieces)
    sum(loss(w, x, y) * (len(x) / total) for x, y in pieces).backward()


@in_pieces.mistake(
    zh="`w.grad` 里只有最后一份：`torch.autograd.grad` 只返回梯度，不累加，要自己把各份加起来。",
    en="Only the last piece is in `w.grad`: `torch.autograd.grad` returns a gradient and adds nothing up; that is "
    "left to you.",
)
def last_piece_alone(loss, w, pieces):
    for x, y in pieces:
        w.grad = tidu.autograd.grad(loss(w, x, y), w)[0]


@in_pieces.mistake(
    zh="最后除以样本总数是对的，可是原有的梯度也被加进来、除了一遍。开头先 `w.grad = None`。",
    en="To divide by the number of all examples at the end is right, but the gradient that was there before was "
    "added in and divided too. Begin with `w.grad = None`.",
)
def old_one_divided(loss, w, pieces):
    for x, y in pieces:
        (loss(w, x, y) * len(x)).backward()
    w.grad /= sum(len(x) for x, _ in pieces)
