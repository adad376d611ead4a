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
    "PyTorch reads what it writes, see EXCLUDED 5 and 9": "tril triu addmm addmv addbmm baddbmm addr",
    "a derivative that is refused, in tidu also where nobody asks for it": "igamma igammac heaviside unique "
    "unique_consecutive",
    "PyTorch keeps more than it reads, and so refuses writing": "pow combinations",
    "the number sought is looked for again, which .data may have written": "median nanmedian",
    "derivatives differ, each seen in one example; which is right is not settled": "as_strided_scatter vander "
    "scatter_reduce copysign ldexp complex",
    "see EXCLUDED 13": "slice_scatter select_scatter diagonal_scatter",
    "cancellation": "cdist",
    "edges in any order": "histogramdd",
    "elements that are one": "as_strided",
    "which of its parts is a view": "inner tensordot",
    "of nothing PyTorch gives the input itself for its gradient": "cummax cummin",
    "the name of its node": "unsafe_chunk",
    "PyTorch does not look whether there is a coordinate a sample": "gradient",
    "saves its result, which unsafe_split lets PyTorch write unnoticed": "cumprod",
    "not differentiable, and PyTorch writes it into leaves": "logical_not logical_and logical_or logical_xor",
    "single precision, which is compared too closely here": "to",
    "random numbers of layers": "rrelu rrelu_ dropout dropout_ alpha_dropout feature_dropout feature_alpha_dropout",
    "settings and questions": "set_default_tensor_type requires_grad_ retain_grad detach_ data grad is_leaf backward "
    "register_hook item tolist numpy __array__ to_dlpack from_dlpack storage untyped_storage data_ptr stride "
    "storage_offset is_contiguous apply_ map_ map2_",
}
LEFT_OUT = frozenset(name for names in _LEFT_OUT.values() for name in names.split() if not name.endswith("."))


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
                return fitted(next(todo, names[0]), a, random, value)
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


def fitted(name: str, arg: Arg, random: Random, value: Callable[[str], Any]) -> str:
    """A tensor of the program as an operand like ``arg``: of its dimensions, often of its shape, in its domain."""
    x, size = value(name.removesuffix(".clone()")), int(np.prod(arg.shape))
    text = name
    if x.dim() != len(arg.shape) or (tuple(x.shape) != arg.shape and random.random() < 0.7):
        if x.numel() >= size:
            text = f"{name}.reshape(-1)[:{size}].view({arg.shape})"
        elif x.numel():
            text = f"{name}.reshape(-1)[{[i % x.numel() for i in range(size)]}].view({arg.shape})"
    if arg.domain is not None and x.dtype.is_floating_point:
        low, high = arg.domain
        text = f"({text}.sigmoid() * {high - low:g} + {low:g})"
    return text
