"""Samples of padding layers."""

from __future__ import annotations

from tests.nn.sample import layer
from tests.ops.sample import ANY, f

for _n in (1, 2, 3):
    _x = f(2, 3, *(5, 4, 5)[:_n])
    layer(f"ConstantPad{_n}d", 1, 2.5)(_x)(f(3, *(5, 4, 5)[:_n]))
    layer(f"ConstantPad{_n}d", tuple(range(2 * _n)), 3)(_x)
    for _name in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
        layer(f"{_name}{_n}d", 1)(_x).error(ANY, f(3))
        layer(f"{_name}{_n}d", tuple(k % 3 for k in range(2 * _n)))(_x)(f(3, *(5, 4, 5)[:_n]))
