"""Random index expressions, read and assigned, on tidu and on PyTorch side by side.

An expression is drawn as text: a tensor (of some shape, dtype and layout), a key of every kind of item that an index
may hold, and perhaps a value. Both libraries run it. Compared are the error's class, the warnings, or else value,
dtype, shape, strides, the place in memory, and the gradients of the tensor and of the value. Not asked: strides of a
result with a dimension of size 1 that a transposed index picked, where PyTorch goes by strides that mean nothing; nor
which of several values written to one place stays when an index is transposed, which PyTorch leaves undefined.

``make test-all`` runs more of them, ``TIDU_INDICES=100000 pytest tests/ops/test_indexing.py`` as many as you say.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import pytest

import tidu
from tests.effort import rounds

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
EXPRESSIONS = int(os.environ.get("TIDU_INDICES", rounds(450, 20_000)))
BLOCKS = 6
UNASKED = "PyTorch stops on an assertion of its own"

DTYPES = ["float64", "float64", "float64", "float32", "int64", "bool", "complex64"]
LAYOUTS = ["{x}", "{x}", "{x}.mT", "{x}[1:]", "{x}[..., ::2]", "{x}[None].expand(2, *{x}.shape)", "{x}[:, 0]"]


@pytest.fixture(autouse=True)
def every_warning() -> Iterator[None]:
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(before)


class Expression:
    """``base`` and ``layout``: how the tensor is made; ``key``: what is between the brackets; ``value``: what is
    assigned, if anything."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.dtype = self.random.choice(DTYPES)
        shape = tuple(self.random.choice([0, 1, 2, 3, 3, 4]) for _ in range(self.random.choice([0, 1, 2, 2, 3, 3, 4])))
        self.base = made(shape, self.dtype)
        self.layout = self.random.choice(LAYOUTS)
        try:
            self.shape = eval(f"({self.layout})".format(x=self.base), {"t": torch}).shape
        except Exception:
            self.layout, self.shape = "{x}", shape
        self.key = self.drawn_key()
        self.value = None if self.random.random() < 0.5 else self.drawn_value()

    def __str__(self) -> str:
        return f"x = {self.layout.format(x=self.base)}; x[{self.key}]" + (f" = {self.value}" if self.value else "")

    def drawn_key(self) -> str:
        dims, items = list(self.shape), []
        for _ in range(self.random.choice([1, 1, 2, 2, 3, 4])):
            text, used = self.random.choice(ITEMS)(self, dims)
            items.append(text)
            dims = dims[used:]
        if self.random.random() < 0.1:
            items.insert(self.random.randrange(len(items) + 1), "...")
        if len(items) == 1:
            return self.random.choice([items[0], items[0], items[0] + ","])
        return f"[{', '.join(items)}]" if self.random.random() < 0.05 else ", ".join(items)

    def position(self, n: int) -> int:
        """Inside, nearly always."""
        return self.random.randint(-n - 1, n) if self.random.random() < 0.02 or not n else self.random.randrange(-n, n)

    def number(self, dims: list[int]) -> tuple[str, int]:
        return str(self.position(dims[0] if dims else 2)), 1

    def zero_dim(self, dims: list[int]) -> tuple[str, int]:
        kind = self.random.choice(["int64", "int64", "int32", "int8", "uint8"])
        i = self.position(dims[0] if dims else 2)
        return f"t.tensor({i if kind != 'uint8' else self.random.randrange(2)}, dtype=t.{kind})", kind != "uint8"

    def slice(self, dims: list[int]) -> tuple[str, int]:
        def end() -> str:
            return "" if self.random.random() < 0.4 else str(self.random.randint(-5, 5))

        steps = ["", "", "", ":1", ":2", ":3", ":2"] + [":0", ":-1"] * (self.random.random() < 0.05)
        return f"{end()}:{end()}{self.random.choice(steps)}", 1

    def new(self, dims: list[int]) -> tuple[str, int]:
        return "None", 0

    def flag(self, dims: list[int]) -> tuple[str, int]:
        return self.random.choice(["True", "False", "True", "t.tensor(True)", "t.tensor(False)"]), 0

    def places(self, dims: list[int]) -> tuple[str, int]:
        n = dims[0] if dims else 2
        shape = self.random.choice([(1,), (2,), (2,), (3,), (2, 1), (1, 2), (2, 2), (0,)])
        values = np.array([self.position(n) for _ in range(int(np.prod(shape)))], int).reshape(shape).tolist()
        return self.random.choice([
            "{v}", "{v}", "t.tensor({v}, dtype=t.int64)", "t.tensor({v}, dtype=t.int64)",
            "t.tensor({v}, dtype=t.int32)",
            "t.tensor({v}, dtype=t.int64).mT" if len(shape) == 2 else "t.tensor({v}, dtype=t.int64).expand(2, -1)",
        ]).format(v=values), 1  # fmt: skip

    def mask(self, dims: list[int]) -> tuple[str, int]:
        width = self.random.choice([1, 1, 2, 3])
        region = [n if self.random.random() > 0.02 else n + 1 for n in (dims or [2])[:width]]
        values = np.array([self.random.random() < 0.5 for _ in range(int(np.prod(region)))], bool)
        text = str(values.reshape(region).tolist())
        kind = "uint8" if self.random.random() < 0.15 else "bool"
        forms = [f"t.tensor({text}, dtype=t.{kind}).reshape({region})"]
        if (
            values.size and len(region) == 1 and self.random.random() < 0.4
        ):  # of more PyTorch loses count beside ``...``
            forms = [text]
        return self.random.choice(forms), len(region)

    def strange(self, dims: list[int]) -> tuple[str, int]:
        return self.random.choice(["1.5", "t.tensor([0.5])", "t.tensor(1.0)", "{}", "1j"]), 1

    def drawn_value(self) -> str:
        if self.random.random() < 0.3:
            return self.random.choice(["2", "2.5", "True", "-1", "t.tensor(3.0)", "t.tensor(3)", "t.tensor([1.5])"])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                shape = list(eval(f"({self.layout})[{self.key}]".format(x=self.base), {"t": torch}).shape)
        except Exception:
            shape = [2]
        draw = self.random.random()
        if draw < 0.25 and shape:
            shape = shape[self.random.randrange(len(shape)) :]
        elif draw < 0.45:
            shape = [1 if self.random.random() < 0.5 else n for n in shape]
        elif draw < 0.55:
            shape = [1, *shape]
        elif draw < 0.6:
            shape = [*shape, 2]
        text = made(tuple(shape), self.dtype if self.random.random() < 0.9 else "float32")
        return f"{text}.fill_(1)" if ".mT" in self.key else text


ITEMS: list[Callable[[Expression, list[int]], tuple[str, int]]] = [
    Expression.number, Expression.number, Expression.slice, Expression.slice, Expression.slice, Expression.new,
    Expression.places, Expression.places, Expression.places, Expression.mask, Expression.mask, Expression.zero_dim,
    Expression.flag,
] * 3 + [Expression.strange]  # fmt: skip


def made(shape: tuple[int, ...], dtype: str) -> str:
    """The text that makes a tensor whose elements tell where they were."""
    n = int(np.prod(shape, dtype=int))
    numbers = f"t.arange({n})"
    text = f"({numbers} % 3 == 0)" if dtype == "bool" else f"{numbers}.to(t.{dtype})"
    return f"{text}.reshape({shape})"


def observed(t: Any, expression: Expression) -> dict[str, Any]:
    """What happens, on the module ``t``."""
    scope = {"t": t}
    base = eval(expression.base, scope)
    value = eval(expression.value, scope) if expression.value else None
    inputs = [v for v in (base, value) if hasattr(v, "requires_grad_") and (v.is_floating_point() or v.is_complex())]
    for v in inputs:
        v.requires_grad_()
    found: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            scope["start"] = base if value is None else base * 1 if base.dtype != t.bool else base.clone()
            x = scope["x"] = eval(f"({expression.layout})".format(x="start"), scope)
            if value is None:
                out = eval(f"x[{expression.key}]", scope)
                shared = out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
                found["place"] = out.storage_offset() if shared and out.numel() else shared if out.numel() else None
                found["view"] = out._is_view() and out.requires_grad
            else:
                scope["value"] = value
                exec(f"x[{expression.key}] = value", scope)
                out = scope["start"]
                found["version"] = out._version
        except Exception as error:
            return {"error": type(error).__name__}
    # under "always" PyTorch speaks of each conversion of a tensor to an index, too, as it does once in use
    found["warnings"] = sorted({w.category.__name__ for w in caught})
    found["value"] = out.numpy(force=True).copy()
    found["dtype"] = str(out.dtype).removeprefix("torch.")
    if out.numel() and not (1 in out.shape and ".mT" in expression.key):
        found["stride"] = [s for s, n in zip(out.stride(), out.shape, strict=True) if n > 1]
    found["node"] = type(out.grad_fn).__name__ if out.dtype.is_floating_point or out.dtype.is_complex else None
    if out.requires_grad:
        weights = t.arange(out.numel()).reshape(out.shape).to(out.dtype).cos() + 1
        try:
            grads = t.autograd.grad((out * weights).sum().abs(), inputs, allow_unused=True)
            found["gradients"] = [None if g is None else g.numpy(force=True) for g in grads]
        except RuntimeError as error:
            internal = "INTERNAL ASSERT" in str(error) or "isFloatingType(" in str(error)
            found["gradients"] = UNASKED if internal else "RuntimeError"
    return found


def same(p: Any, q: Any) -> bool:
    if isinstance(p, list) and isinstance(q, list):
        return len(p) == len(q) and all(map(same, p, q))
    if isinstance(p, np.ndarray) and isinstance(q, np.ndarray):
        return p.shape == q.shape and p.dtype == q.dtype and np.allclose(p, q, rtol=1e-5, atol=1e-6, equal_nan=True)
    return type(p) is type(q) and bool(p == q)


def differences(expression: Expression) -> list[str]:
    ours, theirs = observed(tidu, expression), observed(torch, expression)
    return [
        f"{what}: tidu {ours.get(what)}, PyTorch {theirs.get(what)}"
        for what in sorted(ours.keys() | theirs.keys())
        if theirs.get(what) is not UNASKED and not same(ours.get(what), theirs.get(what))
    ]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_expressions(block: int) -> None:
    for seed in range(block, EXPRESSIONS, BLOCKS):
        expression = Expression(seed)
        found = differences(expression)
        assert not found, f"expression {seed}: import torch as t\n{expression}\n" + "\n".join(found)


@pytest.mark.parametrize(
    "key",
    [
        "..., t.tensor([0, -1]).expand(2, -1), True, None",
        "t.tensor([0, 0], dtype=t.int32), t.tensor([[1, 1], [-3, -3]]).mT",
        "t.tensor(1.0), ::0",
        "::0, t.tensor(1.0)",
        "::0, 1.5",
        "1.5, ::0",
        "9, t.tensor(1.0)",
        "[{}]",
        "[0, {}]",
        "[1j, {}]",
        "[1j]",
        "['a']",
        "[float('nan')]",
    ],
)
def test_what_the_long_runs_found(key: str) -> None:
    def said(t: Any) -> Any:
        try:
            out = eval(f"x[{key}]", {"t": t, "x": t.arange(12).reshape(4, 3)[:, :3].mT})
        except Exception as error:
            return type(error).__name__
        return out.tolist(), out.stride()

    assert said(tidu) == said(torch)


@pytest.mark.parametrize(
    "call",
    [
        "x.index_add(0, t.tensor([9]), x[:1])",
        "x[0].index_add(0, t.tensor([9]), x[0, :1])",
        "x.index_copy(0, t.tensor([0]), x[0])",
        "x.index_copy(0, t.tensor([0]), x[:1, :1])",
        "x[0, 0].index_reduce(0, t.tensor([9]), x[0, :1], 'amax')",
        "x[:0].index_fill(1, t.tensor([9]), 1)",
        "x.index_fill(0, t.tensor([9]), 1)",
        "x[:0, :0].index_fill(0, t.tensor([0]), 1)",
        "x.bool().scatter_reduce(1, t.tensor([0]), x.bool(), 'mean')",
        "x[:0].unsafe_chunk(2)[0].grad_fn.name()",
    ],
)
def test_which_error_an_index_out_of_range_is(call: str) -> None:
    def said(t: Any) -> Any:
        try:
            out = eval(call, {"t": t, "x": t.ones(3, 4, requires_grad=True) * 1})
        except Exception as error:
            return type(error).__name__
        return out if isinstance(out, str) else out.tolist()

    assert said(tidu) == said(torch)


def test_expressions_are_of_every_kind() -> None:
    """The draw is worth something: most expressions succeed, some fail, and each kind of item is among them."""
    drawn = [Expression(seed) for seed in range(300)]
    results = [observed(torch, e) for e in drawn]
    failed = sum("error" in r for r in results)
    assert 30 < failed < 200
    assert sum(bool(r.get("gradients")) for r in results) > 60
    assert sum(bool(e.value) for e in drawn) > 100
    for sign in ("None", "...", ":", "True", "[[", "dtype=t.bool", "dtype=t.uint8", "dtype=t.int64", "expand", ".mT"):
        assert any(sign in str(e) for e in drawn), sign


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = tidu.Tensor.__getitem__
    monkeypatch.setattr(tidu.Tensor, "__getitem__", lambda x, key: real(x, key).clone())
    assert any(any(line.startswith("place") for line in differences(Expression(seed))) for seed in range(40))
