"""Every answer of every bank earns the same at home and in grading, part by part, and is told the same.

The ordinary run grades the references and every tenth of the others in two chapters, ``--gates`` all.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autograder.exercises import load
from tests.autograder import both
from tests.course.answers import bank, given
from tests.effort import gates


def notebooks(name):
    """Notebooks that hold one answer to every exercise: first the references, then others, until each was in one."""
    every = [[b.reference, *b.alternatives, *b.mistakes.values()] for b in bank(name).values()]
    return list(itertools.zip_longest(*every))[:: 1 if gates() else 10]


@pytest.fixture
def same_inputs(request):
    """Both places draw the same inputs, so that all that is told can be compared, and each is prepared once."""
    exercises = load(request.param)
    for exercise in exercises:
        exercise._batches[0, True] = exercise.batch(0, False)
    yield exercises
    for exercise in exercises:
        del exercise._batches[0, True]


#: In the ordinary run two chapters; ``make gates``, and so CI, runs all of all.
CHAPTERS = [pytest.param(name, marks=[] if name in ("04_views", "07_graph") else pytest.mark.gate) for name in load()]


@pytest.mark.parametrize("same_inputs", CHAPTERS, indirect=True)
def test_check_gives_what_grading_gives(same_inputs):
    name, compared = same_inputs[0].notebook, 0
    with both.at_home() as opened, np.errstate(all="ignore"):
        for answers in notebooks(name):
            cells = list(given(name))
            for exercise, answer in zip(same_inputs, answers, strict=True):
                cells += [answer, f"{both.CHECK}{exercise.id}"] if answer is not None else []
            home = both.run_at_home(opened, cells, same_inputs)
            away = both.run_in_grading(cells, same_inputs)
            assert home.keys() == away.keys()
            for id, result in home.items():
                both.Graded(result, away[id]).agree()
                compared += 1
    assert compared == sum(answer is not None for answers in notebooks(name) for answer in answers)
    assert compared >= (min(41, len(same_inputs) * 7) if gates() else min(5, len(same_inputs)))
