"""One-line programs show what PyTorch shows: live where PyTorch is installed, from the recording elsewhere."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import tidu
from tests.types.programs import FAMILIES, RECORDED, afresh, programs, shown
from tidu import _dtypes

try:
    import torch
except ImportError:
    torch = None

known: dict[str, Any] = json.loads(RECORDED.read_text())
LIVE = torch is not None and torch.__version__.split("+")[0] == known["pytorch"].split("+")[0]


@pytest.fixture(scope="module")
def ours() -> Any:
    return afresh("tidu")


@pytest.fixture(scope="module")
def theirs() -> Any:
    return afresh("torch") if LIVE else known


@pytest.mark.parametrize("family", FAMILIES)
def test_programs_show_what_pytorch_shows(family: str, ours: Any, theirs: Any) -> None:
    if family == "bfloat16":
        pytest.importorskip("ml_dtypes", reason="bfloat16 needs it; it is in the course extra")
    wrong = []
    for program in programs(family):
        wanted, found = known[family][program], ours[family][program]
        if theirs[family][program] != wanted:
            wrong.append(f"{program}\n  the recording is stale: run python -m tests.types.programs")
        if found != wanted:
            wrong.append(f"{program}\n  PyTorch: {wanted}\n  tidu:    {found}")
    assert not wrong, f"{len(wrong)} of {len(programs(family))} differ:\n" + "\n".join(wrong)


def test_enough_seeded_calls_are_compared() -> None:
    assert sum("seed(" in program for program in programs("streams")) >= 60


def test_a_difference_is_seen() -> None:
    assert shown(tidu, "torch.manual_seed(0); torch.rand(2)") != shown(tidu, "torch.manual_seed(1); torch.rand(2)")
    assert shown(tidu, "torch.zeros(2, 'a')") == "raises TypeError"


def test_bfloat16_without_its_package_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    fresh = _dtypes._make("bfloat16", 2, floating=True)
    with pytest.raises(NotImplementedError, match="ml_dtypes"):
        fresh.numpy  # noqa: B018
