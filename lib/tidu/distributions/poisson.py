"""The Poisson distribution. 泊松分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.distribution import Distribution
from tidu.distributions.utils import broadcast_all


class Poisson(Distribution):
    """泊松分布 / How often something happens that happens ``rate`` times on average."""

    arg_constraints: ClassVar = {"rate": constraints.nonnegative}

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        return constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return FUNCTIONS["poisson"](self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()
