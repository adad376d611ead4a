"""Adam with weight decay that is no part of the gradient. 权重衰减解耦的 Adam。"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.optim.adam import Adam


class AdamW(Adam):
    """权重衰减解耦的 Adam / ``Adam``, before whose step ``p *= 1 - lr * weight_decay``.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2017.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
        foreach: bool | None = None, capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
