"""Memory that moves to where other processes see it, under all the tensors that look at it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import tidu
from tidu import _segments
from tidu import multiprocessing as mp


def test_all_tensors_on_the_storage_move_along(t: Any) -> None:
    x = t.arange(12.0).view(3, 4)
    seen = [x[1:], x.t(), x.view(-1)[::5], x.detach(), x.data, x[2, 3], x.view(t.int32), x.expand(2, 3, 4)]
    assert not x.is_shared()
    assert seen[1].share_memory_() is seen[1]
    shapes = [(y.shape, y.stride(), y.storage_offset(), y.dtype) for y in seen]
    x[2, 3], x[1, 1] = 100, -5
    assert all(y.is_shared() for y in [x, *seen])
    assert len({y.untyped_storage().data_ptr() for y in [x, *seen]}) == 1
    assert [(y.shape, y.stride(), y.storage_offset(), y.dtype) for y in seen] == shapes
    assert [y.tolist() for y in seen[:3]] == [
        [[4, -5, 6, 7], [8, 9, 10, 100]],
        x.tolist() and x.t().tolist(),
        [0, -5, 10],
    ]
    assert (seen[5].item(), seen[4][1, 1].item(), seen[7][1, 2, 3].item()) == (100, -5, 100)
    assert x._version == 2


@pytest.mark.parametrize("made", [
    lambda t: t.tensor(3.5), lambda t: t.empty(0), lambda t: t.empty(2, 0, 3), lambda t: t.arange(6).view(2, 3).t(),
    lambda t: t.arange(10)[3:9:2], lambda t: t.ones(1).expand(3, 2), lambda t: t.tensor([True, False]),
    lambda t: t.tensor([1 + 2j]), lambda t: t.ones(3).bfloat16(), lambda t: t.ones(100_000, dtype=t.float16),
    lambda t: t.from_numpy(np.arange(10)[::3]), lambda t: t.nn.Parameter(t.ones(2)),
    lambda t: t.ones(2).requires_grad_(),
])  # fmt: skip
def test_nothing_but_the_place_changes(t: Any, made: Any) -> None:
    x = made(t)
    before = (type(x), x.dtype, x.shape, x.stride(), x.storage_offset(), x.requires_grad, x._version, x.tolist())
    x.share_memory_()
    assert x.is_shared() and x.untyped_storage().is_shared()
    assert (
        type(x),
        x.dtype,
        x.shape,
        x.stride(),
        x.storage_offset(),
        x.requires_grad,
        x._version,
        x.tolist(),
    ) == before
    place = x.data_ptr()
    assert x.share_memory_().data_ptr() == place


def test_what_is_made_of_it(t: Any) -> None:
    x = t.ones(3).share_memory_()
    assert x[1:].is_shared() and x.detach().is_shared() and x.data.is_shared()
    assert not any(y.is_shared() for y in (x.clone(), x + 1, copy.deepcopy(x), pickle.loads(pickle.dumps(x))))
    x.numpy()[0] = 7
    assert x.tolist() == [7, 1, 1]


def test_a_numpy_array_of_before_keeps_its_memory() -> None:
    """In PyTorch that memory has gone, and reading it reads whatever came there since."""
    a = np.zeros(3)
    x = tidu.from_numpy(a)
    b = x.numpy()
    x.share_memory_().fill_(1)
    assert a.tolist() == b.tolist() == [0, 0, 0]
    assert x.numpy().tolist() == [1, 1, 1]


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storages(t: Any) -> None:
    x = t.ones(3)
    storage = x.untyped_storage()
    assert storage.share_memory_() is storage and x.is_shared()
    typed = t.ones(2).storage()
    assert typed.share_memory_() is typed and typed.is_shared()
    assert t.UntypedStorage._new_shared(10).is_shared()


def test_it_cannot_grow() -> None:
    """PyTorch 2.13 crashes here."""
    x = tidu.ones(4).share_memory_()
    assert x.resize_(2).tolist() == [1, 1] and x.is_shared()
    for grow in (
        lambda: x.resize_(100),
        lambda: x.untyped_storage().resize_(100),
        lambda: x.set_(x.untyped_storage(), 0, (9,)),
    ):
        with pytest.raises(RuntimeError, match="not resizable"):
            grow()


def test_gradients_of_what_moved(t: Any) -> None:
    x = t.arange(1.0, 4).requires_grad_()
    y = x.exp()
    z = (y * y).sum()
    y.share_memory_()
    x.share_memory_()
    z.backward()
    assert t.allclose(x.grad, 2 * (2 * x.detach()).exp())
    y = x.exp()
    y.share_memory_()
    with t.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_views_keep_their_history(t: Any) -> None:
    x = t.ones(4, requires_grad=True)
    base = x * 2
    view = base[1:]
    base.share_memory_()
    view.mul_(10)
    base.sum().backward()
    assert x.grad.tolist() == [2, 20, 20, 20] and base.tolist() == [2, 20, 20, 20]


def test_a_module_and_its_optimizer() -> None:
    t: Any = tidu
    t.manual_seed(0)
    net = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4))
    net[0].weight.grad = t.ones(4, 3)
    assert net.share_memory() is net
    shared = [*net.parameters(), *net.buffers(), net[0].weight.grad]
    assert all(p.is_shared() for p in shared)
    places = [p.data_ptr() for p in shared]
    for make in (t.optim.SGD, t.optim.Adam, t.optim.Adagrad):
        optimizer = make(net.parameters(), lr=0.1)
        before = net[0].weight.detach().clone()
        optimizer.zero_grad(set_to_none=False)
        net(t.randn(5, 3)).square().sum().backward()
        optimizer.step()
        assert not t.equal(before, net[0].weight)
    assert [p.data_ptr() for p in shared] == places and all(p.is_shared() for p in shared)
    optimizer.share_memory()
    assert all(s["sum"].is_shared() for s in optimizer.state.values())


def test_lazy_parameters_have_nothing_to_share(t: Any) -> None:
    with pytest.raises(RuntimeError, match="Can't share memory on an uninitialized parameter"):
        t.nn.LazyLinear(2).share_memory()


def test_where_the_c_library_cannot_map(monkeypatch: Any, nothing_left: None) -> None:
    monkeypatch.setattr(_segments, "Mapping", _segments._PythonsMapping)
    mp.set_sharing_strategy("file_system")
    try:
        for size in (3, 100_000):
            x = tidu.ones(size).share_memory_()
            ours, theirs = mp.Pipe()
            ours.send(x)
            assert theirs.recv().data_ptr() == x.data_ptr()
    finally:
        mp.set_sharing_strategy("file_descriptor")


def test_it_is_given_back(nothing_left: None) -> None:
    for size in (3, 100_000):
        x = tidu.ones(size).share_memory_()
        v = x[1:]
        del x
        assert v.sum() == size - 1
        del v
