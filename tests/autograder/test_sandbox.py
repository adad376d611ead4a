"""What the code of a submission can reach under each tier of isolation."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autograder
from autograder.grading import sandbox
from autograder.grading.sandbox import Limits, SandboxError
from autograder.grading.session import Budget, Session
from autograder.grading.wire import WireError
from autograder.judging.exercise import AnswerError, WorkerCrashed, WorkerTimeout

CONFINED = ("bubblewrap", "landlock")
QUICK = Budget(cell=3.0, call=1.0, exercise=5.0, notebook=30.0, restarts=3)


def needs(tier):
    result = sandbox.probe(tier)
    if not result.works:
        pytest.skip(f"this machine does not give {tier}: {result.why.en}")
    return tier


@pytest.fixture(scope="module", params=sandbox.TIERS)
def tier(request):
    return needs(request.param)


@pytest.fixture(scope="module", params=CONFINED)
def confined(request):
    return needs(request.param)


@pytest.fixture(scope="module")
def session(confined):
    """One worker for all attacks that leave it alive."""
    with Session(confined, QUICK) as session:
        yield session


def attempt(session, body):
    """Run ``body`` as a function in the worker and return what it returns, or the name of what it raises."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    run = session.run(f"def attack():\n{lines}")
    assert not run.error
    try:
        return session.function("attack")()
    except AnswerError as error:
        return error.type_name


def test_some_tier_works_and_is_chosen(monkeypatch):
    monkeypatch.delenv("TIDU_GRADER_TIER", raising=False)
    sandbox.choose.cache_clear()
    works = [tier for tier in sandbox.TIERS if sandbox.probe(tier).works]
    assert sandbox.choose() == works[0]


def test_a_tier_can_be_asked_for(monkeypatch, tier):
    monkeypatch.setenv("TIDU_GRADER_TIER", tier)
    sandbox.choose.cache_clear()
    assert sandbox.choose() == tier
    monkeypatch.setenv("TIDU_GRADER_TIER", "none")
    sandbox.choose.cache_clear()
    with pytest.raises(SandboxError, match="expected one of"):
        sandbox.choose()
    sandbox.choose.cache_clear()


def test_ordinary_work(tier):
    with Session(tier, QUICK) as session:
        assert session.run("import numpy as np\ndef f(x):\n    return np.linalg.inv(x @ x.T)").error == ""
        x = np.array([[2.0, 1.0], [0.0, 1.0]])
        assert np.array_equal(session.function("f")(x), np.linalg.inv(x @ x.T))
        standard = "math, itertools, functools, collections, decimal, statistics, random, json, re, dataclasses"
        assert session.run(f"import {standard}\nimport numpy.random, numpy.fft, numpy.polynomial").error == ""
        assert session.run("import warnings, sys\nwarnings.warn('w')\nprint('out')").out == "out\n"


@pytest.mark.parametrize("module", ["tidu", "autograder.judging.exercise", "nbgrader", "torch", "matplotlib"])
def test_only_numpy_and_the_standard_library_can_be_imported(tier, module):
    with Session(tier, QUICK) as session:
        assert "ModuleNotFoundError" in session.run(f"import {module}").error


def test_what_shows_something_in_a_notebook_is_there_and_does_nothing(tier):
    with Session(tier, QUICK) as session:
        run = session.run(
            "from IPython.display import HTML, clear_output, display as show\nimport IPython.display as d\n"
            "show(HTML('x'), d.Image('y').data)\ndisplay(3)\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
            "print('shown')"
        )
        assert (run.error, run.out) == ("", "shown\n")
        assert "ModuleNotFoundError" in session.run("import IPython.core.interactiveshell").error


@pytest.mark.parametrize("name", ["numpy", "numpy.linalg"])
def test_a_worker_without_numpy_has_none(tier, name):
    with Session(tier, QUICK, allow="python") as session:
        assert "ModuleNotFoundError" in session.run(f"import {name}").error
        assert session.run("def f(shape):\n    return [n * 2.5 for n in shape], {'a': float('inf')}, 2**70").error == ""
        assert session.function("f")((1, 2)) == ([2.5, 5.0], {"a": float("inf")}, 2**70)
        with pytest.raises(WireError, match="without NumPy"):
            session.function("f")(np.zeros(2))
        assert "site" not in str(session.run("import sys\nprint(*sys.path)").out)


def test_the_names_of_the_notebook_do_nothing(tier):
    with Session(tier, QUICK) as session:
        run = session.run("from autograder.student import check, hint, lang, own, training\ncheck('x')\nlang('zh')")
        assert run.error == ""


SECRETS = {
    "the library": Path(autograder.__file__).parents[1] / "lib" / "tidu" / "__init__.py",
    "the checks": Path(autograder.__file__).parent / "judging" / "exercise.py",
    "the passwords": Path("/etc/passwd"),
    "this test": Path(__file__),
    "another package": Path(next(p for p in sys.path if p.endswith("site-packages"))) / "typer" / "__init__.py",
}


@pytest.mark.parametrize("what", SECRETS)
def test_files_cannot_be_read(session, what):
    assert SECRETS[what].is_file()
    assert attempt(session, f"return len(open({str(SECRETS[what])!r}, 'rb').read())") in (
        "PermissionError",
        "FileNotFoundError",
    )


def test_a_gradebook_cannot_be_opened(session, tmp_path):
    book = tmp_path / "gradebook.db"
    book.write_bytes(b"scores")
    for mode in ("rb", "r+b", "ab", "wb"):
        assert attempt(session, f"return open({str(book)!r}, {mode!r}) is None") in (
            "PermissionError",
            "FileNotFoundError",
            "OSError",
        )
    attempt(session, f"import os\nos.unlink({str(book)!r})")
    attempt(session, f"import os\nos.rename({str(book)!r}, '/tmp/x')")
    attempt(session, f"import os\nos.truncate({str(book)!r}, 0)")
    attempt(session, f"import os\nos.chmod({str(book)!r}, 0)")
    assert book.read_bytes() == b"scores"


def test_nothing_outside_can_be_listed(session):
    for folder in ("/var", "/home", "/proc/1", str(Path(__file__).parent)):
        got = attempt(session, f"import os\nreturn os.listdir({folder!r})")
        assert got in ("PermissionError", "FileNotFoundError") or got == []


def test_there_is_no_network(session):
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    body = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\nreturn 'connected'"
    assert attempt(session, body) in ("PermissionError", "OSError")
    body = "import socket\nsocket.socket(socket.AF_UNIX).connect('/run/x')\nreturn 'made'"
    assert attempt(session, body) == "PermissionError"
    server.close()


@pytest.mark.parametrize(
    "body",
    [
        "import os\nreturn os.fork()",
        "import subprocess\nreturn subprocess.run(['/usr/bin/env']).returncode",
        "import os\nos.execv('/bin/true', ['true'])",
        "import threading\nthreading.Thread(target=print).start()\nreturn 'started'",
        "import os\nreturn os.posix_spawn('/bin/true', ['true'], {})",
    ],
    ids=["fork", "subprocess", "exec", "thread", "spawn"],
)
def test_no_process_can_be_started(session, body):
    assert attempt(session, body) in ("PermissionError", "BlockingIOError", "RuntimeError", "FileNotFoundError")


def test_other_processes_cannot_be_signalled(session):
    for target in ("os.getppid()", str(os.getpid()), "-1", "0"):
        assert attempt(session, f"import os\nos.kill({target}, 9)\nreturn 'sent'") == "PermissionError"
    assert attempt(session, "import os\nos.killpg(0, 9)\nreturn 'sent'") == "PermissionError"
    body = f"import fcntl\nreturn fcntl.fcntl(0, fcntl.F_SETOWN, {os.getpid()})"
    assert attempt(session, body) == "PermissionError"


def test_limits_cannot_be_raised(session):
    body = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn 'raised'"
    assert attempt(session, body) in ("ValueError", "PermissionError")


def test_system_calls_by_number_are_filtered_too(session):
    body = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "return [libc.syscall(n, 0, 0, 0) for n in (57, 41, 101, 319, 272, 165)]"  # on x86-64 fork socket ptrace …
    )
    got = attempt(session, body)
    assert got in ("PermissionError", "OSError") or all(value == -1 for value in got)


def test_the_environment_is_empty(session):
    assert attempt(session, "import os\nreturn sorted(os.environ)") == sorted(
        [*sandbox._ENVIRONMENT, *(["PWD"] if session.tier == "bubblewrap" else []), "LC_CTYPE"]
    ) or "TIDU" not in str(attempt(session, "import os\nreturn dict(os.environ)"))


def test_descriptors_other_than_the_channel_are_closed(session):
    got = attempt(session, "import os\nfound = []\nfor fd in range(64):\n    try:\n        os.fstat(fd)\n"
                  "        found.append(fd)\n    except OSError:\n        pass\nreturn found")  # fmt: skip
    assert got[:3] == [0, 1, 2] and len(got) <= 6


def test_memory_is_bounded(tier):
    with Session(tier, QUICK, Limits(memory=1 << 30)) as session:
        run = session.run("import numpy as np\ndef f():\n    return len(bytearray(4 << 30))")
        assert run.error == ""
        with pytest.raises(AnswerError, match="MemoryError"):
            session.function("f")()


def test_memory_that_stays_full_ends_the_worker(tier):
    with Session(tier, QUICK, Limits(memory=1 << 29)) as session:
        session.run("import numpy as np\nkept = 1\ndef f():\n    return kept")
        with pytest.raises(WorkerCrashed):
            session.run("x = []\nwhile True:\n    x.append(np.zeros(1 << 21))")
        assert session.function("f")() == 1
        session.run("def g():\n    x = []\n    while True:\n        x.append(np.zeros(1 << 21))")
        with pytest.raises(AnswerError, match="MemoryError"):
            session.function("g")()
        assert session.function("f")() == 1 and session.starts == 2


def test_output_is_bounded(tier):
    with Session(tier, QUICK) as session:
        run = session.run("for _ in range(1000):\n    print('x' * 10_000)")
        assert len(run.out) < 40_000 and "more characters" in run.out


@pytest.mark.parametrize("body", ["while True: pass", "import time\n    time.sleep(1000)"], ids=["busy", "asleep"])
def test_a_call_that_does_not_return(tier, body):
    with Session(tier, QUICK) as session:
        session.run(f"def f():\n    {body}\ndef g():\n    return 1")
        session.begin_exercise()
        start = time.monotonic()
        with pytest.raises(WorkerTimeout):
            session.function("f")()
        assert time.monotonic() - start < 3
        session.begin_exercise()
        assert session.function("g")() == 1  # in a new worker, with the same cells run again
        assert session.starts == 2


def test_a_loop_that_swallows_every_exception_is_ended_too(tier):
    with Session(tier, QUICK) as session:
        body = "import signal\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    while True:\n        try:\n"
        session.run(f"def f():\n    {body}            pass\n        except BaseException:\n            pass")
        with pytest.raises(WorkerTimeout):
            session.function("f")()


@pytest.mark.parametrize(
    "body",
    [
        "import os; os._exit(0)",
        "import os; os.abort()",
        "import ctypes; ctypes.string_at(0)",
        "import sys; sys.setrecursionlimit(10**9); g = lambda: g(); g()",
        "import os\n    for fd in range(3, 64):\n        try: os.write(fd, b'x' * 64)\n        except OSError: pass",
        "import os; os.closerange(3, 64)",
    ],
    ids=["exit", "abort", "segfault", "stack", "garbage on the channel", "closed channel"],
)
def test_a_call_that_ends_the_process(tier, body):
    with Session(tier, QUICK) as session:
        session.run(f"def f():\n    {body}\ndef g():\n    return 1")
        with pytest.raises((WorkerCrashed, WorkerTimeout)):
            session.function("f")()
        session.begin_exercise()
        assert session.function("g")() == 1


def test_cells_that_end_the_process_are_not_run_again(tier):
    with Session(tier, QUICK) as session:
        session.run("kept = 1")
        with pytest.raises(WorkerCrashed):
            session.run("import os; os._exit(3)")
        session.run("also = kept + 1")
        session.run("def f():\n    return kept, also")
        assert session.function("f")() == (1, 2)
        assert session.starts == 2


def test_a_worker_is_not_replaced_for_ever(tier):
    with Session(tier, QUICK) as session:
        for _ in range(QUICK.restarts + 1):
            with pytest.raises(WorkerCrashed, match=r"end of stream|reset|Broken"):
                session.run("import os; os._exit(0)")
        with pytest.raises(WorkerCrashed, match="too often"):
            session.run("x = 1")


def test_a_closed_worker_leaves_no_process_behind(tier):
    session = Session(tier, QUICK)
    session.run("x = 1")
    zygote, number = session._sandbox._zygote, session._sandbox.number
    session.close()
    if tier != "bubblewrap":  # where its number is one of a namespace
        with pytest.raises(ProcessLookupError):
            os.killpg(number, 0)
    zygote.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(zygote._process.pid, 0)


def test_messages_that_no_file_can_hold(tier):
    with Session(tier, QUICK) as session:
        run = session.run("def g():\n    raise ValueError('\\udfff')\nprint('\\ud800')\nraise KeyError('\\ud800')")
        assert run.out.encode() == b"?\n" and "KeyError" in run.error and run.error.encode()
        with pytest.raises(AnswerError) as caught:
            session.function("g")()
        assert caught.value.text == "?"


def test_values_of_other_types_arrive_as_their_names(tier):
    with Session(tier, QUICK) as session:
        session.run("class Tensor:\n    def __eq__(self, other): return True\ndef f():\n    return Tensor()")
        value = session.function("f")()
        assert type(value).__name__ == "Tensor" and value != 1


POISON = """
import builtins, json, os, random, sys
builtins.len = lambda x: 0
json.loads = random.random = None
sys.modules["statistics"] = json
try:
    open("/tmp/numpy.py", "w").write("raise SystemExit")
except OSError:
    pass
try:
    os.kill(os.getppid(), 9)
except OSError:
    pass
"""


def test_no_worker_finds_anything_of_an_earlier_one(confined):
    with Session(confined, QUICK) as session:
        zygote = sandbox.Zygote.at_hand(confined, "numpy")
        with contextlib.suppress(WorkerCrashed):  # it may have poisoned what answers, too
            session.run(POISON)
    with Session(confined, QUICK) as session:
        body = (
            "import json, os, random, statistics\nleft = os.path.exists('/tmp/numpy.py')\n"
            "return len([1]), json.loads('2'), random.random() < 1, statistics.mean([3]), left"
        )
        assert attempt(session, body) == (1, 2, True, 3, False)
        assert session._sandbox._zygote is zygote


def test_no_worker_looks_into_the_process_that_forked_it(session):
    body = (
        "import ctypes, os\nlibc, parent = ctypes.CDLL(None, use_errno=True), os.getppid()\n"
        "found = [libc.ptrace(16, parent, 0, 0)]\n"
        "here = ctypes.create_string_buffer(8)\n"
        "vec = (ctypes.c_void_p * 2)(ctypes.addressof(here), 8)\n"
        "found.append(libc.process_vm_writev(parent, vec, 1, vec, 1, 0))\n"
        "for name in ('mem', 'fd/0', 'environ', 'cmdline'):\n"
        "    try:\n        open(f'/proc/{parent}/{name}', 'rb').read(1)\n        found.append(0)\n"
        "    except OSError:\n        found.append(-1)\n"
        "return found"
    )
    assert attempt(session, body) == [-1] * 6


def test_each_worker_draws_other_random_numbers(tier):
    drawn = []
    for _ in range(2):
        with Session(tier, QUICK) as session:
            session.run("import random, numpy as np\ndef f():\n    return random.random(), float(np.random.rand())")
            drawn.extend(session.function("f")())
    assert len(set(drawn)) == 4


def test_a_process_that_forks_is_replaced_when_something_ended_it(tier):
    with Session(tier, QUICK) as session:
        session.run("x = 1")
        zygote = session._sandbox._zygote
        os.killpg(zygote._process.pid, 9)
        with pytest.raises(WorkerCrashed):
            for _ in range(200):  # the kernel takes a moment to end what was forked
                session.run("x = 2")
                time.sleep(0.02)
        assert session.run("x").error == ""
        assert session._sandbox._zygote is not zygote and session.starts == 2


def test_what_interrupts_a_fork_leaves_no_answer_behind(tier, monkeypatch):
    sandbox.Sandbox(tier).close()
    zygote = sandbox.Zygote.at_hand(tier, "numpy")

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.json, "loads", interrupt)
        with pytest.raises(KeyboardInterrupt):
            sandbox.Sandbox(tier)
    assert zygote._process.poll() is not None
    with Session(tier, QUICK) as session:
        assert session.run("x = 1").error == ""


def test_a_notebook_with_its_own_tests_has_every_package_but_the_one_with_the_answers(confined, tmp_path, monkeypatch):
    for name in ("autograder", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("answer = 42\n")
    (tmp_path / "autograder-1.dist-info").write_text("42\n")
    monkeypatch.setattr(sandbox.sysconfig, "get_path", lambda kind: str(tmp_path))
    sandbox._packages.cache_clear()
    try:
        zygote = sandbox.Zygote(confined, "environment")
        monkeypatch.setattr(sandbox.Zygote, "at_hand", lambda tier, allow: zygote)
        with Session(confined, QUICK, allow="environment") as session:
            assert attempt(session, "import other\nreturn other.answer") == 42
            for path in ("autograder/__init__.py", "autograder-1.dist-info"):
                got = attempt(session, f"return open({str(tmp_path / path)!r}).read()")
                assert got in ("", "FileNotFoundError", "PermissionError")
        zygote.close()
    finally:
        sandbox._packages.cache_clear()
