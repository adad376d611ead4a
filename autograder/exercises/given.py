"""Functions that the notebooks give to the student; each stands in a given cell of its notebook, word for word."""

from __future__ import annotations

import numpy as np


def unbroadcast(g, shape):
    """Add up ``g`` over the dimensions that broadcasting added or stretched, back to ``shape``."""
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True)


def net(x, w):
    """One layer: ``y = tanh(w @ x)``."""
    return np.tanh(w @ x)


def net_vjp(v, x, w):
    """The VJP of ``net`` with respect to ``x``: of the shape of ``x``, for a ``v`` of the shape of ``y``."""
    return w.T @ (v * (1 - np.tanh(w @ x) ** 2))
