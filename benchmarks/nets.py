"""Steps of training: forward, loss, backward, optimizer, as beginners' programs write them."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import Work
from benchmarks.workloads import Workload, arrays

STATUS = Path("/proc/self/status")  # where Linux tells a process's peak of memory


def _module(torch: Any, name: str) -> Any:
    return importlib.import_module(f"{torch.__name__}.{name}")


def _step(torch: Any, model: Any, optimizer: Any, shape: tuple[int, ...]) -> Work:
    x = torch.from_numpy(arrays(shape)[0])
    y = torch.from_numpy(np.random.default_rng(1).integers(0, 10, shape[0]))
    loss = _module(torch, "nn").functional.cross_entropy

    def step() -> None:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step


def mlp(torch: Any) -> Work:
    torch.manual_seed(0)
    nn = _module(torch, "nn")
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )  # fmt: skip
    return _step(torch, model, _module(torch, "optim").Adam(model.parameters()), (128, 784))


def adam(torch: Any) -> Work:
    """The optimizer alone, with the parameters of the MLP."""
    parameters = [
        torch.from_numpy(a).requires_grad_() for a in arrays((256, 784), (256,), (128, 256), (128,), (10, 128))
    ]
    for p in parameters:
        p.grad = torch.ones_like(p)
    return _module(torch, "optim").Adam(parameters).step


def lenet(batch: int) -> Callable[[Any], Work]:
    def make(torch: Any) -> Work:
        torch.manual_seed(0)
        nn = _module(torch, "nn")
        model = nn.Sequential(
            nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip
        optimizer = _module(torch, "optim").SGD(model.parameters(), lr=0.001, momentum=0.9)
        return _step(torch, model, optimizer, (batch, 3, 32, 32))

    return make


def cnn(torch: Any) -> Work:
    torch.manual_seed(0)
    nn = _module(torch, "nn")
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 14 * 14, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    return _step(torch, model, _module(torch, "optim").Adam(model.parameters()), (64, 1, 28, 28))


def sequences(torch: Any, model: Any, shape: tuple[int, ...]) -> Work:
    """Forward and backward of a model of sequences, whose gradient is not uniform."""
    x, upstream = (torch.from_numpy(array) for array in arrays(shape, shape))

    def both() -> None:
        model.zero_grad()
        out = model(x)
        (out[0] if isinstance(out, tuple) else out).backward(upstream)

    return both


def lstm(torch: Any) -> Work:
    torch.manual_seed(0)
    return sequences(torch, _module(torch, "nn").LSTM(128, 128, batch_first=True), (32, 50, 128))


def transformer(torch: Any) -> Work:
    torch.manual_seed(0)
    nn = _module(torch, "nn")
    layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
    return sequences(torch, nn.TransformerEncoder(layer, 2), (16, 64, 128))


NETS = (
    Workload("W3 MLP", "784-256-128-10, batch 128, Adam: a step", "ms", 1e3, 1.3, mlp),
    Workload("W3 Adam alone", "its step of 235,000 parameters", "ms", 1e3, 1.0, adam),
    Workload("W4 LeNet, batch 4", "3 x 32 x 32, SGD: a step", "ms", 1e3, 1.2, lenet(4)),
    Workload("W4 LeNet, batch 64", "the same", "ms", 1e3, 0.6, lenet(64)),
    Workload("W5 CNN", "32-64 channels on 28 x 28, batch 64, Adam: a step", "ms", 1e3, 0.8, cnn),
    Workload("W5 LSTM", "128 wide, batch 32, length 50: forward+backward", "ms", 1e3, 0.5, lstm),
    Workload("W5 Transformer", "2 layers, 128 wide, batch 16, length 64: the same", "ms", 1e3, 0.5, transformer),
)


def peak(name: str, steps: int = 5) -> float:
    """MB of memory at most, beyond its import, in a process that trains the net of W5 with a library."""
    code = (
        "import importlib, re\n"
        "from benchmarks.nets import cnn\n"
        f"torch = importlib.import_module({name!r}); importlib.import_module({name!r} + '.optim')\n"
        # Not getrusage: a child begins with its parent's peak.
        f"peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open({str(STATUS)!r}).read())[1]) / 1024\n"
        "before = peak(); step = cnn(torch)\n"
        f"for _ in range({steps}): step()\n"
        "print(peak() - before)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    return float(answer.stdout)
