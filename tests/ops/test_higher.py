"""Second and third derivatives of every op: Hessians by all three ways, third derivatives beside PyTorch's.

In the ordinary run of some ops one sample each; of every op all samples in the longer one.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from tests.effort import long, rounds
from tests.ops import higher
from tests.ops.cases import CASES
from tests.ops.observe import plain, random_like
from tests.oracle import LIVE, torch

OPS = [name for name, op in CASES.items() if any(map(higher.asked, op.samples))]
tidu = importlib.import_module("tidu")


def samples(op: str) -> list[Any]:
    found = [s for s in CASES[op].samples if higher.asked(s)]
    return found if long() else found[:1]


def mismatches(found: dict[str, Any], sample: Any) -> list[str]:
    return [f"{sample.id} {name}: {m}" for name, c in found.items() for m in c.mismatches]


@pytest.mark.parametrize("op", OPS[:: rounds(6, 1)])
def test_all_ways_to_a_hessian_agree(op: str) -> None:
    for sample in samples(op):
        assert mismatches(higher.hessians(tidu, sample, torch), sample) == []


@pytest.mark.parametrize("op", OPS[3 :: rounds(16, 1)])
def test_they_agree_of_what_is_written_in_place(op: str) -> None:
    for sample in samples(op):
        written = higher.written(tidu, sample)
        if written is not None:
            assert mismatches(higher.hessians(tidu, written, torch), sample) == []


@pytest.mark.skipif(not LIVE, reason="PyTorch is not installed")
@pytest.mark.parametrize("op", OPS[:: rounds(40, 1)])
def test_third_derivatives_are_those_of_pytorch(op: str) -> None:
    for sample in samples(op):
        assert higher.thirds(tidu, torch, sample).mismatches == [], sample.id


@pytest.mark.parametrize("op", ["layer_norm", "batch_norm"])
def test_third_derivatives_that_pytorch_has_wrong_are_those_of_the_formula(op: str) -> None:
    """PyTorch takes the mean and the deviation for constants there; what is made of plain operations does not."""
    sample = next(s for s in CASES[op].samples if higher.asked(s))
    inputs = sample.build(tidu, requires_grad=True)[2]
    x, dims = inputs[0], (1,) if op == "layer_norm" else (0,)
    weight, bias = inputs[1:3] if op == "batch_norm" else (1.0, 0.0)
    centred = x - x.mean(dims, keepdim=True)
    by_hand = centred / ((centred**2).mean(dims, keepdim=True) + 1e-5).sqrt() * weight + bias
    wanted = thirds_of(tidu, sample, by_hand, inputs)
    assert np.allclose(wanted, higher.third_order(tidu, sample)["grads"][0]["value"], 1e-7, 1e-9)


def thirds_of(t: Any, sample: Any, out: Any, inputs: list[Any]) -> Any:
    leaves = [x for x in inputs if x.requires_grad]
    found = [out]
    for purpose in ("upstream", "second"):
        found = higher.pulled(t, found, leaves, random_like(t, sample, purpose, found), create_graph=True)
    return plain(higher.pulled(t, found, leaves, random_like(t, sample, "third", found))[0])["value"]


def test_a_wrong_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = next(s for s in CASES["tanh"].samples if higher.asked(s))
    way = higher.forward_over_reverse

    def wrong(t: Any, sample: Any) -> Any:
        found = way(t, sample)
        found["grads"][0]["value"][...] *= 1.001
        return found

    monkeypatch.setitem(higher.WAYS, "forward over reverse", wrong)
    assert higher.hessians(tidu, sample)["forward over reverse"].mismatches
