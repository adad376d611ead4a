"""The same tests on tidu and on PyTorch: a test that PyTorch fails is a wrong test."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

try:
    import torch
except ImportError:
    MODULES = ["tidu"]
else:
    torch.set_num_threads(1)
    MODULES = ["tidu", "torch"]


@pytest.fixture(params=MODULES)
def t(request: pytest.FixtureRequest) -> Any:
    module = importlib.import_module(request.param)
    module.manual_seed(0)
    return module
