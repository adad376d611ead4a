"""Tensors that go through queues, pipes, pools and arguments to other processes, which see the same memory."""

from __future__ import annotations

import io
import multiprocessing as python
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import reduction
from typing import Any

import pytest

import tidu as t
from tests import effort
from tidu import multiprocessing as mp

fork: Any = mp.get_context("fork")

# By how it is made, one of everything that can be sent.
KINDS: dict[str, Callable[[], Any]] = {
    **{
        dtype: lambda dtype=dtype: t.ones(3, dtype=getattr(t, dtype))
        for dtype in (
            "bool uint8 int8 int16 int32 int64 "
            "uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128"
        ).split()
    },
    "0-d": lambda: t.tensor(5),
    "empty": lambda: t.empty(0),
    "empty, 3-d": lambda: t.empty(2, 0, 3),
    "transposed": lambda: t.arange(12).view(3, 4).t(),
    "with an offset and gaps": lambda: t.arange(12)[3:9:2],
    "expanded": lambda: t.ones(1).expand(3, 2),
    "large": lambda: t.arange(100_000),
    "leaf": lambda: t.ones(2, requires_grad=True),
    "parameter": lambda: t.nn.Parameter(t.ones(2)),
    "frozen": lambda: t.nn.Parameter(t.ones(2), requires_grad=False),
    "subclass": lambda: Named(),
}


class Named(t.Tensor):
    def __new__(cls) -> Any:
        made = t.ones(3)
        made.__class__ = cls
        made.label = "three ones"  # type: ignore[attr-defined]
        return made


def what(x: Any) -> tuple[Any, ...]:
    label = getattr(x, "label", None)
    return type(x), x.dtype, x.shape, x.stride(), x.storage_offset(), x.requires_grad, x.tolist(), label, x.data_ptr()


def increase(x: Any) -> Any:
    """The first element, in place."""
    if x.numel():
        first = x.data[(0,) * x.dim()]
        first.fill_(not first.item() if x.dtype is t.bool else first.item() + 1)
    return x


def answer(take: Callable[[], Any], give: Callable[[Any], Any]) -> None:
    while (message := take()) is not None:
        give([increase(x) for x in message])


@contextmanager
def echo(name: str, context: Any = fork) -> Iterator[Callable[[Any], Any]]:
    """A function that sends a list to another process, which writes into each tensor and sends it back."""
    if name == "Pipe":
        ours, theirs = context.Pipe()
        send, receive, arrived, arguments = ours.send, ours.recv, ours.poll, (theirs.recv, theirs.send)
    else:
        there, back = getattr(context, name)(), getattr(context, name)()
        send, receive, arrived, arguments = there.put, back.get, back._reader.poll, (there.get, back.put)
    process = context.Process(target=answer, args=arguments)
    process.start()

    def ask(message: Any) -> Any:
        send(message)
        if not arrived(60):
            raise TimeoutError("the other process does not answer")
        return receive()

    try:
        yield ask
        send(None)
        process.join(10)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
        process.close()


@pytest.fixture(params=["file_descriptor", "file_system"])
def strategy(request: pytest.FixtureRequest) -> Iterator[str]:
    mp.set_sharing_strategy(request.param)
    assert mp.get_sharing_strategy() == request.param
    yield request.param
    mp.set_sharing_strategy("file_descriptor")


@pytest.mark.parametrize(
    "name", ["Queue", "SimpleQueue", "JoinableQueue", "Pipe"] if effort.long() else ["Queue", "Pipe"]
)
def test_what_is_sent_and_sent_back_is_the_same(name: str, strategy: str, nothing_left: None) -> None:
    with echo(name) as ask:
        sent = [make() for make in KINDS.values()]
        before = [what(x)[:-1] for x in sent]
        received = ask(sent)
        for kind, x, y, old in zip(KINDS, sent, received, before, strict=True):
            assert x.is_shared(), kind
            assert what(x) == what(y), kind
            assert what(x)[:6] == old[:6], kind
            assert (x.tolist() == old[6]) == (not x.numel()), kind
            assert x is not y and x.untyped_storage() is y.untyped_storage(), kind


def test_a_channel_of_pythons_own(strategy: str) -> None:
    with echo("Queue", python.get_context("fork")) as ask:
        sent = [make() for make in KINDS.values()]
        assert [what(x) for x in ask(sent)] == [what(x) for x in sent]


@pytest.mark.long
@pytest.mark.parametrize("name", ["Queue", "Pipe"])
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_process_that_knows_nothing(method: str, name: str, strategy: str) -> None:
    with echo(name, mp.get_context(method)) as ask:
        sent = [make() for make in KINDS.values()]
        assert [what(x) for x in ask(sent)] == [what(x) for x in sent]


def add_one(*tensors: Any) -> None:
    for x in tensors:
        x += 1


@pytest.mark.parametrize(
    "method", [pytest.param(m, marks=[pytest.mark.long] * (m != "fork")) for m in ("fork", "spawn", "forkserver")]
)
def test_arguments(method: str, nothing_left: None) -> None:
    mp.get_context(method).Process  # noqa: B018
    x, large = t.zeros(3).share_memory_(), t.zeros(20_000).share_memory_()
    process = mp.get_context(method).Process(target=add_one, args=(x, x[1:], large))
    process.start()
    process.join(60)
    assert process.exitcode == 0 and x.tolist() == [1, 2, 2] and large.sum() == 20_000
    process.close()


def test_one_storage_stays_one() -> None:
    x = t.randn(5, 5)
    with echo("Queue") as ask:
        sent = [x.untyped_storage(), x, x[2], x[:, 1], x.view(t.int32), x.data]
        sent_on = ask([*sent[1:]])
        assert len({y.untyped_storage() for y in sent_on}) == 1
        ours, theirs = mp.Pipe()
        ours.send(sent)
        assert theirs.recv()[0] is x.untyped_storage()


def test_a_list_of_more_than_one_packet_takes(nothing_left: None) -> None:
    ours, theirs = mp.Pipe()
    many = [t.full((20_000,), float(i)) for i in range(effort.rounds(300, 2000))]
    ours.send([many, "x" * 100_000])
    received, text = theirs.recv()
    assert [y.data_ptr() for y in received] == [x.data_ptr() for x in many] and len(text) == 100_000


def double(x: Any) -> Any:
    return [x * 2, x]


def fail(x: Any) -> None:
    raise ValueError("not this one", x)


def test_pools(nothing_left: None) -> None:
    with fork.Pool(2) as pool:
        x = [t.full((3,), float(i)) for i in range(5)]
        assert [(y.tolist(), z.data_ptr()) for y, z in pool.map(double, x)] == [
            ([2.0 * i] * 3, x[i].data_ptr()) for i in range(5)
        ]
        with pytest.raises(ValueError, match="not this one") as error:
            pool.apply(fail, (x[1],))
        assert error.value.args[1].tolist() == [1, 1, 1]
        pool.close()
        pool.join()


def test_threads_that_send_views_of_one_tensor() -> None:
    """While others make views of it."""
    for _ in range(effort.rounds(5, 100)):
        x = t.arange(1000.0)
        pipes = [mp.Pipe() for _ in range(4)]
        threads = [threading.Thread(target=pipe[0].send, args=(x[i:],)) for i, pipe in enumerate(pipes)]
        for thread in threads:
            thread.start()
        views = [x[i:] for i in range(4)]
        for thread in threads:
            thread.join()
        received = [pipe[1].recv() for pipe in pipes]
        x[100] = -1
        assert [y[100 - i].item() for y in (views, received) for i, y in enumerate(y)] == [-1] * 8


def test_a_subclass_that_is_defined_later() -> None:
    told = []

    class Told:
        def __init_subclass__(cls, **named: Any) -> None:
            told.append(named)

    class Later(t.Tensor, Told, word="hello"):
        pass

    assert told == [{"word": "hello"}]
    assert (
        reduction.ForkingPickler(io.BytesIO()).dispatch_table[Later]
        is reduction.ForkingPickler._extra_reducers[t.Tensor]
    )


def test_what_has_a_history_is_not_sent() -> None:
    x = t.ones(2, requires_grad=True) * 2
    ours, theirs = mp.Pipe()
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor which requires_grad"):
        ours.send(x)
    ours.send(x.detach())
    assert theirs.recv().tolist() == [2, 2]


def test_gradients_and_hooks_stay() -> None:
    x = t.ones(2, requires_grad=True)
    x.register_hook(lambda g: g)
    x.sum().backward()
    ours, theirs = mp.Pipe()
    with pytest.warns(UserWarning, match="backward hook .* on tensor will not be serialized"):
        ours.send(x)
    assert theirs.recv().grad is None


def give(q: Any, *what: Any) -> None:
    for x in what:
        q.put(x)


@pytest.mark.parametrize("name", ["Queue", "SimpleQueue"])
def test_the_sender_may_have_ended(name: str, nothing_left: None) -> None:
    """In PyTorch the message is lost then."""
    q = getattr(fork, name)()
    process = fork.Process(target=give, args=(q, t.ones(3), t.ones(100_000)))
    process.start()
    process.join(10)
    process.close()
    assert q.get().tolist() == [1, 1, 1] and q.get().sum() == 100_000


def test_pythons_own_queue_tells_when_the_sender_has_ended() -> None:
    q = python.get_context("fork").Queue()
    process = fork.Process(target=give, args=(q, t.ones(3)))
    process.start()
    process.join(10)
    with pytest.raises(ConnectionRefusedError, match="the process that sent it ended before"):
        q.get(timeout=10)


def test_as_pythons_queues() -> None:
    q = fork.Queue(2)
    q.put(1)
    q.put(t.ones(1))
    with pytest.raises(queue.Full):
        q.put(3, timeout=0.01)
    assert q.qsize() == 2 and q.full()
    assert q.get() == 1 and q.get(timeout=5) == 1
    start = time.monotonic()
    with pytest.raises(queue.Empty):
        q.get(timeout=0.01)
    with pytest.raises(queue.Empty):
        q.get_nowait()
    assert time.monotonic() - start < 5 and q.empty()
    q.close()
    with pytest.raises(ValueError, match="closed"):
        q.get()
    joinable = fork.JoinableQueue()
    joinable.put("task")
    assert joinable.get() == "task"
    joinable.task_done()
    joinable.join()
    with pytest.raises(ValueError, match="too many times"):
        joinable.task_done()


def test_as_pythons_pipes() -> None:
    ours, theirs = mp.Pipe(duplex=False)
    with pytest.raises(OSError, match="read-only"):
        ours.send(1)
    theirs.send_bytes(b"0123456789", 2, 4)
    theirs.send_bytes(b"")
    theirs.send_bytes(b"x" * 100_000)
    assert ours.poll() and ours.recv_bytes() == b"2345" and ours.recv_bytes() == b""
    with pytest.raises(mp.BufferTooShort):
        ours.recv_bytes_into(bytearray(5))
    theirs.send_bytes(b"long")
    with pytest.raises(OSError, match="bad message length"):
        ours.recv_bytes(2)
    ours, theirs = mp.Pipe()
    theirs.close()
    with pytest.raises(EOFError):
        ours.recv()
    with pytest.raises(OSError):
        ours.send(1)


def test_names() -> None:
    """All of Python's, and what PyTorch has beside."""
    assert set(python.__all__) <= set(mp.__all__) and all(hasattr(mp, name) for name in mp.__all__)
    assert mp.get_all_sharing_strategies() == {"file_descriptor", "file_system"}
    with pytest.raises(AssertionError, match="invalid sharing strategy 'by_post', expected one of"):
        mp.set_sharing_strategy("by_post")
    with pytest.raises(ValueError, match="cannot find context"):
        mp.get_context("sporn")


def computed(q: Any) -> None:
    q.put(
        [
            t.rand(2).tolist(),
            (t.ones(300, 300) @ t.ones(300, 300)).sum().item(),
            (t.ones(500_000) + 1).exp().sum().item(),
        ]
    )


def test_a_forked_process_computes_as_this_one() -> None:
    """Its generator goes on from where this one's is, as in PyTorch; threads are started anew."""
    before = t.get_num_threads()
    t.set_num_threads(2)
    t.manual_seed(3)
    mine = fork.SimpleQueue()
    computed(mine)
    expected = mine.get()
    t.manual_seed(3)
    q = fork.Queue()
    processes = [fork.Process(target=computed, args=(q,)) for _ in range(2)]
    for process in processes:
        process.start()
    assert [q.get(timeout=30) for _ in processes] == [expected, expected]
    for process in processes:
        process.join(10)
    t.set_num_threads(before)
