"""``Variable``, the wrapper that tensors needed before PyTorch 0.4. 旧版的变量。"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from operator import index
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

    data           a tensor, whose memory the result shares without its history; None: an empty one
    requires_grad  whether the result is differentiated
    volatile       meant "record nothing here"; it has no effect any more and warns: use ``no_grad``, or
                   ``tidu.legacy.Variable``, where it means what it did
    name           what the result's ``name`` is
    raises         TypeError for other data; ValueError where it is to be differentiated and volatile

    ``isinstance(t, Variable)`` is true of every tensor. Source: https://docs.pytorch.org/docs/stable/autograd.html
    """

    _execution_engine = ImperativeEngine()

    def __new__(  # type: ignore[misc]
        cls,
        data: Tensor | None = None,
        requires_grad: bool = False,
        volatile: bool = False,
        _grad_fn: None = None,
        name: str | None = None,
    ) -> Tensor:
        wanted, nothing = bool(index(requires_grad)), bool(index(volatile))
        if _grad_fn is not None:
            raise TypeError(f"_grad_fn has to be a Function object or None, but got {type(_grad_fn).__name__}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"argument 5 must be str or None, not {type(name).__name__}")
        if nothing:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
            if wanted:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
        t = Tensor() if data is None else data
        if not isinstance(t, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(t).__name__}")
        out = t.detach()
        if name is not None:
            setattr(out, "name", name)
        return out.requires_grad_() if wanted else out
