"""The Dirichlet distribution. 狄利克雷分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.distribution import Distribution
from tidu.ops.random_gamma import dirichlet


class Dirichlet(Distribution):
    """狄利克雷分布 / Parts that sum to 1, in the mean in proportion to ``concentration``, its last dimension.

    Seeded samples are PyTorch's own numbers; gradients of ``rsample`` agree with PyTorch's to three digits or more.
    """

    arg_constraints: ClassVar = {"concentration": constraints.independent(constraints.positive, 1)}
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args)

    @property
    def support(self) -> Constraint:
        return constraints.simplex

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0.0)
        mode = above / above.sum(-1, True)
        corner = (self.concentration < 1).all(-1)
        if corner.any():  # all the mass is at the corners: the largest
            largest = FUNCTIONS["zeros_like"](mode).scatter(-1, self.concentration.argmax(-1, True), 1.0)
            mode = FUNCTIONS["where"](corner.unsqueeze(-1), largest, mode)
        return mode

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        c = self.concentration
        return (c - 1.0).xlogy(value).sum(-1) + c.sum(-1).lgamma() - c.lgamma().sum(-1)

    def entropy(self) -> Tensor:
        c = self.concentration
        total = c.sum(-1)
        rest = (c.size(-1) - total) * total.digamma()
        return c.lgamma().sum(-1) - total.lgamma() - rest - ((c - 1.0) * c.digamma()).sum(-1)
