"""Python functions on every element, in place. 用 Python 函数逐个处理元素。

Slow, as in PyTorch, which keeps them for old programs: an operation on the whole tensor is hundreds of times faster.
Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.apply_.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import type_name
from tidu._backend import beside, host
from tidu._define import publish
from tidu._operands import held
from tidu._tensor import Tensor


def _each(name: str, self: Tensor, others: tuple[Any, ...], function: Callable[..., Any]) -> Tensor:
    for position, other in enumerate(others, 1):
        if not isinstance(other, Tensor):
            raise TypeError(f"{name}(): argument 'other' (position {position}) must be Tensor, not {type_name(other)}")
    if any(t.requires_grad for t in (self, *others)):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    for other in others:
        if other.dtype != self.dtype:
            raise TypeError(f"{name}: expected {self.type()} for 'other' (got {other.type()})")
    if not callable(function):
        raise TypeError(f"'{type(function).__name__}' object is not callable")
    columns = [host(t._array).reshape(-1).tolist() for t in (self, *(o.expand(self.shape) for o in others))]
    made = np.empty(len(columns[0]), self._array.dtype)
    for i, values in enumerate(zip(*columns, strict=True)):
        value = function(*values)
        if not isinstance(value, (bool, int, float, complex, np.generic, Tensor)):
            raise TypeError(f"must be real number, not {type(value).__name__}")
        made[i] = held(value.item() if isinstance(value, Tensor) else value, self._array.dtype, name, "callable")
    self._array[...] = beside(made.reshape(self._array.shape), self._array)
    return self


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """逐元素应用函数 / Every element replaced by ``callable`` of it, in place. ``RuntimeError`` if it requires grad."""
    return _each("apply_", self, (), callable)


def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """逐对应用函数 / Every element a replaced by ``callable(a, b)`` with b from ``tensor``, which broadcasts."""
    return _each("map_", self, (tensor,), callable)


def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """逐组应用函数 / Every element a replaced by ``callable(a, b, c)`` with b and c from ``x`` and ``y``."""
    return _each("map2_", self, (x, y), callable)


for _made in (apply_, map_, map2_):
    publish(_made.__name__, _made, namespace=False)
