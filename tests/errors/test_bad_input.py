"""Bad input raises PyTorch's exception class, in a message that says which argument, what was given and what is wanted.

A row: the call, the class (PyTorch's, checked live where it is installed), and what the message must hold; ``a|b`` is
either.  Messages are ours: PyTorch's own often leave one of the three out.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

try:
    import torch
except ImportError:
    torch = None

under_test = importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))


def ones(t: Any, *shape: int, **kwargs: Any) -> Any:
    return t.ones(*shape, **kwargs)


def leaf(t: Any, *shape: int) -> Any:
    return t.ones(*shape, requires_grad=True)


def nonleaf_in_place(t: Any) -> None:
    x = leaf(t, 3)
    y = x.sin()
    z = y * y
    y.add_(1)
    z.sum().backward()


def twice(t: Any) -> None:
    y = leaf(t, 3).exp().sum()
    y.backward()
    y.backward()


ROWS: list[tuple[str, Callable[[Any], Any], type[BaseException], tuple[str, ...]]] = [
    # shapes
    ("add", lambda t: ones(t, 3) + ones(t, 4), RuntimeError, (r"tensor a \(3\)", r"tensor b \(4\)", "must match")),
    ("mul", lambda t: t.mul(ones(t, 2, 3), ones(t, 4)), RuntimeError, ("3", "4", "must match", "dimension 1")),
    ("where", lambda t: t.where(ones(t, 3) > 0, ones(t, 4), 0.0), RuntimeError, ("3", "4", "must match")),
    ("matmul", lambda t: ones(t, 2, 3) @ ones(t, 2, 3), RuntimeError, ("mat1 and mat2|matmul", "2x3", "multiplied")),
    ("mm", lambda t: t.mm(ones(t, 3), ones(t, 3, 2)), RuntimeError, ("mm|self|mat", "1-?D|1 dim", "matrix|2-?D")),
    ("bmm", lambda t: t.bmm(ones(t, 2, 3), ones(t, 2, 3)), RuntimeError, ("batch1", "3D|3-D", "2D|2 dim|2-D")),
    ("dot", lambda t: t.dot(ones(t, 3), ones(t, 4)), RuntimeError, ("3", "4", "same|1D")),
    ("mv", lambda t: t.mv(ones(t, 2, 3), ones(t, 2)), RuntimeError, ("mat", "2x3", "vec", "2")),
    ("view", lambda t: ones(t, 3, 4).view(5, -1), RuntimeError, ("shape|size", r"\[5, -1\]", "12")),
    ("view of a transpose", lambda t: ones(t, 3, 4).t().view(12), RuntimeError, ("size|stride", "view", "reshape")),
    ("reshape", lambda t: ones(t, 3, 4).reshape(13), RuntimeError, ("shape", r"\[13\]", "12")),
    ("expand", lambda t: ones(t, 2, 3).expand(3, 4), RuntimeError, ("expanded size", "4", "3", "must match")),
    ("cat", lambda t: t.cat([ones(t, 2, 3), ones(t, 2, 2)]), RuntimeError, ("Sizes of tensors", "3", "2", "match")),
    ("stack", lambda t: t.stack([ones(t, 2), ones(t, 3)]), RuntimeError, ("equal size", r"\[2\]", r"\[3\]")),
    ("split", lambda t: ones(t, 5).split([1, 2]), RuntimeError, ("split_size", "5", r"\[1, 2\]")),
    ("squeeze of what is not there", lambda t: ones(t, 2, 3).squeeze(2), IndexError, ("dim", r"\[-2, 1\]", "2")),
    ("add_ that would grow", lambda t: ones(t, 3).add_(ones(t, 2, 3)), RuntimeError, (r"\[3\]", r"\[2, 3\]", "match")),
    ("zeros", lambda t: t.zeros(2, -1), RuntimeError, ("size|dimension", "negative", "-1")),
    ("trace", lambda t: t.trace(ones(t, 3)), RuntimeError, ("trace", "1|3", "matrix")),
    # dims and indices
    ("sum", lambda t: ones(t, 2, 3).sum(dim=2), IndexError, ("dim", r"\[-2, 1\]", "2")),
    ("max", lambda t: ones(t, 2, 3).max(dim=-3), IndexError, ("dim", r"\[-2, 1\]", "-3")),
    ("softmax", lambda t: t.softmax(ones(t, 2), 1), IndexError, ("dim", r"\[-1, 0\]", "1")),
    ("transpose", lambda t: ones(t, 2, 3).transpose(0, 2), IndexError, ("dim", r"\[-2, 1\]", "2")),
    ("permute", lambda t: ones(t, 2, 3).permute(0, 0), RuntimeError, ("permute|dims", "duplicate|multiple|repeated")),
    ("unsqueeze", lambda t: ones(t, 2).unsqueeze(3), IndexError, ("dim", r"\[-2, 1\]", "3")),
    ("cumsum", lambda t: ones(t, 2).cumsum(1), IndexError, ("dim", r"\[-1, 0\]", "1")),
    ("select", lambda t: ones(t, 2, 3).select(0, 2), IndexError, ("index", "2", "size 2|dimension 0")),
    ("getitem", lambda t: ones(t, 3)[3], IndexError, ("index 3", "size 3", "dimension 0")),
    ("too many indices", lambda t: ones(t, 3)[0, 0], IndexError, ("too many indices", "dimension 1|1")),
    ("getitem by float", lambda t: ones(t, 3)[1.5], IndexError, ("indices|index", "float|1.5", "integers|int")),
    ("mask of another shape", lambda t: ones(t, 3)[ones(t, 2) > 0], IndexError, ("mask", r"\[2\]", r"\[3\]")),
    ("setitem", lambda t: ones(t, 3).__setitem__(5, 1.0), IndexError, ("index 5", "size 3")),
    ("gather", lambda t: ones(t, 2, 2).gather(0, t.tensor([[2]])), RuntimeError, ("index", "2", "out of bounds")),
    ("index_select", lambda t: ones(t, 3).index_select(0, t.tensor([3])), IndexError, ("index", "range|bounds")),
    ("narrow", lambda t: ones(t, 5).narrow(0, 4, 2), RuntimeError, ("start", "4", "length", "2", "5")),
    # dtypes
    (
        "requires_grad of ints",
        lambda t: t.tensor([1], requires_grad=True),
        RuntimeError,
        ("require", "floating", "int64|Long"),
    ),
    ("mean", lambda t: t.tensor([1, 2]).mean(), RuntimeError, ("mean", "Long|int64", "floating")),
    (
        "bool minus bool",
        lambda t: t.tensor([True]) - t.tensor([True]),
        RuntimeError,
        ("Subtraction|sub", "bool", "bitwise_xor|logical_xor"),
    ),
    ("neg of bool", lambda t: -t.tensor([True]), RuntimeError, ("Negation|neg|`-`", "bool", "logical_not")),
    ("div_ of ints", lambda t: t.tensor([1]).div_(2), RuntimeError, ("Float", "cast", "Long")),
    ("add_ float to int", lambda t: t.tensor([1]).add_(0.5), RuntimeError, ("Float", "cast", "Long")),
    (
        "matmul of two dtypes",
        lambda t: ones(t, 2, 2) @ ones(t, 2, 2, dtype=t.float64),
        RuntimeError,
        ("same dtype|dtype", "float|Float", "double|Double|float64"),
    ),
    (
        "bitwise_and",
        lambda t: t.bitwise_and(ones(t, 2), ones(t, 2)),
        NotImplementedError,
        ("bitwise_and", "Float|float32", "implemented|integ"),
    ),
    ("pow", lambda t: t.pow(t.tensor([2]), -1), RuntimeError, ("Integers", "negative", "integer")),
    (
        "masked_fill",
        lambda t: ones(t, 2).masked_fill(t.tensor([1, 0]), 0.0),
        RuntimeError,
        ("mask", "bool", "int64|Long|long"),
    ),
    ("out=", lambda t: t.add(ones(t, 2), 1.0, out=t.zeros(2, dtype=t.int64)), RuntimeError, ("Float", "cast", "Long")),
    ("randn", lambda t: t.randn(2, dtype=t.int64), NotImplementedError, ("normal", "Long|int64", "implemented")),
    (
        "from_numpy of text",
        lambda t: t.from_numpy(np.array(["a"])),
        TypeError,
        ("np.ndarray|numpy", "<U1|str_", "supported"),
    ),
    # arguments of another kind
    ("sin", lambda t: t.sin("a"), TypeError, ("input", "str", "Tensor")),
    ("sum of a list", lambda t: t.sum([1, 2]), TypeError, ("input", "list", "Tensor")),
    ("add of a string", lambda t: t.add(ones(t, 2), "a"), TypeError, ("other", "str", "Tensor|Number")),
    ("keepdim", lambda t: ones(t, 2).sum(dim="a"), TypeError, ("dim", "str", "int")),
    ("cat of a tensor", lambda t: t.cat(ones(t, 2)), TypeError, ("tensors", "Tensor", "tuple|sequence")),
    ("zeros of a string", lambda t: t.zeros("a"), TypeError, ("size", "str", "int")),
    ("tensor of ragged lists", lambda t: t.tensor([[1, 2], [3]]), ValueError, ("length 2", "length|got|1|dim")),
    ("tensor of text", lambda t: t.tensor("a"), TypeError, ("str", "data type|dtype")),
    ("tensor of two numbers", lambda t: t.tensor(5, 3), TypeError, ("tensor", "2|position", "1|positional")),
    ("view of a string", lambda t: ones(t, 2).view("a"), TypeError, ("view", "str", "int|dtype")),
    ("reshape of floats", lambda t: ones(t, 2).reshape(1.5), TypeError, ("shape", "float", "int")),
    ("fill_", lambda t: ones(t, 2).fill_("a"), TypeError, ("value", "str", "Number|number")),
    ("clamp", lambda t: t.clamp(ones(t, 2)), RuntimeError, ("min", "max", "None")),
    ("arange", lambda t: t.arange(0, 5, -1), RuntimeError, ("step|bound", "5", "sign|-1")),
    ("linspace", lambda t: t.linspace(0, 1, -1), RuntimeError, ("steps", "non-negative", "-1|number")),
    ("randint", lambda t: t.randint(5, 2, (3,)), RuntimeError, ("5", "2", "from|low|high")),
    ("eye", lambda t: t.eye(-1), RuntimeError, ("n", "-1", "greater|non-negative")),
    ("from_numpy", lambda t: t.from_numpy([1]), TypeError, ("np.ndarray|numpy", "list", "expected")),
    ("attribute", lambda t: ones(t, 2).no_such_thing, AttributeError, ("Tensor", "no_such_thing")),
    ("item", lambda t: ones(t, 2).item(), RuntimeError, ("2 elements", "Scalar")),
    ("bool()", lambda t: bool(ones(t, 2)), RuntimeError, ("Boolean value", "more than one", "ambiguous")),
    ("len()", lambda t: len(t.tensor(1.0)), TypeError, ("len", "0-d")),
    ("float()", lambda t: float(ones(t, 2)), ValueError, ("one element", "scalar")),
    ("requires_grad_", lambda t: ones(t, 2).requires_grad_("yes"), TypeError, ("requires_grad", "str", "bool")),
    ("to", lambda t: ones(t, 2).to("nowhere"), RuntimeError, ("device", "nowhere", "cpu")),
    # autograd
    ("backward of a vector", lambda t: (leaf(t, 3) * 2).backward(), RuntimeError, ("grad", "scalar", "implicitly")),
    (
        "backward without history",
        lambda t: ones(t, 1).sum().backward(),
        RuntimeError,
        ("element 0", "require grad", "grad_fn"),
    ),
    (
        "backward, misshapen",
        lambda t: (leaf(t, 3) * 2).backward(ones(t, 2)),
        RuntimeError,
        ("grad_output", r"\[2\]", r"\[3\]"),
    ),
    (
        "backward, not a tensor",
        lambda t: (leaf(t, 3) * 2).backward([1, 2]),
        TypeError,
        ("gradient", "Tensor", "list|int"),
    ),
    ("second backward", twice, RuntimeError, ("second time", "retain_graph=True", "freed")),
    (
        "stale saved value",
        nonleaf_in_place,
        RuntimeError,
        ("modified by an inplace operation", r"\[3\]", "version 1", "expected version 0"),
    ),
    ("leaf in place", lambda t: leaf(t, 3).add_(1), RuntimeError, ("leaf Variable", "requires grad", "in-place")),
    ("numpy() of what requires grad", lambda t: leaf(t, 3).numpy(), RuntimeError, ("requires grad", "detach")),
    (
        "grad of what does not require it",
        lambda t: t.autograd.grad(leaf(t, 2).sum(), ones(t, 2)),
        RuntimeError,
        ("does not require grad|require grad",),
    ),
    (
        "grad, unused",
        lambda t: t.autograd.grad(leaf(t, 2).sum(), leaf(t, 2)),
        RuntimeError,
        ("not have been used", "allow_unused=True"),
    ),
    (
        "assigning .grad",
        lambda t: setattr(leaf(t, 2), "grad", ones(t, 3)),
        RuntimeError,
        ("grad", r"size|\[3\]", r"size|\[2\]"),
    ),
    (
        "out= with history",
        lambda t: t.add(leaf(t, 2), 1.0, out=ones(t, 2)),
        RuntimeError,
        ("out=", "automatic differentiation", "requires grad"),
    ),
    ("resize_ of what requires grad", lambda t: (leaf(t, 2) * 1).resize_(3), RuntimeError, ("resize", "require grad")),
]


@pytest.mark.parametrize(("call", "wanted", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bad_input(call: Callable[[Any], Any], wanted: type[BaseException], words: tuple[str, ...]) -> None:
    if torch is not None:
        with pytest.raises(Exception) as theirs:
            call(torch)
        assert theirs.type is wanted
    with pytest.raises(Exception) as ours:
        call(under_test)
    assert ours.type is wanted, f"{ours.type.__name__}: {ours.value}"
    if under_test is not torch:
        missing = [w for w in words if not re.search(w, str(ours.value), re.IGNORECASE)]
        assert not missing, f"{missing} not in: {ours.value}"


def test_the_rows_cover_forty_functions() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 40
