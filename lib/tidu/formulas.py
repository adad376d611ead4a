"""Other gradient formulas in the place of an op's own, as long as a ``with`` block lasts. 暂借的梯度公式。

In the course, students' own functions train a net this way. A plan is made of formulas when an op is first recorded, so
other plans are all that it takes: what is recorded within the block is differentiated by the lent formulas, whenever
that is, and the op itself, forward mode and what was recorded before know nothing of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tidu import _graph
from tidu._graph import Plan, unbroadcast
from tidu._op import Formula, Op
from tidu._registry import INTERNAL, OPS

__all__ = ["Formula", "Op", "differentiable", "lend", "unbroadcast"]

_open = threading.RLock()  # what is lent is lent to every thread, so one thread at a time may lend


class _Lent(dict[int, Plan]):
    """An op's plans, made of lent formulas."""

    def __init__(self, op: Op, formulas: Sequence[Formula | None]) -> None:
        self.op, self.formulas = op, formulas

    def get(self, mask: int, default: Any = None) -> Any:
        found = super().get(mask)
        if found is None:
            found = self[mask] = Plan(self.op, mask, self.formulas)
        return found


def differentiable() -> list[Op]:
    """有梯度公式的算子 / Every op that has a formula, the library's inner ones too."""
    import tidu.ops.layers  # noqa: F401

    return [op for op in (*OPS.values(), *INTERNAL.values()) if op.differentiable]


@contextmanager
def lend(
    formulas: Mapping[Op, Sequence[Formula | None]], undo: Callable[[Any, tuple[int, ...]], Any] | None = None
) -> Iterator[None]:
    """在块内用别的公式求导 / Within the block, differentiate these ops by other formulas.

    formulas  for each op one formula an operand, None just where the op has none. As the op's own they are given
              arrays, or Tensors where a gradient is to be differentiated again
    undo      what sums a gradient over the dimensions that broadcasting added or stretched: ``undo(g, shape)``

    Raises ``RuntimeError`` where another thread is in such a block.
    """
    for op, given in formulas.items():
        if [f is None for f in given] != [f is None for f in op.formulas]:
            raise ValueError(f"formulas of {op.name} must be for the operands that have one, got {list(given)}")
    if not _open.acquire(blocking=False):
        raise RuntimeError("another thread has lent formulas: one thread at a time")
    before = {op: op.plans for op in formulas}, _graph.undo_broadcast
    try:
        _plan({op: _Lent(op, given) for op, given in formulas.items()}, undo or _graph.undo_broadcast)
        yield
    finally:
        _plan(*before)
        _open.release()


def _plan(plans: Mapping[Op, dict[int, Plan]], undo: Callable[[Any, tuple[int, ...]], Any]) -> None:
    _graph.undo_broadcast = undo
    for op, made in plans.items():
        op.plans = made
        for forget in op.forget:
            forget()
