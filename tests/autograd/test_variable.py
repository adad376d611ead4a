"""``Variable`` as PyTorch 2.13 has it: a tensor, a few errors, and a word about what it meant."""

from __future__ import annotations

import warnings

import pytest

import tidu
from tests.oracle import torch as pytorch

CALLS = {
    "of a tensor": lambda t, V: V(t.ones(2)),
    "of nothing": lambda t, V: V(),
    "that requires grad": lambda t, V: V(t.ones(2), True),
    "of a leaf": lambda t, V: V(t.ones(2, requires_grad=True)),
    "of a result": lambda t, V: V(t.ones(2, requires_grad=True) * 2),
    "of a parameter": lambda t, V: type(V(t.nn.Parameter(t.ones(2)))).__name__,
    "of a complex tensor": lambda t, V: V(t.ones(2) * 1j, requires_grad=True),
    "volatile": lambda t, V: V(t.ones(2), volatile=True),
    "not volatile": lambda t, V: V(t.ones(2), volatile=False),
    "volatile as a number": lambda t, V: V(t.ones(2), volatile=1),
    "both": lambda t, V: V(t.ones(2), True, True),
    "of a number": lambda t, V: V(3.0),
    "of a list": lambda t, V: V([1.0]),
    "of integers": lambda t, V: V(t.ones(2, dtype=t.long), requires_grad=True),
    "a word for requires_grad": lambda t, V: V(t.ones(2), "yes"),
    "None for requires_grad": lambda t, V: V(t.ones(2), requires_grad=None),
    "None for volatile": lambda t, V: V(t.ones(2), volatile=None),
    "an unknown argument": lambda t, V: V(t.ones(2), device="cpu"),
    "a name": lambda t, V: (V(t.ones(2), name="a").name, V(t.ones(2)).name, t.ones(2).name),
    "a number for a name": lambda t, V: V(t.ones(2), name=3),
    "a number for a node": lambda t, V: V(t.ones(2), _grad_fn=3),
    "six arguments": lambda t, V: V(t.ones(2), False, False, None, None, None),
    "instances": lambda t, V: [isinstance(x, V) for x in (t.ones(2), t.nn.Parameter(t.ones(2)), 3, None)],
    "types": lambda t, V: (type(V(t.ones(2))) is t.Tensor, issubclass(t.Tensor, V), type(V).__name__, V.__name__),
    "a derived class": lambda t, V: type("W", (V,), {})(t.ones(2)),
}


def outcome(torch, call):
    """What it gives, or the class of its error and what that says, and the warnings."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found, said = repr(call(torch, torch.autograd.Variable)), ""
        except Exception as error:
            found, said = type(error).__name__, str(error)
    return found, [str(w.message) for w in warned], said


@pytest.mark.skipif(pytorch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", CALLS)
def test_it_is_pytorchs(name):
    *ours, said = outcome(tidu, CALLS[name])
    *theirs, told = outcome(pytorch, CALLS[name])
    assert ours == theirs
    if name not in ("an unknown argument", "six arguments"):  # which Python itself refuses here
        assert said.startswith(told)


@pytest.mark.parametrize("torch", [tidu, pytorch], ids=["tidu", "torch"])
def test_it_shares_memory_and_version_and_no_history(torch):
    if torch is None:
        pytest.skip("PyTorch is not installed")
    x = torch.ones(2)
    v = torch.autograd.Variable(x)
    x.add_(1)
    assert v is not x and v.tolist() == [2, 2] and v._version == 1
    assert torch.autograd.variable.Variable is torch.autograd.Variable
    assert torch.autograd.Variable(x, requires_grad=True).is_leaf and not x.requires_grad
    w = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    (w * w).sum().backward()
    assert w.grad.tolist() == [2, 2]


def test_the_old_meaning_of_volatile_is_in_legacy():
    with pytest.warns(UserWarning, match="kept in legacy"):
        v = tidu.legacy.Variable(tidu.ones(2), volatile=True)
    w = tidu.legacy.Variable(tidu.ones(2), requires_grad=True)
    assert not (w * v).requires_grad and (w * 1).requires_grad
    assert "volatile" in tidu.legacy.Variable.__doc__ and "no_grad" in tidu.legacy.Variable.__doc__
