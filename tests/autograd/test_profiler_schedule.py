"""``torch.profiler``: steps, cycles, what is called when, and where the trace goes; beside PyTorch."""

from __future__ import annotations

import gzip
import json
import warnings

import pytest

import tidu
from tests.effort import long
from tests.oracle import torch as pytorch
from tidu.profiler import ProfilerActivity, profile, schedule, tensorboard_trace_handler


@pytest.fixture(params=["tidu", "torch"] if long() else ["tidu"])  # its profiler takes four seconds to begin
def torch(request):
    if request.param == "torch" and pytorch is None:
        pytest.skip("PyTorch is not installed")
    return tidu if request.param == "tidu" else pytorch


PLANS = [
    dict(wait=1, warmup=1, active=2),
    dict(wait=0, warmup=1, active=1, repeat=2),
    dict(wait=2, warmup=1, active=3, repeat=1, skip_first=2),
    dict(wait=1, warmup=2, active=1, repeat=2, skip_first=1, skip_first_wait=1),
]


def told(torch, plan, steps, **kwargs):
    """What a loop under a schedule reports."""
    ready = []
    x = torch.ones(3)

    def note(prof):
        ready.append((prof.step_num, [e.name for e in prof.events() if e.cpu_parent is None]))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that events are cleared each cycle is said once a process
        with torch.profiler.profile(schedule=torch.profiler.schedule(**plan), on_trace_ready=note, **kwargs) as prof:
            for i in range(steps):
                [x.sin, x.cos, x.tan][i % 3]()
                prof.step()
    try:
        names = [[e.name, [c.name for c in e.cpu_children]] for e in prof.events() if e.cpu_parent is None]
    except AssertionError as error:  # nothing was ever timed
        return str(error)
    return ready, names, str(prof.current_action), sorted((e.key, e.count) for e in prof.key_averages())


@pytest.mark.skipif(pytorch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("plan", range(len(PLANS)))
def test_a_schedule_is_kept_as_pytorch_keeps_it(plan):
    ours, theirs = schedule(**PLANS[plan]), pytorch.profiler.schedule(**PLANS[plan])
    assert [ours(i).name for i in range(20)] == [theirs(i).name for i in range(20)]
    for steps in (3, 5, 12) if long() else ():
        assert told(tidu, PLANS[plan], steps) == told(pytorch, PLANS[plan], steps)


def test_cycles_are_reported(torch):
    two = ["ProfilerStep*"] * 2  # as PyTorch's end: the next cycle was warming up
    assert told(torch, PLANS[0], 5) == ([(4, two)], [], "ProfilerAction.WARMUP", [])
    ready = [(2, two[:1]), (4, two[:1])]
    names, counts = [["ProfilerStep*", ["aten::sin"]]], [("ProfilerStep*", 1), ("aten::sin", 1)]
    assert told(torch, PLANS[1], 5) == (ready, names, "ProfilerAction.NONE", counts)
    assert told(torch, PLANS[2], 3) == "Profiler must be initialized before accessing events"


def test_without_a_schedule_all_is_timed(torch):
    ready = []
    x = torch.ones(3)
    with torch.profiler.profile(on_trace_ready=ready.append, record_shapes=True) as prof:
        x.sin()
        prof.step()
        x.cos()
    assert [e.name for e in prof.events()] == ["aten::sin", "aten::cos"] and ready == [prof]
    table = prof.key_averages(group_by_input_shape=True).table(sort_by="self_cpu_time_total")
    assert "aten::cos" in table and "Input Shapes" in table
    prof = torch.profiler.profile()
    prof.start()
    x.tan()
    prof.stop()
    assert [e.name for e in prof.events()] == ["aten::tan"]


def test_earlier_cycles_are_kept_when_asked_for():
    x = tidu.ones(3)
    with profile(schedule=schedule(wait=0, warmup=1, active=1), acc_events=True) as prof:
        for _ in range(6):
            x.sin()
            prof.step()
    steps = [e.trace_name for e in prof.events() if e.name == "ProfilerStep*"]
    assert steps == ["ProfilerStep#1", "ProfilerStep#3", "ProfilerStep#5"]


def test_what_is_asked_wrongly(torch):
    kinds = torch.profiler.ProfilerActivity
    assert torch.profiler.supported_activities() == {kinds.CPU}
    for wrong in (dict(wait=-1, warmup=1, active=1), dict(wait=0, warmup=1, active=0)):
        with pytest.raises(AssertionError, match="Invalid profiler schedule arguments"):
            torch.profiler.schedule(**wrong)
    with pytest.raises(AssertionError, match=r"Step must be non-negative\. Got -1\."):
        torch.profiler.schedule(wait=0, warmup=1, active=1)(-1)
    with pytest.warns(UserWarning, match="Profiler won't be using warmup"):
        torch.profiler.schedule(wait=0, warmup=0, active=1)
    with pytest.raises(AssertionError, match="No valid profiler activities found"):
        torch.profiler.profile(activities=[]).start()
    with pytest.warns(UserWarning, match="CUDA is not available, disabling CUDA profiling"):
        on_both = torch.profiler.profile(activities=[kinds.CPU, kinds.CUDA])
        on_both.start()
    on_both.stop()  # or it would see every call of the tests that follow
    with pytest.raises(AssertionError, match="Profiler must be initialized before accessing events"):
        torch.profiler.profile().events()
    with pytest.raises(AssertionError, match="Profiler must be initialized before exporting chrome trace"):
        torch.profiler.profile().export_chrome_trace("never")


def test_traces_go_into_a_folder(tmp_path):
    x = tidu.ones(3)
    handler = tensorboard_trace_handler(str(tmp_path / "log"), "worker", use_gzip=True)
    with profile(activities=[ProfilerActivity.CPU], on_trace_ready=handler, with_stack=True) as prof:
        prof.add_metadata("note", "mine")
        prof.add_metadata_json("numbers", "[1, 2]")
        x.sin()
    (file,) = (tmp_path / "log").iterdir()
    assert file.name.startswith("worker.") and file.name.endswith(".pt.trace.json.gz")
    trace = json.loads(gzip.decompress(file.read_bytes()))
    assert (trace["note"], trace["numbers"]) == ("mine", [1, 2])
    assert [e["name"] for e in trace["traceEvents"] if e["ph"] == "X"] == ["aten::sin"]
    prof.export_stacks(str(tmp_path / "stacks"))
    with pytest.raises(AssertionError, match="requires with_stack=True"), profile() as prof:
        prof.export_stacks(str(tmp_path / "stacks"))
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match="Can't create directory"):
        tensorboard_trace_handler(str(tmp_path / "file" / "below"))(prof)
