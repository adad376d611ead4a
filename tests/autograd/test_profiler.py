"""The profiler: every operation once, forward and backward, each within its own; PyTorch's table; nothing left."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest

import tidu
from tests.oracle import torch as pytorch
from tidu import _engine, _inplace, _short, nn, optim
from tidu._graph import AccumulateGrad
from tidu._op import Op
from tidu._tensor import Tensor
from tidu.autograd import profiler
from tidu.autograd._timing import _replaced
from tidu.autograd.profiler_util import EventList, FunctionEvent


@pytest.fixture(params=["tidu", "torch"])
def torch(request):
    if request.param == "torch" and pytorch is None:
        pytest.skip("PyTorch is not installed")
    return tidu if request.param == "tidu" else pytorch


def names(events, **of):
    return [e.name for e in events if all(getattr(e, key) == value for key, value in of.items())]


def tree(event):
    return {event.name: [tree(child) for child in event.cpu_children]} if event.cpu_children else event.name


def test_operations_are_there_by_pytorchs_names(torch):
    x = torch.ones(3, 4, requires_grad=True)
    i = torch.tensor([0, 1])
    with torch.autograd.profiler.profile() as prof:
        with torch.autograd.profiler.record_function("my part"):
            y = x.detach().clone()
            y.add_(1)
            y *= 2
        2 * y, y + y, y**2, -y, y > 1, y == y, y.relu(), y.sum(0), y.max(1), y.softmax(0), y @ y.t(), y.T
        y[0], y[:, 1:], y[i], y[None], y.reshape(-1), y.view(4, 3), torch.cat([y, y]), torch.randn(2), y.sum().item()
        torch.nn.functional.cross_entropy(y, torch.tensor([0, 1, 2]))
        torch.nn.functional.linear(y, y)
    outside = names(prof.function_events, cpu_parent=None)
    wanted = [
        "my part", *(f"aten::{n}" for n in "mul add pow neg gt eq relu sum max softmax t matmul numpy_T".split()),
        *(f"aten::{n}" for n in "select slice index unsqueeze reshape view cat randn sum item".split()),
        "aten::lift_fresh", "aten::cross_entropy_loss", "aten::linear",
    ]  # fmt: skip
    ignored = ("aten::empty", "aten::to", "aten::detach_", "aten::slice")  # PyTorch takes a slice for every ":"
    assert [n for n in outside if n not in ignored] == [n for n in wanted if n not in ignored]
    part = prof.function_events[0]
    inside = [child.name for child in part.cpu_children]
    assert inside == ["aten::detach", "aten::clone", "aten::add_", "aten::mul_"]


def test_backward_is_there_node_by_node(torch):
    x = torch.ones(3, 4, requires_grad=True)
    w = torch.ones(4, 2, requires_grad=True)
    with torch.autograd.profiler.profile(record_shapes=True) as prof:
        out = (x @ w).relu().sum()
        out.backward()
    events = prof.function_events
    turns = [e for e in events if e.name.startswith("autograd::engine::evaluate_function: ")]
    assert [e.name.rpartition(": ")[2] for e in turns[:3]] == ["SumBackward0", "ReluBackward0", "MmBackward0"]
    assert [e.name.rpartition(": ")[2] for e in turns[3:]] == ["torch::autograd::AccumulateGrad"] * 2
    mm = turns[2].cpu_children[0]
    assert mm.name == "MmBackward0" and [c.name for c in mm.cpu_children if c.name == "aten::mm"] == ["aten::mm"] * 2
    assert mm.input_shapes == [[3, 2]] and all(e.cpu_parent is None for e in turns)
    forward = next(e for e in events if e.name == "aten::relu")
    assert forward.sequence_nr == turns[1].sequence_nr and forward.scope == 0 and mm.scope == 1
    matmul = next(e for e in events if e.name == "aten::matmul")
    assert matmul.input_shapes == [[3, 4], [4, 2]] and matmul.cpu_children[0].name == "aten::mm"


def test_times_add_up():
    x = tidu.ones(50, 50, requires_grad=True)
    with profiler.profile() as prof:
        with profiler.record_function("outer"):
            time.sleep(0.002)
            with profiler.record_function("inner"):
                (x @ x).sum().backward()
        (x * 2).sum()
    events = prof.function_events
    outer, inner = events[0], next(e for e in events if e.name == "inner")
    assert outer.cpu_time_total > 2000 and outer.self_cpu_time_total >= 2000
    assert outer.self_cpu_time_total == pytest.approx(outer.cpu_time_total - inner.cpu_time_total)
    for event in events:
        assert event.cpu_time_total >= 0
        for child in event.cpu_children:
            assert event.time_range.start <= child.time_range.start <= child.time_range.end <= event.time_range.end
    top = sum(e.cpu_time_total for e in events if e.cpu_parent is None)
    assert prof.self_cpu_time_total == pytest.approx(top)
    sums = {e.key: e for e in prof.key_averages()}
    assert sums["aten::mm"].count == 3 and sums["aten::sum"].count == 2
    assert sums["aten::mm"].cpu_time == pytest.approx(sums["aten::mm"].cpu_time_total / 3)
    assert prof.total_average().self_cpu_time_total == pytest.approx(top)
    assert repr(prof.total_average()).startswith("<FunctionEventAvg key=Total self_cpu_time=")


def test_results_are_the_same_and_nothing_is_left():
    def run():
        tidu.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 3))
        steps = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        x, y = tidu.randn(6, 4), tidu.randint(3, (6,))
        for _ in range(3):
            steps.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            steps.step()
        z = x.clone().requires_grad_()
        h = z.exp().sin() * 2
        h += 1
        grad = tidu.autograd.grad((h * h).sum(), z, create_graph=True)[0]
        return [*(p.detach() for p in net.parameters()), grad, tidu.autograd.grad(grad.sum(), z)[0]]

    before = (_short.LARGE, Op.record, Op.__call__, _inplace.run, AccumulateGrad.accumulate, _engine.Walk._descend)
    state = dict(vars(tidu)), dict(vars(Tensor)), dict(vars(nn.functional))
    plain = run()
    with profiler.profile() as prof:
        timed = run()
    assert all(a.equal(b) for a, b in zip(plain, timed, strict=True))
    assert names(prof.function_events).count("Optimizer.step#SGD.step") == 3
    with pytest.raises(RuntimeError, match="shapes"), profiler.profile(record_shapes=True, with_stack=True) as prof:
        tidu.ones(2, 3) @ tidu.ones(2, 3)
    assert names(prof.function_events)[-1] in ("aten::mm", "aten::matmul") and prof.function_events[-1].time_range.end
    after = (_short.LARGE, Op.record, Op.__call__, _inplace.run, AccumulateGrad.accumulate, _engine.Walk._descend)
    assert before == after and not _replaced
    assert state == (dict(vars(tidu)), dict(vars(Tensor)), dict(vars(nn.functional)))
    tidu.ones(2) + 1
    assert names(prof.function_events).count("aten::add") == 0


def test_another_thread_is_not_timed_and_may_be_by_its_own():
    x = tidu.ones(3)
    found = {}

    def work():
        for _ in range(20):
            x.exp()
        with profiler.profile() as own:
            x.cos()
        found["own"] = names(own.function_events)

    with profiler.profile() as prof:
        thread = threading.Thread(target=work)
        thread.start()
        x.sin()
        thread.join()
        x.tan()
    assert names(prof.function_events) == ["aten::sin", "aten::tan"] and found["own"] == ["aten::cos"]


def test_a_profile_within_another():
    x = tidu.ones(3)
    with profiler.profile() as outer:
        x.sin()
        with profiler.profile() as inner:
            x.cos()
        x.tan()
    assert names(outer.function_events) == ["aten::sin", "aten::tan"] and names(inner.function_events) == ["aten::cos"]


def both(seed, **kinds):
    """The same made-up calls for PyTorch's table and for ours."""
    from torch.autograd import profiler_util as theirs

    draw = random.Random(seed)
    lists = []
    for _ in range(2):
        lists.append([])
    start = 0.0
    for number in range(draw.randint(1, 8)):
        name = draw.choice(["aten::mm", "aten::add", "x" * draw.randint(49, 60), "my part"])
        time_us = draw.choice([0.5, 30.25, 1234.5, 9.9e5, 2.5e6])
        shapes = draw.choice([[], [[3, 4], [4, 2]], [[draw.randint(1, 9)] * 30]])
        stack = [f"/home/{'long/' * draw.randint(0, 20)}a.py({line}): f" for line in range(draw.randint(1, 3))]
        memory = draw.choice([0, 100, 5000, -3 * 1024**2, 7 * 1024**3])
        flops = draw.choice([0, 500, 12_345, 7_000_000])
        lists[0].append(
            theirs.FunctionEvent(
                number, name, 1, start, start + time_us, input_shapes=shapes, stack=stack, cpu_memory_usage=memory,
                is_user_annotation=False, flops=flops, overload_name="",
            )
        )  # fmt: skip
        lists[1].append(
            FunctionEvent(
                number, name, 1, start, start + time_us, input_shapes=shapes, stack=stack, cpu_memory_usage=memory,
                flops=flops,
            )
        )  # fmt: skip
        start += time_us + 1
    wanted = theirs.EventList(lists[0], **kinds)
    wanted._build_tree()
    return wanted, EventList(lists[1], **kinds)


@pytest.mark.skipif(pytorch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("seed", range(12))
def test_the_table_is_pytorchs_to_the_letter(seed):
    draw = random.Random(seed)
    flops = draw.random() < 0.5
    wanted, found = both(seed, profile_memory=draw.random() < 0.5, with_flops=flops)
    asked = dict(
        sort_by=draw.choice(["cpu_time_total", "self_cpu_time_total", "cpu_memory_usage", "count", None]),
        row_limit=draw.choice([100, 2]), header=draw.choice([None, "HEAD"]), top_level_events_only=draw.random() < 0.3,
        time_unit=draw.choice([None, "ms", "us", "s"]), max_name_column_width=draw.choice([55, 20]),
    )  # fmt: skip
    grouped = dict(group_by_input_shapes=draw.random() < 0.5, group_by_stack_n=0 if flops else draw.choice([0, 2]))
    assert found.key_averages(**grouped).table(**asked) == wanted.key_averages(**grouped).table(**asked)
    if not flops:  # beside a source line, PyTorch writes the arithmetic under the wrong heading
        assert str(found) == str(wanted)
    assert repr(found.key_averages()) == repr(wanted.key_averages())
    assert repr(found) == repr(wanted)


def test_the_trace_is_one_that_browsers_open(tmp_path):
    x = tidu.ones(3, 4, requires_grad=True)
    with profiler.profile(record_shapes=True) as prof:
        (x * x).sum().backward()
    prof.export_chrome_trace(str(tmp_path / "trace.json"))
    trace = json.loads((tmp_path / "trace.json").read_text())
    slices = [e for e in trace["traceEvents"] if e["ph"] == "X"]
    assert len(slices) == len(prof.function_events) and all(e["dur"] >= 0 and e["ts"] > 0 for e in slices)
    assert {"ph", "name", "cat", "pid", "tid", "ts", "dur", "args"} == set(slices[0])
    mul = next(e for e in slices if e["name"] == "aten::mul")
    assert mul["args"]["Input Dims"] == [[3, 4], [3, 4]] and mul["cat"] == "cpu_op"
    flows = [e for e in trace["traceEvents"] if e["ph"] in "sf"]
    assert sorted(e["ph"] for e in flows) == ["f", "f", "s", "s"]  # of mul and of sum, there and back
    assert {e["id"] for e in flows if e["ph"] == "s"} == {e["id"] for e in flows if e["ph"] == "f"}
    assert {e["name"] for e in trace["traceEvents"] if e["ph"] == "M"} == {"process_name", "thread_name"}


def test_memory_stacks_and_arithmetic(tmp_path):
    x = tidu.ones(30, 40)
    w = tidu.ones(40, 20)
    with profiler.profile(profile_memory=True, with_stack=True, with_flops=True) as prof:
        with profiler.record_function("part"):
            x @ w
            x.view(-1)
            x + 1
    sums = {e.key: e for e in prof.key_averages()}
    assert sums["aten::mm"].flops == 2 * 30 * 40 * 20 and sums["aten::add"].flops == 1200
    assert sums["aten::mm"].self_cpu_memory_usage == 2400 and sums["aten::view"].cpu_memory_usage == 0
    assert sums["part"].cpu_memory_usage == 2400 + 4800 and sums["part"].self_cpu_memory_usage == 0
    assert prof.function_events[0].stack[0].endswith(": test_memory_stacks_and_arithmetic")
    prof.export_stacks(str(tmp_path / "stacks"))
    assert "test_memory_stacks_and_arithmetic " in (tmp_path / "stacks").read_text()
    table = prof.key_averages(group_by_stack_n=1).table()
    assert "Source Location" in table and "Total KFLOPs" in table and "Self CPU Mem" in table and "4.69 KB" in table


def test_what_is_asked_wrongly(torch):
    unfinished = torch.autograd.profiler.profile()
    assert repr(unfinished) == str(unfinished) == "<unfinished torch.autograd.profile>" or torch is pytorch
    with torch.autograd.profiler.profile() as prof:
        torch.ones(2) + 1
    with pytest.raises(AttributeError, match="nope"):
        prof.key_averages().table(sort_by="nope")
    with pytest.raises(RuntimeError, match="Profiler context manager is not reentrant"), prof:
        pass
    with torch.autograd.profiler.profile(enabled=False) as off:
        torch.ones(2) + 1
    assert off is None
    with torch.autograd.profiler.record_function("nothing runs"):
        pass
    if torch is tidu:
        for call in (unfinished.table, unfinished.key_averages, unfinished.total_average):
            with pytest.raises(RuntimeError, match="Profiler didn't finish running"):
                call()
    with pytest.raises(AssertionError, match="Device-only events supported only with Kineto"):
        torch.autograd.profiler.profile(use_cpu=False)
