"""Batching rules of functions that make tensors and that draw numbers. 创建与随机函数的批处理规则。

Where every example is to get numbers of its own, they are drawn for all at once, as PyTorch draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tidu._batch import DRAWING_RULES, FUNCTION_RULES, Batch, Level, batch, each_call, unwritable
from tidu._modes import modes
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.batching import spread

Function = Callable[..., Any]
Args = tuple[Any, ...]
Kwargs = dict[str, Any]


# ---- made like a batch, what is made is one


def _like(rider: Batch, function: Function, args: Args, kwargs: Kwargs) -> Any:
    if not rider.has(args[0]):  # a batch of numbers to fill with, which are one each
        return each_call(rider, function, args, kwargs)
    form = kwargs.get("memory_format")
    if form is not None and str(form) not in ("torch.preserve_format", "torch.contiguous_format"):
        return each_call(rider, function, args, kwargs)
    return batch(rider.level, function(rider.front(), *args[1:], **kwargs))


for _name in ("zeros_like", "ones_like", "empty_like", "full_like"):
    FUNCTION_RULES[_name] = _like


def sizes(args: Args) -> tuple[int, ...]:
    """A size given as numbers one by one, or as a tuple."""
    return tuple(args[0]) if len(args) == 1 and isinstance(args[0], (tuple, list)) else args


def _new(rider: Batch, function: Function, args: Args, kwargs: Kwargs) -> Any:
    named = {k: v for k, v in kwargs.items() if k != "size"}
    size = sizes(args[1:]) if len(args) > 1 else sizes((kwargs["size"],))
    return batch(rider.level, function(rider.front(), (rider.level.size, *size), **named))


def _new_full(rider: Batch, function: Function, args: Args, kwargs: Kwargs) -> Any:
    if not rider.has(args[0]) or len(args) < 2:
        return each_call(rider, function, args, kwargs)
    return batch(rider.level, function(rider.front(), (rider.level.size, *args[1]), *args[2:], **kwargs))


for _name in ("new_zeros", "new_ones", "new_empty"):
    FUNCTION_RULES[_name] = _new
FUNCTION_RULES["new_full"] = _new_full


# ---- random numbers


@contextmanager
def outside(level: Level) -> Iterator[None]:
    """As further out, where the next level has its say."""
    previous, modes.levels = modes.levels, modes.levels[:-1]
    try:
        yield
    finally:
        modes.levels = previous


def refuse_random(level: Level) -> None:
    if level.randomness == "error":
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            "randomness flags on vmap or perform the randomness operation out of vmap"
        )


_BATCHED = "Vmap does not currently support same randomness with a batched tensor input."


def has(level: Level, a: Any) -> bool:
    carried = getattr(a, "_tangent", None)
    return type(carried) is Batch and carried.level is level


def _sized(place: int | None) -> Callable[..., Any]:
    """The rule of functions with a size: the ``place``-th argument, or all there are."""

    def rule(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
        refuse_random(level)
        with outside(level):
            if level.randomness == "same":
                return function(*args, **kwargs)
            if "size" in kwargs:
                named = {**kwargs, "size": (level.size, *sizes((kwargs["size"],)))}
                return batch(level, function(*args, **named))
            if place is None:
                return batch(level, function((level.size, *sizes(args)), **kwargs))
            at = place if len(args) > place else len(args) - 1
            given = (*args[:at], (level.size, *args[at]), *args[at + 1 :])
            return batch(level, function(*given, **kwargs))

    return rule


for _name in ("rand", "randn"):
    DRAWING_RULES[_name] = _sized(None)
DRAWING_RULES["randint"] = _sized(2)


def _like_random(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
    refuse_random(level)
    x = args[0]
    own = has(level, x)
    with outside(level):
        if level.randomness == "same":
            x = FUNCTIONS["empty"](x._array.shape, dtype=x.dtype) if own else x
            return function(x, *args[1:], **kwargs)
        front = x._tangent.front() if own else FUNCTIONS["empty"]((level.size, *x._array.shape), dtype=x.dtype)
        return batch(level, function(front, *args[1:], **kwargs))


for _name in ("rand_like", "randn_like", "randint_like"):
    DRAWING_RULES[_name] = _like_random


def _of_tensors(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
    """Numbers that tensors say how to draw, one for each of their elements."""
    refuse_random(level)
    tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor)]
    if not tensors and function.__name__ == "normal":
        return _sized(2)(level, function, args, kwargs)
    own = any(has(level, t) for t in tensors)
    if level.randomness == "same" and own:
        raise RuntimeError(_BATCHED)
    with outside(level):
        if level.randomness == "same":
            return function(*args, **kwargs)
        most = max(t._array.ndim for t in tensors)

        def whole(a: Any) -> Any:
            if not isinstance(a, Tensor):
                return a
            if not has(level, a):
                return spread(level, a).contiguous()
            front: Tensor = a._tangent.front()  # type: ignore[union-attr]
            return front.reshape(level.size, *[1] * (most - a._array.ndim), *a._array.shape)

        return batch(level, function(*map(whole, args), **{k: whole(v) for k, v in kwargs.items()}))


for _name in ("normal", "bernoulli", "poisson", "binomial", "standard_gamma", "dirichlet"):
    DRAWING_RULES[_name] = _of_tensors


def _one_by_one(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
    """One example after the other."""
    refuse_random(level)
    own = [a for a in (*args, *kwargs.values()) if has(level, a)]
    if level.randomness == "same":
        if own:
            raise RuntimeError(_BATCHED)
        with outside(level):
            return function(*args, **kwargs)
    with outside(level):
        if own:
            return each_call(own[0]._tangent, function, args, kwargs)
        return batch(level, FUNCTIONS["stack"]([function(*args, **kwargs) for _ in range(level.size)]))


for _name in ("randperm", "multinomial"):
    DRAWING_RULES[_name] = _one_by_one


def _filling(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
    """Written into a tensor, which has to have a place for each example's."""
    refuse_random(level)
    x = args[0]
    own = has(level, x)
    given = [a for a in (*args[1:], *kwargs.values()) if has(level, a)]
    if given and not own:
        raise RuntimeError(_BATCHED) if level.randomness == "same" else unwritable(function.__name__)

    def front(a: Any) -> Any:
        return a._tangent.front() if has(level, a) else a

    with outside(level):
        if level.randomness == "same":
            if own:
                one = function(FUNCTIONS["empty"](x._array.shape, dtype=x.dtype), *args[1:], **kwargs)
                front(x).copy_(one)
            else:
                function(x, *args[1:], **kwargs)
            return x
        if not own:
            raise RuntimeError(
                "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same "
                "randomness. If this is necessary for your usage, please file an issue."
            )
        function(*map(front, args), **{k: front(a) for k, a in kwargs.items()})
        return x


for _name in "uniform_ normal_ log_normal_ cauchy_ exponential_ geometric_ bernoulli_ random_".split():
    DRAWING_RULES[_name] = _filling


def _rrelu(rider: Batch, function: Function, args: Args, kwargs: Kwargs) -> Any:
    training = args[3] if len(args) > 3 else kwargs.get("training", False)
    if training:
        refuse_random(rider.level)
        if rider.level.randomness == "same":
            raise RuntimeError(_BATCHED)
    return each_call(rider, function, args, kwargs)


FUNCTION_RULES["rrelu"] = _rrelu


def _mask(level: Level, function: Function, args: Args, kwargs: Kwargs) -> Any:
    """The mask of a dropout: where all are to have the same it is one, where not it is a batch."""
    refuse_random(level)
    room, p = args
    own = has(level, room)
    with outside(level):
        if level.randomness == "same":
            return function(FUNCTIONS["empty"](room._array.shape, dtype=room.dtype) if own else room, p)
        front = room._tangent.front() if own else FUNCTIONS["empty"]((level.size, *room.shape), dtype=room.dtype)
        return batch(level, function(front, p))


DRAWING_RULES["mask"] = _mask
