"""What is asked of both libraries of loading with worker processes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.data.cases import case, plain, rows, second, squares, stream, warned

WITH_WORKERS: set[str] = set()


def with_workers(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    WITH_WORKERS.add(function.__name__)
    return case(function)


def numbers(t: Any, n: int = 4) -> Any:
    """Of each sample, what the random streams give there."""

    class Numbers(t.utils.data.Dataset):
        def __len__(self) -> int:
            return n

        def __getitem__(self, i: int) -> Any:
            info = t.utils.data.get_worker_info()
            drawn = [t.rand(1).item(), random.random(), float(np.random.rand()), t.initial_seed() == info.seed]
            return [i, info.id, info.num_workers, t.get_num_threads(), *drawn, info.dataset is self]

    return Numbers()


@with_workers
def worker_order(t: Any) -> Any:
    d = t.utils.data
    t.manual_seed(4)

    def by(data: Any, **options: Any) -> Any:
        return second(d.DataLoader(data, num_workers=2, **options))

    persistent = d.DataLoader(rows(t, 7), 2, True, num_workers=2, persistent_workers=True)
    passes = [second(persistent), second(persistent), next(iter(persistent))[1].tolist(), second(persistent)]
    return [
        by(rows(t), batch_size=3), by(rows(t), batch_size=3, shuffle=True),
        by(rows(t), batch_size=2, shuffle=True, generator=t.Generator().manual_seed(8), prefetch_factor=1),
        by(rows(t, 3), batch_size=None), passes, t.rand(1).item(), sorted(by(rows(t), batch_size=3, in_order=False)),
        [plain(b) for b in d.DataLoader(squares(t, 3), num_workers=1, batch_size=2)],
    ]  # fmt: skip


@with_workers
def worker_streams(t: Any) -> Any:
    d = t.utils.data

    def by(data: Any, **options: Any) -> Any:
        return [plain(b) for b in d.DataLoader(data, num_workers=2, **options)]

    persistent = d.DataLoader(stream(t, 5), 2, num_workers=2, persistent_workers=True)
    loader = d.DataLoader(stream(t, 10, 9), num_workers=2)
    return [
        by(stream(t), batch_size=4), by(stream(t), batch_size=2, drop_last=True), by(stream(t, 3), batch_size=None),
        by(stream(t, 0)), [[plain(b) for b in persistent] for _ in range(2)], len(loader),
        warned(lambda: [b.item() for b in loader])[0],
    ]  # fmt: skip


@with_workers
def worker_seeds(t: Any) -> Any:
    d = t.utils.data
    t.manual_seed(6)
    seen: list[Any] = []
    for mine in (None, t.Generator().manual_seed(1)):
        loader = d.DataLoader(numbers(t), num_workers=2, collate_fn=lambda batch: batch, generator=mine)
        seen += [list(loader), list(loader)]
    return seen


class TwoArgumentsError(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


@with_workers
def worker_errors(t: Any) -> Any:
    """The class, the first two lines and the last of the text."""
    d = t.utils.data

    class Bad(d.Dataset):
        def __init__(self, *what: Any) -> None:
            self.what = what

        def __len__(self) -> int:
            return 3

        def __getitem__(self, i: int) -> Any:
            if i == 1:
                raise self.what[0](*self.what[1:])
            return i

    def tell(data: Any, **options: Any) -> Any:
        it = iter(d.DataLoader(data, num_workers=1, **options))
        found: list[Any] = []
        while True:
            try:
                found.append(plain(next(it)))
            except StopIteration:
                return found
            except Exception as e:
                lines = str(e).splitlines()
                found.append([type(e).__name__, lines[0], lines[1], lines[-1], "\n" in repr(e)])

    def broken_start(i: int) -> None:
        raise ValueError("at the start")

    return [
        tell(Bad(ValueError, "five")), tell(Bad(KeyError, "k")), tell(Bad(TwoArgumentsError, 1, 2)), tell([1, None]),
        tell(Bad(StopIteration)), tell(rows(t, 2), worker_init_fn=broken_start)[0],
    ]  # fmt: skip
