"""The geometric distribution. 几何分布。"""

from __future__ import annotations

from typing import Any

from tidu._limits import finfo
from tidu._modes import no_grad
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.bernoulli import Binary
from tidu.distributions.constraints import Constraint
from tidu.distributions.utils import binary_cross_entropy, broadcast_all


class Geometric(Binary):
    """几何分布 / Failures before the first success of probability ``probs``."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._take(probs, logits).shape, (), validate_args)
        if self._validate_args and probs is not None and not bool((self.probs > 0).all()):
            raise ValueError(
                f"Expected parameter probs (Tensor of shape {tuple(self.probs.shape)}) of distribution {self!r} to be "
                f"positive but found invalid values:\n{self.probs}"
            )

    @property
    def support(self) -> Constraint:
        return constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return self.probs * 0

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            draws = self.probs.new_empty(shape).uniform_(finfo(self.probs.dtype).tiny, 1)
            return (draws.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        value, probs = broadcast_all(value, self.probs)
        probs = probs.masked_fill((probs == 0) & (value == 0), 0)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy(self.logits, self.probs) / self.probs
