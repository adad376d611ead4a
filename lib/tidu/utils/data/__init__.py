"""Data: datasets, samplers, and the loader that makes batches of them. 数据：数据集、采样器与加载器。

Source: https://docs.pytorch.org/docs/stable/data.html
"""

from tidu.utils.data import _utils, dataloader, dataset, distributed, sampler
from tidu.utils.data.dataloader import DataLoader, _DatasetKind, default_collate, default_convert, get_worker_info
from tidu.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from tidu.utils.data.distributed import DistributedSampler
from tidu.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "_DatasetKind",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]
