"""The categorical distribution. 类别分布。"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from tidu._limits import finfo
from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._size import Size
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.distribution import Distribution
from tidu.distributions.utils import broadcast_all, lazy_property, logits_to_probs, one_of, probs_to_logits


class Categorical(Distribution):
    """类别分布 / The number of a category, from weights or their logarithms along the last dimension."""

    arg_constraints: ClassVar = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if one_of(probs, logits):
            if probs.dim() < 1:
                raise ValueError("`probs` parameter must be at least one-dimensional.")
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            if logits.dim() < 1:
                raise ValueError("`logits` parameter must be at least one-dimensional.")
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        self._num_events = self.param_shape[-1]
        super().__init__(self.param_shape[:-1], (), validate_args)

    @lazy_property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities. 对数概率。"""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities; they sum to 1. 概率。"""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Size:
        """Shape of the parameter: batch and categories. 参数的形状。"""
        return (self.probs if "probs" in self.__dict__ else self.logits).shape

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return self.probs.new_full(self._batch_shape, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return self.probs.new_full(self._batch_shape, math.nan)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Categorical:
        name = "probs" if "probs" in self.__dict__ else "logits"
        new: Categorical = object.__new__(type(self))
        new._validate_args, new._num_events = self._validate_args, self._num_events
        new._batch_shape, new._event_shape = Size(batch_shape), Size()
        new.__dict__[name] = self.__dict__[name].expand((*batch_shape, self._num_events))
        return new

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            drawn = FUNCTIONS["multinomial"](rows, Size(sample_shape).numel(), True).t()
            return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        value, logits = broadcast_all(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = FUNCTIONS["arange"](self._num_events, device=self.probs.device)
        values = values.view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
