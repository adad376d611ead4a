"""``autograd.functional``, forward mode and ``gradcheck``: against PyTorch where it is installed, and by rule."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.RandomState(3)
    return [rng.uniform(0.2, 1.5, s) for s in shapes]


def tensors(t: Any, *shapes: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(t.from_numpy(a.copy()) for a in arrays(*shapes))


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):  # PyTorch's forward-mode Jacobians come in lists
        return tuple(map(plain, value))
    return value.detach().numpy()


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) or isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-10, atol=1e-12)


def one(x: Any) -> Any:
    return (x * x.flip(0)).exp()


def several(x: Any, y: Any) -> Any:
    return x @ y, (x * x).sum(), y.sin()


def number(x: Any) -> Any:
    return (x.sin() * x.sum()).sum()


def number_of_two(x: Any, y: Any) -> Any:
    return ((x @ y) ** 2).sum() + y.exp().sum()


def unrelated(x: Any, y: Any) -> Any:
    return x * 2, x.detach() + 1


TWO = ((2, 3), (3, 2))
CALLS = [
    ("vjp one", lambda f, t: f.vjp(one, tensors(t, (3,))[0], tensors(t, (3,))[0])),
    ("vjp several", lambda f, t: f.vjp(several, tensors(t, *TWO), tensors(t, (2, 2), (), (3, 2)))),
    ("vjp number", lambda f, t: f.vjp(number, tensors(t, (3,))[0])),
    ("vjp unrelated", lambda f, t: f.vjp(unrelated, tensors(t, (3,), (2,)), tensors(t, (3,), (3,)))),
    ("jvp one", lambda f, t: f.jvp(one, tensors(t, (3,))[0], tensors(t, (3,))[0])),
    ("jvp several", lambda f, t: f.jvp(several, tensors(t, *TWO), tensors(t, *TWO))),
    ("jvp unrelated", lambda f, t: f.jvp(unrelated, tensors(t, (3,), (2,)), tensors(t, (3,), (2,)))),
    ("jacobian one", lambda f, t: f.jacobian(one, tensors(t, (3,))[0])),
    ("jacobian matrix", lambda f, t: f.jacobian(one, tensors(t, (3, 2))[0])),
    ("jacobian several", lambda f, t: f.jacobian(several, tensors(t, *TWO))),
    ("jacobian tuple of one", lambda f, t: f.jacobian(one, tensors(t, (3,)))),
    ("jacobian unrelated", lambda f, t: f.jacobian(unrelated, tensors(t, (3,), (2,)))),
    ("jacobian of the identity", lambda f, t: f.jacobian(lambda x: x, tensors(t, (3,))[0])),
    ("jacobian vectorized", lambda f, t: f.jacobian(several, tensors(t, *TWO), vectorize=True)),
    ("jacobian forward", lambda f, t: f.jacobian(several, tensors(t, *TWO), vectorize=True, strategy="forward-mode")),
    ("hessian", lambda f, t: f.hessian(number, tensors(t, (3,))[0])),
    ("hessian two", lambda f, t: f.hessian(number_of_two, tensors(t, *TWO))),
    ("hessian linear", lambda f, t: f.hessian(lambda x: x.sum(), tensors(t, (3,))[0])),
    ("hessian forward", lambda f, t: f.hessian(
        number_of_two, tensors(t, *TWO), vectorize=True, outer_jacobian_strategy="forward-mode")),
    ("vhp", lambda f, t: f.vhp(number_of_two, tensors(t, *TWO), tensors(t, *TWO))),
    ("hvp", lambda f, t: f.hvp(number_of_two, tensors(t, *TWO), tensors(t, *TWO))),
    ("vhp number", lambda f, t: f.vhp(lambda x: (x**3).sum(), tensors(t, (1,))[0])),
]  # fmt: skip
ERRORS = [
    (TypeError, lambda f, t: f.vjp(one, [1.0])),
    (TypeError, lambda f, t: f.jacobian(lambda x: 3, t.ones(2))),
    (RuntimeError, lambda f, t: f.vjp(one, t.ones(3))),
    (RuntimeError, lambda f, t: f.vjp(one, t.ones(3), t.ones(2))),
    (RuntimeError, lambda f, t: f.vjp(one, t.ones(3), (t.ones(3), t.ones(3)))),
    (RuntimeError, lambda f, t: f.jvp(one, t.ones(3))),
    (RuntimeError, lambda f, t: f.hessian(one, t.ones(3))),
    (RuntimeError, lambda f, t: f.vhp(several, tensors(t, *TWO), tensors(t, *TWO))),
    (RuntimeError, lambda f, t: f.hvp(one, t.ones(3), t.ones(3))),
    (AssertionError, lambda f, t: f.jacobian(one, t.ones(3), strategy="sideways")),
    (NotImplementedError, lambda f, t: f.jacobian(one, t.ones(3), strategy="forward-mode")),
    (NotImplementedError, lambda f, t: f.jacobian(one, t.ones(3), create_graph=True, strategy="forward-mode")),
    (RuntimeError, lambda f, t: f.jacobian(one, t.ones(3), strict=True, vectorize=True)),
    (RuntimeError, lambda f, t: f.vjp(unrelated, (t.ones(3), t.ones(2)), (t.ones(3), t.ones(3)), strict=True)),
    (RuntimeError, lambda f, t: f.vjp(lambda x, y: x, (t.ones(3), t.ones(2)), t.ones(3), strict=True)),
    (RuntimeError, lambda f, t: f.jvp(lambda x, y: x * 1, (t.ones(3), t.ones(2)), (t.ones(3), t.ones(2)), strict=True)),
    (RuntimeError, lambda f, t: f.jacobian(lambda x, y: x * 1, (t.ones(3), t.ones(2)), strict=True)),
    (RuntimeError, lambda f, t: f.jacobian(lambda x: x * 1, t.ones(3), strict=True, create_graph=True)),
    (RuntimeError, lambda f, t: f.hessian(lambda x: x.sum(), t.ones(3), strict=True)),
    (RuntimeError, lambda f, t: f.vhp(lambda x: x.sum(), t.ones(3), t.ones(3), strict=True)),
    (RuntimeError, lambda f, t: f.hvp(lambda x: x.sum(), t.ones(3), t.ones(3), strict=True)),
]


def functional(t: Any) -> Any:
    return importlib.import_module(f"{t.__name__}.autograd.functional")


@pytest.mark.parametrize("call", [c for _, c in CALLS], ids=[n for n, _ in CALLS])
def test_against_pytorch(call: Any) -> None:
    torch = pytest.importorskip("torch", reason="compares with PyTorch itself; test_by_rule needs no PyTorch")
    import tidu

    assert same(plain(call(functional(tidu), tidu)), plain(call(functional(torch), torch)))


@pytest.mark.parametrize(("wanted", "call"), ERRORS, ids=range(len(ERRORS)))
def test_errors(t: Any, wanted: type[BaseException], call: Any) -> None:
    with pytest.raises(Exception) as error:
        call(functional(t), t)
    assert error.type is wanted, error.value


def test_by_rule(t: Any) -> None:
    """Every product is the product with the whole matrix."""
    f = functional(t)
    x, v, u = tensors(t, (4,), (4,), (4,))
    jacobian = f.jacobian(one, x)
    assert t.allclose(f.jvp(one, x, v)[1], jacobian @ v) and t.allclose(f.vjp(one, x, u)[1], u @ jacobian)
    assert t.allclose(f.jvp(one, x, v)[0], one(x))
    hessian = f.hessian(number, x)
    assert t.allclose(hessian, hessian.T)
    assert t.allclose(f.hvp(number, x, v)[1], hessian @ v) and t.allclose(f.vhp(number, x, v)[1], v @ hessian)
    assert not jacobian.requires_grad


def test_create_graph_reaches_the_inputs(t: Any) -> None:
    f = functional(t)
    x = tensors(t, (3,))[0].requires_grad_()
    for made in (
        f.jacobian(one, x, create_graph=True),
        f.vjp(one, x, t.ones(3, dtype=t.float64), create_graph=True)[1],
        f.jvp(one, x, t.ones(3, dtype=t.float64), create_graph=True)[1],
        f.hessian(number, x, create_graph=True),
        f.hvp(number, x, t.ones(3, dtype=t.float64), create_graph=True)[1],
    ):
        (g,) = t.autograd.grad(made.sum(), x)
        assert g.shape == x.shape and g.abs().sum() > 0


def test_the_caller_s_tensors_are_left_alone(t: Any) -> None:
    x = tensors(t, (3,))[0].requires_grad_()
    functional(t).jacobian(one, x)
    functional(t).hessian(number, x)
    assert x.grad is None and x.requires_grad and x._version == 0


def forward_ad(t: Any) -> Any:
    return importlib.import_module(f"{t.__name__}.autograd.forward_ad")


def test_forward_mode(t: Any) -> None:
    fwd = forward_ad(t)
    x, v, w = tensors(t, (3,), (3,), (3,))
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        out = fwd.unpack_dual((dual * w).sin().sum())
        assert t.allclose(out.tangent, ((x * w).cos() * w * v).sum())
        assert fwd.unpack_dual(w).tangent is None
        assert t.allclose(fwd.unpack_dual(dual).primal, x)


def test_forward_mode_errors(t: Any) -> None:
    fwd = forward_ad(t)
    with pytest.raises(RuntimeError):
        fwd.make_dual(t.ones(2), t.ones(2))
    with fwd.dual_level(), pytest.raises(RuntimeError):
        fwd.make_dual(t.ones(2), t.ones(3))
    with pytest.raises(RuntimeError), fwd.dual_level(), fwd.dual_level():
        pass


def test_forward_mode_through_in_place(t: Any) -> None:
    fwd = forward_ad(t)
    x, v = tensors(t, (4,), (4,))
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        y = dual * 1
        y[1:].mul_(dual[:-1])
        out = fwd.unpack_dual(y.sum())
        want = v[0] + (v[1:] * x[:-1] + x[1:] * v[:-1]).sum()
        assert t.allclose(out.tangent, want)


def test_forward_over_reverse(t: Any) -> None:
    fwd = forward_ad(t)
    x, v = tensors(t, (3,), (3,))
    with fwd.dual_level():
        dual = fwd.make_dual(x.requires_grad_(), v)
        (g,) = t.autograd.grad(number(dual), dual, create_graph=True)
        product = fwd.unpack_dual(g).tangent
    assert t.allclose(product, functional(t).hvp(number, x.detach(), v)[1])


class TestGradcheck:
    def inputs(self, t: Any) -> tuple[Any, ...]:
        return tuple(x.requires_grad_() for x in tensors(t, (2, 3), (3, 2)))

    def test_right_gradients(self, t: Any) -> None:
        inputs = self.inputs(t)
        assert t.autograd.gradcheck(several, inputs)
        assert t.autograd.gradcheck(several, inputs, check_forward_ad=True)
        assert t.autograd.gradcheck(several, inputs, check_forward_ad=True, check_backward_ad=False)
        assert t.autograd.gradgradcheck(several, inputs)
        assert t.autograd.gradgradcheck(several, inputs, gen_non_contig_grad_outputs=True)
        assert t.autograd.gradgradcheck(one, inputs[0], check_fwd_over_rev=True)

    def wrong(self, t: Any, backward: Any) -> Any:
        class Square(t.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return backward(t, g, ctx.saved_tensors[0])

        return Square.apply

    def test_wrong_gradients(self, t: Any) -> None:
        check = t.autograd.gradcheck
        x = self.inputs(t)[0]
        error = importlib.import_module(f"{t.__name__}.autograd.gradcheck").GradcheckError
        assert issubclass(error, RuntimeError)
        with pytest.raises(error, match="Jacobian mismatch for output 0 with respect to input 0"):
            check(self.wrong(t, lambda t, g, x: g * x), (x,))
        assert check(self.wrong(t, lambda t, g, x: g * x), (x,), raise_exception=False) is False
        noise = iter(range(10**6))
        with pytest.raises(error, match="not reentrant"):
            check(self.wrong(t, lambda t, g, x: 2 * g * x + 1e-9 * next(noise)), (x,))
        noise = iter(range(10**6))
        assert check(self.wrong(t, lambda t, g, x: 2 * g * x + g * 1e-9 * (next(noise) % 2)), (x,), nondet_tol=1e-6)
        with pytest.raises(error):  # right at first order, but its backward hides a dependence from second order
            t.autograd.gradgradcheck(self.wrong(t, lambda t, g, x: 2 * g * x.detach()), (x,))

    def test_what_cannot_be_checked(self, t: Any) -> None:
        with pytest.raises(ValueError, match="expects at least one input tensor to require gradient"):
            t.autograd.gradcheck(one, (t.ones(2, dtype=t.float64),))
        with pytest.raises(RuntimeError, match="stride 0"):
            t.autograd.gradcheck(one, (t.ones(1, dtype=t.float64).expand(3).requires_grad_(),))
        with pytest.warns(UserWarning, match="double precision"):
            t.autograd.gradcheck(lambda x: x * 2, (t.ones(2, requires_grad=True),), raise_exception=False)

    def test_arguments_that_are_not_tensors(self, t: Any) -> None:
        x = self.inputs(t)[0]
        assert t.autograd.gradcheck(lambda x, n, w: x**n * w, (x, 3, t.ones(3, dtype=t.float64)))

    def test_inputs_are_put_back(self, t: Any) -> None:
        x = self.inputs(t)[0]
        before = x.tolist()
        t.autograd.gradcheck(one, (x,))
        assert x.tolist() == before and x.grad is None


def test_tangents_end_with_their_level(t: Any) -> None:
    forward_ad = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    x, v = t.ones(3), t.full((3,), 2.0)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, v)
        result = dual.exp() * dual
        assert forward_ad.unpack_dual(result).tangent is not None
    with forward_ad.dual_level():
        for later in (dual, result, result + 1):
            assert forward_ad.unpack_dual(later).tangent is None
