"""What grading one exercise yields: points part by part, and what there is to tell about the first failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.judging.catalogue import Message

STATUSES = ("ok", "wrong", "error", "not answered", "timeout", "crashed", "refused", "missing")


@dataclass(frozen=True)
class PartResult:
    """The points of one part of an exercise."""

    name: str
    earned: int
    points: int


@dataclass(frozen=True)
class Result:
    """The outcome of grading one answer.

    ``failure`` describes the smallest failing case as plain JSON (see ``exercise.py``); ``messages`` are what the
    person should read: diagnosed mistakes, or why the answer was refused or could not be run.
    """

    id: str
    status: str
    parts: list[PartResult]
    misconceptions: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    hints: int = 0

    @property
    def earned(self) -> int:
        return sum(part.earned for part in self.parts)

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """The whole result as plain JSON values."""
        return {
            "id": self.id,
            "status": self.status,
            "parts": [{"name": p.name, "earned": p.earned, "points": p.points} for p in self.parts],
            "misconceptions": list(self.misconceptions),
            "messages": [m.to_json() for m in self.messages],
            "failure": self.failure,
            "hints": self.hints,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Result:
        """The result that :meth:`to_json` wrote."""
        return cls(
            id=data["id"],
            status=data["status"],
            parts=[PartResult(p["name"], int(p["earned"]), int(p["points"])) for p in data["parts"]],
            misconceptions=list(data["misconceptions"]),
            messages=[Message.from_json(m) for m in data["messages"]],
            failure=data["failure"],
            hints=int(data.get("hints", 0)),
        )
