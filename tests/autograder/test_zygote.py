"""What a submission can do to the process that forked its worker, and to the workers that come after it: nothing."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from autograder.grading import sandbox, wire
from autograder.grading.session import Budget, Session
from autograder.grading.submission import grade_bytes
from autograder.judging.exercise import AnswerError, WorkerCrashed, WorkerTimeout
from tests.autograder import classroom
from tests.autograder.test_sandbox import needs

QUICK = Budget(cell=3.0, call=1.0, exercise=5.0, notebook=30.0, restarts=3)


@pytest.fixture(scope="module", params=["bubblewrap", "landlock"])
def tier(request):
    return needs(request.param)


def family(pid):
    """All that a process started, and what those did."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(further for child in found for further in family(child))]


def forking(session):
    """The zygote of a session, and the process that forks in it: the one whose child is the worker."""
    zygote = session._sandbox._zygote
    *_, worker = family(zygote._process.pid)
    parent = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1]
    return zygote, int(parent)


def run_as_student(tier, body, names=""):
    """What a function of these lines returns in a worker of its own, or what became of it."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    with Session(tier, QUICK) as session:
        run = session.run(f"import ctypes, fcntl, os, signal\n{names}\ndef attack():\n{lines}")
        assert not run.error
        try:
            return session.function("attack")()
        except (AnswerError, WorkerCrashed, WorkerTimeout) as error:
            return getattr(error, "type_name", type(error).__name__)


FLAGS = """
found = []
for fd in range(64):
    try:
        found.append([fd, fcntl.fcntl(fd, fcntl.F_GETFL)])
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)
    except OSError:
        pass
return found
"""


def test_no_flag_of_a_descriptor_tells_a_later_worker_anything(tier):
    first = run_as_student(tier, FLAGS)
    assert [fd for fd, _ in first[:3]] == [0, 1, 2] and len(first) == 4  # with its channel
    assert run_as_student(tier, FLAGS) == first


STAYS = {
    "a loop": "while True:\n    pass",
    "stopped": "signal.raise_signal(signal.SIGSTOP)",
    "deaf": """
for n in range(1, 65):
    try:
        signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    signal.pause()
""",
    "another group": """
libc = ctypes.CDLL(None)
libc.setpgid(0, os.getppid())
libc.setsid()
while True:
    pass
""",
}


@pytest.mark.parametrize("how", STAYS)
def test_a_worker_does_not_outlive_its_grading(tier, how):
    with Session(tier, QUICK) as session:
        session.run("x = 1")
        zygote, parent = forking(session)
        before = family(parent)
        assert len(before) == 1
    assert family(parent) == []
    assert run_as_student(tier, STAYS[how]) == "WorkerTimeout"
    assert family(parent) == []
    assert sandbox.Zygote.at_hand(tier, "numpy") is zygote


EXHAUSTS = {
    "processes": """
libc, made = ctypes.CDLL(None), 0
for _ in range(2000):
    for number in (56, 57, 58, 435):
        made += libc.syscall(number, 17, 0, 0, 0, 0) >= 0
return made
""",
    "descriptors": """
kept = []
try:
    while True:
        kept.append(os.pipe())
except OSError:
    pass
for _, end in kept:
    os.set_blocking(end, False)
    os.write(end, b"x" * 65536)
return 0
""",
    "memory": """
kept = []
while True:
    kept.append(bytearray(1 << 24))
""",
    "files": """
for n in range(10_000):
    open(f"/tmp/{n}", "w").write("x" * 1000)
return n
""",
}
ENDS = {
    "processes": {0},
    "descriptors": {0},
    "memory": {"MemoryError", "WorkerCrashed", "WorkerTimeout"},
    "files": {"OSError", "PermissionError"},
}


@pytest.mark.parametrize("what", EXHAUSTS)
def test_what_a_worker_uses_up_does_not_stop_the_next_one(tier, what):
    with Session(tier, QUICK) as session:
        session.run("x = 1")
        zygote, parent = forking(session)
    assert {run_as_student(tier, EXHAUSTS[what]) for _ in range(3)} <= ENDS[what]
    assert family(parent) == []
    start = time.monotonic()
    assert run_as_student(tier, "return os.getpid() > 0") is True
    assert time.monotonic() - start < 5 and sandbox.Zygote.at_hand(tier, "numpy") is zygote


#: System calls of x86-64 that reach another process, as (number, arguments) with ``who`` for its number.
REACHES = """
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(b"\\1" * 4096)
here = ctypes.cast(room, ctypes.c_void_p)
reaches = {
    "kill": (62, who, 9), "tkill": (200, who, 9), "tgkill": (234, who, who, 9), "ptrace": (101, 16, who, 0, 0),
    "ptrace seize": (101, 0x4206, who, 0, 0), "process_vm_readv": (310, who, here, 1, here, 1, 0),
    "process_vm_writev": (311, who, here, 1, here, 1, 0), "pidfd_open": (434, who, 0),
    "prlimit64": (302, who, 7, here, 0), "setpriority": (141, 0, who, 19), "sched_setaffinity": (203, who, 8, here),
    "sched_setscheduler": (144, who, 3, here), "ioprio_set": (251, 1, who, 3 << 13), "kcmp": (312, who, who, 0, 0, 0),
    "setpgid": (109, who, who), "rt_sigqueueinfo": (129, who, 9, here), "process_madvise": (440, who, here, 1, 4, 0),
    "move_pages": (279, who, 1, here, here, here, 0), "migrate_pages": (256, who, 8, here, here),
    "perf_event_open": (298, here, who, -1, -1, 0), "process_mrelease": (448, who, 0), "pidfd_getfd": (438, 3, 0, 0),
    "shmget": (29, 4242, 4096, 0o1777), "msgget": (68, 4242, 0o1777), "semget": (64, 4242, 1, 0o1777),
    "mq_open": (240, here, 0o102, 0o600, 0), "memfd_create": (319, here, 0), "userfaultfd": (323, 0),
    "keyctl": (250, 0, -3, 0, 0, 0), "add_key": (248, here, here, here, 1, -3), "flock": (73, 0, 2),
    "unshare": (272, 0x10000000), "setns": (308, 0, 0), "mount": (165, here, here, here, 0, 0),
    "bpf": (321, 0, here, 8),    "io_uring_setup": (425, 4, here), "sendmsg": (46, 3, here, 0), "inotify_init": (253,),
    "fanotify_init": (300, 0, 0),
}
return [name for name, given in reaches.items() if libc.syscall(*map(ctypes.c_long, map(int_of, given))) >= 0]
"""
INT_OF = "def int_of(value):\n    return value if isinstance(value, int) else value.value\n"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are those of x86-64")
def test_no_call_reaches_the_process_that_forks_or_another_worker(tier):
    with Session(tier, QUICK) as other:
        other.run("kept = 1\ndef f():\n    return kept")
        _, parent = forking(other)
        sibling = other._sandbox.number
        before = resource.prlimit(parent, resource.RLIMIT_NOFILE), os.sched_getaffinity(parent), os.getpgid(parent)
        for who in ("os.getppid()", str(sibling)):
            assert run_as_student(tier, f"who = {who}\n{REACHES}", INT_OF) == []
        assert other.function("f")() == 1
        after = resource.prlimit(parent, resource.RLIMIT_NOFILE), os.sched_getaffinity(parent), os.getpgid(parent)
        assert after == before and family(parent) != []


EVERYWHERE = """
for fd in range(64):
    try:
        os.write(fd, order)
    except OSError:
        pass
"""


def test_what_a_worker_writes_anywhere_gives_the_process_that_forks_no_order(tier):
    with Session(tier, QUICK) as session:
        session.run("x = 1")
        zygote, parent = forking(session)
        other = session._sandbox.number
        order = f'{{"end": {other}}}'.encode()
        assert run_as_student(tier, EVERYWHERE, f"order = {order}") in ("WorkerCrashed", "WorkerTimeout")
        assert session.run("x").error == "" and session.starts == 1
        assert sandbox.Zygote.at_hand(tier, "numpy") is zygote and len(family(parent)) == 1


def test_the_seed_is_never_where_a_worker_is(tier, monkeypatch):
    """Neither in what a worker is sent, nor in what it is started with."""
    seed, sent = 987_654_321_987_654, []
    pack, ask, popen = wire.pack, sandbox.Zygote._ask, sandbox.subprocess.Popen

    def packed(message, *more, **options):
        frame = pack(message, *more, **options)
        sent.append(bytes(frame))
        return frame

    def asked(self, request, *fds):
        sent.append(repr(request).encode())
        return ask(self, request, *fds)

    def started(command, **options):
        sent.append(repr((command, options["env"])).encode())
        return popen(command, **options)

    monkeypatch.setattr(wire, "pack", packed)
    monkeypatch.setattr(sandbox.Zygote, "_ask", asked)
    monkeypatch.setattr(sandbox.subprocess, "Popen", started)
    sandbox._of_thread.__dict__.clear()  # so that it starts within this
    released = classroom.release()
    data = classroom.as_bytes(classroom.submission())
    _, outcome = grade_bytes(classroom.NAME, released, data, classroom.EXERCISES, seed=seed, tier=tier, budget=QUICK)
    assert outcome.status == "graded" and len(sent) > 20
    assert any(b"x * k" in frame for frame in sent)  # what is sent is seen here
    forms = [str(seed), hex(seed)[2:]]
    raw = [seed.to_bytes(8, order) for order in ("big", "little")]
    assert not any(form.encode() in frame for frame in sent for form in forms)
    assert not any(form in frame for frame in sent for form in raw)
