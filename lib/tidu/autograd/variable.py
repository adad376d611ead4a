"""``Variable``, the wrapper that tensors needed before PyTorch 0.4. 旧版的变量。"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tidu._modes import modes
from tidu._tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class VariableMeta(type):
    """``isinstance(t, Variable)`` is true of tensors. 变量的元类。"""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class ImperativeEngine:
    """The engine by PyTorch's name. 反向传播引擎。"""

    def queue_callback(self, callback: Callable[[], Any]) -> None:
        """Have something called when the backward pass that now runs is through. 在本次反向结束时调用。"""
        walk = modes.walk
        if walk is None:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        walk.callbacks = [*(walk.callbacks or ()), callback]


class Variable(metaclass=VariableMeta):
    """The wrapper that tensors needed before PyTorch 0.4; now it returns the tensor. 旧版的变量，现在就是张量。

    ``volatile=True`` meant "record nothing here"; it is accepted, has no effect, and warns: use ``no_grad``.
    """

    _execution_engine = ImperativeEngine()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool | None = None) -> Tensor:  # type: ignore[misc]
        if volatile is not None:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
        t = Tensor() if data is None else data
        if not isinstance(t, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(t).__name__}")
        out = t.detach()
        return out.requires_grad_() if requires_grad else out
