"""Find an exercise by its name, or say which there are."""

from __future__ import annotations

from autograder.exercises import load
from autograder.judging.catalogue import message
from autograder.judging.exercise import Exercise
from autograder.student import settings


def exercise(id: str) -> Exercise:
    """The exercise called ``id``; raises ``LookupError`` in the reader's language."""
    every = {exercise.id: exercise for exercises in load().values() for exercise in exercises}
    if id not in every:
        known = ", ".join(every)
        raise LookupError(message("student.unknown", id=id, known=known).text(settings.language(), " / "))
    return every[id]
