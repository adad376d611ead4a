"""Custom functions, checkpoints and gradcheck, their rules and every misuse, as PyTorch has them.

Live where PyTorch is installed, from the recording elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.autograd.written import RECORDED, answer, programs
from tests.oracle import LIVE, torch

PROGRAMS = programs()
known = json.loads(RECORDED.read_text(encoding="utf-8"))["programs"]


@pytest.fixture(autouse=True)
def warned_each_time() -> Iterator[None]:
    if LIVE:
        torch.set_warn_always(True)
    yield
    if LIVE:
        torch.set_warn_always(False)


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_does_what_it_does_in_pytorch(title: str) -> None:
    wanted, found = known[title], answer("tidu", PROGRAMS[title])
    if LIVE:
        assert answer("torch", PROGRAMS[title]) == wanted, "run python -m tests.autograd.written"
    for what in ("prints", "warns", "raises"):
        assert found[what] == wanted[what], what
    if title.endswith("!"):
        assert wanted["raises"] is not None and wanted["says"].strip().rstrip(".") in str(found["says"])
    else:
        assert (wanted["raises"] is None) != title.endswith("~")


def test_the_recording_is_of_these_programs() -> None:
    assert list(known) == list(PROGRAMS)
    assert len(PROGRAMS) >= 160
