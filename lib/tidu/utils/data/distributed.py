"""One dataset for several processes that train together. 多进程训练时各取一份数据。

Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tidu.ops.generator import Generator
from tidu.ops.random import randperm
from tidu.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[Any]):
    """Every ``num_replicas``-th index from ``rank`` on: what one of so many processes reads. 分布式采样器。

    All get the same number of indices: the first ones are given twice or, with ``drop_last``, the last ones to nobody.
    ``set_epoch`` before each epoch, else each has the same order. There is no process group here that would know
    ``num_replicas`` and ``rank``: give both.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            # What PyTorch raises where no process group was set up.
            raise ValueError("Default process group has not been initialized: pass num_replicas and rank.")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        count = len(dataset)
        self.num_samples = count // num_replicas if drop_last else math.ceil(count / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        if self.shuffle:
            indices = randperm(count, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            indices = list(range(count))
        if len(indices) < self.total_size:
            indices *= math.ceil(self.total_size / len(indices))
        return iter(indices[: self.total_size][self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """设定轮数 / The number of the epoch, from which (and the seed) the order is drawn."""
        self.epoch = epoch
