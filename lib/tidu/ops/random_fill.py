"""Filling a tensor with random numbers, in place. 原地填充随机数。

A tensor with gaps gets consecutive draws at consecutive addresses, as PyTorch's do; numbers are drawn in double and
rounded once, except uniforms and normals, which have their dtype's precision.
Source: https://docs.pytorch.org/docs/stable/torch.html#in-place-random-sampling
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import As, shape_of, type_name
from tidu._backend import beside, quiet
from tidu._define import drawing, publish
from tidu._op import Op
from tidu._operands import NUMBERS
from tidu._registry import FUNCTIONS
from tidu._rng import Stream
from tidu._tensor import Tensor
from tidu.ops.generator import generator_of
from tidu.ops.pointwise import zeros
from tidu.ops.random import check_floating, draws_for, in_memory_order, integers_like, normal_like, parts_of


def _fills(name: str, draw: Callable[..., np.ndarray], doc: str, *names: str) -> None:
    """``x.name(*names)``: ``draw`` gets the array to fill, the stream and the arguments."""

    def kernel(x, values: As):
        return values if values.dtype.kind == "b" else values.astype(x.dtype)

    fill = Op(kernel, [lambda g: zeros(g)], name=name.removesuffix("_"), elementwise=True)

    @drawing
    def function(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        if len(args) > len(names):
            raise TypeError(f"{name}() takes at most {len(names)} positional arguments but {len(args)} were given")
        given = dict(zip(names, args, strict=False)) | kwargs
        for key, value in given.items():
            if key not in names:
                raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
            if key == "p" and isinstance(value, Tensor) or (key == "to" and value is None and name == "random_"):
                continue
            if isinstance(value, Tensor) and not value.ndim:
                given[key] = value = value.item()
            if not isinstance(value, NUMBERS) or isinstance(value, (complex, np.complexfloating)):
                raise TypeError(f"{name}(): argument '{key}' must be Number, not {type_name(value)}")
        with quiet():
            values = draw(self._array, generator_of(generator, name), **given)
        return _inplace.run(fill, self, [], {"values": beside(values, self._array)})

    publish(name, function, doc, namespace=False)


def _continuous(name: str, x: np.ndarray) -> None:
    if x.size and x.dtype.kind not in "fV":
        kind = _dtypes.TYPE_NAMES[_dtypes.of(x.dtype)].removesuffix("Tensor")
        raise RuntimeError(
            f"{name.strip('_').capitalize()} distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {kind}"
        )


def _in_double(x: np.ndarray, g: Stream, transform: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Uniforms in double, one an element, made into what ``transform`` says."""
    return in_memory_order(transform(g.uniform(x.size)), x)


def _uniform(x: np.ndarray, g: Stream, **bounds: Any) -> np.ndarray:
    low, high = bounds.get("from", 0.0), bounds.get("to", 1.0)
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    real = parts_of(x.dtype)
    check_floating("uniform_", real, "check_uniform_bounds")
    draws = g.uniform(x.nbytes // real.itemsize, real).astype(np.float64)  # PyTorch's multiply-add rounds once
    kind = np.float32 if real.itemsize == 2 else real.type  # the bounds of half precision are single
    spread = (draws * np.float64(kind(high) - kind(low)) + np.float64(kind(low))).astype(real)
    return in_memory_order(spread.view(x.dtype), x)


def _normal(x: np.ndarray, g: Stream, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return normal_like("normal_", g, x, mean, std)


def _log_normal(x: np.ndarray, g: Stream, mean: float = 1.0, std: float = 2.0) -> np.ndarray:
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    check_floating("log_normal_", x.dtype, "log_normal_cpu")
    return in_memory_order(np.exp(g.normals(x.size) * std + mean), x)


def _cauchy(x: np.ndarray, g: Stream, median: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    _continuous("cauchy_", x)
    return _in_double(x, g, lambda u: median + sigma * np.tan(math.pi * (u - 0.5)))


def _exponential(x: np.ndarray, g: Stream, lambd: float = 1.0) -> np.ndarray:
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    _continuous("exponential_", x)
    return _in_double(x, g, lambda u: -np.log1p(-u) / lambd)


def _geometric(x: np.ndarray, g: Stream, p: Any) -> np.ndarray:
    if isinstance(p, Tensor):
        raise TypeError("geometric_(): argument 'p' must be float, not Tensor")
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    if x.dtype.kind not in "iufV":
        raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{_dtypes.of(x.dtype)}': geometric_()")
    return _in_double(x, g, lambda u: np.ceil(np.log(u) / np.log1p(-p)))


def _bernoulli(x: np.ndarray, g: Stream, p: Any = 0.5) -> np.ndarray:
    if isinstance(p, Tensor):
        wide = np.broadcast_to(p._array, x.shape)
        return in_memory_order(draws_for("bernoulli_", wide, g), x) < wide
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return in_memory_order(g.below(x.size, p), x)


def _random(x: np.ndarray, g: Stream, **bounds: Any) -> np.ndarray:
    kind, size = x.dtype.kind, x.size
    if kind in "fV":
        most = 2**8 if kind == "V" else 2 ** (np.finfo(x.dtype).nmant + 1)
    else:
        most = 1 if kind == "b" else int(np.iinfo(x.dtype).max)
    if "to" not in bounds and "from" in bounds:
        bounds = {"to": bounds["from"]}
    if bounds.get("to") is not None:
        return integers_like("random_", bounds.get("from", 0), bounds["to"], x, g)
    if bounds:
        return in_memory_order(g.integers(bounds.get("from", 0), most + 1, size), x)
    draws = g.long_words(size) if x.dtype.itemsize == 8 else g.words(size).astype(np.uint64)
    return in_memory_order(draws % np.uint64(most + 1), x)


_fills("uniform_", _uniform, "均匀分布填充 / Fill with uniforms in [from, to).", "from", "to")
_fills("normal_", _normal, "正态分布填充 / Fill with normals.", "mean", "std")
_fills("log_normal_", _log_normal, "对数正态分布填充 / Fill with exponentials of normals.", "mean", "std")
_fills("cauchy_", _cauchy, "柯西分布填充 / Fill with Cauchy numbers around ``median``.", "median", "sigma")
_fills("exponential_", _exponential, "指数分布填充 / Fill with exponentials of rate ``lambd``.", "lambd")
_fills("geometric_", _geometric, "几何分布填充 / Fill with the trials until the first success.", "p")
_fills("bernoulli_", _bernoulli, "伯努利分布填充 / Fill with 1 with probability ``p``, a number or a tensor.", "p")
_fills("random_", _random, "随机整数填充 / Fill with integers in [from, to).", "from", "to")


def uniform(low: float = 0.0, high: float = 1.0, size: Any = (), *, generator: Any = None) -> Tensor:
    """均匀分布 / Uniforms in [low, high) of the given size. PyTorch has only ``Tensor.uniform_``."""
    return FUNCTIONS["empty"](shape_of((size,), "uniform")).uniform_(low, high, generator=generator)


FUNCTIONS["uniform"] = uniform
