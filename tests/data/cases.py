"""What is asked of both libraries: functions of a library, whose answers are plain values."""

from __future__ import annotations

import collections
import importlib
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

CASES: dict[str, Callable[[Any], Any]] = {}
Point = collections.namedtuple("Point", ["x", "y"])


def case(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    CASES[function.__name__] = function
    return function


def answers(t: Any, names: Any) -> dict[str, Any]:
    """What a library answers, as JSON gives it back."""
    found = {}
    for name in names:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = json.loads(json.dumps(CASES[name](t)))
    return found


def plain(value: Any) -> Any:
    """A value in words that JSON knows: tensors as dtype, shape, strides and values, containers with their class."""
    if hasattr(value, "stride"):
        values = value.tolist() if not value.is_complex() else str(value.tolist())
        return [str(value.dtype).removeprefix("torch."), list(value.shape), list(value.stride()), values]
    if isinstance(value, collections.abc.Mapping):
        return [type(value).__name__, [[plain(k), plain(v)] for k, v in value.items()]]
    if isinstance(value, (list, tuple, collections.UserList, collections.deque)):
        return [type(value).__name__, [plain(v) for v in value]]
    if isinstance(value, bytes):
        return ["bytes", value.decode()]
    if isinstance(value, np.ndarray):
        return ["array", str(value.dtype), value.tolist()]
    return value if isinstance(value, (int, float, str, bool, type(None))) else type(value).__name__


def error(call: Callable[[], Any]) -> list[Any]:
    """Class and text of what it raises, or ["none", ...]."""
    try:
        return ["none", plain(call())]
    except Exception as e:
        return [type(e).__name__, str(e)]


def warned(call: Callable[[], Any]) -> list[Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return [plain(result), [[w.category.__name__, str(w.message)] for w in caught if "fork()" not in str(w.message)]]


def rows(t: Any, n: int = 10) -> Any:
    return t.utils.data.TensorDataset(t.arange(3.0 * n).reshape(n, 3), t.arange(n))


def second(batches: Any) -> list[Any]:
    return [batch[1].tolist() for batch in batches]


def squares(t: Any, n: int = 10) -> Any:
    class Squares(t.utils.data.Dataset):
        def __len__(self) -> int:
            return n

        def __getitem__(self, i: int) -> int:
            return i * i

    return Squares()


def stream(t: Any, n: int = 10, length: int | None = None) -> Any:
    class Stream(t.utils.data.IterableDataset):
        def __iter__(self) -> Iterator[int]:
            info = t.utils.data.get_worker_info()
            return iter(range(n) if info is None else range(info.id, n, info.num_workers))

        def __repr__(self) -> str:
            return "Stream"

    class Sized(Stream):
        def __len__(self) -> int:
            return length or 0

    return Stream() if length is None else Sized()


# ---- datasets


@case
def datasets(t: Any) -> Any:
    d = t.utils.data
    a, b = rows(t, 4), rows(t, 3)
    both = a + b
    chained = stream(t, 2) + stream(t, 3)
    named = d.StackDataset(left=a, right=squares(t, 4))
    side = d.StackDataset(a, squares(t, 4))
    part = d.Subset(both, [6, 0, -1])
    return [
        plain(list(a)), len(both), both.cumulative_sizes, plain([both[i] for i in (0, 3, 4, 6, -1, -7)]),
        type(both).__name__, type(chained).__name__, list(chained), plain(named[2]), plain(named.__getitems__([0, 3])),
        plain(side[1]), plain(side.__getitems__([2, -1])), len(named), len(part), plain(part[1]),
        plain(part.__getitems__([0, 2])), plain(rows(t)[1:3]), plain(rows(t)[[2, 1]]),
        plain(d.Subset(a, [2, 1])[[0, 1]]), len(d.ChainDataset([stream(t, 2, 2), stream(t, 3, 3)])),
        warned(lambda: both.cummulative_sizes), hasattr(d.Dataset, "__len__"), hasattr(d.IterableDataset, "__len__"),
        d.Dataset[int] is not None, d.ConcatDataset.cumsum([[1], [2, 3]]),
    ]  # fmt: skip


@case
def dataset_errors(t: Any) -> Any:
    d = t.utils.data

    class Half(d.Subset):
        def __getitem__(self, i: int) -> int:
            return i

    class Short(d.Dataset):
        def __len__(self) -> int:
            return 3

        def __getitems__(self, indices: list[int]) -> list[int]:
            return [1]

    both = rows(t, 4) + rows(t, 3)
    two, three = rows(t, 2), rows(t, 3)
    return [
        error(lambda: d.Dataset()[0]), error(lambda: len(d.Dataset())), error(lambda: list(d.IterableDataset()))[0],
        error(lambda: d.TensorDataset(t.ones(2), t.ones(3))), error(lambda: d.ConcatDataset([])),
        error(lambda: d.ConcatDataset([stream(t)])), error(lambda: both[-8]), error(lambda: both[7])[0],
        error(lambda: list(d.ChainDataset([rows(t)]))), error(lambda: len(d.ChainDataset([rows(t)]))),
        error(lambda: d.StackDataset()), error(lambda: d.StackDataset(two, a=two)),
        error(lambda: d.StackDataset(two, three)), error(lambda: d.StackDataset(a=two, b=three)),
        error(lambda: d.StackDataset(Short()).__getitems__([0, 1])), error(lambda: Half(two, [1])),
        error(lambda: len(d.TensorDataset()))[0], error(lambda: d.Subset(two, [0])[1])[0],
    ]  # fmt: skip


@case
def splits(t: Any) -> Any:
    d = t.utils.data
    t.manual_seed(7)
    g = t.Generator().manual_seed(42)

    def split(*args: Any, **options: Any) -> Any:
        return [s.indices for s in d.random_split(*args, **options)]

    return [
        split(range(10), [3, 7]), split(range(10), [3, 7], generator=g), split(range(30), [0.3, 0.3, 0.4], g),
        split(range(11), [0.5, 0.5]), split(range(106), [0.1, 0.2, 0.3, 0.4]), split([], [0, 0]), split(range(1), [1]),
        warned(lambda: split(range(3), [0.01, 0.99])), [len(s) for s in d.random_split(range(9), [1 / 3] * 3)],
        error(lambda: split(range(5), [1, 5])), error(lambda: split(range(5), [0.5, 0.4])),
        error(lambda: split(range(5), [-0.5, 1.5])), error(lambda: split(range(5), [3, 3])), t.rand(2).tolist(),
        [s[0] for s in d.random_split(range(10, 20), [4, 6])],
    ]  # fmt: skip


# ---- samplers


@case
def samplers(t: Any) -> Any:
    d = t.utils.data
    t.manual_seed(3)

    def seeded() -> Any:
        return t.Generator().manual_seed(11)

    ten = range(10)
    made = {
        "sequential": d.SequentialSampler(ten),
        "random": d.RandomSampler(ten),
        "random, seeded": d.RandomSampler(ten, generator=seeded()),
        "more than there are": d.RandomSampler(ten, num_samples=23),
        "fewer": d.RandomSampler(ten, num_samples=4, generator=seeded()),
        "as many": d.RandomSampler(ten, num_samples=20, generator=seeded()),
        "replacement": d.RandomSampler(ten, replacement=True),
        "replacement, more": d.RandomSampler(ten, True, 70, seeded()),
        "replacement, 64": d.RandomSampler(ten, True, 64, seeded()),
        "subset": d.SubsetRandomSampler([5, 3, 8, 1], generator=seeded()),
        "weighted": d.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5, replacement=True),
        "weighted, without": d.WeightedRandomSampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, replacement=False),
        "weighted, seeded": d.WeightedRandomSampler(t.tensor([1.0, 2, 3]), 40, generator=seeded()),
        "batches": d.BatchSampler(d.SequentialSampler(ten), 3, False),
        "whole batches": d.BatchSampler(d.RandomSampler(ten), 3, True),
        "of a list": d.BatchSampler(["a", "b", "c"], 2, drop_last=False),
        "one batch": d.BatchSampler(ten, 20, True),
    }
    # Twice: a generator goes on, and the global stream is drawn from once a pass.
    return [[name, len(s), list(s), list(s)] for name, s in made.items()] + [t.rand(1).item()]


@case
def samplers_draw_late(t: Any) -> Any:
    """The stream is drawn from at the first index and not before."""
    d = t.utils.data
    t.manual_seed(0)
    waiting = [iter(d.RandomSampler(range(4))), iter(d.SubsetRandomSampler(range(4)))]
    first = t.rand(1).item()
    return [first, [list(i) for i in waiting], t.rand(1).item()]


@case
def sampler_errors(t: Any) -> Any:
    d = t.utils.data
    three = range(3)
    return [
        error(lambda: d.RandomSampler(three, replacement=1)), error(lambda: d.RandomSampler(three, num_samples=0)),
        error(lambda: d.RandomSampler([])), error(lambda: d.RandomSampler(three, num_samples=1.5)),
        error(lambda: d.WeightedRandomSampler([1.0], 0)), error(lambda: d.WeightedRandomSampler([1.0], True)),
        error(lambda: d.WeightedRandomSampler([1.0], 1, replacement=0)),
        error(lambda: d.WeightedRandomSampler([[1.0, 2.0]], 1)), error(lambda: d.WeightedRandomSampler([[[0.5]]], 1)),
        error(lambda: d.BatchSampler(three, 0, False)), error(lambda: d.BatchSampler(three, 1.5, False)),
        error(lambda: d.BatchSampler(three, True, False)), error(lambda: d.BatchSampler(three, 2, 0)),
        error(lambda: len(d.BatchSampler(iter(three), 2, False)))[0], error(lambda: iter(d.Sampler())),
        error(lambda: len(d.Sampler()))[0], error(lambda: list(d.RandomSampler([], num_samples=3)))[0],
        error(lambda: list(d.WeightedRandomSampler([0.5, 0.5], 3, replacement=False)))[0],
    ]  # fmt: skip


@case
def distributed(t: Any) -> Any:
    d = t.utils.data.distributed
    found: list[Any] = []
    for n in (2, 3, 10, 11, 12):
        for drop_last in (False, True):
            for shuffle in (False, True):
                s = d.DistributedSampler(range(n), 4, 1, shuffle=shuffle, seed=5, drop_last=drop_last)
                found.append([len(s), s.total_size, list(s), list(s), s.set_epoch(3), list(s)])
    sampler = d.DistributedSampler(rows(t), num_replicas=2, rank=1)
    found.append(second(t.utils.data.DataLoader(rows(t), batch_size=2, sampler=sampler)))
    found.append(error(lambda: d.DistributedSampler(range(3), 2, 2)))
    found.append(error(lambda: d.DistributedSampler(range(3), 2, -1)))
    return [*found, error(lambda: d.DistributedSampler(range(3)))[0]]


# ---- collating


@case
def collated(t: Any) -> Any:
    c = t.utils.data.default_collate

    class Tagged(dict):
        pass

    ordered = collections.OrderedDict
    x = t.arange(6.0).reshape(2, 3)
    batches = [
        [x, x + 1], [x[0, 0], x[0, 1]], [x.t(), x.t()], [x[:, :0], x[:, :0]], [t.tensor(True), t.tensor(False)],
        [t.ones(2, dtype=t.bfloat16)] * 2, [t.ones(2, dtype=t.complex64)] * 2, [t.ones(2), t.ones(2, dtype=t.float64)],
        (x, x), [1, 2], [1.5, 2], [True, False], [2**40, 3], ["a", "b"], [b"a", b"b"], ("a", "b"), [1, 2.5],
        [np.arange(3), np.arange(3)], [np.zeros((2, 3), np.float32)[:, ::2]] * 2, [np.array(3), np.array(4)],
        [np.float32(1), np.float32(2)], [np.int16(1), np.int16(2)], [np.bool_(True), np.bool_(False)],
        [(1, 2.0), (3, 4.0)], [[1, 2], [3, 4]], [(x, 1, "a"), (x, 2, "b")], [Point(1, 2.0), Point(3, 4.0)],
        [Point((1, 2), x), Point((3, 4), x)], [{"a": 1, "b": x}, {"a": 2, "b": x}], [Tagged(a=1), Tagged(a=2)],
        [ordered(b=1, a=2), ordered(b=3, a=4)], [{1: [1], "s": {"t": (1, 2)}}, {1: [2], "s": {"t": (3, 4)}}],
        [collections.UserList([1, 2]), collections.UserList([3, 4])], [range(2), range(2)], [(), ()], [{}, {}],
        [collections.deque([1, 2]), collections.deque([3, 4])], [collections.defaultdict(int, a=1)] * 2, [x],
        [np.arange(2), np.arange(2.0)], [x[0].double(), np.ones(3)][:1],
    ]  # fmt: skip
    found = [plain(c(batch)) for batch in batches]
    wrong = [
        [None, 1], [object()], [{1, 2}], [[1], [1, 2]], [x, x[0]], [x[0], x], [np.array(["a"]), np.array(["b"])],
        [np.array([None])], [], [{"a": 1}, {"b": 1}], [1, "a"], [t.ones(2), t.ones(3)], [2**70],
        [np.ones(2), np.ones(3)], [x, 1], [np.ones(2)[::-1]] * 2,
    ]  # fmt: skip
    texts = (0, 1, 2, 3, 6, 7, 9, 11, 13)
    return [found, [error(lambda b=b: c(b))[: 2 if i in texts else 1] for i, b in enumerate(wrong)]]


@case
def collate_shares_and_differentiates(t: Any) -> Any:
    c = t.utils.data.default_collate
    x = t.ones(2, 3, requires_grad=True)
    out = c([x[0], x[1] * 2])
    (out * t.tensor([[1.0, 2, 3], [4, 5, 6]])).sum().backward()
    base = t.zeros(2, 2)
    made = c([base[0], base[1]])
    made += 1
    leaf = t.nn.Parameter(t.ones(2))
    return [plain(x.grad), base.tolist(), c([leaf, leaf]).requires_grad, c([leaf.detach()] * 2).requires_grad]


@case
def collate_by_a_table(t: Any) -> Any:
    m = importlib.import_module(f"{t.__name__}.utils.data._utils.collate")

    class Word(str):
        pass

    table = {str: lambda batch, *, collate_fn_map=None: "+".join(batch)}
    found = [
        m.collate(["a", "b"], collate_fn_map=table), m.collate([Word("a"), Word("b")], collate_fn_map=table),
        m.collate([("a", ["b"]), ("c", ["d"])], collate_fn_map=table),
        error(lambda: m.collate([1], collate_fn_map=table)),
        plain(m.collate([(1, 2.0), (3, 4.0)], collate_fn_map=m.default_collate_fn_map)),
        [getattr(k, "__name__", "tuple") for k in m.default_collate_fn_map], error(lambda: m.collate([t.ones(1)])),
    ]  # fmt: skip
    kept = dict(m.default_collate_fn_map)
    m.default_collate_fn_map[t.Tensor] = lambda batch, *, collate_fn_map=None: len(batch)
    try:
        found.append(list(t.utils.data.DataLoader(rows(t, 5), batch_size=3)))
    finally:
        m.default_collate_fn_map.clear()
        m.default_collate_fn_map.update(kept)
    return plain(found)


@case
def converted(t: Any) -> Any:
    c = t.utils.data.default_convert
    x = t.ones(2)
    array = np.arange(3)
    shared = c(array)
    shared[0] = 9
    given = [
        0, 1.5, "a", b"a", None, array, np.float32(2), np.str_("s"), np.array(["a"]), x, (array, 1), [array, "s"],
        Point(array, 2), {"a": array, "b": (array,)}, collections.OrderedDict(a=array), range(3), {1, 2}, np.array(5),
        collections.UserList([array]),
    ]  # fmt: skip
    return [plain(c(g)) for g in given] + [c(x) is x, array.tolist(), plain(c(np.array([None])))]


# ---- loading


@case
def loaded(t: Any) -> Any:
    d = t.utils.data
    t.manual_seed(1)
    data = rows(t)

    def by(**options: Any) -> Any:
        return second(d.DataLoader(data, **options))

    return [
        by(), by(batch_size=3), by(batch_size=3, drop_last=True), by(batch_size=20), by(batch_size=20, drop_last=True),
        by(batch_size=4, shuffle=True), by(batch_size=4, shuffle=True), by(batch_size=4, sampler=[3, 1, 2]),
        by(batch_size=4, sampler=d.RandomSampler(data, True, 9)), by(batch_sampler=[[1, 2], [3], [4, -1, 0]]),
        by(batch_size=4, shuffle=True, generator=t.Generator().manual_seed(5)), by(batch_size=None),
        by(batch_size=None, shuffle=True), plain(list(d.DataLoader(data, batch_size=4))),
        plain(next(iter(d.DataLoader(data, batch_size=None)))), plain(list(d.DataLoader(squares(t), batch_size=4))),
        plain(list(d.DataLoader(squares(t), batch_size=None))), plain(list(d.DataLoader([1, 2, 3], batch_size=2))),
        plain(list(d.DataLoader(["a", "b", "c"], batch_size=2, collate_fn="".join))), t.rand(1).item(),
        second(d.DataLoader(d.Subset(data, [7, 3, -2, 0]), batch_size=3)),
        second(d.DataLoader(d.Subset(d.Subset(data, [7, 3, -2, 0]), range(1, 4)), batch_size=2, shuffle=True)),
        second(d.DataLoader(data + data, batch_size=8, shuffle=True)),
        plain(next(iter(d.DataLoader(d.StackDataset(a=data, b=squares(t)), batch_size=2)))),
        [len(d.DataLoader(data, batch_size=b, drop_last=l)) for b in (1, 3, 10, 11) for l in (False, True)],
        [len(d.DataLoader(data, batch_size=None)), len(d.DataLoader(data, batch_sampler=[[1], [2]]))],
        len(iter(d.DataLoader(data, batch_size=3))), t.rand(1).item(),
    ]  # fmt: skip


@case
def what_a_pass_draws(t: Any) -> Any:
    """The global stream, and a generator of one's own, after each step of a pass."""
    d = t.utils.data
    found: list[Any] = []
    for shuffle in (False, True):
        for mine in (None, t.Generator().manual_seed(2)):
            t.manual_seed(9)
            loader = d.DataLoader(rows(t), 4, shuffle=shuffle, generator=mine)
            found.append(t.rand(1).item())
            it = iter(loader)
            found.append([t.rand(1).item(), it._base_seed, next(it)[1].tolist(), t.rand(1).item(), second(it)])
            found.append([second(loader), t.rand(1).item(), mine and t.rand(1, generator=mine).item()])
    return found


@case
def batches_of_a_tensor_dataset(t: Any) -> Any:
    """They are what collating the samples gives, whatever the tensors are."""
    d = t.utils.data
    x = t.arange(12.0).reshape(3, 4)

    class Doubled(d.TensorDataset):
        def __getitem__(self, i: int) -> Any:
            return tuple(v * 2 for v in super().__getitem__(i))

    class AtOnce(d.TensorDataset):
        def __getitems__(self, indices: list[int]) -> Any:
            return [(i,) for i in indices]

    many = [
        d.TensorDataset(x), d.TensorDataset(x.t()), d.TensorDataset(x[:, ::2], x.int()), d.TensorDataset(t.zeros(3, 0)),
        d.TensorDataset(x.bfloat16(), x > 3), d.TensorDataset(x[:, 0]), d.TensorDataset(x.to(t.complex64)), Doubled(x),
        AtOnce(x), d.TensorDataset(x.expand(3, 4), t.ones(1).expand(3)), d.Subset(Doubled(x), [2, 0]),
    ]  # fmt: skip
    found = [plain(list(d.DataLoader(data, batch_size=2))) for data in many]
    w = t.ones(3, 2, requires_grad=True)
    batch = next(iter(d.DataLoader(d.TensorDataset(w), 2)))[0]
    (batch * t.tensor([[1.0, 2], [3, 4]])).sum().backward()
    fresh = next(iter(d.DataLoader(d.TensorDataset(x), 2)))[0]
    fresh += 100

    def among(*indices: Any, data: Any = None) -> Any:
        return error(lambda: list(d.DataLoader(data or d.TensorDataset(x), batch_sampler=list(indices))))

    wrong = [
        among([0, 3]), among([-4]), among(["a"])[0], among([])[0], among([1], data=d.Subset(d.TensorDataset(x), [0]))[0]
    ]  # fmt: skip
    odd = [[True, False], [np.int64(1)], np.array([1, 2]), (1, 2), [t.tensor(1), 0], [1.0], [slice(0, 2), slice(1, 3)]]
    return [found, plain(w.grad), x.tolist(), wrong, [among(i)[: 1 if type(i[0]) is float else 2] for i in odd]]


@case
def streams(t: Any) -> Any:
    d = t.utils.data

    def by(data: Any, **options: Any) -> Any:
        return [plain(b) for b in d.DataLoader(data, **options)]

    def beyond(**options: Any) -> Any:
        loader = d.DataLoader(stream(t, 10, 7), **options)
        return [len(loader), warned(lambda: [plain(b) for b in loader])]

    return [
        by(stream(t)), by(stream(t), batch_size=4), by(stream(t), batch_size=4, drop_last=True),
        by(stream(t), batch_size=None), by(stream(t, 0), batch_size=3), by(stream(t, 2) + stream(t, 3), batch_size=4),
        error(lambda: len(d.DataLoader(stream(t))))[0],
        [len(d.DataLoader(stream(t, 5, 5), b)) for b in (1, 2, 5, None)],
        len(d.DataLoader(stream(t, 5, 5), 2, drop_last=True)), beyond(), beyond(batch_size=None), beyond(batch_size=2),
        error(lambda: d.DataLoader(stream(t), shuffle=True)), error(lambda: d.DataLoader(stream(t), sampler=[1])),
        error(lambda: d.DataLoader(stream(t), batch_sampler=[[1]])), by(stream(t, 2), shuffle=False),
        error(lambda: d.DataLoader(stream(t), shuffle=2)), error(lambda: list(d.DataLoader(d.IterableDataset())))[0],
    ]  # fmt: skip


@case
def loader_errors(t: Any) -> Any:
    d = t.utils.data
    data = rows(t)

    def make(**options: Any) -> Any:
        return error(lambda: type(d.DataLoader(data, **options)))

    def put(name: str) -> Any:
        return error(lambda: setattr(d.DataLoader(data), name, None))

    def with_context(value: Any, workers: int) -> Any:
        return make(multiprocessing_context=value, num_workers=workers)

    return [
        make(num_workers=-1), make(timeout=-1), make(prefetch_factor=2), make(num_workers=1, prefetch_factor=-1),
        make(persistent_workers=True), make(shuffle=True, sampler=[1]), make(batch_sampler=[[1]], batch_size=2),
        make(batch_sampler=[[1]], shuffle=True), make(batch_sampler=[[1]], sampler=[1]),
        make(batch_sampler=[[1]], drop_last=True), make(batch_size=None, drop_last=True), make(batch_size=0),
        make(batch_size=2.5), make(drop_last=1), with_context("fork", 0), with_context("nonsense", 1),
        with_context(3, 1), error(lambda: d.DataLoader([], shuffle=True)),
        [put(n) for n in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")],
        put("num_workers"), put("collate_fn"), error(lambda: list(d.DataLoader(data, timeout=3))),
        error(lambda: list(d.DataLoader(data, num_workers=1, prefetch_factor=0))), error(lambda: d.DataLoader())[0],
        error(lambda: d.DataLoader(data, 1, False, None, None, 0, None, False, False, 0, None, None, None, 2))[0],
        error(lambda: pickle.dumps(iter(d.DataLoader(data))))[0], error(lambda: list(d.DataLoader(5)))[0],
        list(d.DataLoader([])), error(lambda: len(d.DataLoader(data, sampler=iter([1]))))[0],
        error(lambda: next(iter(d.DataLoader([None])))), with_context("spawn", 1),
    ]  # fmt: skip


@case
def attributes(t: Any) -> Any:
    d = t.utils.data
    loaders = (
        d.DataLoader(rows(t), 4, True, num_workers=0), d.DataLoader(rows(t), batch_sampler=[[1]]),
        d.DataLoader(rows(t), batch_size=None, num_workers=1), d.DataLoader(stream(t)),
    )  # fmt: skip
    names = (
        "batch_size", "drop_last", "num_workers", "prefetch_factor", "pin_memory", "timeout", "persistent_workers",
        "in_order", "pin_memory_device", "multiprocessing_context", "generator", "worker_init_fn", "_dataset_kind",
        "_auto_collation", "_iterator",
    )  # fmt: skip
    kinds = [[type(l.sampler).__name__, type(l.batch_sampler).__name__, l.collate_fn.__name__] for l in loaders]
    public = [sorted(m.__all__) for m in (d.dataset, d.sampler, d.dataloader, d.distributed)]
    return [[[getattr(l, n) for n in names] for l in loaders], kinds, public, d.get_worker_info()]


@case
def pinned(t: Any) -> Any:
    d = t.utils.data
    found = warned(lambda: second(d.DataLoader(rows(t, 3), pin_memory=True)))
    return [found, warned(lambda: second(d.DataLoader(rows(t, 1), pin_memory=True, pin_memory_device="cuda")))]
