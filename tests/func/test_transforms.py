"""``tidu.func`` beside PyTorch's: every transform, one inside another in every order, inside ``vmap`` and around it."""

from __future__ import annotations

import importlib
import warnings
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

from tests.effort import rounds
from tests.oracle import LIVE

MODULES = ["tidu", "torch"] if LIVE else ["tidu"]
Pair = namedtuple("Pair", "a b")


def names(module: str) -> dict[str, Any]:
    """What the expressions below are made of."""
    t = importlib.import_module(module)
    func, autograd = (importlib.import_module(f"{module}.{n}") for n in ("func", "autograd"))
    fwd, nn = importlib.import_module(f"{module}.autograd.forward_ad"), importlib.import_module(f"{module}.nn")

    def tensor(*rows: Any) -> Any:
        return t.from_numpy(np.array(rows, "float64"))

    x, v, w = tensor(0.3, 0.7, 1.1), tensor(1.0, -0.5, 2.0), tensor(0.2, 0.4, 0.9)
    m = tensor([1.0, 2.0, 0.0], [0.5, -1.0, 3.0], [0.1, 0.2, 0.3])
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    with t.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(t.from_numpy(np.arange(p.numel()).reshape(tuple(p.shape)) * 0.1 - 0.1 * i))

    def many(x: Any) -> Any:
        return (m @ x).sin() * x.exp()

    def one(x: Any) -> Any:
        return (many(x) * x).sum()

    def written(x: Any) -> Any:
        y = t.zeros(3, dtype=t.float64)
        y[:2] = x[1:]
        y[2:].add_(x[0])
        y.mul_(x)
        return y.sin_()

    def held(x: Any) -> Any:
        with t.no_grad():
            c = x * 3
        return (c * x).sum()

    def called(parameters: Any, x: Any) -> Any:
        return func.functional_call(net, parameters, (x,))

    def unpacked(call: Any) -> Any:
        with fwd.dual_level():
            primal, tangent = fwd.unpack_dual(call(fwd.make_dual(x, v)))
            return primal.clone(), tangent

    pi = t.tensor(0.7, dtype=t.float64)
    return {
        **{n: getattr(func, n) for n in func.__all__},
        **dict(t=t, tensor=tensor, x=x, v=v, w=w, m=m, many=many, one=one, written=written, held=held, net=net),
        **dict(called=called, unpacked=unpacked, Pair=Pair, OrderedDict=OrderedDict, pi=pi, autograd=autograd),
        **dict(xs=t.stack([x, w, v]), vs=t.stack([v, x, w]), xr=x.clone().requires_grad_(), fwd=fwd),
        **dict(wr=w.clone().requires_grad_(), number=lambda v: t.tensor(v, dtype=t.float64), nn=nn),
        **dict(
            p={k: q.detach() for k, q in net.named_parameters()}, z=t.tensor([1 + 2j, 0.3 - 0.2j], dtype=t.complex128)
        ),
        **dict(back=lambda out, *ins: autograd.grad(out.sum(), ins), two=lambda a, b: (a.sum() * b, {"k": a * b[0]})),
    }


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [type(value).__name__, *value, *(e for v in value.values() for e in flat(v))]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__.rpartition(".")[2], *(e for v in value for e in flat(v))]
    if hasattr(value, "detach"):
        return [value.requires_grad, value.detach()]
    return [value]


def run(module: str, code: str) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return flat(eval(code, names(module)))


def same(a: Any, b: Any) -> bool:
    if hasattr(a, "detach"):
        return str(a.dtype).rpartition(".")[2] == str(b.dtype).rpartition(".")[2] and np.allclose(a, b, 1e-9, 1e-11)
    return bool(a == b)


VALUES = """
grad(grad(grad(lambda x: x.sin() * x ** 3)))(pi)
grad(grad(grad(grad(lambda x: x.sin() * x ** 3))))(pi)
grad(lambda x: x * grad(lambda y: x + y)(number(1.)))(number(1.))
grad(lambda x: x * grad(lambda y: x * y)(number(2.)))(number(3.))
jvp(lambda x: x * jvp(lambda y: x + y, (number(1.),), (number(1.),))[1], (number(1.),), (number(1.),))
jvp(lambda x: x * jvp(lambda y: x * y, (number(2.),), (number(1.),))[1], (number(3.),), (number(1.),))
grad(lambda x: x * jvp(lambda y: x * y * y, (number(2.),), (number(1.),))[1])(number(3.))
jvp(lambda x: x * grad(lambda y: x * y * y)(number(2.)), (number(3.),), (number(1.),))
grad(lambda x: grad(lambda y: grad(lambda z: x * y * z)(y) * x)(x))(number(3.))
jvp(lambda x: grad(lambda y: jvp(lambda z: x * y * z * z, (y,), (x,))[1] * x)(x), (number(3.),), (number(1.),))
jacrev(jacrev(one))(x)
jacfwd(jacrev(one))(x)
jacrev(jacfwd(one))(x)
jacfwd(jacfwd(one))(x)
hessian(many)(x)
jacfwd(jacfwd(jacfwd(one)))(x)
jacrev(jacfwd(jacrev(one)))(x)
jacfwd(jacrev(jacfwd(one)))(x)
jvp(lambda x: jvp(lambda x: jvp(many, (x,), (v,))[1], (x,), (w,))[1], (x,), (x,))
jvp(lambda x: vjp(many, x)[1](v)[0], (x,), (w,))
vjp(lambda x: jvp(many, (x,), (v,))[1], x)[1](w)
vjp(lambda x: vjp(many, x)[1](v)[0], x)[1](w)
jacfwd(lambda c: vjp(many, x)[1](c)[0])(v)
jacrev(vjp(many, x)[1])(v)
jacfwd(vjp(many, x)[1])(v)
(lambda push: (push(v), jvp(push, (v,), (w,)), grad(lambda c: (push(c) ** 2).sum())(v)))(linearize(many, x)[1])
grad(lambda x: (one(x), (x * 2, [many(x)])), has_aux=True)(x)
grad_and_value(lambda x: (one(x), x * 2), has_aux=True)(x)
vjp(lambda x: (x * 2, x + 1), x, has_aux=True)[::2]
jvp(lambda x: (x * 2, x + 1), (x,), (v,), has_aux=True)
jacrev(lambda x: (x * 2, x + 1), has_aux=True)(x)
jacfwd(lambda x: (x * 2, x + 1), has_aux=True)(x)
grad(lambda x, y: (x * y).sum(), argnums=-1)(x, w)
grad(lambda x, y: (x * y).sum(), argnums=(1, 0))(x, w)
grad(lambda x, y: (x * y).sum())(x, y=w)
grad(lambda d: (d["a"] * d["b"][0]).sum())({"a": x, "b": [w]})
grad(lambda d: (d["a"] * d["b"]).sum())(OrderedDict(b=x, a=w))
jacrev(lambda x: Pair(x.sin(), x * 2))(x)
jacfwd(two, argnums=(1, 0))(x, w)
jacrev(two, argnums=(1, 0))(x, w)
hessian(lambda a, b: (a.sum() * b * b).sum() + (a ** 3).sum(), argnums=(1, 0))(x, w)
hessian(lambda d: (d["a"].sum() * d["b"] ** 2).sum())({"a": x, "b": w})
vjp(lambda x: {"a": x * 2, "b": x}, x)[1]({"a": v, "b": w})
vjp(lambda x, y: x, x, w)[1](v)
vjp(lambda x: (x, w), x)[1]((v, w))
vjp(lambda x: x * 2, x)[1](v.float())
jvp(lambda x: number(1.), (x,), (v,))
jvp(lambda x: t.tensor(1), (x,), (v,))
jvp(lambda x: x.max(0), (x,), (v,))
jvp(lambda d: {"o": d["a"] * 2}, ({"a": x},), ({"a": v},))
jacrev(lambda x: x)(x), jacfwd(lambda x: x)(x)
jacrev(lambda x: number(2.))(x), jacfwd(lambda x: t.tensor([1, 2]))(x)
jacrev(lambda x: x ** 2)(x[:0]), jacfwd(lambda x: x ** 2)(x[:0])
jacrev(lambda x: x ** 2)(pi), jacfwd(lambda x: x ** 2)(pi)
jacrev(lambda x: x.t() * 2)(m[:2]), jacfwd(lambda x: x.t() * 2)(m[:2])
jacrev(many, chunk_size=2)(x), jacrev(many, chunk_size=1)(x)
jacrev(written)(x), jacfwd(written)(x), hessian(lambda x: (written(x) ** 2).sum())(x)
grad(lambda x: (x.detach() * x).sum())(x), jacfwd(lambda x: x.detach() * x)(x)
grad(held)(x), jvp(held, (x,), (v,)), grad(lambda x: grad(held)(x).sum())(x)
grad(lambda z: (z * z.conj()).real.sum() + z.sin().abs().sum())(z)
jvp(lambda z: z.sin() * z.conj(), (z,), (z * z,))
jvp(lambda z: jvp(lambda z: z.sin() * z.conj(), (z,), (z * z,))[1], (z,), (z,))
grad(lambda x: autograd.grad(one(x), x, create_graph=True)[0].sum())(x)
unpacked(grad(one)), unpacked(lambda d: vjp(many, d)[1](d)[0]), unpacked(jacrev(many))
unpacked(lambda d: autograd.grad(one(d.requires_grad_()), d)[0])
[f.requires_grad for f in (grad(one)(x), jacrev(many)(x), jacfwd(many)(x), hessian(one)(x), vjp(many, x)[0])]
grad(one)(xr), grad(lambda x: (x * 2).sum())(xr), grad(lambda x: (x * wr).sum())(x)
back(grad(lambda x: (many(x) * wr * wr).sum())(xr) * v, wr, xr)
back(grad_and_value(lambda x: (many(x) * wr * wr).sum())(xr)[1], wr, xr)
back(grad(lambda x: (one(x), (x * wr).sum()), has_aux=True)(x)[1], wr)
back(vjp(many, xr)[1](wr)[0] * v, wr, xr)
back(jvp(many, (xr,), (wr,))[1] * v, wr, xr)
back(jvp(lambda x: jvp(many, (x,), (wr,))[1], (xr,), (wr,))[1] * v, wr, xr)
back(jacrev(many)(xr) * m, xr), back(jacfwd(many)(xr) * m, xr), back(hessian(one)(xr) * m, xr)
t.no_grad()(lambda: (grad(lambda x: (x ** 2 * wr).sum())(xr), jvp(lambda x: x ** 2, (xr,), (v,)), jacfwd(many)(xr)))()
t.no_grad()(lambda: grad(lambda x: grad(lambda y: (y ** 3).sum())(x).sum())(x))()
grad(lambda p, x: called(p, x).sum())(p, x)
jacrev(called, argnums=(0, 1))(p, x)
hessian(lambda b: called({"0.bias": b}, x).sum())(p["0.bias"])
[p.grad for p in net.parameters()]
vmap(grad(one))(xs), vmap(grad_and_value(one))(xs)
vmap(grad(lambda x: (one(x), (x * 2, w)), has_aux=True))(xs)
vmap(grad(lambda x, y: (x * y).sin().sum()), in_dims=(None, 0))(w, xs)
vmap(lambda y: grad(lambda x: (x * y).sin().sum())(w))(xs)
vmap(grad(lambda x: (grad(one)(x) * v).sum()))(xs)
vmap(lambda x, c: vjp(many, x)[1](c)[0])(xs, vs)
vmap(lambda c: vjp(many, w)[1](c)[0])(vs), vmap(vjp(many, w)[1])(vs)
vmap(lambda x: vmap(lambda c: vjp(many, x)[1](c * x)[0])(m))(xs)
vmap(lambda x, d: jvp(many, (x,), (d,)))(xs, vs)
vmap(lambda x: jvp(many, (x,), (v,)))(xs), vmap(lambda d: jvp(many, (w,), (d,)))(vs)
vmap(lambda y: jvp(lambda x: x * y, (w,), (v,)))(xs), vmap(lambda y: jvp(lambda x: w * 2, (y,), (v,)))(xs)
vmap(lambda x, d: jvp(lambda x: jvp(many, (x,), (v,))[1], (x,), (d,)))(xs, vs)
vmap(jacrev(many))(xs), vmap(jacfwd(many))(xs), vmap(hessian(one))(xs)
vmap(jacrev(jacrev(one)))(xs), vmap(jacfwd(jacfwd(one)))(xs), vmap(jacrev(jacfwd(one)))(xs)
jacrev(vmap(one))(xs), jacfwd(vmap(one))(xs), hessian(lambda xs: vmap(one)(xs).sum())(xs[:2])
grad(lambda xs: vmap(grad(one))(xs).sum())(xs), jvp(vmap(grad(one)), (xs,), (vs,))
vmap(vmap(grad(lambda x, y: (x * y).sin() * x), (0, None)), (None, 0))(w, xs[:, 0])
vmap(vmap(jacrev(lambda x, y: (x * y).sin() * x), (0, None)), (None, 0))(xs, w)
vmap(vmap(hessian(lambda x, y: (x * y).sin().sum() * x[0]), (0, None)), (None, 0))(xs, w)
back(vmap(grad(one))(xr.expand(2, 3)) * v, xr), back(vmap(grad(lambda x: (many(x) * wr).sum()))(xs) * vs, wr)
back(vmap(hessian(lambda x: (many(x) * wr).sum()))(xs) * m, wr)
unpacked(lambda d: vmap(grad(one))(d * xs))
autograd.grad(many(wr), wr, m, is_grads_batched=True)
vmap(grad(lambda p, x: called(p, x).sum()), in_dims=(None, 0))(p, xs)
vmap(jacrev(called), in_dims=(None, 0))(p, xs)
jacrev(lambda p: vmap(lambda x: called(p, x))(xs))(p)
functionalize(lambda x: x.view(-1).add_(1))(x.clone()), functionalize(many, remove="mutations_and_views")(x)
[jacfwd(lambda x: x * t.rand(3).double() * 0, randomness=r)(x) for r in ("same", "different")]
debug_unwrap(x), debug_unwrap(x, recurse=False)
[b is None for b in replace_all_batch_norm_modules_(nn.BatchNorm1d(3)).state_dict().values()]
(grad(one).__name__, jacrev(one).__name__, jacfwd(one).__name__, hessian(one).__name__)
""".strip().splitlines()


@pytest.mark.parametrize("code", VALUES[:: rounds(4, 1)], ids=VALUES[:: rounds(4, 1)])
def test_a_transform_gives_what_pytorch_gives(code: str) -> None:
    got = run("tidu", code)
    if LIVE:
        want = run("torch", code)
        assert len(got) == len(want) and all(map(same, got, want)), (got, want)


ERRORS: list[tuple[str, type[Exception], str]] = [
    ("grad(many)(x)", RuntimeError, "scalar Tensor, got tensor with 1 dims"),
    ("grad(lambda x: 1.)(x)", RuntimeError, "to return a Tensor, got <class 'float'>"),
    ("grad(one)(1.)", ValueError, "must be Tensor, got <class 'float'>"),
    ("grad(lambda x: x.sum())(t.tensor([1]))", RuntimeError, "only Tensors of floating point dtype"),
    ("grad(lambda z: z.sum())(z)", RuntimeError, "only for real scalar outputs but got torch.complex"),
    ("grad(one, argnums=1)(x)", RuntimeError, "argnum=1, but only 1 positional"),
    ("grad(one, argnums=[0])(x)", RuntimeError, "argnums must be int or Tuple"),
    ("grad(one, argnums=())(x)", RuntimeError, "argnums must be non-empty"),
    ("grad(one, argnums=(0, 0))(x)", RuntimeError, r"unique, got \(0, 0\)"),
    ("grad(one, has_aux=True)(x)", RuntimeError, r"should be a tuple: \(output, aux\)"),
    ("grad(lambda x: (one(x), 's'), has_aux=True)(x)", RuntimeError, "unsupported type <class 'str'>"),
    ("grad(lambda x: x.mul_(2).sum())(x)", RuntimeError, "leaf Variable that requires grad"),
    ("grad(lambda x: (one(x).backward(), one(x))[1])(x)", RuntimeError, r"backward\(\).*functorch"),
    ("grad(lambda x: one(x.requires_grad_()))(x)", RuntimeError, r"requires_grad_\(\).*functorch"),
    ("vjp(lambda x: (), x)", RuntimeError, r"non-empty output \(got output = \[\]\)"),
    ("vjp(lambda x: None, x)", RuntimeError, r"non-empty output \(got output = \[None\]\)"),
    ("vjp(lambda x: (x, 3), x)", RuntimeError, "only tensors, got unsupported type <class 'int'>"),
    (
        "vjp(lambda x: x.sort(), x)",
        RuntimeError,
        "got Tensor with dtype torch.int64",
    ),
    ("vjp(many, x)[1](pi)", RuntimeError, r"shape of torch.Size\(\[\]\) and output\[0\] has a shape of torch.Size"),
    ("vjp(lambda x: (x, x), x)[1](x)", RuntimeError, r"cotangents: \*, primal output: \(\*, \*\)"),
    ("vjp(many, x)[1](3.)", TypeError, "gradients can be either Tensors or None, but got float"),
    ("jvp(many, x, v)", RuntimeError, "Expected primals to be a tuple"),
    ("jvp(many, (x,), (x, x))", RuntimeError, r"TreeSpec\(tuple, None, \[\*\]\) and tangents with structure"),
    ("jvp(lambda: x, (), ())", RuntimeError, "at least one Tensor"),
    ("jvp(many, (3.,), (1.,))", RuntimeError, "primals to only contain Tensors, got <class 'float'>"),
    (
        "jvp(many, (x,), (pi,))",
        RuntimeError,
        r"size \[3\] while the given forward gradient is of size \[\]",
    ),
    ("jvp(many, (t.tensor([1]),), (t.tensor([1]),))", ValueError, "floating point or complex, but got: torch.int64"),
    ("jvp(lambda x: (x, pi), (x,), (v,), strict=True)", RuntimeError, "independent of the inputs"),
    ("jvp(many, (x,), (v,), has_aux=True)", RuntimeError, r"should be a tuple: \(output, aux\)"),
    ("jvp(lambda x: 3, (x,), (v,))", RuntimeError, "only tensors, got unsupported type <class 'int'>"),
    ("unpacked(lambda d: jvp(many, (x,), (v,))[1])", RuntimeError, "Nested forward mode AD is not supported"),
    ("linearize(many, x)[1](x, x)", RuntimeError, "same argspec as the primals"),
    ("linearize(many, x)[1](pi)", RuntimeError, r"tangent:0 with shape torch.Size\(\[\]\)"),
    ("linearize(many, x)[1](x.float())", RuntimeError, "tangent:0 with dtype torch.float32"),
    ("jacrev(many, chunk_size=0)", ValueError, "`chunk_size` should be greater than 0"),
    ("jacrev(lambda x: 3.)(x)", RuntimeError, "only tensors, got unsupported type <class 'float'>"),
    ("jacrev(many)(z)", RuntimeError, "jacrev: Expected all inputs to be real"),
    ("jacrev(many)(1.)", ValueError, "must be Tensor, got <class 'float'>"),
    ("jacfwd(many)(z)", RuntimeError, "jacfwd: Expected all inputs to be real"),
    ("jacfwd(many, argnums=3)(x)", RuntimeError, "argnum=3, but only 1"),
    ("jacfwd(lambda x: ())(x)", RuntimeError, "non-empty output"),
    ("jacfwd(lambda x: x * t.rand(3))(x)", RuntimeError, "random operation while in randomness error mode"),
    ("jacfwd(many, randomness='none')(x)", RuntimeError, "'error', 'different', or 'same'. Got none"),
    ("jacfwd(many)(t.tensor([1]))", ValueError, "floating point or complex, but got: torch.int64"),
    ("functionalize(many, remove='all')(x)", RuntimeError, "invalid argument for remove=all"),
    ("debug_unwrap(3.)", TypeError, "arg|Tensor"),
    ("functional_call(net, 3, x)", ValueError, "to be a dict, or a list/tuple of dicts, but got <class 'int'>"),
    ("functional_call(net, [3], x)", ValueError, "all elements of parameter_and_buffer_dicts"),
    ("functional_call(net, [p, p], x)", ValueError, "appeared in multiple dictionaries"),
    ("stack_module_state([])", RuntimeError, "at least one model, got 0"),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("code", "kind", "words"), ERRORS, ids=[code for code, _, _ in ERRORS])
def test_a_misuse_is_told_as_pytorch_tells_it(module: str, code: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        run(module, code)
    assert run(module, "(grad(one)(x), jvp(many, (x,), (v,)))"), "the levels are closed again"


def test_functions_have_the_parameters_of_pytorch() -> None:
    if not LIVE:
        pytest.skip("PyTorch is not installed")
    import inspect

    ours, theirs = (importlib.import_module(f"{m}.func") for m in MODULES)
    for name in theirs.__all__:
        if hasattr(ours, name):
            assert [*inspect.signature(getattr(ours, name)).parameters] == [
                *inspect.signature(getattr(theirs, name)).parameters
            ], name


def test_a_leaf_of_a_transform_is_left_alone() -> None:
    """Nothing is accumulated anywhere, and what is kept of a closed level does not grow."""
    t = importlib.import_module("tidu")
    func = importlib.import_module("tidu.func")
    seen: list[Any] = []
    w = t.ones(2, requires_grad=True)
    found = func.grad(lambda x: (seen.append(x), (x * x * w).sum())[1])(t.ones(2))
    found.sum().backward()
    assert seen[0].grad is None and not seen[0].requires_grad
    assert w.grad.tolist() == [2.0, 2.0]


def test_transforms_close_their_levels_when_the_function_raises() -> None:
    t = importlib.import_module("tidu")
    func, fwd = importlib.import_module("tidu.func"), importlib.import_module("tidu.autograd.forward_ad")
    x = t.ones(2)

    def fails(x: Any) -> Any:
        raise KeyError("mine")

    for transform in (func.grad(fails), func.jacrev(fails), func.jacfwd(fails), func.vmap(func.grad(fails))):
        with pytest.raises(KeyError, match="mine"):
            transform(x)
    with pytest.raises(KeyError, match="mine"):
        func.jvp(fails, (x,), (x,))
    assert fwd._current_level == -1
    x.requires_grad_().sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
