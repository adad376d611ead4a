"""All partial derivatives at once. 雅可比矩阵与海森矩阵。

Source: https://docs.pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from tidu._batch import Batch, batch, beside, levels
from tidu._modes import modes
from tidu._pytree import flatten
from tidu._tensor import Tensor, wrap
from tidu.autograd.forward_ad import joined, parted
from tidu.func._levels import (
    Argnums,
    Level,
    Outer,
    alias,
    chosen,
    inside,
    outside,
    positions,
    replaced,
    tensors_of,
    zeros,
)
from tidu.func.forward import JVP, Push, forward_level, parts, running
from tidu.func.reverse import Pulled
from tidu.ops.join import cat, stack


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
        outer = at.level.outer
        counts = [o.numel() for o in at.outs]
        rows = _rows(at, units(at.outs, outer), sum(counts), chunk_size)
        blocks = []
        start = 0
        for out, n in zip(at.outs, counts, strict=True):
            row = [r[start : start + n].movedim(0, len(outer)) for r in rows]
            start += n
            made = [
                r.reshape((*r.shape[: len(outer)], *out.shape, *x.shape)) for r, x in zip(row, at.inputs, strict=True)
            ]
            blocks.append(at.spec.build(map(at.level.release, made)))
        found = at.out_spec.build(blocks)
        return (found, at.aux) if has_aux else found

    return function


FEW = 8  # rows that are sooner one after the other, on arrays, than at once, on batches


def _rows(at: Pulled, seeds: list[Tensor], total: int, chunk_size: int | None) -> list[Tensor]:
    """For each input its gradients, one for each row of ``seeds``."""
    pull, given = at.pull, at.level.given
    size = chunk_size or max(total, 1)
    if size == 1 or (total <= FEW and not pull.live and not modes.dual):
        found = [pull([s[i] for s in seeds]) for i in range(total)]
        return [_joined([row[k] for row in found], x) for k, x in enumerate(given)]
    parts = []
    for start in range(0, total, size):
        with levels(min(size, total - start)) as level:
            grads = pull([batch(level, s[start : start + size]) for s in seeds])
            parts.append([front(g, x, level) for g, x in zip(grads, given, strict=True)])
    return [p[0] if len(p) == 1 else cat(list(p), dim=0) for p in zip(*parts, strict=True)]


def _joined(rows: Sequence[Tensor | None], x: Tensor) -> Tensor:
    if all(r is None for r in rows):
        return zeros_of((len(rows),), x)
    return stack([zeros(x) if r is None else r for r in rows], dim=0)


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
        counts = [x.numel() for x in xs]
        found = Pushing(lambda *given: func(*replaced(argnums, places, args, spec.build(given))), xs, has_aux)
        _check_real("jacfwd", "outputs", found.outs)
        blocks = []
        for t in found.tangents:
            row, start = [], 0
            for x, n in zip(xs, counts, strict=True):
                part = t[start : start + n].movedim(0, -1)
                start += n
                row.append(found.release(part.reshape((*part.shape[:-1], *x.shape))))
            blocks.append(spec.build(row))
        made = found.out_spec.build(blocks)
        return (made, found.aux) if has_aux else made

    return function


class Pushing:
    """A function at a point, and for each output its tangents, one for each element of the inputs.

    ``release`` gives a tensor that was made of them as the world outside sees it.
    """

    def __init__(self, func: Callable[..., Any], xs: Sequence[Tensor], has_aux: bool) -> None:
        self.outer = modes.levels
        self.total = sum([x.numel() for x in xs])
        tangents = units(xs, self.outer)
        if modes.level == 1:
            raise RuntimeError("Nested forward mode AD is not supported at the moment")
        if modes.level:
            self._transpose(func, xs, tangents, has_aux)
        else:
            self._push(func, xs, tangents, has_aux)

    def _push(self, func: Callable[..., Any], xs: Sequence[Tensor], tangents: list[Tensor], has_aux: bool) -> None:
        outer = self.outer
        with forward_level(), running() as recorded, beside(self.total) as level:
            given = self._batched(tangents, level)
            duals = [joined(inside(x, outer), t) for x, t in zip(xs, given, strict=True)]
            value, aux, aux_spec = parts(func(*[outside(d, outer) for d in duals]), has_aux)
            self.outs, self.out_spec = tensors_of(value, JVP)
            found = [parted(inside(o, outer)) for o in self.outs]
            self.tangents = [self._front(f.tangent, f.primal, level) for f in found]
            aux = [parted(inside(a, outer)).primal for a in aux]
        self.release = (lambda t: outside(t, outer)) if recorded else (lambda t: outside(alias(t), outer))
        self.aux = aux_spec.build(map(self.release, aux))

    def _transpose(self, func: Callable[..., Any], xs: Sequence[Tensor], tangents: list[Tensor], has_aux: bool) -> None:
        at = Level()
        with at.opened():
            value = func(*[at.own(x) for x in xs])
        value, aux, aux_spec = parts(value, has_aux)
        self.outs, self.out_spec = tensors_of(value, JVP)
        whole = [inside(o, self.outer) for o in self.outs]
        push = Push(whole, at)
        with levels(self.total) as level:
            found = push(self._batched(tangents, level))
            self.tangents = [self._front(t, o, level) for t, o in zip(found, whole, strict=True)]
        self.release = at.release
        self.aux = aux_spec.build(map(at.released, aux))

    def _batched(self, tangents: list[Tensor], level: Any) -> list[Tensor]:
        if self.total > 1:
            return [batch(level, t) for t in tangents]
        return [t[0] if self.total else zeros_of((), t, 1) for t in tangents]

    def _front(self, t: Tensor | None, like: Tensor, level: Any) -> Tensor:
        if self.total > 1:
            return front(t, like, level)
        return zeros_of((self.total,), like) if t is None or not self.total else t[None]


def front(t: Tensor | None, like: Tensor, level: Any) -> Tensor:
    """The tensor of all examples of a level: of what is the same for all, as many; of None, zeros like another."""
    if t is None:
        return zeros_of((level.size,), like)
    if isinstance(t._tangent, Batch) and t._tangent.level is level:
        return t._tangent.front()
    return t.expand((level.size, *t.shape))


def zeros_of(lead: tuple[int, ...], like: Tensor, skip: int = 0) -> Tensor:
    """Zeros of further dimensions in front of those of ``like``, without its first ones."""
    return wrap(np.zeros_like(like._array, order="C", shape=(*lead, *like.shape[skip:])))


def units(xs: Sequence[Tensor], outer: Outer) -> list[Tensor]:
    """The unit vectors of the space that all elements of some tensors span: of each tensor a row for each of them."""
    total = sum([x.numel() for x in xs])
    sizes = tuple([level.size for level in outer])
    made = []
    start = 0
    for x in xs:
        whole = inside(x, outer)._array
        n = x.numel()
        rows = np.zeros_like(whole, order="C", shape=(total, math.prod(sizes), n))
        at = np.arange(n)
        rows[start + at, :, at] = 1
        made.append(wrap(rows.reshape((total, *sizes, *x.shape))))
        start += n
    return made


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """海森矩阵 / A function that returns all second partial derivatives of ``func``: ``jacfwd(jacrev(func))``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.hessian.html
    """
    return jacfwd(jacrev(func, argnums), argnums)


def _check_real(function: str, what: str, tensors: Any) -> None:
    for i, t in enumerate(tensors):
        if isinstance(t, Tensor) and t._array.dtype.kind == "c":
            raise RuntimeError(
                f"{function}: Expected all {what} to be real but received complex tensor at flattened input idx: {i}"
            )
