"""Jacobian-vector products as transforms of functions. 前向模式的变换。

The outermost ``jvp`` is forward mode: tangents ride along. Tangents of two levels cannot, so one inside another takes
two vector-Jacobian products: the first is linear in its upstream gradient, and the gradient with respect to that is the
product (Townsend 2017, "A new trick for calculating Jacobian vector products").
Source: https://docs.pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tidu._modes import modes, switch
from tidu._pytree import Spec, flatten
from tidu._tensor import Tensor
from tidu.autograd.forward_ad import close_level, joined, open_level, parted
from tidu.func._levels import Level, Pull, alias, checked_aux, inside, outside, tensors_of, with_aux, zeros

JVP = "jvp(f, primals, tangents)"


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple[Any, ...]:
    """函数值与方向导数 / ``func(*primals)``, and the product of its Jacobian with ``tangents``, in one forward pass.

    ``primals`` and ``tangents`` are tuples that nest alike; the second result nests as the first does. ``strict``: an
    output that depends on no input is a ``RuntimeError``, not zeros. ``has_aux``: ``func`` returns ``(output, aux)``,
    and ``aux`` comes third.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.jvp.html
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    xs, spec = flatten(primals)
    ts, other = flatten(tangents)
    if spec != other:
        raise RuntimeError(
            f"{JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure "
            f"{other}"
        )
    if not xs:
        raise RuntimeError(f"{JVP}: Expected primals to contain at least one Tensor.")
    for name, flat in (("primals", xs), ("tangents", ts)):
        for t in flat:
            if not isinstance(t, Tensor):
                raise RuntimeError(f"{JVP}: Expected {name} to only contain Tensors, got {type(t)}")
    if modes.level == 1:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    pushed = _twice if modes.level else _once
    outs, pairs, aux = pushed(func, xs, spec, ts, strict, has_aux)
    return (outs, pairs, aux) if has_aux else (outs, pairs)


@contextmanager
def running() -> Iterator[bool]:
    """While the function of a transform runs: history is recorded; says whether it is outside."""
    recorded = switch(True)
    modes.transforms += 1
    try:
        yield recorded
    finally:
        modes.transforms -= 1
        switch(recorded)


def _once(
    func: Callable[..., Any], xs: Sequence[Tensor], spec: Spec, ts: Sequence[Tensor], strict: bool, has_aux: bool
) -> tuple[Any, Any, Any]:
    """By forward mode."""
    outer = modes.levels
    with forward_level():
        with running() as recorded:
            duals = [joined(inside(x, outer), inside(t, outer)) for x, t in zip(xs, ts, strict=True)]
            value = func(*spec.build([outside(d, outer) for d in duals]))
            value, aux, aux_spec = parts(value, has_aux)
            flat, out_spec = tensors_of(value, JVP)
            found = [parted(inside(o, outer)) for o in flat]
            aux = [parted(inside(a, outer)).primal for a in aux]
    free = (lambda t: outside(t, outer)) if recorded else (lambda t: outside(alias(t), outer))
    if strict and any(f.tangent is None for f in found):
        raise _independent()
    return (
        out_spec.build([free(f.primal) for f in found]),
        out_spec.build([free(zeros(f.primal) if f.tangent is None else f.tangent) for f in found]),
        aux_spec.build(map(free, aux)),
    )


@contextmanager
def forward_level() -> Iterator[None]:
    """A level of forward mode of a transform's own."""
    forward, modes.forward = modes.forward, True
    open_level(2)
    try:
        yield
    finally:
        close_level()
        modes.forward = forward


def parts(value: Any, has_aux: bool) -> tuple[Any, Any, Spec]:
    if not has_aux:
        return value, *flatten(())
    value, aux = with_aux(value, JVP)
    return value, *checked_aux(aux)


def _independent() -> RuntimeError:
    return RuntimeError(
        "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
        "with strict=True."
    )


def _twice(
    func: Callable[..., Any], xs: Sequence[Tensor], spec: Spec, ts: Sequence[Tensor], strict: bool, has_aux: bool
) -> tuple[Any, Any, Any]:
    """By two vector-Jacobian products."""
    level = Level()
    with level.opened():
        value = func(*spec.build([level.own(x) for x in xs]))
    value, aux, aux_spec = parts(value, has_aux)
    flat, out_spec = tensors_of(value, JVP)
    outs = [inside(o, level.outer) for o in flat]
    push = Push(outs, level)
    if strict and not all(map(push.pull.depends, range(len(outs)))):
        raise _independent()
    return (
        out_spec.build(map(level.release, outs)),
        out_spec.build(map(level.release, push([inside(t, level.outer) for t in ts]))),
        aux_spec.build(map(level.released, aux)),
    )


class Push:
    """From tangents of inputs to tangents of outputs, as often as asked, by transposing the way back. 前向映射。

    All as the level works on it, as of ``Pull``.
    """

    def __init__(self, outs: Sequence[Tensor], level: Level) -> None:
        self.outs = outs
        self.pull = Pull(outs, level)
        upstream = Level()
        upstream.outer = ()
        with upstream.opened():
            seeds = [upstream.own(zeros(o)) if o._array.dtype.kind in "fcV" else zeros(o) for o in outs]
            grads = self.pull(seeds, record=True)
        self.reached = [i for i, g in enumerate(grads) if g is not None]
        self.back = Pull([g for g in grads if g is not None], upstream)
        self.places = [i for i, s in enumerate(seeds) if id(s) in upstream.own_ends]

    def __call__(self, tangents: Sequence[Tensor]) -> list[Tensor]:
        given = [_like(tangents[i], o) for i, o in zip(self.reached, self.back.outs, strict=True)]
        found = dict(zip(self.places, self.back(given), strict=True))
        made = [found.get(i) for i in range(len(self.outs))]
        return [zeros(o) if t is None else t for t, o in zip(made, self.outs, strict=True)]


def _like(t: Tensor, x: Tensor) -> Tensor:
    return t if t._array.dtype == x._array.dtype else t.to(x.dtype)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """线性化 / ``func(*primals)``, and a function from tangents to the Jacobian-vector product there.

    That function may be called again and again: ``func`` itself runs once only.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.linearize.html
    """
    level = Level()
    with level.opened():
        xs, spec = flatten(primals)
        for x in xs:
            if not isinstance(x, Tensor):
                raise AttributeError(f"linearize(): primals have to be tensors, not {type(x).__name__}")
        value = func(*spec.build([level.own(x) for x in xs]))
    flat, out_spec = flatten(value)
    tensors = [i for i, o in enumerate(flat) if isinstance(o, Tensor)]
    whole = [inside(flat[i], level.outer) for i in tensors]
    push = Push(whole, level)

    def jvp_fn(*tangents: Any) -> Any:
        ts, other = flatten(tangents)
        if other != spec:
            raise RuntimeError(f"Expected the tangents {other} to have the same argspec as the primals {spec}")
        for i, (t, x) in enumerate(zip(ts, xs, strict=True)):
            for what in ("shape", "dtype"):
                mine, wanted = getattr(t, what), getattr(x, what)
                if mine != wanted:
                    raise RuntimeError(
                        f"tangent:{i} with {what} {mine!r} in flattened pytree doesn't match the {what} {wanted!r} of "
                        "the corresponding primal."
                    )
        made = [*flat]
        for i, t in zip(tensors, push([inside(t, level.outer) for t in ts]), strict=True):
            made[i] = level.release(t)
        return out_spec.build(made)

    released = [*flat]
    for i, o in zip(tensors, whole, strict=True):
        released[i] = level.release(o)
    return out_spec.build(released), jvp_fn
