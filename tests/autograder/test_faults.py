"""What goes wrong around grading: kills, locks, a full disk, Ctrl-C: one line each, and the rerun is right."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import termios
import time
from itertools import cycle

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from autograder.classroom import gradebook, ledger, work
from autograder.classroom.folder import Classroom, write_text
from autograder.classroom.lock import FILE, locked
from autograder.cli.main import app
from autograder.grading import sandbox
from tests.autograder import batches
from tests.effort import long, rounds

COUNT = int(os.environ.get("TIDU_FAULTS", "0")) or rounds(8, 60)


@pytest.fixture
def empty(tmp_path):
    return Classroom.create(tmp_path / "class", {}, seed=1)


def refused(*options):
    result = CliRunner().invoke(app, ["--lang", "en", "grade", *map(str, options)])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output and len(result.output.strip().splitlines()) == 1
    return result.output


def test_a_class_is_graded_by_one_at_a_time(empty):
    (empty.root / FILE).write_text('{"pid": 1, "host": "elsewhere"')  # of one that died
    with locked(empty):
        said = refused("-C", empty.root)
        assert f"is being graded by process {os.getpid()} on " in said and " since 2" in said
    assert CliRunner().invoke(app, ["grade", "-C", str(empty.root)]).exit_code == 0


def test_a_submission_is_stored_whole_or_not_at_all(empty):
    with ledger.opened(empty.database) as book:
        with pytest.raises(ZeroDivisionError), ledger.transaction(book):
            book.exec_driver_sql("INSERT INTO student (id) VALUES ('lin')")
            raise ZeroDivisionError
        assert book.exec_driver_sql("SELECT id FROM student").all() == []
        with ledger.transaction(book):
            book.exec_driver_sql("INSERT INTO student (id) VALUES ('zhou')")
    with gradebook.open_gradebook(empty.database) as book:
        assert [student.id for student in book.students] == ["zhou"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "a", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a", "half \ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "old"


def test_a_process_of_another_version_grades_nothing(monkeypatch):
    here = work.checks()
    given = work.Work("hw", b"", "", {}, {}, 1, "limits", work.Budget(), (), None, here)
    monkeypatch.setattr(work, "checks", lambda: "0ld")
    with pytest.raises(work.AnotherVersion, match="0ld of tidu and its autograder, expected"):
        work.grade(given)
    refused = work.unfit(sandbox.choose(), here)
    assert refused is not None and "0ld" in refused.en and "0ld" in refused.zh


IN_PROC = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
_WAITING = """
import time
from autograder.classroom.processes import open_place
if __name__ == "__main__":
    with open_place(2, None, "limits") as place:
        done = [place.submit(time.sleep, 0.01, seconds=90), place.submit(time.sleep, 60, seconds=90)]
        done[0].result()
        print("started", flush=True)
        done[1].result()
"""


@IN_PROC
@pytest.mark.parametrize(
    "end",
    [pytest.param(signal.SIGKILL, id="killed"), pytest.param(signal.SIGINT, id="stopped", marks=pytest.mark.long)],
)
def test_processes_end_with_the_one_that_started_them(end, tmp_path):
    (tmp_path / "waiting.py").write_text(_WAITING)
    running = subprocess.Popen(
        [batches.sys.executable, tmp_path / "waiting.py"],
        env=batches.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout.readline() == "started\n"
    below = batches.children(running.pid)
    assert len(below) >= 2
    running.send_signal(end)
    running.communicate(timeout=30)
    batches.wait_for(lambda: not any(map(batches.alive, below)), 20)


@contextlib.contextmanager
def small_disk(place):
    """A file system of 64 MiB in ``place``, where one can be mounted: that takes root."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], capture_output=True)
    try:
        yield mounted.returncode == 0
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", place], check=True)


#: What goes wrong, and how the command may end: 0 where all was done before, or in spite of it.
KILLED = "driver SIGKILL"
KINDS = {
    KILLED: {-signal.SIGKILL},
    "driver SIGINT": {130},
    "driver SIGTERM": {143},
    "driver SIGHUP": {129},
    "worker SIGKILL": {-signal.SIGKILL},
    "sandbox SIGKILL": {-signal.SIGKILL},
    "database locked": {2},
    "disk full": {2},
}


class Injected:
    """One run of ``grade`` with something that goes wrong in it; how it ended is said in ``told``."""

    def __init__(self, room, kind, place, rng, share):
        self.room, self.kind, self.rng = room, kind, rng
        have = batches.stored(room)
        goal = have + rng.randint(1, share)
        self.running = batches.start(room, *(["--scheduler", "local"] if place == "dask" else []), "-j2")
        with contextlib.ExitStack() as stack:
            self.reached(goal)
            time.sleep(rng.uniform(0, 0.2))
            below = batches.children(self.running.pid)
            self.inject(stack, below)
            _, said = self.running.communicate(timeout=90)
            below |= batches.children(self.running.pid)
        code = self.running.returncode
        self.told = (
            f"{have:4} stored, {kind} under {place}: exit {code}, {' '.join(said.split())[-160:] or 'nothing said'}"
        )
        if code != -signal.SIGKILL:  # whom that ended says nothing, but a process just started may miss it
            assert "Traceback" not in said and "Exception ignored" not in said, said
        assert code in KINDS[kind] | {0}, self.told
        if code in (129, 130, 143):
            assert said.endswith("stopped; run it again and it goes on from here.\n"), said
        if code == 2:
            assert said.startswith("error: ") and said.count("\n") == 1, said
        batches.wait_for(lambda: not any(map(batches.alive, below)), 30)

    def reached(self, goal):
        batches.wait_for(lambda: batches.stored(self.room) >= goal or self.running.poll() is not None)

    def inject(self, stack, below):
        who, _, what = self.kind.partition(" ")
        if who == "driver":
            self.running.send_signal(getattr(signal, what))
        elif what == "locked":
            book = stack.enter_context(contextlib.closing(sqlite3.connect(self.room.root / "gradebook.db", timeout=60)))
            book.execute("BEGIN EXCLUSIVE")
            self.running.wait(60)
        elif what == "full":
            ballast = self.room.root.parent / "ballast"
            stack.callback(ballast.unlink)
            with contextlib.suppress(OSError), open(ballast, "wb", 0) as file:
                while True:
                    file.write(bytes(1 << 12))
            self.running.wait(60)
        else:
            sandboxes = {pid for pid in below if b"worker.py" in batches.command_line(pid)}
            those = sorted(sandboxes if who == "sandbox" else below - sandboxes)
            if those:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.rng.choice(those), signal.SIGKILL)
            # it goes on: something more is done before all of it is killed
            self.reached(min(batches.stored(self.room) + 2, COUNT))
            self.running.kill()


@IN_PROC
def test_whatever_is_killed_locked_or_full_the_batch_ends_with_every_result_right_and_nothing_twice(tmp_path, capsys):
    rng, start = random.Random(os.environ.get("TIDU_FAULTS_SEED", "0")), time.monotonic()
    with small_disk(tmp_path / "small") as mounted:
        room = batches.make(tmp_path / "small" / "class", COUNT)
        kinds = [kind for kind in KINDS if mounted or kind != "disk full"]
        injections = [(KILLED, "pool")]
        if long():
            rng.shuffle(kinds)
            # each kind once, and what a driver leaves behind of both
            injections = [*zip(kinds, cycle(("pool", "dask")), strict=False), (KILLED, "dask"), (KILLED, "pool")]
        for number, (kind, place) in enumerate(injections):
            if batches.stored(room) >= COUNT:
                break
            told = Injected(
                room, kind, place, rng, max(1, 2 * (COUNT - batches.stored(room)) // (len(injections) - number))
            )
            with capsys.disabled():
                print(f"\n{time.monotonic() - start:6.1f} s {told.told}" if long() else "", end="")
        done = subprocess.run(
            batches.command(room, "-j2"), env=batches.environment(), text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        batches.right(room, json.loads(done.stdout), COUNT)
        with gradebook.open_gradebook(room.database) as book:
            assert len(book.assignment_submissions(batches.NAME)) == COUNT
            marks = book.db.execute(text("SELECT count(*), count(DISTINCT cell_id || notebook_id) FROM grade")).one()
            assert marks == (4 * COUNT, 4 * COUNT)
    with capsys.disabled():
        print(f"\n{time.monotonic() - start:6.1f} s {COUNT} of {COUNT} results are right" if long() else "", end="")


@IN_PROC
@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_is_stopped_at_any_moment_without_a_traceback(number, tmp_path):
    room = batches.make(tmp_path / "class", 4)
    rng = random.Random(int(number))
    for _ in range(6):
        running = batches.start(room, "-j2", "--force")
        # Python's own first moments are not ours
        batches.wait_for(lambda pid=running.pid: b"autograder.cli" in batches.command_line(pid))
        time.sleep(rng.uniform(0.3, 6))
        below = batches.children(running.pid)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
        assert running.returncode in (0, 128 + number, -number) and "Traceback" not in said, (running.returncode, said)
        batches.wait_for(lambda below=below: not any(map(batches.alive, below)), 20)
    again = subprocess.run(
        batches.command(room), env=batches.environment(), text=True, capture_output=True, check=False
    )
    batches.right(room, json.loads(again.stdout), 4)


@IN_PROC
@pytest.mark.long
def test_a_terminal_that_is_closed_ends_it_in_order(tmp_path):
    room = batches.make(tmp_path / "class", 12)
    ours, theirs = os.openpty()
    running = subprocess.Popen(
        batches.command(room, "-j2"), env=batches.environment(TERM="dumb", COLUMNS="40"), start_new_session=True,
        stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    batches.wait_for(lambda: batches.stored(room))
    below = batches.children(running.pid)
    os.close(ours)
    assert running.wait(30) in (128 + signal.SIGHUP, 0)
    batches.wait_for(lambda: not any(map(batches.alive, below)), 20)
    again = subprocess.run(
        batches.command(room), env=batches.environment(), text=True, capture_output=True, check=False
    )
    batches.right(room, json.loads(again.stdout), 12)


@pytest.mark.long
@pytest.mark.parametrize(
    ("to", "code", "says"),
    [
        ("| true", 141, ""),
        ("--json | true", 141, ""),
        ("> /dev/full", 2, "error: "),
        ("--json > /dev/full", 2, "error: "),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
    ],
)
def test_an_output_that_is_not_read_is_no_traceback(to, code, says, tmp_path):
    room = batches.make(tmp_path / "class", 2)
    command = [word for word in batches.command(room) if word != "--json"]
    done = subprocess.run(
        ["bash", "-c", f'"$@" {to}; exit ${{PIPESTATUS[0]}}', "-", *command],
        env=batches.environment(), text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == code and done.stderr.startswith(says) and len(done.stderr.splitlines()) == bool(says)
    assert batches.stored(room) == 2


@pytest.mark.long
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_a_poor_terminal_gets_everything(encoding, lang, tmp_path):
    room = batches.make(tmp_path / "class", 1)
    shutil.copytree(room.root / "submitted" / "s0000", room.root / "submitted" / "señor 中")
    poor = {"TERM": "dumb", "COLUMNS": "40", "PYTHONIOENCODING": encoding, "TIDU_LANG": lang}
    for more in ([], ["--json"]):
        command = [word for word in batches.command(room) if word != "--json"] + more
        done = subprocess.run(command, env=batches.environment(**poor), capture_output=True, check=False)
        said = done.stdout.decode(encoding)
        assert done.returncode == 0 and not done.stderr and "se" in said and "\x1b" not in said
        # a letter that is not there takes six
        assert more or all(len(line) <= 40 for line in said.splitlines()[:4] if "\\u" not in line)
        assert not more or {line["student"] for line in json.loads(said)} == {"s0000", "señor 中"}


def test_a_terminal_without_a_letter_shows_a_code(tmp_path):
    Classroom.create(tmp_path / "señor", {}, seed=1)
    script = "import sys; from autograder.cli.main import main; sys.argv[1:] = ['grade', '-C', 'señor', 'x']; main()"
    done = subprocess.run(
        [batches.sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True,
        env=batches.environment(PYTHONIOENCODING="ascii:strict"), check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "se\\xf1or" in done.stderr and "Traceback" not in done.stderr, done.stderr
