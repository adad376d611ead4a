"""Right answers broken in every small way earn the same in this process and in a worker, and are told the same."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring.mutants import mutants
from autograder.grading import sandbox
from autograder.grading.examiner import called
from autograder.grading.session import Budget, Session
from tests.course.answers import EXERCISES, defined, given, right_answers
from tests.course.test_mutants import Endless, limited
from tests.effort import rounds

#: In the ordinary run one mutant of so many.
EVERY = rounds(120, 1)
QUICK = Budget(call=1.5, exercise=60.0, notebook=1200.0, restarts=500)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_mutants_earn_the_same_at_home_and_in_grading(exercise):
    broken = [mutant for source in right_answers(exercise) for mutant in mutants(source)][::EVERY]
    compared = 0
    # drawing the inputs, once, is not what a mutant's time is for
    exercise.grade(defined(exercise, right_answers(exercise)[0]), seed=9, private=True)
    with Session(sandbox.choose(), QUICK, allow=exercise.allow) as session, np.errstate(all="ignore"):
        for cell in given(exercise.notebook):
            session.run(cell)
        for mutant in broken:
            ran = session.run(mutant.source)
            try:
                with limited():
                    home = exercise.grade(defined(exercise, mutant.source), seed=9, private=True)
            except Endless:
                continue  # that a loop without an end is stopped in both places is a test of its own
            except Exception:
                assert ran.error, mutant.change
                continue
            session.begin_exercise()
            away = exercise.grade(called(session, exercise), seed=9, private=True)
            assert away.parts == home.parts, mutant.change
            assert (away.status, away.misconceptions) == (home.status, home.misconceptions), mutant.change
            compared += 1
    assert compared > len(broken) * 0.8


def test_a_list_that_holds_itself_is_wrong_in_both_places():
    """What ``order[i], order[j] = order, order[i]`` makes: it was an error in grading alone."""
    exercise = next(e for e in EXERCISES if e.id == "randperm_from")
    source = "def randperm_from(n, draws):\n    order = list(range(n))\n    order.append(order)\n    return order\n"
    home = exercise.grade(defined(exercise, source), seed=9, private=True)
    with Session(sandbox.choose(), QUICK, allow="python") as session:
        assert not session.run(source).error
        away = exercise.grade(session.function(exercise.id, {}), seed=9, private=True)
    assert (away.parts, away.status) == (home.parts, home.status) and home.status == "wrong"
