"""13.5 Going on from a checkpoint."""

from __future__ import annotations

import copy

import tidu
from autograder.exercises.e13_classifier.checkpoint import make
from autograder.exercises.e13_classifier.stages import stage_resume
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    x, y, weight, optimizer, *rest = make(pick, draw)
    if pick.times == "twice" and optimizer == "SGD":
        optimizer = "momentum"  # without a state of the optimizer nothing is shared
    return x, y, weight, optimizer, *rest, 2 if pick.times == "twice" else 1


def _resume(state, net, optimizer):
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    tidu.set_rng_state(state["rng"])
    return state["epoch"] + 1


resume = Exercise(
    "resume",
    difficulty=3,
    importance=4,
    minutes=10,
    allow="tidu",
    units=10,
    stage=stage_resume,
    returns=("epoch to go on with", "weight, one step on"),
    reference=_resume,
    make=_make,
    parts=[
        Part("values", 2, optimizer=("SGD",), times=("once",), net=("linear",)),
        Part("optimizer", 2, optimizer=("momentum", "Adam")),
        Part("chance", 1, net=("dropout",)),
        Part("copy", 1, times=("twice",)),
    ],
)


@resume.mistake(
    zh='少加了 1：`state["epoch"]` 是做完了的那一个，接着该做下一个。照这样，同一个 epoch 会做两遍。',
    en='One too low: `state["epoch"]` is the one that was finished, and the next is to come. This does the same '
    "epoch twice.",
)
def same_epoch(state, net, optimizer):
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    tidu.set_rng_state(state["rng"])
    return state["epoch"]


@resume.mistake(
    zh="优化器没有恢复：动量、Adam 的平均都从零开始，学习率也是新的，第一步就走得不一样。要恢复的是给你的那个"
    " `optimizer`，不是另建一个。",
    en="The optimizer is not restored: momentum and Adam's averages begin at zero and the learning rate is the new "
    "one, so already the first step is another. It is the `optimizer` given to you that is to be restored, not one "
    "that you make.",
)
def no_optimizer(state, net, optimizer):
    net.load_state_dict(state["net"])
    tidu.set_rng_state(state["rng"])
    return state["epoch"] + 1


@resume.mistake(
    zh="网络没有恢复：接着训练的是新初始化的参数。要用 `net.load_state_dict`；写 `net = …` 只是让这个名字指向别的东西，"
    "调用者手里的网络没有变。",
    en="The net is not restored: training goes on with freshly initialised parameters. Use `net.load_state_dict`; "
    "`net = …` only lets this name stand for something else, and the net that the caller has stays as it was.",
)
def no_net(state, net, optimizer):
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    tidu.set_rng_state(state["rng"])
    return state["epoch"] + 1


@resume.mistake(
    zh="随机数生成器没有恢复：dropout 丢的就和没有中断过的不一样。用 `torch.set_rng_state`。",
    en="The random generator is not restored, and dropout drops other elements than without the interruption. Use "
    "`torch.set_rng_state`.",
)
def no_generator(state, net, optimizer):
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    return state["epoch"] + 1


@resume.mistake(
    zh="`optimizer.load_state_dict` 不复制张量：训练一走，动量就写进了你的 `state`，再从它恢复一次，起点已经变了。先"
    ' `copy.deepcopy(state["optimizer"])`。（`net.load_state_dict` 是复制的。）',
    en="`optimizer.load_state_dict` copies no tensors: as training goes on, momentum is written into your `state`, "
    'and a second resume begins elsewhere. Give it `copy.deepcopy(state["optimizer"])`. (`net.load_state_dict` does '
    "copy.)",
)
def takes_the_state(state, net, optimizer):
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    tidu.set_rng_state(state["rng"])
    return state["epoch"] + 1


@resume.mistake(
    zh="只恢复了网络和 epoch：优化器和随机数生成器也要。",
    en="Only net and epoch are restored: the optimizer and the random generator belong to it too.",
)
def net_alone(state, net, optimizer):
    net.load_state_dict(state["net"])
    return state["epoch"] + 1


@resume.mistake(
    zh='`state` 被改动了：`state["epoch"] += 1` 写进了传进来的字典，第二次恢复就多算了一个 epoch。返回'
    ' `state["epoch"] + 1` 就好。',
    en='`state` is changed: `state["epoch"] += 1` writes into the dict that was given, and the second resume is an '
    'epoch too far. Return `state["epoch"] + 1`.',
)
def counts_in_the_state(state, net, optimizer):
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    tidu.set_rng_state(state["rng"])
    state["epoch"] += 1
    return state["epoch"]


@resume.mistake(
    zh="参数换成了新的张量（`assign=True`），优化器手里却还是旧的那些：它走的每一步都白走。不写 `assign`，"
    "`load_state_dict` 就抄进原来的张量。",
    en="The parameters were replaced by new tensors (`assign=True`), but the optimizer still holds the old ones, and "
    "its steps go nowhere. Without `assign`, `load_state_dict` copies into the tensors that are there.",
)
def replaces_the_parameters(state, net, optimizer):
    net.load_state_dict(copy.deepcopy(state["net"]), assign=True)
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
    tidu.set_rng_state(state["rng"])
    return state["epoch"] + 1
