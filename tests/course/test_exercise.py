"""Exercise.grade: whatever the answer does, a result comes back, with the right points."""

from __future__ import annotations

import json

import numpy as np
import pytest

from autograder.exercises import find, load
from autograder.judging.calling import layout
from autograder.judging.card import as_html, as_text
from autograder.judging.exercise import AnswerError, Exercise, Part, WorkerCrashed, WorkerTimeout
from autograder.judging.policy import Rule, objections
from autograder.judging.result import STATUSES, Result


def double(pick, draw):
    return (draw.array({"none": (0,), "one": (1,), "number": ()}.get(pick.x, (3,)), layout=pick.layout),)


def make(reference=lambda x: 2 * x):
    exercise = Exercise(
        "double",
        reference=reference,
        make=double,
        parts=[
            Part("values", 2, x=("several", "one", "others"), layout=("dense", "sliced", "reversed")),
            Part("edge", 1, x=("none", "number")),
        ],
    )

    @exercise.mistake(zh="平方了", en="squared")
    def squares(x):
        return x * x

    @exercise.mistake(zh="没有乘", en="not doubled")
    def unchanged(x):
        return x

    return exercise


def raising(error):
    def answer(x):
        raise error

    return answer


def points(result):
    return [part.earned for part in result.parts]


def test_right():
    result = make().grade(lambda x: x + x)
    assert (result.status, result.earned, result.points, result.failure) == ("ok", 4, 4, None)


def test_a_part_is_all_or_nothing():
    result = make().grade(lambda x: 2 * x if x.ndim and x.size != 1 else x)
    assert points(result) == [0, 0, 0]
    result = make().grade(lambda x: 2 * x if x.ndim else x)
    assert (points(result), result.status) == ([2, 0, 1], "wrong")


def test_the_smallest_failing_case_is_shown_and_the_mistake_named():
    result = make().grade(lambda x: x**2)
    assert result.misconceptions == ["squares"] and result.messages[0].en == "squared"
    assert result.failure["inputs"][0]["value"]["shape"] == [1]
    assert result.failure["outputs"][0]["difference"]["code"] == "value"


def test_a_wrong_answer_that_nobody_named_gets_no_diagnosis():
    result = make().grade(lambda x: x + 17)
    assert (result.status, result.misconceptions, result.messages) == ("wrong", [], [])


def test_what_is_said_is_true_of_every_wrong_input_of_the_part_and_wrong_nowhere_else():
    """A diagnosis is a test: agreeing on some inputs, or being wrong where the answer is right, is not enough."""
    here_and_there = make().grade(lambda x: x * x if x.shape == (1,) else 2 * x + 1)
    assert (here_and_there.earned, here_and_there.misconceptions) == (0, [])
    right_elsewhere = make().grade(lambda x: x * x if x.size == 3 else 2 * x)
    assert points(right_elsewhere) == [0, 1, 1] and right_elsewhere.misconceptions == []


def test_two_valued_outputs_need_ten_inputs_to_tell_a_mistake():
    def positive(x):
        return bool(np.all(x > 0))

    few, many = make(positive), make(positive)
    many.domain.parts[0].classes["layout"] = ("dense",)
    for exercise in (few, many):
        exercise.mistakes.clear()
        exercise.mistake(zh="反了", en="negated")(lambda x: not np.all(x > 0))
    assert few.grade(lambda x: not np.all(x > 0)).misconceptions == ["<lambda>"]
    few.batch(0).trials[9:] = []
    assert few.grade(lambda x: not np.all(x > 0)).misconceptions == []


def test_what_is_shown_and_what_is_said_are_about_the_same_input():
    result = make().grade(lambda x: x + 17 if x.ndim else x)
    named = make().grade(lambda x: 2 * x if x.ndim else x * x)
    assert (result.failure["part"], result.misconceptions) == ("edge", ["unchanged"]), "nothing is known of the other"
    assert named.failure["part"] == "edge" and named.failure["inputs"][0]["value"]["shape"] == []


def test_a_mistake_in_two_claims_at_once_costs_the_later_one_alone():
    exercise = Exercise(
        "both",
        reference=lambda a, b: a + b,
        make=lambda pick, draw: (pick.a + draw.integer(0, 3), pick.b),
        parts=[Part("values", 1, a=(10,), b=(0,)), Part("dims", 1, a=(20, 30)), Part("edge", 1, b=(1, 2))],
    )
    assert points(exercise.grade(lambda a, b: a + b if a < 20 or not b else 0)) == [1, 1, 0, 1]
    assert points(exercise.grade(lambda a, b: a + b if a < 20 else 0)) == [1, 0, 1, 1]


def test_changing_an_input_is_told():
    def answer(x):
        x *= 2
        return x

    result = make().grade(answer)
    assert (points(result), result.misconceptions) == ([2, 1, 0], ["changes_input"])
    assert result.failure["part"] == "repeatable" and "was changed" in as_text(result, "en")


def test_depending_on_earlier_calls_is_told():
    seen = set()

    def answer(x):
        fresh = x.tobytes() not in seen
        seen.add(x.tobytes())
        return 2 * x if fresh or not x.size else x

    exercise = make()
    assert len({trial.args[0].tobytes() for trial in exercise.batch(0).trials if trial.args[0].size}) > 5
    result = exercise.grade(
        lambda x, calls=[]: 2 * x if calls.append(x) or len(calls) <= len(exercise.batch(0).trials) else x
    )
    assert (points(result), result.misconceptions) == ([2, 1, 0], ["depends_on_calls"])


def test_print_instead_of_return_is_told():
    result = make().grade(lambda x: print(2 * x))
    assert (result.earned, result.misconceptions) == (0, ["returns_nothing"])


@pytest.mark.parametrize(
    "wrap", [lambda b: {b}, lambda b: [b], lambda b: np.array([b]), int, str], ids="set list array int str".split()
)
def test_what_is_not_a_bool_is_told(wrap):
    exercise = make(lambda x: bool(np.all(x > 0)))
    result = exercise.grade(lambda x: wrap(bool(np.all(x > 0))))
    assert (result.earned, result.misconceptions) == (0, ["not_a_bool"])


@pytest.mark.parametrize("error", [ValueError("no"), ZeroDivisionError(), SystemExit(3), RecursionError(), KeyError(1)])
def test_exceptions_are_wrong_answers(error):
    result = make().grade(raising(error))
    assert (result.status, result.earned) == ("error", 0)
    assert result.failure["raised"][0] == type(error).__name__
    assert type(error).__name__ in as_text(result, "en")


def test_an_exception_whose_text_raises():
    class Rude(Exception):
        def __str__(self):
            raise RuntimeError

    assert make().grade(raising(Rude())).failure["raised"] == ["Rude", ""]


def test_an_error_from_another_process_is_shown_by_its_own_name():
    result = make().grade(raising(AnswerError("LinAlgError", "Singular matrix")))
    assert result.failure["raised"] == ["LinAlgError", "Singular matrix"]
    assert make().grade(raising(AnswerError("NotImplementedError"))).status == "not answered"


def test_not_answered():
    result = make().grade(raising(NotImplementedError()))
    assert (result.status, result.earned) == ("not answered", 0)
    assert "raise NotImplementedError()" in as_text(result, "zh")


def test_a_leftover_in_one_branch_is_a_wrong_answer():
    def answer(x):
        if x.ndim == 0:
            raise NotImplementedError
        return 2 * x

    result = make().grade(answer)
    assert (result.status, points(result)) == ("error", [2, 0, 1])


@pytest.mark.parametrize("error, status", [(WorkerTimeout(), "timeout"), (WorkerCrashed(), "crashed")])
def test_nothing_runs_after_the_worker_is_gone(error, status):
    calls = []

    def answer(x):
        calls.append(x)
        if x.ndim == 0:
            raise error
        return 2 * x

    exercise = make()
    result = exercise.grade(answer)
    values = sum(trial.owners == (0,) for trial in exercise.batch(0).trials)
    assert (result.status, points(result)) == (status, [2, 0, 0]) and values < len(calls) < len(
        exercise.batch(0).trials
    )
    assert calls[-1].ndim == 0 and all(x.ndim for x in calls[:-1])


def test_parts_that_were_not_reached_earn_nothing():
    result = make().grade(raising(WorkerTimeout()))
    assert (result.status, result.earned) == ("timeout", 0)


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 1, np.array([object()]), [[[[[[[[1]]]]]]]], {"a": object()}, "x" * 10**6, np.zeros((500, 500)),
     10**5000, {1: 2}, np.ma.array([1.0]), np.array(["a"]), np.datetime64("2020"), float, ..., b"bytes", {1, 2}],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_any_value_can_be_returned_shown_and_stored(value):
    result = make().grade(lambda x: value)
    assert result.earned == 0
    stored = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert Result.from_json(stored) == result
    for lang in ("zh", "en", "both"):
        assert len(as_text(result, lang)) < 4000 and len(as_html(result, lang)) < 60000


def test_a_list_that_contains_itself():
    loop: list = []
    loop.append(loop)
    assert make().grade(lambda x: loop).earned == 0


def test_results_without_a_grade():
    exercise = make()
    for status in ("timeout", "crashed", "missing"):
        result = exercise.failed(status)
        assert (result.status, result.earned, result.points) == (status, 0, 4)
        assert result.messages and result.status in STATUSES
    detail = exercise.failed("error", "SyntaxError: invalid syntax")
    assert "SyntaxError" in as_text(detail, "en")
    refused = exercise.grade_refused(objections("f", ["import os\ndef f():\n    return os"], Rule()))
    assert (refused.status, refused.earned) == ("refused", 0) and "import os" in as_text(refused, "en")


def test_exercises_are_found_by_notebook_and_by_id():
    assert load("08_jvp")[0].id == "unbroadcast"
    assert all(exercise.notebook == name for name, exercises in load().items() for exercise in exercises)
    with pytest.raises(
        LookupError,
        match=r"one of 01_creation, 03_indexing, 04_views, 07_graph, 08_jvp, 13_classifier; got '99_nothing'",
    ):
        load("99_nothing")
    with pytest.raises(LookupError, match=r"vjp_mul.*got 'nothing'"):
        find("nothing")


def test_a_list_that_was_put_into_itself_is_a_changed_input():
    given = [np.ones(2)]
    before = layout((given,))
    given.append(given)
    assert layout((given,)) != before == layout(([given[0]],))
