"""Samples of what layers are made of: affine maps, activations, dropout, embeddings."""

from __future__ import annotations

from typing import Any

from tests.ops.sample import b, f, f32, i, op, pos, v

_linear = op("linear")
for _args in (
    (f(4, 3), f(2, 3), f(2)), (f(4, 3), f(2, 3)), (f(3), f(2, 3), f(2)), (f(3), f(2, 3)), (f(2, 4, 3), f(2, 3), f(2)),
    (f(2, 4, 3).T, f(5, 3), f(5)), (f(0, 3), f(2, 3), f(2)), (f(4, 3), f(2, 3), f(1)), (f(4, 3), f(2, 3), f()),
    (f(4, 3), f(3)), (f(3), f(3), f()), (f(4, 3).S, f(2, 3).T, f(2).S), (f32(4, 3), f32(2, 3), f32(2)), (f(4, 3), f(2, 3), f(4, 1)),
    (i(4, 3), i(2, 3), i(2)), (f(2, 2, 0), f(3, 0), f(3)),
):  # fmt: skip
    _linear.call(lambda t, *a: t.nn.functional.linear(*a), *_args)
for _args in (
    (f(4, 3), f(2, 4), f(2)), (f(), f(2, 3), f(2)), (f(4, 3), f32(2, 3), f32(2)), (f(4, 3), f(2, 3), f(3)),
    (f(4, 3), f(3), f()),
):  # fmt: skip
    _linear.call(lambda t, *a: t.nn.functional.linear(*a), *_args, raises=RuntimeError)
_linear.call(lambda t, x: t.nn.functional.linear(3, x), f(2, 3), raises=TypeError)

op("bilinear")(f(5, 3), f(5, 4), f(2, 3, 4), f(2))(f(3), f(4), f(2, 3, 4), f(2))(f(5, 3), f(5, 4), f(2, 3, 4), None)(
    f(2, 5, 3), f(2, 5, 4), f(2, 3, 4), f(2)
)(f(0, 3), f(0, 4), f(2, 3, 4), f(2)).error(RuntimeError, f(5, 3), f(5, 4), f(2, 4, 4), f(2)).error(
    RuntimeError, f(5, 3), f(4), f(2, 3, 4), f(2)
).error(RuntimeError, f(5, 3), f(5, 4), f(2, 3, 4), f(3)).error(TypeError, f(5, 3), 2, f(2, 3, 4), f(2))

EDGES = v([-1000.0, -25.0, -6.0, -3.0, -1.0, -0.5, 0.5, 1.0, 3.0, 6.0, 25.0, 1000.0])
ZEROS = v([-0.0, 0.0]).const


def activation(name: str, *more: dict, ints: bool = False, **options: object) -> None:
    """Samples of an activation: shapes, layouts, edges, other arguments, in place where it can, dtypes it refuses."""
    made = op(name, **options)

    def call(**kwargs: object):  # type: ignore[no-untyped-def]
        return lambda t, x: getattr(t.nn.functional, name)(x, **kwargs)

    for x in (
        f(3, 4),
        f(),
        f(0, 3),
        f(4, 3).T,
        f(2, 3).S,
        f32(3, 4),
        EDGES,
        ZEROS,
        v([float("inf"), float("nan")]).const,
    ):
        made.call(call(), x)
    for kwargs in more:
        made.call(call(**kwargs), EDGES)
        made.call(call(**kwargs), f(3))
    for x in (i(3, 4), b(3), v([1 + 1j, -2.0])):
        refuses = not (ints and x.dtype == "int64" or name == "silu" and x.dtype == "complex128")
        error = RuntimeError if ints and x.dtype == "bool" else NotImplementedError
        made.call(call(), x, raises=error if refuses else None)


for _name, _more in (
    ("relu6", ()), ("hardtanh", ({"min_val": -2.0, "max_val": 0.5},)), ("elu", ({"alpha": -1.5}, {"alpha": 2})),
    ("selu", ()), ("celu", ({"alpha": 0.5}, {"alpha": -2.0})), ("leaky_relu", ({"negative_slope": -0.5},
     {"negative_slope": 2}, {"negative_slope": 0})), ("logsigmoid", ()), ("gelu", ({"approximate": "tanh"},)),
    ("hardshrink", ({"lambd": 2},)), ("hardsigmoid", ()), ("silu", ()), ("mish", ()),
    ("hardswish", ()),
):  # fmt: skip
    activation(_name, *_more, ints=_name in ("relu6", "hardtanh"))
for _name in ("relu6", "hardtanh", "elu", "selu", "celu", "leaky_relu", "hardsigmoid", "silu", "mish", "hardswish"):
    op(_name).call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x * 1, inplace=True), f(3, 4)).call(
        lambda t, x, n=_name: getattr(t.nn.functional, n)((x * 1).T, inplace=True), EDGES
    )
for _x in (pos(3, 4), pos(4, 3).T, v([-3.0, 0.2, 0.5, 2.0]), f32(0)):  # PyTorch's zeros within have either sign
    op("softshrink").call(lambda t, x: t.nn.functional.softshrink(x), _x).call(
        lambda t, x: t.nn.functional.softshrink(x, lambd=0.1), _x
    )
op("hardtanh").call(lambda t, x: t.nn.functional.hardtanh(x, 2, 1), f(2), raises=ValueError)
op("celu").call(lambda t, x: t.nn.functional.celu(x, 0), f(2), raises=RuntimeError)
op("gelu").call(lambda t, x: t.nn.functional.gelu(x, approximate="x"), f(2), raises=RuntimeError)
op("softshrink").call(lambda t, x: t.nn.functional.softshrink(x, -1), f(2), raises=RuntimeError)
op("elu").call(lambda t, x: t.nn.functional.elu(x, "a"), f(2), raises=TypeError)
op("threshold")(EDGES, 0.1, 7.0)(f(3, 4).T, -1, 0)(i(5), 1, 9)(i(5), 1.5, 2.5).error(
    NotImplementedError, b(3), 0, 1
).error(TypeError, f(3), "a", 1).call(lambda t, x: t.nn.functional.threshold(x * 1, 0.5, -1.0, True), f(4)).call(
    lambda t, x: t.threshold_(x * 1, 0.5, -1.0), f(4)
).call(lambda t, x: t.threshold_(x.expand(2, 4), 0.5, 7.0), f(4).const)
op("glu").call(lambda t, x: t.nn.functional.glu(x), f(3, 4)).call(
    lambda t, x: t.nn.functional.glu(x, 0), f(4, 3).T
).call(lambda t, x: t.nn.functional.glu(x, dim=-2), f(2, 2, 3)).call(lambda t, x: t.nn.functional.glu(x), f(0, 2)).call(
    lambda t, x: t.nn.functional.glu(x), f(3), raises=RuntimeError
).call(lambda t, x: t.nn.functional.glu(x), f(), raises=RuntimeError).call(
    lambda t, x: t.nn.functional.glu(x, 5), f(2, 4), raises=IndexError
).call(lambda t, x: t.nn.functional.glu(x), i(4), raises=NotImplementedError)
op("prelu")(f(3, 4), f(1))(f(3, 4), f(4))(f(2, 4, 3).T, f(4))(f(), f(1))(f(5), f(1))(f(2, 3), f())(
    f32(3, 4), f32(4)
).error(RuntimeError, f(3, 4), f(3)).error(RuntimeError, f(3), f(3)).error(RuntimeError, f(), f(3)).error(
    RuntimeError, f(2, 3), f(1, 3)
).error(RuntimeError, f(2, 3), f32(3)).error(NotImplementedError, i(3), i(1)).error(TypeError, f(3), 1)
op("rrelu")(f(3, 4))(f(3, 4), 0.1, 0.2)(f(20), training=True)(f(4, 3).T, training=True).call(
    lambda t, x: t.nn.functional.rrelu(x * 1, 0.1, 0.9, True, True), f(20)
).call(lambda t, x: t.rrelu_(x * 1, training=True), f32(20)).error(RuntimeError, f(3), 1, 0.5).error(
    NotImplementedError, i(3), training=True
)
for _name in ("tanhshrink", "softsign"):
    op(_name).call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x), f(3, 4)).call(
        lambda t, x, n=_name: getattr(t.nn.functional, n)(x), EDGES
    ).call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x), i(3))
op("softmin").call(lambda t, x: t.nn.functional.softmin(x, 0), f(3, 4)).call(
    lambda t, x: t.nn.functional.softmin(x), f(3, 4)
).call(lambda t, x: t.nn.functional.softmax(x), f(2, 3, 4)).call(lambda t, x: t.nn.functional.log_softmax(x), f(3))
op("gumbel_softmax").call(lambda t, x: t.nn.functional.gumbel_softmax(x), f(3, 4)).call(
    lambda t, x: t.nn.functional.gumbel_softmax(x, 0.5, True, dim=0), f(3, 4)
).call(lambda t, x: t.nn.functional.gumbel_softmax(x), i(3), raises=RuntimeError)

# dropout, with the draws that a seed gives

for _name in ("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"):
    _made = op(_name)(f(20, 3), 0.4, True)(f(4, 3, 2).T, 0.5, True)(f(3, 4), 0.5, False)(f(3, 4), 0.0, True)(
        f(3, 4), 1.0, True
    )(f32(6, 5), 0.3, True)(f(0, 3), 0.5, True)
    _made.error(RuntimeError, f(3, 4), 1.5, True).error(RuntimeError, f(3, 4), -0.1, True).error(
        TypeError, f(3), "a", True
    )
    _made.call(lambda t, x, n=_name: getattr(t, n + "_")(x * 1, 0.4, True), f(10, 3)).error(TypeError, 3, 0.5, True)
op("feature_dropout").error(RuntimeError, f(3), 0.5, True)
for _name, _shape in (
    ("dropout", (6, 5)), ("alpha_dropout", (6, 5)), ("feature_alpha_dropout", (4, 5, 3)), ("dropout1d", (4, 3)),
    ("dropout1d", (2, 4, 3)), ("dropout2d", (2, 4, 3, 2)), ("dropout2d", (2, 4, 3)), ("dropout2d", (4, 3)),
    ("dropout3d", (4, 3, 2, 2)), ("dropout3d", (2, 4, 3, 2, 2)), ("dropout3d", (4, 3, 2)),
):  # fmt: skip
    op(_name).call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x, 0.5, True), f(*_shape)).call(
        lambda t, x, n=_name: getattr(t.nn.functional, n)(x * 1, 0.5, True, True), f(*_shape)
    ).call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x, 1.5), f(*_shape), raises=ValueError)
op("dropout1d").call(lambda t, x: t.nn.functional.dropout1d(x), f(3), raises=RuntimeError)


# rows of tables

IDS = v([[1, 2, 1], [0, 4, 4]])
op("embedding")(f(5, 3), IDS)(f(5, 3), v(2))(f(5, 3), v([1, 2], "int32"))(f(5, 3).T, v([[3]]))(f(5, 3), IDS, 1)(
    f(5, 3), IDS, 4, True
)(f(5, 3), IDS, sparse=False)(f(5, 3), IDS.S).error(IndexError, f(5, 3), v([5])).error(
    IndexError, f(5, 3), v([-1])
).error(RuntimeError, f(5, 3), f(2)).error(RuntimeError, f(5, 3), v([1], "int16")).error(RuntimeError, f(3), IDS).error(
    TypeError, f(5, 3), 1
).call(lambda t, w, x: t.nn.functional.embedding(x, w, padding_idx=-1), f(5, 3), IDS).call(
    lambda t, w, x: t.nn.functional.embedding(x, w, scale_grad_by_freq=True), f(5, 3), IDS
).call(lambda t, w, x: (t.nn.functional.embedding(x, w, max_norm=1.0, norm_type=1), w), f(5, 3).const, IDS).call(
    lambda t, w, x: t.nn.functional.embedding(x, w, 5), f(5, 3), IDS, raises=AssertionError
)
op("embedding").call(lambda t, w, x: t.embedding(w, x), f(5, 3).const, i(0, 2)).call(
    lambda t, w, x: t.embedding(w, x), f(5, 0).const, IDS
)
op("embedding_renorm_").call(lambda t, w, x: t.embedding_renorm_(w, x, 1.0, 2.0), f(5, 3).const, IDS).call(
    lambda t, w, x: t.embedding_renorm_(w, x, 1.0, 2.0), f(5, 3).const, v([9]), raises=IndexError
)
op("one_hot").call(lambda t, x: t.nn.functional.one_hot(x), IDS).call(
    lambda t, x: t.nn.functional.one_hot(x, 6), v(2)
).call(lambda t, x: t.nn.functional.one_hot(x, 3), i(0))
for _x, _n in ((v([1, 2]), 2), (v([-1]), -1), (f(2), -1), (i(0), -1), (v([1]), 0), (v([1]), -2)):
    op("one_hot").call(lambda t, x, n=_n: t.nn.functional.one_hot(x, n), _x, raises=RuntimeError)
FLAT = v([1, 2, 1, 0, 4, 4])
for _mode in ("sum", "mean", "max"):
    for _offsets in (v([0, 3, 6]), v([0, 0, 2, 6])):
        op("embedding_bag").call(
            lambda t, w, x, o, m=_mode: t.nn.functional.embedding_bag(x, w, o, mode=m), f(5, 3), FLAT, _offsets
        ).call(
            lambda t, w, x, o, m=_mode: t.nn.functional.embedding_bag(
                x, w, o, mode=m, include_last_offset=True, padding_idx=1
            ), f(5, 3), FLAT, _offsets,
        )  # fmt: skip
    op("embedding_bag").call(lambda t, w, x, m=_mode: t.nn.functional.embedding_bag(x, w, mode=m), f(5, 3), IDS)
    if _mode != "max":
        op("embedding_bag").call(
            lambda t, w, x, m=_mode: t.nn.functional.embedding_bag(x, w, mode=m, scale_grad_by_freq=True), f(5, 3), IDS
        )
op("embedding_bag").call(
    lambda t, w, x, s: t.nn.functional.embedding_bag(x, w, mode="sum", per_sample_weights=s), f(5, 3), IDS, f(2, 3)
).call(
    lambda t, w, x, s: t.nn.functional.embedding_bag(x, w, mode="sum", per_sample_weights=s, padding_idx=4),
    f(5, 3), IDS, f(2, 3),
).call(
    lambda t, w, x: t.nn.functional.embedding_bag(x[:0], w, x), f(5, 3), v([0, 0])
)  # fmt: skip
for _error, _args, _kwargs in (
    (ValueError, (v([1, 2]),), {}), (ValueError, (v(1),), {}), (ValueError, (IDS, v([0])), {}),
    (RuntimeError, (v([1, 2]), v([1])), {}), (RuntimeError, (v([1, 2]), v([0, 3])), {}),
    (RuntimeError, (v([1, 7]), v([0])), {}), (RuntimeError, (f(2), v([0])), {}), (ValueError, (IDS,), {"mode": "x"}),
    (ValueError, (IDS,), {"mode": "max", "scale_grad_by_freq": True}), (ValueError, (v([1, 2]), v([[0]])), {}),
):  # fmt: skip
    op("embedding_bag").call(
        lambda t, w, *a, k=_kwargs: t.nn.functional.embedding_bag(*a[:1], w, *a[1:], **k),
        f(5, 3),
        *_args,
        raises=_error,
    )

# attention

_attend = op("scaled_dot_product_attention")
for _args, _kwargs in (
    ((f(2, 3, 4), f(2, 5, 4), f(2, 5, 6)), {}), ((f(3, 4), f(5, 4), f(5, 4)), {"scale": 0.3}),
    ((f(2, 3, 4), f(2, 3, 4), f(2, 3, 4)), {"is_causal": True}),
    ((f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), b(3, 5)), {}), ((f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), f(2, 3, 5)), {}),
    ((f(2, 4, 3, 4).const, f(2, 2, 3, 4).const, f(2, 2, 3, 4).const), {"enable_gqa": True}),
    ((f32(2, 3, 4), f32(2, 5, 4), f32(2, 5, 4)), {}),
):  # fmt: skip
    _attend.call(lambda t, *a, k=_kwargs: t.nn.functional.scaled_dot_product_attention(*a, **k), *_args)
for _args in ((f(3), f(3), f(3)), (f(2, 3), f32(2, 3), f(2, 3)), (f(2, 3, 4), f(2, 5, 3), f(2, 5, 4))):
    _attend.call(lambda t, *a: t.nn.functional.scaled_dot_product_attention(*a), *_args, raises=RuntimeError)

# with out=, which the functions of nn that PyTorch writes in C++ take

for _name in ("gelu", "hardshrink", "logsigmoid", "softplus", "softshrink", "avg_pool2d", "avg_pool3d", "linear"):
    _x = f(*{"avg_pool2d": (2, 4, 4), "avg_pool3d": (1, 2, 2, 4)}.get(_name, (3, 4))).const
    _rest: Any = {"avg_pool2d": (2,), "avg_pool3d": (2,), "linear": (f(2, 4).const,)}.get(_name, ())
    for _dtype, _raises in (("float64", None), ("float32", RuntimeError)):
        op(_name).call(
            lambda t, x, *rest, n=_name, d=_dtype: getattr(t.nn.functional, n)(
                x, *rest, out=t.empty(0, dtype=getattr(t, d))
            ),
            _x, *_rest, raises=_raises,
        )  # fmt: skip
    op(_name).call(
        lambda t, x, *rest, n=_name: getattr(t.nn.functional, n)(x, *rest, out=3), _x, *_rest, raises=TypeError
    )
