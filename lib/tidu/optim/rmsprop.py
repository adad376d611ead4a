"""RMSprop: steps over the root mean square of recent gradients. 均方根传播。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.optim.elementwise import Elementwise, apply, begin, check, check_lr, counted, number, scratch, signed


def _rmsprop(
    p: Any, g: Any, squares: Any, *rest: Any, lr: Any, alpha: float, eps: float, momentum: float, centered: bool,
    weight_decay: Any, maximize: bool,
) -> tuple[Any, ...]:  # fmt: skip
    g = signed(p, g, maximize, weight_decay)
    squares = alpha * squares + (1 - alpha) * g * g
    states = [squares]
    spread = squares
    if centered:
        mean = rest[-1] + (1 - alpha) * (g - rest[-1])
        spread = squares - mean * mean
        states.append(mean)
    step = g / (pw.sqrt(spread) + eps)
    if momentum > 0:
        step = momentum * rest[0] + step
        states.insert(1, step)
    return p - lr * step, *states


def _rmsprop_fast(
    p: Any, g: Any, squares: Any, *rest: Any, lr: float, alpha: float, eps: float, momentum: float, centered: bool,
    weight_decay: Any, maximize: bool,
) -> None:  # fmt: skip
    if maximize or weight_decay:
        g = signed(p, g, maximize, weight_decay)
    room = np.multiply(g, 1 - alpha, out=scratch(p))
    room *= g
    squares *= alpha
    squares += room
    if centered:
        mean = rest[-1]
        np.subtract(g, mean, out=room)
        room *= 1 - alpha
        mean += room
        np.multiply(mean, mean, out=room)
        np.subtract(squares, room, out=room)
        np.sqrt(room, out=room)
    else:
        np.sqrt(squares, out=room)
    room += eps
    np.divide(g, room, out=room)
    if momentum > 0:
        buffer = rest[0]
        buffer *= momentum
        buffer += room
        np.multiply(buffer, lr, out=room)
    else:
        room *= lr
    p -= room


class RMSprop(Elementwise):
    """均方根传播 / ``s = alpha * s + (1 - alpha) * g**2; p -= lr * g / (sqrt(s) + eps)``.

    ``centered`` divides by the spread around the mean gradient instead (Graves, "Generating sequences with recurrent
    neural networks", 2013). Source: Hinton, "Neural networks for machine learning", lecture 6, 2012.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0, momentum: float = 0, centered: bool = False, capturable: bool = False,
        foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("epsilon value", eps, eps >= 0.0)
        check("momentum value", momentum, momentum >= 0.0)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        check("alpha value", alpha, alpha >= 0.0)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        names = ["square_avg"]
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        if group["centered"]:
            names.append("grad_avg")
        state = begin(self.state[p], p, *names)
        counted(state)
        apply(
            _rmsprop, p, g, state, names, _rmsprop_fast, lr=number(group["lr"]), alpha=group["alpha"],
            eps=group["eps"], momentum=group["momentum"], centered=group["centered"],
            weight_decay=group["weight_decay"], maximize=group["maximize"],
        )  # fmt: skip
