"""Where the time goes: operations, forward and backward, timed. 剖析：时间花在哪里。

>>> with torch.autograd.profiler.profile() as prof:
...     loss = model(x).sum()
...     loss.backward()
>>> print(prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=10))

Source: https://docs.pytorch.org/docs/stable/autograd.html#profiler
"""

from __future__ import annotations

import warnings
from contextlib import ContextDecorator
from typing import Any

from tidu.autograd import _timing
from tidu.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg, trace_events, write_trace

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "profile", "record_function"]


class profile:
    """剖析一段代码 / Time every operation within the block, forward and backward, of this thread.

    enabled         False: nothing is done, and what ``as`` names is None, as PyTorch's is
    record_shapes   note the shapes of operands; needed for ``key_averages(group_by_input_shape=True)``
    profile_memory  note how many bytes the results take
    with_stack      note where in the program a call stands
    with_flops      note the arithmetic of products, and of elementwise sums and products
    use_cpu         True; other devices are PyTorch's: what asks for them is warned and ignored, or an error

    While it runs each operation takes the library's plain way, and some microseconds to note it, so that small ones
    look slower than they are. Afterwards nothing is left of that.

    raises  RuntimeError where it is entered twice
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: Any = None,
        acc_events: bool = False,
        custom_trace_id_callback: Any = None,
        post_processing_timeout_s: float | None = None,
        activity_filters: Any = None,
    ) -> None:
        if use_cuda or use_device == "cuda":
            warnings.warn("CUDA is not available, disabling CUDA profiling", stacklevel=2)
        elif use_device not in (None, "cpu"):
            warnings.warn(f"{use_device} is not available, disabling {use_device} profiling", stacklevel=2)
        assert use_cpu, "Device-only events supported only with Kineto (use_kineto=True)"
        self.enabled, self.use_cpu, self.use_cuda, self.use_device = enabled, use_cpu, False, None
        self.record_shapes, self.with_flops = record_shapes or with_flops, with_flops
        self.profile_memory, self.with_stack, self.with_modules = profile_memory, with_stack, with_modules
        self.acc_events = acc_events
        self.entered = False
        self.function_events: EventList | None = None
        self._recorder: _timing.Recorder | None = None

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self._recorder = _timing.Recorder(self.record_shapes, self.with_stack, self.profile_memory, self.with_flops)
        self._recorder.start()
        return self

    def __exit__(self, *exc: object) -> None:
        recorder = self._recorder
        if recorder is None or recorder.stopped:
            return
        recorder.stop()
        self.function_events = _events(recorder, self.profile_memory, self.with_flops)

    def __repr__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self._unfinished else repr(self.function_events)

    def __str__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self._unfinished else str(self.function_events)

    @property
    def _unfinished(self) -> bool:
        return self.enabled and self.function_events is None

    def _found(self) -> EventList:
        if self.function_events is None:
            raise RuntimeError("Profiler didn't finish running")
        return self.function_events

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """每次调用一行的表格 / Every call as a row: see ``EventList.table``."""
        return self._found().table(
            sort_by, row_limit, max_src_column_width, max_name_column_width, max_shapes_column_width, header,
            top_level_events_only,
        )  # fmt: skip

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """按名字汇总 / Sums over the calls of one name: see ``EventList.key_averages``."""
        return self._found().key_averages(group_by_input_shape, group_by_stack_n, group_by_overload_name)

    def total_average(self) -> FunctionEventAvg:
        """The sum over all calls. 全部调用的汇总。"""
        return self._found().total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all calls in microseconds, what is within others counted once. 总时间（微秒）。"""
        return self._found().self_cpu_time_total

    def export_chrome_trace(self, path: str) -> None:
        """写成 Chrome trace / Write the calls as JSON for chrome://tracing or https://ui.perfetto.dev."""
        found = self._found()
        write_trace(trace_events(found, 0.0 if self._recorder is None else self._recorder.started / 1e3), path)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the stacks that ``with_stack`` noted, as flame graphs are drawn of. 导出调用栈。"""
        found = self._found()
        assert self.with_stack, "export_stacks() requires with_stack=True"
        found.export_stacks(path, metric)


class record_function(ContextDecorator):
    """给一段代码起名 / Name a block of code, or a decorated function, in the profile that runs; else it does nothing.

    name  what the block is called in the table and the trace
    args  a note, which PyTorch keeps beside
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._open: list[tuple[_timing.Recorder, _timing.Event] | None] = []

    def __enter__(self) -> record_function:
        recorder = _timing.current()
        self._open.append(None if recorder is None else (recorder, recorder.begin(str(self.name), user=True)))
        return self

    def __exit__(self, *exc: object) -> None:
        found = self._open.pop()
        if found is not None and found[1] in found[0].open:
            found[0].finish(found[1])


def _events(recorder: _timing.Recorder, memory: bool, flops: bool) -> EventList:
    """What was noted, as PyTorch's events."""
    made: dict[int, FunctionEvent] = {}
    first = min((event.sequence for event in recorder.events if event.sequence >= 0), default=0)
    for number, event in enumerate(recorder.events, 1):
        step = event.user and event.name.startswith("ProfilerStep#")
        found = FunctionEvent(
            number, "ProfilerStep*" if step else event.name, 1,
            (event.start - recorder.started) / 1e3, (event.end - recorder.started) / 1e3,
            input_shapes=event.shapes if recorder.shapes else None, stack=event.stack, trace_name=event.name,
            scope=7 if event.user else int(event.backward and not event.name.startswith("autograd::engine")),
            cpu_memory_usage=event.memory, is_user_annotation=event.user, flops=event.flops,
            sequence_nr=event.sequence - first if event.sequence >= 0 else -1, fwd_thread=int(event.backward),
        )  # fmt: skip
        made[id(event)] = found
        if event.parent is not None:
            made[id(event.parent)].append_cpu_child(found)
    return EventList(made.values(), profile_memory=memory, with_flops=flops)
