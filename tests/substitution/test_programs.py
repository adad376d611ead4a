"""With only the import changed a program does in tidu what it does in PyTorch.

Live where PyTorch is installed, from the recording elsewhere.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.substitution.programs import RECORDED, agree, exact, programs, shown

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

MODULE = os.environ.get("TIDU_MODULE", "tidu")
PROGRAMS, EXACT = programs(), exact()
known: dict[str, Any] = json.loads(RECORDED.read_text())
LIVE = torch is not None and torch.__version__.split("+")[0] == known["pytorch"].split("+")[0]


@pytest.fixture(autouse=True)
def warned_each_time() -> Iterator[None]:
    if LIVE:
        torch.set_warn_always(True)
    yield
    if LIVE:
        torch.set_warn_always(False)


@pytest.fixture(autouse=True)
def settings_end_with_the_program() -> Iterator[None]:
    """Programs set what holds for all, as they would at their beginning; others come after them here."""
    modules = [importlib.import_module(MODULE), *([torch] if LIVE else [])]
    before = [
        (t.get_default_dtype(), t.is_grad_enabled(), t.are_deterministic_algorithms_enabled(),
         t.backends.cudnn.benchmark, t.backends.cudnn.deterministic, t.is_anomaly_enabled())
        for t in modules
    ]  # fmt: skip
    yield
    for t, (dtype, grad, deterministic, benchmark, alike, anomaly) in zip(modules, before, strict=True):
        t.set_default_dtype(dtype)
        t.set_grad_enabled(grad)
        t.use_deterministic_algorithms(deterministic)
        t.backends.cudnn.benchmark, t.backends.cudnn.deterministic = benchmark, alike
        t.autograd.set_detect_anomaly(anomaly)
        t.set_printoptions(profile="default")


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_does_what_it_does_in_pytorch(title: str) -> None:
    if "autocast" in PROGRAMS[title] or "bfloat16" in PROGRAMS[title]:
        pytest.importorskip("ml_dtypes", reason="bfloat16 needs it; it is in the course extra")
    if "matplotlib" in PROGRAMS[title]:
        pytest.importorskip("matplotlib", reason="it is in the course extra")
    wanted, found = known["programs"][title], shown(MODULE, PROGRAMS[title])
    if LIVE and MODULE != "torch":
        live = shown("torch", PROGRAMS[title])
        same = live == wanted if title in EXACT else all(agree(str(live[what]), str(wanted[what])) for what in live)
        assert same, "run python -m tests.substitution.programs"
    for what in ("prints", "warns", "raises"):
        if title in EXACT or what != "prints" or not agree(wanted[what], found[what]):
            assert found[what] == wanted[what], what
    if title.endswith("!"):
        said = found["says"].replace(f"{MODULE}.", "torch.")  # classes' full names
        assert wanted["says"].strip().rstrip(".") in said
    else:
        assert (wanted["raises"] is None) != title.endswith("~")


def test_the_recording_is_of_these_programs() -> None:
    assert list(known["programs"]) == list(PROGRAMS)
    assert len(PROGRAMS) >= 550


def test_a_difference_is_seen() -> None:
    assert shown(MODULE, "import torch\nprint(torch.ones(1))") != shown(MODULE, "import torch\nprint(torch.zeros(1))")
    found = shown(MODULE, "import torch\nimport warnings\nwarnings.warn('x')\ntorch.ones(2) + torch.ones(3)")
    assert (found["warns"], found["raises"]) == (["UserWarning"], "RuntimeError")
