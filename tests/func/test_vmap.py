"""``vmap`` as a caller sees it: dims, structures, chunks, nesting, writing, random numbers, layers, what it refuses.

Every test runs on PyTorch, too, where it is installed.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.oracle import LIVE

MODULES = ["tidu", "torch"] if LIVE else ["tidu"]


@pytest.fixture(params=MODULES)
def t(request: pytest.FixtureRequest) -> Any:
    module = importlib.import_module(request.param)
    for name in ("func", "nn", "autograd.forward_ad"):
        importlib.import_module(f"{request.param}.{name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield module


def numbers(t: Any, *shape: int) -> Any:
    return t.from_numpy(np.sin(np.arange(np.prod(shape, dtype=int)) * 1.7 + 0.3).reshape(shape))


def rows(t: Any) -> Any:
    return numbers(t, 4, 3)


def same(got: Any, want: Any) -> None:
    assert str(got.dtype).split(".")[-1] == str(want.dtype).split(".")[-1]
    assert tuple(got.shape) == tuple(want.shape)
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-10, atol=1e-12)


def written(t: Any, x: Any) -> Any:
    y = x.clone()
    y[1] *= 2
    y += 1
    y[0:2].add_(x[2])
    y.view(3, 1).mul_(x[0])
    return y


def masked(t: Any, x: Any) -> Any:
    y = t.zeros_like(x)
    y[t.tensor([0, 2])] = x[:2]
    return y.masked_fill_(x > 0, x.sum())


def new(t: Any, x: Any) -> Any:
    return x.new_zeros(2).add_(x[:2]), t.zeros(3, dtype=t.float64).index_put((t.tensor([1]),), x.sum())


def reduced(t: Any, x: Any) -> Any:
    return x.sum(), x.max(), x.max(0)[1], x.var(), x.norm(), x.prod(), x.argmax(), x.logsumexp(0), (x > 0).any()


def viewed(t: Any, x: Any) -> Any:
    return x.reshape(3, 1).T.expand(2, 3).contiguous().view(3, 2).t(), x.unfold(0, 2, 1), x[None, ::2], x.unbind()[1]


def promoted(t: Any, x: Any) -> Any:
    number = x.sum()
    narrow = t.ones(2, dtype=t.float32)
    return narrow * number, number * t.ones((), dtype=t.float32), t.tensor([1, 2]) * x[0], number.long() * 1.5


def joined(t: Any, x: Any) -> Any:
    return t.cat([x, t.ones(2)]), t.stack([x, x * 2], 1), t.where(x > 0, x, 0.0), t.einsum("i,j->ij", x, x)


def sorted_(t: Any, x: Any) -> Any:
    return x.sort(descending=True), x.topk(2), x.cumsum(0), x.flip(0), x.softmax(0), x.roll(1)


def multiplied(t: Any, x: Any) -> Any:
    m = numbers(t, 3, 3)
    return m @ x, x @ m, x @ x, t.outer(x, x), t.addmv(x, m, x, beta=2), t.linalg.solve(m, x), (x[:, None] @ x[None])


def layered(t: Any, x: Any) -> Any:
    F = t.nn.functional
    picture = x.reshape(1, 1, 3).expand(2, 2, 3)
    weight = numbers(t, 2, 2, 2)
    return (
        F.conv1d(picture, weight), F.conv1d(picture, weight * x[0], x[:2]), F.max_pool1d(picture, 2), F.gelu(x),
        F.layer_norm(x, (3,), x), F.batch_norm(picture, None, None, training=True), F.pad(x, (1, 2)),
        F.cross_entropy(x[None], t.tensor([1])),
        F.mse_loss(x, t.ones(3, dtype=t.float64)), F.linear(x, weight.new_ones(2, 3)),
        F.interpolate(picture, scale_factor=2), F.adaptive_avg_pool1d(picture, 2),
    )  # fmt: skip


FUNCTIONS = [written, masked, new, reduced, viewed, promoted, joined, sorted_, multiplied, layered]


def leaves(value: Any) -> list[Any]:
    return [e for v in value for e in leaves(v)] if isinstance(value, (tuple, list)) else [value]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("chunk_size", [None, 3])
def test_each_example_gets_what_the_function_gives_it(t: Any, function: Any, chunk_size: int | None) -> None:
    x = rows(t)
    got = t.vmap(lambda r: leaves(function(t, r)), chunk_size=chunk_size)(x)
    for g, *want in zip(got, *[leaves(function(t, r)) for r in x], strict=True):
        same(g, t.stack(want))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_and_tangents_go_through(t: Any, function: Any) -> None:
    def ends(value: Any) -> list[Any]:
        return [v for v in leaves(value) if v.dtype.is_floating_point]

    fwd, x = t.autograd.forward_ad, rows(t)
    found = []
    for run in (t.vmap(lambda r: ends(function(t, r))),
                lambda x: [t.stack(p) for p in zip(*[ends(function(t, r)) for r in x], strict=True)]):  # fmt: skip
        leaf = x.clone().requires_grad_()
        (g,) = t.autograd.grad(sum((o * o.detach().cos()).sum() for o in run(leaf) if o.requires_grad), leaf)
        with fwd.dual_level():
            tangents = [fwd.unpack_dual(o).tangent for o in run(fwd.make_dual(x.clone(), x.cos()))]
        found.append([g, *[tangent for tangent in tangents if tangent is not None]])
    for got, want in zip(*found, strict=True):
        same(got, want)


def test_dims_and_structures(t: Any) -> None:
    x, w = rows(t), numbers(t, 3, 2)
    same(t.vmap(lambda r: r * 2, in_dims=1, out_dims=1)(x), x * 2)
    same(t.vmap(lambda r: r.sum(), in_dims=-1)(x), x.sum(0))
    same(t.vmap(lambda r, w: r @ w, in_dims=(0, None))(x, w), x @ w)
    made = t.vmap(lambda a, b: {"p": a["x"] * b[0], "q": (b[1], 7)}, ({"x": 0, "y": None}, (None, 1)),
                  {"p": -1, "q": (0, None)})({"x": x, "y": 3}, (2, x.T))  # fmt: skip
    same(made["p"], x.T * 2)
    same(made["q"][0], x)
    assert made["q"][1] == 7
    same(t.vmap(lambda r, *, s: r * s)(x, s=t.tensor(2.0, dtype=t.float64)), x * 2)
    same(t.vmap(lambda r: t.ones(2))(x), t.ones(4, 2))
    assert t.vmap(lambda r: r)(x) is x
    same(t.vmap(lambda r: (r * 2).sum())(t.zeros(0, 3)), t.zeros(0))


def test_one_inside_another(t: Any) -> None:
    x = rows(t)
    same(t.vmap(t.vmap(lambda a: a * 2))(x), x * 2)
    product = t.vmap(t.vmap(lambda a, b: (a * b).sum(), (0, None)), (None, 0), out_dims=1)
    same(product(x, x), x @ x.T)
    same(t.vmap(lambda a: t.vmap(lambda b: a.dot(b))(x))(x), x @ x.T)
    picked = t.vmap(lambda a: t.vmap(lambda i: a[i] * x[:, i].sum())(t.tensor([2, 0])))(x)
    same(picked, (x * x.sum(0))[:, [2, 0]])
    order = t.tensor([[0, 1], [2, 0]]).expand(4, 2, 2)
    chosen = t.vmap(lambda a, o: t.vmap(lambda i: a.index_select(0, i))(o))(x, order)
    same(chosen, t.stack([t.stack([a[i] for i in o]) for a, o in zip(x, order, strict=True)]))


def test_indices_that_are_batches(t: Any) -> None:
    x, i, j = numbers(t, 3, 3, 4, 3)[:2], t.tensor([[0, 1], [2, 0]]), t.tensor([[1, 1], [0, 2]])
    for pick in (lambda a, i, j: a[i], lambda a, i, j: a[:, i], lambda a, i, j: a[i, :, j], lambda a, i, j: a[i, j],
                 lambda a, i, j: a[None, i[0]], lambda a, i, j: a.index_select(2, i), lambda a, i, j: a.take(i),
                 lambda a, i, j: a.gather(0, i[None, :, None]), lambda a, i, j: a.index_put((i, j), a[0, 0, 0]),
                 lambda a, i, j: a.scatter_add(0, i[None, :, None], a)):  # fmt: skip
        for dims in ((0, 0, 0), (None, 0, 0)):
            given = (x[0] if dims[0] is None else x, i, j)
            got = t.vmap(pick, in_dims=dims)(*given)
            want = [pick(*[v if d is None else v[k] for v, d in zip(given, dims, strict=True)]) for k in range(2)]
            same(got, t.stack(want))


def test_batches_are_printed(t: Any) -> None:
    shown: list[str] = []
    t.vmap(lambda a: t.vmap(lambda b: shown.append(repr(b)) or b, in_dims=0)(a), in_dims=1)(t.ones(2, 1))
    inner = "    BatchedTensor(lvl=1, bdim=1, value=\n        tensor([[1.],\n                [1.]])\n    )"
    assert shown == [f"BatchedTensor(lvl=2, bdim=0, value=\n{inner}\n)"]


def test_what_a_batch_looks_like(t: Any) -> None:
    x = rows(t).requires_grad_()

    def look(a: Any) -> Any:
        assert (tuple(a.shape), a.stride(), a.ndim, a.numel(), len(a)) == ((4,), (3,), 1, 4, 4)
        assert not a.requires_grad and a.grad_fn is None and a.is_leaf and not a.is_contiguous()
        return a * 1

    assert t.vmap(look, in_dims=1)(x).requires_grad


# ---- modules


def test_gradients_of_each_sample_and_ensembles(t: Any) -> None:
    func, F = t.func, t.nn.functional
    net = t.nn.Sequential(
        t.nn.Conv2d(1, 2, 3), t.nn.GELU(), t.nn.MaxPool2d(2), t.nn.Flatten(), t.nn.Linear(8, 3)
    ).double()
    x, y = numbers(t, 3, 1, 6, 6), t.tensor([0, 2, 1])
    parameters = {k: p.detach() for k, p in net.named_parameters()}

    def loss(p: Any, x: Any, y: Any) -> Any:
        return F.cross_entropy(func.functional_call(net, p, (x[None],)), y[None])

    got = t.vmap(func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)
    for k, p in net.named_parameters():
        want = [t.autograd.grad(F.cross_entropy(net(x[i : i + 1]), y[i : i + 1]), p)[0] for i in range(3)]
        same(got[k], t.stack(want))
    nets = [t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2)).double() for _ in range(3)]
    state = func.stack_module_state(nets)
    points = rows(t)
    made = t.vmap(lambda s, x: func.functional_call(nets[0], s, (x,)), in_dims=(0, None))(state, points)
    same(made, t.stack([n(points) for n in nets]))


def test_batched_gradients(t: Any) -> None:
    x, w = numbers(t, 3).requires_grad_(), numbers(t, 3).requires_grad_()
    y = (x.sin() * w).cumsum(0)
    eye = t.eye(3, dtype=t.float64)
    got = t.autograd.grad(y, (x, w), eye, retain_graph=True, is_grads_batched=True)
    for k, leaf in enumerate((x, w)):
        same(got[k], t.stack([t.autograd.grad(y, leaf, row, retain_graph=True)[0] for row in eye]))
    again = t.autograd.grad(y, x, eye, create_graph=True, is_grads_batched=True)[0]
    same(t.autograd.grad(again.sum(), x)[0], -w.detach() * x.detach().sin() * t.tensor([3.0, 2.0, 1.0]))
    with pytest.raises(RuntimeError, match=r"is_grads_batched=True.*grad_output\[0\] has a shape of torch.Size"):
        t.autograd.grad(y, x, t.ones(2, 2, dtype=t.float64), is_grads_batched=True)


# ---- random numbers

DRAWS: dict[str, Callable[[Any, Any], Any]] = {
    "rand": lambda t, x: t.rand(3),
    "randint": lambda t, x: t.randint(2, 9, (3,)),
    "randperm": lambda t, x: t.randperm(4),
    "normal": lambda t, x: t.normal(0.0, 1.0, (3,)),
    "rand_like": lambda t, x: t.rand_like(x),
    "randn_like of no batch": lambda t, x: t.randn_like(t.zeros(3)),
    "bernoulli": lambda t, x: t.bernoulli(t.full((3,), 0.3)),
    "uniform_": lambda t, x: x.clone().uniform_(),
    "dropout": lambda t, x: t.nn.functional.dropout(x, 0.4),
    "alpha_dropout": lambda t, x: t.nn.functional.alpha_dropout(x, 0.4, True),
    "dropout2d": lambda t, x: t.nn.functional.dropout2d(x.reshape(1, 3, 1, 1).expand(2, 3, 2, 2), 0.5),
    "nested": lambda t, x: t.vmap(lambda _: t.rand(2), randomness="different")(x),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("randomness", ["different", "same"])
def test_random_numbers(name: str, randomness: str) -> None:
    found = []
    for module in MODULES:
        t = importlib.import_module(module)
        t.manual_seed(5)
        made = t.vmap(lambda x, t=t: DRAWS[name](t, x), randomness=randomness)(t.ones(2, 3))
        assert bool((made[0] == made[1]).all()) or randomness == "different"
        found.append(made)
        with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
            t.vmap(lambda x, t=t: DRAWS[name](t, x))(t.ones(2, 3))
    if LIVE:
        same(*found)


# ---- what is refused

REFUSED: dict[str, tuple[type[Exception], str, Callable[[Any, Any], Any]]] = {
    "item": (RuntimeError, "calling .item() on a Tensor", lambda t, x: t.vmap(lambda r: r.sum().item())(x)),
    "float": (RuntimeError, "calling .item() on a Tensor", lambda t, x: t.vmap(lambda r: float(r.sum()))(x)),
    "format": (RuntimeError, "calling .item() on a Tensor", lambda t, x: t.vmap(lambda r: f"{r.sum():.2f}")(x)),
    "bool": (RuntimeError, "data-dependent control flow", lambda t, x: t.vmap(lambda r: r if r.sum() > 0 else -r)(x)),
    "tolist": (RuntimeError, "Cannot access data pointer", lambda t, x: t.vmap(lambda r: r.tolist())(x)),
    "nonzero": (RuntimeError, "dynamic shape", lambda t, x: t.vmap(lambda r: r.nonzero())(x)),
    "unique": (RuntimeError, "dynamic shape", lambda t, x: t.vmap(t.unique)(x)),
    "mask": (RuntimeError, "boolean mask", lambda t, x: t.vmap(lambda r: r[r > 0])(x)),
    "masked_select": (RuntimeError, "`mask`", lambda t, x: t.vmap(lambda r: t.masked_select(r, r > 0))(x)),
    "allclose": (RuntimeError, "allclose isn't supported", lambda t, x: t.vmap(lambda r: t.allclose(r, r))(x)),
    "out": (RuntimeError, "aten::add.out", lambda t, x: t.vmap(lambda r: t.add(r, 1, out=t.zeros(3)))(x)),
    "data": (RuntimeError, "`data` under vmap", lambda t, x: t.vmap(lambda r: r.data)(x)),
    "requires_grad_": (RuntimeError, "requires_grad_()", lambda t, x: t.vmap(lambda r: r.requires_grad_())(x)),
    "backward": (RuntimeError, "backward()", lambda t, x: t.vmap(lambda r: r.sum().backward())(x)),
    "copy": (RuntimeError, "not possible because", lambda t, x: t.vmap(lambda r: t.zeros(3).copy_(r))(x)),
    "uniform": (RuntimeError, "different inplace randomness", lambda t, x: t.vmap(
        lambda r: t.zeros(3).uniform_(), randomness="different")(x)),
    "statistics": (RuntimeError, "running_mean", lambda t, x: t.vmap(t.nn.BatchNorm1d(3).double())(x[None])),
    "no inputs": (ValueError, "got no inputs", lambda t, x: t.vmap(lambda r: r)()),
    "in_dims type": (ValueError, "in_dims=a", lambda t, x: t.vmap(lambda r: r, in_dims="a")(x)),
    "in_dims structure": (ValueError, "TreeSpec(tuple, None, [*])", lambda t, x: t.vmap(lambda r: r, (0, 1))(x)),
    "in_dim type": (ValueError, "Got in_dim=a", lambda t, x: t.vmap(lambda r: r, ("a",))(x)),
    "in_dim range": (ValueError, "-2 <= in_dim < 2", lambda t, x: t.vmap(lambda r: r, 2)(x)),
    "not a tensor": (ValueError, "<class 'float'>", lambda t, x: t.vmap(lambda r: r)(1.0)),
    "no batch": (ValueError, "at least one Tensor", lambda t, x: t.vmap(lambda r: r, (None,))(x)),
    "sizes": (ValueError, "got sizes [4, 3]", lambda t, x: t.vmap(lambda r, s: r)(x, x[0])),
    "output": (ValueError, "<class 'int'>", lambda t, x: t.vmap(lambda r: 3)(x)),
    "output None": (ValueError, "out_dim is None", lambda t, x: t.vmap(lambda r: r, out_dims=None)(x)),
    "out_dims type": (ValueError, "out_dims=a", lambda t, x: t.vmap(lambda r: r, out_dims="a")(x)),
    "out_dims structure": (ValueError, "out_dims=(0, 1)", lambda t, x: t.vmap(lambda r: r, out_dims=(0, 1))(x)),
    "out_dim range": (IndexError, "[-2, 1], but got 3", lambda t, x: t.vmap(lambda r: r * 1, out_dims=3)(x)),
    "chunk_size": (ValueError, "(got 0)", lambda t, x: t.vmap(lambda r: r, chunk_size=0)),
    "randomness": (RuntimeError, "Got foo", lambda t, x: t.vmap(lambda r: r, randomness="foo")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(t: Any, name: str) -> None:
    kind, words, call = REFUSED[name]
    with pytest.raises(kind) as caught:
        call(t, rows(t))
    assert words in str(caught.value)
    same(t.vmap(lambda r: r * 2)(rows(t)), rows(t) * 2)  # and no trace is left


def test_what_escaped_is_of_no_use(t: Any) -> None:
    held: list[Any] = []
    t.vmap(lambda r: held.append(r * 2) or r)(rows(t))
    with pytest.raises(RuntimeError, match="escaped"):
        held[0] + 1
