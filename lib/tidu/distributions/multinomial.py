"""The multinomial distribution. 多项分布。"""

from __future__ import annotations

import math
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.binomial import Binomial
from tidu.distributions.constraints import Constraint
from tidu.distributions.over_categories import OverCategories
from tidu.distributions.utils import broadcast_all


class Multinomial(OverCategories):
    """多项分布 / How often each category comes up in ``total_count`` draws; one count for all of the batch."""

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        super().__init__(probs, logits, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Multinomial:
        probs = self.probs.expand((*batch_shape, *self._event_shape))
        return Multinomial(self.total_count, probs, validate_args=False)

    @property
    def support(self) -> Constraint:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *sample_shape))
            drawn = drawn.permute(*range(1, drawn.ndim), 0)
            counts = drawn.new_zeros(self._extended_shape(sample_shape))
            return counts.scatter_add_(-1, drawn, drawn.new_ones(drawn.shape)).type_as(self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = logits.masked_fill((value == 0) & (logits == -math.inf), 0)
        ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        n = FUNCTIONS["tensor"](self.total_count)
        single = Binomial(self.total_count, probs=self.probs)
        support = single.enumerate_support(expand=False)[1:]
        weighted = single.log_prob(support).exp() * (support + 1).lgamma()
        return n * self._categorical.entropy() - (n + 1).lgamma() + weighted.sum((0, -1))
