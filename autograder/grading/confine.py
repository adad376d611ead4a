"""Put the calling process under confinement, once and for good, after what can be made ready in the one that forks it.

Copied into the sandbox: standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
from collections.abc import Iterable
from typing import Any

import landlock  # type: ignore[import-not-found]
import seccomp  # type: ignore[import-not-found]

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_CAPABILITY_VERSION_3 = 0x20080522


def _limits(memory: int, seconds: int, file_size: int) -> None:
    import resource

    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": file_size,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_NPROC": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(which, (value, value))


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), 8)
    if libc.capset(header, ctypes.create_string_buffer(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent ends; nothing outside Linux. 父进程结束时随之被杀（仅 Linux）。"""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def prepare(config: dict[str, Any]) -> dict[str, Any]:
    """Make ready what :func:`confine` needs, in the process that forks. 在派生进程里事先准备。

    No process of this user's may look into this one, where another wall than Landlock and the filter is to be held.
    """
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    rules = landlock.rules(config["readable"], config["listable"]) if config["landlock"] else None
    return {"rules": rules, "seccomp": config["seccomp"], "paths": (config["readable"], config["listable"])}


def confine(ready: dict[str, Any], limits: dict[str, int], hidden: Iterable[str] = ()) -> dict[str, Any]:
    """Apply what was made ``ready``, and ``limits``, and report what was applied. 施加限制，并报告实际生效的项。

    hidden   paths that this worker is not to read, unlike others

    Raises ``OSError`` when a confinement that was asked for cannot be had: an unconfined worker must not start.
    """
    report: dict[str, Any] = {"landlock": 0, "seccomp": False}
    _limits(**limits)
    if platform.system() == "Linux":
        _drop_capabilities()
    if ready["rules"] is not None:
        # Landlock binds the calling thread only; among namespaces, where it is the second wall, there is no /proc
        tasks = "/proc/self/task"
        if os.path.isdir(tasks) and len(os.listdir(tasks)) != 1:
            raise OSError("the worker already has several threads")
        rules = ready["rules"]
        if hidden:
            readable, listable = ready["paths"]
            kept, opened = landlock.without(readable, hidden)
            rules = landlock.rules(kept, [*listable, *opened])
        report["landlock"] = landlock.restrict(rules)
    if ready["seccomp"]:
        seccomp.apply()
        report["seccomp"] = True
    return report
