"""How often numbers occur, and how many fall between edges. 计数与直方图。"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Flag, Int, is_int, kind_of, type_name
from tidu._define import by_example, op, publish, return_type, write_several
from tidu._operands import NUMBERS, check_tensors, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap


def _refuse(g: Any) -> Any:
    raise RuntimeError("derivative for aten::bincount is not implemented")


@op(None, _refuse, grad_name="NotImplemented", out=False, called=("input", "weights"))
def bincount(x, weights=None, minlength: Int = 0):
    """每个整数出现的次数 / How often each of 0, 1, 2 ... occurs, at least ``minlength`` of them; or its sum of weights.

    ``RuntimeError`` unless the input is a vector of non-negative integers.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.bincount.html
    """
    if minlength < 0:
        raise RuntimeError(f"bincount(): argument 'minlength': minlength should be >= 0, got {minlength}")
    if x.ndim == 1 and not x.size:
        kind = np.dtype(np.int64) if weights is None else _weight_dtype(weights)
        return np.zeros(minlength, np.int64 if weights is None or not weights.size else kind, like=x)
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{_dtypes.of(x.dtype)}'")
    if x.ndim != 1 or x.min() < 0:
        raise RuntimeError("bincount(): argument 'input': bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != x.shape:
        raise RuntimeError(
            f"bincount(): argument 'weights': weights should be 1-d and have the same length as input, got "
            f"{list(weights.shape)} for {list(x.shape)}"
        )
    found = np.bincount(x, weights, minlength)
    return found.astype(np.int64 if weights is None else _weight_dtype(weights), copy=False)


def _weight_dtype(weights: Any) -> np.dtype:
    return weights.dtype if weights.dtype == np.float32 else np.dtype(np.float64)


# ---- histograms


def _refuse_counted(g: Any, function: str) -> Any:
    raise RuntimeError(f"derivative for aten::{function} is not implemented")


@op(lambda g, function: _refuse_counted(g, function), lambda g, function: _refuse_counted(g, function),
    grad_name="NotImplemented", name="_counted", public=False)  # fmt: skip
def _counted(x, weight, made: As, function: As):
    """已得的计数 / Counts, or their edges, that were made of these two; they have no derivative."""
    return made


def _recorded(function: str, made: Any, *sources: Any) -> Tensor:
    differentiable = [s for s in sources if isinstance(s, Tensor) and s.requires_grad]
    if not differentiable:
        return made
    return _counted.record((differentiable[0], differentiable[-1]), {"made": made._array, "function": function})


_HISTOGRAM, _HISTOGRAMDD = (return_type(n, "hist", "bin_edges") for n in ("histogram", "histogramdd"))


def _limits(function: str, x: Any, low: float, high: float, where: str = "") -> tuple[float, float]:
    """The outer edges: those given or, where they are equal, the extremes of what there is; some way apart."""
    if low == high and x.size and where != "given":
        low, high = x.min().item(), x.max().item()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{function}(): range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"{function}(): max must be larger than min, got min {low} and max {high}")
    if low == high:
        margin = 1 if function == "histc" else 0.5
        low, high = low - margin, high + margin
    return low, high


def _bins_wanted(function: str, n: int, dim: int = 0) -> None:
    if n <= 0:
        raise RuntimeError(f"{function}(): bins must be > 0, but got {n} for dimension {dim}")


def _in_bins(x: Any, low: Any, high: Any, n: int) -> Any:
    """The bin of each element by its distance from the lowest edge, in the input's own precision as PyTorch does it."""
    scaled = (x - x.dtype.type(low)) * x.dtype.type(n) / (x.dtype.type(high) - x.dtype.type(low))
    return np.minimum(scaled.astype(np.int64), n - 1)


def _between(x: Any, edges: Any) -> Any:
    """The bin of each element by the edges themselves; the last bin holds its upper edge."""
    return np.minimum(np.searchsorted(edges, x, "right") - 1, len(edges) - 2)


@by_example
def _histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0, *, out: Any = None) -> Tensor:
    """直方图 / How many elements fall into each of ``bins`` equal intervals of [min, max]; of all if both are equal.

    Elements outside, and NaN, are not counted. Floating point only.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.histc.html
    """
    check_tensors("histc", input=input)
    if not is_int(bins):
        raise TypeError(f"histc(): argument 'bins' (position 2) must be int, not {type_name(bins)}")
    for name, bound in (("min", min), ("max", max)):
        if not isinstance(bound, NUMBERS):
            raise TypeError(f"histc(): argument '{name}' must be Number, not {type_name(bound)}")
    x = input._array.reshape(-1)
    if x.dtype.kind != "f":
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{input.dtype}'")
    _bins_wanted("histc", bins)
    low, high = _limits("histc", x, min, max)
    inside = x[(x >= low) & (x <= high)]
    found = np.bincount(_in_bins(inside, low, high, bins), minlength=bins)
    made = wrap(found.astype(x.dtype))
    return made if out is None else write_out("histc", made, out, (input,), "same quiet")


publish("histc", _histc)


def _grid(
    name: str, points: Any, bins: Sequence[Any], limits: Sequence[float] | None, weight: Any, density: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:  # fmt: skip
    """The histogram of points of several coordinates, (N, D), and the edges along each."""
    n, d = points.shape
    edges, where, inside = [], [], np.ones(n, bool, like=points)
    for k in range(d):
        x = points[:, k]
        if isinstance(bins[k], Tensor):
            edge = bins[k]._array
        else:
            _bins_wanted(name, bins[k], k)
            low, high = (0.0, 1.0) if limits is None and not n else (limits or [0.0] * 2 * d)[2 * k : 2 * k + 2]
            low, high = _limits(name, x, float(low), float(high), "" if limits is None else "given")
            edge = FUNCTIONS["linspace"](low, high, bins[k] + 1, dtype=_dtypes.of(x.dtype))._array
        edges.append(edge)
        inside &= (x >= edge[0]) & (x <= edge[-1])
    shape = tuple(len(e) - 1 for e in edges)
    where = [_between(points[inside, k], edges[k]) for k in range(d)]
    flat = np.ravel_multi_index(where, shape) if d else np.zeros(len(points), np.int64)
    found = np.bincount(flat, None if weight is None else weight[inside], math.prod(shape))
    hist = found.astype(points.dtype).reshape(shape)
    if density:
        hist /= hist.sum()
        for k, edge in enumerate(edges):
            hist /= np.diff(edge).reshape(-1, *[1] * (d - k - 1))
    return wrap(hist), tuple(b if isinstance(b, Tensor) else wrap(e) for e, b in zip(edges, bins, strict=True))


def _checked(
    name: str, input: Tensor, points: Any, bins: Any, limits: Any, weight: Any, density: Any
) -> tuple[Any, ...]:  # fmt: skip
    """What both histograms ask of their arguments, in PyTorch's order."""
    d = points.shape[-1]
    for k, b in enumerate(bins):
        if not isinstance(b, Tensor):
            continue
        if b._array.dtype != points.dtype:
            raise RuntimeError(
                f"{name}(): input tensor and bins tensors should have the same dtype, but got input with dtype "
                f"{input.dtype} and bins for dimension {k} with dtype {b.dtype}"
            )
        if b.ndim != 1:
            raise RuntimeError(f"{name}(): bins tensor should have one dimension, but got {b.ndim} for dimension {k}")
        if not b.numel():
            raise RuntimeError(f"{name}(): bins tensor should have at least 1 element, but got 0 for dimension {k}")
        _bins_wanted(name, b.numel() - 1, k)
    if weight is not None:
        check_tensors(name, weight=weight)
        if weight._array.dtype != points.dtype:
            raise RuntimeError(
                f"{name}(): if weight tensor is provided, input tensor and weight tensor should have the same dtype, "
                f"but got {input.dtype} and {weight.dtype}"
            )
        if weight._array.shape != points.shape[:-1]:
            raise RuntimeError(
                f"{name}(): if weight tensor is provided it should have the same shape as the input tensor excluding "
                f"its innermost dimension, but got {list(weight.shape)} for {list(points.shape)}"
            )
    if limits is not None:
        if not isinstance(limits, (tuple, list)) or not all(isinstance(v, NUMBERS) for v in limits):
            raise TypeError(f"{name}(): argument 'range' must be tuple of floats, not {type_name(limits)}")
        if len(limits) != 2 * d:
            raise RuntimeError(
                f"{name}(): for a {d}-dimensional histogram range should have {2 * d} elements, but got {len(limits)}"
            )
    if points.dtype not in (np.float32, np.float64):
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{input.dtype}'")
    flat = None if weight is None else weight._array.reshape(-1)
    return flat, kind_of(Flag).parse(density, name, "density", 0, 0)


@by_example
def _histogram(
    input: Tensor, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False, out: Any = None
) -> Any:  # fmt: skip
    """直方图 / ``(hist, bin_edges)`` of all elements: into ``bins`` equal intervals, or between the edges in ``bins``.

    ``range`` are the outer edges, by default the extremes; ``density`` makes the area 1. float32 and float64 only.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.histogram.html
    """
    check_tensors("histogram", input=input)
    if not isinstance(bins, Tensor) and not is_int(bins):
        raise TypeError(f"histogram(): argument 'bins' must be Tensor or int, not {type_name(bins)}")
    if isinstance(bins, Tensor) and range is not None:
        raise TypeError("histogram() received an invalid combination of arguments: 'range' with a tensor of edges")
    points = input._array.reshape(-1, 1)
    if isinstance(weight, Tensor):
        weight = weight.reshape(-1)  # of any shape, as long as there is one for each element
    flat, density = _checked("histogram", input, points, [bins], range, weight, density)
    hist, edges = _grid("histogram", points, [bins], range, flat, density)
    edge = wrap(edges[0]._array.copy()) if isinstance(bins, Tensor) else edges[0]
    made = _HISTOGRAM(_recorded("histogram", m, input, weight, bins) for m in (hist, edge))
    return made if out is None else write_several("histogram", made, out, (input,), "same quiet")


@by_example
def _histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Any = None, density: bool = False
) -> Any:  # fmt: skip
    """多维直方图 / ``(hist, bin_edges)`` of points whose coordinates are the last dimension of the input.

    ``bins`` is how many intervals along all coordinates or along each, or a tensor of edges for each.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.histogramdd.html
    """
    check_tensors("histogramdd", input=input)
    if input.ndim < 2:
        raise RuntimeError(f"histogramdd(): input tensor should have at least 2 dimensions, got {input.ndim}")
    d = input._array.shape[-1]
    each = [bins] * d if is_int(bins) else bins
    if not isinstance(each, (tuple, list)) or not all(is_int(b) or isinstance(b, Tensor) for b in each):
        raise TypeError(f"histogramdd(): argument 'bins' must be int, or a tuple of ints or Tensors, not "
                        f"{type_name(bins)}")  # fmt: skip
    if len(each) != d:
        raise RuntimeError(
            "histogramdd(): The size of bins must be equal to the innermost dimension of the input: "
            f"{len(each)} for {d}"
        )  # fmt: skip
    flat, density = _checked("histogramdd", input, input._array, each, range, weight, density)
    points = input._array.reshape(-1, d)
    hist, edges = _grid("histogramdd", points, each, range, flat, density)
    made = (_recorded("_histogramdd_bin_edges", e, input, weight) for e in edges)
    return _HISTOGRAMDD((_recorded("_histogramdd_from_bin_cts", hist, input, weight), tuple(made)))


publish("histogram", _histogram)
publish("histogramdd", _histogramdd, method=False)
