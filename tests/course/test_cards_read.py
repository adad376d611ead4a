"""What every card shows: a difference that can be seen, little to read, and no example of zeros without need."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.exercises import find
from autograder.judging.calling import WorkerTimeout
from autograder.judging.card import as_html, as_text, difference_text
from autograder.judging.compare import is_array
from autograder.judging.exercise import Exercise, Part
from autograder.judging.policy import leans_on
from autograder.judging.trials import failed_parts
from tests.course.answers import EXERCISES, told_at_home
from tests.course.test_card import balanced
from tests.effort import long, rounds

#: In the ordinary run every second one.
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes][:: rounds(2, 1)]
#: Lines of a whole card; and characters of one thing on it.
LINES, CHARACTERS = 26, 260


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def told(value):
    return value["text"], value.get("shape"), value.get("dtype")


def dull(value):
    """Nothing to see: an array without elements, or of zeros throughout, or what is printed as if it were."""
    return is_array(value) and not (value.size and np.abs(value).max() >= 1e-3)


def others(exercise, answer):
    """Whether another input of the part that the card is about has more to see."""
    batch = exercise.batch(0)
    outcomes = batch.run(answer)
    wrong = [i for i, outcome in enumerate(outcomes) if not batch.trials[i].right(outcome)]
    failed = failed_parts(batch.trials, wrong)
    for i in failed[min(failed)]:
        trial = batch.trials[i]
        expected = trial.expected if isinstance(trial.expected, tuple) else (trial.expected,)
        if not any(map(dull, [*trial.args, *expected])):
            return True
    return False


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda x: getattr(x, "id", None) or x.name)
def test_every_mistake_has_a_card_that_can_be_read_and_shows_something(exercise, mistake):
    result = told_at_home(exercise, mistake.name)
    card = as_text(result, "en")
    assert len(card.splitlines()) <= LINES, card
    for lang in ("zh", "en", "both") if long() else ("both",):
        assert exercise.id in balanced(as_html(result, lang))
    failure = result.failure
    shown = [given["value"] for given in failure["inputs"]]
    shown += [side for output in failure["outputs"] for side in (output["expected"], output["got"]) if side]
    assert all(len(value["text"]) <= CHARACTERS and "..." not in value["text"] for value in shown), card
    seen = [given["value"] for given in failure["inputs"]] + [output["expected"] for output in failure["outputs"]]
    if any(value["kind"] == "array" and not re.search("[1-9n]", value["text"]) for value in seen):
        assert not others(exercise, mistake.call), card
    wrong = [output for output in failure["outputs"] if output["difference"]]
    assert wrong or failure["raised"]
    for output in wrong:
        assert told(output["got"]) != told(output["expected"]), card
        values = output["difference"]["values"]
        assert values["got"] != values["expected"], difference_text(output["difference"], "en")
    # no stride is compared, so none is told of what comes out
    assert all(
        output[side]["strides"] is None for output in wrong for side in ("expected", "got") if "cells" in output[side]
    )


def test_a_difference_in_the_last_digits_is_printed_with_them():
    exercise = find("jvp_dual")
    mistake = next(m for m in exercise.mistakes if m.name == "central_difference")
    result = exercise.grade(mistake.answer)
    (wrong,) = [output for output in result.failure["outputs"] if output["difference"]]
    assert wrong["got"]["cells"] != wrong["expected"]["cells"]
    assert wrong["expected"]["text"].count(".") == wrong["expected"]["shape"][0]


def test_digits_are_as_few_as_before_where_the_dtype_alone_differs():
    exercise = find("vjp_mul")

    def narrow(v, x, y):
        return tuple(g.astype(np.float16) for g in exercise.reference(v, x, y))

    (output, _) = exercise.grade(narrow).failure["outputs"]
    assert "float16" in as_text(exercise.grade(narrow), "en")
    assert max(map(len, output["got"]["text"].split())) < 9


def counting(stop):
    """``arange`` by a loop that adds up: wrong counting down and about decimals, and endless for a step of 0."""

    def arange_list(start, end, step=1):
        found, value = [], start
        while value < end:
            if len(found) > 1000:
                raise stop
            found.append(value)
            value += step
        return found

    return arange_list


def test_what_went_wrong_before_a_loop_did_not_end_is_shown_and_said():
    result = find("arange_list").grade(counting(WorkerTimeout()))
    assert result.status == "timeout" and result.failure["part"] == "down"
    assert result.misconceptions[:2] == ["only_up", "adds_up"]
    assert result.messages[0].en.startswith("With a negative step it counts down")
    assert result.messages[1].en.startswith("And in rounding of decimals: Adding step by step")
    assert "step = 0" in result.messages[-1].en and "did not return in time" in result.messages[-1].en
    assert all(message.zh and message.zh != message.en for message in result.messages)


def test_an_endless_loop_alone_is_still_told_as_one():
    def answer(start, end, step=1):
        if not step:
            raise WorkerTimeout
        return find("arange_list").reference(start, end, step)

    result = find("arange_list").grade(answer)
    assert (result.status, result.failure["part"]) == ("timeout", "impossible") and len(result.messages) == 1


CALLER = """
def second(x):
    return first(x) + 1
"""


def leaning(**more):
    exercise = Exercise(
        "second", reference=lambda x: 2 * x + 1, make=lambda pick, draw: (draw.integer(1, 9) + pick.x,),
        parts=[Part("values", 1, x=(0, 10, 20))], allow="python", **more,
    )  # fmt: skip
    exercise.beside = ("first", "second", "third")
    return exercise


def test_an_answer_that_stands_on_another_exercise_says_so_when_nothing_else_explains_it():
    exercise = leaning()
    cells = ["def first(x):\n    return x * x", "def third(x):\n    return 0", CALLER]
    wrong = leans_on(exercise.grade(lambda x: x * x + 1), "second", cells, exercise)
    assert [message.en for message in wrong.messages] == [
        "This answer uses your `first`. If that does not pass its own check yet, mend it first."
    ]
    right = exercise.grade(exercise.reference)
    assert leans_on(right, "second", cells, exercise) is right


def test_what_is_lent_is_not_the_students_own_and_explains_nothing():
    def first(x):
        return 2 * x

    exercise = leaning(uses=[first])
    cells = ["def first(x):\n    return x * x", CALLER]
    assert leans_on(exercise.grade(lambda x: x * x), "second", cells, exercise).messages == []


def test_is_contiguous_is_lent_the_strides_that_its_first_hint_points_to():
    assert [function.__name__ for function in find("is_contiguous").uses] == ["contiguous_strides"]
