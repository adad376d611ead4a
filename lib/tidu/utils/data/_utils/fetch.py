"""From indices to a batch. 由下标到一批数据。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._tensor import Tensor, wrap
from tidu.utils.data._utils.collate import collate_tensor_fn, default_collate, default_collate_fn_map, room
from tidu.utils.data._utils.info import get_worker_info
from tidu.utils.data.dataset import Subset, TensorDataset

_INTS = {int, np.int64}


class _BaseDatasetFetcher:
    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last

    def fetch(self, possibly_batched_index: Any) -> Any:
        raise NotImplementedError


class _IterableDatasetFetcher(_BaseDatasetFetcher):
    """The next samples of a stream, as many as there are indices. 从数据流取下一批。"""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        super().__init__(dataset, auto_collation, collate_fn, drop_last)
        self.dataset_iter = iter(dataset)
        self.ended = False

    def fetch(self, possibly_batched_index: Any) -> Any:
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        wanted = len(possibly_batched_index)
        samples: list[Any] = []
        while len(samples) < wanted:
            try:
                samples.append(next(self.dataset_iter))
            except StopIteration:
                self.ended = True
                break
        if not samples or (self.drop_last and len(samples) < wanted):
            raise StopIteration
        return self.collate_fn(samples)


class _MapDatasetFetcher(_BaseDatasetFetcher):
    """The samples at some indices. 按下标取一批。"""

    def fetch(self, possibly_batched_index: Any) -> Any:
        dataset = self.dataset
        if not self.auto_collation:
            return self.collate_fn(dataset[possibly_batched_index])
        if self.collate_fn is default_collate:
            batch = rows(dataset, possibly_batched_index)
            if batch is not None:
                return batch
        if getattr(dataset, "__getitems__", None):
            return self.collate_fn(dataset.__getitems__(possibly_batched_index))
        return self.collate_fn([dataset[i] for i in possibly_batched_index])


class _DatasetKind:
    Map = 0
    Iterable = 1

    @staticmethod
    def create_fetcher(
        kind: int, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool
    ) -> _BaseDatasetFetcher:
        fetcher = _MapDatasetFetcher if kind == _DatasetKind.Map else _IterableDatasetFetcher
        return fetcher(dataset, auto_collation, collate_fn, drop_last)


def rows(dataset: Any, indices: Any) -> list[Tensor] | None:
    """The batch that ``default_collate`` makes of these samples, taken from the tensors of a ``TensorDataset`` by an
    array of indices: the same numbers, without a tensor for each sample. None where that is not known to be the same.
    """
    while type(dataset) is Subset:
        if not _plain(indices):
            return None
        dataset, indices = dataset.dataset, [dataset.indices[i] for i in indices]
    kind = type(dataset)
    if not (
        isinstance(dataset, TensorDataset)
        and kind.__getitem__ is TensorDataset.__getitem__
        and not hasattr(kind, "__getitems__")
        and default_collate_fn_map.get(Tensor) is collate_tensor_fn
        and _plain(indices)
    ):
        return None
    count = len(dataset)
    places = np.array(indices, np.intp)
    places[places < 0] += count
    if places.min() < 0 or places.max() >= count or not all(_is_table(t, count) for t in dataset.tensors):
        return None  # the sample itself says best what is wrong
    shared = get_worker_info() is not None
    return [wrap(_taken(t._array, places, shared)) for t in dataset.tensors]


def _plain(indices: Any) -> bool:
    return isinstance(indices, list) and bool(indices) and _INTS.issuperset(map(type, indices))


def _is_table(t: Tensor, count: int) -> bool:
    array = t._array
    return (
        type(t) is Tensor
        and not t.requires_grad
        and t._tangent is None
        and type(array) is np.ndarray
        and array.shape[:1] == (count,)
    )


def _taken(array: np.ndarray, places: np.ndarray, shared: bool) -> np.ndarray:
    out = room((len(places), *array.shape[1:]), array.dtype) if shared else None
    return array.take(places, 0, out, "clip")
