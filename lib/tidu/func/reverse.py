"""Gradients and vector-Jacobian products as functions of functions. 反向模式的变换。

Source: https://docs.pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from tidu._batch import physical
from tidu._pytree import flatten
from tidu._tensor import Tensor, wrap
from tidu.func._levels import (
    Argnums,
    Level,
    Pull,
    checked_aux,
    chosen,
    fitting,
    inside,
    only_tensors,
    positions,
    replaced,
    tensors_of,
    with_aux,
    zeros,
)

_GRAD = "grad_and_value(f)(*args)"
_VJP = "vjp(f, *primals)"


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """梯度与函数值 / A function that returns the gradient of ``func``, and what ``func`` returns: one number.

    As ``grad``; the second result is the value, or ``(value, aux)`` with ``has_aux``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.grad_and_value.html
    """

    @wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        places = positions(argnums, args)
        level = Level()
        with level.opened():
            flat, spec = flatten(chosen(argnums, places, args))
            only_tensors(flat)
            mine = spec.build([level.own(x) for x in flat])
            value = func(*replaced(argnums, places, args, mine), **kwargs)
        if has_aux:
            value, aux = with_aux(value, _GRAD)
            aux_flat, aux_spec = checked_aux(aux)
        _check_number(value)
        whole = inside(value, level.outer)
        grads = Pull([whole], level)([wrap(np.ones_like(whole._array))], keep=False)
        found = [level.release(zeros(x) if g is None else g) for g, x in zip(grads, level.given, strict=True)]
        value = level.release(whole)
        if has_aux:
            return spec.build(found), (value, aux_spec.build(map(level.released, aux_flat)))
        return spec.build(found), value

    return function


def _check_number(value: Any) -> None:
    """``RuntimeError`` unless a function returned one number, which a gradient is of."""
    if not isinstance(value, Tensor):
        raise RuntimeError(f"{_GRAD}: Expected f(*args) to return a Tensor, got {type(value)}")
    if value._array.ndim:
        raise RuntimeError(
            f"{_GRAD}: Expected f(*args) to return a scalar Tensor, got tensor with {value.dim()} dims. Maybe you "
            "wanted to use the vjp or jacrev APIs instead?"
        )
    if value._array.dtype.kind == "c" and physical(value).requires_grad:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {value.dtype}")


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """梯度函数 / A function that returns the gradient of ``func``, which returns one number.

    ``argnums``  with respect to which argument, or to which ones: then a tuple of gradients. Arguments may be nested
                 containers of tensors, and the gradient nests alike.
    ``has_aux``  ``func`` returns ``(number, aux)``, and the new function ``(gradient, aux)``
    It composes with itself and with every other transform; ``.grad`` of no tensor is touched.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.grad.html
    """
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return function


class Pulled:
    """A function at a point, and its derivative there as a map from outputs to inputs."""

    def __init__(
        self, func: Callable[..., Any], argnums: Argnums | None, primals: tuple[Any, ...], has_aux: bool = False
    ) -> None:
        self.level = level = Level()
        with level.opened():
            if argnums is None:
                self.inputs, self.spec = flatten(primals)
                only_tensors(self.inputs)
                given = self.spec.build([level.own(x) for x in self.inputs])
            else:
                places = positions(argnums, primals)
                self.inputs, self.spec = flatten(chosen(argnums, places, primals))
                only_tensors(self.inputs)
                mine = self.spec.build([level.own(x) for x in self.inputs])
                given = replaced(argnums, places, primals, mine)
            value = func(*given)
        self.aux: Any = None
        if has_aux:
            value, aux = with_aux(value, _VJP)
            flat, spec = checked_aux(aux)
            self.aux = spec.build(map(level.released, flat))
        self.outs, self.out_spec = tensors_of(value, _VJP)
        for out in self.outs:
            if out._array.dtype.kind not in "fcV":
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"{out.dtype}"
                )
        self.whole = [inside(o, level.outer) for o in self.outs]
        self.pull = Pull(self.whole, level)

    def value(self) -> Any:
        return self.out_spec.build(map(self.level.release, self.whole))

    def back(self, seeds: Sequence[Tensor], keep: bool = True, record: bool | None = None) -> list[Tensor]:
        """The gradients of the inputs, zeros where no way leads."""
        grads = self.pull([inside(s, self.level.outer) for s in seeds], keep, record)
        return [self.level.release(zeros(x) if g is None else g) for g, x in zip(grads, self.level.given, strict=True)]


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """函数值与反向映射 / ``func(*primals)``, and a function from upstream gradients to gradients of the primals.

    That function takes what nests like the output, as often as wanted, and returns a tuple, an entry for each primal.
    ``has_aux``: ``func`` returns ``(output, aux)``, and ``aux`` comes third.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vjp.html
    """
    at = Pulled(func, None, primals, has_aux)

    def vjp_fn(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        seeds, spec = flatten(cotangents)
        if spec != at.out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {spec.plain()}, primal output: {at.out_spec.plain()}"
            )
        for s in seeds:
            if not isinstance(s, Tensor):
                raise TypeError(f"gradients can be either Tensors or None, but got {type(s).__name__}")
        seeds = [fitting(s, o, i) for i, (s, o) in enumerate(zip(seeds, at.outs, strict=True))]
        return at.spec.build(at.back(seeds, retain_graph, create_graph))

    return (at.value(), vjp_fn, at.aux) if has_aux else (at.value(), vjp_fn)
