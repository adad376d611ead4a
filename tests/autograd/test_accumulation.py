"""What becomes ``.grad``: an array of its own, copied only where somebody else holds it."""

from __future__ import annotations

from typing import Any

import pytest

import tidu


def kept_by_hook(x: Any) -> list[Any]:
    seen: list[Any] = []
    x.register_hook(seen.append)
    return seen


def test_a_fresh_gradient_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from tidu import _engine

    sole = []
    accumulate = _engine._accumulate
    monkeypatch.setattr(
        _engine, "_accumulate", lambda v, g, tensors, owned: (sole.append(owned), accumulate(v, g, tensors, owned))
    )
    a, b = tidu.ones(2, 3, requires_grad=True), tidu.ones(3, 2, requires_grad=True)
    (a @ b).sum().backward()
    assert sole == [True, True]


def test_what_others_hold_is_copied() -> None:
    x, y = tidu.ones(3, requires_grad=True), tidu.ones(3, requires_grad=True)
    upstream = tidu.ones(3)
    (x + y).backward(upstream)
    addresses = {t.data_ptr() for t in (x.grad, y.grad, upstream)}
    assert len(addresses) == 3
    x.grad.add_(1)
    assert y.grad.tolist() == upstream.tolist() == [1, 1, 1]


def test_a_gradient_that_a_hook_kept_does_not_change_later() -> None:
    x = tidu.ones(3, requires_grad=True)
    seen = kept_by_hook(x)
    (x * 3).backward(tidu.ones(3))
    (x * 3).backward(tidu.ones(3))
    assert [g.tolist() for g in seen] == [[3, 3, 3], [3, 3, 3]]
    assert x.grad.tolist() == [6, 6, 6]


def test_saved_values_are_not_handed_out() -> None:
    x = tidu.ones(3, requires_grad=True)
    y = x.exp()
    y.sum().backward()
    x.grad.zero_()
    assert y.tolist() == pytest.approx([2.718281828] * 3)
