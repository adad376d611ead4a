"""A disk, a database or a folder that cannot be used: one line that names it, no half file, and a good rerun."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from autograder.classroom import backup, gradebook, lock
from autograder.classroom.folder import Classroom, ClassroomError
from autograder.classroom.lock import FILE, locked
from autograder.cli.main import app
from tests.autograder import batches, postgres

COUNT = 4
STAGES = {
    "release": ("release",),
    "collect": ("collect", batches.NAME, "{new}"),
    "grade": ("grade", "-j2"),
    "feedback": ("feedback",),
    "report": ("report",),
    "export": ("export",),
}
LANGS = {"en": "error: ", "zh": "错误："}


def run(room, *arguments, lang="en"):
    return CliRunner().invoke(app, ["--lang", lang, *map(str, arguments), "-C", str(room.root)])


def refused(room, *arguments, lang="en", names=""):
    """What a command refuses with: one line, in the language that was asked for, and exit code 2."""
    done = run(room, *arguments, lang=lang)
    said = done.output.strip()
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit), (done.output, done.exception)
    assert said.startswith(LANGS[lang]) and "\n" not in said and str(names) in said, said
    assert lang == "en" or any("\u4e00" <= sign <= "\u9fff" for sign in said.removeprefix(LANGS[lang])), said
    return said


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class as released, and the same when it is graded."""
    fresh = batches.make(tmp_path_factory.mktemp("made") / "class", COUNT)
    graded = Classroom(shutil.copytree(fresh.root, fresh.root.parent / "graded"))
    assert run(graded, "grade", "-j2").exit_code == 0
    return fresh, graded


@pytest.fixture
def room(made, tmp_path):
    return Classroom(shutil.copytree(made[0].root, tmp_path / "class"))


@pytest.fixture
def graded(made, tmp_path):
    return Classroom(shutil.copytree(made[1].root, tmp_path / "graded"))


@pytest.fixture
def small(tmp_path):
    """A small file system of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here: it takes root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@contextlib.contextmanager
def read_only(path):
    """A file or folder that nobody can write, root neither."""
    bound = subprocess.run(["mount", "--bind", path, path], capture_output=True)
    if bound.returncode:
        pytest.skip("nothing can be mounted here: it takes root")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def state(room):
    """All files of a class but those that are written new each time."""
    return {
        str(path.relative_to(room.root)): path.read_bytes()
        for path in room.root.rglob("*")
        if path.is_file() and path.name not in (FILE, "gradebook.db", "collected.json")
    }


@pytest.mark.parametrize("stage", [pytest.param(s, marks=[] if s == "feedback" else pytest.mark.long) for s in STAGES])
def test_a_full_disk_at_any_stage_is_one_line_and_a_rerun_ends_right(stage, small, made):
    room = Classroom(shutil.copytree(made[stage not in ("release", "collect", "grade")].root, small / "class"))
    new = small.parent / "new" / "zhou"
    new.mkdir(parents=True)
    shutil.copy(room.path("submitted", batches.NAME, "s0000"), new / f"{batches.NAME}.ipynb")
    command = [word.format(new=new.parent) for word in STAGES[stage]]
    place = room.root.name if stage == "release" else room.root
    before = state(room)
    ballast = small / "ballast"
    for left, lang in ((0, "en"), (8 << 10, "zh"), (48 << 10, "en")):
        ballast.unlink(missing_ok=True)
        ballast.write_bytes(bytes(max(shutil.disk_usage(small).free - left, 0)))
        done = run(room, *command, lang=lang)
        if done.exit_code == 0 and left:  # it needs no more than that
            break
        said = refused(room, *command, lang=lang, names=place)
        assert any(word in said for word in ("full", "已满")), said
        after = state(room)
        assert not [name for name in after if "/." in f"/{name}"], "something half-written stayed"
        assert {name: after.get(name) for name in before} == before
    ballast.unlink()
    assert run(room, *command).exit_code == 0
    again = run(room, "grade", "--json", "--student", "s0000", "--student", "s0001")
    assert again.exit_code == 0 and [line["earned"] for line in json.loads(again.stdout)] == [8, 6]


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_a_class_that_cannot_be_written_is_named(lang, graded):
    with read_only(graded.root):
        for stage in ("grade", "report", "export", "release"):
            refused(graded, stage, lang=lang, names=graded.root)
    assert run(graded, "grade").exit_code == 0


@pytest.mark.long
def test_feedback_and_gradebook_that_cannot_be_written_are_named(graded, room):
    with read_only(graded.root / "feedback"):
        said = refused(graded, "feedback", names=graded.root / "feedback" / "s0000" / "hw.html")
        assert "read-only" in said
    assert run(graded, "feedback").exit_code == 0
    with read_only(room.root / "gradebook.db"):
        assert "只读" in refused(room, "grade", lang="zh", names=room.root / "gradebook.db")
    done = run(room, "grade", "--json")
    batches.right(room, json.loads(done.stdout), COUNT)


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_a_gradebook_that_is_locked_for_too_long_is_named(lang, graded):
    with contextlib.closing(sqlite3.connect(graded.root / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = refused(graded, "grade", lang=lang, names=graded.root / "gradebook.db")
        assert ("database is locked" if lang == "en" else "锁住") in said
        assert "database is locked" in refused(graded, "release", lang=lang, names=graded.path("release", "hw").parent)
    assert run(graded, "grade").exit_code == 0


def test_a_gradebook_that_is_no_database_is_named_and_stays(graded):
    file = graded.root / "gradebook.db"
    file.write_text("something else\n" * 100)
    for stage in ("grade", "feedback", "report", "export"):
        assert "put a backup there" in refused(graded, stage, names=file)
    assert "不是数据库" in refused(graded, "grade", lang="zh") and file.read_text().startswith("something else")


def test_a_gradebook_of_an_older_nbgrader_says_how_to_mend_it(graded):
    with contextlib.closing(sqlite3.connect(graded.root / "gradebook.db")) as book:
        book.execute("ALTER TABLE grade DROP COLUMN extra_credit")
        book.commit()
    for stage in ("grade", "feedback", "report", "export"):
        assert "nbgrader db upgrade" in refused(graded, stage, names=graded.root / "gradebook.db")
    assert "nbgrader db upgrade" in refused(graded, "grade", lang="zh")


@pytest.mark.long
def test_an_empty_gradebook_is_not_a_class_without_submissions(room, graded):
    (graded.root / "gradebook.db").write_bytes(b"")
    done = run(graded, "grade", lang="zh")
    note, _, error = done.output.strip().partition("\n")
    assert done.exit_code == 2 and "没有备份" in note and "autograder release hw" in error and "\n" not in error
    assert run(graded, "release").exit_code == 0
    done = run(graded, "grade", "--json")
    batches.right(graded, json.loads(done.stdout), COUNT)


def _by_hand(room, score):
    with gradebook.open_gradebook(room.database) as book:
        entry = book.find_submission_notebook(batches.NAME, batches.NAME, "s0001")
        grade = next(one for one in entry.grades if one.auto_score == 0)
        grade.manual_score, grade.needs_manual_grade = score, False
        entry.comments[0].manual_comment = "well tried"
        book.update_or_create_assignment(batches.NAME, duedate="2030-01-02 03:04")
        book.db.commit()


@pytest.mark.long
def test_what_people_entered_outlives_a_gradebook_that_is_deleted(graded):
    room, file = graded, graded.root / "gradebook.db"
    copy = file.with_name(backup.FILE)
    assert run(room, "grade").exit_code == 0 and not copy.exists()  # there is nothing that cannot be made anew
    _by_hand(room, 1.5)
    when = _timestamps(room)
    assert run(room, "grade").exit_code == 0 and copy.exists()
    file.unlink()
    assert run(room, "release").exit_code == 0
    for lang, words in (("en", "made anew: grades by hand"), ("zh", "重新建立")):
        done = run(room, "grade", lang=lang)
        assert done.exit_code == 0 and words in done.output and str(copy) in done.output
    assert _timestamps(room) == when
    _by_hand(room, 0.5)  # what is entered into the new one does not take the place of the old
    assert str(copy) in run(room, "grade").output
    shutil.copy(copy, file)
    done = run(room, "grade", "--json")
    assert done.exit_code == 0
    line = json.loads(done.stdout)[1]
    assert line["earned"] == 7.5
    with gradebook.open_gradebook(room.database) as book:
        assert str(book.find_assignment(batches.NAME).duedate) == "2030-01-02 03:04:00"
        assert "well tried" in {
            one.manual_comment for one in book.find_submission(batches.NAME, "s0001").notebooks[0].comments
        }


def _timestamps(room):
    with gradebook.open_gradebook(room.database) as book:
        return {one.student_id: one.timestamp for one in book.assignment_submissions(batches.NAME)}


def test_a_backup_that_cannot_be_written_stops_before_anything_is_lost(graded, monkeypatch):
    _by_hand(graded, 1)

    def fails(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup.os, "replace", fails)
    refused(graded, "grade", names=graded.root / backup.FILE)
    monkeypatch.undo()
    assert not list(graded.root.glob(".gradebook*")) and run(graded, "grade").exit_code == 0


@pytest.mark.long
def test_nbgrader_grades_a_class_only_when_nobody_else_does(room):
    command = [sys.executable, "-m", "nbgrader", "autograde", batches.NAME, "--student", "s0000"]
    how = {"cwd": room.root, "env": batches.environment(), "text": True, "capture_output": True, "check": False}
    with locked(room):
        done = subprocess.run(command, **how)
        assert done.returncode == 1 and f"is being graded by process {os.getpid()}" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr and not list(room.root.glob("autograded/*"))
    done = subprocess.run(command, **how)
    assert done.returncode == 0, done.stderr
    with locked(room):  # it let go
        pass


@pytest.mark.parametrize(
    ("host", "alive", "busy"), [("here", True, True), ("here", False, False), ("elsewhere", False, True)]
)
def test_where_the_file_system_knows_no_locks_the_file_counts(host, alive, busy, tmp_path, monkeypatch):
    room = Classroom.create(tmp_path / "class", {}, seed=1)
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = {"here": socket.gethostname()}.get(host, host)
    held = {"pid": os.getppid() if alive else ended.pid, "host": here, "since": "2030"}
    (room.root / FILE).write_text(json.dumps(held))

    def knows_none(*given):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", knows_none)
    if busy:
        with pytest.raises(ClassroomError, match=rf"on {here} since 2030; wait .*or delete .*{FILE}"), locked(room):
            pass
    else:
        with locked(room), pytest.raises(ClassroomError, match=f"process {os.getpid()}"), locked(room):
            pass


@pytest.mark.long
@pytest.mark.skipif(postgres.programs() is None, reason="there is no PostgreSQL on this machine")
def test_a_database_server_that_dies_in_the_middle_is_one_line_and_loses_nothing(tmp_path):
    with postgres.serving() as server:
        room = batches.make(tmp_path / "class", 24)
        with open(room.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(f"\nc.CourseDirectory.db_url = {server.url!r}\n")
        room = Classroom(room.root)
        assert run(room, "release").exit_code == 0
        running = batches.start(room, "-j2")
        batches.wait_for(lambda: batches.stored(room) > 2 or running.poll() is not None)
        server.stop(signal.SIGKILL)
        _, said = running.communicate(timeout=60)
        assert running.returncode == 2 and said.startswith("error: the gradebook postgresql://"), said
        assert "run it again when the server is back" in said and said.count("\n") == 1 and "grader@" not in said
        assert "连不上" in refused(room, "grade", lang="zh")
        server.start()
        batches.wait_for(lambda: run(room, "export").exit_code == 0, 60)
        done = run(room, "grade", "--json")
        assert done.exit_code == 0, done.output
        batches.right(room, json.loads(done.stdout), 24)
        with gradebook.open_gradebook(room.database) as book:
            assert len(book.assignment_submissions(batches.NAME)) == 24
