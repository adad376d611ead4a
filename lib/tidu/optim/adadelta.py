"""Adadelta: steps in the parameters' own units. 自适应步长，单位自洽。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.optim.elementwise import Elementwise, apply, begin, check, check_lr, counted, number, signed


def _adadelta(
    p: Any, g: Any, squares: Any, steps: Any, lr: Any, rho: float, eps: float, weight_decay: Any, maximize: bool
) -> tuple[Any, ...]:
    g = signed(p, g, maximize, weight_decay)
    squares = rho * squares + (1 - rho) * g * g
    step = pw.sqrt(steps + eps) / pw.sqrt(squares + eps) * g
    steps = rho * steps + (1 - rho) * step * step
    return p - lr * step, squares, steps


class Adadelta(Elementwise):
    """单位自洽的自适应步长 / Steps of the root mean square of steps so far, over that of the gradients.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0, foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False,
        differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("rho value", rho, 0.0 <= rho <= 1.0)
        check("epsilon value", eps, eps >= 0.0)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = begin(self.state[p], p, "square_avg", "acc_delta")
        counted(state)
        apply(
            _adadelta, p, g, state, ("square_avg", "acc_delta"), lr=number(group["lr"]), rho=group["rho"],
            eps=group["eps"], weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
