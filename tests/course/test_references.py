"""The exercises' references are computed with the library; PyTorch computes the same."""

from __future__ import annotations

import importlib

import pytest

from autograder.exercises import load
from autograder.judging.cases import copy_args
from autograder.judging.compare import difference

torch = pytest.importorskip("torch")
EXERCISES = [exercise for exercises in load().values() for exercise in exercises]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_pytorch_gives_the_same_answers(exercise, monkeypatch):
    trials = exercise._prepare(11, True).trials
    module = importlib.import_module(exercise.reference.__module__)
    monkeypatch.setattr(module, "tidu", torch)
    for trial in trials:
        theirs = exercise.reference(*copy_args(trial.args))
        assert difference(theirs, trial.expected) is None, (trial.args, theirs, trial.expected)
