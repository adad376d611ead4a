"""Adagrad: steps that get shorter where gradients were long. 累积平方梯度的自适应方法。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.optim.elementwise import Elementwise, apply, check, check_fused, check_lr, counted, number, scalar, signed


def _adagrad(p: Any, g: Any, total: Any, lr: Any, eps: float, weight_decay: Any, maximize: bool) -> tuple[Any, ...]:
    g = signed(p, g, maximize, weight_decay)
    total = total + g * g
    return p - lr * (g / (pw.sqrt(total) + eps)), total


class Adagrad(Elementwise):
    """累积平方梯度 / ``s += g**2; p -= lr * g / (sqrt(s) + eps)``; lr is divided by ``1 + (t - 1) * lr_decay``.

    Source: Duchi et al., "Adaptive subgradient methods for online learning and stochastic optimization", 2011.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("lr_decay value", lr_decay, lr_decay >= 0.0)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        check("initial_accumulator_value value", initial_accumulator_value, initial_accumulator_value >= 0.0)
        check("epsilon value", eps, eps >= 0.0)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        first = initial_accumulator_value
        for group in self.param_groups:
            for p in group["params"]:
                value = complex(first, first) if p.is_complex() else first
                self.state[p] = {"step": scalar(0), "sum": wrap(np.full_like(p._array, value))}

    def share_memory(self) -> None:
        """状态放入共享内存 / Let other processes see the state."""
        for state in self.state.values():
            state["sum"].share_memory_()

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        t = counted(state)
        apply(
            _adagrad, p, g, state, ("sum",), lr=number(group["lr"]) / (1 + (t - 1) * group["lr_decay"]),
            eps=group["eps"], weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
