"""Samples of random counts and choices, and of the rarer ways to make a tensor."""

from __future__ import annotations

from tests.ops.sample import f, f32, i, of, op, v, within

_probs = within(0.05, 0.95)


def _seeded(name: str):
    """A call after seeding, so that both modules draw the same numbers."""
    return lambda t, *args: (t.manual_seed(3), getattr(t, name)(*args), t.rand(1))[1:]


op("poisson", tol=0).call(_seeded("poisson"), within(0, 9)(3, 4)).call(_seeded("poisson"), within(10, 900)(7)).call(
    _seeded("poisson"), v([0.0, 0.5, 9.9, 10.0, 60.0], "float32")
).call(_seeded("poisson"), within(0, 20)(4, 3).T).call(_seeded("poisson"), f(0, 2)).error(
    RuntimeError, v([-1.0])
).error(NotImplementedError, i(3)).error(TypeError, 3)
op("binomial", tol=0).call(_seeded("binomial"), v([10.0, 5.0, 0.0, 3.0]), _probs(4)).call(
    _seeded("binomial"), v([[100.0], [1000.0]], "float32"), _probs(5, dtype="float32")
).call(_seeded("binomial"), v([100.0] * 9), _probs(9)).call(_seeded("binomial"), v([10.0, 10.0]), v([0.0, 1.0])).error(
    RuntimeError, f(2), f32(2)
).error(ValueError, i(2), f(2)).error(RuntimeError, f(2), f(3)).error(TypeError, 3, f(2))
op("multinomial", tol=0).call(_seeded("multinomial"), _probs(6), 4).call(_seeded("multinomial"), _probs(3, 5), 5).call(
    _seeded("multinomial"), _probs(3, 5, dtype="float32"), 9, True
).call(_seeded("multinomial"), _probs(4), 1, True).call(_seeded("multinomial"), v([0.0, 1.0, 0.0, 3.0]), 2).call(
    _seeded("multinomial"), _probs(5, 3).T, 2
).error(RuntimeError, v([1, 2]), 1).error(RuntimeError, v([1.0, -1.0]), 1).error(RuntimeError, v([0.0, 0.0]), 1).error(
    RuntimeError, f(2), 3
).error(RuntimeError, _probs(3), 0).error(RuntimeError, f(2, 2, 2), 1).error(TypeError, _probs(3), "a")
op("scalar_tensor")(3)(2.5)(True)(3, dtype=of.int64)(2.7, dtype=of.int32).error(TypeError, "a").error(TypeError)
op("empty_strided", values=False)((2, 3), (1, 2))((2, 3), (3, 1), dtype=of.int64)((2, 2), (0, 0))((0, 3), (1, 1))(
    (), ()
).error(RuntimeError, (2,), (-1,)).error(RuntimeError, (2,), (1, 2))
op("empty_permuted", values=False)((2, 3, 4), (2, 0, 1))((2, 3), (0, 1), dtype=of.float64).error(
    RuntimeError, (2, 3), (0, 0)
)
op("new_empty_strided", values=False, grad=False)(f(2), (2, 3), (1, 2))(i(2), (2,), (3,), dtype=of.float32)
for _args in ((0, 3), (1, 2, 0.5), (3, 0, -1), (0.0, 1.0, 0.1)):  # PyTorch's own crashes when out= is of ints
    op("range").call(lambda t, a=_args: t.range(*a))
op("range").call(lambda t: t.range(0, 5, -1), raises=RuntimeError).call(lambda t: t.range(0, 3, dtype=t.float64))
for _name, _args in (
    ("cauchy_", (1.0, 2.0)),
    ("log_normal_", (0.5, 2.0)),
    ("geometric_", (0.3,)),
    ("exponential_", (2.0,)),
):
    _fill = lambda t, x, n=_name, a=_args: (t.manual_seed(1), getattr(x * 1, n)(*a), t.rand(1))[1:]  # noqa: E731
    op(_name, tol=1e-6).call(_fill, f(5)).call(_fill, f32(20)).call(_fill, f(4, 3).T).call(_fill, f(0))
    op(_name).error(RuntimeError, f(2), *[-1.0] * len(_args)).error(TypeError, f(2), "a")
