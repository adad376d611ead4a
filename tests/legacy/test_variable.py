"""``legacy.Variable`` and its ``volatile``: whatever a volatile tensor goes through, nothing is recorded."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu
from tidu import nn
from tidu.legacy import Variable

w = tidu.ones(3, 3, requires_grad=True)


class Twice(tidu.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, other: Any) -> Any:
        return x * 2 + other

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2, g


def volatile(data: Any) -> Any:
    with pytest.warns(UserWarning, match=r"Use `with torch\.no_grad"):
        return Variable(data, volatile=True)


THROUGH: dict[str, Callable[[Any], Any]] = {
    "one operand": lambda v: v.exp(),
    "two": lambda v: v * w,
    "two, reflected": lambda v: w * v,
    "a number": lambda v: 2 / v,
    "a product": lambda v: w @ v,
    "a view": lambda v: v.t()[0].view(1, 3),
    "an index": lambda v: v[[0, 2], 1],
    "several results": lambda v: v.max(0)[0],
    "several views": lambda v: v.split(1)[2],
    "a list": lambda v: tidu.cat([w, v]),
    "where": lambda v: tidu.where(v > 0, w, v),
    "einsum": lambda v: tidu.einsum("ij,jk->ik", w, v),
    "a layer": lambda v: nn.Linear(3, 2)(v),
    "convolution": lambda v: nn.Conv2d(1, 2, 2)(v.view(1, 1, 3, 3)),
    "normalisation": lambda v: nn.BatchNorm1d(3)(v),
    "recurrent": lambda v: nn.LSTM(3, 2)(v)[0],
    "attention": lambda v: nn.TransformerEncoderLayer(3, 1, 4)(v),
    "embedding and loss": lambda v: nn.functional.cross_entropy(v @ nn.Embedding(3, 3).weight, tidu.tensor([0, 1, 2])),
    "a net": lambda v: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 1), nn.Sigmoid())(v).sum(),
    "a function of one's own": lambda v: Twice.apply(v, w),
    "linear algebra": lambda v: tidu.linalg.det(v + w),
}


@pytest.mark.parametrize("name", THROUGH)
def test_nothing_is_recorded_of_a_volatile_variable(name: str) -> None:
    data = tidu.tensor(np.random.default_rng(0).uniform(0.5, 2, (3, 3)), dtype=tidu.float32)
    tidu.manual_seed(0)
    made = THROUGH[name](volatile(data))
    assert not made.requires_grad and made.grad_fn is None and made.volatile
    tidu.manual_seed(0)
    with tidu.no_grad():
        wanted = THROUGH[name](data)
    np.testing.assert_allclose(made.numpy(), wanted.numpy(), rtol=1e-6)
    assert repr(made) == repr(wanted)


def test_others_are_recorded_as_ever() -> None:
    v = volatile(tidu.ones(3, 3))
    assert v.volatile and isinstance(v, Variable) and not v.requires_grad
    assert (w * v).is_leaf and (w * 2).requires_grad and tidu.is_grad_enabled()
    x = Variable(tidu.ones(3), requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="does not require grad"):
        (v * w).sum().backward()
    with pytest.raises(ValueError, match="volatile and require_grad"):
        Variable(tidu.ones(1), True, volatile=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not Variable(tidu.ones(1)).requires_grad


def test_today_s_tensors_have_no_volatile_but_a_word_about_it() -> None:
    x = tidu.ones(2)
    with pytest.warns(UserWarning, match=r"Variable\.volatile is always False"):
        assert x.volatile is False
    with pytest.warns(UserWarning, match="now has no effect"):
        x.volatile = True
    with pytest.warns(UserWarning, match="always False"):
        assert not x.volatile
