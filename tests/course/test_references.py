"""The exercises' references are computed with the library; PyTorch computes the same."""

from __future__ import annotations

import sys

import pytest

from autograder.judging.compare import difference
from autograder.judging.draw import copy_args
from tests.course.answers import EXERCISES
from tests.effort import rounds

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_pytorch_gives_the_same_answers(exercise, monkeypatch):
    batches = [exercise.batch(seed, True) for seed in range(rounds(2, 40))]
    for name, module in list(sys.modules.items()):
        if name.startswith("autograder.exercises.") and hasattr(module, "tidu"):
            monkeypatch.setattr(module, "tidu", torch)
    for trial in (trial for batch in batches for trial in batch.trials):
        theirs = exercise.reference(*copy_args(trial.args))
        found = difference(theirs, trial.expected, trial.units, trial.scale)
        assert found is None, (trial.args, theirs, trial.expected)


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.uses], ids=lambda e: e.id)
def test_what_stands_in_for_an_earlier_answer_is_right(exercise):
    earlier = {e.id: e for e in EXERCISES}
    for function in exercise.uses:
        result = earlier[function.__name__].grade(function, seed=5, private=True)
        assert result.status == "ok", result
