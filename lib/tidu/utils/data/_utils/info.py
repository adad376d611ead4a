"""Which worker this process is. 本进程是哪个工作进程。"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker of a ``DataLoader`` knows of itself. 工作进程的信息。

    ``id`` is its number, of ``num_workers``; ``seed`` what its random numbers were seeded with; ``dataset`` its own
    copy of the dataset.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """当前工作进程的信息 / The ``WorkerInfo`` of the worker that asks; None outside of workers.

    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.get_worker_info
    """
    return _worker_info


def become(info: WorkerInfo) -> None:
    """From now on this process is that worker."""
    global _worker_info
    _worker_info = info
