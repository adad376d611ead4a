"""The student's own functions in the engine: what is read of a saved notebook, and that it is they who train."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tidu as torch
from autograder.authoring.banks import banks
from autograder.student import own, settings
from autograder.student.own.plugging import RULES
from autograder.student.own.saved import Answer, saved
from tests.repo.tree import ROOT

nn = torch.nn
BANKS = banks(ROOT, "08_jvp")
IDS = ("unbroadcast", "vjp_mul", "vjp_sum", "vjp_matmul", "vjp_softmax")


def cell(source: str, grade_id: str = "", **metadata: object) -> dict:
    nbgrader = {"nbgrader": {"grade_id": grade_id, "solution": True}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": {**nbgrader, **metadata}, "outputs": []}


def functions(source: str, *names: str) -> dict:
    scope: dict = {"np": np}
    exec(source, scope)
    return {name: scope[name] for name in names}


def right(kind: str = "reference") -> own.Answers:
    """All five answers, without the time that judging them takes."""
    sources = []
    for id in IDS:
        bank = BANKS[id]
        sources.append(bank.reference if kind == "reference" else bank.alternatives[int(kind)])
    scope: dict = {"np": np}
    for source in sources:
        exec(source, scope)
    return own.Answers([Answer(id, "08_jvp", scope[id], "ok", 9, 9) for id in IDS])


def step() -> list[np.ndarray]:
    """The gradients of one step of a small classifier whose loss is written out, from the same start each time."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 8), nn.Tanh())
    w, b = torch.randn(8, 10, requires_grad=True), torch.zeros(10, requires_grad=True)
    x, labels = torch.rand(6, 1, 8, 8), torch.eye(10)[torch.arange(6)]
    chances = torch.softmax(net(x) @ w + b, dim=1)
    loss = -(labels * chances.log()).sum() / 6
    loss.backward()
    return [p.grad.numpy().copy() for p in (*net.parameters(), w, b)]


def close(a: list[np.ndarray], b: list[np.ndarray], times: float = 1.0) -> bool:
    return all(np.allclose(p, times * q, rtol=1e-4, atol=1e-6) for p, q in zip(a, b, strict=True))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder in which notebook 08 is what a test writes there."""
    (tmp_path / "13_classifier").mkdir()
    (tmp_path / "08_jvp" / "zh").mkdir(parents=True)
    (tmp_path / ".tidu").mkdir()
    monkeypatch.setattr(settings, "START", tmp_path / "13_classifier")
    monkeypatch.setenv("TIDU_LANG", "en")

    def write(*cells: dict, where: str = "08_jvp.ipynb") -> None:
        (tmp_path / "08_jvp" / where).write_text(json.dumps({"cells": cells}), encoding="utf-8")

    return write


@pytest.mark.parametrize("kind", ["reference", "0", "1"])
def test_right_answers_give_the_engine_s_gradients_and_leave_it_as_it_was(kind):
    plain = step()
    with right(kind).plugged_in() as used:
        theirs = step()
    assert close(theirs, plain)
    assert all(np.array_equal(a, b) for a, b in zip(step(), plain, strict=True))
    ran = {meter.name: meter for meter in used.meters}
    assert {name: ran[name].answer for name in ran if ran[name].shapes} == {
        "mul": "vjp_mul", "sum": "vjp_sum", "mm": "vjp_matmul", "linear": "vjp_matmul", "softmax": "vjp_softmax",
        "unbroadcast": "unbroadcast",
    }  # fmt: skip
    assert {name: ran[name].calls for name in ("mul", "mm", "convolution", "tanh")} == dict.fromkeys(
        ("mul", "mm", "convolution", "tanh"), 1
    )
    assert all(
        meter.difference < 1e-5 and meter.mine > 0 and meter.reference > 0 for meter in used.meters if meter.shapes
    )
    assert 0 < used.share < 1


@pytest.mark.parametrize("id", IDS)
def test_it_is_the_student_s_function_that_trains(id):
    """One that gives ten times the gradient shows in the weights above it."""
    mine = right()
    plain, answer = step(), mine.functions[id]
    tenfold = (lambda *args: tuple(10 * g for g in answer(*args))) if id in ("vjp_mul", "vjp_matmul") else None
    mine.functions[id] = tenfold or (lambda *args: 10 * answer(*args))
    with mine.plugged_in() as used:
        theirs = step()
    assert not close(theirs, plain)
    if id == "vjp_softmax":
        assert close(theirs, plain, 10)
    assert max(meter.difference for meter in used.meters) == pytest.approx(9, rel=1e-3)


def test_without_answers_the_library_s_own_formulas_run_and_are_counted():
    plain = step()
    with own.Answers([Answer(id, "08_jvp") for id in IDS]).plugged_in() as used:
        assert all(np.array_equal(a, b) for a, b in zip(step(), plain, strict=True))
    assert used.share == 0 and {"mul", "mm", "linear", "softmax", "convolution"} <= {m.name for m in used.meters}


def test_a_gradient_that_does_not_fit_is_told_by_name(monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")
    for answer, told in (
        (lambda v, x, dim: v[:1], r"vjp_softmax returns has to be of shape \(6, 10\), got \(1, 10\)"),
        (lambda v, x, dim: None, r"vjp_softmax returns has to be of shape \(6, 10\), got \(\)"),
    ):
        mine = right()
        mine.functions["vjp_softmax"] = answer
        with pytest.raises(RuntimeError, match=told), mine.plugged_in():
            step()
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="vjp_sum computes NumPy arrays"), right().plugged_in():
        torch.autograd.grad((x * x).sum(), x, create_graph=True)
    assert torch.autograd.grad((x * x).sum(), x, create_graph=True)[0].tolist() == [2.0, 2.0]


def test_shapes_and_dtypes_that_no_net_of_the_course_has():
    x, w = torch.rand(2, 3, 4, dtype=torch.float64), torch.rand(2, 4, 5, dtype=torch.float64)
    one, layer = torch.rand(4, dtype=torch.float64), nn.Linear(4, 3, bias=False).double()

    def gradients():
        a, b, c = (t.clone().requires_grad_() for t in (x, w, one))
        total = (
            (a @ b).sum() + (a * c).sum(dim=(0, -1)).mul(2).sum() + layer(c).sum() + layer(a).sum(1, keepdim=True).sum()
        )
        total = total + (a * torch.tensor([1, 2, 3, 4])).sum() + c.sum(0).sum() + torch.softmax(c[0], 0)
        found = torch.autograd.grad(total, [a, b, c, layer.weight])
        return [g.numpy() for g in found]

    plain = gradients()
    with right().plugged_in():
        assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(gradients(), plain, strict=True))


def test_half_precision_and_complex_numbers():
    for dtype in (torch.float16, torch.bfloat16, torch.complex64):
        x = torch.arange(6).reshape(2, 3).to(dtype).requires_grad_()
        y = torch.ones(3, dtype=dtype, requires_grad=True)
        with right().plugged_in():
            ours = torch.autograd.grad((x * y).sum().abs(), [x, y])
        theirs = torch.autograd.grad((x * y).sum().abs(), [x, y])
        assert [(a.dtype, a.tolist()) for a in ours] == [(b.dtype, b.tolist()) for b in theirs]


def test_a_saved_notebook_is_read_and_each_answer_checked(course):
    """Right, wrong, not answered; with a helper that the student added, and cells that are not for running."""
    helper = "import math\ndef summed(g, axes):\n    return g.sum(axis=axes)\nprint(1 / 0)"
    wrong = "def unbroadcast(g, shape):\n    return g"
    course(
        cell("import numpy as np", tidu={"role": "given"}),
        cell(wrong, "unbroadcast"),
        cell(helper),
        cell("raise SystemExit", "vjp_softmax"),
        cell("raise SystemExit", nbgrader={"grade_id": "worked_01", "solution": False}),
        cell(BANKS["vjp_mul"].reference, "vjp_mul"),
        cell(
            "def vjp_sum(v, x, dim=None, keepdim=False):\n    '''Words.'''\n    raise NotImplementedError()", "vjp_sum"
        ),
        cell("def vjp_matmul(v, a, b)\n", "vjp_matmul"),
        {"cell_type": "markdown", "source": "text"},
    )
    found = {answer.id: answer for answer in saved("08_jvp", {"unbroadcast", "vjp_mul", "vjp_sum", "vjp_matmul"})}
    assert {id: answer.status for id, answer in found.items()} == {
        "unbroadcast": "wrong", "vjp_mul": "ok", "vjp_sum": "not answered", "vjp_matmul": "not answered",
    }  # fmt: skip
    mine = own.Answers(list(found.values()))
    assert list(mine.functions) == ["vjp_mul"]
    told, html = repr(mine), mine._repr_html_()
    assert "✗ not all right → 08_jvp" in told and "○ not written yet → 08_jvp" in told and "✓ 8 / 8" in told
    assert html.count('href="../08_jvp/08_jvp.ipynb"') == 3
    # What is right does not suffer from what is wrong: vjp_mul was judged, and is used, with a right unbroadcast.
    x, row = torch.ones(4, 3), torch.ones(3, requires_grad=True)
    with mine.plugged_in():
        assert torch.autograd.grad((x * row).sum(), row)[0].tolist() == [4.0] * 3


def test_of_two_copies_the_better_answer_counts_and_none_is_no_error(course, tmp_path):
    assert [answer.status for answer in saved("08_jvp", IDS)] == ["not answered"] * 5
    (tmp_path / "08_jvp" / "08_jvp.ipynb").write_text("{", encoding="utf-8")
    course(
        cell("import numpy as np", tidu={"role": "given"}),
        cell(BANKS["unbroadcast"].reference, "unbroadcast"),
        where="zh/08_jvp.ipynb",
    )
    (found,) = saved("08_jvp", {"unbroadcast"})
    assert found.status == "ok" and found.function is not None


def test_there_is_a_rule_for_each_answer_and_no_other_notebook():
    assert {rule.answer for rule in RULES} | {use for rule in RULES for use in rule.uses} == set(IDS)
    with pytest.raises(ValueError, match="08_jvp"):
        own.answers("01_creation")
