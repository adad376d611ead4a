"""Every op against PyTorch: values, dtype, shape, strides, aliasing, errors, derivatives of first and second order,
forward mode, in-place forms, ``out=``, node names.

PyTorch is asked live where it is installed, and its recorded answers are checked on the way; elsewhere they stand in.
``TIDU_MODULE=torch`` runs PyTorch against its own recorded answers.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

from tests.ops import golden
from tests.ops.cases import CASES, SAMPLES
from tests.ops.observe import Comparison, as_declared, observe

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

LIVE = torch is not None and torch.__version__.startswith(golden.VERSION)
under_test = importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))


def wanted(sample: Any) -> tuple[Any, float]:
    """PyTorch's observation, and how much looser than usual floats must be compared with it."""
    recorded = golden.load()[sample.id]
    if not LIVE or under_test is torch:
        return recorded, golden.SLACK
    live = observe(torch, sample)
    assert (problem := as_declared(sample, live)) is None, problem
    stale = Comparison(sample, golden.SLACK)(recorded, live).mismatches
    assert not stale, f"recorded answers are stale, run python -m tests.ops.record: {stale}"
    return live, 0.0


@pytest.mark.parametrize("key", SAMPLES)
def test_op(key: str, record_property: Any) -> None:
    sample = SAMPLES[key]
    want, slack = wanted(sample)
    found = Comparison(sample, slack)(want, observe(under_test, sample))
    record_property("conformance", (sample.op, found.compared, len(found.mismatches)))
    assert not found.mismatches, f"{key}\n" + "\n".join(found.mismatches)


def test_every_registered_op_has_samples() -> None:
    registry = importlib.import_module("tidu._registry")
    importlib.import_module("tidu")
    assert sorted(set(registry.OPS) - set(CASES)) == []


def test_samples_and_recorded_answers_are_the_same_set() -> None:
    assert sorted(golden.load()) == sorted(SAMPLES)


def test_a_wrong_result_is_seen() -> None:
    """The comparison itself can fail: one bit of dtype, stride, value, node or error is enough."""
    sample = SAMPLES["mul-0"]
    truth = golden.load()["mul-0"]
    for path, wrong in (
        (("result", "out", "dtype"), "float32"),
        (("result", "out", "stride"), [1, 3]),
        (("result", "out", "value"), truth["result"]["out"]["value"] + 1e-3),
        (("backward", "nodes"), ["DivBackward0"]),
        (("backward", "grads"), truth["backward"]["grads"][::-1]),
        (("forward mode",), {"raises": "RuntimeError", "message": ""}),
        (("in-place", "bumps"), 0),
        (("forms",), ["function"]),
    ):
        assert Comparison(sample, golden.SLACK)(truth, replaced(truth, path, wrong)).mismatches, path


def replaced(tree: Any, path: tuple[str, ...], value: Any) -> Any:
    return {**tree, path[0]: replaced(tree[path[0]], path[1:], value)} if path else value
