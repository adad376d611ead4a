"""Averages of a model's weights over time. 权重平均。

Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn import Module
from tidu.optim.lr_scheduler.base import LRScheduler, per_group
from tidu.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Any]


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """指数滑动平均 / A function ``(average, present, n)``: decay * average + (1 - decay) * present."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        made: Tensor = decay * ema_param + (1 - decay) * current_param
        return made

    return ema_update


def get_swa_avg_fn() -> Average:
    """等权平均 / A function ``(average, present, n)``: the mean of ``n`` values and one more."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        made: Tensor = averaged_param + (current_param - averaged_param) / (num_averaged + 1)
        return made

    return swa_update


def _of_lists(average: Average) -> Callable[[Any, Any, Any], None]:
    """An average of tensors as one of lists of them, in place."""

    @no_grad()
    def update(averaged: Any, current: Any, num_averaged: Any) -> None:
        for a, c in zip(averaged, current, strict=True):
            a.copy_(average(a, c, num_averaged) if a.is_floating_point() or a.is_complex() else c)

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """指数滑动平均（列表） / ``get_ema_avg_fn`` for lists of tensors, in place."""
    return _of_lists(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """等权平均（列表） / ``get_swa_avg_fn`` for lists of tensors, in place."""
    return _of_lists(get_swa_avg_fn())


class AveragedModel(Module):
    """权重平均模型 / A copy of a model with the mean of its parameters at each ``update_parameters``.

    ``avg_fn`` takes (average, present, number of values so far), ``multi_avg_fn`` lists of them; by default the plain
    mean. ``use_buffers`` averages buffers too; else they are those of the model last seen.
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Average | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None, use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        assert avg_fn is None or multi_avg_fn is None, "Only one of avg_fn and multi_avg_fn should be provided"
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", FUNCTIONS["tensor"](0, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """纳入当前参数 / Take the model's present parameters into the mean."""

        def of(m: Any) -> list[Tensor]:
            return list(itertools.chain(m.parameters(), m.buffers()) if self.use_buffers else m.parameters())

        mine, theirs = of(self.module), [p.detach().to(a.device) for a, p in zip(of(self.module), of(model))]
        average = self.multi_avg_fn or _of_lists(self.avg_fn or get_swa_avg_fn())
        with no_grad():
            if int(self.n_averaged) == 0:
                for a, c in zip(mine, theirs, strict=True):
                    a.copy_(c)
            else:
                average(mine, theirs, self.n_averaged)
            if not self.use_buffers:
                for kept, now in zip(self.module.buffers(), model.buffers(), strict=True):
                    kept.copy_(now.detach().to(kept.device))
            self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """重算归一化统计 / All running means and variances of batch norm anew, from the inputs in ``loader``."""
    layers: Any = [m for m in model.modules() if hasattr(m, "track_running_stats") and hasattr(m, "running_mean")]
    layers = {m: m.momentum for m in layers if m.running_mean is not None and hasattr(m, "num_batches_tracked")}
    if not layers:
        return
    was_training = model.training
    model.train()
    for m in layers:
        m.reset_running_stats()
        m.momentum = None  # a plain mean over the batches
    for batch in loader:
        x = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(x if device is None else x.to(device))
    for m, momentum in layers.items():
        m.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """权重平均的学习率 / From the present learning rate to ``swa_lr`` in ``anneal_epochs``, and there it stays."""

    def __init__(
        self, optimizer: Optimizer, swa_lr: float | list[float], anneal_epochs: int = 10,
        anneal_strategy: str = "cos", last_epoch: int = -1,
    ) -> None:  # fmt: skip
        for lr, group in zip(per_group("swa_lr", swa_lr, optimizer), optimizer.param_groups, strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, epoch: int) -> float:
        """How much of the way is done after so many epochs."""
        t = max(0, min(1, epoch / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[Any]:
        """下一个学习率 / Between the rates at the start and ``swa_lr``."""
        self._asked()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(max(0, step - 1)), self._part(step)
        found = []
        for group in self.optimizer.param_groups:
            target, lr = group["swa_lr"], group["lr"]
            start = target if before == 1 else (lr - before * target) / (1 - before)
            found.append(target * now + start * (1 - now))
        return found
