"""Adam: steps scaled by running moments of the gradient. 自适应矩估计。"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tidu._tensor import Tensor
from tidu.ops import pointwise as pw
from tidu.ops.arithmetic import maximum
from tidu.optim.elementwise import (
    Elementwise,
    apply,
    begin,
    check,
    check_betas,
    check_fused,
    check_lr,
    counted,
    number,
    scratch,
    signed,
    zeros_like,
)


def decayed(p: Any, g: Any, lr: Any, weight_decay: Any, maximize: bool, decoupled: bool) -> tuple[Any, Any]:
    """Weight decay as a part of the gradient, or, decoupled from it, as a part of the step."""
    if decoupled and weight_decay:
        return p * (1 - lr * weight_decay), signed(p, g, maximize, 0)
    return p, signed(p, g, maximize, weight_decay)


def _adam(
    p: Any, g: Any, m: Any, v: Any, *largest: Any, lr: Any, beta1: float, beta2: float, eps: float, t: int, decay: Any
) -> tuple[Any, ...]:
    p, g = decayed(p, g, lr, *decay)
    m = m + (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    largest = tuple(maximum(top, v) for top in largest)  # amsgrad
    spread = pw.sqrt(largest[0] if largest else v) / math.sqrt(1 - beta2**t) + eps
    return p - lr / (1 - beta1**t) * (m / spread), m, v, *largest


def _adam_fast(
    p: Any, g: Any, m: Any, v: Any, *largest: Any, lr: float, beta1: float, beta2: float, eps: float, t: int, decay: Any
) -> None:
    weight_decay, maximize, decoupled = decay
    if decoupled and weight_decay:
        p *= 1 - lr * weight_decay
        weight_decay = 0
    if maximize or weight_decay:
        g = signed(p, g, maximize, weight_decay)
    room = np.subtract(g, m, out=scratch(p))
    room *= 1 - beta1
    m += room
    np.multiply(g, 1 - beta2, out=room)
    room *= g
    v *= beta2
    v += room
    if largest:
        v = np.maximum(largest[0], v, out=largest[0])
    root = math.sqrt(1 - beta2**t)  # m / (sqrt(v) / root + eps), with the division by root left for the step
    np.sqrt(v, out=room)
    room += eps * root
    np.divide(m, room, out=room)
    room *= lr * root / (1 - beta1**t)
    p -= room


class Adam(Elementwise):
    """自适应矩估计 / ``p -= lr * m / (sqrt(v) + eps)``, m and v being running means of g and g**2, corrected for their
    start at 0.

    ``amsgrad`` divides by the largest v so far (Reddi et al., "On the convergence of Adam and beyond", 2018);
    ``decoupled_weight_decay`` makes it ``AdamW``. Source: Kingma and Ba, "Adam: a method for stochastic optimization",
    2014; https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        check("epsilon value", eps, eps >= 0.0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            if isinstance(beta, Tensor):
                if foreach and not capturable:
                    raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{i}] must be 1-element")
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = begin(self.state[p], p, "exp_avg", "exp_avg_sq")
        names = ["exp_avg", "exp_avg_sq"]
        if group["amsgrad"]:
            state.setdefault("max_exp_avg_sq", None)
            if state["max_exp_avg_sq"] is None:
                state["max_exp_avg_sq"] = zeros_like(p)
            names.append("max_exp_avg_sq")
        beta1, beta2 = map(number, group["betas"])
        apply(
            _adam, p, g, state, names, _adam_fast, lr=number(group["lr"]), beta1=beta1, beta2=beta2, eps=group["eps"],
            t=counted(state), decay=(group["weight_decay"], group["maximize"], group["decoupled_weight_decay"]),
        )  # fmt: skip
