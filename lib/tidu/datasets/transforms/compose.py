"""Transforms made of transforms, in order, at random, or of any function. 组合变换。"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu.nn import Module
from tidu.ops.create import empty
from tidu.ops.generator import default_generator

_FLOAT = np.dtype(np.float32)


class Compose:
    """依次做 / One transform after another."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return _listed(self, self.transforms)


class Lambda:
    """任意函数 / Any function as a transform."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class RandomTransforms:
    """随机组合的基类 / The base of those that choose among transforms."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return _listed(self, self.transforms)


class RandomApply(Module):
    """以概率 p 全做 / All of some transforms, one after another, with probability ``p``."""

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, img: Any) -> Any:
        if self.p < empty(1).uniform_():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return _listed(self, [f"p={self.p}", *self.transforms])


class RandomOrder(RandomTransforms):
    """以随机次序全做 / All of some transforms in a random order, which Python's ``random`` draws."""

    def __call__(self, img: Any) -> Any:
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for i in order:
            img = self.transforms[i](img)
        return img


class RandomChoice(RandomTransforms):
    """随机选一个 / One of some transforms, with probabilities ``p``; Python's ``random`` draws it."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def __call__(self, img: Any) -> Any:
        return random.choices(self.transforms, weights=self.p)[0](img)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"


def _listed(transform: Any, lines: Sequence[Any]) -> str:
    return "\n".join([f"{type(transform).__name__}(", *(f"    {line}" for line in lines), ")"])


def uniform(low: float, high: float) -> float:
    """A number between two, as torchvision draws one."""
    return empty(1).uniform_(low, high).item()


# What is drawn for every image comes from the generator itself, as in ``rand`` and ``randint``: the same numbers in a
# quarter of the time.
def whole(low: int, high: int) -> int:
    """A whole number from ``low`` to below ``high``, which is ``randint(low, high, (1,))``."""
    return int(default_generator.integers(low, high, 1)[0])


def chance(p: float) -> bool:
    """Whether something of probability ``p`` happens, which is ``rand(1) < p``."""
    return bool(default_generator.uniform(1, _FLOAT)[0] < np.float32(p))
