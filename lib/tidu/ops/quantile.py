"""Quantiles, of everything or without NaN. 分位数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Dim, Flag, kind_of, type_name
from tidu._backend import row_major
from tidu._define import by_example, publish
from tidu._operands import NUMBERS, check_tensors, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.sort import sort

_WAYS = ("linear", "lower", "higher", "midpoint", "nearest")


def _probabilities(name: str, input: Tensor, q: Any, interpolation: str) -> Tensor:
    """``q`` as a tensor of the input's dtype, everything checked as PyTorch checks it."""
    check_tensors(name, input=input)
    if not isinstance(q, (Tensor, *NUMBERS)):
        raise TypeError(f"{name}(): argument 'q' (position 2) must be Tensor or float, not {type_name(q)}")
    if not isinstance(interpolation, str):
        raise TypeError(f"{name}(): argument 'interpolation' must be str, not {type_name(interpolation)}")
    if not isinstance(q, Tensor) and not 0 <= q <= 1:  # type: ignore[operator]
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
    dtype = input._array.dtype
    wrong = None
    if not input._array.size:
        wrong = "input tensor must be non-empty"
    elif dtype not in (np.float32, np.float64):
        wrong = f"input tensor must be either float or double dtype, got {input.dtype}"
    elif isinstance(q, Tensor) and q.ndim > 1:
        wrong = f"q must be a scalar or 1D tensor, got shape {list(q.shape)}"
    elif isinstance(q, Tensor) and q._array.dtype != dtype:
        wrong = f"q tensor must be same dtype as the input tensor, {input.dtype}, got {q.dtype}"
    elif interpolation not in _WAYS:
        wrong = f"interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
    elif isinstance(q, Tensor) and not ((q._array >= 0) & (q._array <= 1)).all():
        wrong = "q values must be in the range [0, 1]"
    if wrong:
        raise RuntimeError(f"{name}() {wrong}")
    return q if isinstance(q, Tensor) else wrap(np.asarray(q, dtype, like=input._array))


def _along_last(name: str, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    """The input with what is reduced as its last dimension, after the dimensions of the result."""
    keepdim = kind_of(Flag).parse(keepdim, name, "keepdim", 4, 0)
    if dim is None:
        return input.reshape([1] * input.ndim + [-1]) if keepdim else input.flatten()
    dim = kind_of(Dim).parse(dim, name, "dim", 3, input.ndim)
    if not input.ndim:
        return input.flatten()
    return input.unsqueeze(-1).transpose(dim, -1) if keepdim else input.movedim(dim, -1)


@by_example
def _quantile(name: str, input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, skip: bool) -> Tensor:
    p = _probabilities(name, input, q, interpolation)
    ordered = sort.public(_along_last(name, input, dim, keepdim))[0]
    shape = (*ordered.shape[:-1], p.numel())
    nan = ordered._array != ordered._array
    last = ordered._array.shape[-1] - 1
    if skip:
        last = np.maximum(last - np.count_nonzero(nan, axis=-1, keepdims=True), 0).astype(p._array.dtype)
        rank = (p * wrap(last)).expand(shape)
    else:  # a NaN is every quantile of anything that holds one: it is sorted to the end
        rank = (p * last).expand(shape)
        if nan.any():
            rank = rank.masked_fill(wrap(nan.any(axis=-1, keepdims=True)), last)
    if interpolation in ("lower", "higher", "nearest"):
        turn = {"lower": rank.floor, "higher": rank.ceil, "nearest": rank.round}[interpolation]
        rank = turn()
    below = rank.long()
    values = ordered.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weight = rank - below if interpolation == "linear" else wrap(np.full(shape, 0.5, p._array.dtype, like=p._array))
        values = values.lerp(ordered.gather(-1, rank.ceil().long()), weight)
    return (values.unsqueeze(0).transpose(0, -1) if p.ndim else values).squeeze_(-1)


def _make(name: str, skip: bool, doc: str) -> None:
    def function(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear",
                 out: Any = None) -> Tensor:  # fmt: skip
        made = _quantile(name, input, q, dim, keepdim, interpolation, skip)
        if out is None:
            return made
        return write_out(
            name, wrap(row_major(made._array)), out, [t for t in (input, q) if isinstance(t, Tensor)], "quiet"
        )

    publish(name, function, doc)


_make(
    "quantile", False,
    """分位数 / The ``q``-th quantiles of all elements or along ``dim``; several ``q`` come first in the result.

    ``interpolation`` between two elements: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'. ``RuntimeError`` for a
    ``q`` outside [0, 1], an empty input, or a dtype other than float32 and float64.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.quantile.html
    """,
)  # fmt: skip
_make("nanquantile", True, "不计 NaN 的分位数 / As ``quantile``, of what is not NaN; nan where there is nothing.")
