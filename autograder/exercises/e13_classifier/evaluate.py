"""13.2 How good is the net."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e13_classifier.stages import stage_evaluate
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part

#: Examples and the size of a batch.
SIZES = {"two": ((8, 4), (10, 5)), "one": ((4, 4), (2, 2)), "uneven": ((5, 4), (6, 4))}


def _make(pick, draw: Draw) -> Args:
    n, batch_size = SIZES[pick.batches][0 if draw.readable else 1]
    x, weight = draw.values((n, 2)), draw.values((2, 3)) / 2
    scores = x @ weight
    ranked = np.sort(scores, axis=1)
    need(bool(np.all(ranked[:, -1] - ranked[:, -2] > 0.1)))  # which class wins is not a matter of rounding
    y = scores.argmax(axis=1)
    # one of the first batch is right and the last of all: that makes another average of batches than of examples
    y[1:-1] = (y[1:-1] + draw.integer(1, 2)) % 3
    look = "graph" if pick.graph == "trainable" else "numbers" if pick.mode == "eval" else "mode"
    return x, y, batch_size, weight, "train" if pick.mode == "train" else "eval", look


def _evaluate(net, loader):
    was, right, total, count = net.training, 0, 0.0, 0
    net.eval()
    with tidu.no_grad():
        for x, y in loader:
            output = net(x)
            total += tidu.nn.functional.cross_entropy(output, y).item() * len(x)
            right += (output.argmax(1) == y).sum().item()
            count += len(x)
    net.train(was)
    return total / count, right / count


evaluate = Exercise(
    "evaluate",
    difficulty=2,
    importance=5,
    minutes=15,
    allow="tidu",
    units=10,
    stage=stage_evaluate,
    returns=("(loss, accuracy)", "net.training after", "graph recorded"),
    reference=_evaluate,
    make=_make,
    parts=[
        Part("values", 3, batches=("one", "two"), mode=("eval",), graph=("frozen",)),
        Part("uneven", 2, batches=("uneven",)),
        Part("mode", 2, mode=("train", "still eval")),
        Part("graph", 1, graph=("trainable",)),
    ],
)


def added_up(net, loader):
    """What most mistakes get right: the sums over all examples, of loss and of right answers, and their number."""
    total, right, count = 0.0, 0, 0
    for x, y in loader:
        output = net(x)
        total += tidu.nn.functional.cross_entropy(output, y).item() * len(x)
        right += (output.argmax(1) == y).sum().item()
        count += len(x)
    return total, right, count


@evaluate.mistake(
    zh="没有切到评估模式：dropout 还在随机地丢，batch norm 还在用这一批的统计量，同一个网络每次量出来都不一样。先"
    " `net.eval()`。",
    en="The net is not set to evaluation mode: dropout still drops at random and batch norm still uses the "
    "statistics of the batch, so one and the same net measures differently each time. Call `net.eval()` first.",
)
def forgets_eval(net, loader):
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    return total / count, right / count


@evaluate.mistake(
    zh="评估完之后，网络留在了评估模式里：接着训练时 dropout 就不起作用了。进来时是什么模式，出去时就还是什么模式。",
    en="The net is left in evaluation mode, and when training goes on, dropout does nothing. Leave it in the mode "
    "in which it came.",
)
def leaves_eval(net, loader):
    net.eval()
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    return total / count, right / count


@evaluate.mistake(
    zh="最后总是切到训练模式。网络进来时要是在评估模式里，出去时也该是：先记下 `net.training`。",
    en="The net always ends in training mode. One that came in evaluation mode should leave in it: make a note of "
    "`net.training` first.",
)
def always_trains_after(net, loader):
    net.eval()
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    net.train()
    return total / count, right / count


@evaluate.mistake(
    zh="这里没有人要求导，每一批却都记下了计算图，白费时间和内存。把循环放进 `with torch.no_grad():`。（如果用的是"
    " `torch.set_grad_enabled(False)`，别忘了再打开。）",
    en="Nobody asks for derivatives here, and yet a computation graph is recorded for every batch, at the cost of "
    "time and memory. Put the loop into `with torch.no_grad():`. (And if you used `torch.set_grad_enabled(False)`, "
    "turn it on again.)",
)
def records_graphs(net, loader):
    was = net.training
    net.eval()
    total, right, count = added_up(net, loader)
    net.train(was)
    return total / count, right / count


def quietly(net, loader, measure):
    """``measure`` on each batch's output and labels, in evaluation mode and without graphs."""
    was = net.training
    net.eval()
    with tidu.no_grad():
        found = [measure(net(x), y) for x, y in loader]
    net.train(was)
    return found


@evaluate.mistake(
    zh="这是各批的平均再平均。最后一批人少，每个样本却占了更大的分量。把损失之和、答对的个数和样本数分别加起来，最后"
    "才除。",
    en="These are averages of the batches' averages, and in a smaller last batch each example counts for more. Add "
    "up losses, right answers and examples, and divide at the end.",
)
def averages_batches(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item(), (output.argmax(1) == y).double().mean().item()
    ))  # fmt: skip
    losses, accuracies = zip(*found)
    return sum(losses) / len(losses), sum(accuracies) / len(accuracies)


@evaluate.mistake(
    zh="准确率对了，损失却还是各批平均的平均。`cross_entropy` 给的是一批的平均，先乘上这一批的样本数再加。",
    en="The accuracy is right, and the loss is still an average of averages. `cross_entropy` gives the mean of a "
    "batch: multiply it by the number of its examples before adding.",
)
def loss_of_batches(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item(), (output.argmax(1) == y).sum().item(), len(y)
    ))  # fmt: skip
    losses, right, counts = zip(*found)
    return sum(losses) / len(losses), sum(right) / sum(counts)


@evaluate.mistake(
    zh="准确率是答对的比例，在 0 和 1 之间。你返回的是答对的个数。",
    en="Accuracy is a share, between 0 and 1. This is the number of right answers.",
)
def counts_right(net, loader):
    was = net.training
    net.eval()
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    net.train(was)
    return total / count, right


@evaluate.mistake(
    zh="准确率是 0 到 1 之间的比例，不要乘 100。",
    en="Accuracy is a share between 0 and 1; do not multiply it by 100.",
)
def percent(net, loader):
    was = net.training
    net.eval()
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    net.train(was)
    return total / count, 100 * right / count


@evaluate.mistake(
    zh="两个数的次序反了：先损失，后准确率。",
    en="The two numbers are in the wrong order: first the loss, then the accuracy.",
)
def accuracy_first(net, loader):
    was = net.training
    net.eval()
    with tidu.no_grad():
        total, right, count = added_up(net, loader)
    net.train(was)
    return right / count, total / count


@evaluate.mistake(
    zh="`argmax` 沿错了维：输出的形状是（样本，类别），要在类别里挑最大的，也就是 `argmax(1)`。沿第 0 维挑出来的是「"
    "每个类别里哪个样本得分最高」。",
    en="`argmax` goes along the wrong dimension: the output has the shape (examples, classes), and the largest is "
    "to be found among the classes, `argmax(1)`. Along dimension 0 it says which example scores highest in each "
    "class.",
)
def wrong_dim(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item() * len(y), (output.argmax(0) == y).sum().item(), len(y)
    ))  # fmt: skip
    losses, right, counts = zip(*found)
    return sum(losses) / sum(counts), sum(right) / sum(counts)


@evaluate.mistake(
    zh="softmax 做了两次：`cross_entropy` 自己会做，网络的输出直接给它。做了两次，损失怎么也降不到 0 附近。",
    en="Softmax is applied twice: `cross_entropy` does it itself and takes the net's output as it is. Twice, and "
    "the loss never comes near 0.",
)
def softmax_twice(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output.softmax(1), y).item() * len(y),
        (output.argmax(1) == y).sum().item(),
        len(y),
    ))  # fmt: skip
    losses, right, counts = zip(*found)
    return sum(losses) / sum(counts), sum(right) / sum(counts)


@evaluate.mistake(
    zh="只量了最后一批：每一批都要加起来，而不是盖掉前一批的结果。",
    en="Only the last batch is measured: add the batches up rather than overwrite what the one before gave.",
)
def last_batch_only(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item(), (output.argmax(1) == y).double().mean().item()
    ))  # fmt: skip
    return found[-1]


@evaluate.mistake(
    zh="准确率的除数不对：`len(loader)` 是有几批，不是有几个样本，除下来可以大过 1。",
    en="The accuracy is divided by the wrong number: `len(loader)` says how many batches there are, not how many "
    "examples, and what comes out can be more than 1.",
)
def right_ones_per_batch(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item() * len(y), (output.argmax(1) == y).sum().item(), len(y)
    ))  # fmt: skip
    losses, right, counts = zip(*found)
    return sum(losses) / sum(counts), sum(right) / len(counts)


@evaluate.mistake(
    zh="损失和准确率都除以了批数：`len(loader)` 是有几批，不是有几个样本。",
    en="Loss and accuracy are divided by the number of batches, which is what `len(loader)` says, and not by the "
    "number of examples.",
)
def divides_by_batches(net, loader):
    found = quietly(net, loader, lambda output, y: (
        tidu.nn.functional.cross_entropy(output, y).item() * len(y), (output.argmax(1) == y).sum().item()
    ))  # fmt: skip
    losses, right = zip(*found)
    return sum(losses) / len(losses), sum(right) / len(right)
