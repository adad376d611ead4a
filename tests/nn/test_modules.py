"""What modules do beside computing: hooks, states, errors, initialisation, utilities; as PyTorch prints it."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import tidu
from tests.nn.programs import PROGRAMS, answer
from tests.ops import golden

try:
    import torch
except ImportError:
    torch = None

LIVE = torch is not None and torch.__version__.startswith(golden.VERSION)
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
