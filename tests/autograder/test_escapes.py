"""What a student who knows the sandbox would try in it: files, system calls by number, devices, other processes.

Each returns something where it gets through, and ``None`` or ``False`` or an error where it does not.
"""

from __future__ import annotations

import pytest

from autograder.grading.session import Budget, Session
from autograder.judging.exercise import AnswerError, WorkerCrashed, WorkerTimeout
from tests.autograder.test_sandbox import needs
from tests.effort import long

QUICK = Budget(cell=5.0, call=3.0, exercise=9.0, notebook=60.0)
BEGIN = """
import ctypes, mmap, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
S = SECRET
def sc(number, *given):
    if os.uname().machine != "x86_64":
        return None  # other machines have other numbers
    whole = [ctypes.c_long(one) if isinstance(one, int) else one for one in given]
    got = libc.syscall(ctypes.c_long(number), *whole)
    return got if got >= 0 else None
"""
#: System calls that a program of Python's and NumPy's has no need of.
CALLS = {
    "open_tree": "return sc(428, -100, S.encode(), 0)",
    "fsopen": "return sc(430, b'tmpfs', 0)",
    "openat2": "h=ctypes.create_string_buffer(24)\nreturn sc(437, -100, S.encode(), h, 24)",
    "name_to_handle_at": (
        "h=ctypes.create_string_buffer(struct.pack('Ii',128,0),200); m=ctypes.c_int()\n"
        "return sc(303, -100, S.encode(), h, ctypes.byref(m), 0)"
    ),
    "open_by_handle_at": "h=ctypes.create_string_buffer(200)\nreturn sc(304, 3, h, 0)",
    "io_uring": "h=ctypes.create_string_buffer(200)\nreturn sc(425, 4, h)",
    "memfd": "return sc(319, b'x', 0)",
    "execveat": "return sc(322, -100, b'/bin/true', None, None, 0)",
    "userfaultfd": "return sc(323, 0)",
    "bpf": "return sc(321, 0, None, 0)",
    "perf": "return sc(298, None, 0, -1, -1, 0)",
    "keyctl": "return sc(250, 0, -3, 0)",
    "add_key": "return sc(248, b'user', b'x', b'y', 1, -3)",
    "unshare user": "return sc(272, 0x10000000)",
    "setns": "return sc(308, 3, 0)",
    "clone thread": "return sc(56, 0x10000 | 0x800 | 0x100, 0, 0, 0, 0)",
    "vfork": "return sc(58)",
    "pidfd_open parent": "return sc(434, os.getppid(), 0)",
    "pidfd_getfd": "return sc(438, 3, 0, 0)",
    "process_madvise": "return sc(440, 3, None, 0, 4, 0)",
    "kcmp": "return sc(312, os.getpid(), os.getppid(), 0, 0, 0)",
    "prlimit parent": "h=ctypes.create_string_buffer(16)\nreturn sc(302, os.getppid(), 7, None, h)",
    "sched_setaffinity": "h=ctypes.create_string_buffer(b'\\1'*8)\nreturn sc(203, 0, 8, h)",
    "setpriority": "return sc(141, 0, os.getppid(), 19)",
    "ioprio": "return sc(251, 1, 0, 0)",
    "personality": "return sc(135, 0x40000)",
    "modify_ldt": "h=ctypes.create_string_buffer(64)\nreturn sc(154, 0, h, 64)",
    "swapon": "return sc(167, S.encode(), 0)",
    "syslog": "h=ctypes.create_string_buffer(64)\nreturn sc(103, 3, h, 64)",
    "quotactl": "return sc(179, 0, None, 0, None)",
    "acct": "return sc(163, S.encode())",
    "setxattr": "return sc(188, S.encode(), b'user.x', b'y', 1, 0)",
    "inotify": "return sc(294, 0)",
    "signalfd": "return sc(289, -1, ctypes.create_string_buffer(8), 8, 0)",
    "timerfd": "return sc(283, 1, 0)",
    "landlock again": "return sc(444, None, 0, 1)",
    "map fixed low": "return sc(9, 0, 4096, 7, 0x32, -1, 0)",
    "tgkill parent": "return sc(234, os.getppid(), os.getppid(), 0)",
    "tkill parent": "return sc(200, os.getppid(), 9)",
    "rt_sigqueueinfo": "return sc(129, os.getppid(), 9, ctypes.create_string_buffer(128))",
    "set hostname": "return sc(170, b'x', 1)",
    "reboot": "return sc(169, 0xfee1dead, 672274793, 0, None)",
    "settimeofday": "return sc(164, None, None)",
}

#: Files, devices, other processes, and what is left of what this process was.
REACHES = {
    "getxattr": (
        "h=ctypes.create_string_buffer(64)\n"
        "r=libc.getxattr(S.encode(), b'user.x', h, 64)\n"
        "return ctypes.get_errno() not in (1,13,2) and ctypes.get_errno()"
    ),
    "utime": "os.utime(S, (0,0)); return 'touched'",
    "chown": "os.chown(S, 0, 0); return 'owned'",
    "link": "os.link(S, '/tmp/x'); return 'linked'",
    "symlink": "os.symlink(S, '/tmp/x'); return 'linked'",
    "mkfifo": "os.mkfifo('/tmp/f'); return 'made'",
    "mknod": "os.mknod('/tmp/n'); return 'made'",
    "truncate": "libc.truncate(S.encode(), 0) == 0 and 1/0\nreturn False",
    "open trunc": "os.close(os.open(S, os.O_RDONLY | os.O_TRUNC)); return 'cut'",
    "open path then proc": "f=os.open(S, os.O_PATH)\nreturn open(f'/proc/self/fd/{f}').read()",
    "chdir": "os.chdir('FOLDER')\nreturn open('gradebook.db').read()",
    "tmpfile": "return os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "shm": ("from multiprocessing import shared_memory\nreturn shared_memory.SharedMemory(create=True, size=10).name"),
    "devshm": "open('/dev/shm/x','w').write('x'); return 'wrote'",
    "dev write": "open('/dev/null','w').write('x'); return False",
    "tty": "open('/dev/tty','r+'); return 'tty'",
    "proc maps": "return open('/proc/self/maps').read(100)",
    "proc mem": "return open('/proc/self/mem','r+b').fileno()",
    "proc cmdline": "return open('/proc/self/cmdline').read(300)",
    "proc mounts": "return open('/proc/self/mountinfo').read(300)",
    "proc others": "return [p for p in os.listdir('/proc') if p.isdigit()]",
    "proc net": "return open('/proc/net/tcp').read(100)",
    "sys": "return os.listdir('/sys/class/net')",
    "cpuinfo": "return open('/proc/cpuinfo').read(20)",
    "int80": (
        "m=mmap.mmap(-1,4096,prot=7)\n"
        "m.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3')\n"
        "f=ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
        "return f()"
    ),
    "sqlite": (
        "import sqlite3\n"
        "return sqlite3.connect('file:'+S+'?mode=ro&immutable=1',"
        " uri=True).execute('select 1 from sqlite_master').fetchall()"
    ),
    "fork_exec": (
        "import _posixsubprocess\n"
        "return _posixsubprocess.fork_exec([b'/bin/true'],[b'/bin/true'],True,(),None,None,-1,-1,-1,-1,-1,-1,"
        "-1,-1,True,False,0,None,None,None,-1,None,True)"
    ),
    "pty fork": "import pty\nreturn pty.fork()[0]",
    "openpty": "return os.openpty()",
    "socketpair": "import socket\nreturn socket.socketpair()[0].fileno()",
    "netlink": "import socket\nreturn socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno()",
    "channel as socket getsockopt": (
        "import socket\n"
        "s=socket.socket(fileno=os.dup(3))\n"
        "return s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)"
    ),
    "recvmsg on channel": (
        "import socket\n"
        "s=socket.socket(fileno=os.dup(3))\n"
        "return s.recvmsg(10, 100, socket.MSG_DONTWAIT|socket.MSG_PEEK)"
    ),
    "eventfd": "return os.eventfd(1)",
    "setpipe size": "import fcntl\nr,w=os.pipe()\nreturn fcntl.fcntl(w, 1031, 1<<20)",
    "fcntl lock": "import fcntl\nf=open('/dev/zero')\nfcntl.lockf(f, fcntl.LOCK_SH); return 'lock'",
    "fcntl lease": "import fcntl\nreturn fcntl.fcntl(os.open('/dev/zero',0), 1024, 0)",
    "setuid": "os.setuid(1000); return 'uid'",
    "setsid": "return os.setsid()",
    "setpgid": "os.setpgid(0,0); return 'pg'",
    "prctl dumpable": "r=libc.prctl(4,1,0,0,0)\nreturn None if r else 'dumpable'",
    "prctl pdeathsig off": "r=libc.prctl(1,0,0,0,0)\nreturn None if r else 'off'",
    "prctl seccomp off": "r=libc.prctl(22,0,0,0,0)\nreturn None if r else 'off'",
    "mlock": "return libc.mlockall(3)==0 and 'locked'",
    "shared map 2G": "return len(mmap.mmap(-1, 2<<30)) and 'mapped'",
    "kill -1": "os.kill(-1, 0); return 'sent'",
    "home dir": "return os.listdir(os.path.expanduser('~root'))",
}

#: What Landlock does not govern: sizes and times of files, and links, where the path is known. In namespaces nothing.
SEEN = {
    "open path fstat": "return os.fstat(os.open(S, os.O_PATH)).st_size",
    "stat": "return os.stat(S).st_size",
    "access": "return os.access(S, os.F_OK)",
    "readlink": "return os.readlink('/proc/self/exe')",
}


def through(tier, attacks, secret):
    """Which attacks get through, each in a worker of its own, with what they got."""
    begin = BEGIN.replace("SECRET", repr(str(secret)))
    found = {}
    for name, body in attacks.items():
        lines = "\n".join(f"    {line}" for line in body.replace("FOLDER", str(secret.parent)).splitlines())
        with Session(tier, QUICK) as session:
            assert not session.run(f"{begin}\ndef attack():\n{lines}").error, name
            try:
                got = session.function("attack")()
            except (AnswerError, WorkerCrashed, WorkerTimeout):
                continue
        if got is not None and got is not False:
            found[name] = got
    return found


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "gradebook.db"
    file.write_text("secret")
    return file


@pytest.mark.parametrize("kind", [CALLS, REACHES], ids=["calls", "reaches"])
@pytest.mark.parametrize("tier", ["bubblewrap", "landlock"])
def test_nothing_gets_through(tier, kind, secret):
    before, some = secret.stat(), list(kind)[:: 1 if long() else 3]
    assert through(needs(tier), {name: kind[name] for name in some}, secret) == {}
    assert secret.read_text() == "secret" and secret.stat().st_mtime == before.st_mtime


def test_of_files_under_landlock_no_more_is_seen_than_that_they_are_there(secret):
    assert through(needs("bubblewrap"), SEEN, secret) == {}
    assert {*through(needs("landlock"), SEEN, secret)} == {*SEEN}


def test_without_walls_the_same_attacks_do_get_through(secret):
    """Else the tables would prove nothing."""
    reached = through("limits", REACHES, secret)
    assert {"open path then proc", "chdir", "proc maps", "open trunc"} <= {*reached} and secret.read_text() == ""
