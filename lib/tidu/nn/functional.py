"""The functions that layers are made of. 层所用的函数。

Source: https://docs.pytorch.org/docs/stable/nn.functional.html
"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS, OPS
from tidu._tensor import Tensor

relu, sigmoid, tanh = (FUNCTIONS[name] for name in ("relu", "sigmoid", "tanh"))
pdist, pairwise_distance, cosine_similarity = (
    FUNCTIONS[name] for name in ("pdist", "pairwise_distance", "cosine_similarity")
)
softplus = OPS["softplus"].public
softplus.__doc__ = OPS["softplus"].__doc__


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``."""
    return FUNCTIONS["softmax"](input, dim, dtype)


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """softmax 的对数 / The logarithm of softmax along ``dim``."""
    return FUNCTIONS["log_softmax"](input, dim, dtype)
