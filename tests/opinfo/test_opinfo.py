"""PyTorch's own samples: a few of every thirtieth operator here, all of them with ``--long`` and under ``make opinfo``.

Only where PyTorch is installed; its samples are imported by the test that wants them, for that takes seconds.

``known.toml`` holds what is missing or differs, each with its reason; a line there that no longer holds fails too.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.effort import rounds
from tests.ops import golden
from tests.oracle import LIVE

KNOWN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("known.toml").read_text(encoding="utf-8"))
SAMPLES, ERRORS = rounds(1, 10), rounds(2, 20)
STEP, PARTS = rounds(30, 1), rounds(2, 40)

pytestmark = pytest.mark.skipif(
    not LIVE or importlib.util.find_spec("expecttest") is None or os.environ.get("TIDU_MODULE", "tidu") != "tidu",
    reason=f"PyTorch's test inputs come with PyTorch {golden.VERSION}",
)


@pytest.fixture(scope="module")
def opinfo() -> Any:
    """``measure``, and every operator by its name."""
    from tests.opinfo import measure

    return SimpleNamespace(**vars(measure) | {"operators": {o.id: o for o in measure.operators()}})


@pytest.mark.parametrize("part", range(PARTS))
def test_operators(opinfo: Any, part: int) -> None:
    names = list(opinfo.operators)[::STEP][part::PARTS]
    assert names
    wrong = {name: found for name in names if (found := objection(opinfo, name))}
    assert not wrong


def objection(opinfo: Any, name: str) -> Any:
    """What differs, and is not known to."""
    report = opinfo.measure_apart(opinfo.operators[name], SAMPLES, ERRORS)
    if not report.present:
        return "" if name in KNOWN["missing"] else "missing"
    if not (report.samples or report.stayed):
        return "without samples"
    if report.lacks:
        return f"lacks {report.lacks}"
    known = KNOWN["differs"].get(name, {})
    return {label: found for label, found in report.differs.items() if not explained(found, known)}


def explained(found: list[str], known: dict[str, str]) -> bool:
    """Whether each difference is one that is known: the patterns are keys, the reasons values."""
    return all(any(re.search(pattern, line) for pattern in known) for line in found)


def test_what_is_known_to_be_missing_is(opinfo: Any) -> None:
    there = [n for n in KNOWN["missing"] if opinfo.named(opinfo.under_test(), opinfo.operators[n].name) is not None]
    assert not there
    assert set(KNOWN["differs"]) <= set(opinfo.operators)


def test_a_difference_is_seen(opinfo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    t = opinfo.under_test()
    monkeypatch.setattr(t, "sin", lambda x, *, out=None: t.cos(x, out=out))
    report = opinfo.measure(opinfo.operators["sin"], 2, 2)
    assert report.samples and len(report.differs) >= report.samples - 1  # but for an empty one
