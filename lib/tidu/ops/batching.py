"""Batching rules: how ops are carried out on all examples at once. 批处理规则。

A rule is given an op, the level, the physical operands with the examples in front, which of them have any, and the
attributes; it returns the physical result. Elementwise ops have theirs in ``_batch``; what has none is carried out
example by example. Loaded with ``vmap``.
"""

from __future__ import annotations


def load() -> None:
    pass
