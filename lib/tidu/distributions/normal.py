"""The normal distribution. 正态分布。"""

from __future__ import annotations

import math
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions.location_scale import LocationScale


class Normal(LocationScale):
    """正态分布 / Normal numbers with mean ``loc`` and standard deviation ``scale``."""

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return FUNCTIONS["normal"](self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        draws = FUNCTIONS["normal"](self.loc.new_zeros(shape), self.loc.new_ones(shape))
        return self.loc + draws * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        spread = self.scale.log()
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - spread - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        return 0.5 * (1 + ((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)).erf())

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()
