"""Derivatives of higher order of a sample: third ones, and Hessians times vectors, got to in three ways.

Reverse over reverse is compared with PyTorch itself (``observe``). Forward over reverse and reverse over forward have
to give the same: PyTorch's own do not always (what an LU decomposition saved has no tangent there).
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from tests.ops.observe import UNASKED, Comparison, Record, attempt, plain, random_like, sample_runner, swap, tensors_in
from tests.ops.sample import Sample

# Functions of symmetric matrices: off the symmetric ones the ways need not agree, as each reads other elements.
SYMMETRIC = frozenset(("linalg.cholesky", "linalg.cholesky_ex", "linalg.eigh", "linalg.eigvalsh"))


# Here the ways do not agree, in neither library; each is compared with PyTorch's own. A pseudo-inverse that leaves out
# singular values is differentiated at constant rank: its Hessian is not symmetric. The gradient 0 of ``xlogy`` and its
# like at their singular points is differentiated as 0 in one way and as log(y) in the other.
EACH_ALONE = frozenset(
    "linalg.pinv-7 linalg.pinv-8 linalg.pinv-9 linalg.pinv-11 pinverse-1 pinverse-2 xlogy-47 xlogy-48 "
    "special_xlog1py-8".split()
)
# Of a singular matrix PyTorch's determinant has no tangent, and neither has ours; and a third derivative where there
# are two rows, of which the determinant is a polynomial of degree two.
APART = frozenset(("linalg.det-16", "linalg.det-17"))
# PyTorch's third derivatives of these take the mean and the deviation for constants.
CONSTANT = "batch_norm nn.functional.batch_norm nn.functional.instance_norm instance_norm layer_norm".split()


def prepared(t: Any, sample: Sample) -> tuple[list[Any], tuple, dict]:
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    return [x for x in inputs if x.requires_grad], args, kwargs


def outputs(t: Any, sample: Sample, args: tuple, kwargs: dict) -> list[Any]:
    t.manual_seed(7)
    return [o for o in tensors_in(t, sample_runner(t, sample)(args, kwargs)) if o.requires_grad]


def direction(t: Any, sample: Sample, leaves: list[Any]) -> list[Any]:
    found = random_like(t, sample, "tangent", leaves)
    return [(d + d.mT) / 2 if d.dim() > 1 else d for d in found] if sample.op in SYMMETRIC else found


def pulled(t: Any, outs: list[Any], leaves: list[Any], seeds: list[Any], **options: Any) -> list[Any]:
    """Gradients, zeros where there is no way."""
    pairs = [(o, s) for o, s in zip(outs, seeds) if o is not None and o.requires_grad]
    if not pairs:
        return [t.zeros_like(x) for x in leaves]
    grads = t.autograd.grad([o for o, _ in pairs], leaves, [s for _, s in pairs], allow_unused=True, **options)
    return [t.zeros_like(x) if g is None else g for x, g in zip(leaves, grads)]


def third_order(t: Any, sample: Sample) -> Record:
    leaves, args, kwargs = prepared(t, sample)
    outs = outputs(t, sample, args, kwargs)
    first = pulled(t, outs, leaves, random_like(t, sample, "upstream", outs), create_graph=True)
    second = pulled(t, first, leaves, random_like(t, sample, "second", first), create_graph=True)
    return {"grads": [plain(g) for g in pulled(t, second, leaves, random_like(t, sample, "third", second))]}


def reverse_over_reverse(t: Any, sample: Sample) -> Record:
    leaves, args, kwargs = prepared(t, sample)
    outs = outputs(t, sample, args, kwargs)
    first = pulled(t, outs, leaves, random_like(t, sample, "upstream", outs), create_graph=True)
    return {"grads": [plain(g) for g in pulled(t, first, leaves, direction(t, sample, leaves))]}


def forward_over_reverse(t: Any, sample: Sample) -> Record:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    with fwd.dual_level():
        leaves, args, kwargs = dual(t, fwd, sample)
        outs = outputs(t, sample, args, kwargs)
        first = pulled(t, outs, leaves, random_like(t, sample, "upstream", outs))
        found = [fwd.unpack_dual(g).tangent for g in first]
        return {"grads": [plain(t.zeros_like(x) if d is None else d) for x, d in zip(leaves, found)]}


def reverse_over_forward(t: Any, sample: Sample) -> Record:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    with fwd.dual_level():
        leaves, args, kwargs = dual(t, fwd, sample)
        outs = outputs(t, sample, args, kwargs)
        pushed = [fwd.unpack_dual(o).tangent for o in outs]
    return {"grads": [plain(g) for g in pulled(t, pushed, leaves, random_like(t, sample, "upstream", outs))]}


def dual(t: Any, fwd: Any, sample: Sample) -> tuple[list[Any], tuple, dict]:
    leaves, args, kwargs = prepared(t, sample)
    duals = {id(x): fwd.make_dual(x, d) for x, d in zip(leaves, direction(t, sample, leaves))}
    return leaves, swap(args, duals), swap(kwargs, duals)


WAYS = {"forward over reverse": forward_over_reverse, "reverse over forward": reverse_over_forward}


def hessians(t: Any, sample: Sample, torch: Any = None) -> dict[str, Comparison]:
    """How the two mixed ways to a Hessian differ from reverse over reverse, or from PyTorch's where ``EACH_ALONE``."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = attempt(reverse_over_reverse, t, sample)
        found = {}
        for name, way in WAYS.items():
            got = attempt(way, t, sample)
            if sample.id in APART or "is not implemented" in got.get("message", ""):  # what PyTorch does not have
                got = wanted
            elif sample.id in EACH_ALONE:
                wanted = got if torch is None else attempt(way, torch, sample)
            found[name] = compared(sample, wanted, got, 1e-7)
        return found


def thirds(t: Any, torch: Any, sample: Sample) -> Comparison:
    """How third derivatives differ from PyTorch's, where it has them."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted = attempt(third_order, torch, sample)
        if "raises" in wanted or sample.op in CONSTANT or sample.id in APART:
            wanted = {"raises": UNASKED}
        return compared(sample, wanted, attempt(third_order, t, sample), 1e-4)


def compared(sample: Sample, wanted: Record, got: Record, slack: float) -> Comparison:
    found = Comparison(sample, slack)
    if found.coarse:
        found.slack = max(slack, 5e-3)
    return found({"second order": wanted}, {"second order": got})


def asked(sample: Sample) -> bool:
    return sample.differentiable and sample.raises is None


def written(t: Any, sample: Sample) -> Sample | None:
    """The same sample by the in-place form of its op, where there is one and it takes it."""
    name = sample.op + "_"
    if sample.call is not None or sample.op.endswith("_") or not hasattr(t.Tensor, name):
        return None
    return replace(sample, call=lambda t, x, *args, **kwargs: getattr(x.clone(), name)(*args, **kwargs))
