"""How far floats may be off is measured: ten times what right answers are, so that an approximation does not pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.judging.calling import call
from autograder.judging.compare import EPS, as_array
from autograder.judging.exercise import Exercise
from autograder.judging.trials import Trial
from tests.course.answers import EXERCISES, defined, right_answers

FLOATING = [exercise for exercise in EXERCISES if exercise.allow != "python" and exercise.id != "confusion_matrix"]


def units(got: Any, expected: Any, scale: float) -> float:
    """The largest error, in units of rounding of the largest number involved."""
    if isinstance(expected, (tuple, list)):
        return max(units(one, other, scale) for one, other in zip(got, expected, strict=True))
    if expected is None:
        return 0.0
    have, want = as_array(got), as_array(expected)
    assert have is not None and want is not None
    if not want.size or want.dtype.kind != "f":
        return 0.0
    error = np.abs(have.astype(float) - want.astype(float)).max()
    return float(error / (EPS[want.dtype.itemsize] * max(scale, float(np.abs(want).max()))))


class Room:
    """How far the right answers of an exercise are off, and whether its tolerance is ten times that."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise, self.largest = exercise, 0.0

    def note(self, trial: Trial, value: Any) -> None:
        self.largest = max(self.largest, units(value, trial.expected, trial.scale))

    def fits(self) -> None:
        # About ten times, and at least ten units: on more seeds the largest of many errors grows a little.
        assert 3 * self.largest <= self.exercise.units <= max(40 * self.largest, 10), self.largest


@pytest.mark.parametrize("exercise", FLOATING, ids=lambda e: e.id)
def test_right_answers_have_room_and_approximations_have_none(exercise):
    """On a few seeds; ``test_every_answer_earns_the_same_over_many_seeds`` measures the same on sixty."""
    room = Room(exercise)
    for source in right_answers(exercise):
        answer = defined(exercise, source)
        for seed in range(3):
            for trial in exercise.batch(seed, True).trials:
                room.note(trial, call(answer, trial.args).value)
    room.fits()


@pytest.mark.parametrize("name", ["jacobian_by_rows", "jvp_dual"])
def test_a_central_difference_fails_where_exactness_is_the_point(name):
    exercise = next(e for e in FLOATING if e.id == name)
    mistake = next(m for m in exercise.mistakes if m.name == "central_difference")
    for seed in range(5):
        result = exercise.grade(mistake.answer, seed=seed, private=True)
        assert result.misconceptions == ["central_difference"]
        assert next(part for part in result.parts if part.name == "values").earned == 0
