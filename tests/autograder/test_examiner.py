"""One submission from bytes to points: each mishap costs its own exercise, and grading agrees with a check at home."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from autograder.grading import intake, sandbox
from autograder.grading.intake import Unreadable
from autograder.grading.notes import note
from autograder.grading.session import Budget
from autograder.grading.submission import Outcome, grade_bytes
from autograder.judging.exercise import Exercise, Part
from autograder.judging.result import PartResult, Result
from autograder.student import checking as student
from autograder.student import history, lookup
from tests.autograder import classroom

QUICK = Budget(cell=2.0, call=1.0, exercise=3.0, notebook=30.0, restarts=4)


def graded(answers=None, extra=None, exercises=classroom.EXERCISES, seed=11):
    data = classroom.as_bytes(classroom.submission(answers, extra))
    return grade_bytes(
        classroom.NAME, classroom.release(), data, exercises, seed=seed, tier=sandbox.choose(), budget=QUICK
    )


def states(outcome):
    return {name: (result.status, result.earned) for name, result in outcome.results.items()}


def outputs(notebook, name):
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)["outputs"]


def test_right_answers_get_everything():
    notebook, outcome = graded()
    assert states(outcome) == {"scale": ("ok", 5), "steps": ("ok", 4)} and outcome.status == "graded"
    assert outputs(notebook, "scale_check")[-1]["data"] == {"text/plain": "5.0"}
    assert outcome.notes == [] and set(outcome.seconds) == {"scale", "steps"}


def test_strides_reach_the_answer():
    _, outcome = graded({"steps": "def steps(x):\n    return tuple(s // x.itemsize for s in np.array(x).strides)"})
    assert outcome.results["steps"].earned == 0


def test_the_released_notebook_untouched_is_zero():
    data = classroom.as_bytes(classroom.release())
    _, outcome = grade_bytes(
        classroom.NAME, classroom.release(), data, classroom.EXERCISES, seed=1, tier=sandbox.choose()
    )
    assert states(outcome) == {"scale": ("not answered", 0), "steps": ("not answered", 0)}


@pytest.mark.parametrize(
    ("source", "status", "earned"),
    [
        ("def scale(x, k):\n    return x", "wrong", 0),
        ("def scale(x, k):\n    return x * k if x.flags.c_contiguous else x", "wrong", 3),
        ("def scale(x, k):\n    raise ValueError('no')", "error", 0),
        ("def scale(x, k) return x", "missing", 0),
        ("def scael(x, k):\n    return x * k", "missing", 0),
        ("scale = 3", "missing", 0),
        ("def scale(x, k):\n    while True: pass", "timeout", 0),
        ("while True: pass", "timeout", 0),
        ("import sys\nnp._core.multiarray.sys = 1\nsys.modules['os']._exit(1)", "crashed", 0),
        ("def scale(x, k):\n    import tidu\n    return x", "refused", 0),
        ("def scale(x, k):\n    return eval('x * k')", "refused", 0),
        ("def scale(x, k):\n    return [x] * 3", "wrong", 0),
        ("def scale(x, k):\n    return np.ma.masked_array(x * k)", "wrong", 0),
        ("def scale(x, k):\n    return float('nan')", "wrong", 0),
        ("class T:\n    __eq__ = lambda s, o: True\ndef scale(x, k):\n    return T()", "wrong", 0),
        ("%%bash\nrm -rf /", "missing", 0),
        ("def scale(x, k):\n    print('x' * 10**6)\n    return x * k", "ok", 5),
        ("import warnings\ndef scale(x, k):\n    warnings.warn('careful')\n    return x * k", "refused", 0),
        ("import warnings\nwarnings.warn('careful')\ndef scale(x, k):\n    return x * k", "ok", 5),
    ],
)  # fmt: skip
def test_a_mishap_costs_its_own_exercise_alone(source, status, earned):
    _, outcome = graded({"scale": source})
    assert states(outcome) == {"scale": (status, earned), "steps": ("ok", 4)}


def test_a_crash_inside_a_call_keeps_what_came_before():
    killer = "exec('import os; kill = os._exit')"  # the rule does not see where the name comes from
    source = "def scale(x, k):\n    if x.ndim == 2:\n        kill(1)\n    return x * k"
    _, outcome = graded({"scale": source}, {"given_0": [killer]})
    assert states(outcome) == {"scale": ("crashed", 2), "steps": ("ok", 4)}
    assert any("replaced" in note.en for note in outcome.notes)


def test_prints_and_warnings_never_enter_a_check_cell_nor_cost_points():
    source = "import sys\nprint('loud', file=sys.stderr)\n" + classroom.RIGHT["scale"]
    notebook, outcome = graded(extra={"given_0": [source]})
    assert outcome.results["scale"].earned == 5
    text = json.dumps(outputs(notebook, "scale_check"))
    assert "loud" not in text
    own = [c for c in notebook["cells"] if c["id"].startswith("own-")]
    assert own[0]["outputs"] == [{"output_type": "stream", "name": "stderr", "text": "loud\n"}]


def test_a_rule_broken_in_a_cell_of_ones_own_costs_only_what_uses_it():
    helper = "import os\ndef helper(x):\n    os.getpid()\n    return x"
    uses = {"scale": "def scale(x, k):\n    return helper(x) * k"}
    _, outcome = graded(uses, {"given_0": [helper]})
    assert states(outcome) == {"scale": ("refused", 0), "steps": ("ok", 4)}
    _, outcome = graded({}, {"given_0": [helper]})
    assert states(outcome) == {"scale": ("ok", 5), "steps": ("ok", 4)}


def test_what_a_worked_cell_defines_is_there_as_it_is_at_home():
    notebook, outcome = graded({"scale": "def scale(x, k):\n    return double(x) * k / 2"})
    assert states(outcome)["scale"] == ("ok", 5)
    assert outputs(notebook, "worked_1") == []


@pytest.mark.parametrize("cell", ["setup", "worked_1", "worked_2"])
def test_what_a_student_adds_to_a_cell_to_play_with_is_there_as_it_is_at_home(cell):
    added = {
        cell: "import tidu as torch\nfrom matplotlib import pyplot as plt\nimport math\nplt.plot(torch.ones(2))\nq = 2"
    }
    notebook, outcome = graded({"scale": "def scale(x, k):\n    return x * k * math.sqrt(4) / q", **added})
    assert states(outcome)["scale"] == ("ok", 5)
    assert outcome.notes == [] and "pyplot" in json.dumps(notebook)  # the code that ran is shown


def test_an_error_in_a_cell_of_ones_own_is_not_shown_as_one():
    notebook, outcome = graded(extra={"worked_1": ["torch.ones(2)"]})
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["id"].startswith("own-"))
    assert outcome.earned == 9 and outcome.notes == []


def test_an_answer_in_a_cell_of_ones_own_counts():
    stub = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in classroom.release()["cells"]}["scale"]
    _, outcome = graded({"scale": stub}, {"scale": [classroom.RIGHT["scale"]]})
    assert states(outcome)["scale"] == ("ok", 5)


def test_a_redefinition_after_the_check_does_not_reach_back():
    _, outcome = graded(extra={"scale_check": ["def scale(x, k):\n    return x"]})
    assert states(outcome)["scale"] == ("ok", 5)


@pytest.mark.parametrize(
    "cell",
    [
        "check = lambda *a: 9\n9",
        "from IPython import get_ipython",
        "import autograder.judging.exercise as e\ne.Exercise = None",
        "class F(float):\n    pass\nnp.ndarray = F\nnp.isclose = lambda *a, **k: True\nnp.equal = np.isclose",
    ],
)
def test_nothing_a_cell_does_earns_points(cell):
    wrong = {"scale": "def scale(x, k):\n    return x", "steps": "def steps(x):\n    return ()"}
    _, outcome = graded(wrong, {"setup": [cell], "scale": [cell]})
    assert outcome.earned == 0 and outcome.status == "graded"


class Dishonest(Exercise):
    def __init__(self, parts):
        super().__init__(
            "scale", reference=lambda x, k: x, make=lambda c, draw: (0, 0), parts=[Part("values", 5, a=(1,))]
        )
        self.made = [*parts, PartResult("repeatable", 1, 1)]

    def grade(self, fn, seed=0, private=False):
        return Result("scale", "ok", self.made)


@pytest.mark.parametrize(
    "earned", [math.nan, math.inf, -1, 6, 2.5, True, np.float64(5), "5", None], ids=lambda value: repr(value)
)
def test_no_other_score_can_be_produced(earned):
    notebook, outcome = graded(exercises=[Dishonest([PartResult("values", earned, 5)]), classroom.steps])
    assert outcome.status == "needs a look" and "scale" in outcome.failures and outcome.earned == 4
    assert outputs(notebook, "scale_check")[0]["output_type"] == "error"


class Broken(Exercise):
    def grade(self, fn, seed=0, private=False):
        raise ZeroDivisionError("a bug of ours")


def test_a_failure_of_the_examiner_is_not_a_zero():
    broken = Broken(
        "scale", reference=lambda x, k: x, make=classroom.scale.domain.make, parts=classroom.scale.parts[:-1]
    )
    _, outcome = graded(exercises=[broken, classroom.steps])
    assert outcome.status == "needs a look" and "a bug of ours" in outcome.failures["scale"]
    assert states(outcome) == {"steps": ("ok", 4)}


def test_a_machine_that_cannot_start_workers_gives_no_zeros(monkeypatch):
    def refuse(*args):
        raise sandbox.SandboxError("no processes left", "没有进程了")

    monkeypatch.setattr("autograder.grading.session.Sandbox", refuse)
    _, outcome = graded()
    assert outcome.status == "needs a look" and outcome.results == {} and set(outcome.failures) == {"scale", "steps"}


@pytest.mark.parametrize("data", [b"", b"nonsense", Unreadable(note("nothing"))], ids=["empty", "nonsense", "nothing"])
def test_what_cannot_be_read_is_not_gradable_and_not_zero(data):
    release = classroom.release()
    notebook, outcome = grade_bytes(classroom.NAME, release, data, classroom.EXERCISES, seed=1, tier="limits")
    assert outcome.status == "not gradable" and outcome.results == {} and outcome.why is not None
    shown = outputs(notebook, "scale_check")[0]  # the only place where nbgrader's pages say it
    assert shown["output_type"] == "error" and shown["evalue"] == f"{outcome.why.zh} / {outcome.why.en}"


def test_outcomes_survive_storage():
    _, outcome = graded({"scale": "def scale(x, k):\n    return x"})
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome
    assert outcome.results["scale"].misconceptions == ["unscaled"]
    with pytest.raises(ValueError, match="schema"):
        Outcome.from_json({"schema": 0})


#: Right in what it returns; ``np.add.at`` writes into read-only arrays too.
WRITES = "def scale(x, k):\n    y = x * k\n    np.add.at(x, ..., 1)\n    return y"


def test_what_is_written_past_read_only_is_noticed():
    _, outcome = graded({"scale": WRITES})
    lost = [part.name for part in outcome.results["scale"].parts if not part.earned]
    assert lost == ["repeatable"] and outcome.results["scale"].misconceptions == ["changes_input"]


@pytest.mark.parametrize(
    "source",
    [
        *classroom.RIGHT.values(),
        "def scale(x, k):\n    return x",
        "def scale(x, k):\n    x *= k\n    return x",
        "def scale(x, k):\n    return x.copy() * np.float32(k)",
        "def scale(x, k):\n    return (x * k).tolist()",
        "def scale(x, k):\n    return x * k if x.base is None else x",
        "def scale(x, k):\n    return {'a': x}",
        "def scale(x, k):\n    raise KeyError('k')",
        "def scale(x):\n    return x",
        "def scale(x, k):\n    return x[100]",
        "def scale(x, k):\n    return x.astype(object)",
        WRITES,
    ],
)
def test_home_and_grading_agree_part_by_part(source, monkeypatch, tmp_path):
    monkeypatch.setattr(lookup, "load", lambda *a: {classroom.NAME: classroom.EXERCISES})
    monkeypatch.setattr(history, "record", lambda *a, **more: None)
    names = {"np": np, "__name__": "__main__"}
    exec(source, names)
    exercise = "steps" if "steps" in names else "scale"
    home = student.check(exercise, names[exercise]).result
    _, outcome = graded({exercise: source}, seed=0)
    away = outcome.results[exercise]
    assert (home.status, home.parts, home.misconceptions) == (away.status, away.parts, away.misconceptions)
    if home.failure and home.failure["raised"]:
        assert home.failure["raised"] == away.failure["raised"]


def test_a_module_handed_in_beside_the_notebook_is_there(tmp_path):
    answer = "from own import times\ndef scale(x, k):\n    return times(x, k)"
    (tmp_path / "own.py").write_text("def times(x, k):\n    return x * k\n")
    data = classroom.as_bytes(classroom.submission({"scale": answer}))
    for modules, status in ((intake.modules(tmp_path), "ok"), ({}, "refused")):
        _, outcome = grade_bytes(
            classroom.NAME,
            classroom.release(),
            data,
            classroom.EXERCISES,
            seed=11,
            tier=sandbox.choose(),
            budget=QUICK,
            modules=modules,
        )
        assert outcome.results["scale"].status == status and outcome.results["steps"].status == "ok"
        assert any("own.py" in note.en for note in outcome.notes) == bool(modules)
