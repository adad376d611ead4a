"""Adam by the largest gradient instead of its square. 基于无穷范数的 Adam。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.ops.arithmetic import maximum
from tidu.optim.elementwise import Elementwise, apply, begin, check, check_betas, check_lr, counted, number, signed


def _adamax(
    p: Any, g: Any, m: Any, u: Any, lr: Any, beta1: float, beta2: float, eps: float, t: int, weight_decay: Any,
    maximize: bool,
) -> tuple[Any, ...]:  # fmt: skip
    g = signed(p, g, maximize, weight_decay)
    m = m + (1 - beta1) * (g - m)
    u = maximum(beta2 * u, pw.abs_(g) + eps)
    return p - lr / (1 - beta1**t) * (m / u), m, u


class Adamax(Elementwise):
    """无穷范数的 Adam / ``Adam`` with ``u = max(beta2 * u, |g| + eps)`` in the place of sqrt(v).

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2014, section 7.1.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("epsilon value", eps, eps >= 0.0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = begin(self.state[p], p, "exp_avg", "exp_inf")
        beta1, beta2 = map(number, group["betas"])
        apply(
            _adamax, p, g, state, ("exp_avg", "exp_inf"), lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], t=counted(state), weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
