"""Six scripts, each as a beginner writes it, train the same in tidu and in PyTorch with only the import changed.

From the same seed: the same parameters, data, dropout. Live where PyTorch is installed, from the recording elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.effort import rounds
from tests.nn.curves import SCRIPTS, STEPS, WITHIN, curve, known
from tests.oracle import LIVE

MODULE = os.environ.get("TIDU_MODULE", "tidu")


@pytest.mark.parametrize("dtype", WITHIN)
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_losses_are_those_of_pytorch(script: str, dtype: str) -> None:
    steps = rounds(5, STEPS)
    found = curve(MODULE, script, steps, dtype)
    wanted = curve("torch", script, steps, dtype) if LIVE else known()[script][dtype][: len(found)]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=WITHIN[dtype])


def test_the_recording_is_of_these_scripts_and_they_learn() -> None:
    recorded = known()
    assert sorted(recorded) == SCRIPTS and len(SCRIPTS) == 6
    for script, curves in recorded.items():
        for dtype, losses in curves.items():
            assert len(losses) % STEPS == 0, (script, dtype)
            first, last = losses[:10], losses[-10:]
            # A generator and its critic learn from one another: their losses need not fall.
            assert script == "gan" or np.mean(last) < 0.8 * np.mean(first), (script, dtype)


def test_a_script_knows_nothing_of_tidu() -> None:
    for script in SCRIPTS:
        assert "tidu" not in Path(__file__).with_name("scripts").joinpath(f"{script}.py").read_text(encoding="utf-8")
