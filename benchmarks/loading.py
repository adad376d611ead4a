"""Epochs of loading alone: 10,000 images in shuffled batches, that nothing is done with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Work
from benchmarks.workloads import Workload, arrays

IMAGES = (10_000, 3, 32, 32)


def epoch(dataset: Callable[[Any, Any, Any], Any]) -> Callable[[Any], Work]:
    def make(torch: Any) -> Work:
        data = importlib.import_module(f"{torch.__name__}.utils.data")
        x = torch.from_numpy(arrays(IMAGES)[0])
        y = torch.from_numpy(np.random.default_rng(1).integers(0, 10, len(x)))
        loader = data.DataLoader(dataset(data, x, y), batch_size=64, shuffle=True)

        def work() -> None:
            for _ in loader:
                pass

        return work

    return make


def images(data: Any, x: Any, y: Any) -> Any:
    """A dataset as people write them: an image and its label, by number."""

    class Images(data.Dataset):
        def __len__(self) -> int:
            return len(x)

        def __getitem__(self, i: int) -> tuple[Any, Any]:
            return x[i], y[i]

    return Images()


LOADING = (
    Workload("W9 Dataset", "10,000 of 3 x 32 x 32 by 64, shuffled: an epoch", "ms", 1e3, 1.1, epoch(images)),
    Workload("W9 TensorDataset", "the same", "ms", 1e3, 3.0, epoch(lambda data, x, y: data.TensorDataset(x, y))),
)
