"""The beta distribution. 贝塔分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.dirichlet import Dirichlet
from tidu.distributions.distribution import Distribution
from tidu.distributions.utils import broadcast_all


class Beta(Distribution):
    """贝塔分布 / Numbers in [0, 1]: the first of the two parts of a Dirichlet distribution.

    Seeded samples are PyTorch's own numbers; gradients of ``rsample`` agree with PyTorch's to three digits or more.
    """

    arg_constraints: ClassVar = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        both = FUNCTIONS["stack"](broadcast_all(concentration1, concentration0), -1)
        if not both.is_floating_point():
            both = both.float()
        self._dirichlet = Dirichlet(both, validate_args)
        super().__init__(self._dirichlet.batch_shape, (), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Beta:
        return Beta(self.concentration1.expand(batch_shape), self.concentration0.expand(batch_shape), False)

    @property
    def concentration1(self) -> Tensor:
        """The weight of 1. 倾向 1 的参数。"""
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Tensor:
        """The weight of 0. 倾向 0 的参数。"""
        return self._dirichlet.concentration[..., 1]

    @property
    def support(self) -> Constraint:
        return constraints.unit_interval

    @property
    def mean(self) -> Tensor:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Tensor:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self._dirichlet.rsample(sample_shape).select(-1, 0)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        return self._dirichlet.log_prob(FUNCTIONS["stack"]([value, 1.0 - value], -1))

    def entropy(self) -> Tensor:
        return self._dirichlet.entropy()
