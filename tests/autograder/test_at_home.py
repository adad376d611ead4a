"""What a check at home shares with grading beside the rule: lent functions, and calls that do not end."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from autograder.exercises import load
from autograder.grading.session import Budget
from autograder.judging import lending, limits
from autograder.judging.card import as_text
from autograder.judging.exercise import Exercise
from autograder.student import lookup
from autograder.student.calling import Home
from tests.autograder import both


def doubled(n):
    """What an earlier exercise asked for."""
    return n + n


LENDER = both.scaling("scale", uses=[doubled])
EXERCISES = [LENDER, both.scaling("plain")]
ANSWER = "def scale(x, k):\n    return tuple(doubled(n) * k // 2 for n in x)"
WRONG = "def doubled(n):\n    return 7"
QUICK = Budget(cell=5.0, call=0.3, exercise=1.0, notebook=30.0, restarts=6)


@pytest.fixture(scope="module")
def home():
    with both.at_home() as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "load", lambda *a: {"90_rule": EXERCISES})
        yield opened


@pytest.fixture
def graded(home, monkeypatch):
    monkeypatch.setattr(limits, "CALL", QUICK.call)
    monkeypatch.setattr(limits, "EXERCISE", QUICK.exercise)

    def run(*cells, id="scale"):
        cells = [*cells, f"{both.CHECK}{id}"]
        found = both.run_at_home(home, cells, EXERCISES)
        away = both.run_in_grading(cells, EXERCISES, budget=QUICK)
        both.Graded(found[id], away[id]).agree()
        return found[id]

    return run


def test_a_slip_in_the_earlier_exercise_costs_nothing_here(home, graded):
    assert graded(WRONG, ANSWER).status == "ok"
    assert home.run("doubled(1)") == 7, "afterwards the name is the student's own again"
    assert graded("def doubled(n):\n    return torch.tensor(n)", ANSWER).status == "ok"
    assert graded(WRONG, ANSWER.replace("scale", "plain"), id="plain").status == "wrong"


def test_the_function_is_lent_to_who_never_wrote_it(home, graded):
    assert graded(ANSWER).status == "ok"
    assert "doubled" not in home.names


@pytest.mark.parametrize(
    "body",
    ["raise ValueError(k)", "while True: pass", "global doubled\n    doubled = 1"],
)
def test_the_name_is_restored_whatever_happens(home, graded, body):
    graded(WRONG, f"def scale(x, k):\n    {body}")
    assert home.run("doubled(1)") == 7


def test_what_was_taken_early_is_the_students_own(graded):
    early = ANSWER.replace("(x, k)", "(x, k, double=doubled)").replace("doubled(n)", "double(n)")
    assert graded(WRONG, early).status == "wrong"


def test_lent_to_a_worker_that_was_replaced(home):
    hangs = "def scale(x, k):\n    if len(x) == 1:\n        while True: pass\n    return doubled(1)"
    sevens = "def plain(x, k):\n    return tuple(doubled(n) for n in x)"
    cells = [WRONG, hangs, "check scale", sevens, "check plain"]
    away = both.run_in_grading(cells, EXERCISES, budget=QUICK)
    assert (away["scale"].status, away["plain"].status) == ("timeout", "wrong")
    assert away["plain"].failure["outputs"][0]["got"]["text"] == "(7,)"


def test_every_function_that_the_course_lends_stands_on_its_own():
    lenders = [exercise for exercises in load().values() for exercise in exercises if lending.lent(exercise)]
    assert lenders
    for exercise in lenders:
        for function in lending.lent(exercise):
            names = {"np": np}
            exec(lending.source_of(function), names)
            assert names[function.__name__].__code__.co_names == function.__code__.co_names
            assert exercise.allow == "numpy" or "np" not in function.__code__.co_names


def helper(n):
    return doubled(n)


@pytest.mark.parametrize("function", [lambda n: n, helper, np.sum], ids=["lambda", "helper", "numpy"])
def test_what_does_not_stand_on_its_own_cannot_be_lent(function):
    with pytest.raises((ValueError, TypeError, OSError)):
        lending.source_of(function)


HANGS = {
    "plain": "while True: pass",
    "catches all": "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "sometimes": "while len(x) == 1: pass\n    return tuple(n * k for n in x)",
    "slow": "import functools\n    functools.reduce(lambda a, b: a + b, range(10**8))\n    return x",
}


@pytest.mark.parametrize("way", HANGS)
def test_a_loop_that_does_not_end_is_stopped_with_the_same_card(home, graded, way):
    result = graded("kept = [1, 2, 3]", f"def scale(x, k):\n    {HANGS[way]}")
    assert result.status == "timeout" and result.earned < 3
    assert "Look at when its loops end" in as_text(result, "en")
    assert home.run("kept") == [1, 2, 3], "the kernel lives, and its variables"
    assert home.run(ANSWER) is None and home.check("scale").status == "ok"


def test_an_exercise_has_its_own_time(home, monkeypatch):
    """Each call ends in time, all of them together do not."""
    monkeypatch.setattr(limits, "CALL", 5.0)
    monkeypatch.setattr(limits, "EXERCISE", 0.5)
    home.run("from time import sleep as wait")
    slow = lambda x, k: wait(0.2) or tuple(n * k for n in x)  # noqa: E731
    wait = home.names["wait"]
    home.names["slow"] = slow
    result = home.run('check("plain", slow)').result
    assert result.status == "timeout" and 0 <= result.earned < result.points


def test_the_checks_of_a_thread_are_stopped_too(home, monkeypatch):
    monkeypatch.setattr(limits, "CALL", 0.3)
    found = []

    def hang(x, k):
        while True:
            pass

    thread = threading.Thread(target=lambda: found.append(Home({}, []).grade(EXERCISES[1], hang, "hang")))
    thread.start()
    thread.join(10)
    assert [result.status for result in found] == ["timeout"]


def test_the_budgets_of_the_two_places_are_one():
    assert (Budget().call, Budget().exercise) == (limits.CALL, limits.EXERCISE)


def test_a_notebook_without_numpy_is_graded_in_a_worker_without_it():
    peek = "try:\n    import numpy\n    found = 1\nexcept ImportError:\n    found = 0\n"
    answer = peek + "def plain(x, k):\n    return tuple(n * k + found for n in x)"
    assert both.run_in_grading([answer, "check plain"], [both.scaling("plain")])["plain"].status == "ok"
    numpy = [both.scaling("plain", allow="numpy")]
    assert both.run_in_grading([answer, "check plain"], numpy)["plain"].status == "wrong"
    array = Exercise("plain", reference=lambda x, k: x, make=lambda c, d: (np.zeros(2), 1), allow="python",
                     parts=[both.Part("values", 1, a=(1,))])  # fmt: skip
    with pytest.raises(AssertionError):  # a fault of the course, and no zero
        both.run_in_grading([answer, "check plain"], [array])
