"""Where no gradient passes it is 0, whatever arrives: not 0 times inf."""

from __future__ import annotations

import math
from typing import Any

import pytest


@pytest.mark.parametrize("name", ["relu", "clamp"])
def test_a_masked_gradient_is_zero_even_of_inf_and_nan(t: Any, name: str) -> None:
    for dtype in (t.float32, t.float64, t.float16):
        x = t.tensor([-3.0, -3.0, 2.0, 0.5], dtype=dtype, requires_grad=True)
        y = x.relu() if name == "relu" else x.clamp(-1, 5)
        y.backward(t.tensor([math.inf, math.nan, math.inf, 4.0], dtype=dtype))
        assert x.grad.tolist() == [0.0, 0.0, math.inf, 4.0]


def test_a_nan_passes_its_gradient_through_relu(t: Any) -> None:
    x = t.tensor([math.nan], requires_grad=True)
    x.relu().backward(t.tensor([3.0]))
    assert x.grad.tolist() == [3.0]


def test_relu_asks_its_result_as_it_stands(t: Any) -> None:
    """A write that is not counted can leave numbers below 0 there: no gradient passes, as none does at 0."""
    x = t.tensor([1.0, 1.0, 1.0, -1.0], requires_grad=True)
    y = x.relu()
    y.data.copy_(t.tensor([2.0, -2.0, 0.0, 3.0]))
    y.backward(t.tensor([5.0, 6.0, math.inf, 7.0]))
    assert x.grad.tolist() == [5.0, 0.0, 0.0, 7.0]


def test_the_angle_of_the_origin_has_gradient_zero(t: Any) -> None:
    x, y = (t.zeros(2, requires_grad=True) for _ in range(2))
    t.atan2(x, y).sum().backward()
    assert x.grad.tolist() == y.grad.tolist() == [0.0, 0.0]
