"""The Bernoulli distribution. 伯努利分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.distribution import Distribution
from tidu.distributions.utils import (
    binary_cross_entropy,
    broadcast_all,
    lazy_property,
    logits_to_probs,
    one_of,
    probs_to_logits,
)


class Binary(Distribution):
    """What is said by one probability, or by the logarithm of its odds. 由一个概率决定的分布。"""

    arg_constraints: ClassVar = {"probs": constraints.unit_interval, "logits": constraints.real}

    def _take(self, probs: Any, logits: Any) -> Tensor:
        name, value = ("probs", probs) if one_of(probs, logits) else ("logits", logits)
        (taken,) = broadcast_all(value)
        self.__dict__[name] = taken
        return taken

    @lazy_property
    def logits(self) -> Tensor:
        """Logarithm of the odds. 对数几率。"""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """Probability of 1. 取 1 的概率。"""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """Shape of the parameter. 参数的形状。"""
        return (self.probs if "probs" in self.__dict__ else self.logits).shape


class Bernoulli(Binary):
    """伯努利分布 / 1 with probability ``probs``, else 0."""

    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._take(probs, logits).shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        return constraints.boolean

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        mode = (self.probs >= 0.5).to(self.probs)
        return mode.masked_fill(self.probs == 0.5, float("nan"))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return self.probs.expand(self._extended_shape(sample_shape)).bernoulli()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy(logits, value)

    def entropy(self) -> Tensor:
        return binary_cross_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = FUNCTIONS["arange"](2, dtype=self.mean.dtype, device=self.mean.device)
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
