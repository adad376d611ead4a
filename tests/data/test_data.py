"""Datasets, samplers, collating and loading beside PyTorch: values, what is drawn, errors, warnings."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import Any

import pytest

import tidu
from tests import effort
from tests.data.cases import CASES, answers
from tests.data.cases_workers import WITH_WORKERS
from tests.data.record import FILE
from tests.oracle import LIVE, torch

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def differing(a: Any, b: Any, place: str = "") -> list[str]:
    """Where two answers differ, and how."""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [line for i, (x, y) in enumerate(zip(a, b)) for line in differing(x, y, f"{place}[{i}]")]
    if type(a) is type(b) and (a == b or (isinstance(a, float) and a == pytest.approx(b, rel=1e-6))):
        return []
    return [f"{place}: {str(a)[:300]} != {str(b)[:300]}"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # PyTorch's, of a pass that never was
@pytest.mark.parametrize("name", CASES)
def test_it_answers_as_pytorch(name: str) -> None:
    got = answers(tidu, [name])[name]
    assert differing(got, RECORDED[name]) == []
    if LIVE and (name not in WITH_WORKERS or effort.long()):  # PyTorch's workers take a while
        assert differing(got, answers(torch, [name])[name]) == []


def test_tensorboard_says_what_to_use_instead() -> None:
    with pytest.raises(ImportError, match="tensorboardX") as caught:
        importlib.import_module("tidu.utils.tensorboard")
    assert "matplotlib" in str(caught.value)


def test_it_is_loaded_when_it_is_asked_for() -> None:
    code = "import sys, tidu; assert 'tidu.utils.data' not in sys.modules and 'multiprocessing' not in sys.modules; "
    code += "assert tidu.utils.data.DataLoader and 'data' in dir(tidu.utils); "
    code += "from tidu.utils.data.distributed import DistributedSampler; "
    # As in a browser, where there are no processes.
    code += "sys.modules['_multiprocessing'] = None; data = tidu.utils.data.TensorDataset(tidu.ones(3, 2)); "
    code += "assert len(list(tidu.utils.data.DataLoader(data, 2, shuffle=True))) == 2; "
    code += "assert 'multiprocessing' not in sys.modules; del sys.modules['_multiprocessing']; "
    code += "assert tidu.utils.data._utils.worker and tidu.utils.data.dataloader._MultiProcessingDataLoaderIter"
    subprocess.run([sys.executable, "-c", code], check=True)
