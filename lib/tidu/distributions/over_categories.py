"""Distributions that are made of draws of a category. 由类别抽取组成的分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._size import Size
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.categorical import Categorical
from tidu.distributions.distribution import Distribution


class OverCategories(Distribution):
    """What they share: the probabilities of the categories, which are the last dimension of an event."""

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """Probabilities; they sum to 1. 概率。"""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities. 对数概率。"""
        return self._categorical.logits

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter: batch and categories. 参数的形状。"""
        return self._categorical.param_shape
