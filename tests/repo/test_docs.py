"""What ``help`` and an editor say of everything public: in both languages, and with its arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

import tidu
from tests.ops import keywords
from tidu import autograd, datasets, nn, serialization, utils, viz
from tidu._registry import FUNCTIONS
from tidu.datasets import transforms
from tidu.serialization import npz, safetensors


def public() -> Iterator[tuple[str, Any]]:
    yield from ((f"tidu.{name}", f) for name, f in FUNCTIONS.items())
    for name in dir(tidu.Tensor):
        member = inspect.getattr_static(tidu.Tensor, name)
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            yield f"Tensor.{name}", member
    for module in (
        autograd,
        autograd.functional,
        autograd.forward_ad,
        datasets,
        transforms,
        transforms.functional,
        nn.functional,
        serialization,
        npz,
        safetensors,
        utils.data,
        viz,
    ):
        for name in getattr(module, "__all__", dir(module)):
            member = getattr(module, name)
            at_home = hasattr(module, "__all__") or getattr(member, "__module__", "") == module.__name__
            if not name.startswith("_") and callable(member) and at_home:
                yield f"{module.__name__}.{name}", member


PUBLIC = dict(public())


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_documented_in_both_languages(name: str) -> None:
    doc = inspect.getdoc(PUBLIC[name]) or ""
    first = doc.split("\n\n")[0]
    assert re.search(r"[\u4e00-\u9fff]", first), f"{name}: no Chinese in the first paragraph: {first!r}"
    assert re.search(r"[A-Za-z]{3}", first), f"{name}: no English in the first paragraph: {first!r}"


@pytest.mark.parametrize("name", [name for name, member in PUBLIC.items() if not isinstance(member, (property, type))])
def test_its_signature_names_its_arguments(name: str) -> None:
    shown = inspect.signature(PUBLIC[name]).parameters
    assert not {"args", "kwargs"} & shown.keys(), f"{name}{inspect.signature(PUBLIC[name])}"


def test_a_signature_names_what_the_function_takes() -> None:
    """Every way to name the arguments that PyTorch has is in the signature, but those of other overloads."""
    other = {("max", "other"), ("min", "other"), ("scatter", "value"), ("scatter_", "value")}
    other |= {("std", "unbiased"), ("var", "unbiased")}  # the name before ``correction``
    other |= {("cholesky_solve", "input2"), ("tensor_split", "tensor_indices_or_sections")}
    other |= {(f, n) for f in ("tensor_split", "hsplit", "vsplit", "dsplit") for n in ("sections", "indices")}
    unsaid = []
    for form, op, names, _ in keywords.rows():
        function = getattr(tidu if form == "function" else tidu.Tensor, op)
        shown = {"input", "self", *inspect.signature(function).parameters}
        unsaid += [(form, op, name) for name in names if name not in shown and (op, name) not in other]
    assert not unsaid
