"""The same tests on tidu and on PyTorch: a test that PyTorch fails is a wrong test."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import pytest

MODULES = ["tidu", *(["torch"] if importlib.util.find_spec("torch") else [])]


@pytest.fixture(params=MODULES)
def t(request: pytest.FixtureRequest) -> Any:
    module = importlib.import_module(request.param)
    module.manual_seed(0)
    return module
