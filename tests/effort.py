"""How far a randomised test goes: ``rounds(20, 2000)`` is 20 under ``make test``, 2000 under ``make test-all``."""

from __future__ import annotations

import os

VARIABLE = "TIDU_LONG_TESTS"


def long() -> bool:
    return os.environ.get(VARIABLE) == "1"


def rounds(quick: int, longer: int) -> int:
    return longer if long() else quick
