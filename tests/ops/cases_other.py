"""Samples of aliases, of questions about tensors, of conversions, and of random filling."""

from __future__ import annotations

from math import nan

from tests.ops.sample import ANY, b, f, f32, i, op, pos, v, within

probability = within(0.1, 0.9)

# samples that move with the parameters; PyTorch's approximations of how are good to three digits

op("distributions", tol=2e-3).call(lambda t, x: t.distributions.Gamma(x, 2.0).rsample((2,)), pos(3)).call(
    lambda t, x: t.distributions.Gamma(x, x).rsample(), within(0.5, 3)(2, dtype="float32").const
).call(lambda t, x: t.distributions.Dirichlet(x).rsample(), pos(2, 3).const).call(
    lambda t, x, y: t.distributions.Beta(x, y).rsample(), pos(3).const, pos(3).const
).call(lambda t, x: t.distributions.Gamma(x, 1.0), f(2), raises=ValueError)

# second names: one ordinary call, one that broadcasts or promotes, one error

for _name in ("multiply", "subtract", "divide", "true_divide"):
    op(_name)(f(3, 4), pos(4))(i(3), pos(3))(f32(4, 3).T, 2.5).error(RuntimeError, f(3), f(4))
op("rsub")(f(3, 4), f(4))(f(3), 2.5)(i(3), 2, alpha=3).error(RuntimeError, f(3), f(4))
op("clip")(f(3, 4), -0.5, 0.5)(f(3), min=0)(i(4), -1, 1)(f(4, 3).T, f(3)).error(RuntimeError, f(3))
op("ger")(f(3), f(4))(i(3), f(2)).error(RuntimeError, f(2, 2), f(2))
op("moveaxis")(f(2, 3, 4), 0, 2)(f(2, 3, 4), (0, 1), (1, 2)).error(IndexError, f(2, 3), 0, 2)
op("swapdims")(f(2, 3, 4), 0, 2)(f(3, 4).T, 0, 1).error(IndexError, f(3), 0, 1)
op("ravel")(f(3, 4))(f(4, 3).T)(f())(f(0, 3))(f(3, 4).S).error(TypeError, f(3), 1)
for _name in ("concat", "concatenate"):
    op(_name)([f(2, 3), f(1, 3)])([f(2, 3), f(2, 1)], 1).error(RuntimeError, [f(2, 3), f(2, 2)])
op("reshape_as").call(lambda t, x, y: x.reshape_as(y), f(4, 3).T, f(2, 6)).call(
    lambda t, x: x.reshape_as(3), f(3), raises=TypeError
)
op("diag_embed")(f(3))(f(2, 3))(f(2, 3), 1)(f(3), offset=-2)(f(2, 3), 0, 0, 2)(f(3, 2).T).error(
    RuntimeError, f(3), 0, 0, 0
)
op("meshgrid").call(lambda t, x, y: t.meshgrid(x, y, indexing="ij"), f(2), f(3)).call(
    lambda t, x, y: t.meshgrid([x, y], indexing="xy"), f(2), f(3)
).call(lambda t, x, y: t.meshgrid(x, y, indexing="zz"), f(2), f(3), raises=RuntimeError).call(
    lambda t, x: t.meshgrid(x, indexing="ij"), f(2, 2), raises=RuntimeError
)
op("index_put")(f(3, 4), (v([0, 2]),), f(2, 4))(f(3, 4), (v([0, 2]), v([1, 1])), f(2))(
    f(3), (v([0, 0]),), f(2), accumulate=True
)(f(3, 4), (b(3, 4),), f())(i(3), (v([0]),), i(1)).error(IndexError, f(3), (v([3]),), f(1)).error(
    RuntimeError, f(3), (v([0]),), f32(1)
)

# questions

op("equal").call(lambda t, x: t.equal(x, x.clone()), f(3)).call(lambda t, x: t.equal(x, x + 1), f(3)).call(
    lambda t, x, y: t.equal(x, y), f(3), f(4)
).call(lambda t, x, y: x.equal(y), v([1, 2]), v([1.0, 2.0])).call(lambda t, x: t.equal(x, x), v([nan])).call(
    lambda t, x: t.equal(x, 1), f(3), raises=TypeError
)
for _name in ("isclose", "allclose"):
    op(_name)(f(3), f(3))(v([1.0, 2.0]), v([1.0 + 1e-9, 2.1]))(v([1.0]), v([1.05]), rtol=0.1)(v([nan]), v([nan]))(
        v([nan]), v([nan]), equal_nan=True
    )(i(3), i(3))(f(3, 4), f(4)).error(RuntimeError, f(3), f32(3)).error(TypeError, f(3), 1)
op("is_floating_point")(f(2))(i(2))(b(2)).error(TypeError, 1)
op("is_complex")(f(2))(i(2)).error(TypeError, 1)
op("is_tensor").call(lambda t, x: (t.is_tensor(x), t.is_tensor(1), t.is_tensor([x])), f(2))
op("numel")(f(2, 3))(f())(f(0, 3)).error(TypeError, 3)
op("result_type").call(lambda t, x, y: str(t.result_type(x, y)).partition(".")[2], i(2), f32(2)).call(
    lambda t, x: str(t.result_type(x, 2.5)).partition(".")[2], i(2)
)
op("promote_types").call(
    lambda t: [[str(t.promote_types(getattr(t, a), getattr(t, c))).partition(".")[2] for a in _DTYPES] for c in _DTYPES]
)
_DTYPES = (
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "bool",
    "complex64",
    "complex128",
)
for _name in ("size", "stride", "dim", "ndimension", "storage_offset", "element_size", "is_contiguous", "nelement"):
    op(_name).call(lambda t, x, n=_name: getattr(x, n)(), f(4, 3).T).call(
        lambda t, x, n=_name: getattr(x[1:], n)(), f32(3, 4)
    )
op("size").call(lambda t, x: (x.size(0), x.size(-1)), f(3, 4)).call(lambda t, x: x.size(2), f(3, 4), raises=IndexError)
op("stride").call(lambda t, x: (x.stride(0), x.stride(-1)), f(3, 4)).call(
    lambda t, x: x.stride(2), f(3, 4), raises=IndexError
)
op("item").call(lambda t, x: x.item(), f()).call(lambda t, x: x.item(), i(1, 1)).call(lambda t, x: x.item(), b()).call(
    lambda t, x: x.item(), f32(1)
).call(lambda t, x: x.item(), f(2), raises=RuntimeError)
op("tolist").call(lambda t, x: x.tolist(), f(2, 3)).call(lambda t, x: x.tolist(), i()).call(
    lambda t, x: x.tolist(), b(0, 2)
)
op("numbers").call(lambda t, x: (float(x), int(x), complex(x), bool(x)), v([2.5])).call(
    lambda t, x: [10, 20, 30][x], v(1)
).call(lambda t, x: [10, 20][x], v(1.0), raises=TypeError).call(lambda t, x: float(x), f(2), raises=ANY).call(
    lambda t, x: bool(x), f(0), raises=RuntimeError
).call(lambda t, x: (f"{x:.2f}", len(t.ones(3)), 2.0 in t.ones(3)), v(1.5))

# conversions

for _name in ("float", "double", "half", "int", "long", "short", "char", "byte", "bool"):
    op(_name).call(lambda t, x, n=_name: getattr(x, n)(), v([0.0, 1.7, 100.2])).call(
        lambda t, x, n=_name: getattr(x, n)(), i(2, 3).T
    )
op("type_as")(f(3), f32(1))(i(3), f(1))(f(3), f(2)).error(TypeError, f(3), 1)
op("type").call(lambda t, x: x.type(), f32(2)).call(lambda t, x: x.type(t.int64), f(2)).call(
    lambda t, x: x.type("torch.FloatTensor"), f(2)
).call(lambda t, x: [t.zeros(1, dtype=getattr(t, d)).type() for d in _DTYPES], f(1))
op("cpu").call(lambda t, x: x.cpu(), f(3)).call(lambda t, x: x.cpu() is x, f(3))
op("requires_grad_", grad=False).call(lambda t, x: x.requires_grad_().requires_grad, f(3)).call(
    lambda t, x: x.requires_grad_(), i(3), raises=RuntimeError
)
op("resize_", grad=False).call(lambda t, x: x.clone().resize_(2, 2), v([1.0, 2, 3, 4])).call(
    lambda t, x: x.clone().resize_((2,)), v([1.0, 2, 3, 4])
).call(lambda t, x: x.clone().resize_(6)[:4], v([1.0, 2, 3, 4])).call(
    lambda t, x: x.resize_(-1), f(3), raises=RuntimeError
)
op("resize_as_", grad=False).call(lambda t, x, y: x.clone().resize_as_(y), v([1.0, 2, 3, 4]), f(2, 2))
op("detach_").call(lambda t, x: (x * 1).detach_().requires_grad, f(3)).call(
    lambda t, x: (x * 1)[0].detach_(), f(3), raises=ANY
)

# random filling: the same stream as the functions'

for _name, _arguments in (
    ("uniform_", ((), (2, 3), (-1.0, 1.0))),
    ("normal_", ((), (1.0, 2.0))),
    ("random_", ((), (10,), (-5, 5))),
    ("bernoulli_", ((), (0.3,))),
    ("exponential_", ((), (2.0,))),
):
    _o = op(_name, tol=4e-7, grad=False)
    for _a in _arguments:
        _o(f32(20), *_a)(f(5), *_a)
    _o(f32(4, 5).T, *_arguments[-1])(f32(0), *_arguments[-1]).maybe(i(20), *_arguments[-1])
    _o.error(TypeError, f32(2), "a").maybe(f32(2), 3.0, 2.0)
op("bernoulli", grad=False)(probability(30))(probability(30, dtype="float32"))(v([0.0, 1.0])).error(
    RuntimeError, v([2.0])
).maybe(v([0, 1]))
