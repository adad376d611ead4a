"""Every exercise proves its check: right answers earn everything, each wrong one loses points and is recognised."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring.source import names, stripped
from autograder.exercises import load
from autograder.judging.calling import Outcome
from autograder.judging.card import as_text
from autograder.judging.draw import LAYOUTS
from autograder.judging.policy import Rule, objections
from autograder.judging.trials import failed_parts
from tests.course.answers import EXERCISES, bank, defined, right_answers, surroundings, told_at_home
from tests.course.conftest import ROOT
from tests.course.test_tolerances import FLOATING, Room
from tests.effort import rounds

MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]
PRIVATE_SEEDS = (20240901, 7)
#: Gate (c): over so many seeds every answer of a bank earns the same points.
SEEDS = 200
#: Over how many of them errors of rounding are measured: the largest of ever more grows a little.
MEASURED = 60


@pytest.fixture(autouse=True)
def quiet():
    """Wrong answers overflow and divide by zero as wrong answers do."""
    with np.errstate(all="ignore"):
        yield


def parts(result):
    return [(part.name, part.earned) for part in result.parts]


def test_every_notebook_has_exercises_and_every_exercise_a_notebook():
    assert names(ROOT) == list(load())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_enough_stands_beside_the_exercise(exercise):
    assert len(exercise.mistakes) >= 4
    assert len(bank(exercise.notebook)[exercise.id].alternatives) >= 2
    assert len(exercise.hints) == 3
    assert 1 <= exercise.difficulty <= 5 and 1 <= exercise.importance <= 5 and exercise.minutes > 0
    assert len({mistake.message for mistake in exercise.mistakes}) == len(exercise.mistakes)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_right_answers_earn_everything(exercise):
    for source in right_answers(exercise):
        assert objections(exercise.id, [surroundings(exercise), source], Rule.of(exercise)) == []
        answer = defined(exercise, source)
        # that they earn their points over 200 seeds is proved by ``make gates``
        for options in ({}, *({"seed": seed, "private": True} for seed in PRIVATE_SEEDS[: rounds(1, 2)])):
            result = exercise.grade(answer, **options)
            assert (result.status, result.earned) == ("ok", exercise.points), as_text(result, "en")


def test_alternatives_are_not_the_reference_again():
    for exercise in EXERCISES:
        sources = right_answers(exercise)
        assert len({"".join(source.split()) for source in sources}) == len(sources), exercise.id


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda x: getattr(x, "id", None) or x.name)
def test_each_mistake_loses_points_and_gets_its_own_message(exercise, mistake):
    source = bank(exercise.notebook)[exercise.id].mistakes[mistake.name]
    assert objections(exercise.id, [surroundings(exercise), source], Rule.of(exercise)) == []
    home = told_at_home(exercise, mistake.name)
    assert home.earned < exercise.points
    assert home.misconceptions == [mistake.name]
    assert home.messages == [mistake.message]
    # that the points are the same over 200 seeds is proved below, by ``make gates``; here the message, for one in four
    number = next(i for i, (_, one) in enumerate(MISTAKES) if one is mistake)
    for seed in PRIVATE_SEEDS[: rounds(int(number % 4 == 0), 2)]:
        graded = exercise.grade(defined(exercise, source), seed=seed, private=True)
        assert graded.misconceptions == [mistake.name]
        assert parts(graded) == parts(home), "grading gives other points than the student's own check"


def in_order(batch):
    """Trials by number, in the order of ``failed_parts``, which has no use for one of a part that is lost already."""
    return sorted(enumerate(batch.trials), key=lambda each: (len(each[1].owners), each[1].weight, each[0]))


def lost(batch, order, answer, told=None):
    """The parts that an answer of a bank loses; called on the inputs themselves, which it leaves as they are.

    ``told`` is given each trial with what was returned for it.
    """
    wrong, failed = [], {}
    for i, trial in order:
        if failed.keys().isdisjoint(trial.owners):
            try:
                outcome = Outcome("returned", answer(*trial.args))
            except Exception:
                outcome = Outcome("error")
            else:
                if told is not None:
                    told(trial, outcome.value)
            if not trial.right(outcome):
                wrong.append(i)
                failed = failed_parts(batch.trials, wrong)
    return batch.lost(len(batch.trials), failed)


@pytest.mark.gate  # one seed is what the tests above see; ``make gates``, and so CI, runs all
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_answer_earns_the_same_over_many_seeds(exercise):
    """And, while the right ones are called anyway, how far their floats are off."""
    entry = bank(exercise.notebook)[exercise.id]
    right = {f"right answer {number}": source for number, source in enumerate(right_answers(exercise), 1)}
    functions = {name: defined(exercise, source) for name, source in (right | entry.mistakes).items()}
    room = Room(exercise) if exercise in FLOATING else None
    batch = exercise.batch(0)
    order = in_order(batch)
    first = {name: lost(batch, order, function) for name, function in functions.items()}
    for name, function in functions.items():
        graded = exercise.grade(function).parts[:-1]
        assert first[name] == {number for number, part in enumerate(graded) if not part.earned}
    for seed in range(SEEDS):
        batch = exercise.batch(seed, True)
        order = in_order(batch)
        for name, function in functions.items():
            told = room.note if room is not None and name in right and seed < MEASURED else None
            assert lost(batch, order, function, told) == first[name], (name, seed)
    if room is not None:
        room.fits()


@pytest.mark.gate  # ``make gates``, and so CI, runs it
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_right_answers_are_the_same_alone_and_anywhere(exercise):
    """Gate (b): each trial also as the only call that a fresh notebook sees, and on read-only inputs."""
    batch = exercise.batch(3, True)
    for source in right_answers(exercise):
        together = batch.run(defined(exercise, source))
        again = batch.again(defined(exercise, source))
        for trial, one, other in zip(batch.trials, together, again, strict=True):
            assert trial.right(one) and trial.right(other)
        for trial in batch.trials:
            (alone,) = type(batch)([trial]).run(defined(exercise, source))
            assert trial.right(alone)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_released_cell_earns_nothing(exercise):
    entry = bank(exercise.notebook)[exercise.id]
    head = entry.reference.split('"""')
    released = stripped(f'{head[0]}"""{head[1]}"""\n    ### BEGIN SOLUTION\n    ### END SOLUTION')
    result = exercise.grade(defined(exercise, released))
    assert (result.status, result.earned) == ("not answered", 0)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_answers_without_thought_earn_no_part(exercise):
    echoes = [lambda *args, i=i: args[i] for i in range(exercise.reference.__code__.co_argcount)]
    constants = [lambda *args, c=c: c for c in (None, True, False, 0, 1, 0.0, (), (0,), (1,), [], "", ((), ()))]
    if exercise.id == "vjp_sum":
        del echoes[0]  # the mistake `unexpanded`: v itself has the right shape with keepdim=True and nothing summed
    for answer in (*constants, *echoes):
        for seed in range(rounds(1, 5)):
            result = exercise.grade(exercise.staged(answer), seed=seed)
            assert result.earned == 0, as_text(result, "en")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_typed_in_answers_earn_nothing(exercise):
    """A table of everything that home shows is worth next to nothing on another seed."""
    table = {repr(trial.args): trial.expected for trial in exercise.batch(0).trials}

    def typed_in(*args):
        return table[repr(args)]

    assert exercise.grade(typed_in).earned == exercise.points
    graded = [exercise.grade(typed_in, seed=seed, private=True).earned for seed in PRIVATE_SEEDS]
    assert graded == [0, 0]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_classes_are_those_that_the_exercises_are_about(exercise):
    """Every class and every pair that can be is drawn, in home's inputs and in grading's."""
    domain, rows = exercise.domain, exercise.domain.rows()
    assert {(axis, one) for row in rows for axis, one in row.classes.items()} == set(domain.classes)
    for seed, private in ((0, False), (5, True)):
        batch = exercise.batch(seed, private)
        assert len(batch.trials) == len(rows), "some classes could not be drawn from this seed"
        assert {part for trial in batch.trials for part in trial.owners} == set(range(len(exercise.parts) - 1))
    if exercise.allow == "tidu":
        assert exercise.stage is not None  # which lays out what the answer takes
    elif exercise.allow == "numpy":
        assert set(LAYOUTS) <= set(domain.axes["layout"]) and {"float64", "float32"} <= set(domain.axes["dtype"])
    else:
        assert exercise.allow == "python" and 0 in domain.axes.get("ndim", (0,))


UPSTREAM = [(e, name) for e in EXERCISES for name in ("g", "v", "t") if name in e.inputs and e.allow == "numpy"]


@pytest.mark.parametrize("exercise, name", UPSTREAM, ids=lambda x: getattr(x, "id", x))
def test_upstream_gradients_are_never_uniform(exercise, name):
    """Gate (d): a gradient of ones, or of one number throughout, hides that it was dropped."""
    at = exercise.inputs.index(name)
    for seed in range(rounds(5, 40)):
        for row, trial in zip(exercise.domain.rows(), exercise.batch(seed, True).trials, strict=True):
            v = np.asarray(trial.args[at])
            if v.size and "zero" not in (row.classes.get("t"), row.classes.get("magnitude") if name == "g" else ""):
                assert not np.all(v == 1)
                assert v.size == 1 or not np.all(v == v.flat[0])
