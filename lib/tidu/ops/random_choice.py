"""Random choices and counts: multinomial, Poisson, binomial. 随机抽取与计数。

Where a number needs a varying number of draws, elements are made one by one, as PyTorch does, so that the stream goes
on at the same place.
Source: Hoermann 1993 (transformed rejection), Kachitvichyanukul & Schmeiser 1988.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, is_int, type_name
from tidu._backend import beside, host, quiet
from tidu._define import drawing, op, publish
from tidu._operands import broadcast_error, write_out
from tidu._registry import FUNCTIONS
from tidu._rng import Stream
from tidu._tensor import Tensor, wrap
from tidu.ops.generator import generator_of
from tidu.ops.pointwise import zeros
from tidu.ops.random import array_of, check_floating, in_memory_order


@drawing
def multinomial(
    input: Tensor, num_samples: Any, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Tensor:
    """按权重抽取下标 / ``num_samples`` indices a row, each with a probability in proportion to its weight.

    ``input`` has one or two dimensions of non-negative weights, which need not sum to 1; result int64.
    """
    p = host(array_of(input, "multinomial"))
    if not is_int(num_samples):
        raise TypeError(f"multinomial(): argument 'num_samples' (position 2) must be int, not {type_name(num_samples)}")
    n = int(num_samples)
    if p.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim: argument 'input' has {p.ndim}")
    if p.dtype == _dtypes.bfloat16.numpy:
        p = p.astype(np.float32)
    if p.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {_dtypes.of(p.dtype)}")
    if n <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples: argument 'num_samples' is {n}")
    if not replacement and n > p.shape[-1]:
        raise RuntimeError(
            f"cannot sample n_sample > prob_dist.size(-1) samples without replacement: {n} of {p.shape[-1]}"
        )
    with quiet():
        if not (np.isfinite(p) & (p >= 0)).all():
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0: argument 'input'")
        if p.shape[-1] == 0 or not (p.sum(-1, dtype=np.float64) > 0).all():
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0): argument 'input'")
        g = generator_of(generator, "multinomial")
        rows = np.atleast_2d(p)
        if replacement and n > 1:
            made = _with_replacement(rows, n, g)
        else:
            made = _without_replacement(rows, in_memory_order(_clocks(p, g), input._array).reshape(rows.shape), n)
    result = wrap(beside(made.reshape(*p.shape[:-1], n), input._array))
    return result if out is None else write_out("multinomial", result, out, (input,), "same")


def _clocks(p: np.ndarray, g: Stream) -> np.ndarray:
    """When each of many clocks rings."""
    return (-np.log1p(-g.uniform(p.size))).astype(p.dtype)


def _without_replacement(p: np.ndarray, clocks: np.ndarray, n: int) -> np.ndarray:
    """The n largest of weight / exponential: the first of clocks of different pace to ring."""
    return np.argsort(-(p / clocks), axis=1, kind="stable")[:, :n].astype(np.int64)


def _with_replacement(p: np.ndarray, n: int, g: Stream) -> np.ndarray:
    wide = p.astype(np.float32) if p.dtype.itemsize == 2 else p
    sums = np.cumsum(wide, axis=1, dtype=wide.dtype)
    sums = (sums / sums[:, -1:]).astype(p.dtype)
    sums[:, -1] = 1
    return np.stack([np.searchsorted(row.astype(np.float64), g.uniform(n)) for row in sums]).astype(np.int64)


publish("multinomial", multinomial)


@op(lambda g: zeros(g), name="poisson", public=False, elementwise=True)
def _poisson(x, drawn: As):
    """泊松分布 / Numbers drawn from Poisson distributions; in the rate a step function."""
    return drawn.astype(x.dtype)


@op(lambda g: zeros(g), lambda g: zeros(g), name="binomial", public=False, elementwise=True, numbers=False)
def _binomial(x, y, drawn: As):
    """二项分布 / Numbers drawn from binomial distributions; in count and probability a step function."""
    return drawn.astype(x.dtype)


def _each(draw: Callable[..., float], *arrays: np.ndarray) -> np.ndarray:
    """One number for each element, in row-major order."""
    flat = [np.ascontiguousarray(host(a)).reshape(-1) for a in arrays]
    made = [draw(*values) for values in zip(*flat, strict=True)]
    return np.asarray(made, np.float64).reshape(arrays[0].shape)


@drawing
def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """泊松分布 / Counts with the rate that each element gives; float, ``RuntimeError`` for negative rates."""
    rates = array_of(input, "poisson")
    check_floating("poisson", rates.dtype, "poisson_cpu")
    if not (rates >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative: argument 'input'")
    g = generator_of(generator, "poisson")
    drawn = _each(lambda rate: _one_poisson(float(rate), g), rates)
    return _poisson.record((input,), {"drawn": beside(drawn, rates)})


def _one_poisson(rate: float, g: Stream) -> float:
    if rate == 0:
        return 0
    if rate < 10:
        count, product, least = 0, g.one(), math.exp(-rate)
        while product > least:
            count += 1
            product *= g.one()
        return count
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    tight = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = g.one() - 0.5, g.one()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43) if us else -1
        if us >= 0.07 and v <= tight:
            return k
        if k < 0 or (us < 0.013 and v > us) or not v:
            continue
        accepted = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if accepted <= -rate + k * log_rate - math.lgamma(k + 1.0):
            return k


@drawing
def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """二项分布 / Successes in ``count`` trials of probability ``prob``, element by element; both broadcast."""
    counts, probs = array_of(count, "binomial"), array_of(prob, "binomial")
    for name, a in (("count", counts), ("prob", probs)):
        if a.dtype.kind != "f":
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {_dtypes.of(a.dtype)}")
    if counts.dtype != probs.dtype:
        raise RuntimeError(f"binomial(): Found dtype {prob.dtype} but expected {count.dtype}: argument 'prob'")
    kind = np.float64 if counts.dtype.itemsize == 8 else np.float32
    g = generator_of(generator, "binomial")
    try:
        both = np.broadcast_arrays(host(counts), host(probs))
    except ValueError:
        raise broadcast_error([counts, probs]) or RuntimeError("binomial()") from None
    with quiet():
        drawn = _each(lambda n, p: _one_binomial(kind(n), kind(p), g, kind), *both)
    return _binomial.record((count, prob), {"drawn": beside(drawn, counts)})


def _one_binomial(n: Any, p: Any, g: Stream, kind: Any) -> Any:
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if math.isnan(p):
        return p
    few = p if p <= 0.5 else kind(1.0) - p
    drawn = _rejection(n, few, g, kind) if n * few >= 10 else _inversion(n, few, g, kind)
    return drawn if p <= 0.5 else n - drawn


def _inversion(n: Any, p: Any, g: Stream, kind: Any) -> Any:
    """Successes counted by the trials between them."""
    total, count, log_q = kind(0), kind(0), np.log1p(-p)
    while True:
        total = kind(total + np.ceil(np.log(kind(g.one())) / log_q))
        if total > n:
            return count
        count += 1


def _rejection(n: Any, p: Any, g: Stream, kind: Any) -> Any:
    spread = np.sqrt(n * p * (1 - p))
    b = kind(1.15 + 2.53 * float(spread))
    a = kind(-0.0873 + 0.0248 * float(b) + 0.01 * float(p))
    c = kind(float(n * p) + 0.5)
    tight = kind(0.92 - 4.2 / float(b))
    ratio = p / (1 - p)
    alpha = kind((2.83 + 5.1 / float(b)) * float(spread))
    mode = np.floor((n + 1) * p)
    while True:
        u, v = kind(g.one() - 0.5), kind(g.one())
        us = kind(0.5 - float(abs(u)))
        k = np.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= tight:
            return k
        if k < 0 or k > n:
            continue
        v = np.log(v * alpha / (a / (us * us) + b))
        bound = (
            (mode + 0.5) * np.log((mode + 1) / (ratio * (n - mode + 1)))
            + (n + 1) * np.log((n - mode + 1) / (n - k + 1))
            + (k + 0.5) * np.log(ratio * (n - k + 1) / (k + 1))
            + _tail(mode) + _tail(n - mode) - _tail(k) - _tail(n - k)
        )  # fmt: skip
        if v <= bound:
            return k


def _tail(k: Any) -> float:
    """What Stirling's formula leaves out of log k!."""
    if k <= 9:
        k = float(k)
        return math.lgamma(k + 1) - (0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(k + 1) - (k + 1))
    square = float(k + 1) ** 2
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / float(k + 1)


for _made in (poisson, binomial):
    FUNCTIONS[_made.__name__] = _made
