"""An operator between a NumPy array and a tensor: what becomes of it, and which of them refuse, beside PyTorch."""

from __future__ import annotations

import operator
import warnings

import numpy as np
import pytest

import tidu

torch = pytest.importorskip("torch")

OPERATORS = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift eq ne lt ge iadd imul itruediv".split()
ARRAYS = {
    "float64": np.array([1.0, 3.0]), "float32": np.array([1.0, 3.0], np.float32), "int64": np.array([2, 1]),
    "bool": np.array([True, False]), "0-d": np.array(2.0), "column": np.ones((2, 1)), "strings": np.array(["a", "b"]),
}  # fmt: skip
TENSORS = ("float32", "int64", "bool", "0-d", "requires grad")


def tensor(t, name):
    if name == "requires grad":
        return t.tensor([1.0, 2.0], requires_grad=True)
    return t.tensor(2.0) if name == "0-d" else t.tensor([1, 2], dtype=getattr(t, name))


def told(t, work, *args):
    """Dtype, shape and values of the tensor that ``work`` makes; or the class of what else, or of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = work(*args)
        except Exception as error:
            return "error", TypeError if isinstance(error, TypeError) else type(error)
    if isinstance(made, t.Tensor):
        return "tensor", str(made.dtype), tuple(made.shape), repr(made.tolist())
    return type(made).__name__, str(made)


@pytest.mark.parametrize("name", OPERATORS)
def test_array_and_tensor(name):
    work = getattr(operator, name)
    for array in ARRAYS:
        for other in TENSORS:
            for first in (True, False):
                both = []
                for t in (tidu, torch):
                    pair = (ARRAYS[array].copy(), tensor(t, other))
                    both.append(told(t, work, *(pair if first else pair[::-1])))
                assert both[0] == both[1], (name, array, other, "array first" if first else "tensor first")


@pytest.mark.parametrize("function", ["isnan", "exp", "maximum", "greater"])
def test_functions_of_numpy_make_tensors(function):
    work = getattr(np, function)
    both = [told(t, work, *(tensor(t, "float32"),) * work.nin) for t in (tidu, torch)]
    assert both[0] == both[1] and both[0][0] == "tensor"


def test_powers_by_numpys_numbers():
    for number in (np.float32(2), np.float64(0.5), np.int64(2)):
        both = [told(t, pow, t.tensor([2, 3]), number) for t in (tidu, torch)]
        assert both[0] == both[1], repr(number)


@pytest.mark.parametrize("work", [lambda x: x * 0.3, lambda x: 2 * x, lambda x: x / 3, lambda x: 3 / x, lambda x: x**3])
def test_numbers_beside_a_tensor_differentiate_twice(work):
    """A saved number is an array of the engine's own, which no rule about NumPy's arrays may catch."""
    found = []
    for t in (tidu, torch):
        x = t.tensor([1.0, 2.0], requires_grad=True)
        (g,) = t.autograd.grad((work(x) ** 2).sum(), x, create_graph=True)
        g.pow(2).sum().backward()
        found.append(x.grad.tolist())
    assert found[0] == pytest.approx(found[1])
