"""Adam with Nesterov's momentum. 带 Nesterov 动量的 Adam。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.optim.adam import decayed
from tidu.optim.elementwise import Elementwise, apply, check, check_betas, check_lr, counted, number, scalar, zeros_like


def _nadam(
    p: Any, g: Any, m: Any, v: Any, lr: Any, beta1: float, beta2: float, eps: float, t: int, now: float, ahead: float,
    decay: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """``now`` and ``ahead``: what the gradient and the momentum weigh in this step."""
    p, g = decayed(p, g, lr, *decay)
    m = m + (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    spread = pw.sqrt(v / (1 - beta2**t)) + eps
    return p - lr * now * (g / spread) - lr * ahead * (m / spread), m, v


class NAdam(Elementwise):
    """带 Nesterov 动量的 Adam / ``Adam`` that looks ahead with a momentum whose weight grows with time.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("epsilon value", eps, eps >= 0.0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        check("momentum_decay value", momentum_decay, momentum_decay >= 0.0)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state.update(step=scalar(0), mu_product=scalar(1), exp_avg=zeros_like(p), exp_avg_sq=zeros_like(p))
        beta1, beta2 = map(number, group["betas"])
        t = counted(state)
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (k * group["momentum_decay"])) for k in (t, t + 1))
        product = state["mu_product"]._array
        product *= mu
        so_far = float(product)
        apply(
            _nadam, p, g, state, ("exp_avg", "exp_avg_sq"), lr=number(group["lr"]), beta1=beta1, beta2=beta2,
            eps=group["eps"], t=t, now=(1 - mu) / (1 - so_far), ahead=mu_next / (1 - so_far * mu_next),
            decay=(group["weight_decay"], group["maximize"], group["decoupled_weight_decay"]),
        )  # fmt: skip
