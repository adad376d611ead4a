"""The wrapper that a tensor needed to be differentiated, with its ``volatile``. 带 volatile 的变量。"""

from __future__ import annotations

import warnings

from tidu import autograd
from tidu._modes import Rider, Volatile
from tidu._tensor import Tensor


class Variable(autograd.Variable):
    """变量 / The tensor; ``requires_grad``: differentiated; ``volatile``: what is computed of it is not recorded.

    One volatile operand makes every result of it volatile, whatever else requires a gradient: so one ran a net without
    training it. Since PyTorch 0.4 tensors need no wrapper and ``with torch.no_grad():`` replaced ``volatile``, which
    ``torch.autograd.Variable`` accepts and ignores; both warn.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool = False) -> Tensor:  # type: ignore[misc]
        if volatile and requires_grad:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        made = autograd.Variable(data, requires_grad)
        if volatile:
            text = "volatile was removed from PyTorch, and is kept in legacy. Use `with torch.no_grad():` instead."
            warnings.warn(text, UserWarning, stacklevel=2)
            Rider.used += 1
            made._tangent = Volatile.mark
        return made
