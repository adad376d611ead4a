"""PyTorch's own samples: a few of every thirtieth operator here, all of them with ``--long`` and under ``make opinfo``.

Only where PyTorch is installed.

``known.toml`` holds what is missing or differs, each with its reason; a line there that no longer holds fails too.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.effort import rounds
from tests.ops import golden

KNOWN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("known.toml").read_text(encoding="utf-8"))
SAMPLES, ERRORS = rounds(1, 10), rounds(2, 20)

installed = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("expecttest") is not None
if installed:
    import torch

    installed = torch.__version__.startswith(golden.VERSION) and os.environ.get("TIDU_MODULE", "tidu") == "tidu"
if installed:
    from tests.opinfo.carry import operators
    from tests.opinfo.measure import measure, measure_apart, named, under_test

    OPERATORS = {o.id: o for o in operators()}
else:
    OPERATORS = {}

pytestmark = pytest.mark.skipif(not installed, reason="PyTorch's test inputs come with PyTorch")


@pytest.mark.parametrize("name", list(OPERATORS)[:: rounds(30, 1)])
def test_operator(name: str) -> None:
    report = measure_apart(OPERATORS[name], SAMPLES, ERRORS)
    if not report.present:
        assert name in KNOWN["missing"]
        return
    assert report.samples or report.stayed
    assert not report.lacks
    known = KNOWN["differs"].get(name, {})
    unknown = {label: found for label, found in report.differs.items() if not explained(found, known)}
    assert not unknown


def explained(found: list[str], known: dict[str, str]) -> bool:
    """Whether each difference is one that is known: the patterns are keys, the reasons values."""
    return all(any(re.search(pattern, line) for pattern in known) for line in found)


def test_what_is_known_to_be_missing_is() -> None:
    there = [n for n in KNOWN["missing"] if named(under_test(), OPERATORS[n].name) is not None]
    assert not there
    assert set(KNOWN["differs"]) <= set(OPERATORS)


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    t = under_test()
    monkeypatch.setattr(t, "sin", lambda x, *, out=None: t.cos(x, out=out))
    report = measure(OPERATORS["sin"], 2, 2)
    assert report.samples and len(report.differs) >= report.samples - 1  # but for an empty one
