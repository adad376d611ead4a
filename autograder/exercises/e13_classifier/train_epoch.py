"""13.1 One epoch of training."""

from __future__ import annotations

from autograder.exercises.e13_classifier.stages import stage_train_epoch
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part

#: Examples and the size of a batch.
SIZES = {"two": ((4, 2), (6, 3)), "one": ((2, 2), (3, 3)), "uneven": ((3, 2), (4, 3)), "many": ((4, 1), (5, 1))}


def _make(pick, draw: Draw) -> Args:
    n, batch_size = SIZES[pick.batches][0 if draw.readable else 1]
    x, y, weight = draw.values((n, 2)), draw.rng.integers(0, 2, n).astype(float), draw.values((2,)) / 8
    grad = draw.upstream((2,)) if pick.before == "gradients" else None
    return x, y, batch_size, weight, pick.mode, grad


def _train_epoch(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


train_epoch = Exercise(
    "train_epoch",
    difficulty=2,
    importance=5,
    minutes=15,
    allow="tidu",
    units=10,
    stage=stage_train_epoch,
    returns=("loss", "weight after", "graphs kept"),
    reference=_train_epoch,
    make=_make,
    parts=[
        Part("values", 2, batches=("one",), mode=("train",), before=("nothing",)),
        Part("batches", 3, batches=("two",), before=("gradients",)),
        Part("uneven", 2, batches=("uneven",)),
        Part("mode", 1, mode=("eval",)),
        Part("graph", 1, batches=("many",)),
    ],
)


@train_epoch.mistake(
    zh="梯度没有清零：`backward` 是往 `.grad` 里加的，旧的还在，这一步走的就是几批梯度之和。每一批先"
    " `optimizer.zero_grad()`。",
    en="The gradients are never cleared: `backward` adds to `.grad`, so each step follows the sum of several "
    "batches. Begin every batch with `optimizer.zero_grad()`.",
)
def never_clears(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="梯度只在循环之前清零了一次。每一批都要清：否则第二批的梯度会加在第一批的上面。",
    en="The gradients are cleared once, before the loop. Clear them for every batch, or those of the second batch "
    "are added to those of the first.",
)
def clears_once(net, loader, loss_fn, optimizer):
    net.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for x, y in loader:
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="网络什么也没学到：权重没有变。要么少了 `optimizer.step()`，要么走步的时候还没有梯度：`step` 写在了 `backward`"
    " 之前，或者两者之间把梯度清掉了。",
    en="The net learns nothing: its weight did not change. Either `optimizer.step()` is missing, or there is no "
    "gradient when it is called, since it comes before `backward`, or the gradients are cleared between the two.",
)
def never_steps(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="整个 epoch 只走了最后一步：`optimizer.step()` 在循环外面。每一批都要走一步。",
    en="Only one step is taken, at the end of the epoch: `optimizer.step()` stands outside the loop. Take one for "
    "every batch.",
)
def steps_at_the_end(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        total += loss.item() * len(x)
        count += len(x)
    optimizer.step()
    return total / count


@train_epoch.mistake(
    zh="这是各批平均损失的平均，最后一批人少，每个样本却占了更大的分量。损失乘上这一批的样本数再加，最后除以样本总数。",
    en="This averages the batches' means, and in a smaller last batch each example counts for more. Multiply each "
    "loss by the number of examples in its batch, add up, and divide by the number of all examples.",
)
def averages_batches(net, loader, loss_fn, optimizer):
    net.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@train_epoch.mistake(
    zh="每一批的损失都乘了 `loader.batch_size`，可是最后一批可能没那么多。乘这一批真正的样本数 `len(x)`。",
    en="Every loss is multiplied by `loader.batch_size`, but the last batch may be smaller. Multiply by the number "
    "of examples that are in it, `len(x)`.",
)
def weighs_by_batch_size(net, loader, loss_fn, optimizer):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * loader.batch_size
    return total / len(loader.dataset)


@train_epoch.mistake(
    zh="返回的是最后一批的损失。要的是整个 epoch 里每个样本的平均。",
    en="This is the loss of the last batch. Wanted is the mean over every example of the epoch.",
)
def last_loss(net, loader, loss_fn, optimizer):
    net.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


@train_epoch.mistake(
    zh="`return` 缩进多了一层，第一批之后就返回了：一个 epoch 要走完整个 `loader`。",
    en="`return` is indented too far and ends the epoch after its first batch. An epoch goes through the whole "
    "`loader`.",
)
def returns_in_the_loop(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
        return total / count


@train_epoch.mistake(
    zh="各批的损失加起来之后没有除以样本数：返回的数随数据多少而变，没法和别的比。",
    en="The losses of the batches are added up and not divided by the number of examples: the result grows with the "
    "data and compares with nothing.",
)
def total_loss(net, loader, loss_fn, optimizer):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total


@train_epoch.mistake(
    zh="没有切到训练模式：网络可能刚评估过，还在评估模式里，dropout 不起作用，batch norm 也不更新。开头写上"
    " `net.train()`。",
    en="The net is not set to training mode: it may have just been evaluated, and then dropout does nothing and "
    "batch norm is not updated. Begin with `net.train()`.",
)
def forgets_train(net, loader, loss_fn, optimizer):
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="累加的是张量 `loss`，不是数：每一批的计算图都挂在上面，放不掉，内存越用越多。用 `loss.item()` 取出数来再加。",
    en="What is added up are tensors, not numbers: the computation graphs of all batches hang on the sum and cannot "
    "be freed, and memory fills up. Add `loss.item()`, the number alone.",
)
def keeps_graphs(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total = total + loss * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="整个 epoch 只走了一步，走的是所有样本的平均损失的梯度。要一批走一步：后一批用的是前一批改过的参数。",
    en="The whole epoch is one step, along the gradient of the mean loss of all examples. Take a step for every batch, "
    "so that each sees the parameters as the one before left them.",
)
def one_step_for_all(net, loader, loss_fn, optimizer):
    net.train()
    batches = [(loss_fn(net(x), y), len(x)) for x, y in loader]
    mean = sum(loss * n for loss, n in batches) / sum(n for _, n in batches)
    optimizer.zero_grad()
    mean.backward()
    optimizer.step()
    return mean.item()


@train_epoch.mistake(
    zh="`loss_fn` 的两个参数写反了：先是网络的输出，后是标签，`loss_fn(net(x), y)`。写反了照样算得出一个数，只是错的。",
    en="The arguments of `loss_fn` are the wrong way round: first what the net gives, then the labels, "
    "`loss_fn(net(x), y)`. The other way it gives a number too, only a wrong one.",
)
def labels_first(net, loader, loss_fn, optimizer):
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(y, net(x))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


@train_epoch.mistake(
    zh="除数不对：`len(loader)` 是有几批，不是有几个样本。损失已经乘了样本数，就要除以样本数。",
    en="This divides by the wrong number: `len(loader)` says how many batches there are, not how many examples. Losses "
    "that were multiplied by numbers of examples are divided by the number of examples.",
)
def divides_by_batches(net, loader, loss_fn, optimizer):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(loader)
