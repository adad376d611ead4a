"""Functions that the notebooks give to the student; each stands in a given cell of its notebook, word for word."""

from __future__ import annotations

import math

import numpy as np


def net(x, w):
    """One layer: ``y = tanh(w @ x)``."""
    return np.tanh(w @ x)


def net_vjp(v, x, w):
    """The VJP of ``net`` with respect to ``x``: of the shape of ``x``, for a ``v`` of the shape of ``y``."""
    return w.T @ (v * (1 - np.tanh(w @ x) ** 2))


def broadcast_shape(*shapes):
    """The shape that several shapes broadcast to: lined up from the right, a 1 gives way to any other length."""
    ndim = max((len(shape) for shape in shapes), default=0)
    lined_up = [(1,) * (ndim - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(next((n for n in lengths if n != 1), 1) for lengths in zip(*lined_up))


class Value:
    """A number that remembers what it was computed from.

    data     the number itself, a float
    parents  for each operand the Value that it was, or None where it was a plain number
    slopes   for each operand how fast ``data`` changes with it
    grad     the derivative of the result of a whole computation: what backward is to find
    """

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents = tuple(p if isinstance(p, Value) else None for p in parents)
        self.slopes = tuple(slopes)

    def __add__(self, other):
        return Value(self.data + number(other), (self, other), (1.0, 1.0))

    def __sub__(self, other):
        return Value(self.data - number(other), (self, other), (1.0, -1.0))

    def __mul__(self, other):
        return Value(self.data * number(other), (self, other), (number(other), self.data))

    def __radd__(self, other):
        return Value(other + self.data, (other, self), (1.0, 1.0))

    def __rsub__(self, other):
        return Value(other - self.data, (other, self), (1.0, -1.0))

    def __rmul__(self, other):
        return Value(other * self.data, (other, self), (self.data, other))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def __repr__(self):
        return f"Value({self.data:g})"


def number(x):
    """The plain number in a Value; a plain number as it is."""
    return x.data if isinstance(x, Value) else x
