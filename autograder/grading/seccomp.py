"""A system-call filter for the worker: what Python and NumPy need to compute, and nothing else.

Everything that is not listed fails with ``EPERM``: sockets, processes and threads, signals to others, mounts, key
rings, ptrace, changes of modes and times, memory outside the address-space limit.  A list of what is allowed does not
age: a system call of a future kernel is refused too.

Copied into the sandbox: standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# fmt: off
_X86_64 = dict(
    read=0, write=1, readv=19, writev=20, pread64=17, pwrite64=18, close=3, lseek=8, fstat=5, stat=4, lstat=6,
    newfstatat=262, statx=332, access=21, faccessat=269, faccessat2=439, readlink=89, readlinkat=267, open=2,
    openat=257, getdents64=217, getcwd=79, chdir=80, fcntl=72, dup=32, dup2=33, dup3=292, ftruncate=77, fsync=74,
    fdatasync=75, unlink=87, unlinkat=263, mkdir=83, mkdirat=258, rmdir=84, rename=82, renameat=264, renameat2=316,
    pipe2=293, mmap=9, mprotect=10, munmap=11, mremap=25, madvise=28, brk=12, msync=26, mincore=27, membarrier=324,
    rt_sigaction=13, rt_sigprocmask=14, rt_sigreturn=15, sigaltstack=131, rt_sigpending=127, rt_sigtimedwait=128,
    setitimer=38, getitimer=36, alarm=37, pause=34, restart_syscall=219, select=23, pselect6=270, poll=7, ppoll=271,
    epoll_create1=291, epoll_ctl=233, epoll_wait=232, epoll_pwait=281, nanosleep=35, clock_nanosleep=230,
    clock_gettime=228, clock_getres=229, gettimeofday=96, time=201, times=100, futex=202, set_robust_list=273,
    get_robust_list=274, rseq=334, set_tid_address=218, sched_yield=24, sched_getaffinity=204, getcpu=309,
    arch_prctl=158, getpid=39, getppid=110, gettid=186, getuid=102, geteuid=107, getgid=104, getegid=108,
    getgroups=115, getresuid=118, getresgid=120, getpgrp=111, getpgid=121, getsid=124, getrlimit=97, getrusage=98,
    sysinfo=99, uname=63, umask=95, getrandom=318, exit=60, exit_group=231,
)
_AARCH64 = dict(
    read=63, write=64, readv=65, writev=66, pread64=67, pwrite64=68, close=57, lseek=62, fstat=80, newfstatat=79,
    statx=291, faccessat=48, faccessat2=439, readlinkat=78, openat=56, getdents64=61, getcwd=17, chdir=49, fcntl=25,
    dup=23, dup3=24, ftruncate=46, fsync=82, fdatasync=83, unlinkat=35, mkdirat=34, renameat=38, renameat2=276,
    pipe2=59, mmap=222, mprotect=226, munmap=215, mremap=216, madvise=233, brk=214, msync=227, mincore=232,
    membarrier=283, rt_sigaction=134, rt_sigprocmask=135, rt_sigreturn=139, sigaltstack=132, rt_sigpending=136,
    rt_sigtimedwait=137, setitimer=103, getitimer=102, restart_syscall=128, pselect6=72, ppoll=73, epoll_create1=20,
    epoll_ctl=21, epoll_pwait=22, nanosleep=101, clock_nanosleep=115, clock_gettime=113, clock_getres=114,
    gettimeofday=169, times=153, futex=98, set_robust_list=99, get_robust_list=100, rseq=293, set_tid_address=96,
    sched_yield=124, sched_getaffinity=123, getcpu=168, getpid=172, getppid=173, gettid=178, getuid=174,
    geteuid=175, getgid=176, getegid=177, getgroups=158, getresuid=148, getresgid=150, getpgid=155, getsid=156,
    getrlimit=163, getrusage=165, sysinfo=179, uname=160, umask=166, getrandom=278, exit=93, exit_group=94,
)
# fmt: on
_MACHINES = {
    "x86_64": (0xC000003E, 317, _X86_64, dict(fcntl=72, ioctl=16, prlimit64=302, tgkill=234, clone3=435)),
    "aarch64": (0xC00000B7, 277, _AARCH64, dict(fcntl=25, ioctl=29, prlimit64=261, tgkill=131, clone3=435)),
}
# F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC: not F_SETOWN, which can aim a signal at another process
_FCNTL = (0, 1, 2, 3, 4, 1030)
# TCGETS FIONREAD FIONBIO FIONCLEX FIOCLEX: not TIOCSTI, which types into a terminal, nor FIOSETOWN
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _TSYNC = 38, 1, 1


def supported() -> bool:
    """Whether this machine's architecture has a filter here. 本机架构是否有过滤表。"""
    return os.name == "posix" and platform.system() == "Linux" and platform.machine() in _MACHINES


def _program(pid: int) -> bytes:
    audit, _, allowed, limited = _MACHINES[platform.machine()]
    code: list[tuple[int, int, int, int]] = []

    def add(op: int, value: int, yes: int = 0, no: int = 0) -> None:
        code.append((op, yes, no, value))

    def only(number: int, argument: int, values: tuple[int, ...]) -> None:
        """Let a call through only when the low word of one argument is among ``values``."""
        add(_EQUAL, number, 0, 2 * len(values) + 2)
        add(_LOAD, 16 + 8 * argument)
        for value in values:
            add(_EQUAL, value, 0, 1)
            add(_RETURN, _ALLOW)
        add(_RETURN, _ERRNO | errno.EPERM)

    add(_LOAD, 4)
    add(_EQUAL, audit, 1, 0)
    add(_RETURN, _KILL)
    add(_LOAD, 0)
    if platform.machine() == "x86_64":
        add(_AT_LEAST, 0x40000000, 0, 1)  # the x32 table has other numbers
        add(_RETURN, _KILL)
    for name, number in allowed.items():
        if name not in limited:
            add(_EQUAL, number, 0, 1)
            add(_RETURN, _ALLOW)
    only(limited["fcntl"], 1, _FCNTL)
    only(limited["ioctl"], 1, _IOCTL)
    only(limited["prlimit64"], 0, (0,))
    only(limited["tgkill"], 0, (pid,))
    add(_EQUAL, limited["clone3"], 0, 1)
    add(_RETURN, _ERRNO | errno.ENOSYS)  # the C library then falls back to clone, and reports its refusal
    add(_RETURN, _ERRNO | errno.EPERM)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def apply() -> None:
    """Install the filter for every thread of this process, for good. 为本进程的所有线程装上过滤器，不可撤销。

    Raises ``OSError`` when the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    code = _program(os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS) failed")
    number = _MACHINES[platform.machine()][1]
    if libc.syscall(number, _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp(SECCOMP_SET_MODE_FILTER) failed")
