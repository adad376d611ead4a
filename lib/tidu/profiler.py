"""PyTorch's profiler: which steps of a loop are timed, and what becomes of each trace. 按计划剖析训练循环。

>>> with torch.profiler.profile(schedule=torch.profiler.schedule(wait=1, warmup=1, active=3)) as prof:
...     for x, y in loader:
...         train_step(x, y)
...         prof.step()
>>> print(prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=10))

How operations are timed stands in ``tidu.autograd.profiler``. Source: https://docs.pytorch.org/docs/stable/profiler.html
"""

from __future__ import annotations

import json
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from tidu.autograd import profiler as _timed
from tidu.autograd.profiler import record_function
from tidu.autograd.profiler_util import EventList, FunctionEvent, trace_events, write_trace

__all__ = [
    "ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "supported_activities",
    "tensorboard_trace_handler",
]  # fmt: skip


class ProfilerActivity(Enum):
    """What can be timed; here it is the CPU. 可剖析的设备。"""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(Enum):
    """What a profile does during a step. 每一步的动作。"""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


_RECORDING = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
_CYCLES = (
    "Warning: Profiler clears events at the end of each cycle. Only events from the current cycle will be reported. To "
    "keep events across cycles, set acc_events=True."
)
_told: list[str] = []


def supported_activities() -> set[ProfilerActivity]:
    """能剖析的设备 / What can be timed: the CPU."""
    return {ProfilerActivity.CPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """剖析哪些步 / Which steps to time: skip some, then in each cycle wait, warm up, and be active.

    wait, warmup, active  how many steps of each in a cycle
    repeat                how many cycles; 0: without end
    skip_first            steps before the first cycle
    skip_first_wait       1: the first cycle does not wait
    returns               a function from a step's number to a ``ProfilerAction``
    raises                AssertionError for negative numbers, and where no step is active
    """
    fine = wait >= 0 and warmup >= 0 and active > 0 and repeat >= 0 and skip_first >= 0
    assert fine, (
        f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} (need >= 0), "
        f"active={active} (need > 0), repeat={repeat} (need >= 0), skip_first={skip_first} (need >= 0)."
    )
    if warmup == 0:
        warnings.warn("Profiler won't be using warmup, this can skew profiler results", stacklevel=2)

    def schedule_fn(step: int) -> ProfilerAction:
        assert step >= 0, f"Step must be non-negative. Got {step}."
        step -= skip_first
        if step < 0:
            return ProfilerAction.NONE
        if skip_first_wait:
            step += wait
        cycle = wait + warmup + active
        if repeat > 0 and step // cycle >= repeat:
            return ProfilerAction.NONE
        step %= cycle
        if step < wait:
            return ProfilerAction.NONE
        if step < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if step < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return schedule_fn


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False, use_python_export: bool = False
) -> Callable[[Any], None]:
    """把每段 trace 写进文件夹 / For ``on_trace_ready``: write each trace into a folder, as a ``.pt.trace.json``.

    Open the files at https://ui.perfetto.dev or in chrome://tracing; TensorBoard's plugin, which they are named for,
    reads them too where it is installed.
    """

    def handler(prof: Any) -> None:
        try:
            os.makedirs(dir_name, exist_ok=True)
        except OSError as error:
            raise RuntimeError("Can't create directory: " + dir_name) from error
        name = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        ending = ".gz" if use_gzip else ""
        prof.export_chrome_trace(os.path.join(dir_name, f"{name}.{time.time_ns()}.pt.trace.json{ending}"))

    return handler


class profile:
    """按计划剖析 / Time the operations of a loop: of all its steps, or of those that a schedule names.

    activities      what to time: ``{ProfilerActivity.CPU}``, the default
    schedule        from ``schedule(…)``; the loop then calls ``step()`` after each of its steps
    on_trace_ready  called with this object when the active steps of a cycle are over
    record_shapes, profile_memory, with_stack, with_flops  as of ``tidu.autograd.profiler.profile``
    acc_events      keep the calls of earlier cycles

    Without a schedule everything within the block is timed.
    """

    def __init__(
        self,
        *,
        activities: Iterable[Any] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
        custom_trace_id_callback: Callable[[], str] | None = None,
        post_processing_timeout_s: float | None = None,
    ) -> None:
        wanted = set(supported_activities() if activities is None else activities)
        assert any(isinstance(a, ProfilerActivity) for a in wanted), "No valid profiler activities found"
        if use_cuda is not None:
            warnings.warn("`use_cuda` is deprecated, use `activities` argument instead", FutureWarning, stacklevel=2)
        for other in sorted(a.name for a in wanted - supported_activities() if isinstance(a, ProfilerActivity)):
            warnings.warn(f"{other} is not available, disabling {other} profiling", stacklevel=2)
        assert ProfilerActivity.CPU in wanted, "No activities specified for the profiler"
        self.activities = wanted & supported_activities()
        self.record_shapes, self.profile_memory, self.with_stack = record_shapes, profile_memory, with_stack
        self.with_flops, self.with_modules, self.acc_events = with_flops, with_modules, acc_events
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self.on_trace_ready = on_trace_ready
        self.record_steps = schedule is not None
        self.step_num = 0
        self.current_action = self.schedule(0)
        self.profiler: _timed.profile | None = None
        self._metadata: dict[str, Any] = {}
        self._step: record_function | None = None
        self._started = self._recording = False
        self._earlier: list[FunctionEvent] = []

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """开始 / Begin, as entering the block does."""
        if self.record_steps and not self.acc_events and not _told:
            _told.append(_CYCLES)
            warnings.warn(_CYCLES, stacklevel=2)
        self._started = True
        self._become(None, self.current_action)
        self._open_step()

    def stop(self) -> None:
        """结束 / End, as leaving the block does; what was being timed is ready."""
        self._close_step()
        self._become(self.current_action, None)
        self._started = False

    def step(self) -> None:
        """下一步 / Say that the next step of the loop begins."""
        self._close_step()
        before, self.step_num = self.current_action, self.step_num + 1
        self.current_action = self.schedule(self.step_num)
        self._become(before, self.current_action)
        self._open_step()

    def _become(self, before: ProfilerAction | None, now: ProfilerAction | None) -> None:
        ready = before is ProfilerAction.RECORD_AND_SAVE or (now is None and before is ProfilerAction.RECORD)
        if self._recording and (ready or now not in _RECORDING):
            assert self.profiler is not None
            self.profiler.__exit__()
            self._recording = False
            if ready and self.on_trace_ready is not None:
                self.on_trace_ready(self)
        if not self._started or self._recording or now is ProfilerAction.NONE or now is None:
            return
        if before is not ProfilerAction.WARMUP:  # a new cycle
            if self.acc_events and self.profiler is not None:
                self._earlier += self.profiler.function_events or []
            self.profiler = _timed.profile(
                record_shapes=self.record_shapes, profile_memory=self.profile_memory, with_stack=self.with_stack,
                with_flops=self.with_flops,
            )  # fmt: skip
        if now in _RECORDING:
            assert self.profiler is not None
            self.profiler.__enter__()
            self._recording = True

    def _open_step(self) -> None:
        if self.record_steps and self._recording:
            self._step = record_function(f"ProfilerStep#{self.step_num}")
            self._step.__enter__()

    def _close_step(self) -> None:
        if self._step is not None:
            self._step.__exit__()
            self._step = None

    def events(self) -> EventList:
        """各次调用 / The calls that were timed."""
        assert self.profiler, "Profiler must be initialized before accessing events"
        found: Iterable[FunctionEvent] = self.profiler.function_events or []
        return EventList([*self._earlier, *found], profile_memory=self.profile_memory, with_flops=self.with_flops)

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """按名字汇总 / Sums over the calls of one name: see ``EventList.key_averages``."""
        assert self.profiler, "Profiler must be initialized before getting key averages"
        return self.events().key_averages(group_by_input_shape, group_by_stack_n, group_by_overload_name)

    def export_chrome_trace(self, path: str) -> None:
        """写成 Chrome trace / Write the calls as JSON for https://ui.perfetto.dev; compressed for a name in ``.gz``."""
        assert self.profiler, "Profiler must be initialized before exporting chrome trace"
        write_trace(trace_events(self.events()), path, self._metadata)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the stacks that ``with_stack`` noted, as flame graphs are drawn of. 导出调用栈。"""
        assert self.profiler, "Profiler must be initialized before exporting stacks"
        assert self.with_stack, "export_stacks() requires with_stack=True"
        self.events().export_stacks(path, metric)

    def add_metadata(self, key: str, value: str) -> None:
        """Put a text into the trace's file. 附加文字信息。"""
        self._metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Put JSON into the trace's file. 附加 JSON 信息。"""
        self._metadata[key] = json.loads(value)
