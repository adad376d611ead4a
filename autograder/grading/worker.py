"""The untrusted side: run a student's cells in order and answer calls of the functions they define.

Runs as a script in a process of its own, where the package it lies in cannot be imported.  Nothing it says is
believed: all it can do is supply values, which the examiner judges.
"""

import ast
import io
import json
import os
import sys
import types
from typing import Any


class _Sink(io.TextIOBase):
    """A text stream that keeps the beginning of what is written."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept: list[str] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.size < self.limit:
            self.kept.append(str(text)[: self.limit - self.size])
        self.size += len(text)
        return len(text)

    def text(self) -> str:
        cut = f"\n… {self.size - self.limit} more characters" if self.size > self.limit else ""
        return "".join(self.kept) + cut


def _describe(error: BaseException) -> dict[str, Any]:
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<cell>":
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == "<cell>":
        line, message = error.lineno or 0, str(error.msg)[:2000]
    return {"error": type(error).__name__[:80], "message": message, "line": line}


def _opaque(value: object) -> dict[str, Any]:
    """What stands for a value that has no business crossing: only the name of its type."""
    name = type(value).__name__
    if name == "ndarray":
        name = f"ndarray of {value.dtype}"  # type: ignore[attr-defined]
    return {"t": "opaque", "kind": str(name)[:80]}


def _room() -> bool:
    """Whether there is memory left to go on with, after some ran out: a full list that was kept spoils what follows."""
    try:
        return len(bytearray(64 << 20)) > 0
    except MemoryError:
        return False


class _Nothing:
    """``check``, ``hint``, ``pictures`` and their like while grading, when the examiner checks and nobody looks."""

    def __call__(self, *args: object, **kwargs: object) -> None:
        pass

    def __getattr__(self, name: str) -> "_Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class Worker:
    def __init__(self, channel: Any, wire: Any) -> None:
        self.channel = channel
        self.wire = wire
        helpers = dict.fromkeys(("check", "hint", "lang", "pictures", "predict", "progress"), _Nothing())
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self.names = vars(main)
        self.names.update(helpers)
        package, student = types.ModuleType("autograder"), types.ModuleType("autograder.student")
        vars(student).update(helpers)
        package.student = student  # type: ignore[attr-defined]
        sys.modules["autograder"], sys.modules["autograder.student"] = package, student

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request.get("name")
        if request["op"] == "cell":
            self._run(str(request["source"]))
            return {}
        if request["op"] == "find":
            found = self.names.get(str(name))
            return {"found": callable(found)}
        function = self.names[str(name)]
        return {"value": function(*request["args"], **request["kwargs"])}

    def _run(self, source: str) -> None:
        """Run a cell statement by statement, going on after one that wants what is not here.

        Above what a student adds to a cell there often stands ``import tidu as torch`` or a plot.
        """
        first: Exception | None = None
        for statement in ast.parse(source, "<cell>").body:
            code = compile(ast.Module([statement], []), "<cell>", "exec", dont_inherit=True)
            try:
                exec(code, self.names)
            except (ImportError, NameError) as error:
                first = first or error
        if first is not None:
            raise first

    def serve(self) -> None:
        while True:
            request = self.channel.receive()
            out, err = _Sink(20_000), _Sink(20_000)
            sys.stdout, sys.stderr = out, err
            reply: dict[str, Any]
            frame = b""
            try:
                reply = {"ok": True, **self._answer(request)}
                frame = self.wire.pack({"id": request["id"], "out": out.text(), "err": err.text(), **reply}, _opaque)
            except BaseException as error:
                reply = {"ok": False, **_describe(error)}
            if not reply["ok"]:
                if reply["error"] == "MemoryError" and not _room():
                    os._exit(1)
                frame = self.wire.pack({"id": request["id"], "out": out.text(), "err": err.text(), **reply})
            self.channel.send(frame)


def main() -> None:
    config = json.loads(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [here, config["site"]]
    import confine  # type: ignore[import-not-found]
    import numpy as np
    import wire  # type: ignore[import-not-found]

    confine.die_with_parent()
    np.linalg.inv(np.eye(2) @ np.eye(2))  # some BLAS load a part of themselves at first use
    channel = wire.Channel(config["fd"])
    del sys.path[:2]
    sys.path_importer_cache.clear()
    for name in ("confine", "wire", "seccomp", "landlock"):
        module = sys.modules.pop(name)
        module.__file__ = None
    sys.argv[:] = [""]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    report = confine.confine(config)
    os.dup2(nowhere, 2)  # until here it told the examiner why the start failed
    channel.send(wire.pack(report))
    worker = Worker(channel, wire)
    try:
        worker.serve()
    except wire.WireClosed:
        os._exit(0)


if __name__ == "__main__":
    main()
