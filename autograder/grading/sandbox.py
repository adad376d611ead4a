"""Start worker processes under the strongest confinement that this machine gives.

A worker is forked from a :class:`Zygote`, a process that has loaded what exercises allow and runs nothing of anybody's.
Three tiers, the strongest that works being chosen by starting a worker under it:

``bubblewrap``  namespaces of its own (users, mounts, processes, network, IPC) around what ``landlock`` does; the file
                system holds Python and what exercises allow, and cannot be written.
``landlock``    Landlock and a system-call filter, which need neither root nor a package; that a file is there, its size
                and its times can be seen by who knows its path.
``limits``      resource limits and, on Linux, the system-call filter: files of this user can be read and written, so
                it is taken only where somebody asked for it.

``TIDU_GRADER_TIER`` asks for one of them by name.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tidu
from autograder.grading import landlock, seccomp, wire
from autograder.judging.catalogue import Message, Refusal

TIERS = ("bubblewrap", "landlock", "limits")
_HERE = Path(__file__).resolve().parent
_WORKER_FILES = ("worker.py", "wire.py", "absent.py", "confine.py", "landlock.py", "seccomp.py")
_START_SECONDS = 30.0
OUT_OF_MEMORY = 71  # the exit code of a worker that has none left to go on with
#: Parts of the library that a worker loads at its start, before a student's time is counted.
_LIBRARY = ("nn", "nn.functional", "optim", "random", "utils.data")
# how the dynamic linker finds libraries; Debian chooses a BLAS through /etc/alternatives
_LINKER_FILES = ("/etc/ld.so.cache", "/etc/alternatives")
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class SandboxError(Refusal):
    """A worker could not be started: a failure of this machine, never of the submission."""


def _not_started(tier: str, why: object) -> SandboxError:
    return SandboxError(f"the {tier} worker did not start: {why}", f"{tier} 级的工作进程没能启动：{why}")


@dataclass(frozen=True)
class Limits:
    """What one worker may use. 一个工作进程的资源上限。"""

    memory: int = 1 << 30
    seconds: int = 600
    file_size: int = 16 << 20


@dataclass(frozen=True)
class _Runtime:
    """Where Python lives, and what beside it must stay hidden."""

    python: str
    stdlib: str
    roots: tuple[str, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class _Packages:
    """What a worker has beside Python: folders to find it in, paths that it may read, modules loaded at its start.

    whole   folders of which all may be read but what is in ``hidden``
    """

    folders: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@functools.cache
def _runtime() -> _Runtime:
    base = Path(sys.base_prefix).resolve()
    python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    wanted = [base / "lib", base / "lib64", *map(Path, ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"))]
    roots = [str(path) for path in dict.fromkeys(wanted) if path.is_dir() and not path.is_symlink()]
    roots = [p for p in roots if not any(p != q and p.startswith(q + "/") for q in roots)]
    patterns = ("python3*/site-packages", "python3*/dist-packages")
    hidden = [found for root in roots for pattern in patterns for found in glob.glob(f"{root}/{pattern}")]
    stdlib = os.path.realpath(sysconfig.get_paths()["stdlib"])
    return _Runtime(python, stdlib, tuple(roots), tuple(hidden))


@functools.cache
def _packages(allow: str) -> _Packages:
    """What there is in a worker for exercises that allow "python", "numpy" or "tidu".

    "environment", for notebooks that bring their own tests, is all that is installed beside Python but this package,
    which holds the answers.
    """
    if allow == "python":
        return _Packages()
    if allow == "environment":
        course = _packages("tidu")
        installed = [Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")]
        found = [str(entry) for folder in dict.fromkeys(installed) for entry in sorted(folder.iterdir())]
        hidden = [path for path in found if os.path.basename(path).partition("-")[0] == "autograder"]
        readable = dict.fromkeys([*course.paths, *(path for path in found if path not in hidden)])
        whole = tuple(dict.fromkeys(map(str, installed)))
        return _Packages(
            tuple(dict.fromkeys([*course.folders, *whole])), tuple(readable), ("numpy",), whole, tuple(hidden)
        )
    package = Path(np.__path__[0]).resolve()
    paths = [str(path) for path in (package, package.parent / "numpy.libs") if path.is_dir()]
    if allow == "numpy":
        return _Packages((str(package.parent),), tuple(paths), ("numpy",))
    library = Path(tidu.__path__[0]).resolve()
    folders = tuple(dict.fromkeys([str(package.parent), str(library.parent)]))
    return _Packages(folders, (*paths, str(library)), ("numpy", "tidu", *(f"tidu.{name}" for name in _LIBRARY)))


def _readable(packages: _Packages) -> list[str]:
    """What Landlock lets a worker read: the standard library alone, packages that are wanted, system libraries."""
    runtime = _runtime()
    kept = [e.path for e in os.scandir(runtime.stdlib) if e.name not in ("site-packages", "dist-packages")]
    libraries = glob.glob(f"{sys.base_prefix}/lib/lib*.so*") + glob.glob("/usr/lib*/lib*.so*")
    multiarch = sysconfig.get_config_var("MULTIARCH")
    system = [f"/usr/lib/{multiarch}", f"/lib/{multiarch}"] if multiarch else []
    devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/usr/share/zoneinfo"]
    return [*kept, *packages.paths, *libraries, *system, *devices, *_LINKER_FILES]


def _bubblewrap(config: str, fd: int, packages: _Packages) -> tuple[list[str], list[int]]:
    runtime = _runtime()
    options = ["--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--hostname", "grader"]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    # first, for Python or NumPy may be below /tmp, as in a checkout there
    options += ["--size", str(16 << 20), "--tmpfs", "/tmp"]
    for name in ("/lib", "/lib64", "/bin"):
        if os.path.islink(name):
            options += ["--symlink", os.readlink(name), name]
    for root in runtime.roots:
        options += ["--ro-bind", root, root]
    for path in _LINKER_FILES:
        options += ["--ro-bind-try", path, path]
    # a venv or an installation inside a root: its packages disappear, those that are wanted come back
    roots = tuple(f"{root}/" for root in runtime.roots)
    inside = [path for path in _packages("environment").folders if path.startswith(roots)]
    for path in packages.whole:  # a mount for each of hundreds of packages would take most of a second
        options += ["--ro-bind", path, path]
    others = (path for path in (*runtime.hidden, *inside, *packages.folders) if path not in packages.whole)
    hidden = [*dict.fromkeys(others), *filter(os.path.isdir, packages.hidden)]
    for path in hidden:
        options += ["--size", str(1 << 20), "--tmpfs", path]
    for path in packages.hidden:
        options += [] if path in hidden else ["--ro-bind", "/dev/null", path]
    for path in packages.paths:
        if not path.startswith(tuple(f"{folder}/" for folder in packages.whole)):
            options += ["--ro-bind", path, path]
    # /tmp, too: it is the same for all that are forked
    for path in (*hidden, "/tmp"):
        options += ["--remount-ro", path]
    if not any(runtime.python.startswith(root + "/") for root in runtime.roots):
        options += ["--ro-bind", runtime.python, runtime.python]
    for name in _WORKER_FILES:
        options += ["--ro-bind", str(_HERE / name), f"/grader/{name}"]
    # the sizes are bounds: bubblewrap's own default is half of the memory
    options += ["--dev", "/dev", "--remount-ro", "/dev", "--chdir", "/tmp", "--remount-ro", "/"]
    for name, value in _ENVIRONMENT.items():
        options += ["--setenv", name, value]
    # through a pipe, so that no path of this machine stands in a command line that the worker might read
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(b"".join(option.encode() + b"\0" for option in options))
    python = [runtime.python, "-I", "-S", "-B", "/grader/worker.py", config]
    return [shutil.which("bwrap") or "bwrap", "--args", str(reading), *python], [fd, reading]


class Zygote:
    """A process that has loaded what exercises allow and forks workers. 预先加载、按需派生工作进程的进程。

    Raises :class:`SandboxError` when it does not come up.
    """

    def __init__(self, tier: str, allow: str) -> None:
        linux, packages = platform.system() == "Linux", _packages(allow)
        landed = tier == "landlock" or (tier == "bubblewrap" and bool(landlock.version()))
        self.owner = os.getpid()
        self._workers: set[int] = set()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        fds = [theirs.fileno()]
        importable = list(packages.folders) if allow == "environment" else []
        config = {
            "fd": theirs.fileno(),
            "packages": packages.folders,
            "importable": importable,
            "modules": packages.modules,
            # inside namespaces too, where the kernel has it: a hole in the one is then not one in both
            "landlock": landed,
            "readable": _readable(packages) if landed else [],
            "listable": [_runtime().stdlib, *importable] if landed else [],
            "seccomp": linux and seccomp.supported(),
        }
        if tier == "bubblewrap":
            command, fds = _bubblewrap(json.dumps(config), theirs.fileno(), packages)
        else:
            command = [_runtime().python, "-I", "-S", "-B", str(_HERE / "worker.py"), json.dumps(config)]
        try:
            self._process = subprocess.Popen(
                command,
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=fds,
                start_new_session=True,
            )
        except OSError as error:
            self._control.close()
            raise _not_started(tier, error) from None
        finally:
            theirs.close()
            for fd in fds[1:]:
                os.close(fd)
        assert self._process.stderr is not None
        try:
            self._control.settimeout(_START_SECONDS)
            if self._control.recv(16) != b"ready":
                raise ConnectionError("end of stream")
        except OSError as error:
            self.close()
            said = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:] or [str(error)]
            self._process.stderr.close()
            raise _not_started(tier, said[0]) from None
        self._process.stderr.close()

    @classmethod
    def at_hand(cls, tier: str, allow: str) -> Zygote:
        """The one of this thread: the kernel ends it with the thread that started it. 当前线程已有的，没有就启动。"""
        kept: dict[tuple[str, str], Zygote] = _of_thread.__dict__.setdefault("zygotes", {})
        found = kept.get((tier, allow))
        if found is None or found.owner != os.getpid() or found._process.poll() is not None:
            found = kept[tier, allow] = cls(tier, allow)
        return found

    def _ask(self, request: dict[str, Any], *fds: int) -> Any:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            return json.loads(self._control.recv(64))
        except BaseException:
            self.close()  # what was interrupted may still be answered, to a question that comes later
            raise

    def fork(self, fd: int, limits: Limits, forbid: Sequence[str] = ()) -> int:
        """Have a worker forked, with ``fd`` as its channel; returns its number there.

        派生一个工作进程，``fd`` 是它的通道；返回它的编号。 Raises ``OSError`` or ``ValueError`` when that fails.
        """
        number = int(self._ask({"limits": asdict(limits), "forbid": list(forbid)}, fd))
        self._workers.add(number)
        return number

    def end(self, number: int, patient: bool = False) -> int | None:
        """End a worker and everything it started; the status of one that had ended by itself. 结束工作进程及其后代。

        patient   it said goodbye, and may be about to end: wait a moment for its status
        """
        if self._process.returncode is not None:
            return None
        try:
            status = self._ask({"end": number, "patient": patient})
        except (OSError, ValueError):
            return None
        self._workers.discard(number)
        return None if status is None else os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End it, and its workers with it. 结束它及其派生的全部工作进程。"""
        # in a namespace, and where the kernel is asked to, workers end with it; there their numbers are no one's here
        workers = self._workers if platform.system() != "Linux" else ()
        for number in (self._process.pid, *workers):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(number, signal.SIGKILL)
        self._process.wait()
        self._control.close()

    def __del__(self) -> None:
        if "_process" in self.__dict__ and self.owner == os.getpid():
            self.close()


_of_thread = threading.local()


class Sandbox:
    """One confined worker and the channel to it. 一个受限的工作进程及与它通信的通道。

    allow   what it has beside Python: nothing ("python"), "numpy", "tidu" as well, or all of the "environment"
    forbid  names that are taken away from that, as an exercise says them
    ended   how it ended by itself, once it is closed: its exit code, or less than 0 for a signal

    Raises :class:`SandboxError` when the worker does not come up.
    """

    def __init__(
        self, tier: str, limits: Limits | None = None, allow: str = "numpy", forbid: Sequence[str] = ()
    ) -> None:
        self.ended: int | None = None
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._zygote, self.number = self._forked(tier, allow, theirs.fileno(), limits or Limits(), forbid)
        self._socket = mine
        self.channel = wire.Channel(mine.fileno())
        try:
            self.report = self.channel.receive(time.monotonic() + _START_SECONDS)
        except (wire.WireError, wire.WireClosed, wire.WireTimeout) as error:
            self.report = {"failed": str(error)}
        if "failed" in self.report:
            self.close()
            raise _not_started(tier, self.report["failed"])

    @staticmethod
    def _forked(tier: str, allow: str, fd: int, limits: Limits, forbid: Sequence[str]) -> tuple[Zygote, int]:
        for _ in range(2):
            zygote = Zygote.at_hand(tier, allow)
            try:
                return zygote, zygote.fork(fd, limits, forbid)
            except (OSError, ValueError) as error:
                said = error  # something ended it, such as a machine without memory: once more with a new one
        raise _not_started(tier, said)

    def close(self, patient: bool = False) -> None:
        """Kill the worker and everything it started. 结束工作进程及其所有后代。"""
        self.ended = self._zygote.end(self.number, patient)
        self._socket.close()


@dataclass(frozen=True)
class Probe:
    """Whether one tier works here, and why not. 某一级隔离在本机能否使用，以及原因。"""

    tier: str
    works: bool
    why: Message


@functools.cache
def probe(tier: str) -> Probe:
    """Start one worker under ``tier`` and say what happened. 试启动一个 ``tier`` 级的工作进程。"""
    missing = None
    if tier == "bubblewrap" and platform.system() != "Linux":
        missing = Message("只有 Linux 有命名空间", "only Linux has namespaces")
    elif tier == "bubblewrap" and not shutil.which("bwrap"):
        missing = Message(
            "没有安装 bubblewrap（Debian、Ubuntu：apt install bubblewrap）",
            "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)",
        )
    elif tier == "landlock" and not landlock.version():
        missing = Message(
            "内核没有 Landlock（要 Linux 5.13 或更新，lsm=landlock）",
            "this kernel has no Landlock (Linux 5.13 or newer, lsm=landlock)",
        )
    elif tier == "landlock" and not seccomp.supported():
        machine = platform.machine()
        missing = Message(f"没有 {machine} 的系统调用过滤", f"no system-call filter for {machine}")
    if missing:
        return Probe(tier, False, missing)
    try:
        sandbox = Sandbox(tier, allow="python")
    except SandboxError as error:
        return Probe(tier, False, error.message)
    sandbox.close()
    filtered, abi = sandbox.report.get("seccomp"), sandbox.report.get("landlock")
    zh, en = ("有系统调用过滤", "system-call filter") if filtered else ("没有系统调用过滤", "no system-call filter")
    return Probe(
        tier, True, Message(f"{zh}，Landlock ABI {abi}", f"{en}, Landlock ABI {abi}") if abi else Message(zh, en)
    )


@functools.cache
def choose(unconfined: bool = False) -> str:
    """The tier to grade under: the strongest that works, or the one that ``TIDU_GRADER_TIER`` names.

    unconfined   whether ``limits`` will do where nothing better works; named, it was asked for

    选出评分所用的隔离级别。Raises :class:`SandboxError` when no worker can be started, or the one asked for cannot.
    """
    asked = os.environ.get("TIDU_GRADER_TIER")
    if asked and asked not in TIERS:
        tiers = ", ".join(TIERS)
        raise SandboxError(
            f"TIDU_GRADER_TIER is {asked!r}, expected one of {tiers}",
            f"TIDU_GRADER_TIER 是 {asked!r}，应当是 {tiers} 之一",
        )
    probes = []
    for tier in TIERS if not asked else (asked,):
        result = probe(tier)
        probes.append(result)
        if result.works and (result.tier != "limits" or unconfined or asked):
            return result.tier
    zh = "；".join(f"{p.tier}：{p.why.zh}" for p in probes if not p.works)
    en = "; ".join(f"{p.tier}: {p.why.en}" for p in probes if not p.works)
    if probes[-1].works:
        raise SandboxError(
            f"submissions could read and change every file of yours here, the private seed among them ({en}). "
            "Grade elsewhere, or take that upon you with --allow-unconfined",
            f"本机没有隔离手段，提交的代码可以读写你的所有文件，私有种子也在内（{zh}）。"
            "请换一台机器，或用 --allow-unconfined 表示愿意承担",
        )
    raise SandboxError(f"no worker can be started: {en}", f"工作进程启动不了：{zh}")
