"""Every expression of ``one_line.json`` is answered as PyTorch answers it, live and as recorded."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator

import pytest

from tests.ops import golden
from tests.ops.one_line import answer, load

try:
    import torch
except ImportError:
    torch = None

under_test = importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))
ROWS = [(group, e) for group, expressions in load().items() for e in expressions]


@pytest.fixture(scope="module")
def warns_always() -> Iterator[None]:
    """PyTorch gives some of its warnings once a process otherwise."""
    if torch is None:
        yield
        return
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(before)


@pytest.mark.parametrize(("group", "expression"), ROWS, ids=[e for _, e in ROWS])
def test_answer(group: str, expression: str, warns_always: None) -> None:
    wanted = load()[group][expression]
    if torch is not None and torch.__version__.startswith(golden.VERSION):
        assert answer(torch, expression) == wanted, "run python -m tests.ops.one_line"
    assert answer(under_test, expression) == wanted, group


def test_another_answer_is_seen() -> None:
    assert answer(under_test, "T([1, 2])") == "tensor([1, 2])"
    assert answer(under_test, "T([1, 2]) + o(3)") == "RuntimeError"
    assert answer(under_test, "t.float32.itemsize") == "4"
