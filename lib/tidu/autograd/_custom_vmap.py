"""Custom functions under ``vmap``: by a ``vmap`` method, or by the methods for one example run on all.

Source: https://docs.pytorch.org/docs/stable/notes/extending.func.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tidu._batch import Level, batch, levels
from tidu._modes import modes
from tidu._pytree import flatten
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu._vmap import spread
from tidu.autograd._custom import ALONE, MORE, as_tuple

if TYPE_CHECKING:
    from tidu.autograd.function import BackwardCFunction, Function


class VmapInfo(NamedTuple):
    """What a ``vmap`` method is told: how many examples, and what random functions are to do. 批处理信息。"""

    batch_size: int
    randomness: str


def run(base: type[Function], cls: type[Function], args: tuple[Any, ...], separate: bool) -> Any:
    """``cls.apply`` inside ``vmap``: the innermost level is done with, and what it calls meets the next.

    ``base`` is ``Function`` itself: what a class has of it was not overridden.
    """
    if not separate:
        raise RuntimeError(ALONE)
    own = cls.vmap is not base.vmap
    if cls.generate_vmap_rule and own:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            f"ambiguity. {MORE}"
        )
    if not cls.generate_vmap_rule and not own:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement "
            f"the vmap staticmethod or set generate_vmap_rule=True. {MORE}"
        )
    level: Level = modes.levels[-1]
    leaves, spec = flatten(args)
    physical, dims = _taken(leaves, level)
    active, modes.levels = modes.levels, modes.levels[:-1]
    try:
        if all(d is None for d in dims):
            return cls.apply(*args)
        given = spec.build(physical)
        if own:
            returned = cls.vmap(VmapInfo(level.size, level.randomness), spec.build(dims), *given)
            outs, places = _checked(returned)
        else:
            rule = _Rule(base, cls, level, dims)
            outs, places = rule.made.apply(*given), rule.places
    finally:
        modes.levels = active
    return _given(outs, places, level)


def _taken(values: Sequence[Any], level: Level) -> tuple[list[Any], list[int | None]]:
    """What is batched at a level as the tensor of all examples, and which dimension counts them."""
    carried: list[Any] = [v._tangent if isinstance(v, Tensor) else None for v in values]
    own = [getattr(c, "level", None) is level for c in carried]
    return (
        [c.value if o else v for v, c, o in zip(values, carried, own, strict=True)],
        [c.dim if o else None for c, o in zip(carried, own, strict=True)],
    )


def _given(outs: Any, places: Sequence[int | None], level: Level) -> Any:
    """The way back."""
    leaves, spec = flatten(outs)
    return spec.build(
        [
            batch(level, v, d % v._array.ndim) if isinstance(v, Tensor) and d is not None else v
            for v, d in zip(leaves, places, strict=True)
        ]
    )


def _checked(returned: Any) -> tuple[Any, Sequence[int | None]]:
    """What a ``vmap`` method returned: outputs, and one dimension for each tensor in them."""
    if not isinstance(returned, tuple) or len(returned) != 2:
        got = f"{len(returned)} returns" if isinstance(returned, tuple) else f"a {type(returned)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output. Got {got} instead"
        )
    outs, out_dims = returned
    spec = flatten(outs)[1]
    places = spread(out_dims, spec)
    if places is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure "
            f"{flatten(out_dims)[1]} but output has structure {spec}. {MORE}"
        )
    return outs, places


class _Context:
    """The ``ctx`` of a method for one example: what it keeps is kept of all examples."""

    def __init__(self, rule: _Rule, ctx: BackwardCFunction, level: Level) -> None:
        self.__dict__.update(_rule=rule, _ctx=ctx, _level=level)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._ctx, name, value)

    def save_for_backward(self, *tensors: Any) -> None:
        kept, self._rule.saved = _taken(tensors, self._level)
        self._ctx.save_for_backward(*kept)

    def save_for_forward(self, *tensors: Any) -> None:
        kept, self._rule.pushed = _taken(tensors, self._level)
        self._ctx.save_for_forward(*kept)

    def mark_dirty(self, *tensors: Any) -> None:
        self._ctx.mark_dirty(*_taken(tensors, self._level)[0])

    def mark_non_differentiable(self, *tensors: Any) -> None:
        self._ctx.mark_non_differentiable(*_taken(tensors, self._level)[0])

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        rule = self._rule
        places = rule.saved if self._ctx.saved_for_forward is None else rule.pushed
        return tuple(_given(list(self._ctx.saved_tensors), places, self._level))


class _Rule:
    """A function of all examples, ``made`` of the methods for one."""

    def __init__(self, base: type[Function], cls: type[Function], level: Level, dims: Sequence[int | None]) -> None:
        self.cls, self.size, self.randomness, self.dims = cls, level.size, level.randomness, dims
        self.places: list[int | None] = []
        self.saved: list[int | None] = []
        self.pushed: list[int | None] = []
        methods = {"forward": self.forward, "setup_context": self.setup_context, "backward": self.backward,
                   "jvp": self.jvp, "generate_vmap_rule": True}  # fmt: skip
        meta: Any = type(base)
        self.made: Any = meta(f"Vmapped{cls.__name__}", (base,), methods)

    def forward(self, *args: Any) -> Any:
        with levels(self.size, self.randomness) as level:
            outs = self.cls.forward(*_given(list(args), self.dims, level))
            physical, self.places = _taken(as_tuple(outs), level)
        return tuple(physical) if isinstance(outs, tuple) else physical[0]

    def setup_context(self, ctx: BackwardCFunction, inputs: tuple[Any, ...], output: Any) -> None:
        with levels(self.size, self.randomness) as level:
            given = tuple(_given(list(inputs), self.dims, level))
            self.cls.setup_context(_Context(self, ctx, level), given, _given(output, self.places, level))

    def backward(self, ctx: BackwardCFunction, *grads: Any) -> Any:
        with levels(self.size, self.randomness) as level:
            given = _given(list(grads), self.places, level)
            found = as_tuple(self.cls.call_backward(_Context(self, ctx, level), given))
            found = (*found, *[None] * (len(self.dims) - len(found)))
            return tuple([self.settled(g, d, level) for g, d in zip(found, self.dims, strict=False)])

    def settled(self, g: Any, dim: int | None, level: Level) -> Any:
        """The gradient of all examples, as their input has them: of one input for all, the sum."""
        (value,), (at,) = _taken([g], level)
        if not isinstance(value, Tensor):
            return value
        if dim is None:
            return value if at is None else value.sum(at)
        if at is None:
            return FUNCTIONS["stack"]([value] * self.size, dim)
        return value if at == dim else FUNCTIONS["movedim"](value, at, dim)

    def jvp(self, ctx: BackwardCFunction, *tangents: Any) -> Any:
        with levels(self.size, self.randomness) as level:
            given = _given(list(tangents), self.dims, level)
            found = as_tuple(self.cls.jvp(_Context(self, ctx, level), *given))
            moved = []
            for t, d in zip(found, self.places, strict=False):
                (value,), (at,) = _taken([t], level)
                if d is not None and isinstance(value, Tensor) and at != d:
                    value = FUNCTIONS["stack"]([value] * self.size, d) if at is None else value.movedim(at, d)
                moved.append(value)
            return tuple(moved)
