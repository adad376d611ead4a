"""Jacobians for ``gradcheck``: by finite differences, by backward passes, in forward mode. 雅可比矩阵的几种算法。

A Jacobian has a row for each element of the input and a column for each of the output. One of a complex input holds
the conjugate Wirtinger derivatives, as gradients do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._engine import grad
from tidu._size import Size
from tidu._tensor import Tensor, wrap
from tidu.autograd import forward_ad

Call = Callable[..., Any]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a function was given or has returned: several values, or one."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def floats(values: Sequence[Any]) -> list[Tensor]:
    """The tensors that can have a gradient."""
    return [v for v in values if isinstance(v, Tensor) and v._array.dtype.kind in "fcV"]


def checked(inputs: Sequence[Any]) -> list[Tensor]:
    """The inputs whose gradients are looked at."""
    return [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]


def differentiable(returned: Any) -> tuple[Tensor, ...]:
    """The outputs that have a gradient."""
    return tuple([o for o in as_tuple(returned) if o.requires_grad])


def slopes(fn: Call, inputs: Sequence[Any], x: Tensor, at: Any, step: Any, width: float, where: str) -> list[Any]:
    """Of each output, flat, how it changes as ``step`` is added to ``x[at]`` in its own memory, by ``width`` each.

    By central differences. The inputs themselves are moved, without their versions: ``fn`` may differentiate by them.
    """
    array = x._array
    here = array[at].copy()

    def moved(to: Any) -> list[Any]:
        array[at] = to
        return [o._array.copy() for o in as_tuple(fn(*inputs))]

    try:
        below, above = moved(here - step), moved(here + step)
    finally:
        array[at] = here
    found = []
    for a, b in zip(below, above, strict=True):
        for what, first, second in (
            ("shape", Size(a.shape), Size(b.shape)),
            ("dtype", _dtypes.of(a.dtype), _dtypes.of(b.dtype)),
        ):
            if first != second:
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {what} when inputs are perturbed {where}, but "
                    f"got: {what}s {first} and {second}."
                )
        a, b = (v.astype(np.int64) if v.dtype.kind == "b" else v for v in (a, b))
        found.append(((b - a) / (2 * width)).reshape(-1))
    return found


def directional(
    fn: Call, inputs: Sequence[Any], x: Tensor, at: Any, steps: Sequence[Any], width: float, where: str
) -> list[Any]:
    """``slopes`` along a real step, and with an imaginary one, too, of a complex input."""
    found = slopes(fn, inputs, x, at, steps[0], width, where)
    if x._array.dtype.kind == "c":
        beside = slopes(fn, inputs, x, at, steps[-1] * 1j, width, where)
        found = [s + 1j * t for s, t in zip(found, beside, strict=True)]
    return found


def numerical(fn: Call, inputs: Sequence[Any], index: int, outputs: Sequence[Any], eps: float) -> list[Tensor]:
    """By differences: for each floating output, its Jacobian with respect to one input."""
    x = inputs[index]
    rows = [directional(fn, inputs, x, at, [eps], eps, f"on index {at} by {eps}") for at in np.ndindex(*x._array.shape)]
    blocks = []
    for k, out in enumerate(outputs):
        if isinstance(out, Tensor) and out._array.dtype.kind in "fcV":
            block = np.zeros((len(rows), out.numel()), x._array.dtype if x.is_complex() else out._array.dtype)
            for row, found in zip(block, rows, strict=True):
                row[...] = found[k]
            blocks.append(wrap(block))
    return blocks


def backward_rows(output: Tensor, xs: Sequence[Tensor], seeds: Sequence[Any]) -> list[list[Tensor | None]]:
    """For each input, its gradient for each of the upstream gradients."""
    # each time a new one: nothing that a formula does to it reaches another run
    runs = [grad(output, xs, wrap(s.copy()), retain_graph=True, allow_unused=True) for s in seeds]
    return [[found[i] for found in runs] for i in range(len(xs))]


def units(output: Tensor) -> list[Any]:
    """The upstream gradients of a Jacobian, one for each element of an output."""
    found = []
    for j in range(output.numel()):
        unit = np.zeros_like(output._array, order="C")
        unit.reshape(-1)[j] = 1
        found.append(unit)
    return found


def analytical(output: Tensor, xs: Sequence[Tensor], seeds: Sequence[Any]) -> list[Tensor]:
    """By backward passes: for each input, the columns of its Jacobian that belong to ``seeds``."""
    blocks = []
    for x, gradients in zip(xs, backward_rows(output, xs, seeds), strict=True):
        block = np.zeros((x.numel(), len(seeds)), x._array.dtype)
        for j, g in enumerate(gradients):
            if g is not None:
                block[:, j] = g._array.reshape(-1)
        blocks.append(wrap(block))
    return blocks


def pushed(fn: Call, inputs: Sequence[Any], tangents: Sequence[Any]) -> list[tuple[Tensor, Tensor | None]]:
    """One forward pass with these tangents, None for an input without: the floating outputs and theirs."""
    with forward_ad.dual_level():
        given = []
        for x, tangent in zip(inputs, tangents, strict=True):
            x = x.detach() if isinstance(x, Tensor) and x.requires_grad else x
            tangent = tangent if tangent is None or isinstance(tangent, Tensor) else wrap(tangent)
            given.append(x if tangent is None else forward_ad.make_dual(x, tangent))
        found = [forward_ad.unpack_dual(o) for o in floats(as_tuple(fn(*given)))]
    return [(out.primal, out.tangent) for out in found]


def forward(
    fn: Call, inputs: Sequence[Any], outputs: Sequence[Any], directions: Sequence[Any] | None = None
) -> list[list[Tensor]]:
    """In forward mode: for each checked input and floating output, its Jacobian, or its product with a direction."""
    places = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    zeros = [np.zeros_like(x._array, order="C") if i in places else None for i, x in enumerate(inputs)]
    blocks = []
    for n, i in enumerate(places):
        along = units(inputs[i]) if directions is None else [directions[n].reshape(inputs[i]._array.shape)]
        block = [np.zeros((len(along), o.numel()), o._array.dtype) for o in floats(outputs)]
        for j, tangent in enumerate(along):
            for rows, (_, out) in zip(block, pushed(fn, inputs, [*zeros[:i], tangent, *zeros[i + 1 :]]), strict=False):
                if out is not None:
                    rows[j] = out._array.reshape(-1)
        blocks.append([wrap(b if directions is None else b[0]) for b in block])
    return blocks
