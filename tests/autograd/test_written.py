"""Custom functions, checkpoints and gradcheck, their rules and every misuse, as PyTorch has them.

From the recording, which ``make test-all`` compares with a live PyTorch.
"""

from __future__ import annotations

import json

import pytest

from tests.autograd.written import RECORDED, answer, programs
from tests.effort import long
from tests.oracle import LIVE, torch

PROGRAMS = programs()
known = json.loads(RECORDED.read_text(encoding="utf-8"))["programs"]


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_does_what_it_does_in_pytorch(title: str) -> None:
    wanted, found = known[title], answer("tidu", PROGRAMS[title])
    if LIVE and long():
        torch.set_warn_always(True)
        live = answer("torch", PROGRAMS[title])
        torch.set_warn_always(False)
        assert live == wanted, "run python -m tests.autograd.written"
    for what in ("prints", "warns", "raises"):
        assert found[what] == wanted[what], what
    if title.endswith("!"):
        assert wanted["raises"] is not None and wanted["says"].strip().rstrip(".") in str(found["says"])
    else:
        assert (wanted["raises"] is None) != title.endswith("~")


def test_the_recording_is_of_these_programs() -> None:
    assert list(known) == list(PROGRAMS)
    assert len(PROGRAMS) >= 160
