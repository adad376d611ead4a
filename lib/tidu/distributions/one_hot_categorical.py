"""The categorical distribution over one-hot vectors. 独热类别分布。"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.over_categories import OverCategories


class OneHotCategorical(OverCategories):
    """独热类别分布 / Vectors of zeros with a 1 at the place of a category."""

    has_enumerate_support = True

    def expand(self, batch_shape: Any, _instance: Any = None) -> OneHotCategorical:
        return OneHotCategorical(self.probs.expand((*batch_shape, *self._event_shape)), validate_args=False)

    @property
    def support(self) -> Constraint:
        return constraints.one_hot

    @property
    def mean(self) -> Tensor:
        return self._categorical.probs

    @property
    def mode(self) -> Tensor:
        return self._hot(self.probs.argmax(dim=-1))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def _hot(self, places: Tensor) -> Tensor:
        return FUNCTIONS["eye"](self._event_shape[0], dtype=self.probs.dtype, device=self.probs.device)[places]

    def sample(self, sample_shape: Any = ()) -> Tensor:
        return self._hot(self._categorical.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        return self._categorical.log_prob(value.argmax(dim=-1))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        n = self._event_shape[0]
        values = self._hot(FUNCTIONS["arange"](n)).view(n, *[1] * len(self._batch_shape), n)
        return values.expand(n, *self._batch_shape, n) if expand else values
