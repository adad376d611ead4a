"""The untrusted side: run a student's cells in order and answer calls of the functions they define.

Runs as a script in a process of its own, where the package it lies in cannot be imported.  What exercises allow is
loaded there once; each worker is a fork of that process, which confines itself before it runs anything of a student's.
Nothing it says is believed: all it can do is supply values, which the examiner judges.
"""

import __future__

import ast
import builtins
import contextlib
import functools
import gc
import importlib.machinery
import inspect
import io
import json
import os
import signal
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _locked(value: Any) -> bool:
    """Whether there is a read-only array in it: the call is to leave its input as it is."""
    if type(value) in (tuple, list):
        return any(map(_locked, value))
    return hasattr(value, "flags") and not value.flags.writeable


def _state(value: Any, depth: int = 0) -> Any:
    """What a call could change of it: an array's shape, strides and bytes, and what a list holds."""
    if type(value) in (tuple, list) and depth < 4:  # by now a list may hold itself
        return [_state(item, depth + 1) for item in value]
    if hasattr(value, "tobytes"):
        return value.shape, value.strides, value.tobytes()
    return type(value), value if isinstance(value, (int, float, complex, str)) else id(value)


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
    place, line, function, trace = "", 0, "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(("<cell ", "<file ")):
            place, line, function = code.co_filename, trace.tb_lineno, code.co_qualname
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and str(error.filename).startswith("<cell "):
        line, message = error.lineno or 0, str(error.msg)[:2000]
    where = {"place": place[:80], "line": line, "function": function[-200:]}
    return {"error": type(error).__name__[:80], "message": message, **where}


def _opaque(value: object) -> dict[str, Any]:
    """What stands for a value that has no business crossing: only the name of its type."""
    name = type(value).__name__
    if name == "ndarray":
        name = f"ndarray of {value.dtype}"  # type: ignore[attr-defined]
    return {"t": "opaque", "kind": str(name)[:80]}


def _driven(coroutine: Any) -> None:
    """Run what a cell awaits to its end. There is no event loop, which wants sockets: sleep is all it can wait for."""
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


def _room() -> bool:
    """Whether there is memory left to go on with, after some ran out: a full list that was kept spoils what follows."""
    try:
        return len(bytearray(64 << 20)) > 0
    except MemoryError:
        return False


class _Nothing:
    """``check``, ``hint``, ``display`` and their like while grading, when the examiner checks and nobody looks."""

    def __call__(self, *args: object, **kwargs: object) -> "_Nothing":
        return self

    def __bool__(self) -> bool:
        return False  # libraries ask whether ``get_ipython()`` is there

    def __getattr__(self, name: str) -> "_Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Modules:
    """Finds the student's own modules, whose sources the examiner sent."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        return importlib.machinery.ModuleSpec(name, self) if name in self.sources else None  # type: ignore[arg-type]

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        exec(compile(self.sources[name], f"<file {name}>", "exec", dont_inherit=True), vars(module))


def _stand_in(name: str) -> types.ModuleType:
    """A module whose every name does nothing."""
    module, nothing = types.ModuleType(name), _Nothing()
    vars(module)["__getattr__"] = lambda attribute: getattr(nothing, attribute)
    sys.modules[name] = module
    return module


def _bound(node: ast.AST) -> set[str]:
    """Names that a statement binds where it stands, functions inside it not entered."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {name.asname or name.name.split(".")[0] for name in node.names}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Lambda):
        return set()
    return {name for child in ast.iter_child_nodes(node) for name in _bound(child)}


class Worker:
    def __init__(self, channel: Any, wire: Any, forbid: "list[str]") -> None:
        self.channel = channel
        self.wire = wire
        self.flags = 0  # of ``from __future__ import``, which hold for later cells too, as in a notebook
        self.at = 0  # the statement of a cell that runs, by its line
        self.forbidden = {name.removeprefix(".") for name in forbid}  # attributes that were taken away
        self.absent: set[str] = set()  # names that a cell would have bound, had it found here what it wants
        self.modules = _Modules()
        sys.meta_path.append(self.modules)
        self.sent: dict[tuple[str, str], Any] = {}
        helpers = dict.fromkeys(("check", "hint", "lang", "pictures", "predict", "progress"), _Nothing())
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self.names = vars(main)
        self.names.update(helpers)
        package = sys.modules["autograder"] = types.ModuleType("autograder")
        vars(package)["student"] = _stand_in("autograder.student")
        vars(_stand_in("IPython")).update(__path__=[], version_info=(9, 0))
        vars(sys.modules["IPython"])["display"] = _stand_in("IPython.display")
        vars(builtins).update(display=_Nothing(), get_ipython=_Nothing())

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request.get("name")
        if request["op"] == "cell":
            self.absent.update(request["absent"])
            self._run(str(request["source"]), f"<cell {int(request['number'])}>")
            return {}
        if request["op"] == "module":
            self.modules.sources[str(name)] = str(request["source"])
            return {}
        if request["op"] == "find":
            found = self.names.get(str(name))
            return {"found": callable(found)}
        function = self.names[str(name)]
        if request["stage"] is not None:
            function = functools.partial(self._ours(*request["stage"]), function)
        given = list(request["args"])
        watched = any(map(_locked, given))
        before = [_state(a) for a in given] if watched else []
        with self._lending(request["lent"]):
            value = function(*request["args"], **request["kwargs"])
        if watched and [_state(a) for a in given] != before:
            raise ValueError("assignment destination is read-only")  # which NumPy says not of shapes, nor in np.add.at
        return {"value": value}

    def _ours(self, name: str, source: str) -> Any:
        """A function of the exercise's own, from the source that the examiner sent."""
        if (name, source) not in self.sent:
            own = {"__name__": "reference", "np": sys.modules.get("numpy"), "tidu": sys.modules.get("tidu")}
            exec(compile(source, "<reference>", "exec", dont_inherit=True), own)
            self.sent[name, source] = own[name]
        return self.sent[name, source]

    @contextlib.contextmanager
    def _lending(self, sources: dict[str, str]) -> Iterator[None]:
        """Put the reference under the names of functions that the student wrote for other exercises."""
        missing = object()
        before = {name: self.names.get(name, missing) for name in sources}
        for name, source in sources.items():
            self.names[name] = self._ours(name, source)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is missing:
                    self.names.pop(name, None)
                else:
                    self.names[name] = value

    def _run(self, source: str, file: str) -> None:
        """Run a cell statement by statement, going on after one that wants what is not here.

        Above what a student adds to a cell there often stands ``import tidu as torch`` or a plot; at home it ran.
        """
        first: Exception | None = None
        self.at = 1
        for statement in ast.parse(source, file).body:
            self.at = statement.lineno
            try:
                self._execute(statement, file)
            except (ImportError, AttributeError, NameError, EOFError) as error:
                if not self._is_elsewhere(error):
                    raise
                first = first or error
                self._do_without(statement, file)
        self.at = 0
        if first is not None:
            raise first

    def _execute(self, statement: ast.stmt, file: str, extra: int = 0) -> None:
        code = compile(ast.Module([statement], []), file, "exec", self.flags | extra | _AWAIT, dont_inherit=True)
        for name in __future__.all_feature_names:
            self.flags |= code.co_flags & getattr(__future__, name).compiler_flag & ~extra
        if code.co_flags & inspect.CO_COROUTINE:  # ``await`` outside of a function, which notebooks have
            _driven(eval(code, self.names))
        else:
            exec(code, self.names)

    def _is_elsewhere(self, error: Exception) -> bool:
        """Whether an error only says that grading has no library, no plots, and nobody who answers ``input``.

        Nor has it what the exercise is to be done without, with which many compare their answer below it.
        """
        if isinstance(error, AttributeError):
            return error.name in self.forbidden
        if type(error) is ImportError:
            return any(f"name {name!r} " in str(error) for name in self.forbidden)
        if isinstance(error, NameError):
            return type(error) is NameError and error.name in self.absent and error.name not in self.names
        return True

    def _do_without(self, statement: ast.stmt, file: str) -> None:
        """What is left of a statement that failed: the function, where only its annotations could not be had."""
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign)):
            with contextlib.suppress(NameError):
                return self._execute(statement, file, __future__.annotations.compiler_flag)
        for name in _bound(statement):
            self.names.pop(name, None)
            self.absent.add(name)

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
                reply = {"ok": False, **_describe(error), "stopped": self.at}
            if not reply["ok"]:
                if reply["error"] == "MemoryError" and not _room():
                    os._exit(71)  # which the sandbox takes for that
                frame = self.wire.pack({"id": request["id"], "out": out.text(), "err": err.text(), **reply})
            self.channel.send(frame)


def _forks(control: Any, ready: Any) -> tuple[int, dict[str, Any]]:
    """Fork a worker for each request, and return in it: with the descriptor of its channel, and what it was asked for.

    Nothing of a student's comes to the process that goes on here.
    """
    import socket

    control.sendall(b"ready")
    here = os.getpid()
    while True:
        message, fds, *_ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            os._exit(0)
        request = json.loads(message)
        if "end" in request:
            answer = _ended(request["end"], request["patient"])
        else:
            answer = os.fork()
            if not answer:
                os.setsid()
                control.close()
                ready()
                if os.getppid() != here:
                    os._exit(1)
                return fds[0], request
            os.close(fds[0])
        control.sendall(json.dumps(answer).encode())


def _ended(pid: int, patient: bool) -> int | None:
    """End a worker and what it started; its status where it had ended by itself, or does so at once."""
    found, status = os.waitpid(pid, os.WNOHANG)
    for _ in range(40 * patient):
        if found:
            break
        time.sleep(0.005)
        found, status = os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if found:
        return status
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not have got as far as to a group of its own
    os.waitpid(pid, 0)
    return None


def _own_streams() -> None:
    """Leave the streams of the process that forks, which all that it forks share, flags that one sets included.

    The third of them told the examiner, until here, why the start failed.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nowhere, fd)
    os.close(nowhere)


def main() -> None:
    import socket

    config = json.loads(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    added = [here, *config["packages"]]
    sys.path[:0] = added
    import absent  # type: ignore[import-not-found]
    import confine  # type: ignore[import-not-found]
    import wire  # type: ignore[import-not-found]

    confine.die_with_parent()
    for module in config["modules"]:
        importlib.import_module(module)
    reseed = None
    if "numpy" in sys.modules:
        np = sys.modules["numpy"]
        if sys.platform == "linux":  # macOS's BLAS, once used, does not survive a fork
            np.linalg.inv(np.eye(2) @ np.eye(2))  # some load a part of themselves at first use
        reseed = np.random.seed
    del sys.path[: len(added)]
    sys.path += config["importable"]
    sys.path_importer_cache.clear()
    for name in ("absent", "confine", "wire", "seccomp", "landlock"):
        module = sys.modules.pop(name)
        module.__file__ = None
    sys.argv[:] = [""]
    prepared, places = confine.prepare(config), absent.places()
    gc.freeze()
    fd, asked = _forks(socket.socket(fileno=config["fd"]), confine.die_with_parent)
    _own_streams()
    channel = wire.Channel(fd)
    if reseed is not None:
        reseed()  # which a process that starts anew does for itself
    try:
        hidden = absent.take_away(asked["forbid"], places) if asked["forbid"] else []
        report = confine.confine(prepared, asked["limits"], hidden)
        if asked["forbid"]:
            absent.disarm()
    except OSError as error:
        channel.send(wire.pack({"failed": str(error)}))
        os._exit(1)
    channel.send(wire.pack(report))
    worker = Worker(channel, wire, asked["forbid"])
    try:
        worker.serve()
    except wire.WireClosed:
        os._exit(0)


if __name__ == "__main__":
    main()
