"""How far a test goes: ``rounds(20, 2000)`` is 20 under ``make test``, 2000 under ``make test-all``.

What proves that no check of an exercise is weak goes all the way under ``make gates`` too, which is part of CI.
"""

from __future__ import annotations

import os

LONG, GATES = "TIDU_LONG_TESTS", "TIDU_GATES"


def long() -> bool:
    return os.environ.get(LONG) == "1"


def gates() -> bool:
    return long() or os.environ.get(GATES) == "1"


def rounds(quick: int, longer: int) -> int:
    return longer if long() else quick
