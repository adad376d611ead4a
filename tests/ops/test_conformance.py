"""Every op against PyTorch: values, dtype, shape, strides, aliasing, errors, derivatives of first and second order,
forward mode, in-place forms, ``out=``, node names.

PyTorch is asked live where it is installed, and its recorded answers are checked on the way; elsewhere they stand in.
``TIDU_MODULE=torch`` runs PyTorch against its own recorded answers.

Not compared: derivatives where PyTorch has none or stops on an internal assertion (``GAPS`` in ``observe``), and NaN
that PyTorch alone gives beyond the first backward. "No path" and zero are the same answer there.
"""

from __future__ import annotations

import importlib
import os
import traceback
from typing import Any

import pytest

from tests.ops import golden
from tests.ops.cases import CASES, SAMPLES, WITHIN
from tests.ops.observe import Comparison, as_declared, observe
from tests.oracle import LIVE, torch

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


@pytest.mark.parametrize("op", CASES)
def test_op(op: str, record_property: Any) -> None:
    """All samples of an op: what each differs in is told, and an error in one keeps no other from being compared."""
    compared, differ = 0, dict[str, list[str]]()
    for sample in CASES[op].samples:
        try:
            want, slack = wanted(sample)
            found = Comparison(sample, slack)(want, observe(under_test, sample))
        except Exception:
            differ[sample.id] = [traceback.format_exc()]
        else:
            compared += found.compared
            differ |= {sample.id: found.mismatches} if found.mismatches else {}
    record_property("conformance", (op, len(CASES[op].samples), compared, sum(map(len, differ.values()))))
    assert compared and not differ, "\n".join(f"{key}: {one}" for key, found in differ.items() for one in found)


def test_every_registered_op_has_samples() -> None:
    assert sorted(set(registered()) - set(CASES) - set(WITHIN)) == []
    assert sorted(set(WITHIN) - set(registered())) == []


@pytest.mark.parametrize("name", WITHIN)
def test_inner_op_is_run_by_the_samples_that_are_to_cover_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op = registered()[name]
    runs: list[str] = []
    kernel = op.kernel
    monkeypatch.setattr(op, "kernel", lambda *args, **attrs: [runs.append(name), kernel(*args, **attrs)][1])
    for sample in CASES[WITHIN[name]].samples:
        record = observe(under_test, sample)
        if runs or op.grad_name in record.get("backward", {}).get("nodes", ()):
            return
    pytest.fail(f"no sample of {WITHIN[name]} runs {name}")


def registered() -> dict[str, Any]:
    """Every op there is, the engine's own included."""
    importlib.import_module("tidu")
    registry = importlib.import_module("tidu._registry")
    return {**registry.OPS, **registry.INTERNAL}


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
