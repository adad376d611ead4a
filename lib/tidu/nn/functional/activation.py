"""Activations as functions. 激活函数。"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS, OPS
from tidu._tensor import Tensor

relu, sigmoid, tanh = (FUNCTIONS[name] for name in ("relu", "sigmoid", "tanh"))
softplus = OPS["softplus"].public
softplus.__doc__ = OPS["softplus"].__doc__


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``."""
    return FUNCTIONS["softmax"](input, dim, dtype)


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """softmax 的对数 / The logarithm of softmax along ``dim``."""
    return FUNCTIONS["log_softmax"](input, dim, dtype)
