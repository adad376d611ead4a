"""Exercise.grade: whatever the answer does, a result comes back, with the right points."""

from __future__ import annotations

import json

import numpy as np
import pytest
from autograder.judging.cases import fixed

from autograder.exercises import find, load
from autograder.judging.card import as_html, as_text
from autograder.judging.exercise import AnswerError, Exercise, Part, WorkerCrashed, WorkerTimeout
from autograder.judging.policy import Rule, objections
from autograder.judging.result import STATUSES, Result


def make():
    exercise = Exercise(
        "double",
        reference=lambda x: 2 * x,
        parts=[
            Part("values", 2, fixed((np.array([1.0, 2.0]),), (np.array([3.0]),))),
            Part("edge", 1, fixed((np.zeros(0),), (np.array(-1.0),))),
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
    assert (result.status, result.earned, result.points, result.failure) == ("ok", 3, 3, None)


def test_a_part_is_all_or_nothing():
    result = make().grade(lambda x: 2 * x if x.ndim and x.size != 1 else x)
    assert points(result) == [0, 0]
    result = make().grade(lambda x: 2 * x if x.ndim else x)
    assert (points(result), result.status) == ([2, 0], "wrong")


def test_the_smallest_failing_case_is_shown_and_the_mistake_named():
    result = make().grade(lambda x: x**2)
    assert result.misconceptions == ["squares"] and result.messages[0].en == "squared"
    assert result.failure["inputs"][0]["value"]["cells"] == ["3."]
    assert result.failure["outputs"][0]["difference"]["code"] == "value"


def test_a_wrong_answer_that_nobody_named_gets_no_diagnosis():
    result = make().grade(lambda x: x + 17)
    assert (result.status, result.misconceptions, result.messages) == ("wrong", [], [])


def test_agreeing_on_one_small_case_is_not_a_diagnosis():
    # On [3.] this looks like squaring; on the other case of the part it does not, nor on anything else.
    result = make().grade(lambda x: 3 * x + (x.size > 1))
    assert result.misconceptions == ["squares"]  # half of the part agrees, which is as far as it may go
    result = make().grade(lambda x: 9 * x / x if x.ndim and x.size == 1 else x - 40)
    assert result.earned == 0


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
    assert (result.status, points(result)) == ("error", [2, 0])


@pytest.mark.parametrize("error, status", [(WorkerTimeout(), "timeout"), (WorkerCrashed(), "crashed")])
def test_nothing_runs_after_the_worker_is_gone(error, status):
    calls = []

    def answer(x):
        calls.append(x)
        if len(calls) == 3:
            raise error
        return 2 * x

    result = make().grade(answer)
    assert (result.status, points(result), len(calls)) == (status, [2, 0], 3)


def test_parts_that_were_not_reached_earn_nothing():
    result = make().grade(raising(WorkerTimeout()))
    assert (result.status, result.earned) == ("timeout", 0)


def test_scribbling_over_the_input_changes_nothing():
    def answer(x):
        x *= 2
        return x

    exercise = make()
    assert exercise.grade(answer).status == "ok" and exercise.grade(answer).status == "ok"


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
        assert (result.status, result.earned, result.points) == (status, 0, 3)
        assert result.messages and result.status in STATUSES
    detail = exercise.failed("error", "SyntaxError: invalid syntax")
    assert "SyntaxError" in as_text(detail, "en")
    refused = exercise.grade_refused(objections("f", ["import os\ndef f():\n    return os"], Rule()))
    assert (refused.status, refused.earned) == ("refused", 0) and "import os" in as_text(refused, "en")


def test_seeds_change_the_inputs_and_private_ones_are_apart():
    exercise = find("vjp_mul")
    seen = {
        exercise._prepare(*key).trials[1].args[0].tobytes() for key in ((0, False), (0, True), (1, False), (1, True))
    }
    assert len(seen) == 4


def test_exercises_are_found_by_notebook_and_by_id():
    assert load("08_jvp")[0].id == "vjp_mul"
    assert all(exercise.notebook == name for name, exercises in load().items() for exercise in exercises)
    with pytest.raises(LookupError, match=r"one of 04_views, 08_jvp; got '99_nothing'"):
        load("99_nothing")
    with pytest.raises(LookupError, match=r"vjp_mul.*got 'nothing'"):
        find("nothing")
