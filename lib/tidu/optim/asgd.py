"""Stochastic gradient descent with the average of where it has been. 平均随机梯度下降。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.optim.elementwise import (
    Elementwise,
    apply,
    begin,
    check,
    check_lr,
    counted,
    number,
    scalar,
    signed,
    zeros_like,
)


def _asgd(
    p: Any, g: Any, mean: Any, eta: Any, mu: float, lambd: float, weight_decay: Any, maximize: bool
) -> tuple[Any, ...]:
    g = signed(p, g, maximize, weight_decay)
    p = p * (1 - lambd * eta) - eta * g
    return p, p if mu == 1 else mean + mu * (p - mean)


class ASGD(Elementwise):
    """平均随机梯度下降 / SGD with a step that falls as ``lr / (1 + lambd * lr * t) ** alpha``; ``state["ax"]`` is the
    mean of the parameters from step ``t0`` on.

    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
        t0: float = 1e6, weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            begin(state, p)
            state.update(eta=scalar(float(group["lr"])), mu=scalar(1), ax=zeros_like(p))
        lr, lambd = number(group["lr"]), group["lambd"]
        t = counted(state)
        apply(
            _asgd, p, g, state, ("ax",), eta=state["eta"].item(), mu=state["mu"].item(), lambd=lambd,
            weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
        state["eta"] = scalar(float(lr) / (1 + lambd * float(lr) * t) ** group["alpha"])
        state["mu"] = scalar(1 / max(1, t - group["t0"]))
