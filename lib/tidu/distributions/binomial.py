"""The binomial distribution. 二项分布。"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.bernoulli import Binary
from tidu.distributions.constraints import Constraint
from tidu.distributions.utils import broadcast_all, one_of


class Binomial(Binary):
    """二项分布 / Successes in ``total_count`` trials of probability ``probs``."""

    arg_constraints: ClassVar = {"total_count": constraints.nonnegative_integer, **Binary.arg_constraints}
    has_enumerate_support = True

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        name, value = ("probs", probs) if one_of(probs, logits) else ("logits", logits)
        self.total_count, taken = broadcast_all(total_count, value)
        self.total_count = self.total_count.type_as(taken)
        self.__dict__[name] = taken
        super().__init__(taken.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return FUNCTIONS["binomial"](self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        ways = (self.total_count + 1).lgamma()
        ordered = (value + 1).lgamma() + (self.total_count - value + 1).lgamma()
        logits = self.logits
        half = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2  # max(logits, 0), with a gradient of 1/2 at 0
        normal = self.total_count * half + self.total_count * (-logits.abs()).exp().log1p() - ways
        return value * logits - ordered - normal

    def entropy(self) -> Tensor:
        most = int(self.total_count.max())
        if not bool(self.total_count.min() == most):
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        logs = self.log_prob(self.enumerate_support(False))
        return -(logs.exp() * logs).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        most = int(self.total_count.max())
        if not bool(self.total_count.min() == most):
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        values = FUNCTIONS["arange"](1 + most, dtype=self.total_count.dtype, device=self.total_count.device)
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
