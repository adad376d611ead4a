"""What a profile shows: calls, sums over calls, the table, the trace. 剖析结果：事件、汇总与表格。

Source: https://docs.pytorch.org/docs/stable/autograd.html#profiler
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import Any

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]

_COLUMN = 12
_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}


class DeviceType(IntEnum):
    """Where it ran; everything runs on the CPU here. 设备种类。"""

    CPU = 0

    def __repr__(self) -> str:
        return f"<DeviceType.{self.name}: {self.value}>"

    def __str__(self) -> str:
        return f"DeviceType.{self.name}"


class Interval:
    """From when until when, in microseconds. 时间区间（微秒）。"""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end

    def elapsed_us(self) -> float:
        """How long it is. 时长。"""
        return self.end - self.start


class _Times:
    """What calls and sums over calls have in common: times by name, and as text."""

    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    device_time_total = device_time = self_device_time_total = 0.0
    device_memory_usage = self_device_memory_usage = 0
    device_type = DeviceType.CPU
    use_device: str | None = None
    node_id = -1
    overload_name = ""
    is_async = is_remote = is_legacy = False

    @property
    def cpu_time(self) -> float:
        return self.cpu_time_total / self.count if self.count else 0.0

    cpu_time_str = property(lambda self: time_text(self.cpu_time))
    cpu_time_total_str = property(lambda self: time_text(self.cpu_time_total))
    self_cpu_time_total_str = property(lambda self: time_text(self.self_cpu_time_total))
    device_time_str = device_time_total_str = self_device_time_total_str = "0.000us"


class FunctionEvent(_Times):
    """One call of an operation, or one ``record_function`` block. 一次调用。

    ``time_range``  when, in microseconds from the beginning of the profile
    ``cpu_children, cpu_parent``  the calls within it, and the one that it is within
    """

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float,
        end_us: float,
        *,
        input_shapes: Any = None,
        stack: Iterable[str] = (),
        scope: int = 0,
        cpu_memory_usage: int = 0,
        sequence_nr: int = -1,
        is_user_annotation: bool = False,
        flops: int = 0,
        fwd_thread: int = 0,
        trace_name: str | None = None,
    ) -> None:
        self.id, self.name, self.key, self.thread, self.scope = id, name, name, thread, scope
        self.trace_name = name if trace_name is None else trace_name
        self.time_range = Interval(start_us, end_us)
        self.count = 1
        self.input_shapes: Any = [] if input_shapes is None else input_shapes
        self.stack = [*stack]
        self.cpu_memory_usage, self.sequence_nr, self.flops, self.fwd_thread = (
            cpu_memory_usage,
            sequence_nr,
            flops,
            fwd_thread,
        )
        self.is_user_annotation = is_user_annotation
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Note a call that is within this one. 加入内层调用。"""
        self.cpu_children.append(child)
        child.cpu_parent = self

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name={self.overload_name} "
            f"device_type={self.device_type} node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start} end_us={self.time_range.end} "
            f"cpu_children={[child.id for child in self.cpu_children]} {self.use_device}_time={self.device_time_str} "
            f"name={self.name} thread={self.thread} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} {self.use_device}_memory_usage={self.device_memory_usage} "
            f"is_async={self.is_async} is_remote={self.is_remote} seq_nr={self.sequence_nr} is_legacy={self.is_legacy}>"
        )


class FunctionEventAvg(_Times):
    """The sum over calls of one kind. 同类调用的汇总。"""

    def __init__(self) -> None:
        self.key: str | None = None
        self.count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.cpu_memory_usage = self.self_cpu_memory_usage = self.flops = 0
        self.input_shapes: Any = None
        self.stack: Any = None
        self.scope: int | None = None
        self.is_user_annotation = False
        self.cpu_children: list[FunctionEvent] | None = None
        self.cpu_parent: FunctionEvent | None = None

    def add(self, other: Any) -> FunctionEventAvg:
        """Count a call, or another sum, in. 计入一次调用。"""
        if self.key is None:
            self.key, self.input_shapes, self.stack, self.scope = (
                other.key,
                other.input_shapes,
                other.stack,
                other.scope,
            )
            self.is_user_annotation = other.is_user_annotation
            self.cpu_parent, self.cpu_children = other.cpu_parent, other.cpu_children
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        self.cpu_memory_usage += other.cpu_memory_usage
        self.self_cpu_memory_usage += other.self_cpu_memory_usage
        self.count += other.count
        self.flops += other.flops
        return self

    def __iadd__(self, other: Any) -> FunctionEventAvg:
        return self.add(other)

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} cuda_memory_usage=0>"
        )


class EventList(list[Any]):
    """Calls, or sums over them. 事件列表。"""

    def __init__(self, events: Iterable[Any] = (), *, profile_memory: bool = False, with_flops: bool = False) -> None:
        super().__init__(events)
        self._profile_memory, self._with_flops = profile_memory, with_flops

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all calls, what is within others counted once. 总时间（微秒）。"""
        return float(sum(event.self_cpu_time_total for event in self))

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """画成表格 / The events as a table.

        sort_by    "cpu_time", "cpu_time_total", "self_cpu_time_total", "cpu_memory_usage", "self_cpu_memory_usage",
                   "count": the largest first; None: as they came. AttributeError for another
        row_limit  how many rows at most; -1 for all
        header     a line above
        top_level_events_only  leave out what is within another call
        time_unit  "us", "ms" or "s" for all times
        returns    the text, of PyTorch's layout
        """
        return _Table(
            self, sort_by, row_limit, max_src_column_width, max_name_column_width, max_shapes_column_width, header,
            top_level_events_only, time_unit,
        ).text()  # fmt: skip

    def key_averages(
        self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """按名字汇总 / Sums over the calls of one name (and one list of shapes, or the same innermost lines).

        group_by_input_shapes  keep calls on other shapes apart; they are known with ``record_shapes``
        group_by_stack_n       keep calls from other places apart, by so many lines; they are known with ``with_stack``
        """
        sums: dict[tuple[str, ...], FunctionEventAvg] = {}
        for event in self:
            key = [event.key, str(event.is_user_annotation)]
            if group_by_input_shapes:
                key.append(str(event.input_shapes))
            if group_by_stack_n > 0:
                key += event.stack[:group_by_stack_n]
            sums.setdefault(tuple(key), FunctionEventAvg()).add(event)
        found = EventList(sums.values(), profile_memory=self._profile_memory, with_flops=self._with_flops)
        for total in found:
            total.stack = total.stack[:group_by_stack_n]
            if not group_by_input_shapes:
                total.input_shapes = ""
        return found

    def total_average(self) -> FunctionEventAvg:
        """The sum over all. 全部事件的汇总。"""
        total = FunctionEventAvg()
        for event in self:
            total += event
        total.key = "Total"
        return total

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write ``frame;frame;… microseconds`` a line, as flame graphs are drawn of. 导出调用栈。"""
        if metric not in ("self_cpu_time_total", "self_cuda_time_total", "self_device_time_total"):
            raise ValueError("metric should be one of: ['self_cpu_time_total', 'self_cuda_time_total', ...]")
        lines = []
        for event in self:
            value = int(getattr(event, metric, 0))
            if event.stack and value > 0:
                frames = [frame.translate(str.maketrans(" ;\t\n", "____")) for frame in reversed(event.stack)]
                lines.append(f"{';'.join(frames)} {value}\n")
        Path(path).write_text("".join(lines), encoding="utf-8")

    def export_chrome_trace(self, path: str) -> None:
        """写成 Chrome trace / Write the calls as JSON for chrome://tracing or https://ui.perfetto.dev."""
        write_trace(trace_events(self), path)


def trace_events(events: Iterable[Any], origin_us: float = 0.0) -> list[dict[str, Any]]:
    """The calls in Chrome's trace format: a slice each, and an arrow from a forward call to its node's turn.

    Source: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
    """
    pid = os.getpid()
    found: list[dict[str, Any]] = []
    forward: dict[int, dict[str, Any]] = {}
    threads: set[int] = set()
    for event in events:
        kind = "user_annotation" if event.is_user_annotation else "cpu_op"
        args: dict[str, Any] = {"External id": event.id}
        if event.sequence_nr >= 0:
            args |= {"Sequence number": event.sequence_nr, "Fwd thread id": event.fwd_thread}
        if event.input_shapes:
            args["Input Dims"] = event.input_shapes
        if event.stack:
            args["Call stack"] = ";".join(event.stack)
        if event.cpu_memory_usage:
            args["Bytes"] = event.cpu_memory_usage
        at = {"pid": pid, "tid": event.thread, "ts": origin_us + event.time_range.start}
        threads.add(event.thread)
        found.append(
            {"ph": "X", "cat": kind, "name": event.trace_name, **at, "dur": event.time_range.elapsed_us(), "args": args}
        )
        if event.sequence_nr < 0:
            continue
        flow = {"cat": "fwdbwd", "name": "fwdbwd", "id": event.sequence_nr, **at}
        if event.scope == 0 and not event.fwd_thread:
            forward.setdefault(event.sequence_nr, flow)
        elif event.scope == 1 and event.sequence_nr in forward:
            found += [{"ph": "s", **forward.pop(event.sequence_nr)}, {"ph": "f", "bp": "e", **flow}]
    named = [
        {"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "ts": origin_us, "args": {"name": "python"}},
        *({"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "ts": origin_us,
           "args": {"name": f"thread {tid} (python)"}} for tid in sorted(threads)),
    ]  # fmt: skip
    return named + found


def write_trace(events: list[dict[str, Any]], path: str, metadata: dict[str, Any] | None = None) -> None:
    """A trace as a file; compressed where its name ends in .gz. 写出 trace 文件。"""
    text = json.dumps({"schemaVersion": 1, "displayTimeUnit": "ms", **(metadata or {}), "traceEvents": events})
    if str(path).endswith(".gz"):
        import gzip

        Path(path).write_bytes(gzip.compress(text.encode()))
    else:
        Path(path).write_text(text, encoding="utf-8")


def time_text(us: float, unit: str | None = None) -> str:
    """A time as the table writes it. 时间的写法。"""
    if unit is None:
        unit = "s" if us >= 1e6 else "ms" if us >= 1e3 else "us"
    return f"{us / _UNITS[unit]:.3f}{unit}"


def memory_text(size: int) -> str:
    """A number of bytes as the table writes it. 字节数的写法。"""
    for name, unit in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if abs(size) >= unit:
            return f"{size / unit:.2f} {name}"
    return f"{size} B"


def share_text(part: float, total: float) -> str:
    """A part of a total in percent. 百分比。"""
    return f"{part * 100 / total:.2f}%" if total else "NaN"


class _Table:
    """The rows of a list of events, and the columns that it takes to show them."""

    def __init__(
        self, events: EventList, sort_by: str | None, row_limit: int, src_width: int, name_width: int,
        shapes_width: int, header: str | None, top_level: bool, unit: str | None,
    ) -> None:  # fmt: skip
        self.total = events.self_cpu_time_total
        if unit is not None and unit not in _UNITS:
            raise ValueError(f"table(): argument 'time_unit' must be one of 's', 'ms', 'us', got {unit!r}")
        if sort_by is not None:
            events = EventList(
                sorted(events, key=lambda event: getattr(event, sort_by), reverse=True),
                profile_memory=events._profile_memory,
                with_flops=events._with_flops,
            )
        self.events, self.row_limit, self.header, self.top_level, self.unit = events, row_limit, header, top_level, unit
        self.name_width = _fit([event.key for event in events], name_width)
        shapes = [str(event.input_shapes) for event in events]
        self.shapes_width = _fit(shapes, shapes_width)
        self.src_width = _fit([line for event in events for line in event.stack], src_width)
        self.with_shapes = any(event.input_shapes for event in events)
        self.with_stack = any(event.stack for event in events)
        self.flops_unit = 0
        self.columns = self._columns()

    def _columns(self) -> list[tuple[str, int]]:
        columns = [("Name", self.name_width)]
        names = ["Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg"]
        if self.events._profile_memory:
            names += ["CPU Mem", "Self CPU Mem"]
        columns += [(name, _COLUMN) for name in [*names, "# of Calls"]]
        if self.with_shapes:
            columns.append(("Input Shapes", self.shapes_width))
        if self.with_stack:
            columns.append(("Source Location", self.src_width))
        least = min((event.flops for event in self.events if event.flops > 0), default=0)
        if self.events._with_flops and least:
            self.flops_unit = min(len(str(int(least))) - 1, 17) // 3
            columns.append(
                (f"Total {('FLOPs', 'KFLOPs', 'MFLOPs', 'GFLOPs', 'TFLOPs', 'PFLOPs')[self.flops_unit]}", _COLUMN)
            )
        return columns

    def _row(self, cells: Iterable[Any]) -> str:
        return "".join(
            f"{cell!s:{'<' if name == 'Source Location' else '>'}{width}}  "
            for cell, (name, width) in zip(cells, self.columns, strict=True)
        )

    def _cells(self, event: Any) -> list[Any]:
        cells = [
            _cut(event.key, self.name_width), share_text(event.self_cpu_time_total, self.total),
            time_text(event.self_cpu_time_total, self.unit), share_text(event.cpu_time_total, self.total),
            time_text(event.cpu_time_total, self.unit), time_text(event.cpu_time, self.unit),
        ]  # fmt: skip
        if self.events._profile_memory:
            cells += [memory_text(event.cpu_memory_usage), memory_text(event.self_cpu_memory_usage)]
        cells.append(event.count)
        if self.with_shapes:
            cells.append(str(event.input_shapes)[: self.shapes_width])
        if self.with_stack:
            cells.append(_end(event.stack[0], self.src_width) if event.stack else "")
        if self.flops_unit or self.columns[-1][0] == "Total FLOPs":
            cells.append(f"{event.flops / 1000**self.flops_unit:.3f}" if event.flops > 0 else "--")
        return cells

    def text(self) -> str:
        if not self.events:
            return ""
        rule = "".join("-" * width + "  " for _, width in self.columns)
        lines = []
        if self.header is not None:
            lines += ["=" * (len(rule) - 2), self.header]
        if self.top_level:
            lines += ["=" * (len(rule) - 2), "This report only display top-level ops statistics"]
        lines += [rule, self._row(name for name, _ in self.columns), rule]
        rows = 0
        for event in self.events:
            if rows == self.row_limit:
                break
            if self.top_level and event.cpu_parent is not None:
                continue
            rows += 1
            lines.append(self._row(self._cells(event)))
            if self.with_stack:
                for line in event.stack[1:]:
                    lines.append(
                        self._row(_end(line, width) if n == "Source Location" else "" for n, width in self.columns)
                    )
                lines.append(self._row("" for _ in self.columns))
        lines += [rule, f"Self CPU time total: {time_text(self.total, self.unit)}"]
        return "\n".join(lines) + "\n"


def _fit(texts: Iterable[str], most: int) -> int:
    wide = max((len(text) for text in texts), default=0) + 4
    return wide if most is None else min(wide, most)


def _cut(text: str, width: int) -> str:
    return text if len(text) < width - 2 else text[: width - 3] + "..."


def _end(path: str, width: int) -> str:
    return path if len(path) <= width else "..." + path[len(path) - width + 3 :]
