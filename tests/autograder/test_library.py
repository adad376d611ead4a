"""Exercises whose answers work with the library: what a worker then has, what it may not do, and what a stage is."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import numpy as np
import pytest

import autograder
import tidu
from autograder.exercises import load
from autograder.grading import examiner, sandbox
from autograder.grading.session import Session
from autograder.judging import lending
from autograder.judging.card import as_text
from autograder.judging.exercise import Exercise, Part
from autograder.student import lookup
from tests.autograder import both
from tests.autograder.test_sandbox import CONFINED, QUICK, SECRETS, attempt, needs

STAGED = [exercise for exercises in load().values() for exercise in exercises if exercise.stage is not None]


@pytest.fixture(scope="module", params=sandbox.TIERS)
def library(request):
    """One worker with the library for all that leaves it alive."""
    with Session(needs(request.param), QUICK, allow="tidu") as session:
        session.run("import tidu as torch\nfrom tidu import nn")
        yield session


@pytest.fixture(scope="module")
def confined(request):
    tier = next((tier for tier in CONFINED if sandbox.probe(tier).works), None) or needs(CONFINED[0])
    with Session(tier, QUICK, allow="tidu") as session:
        session.run("import tidu as torch")
        yield session


def test_the_library_is_there_for_exercises_that_allow_it(library):
    run = library.run(
        "net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))\n"
        "data = torch.utils.data.TensorDataset(torch.ones(5, 3), torch.tensor([0, 1, 1, 0, 1]))\n"
        "optimizer = torch.optim.Adam(net.parameters())\n"
        "for x, y in torch.utils.data.DataLoader(data, batch_size=2, shuffle=True):\n"
        "    torch.nn.functional.cross_entropy(net(x), y).backward()\n"
        "    optimizer.step()\n"
        "print(torch.linalg.svdvals(torch.eye(3)).sum().item())"
    )
    assert (run.error, run.out) == ("", "3.0\n")
    assert "ModuleNotFoundError" in library.run("import torch, scipy").error


def test_what_stands_beside_the_library_is_not_there(confined):
    root = Path(tidu.__file__).parents[1]
    numpy = Path(np.__file__)
    environment = numpy.relative_to(root.parent).parts[:1] if root.parent in numpy.parents else ()
    for folder, inside in ((root.parent, {"lib", *environment}), (root, {"tidu"})):
        found = attempt(confined, f"import os\nreturn os.listdir({str(folder)!r})")
        assert found == "PermissionError" or set(found) <= inside, found
    body = f"import sys\nsys.path[:0] = [{str(Path(autograder.__file__).parents[1])!r}]\n"
    body += "for name in [n for n in sys.modules if n.startswith('autograder')]:\n    del sys.modules[name]\n"
    assert attempt(confined, f"{body}import autograder.exercises\nreturn 'imported'") == "ModuleNotFoundError"


@pytest.mark.parametrize("what", [name for name in SECRETS if name != "the library"])
@pytest.mark.parametrize(
    "how",
    [
        "torch.load({!r})",
        "torch.from_file({!r}, size=10, dtype=torch.uint8).tolist()",
        "torch.UntypedStorage.from_file({!r}, False, 10).tolist()",
        "len(open({!r}, 'rb').read())",
    ],
)
def test_the_library_reads_no_file_that_python_may_not(confined, what, how):
    got = attempt(confined, f"return {how.format(str(SECRETS[what]))}")
    assert got in ("PermissionError", "FileNotFoundError", "AttributeError"), got


@pytest.mark.parametrize(
    "body",
    [
        f"open({tidu.__file__!r}, 'a').write('x')",
        f"torch.save(torch.ones(2), {os.path.join(os.path.dirname(tidu.__file__), 'new.pt')!r})",
        "import tidu.multiprocessing as mp\nmp.Process(target=print).start()",
        "torch.ones(2).share_memory_()",
        "from tidu.utils.data import DataLoader\nlist(DataLoader(list(range(4)), num_workers=2))",
        "from multiprocessing.shared_memory import SharedMemory\nSharedMemory(create=True, size=100)",
        "torch.ones(1 << 30)",
    ],
    ids=["write the library", "save there", "process", "share_memory_", "loader's workers", "shared memory", "memory"],
)
def test_the_library_gets_nobody_around_the_limits(confined, body):
    assert attempt(confined, f"{body}\nreturn 'done'") != "done"
    assert attempt(confined, "return 1") == 1


@pytest.mark.parametrize("exercise", STAGED, ids=lambda e: e.id)
def test_a_stage_stands_on_its_own(exercise):
    name, source = lending.stage_of(exercise)
    names = {"np": np, "tidu": tidu}
    exec(source, names)
    answer = exercise.reference
    for trial in exercise.batch(1).trials[:3]:
        assert trial.difference(names[name](answer, *trial.args)) is None
    assert "reference" not in source and f"_{exercise.id}(" not in source.replace(f"stage_{exercise.id}", "")


def stage_that_looks_elsewhere(answer, x):
    return inspect.getsource(answer), x


def test_a_stage_that_needs_more_is_refused():
    exercise = Exercise("f", reference=lambda x: x, stage=stage_that_looks_elsewhere, make=lambda c, d: (1,),
                        parts=[Part("values", 1, x=(1,))], allow="tidu")  # fmt: skip
    with pytest.raises(ValueError, match="may not look up inspect"):
        lending.stage_of(exercise)


def test_an_exercise_without_the_library_has_none_beside_others_that_do(monkeypatch):
    """Whatever its source hides: the worker in which it is graded does not hold the library, nor NumPy."""
    begun = []

    class Seen(Session):
        def begin_exercise(self):
            begun.append(self.allow)
            super().begin_exercise()

    monkeypatch.setattr(examiner, "Session", Seen)
    exercises = [both.scaling("one"), both.scaling("two", allow="tidu"), both.scaling("three")]
    cells = [cell for e in exercises for cell in (SCALE.format("n * k").replace("scale", e.id), f"check {e.id}")]
    results = both.run_in_grading(cells, exercises)
    assert {id: result.earned for id, result in results.items()} == {"one": 6, "two": 6, "three": 6}
    assert begun == ["python", "python", "tidu"]


SENT = {
    "int": 3, "None": None, "empty tuple": (), "empty list": [], "text": "x", "empty dict": {}, "empty in tuple": ((),),
    "None in tuple": (None,), "object": object(), "array": np.ones(2), "dict": {"a": 1},
}  # fmt: skip


@pytest.mark.parametrize("value", SENT.values(), ids=SENT)
def test_whatever_a_worker_sends_in_the_place_of_a_stage_is_judged(value):
    for exercise in STAGED:
        result = exercise.grade(lambda *args: value)
        assert result.earned == 0 and as_text(result, "en")


def net_of(answer, x, seed):
    """A stage: what an answer makes of a net, as a number."""
    tidu.manual_seed(seed)
    net = tidu.nn.Linear(len(x), 1, dtype=tidu.float64)
    return answer(net, tidu.tensor(x)).item()


STAGE = dict(
    stage=net_of,
    reference=lambda net, x: net(x),
    make=lambda pick, draw: (np.arange(1.0, pick.n + 1), pick.n),
    parts=[Part("values", 2, n=(2, 3)), Part("edge", 1, n=(1,))],
    allow="tidu",
)
SCALE = "def scale(x, k):\n    return tuple({} for n in x)"
OK = {
    "tensors": SCALE.format("(torch.tensor(n) * k).item()"),
    "other names": "import tidu.nn.functional as F\nfrom tidu import nn\n"
    + SCALE.format("int(F.relu(torch.tensor(0)) + n * k)"),
    "a module": "import tidu\nclass Times(tidu.nn.Module):\n    def forward(self, n, k):\n        return n * k\n"
    + SCALE.format("Times()(n, k)"),
    "numpy": SCALE.format("int(np.multiply(n, k))"),
    "a decorator": "@torch.no_grad()\n" + SCALE.format("n * k"),
}
REFUSED = {
    "forbidden": (SCALE.format("torch.outer(n, k)"), "`torch.outer` gives the answer away"),
    "renamed": ("m = torch\n" + SCALE.format("m.outer(n, k)"), "`torch` reaches into another module"),
    "a file": (SCALE.format("torch.load('x')"), "`torch.load` is not available"),
    "a hidden part": (SCALE.format("torch._tensor.np"), "`torch._tensor.np` is not available"),
    "processes": ("import tidu.multiprocessing as mp\n" + SCALE.format("mp.Pool"), "not available"),
    "another module": ("import os\n" + SCALE.format("os.getpid()"), "with tidu, NumPy, math"),
    "PyTorch": ("def scale(x, k):\n    import torch\n    return torch.tensor(x)", "`torch` is PyTorch's"),
    "star": ("from tidu import *\n" + SCALE.format("tensor(n)"), "import *"),
}
ANSWERS = OK | {way: cell for way, (cell, _) in REFUSED.items()}
NAMES = {way: f"scale_{number}" for number, way in enumerate(ANSWERS)}
THROUGH = {
    "right": ("return net(x)", "ok"),
    "twice": ("return 2 * net(x)", "wrong"),
    "nothing": ("raise NotImplementedError", "not answered"),
    "fails": ("return net(x.reshape(7))", "error"),
    "no result": ("net(x)", "error"),
}
EXERCISES = [both.scaling(name, allow="tidu", forbid=["outer"]) for name in NAMES.values()]
EXERCISES += [Exercise(f"through_{number}", **STAGE) for number in range(len(THROUGH))]


@pytest.fixture(scope="module")
def home():
    with both.at_home() as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "load", lambda *a: {"90_rule": EXERCISES})
        yield opened


@pytest.fixture(scope="module")
def graded(home):
    """Every answer in one notebook, at home and in grading; what is told has to be the same."""
    cells = []
    for way, cell in ANSWERS.items():
        cells += [cell.replace("scale(", f"{NAMES[way]}("), f"{both.CHECK}{NAMES[way]}"]
    for number, (body, _) in enumerate(THROUGH.values()):
        cells += [f"def through_{number}(net, x):\n    {body}", f"{both.CHECK}through_{number}"]
    found, away = both.run_at_home(home, cells, EXERCISES), both.run_in_grading(cells, EXERCISES)
    for name, result in found.items():
        both.Graded(result, away[name]).agree()
    return found


@pytest.mark.parametrize("way", ANSWERS)
def test_one_rule_for_answers_with_the_library(graded, way):
    result = graded[NAMES[way]]
    told = "" if way in OK else REFUSED[way][1]
    assert result.status == ("refused" if told else "ok"), as_text(result, "en")
    assert told in as_text(result, "en")


def test_an_answer_on_a_stage_is_told_the_same_in_both_places(graded):
    results = [graded[f"through_{number}"] for number in range(len(THROUGH))]
    assert [result.status for result in results] == [status for _, status in THROUGH.values()]
    failed, nothing = results[3].failure, results[4].failure
    assert failed["raised"][0] == "RuntimeError" and failed["where"]["line"] == 2
    assert nothing["raised"][0] == "AttributeError" and nothing["where"] is None


def test_a_check_leaves_the_notebooks_random_numbers_alone(home):
    drawn = [home.run(f"torch.manual_seed(3)\n{check}torch.rand(2).tolist()") for check in ("", 'check("through_0")\n')]
    assert home.run("torch.is_grad_enabled()") is True
    assert drawn[0] == drawn[1]


def test_worked_cells_run_only_as_far_as_answers_stand_on_them():
    cells = [
        "try:\n    from math import nothing\nexcept ImportError:\n    import math\nwhile True: pass",
        "try:\n    import nothing\nexcept ImportError:\n    while True: pass",
        "torch.tensor([1.0])\ndef helper(n):\n    return math.prod((n, FACTOR))\n1 / 0",
        "FACTOR = 1\nprint('x' * 10**9)",
        "net = torch.nn.Linear(2, 2)\nfor _ in range(10**9):\n    net(torch.ones(2))",
        "print(net(torch.ones(2)))\ndef scale_0(x, k):\n    return tuple(helper(n) * k for n in x)",
        "check scale_0",
    ]
    assert both.run_in_grading(cells, EXERCISES[:1])["scale_0"].status == "ok"
