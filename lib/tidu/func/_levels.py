"""What transforms share: inputs that are a level's own, gradients that are pulled back to them, results that leave it.

All levels are one graph. A transform's input becomes a new tensor: a leaf, or a view of what was given if that has a
history, so that derivatives with respect to the one are none with respect to the other, and levels cannot be confused.
When the function has returned, the level is *closed*: its leaves require no gradient any more, and a history that leads
to nothing but closed leaves is dropped from what is given back. Only where a history leads on (to an outer level, to a
tensor with ``requires_grad`` in the function's closure), or tangents ride along, is the backward pass recorded itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tidu._batch import Batch, batch, lift, physical
from tidu._engine import Walk
from tidu._graph import AccumulateGrad, Node, edge
from tidu._modes import modes, switch
from tidu._pytree import Spec, flatten
from tidu._size import Size
from tidu._tangents import give
from tidu._tensor import Tensor, wrap

Outer = tuple[Any, ...]  # the levels of ``vmap`` around a transform


def inside(t: Tensor, outer: Outer) -> Tensor:
    """A tensor as a transform works on it: that of all examples of the ``vmap``s around, their dimensions in front."""
    if not outer:
        return t
    whole = physical(lift(t))
    for level in modes.levels[len(outer) :]:
        whole = batch(level, whole, len(outer))
    return whole


def outside(t: Tensor, outer: Outer) -> Tensor:
    """And as it is seen by the function that is transformed, and by who called."""
    if not outer:
        return t
    inner = modes.levels[len(outer) :]
    if inner:
        n = len(inner)
        t = physical(lift(t, inner)).movedim(tuple(range(n)), tuple(range(len(outer), len(outer) + n)))
    for level in modes.levels:
        t = batch(level, t)
    return t


def alias(t: Tensor) -> Tensor:
    """The same memory and the same tangent, without history."""
    if isinstance(t._tangent, Batch):
        carried = t._tangent
        return batch(carried.level, alias(carried.value), carried.dim)
    out = wrap(t._array)
    out._storage = t.untyped_storage()
    if modes.dual and t._tangent is not None:
        give(out, t._tangent)
    return out


class Level:
    """One transform while its function runs, and what is left of it then. 一层变换。"""

    def __init__(self) -> None:
        self.outer: Outer = modes.levels
        self.given: list[Tensor] = []  # the inputs, as they came
        self.leaves: list[Tensor] = []
        self.ends: list[Node] = []  # where the gradients of the inputs arrive
        self.own_ends: dict[int, Node] = {}  # those of leaves
        self.recorded = True  # whether the world outside records history

    def own(self, x: Tensor) -> Tensor:
        """A tensor of this level in the place of ``x``."""
        if x._array.dtype.kind not in "fcV":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        x = inside(x, self.outer)
        self.given.append(x)
        if self.recorded and x.requires_grad:
            mine = x.view_as(x)
        else:
            mine = alias(x)
            mine._requires_grad = True
            self.leaves.append(mine)
        end = edge(mine)
        assert end is not None
        self.ends.append(end)
        if mine._node is None:
            self.own_ends[id(mine)] = end
        return outside(mine, self.outer)

    def root(self, out: Tensor) -> Node | None:
        """Where a gradient of an output enters; the function may return an input as it is."""
        return self.own_ends.get(id(out)) or (edge(out) if out.requires_grad else None)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While the function runs: history is recorded, whatever is so outside."""
        self.recorded = switch(True)
        modes.transforms += 1
        try:
            yield
        finally:
            modes.transforms -= 1
            switch(self.recorded)
            for leaf in self.leaves:
                leaf._requires_grad = False

    def release(self, t: Tensor) -> Tensor:
        """A result, as the level works on it, as the world outside sees it."""
        history = physical(t)
        if history.requires_grad:
            if not self.recorded or not leads_on([edge(history)]):
                t = alias(t)
        elif any(t is leaf for leaf in self.leaves):
            t = alias(t)
        return outside(t, self.outer)

    def released(self, t: Tensor) -> Tensor:
        """The same of what the function returned."""
        return self.release(inside(t, self.outer))


def leads_on(nodes: Iterable[Node | None]) -> bool:
    """Whether a history reaches a tensor that requires grad still."""
    stack = [n for n in nodes if n is not None]
    seen = set(stack)
    while stack:
        n = stack.pop()
        if isinstance(n, AccumulateGrad):
            if n.variable._requires_grad:
                return True
            continue
        for e in n.edges:
            if e is not None and e not in seen:
                seen.add(e)
                stack.append(e)
    return False


class Pull:
    """From gradients of outputs to gradients of inputs, as often as asked; the way is looked for once. 反向映射。

    All as the level works on it (``inside``); gradients of a level of ``vmap`` further in may be batches of that.
    """

    def __init__(self, outs: Sequence[Tensor], level: Level) -> None:
        self.outs, self.ends = outs, level.ends
        self.roots = list(map(level.root, outs))
        found = [r for r in self.roots if r is not None]
        self.walk = Walk(found, list(level.ends)) if found else None
        self.live = leads_on(found)

    def depends(self, i: int) -> bool:
        """Whether a way leads from output ``i`` to an input."""
        root = self.roots[i]
        if root is None or self.walk is None or self.walk.wanted is None:
            return False
        ways = self.walk.wanted
        return root in self.walk.captures or any(e in ways for e in root.edges)

    def __call__(self, seeds: Sequence[Tensor], keep: bool = True, record: bool | None = None) -> list[Tensor | None]:
        """The gradients of the inputs, None where no way leads; seeds for all outputs.

        ``record``: whether the pass itself is recorded; by itself where it has to be.
        """
        if self.walk is None:
            return [None] * len(self.ends)
        given = [s for s, r in zip(seeds, self.roots, strict=True) if r is not None]
        if record is None:
            record = self.live or any(physical(s).requires_grad for s in given)
        tensors = record or modes.dual > 0 or any(isinstance(s._tangent, Batch) for s in given)
        grads = self.walk.run([s if tensors else s._array for s in given], tensors, keep or record, record=record)
        return [None if g is None else g if tensors else wrap(g) for g in map(grads.get, self.ends)]


def zeros(x: Tensor) -> Tensor:
    return wrap(np.zeros_like(x._array))


def fitting(seed: Tensor, out: Tensor, i: int) -> Tensor:
    """An upstream gradient in its output's dtype; ``RuntimeError`` unless it has its shape."""
    if seed._array.shape != out._array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of {Size(seed._array.shape)} and output[{i}] has a "
            f"shape of {Size(out._array.shape)}."
        )
    return seed if seed._array.dtype == out._array.dtype else seed.to(out.dtype)


# which arguments a transform is about

Argnums = int | tuple[int, ...]


def positions(argnums: Any, args: Sequence[Any]) -> list[int]:
    """The places of the arguments to differentiate with respect to; ``RuntimeError`` unless they are some."""
    if not isinstance(argnums, int) and not (isinstance(argnums, tuple) and all(isinstance(i, int) for i in argnums)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    if not wanted:
        raise RuntimeError("argnums must be non-empty")
    for i in wanted:
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
    places = [i % len(args) for i in wanted]
    if len({*places}) < len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


def chosen(argnums: Argnums, places: Sequence[int], args: Sequence[Any]) -> Any:
    """The arguments there: one, or a tuple of them."""
    return tuple([args[i] for i in places]) if isinstance(argnums, tuple) else args[places[0]]


def replaced(argnums: Argnums, places: Sequence[int], args: Sequence[Any], by: Any) -> tuple[Any, ...]:
    """All arguments, with others there."""
    out = [*args]
    for i, value in zip(places, by if isinstance(argnums, tuple) else (by,), strict=True):
        out[i] = value
    return tuple(out)


# what a function returned


def tensors_of(value: Any, what: str) -> tuple[list[Tensor], Spec]:
    """A function's outputs, which have to be tensors alone, and some."""
    flat, spec = flatten(value)
    if not flat or (len(flat) == 1 and flat[0] is None):
        raise RuntimeError(f"{what}: Expected f to be a function that has non-empty output (got output = {flat})")
    for t in flat:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{what}: expected f(*primals) to return only tensors, got unsupported type {type(t)}")
    return flat, spec


def with_aux(value: Any, what: str) -> tuple[Any, Any]:
    """The two parts of what a function returned that has ``aux``."""
    if not (isinstance(value, tuple) and len(value) == 2):
        raise RuntimeError(f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return value[0], value[1]


def checked_aux(aux: Any) -> tuple[list[Tensor], Spec]:
    flat, spec = flatten(aux)
    for t in flat:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(t)}")
    return flat, spec


def only_tensors(flat: Sequence[Any]) -> None:
    for t in flat:
        if not isinstance(t, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
