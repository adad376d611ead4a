"""What goes wrong around grading: kills, locks, a full disk, Ctrl-C: one line each, and the rerun is right."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from typer.testing import CliRunner

from autograder.classroom import batch, gradebook, ledger, work
from autograder.classroom.folder import Classroom, write_text
from autograder.classroom.lock import FILE, locked
from autograder.cli.main import app
from autograder.grading import sandbox
from tests.autograder import batches

COUNT = int(os.environ.get("TIDU_FAULTS", "40"))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return batches.make(tmp_path_factory.mktemp("faults") / "class", COUNT)


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


def test_a_locked_database_is_one_line(empty):
    with gradebook.open_gradebook(empty.database):
        pass
    other = sqlite3.connect(empty.root / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(batch.ClassroomError, match=r"gradebook.db cannot be .*: .*database is locked"):
        batch.grade_class(empty, [])
    other.close()
    assert batch.grade_class(empty, []) == []


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
    assert "0ld" in work.unfit(sandbox.choose(), here)


def wait_for(what, seconds=120.0):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def stored(graded):
    return len(list(graded.glob("*/*/*.ipynb")))


IN_PROC = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
_WAITING = """
import time
from autograder.classroom.processes import open_place
if __name__ == "__main__":
    with open_place(2, None, "limits") as place:
        done = [place.submit(time.sleep, 0.01), place.submit(time.sleep, 60)]
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
    wait_for(lambda: not any(map(batches.alive, below)), 20)


@IN_PROC
@pytest.mark.long
def test_killed_at_random_the_batch_ends_with_every_result_right_and_nothing_twice(room):
    rng = random.Random(0)
    graded = room.root / "autograded"
    for number in range(COUNT // 4 + 2):
        have = stored(graded)
        if have == COUNT:
            break
        running = batches.start(room, "-j2")
        below = wait_for(lambda pid=running.pid: len(found := batches.children(pid)) > 2 and found)
        if number % 3 == 1:
            os.kill(rng.choice(sorted(below)), signal.SIGKILL)
        wait_for(lambda have=have, running=running: stored(graded) > have or running.poll() is not None)
        time.sleep(rng.uniform(0, 0.3))
        below = batches.children(running.pid)
        running.send_signal(signal.SIGKILL if number % 2 == 0 else signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert "Traceback" not in said
        if running.returncode == 130:
            assert "graded and stored" in said and "left" in said
        wait_for(lambda below=below: not any(map(batches.alive, below)), 20)
    done = subprocess.run(
        batches.command(room, "-j2"), env=batches.environment(), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    batches.right(room, json.loads(done.stdout), COUNT)
    with gradebook.open_gradebook(room.database) as book:
        assert len(book.assignment_submissions(batches.NAME)) == COUNT


@pytest.mark.long
def test_a_full_disk_is_one_line_and_the_rerun_is_right(room, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here: it takes root")
    try:
        shutil.copytree(room.root, place / "class", ignore=shutil.ignore_patterns("autograded"))
        small = Classroom(place / "class")
        free = shutil.disk_usage(place).free - (300 << 10)
        (place / "ballast").write_bytes(bytes(free))
        full = subprocess.run(
            batches.command(small, "-j2"), env=batches.environment(), text=True, capture_output=True, check=False
        )
        assert full.returncode == 2 and "Traceback" not in full.stderr, full.stderr
        assert "No space left" in full.stderr or "disk is full" in full.stderr
        (place / "ballast").unlink()
        again = subprocess.run(
            batches.command(small, "-j2"), env=batches.environment(), text=True, capture_output=True, check=False
        )
        assert again.returncode == 0, again.stderr
        batches.right(small, json.loads(again.stdout), COUNT)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_terminal_without_a_letter_shows_a_code(tmp_path):
    Classroom.create(tmp_path / "señor", {}, seed=1)
    script = "import sys; from autograder.cli.main import main; sys.argv[1:] = ['grade', '-C', 'señor', 'x']; main()"
    done = subprocess.run(
        [batches.sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True,
        env=batches.environment(PYTHONIOENCODING="ascii:strict"), check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "se\\xf1or" in done.stderr and "Traceback" not in done.stderr, done.stderr
