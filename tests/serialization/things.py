"""What the tests save: each made by a function of the module (PyTorch or tidu), with the same numbers in both."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

DTYPES = "float32 float64 float16 bfloat16 uint8 int8 int16 int32 int64 bool complex64 complex128".split()
WIDE = ("uint16", "uint32", "uint64")


def views(t: Any) -> Any:
    x = t.arange(6.0).reshape(2, 3)
    return OrderedDict(whole=x, turned=x.t(), row=x[1], column=x[:, 1:2], again=x, parameter=t.nn.Parameter(x))


def dtypes(t: Any) -> Any:
    return {name: t.arange(-2, 3).to(getattr(t, name)) for name in DTYPES}


def unsigned(t: Any) -> Any:
    return {name: t.tensor([0, 1, 65535], dtype=getattr(t, name)) for name in WIDE}


def shapes(t: Any) -> Any:
    return [
        t.tensor(3.5),
        t.empty(0),
        t.empty(2, 0, 3),
        t.ones(1).expand(2, 3),
        t.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)[1:, :, ::2],
        t.arange(120.0).reshape(2, 3, 4, 5).contiguous(memory_format=t.channels_last),
        t.ones(2, 2, requires_grad=True),
        t.full((2,), float("nan")),
    ]


def plain(t: Any) -> Any:
    return {
        "numbers": [0, 255, 256, 65536, -1, 2**40, -(2**100), 0.5, float("inf"), True, None],
        "text": ["", "a", "梯度", "\n\0"],
        "bytes": [b"\0\xff", bytearray(b"ab"), bytearray()],
        "nested": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, (4, [5, {6: {7}}]))),
        "complex": 1 - 2j,
        "set": {1, 2},  # of numbers, whose order is always the same
        (1, "key"): Counter("aab"),
        "ordered": OrderedDict([("b", 1), ("a", 2)]),
        "ours": [t.Size([2, 3]), t.float32, t.int64, t.device("cpu"), t.device("cuda", 1), t.strided],
    }


def marked(t: Any) -> Any:
    x, p = t.ones(2), t.nn.Parameter(t.ones(2))
    x.note, p.note = "a note", {"more": [1, 2]}
    return [x, p]


def lenet(t: Any) -> Any:
    n = t.nn
    return n.Sequential(
        n.Conv2d(1, 6, 5, padding=2), n.BatchNorm2d(6), n.Tanh(), n.AvgPool2d(2), n.Conv2d(6, 16, 3), n.ReLU(),
        n.Flatten(), n.Linear(64, 10), n.LogSoftmax(1),
    )  # fmt: skip


def lstm(t: Any) -> Any:
    return t.nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)


def encoder(t: Any) -> Any:
    layer = t.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, activation="gelu")
    return t.nn.TransformerEncoder(layer, 2)


def seeded(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def made(t: Any) -> Any:
        t.manual_seed(0)
        return make(t)

    return made


NETS = {
    "lenet": (seeded(lenet), (2, 1, 8, 8)),
    "lstm": (seeded(lstm), (5, 2, 3)),
    "encoder": (seeded(encoder), (2, 5, 8)),
}


def state(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda t: make(t).state_dict()


def trained(t: Any, name: str, steps: int, net: Any = None, optimizer: Any = None) -> tuple[Any, Any]:
    """A small net after some steps of an optimizer."""
    if net is None:
        t.manual_seed(0)
        net = t.nn.Linear(3, 2)
        options = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(t.optim, name)(net.parameters(), **options)
    x = t.arange(6.0).reshape(2, 3)
    for _ in range(steps):
        optimizer.zero_grad()
        net(x).pow(2).sum().backward()
        optimizer.step()
    return net, optimizer


def checkpoint(name: str) -> Callable[[Any], Any]:
    def made(t: Any) -> Any:
        net, optimizer = trained(t, name, 3)
        return {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}

    return made


# Whatever ``weights_only`` allows.
THINGS: dict[str, Callable[[Any], Any]] = {
    "views": views,
    "dtypes": dtypes,
    "unsigned": unsigned,
    "shapes": shapes,
    "plain": plain,
    "marked": marked,
    **{name: state(make) for name, (make, _) in NETS.items()},
    "adam": checkpoint("Adam"),
    "sgd": checkpoint("SGD"),
}


def thing(key: str, t: Any) -> Any:
    """One of them; the test is skipped where the package is missing that has bfloat16."""
    if key == "dtypes":
        pytest.importorskip("ml_dtypes", reason="bfloat16 needs it; it is in the course extra")
    return THINGS[key](t)


def look(value: Any) -> Any:
    """A value as plain data that can be compared between the two modules: what tensors hold, and who shares memory."""
    return _look(value, {})


def _look(value: Any, seen: dict[int, int]) -> Any:
    if hasattr(value, "untyped_storage"):
        storage = value.untyped_storage()
        own = {k: _look(v, seen) for k, v in vars(value).items() if k in ("note",)}
        block = seen.setdefault(storage.data_ptr(), len(seen)) if value.numel() else None
        return (
            type(value).__name__, str(value.dtype), tuple(value.shape), value.stride(), value.storage_offset(),
            value.requires_grad, block, storage.nbytes(), repr(value.detach().tolist()), own,
        )  # fmt: skip
    if isinstance(value, dict):
        extra = {k: _look(v, seen) for k, v in vars(value).items()} if hasattr(value, "__dict__") else {}
        return type(value).__name__, [(_look(k, seen), _look(v, seen)) for k, v in value.items()], extra
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [_look(v, seen) for v in value]
    return type(value).__name__, repr(sorted(value, key=repr) if isinstance(value, set) else value)
