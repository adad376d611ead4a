"""Distinct elements, or distinct slices. 去重。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._args import As, Dim, Flag, OptionalDim, kind_of
from tidu._define import op, publish
from tidu._operands import check_tensors
from tidu._order import bits_of, order
from tidu._tensor import Tensor


def no_derivative(name: str) -> Any:
    """The formula of an op that is recorded and has no gradient; asking for one is PyTorch's error."""

    def refuse(g: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return refuse


def _grouped(values: Any) -> Any:
    """Where another value begins; a NaN is unlike any other."""
    fresh = np.ones(values.shape, bool, like=values)
    np.not_equal(values[1:], values[:-1], out=fresh[1:])
    return fresh


def _lengths(fresh: Any) -> Any:
    return np.diff(np.flatnonzero(fresh), append=len(fresh)).astype(np.int64, copy=False)


def _count(fresh: Any) -> Any:
    return np.cumsum(fresh, dtype=np.int64) - 1


_NONE = np.empty(0, np.int64)


def _by_table(flat: Any, shape: tuple[int, ...], inverse: bool, counts: bool) -> Any:
    """Of so few possible values, how often each occurs."""
    bits = bits_of(flat)
    often = np.bincount(bits).astype(np.int64, copy=False)
    there = np.flatnonzero(often)
    first = np.iinfo(flat.dtype).min if flat.dtype.kind == "i" else 0
    values = (there + first).astype(flat.dtype)
    place = _count(often > 0)[bits].reshape(shape) if inverse else _NONE
    return values, place, often[there] if counts else _NONE


@op(no_derivative("_unique2"), outputs=("output", "inverse", "counts"), public=False, kinds="biuf", name="_unique",
    grad_name="Unique2Backward0")  # fmt: skip
def unique_flat(x, inverse: As = False, counts: As = False):
    """不同的元素 / The distinct elements in order, where each element went, and how many there are of each."""
    flat = x.reshape(-1)
    if x.dtype.itemsize <= 2 and x.dtype.kind != "f" and type(x) is np.ndarray:
        return _by_table(flat, x.shape, inverse, counts)
    if not inverse:
        values = np.sort(flat)
        fresh = _grouped(values)
        values = values[fresh]
        if x.dtype.kind == "f" and (zero := np.flatnonzero(values == 0)).size:
            values[zero] = flat[np.argmax(flat == 0)]  # of equals the first, be it 0. or -0.
        return values, _NONE, _lengths(fresh) if counts else _NONE
    found = order(flat)
    values = flat[found]
    fresh = _grouped(values)
    place = np.empty(flat.shape, np.int64, like=flat)
    place[found] = _count(fresh)
    return values[fresh], place.reshape(x.shape), _lengths(fresh) if counts else _NONE


@op(no_derivative("unique_consecutive"), outputs=("output", "inverse", "counts"), public=False, kinds="biuf",
    name="_unique_runs", grad_name="UniqueConsecutiveBackward0")  # fmt: skip
def unique_runs(x, inverse: As = False, counts: As = False):
    """相邻去重 / One element of each run of equal ones, the run of each element, and the lengths of the runs."""
    flat = x.reshape(-1)
    fresh = _grouped(flat)
    place = _count(fresh).reshape(x.shape) if inverse else _NONE
    return flat[fresh], place, _lengths(fresh) if counts else _NONE


@op(no_derivative("unique_dim"), outputs=("output", "inverse", "counts"), public=False, kinds="biuf",
    name="_unique_dim", grad_name="UniqueDimBackward0",
    variant=lambda args, attrs: 0 if attrs["sort"] else "UniqueConsecutiveBackward0")  # fmt: skip
def unique_dim(x, dim: Dim, sort: As = True):
    """不同的切片 / The distinct slices along ``dim``, in lexicographic order or, of runs, as they come."""
    rows = np.moveaxis(x, dim, 0)
    n, shape = rows.shape[0], rows.shape[1:]
    rows = rows.reshape(n, math.prod(shape))
    found = np.lexsort(rows.T[::-1]) if sort and rows.size else np.arange(n, like=rows)
    ranked = rows[found]
    fresh = np.ones(n, bool, like=rows)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    place = np.empty(n, np.int64, like=rows)
    place[found] = _count(fresh)
    kept = np.moveaxis(ranked[fresh].reshape(-1, *shape), 0, dim)
    return kept, place, _lengths(fresh)


def _results(found: Any, inverse: bool, counts: bool) -> Any:
    if not inverse and not counts:
        return found[0]
    return tuple(t for t, wanted in zip(found, (True, inverse, counts), strict=True) if wanted)


def _along(name: str, input: Tensor, dim: Any, sort: bool) -> Any:
    dim = kind_of(OptionalDim).parse(dim, name, "dim", 0, input.ndim)
    if not input.ndim:
        raise IndexError(f"{name}(): argument 'dim': Dimension specified as {dim} but tensor has no dimensions")
    if any(n == 0 for d, n in enumerate(input.shape) if d != dim):
        raise RuntimeError(
            f"{name}(): There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: "
            f"{list(input.shape)}, argument 'dim' is {dim}"
        )
    return unique_dim.record((input,), {"dim": dim, "sort": sort})


def _unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:  # fmt: skip
    """不同的元素 / The distinct elements of all, in order, or the distinct slices along ``dim``.

    With ``return_inverse`` also where each element of the input is in the result, with ``return_counts`` how often each
    occurs: then the result is a tuple. They are in order, ``sorted`` or not. Every NaN is distinct.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.unique.html
    """
    check_tensors("unique", input=input)
    inverse, counts = _flags("unique", sorted=sorted, return_inverse=return_inverse, return_counts=return_counts)[1:]
    if dim is None:
        found = unique_flat.record((input,), {"inverse": inverse, "counts": counts})
    else:
        found = _along("unique", input, dim, True)
    return _results(found, inverse, counts)


def _unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:  # fmt: skip
    """相邻去重 / One of each run of equal elements, or of equal slices along ``dim``; extras as in ``unique``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.unique_consecutive.html
    """
    check_tensors("unique_consecutive", input=input)
    inverse, counts = _flags("unique_consecutive", return_inverse=return_inverse, return_counts=return_counts)
    if dim is None:
        found = unique_runs.record((input,), {"inverse": inverse, "counts": counts})
    else:
        found = _along("unique_consecutive", input, dim, False)
    return _results(found, inverse, counts)


def _flags(function: str, **given: Any) -> list[bool]:
    return [kind_of(Flag).parse(value, function, name, 0, 0) for name, value in given.items()]


publish("unique", _unique)
publish("unique_consecutive", _unique_consecutive)
