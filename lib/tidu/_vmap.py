"""``vmap``: a function of one example becomes one of a batch. 把单样本函数变成整批函数。

What a call does inside stands in ``_batch``, and by which rules in ``ops/batching*.py``.
Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vmap.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from tidu._batch import Batch, Level, batch, levels
from tidu._pytree import LEAF, Spec, flatten
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops import batching

__all__ = ["vmap"]

batching.load()


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """把函数作用到一批样本的每一个 / ``func``, which takes one example, as a function of a batch of them.

    ``in_dims``     which dimension of each input counts the examples; None: the same for all. An int for all inputs,
                    or a tuple as the inputs are nested
    ``out_dims``    where it is to be in each output; None where an output is no tensor or the same for all
    ``randomness``  whether random functions inside are an ``"error"``, draw ``"different"`` numbers for each example,
                    or the ``"same"``
    ``chunk_size``  how many examples at a time; None: all at once

    Keyword arguments are the same for all examples. ``ValueError`` where the dims do not fit what is given or returned,
    ``RuntimeError`` where ``func`` asks for a value: ``if x > 0``, ``x.item()``, a shape that depends on numbers.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and not chunk_size > 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        name = _name(func)
        flat, dims, spec, size = _inputs(name, in_dims, args)
        if chunk_size is None:
            return _run(func, flat, dims, spec, size, out_dims, randomness, kwargs)
        return _in_chunks(func, flat, dims, spec, size, out_dims, randomness, kwargs, chunk_size)

    return wrapped


def _name(func: Callable[..., Any]) -> str:
    """As messages call it; a ``partial`` or a module has no name."""
    return getattr(func, "__name__", None) or repr(func)


# ---- in


def _inputs(name: str, in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], list[Any], Spec, int]:
    """The leaves of the arguments, the dimension of each that counts examples, their structure, and how many."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) "
            f"tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    flat, spec = flatten(args)
    given = spread(in_dims, spec)
    where = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if given is None:
        raise ValueError(
            f"{where}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    dims = [_checked(where, x, dim) for x, dim in zip(flat, given, strict=True)]
    sizes = [x._array.shape[d] for x, d in zip(flat, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return flat, dims, spec, sizes[0]


def _checked(where: str, x: Any, dim: Any) -> int | None:
    """An entry of ``in_dims``, counted from the front."""
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(
            f"{where}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
        )
    if not isinstance(x, Tensor):
        raise ValueError(
            f"{where}Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over non-Tensor "
            "arguments, please use None as the respective in_dim"
        )
    n = x._array.ndim
    if not -n <= dim < n:
        raise ValueError(
            f"{where}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {n} so expected "
            f"in_dim to satisfy -{n} <= in_dim < {n}."
        )
    if isinstance(dim, bool):
        raise TypeError(f"{where}size(): argument 'dim' (position 1) must be int, not bool")
    return dim % n


def spread(tree: Any, spec: Spec) -> list[Any] | None:
    """One entry a leaf of ``spec``, where one of ``tree`` may stand for all that is below it; None: they do not fit."""
    own = flatten(tree)[1]
    if own.kind is None:
        return [tree] * spec.count
    if spec.kind is not own.kind or len(spec.children) != len(own.children) or spec.context != own.context:
        return None
    entries: list[Any] = []
    children = tree.values() if isinstance(tree, dict) else tree
    for child, below in zip(children, spec.children, strict=True):
        found = spread(child, below)
        if found is None:
            return None
        entries += found
    return entries


# ---- at once, or in chunks


def _run(
    func: Callable[..., Any], flat: Sequence[Any], dims: Sequence[int | None], spec: Spec, size: int, out_dims: Any,
    randomness: str, kwargs: dict[str, Any],
) -> Any:  # fmt: skip
    outs, _, made = _all(func, flat, dims, spec, size, out_dims, randomness, kwargs)
    return made.build(outs)


def _all(
    func: Callable[..., Any], flat: Sequence[Any], dims: Sequence[int | None], spec: Spec, size: int, out_dims: Any,
    randomness: str, kwargs: dict[str, Any],
) -> tuple[list[Any], list[Any], Spec]:  # fmt: skip
    """What ``func`` gives of all examples: the leaves, where the examples are in each, the structure."""
    with levels(size, randomness) as level:
        given = [x if d is None else batch(level, x, d) for x, d in zip(flat, dims, strict=True)]
        result = func(*spec.build(given), **kwargs)
        name = _name(func)
        outs, made = flatten(result)
        places = _places(name, result, made, out_dims)
        return [_unwrapped(name, level, o, d) for o, d in zip(outs, places, strict=True)], places, made


def _in_chunks(
    func: Callable[..., Any], flat: Sequence[Any], dims: Sequence[int | None], spec: Spec, size: int, out_dims: Any,
    randomness: str, kwargs: dict[str, Any], chunk_size: int,
) -> Any:  # fmt: skip
    state = FUNCTIONS["get_rng_state"]() if randomness == "same" else None
    found = []
    for start in range(0, max(size, 1), chunk_size):
        n = min(chunk_size, size - start)
        part = [x if d is None else FUNCTIONS["narrow"](x, d, start, n) for x, d in zip(flat, dims, strict=True)]
        if state is not None:
            FUNCTIONS["set_rng_state"](state)
        found.append(_all(func, part, dims, spec, n, out_dims, randomness, kwargs))
    _, places, made = found[0]
    return made.build([FUNCTIONS["cat"](parts, d)
                       for parts, d in zip(zip(*[f[0] for f in found], strict=True), places, strict=True)])  # fmt: skip


# ---- out


def _places(name: str, result: Any, made: Spec, out_dims: Any) -> list[Any]:
    """Where the examples are to be in each output."""
    leaves, given = flatten(out_dims)
    if not all(d is None or isinstance(d, int) for d in leaves):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
            "representing where in the outputs the vmapped dimension should appear."
        )
    if made is LEAF and given.kind is tuple and len(out_dims) == 1:
        return [out_dims[0]]
    places = spread(out_dims, made)
    if places is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {given} but outputs has structure {made}."
        )
    return places


def _unwrapped(name: str, level: Level, out: Any, place: int | None) -> Any:
    """An output with the examples where they are wanted."""
    if not isinstance(out, Tensor):
        if place is None:
            return out
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(out)}. Did you mean to set "
            "out_dims= to None for output?"
        )
    carried = out._tangent
    own = isinstance(carried, Batch) and carried.level is level
    if place is None:
        if own:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return out
    if isinstance(carried, Batch) and own:
        return FUNCTIONS["movedim"](carried.value, carried.dim, place) if carried.dim != place else carried.value
    shape = list(out._array.shape)
    n = len(shape) + 1
    if not -n <= place < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {place})")
    shape.insert(place % n, level.size)
    return out.expand(shape)
