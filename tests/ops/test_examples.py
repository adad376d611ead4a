"""Every public function has an example in its documentation, and it prints what stands there, on PyTorch too."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Iterator
from typing import Any

import pytest

import tidu
from tests.ops import golden
from tests.ops.examples import wrong
from tidu._registry import FUNCTIONS, OPS
from tidu.ops import examples, types

try:
    import torch
except ImportError:
    torch = None

under_test = importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))
EXAMPLES = examples.load()


@pytest.fixture(autouse=True)
def settings_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Some examples show how to change what holds for all."""
    modules = [under_test, *([torch] if torch is not None else [])]
    monkeypatch.setattr(types._Warned, "tensor_type", True)
    if torch is not None:
        torch.set_warn_always(True)  # a warning that is given here once is not given to another test
    before = [(t, t.get_default_dtype()) for t in modules]
    yield
    for t, dtype in before:
        t.set_default_dtype(dtype)
        t.set_default_device(None)  # with "cpu" PyTorch would look at every call of a test to come, and drop arguments
        t.set_printoptions(profile="default")
    if torch is not None:
        torch.set_warn_always(False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_prints_what_is_written(name: str) -> None:
    assert not wrong(under_test, EXAMPLES[name])
    live = torch is not None and torch.__version__.startswith(golden.VERSION)
    if live and hasattr(torch, name.split(".")[0]):
        assert not wrong(torch, EXAMPLES[name]), "run python -m tests.ops.examples"


def functions() -> dict[str, Any]:
    """The functions by the names they are written under: no in-place twins, no second names."""
    methods = {name: inspect.getattr_static(tidu.Tensor, name, None) for name in OPS if name not in FUNCTIONS}
    named = {**FUNCTIONS, **{name: method for name, method in methods.items() if method is not None}}
    for space in ("linalg", "fft", "special"):
        members = vars(getattr(tidu, space)).items()
        named |= {f"{space}.{name}": f for name, f in members if name[0] != "_" and inspect.isroutine(f)}
    return {name: f for name, f in named.items() if not (name.endswith("_") and name[:-1] in named)}


@pytest.mark.parametrize("name", functions())
def test_the_documentation_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(functions()[name]) or "")


def test_another_answer_is_seen() -> None:
    assert wrong(under_test, ">>> torch.tensor([1, 2])\ntensor([1, 3])\n")
    assert wrong(under_test, ">>> torch.tensor([1, 2]) + torch.ones(3)\ntensor([1, 3])\n")
    assert not wrong(under_test, ">>> torch.tensor([1, 2])\ntensor([1, 2])\n")
