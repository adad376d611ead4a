"""A second backward fails, or not, for each sample of each op as on PyTorch, which frees the tensors that it saved."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tidu
from tests.effort import rounds
from tests.ops.cases import CASES
from tests.ops.observe import sample_runner
from tests.ops.sample import Sample

torch = pytest.importorskip("torch")
EVERY = rounds(4, 1)

# What PyTorch does otherwise, and why.
APART = {
    "add sub lerp gradient": "a factor that is a number is saved as a tensor",
    "nn.functional.pad": "copies of elements are told by positions, there by the padding and the input",
    "dist": "of p=0 there is no derivative there",
    "linalg.householder_product geqrf": "has no derivative here for what is not a matrix",
}
LEFT_OUT = frozenset(" ".join(APART).split())


def refused(t: Any, sample: Sample) -> str:
    """Which of two backward passes through the call is the first that fails."""
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    t.manual_seed(7)
    try:
        out = sample_runner(t, sample)(args, kwargs)
    except Exception:  # as the sample shows
        return "no history"
    found = [y for y in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(y, t.Tensor)]
    found = [y for y in found if y.requires_grad]
    if not found:
        return "no history"
    leaves = [x for x in inputs if x.requires_grad]
    for pass_ in ("first", "second"):
        try:
            t.autograd.grad(found, leaves, [t.ones_like(y) for y in found], allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return pass_
    return "none"


def test_each_sample() -> None:
    looked, different = 0, []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, op in CASES.items():
            if name in LEFT_OUT:
                continue
            for sample in op.samples[::EVERY]:
                if not sample.differentiable or sample.call is not None or sample.raises is not None:
                    continue
                theirs = refused(torch, sample)
                if theirs in ("first", "no history"):
                    continue
                looked += 1
                ours = refused(tidu, sample)
                if ours != theirs:
                    different.append(f"{sample.id}: {ours}, there {theirs}")
    assert looked > 3000 / EVERY and not different, different
