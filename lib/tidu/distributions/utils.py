"""What distributions share: parameters that broadcast, probabilities and their logarithms. 共用函数。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._limits import finfo
from tidu._operands import broadcast_error
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number))


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """参数广播为同一形状 / Parameters as tensors of one shape; numbers take the dtype of the tensors beside them."""
    if not all(isinstance(v, Tensor) or is_number(v) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    first = next((v for v in values if isinstance(v, Tensor)), None)
    like = {} if first is None else {"dtype": first.dtype, "device": first.device}
    if first is None:
        like = {"dtype": FUNCTIONS["scalar_tensor"](0).dtype}
    tensors = [v if isinstance(v, Tensor) else FUNCTIONS["tensor"](v, **like) for v in values]
    try:
        shape = np.broadcast_shapes(*(t.shape for t in tensors))
    except ValueError:
        raise broadcast_error([t._array for t in tensors]) or RuntimeError("broadcast_all()") from None
    return tuple(t.expand(shape) for t in tensors)


class lazy_property:
    """A parameter that is computed from the other when it is first asked for, and kept. 惰性属性。"""

    def __init__(self, compute: Callable[[Any], Tensor]) -> None:
        self.compute, self.name, self.__doc__ = compute, compute.__name__, compute.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.compute(instance)
        return value


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """概率的对数 / Logarithms of probabilities, or of odds where there are two outcomes."""
    eps = finfo(probs.dtype).eps
    clamped = probs.clamp(min=eps, max=1 - eps)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """由对数得概率 / Probabilities from their logarithms, or from those of odds."""
    return logits.sigmoid() if is_binary else logits.softmax(-1)


def binary_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """-(t log p + (1 - t) log (1 - p)), from the logarithm of the odds, which loses nothing where p is 0 or 1."""
    log_sigmoid = logits.clamp(max=0) - (-logits.abs()).exp().log1p()
    return (1 - target) * logits - log_sigmoid


def one_of(probs: Any, logits: Any) -> bool:
    """Whether ``probs`` was given rather than ``logits``; ``ValueError`` unless it is one of them."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return probs is not None
