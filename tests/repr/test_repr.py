"""Tensors print as PyTorch prints them: live where PyTorch is installed, from the recording always."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tidu
from tests.effort import rounds
from tests.repr.corpus import GOLDEN, RECORDED, Case, cases, pytorch_text, recorded
from tidu import _repr


@pytest.fixture(autouse=True)
def fresh_options():
    _repr.set_printoptions(profile="default")
    yield
    _repr.set_printoptions(profile="default")


def our_text(case: Case) -> str:
    with _repr.printoptions(**case.options):
        return _repr.format_tensor(
            case.array, f"torch.{case.array.dtype}", f"torch.{case.default}", requires_grad=case.requires_grad
        )


def compare(wanted: list[str], corpus: list[Case], got: list[str]) -> None:
    different = [row for row in zip(corpus, wanted, got, strict=True) if row[1] != row[2]]
    if different:
        case, theirs, ours = different[0]
        pytest.fail(
            f"{len(different)} of {len(corpus)} differ; the first, {case.array.dtype} {case.array.shape} "
            f"{case.options}:\n--- PyTorch\n{theirs}\n--- tidu\n{ours}",
            pytrace=False,
        )


def test_as_recorded():
    corpus = list(cases(RECORDED))
    compare(json.loads(GOLDEN.read_text())["texts"], corpus, [recorded(our_text(case)) for case in corpus])


def test_as_live_pytorch():
    pytest.importorskip("torch", reason="PyTorch is not installed; the recording stands in for it")
    corpus = list(cases(rounds(1500, 20000)))
    compare([pytorch_text(case) for case in corpus], corpus, [our_text(case) for case in corpus])


def test_suffixes_wrap_where_pytorch_wraps_them():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for count in range(1, 30):
        for digits in range(1, 10):  # the last line ends at every column around the limit
            array = np.full(count, 10 ** (digits - 1), np.int32)
            assert _repr.format_tensor(array, "torch.int32") == repr(torch.from_numpy(array))


def test_what_a_graph_adds():
    x = np.array([1.0, 2.0], np.float32)
    assert _repr.format_tensor(x, "torch.float32", grad_fn="MulBackward0", requires_grad=True) == (
        "tensor([1., 2.], grad_fn=<MulBackward0>)"
    )
    assert _repr.format_tensor(x, "torch.float32", device="cuda:0") == "tensor([1., 2.], device='cuda:0')"
    assert _repr.format_tensor(x, "torch.float32", tangent="tensor([1., 1.])") == (
        "tensor([1., 2.], tangent=tensor([1., 1.]))"
    )


def test_options_behave_as_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for calls in (
        [{"precision": 2}],
        [{"sci_mode": True}, {"precision": 3}],  # sci_mode falls back to None
        [{"profile": "short"}, {"edgeitems": 5}],
        [{"profile": "full", "linewidth": 33}],
    ):
        for options in calls:
            torch.set_printoptions(**options)
            _repr.set_printoptions(**options)
        assert _repr.get_printoptions() == torch._tensor_str.get_printoptions()
        torch.set_printoptions(profile="default")
        _repr.set_printoptions(profile="default")


def test_a_large_tensor_is_not_formatted_whole():
    text = _repr.format_tensor(np.broadcast_to(np.float32(0.5), (10**6, 10**6)), "torch.float32")
    assert text.count("0.5000") == 36


EXPRESSIONS = [
    "torch.tensor(3.5)",
    "torch.tensor([[1, 2], [3, 4]])",
    "torch.tensor([1, 2], dtype=torch.uint8)",
    "torch.tensor([1.5, -2.0], dtype=torch.float64, requires_grad=True)",
    "torch.tensor([True, False])",
    "torch.zeros(0, 3)",
    "torch.zeros(0, dtype=torch.int64)",
    "torch.zeros(2, 3).half()",
    "torch.ones(2, 2, requires_grad=True) * 3",
    "torch.ones(2, 2, requires_grad=True).sum()",
    "torch.ones(2, 2, requires_grad=True).view(4)",
    "torch.arange(1001)",
    "torch.arange(1001.0).reshape(7, 11, 13)",
    "torch.arange(12.0).reshape(3, 4).t()",
    "torch.tensor([1e-8, 1.0])",
    "torch.tensor([float('nan'), float('inf'), -0.0])",
    "torch.tensor([1 + 2j, -0.5j])",
    "(torch.arange(3.0), [torch.arange(2)])",
    "torch.tensor([1.0]).dtype",
    "torch.zeros(2, 3).shape",
    "torch.zeros(2, 3).size()",
    "torch.zeros(2).device",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_tensors_use_it(expression):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = (eval(expression, {"torch": module}) for module in (tidu, torch))
    assert repr(ours) == repr(theirs)
    assert str(ours) == str(theirs)


@pytest.mark.parametrize("spec", ["", ".2f", "8.3e", ">10"])
def test_a_tensor_of_one_number_is_formatted_as_the_number(spec):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert format(tidu.tensor(3.14159), spec) == format(torch.tensor(3.14159), spec)


def test_print_options_reach_tensors():
    tidu.set_printoptions(precision=2)
    assert repr(tidu.tensor([3.14159])) == "tensor([3.14])"
    tidu.set_default_dtype(tidu.float64)
    try:
        assert repr(tidu.tensor([1.0], dtype=tidu.float32)) == "tensor([1.], dtype=torch.float32)"
        assert repr(tidu.tensor([1.0])) == "tensor([1.])"
    finally:
        tidu.set_default_dtype(tidu.float32)
