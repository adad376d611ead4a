"""What random programs may say of every op there is: its declared samples, as expressions over a program's tensors.

A sample ``op("lerp")(f(3, 4), f(4), 0.3)`` becomes ``torch.lerp(x, y, 0.3)``: tensors of floats are the program's own,
brought to the sample's shape and domain where they must be, and everything else stands as it is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import numpy as np

from tests.ops.cases import CASES
from tests.ops.sample import Arg, Name, Sample, flatten

# The files of samples that are spoken of: all of tensors and their mathematics; layers and losses have tests of theirs.
FAMILIES = frozenset(
    "complex create index linalg numbers other pointwise products reduce scatter shape special stats types view".split()
)

# Ops that programs do without, and why.
_LEFT_OUT = {
    "contents that nobody states": "empty empty_like empty_strided empty_permuted resize_ resize_as_ set_ new_empty "
    "new_empty_strided",
    "random numbers": "bernoulli bernoulli_ binomial cauchy_ exponential_ geometric_ initial_seed log_normal_ "
    "multinomial normal normal_ poisson rand rand_like randint randint_like randn randn_like random_ randperm "
    "uniform uniform_ manual_seed seed get_rng_state set_rng_state",
    "a matrix of a few repeated numbers is singular, or has equal eigenvalues: derivatives are noise": "svd pinverse "
    "inverse logdet det slogdet lu lu_solve triangular_solve cholesky cholesky_solve cholesky_inverse qr geqrf orgqr "
    "ormqr matrix_exp linalg.",
    "edges in any order": "histogramdd",
    "see EXCLUDED 21": "unsafe_chunk unsafe_split unsafe_split_with_sizes",
    "see EXCLUDED 25": "lerp gradient",
    "random numbers of layers": "rrelu rrelu_ dropout dropout_ alpha_dropout feature_dropout feature_alpha_dropout",
    "settings and questions": "set_default_tensor_type requires_grad_ retain_grad detach_ data grad is_leaf backward "
    "register_hook item tolist numpy __array__ to_dlpack from_dlpack storage untyped_storage data_ptr stride "
    "storage_offset is_contiguous apply_ map_ map2_",
}
LEFT_OUT = frozenset(name for names in _LEFT_OUT.values() for name in names.split() if not name.endswith("."))

# Ops whose first tensor is given without history; whose tensors are copies that nothing else can write; whose tensors
# are always of the sample's own shape; and why.
_CONSTANT = {
    "vander": "PyTorch writes what its product has saved, and so refuses every backward",
    "igamma": "it has no derivative, which tidu says also where nobody asks for it",
    "igammac": "it has no derivative, which tidu says also where nobody asks for it",
    "unique": "it has no derivative, which tidu says also where nobody asks for it",
    "unique_consecutive": "it has no derivative, which tidu says also where nobody asks for it",
}
_COPIED = {
    "slice_scatter": "see EXCLUDED 13",
    "select_scatter": "see EXCLUDED 13",
    "diagonal_scatter": "see EXCLUDED 13",
    "as_strided_scatter": "see EXCLUDED 13",
    "kron": "PyTorch keeps a view that has versions of its own, and does not notice writing",
    "median": "the number sought is looked for again, which .data may have written",
    "nanmedian": "the number sought is looked for again, which .data may have written",
    "tensordot": "whether what it keeps of an operand is a view, PyTorch decides by which dimensions are summed",
}
_FITTED = {
    "scatter_reduce": "PyTorch's derivatives fail where the source is larger than the index",
    "block_diag": "PyTorch's gradients of what stands beside an empty vector are 0",
    "cummax": "of nothing PyTorch gives the input itself for its gradient",
    "cummin": "of nothing PyTorch gives the input itself for its gradient",
    "addbmm": "PyTorch expands the input before it looks at the dimensions of the others",
    "baddbmm": "PyTorch expands the input before it looks at the dimensions of the others",
    "addmv": "of a number and a matrix that does not fit, PyTorch's error is one of its error message",
    "tensordot": "sizes that do not fit are told before dimensions that are not there",
    "gradient": "PyTorch does not look whether there is a coordinate for each sample",
}
# Samples that are left out, and why.
_SAMPLES_LEFT_OUT: dict[str, Callable[[Sample], bool]] = {
    # of nothing PyTorch gives the input itself for its gradient
    "cummax": lambda s: 0 in s.args[0].shape,
    "cummin": lambda s: 0 in s.args[0].shape,
    # elements that are one place in memory, each of which is written
    "as_strided": lambda s: _overlap(*s.args[1:]),
    # by a product of matrices, where cancellation leaves 7e-9 of a distance of 0; the largest of nan and a number is
    # that number
    "cdist": lambda s: s.args[0].shape[-2] > 25 or "compute_mode" in s.kwargs or s.kwargs.get("p") == math.inf,
    # single precision, which is compared too closely here
    "to": lambda s: any(isinstance(a, Name) and a.name != "float64" for a in (*s.args, *s.kwargs.values())),
}


def _overlap(sizes: tuple[int, ...], strides: tuple[int, ...], *rest: int) -> bool:
    places = np.tensordot(strides, np.indices(sizes), 1) if sizes else np.zeros(1)
    return bool(np.unique(places).size < places.size)


@cache
def samples() -> dict[str, list[Sample]]:
    """By op: its samples that a program can say, with a tensor of floats among their arguments."""
    found = {}
    for name, op in CASES.items():
        if name in LEFT_OUT or name.startswith("linalg.") or op.family not in FAMILIES:
            continue
        usable = [s for s in op.samples if s.call is None and s.raises is None and _plain(s)]
        if usable and op.options.get("values", True):
            found[name] = usable
    return found


def _plain(sample: Sample) -> bool:
    args = flatten((sample.args, sample.kwargs))
    if sample.op in _SAMPLES_LEFT_OUT and _SAMPLES_LEFT_OUT[sample.op](sample):
        return False
    if not any(a.dtype == "float64" for a in args) or any(np.prod(a.shape) > 60 for a in args):
        return False
    return all(a.dtype in ("float64", "int64", "bool") for a in args) and sample.kwargs.get("dtype") is None


def number(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float('{value}')"


def phrase(sample: Sample, random: Random, names: list[str], value: Callable[[str], Any]) -> tuple[str, list[str]]:
    """How a sample is called, and the texts of its arguments, keywords included, the first tensor as the first."""
    rng = sample.rng()
    todo = iter(names)

    def text(a: Any) -> str:
        if isinstance(a, Arg):
            array = a.array(rng)
            if a.dtype == "float64":
                said = fitted(next(todo, names[0]), a, random, value, sample.op in _FITTED)
                said += ".detach()" * (not a.grad or (sample.op in _CONSTANT and a is sample.args[0]))
                if sample.op == "mode":  # which sorts NaN by comparing it
                    return f"{said}.nan_to_num()"
                return f"({said} * 1)" if sample.op in _COPIED else said
            return (
                f"torch.tensor({array.tolist()}, dtype=torch.{a.dtype})"
                if array.size == 0
                else (f"torch.tensor({array.tolist()})")
            )
        if isinstance(a, Name):
            return f"torch.{a.name}"
        if isinstance(a, (list, tuple)):
            inner = ", ".join(map(text, a))
            return f"[{inner}]" if isinstance(a, list) else f"({inner}{',' * (len(a) == 1)})"
        return number(a) if isinstance(a, float) else repr(a)

    return sample.op, [text(a) for a in sample.args] + [f"{k}={text(a)}" for k, a in sample.kwargs.items()]


def fitted(name: str, arg: Arg, random: Random, value: Callable[[str], Any], exactly: bool = False) -> str:
    """A tensor of the program as an operand like ``arg``: of its dimensions, often of its shape (``exactly``: always),
    in its domain."""
    if exactly and not value(name.removesuffix(".clone()")).numel():
        name = "a.clone()" if name.endswith(".clone()") else "a"
    x, size = value(name.removesuffix(".clone()")), int(np.prod(arg.shape))
    text = name
    if x.dim() != len(arg.shape) or (tuple(x.shape) != arg.shape and (exactly or random.random() < 0.7)):
        if x.numel() >= size:
            text = f"{name}.reshape(-1)[:{size}].view({arg.shape})"
        elif x.numel():
            text = f"{name}.reshape(-1)[{[i % x.numel() for i in range(size)]}].view({arg.shape})"
    if arg.domain is not None and x.dtype.is_floating_point:
        low, high = arg.domain
        text = f"({text}.sigmoid() * {high - low:g} + {low:g})"
    return text
