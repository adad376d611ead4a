"""PyTorch's own test inputs (OpInfo) as samples of ours: every check of ours, on inputs that none of us wrote.

Each tensor keeps its dtype, shape, strides and offset. What cannot be carried over is counted, with its reason.
"""

from __future__ import annotations

import inspect
import itertools
import operator
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.testing._internal.opinfo.core import OpInfo

from tests.opinfo import scope
from tests.ops.sample import ANY, Arg, Name, Sample

DEFAULT_WRAPPER = inspect.signature(OpInfo).parameters["gradcheck_wrapper"].default
LARGEST = 20_000  # elements of a sample
DTYPES = ("float64", "float32", "int64", "bool", "complex64")
NO_NUMPY = re.compile(r"bfloat16|complex32|float[48]|q?u?int[1-7]$|bits|quint|qint")


class CannotCarry(Exception):
    """Why a sample stays behind."""


@dataclass(frozen=True)
class Carried(Arg):
    """A tensor whose memory lies as PyTorch's test laid it."""

    memory: Any = None
    offset: int = 0
    strides: tuple[int, ...] = ()

    def array(self, rng: np.random.RandomState) -> np.ndarray:
        own = np.array(self.memory)
        steps = [s * own.itemsize for s in self.strides]
        return np.lib.stride_tricks.as_strided(own[self.offset :], self.shape, steps)


def tensor(t: Any) -> Carried:
    if t.layout is not torch.strided or t.device.type != "cpu" or NO_NUMPY.search(str(t.dtype)):
        raise CannotCarry(f"a tensor of {t.layout}, {t.dtype}, {t.device}")
    plain = t.detach().resolve_conj().resolve_neg()
    whole = torch.empty(0, dtype=t.dtype).set_(
        plain.untyped_storage(), 0, (plain.untyped_storage().nbytes() // t.element_size(),), (1,)
    )
    return Carried(
        tuple(t.shape), str(t.dtype).rpartition(".")[2], grad=t.requires_grad,
        memory=whole.numpy().copy(), offset=plain.storage_offset(), strides=plain.stride(),
    )  # fmt: skip


def value(v: Any) -> Any:
    """An argument in terms that any module understands."""
    if isinstance(v, torch.Tensor):
        return tensor(v)
    if isinstance(v, torch.dtype) and NO_NUMPY.search(str(v)):
        raise CannotCarry(str(v))
    if isinstance(v, (torch.dtype, torch.memory_format, torch.layout)):
        if v in (torch.sparse_coo, torch.sparse_csr):
            raise CannotCarry(str(v))
        return Name(str(v).rpartition(".")[2])
    if isinstance(v, torch.device) or (isinstance(v, str) and v.startswith(("cuda", "meta"))):
        if str(v) != "cpu":
            raise CannotCarry(f"device {v}")
        return "cpu"
    if isinstance(v, torch.Size):
        return tuple(v)
    if type(v) in (list, tuple):
        return type(v)(map(value, v))
    if isinstance(v, dict):
        return {k: value(e) for k, e in v.items()}
    if v is None or v is Ellipsis or isinstance(v, (bool, int, float, complex, str, slice, np.ndarray, np.generic)):
        return v
    raise CannotCarry(type(v).__name__)


def sizes(v: Any) -> int:
    if isinstance(v, torch.Tensor):
        return v.numel()
    if isinstance(v, dict):
        v = tuple(v.values())
    return sum(map(sizes, v)) if isinstance(v, (list, tuple)) else 0


def spread(items: list[Any], n: int) -> list[tuple[int, Any]]:
    """``n`` of the items with their places, evenly from first to last."""
    if len(items) <= n:
        return list(enumerate(items))
    places = sorted({round(k * (len(items) - 1) / max(n - 1, 1)) for k in range(n)})
    return [(k, items[k]) for k in places]


def reflected(name: str) -> Callable[..., Any]:
    function = getattr(operator, scope.REFLECTED[name])
    return lambda t, x, other: function(other, x)


def called(name: str) -> Callable[..., Any] | None:
    """How an operator is called whose test does not call it by its name with the arguments in order."""
    if name in scope.REFLECTED:
        return reflected(name)
    if name == "einsum":
        return lambda t, operands, equation: t.einsum(equation, *operands)
    if name == "normal" or name == "uniform":
        return lambda t, x, *args, **kwargs: getattr(x.clone(), name + "_")(*args, **kwargs)
    return None


def first_only(name: str) -> Callable[..., Any]:
    """Of a sorted result the values, for its indices are not determined where values are equal."""
    return lambda t, x, *args, **kwargs: getattr(t, name)(x, *args, **kwargs)[0]


class Operator:
    """One OpInfo."""

    def __init__(self, info: Any) -> None:
        self.info, self.name = info, info.name
        if info.name in scope.IN_PLACE_ALONE:
            self.name += "_"
        self.id = info.name + (f"-{info.variant_test_name}" if info.variant_test_name else "")
        self.stayed: Counter[str] = Counter()

    def samples(self, per_dtype: int) -> Iterator[Sample]:
        for dtype in DTYPES:
            if getattr(torch, dtype) in self.info.dtypes:
                grad = dtype == "float64" and self.info.supports_autograd
                made = self.info.sample_inputs("cpu", getattr(torch, dtype), requires_grad=grad)
                yield from self._carried(made, f"{self.id}:{dtype}", per_dtype)
        if self.info.reference_inputs_func is not None and torch.float32 in self.info.dtypes:
            made = self.info.reference_inputs("cpu", torch.float32, requires_grad=False)
            yield from self._carried(made, f"{self.id}:reference", per_dtype)

    def errors(self, at_most: int) -> Iterator[Sample]:
        """Inputs that PyTorch refuses."""
        if self.info.error_inputs_func is not None:
            made = (e.sample_input for e in self.info.error_inputs("cpu"))
            yield from self._carried(made, f"{self.id}:error", at_most, raises=ANY)

    def _carried(self, made: Iterable[Any], label: str, at_most: int, raises: Any = None) -> Iterator[Sample]:
        for seeded in (torch.manual_seed, np.random.seed, random.seed):
            seeded(1234)
        usable = []
        for s in itertools.islice(made, 600):
            try:
                if sizes((s.input, s.args, s.kwargs)) > LARGEST:
                    raise CannotCarry(f"more than {LARGEST} elements")
                usable.append((value((s.input, *s.args)), value(dict(s.kwargs))))
            except CannotCarry as error:
                self.stayed[str(error)] += 1
        for place, (args, kwargs) in spread(usable, at_most):
            yield self._sample(f"{label}:{place}", args, kwargs, raises)

    def _sample(self, label: str, args: tuple[Any, ...], kwargs: dict[str, Any], raises: Any) -> Sample:
        options: dict[str, Any] = {"tol": 3e-5 * scope.looser(self.name)} if "float64" not in label else {}
        if "float64" in label and scope.looser(self.name) > 1:
            options["tol"] = 1e-9 * scope.looser(self.name)
        if self.name in scope.UNINITIALISED | scope.FACTORS:
            options |= {"values": False, "grad": False}
        if self.info.gradcheck_wrapper is not DEFAULT_WRAPPER:
            options["grad"] = False  # only of inputs of a kind (symmetric, triangular) are the derivatives determined
        if self.name in scope.CRASH:
            options["out"] = False
        if self.name == "scatter_reduce":
            options["transposed"] = True
        call = called(self.name) if self.name != "normal" or self.info.variant_test_name else None
        if call is None and self.name in scope.TIES and repeats(args[0]):
            if self.name == "argsort":
                options["values"] = False
            elif not (self.name in ("median", "nanmedian") and len(args) == 1 and not kwargs):
                call = first_only(self.name)
        return Sample(self.name, label, args, kwargs, call, raises, options)


def repeats(x: Any) -> bool:
    array = x.array(np.random.RandomState(0)) if isinstance(x, Arg) else np.zeros(2)
    return np.unique(array).size < array.size


def operators(pattern: str = "") -> list[Operator]:
    """PyTorch's operators that are in scope, in its order."""
    from torch.testing._internal.common_methods_invocations import op_db

    # Importing it forbids to set torch.backends' flags, here for the tests that do.
    torch.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True
    return [
        Operator(info)
        for info in op_db
        if not scope.left_out(info.name, info.variant_test_name) and re.search(pattern, info.name)
    ]
