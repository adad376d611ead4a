"""All partial derivatives at once. 雅可比矩阵与海森矩阵。

Source: https://docs.pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from tidu._pytree import flatten
from tidu._tensor import Tensor, wrap
from tidu.func._levels import Argnums, chosen, positions, replaced, zeros
from tidu.func.forward import jvp
from tidu.func.reverse import Pulled
from tidu.ops.join import stack


def jacrev(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False,
    chunk_size: int | None = None, _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """反向求雅可比 / A function that returns the Jacobian of ``func``, by a backward pass for each output element.

    For each output and each input a tensor of shape ``output.shape + input.shape``; outputs nest around inputs.
    ``argnums``     with respect to which argument, or to which ones: then a tuple in the place of an input
    ``has_aux``     ``func`` returns ``(output, aux)``, and the new function ``(jacobian, aux)``
    ``chunk_size``  how many passes run at once, which takes memory; all of them by default
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jacrev.html
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @wraps(func)
    def function(*args: Any) -> Any:
        at = Pulled(func, argnums, args, has_aux)
        _check_real("jacrev", "inputs", at.inputs)
        _check_real("jacrev", "outputs", at.outs)
        blocks = []
        for i, out in enumerate(at.outs):
            seeds = list(map(zeros, at.outs))
            rows = []
            for j in range(out.numel()):
                seeds[i] = _unit(out, j)
                rows.append(at.back(seeds))
            columns = [[row[k] for row in rows] for k in range(len(at.inputs))]
            blocks.append(
                at.spec.build(
                    [_stacked(c, (*out.shape, *x.shape), x, 0) for c, x in zip(columns, at.inputs, strict=True)]
                )
            )
        found = at.out_spec.build(blocks)
        return (found, at.aux) if has_aux else found

    return function


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """前向求雅可比 / A function that returns the Jacobian of ``func``, by a forward pass for each input element.

    As ``jacrev``, and the better one where outputs are more than inputs. ``randomness``: as of ``vmap``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jacfwd.html
    """

    @wraps(func)
    def function(*args: Any) -> Any:
        places = positions(argnums, args)
        xs, spec = flatten(chosen(argnums, places, args))
        _check_real("jacfwd", "inputs", xs)

        def along(*primals: Any) -> Any:
            return func(*replaced(argnums, places, args, spec.build(primals)))

        columns: list[list[Tensor]] = []
        outs: list[Tensor] = []
        aux: Any = None
        for k, x in enumerate(xs):
            for j in range(x.numel()):
                tangents = tuple([_unit(y, j) if n == k else zeros(y) for n, y in enumerate(xs)])
                value, pushed, *rest = jvp(along, tuple(xs), tangents, has_aux=has_aux)
                if not columns:
                    outs, out_spec = flatten(value)
                    aux = rest
                columns.append(flatten(pushed)[0])
        if not columns:
            value, _, *aux = jvp(along, tuple(xs), tuple(map(zeros, xs)), has_aux=has_aux)
            outs, out_spec = flatten(value)
        _check_real("jacfwd", "outputs", outs)
        blocks = []
        for i, out in enumerate(outs):
            row, start = [], 0
            for x in xs:
                part = [c[i] for c in columns[start : start + x.numel()]]
                start += x.numel()
                row.append(_stacked(part, (*out.shape, *x.shape), out, out.dim()))
            blocks.append(spec.build(row))
        found = out_spec.build(blocks)
        return (found, aux[0]) if has_aux else found

    return function


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """海森矩阵 / A function that returns all second partial derivatives of ``func``: ``jacfwd(jacrev(func))``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.hessian.html
    """
    return jacfwd(jacrev(func, argnums), argnums)


def _unit(x: Tensor, j: int) -> Tensor:
    """Zeros like ``x``, and a one at its element ``j``."""
    array = np.zeros_like(x._array, order="C")
    array.reshape(-1)[j] = 1
    return wrap(array)


def _stacked(parts: Any, shape: tuple[int, ...], like: Tensor, dim: int) -> Tensor:
    if not parts:
        return wrap(np.zeros_like(like._array, shape=shape))
    return stack(list(parts), dim).reshape(shape)


def _check_real(function: str, what: str, tensors: Any) -> None:
    for i, t in enumerate(tensors):
        if isinstance(t, Tensor) and t._array.dtype.kind == "c":
            raise RuntimeError(
                f"{function}: Expected all {what} to be real but received complex tensor at flattened input idx: {i}"
            )
