"""What carries a tangent, and until when. 谁带着切向量。

The tangent of a view is that view of its base's tangent, and what is written into a tensor is written into its tangent,
so that a history of writes, which ``_inplace`` keeps of values, is kept of tangents by the same means.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._backend import repeats
from tidu._modes import Rider, modes
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, element_strides, wrap


def give(carrier: Any, tangent: Any) -> None:
    """Let a tensor (or the node that saved it) carry a tangent, until the level ends.

    It lies in memory as the tensor does, so that whatever is a view of the one is a view of the other.
    """
    if isinstance(tangent, Tensor) and isinstance(carrier, Tensor) and tangent._array.size and not rides(tangent):
        strides = element_strides(carrier._array)
        if element_strides(tangent._array) != strides and not repeats(carrier._array):
            tangent = FUNCTIONS["empty_strided"](tangent.shape, strides, dtype=tangent.dtype).copy_(tangent)
    carrier._tangent = tangent
    if tangent is not None:
        modes.carriers.append(weakref.ref(carrier))


def follow(view: Tensor) -> None:
    """Give a view that was made before its base had a tangent what it sees of that."""
    v = view._view
    if view._tangent is None and v is not None and v.base._tangent is not None:
        seen = v.base._tangent
        for step, attrs in v.recipe:
            seen = step(seen, **attrs)
        view._tangent = seen
        modes.carriers.append(weakref.ref(view))


def rides(t: Tensor) -> bool:
    """Whether a tangent is a batch of several."""
    return isinstance(t._tangent, Rider)


def write(x: Tensor, tangent: Tensor | None) -> None:
    """What was written into ``x`` has this tangent, or none: it is written into that of ``x``, which its views see."""
    base = x if x._view is None else x._view.base
    if tangent is None:
        if x._tangent is not None:
            x._tangent.zero_()
        return
    if x._tangent is not None and rides(tangent) and not rides(x._tangent):
        give(base, base._tangent + _zero(tangent))
        x._tangent = base._tangent if x is base else None
    if x._tangent is None:
        if base._tangent is None:
            if x is base and tangent._array.dtype == x._array.dtype:
                give(base, tangent.clone())
                return
            else:
                zeros = wrap(np.zeros_like(base._array))
                give(base, zeros + _zero(tangent) if rides(tangent) else zeros)
            for reference in modes.views:
                view = reference()
                if view is not None and view._view is not None and view._view.base is base:
                    follow(view)
        follow(x)
    if x._tangent is not None and x._tangent is not tangent:
        x._tangent.copy_(tangent)


def _zero(tangent: Tensor) -> Tensor:
    """A zero that is a batch of as many as ``tangent`` is one of."""
    return tangent.sum().isnan().to(tangent.dtype) * 0


def has_tangent(args: Sequence[Any]) -> bool:
    return any(isinstance(a, Tensor) and a._tangent is not None for a in args)
