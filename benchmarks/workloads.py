"""The work that is timed, written once against the interface that tidu and PyTorch share.

A workload is a function from a library to a piece of work. Inputs are made before the clock starts, equal for both.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.timing import Measurement, Work, measure


@dataclass(frozen=True)
class Workload:
    name: str  # "W2 forward": the number is the one that the project's papers use
    what: str
    unit: str
    scale: float  # units in a second
    target: float  # PyTorch's time over ours, at least
    make: Callable[[Any], Work]
    units: int = 1

    def run(self, libraries: dict[str, Any], rounds: int) -> Measurement:
        """``AttributeError`` when a library lacks a function that is called."""
        contestants = {name: self.make(library) for name, library in libraries.items()}
        return measure(contestants, units=self.units, rounds=rounds)


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


LINKS = 100


def _chain(torch: Any) -> tuple[Any, Callable[[], Any]]:
    x, a, b = (torch.from_numpy(array) for array in arrays((10,), (10,), (10,)))
    x.requires_grad_()

    def forward() -> Any:
        y = x
        for _ in range(LINKS // 4):
            y = y * a
            y = y + b
            y = y.tanh()
            y = y - 0.1
        return y

    return x, forward


def chain_forward(torch: Any) -> Work:
    return _chain(torch)[1]


def chain_both(torch: Any) -> Work:
    x, forward = _chain(torch)
    upstream = torch.ones(10)

    def both() -> None:
        x.grad = None
        forward().backward(upstream)

    return both


def _product(torch: Any, shape: tuple[int, ...]) -> Work:
    a, b, upstream = (torch.from_numpy(array) for array in arrays(shape, shape, shape))
    a.requires_grad_()
    b.requires_grad_()

    def both() -> None:
        a.grad = b.grad = None
        (a @ b).backward(upstream)

    return both


def matmul(torch: Any) -> Work:
    return _product(torch, (1024, 1024))


def bmm(torch: Any) -> Work:
    return _product(torch, (64, 128, 128))


def _layer(torch: Any) -> tuple[Any, Callable[[Any], Any]]:
    weight, point = (torch.from_numpy(array) for array in arrays((100, 100), (100,)))
    return point, lambda x: (weight @ x).tanh()


def functional_jacobian(torch: Any) -> Work:
    point, layer = _layer(torch)
    functional = importlib.import_module(f"{torch.__name__}.autograd.functional")
    return lambda: functional.jacobian(layer, point)


def jacobian_by_vjps(torch: Any) -> Work:
    point, layer = _layer(torch)
    point.requires_grad_()
    rows = list(torch.eye(100))

    def by_vjps() -> Any:
        y = layer(point)
        return torch.stack([torch.autograd.grad(y, point, row, retain_graph=True)[0] for row in rows])

    return by_vjps


WORKLOADS = (
    Workload("W2 forward", "a chain of small ops, recorded", "us/op", 1e6, 2.0, chain_forward, LINKS),
    Workload("W2 forward+backward", "the same, and its gradient", "us/op", 1e6, 2.5, chain_both, LINKS),
    Workload("W7 matmul", "1024 x 1024, forward+backward", "ms", 1e3, 1.0, matmul),
    Workload("W7 bmm", "64 of 128 x 128, forward+backward", "ms", 1e3, 0.9, bmm),
    Workload("W8 Jacobian", "100 -> 100, by 100 VJPs: calls of autograd.grad", "ms", 1e3, 3.0, jacobian_by_vjps),
    Workload("W8 functional", "the same by autograd.functional.jacobian", "ms", 1e3, 3.0, functional_jacobian),
)


def imports(modules: list[str], rounds: int) -> Measurement:
    """Seconds that ``import`` takes in a fresh interpreter, whose own start is not counted.

    Bytecode is written, as it is for any installed package: without it the compiler would be what is measured.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {module: [] for module in modules}
    for round_ in range(rounds + 1):
        for module in modules:
            code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
            command = [sys.executable, "-c", code]
            answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            if round_:  # the first finds the files cold
                times[module].append(float(answer.stdout))
    return Measurement(times)
