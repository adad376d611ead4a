"""The exercises' references are computed with the library; PyTorch computes the same."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pytest

from autograder.judging.compare import difference
from autograder.judging.draw import copy_args
from autograder.judging.lending import stage_of
from tests.course.answers import EXERCISES
from tests.effort import rounds

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_pytorch_gives_the_same_answers(exercise, monkeypatch):
    batches = [exercise.batch(seed, True) for seed in range(rounds(2, 40))]
    for name, module in list(sys.modules.items()):
        if name.startswith("autograder.exercises.") and hasattr(module, "tidu"):
            monkeypatch.setattr(module, "tidu", torch)
    answer = exercise.reference
    if exercise.stage is not None:  # on nets and loaders of PyTorch's
        name, source = stage_of(exercise)
        own = {"np": np, "tidu": torch}
        exec(source, own)
        answer = partial(own[name], answer)
    for trial in (trial for batch in batches for trial in batch.trials):
        theirs = answer(*copy_args(trial.args))
        found = difference(theirs, trial.expected, trial.units, trial.scale)
        assert found is None, (trial.args, theirs, trial.expected)


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.uses], ids=lambda e: e.id)
def test_what_stands_in_for_an_earlier_answer_is_right(exercise):
    earlier = {e.id: e for e in EXERCISES}
    for function in exercise.uses:
        lender = earlier[function.__name__]
        result = lender.grade(lender.staged(function), seed=5, private=True)
        assert result.status == "ok", result
