"""The short paths of elementwise calls give what the long way gives: the corners, each beside PyTorch."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

import tidu
from tidu import nn
from tidu._backend import quietly

torch = pytest.importorskip("torch")
BOTH = pytest.mark.parametrize("t", [tidu, torch], ids=["tidu", "torch"])
NUMBERS = (2, -3, 0, 0.0, -0.0, 1.5, float("nan"), float("inf"), 2**40)
OPERATORS = {
    "x + n": lambda x, n: x + n, "n + x": lambda x, n: n + x, "x - n": lambda x, n: x - n, "n - x": lambda x, n: n - x,
    "x * n": lambda x, n: x * n, "n * x": lambda x, n: n * x, "x / n": lambda x, n: x / n, "n / x": lambda x, n: n / x,
    "x > n": lambda x, n: x > n, "x == n": lambda x, n: x == n, "x ** n": lambda x, n: x**n,
}  # fmt: skip


def told(work, *args):
    """Values, signs of zeros, dtype and shape; or the class of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = work(*args)
        except Exception as error:
            return type(error).__name__
    if not hasattr(made, "detach"):
        return made
    array = made.detach().numpy()
    signs = np.signbit(array).tolist() if array.dtype.kind == "f" else None
    return str(made.dtype), tuple(made.shape), repr(array.tolist()), signs


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_number_beside_a_tensor(operator: str, dtype: str) -> None:
    work = OPERATORS[operator]
    for number in NUMBERS:
        for values in ([0, 1, 3], 1):
            ours, theirs = (told(work, t.tensor(values, dtype=getattr(t, dtype)), number) for t in (tidu, torch))
            if "**" in operator or "/" in operator:  # roundings differ
                ours, theirs = (v if isinstance(v, str) else v[:2] for v in (ours, theirs))
            assert ours == theirs, (values, number)


def test_a_zero_keeps_its_sign_whatever_zero_came_before() -> None:
    x = tidu.tensor([1.0])
    for zero, sign in ((0, False), (0.0, False), (-0.0, True), (0, False), (0.0, False)):
        assert bool(np.signbit((x * zero).numpy())[0]) is sign
        assert bool(np.signbit((zero * x).numpy())[0]) is sign


@BOTH
@pytest.mark.parametrize("shapes", [((1, 0), (5, 0)), ((1, 3), (3,)), ((3,), (1, 3)), ((), (2,)), ((2, 1), (1, 3))])
def test_a_gradient_has_the_shape_of_its_operand(t, shapes) -> None:
    x, y = (t.ones(shape) for shape in shapes)
    x.requires_grad_()
    for work in (lambda a: a * y, lambda a: a + y, lambda a: a / y):
        for made in (work(x), work(x * 1)):  # of a leaf, and of what has a history
            (g,) = t.autograd.grad(made.sum(), x)
            assert g.shape == x.shape and bool((g == made.numel() // max(1, x.numel())).all())


@BOTH
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "exp", "sqrt", "relu"])
@pytest.mark.parametrize("write", [lambda y: y.add_(1), lambda y: y[:1].zero_(), lambda y: y.detach().mul_(2)])
def test_a_saved_result_that_is_written_to_is_an_error(t, name: str, write) -> None:
    y = getattr(t.ones(3, requires_grad=True) * 0.5, name)()
    total = (y * 1).sum()
    write(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()


@BOTH
def test_a_result_written_to_after_its_gradient_was_taken_again(t) -> None:
    """Under create_graph the saved result is a tensor of its own; the memory is one."""
    x = t.ones(3, requires_grad=True)
    y = x.tanh()
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    with t.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        g.sum().backward()


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize("values", [0.5, [0.5, -2.0, 30.0], [[0.5]]])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_derivatives_of_every_order(name: str, values, dtype: str) -> None:
    found = []
    for t in (tidu, torch):
        x = t.tensor(values, dtype=getattr(t, dtype), requires_grad=True)
        y, orders = getattr(x, name)(), []
        for order in range(3):
            (y,) = t.autograd.grad(y.sum(), x, create_graph=order < 2)
            orders.append(y.detach().numpy())
        found.append(orders)
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@BOTH
def test_nothing_is_recorded_under_no_grad_nor_for_its_views(t) -> None:
    x = t.ones(4, requires_grad=True)
    with t.no_grad():
        assert not (x * 2).requires_grad and not x.tanh().requires_grad and not (x + x).requires_grad
        v = x[:2]
    assert (x * 2).requires_grad and x.tanh().requires_grad
    assert v.requires_grad == (v * 2).requires_grad == v.tanh().requires_grad == (2 * v).requires_grad


@pytest.mark.parametrize("t", [tidu, torch], ids=["tidu", "torch"])
def test_strangers(t) -> None:
    class Stranger:
        def __radd__(self, other):
            return "theirs"

        __rmul__ = __add__ = __radd__

    x = t.ones(2)
    assert x + Stranger() == "theirs" and x * Stranger() == "theirs" and Stranger() + x == "theirs"
    for work in (lambda: x * "a", lambda: x + None, lambda: "a" * x, lambda: t.mul(x, "a"), lambda: t.mul("a", x)):
        with pytest.raises(TypeError):
            work()


def test_a_parameter_takes_the_same_path() -> None:
    for t, module in ((tidu, nn), (torch, torch.nn)):
        w = module.Parameter(t.ones(2)) if hasattr(module, "Parameter") else t.ones(2, requires_grad=True)
        (w * 2 + w.tanh() * w).sum().backward()
        assert w.grad is not None and w.grad.shape == w.shape


def test_floating_point_errors_are_quiet_here_and_nowhere_else() -> None:
    x = tidu.tensor([0.0, -1.0, 1e38])
    with np.errstate(all="raise"):
        assert np.isinf((1 / x).numpy()[0]) and np.isnan(x.log().numpy()[1]) and np.isinf((x * x).numpy()[2])
        with pytest.raises(FloatingPointError):
            np.float32(1) / np.zeros(1, np.float32)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.ones(1) / np.zeros(1)
        x.log()
    assert [w.category for w in caught] == [RuntimeWarning]


def test_the_quiet_context_is_one_and_calls_meet_in_it() -> None:
    """From within it, and from many threads at once, an op takes the long way: same results, no error."""
    x = tidu.ones(200_000)
    made = quietly(lambda: ((x[:3] * 2).tanh() / 0, 1 / (x[:3] * 0)))
    assert bool(np.isinf(made[0].numpy()).all()) and bool(np.isinf(made[1].numpy()).all())
    wrong: list[object] = []

    def work() -> None:
        for _ in range(30):
            try:
                y = (x * 2 + x).sqrt() / 0
                if not bool(np.isinf(y.numpy()).all()):
                    wrong.append(y)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("name", ["atan2", "maximum", "logical_and"])
def test_a_function_that_takes_no_numbers_refuses_those_that_others_have_seen(name: str) -> None:
    x = tidu.ones(2) * 2.5 + 7
    for number in (2.5, 7):
        with pytest.raises(TypeError, match="must be Tensor, not"):
            getattr(tidu, name)(x, number)


def test_an_error_of_the_long_way_is_told_alone() -> None:
    with pytest.raises(RuntimeError, match="must match the size") as caught:
        tidu.ones(2) + tidu.ones(3)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    with pytest.raises(RuntimeError, match="division by zero") as caught:
        tidu.ones(2, dtype=tidu.int64) // tidu.zeros(2, dtype=tidu.int64)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("dtype", ["int64", "bool", "float32"])
@pytest.mark.parametrize("name", ["tanh", "exp", "sigmoid", "reciprocal", "neg", "square"])
def test_an_expanded_operand_is_laid_out_as_it_stands(name: str, dtype: str) -> None:
    """Also where it is converted first."""
    if (name, dtype) == ("neg", "bool"):
        return
    strides = []
    for t in (tidu, torch):
        x = (t.arange(12) % 5).to(getattr(t, dtype)).reshape(1, 3, 4)
        wide = (x.expand(2, 3, 4), x.transpose(1, 2).expand(2, 4, 3), x[:, :1].expand(2, 3, 4))
        strides.append([getattr(t, name)(y).stride() for y in wide])
    assert strides[0] == strides[1]
