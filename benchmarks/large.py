"""One operation on many numbers: what memory, threads and kernels make of it, and not the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Work
from benchmarks.workloads import Workload, arrays

MANY = (10_000_000,)
TALL = (10_000, 1000)
SQUARE = (1000, 1000)
MILLION = (1_000_000,)


def both(function: Callable[[Any], Any], shape: tuple[int, ...]) -> Callable[[Any], Work]:
    """Forward, and backward with a gradient that is not uniform."""

    def make(torch: Any) -> Work:
        x, upstream = (torch.from_numpy(array) for array in arrays(shape, shape))
        x.requires_grad_()

        def work() -> None:
            x.grad = None
            function(x).backward(upstream)

        return work

    return make


def forward(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Callable[[Any], Work]:
    def make(torch: Any) -> Work:
        operands = [torch.from_numpy(array) for array in arrays(*shapes)]
        return lambda: function(torch, *operands)

    return make


def looked_up(function: Callable[..., Any], shape: tuple[int, ...], count: tuple[int, ...]) -> Callable[[Any], Work]:
    """A function of a tensor and of so many integers below 1000, which are places in it or values."""

    def make(torch: Any) -> Work:
        x = torch.from_numpy(arrays(shape)[0])
        index = torch.from_numpy(np.random.default_rng(1).integers(0, 1000, count))
        return lambda: function(torch, x, index)

    return make


def _large(name: str, what: str, target: float, make: Callable[[Any], Work]) -> Workload:
    return Workload(f"W6 {name}", what, "ms", 1e3, target, make)


BATCH = (64, 128, 128)

LARGE = (
    _large("sigmoid", "1e7, forward+backward", 1.3, both(lambda x: x.sigmoid(), MANY)),
    _large("relu", "1e7, forward+backward", 1.3, both(lambda x: x.relu(), MANY)),
    _large("tanh", "1e7, forward+backward", 1.3, both(lambda x: x.tanh(), MANY)),
    _large("softmax", "1000 x 1000, forward+backward", 0.4, both(lambda x: x.softmax(1), SQUARE)),
    _large("sum axis 0", "10000 x 1000", 0.9, forward(lambda torch, x: x.sum(0), TALL)),
    _large("sum axis 1", "10000 x 1000", 0.9, forward(lambda torch, x: x.sum(1), TALL)),
    _large("sum rows", "1000 x 1000, axis 0", 0.25, forward(lambda torch, x: x.sum(0), SQUARE)),
    _large("sum columns", "1000 x 1000, axis 1", 0.25, forward(lambda torch, x: x.sum(1), SQUARE)),
    _large("sum middle", "100 x 100 x 100, axis 1", 0.25, forward(lambda torch, x: x.sum(1), (100, 100, 100))),
    _large("mean", "1e7", 0.9, forward(lambda torch, x: x.mean(), MANY)),
    _large("var", "1e6", 0.25, forward(lambda torch, x: x.var(), MILLION)),
    _large("sort", "1e6", 0.25, forward(lambda torch, x: torch.sort(x), MILLION)),
    _large("topk", "the 100 largest of 1e6", 0.25, forward(lambda torch, x: torch.topk(x, 100), MILLION)),
    _large("unique", "1e6 integers below 1000", 0.25, looked_up(lambda torch, x, i: torch.unique(i), (1,), MILLION)),
    _large("log_softmax", "1000 x 1000, forward+backward", 0.25, both(lambda x: x.log_softmax(1), SQUARE)),
    _large("logsumexp", "1000 x 1000, axis 1", 0.25, forward(lambda torch, x: x.logsumexp(1), SQUARE)),
    _large("norm", "1e6", 0.25, forward(lambda torch, x: x.norm(), MILLION)),
    _large("prod", "1000 x 1000, axis 1", 0.25, forward(lambda torch, x: x.prod(1), SQUARE)),
    _large("max", "1000 x 1000, axis 1, with places", 0.25, forward(lambda torch, x: x.max(1), SQUARE)),
    _large("cumsum", "1000 x 1000", 0.25, forward(lambda torch, x: x.cumsum(1), SQUARE)),
    _large("cumprod", "1000 x 1000", 0.25, forward(lambda torch, x: x.cumprod(1), SQUARE)),
    _large("cummax", "1000 x 1000", 0.25, forward(lambda torch, x: x.cummax(1), SQUARE)),
    _large("index by rows", "x[i], 1000 of 1000 rows", 0.25, looked_up(lambda torch, x, i: x[i], SQUARE, (1000,))),
    _large("index by mask", "x[x > 0], 1e6", 0.25, forward(lambda torch, x: x[x > 0], MILLION)),
    _large("assign by mask", "x[x > 9] = 0, 1e6", 0.25, forward(lambda torch, x: x.__setitem__(x > 9, 0), MILLION)),
    _large("gather", "1000 x 1000", 0.25, looked_up(lambda torch, x, i: x.gather(1, i), SQUARE, SQUARE)),
    _large("scatter", "1000 x 1000", 0.25, looked_up(lambda torch, x, i: x.scatter(1, i, x), SQUARE, SQUARE)),
    _large("scatter_add", "1000 x 1000", 0.25, looked_up(lambda torch, x, i: x.scatter_add(1, i, x), SQUARE, SQUARE)),
    _large("where", "1e6", 0.25, forward(lambda torch, x, y: torch.where(x > 0, x, y), MILLION, MILLION)),
    _large("cat", "10 of 100 x 1000", 0.25, forward(lambda torch, *x: torch.cat(x), *[(100, 1000)] * 10)),
    _large(
        "einsum", "64 of 128 x 128", 0.25, forward(lambda torch, x, y: torch.einsum("bij,bjk->bik", x, y), BATCH, BATCH)
    ),
)
