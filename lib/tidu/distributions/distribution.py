"""What every distribution is: a batch of random variables with a common kind of event. 分布。

Source: https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from tidu._modes import no_grad
from tidu._naming import Named
from tidu._size import Size
from tidu._tensor import Tensor
from tidu.distributions.constraints import Constraint
from tidu.distributions.utils import lazy_property


class Distribution(metaclass=Named):
    """Base of all distributions. 分布的基类。

    ``batch_shape``  shape of the parameters: so many independent variables
    ``event_shape``  shape of one sample of one variable
    ``arg_constraints``  what each parameter must be; ``support``, what samples are
    """

    _shown = "torch.distributions.distribution.Distribution"
    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    _validate_args = True

    def __init_subclass__(cls) -> None:
        if cls.__module__.startswith("tidu."):
            cls._shown = f"torch{cls.__module__.removeprefix('tidu')}.{cls.__name__}"

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """是否检查参数 / Whether parameters and samples are checked from now on."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if not self._validate_args:
            return
        for name, constraint in self.constraints().items():
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), (lazy_property, property)):
                continue  # made of the other parameter, which is checked
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def constraints(self) -> dict[str, Constraint]:
        """What each parameter must be, given the others. 对各参数的约束。"""
        return self.arg_constraints

    @property
    def support(self) -> Constraint:
        """What samples are. 样本的取值范围。"""
        raise NotImplementedError

    @property
    def batch_shape(self) -> Size:
        """Shape of the parameters. 参数的形状。"""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Shape of one sample of one variable. 单个样本的形状。"""
        return self._event_shape

    @property
    def mean(self) -> Tensor:
        """Expected value. 均值。"""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """Most probable value. 众数。"""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """Expected square of the distance from the mean. 方差。"""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """Square root of the variance. 标准差。"""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """抽样 / Samples of shape ``sample_shape + batch_shape + event_shape``, without history."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """可求导的抽样 / Samples through which gradients flow to the parameters, where the distribution has such."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """抽 n 个样本 / ``sample((n,))``, the old way to say it."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """对数概率 / Logarithm of the probability, or of its density, of each event."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """累积分布函数 / Probability of at most ``value``."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """分位数 / The value below which a share ``value`` of the samples lies."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """所有可能的值 / All values that samples may have."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """熵 / Expected value of -log_prob."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """困惑度 / exp(entropy)."""
        return self.entropy().exp()

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """广播参数 / The same distribution with parameters expanded to a larger batch shape."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        shape = Size(batch_shape)
        for name in self.arg_constraints:
            if name in self.__dict__:
                value = self.__dict__[name]
                new.__dict__[name] = value.expand(shape + value.shape[len(self._batch_shape) :])
        new._batch_shape = shape
        return new

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _check_sample(self, value: Any) -> None:
        """``ValueError`` for what no sample of this distribution could be."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        start = value.ndim - len(self._event_shape)
        if start < 0 or value.shape[start:] != self._event_shape:
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.size()} vs {self._event_shape}."
            )
        expected = self._batch_shape + self._event_shape
        for i, j in zip(reversed(value.shape), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {value.size()} vs {expected}."
                )
        if not bool(self.support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({self.support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if isinstance(value, Tensor):
                shown.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(shown)})"
