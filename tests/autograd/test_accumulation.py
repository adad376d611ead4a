"""What becomes ``.grad``: an array of its own, copied only where somebody else holds it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tidu
from tests.ops.cases import SAMPLES
from tests.ops.observe import sample_runner, tensors_in
from tidu import _engine
from tidu._graph import AccumulateGrad


def kept_by_hook(x: Any) -> list[Any]:
    seen: list[Any] = []
    x.register_hook(seen.append)
    return seen


def test_a_fresh_gradient_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    sole = []
    accumulate = AccumulateGrad.accumulate

    def noting(n: AccumulateGrad, g: Any, tensors: bool, owned: bool) -> None:
        sole.append(owned)
        accumulate(n, g, tensors, owned)

    monkeypatch.setattr(AccumulateGrad, "accumulate", noting)
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


def test_the_values_of_a_node_are_not_taken_for_new_ones() -> None:
    """Whoever holds an array, whatever an interpreter counts: what a formula was given is not its own."""
    x, y = tidu.ones(3, requires_grad=True), tidu.full((3,), 2.0)
    node = (x * y).exp().grad_fn
    new, other, given, kept, held = np.ones(3), np.ones(3), np.ones(3), node.result, node.held()
    assert _engine._owned(given, held, [new]) == [True]
    assert _engine._owned(given, held, [new, None, other]) == [True, False, True]
    assert _engine._owned(given, held, [new, None, None]) == [True, False, False]
    assert _engine._owned(given, held, [given]) == [False]
    assert _engine._owned(given, held, [kept, new]) == [False, True]
    assert _engine._owned(given, (x * y).grad_fn.held(), [y._array]) == [False]
    assert _engine._owned(given, held, [new, other, new]) == [False, True, False]
    assert _engine._owned(given, held, [new[:2]]) == [False]
    assert _engine._owned(given, held, [np.float64(1)]) == [False]


def grads_of(sample: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The leaves' gradients after a backward pass over a sample, and every other array that it leaves behind."""
    args, kwargs, inputs = sample.build(tidu, requires_grad=True)
    tidu.manual_seed(7)
    outs = [o for o in tensors_in(tidu, sample_runner(tidu, sample)(args, kwargs)) if o.requires_grad]
    upstream = [tidu.from_numpy(np.full(o.shape, 2, o.detach().numpy().dtype)) for o in outs]
    tidu.autograd.backward(outs, upstream, retain_graph=True)
    grads = [x.grad.numpy() for x in inputs if x.grad is not None]
    others = [x.detach().numpy() for x in (*inputs, *outs, *upstream)]
    nodes, seen = [o.grad_fn for o in outs], set()
    while nodes:
        node = nodes.pop()
        if node is not None and node not in seen:
            seen.add(node)
            others += [a for a in node.held() if isinstance(a, np.ndarray)]
            nodes += [n for n, _ in node.next_functions]
    return grads, others


@pytest.mark.parametrize("op", sorted({s.op for s in SAMPLES.values() if s.differentiable and not s.raises}))
def test_a_gradient_shares_memory_with_nothing(op: str) -> None:
    for sample in SAMPLES.values():
        if sample.op != op or sample.raises or not sample.differentiable:
            continue
        try:
            grads, others = grads_of(sample)
        except RuntimeError as error:  # a derivative that PyTorch has not either
            assert "not implemented" in str(error) or "support" in str(error), sample.id
            continue
        for a, b in [*itertools.combinations(grads, 2), *itertools.product(grads, others)]:
            assert not np.shares_memory(a, b), sample.id


def test_a_gradient_that_nobody_asked_for_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    x, layer = tidu.ones(1, 1, 4, 4, requires_grad=True), tidu.nn.Conv2d(1, 2, 3)
    loss, computed = layer(x).sum(), []

    def noting(i: int, formula: Any) -> Any:
        return lambda *args: (computed.append(i), formula(*args))[1]

    plan = layer(x).grad_fn.plan
    monkeypatch.setattr(plan, "kernels", tuple((i, noting(i, f), fetch) for i, f, fetch in plan.kernels))
    for asked in (x, layer.weight, layer.bias):
        tidu.autograd.grad(loss, asked, retain_graph=True)
    assert computed == [0, 1, 2]
    loss.backward()
    assert computed == [0, 1, 2, 0, 1, 2]
