"""What modules do beside computing: hooks, states, errors, initialisation, utilities; as PyTorch prints it."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import tidu
from tests.nn import programs_utils  # noqa: F401  (which adds programs)
from tests.nn.programs import PROGRAMS, answer
from tests.oracle import LIVE, torch

RECORDED = Path(__file__).with_name("programs.json")
NUMBER = re.compile(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?")


def agree(want: str, got: str) -> bool:
    """The same text, its numbers to a unit of the last digit printed."""
    if NUMBER.sub("#", want) != NUMBER.sub("#", got):
        return False
    pairs = zip(NUMBER.findall(want), NUMBER.findall(got), strict=True)
    return all(np.isclose(float(a), float(b), rtol=2e-4, atol=1.1e-4) for a, b in pairs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = answer(tidu, PROGRAMS[name])
        want = answer(torch, PROGRAMS[name]) if LIVE else json.loads(RECORDED.read_text(encoding="utf-8"))[name]
    if name.startswith("error: ") or "Error: ..." in want:
        want, got = want.partition(":")[0], got.partition(":")[0]
    assert agree(want, got), f"want\n{want}\ngot\n{got}"


def test_a_module_without_hooks_is_called_directly() -> None:
    class Net(tidu.nn.Module):
        def forward(self, x: object) -> object:
            return x

    net = Net()
    assert net._call_impl.__func__ is type(net).__call__
    assert net(3) == 3


@pytest.mark.parametrize("dim", [0, 2])
def test_second_derivatives_of_a_normalised_weight_are_those_of_its_formula(dim: int) -> None:
    """PyTorch's are not, where it takes the fused form."""
    rng = np.random.RandomState(0)
    shape, lengths = (2, 3, 4), [n if d == dim else 1 for d, n in enumerate((2, 3, 4))]
    arrays = [rng.randn(*s) for s in (shape, lengths, shape, shape, lengths)]

    def second(fused: bool) -> list[np.ndarray]:
        v, g, upstream = (tidu.tensor(a, requires_grad=True) for a in arrays[:3])
        made = tidu._weight_norm(v, g, dim) if fused else v * (g / tidu.norm_except_dim(v, 2, dim))
        grads = tidu.autograd.grad(made, (v, g), upstream, create_graph=True)
        total = sum((x * tidu.tensor(a)).sum() for x, a in zip(grads, arrays[3:], strict=True))
        return [x.numpy() for x in tidu.autograd.grad(total, (v, g, upstream))]

    for got, want in zip(second(True), second(False), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
