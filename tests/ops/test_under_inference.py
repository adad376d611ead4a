"""Under ``inference_mode``, where no account of views is kept, each op gives what it gives elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tidu
from tests.effort import rounds
from tests.ops.cases import CASES
from tests.ops.observe import Record, attempt, describe, forms, result
from tests.ops.sample import Sample

EVERY = rounds(5, 1)


def written(t: Any, sample: Sample) -> Record:
    """What a write in place leaves in a tensor, and in the base of a view."""
    args, kwargs, _ = sample.build(t)
    base = t.stack([args[0], args[0]])
    t.manual_seed(7)
    getattr(base[1], sample.op + "_")(*args[1:], **kwargs)
    getattr(args[0], sample.op + "_")(*args[1:], **kwargs)
    return {"of a view": describe(t, base, []), "itself": describe(t, args[0], [])}


def under(mode: bool, look: Callable[..., Record], sample: Sample) -> str:
    with warnings.catch_warnings(), np.errstate(all="ignore"), tidu.inference_mode(mode):
        warnings.simplefilter("ignore")
        shown = attempt(look, tidu, sample)
    if "raises" in shown:  # of a view that is told to require a gradient, another error
        return "an error"
    with np.printoptions(threshold=10**6):
        return repr(shown)


def test_every_op() -> None:
    """Apart from what nobody has written, what is asked to require a gradient, and ``detach_`` of a view that is not
    known to be one."""
    looked, different = 0, []
    for op in CASES.values():
        if not op.options.get("values", True):
            continue
        for sample in op.samples[::EVERY]:
            if sample.kwargs.get("requires_grad"):
                continue
            looks = [result] * (op.name != "detach_")
            if sample.call is None and sample.raises is None and "in-place" in forms(tidu, sample):
                looks += [written] * (not sample.op.endswith("_") and op.name != "detach")
            for look in looks:
                looked += 1
                if under(True, look, sample) != under(False, look, sample):
                    different.append(f"{sample.id}, {look.__name__}")
    assert looked > 10_000 / EVERY and not different, different
