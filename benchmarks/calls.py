"""Calls on tensors of a few numbers, and their gradients: what is left is what Python does around a kernel."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Work
from benchmarks.workloads import Workload, arrays


def _functional(torch: Any) -> Any:
    return importlib.import_module(f"{torch.__name__}.nn").functional


def _call(name: str, function: Callable[..., Any], *shapes: tuple[int, ...]) -> Workload:
    def make(torch: Any) -> Work:
        operands = [torch.from_numpy(a).requires_grad_() for a in arrays(*shapes)]
        upstream = torch.ones_like(function(torch, *operands))

        def work() -> None:
            function(torch, *operands).backward(upstream)

        return work

    return Workload(f"W2 call of {name}", "a few numbers, forward+backward", "us", 1e6, 1.0, make)


def _cross_entropy(torch: Any, x: Any) -> Any:
    return _functional(torch).cross_entropy(x, torch.from_numpy(np.array([0, 1])))


CALLS = (
    _call("sum", lambda torch, x: x.sum(), (2, 3)),
    _call("softmax", lambda torch, x: x.softmax(1), (2, 3)),
    _call("matmul", lambda torch, x, y: x @ y, (2, 3), (3, 2)),
    _call("flatten", lambda torch, x: x.flatten(1), (2, 3, 4)),
    _call("index", lambda torch, x: x[0], (2, 3)),
    _call("linear", lambda torch, *operands: _functional(torch).linear(*operands), (2, 3), (4, 3), (4,)),
    _call("conv2d", lambda torch, *operands: _functional(torch).conv2d(*operands), (1, 1, 4, 4), (1, 1, 2, 2), (1,)),
    _call("max_pool2d", lambda torch, x: _functional(torch).max_pool2d(x, 2), (1, 1, 4, 4)),
    _call("layer_norm", lambda torch, x: _functional(torch).layer_norm(x, (3,)), (2, 3)),
    _call("cross_entropy", _cross_entropy, (2, 3)),
)
