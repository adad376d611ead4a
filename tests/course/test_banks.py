"""Every exercise proves its check: right answers earn everything, each wrong one loses points and is recognised."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from autograder.authoring.banks import banks
from autograder.authoring.build import release_notebook
from autograder.authoring.source import names, stripped
from autograder.exercises import load
from autograder.judging.card import as_text
from tests.course.conftest import ROOT

EXERCISES = [exercise for exercises in load().values() for exercise in exercises]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]
PRIVATE_SEEDS = (20240901, 7)


@cache
def bank(notebook):
    return banks(ROOT, notebook)


@cache
def given_cells(notebook):
    cells = release_notebook(ROOT, notebook).cells
    return "\n".join(cell.source for cell in cells if cell.metadata.get("tidu", {}).get("role") == "given")


@pytest.fixture(autouse=True)
def quiet():
    """Wrong answers overflow and divide by zero as wrong answers do."""
    with np.errstate(all="ignore"):
        yield


def defined(exercise, source):
    """The function that a notebook with this answer cell would have."""
    namespace: dict[str, object] = {}
    exec(given_cells(exercise.notebook) + "\n\n" + source, namespace)
    return namespace[exercise.id]


def parts(result):
    return [(part.name, part.earned) for part in result.parts]


def test_every_notebook_has_exercises_and_every_exercise_a_notebook():
    assert names(ROOT) == list(load())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_enough_stands_beside_the_exercise(exercise):
    assert len(exercise.mistakes) >= 4
    assert len(bank(exercise.notebook)[exercise.id].alternatives) >= 1
    assert len(exercise.hints) == 3
    assert 1 <= exercise.difficulty <= 5 and 1 <= exercise.importance <= 5 and exercise.minutes > 0
    assert len({mistake.message for mistake in exercise.mistakes}) == len(exercise.mistakes)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_right_answers_earn_everything(exercise):
    entry = bank(exercise.notebook)[exercise.id]
    for source in (entry.reference, *entry.alternatives):
        assert exercise.refused(source) == []
        answer = defined(exercise, source)
        for options in ({}, *({"seed": seed, "private": True} for seed in PRIVATE_SEEDS)):
            result = exercise.grade(answer, **options)
            assert (result.status, result.earned) == ("ok", exercise.points), as_text(result, "en")


def test_alternatives_are_not_the_reference_again():
    for exercise in EXERCISES:
        entry = bank(exercise.notebook)[exercise.id]
        bodies = {"".join(source.split()) for source in (entry.reference, *entry.alternatives)}
        assert len(bodies) == 1 + len(entry.alternatives), exercise.id


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda x: getattr(x, "id", None) or x.name)
def test_each_mistake_loses_points_and_gets_its_own_message(exercise, mistake):
    source = bank(exercise.notebook)[exercise.id].mistakes[mistake.name]
    assert exercise.refused(source) == []
    answer = defined(exercise, source)
    home = exercise.grade(answer)
    assert home.earned < exercise.points
    assert home.misconceptions == [mistake.name]
    assert home.messages == [mistake.message]
    for seed in PRIVATE_SEEDS:
        graded = exercise.grade(answer, seed=seed, private=True)
        assert graded.misconceptions == [mistake.name]
        assert parts(graded) == parts(home), "grading gives other points than the student's own check"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_released_cell_earns_nothing(exercise):
    entry = bank(exercise.notebook)[exercise.id]
    head = entry.reference.split('"""')
    released = stripped(f'{head[0]}"""{head[1]}"""\n    ### BEGIN SOLUTION\n    ### END SOLUTION')
    result = exercise.grade(defined(exercise, released))
    assert (result.status, result.earned) == ("not answered", 0)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_answers_without_thought_earn_no_part(exercise):
    echoes = [lambda *args, i=i: args[i] for i in range(len(exercise.reference.__code__.co_varnames))]
    constants = [lambda *args, c=c: c for c in (None, True, False, 0, 1, 0.0, (), (0,), (1,), [], "", ((), ()))]
    for answer in (*constants, *(echoes if exercise.id != "vjp_sum" else echoes[1:])):
        for seed in range(3):
            result = exercise.grade(answer, seed=seed)
            assert result.earned == 0, as_text(result, "en")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_cases_cover_the_awkward_inputs(exercise):
    """Non-square, size 1, empty and 0-d inputs wherever the exercise takes arrays or shapes at all."""
    batch = exercise._batch(0, False)
    assert len(batch.trials) >= 12
    by_part = {index: sum(trial.part == index for trial in batch.trials) for index in range(len(exercise.parts))}
    assert min(by_part.values()) >= 2, "one case alone is too easily right by accident"
