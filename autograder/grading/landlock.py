"""Landlock: the kernel's file-system, TCP and signal confinement that a process may put on itself without root.

Copied into the sandbox: standard library only.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_PR_SET_NO_NEW_PRIVS = 38


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def version() -> int:
    """The kernel's Landlock ABI, 0 where there is none. 内核的 Landlock ABI 版本，没有则为 0。

    Asked with the system call itself: the file under /sys that lists security modules is often not mounted.
    """
    if platform.system() != "Linux":
        return 0
    return max(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG)), 0)


def _check(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what} failed: {os.strerror(ctypes.get_errno())}")
    return result


def rules(readable: Iterable[str], listable: Iterable[str] = ()) -> int:
    """A descriptor of rules to :func:`restrict` with: beneath ``readable`` files may be read, and nothing else.

    规则的文件描述符：只能读 ``readable`` 之下的文件。
    Beneath ``listable`` the names of files may be seen, and the files not read.  No file can be created, written or
    executed, no TCP port bound or connected to; from ABI 6 on no abstract socket outside can be reached and no process
    outside can be signalled.  Raises ``OSError`` without Landlock.
    """
    abi = version()
    if not abi:
        raise OSError("this kernel has no Landlock")
    libc = _libc()
    files = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, 1 << 14), (5, 1 << 15)):  # refer, truncate, ioctl on devices
        files |= right if abi >= since else 0
    fields = [files, 3, 3][: 1 if abi < 4 else 2 if abi < 6 else 3]
    attributes = ctypes.create_string_buffer(struct.pack(f"{len(fields)}Q", *fields), 8 * len(fields))
    created = libc.syscall(_CREATE, attributes, ctypes.c_size_t(8 * len(fields)), ctypes.c_uint32(0))
    ruleset = _check(created, "landlock_create_ruleset")
    allowed = [(path, _READ_FILE | _READ_DIR) for path in readable] + [(path, _READ_DIR) for path in listable]
    for path, rights in allowed:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        if not os.path.isdir(path):
            rights &= _READ_FILE
        rule = ctypes.create_string_buffer(struct.pack("=QI", rights, fd), 12)
        added = libc.syscall(_ADD_RULE, ruleset, ctypes.c_uint32(_PATH_BENEATH), rule, ctypes.c_uint32(0))
        _check(added, f"landlock_add_rule({path})")
        os.close(fd)
    return ruleset


def without(readable: Iterable[str], hidden: Iterable[str]) -> tuple[list[str], list[str]]:
    """What is left to read of ``readable`` without what is ``hidden`` in it, and the folders on the way there.

    去掉 ``hidden`` 之后还可读的路径，以及途经的文件夹。
    """
    gone = set(hidden)
    above: set[str] = set()
    for path in gone:
        while (path := os.path.dirname(path)) != os.sep:
            above.add(path)
    kept, opened, queue = [], [], list(readable)
    while queue:
        path = queue.pop()
        if path in gone:
            continue
        if path in above:
            opened.append(path)
            queue += [entry.path for entry in os.scandir(path)]
        else:
            kept.append(path)
    return kept, opened


def restrict(ruleset: int) -> int:
    """Confine the calling thread by :func:`rules`; returns the ABI used. 按规则限制当前线程；返回 ABI 版本。"""
    libc = _libc()
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    _check(libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    os.close(ruleset)
    return version()
