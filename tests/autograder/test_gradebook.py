"""The gradebook is the truth: what a person entered there is what everybody sees, and any nbgrader course is gradable.

One class with an ordinary assignment of two notebooks and one of exercises is released and graded once; its gradebook
is not where nbgrader would look by itself, so that whoever looks there finds nothing.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import shutil

import pytest
from typer.testing import CliRunner

from autograder import exercises
from autograder.classroom import batch, export
from autograder.classroom import release as releasing
from autograder.classroom.feedback import page_of, write_feedback
from autograder.classroom.folder import Classroom, ClassroomError, columns, write_notebook
from autograder.classroom.gradebook import open_gradebook, quick_nbgrader
from autograder.classroom.ledger import class_list
from autograder.classroom.release import difference, release
from autograder.classroom.report import report
from autograder.cli.main import app
from autograder.cli.scores import score_table
from autograder.grading import sandbox
from tests.autograder import classroom, plain, postgres
from tests.autograder.test_nbgrader import command

TINY = classroom.NAME
LATE = """from nbgrader.plugins import LateSubmissionPlugin


class ADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.25 * (1 + total_seconds_late // 86400)
"""
WRONG = {"area": "def area(r):\n    return math.pi if r == 1 else 0"}  # passes the test that it can see
HANDED_IN = {
    "ann": ({"p1": plain.RIGHT, "p2": plain.RIGHT}, "2026-11-20 10:00:00 UTC"),
    "bob": ({"p1": WRONG, "p2": {}}, "2026-11-22 10:00:00 UTC"),
    "cai": ({"p1": {"area": "import os\nos._exit(1)"}}, None),
}


@pytest.fixture(scope="module")
def patch():
    """Exercises of a course of its own, graded in this process: another would not know them."""
    with pytest.MonkeyPatch.context() as patch:
        load = exercises.load
        patch.setattr(exercises, "load", lambda name: list(classroom.EXERCISES) if name == TINY else load(name))
        patch.setattr(batch, "_run", lambda tasks, *how: ((task, batch.grade(batch.work_of(task))) for task in tasks))
        yield patch


def make(root, url):
    room = Classroom.create(root, {TINY: classroom.source()}, seed=7)
    for name, notebook in plain.sources().items():
        write_notebook(room.path("source", plain.NAME, notebook=name), notebook)
    (root / "late_by_the_day.py").write_text(LATE)
    with open(root / "nbgrader_config.py", "a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\nc.AssignLatePenalties.plugin_class = 'late_by_the_day.ADay'\n")
    for name in (TINY, plain.NAME):
        release(room, name)
    with open_gradebook(room.database) as book:
        book.update_or_create_assignment(plain.NAME, duedate=datetime.datetime(2026, 11, 21))
    for student, (notebooks, handed_in) in HANDED_IN.items():
        for name, answers in notebooks.items():
            hand_in(room, student, plain.NAME, name, plain.answered(room.release(plain.NAME, name), answers))
        if handed_in:
            room.path("submitted", plain.NAME, student).with_name("timestamp.txt").write_text(handed_in)
    hand_in(room, "ann", TINY, TINY, classroom.as_bytes(classroom.submission()))
    return room


def hand_in(room, student, assignment, notebook, data):
    path = room.path("submitted", assignment, student, notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def room(tmp_path_factory, patch):
    root = tmp_path_factory.mktemp("class")
    return make(root, f"sqlite:///{root / 'elsewhere.db'}")


@pytest.fixture(scope="module")
def graded(room):
    return batch.grade_class(room, [TINY, plain.NAME], jobs=1)


def lines_of(room, notebook, assignment=plain.NAME):
    return {line.student: line for line in class_list(room, assignment) if line.notebook == notebook}


def scores(line):
    return {name: mark.score for name, mark in line.standing.marks.items()}


def enter(room, student, cell, score=None, comment="", extra=None, notebook="p1"):
    """What a person does in formgrader."""
    with open_gradebook(room.database) as book:
        grade = book.find_grade(cell, notebook, plain.NAME, student)
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = score, extra, False
        if comment:
            book.find_comment(cell, notebook, plain.NAME, student).manual_comment = comment
        book.db.commit()


def test_a_notebook_that_brings_its_own_tests_is_graded_as_nbgrader_does(room, graded):
    first = lines_of(room, "p1")
    assert scores(first["ann"]) == {"area_test": 3.0, "area_partial": 1.5, "essay": None}
    assert scores(first["bob"]) == {"area_test": 0.0, "area_partial": 0.5, "essay": 0.0}
    assert scores(first["cai"]) == {"area_test": 0.0, "area_partial": 0.0, "essay": 0.0}
    assert first["ann"].earned is None and first["ann"].standing.waits == ["essay"]
    assert first["ann"].outcome.notes == [] and first["ann"].status == "graded"
    second = lines_of(room, "p2")
    assert {student: line.earned for student, line in second.items()} == {"ann": 2.0, "bob": 0.0, "cai": 0.0}
    assert "was not handed in" in second["cai"].outcome.notes[0].en
    assert {line.earned for line in graded if line.assignment == TINY} == {9.0}


def test_the_text_that_a_person_grades_is_kept_and_the_unmarked_cells_stand_there_once(room, graded):
    notebook = json.loads(room.path("autograded", plain.NAME, "ann", "p1").read_text(encoding="utf-8"))
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert texts[-1] == "Cut the disc into sectors: &lt;b>half&lt;/b> the rim times $r \\lt  R$."
    assert len(texts) == 6 and texts[0] == "# Discs" and texts[1] == "import math"
    released = room.path("release", plain.NAME, notebook="p1").read_text(encoding="utf-8")
    assert "area(3) > 28" in texts[3] and "area(3) > 28" not in released


def test_nbgraders_late_submission_plugin_runs_for_us(room, graded):
    late = lines_of(room, "p1")["bob"].standing
    assert (late.raw, late.penalty, late.total, late.seconds_late) == (0.5, 0.5, 0.0, 34 * 3600)
    assert lines_of(room, "p1")["ann"].standing.penalty == 0


def test_what_a_person_enters_is_what_everybody_reads(room, graded):
    enter(room, "ann", "essay", 4.0, "Well <b>cut</b>", extra=0.5)
    line = lines_of(room, "p1")["ann"]
    assert line.earned == 9.0 and line.standing.waits == []
    write_feedback(room, [plain.NAME])
    page = page_of(room, plain.NAME, "ann", "p1").read_text(encoding="utf-8")
    assert "9 / 9.5" in page and "Well &lt;b&gt;cut" in page and "4.5 / 5" in page and "by your instructor" in page
    assert "&lt;b&gt;half&lt;/b&gt;" in page and "<b>half" not in page and "<b>cut" not in page
    late = page_of(room, plain.NAME, "bob", "p1").read_text(encoding="utf-8")
    assert "0 / 9.5" in late and "0.5" in late
    whole = report(room, [plain.NAME])
    assert ">4.5<" in whole and ">9<" in whole and "share a process" in whole
    table = score_table("p1", list(lines_of(room, "p1").values()))
    cells = [list(map(str, column.cells)) for column in table.columns]
    assert ["ann", "bob", "cai"] in cells and ["9", "0", "0"] in cells and ["4.5", "0", "0"] in cells


def test_a_regrade_asks_a_person_again_only_about_what_changed(room, graded):
    enter(room, "ann", "essay", 4.0, extra=0.5)
    enter(room, "ann", "area_test", 2.5)
    batch.grade_class(room, [plain.NAME], students=["ann"], force=True)
    line = lines_of(room, "p1")["ann"]
    assert line.standing.waits == [] and line.earned == 8.5
    assert "essay: the answer" not in report(room, [plain.NAME])
    answers = {**plain.RIGHT, "essay": "Because."}
    hand_in(room, "ann", plain.NAME, "p1", plain.answered(room.release(plain.NAME, "p1"), answers))
    batch.grade_class(room, [plain.NAME], students=["ann"])
    line = lines_of(room, "p1")["ann"]
    assert line.standing.waits == ["essay"] and line.earned == 8.5
    assert "essay: the answer or its score changed after one was given by hand" in report(room, [plain.NAME])
    enter(room, "ann", "area_test")


def test_one_exercise_is_graded_again_and_the_others_stay(room, graded, patch):
    file = room.path("autograded", TINY, "ann")
    before = json.loads(file.read_text(encoding="utf-8"))["metadata"]["tidu"]
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(classroom.scale, "grade", lambda *given, **how: classroom.scale.failed("missing"))
        batch.grade_class(room, [TINY], only=["scale"])
        assert scores(lines_of(room, TINY, TINY)["ann"])["steps_check"] == 4.0
        assert scores(lines_of(room, TINY, TINY)["ann"])["scale_check"] == 0
    batch.grade_class(room, [TINY], only=["scale"])
    after = json.loads(file.read_text(encoding="utf-8"))["metadata"]["tidu"]
    assert after["results"]["steps"] == before["results"]["steps"] and after["digest"] == before["digest"]
    assert lines_of(room, TINY, TINY)["ann"].earned == 9.0
    with pytest.raises(ClassroomError, match="it has: scale, steps"):
        batch.grade_class(room, [TINY], only=["scales"])


def test_an_assignment_that_cannot_be_graded_stops_no_other(room, graded):
    said = []
    lines = batch.grade_class(room, ["unknown", TINY], left_out=said.append)
    assert [line.student for line in lines] == ["ann"] and "unknown was not released yet" in str(said[0])
    with pytest.raises(ClassroomError, match="unknown was not released yet"):
        batch.grade_class(room, ["unknown", TINY])


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def exported(room, *arguments):
    path = room.root / "out.csv"
    result = CliRunner().invoke(app, ["export", "-C", str(room.root), "--to", str(path), *arguments])
    assert result.exit_code == 0, result.output
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and not path.with_name(".out.csv.new").exists()
    return rows_of(path.read_text(encoding="utf-8-sig"))


def test_export_for_a_person_and_for_a_learning_platform(room, graded):
    enter(room, "ann", "essay", 4.0, extra=0.5)
    with open_gradebook(room.database) as book:
        book.update_or_create_student("ann", first_name="安", last_name="＝HYPERLINK(1)", lms_user_id="77")
    rows = {row["student_id"]: row for row in exported(room, plain.NAME, "--per-exercise")}
    assert (
        rows["ann"]["score"] == "11.0" and rows["ann"]["p1: essay"] == "4.5" and rows["ann"]["p2: twice_test"] == "2.0"
    )
    assert rows["ann"]["last_name"] == "'＝HYPERLINK(1)" and rows["bob"]["last_name"] == "bob"
    assert (rows["bob"]["raw_score"], rows["bob"]["late_submission_penalty"], rows["bob"]["score"]) == (
        "0.5",
        "0.5",
        "0.0",
    )
    assert rows["ann"]["timestamp"] == "2026-11-20 10:00:00" and rows["ann"]["max_score"] == "11.5"
    moodle = {row["ID number"]: row for row in exported(room, "--for", "moodle")}
    assert moodle["ann"] | {"First name": "安", plain.NAME: "11.0", TINY: "9.0"} == moodle["ann"]
    assert moodle["bob"][TINY] == ""
    canvas = exported(room, plain.NAME, "--for", "canvas")
    assert canvas[0]["Student"] == "    Points Possible" and canvas[0][plain.NAME] == "11.5"
    assert canvas[1]["ID"] == "77" and canvas[1]["SIS Login ID"] == "ann" and canvas[1][plain.NAME] == "11.0"
    blackboard = exported(room, plain.NAME, "--for", "blackboard")
    assert blackboard[0]["Username"] == "ann" and blackboard[0]["hw [Total Pts: 11.5 Score]"] == "11.0"
    with pytest.raises(ClassroomError, match="--for must be one of moodle, canvas, blackboard, got 'sakai'"):
        export.write_file(room, room.root / "out.csv", platform="sakai")


@pytest.mark.parametrize("number", range(len(export._FORMULA) * 3))
def test_no_cell_of_a_table_runs(number):
    sign = export._FORMULA[number // 3]
    wide = sign if ord(sign) > 127 else chr(ord(sign) + 0xFEE0)
    text = [f"{sign}cmd()", f"{wide}cmd()", f" \u200b{wide}1"][number % 3]
    assert export.safe(text) == f"'{text}" and export.safe(-1.5) == -1.5 and export.safe(f"a{text}") == f"a{text}"


def test_the_gradebook_is_where_the_configuration_says_for_nbgraders_commands_too(room, graded, monkeypatch, tmp_path):
    monkeypatch.chdir(room.root)
    assert command("autograde", plain.NAME, "--student", "cai", "--force") == 0
    assert scores(lines_of(room, "p1")["cai"]) == {"area_test": 0.0, "area_partial": 0.0, "essay": 0.0}
    assert lines_of(room, "p2")["cai"].earned == 0
    enter(room, "ann", "essay", 4.0, extra=0.5)
    assert command("autograde", plain.NAME, "--student", "ann", "--force") == 0
    assert lines_of(room, "p1")["ann"].standing.waits == []
    write_feedback(room, [plain.NAME])  # ours, which nbgrader's leaves in its place
    assert command("generate_feedback", plain.NAME, "--student", "ann") == 0
    page = (room.root / "feedback" / "ann" / plain.NAME / "p1.html").read_text(encoding="utf-8")
    assert "Score: 9.0 / 9.5" in page and page_of(room, plain.NAME, "ann", "p1").exists()
    assert "jupyter_server_mathjax/MathJax.js" in page  # and nothing is fetched from elsewhere
    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page) == [] and "cloudflare" not in page
    assert command("export", "--to", str(tmp_path / "grades.csv")) == 0
    rows = rows_of((tmp_path / "grades.csv").read_text(encoding="utf-8-sig"))
    assert {row["score"] for row in rows if row["student_id"] == "ann"} == {"11.0", "9.0"}
    assert not (room.root / "gradebook.db").exists()
    with open_gradebook(room.database) as book:
        assert {student.last_name for student in book.students} >= {"bob", "cai"}


def test_a_gradebook_that_is_made_anew_has_the_same_timestamps(room, graded):
    before = {key: line.standing.submitted for key, line in lines_of(room, "p1").items()}
    aside = room.root / "aside.db"
    shutil.move(room.root / "elsewhere.db", aside)
    try:
        release(room, plain.NAME)
        fresh = []
        batch.grade_class(room, [plain.NAME], progress=lambda done, total, item: fresh.append(item.fresh))
        assert not any(fresh)
        assert {key: line.standing.submitted for key, line in lines_of(room, "p1").items()} == before
        assert before["ann"] == datetime.datetime(2026, 11, 20, 10) and before["cai"] is None
    finally:
        shutil.move(aside, room.root / "elsewhere.db")


def test_formgrader_shows_mathematics_without_a_network(room, graded):
    from nbconvert.exporters import HTMLExporter

    config = Classroom(room.root).config
    config.HTMLExporter.template_name = "formgrade"
    shown = {"base_url": "/hub", "assignment_id": plain.NAME, "notebook_id": "p1", "index": 0, "total": 1}
    exporter = HTMLExporter(config=config)
    page, _ = exporter.from_filename(str(room.path("autograded", plain.NAME, "ann", "p1")), resources=shown)
    assert "jupyter_server_mathjax/MathJax.js" in page and "https://" not in page


def changed(change):
    notebook = classroom.source()
    change({cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"]}, notebook["cells"])
    return notebook


def _points(cells, every):
    cells["scale_check"]["metadata"]["nbgrader"]["points"] = 10


def _own_test(cells, every):
    every.append(json.loads(json.dumps(cells["scale_check"])))
    every[-1]["metadata"]["nbgrader"]["grade_id"] = "mine"


def _gone(cells, every):
    every.remove(cells["steps_check"])


def _twice(cells, every):
    every.append(cells["scale"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_points, "scale_check has 10 points, its exercise 5"),
        (_own_test, "mine is graded by no exercise"),
        (_gone, "the answer or the check of steps is missing"),
        (_twice, "the cell scale stands there twice"),
    ],
)
def test_what_differs_from_the_exercises_is_refused_and_the_release_stays(room, graded, change, says, monkeypatch):
    source, there = room.path("source", TINY), room.path("release", TINY).read_bytes()
    kept = source.read_bytes()
    try:
        write_notebook(source, changed(change))
        with pytest.raises(ClassroomError, match=says) as refused:
            release(room, TINY)
        assert "\n" not in str(refused.value)
        monkeypatch.chdir(room.root)
        assert command("generate_assignment", TINY, "--force") == 1  # typed directly
    finally:
        source.write_bytes(kept)
    assert difference(source) is None and room.path("release", TINY).read_bytes() == there


def test_what_nbgrader_refuses_deletes_no_release(room, graded):
    source, there = room.path("source", plain.NAME, notebook="p2"), room.path("release", plain.NAME, notebook="p2")
    kept, released = source.read_bytes(), there.read_bytes()
    notebook = json.loads(kept)
    notebook["cells"] = notebook["cells"][:1]  # there are submissions already
    try:
        write_notebook(source, notebook)
        with pytest.raises(ClassroomError, match="could not release hw"):
            release(room, plain.NAME)
    finally:
        source.write_bytes(kept)
    assert there.read_bytes() == released
    assert not [path.name for path in room.root.iterdir() if path.name.startswith(".release")]


@pytest.mark.parametrize(
    ("log", "zh", "en"),
    [
        ("RuntimeError: no end solution statement found", "没有对应的 ### END SOLUTION", "no end solution"),
        ("nbgrader.x.ValidationError: Duplicate grade id: a", "grade_id 都是 a", "Duplicate grade id: a"),
        ("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked", "锁住了", "close what uses"),
        ("json.decoder.JSONDecodeError: Expecting value: line 2 column 1 (char 2)", "第 2 行", "line 2"),
        ("RuntimeError: something of tomorrow", "（原话）something", "something of tomorrow"),
    ],
)
def test_what_nbgrader_says_of_a_release_is_said_in_both_languages(log, zh, en):
    said = releasing._said(f"[ERROR] Traceback\n  {log}\n[ERROR] failed")
    assert zh in said.zh and en in said.en and en not in said.zh.partition("（原话）")[0]


def test_a_text_to_be_graded_by_hand_is_no_difference(tmp_path, patch):
    source = tmp_path / f"{TINY}.ipynb"
    write_notebook(source, changed(lambda cells, every: every.append(plain.sources()["p1"]["cells"][-1])))
    assert difference(source) is None
    write_notebook(source, changed(_points))
    assert difference(source) is not None


def test_a_second_init_overwrites_nothing(tmp_path):
    first, edited = classroom.source(), changed(_points)
    room = Classroom.create(tmp_path, {TINY: first}, seed=5)
    assert room.has_source(TINY, first)
    write_notebook(room.path("source", TINY), edited)
    Classroom.create(tmp_path, {TINY: first}, seed=5)
    assert room.has_source(TINY, edited) and room.seed == 5
    with pytest.raises(ClassroomError, match="holds another seed"):
        Classroom.create(tmp_path, {TINY: first}, seed=6)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("c.CourseDirectory.db_url = 'sqlite:////nowhere/at/all.db'", "cannot be opened: unable to open"),
        ("c.CourseDirectory.db_url = 'mysql://me:secret@host/db'", "cannot be opened: "),
        ("c.AssignLatePenalties.plugin_class = 'nowhere.Late'", "the late-submission plugin of "),
        ("1 +", "cannot be read: SyntaxError"),
    ],
    ids=["path", "driver", "plugin", "syntax"],
)
def test_what_is_wrong_with_the_configuration_is_one_line(tmp_path, line, says, patch):
    room = Classroom.create(tmp_path, {TINY: classroom.source()}, seed=5)
    with open(tmp_path / "nbgrader_config.py", "a") as file:
        file.write(line + "\n")
    with pytest.raises(ClassroomError, match=says) as refused:
        batch.grade_class(room, [], tier="limits")
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


def test_columns_are_the_exercises_then_what_stands_beside_them(room, graded):
    assert list(columns("p1", lines_of(room, "p1").values())) == ["area_partial", "area_test", "essay"]
    assert columns(TINY, []) == {"scale_check": 5.0, "steps_check": 4.0}


@pytest.mark.long
def test_an_assignment_goes_through_nbgraders_exchange_and_back(tmp_path, patch, monkeypatch):
    """Released, fetched, handed in and collected by nbgrader, graded by us, given back by nbgrader beside our pages."""
    with quick_nbgrader():
        from nbgrader import apps
    room = make(tmp_path / "class", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    shutil.rmtree(room.root / "submitted")
    with open_gradebook(room.database) as book:
        book.update_or_create_assignment(plain.NAME, duedate=None)
    with open(room.root / "nbgrader_config.py", "a") as file:
        file.write(f"c.CourseDirectory.course_id = 'course'\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
        file.write(f"c.Exchange.cache = {str(tmp_path / 'cache')!r}\n")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'course'\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\nc.Exchange.cache = {str(tmp_path / 'cache')!r}\n"
    )

    def run(app, where, *arguments):
        monkeypatch.chdir(where)
        try:
            running = app()
            running.initialize([plain.NAME, *arguments, "--log-level", "ERROR"])
            running.start()
        except SystemExit as ended:
            assert not ended.code, app.__name__

    run(apps.ReleaseAssignmentApp, room.root)
    run(apps.FetchAssignmentApp, tmp_path / "home")
    fetched = tmp_path / "home" / plain.NAME / "p1.ipynb"
    fetched.write_bytes(plain.answered(json.loads(fetched.read_text(encoding="utf-8")), plain.RIGHT))
    run(apps.SubmitApp, tmp_path / "home")
    run(apps.CollectApp, room.root)
    (line,) = [line for line in batch.grade_class(Classroom(room.root), [plain.NAME]) if line.notebook == "p1"]
    assert scores(line) == {"area_test": 3.0, "area_partial": 1.5, "essay": None}
    assert line.standing.submitted is not None
    write_feedback(Classroom(room.root), [plain.NAME])
    run(apps.GenerateFeedbackApp, room.root)
    run(apps.ReleaseFeedbackApp, room.root)
    run(apps.FetchFeedbackApp, tmp_path / "home")
    (page,) = (tmp_path / "home" / plain.NAME / "feedback").rglob("p1.html")
    assert "Score: 4.5 / 9.5" in page.read_text(encoding="utf-8")
    assert page_of(room, plain.NAME, line.student, "p1").exists()


@pytest.mark.long
@pytest.mark.skipif(postgres.programs() is None, reason="there is no PostgreSQL on this machine")
def test_the_gradebook_may_be_a_postgresql_server(tmp_path, patch):
    with postgres.server() as url:
        room = make(tmp_path, url)
        lines = batch.grade_class(room, [TINY, plain.NAME], tier=sandbox.choose())
        assert {line.earned for line in lines if line.notebook in (TINY, "p2")} == {9.0, 2.0, 0.0}
        enter(room, "ann", "essay", 4.0)
        assert lines_of(room, "p1")["ann"].earned == 8.5
        assert lines_of(room, "p1")["bob"].standing.penalty == 0.5
        rows = {row["ID number"]: row for row in exported(room, plain.NAME, "--for", "moodle")}
        assert rows["ann"][plain.NAME] == "10.5"
        assert not list(tmp_path.glob("*.db"))
