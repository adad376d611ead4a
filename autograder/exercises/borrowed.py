"""Functions that stand in for a student's own of the same name while a later exercise is checked.

An answer may call what the student wrote in an earlier exercise; with the right one in its place, a slip there costs
its own points and no others. Each is self-contained, for it also runs where the course is not installed.
"""

from __future__ import annotations

import numpy as np


def unbroadcast(g, shape):
    """Add up ``g`` over the dimensions that broadcasting added or stretched, back to ``shape``."""
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True)


def contiguous_strides(shape):
    """Strides, in elements, of contiguous memory: row by row, a length of 0 counting as 1."""
    stride: list[int] = []
    step = 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= max(n, 1)
    return tuple(stride)


def merge_runs(shape, stride):
    """``(length, stride)`` of each run of dimensions that merge, without those of length 1."""
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * s:
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    return tuple(runs)


def backward_order(root):
    """The nodes that ``root`` was computed from, itself included, each before its own operands."""
    order, waiting, seen = [], [(root, False)], set()
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents if parent is not None]
    return order[::-1]
