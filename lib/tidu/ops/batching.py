"""Batching rules: how ops are carried out on all examples at once. 批处理规则。

A rule is given the op, the level, its physical operands with the examples in front, which of them have any, and the
attributes; it returns the physical result. Elementwise ops have theirs in ``_batch``; an op without one is carried out
example by example. Loaded with ``vmap``; ``batching_view``, ``_index``, ``_linalg``, ``_layers`` and ``_random`` have
the rules of those families.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._batch import EXPANDED, FUNCTION_RULES, RULES, Batch, Level, Outline, Rule, batch, direct, each
from tidu._registry import FUNCTIONS, INTERNAL, OPS
from tidu._tensor import Tensor

_DIMS = frozenset(("dim", "dims", "dim0", "dim1", "dim2", "dimension"))


def record(name: str, args: Sequence[Any], **attrs: Any) -> Any:
    return (OPS.get(name) or INTERNAL[name]).record(args, attrs)


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Decorator: the rule of these ops."""

    def enter(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return enter


def takes_attrs(function: Rule) -> Rule:
    """Decorator: the rule looks after batches among the attributes, too."""
    setattr(function, "takes_attrs", True)
    return function


def spread(level: Level, a: Tensor) -> Tensor:
    """A tensor that is the same for all examples, as one of each."""
    return a.expand(level.size, *a._array.shape)


def own(level: Level, a: Tensor, batched: bool) -> Tensor:
    """A tensor of all examples with memory of each example's own: what a kernel copies, to write into the copy."""
    return a if batched else spread(level, a).contiguous()


def by_calls(level: Level, args: Sequence[Any], batched: Sequence[bool], function: Callable[..., Any]) -> Any:
    """What a function of the logical operands gives, physically."""
    made = function(*[batch(level, a) if b else a for a, b in zip(args, batched, strict=True)])
    return made._tangent.front()


def ranked(a: Tensor, ndim: int, batched: bool = True) -> Tensor:
    """Of each example, dimensions of size 1 in front up to ``ndim``."""
    shape = a._array.shape
    lead = ndim + batched - len(shape)
    return a.reshape((*shape[:batched], *[1] * lead, *shape[batched:])) if lead > 0 else a


def shift(value: Any) -> Any:
    """A dimension, or several, of one example as one of all; negative ones count from the end as before."""
    if isinstance(value, int):
        return value + 1 if value >= 0 else value
    return value if value is None else tuple([shift(v) for v in value])


def shifted(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of ops along dimensions; what has none is given one for the call."""
    (x, *_) = args
    every = tuple(range(1, x._array.ndim))
    moved = {k: (every if v is None else shift(v)) if k in _DIMS else v for k, v in attrs.items()}
    if x._array.ndim > 1 or not _DIMS.intersection(attrs):
        return op.record(args, moved)
    if any(type(moved[k]) is tuple for k in _DIMS.intersection(attrs)):
        moved = {k: (1,) if k in _DIMS else v for k, v in moved.items()}
    result = op.record([x.reshape(level.size, 1)], moved)
    flat = [r.reshape(level.size) for r in (result if isinstance(result, (tuple, list)) else [result])]
    return flat if isinstance(result, (tuple, list)) else flat[0]


def of_all(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of reductions over one dimension or, with None, over all."""
    (x,) = args
    if attrs["dim"] is not None:
        return shifted(op, level, args, batched, attrs)
    result = op.record([x.reshape(level.size, -1)], {**attrs, "dim": 1, "keepdim": False})
    return result.reshape(level.size, *[1] * (x._array.ndim - 1)) if attrs["keepdim"] else result


def together(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of ops of several operands of one kind: all of them with examples, dimensions shifted."""
    args = [a if b or a is None else spread(level, a) for a, b in zip(args, batched, strict=True)]
    return op.record(args, {k: shift(v) if k in _DIMS else v for k, v in attrs.items()})


for _name in """
    flip cumsum reverse_cumsum cumprod cummax cummin logcumsumexp softmax log_softmax glu sum mean amax amin max_all
    min_all max_dim min_dim all any count_nonzero var std logsumexp nansum sort argsort topk kthvalue median_dim
    nanmedian_dim mode vector_norm _norm _lowest _highest _std_mean_spread _std_mean_mean _var_mean_spread
    _var_mean_mean fft_c2c fft_r2c diag_embed
""".split():
    RULES[_name] = shifted
for _name in ("prod", "argmax", "argmin"):
    RULES[_name] = of_all
for _name in """
    clone contiguous tril triu view_as_real view_as_complex _real _complex constant_pad_nd pixel_shuffle
    pixel_unshuffle _relu_gradient _threshold_ _leaky_relu_ _elu_ _celu_
""".split():
    RULES[_name] = direct


@rule("max_all", "min_all")
def _extreme(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    a = args[0]._array  # a NaN takes the whole gradient, which the other ops do not know
    if type(a) is Outline or (a.dtype.kind in "fV" and np.isnan(a).any()):
        return each(op, level, args, batched, attrs)
    return shifted(OPS["amax" if op.name == "max_all" else "amin"], level, args, batched, attrs)


@rule("fft_c2r")
def _to_real(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    return op.record(args, {**attrs, "dims": shift(attrs["dims"])})


@rule("clone", "contiguous", "to")
def _copies(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    form = attrs.get("memory_format")
    usual = form is None or str(form) in ("torch.preserve_format", "torch.contiguous_format")
    return (direct if usual else each)(op, level, args, batched, attrs)


@rule("roll")
def _roll(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    (x,) = args
    if attrs["dims"]:
        return op.record(args, {**attrs, "dims": shift(attrs["dims"])})
    rolled = op.record([x.reshape(level.size, -1)], {**attrs, "dims": (1,)})
    return rolled.reshape(x._array.shape)


@rule("rot90")
def _rot90(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    return op.record(args, {**attrs, "dims": shift(attrs["dims"])})


@rule("repeat")
def _repeat(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    repeats = attrs["repeats"]
    return op.record([ranked(args[0], len(repeats))], {"repeats": (1, *repeats)})


@rule("stack")
def _stack(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    return together(op, level, args, batched, attrs)


@rule("cat")
def _cat(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    ndims = {a._array.ndim - b for a, b in zip(args, batched, strict=True)}
    if len(ndims) > 1:  # an empty vector joins anything
        return each(op, level, args, batched, attrs)
    return together(op, level, args, batched, attrs)


@rule("fill", "_fill")
def _fill(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    x, value = args
    if not isinstance(value, Tensor):
        return op.record(args, attrs)
    shape = x._array.shape if batched[0] else (level.size, *x._array.shape)
    if batched[1]:
        value = ranked(value.to(x.dtype), len(shape) - 1)
    return value.to(x.dtype).expand(shape).clone()


@rule("masked_fill")
def _masked_fill(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    x, mask, value = args
    if not batched[2]:
        n = max(a._array.ndim - b for a, b in zip((x, mask), batched, strict=False))
        x, mask = (ranked(a, n) if b else a for a, b in zip((x, mask), batched, strict=False))
        return op.record([x, mask, value], attrs)
    return each(op, level, args, batched, attrs)


@rule("copy")
def _copy(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    x, y = args
    x, y = (a if b else spread(level, a) for a, b in zip((x, y), batched, strict=True))
    return op.record([x, ranked(y, x._array.ndim - 1)], attrs)


# ---- functions


def refusing(message: str, *names: str) -> None:
    """Functions whose result's shape, or what a program does next, depends on numbers: PyTorch's errors."""

    def refuse(rider: Batch, function: Any, args: Any, kwargs: Any) -> Any:
        raise RuntimeError(message)

    for name in names:
        FUNCTION_RULES[name] = refuse


refusing("vmap over torch.allclose isn't supported yet.", "allclose")
refusing("Batching rule not implemented for aten::equal. We could not generate a fallback.", "equal")


@rule("nonzero", "_unique", "_unique_runs", "_unique_dim")
def _dynamic(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    raise RuntimeError(
        "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over "
        f"aten::{op.name.strip('_')}."
    )


def _detach(rider: Batch, function: Any, args: Any, kwargs: Any) -> Any:
    carried = args[0]._tangent
    return batch(carried.level, carried.value.detach(), carried.dim)


FUNCTION_RULES["detach"] = _detach

EXPANDED["dist"] = lambda x, y, p: FUNCTIONS["norm"](x - y, p)
