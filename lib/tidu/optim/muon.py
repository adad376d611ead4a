"""Muon: matrices stepped by an orthogonal one near their momentum. 动量正交化。"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from tidu._dtypes import bfloat16
from tidu._modes import no_grad
from tidu._tensor import Tensor
from tidu.optim.elementwise import zeros_like
from tidu.optim.optimizer import Optimizer, evaluated

_ADJUST = {
    "original": lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "match_rms_adamw": lambda rows, columns: 0.2 * math.sqrt(max(rows, columns)),
}


def _orthogonalised(g: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """A matrix with the singular vectors of ``g`` and singular values near 1, by Newton and Schulz's iteration."""
    a, b, c = coefficients
    x = g.to(bfloat16)
    wide = x.size(0) <= x.size(1)
    x = x if wide else x.T
    x = x / x.float().norm().clamp(min=eps).to(bfloat16)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x if wide else x.T


class Muon(Optimizer):
    """动量正交化 / Momentum made orthogonal before it is a step: for matrices, all else wants another optimizer.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024,
    https://kellerjordan.github.io/posts/muon/
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for fine, message in (
            (lr >= 0.0, f"Learning rate should be >= 0 but is: {lr}"),
            (momentum >= 0.0, f"momentum should be >= 0 but is: {momentum}"),
            (weight_decay >= 0.0, f"weight decay should be >= 0 but is: {weight_decay}"),
            (adjust_lr_fn in (None, *_ADJUST), f"Adjust learning rate function {adjust_lr_fn} is not supported"),
        ):
            if not fine:
                raise ValueError(message)
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}"
                    )

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """更新一步 / Change the parameters by their gradients; ``closure`` computes the loss anew and returns it."""
        loss = evaluated(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)
        return loss

    def _update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = zeros_like(p)
        buffer = state["momentum_buffer"]
        buffer.lerp_(g, 1 - group["momentum"])
        step = g.lerp(buffer, group["momentum"]) if group["nesterov"] else buffer
        step = _orthogonalised(step, group["ns_coefficients"], group["ns_steps"], group["eps"]).to(p.dtype)
        lr = float(group["lr"])
        p.mul_(1 - lr * group["weight_decay"])
        p.add_(step, alpha=-lr * _ADJUST[group["adjust_lr_fn"] or "original"](*p.shape))
