"""Differences, gradients of sampled functions, and areas under them. 差分、数值梯度与数值积分。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._args import Dim, Dims, Number, is_int, kind_of, type_name
from tidu._define import op, publish
from tidu._operands import NUMBERS, check_tensors, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor


def _joined(parts: Sequence[Tensor], dim: int) -> Tensor:
    made: Tensor = FUNCTIONS["cat"](parts, dim)
    return made


# A product and a quotient with a number, as PyTorch's own functions make them: under the second name of their nodes.
@op(lambda g, by: g * by, name="_times", jvp="linear", grad_name="MulBackward1", public=False, elementwise=True)
def times(x, by: Number):
    """乘以一个数 / ``x * by``."""
    return x * x.dtype.type(by) if x.dtype.kind in "fc" else x * by


@op(lambda g, by: g / by, name="_over", jvp="linear", dtype="float", grad_name="DivBackward1", public=False,
    elementwise=True)  # fmt: skip
def over(x, by: Number):
    """除以一个数 / ``x / by``."""
    return x / x.dtype.type(by)


def _part(x: Tensor, dim: int, start: int, stop: int | None = None) -> Tensor:
    """``x[start:stop]`` along ``dim``, negative positions from the end."""
    n = x._array.shape[dim]
    start, stop = start % n if start < 0 else start, n if stop is None else stop + n if stop < 0 else stop
    made: Tensor = x.narrow(dim, min(start, x.shape[dim]), max(stop - start, 0))
    return made


# ---- diff


def _diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None
) -> Tensor:  # fmt: skip
    """差分 / The ``n``-th difference of neighbours along ``dim``; of bools, whether they differ.

    ``prepend`` and ``append`` are joined to the input first. ``RuntimeError`` for a 0-d tensor or a negative ``n``.
    """
    ends = {k: v for k, v in (("prepend", prepend), ("append", append)) if v is not None}
    check_tensors("diff", input=input, **ends)
    if not is_int(n):
        raise TypeError(f"diff(): argument 'n' (position 2) must be int, not {type_name(n)}")
    if not input.ndim:
        raise RuntimeError("diff(): argument 'input': diff expects input to be at least one-dimensional, not 0-d")
    dim = kind_of(Dim).parse(dim, "diff", "dim", 3, input.ndim)
    if n < 0:
        raise RuntimeError(f"diff(): argument 'n': order must be non-negative but got {n}")
    for name, end in ends.items():
        shapes = [[m for d, m in enumerate(t.shape) if d != dim] for t in (input, end)]
        if end.ndim != input.ndim or shapes[0] != shapes[1]:
            raise RuntimeError(
                f"diff(): argument '{name}': diff expects prepend or append to be of the input's shape but for dim "
                f"{dim}, {list(input.shape)}, got {list(end.shape)}"
            )
    x: Tensor = input
    if n == 0:
        x = FUNCTIONS["zeros_like"](x).copy_(x)
    else:
        if ends:
            x = _joined([t for t in (prepend, x, append) if t is not None], dim)
        for _ in range(min(n, x._array.shape[dim])):
            left, right = _part(x, dim, 0, -1), _part(x, dim, 1)
            x = right.logical_xor(left) if x._array.dtype.kind == "b" else right - left
    return x if out is None else write_out("diff", x, out, (input, *ends.values()), True if n else "quiet")


publish("diff", _diff)


# ---- gradient


def _gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """数值梯度 / Derivatives of a sampled function along each dimension, or along those of ``dim``.

    ``spacing`` is the distance of the samples: a number, one number a dimension, or one 1-D tensor of coordinates a
    dimension. Inside, differences to both sides are of second order; at the ends of order ``edge_order``, 1 or 2.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.gradient.html
    """
    check_tensors("gradient", input=input)
    spacing = 1 if spacing is None else spacing
    several = isinstance(spacing, (tuple, list))
    if not isinstance(spacing, NUMBERS) and not (several and all(isinstance(s, (Tensor, *NUMBERS)) for s in spacing)):
        raise TypeError(f"gradient(): argument 'spacing' must be a number, or a tuple of them or of tensors, not "
                        f"{type_name(spacing)}")  # fmt: skip
    if not is_int(edge_order):
        raise TypeError(f"gradient(): argument 'edge_order' must be int, not {type_name(edge_order)}")
    if input._array.dtype == np.uint8:
        raise RuntimeError("gradient(): torch.gradient does not support uint8 input: argument 'input' is uint8")
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient(): torch.gradient only supports edge_order=1 and edge_order=2, got {edge_order}")
    given = dim
    dims = kind_of(Dims).parse(dim, "gradient", "dim", 0, input.ndim)
    dims = tuple(range(input.ndim)) if dims is None else dims
    steps: Sequence[Any] = spacing if several else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            "gradient(): torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            f"{len(dims)}, one for each dimension of {'input' if given is None else 'dim'}, but got a list of length "
            f"{len(steps)}"
        )
    for d, step in zip(dims, steps, strict=True):
        n = input._array.shape[d] if input.ndim else 1
        if n < edge_order + 1:
            raise RuntimeError(
                f"gradient(): torch.gradient expected each dimension size to be at least edge_order+1: dimension {d} "
                f"has size {n}"
            )
        if isinstance(step, Tensor) and tuple(step.shape) != (n,):
            raise RuntimeError(
                f"gradient(): torch.gradient expected each tensor of spacing to be 1-D with one coordinate a sample: "
                f"dimension {d} has size {n}, the tensor shape {list(step.shape)}"
            )
    return tuple(
        _uneven(input, step, d, edge_order) if isinstance(step, Tensor) else _even(input, step, d, edge_order)
        for d, step in zip(dims, steps, strict=True)
    )


def _weighed(x: Tensor, dim: int, start: int, weights: Sequence[Any]) -> Tensor:
    """The sum of neighbours along ``dim`` from ``start`` on, each with its weight: one result."""
    total: Any = None
    for k, w in enumerate(weights):
        part = x.narrow(dim, start + k, 1) * w
        total = part if total is None else total + part
    made: Tensor = total
    return made


def _even(x: Tensor, step: Any, dim: int, edge_order: int) -> Tensor:
    n = x._array.shape[dim]
    inside = (_part(x, dim, 2) - _part(x, dim, 0, -2)) / (step + step)
    if edge_order == 1:
        first = (x.narrow(dim, 1, 1) - x.narrow(dim, 0, 1)) / step
        last = (x.narrow(dim, n - 1, 1) - x.narrow(dim, n - 2, 1)) / step
    else:
        first = _weighed(x, dim, 0, (-1.5 / step, 2.0 / step, -0.5 / step))
        last = _weighed(x, dim, n - 3, (0.5 / step, -2.0 / step, 1.5 / step))
    return _joined([first, inside, last], dim)


def _uneven(x: Tensor, at: Tensor, dim: int, edge_order: int) -> Tensor:
    """The derivative of the parabola through three neighbours, at the middle one; at the ends, at the outer one."""
    n = x._array.shape[dim]
    step = _diff(at).reshape(-1, *[1] * (x.ndim - dim - 1))
    a, b = step.narrow(0, 0, n - 2), step.narrow(0, 1, n - 2)
    inside = (
        _part(x, dim, 0, -2) * (-b / (a * (a + b)))
        + _part(x, dim, 1, -1) * ((b - a) / (a * b))
        + _part(x, dim, 2) * (a / (b * (a + b)))
    )
    if edge_order == 1:
        first = (x.narrow(dim, 1, 1) - x.narrow(dim, 0, 1)) / step.narrow(0, 0, 1)
        last = (x.narrow(dim, n - 1, 1) - x.narrow(dim, n - 2, 1)) / step.narrow(0, n - 2, 1)
    else:
        p, q = a.narrow(0, 0, 1), b.narrow(0, 0, 1)
        first = _weighed(x, dim, 0, (-(p + p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q))))
        p, q = a.narrow(0, n - 3, 1), b.narrow(0, n - 3, 1)
        last = _weighed(x, dim, n - 3, (q / (p * (p + q)), -(p + q) / (p * q), (p + q + q) / (q * (p + q))))
    return _joined([first, inside, last], dim)


publish("gradient", _gradient, method=False)


# ---- trapezoids


def _sampled(name: str, y: Any, x: Any, dx: Any, dim: Any) -> tuple[int, Any]:
    """The dimension, and the widths of the trapezoids: a number, or a tensor that broadcasts with ``y``."""
    check_tensors(name, y=y)
    if x is not None:
        check_tensors(name, y=y, x=x)
    if not isinstance(dx, NUMBERS) and not (isinstance(dx, Tensor) and not dx.ndim):
        raise TypeError(f"{name}(): argument 'dx' must be Number, not {type_name(dx)}")
    for which, t in (("y", y), ("x", x)):
        if t is not None and t._array.dtype.kind == "b":
            raise RuntimeError(f"{name}: received a bool input for `{which}`, but bool is not supported")
    if not y.ndim:
        raise IndexError(f"{name}(): argument 'dim': Dimension specified as {dim} but tensor has no dimensions")
    dim = kind_of(Dim).parse(dim, name, "dim", 3, y.ndim)
    if x is None or (name == "trapezoid" and not y._array.shape[dim]):  # of no samples the integral is 0 for any points
        return dim, dx.item() if isinstance(dx, Tensor) else dx
    if x.ndim == 1:
        if x.numel() != y._array.shape[dim]:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: {x.numel()} for dimension {dim} of "
                f"{list(y.shape)}"
            )
        x = x.reshape(-1, *[1] * (y.ndim - dim - 1))
    x = x.reshape(*[1] * (y.ndim - x.ndim), *x.shape)
    return dim, _part(x, dim, 1) - _part(x, dim, 0, -1) if x._array.shape[dim] else x


def _scaled(x: Tensor, by: Any) -> Tensor:
    made: Tensor = times.record((x,), {"by": by}) if x._array.dtype.kind in "fc" else x * by
    return made


def _pairs(y: Tensor, dim: int) -> Tensor:
    return _part(y, dim, 0, -1) + _part(y, dim, 1)


def _trapezoid(y: Tensor, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """梯形积分 / The area under samples ``y`` along ``dim``, by trapezoids, at points ``x`` or ``dx`` apart."""
    d, width = _sampled("trapezoid", y, x, dx, dim)
    if not y._array.shape[d]:
        return FUNCTIONS["zeros"]([n for k, n in enumerate(y.shape) if k != d], dtype=y.dtype)
    if isinstance(width, Tensor):
        made: Tensor = over.record((((_pairs(y, d)) * width).sum(d),), {"by": 2.0})
        return made
    ends = y.select(d, 0) + y.select(d, -1)
    made = times.record((y.sum(d) - _scaled(ends, 0.5),), {"by": width})
    return made


def _cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """累计梯形积分 / The area under samples ``y`` up to each point along ``dim``: one result less than samples."""
    d, width = _sampled("cumulative_trapezoid", y, x, dx, dim)
    if isinstance(width, Tensor):
        made: Tensor = over.record(((_pairs(y, d) * width).cumsum(d),), {"by": 2.0})
        return made
    made = _scaled(_pairs(y, d), width / 2).cumsum(d)
    return made


publish("trapezoid", _trapezoid, method=False)
publish("cumulative_trapezoid", _cumulative_trapezoid, method=False)
FUNCTIONS["trapz"] = FUNCTIONS["trapezoid"]
