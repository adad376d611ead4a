"""Stochastic gradient descent. 随机梯度下降。"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tidu._tensor import Tensor
from tidu.optim.elementwise import (
    Elementwise,
    apply,
    check,
    check_fused,
    check_lr,
    in_dtype,
    number,
    scratch,
    signed,
    zeros_like,
)


def _plain(p: Any, g: Any, lr: Any, weight_decay: Any, maximize: bool) -> tuple[Any, ...]:
    return (p - lr * signed(p, g, maximize, weight_decay),)


def _plain_fast(p: Any, g: Any, lr: Any, weight_decay: Any, maximize: bool) -> None:
    if weight_decay:
        p[...] = _plain(p, g, lr, weight_decay, maximize)[0]
    else:
        step = np.multiply(g, lr, out=scratch(p))
        (np.add if maximize else np.subtract)(p, step, out=p)


def _momentum(
    p: Any, g: Any, buffer: Any, lr: Any, weight_decay: Any, maximize: bool, momentum: float, dampening: float,
    nesterov: bool,
) -> tuple[Any, ...]:  # fmt: skip
    g = signed(p, g, maximize, weight_decay)
    buffer = momentum * buffer + (1 - dampening) * g
    return p - lr * (g + momentum * buffer if nesterov else buffer), buffer


def _momentum_fast(
    p: Any, g: Any, buffer: Any, lr: Any, weight_decay: Any, maximize: bool, momentum: float, dampening: float,
    nesterov: bool,
) -> None:  # fmt: skip
    if maximize or weight_decay:
        g = signed(p, g, maximize, weight_decay)
    buffer *= momentum
    room = scratch(p)
    buffer += np.multiply(g, 1 - dampening, out=room) if dampening else g
    if nesterov:
        np.multiply(buffer, momentum, out=room)
        room += g
        room *= lr
    else:
        np.multiply(buffer, lr, out=room)
    p -= room


class SGD(Elementwise):
    """随机梯度下降 / ``p -= lr * g``; with momentum ``b = momentum * b + (1 - dampening) * g; p -= lr * b``.

    ``nesterov`` steps by ``g + momentum * b``. ``weight_decay`` adds ``weight_decay * p`` to the gradient. Momentum is
    as Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, with the learning
    rate outside. Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-3, momentum: float = 0, dampening: float = 0,
        weight_decay: float | Tensor = 0, nesterov: bool = False, *, maximize: bool = False,
        foreach: bool | None = None, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("momentum value", momentum, momentum >= 0.0)
        check("weight_decay value", weight_decay, weight_decay >= 0.0)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def each(self, group: dict[str, Any]) -> Callable[[Tensor, Tensor], None]:
        rule: Callable[..., Any] = _plain
        fast: Callable[..., Any] = _plain_fast
        names: tuple[str, ...] = ()
        options = {
            "lr": number(group["lr"]), "weight_decay": number(group["weight_decay"]), "maximize": group["maximize"]
        }  # fmt: skip
        if group["momentum"]:
            rule, fast, names = _momentum, _momentum_fast, ("momentum_buffer",)
            options |= {"momentum": group["momentum"], "dampening": group["dampening"], "nesterov": group["nesterov"]}
        known: dict[Any, dict[str, Any]] = {}  # by the parameter's dtype

        def update(p: Tensor, g: Tensor) -> None:
            kind = p._array.dtype
            told = known.get(kind)
            if told is None:
                told = known[kind] = in_dtype(kind, options, "lr", "momentum")
            state: dict[str, Any] = self.state[p] if names else {}
            if names and state.get("momentum_buffer") is None:  # the first gradient is taken whole
                state["momentum_buffer"], told = zeros_like(p), told | {"dampening": 0}
            apply(rule, p, g, state, names, fast, **told)

        return update
