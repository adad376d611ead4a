"""Every layer against PyTorch: how it starts from a seed, its printed form, its state, what it computes in training and
in evaluation, gradients of inputs and parameters and theirs, copies, errors.

PyTorch is asked live where it is installed; elsewhere its recorded answers stand in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tidu
from tests.nn.cases import LAYERS
from tests.nn.observe import observe
from tests.ops import golden
from tests.ops.observe import Comparison, as_declared
from tests.oracle import LIVE, torch

RECORDED = Path(__file__).with_name("golden.npz")


def wanted(sample: Any) -> tuple[Any, float]:
    """PyTorch's observation, and how much looser than usual floats must be compared with it."""
    if not LIVE:
        return golden.load(RECORDED)[sample.id], golden.SLACK
    live = observe(torch, sample)
    assert (problem := as_declared(sample, live)) is None, problem
    return live, 0.0


@pytest.mark.parametrize("key", LAYERS)
def test_layer(key: str) -> None:
    sample = LAYERS[key]
    want, slack = wanted(sample)
    found = Comparison(sample, slack)(want, observe(tidu, sample))
    assert not found.mismatches, f"{key}\n" + "\n".join(found.mismatches)


def test_samples_and_recorded_answers_are_the_same_set() -> None:
    assert sorted(golden.load(RECORDED)) == sorted(LAYERS)


def test_every_layer_has_samples() -> None:
    layers = [
        name for name, made in vars(tidu.nn).items() if isinstance(made, type) and issubclass(made, tidu.nn.Module)
    ]
    without = {"Module", "Container", "RNNBase", "RNNCellBase"}  # which are tested in test_module
    assert sorted(set(layers) - without - {s.op for s in LAYERS.values()}) == []
