"""What the exercises of notebook 08 share: tensors of given arrays, and the library's own vector-Jacobian products."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import tidu


def tensor(array: np.ndarray, requires_grad: bool = False) -> tidu.Tensor:
    """A tensor of the array's values; its own memory, since a tensor has no negative strides."""
    return tidu.tensor(np.array(array, order="C"), requires_grad=requires_grad)


def gradients(f: Callable[..., tidu.Tensor], inputs: Sequence[np.ndarray], v: np.ndarray) -> tuple[np.ndarray, ...]:
    """The library's own vector-Jacobian product."""
    tensors = [tensor(x, requires_grad=True) for x in inputs]
    found = tidu.autograd.grad(f(*tensors), tensors, tensor(v))
    return tuple(g.numpy() for g in found if g is not None)
