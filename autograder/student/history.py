"""What somebody has done in this copy of the course: every check and every hint, one line each.

Lines are only ever added, each in one write, so that two notebooks that run at a time lose nothing of each other's,
and a line that makes no sense costs nothing but itself.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from autograder.judging.result import STATUSES
from autograder.student import settings

FILE = "history.jsonl"
#: A pause longer than this was not spent on the exercise.
PAUSE = 30 * 60
_UNTOUCHED = ("not answered", "missing")
#: What could not be written; remembered as long as the kernel runs.
_unwritten: list[Event] = []


@dataclass(frozen=True)
class Event:
    """One check or one hint.

    at       seconds since 1970
    did      "check" or "hint"
    status   of a check; ``number`` of a hint, from 1
    """

    at: float
    id: str
    did: str
    status: str = ""
    earned: int = 0
    number: int = 0

    @property
    def tried(self) -> bool:
        """Whether there was an answer to check."""
        return self.did == "check" and self.status not in _UNTOUCHED


@dataclass
class Standing:
    """How far one exercise has come; ``earned`` is None as long as no answer was checked."""

    earned: int | None = None
    hints: int = 0
    last_hint: int = 0
    seconds: float = 0.0


def record(id: str, did: str, **more: Any) -> None:
    """Add what was just done."""
    event = Event(time.time(), id, did, **more)
    # A line that another program was stopped in the middle of is ended first.
    line = f"\n{json.dumps(asdict(event))}\n".encode()
    try:
        file = os.open(settings.folder() / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)
    except (OSError, RuntimeError):
        _unwritten.append(event)


def events() -> list[Event]:
    """Everything that was done, in its order."""
    try:
        lines = (settings.folder() / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, RuntimeError):
        lines = []
    found = [event for event in map(_parsed, lines) if event is not None]
    return sorted([*found, *_unwritten], key=lambda event: event.at)


def _parsed(line: str) -> Event | None:
    try:
        event = Event(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    number = (int, float)
    sound = (
        all(isinstance(value, number) and abs(value) < 1e12 for value in (event.at, event.earned, event.number))
        and isinstance(event.id, str)
        and (event.did == "hint" or event.did == "check" and event.status in STATUSES)
    )
    return event if sound else None


def standings(found: Iterable[Event]) -> dict[str, Standing]:
    """Exercise by exercise, what the events come to.

    The time between two events belongs to the exercise of the later one, for that is what somebody was at; so the
    times of all exercises add up to the time from the first event to the last, pauses left out.
    """
    standing: dict[str, Standing] = {}
    before: float | None = None
    for event in found:
        here = standing.setdefault(event.id, Standing())
        if before is not None and event.at - before <= PAUSE:
            here.seconds += event.at - before
        before = event.at
        if event.did == "hint":
            here.hints, here.last_hint = max(here.hints, event.number), event.number
        elif event.tried:
            here.earned = event.earned
    return standing


def standing(id: str) -> Standing:
    """How far the exercise ``id`` has come."""
    return standings(events()).get(id, Standing())
