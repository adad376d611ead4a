"""Adam that waits until its variance can be trusted. 修正方差的 Adam。"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.optim.adam import decayed
from tidu.optim.elementwise import Elementwise, apply, begin, check, check_betas, check_lr, counted, number


def _radam(
    p: Any, g: Any, m: Any, v: Any, lr: Any, beta1: float, beta2: float, eps: float, t: int, decay: Any
) -> tuple[Any, ...]:
    p, g = decayed(p, g, lr, *decay)
    m = m + (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    step = m / (1 - beta1**t)
    correction = 1 - beta2**t
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / correction  # of the average that v is
    if length > 5:
        rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        step = step * (math.sqrt(correction) / (pw.sqrt(v) + eps)) * math.sqrt(rectified)
    return p - lr * step, m, v


class RAdam(Elementwise):
    """修正的 Adam / ``Adam`` whose first steps are not scaled, as long as v is a mean of too few gradients.

    Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2019.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("epsilon value", eps, eps >= 0.0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = begin(self.state[p], p, "exp_avg", "exp_avg_sq")
        beta1, beta2 = map(number, group["betas"])
        apply(
            _radam, p, g, state, ("exp_avg", "exp_avg_sq"), lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], t=counted(state),
            decay=(group["weight_decay"], group["maximize"], group["decoupled_weight_decay"]),
        )  # fmt: skip
