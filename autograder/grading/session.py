"""A student's notebook as it runs: cells and calls go to a worker, which is replaced when it hangs or dies.

A new worker is brought to the same state by running the same cells again, without those that ended an earlier one.
"""

from __future__ import annotations

import functools
import math
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.grading import untrusted, wire
from autograder.grading.sandbox import OUT_OF_MEMORY, Limits, Sandbox, SandboxError
from autograder.judging import limits as limited
from autograder.judging import reading
from autograder.judging.exercise import AnswerError, WorkerCrashed, WorkerTimeout


@dataclass(frozen=True)
class Budget:
    """How long things may take, in seconds, and how often a worker is replaced. 时间与重启次数的上限。"""

    cell: float = 10.0
    call: float = limited.CALL
    exercise: float = limited.EXERCISE
    notebook: float = 60.0
    examiner: float = 10.0  # of its own, beside the calls of an exercise
    submission: float = 90.0  # all workers of a submission, and what is done between their calls
    end: float = 10.0  # after that and the examiner's, until the process that examines is ended from outside
    memory: int = 2 << 30  # that the examiner may take beside what it has
    restarts: int = 8
    bytes: int = 32 << 20  # that a worker may answer in one exercise: the values are kept until it is judged

    @property
    def longest(self) -> float:
        """Seconds after which the process that examines a submission is ended. 评一份提交的进程最长活多久。"""
        return self.submission + self.examiner + self.end


@dataclass(frozen=True)
class CellRun:
    """What running one cell came to. 运行一个单元格的结果。

    error     empty when it ran through
    stopped   the line of the statement that it did not get past, None when it got to its end
    """

    out: str = ""
    err: str = ""
    error: str = ""
    stopped: int | None = None


class _Opaque:
    """A value that stayed in the worker; only the name of its type came across."""


def _foreign(node: dict[str, Any]) -> Any:
    kind = node.get("kind")
    if node.get("t") != "opaque" or type(kind) is not str or len(kind) > 80:
        raise wire.WireError("unknown kind of value")
    return _opaque(untrusted.line(kind))()


@functools.lru_cache(64)
def _opaque(kind: str) -> type:
    # a class takes a kilobyte and lives until it is collected: a worker may name as many as it likes
    return type(kind, (_Opaque,), {})


class Session:
    """The student's side of one notebook, behind a worker. 一份笔记本的学生一侧，由工作进程运行。

    Raises ``WorkerTimeout`` and ``WorkerCrashed`` for what the student's code does, and ``SandboxError`` for what this
    machine fails to do; the latter is kept in :attr:`failure`, since a caller may take every exception for the
    student's.

    modules   sources of the student's own modules, which cells may import
    allow     what the worker has, as an exercise says it; without NumPy ("python") no array can be sent
    forbid    names that are taken away from that
    until     when the submission's time is over, by the monotonic clock
    ended     how the worker that ended last did, such as "memory"; "" while none has
    """

    def __init__(
        self,
        tier: str,
        budget: Budget | None = None,
        limits: Limits | None = None,
        *,
        modules: Mapping[str, str] | None = None,
        allow: str = "numpy",
        forbid: Sequence[str] = (),
        until: float = math.inf,
    ) -> None:
        self.tier = tier
        self.modules, self.allow, self.forbid = dict(modules or {}), allow, tuple(forbid)
        self.budget = budget or Budget()
        self.limits = limits
        self.starts = 0
        self.failure: Exception | None = None
        self._sandbox: Sandbox | None = None
        self._cells: list[tuple[str, str, list[str]]] = []  # title, source and absent names, by number
        self._ran: list[int] = []
        self.ended = ""
        self._end = min(time.monotonic() + self.budget.notebook, until)
        self._exercise_end = self._end
        self._serial = 0
        self._received = 0

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the worker, if there is one. 结束工作进程。"""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    @property
    def left(self) -> float:
        """Seconds that are left for the notebook. 这份笔记本还剩的秒数。"""
        return max(self._end - time.monotonic(), 0.0)

    def begin_exercise(self) -> None:
        """Start the clock of one exercise. 开始为一道练习计时。"""
        self._exercise_end = min(self._end, time.monotonic() + self.budget.exercise)
        self._received = 0

    def run(self, source: str, title: str = "", absent: Iterable[str] = ()) -> CellRun:
        """Run one cell, called ``title`` where one of its lines is shown. 运行一个单元格。

        absent   names that it would have bound, had it not been shortened: what wants them later is left out too
        """
        self._ready()
        self._cells.append((title, source, list(absent)))
        reply = self._send_cell(len(self._cells) - 1)
        self._ran.append(len(self._cells) - 1)
        error = "" if reply["ok"] is True else _error_text(reply)
        at = reply.get("stopped")
        stopped = at if error and type(at) is int and at > 0 else None
        return CellRun(_text(reply, "out"), _text(reply, "err"), error, stopped)

    def defines(self, name: str) -> bool:
        """Whether the cells so far defined something callable of this name. 是否已定义名为 ``name`` 的可调用对象。"""
        self._ready()
        reply = self._exchange({"op": "find", "name": name}, min(time.monotonic() + self.budget.call, self._end))
        return reply.get("found") is True

    def function(
        self, name: str, lent: Mapping[str, str] | None = None, stage: tuple[str, str] | None = None
    ) -> Callable[..., Any]:
        """A stand-in for the student's function ``name``. 学生函数 ``name`` 的代理。

        lent    sources of functions that stand under these names while it is called, in place of the student's own
        stage   name and source of the function that calls it, where it does not take the inputs themselves
        """

        def proxy(*args: Any, **kwargs: Any) -> Any:
            self._ready()
            end = min(time.monotonic() + self.budget.call, self._exercise_end)
            request: dict[str, Any] = {"op": "call", "name": name, "args": args, "kwargs": kwargs}
            request |= {"lent": dict(lent or {}), "stage": stage}
            reply = self._exchange(request, end)
            if reply["ok"] is not True:
                kind, text = _text(reply, "error", 80) or "Exception", _text(reply, "message", 2000)
                raise AnswerError(kind, text, self._where(reply))
            return reply.get("value")

        return proxy

    def _where(self, reply: dict[str, Any]) -> dict[str, Any] | None:
        """The student's own line that the worker says raised; its text is looked up here."""
        line, function = reply.get("line"), _text(reply, "function", 200)
        found = re.fullmatch(r"<(?:cell (\d{1,6})|file (\w{1,60}))>", _text(reply, "place", 80))
        if not found or type(line) is not int or not 0 < line < 1_000_000:
            return None
        if found[2] is not None:
            title, source = f"{found[2]}.py", self.modules.get(found[2], "")
        elif int(found[1]) < len(self._cells):
            title, source, _ = self._cells[int(found[1])]
        else:
            return None
        shown = reading.where(function, line, source, title)
        return {**shown, "text": untrusted.text(str(shown["text"]))}

    def _send_cell(self, number: int) -> dict[str, Any]:
        end = min(time.monotonic() + self.budget.cell, self._end)
        _, source, absent = self._cells[number]
        return self._exchange({"op": "cell", "source": source, "number": number, "absent": absent}, end)

    def _ready(self) -> None:
        """Have a worker in which the cells so far have run."""
        while self._sandbox is None:
            if self.starts > self.budget.restarts:
                raise WorkerCrashed("the process ended too often")
            if time.monotonic() >= self._end:
                raise WorkerTimeout("the time for this notebook is used up")
            self.starts += 1
            try:
                self._sandbox = Sandbox(self.tier, self.limits, self.allow, self.forbid)
            except SandboxError as error:
                self.failure = error
                raise
            self._replay()

    def _replay(self) -> None:
        for name, source in self.modules.items():
            end = min(time.monotonic() + self.budget.cell, self._end)
            self._exchange({"op": "module", "name": name, "source": source}, end)
        for index, number in enumerate(self._ran):
            try:
                self._send_cell(number)
            except (WorkerTimeout, WorkerCrashed):
                del self._ran[index]  # it ran once and does not always: the next worker does without it
                return

    def _exchange(self, request: dict[str, Any], end: float) -> dict[str, Any]:
        assert self._sandbox is not None
        self._serial += 1
        try:
            frame = wire.pack({"id": self._serial, **request}, arrays=self.allow != "python")
        except wire.WireError as error:
            self.failure = error
            raise
        try:
            self._sandbox.channel.send(frame, end)
            before = self._sandbox.channel.received
            reply = self._sandbox.channel.receive(end, _foreign)
            self._received += self._sandbox.channel.received - before
            if self._received > self.budget.bytes:
                raise wire.WireError("the answers take too much memory")
            if type(reply.get("id")) is not int or reply["id"] != self._serial or type(reply.get("ok")) is not bool:
                raise wire.WireError("the answer does not match the question")
        except wire.WireTimeout:
            self.ended = "time"
            self.close()
            raise WorkerTimeout("no answer in time") from None
        except (wire.WireClosed, wire.WireError) as error:
            sandbox, self._sandbox = self._sandbox, None
            sandbox.close(patient=isinstance(error, wire.WireClosed))
            self.ended = _ending(sandbox.ended)
            raise WorkerCrashed(str(error)) from None
        return reply


def _ending(status: int | None) -> str:
    """Why a worker ended by itself: "time", "memory", "filter", "signal" or "exit"; "answer" where it was ended.

    工作进程为何结束。``status`` is its exit code, or less than 0 for a signal.
    """
    if status is None:
        return "answer"
    if status >= 0:
        return "memory" if status == OUT_OF_MEMORY else "exit"
    special = {"SIGXCPU": "time", "SIGKILL": "memory", "SIGSYS": "filter"}
    return next((kind for name, kind in special.items() if -status == getattr(signal, name, 0)), "signal")


def _text(reply: dict[str, Any], key: str, limit: int = 30_000) -> str:
    value = reply.get(key)
    return untrusted.text(value[:limit]) if type(value) is str else ""


def _error_text(reply: dict[str, Any]) -> str:
    line = reply.get("line")
    where = f" (line {line})" if type(line) is int and 0 < line < 100_000 else ""
    return f"{_text(reply, 'error', 80) or 'Exception'}: {_text(reply, 'message', 2000)}{where}"
