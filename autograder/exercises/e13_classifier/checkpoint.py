"""13.4 A checkpoint: all that training needs to go on."""

from __future__ import annotations

import copy

import numpy as np

import tidu
from autograder.exercises.e13_classifier.stages import stage_checkpoint
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part


def make(pick, draw: Draw) -> tuple:
    """The inputs of a training that is interrupted: data, weight, optimizer, epoch, dropout and seed."""
    x, y, weight = draw.values((4, 3)), draw.values((4,)), draw.values((3,))
    y = np.where(np.abs(x @ weight - y) < 0.5, y + 2, y)  # there is something to learn
    drop = 0.5 if pick.net == "dropout" else 0.0
    return x, y, weight, pick.optimizer, draw.integer(1, 20), drop, draw.integer(1, 1000)


def _make(pick, draw: Draw) -> Args:
    return *make(pick, draw), {"at once": 0, "trained on": 1, "long after": 3}[pick.later]


def _checkpoint(net, optimizer, epoch):
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "rng": tidu.get_rng_state()}
    return copy.deepcopy(state)


checkpoint = Exercise(
    "checkpoint",
    difficulty=3,
    importance=4,
    minutes=15,
    allow="tidu",
    units=10,
    stage=stage_checkpoint,
    returns=("epoch", "weight", "weight, one step on"),
    reference=_checkpoint,
    make=_make,
    parts=[
        Part("values", 2, optimizer=("SGD",), later=("at once",), net=("linear",)),
        Part("optimizer", 2, optimizer=("momentum", "Adam")),
        Part("copy", 2, later=("trained on", "long after")),
        Part("chance", 1, net=("dropout",)),
    ],
)


@checkpoint.mistake(
    zh="`state_dict()` 里的张量就是网络自己的那些，没有复制：继续训练，它们跟着变，存下的就不再是那一刻了。用"
    " `copy.deepcopy` 复制一份。",
    en="The tensors in `state_dict()` are the net's own, not copies: as training goes on they change, and what was "
    "kept is no longer that moment. Copy them with `copy.deepcopy`.",
)
def by_reference(net, optimizer, epoch):
    return {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch,
        "rng": tidu.get_rng_state(),
    }


@checkpoint.mistake(
    zh="优化器复制了，网络的参数却没有：`net.state_dict()` 里的张量就是网络自己的，继续训练就跟着变。",
    en="The optimizer was copied and the net's parameters were not: the tensors in `net.state_dict()` are the net's "
    "own and change as training goes on.",
)
def net_by_reference(net, optimizer, epoch):
    return {
        "net": net.state_dict(),
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "epoch": epoch,
        "rng": tidu.get_rng_state(),
    }


@checkpoint.mistake(
    zh='优化器的状态没有存（键 `"optimizer"`）。动量、Adam 的两个平均和调过的学习率都在里面；丢了它们，接着训练的第'
    "一步就走得不一样。",
    en='The state of the optimizer is not kept (key `"optimizer"`). Momentum, the two averages of Adam and a '
    "learning rate that was changed are in it; without them the first step afterwards is another one.",
)
def no_optimizer(net, optimizer, epoch):
    return {"net": copy.deepcopy(net.state_dict()), "epoch": epoch, "rng": tidu.get_rng_state()}


@checkpoint.mistake(
    zh='随机数生成器的状态没有存（键 `"rng"`）：接着训练时，dropout 丢的、打乱的次序，都和没有中断过的不一样。用'
    " `torch.get_rng_state()`。",
    en='The state of the random generator is not kept (key `"rng"`): going on, dropout drops other elements and a '
    "shuffle comes out differently than without the interruption. Use `torch.get_rng_state()`.",
)
def no_generator(net, optimizer, epoch):
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
    return copy.deepcopy(state)


@checkpoint.mistake(
    zh="存的是种子，不是状态：种子只说从哪里开始，不说已经用掉了多少个随机数。要 `torch.get_rng_state()`。",
    en="This keeps the seed, not the state: a seed says where the numbers began, not how many of them are used up. "
    "Take `torch.get_rng_state()`.",
)
def seed_not_state(net, optimizer, epoch):
    seed = tidu.initial_seed()
    started = tidu.Generator().manual_seed(seed).get_state()
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "rng": started}
    return copy.deepcopy(state)


@checkpoint.mistake(
    zh="存的是网络和优化器本身，不是它们的状态：要 `net.state_dict()` 和 `optimizer.state_dict()`。",
    en="The net and the optimizer themselves are kept, not their states: take `net.state_dict()` and "
    "`optimizer.state_dict()`.",
)
def objects_not_states(net, optimizer, epoch):
    return {"net": net, "optimizer": optimizer, "epoch": epoch, "rng": tidu.get_rng_state()}


@checkpoint.mistake(
    zh="`epoch` 多加了 1。这里存的是刚做完的那一个；加 1 是 `resume` 的事，两处都加就跳过了一个。",
    en="`epoch` is one too high. What is kept is the one just finished; adding 1 is up to `resume`, and adding it "
    "in both places skips one.",
)
def epoch_ahead(net, optimizer, epoch):
    state = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch + 1,
        "rng": tidu.get_rng_state(),
    }
    return copy.deepcopy(state)


@checkpoint.mistake(
    zh="网络的参数复制了，优化器的状态却没有：动量和 Adam 的平均也是张量，`optimizer.state_dict()` 里的就是优化器自己"
    "的，继续训练就跟着变。也要 `copy.deepcopy`。",
    en="The net's parameters were copied and the optimizer's state was not: momentum and the averages of Adam are "
    "tensors too, those in `optimizer.state_dict()` are the optimizer's own, and training changes them. They need "
    "`copy.deepcopy` as well.",
)
def optimizer_by_reference(net, optimizer, epoch):
    return {
        "net": copy.deepcopy(net.state_dict()),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch,
        "rng": tidu.get_rng_state(),
    }
