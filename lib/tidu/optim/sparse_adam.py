"""Adam for gradients that are mostly zero. 稀疏梯度的 Adam。"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tidu._tensor import Tensor
from tidu.optim.elementwise import check, check_betas, check_lr
from tidu.optim.optimizer import Optimizer, evaluated


class SparseAdam(Optimizer):
    """稀疏梯度的 Adam / ``Adam`` that changes only the rows a sparse gradient names.

    tidu has no sparse tensors: ``step`` refuses every gradient, as PyTorch's refuses those that are dense.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, maximize: bool = False,
    ) -> None:  # fmt: skip
        check_lr(lr)
        check("epsilon value", eps, eps > 0.0)
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """更新一步 / ``RuntimeError`` for dense gradients."""
        loss = evaluated(closure)
        if any(p.grad is not None for group in self.param_groups for p in group["params"]):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        return loss
