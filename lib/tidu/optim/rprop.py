"""Rprop: steps by the sign of the gradient alone. 弹性反向传播。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.optim.elementwise import Elementwise, apply, begin, check, check_lr, counted, number, zeros_like


def _limited(x: Any, low: float, high: float) -> Any:
    return FUNCTIONS["clamp"](x, low, high) if isinstance(x, Tensor) else np.clip(x, low, high)


def _rprop(
    p: Any, g: Any, previous: Any, size: Any, shorter: float, longer: float, least: float, most: float, maximize: bool
) -> tuple[Any, ...]:
    g = -g if maximize else g
    turned = g * previous
    size = _limited(pw.where(turned > 0, size * longer, pw.where(turned < 0, size * shorter, size)), least, most)
    g = pw.where(turned < 0, 0.0, g)  # after a turn no step is taken
    return p - pw.sign(g) * size, g, size


class Rprop(Elementwise):
    """弹性反向传播 / Each number's step grows by ``etas[1]`` while its gradient keeps its sign, and else shrinks by
    ``etas[0]``, within ``step_sizes``.

    Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("eta values", f"{etas[0]}, {etas[1]}", 0.0 < etas[0] < 1.0 < etas[1])
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            begin(state, p)
            state["prev"] = zeros_like(p)
            lr = float(group["lr"])
            state["step_size"] = wrap(np.full_like(p._array, complex(lr, lr) if p.is_complex() else lr))
        counted(state)
        (shorter, longer), (least, most) = group["etas"], group["step_sizes"]
        apply(
            _rprop, p, g, state, ("prev", "step_size"), shorter=number(shorter), longer=number(longer), least=least,
            most=most, maximize=group["maximize"],
        )  # fmt: skip
