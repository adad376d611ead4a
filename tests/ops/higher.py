"""Derivatives of higher order of a sample: third ones, and Hessians times vectors, got to in three ways.

Reverse over reverse is what is compared with PyTorch itself (``observe``); forward over reverse and reverse over
forward have to give the same.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np

from tests.ops.observe import attempt, plain, random_like, sample_runner, swap, tensors_in
from tests.ops.sample import Sample

Record = dict[str, Any]


def prepared(t: Any, sample: Sample) -> tuple[list[Any], list[Any], tuple, dict]:
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    return [x for x in inputs if x.requires_grad], inputs, args, kwargs


def outputs(t: Any, sample: Sample, args: tuple, kwargs: dict) -> list[Any]:
    t.manual_seed(7)
    return [o for o in tensors_in(t, sample_runner(t, sample)(args, kwargs)) if o.requires_grad]


def pulled(t: Any, outs: list[Any], leaves: list[Any], seeds: list[Any], **options: Any) -> list[Any]:
    """Gradients, zeros where there is no way."""
    pairs = [(o, s) for o, s in zip(outs, seeds) if o is not None and o.requires_grad]
    if not pairs:
        return [t.zeros_like(x) for x in leaves]
    grads = t.autograd.grad([o for o, _ in pairs], leaves, [s for _, s in pairs], allow_unused=True, **options)
    return [t.zeros_like(x) if g is None else g for x, g in zip(leaves, grads)]


def third_order(t: Any, sample: Sample) -> Record:
    leaves, _, args, kwargs = prepared(t, sample)
    outs = outputs(t, sample, args, kwargs)
    upstream = random_like(t, sample, "upstream", outs)
    first = pulled(t, outs, leaves, upstream, create_graph=True)
    second = pulled(t, first, leaves, random_like(t, sample, "second", first), create_graph=True)
    third = pulled(t, second, leaves, random_like(t, sample, "third", second))
    return {"grads": [plain(g) for g in third]}


def reverse_over_reverse(t: Any, sample: Sample) -> Record:
    leaves, _, args, kwargs = prepared(t, sample)
    outs = outputs(t, sample, args, kwargs)
    first = pulled(t, outs, leaves, random_like(t, sample, "upstream", outs), create_graph=True)
    return {"grads": [plain(g) for g in pulled(t, first, leaves, random_like(t, sample, "tangent", leaves))]}


def dual(t: Any, sample: Sample) -> tuple[Any, list[Any], tuple, dict]:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    leaves, _, args, kwargs = prepared(t, sample)
    tangents = random_like(t, sample, "tangent", leaves)
    duals = {id(x): fwd.make_dual(x, d) for x, d in zip(leaves, tangents)}
    return fwd, leaves, swap(args, duals), swap(kwargs, duals)


def forward_over_reverse(t: Any, sample: Sample) -> Record:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    with fwd.dual_level():
        fwd, leaves, args, kwargs = dual(t, sample)
        outs = outputs(t, sample, args, kwargs)
        first = pulled(t, outs, leaves, random_like(t, sample, "upstream", outs))
        found = [fwd.unpack_dual(g).tangent for g in first]
        return {"grads": [plain(t.zeros_like(x) if d is None else d) for x, d in zip(leaves, found)]}


def reverse_over_forward(t: Any, sample: Sample) -> Record:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    with fwd.dual_level():
        fwd, leaves, args, kwargs = dual(t, sample)
        outs = outputs(t, sample, args, kwargs)
        pushed = [fwd.unpack_dual(o).tangent for o in outs]
    return {"grads": [plain(g) for g in pulled(t, pushed, leaves, random_like(t, sample, "upstream", outs))]}


def hessians(t: Any, sample: Sample) -> tuple[Record, Record, Record]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        ways = (reverse_over_reverse, forward_over_reverse, reverse_over_forward)
        first, second, third = (attempt(way, t, sample) for way in ways)
        return first, second, third
