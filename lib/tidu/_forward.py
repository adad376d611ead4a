"""Forward mode: tangents ride along with the values. 前向模式自动微分。

No op has a second table of derivatives. A linear op applies itself to the tangent; an elementwise op reads its backward
formula with the tangent for the gradient; anything else transposes its backward pass: the VJP is linear in its
gradient, so differentiating it again gives the JVP (Townsend 2017, "A new trick for calculating Jacobian vector
products").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu._engine import grad
from tidu._modes import modes, switch
from tidu._record import shape_of
from tidu._tangents import has_tangent
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._op import Op


def push(op: Op, args: Sequence[Any], attrs: dict[str, Any], out: Tensor, aux: Sequence[Any] = ()) -> Tensor | None:
    """The tangent of ``out = op(*args, **attrs)``, or None when no tangent reaches it."""
    level, modes.dual = modes.dual, 0  # rules see the primal values: tangents of different levels never mix
    args = [wrap(a) if type(a) is np.ndarray else a for a in args]  # numbers, as the call was made with them
    try:
        if op.jvp == "linear":
            return _linear(op, args, attrs)
        if callable(op.jvp):
            return _fit(op.jvp([getattr(a, "_tangent", None) for a in args], args, out, **attrs), out)
        total = None
        for i, a in enumerate(args):
            if not isinstance(a, Tensor) or a._tangent is None:
                continue
            formula = None if op.variadic else op.formulas[i]
            if formula is None and not op.variadic:
                continue
            if op.elementwise:
                assert formula is not None
                part = formula.function(a._tangent, *_lookup(op, formula.names, args, attrs, out, aux))
            else:
                part = _transpose(op, i, args, attrs, out, aux, a._tangent)
            total = part if total is None else total + part
        return _fit(total, out)
    finally:
        modes.dual = level


def push_each(op: Op, args: Sequence[Any], attrs: dict[str, Any], outs: Sequence[Tensor]) -> list[Any]:
    """The tangents of the differentiable outputs of an op that has several of them."""
    level, modes.dual = modes.dual, 0
    previous = switch(True)
    total: list[Any] = [None] * op.heads
    try:
        if callable(op.jvp):
            switch(previous)
            total = op.jvp([getattr(a, "_tangent", None) for a in args], args, outs, **attrs)
            return [_fit(t, o) for t, o in zip(total, outs, strict=False)]
        for a, formula in zip(args, op.formulas, strict=True):
            if not isinstance(a, Tensor) or a._tangent is None or formula is None:
                continue
            given = [_upstream(o) for o in outs[: op.heads]]
            y = formula.function(given, *_lookup(op, formula.names, args, attrs, outs[0], outs))
            if y is None or not y.requires_grad:
                continue
            parts = grad([y], given, [a._tangent.to(y.dtype)], create_graph=previous, materialize_grads=True)
            total = [p if t is None else t + p for t, p in zip(total, parts, strict=True)]
        return [_fit(t, o) for t, o in zip(total, outs, strict=False)]
    finally:
        modes.grad, modes.dual = previous, level


def _upstream(out: Tensor) -> Tensor:
    """A gradient of an output by which a backward pass is differentiated."""
    u = wrap(np.zeros_like(out._array))
    u._requires_grad = True
    return u


def _fit(tangent: Any, out: Tensor) -> Tensor | None:
    """In the shape and dtype of the value it belongs to."""
    if tangent is None:
        return None
    if tangent._array.shape != out._array.shape:
        tangent = tangent.expand(out._array.shape)
    return tangent.to(out.dtype)


def _linear(op: Op, args: Sequence[Any], attrs: dict[str, Any]) -> Tensor | None:
    """Linear in all differentiable operands at once: the op of the tangents, zeros where there is none."""
    if not has_tangent(args):
        return None
    tangents: list[Any] = []
    for i, a in enumerate(args):
        if not op.variadic and op.formulas[i] is None:
            tangents.append(a)
        elif isinstance(a, Tensor):
            tangents.append(a._tangent if a._tangent is not None else wrap(np.zeros_like(a._array)))
        else:
            tangents.append(None if a is None else np.zeros_like(a)[()])
    return op.record(tangents, attrs)


def _lookup(
    op: Op, names: Sequence[str], args: Sequence[Any], attrs: dict[str, Any], out: Any, aux: Sequence[Any]
) -> list[Any]:
    """The values a formula asks for, from a call that has just been made."""
    found = []
    for n in names:
        if n in op.operands:
            found.append(args[op.operands.index(n)])
        elif n == "out":
            found.append(out)
        elif n in op.attrs:
            found.append(attrs[n])
        elif n in op.outputs:
            value = aux[op.outputs.index(n)]
            found.append(value if isinstance(value, Tensor) else wrap(value))
        else:
            assert n.endswith("_shape")
            found.append(shape_of(args if op.variadic else args[op.operands.index(n[:-6])]))
    return found


def _transpose(
    op: Op, i: int, args: Sequence[Any], attrs: dict[str, Any], out: Tensor, aux: Sequence[Any], tangent: Tensor
) -> Tensor:
    previous = switch(True)
    try:
        u = _upstream(out)
        if op.variadic:
            formula = op.formulas[0]
            assert formula is not None
            y = formula.function(u, *_lookup(op, formula.names, args, attrs, out, aux))[i]
        else:
            formula = op.formulas[i]
            assert formula is not None
            y = formula.function(u, *_lookup(op, formula.names, args, attrs, out, aux))
        if y is None or not y.requires_grad:
            return wrap(np.zeros_like(out._array))
        if y._array.shape != tangent._array.shape:
            tangent = tangent.expand(y._array.shape)
        (result,) = grad([y], [u], [tangent], create_graph=previous, materialize_grads=True)
    finally:
        switch(previous)
    assert result is not None
    return result
