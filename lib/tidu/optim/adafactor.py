"""Adafactor: second moments of matrices kept as one row and one column. 分解二阶矩的自适应方法。"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tidu._modes import no_grad
from tidu._tensor import Tensor, wrap
from tidu.optim.elementwise import counted, scalar
from tidu.optim.optimizer import Optimizer, evaluated


class Adafactor(Optimizer):
    """分解二阶矩 / Adam without a mean, and with the squares of a matrix's gradient kept as those of its rows and
    columns; steps are relative to the parameters' size, and limited.

    Source: Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
        foreach: bool | None = None, maximize: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for fine, message in (
            (lr >= 0.0, f"Learning rate should be >= 0 but is: {lr}"),
            (beta2_decay <= 0.0, f"beta2_decay should be <= 0 but is: {beta2_decay}"),
            (eps[0] is None or eps[0] >= 0.0, f"epsilon1 should be >= 0 but is: {eps[0]}"),
            (eps[1] >= 0.0, f"epsilon2 should be >= 0 but is: {eps[1]}"),
            (d >= 1.0, f"Clipping threshold d should be >= 1 but is: {d}"),
            (weight_decay >= 0.0, f"weight_decay should be >= 0 but is: {weight_decay}"),
        ):
            if not fine:
                raise ValueError(message)
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """更新一步 / Change the parameters by their gradients; ``closure`` computes the loss anew and returns it."""
        loss = evaluated(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if p.is_complex():
                        raise RuntimeError("Adafactor does not support complex parameters")
                    self._update(p, -p.grad if group["maximize"] else p.grad, group)
        return loss

    def _update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["step"] = scalar(0)
            if g.dim() > 1:
                rows, columns = list(g.shape), list(g.shape)
                rows[-1] = columns[-2] = 1
                state["row_var"] = wrap(np.zeros(rows, g._array.dtype))
                state["col_var"] = wrap(np.zeros(columns, g._array.dtype))
            else:
                state["variance"] = wrap(np.zeros_like(g._array))
        t, lr = counted(state), float(group["lr"])
        tiny, least = group["eps"]
        tiny = float(np.finfo(p._array.dtype).eps) if tiny is None else tiny
        newest = t ** group["beta2_decay"]
        alpha = max(least, p.norm(2).item() / math.sqrt(p.numel())) * min(lr, 1 / math.sqrt(t))
        if group["weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        if g.dim() > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows.lerp_((g * g).mean(-1, keepdim=True), newest)
            columns.lerp_((g * g).mean(-2, keepdim=True), newest)
            squares = (rows @ columns) / rows.mean(-2, keepdim=True).clamp(min=tiny)
        else:
            state["variance"].lerp_(g * g, newest)
            squares = state["variance"]
        step = g * squares.clamp(min=tiny * tiny).rsqrt()
        limit = max(1.0, step.norm(2).item() / (math.sqrt(step.numel()) * group["d"]))
        p.add_(step, alpha=-alpha / limit)
