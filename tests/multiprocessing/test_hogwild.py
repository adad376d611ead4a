"""Hogwild: several processes train one net at once, each as if it were alone, without locks.

Source: https://docs.pytorch.org/docs/stable/notes/multiprocessing.html#asynchronous-multiprocess-training-hogwild,
Recht et al. 2011
"""

from __future__ import annotations

from typing import Any

import pytest

import tidu as torch
import tidu.multiprocessing as mp
import tidu.nn as nn


def data(seed: int, count: int) -> tuple[Any, Any]:
    """Points in the plane, and on which side of a circle they are."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, 2, generator=generator) * 2 - 1
    return x, (x.square().sum(1) > 0.6).long()


def train(rank: int, model: Any, steps: int) -> None:
    torch.manual_seed(rank)
    x, y = data(rank, 512)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(steps):
        at = torch.randint(len(x), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[at]), y[at]).backward()
        optimizer.step()


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.long)])
def test_four_processes_train_one_net(method: str, nothing_left: None) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
    places = [p.data_ptr() for p in model.share_memory().parameters()]
    x, y = data(99, 1000)

    def accuracy() -> float:
        with torch.no_grad():
            return (model(x).argmax(1) == y).float().mean().item()

    before = accuracy()
    context = mp.get_context(method)
    processes = [context.Process(target=train, args=(rank, model, 200)) for rank in range(4)]
    for p in processes:
        p.start()
    for p in processes:
        p.join()
        assert p.exitcode == 0
        p.close()
    assert before < 0.8 and accuracy() > 0.93
    assert places == [p.data_ptr() for p in model.parameters()] or method != "fork"
    assert all(p.grad is None for p in model.parameters())
