"""``vmap`` of every op: what it gives is what the function gives of each example, and what PyTorch's gives.

The samples are those of ``tests/ops``. A batch is the sample's own tensors and, as a second example, the same numbers
in reverse order; which tensors are batched, and along which dimension, is told by ``MASKS``.
"""

from __future__ import annotations

import importlib
import os
import warnings
from typing import Any

import numpy as np
import pytest

from tests.effort import long
from tests.ops.cases import SAMPLES
from tests.ops.observe import sample_runner
from tests.ops.sample import Sample
from tests.oracle import LIVE, torch

under_test = importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))

RANDOM = set()  # what draws numbers is tested apart


def batched(t: Any, x: Any, dim: int) -> Any:
    """Two examples: ``x``, and its numbers in reverse order; ``dim`` counts them."""
    a = x.numpy()
    both = np.stack([a, a[tuple([slice(None, None, -1)] * a.ndim)]])
    return t.from_numpy(np.moveaxis(both, 0, dim).copy())


def masks(count: int) -> list[list[int | None]]:
    """Which of so many tensors are batched, and where."""
    found: list[list[int | None]] = [[0] * count]
    if count > 1:
        found += [[0 if k == j else None for k in range(count)] for j in range(count)]
    found.append([-1] * count)
    return found


def attempt(f: Any, *args: Any) -> Any:
    try:
        return f(*args)
    except Exception as error:
        return error


def outputs(t: Any, value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [o for v in value for o in outputs(t, v)]
    return [value]


def run(t: Any, sample: Sample, dims: list[int | None], mapped: bool) -> Any:
    """The sample's function under ``vmap``, or of one example after the other and stacked."""
    args, kwargs, tensors = sample.build(t)
    stacks = [x if d is None else batched(t, x, d) for x, d in zip(tensors, dims, strict=True)]
    runner = sample_runner(t, sample)

    def call(*given: Any) -> list[Any]:
        swap = {id(x): g for x, g in zip(tensors, given, strict=True)}

        def placed(v: Any) -> Any:
            if id(v) in swap:
                return swap[id(v)]
            return type(v)(placed(e) for e in v) if type(v) in (tuple, list) else v

        return outputs(t, runner(placed(args), {k: placed(v) for k, v in kwargs.items()}))

    if mapped:
        return t.func.vmap(call, in_dims=tuple(dims))(*stacks)
    found = [call(*[x if d is None else x.select(d, i).clone() for x, d in zip(stacks, dims, strict=True)])
             for i in range(2)]  # fmt: skip
    return [t.stack(list(parts)) for parts in zip(*found, strict=True)]


def difference(got: Any, want: Any, tol: float) -> str | None:
    if len(got) != len(want):
        return f"{len(got)} outputs for {len(want)}"
    for k, (g, w) in enumerate(zip(got, want, strict=True)):
        if str(g.dtype).split(".")[-1] != str(w.dtype).split(".")[-1] or tuple(g.shape) != tuple(w.shape):
            return f"output {k} is {g.dtype} {tuple(g.shape)} for {w.dtype} {tuple(w.shape)}"
        a, b = (x.detach().resolve_conj().numpy() for x in (g, w))
        if not np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True):
            return f"output {k}: {a.tolist()} for {b.tolist()}"
    return None


def check(sample: Sample, dims: list[int | None], live: bool) -> str | None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        want = attempt(run, under_test, sample, dims, False)
        if isinstance(want, Exception):
            return None
        got = attempt(run, under_test, sample, dims, True)
        tol = 1e-4 if any(str(w.dtype).endswith(("16", "32", "complex64")) for w in want) else 1e-8
        if isinstance(got, Exception):
            theirs = attempt(run, torch, sample, dims, True) if LIVE else got
            if isinstance(theirs, Exception) and isinstance(got, type(theirs)):
                return None
            return f"{type(got).__name__}: {got}"
        return difference(got, want, max(tol, sample.options.get("tol", 0)))


KEYS = [k for k, s in SAMPLES.items() if s.raises is None and s.options.get("values", True) and s.args]


@pytest.mark.parametrize("key", KEYS if long() else KEYS[::7])
def test_vmap_of_an_op_is_the_op_of_each_example(key: str) -> None:
    sample = SAMPLES[key]
    count = len(sample.build(under_test)[2])
    if not count:
        return
    problems = [f"in_dims={dims}: {p}" for dims in masks(count) if (p := check(sample, dims, LIVE))]
    assert not problems, "\n".join([key, *problems])
