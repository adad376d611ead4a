"""What ``gradcheck`` asks of a function besides its Jacobians: zeros, what is missing, batches. 梯度检验的其他项目。"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._engine import grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.autograd import _jacobians
from tidu.autograd._jacobians import checked
from tidu.autograd.function import BackwardCFunction
from tidu.ops.generator import Generator

Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """Raised by ``gradcheck`` and ``gradgradcheck`` for a wrong gradient. 梯度检验未通过。"""


def direction(x: Tensor, draw: Any, real: bool = False) -> Any:
    """A random vector of length 1, of nonnegative numbers, for the elements of a tensor."""
    vector = FUNCTIONS["rand"](x.numel(), generator=draw)._array
    kind = x._array.dtype
    vector = vector.astype(np.empty(0, kind).real.dtype if real else kind)
    length = np.linalg.norm(vector)
    return vector / length if vector.size else vector


def directions(x: Tensor, draw: Any) -> list[Any]:
    return [direction(x, draw, True) for _ in range(2 if x.is_complex() else 1)]


def check_zero_upstream(outs: Sequence[Tensor], args: Sequence[Any], masked: bool) -> None:
    """A gradient is linear in the upstream gradient: of zeros come zeros."""
    if not outs:
        return
    xs = checked(args)
    zeros = [wrap(np.zeros_like(o._array, order="C")) for o in outs]
    for g, x in zip(grad(outs, xs, zeros, allow_unused=True), xs, strict=True):
        if g is None:
            continue
        if not np.allclose(g._array, 0) if masked else np.any(g._array):
            raise GradcheckError("backward not multiplied by grad_output")
        for what in ("dtype", "shape"):
            if getattr(g, what) != getattr(x, what):
                raise GradcheckError(f"grad is incorrect {'type' if what == 'dtype' else 'size'}")


def check_undefined(outs: Sequence[Tensor]) -> None:
    """What a custom function makes of gradients that did not come, of all its outputs, or of one beside zeros.

    Ops are not asked: the engine calls none of them without a gradient.
    """
    for out in outs:
        node: Any = out.grad_fn
        if not isinstance(node, BackwardCFunction):
            continue
        zeros = [None if o is None else wrap(np.zeros_like(o[0], shape=o[1])) for o in node.results]
        cases: list[Any] = [[None] * node.outputs]
        cases += [[*zeros[:i], None, *zeros[i + 1 :]] for i in range(len(zeros))]
        for given in cases:
            try:
                found = node.backward(given, True)
            except RuntimeError as error:
                _warn_of_undefined()
                raise GradcheckError(
                    "Expected backward function to handle undefined output grads: it is called with None where "
                    "ctx.set_materialize_grads(False) was called"
                ) from error
            if any(g is not None and np.any(g._array) for g in found):
                _warn_of_undefined()
                raise GradcheckError(
                    "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
                )


def _warn_of_undefined() -> None:
    warnings.warn(
        "What backward does with gradients that did not come is checked by default: "
        '"check_undefined_grad=False" leaves that out',
        stacklevel=5,
    )


def check_missing_tangents(func: Function, args: Sequence[Any]) -> None:
    """No tangent is as good as one of zeros."""
    draw = Generator()
    us: list[Any] = []
    for x in args:
        need = isinstance(x, Tensor) and x.requires_grad
        us.append(direction(x, draw).reshape(x._array.shape) if need else None)
    for i, u in enumerate(us):
        if u is None:
            continue
        zeros = _jacobians.pushed(func, args, [*us[:i], np.zeros_like(u), *us[i + 1 :]])
        without = _jacobians.pushed(func, args, [*us[:i], None, *us[i + 1 :]])
        for k, ((_, a), (_, b)) in enumerate(zip(zeros, without, strict=True)):
            if a is not None and b is not None and not np.allclose(a._array, b._array, 1e-5, 1e-8):
                raise GradcheckError(
                    f"Mismatch in tangent values for output with index: {k} when input: {args[i]} has an undefined "
                    f"tangent value. Got: {a} but expected: {b}"
                )


_BATCHED = (
    "gradcheck or gradgradcheck failed while testing batched gradient computation: a backward formula cannot run under "
    "vmap. Call gradcheck/gradgradcheck with `check_batched_grad=False` to leave this out."
)

_BATCHED_FORWARD = (
    "gradcheck failed while testing batched gradient computation with forward-mode AD: a rule cannot run under vmap. "
    "Call gradcheck/gradgradcheck with `check_batched_forward_grad=False` to leave this out."
)


def _random_pair(x: Tensor) -> Tensor:
    return FUNCTIONS["stack"]([FUNCTIONS["randn_like"](x.detach()) for _ in range(2)])


def _compare_batched(res: Tensor | None, parts: Sequence[Any], k: int, i: int, hint: str) -> None:
    known = next((p for p in parts if p is not None), res)
    if known is None:
        return
    zero = FUNCTIONS["zeros_like"](known)
    exp = FUNCTIONS["stack"]([zero if p is None else p for p in parts])
    got = np.zeros_like(exp._array) if res is None else res._array
    if not np.allclose(got, exp._array, 1e-5, 1e-8):
        raise GradcheckError(f"For output {k} and input {i}:\n\n{hint}\n\nGot:\n{res}\n\nExpected:\n{exp}")


def check_batched(out: Tensor, k: int, args: Sequence[Any]) -> None:
    """The gradients of two upstream gradients at once, beside those of each."""
    xs, upstream = checked(args), _random_pair(out)
    rows = [grad(out, xs, g, retain_graph=True, allow_unused=True) for g in upstream]
    try:
        found = grad(out, xs, upstream, retain_graph=True, allow_unused=True, is_grads_batched=True)
    except RuntimeError as error:
        raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{_BATCHED}") from error
    for i, (res, parts) in enumerate(zip(found, zip(*rows, strict=True), strict=True)):
        _compare_batched(res, parts, k, i, _BATCHED)


def check_batched_forward(func: Function, args: Sequence[Any]) -> None:
    """The tangents of two directions at once, beside those of each."""
    from tidu._vmap import vmap  # which nobody else here needs

    zero: list[Any] = [None] * len(args)
    for i, x in enumerate(args):
        if not (isinstance(x, Tensor) and x.requires_grad):
            continue

        def tangents(direction: Tensor, i: int = i) -> tuple[Tensor, ...]:
            found = _jacobians.pushed(func, args, [*zero[:i], direction, *zero[i + 1 :]])
            return tuple([FUNCTIONS["zeros_like"](out) if t is None else t for out, t in found])

        directions = _random_pair(x)
        rows = [tangents(d) for d in directions]
        try:
            found = vmap(tangents)(directions)
        except RuntimeError as error:
            raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{_BATCHED_FORWARD}") from error
        for k, (res, parts) in enumerate(zip(found, zip(*rows, strict=True), strict=True)):
            _compare_batched(res, parts, k, k, _BATCHED_FORWARD)
