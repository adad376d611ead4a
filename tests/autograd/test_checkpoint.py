"""What checkpoints are for: memory; and what they must not change."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import pytest

import tidu
from tidu import nn
from tidu.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

SIZE, LAYERS = 64 * 1024, 6


def deep(x: Any) -> Any:
    for _ in range(LAYERS):
        x = (x * 0.9).sin()
    return x


def held(**options: Any) -> tuple[int, int, Any]:
    """Bytes between forward and backward, at most during backward, and the gradient."""
    x = tidu.ones(SIZE, requires_grad=True)
    gc.collect()
    tracemalloc.start()
    try:
        y = checkpoint(deep, x, **options) if options else deep(x)
        between = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        y.sum().backward()
        return between, tracemalloc.get_traced_memory()[1], x.grad
    finally:
        tracemalloc.stop()


def test_nothing_but_inputs_and_outputs_is_held_between_forward_and_backward() -> None:
    layer = SIZE * 4
    checkpoint(deep, tidu.ones(1, requires_grad=True), use_reentrant=True).backward()  # what is loaded once
    plain, _, wanted = held()
    assert plain > LAYERS * layer
    for use_reentrant in (True, False):
        between, most, found = held(use_reentrant=use_reentrant)
        assert between < 1.2 * layer, use_reentrant  # the result
        assert most < plain + 4 * layer, use_reentrant
        assert tidu.equal(found, wanted)


def test_segments_hold_one_segment_at_a_time() -> None:
    parts = [deep] * 6
    x = tidu.ones(SIZE, requires_grad=True)
    gc.collect()
    tracemalloc.start()
    try:
        y = checkpoint_sequential(parts, 6, x, use_reentrant=False)
        tracemalloc.reset_peak()
        y.sum().backward()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < (2 * LAYERS + 6 + 6) * SIZE * 4  # without: 6 * LAYERS and more


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_nothing_is_left_of_a_checkpoint(use_reentrant: bool) -> None:
    x = tidu.ones(4, requires_grad=True) * 1
    known = weakref.ref(x)
    gc.collect()
    gc.disable()
    try:
        y = checkpoint(deep, x, use_reentrant=use_reentrant)
        y.sum().backward()
        del x, y
        assert known() is None
    finally:
        gc.enable()


def test_a_net_with_normalisation_and_dropout_trains_as_without() -> None:
    def losses(use_reentrant: bool | None) -> list[float]:
        tidu.manual_seed(0)
        block = nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.ReLU(), nn.Dropout(0.5))
        head = nn.Linear(6, 1)
        steps = tidu.optim.SGD([*block.parameters(), *head.parameters()], 0.1)
        found = []
        for _ in range(4):
            x = tidu.randn(8, 6, requires_grad=True)
            h = block(x) if use_reentrant is None else checkpoint(block, x, use_reentrant=use_reentrant)
            loss = (head(h) ** 2).mean()
            steps.zero_grad()
            loss.backward()
            steps.step()
            found.append(round(loss.item(), 5))
        return found

    assert losses(None) == losses(True) == losses(False)


def test_an_error_says_where_tensors_were_saved_in_debug() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x.sin().exp() if len(calls) == 1 else x.sin()

    with pytest.raises(CheckpointError, match=r"test_checkpoint\.py:\d+ in f: torch\.float32 \[3\]"):
        checkpoint(f, tidu.ones(3, requires_grad=True), use_reentrant=False, debug=True).sum().backward()


def test_an_error_within_leaves_everything_as_it_was() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise ZeroDivisionError
        return x.sin()

    for use_reentrant in (True, False):
        calls.clear()
        state = tidu.get_rng_state()
        y = checkpoint(f, tidu.ones(3, requires_grad=True), use_reentrant=use_reentrant)
        with pytest.raises(ZeroDivisionError):
            y.sum().backward()
        x = tidu.ones(3, requires_grad=True)
        assert tidu.is_grad_enabled() and tidu.equal(tidu.get_rng_state(), state)
        out = x.sin()
        out.sum().backward()  # no hooks are left
        assert tidu.equal(x.grad, x.detach().cos())


def test_modules_of_modules_under_nested_checkpoints() -> None:
    tidu.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2).eval(), nn.ReLU(), nn.Conv2d(2, 1, 3))
    x = tidu.randn(2, 1, 6, 6)

    def halves(x: Any) -> Any:
        return checkpoint(net[2:], checkpoint(net[:2], x, use_reentrant=False), use_reentrant=False)

    net(x).pow(2).sum().backward()
    wanted = [p.grad for p in net.parameters()]
    net.zero_grad()
    checkpoint(halves, x, use_reentrant=False).pow(2).sum().backward()
    assert all(tidu.allclose(p.grad, w) for p, w in zip(net.parameters(), wanted, strict=True))
