"""The course's own notebooks from source to report: parity over the answer banks, the command line, a stopped batch."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import exercises
from autograder.authoring.build import release_notebook
from autograder.classroom import batch
from autograder.classroom.feedback import page_of
from autograder.classroom.folder import Classroom
from autograder.cli import demo
from autograder.cli.main import app
from autograder.grading import sandbox
from autograder.grading.intake import grade_id, role
from autograder.grading.submission import grade_bytes
from autograder.judging.exercise import Exercise
from tests.course.answers import bank
from tests.effort import long

ROOT = Path(__file__).parents[2]


def course(name):
    release = json.loads(json.dumps(release_notebook(ROOT, name)))
    return demo.Course(name, release, exercises.load(name), bank(name))


@pytest.fixture(scope="module", params=demo.NOTEBOOKS)
def one(request):
    return course(request.param)


@pytest.mark.parametrize("lang", ["zh", "en"] if long() else ["zh"])
def test_a_notebook_in_one_language_is_graded_as_the_one_in_both(one, lang):
    committed = json.loads((ROOT / "course" / one.name / lang / f"{one.name}.ipynb").read_text(encoding="utf-8"))
    handed = dataclasses.replace(one, release=committed)
    results = []
    for number, made in ((0, one), (0, handed), (3, one), (3, handed)):
        data = json.dumps(demo.submission(made, banked(one, number))).encode()
        notebook, outcome = grade_bytes(
            one.name, one.release, data, one.exercises, seed=demo.SEED, tier=sandbox.choose()
        )
        assert outcome.status == "graded" and outcome.notes == []
        # the inputs that a failure shows are those of its own bytes
        results.append([{**result.to_json(), "failure": None} for result in outcome.results.values()])
        shown = [(grade_id(cell), cell["cell_type"]) for cell in notebook["cells"]]
        assert shown == [(grade_id(cell), cell["cell_type"]) for cell in one.release["cells"]]
    assert results[0] == results[1] != results[2] == results[3]


def graded(one, answers):
    data = json.dumps(demo.submission(one, answers)).encode()
    _, outcome = grade_bytes(one.name, one.release, data, one.exercises, seed=demo.SEED, tier=sandbox.choose())
    assert outcome.status == "graded", outcome.failures
    return outcome.results


def banked(one: demo.Course, number: int) -> dict[str, str]:
    """The answers of this number in every bank: first the reference, then the alternatives, then the mistakes."""
    found = {}
    for name, one_bank in one.banks.items():
        sources = [one_bank.reference, *one_bank.alternatives, *one_bank.mistakes.values()]
        found[name] = sources[number % len(sources)]
    return found


def test_the_released_notebook_untouched_scores_nothing(one):
    results = graded(one, {})
    assert {result.status for result in results.values()} == {"not answered"}
    assert sum(result.earned for result in results.values()) == 0


def test_nbgrader_releases_what_is_committed(room):
    for name in demo.NOTEBOOKS:
        committed = json.loads((ROOT / "course" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
        made = room.release(name)
        assert len(made["cells"]) == len(committed["cells"])
        for cell, expected in zip(made["cells"], committed["cells"], strict=True):
            assert "".join(cell["source"]) == "".join(expected["source"])
            assert cell["cell_type"] == expected["cell_type"] and grade_id(cell) == grade_id(expected)
            assert role(cell) == role(expected)


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output + str(result.exception)
    return result.output


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "class"
    run("init", folder, "--root", ROOT, "--seed", demo.SEED)
    run("release", "-C", folder)
    room = Classroom(folder)
    for name in demo.NOTEBOOKS:
        one = course(name)
        for student, make in {
            "perfect": demo._perfect,
            "mistaken": demo._mistaken(0),
            "torn": demo._torn,
            "attacker": demo._attacks,
        }.items():
            path = room.path("submitted", name, student)
            path.parent.mkdir(parents=True)
            path.write_bytes(make(one).data)
    return room


@pytest.fixture(scope="module")
def lines(room):
    return json.loads(run("grade", "-C", room.root, "--json"))


def of(lines, student, name="08_jvp"):
    return next(line for line in lines if line["student"] == student and line["assignment"] == name)


def test_a_class_is_graded(room, lines):
    assert len(lines) == 8
    for name in demo.NOTEBOOKS:
        whole = sum(exercise.points for exercise in exercises.load(name))
        assert of(lines, "perfect", name)["earned"] == whole == of(lines, "attacker", name)["earned"]
        assert of(lines, "torn", name)["earned"] is None and of(lines, "torn", name)["status"] == "not gradable"
        assert 0 <= of(lines, "mistaken", name)["earned"] < whole


def test_grading_again_changes_nothing_and_grades_nothing(room, lines, monkeypatch):
    before = room.path("autograded", "08_jvp", "perfect").stat().st_mtime_ns
    monkeypatch.setattr(batch, "open_place", lambda *how: pytest.fail("nothing was left to grade"))
    assert json.loads(run("grade", "-C", room.root, "--json")) == lines
    assert room.path("autograded", "08_jvp", "perfect").stat().st_mtime_ns == before


def test_a_stopped_batch_goes_on_where_it_was(room, lines):
    room.path("autograded", "04_views", "perfect").unlink()
    half = room.path("autograded", "08_jvp", "mistaken")
    half.write_text(half.read_text()[:1000])
    fresh = []

    def progress(done, total, item):
        if item.fresh:
            fresh.append(item.graded.student)

    done = batch.grade_class(room, list(demo.NOTEBOOKS), jobs=1, progress=progress)
    assert sorted(fresh) == ["mistaken", "perfect"]
    assert [line.outcome.earned for line in done if line.student == "mistaken"] == [
        of(lines, "mistaken", name)["earned"] for name in demo.NOTEBOOKS
    ]


def test_a_new_submission_is_graded_from_zero(room, lines):
    path = room.path("submitted", "08_jvp", "perfect")
    data = path.read_bytes()
    path.write_bytes(room.path("release", "08_jvp").read_bytes())
    again = json.loads(run("grade", "08_jvp", "-C", room.root, "--student", "perfect", "--json"))
    assert of(again, "perfect")["earned"] == 0
    path.write_bytes(data)
    again = json.loads(run("grade", "08_jvp", "-C", room.root, "--student", "perfect", "--json"))
    assert again == [of(lines, "perfect")]


def test_a_grader_process_that_dies_takes_nobody_with_it(room, monkeypatch):
    tasks = [
        batch.Task(s, room.release("08_jvp"), room.seed, sandbox.choose(), batch.Budget())
        for s in room.submissions("08_jvp")
    ]
    monkeypatch.setattr(batch, "grade", _dies_on_torn)
    made = batch._run(tasks, 2, None, sandbox.choose())
    found = {task.submission.student: outcome.status for task, (_, outcome) in made}
    assert found == {"attacker": "graded", "mistaken": "graded", "perfect": "graded", "torn": "needs a look"}


def _dies_on_torn(work):
    import os

    if work.data.startswith(b"{") and not work.data.rstrip().endswith(b"}"):
        os._exit(1)
    return {}, batch.Outcome("08_jvp", "graded", "limits")


def test_feedback_report_and_export(room, lines):
    assert "8 pages" in run("feedback", "-C", room.root)
    page = page_of(room, "08_jvp", "mistaken").read_text(encoding="utf-8")
    assert "乘上" in page and "upstream gradient" in page and "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "not valid JSON" in page_of(room, "08_jvp", "torn").read_text(encoding="utf-8")
    run("report", "-C", room.root)
    report = (room.root / "report.html").read_text(encoding="utf-8")
    assert report.count("<svg") == 4 and report.count('class="stacked"') == 2  # three charts of each notebook
    assert report.count("<script") == 1 and "torn" in report
    assert 'href="feedback/mistaken/08_jvp.html"' in report
    run("export", "-C", room.root)
    rows = list(csv.DictReader(io.StringIO((room.root / "grades.csv").read_text(encoding="utf-8-sig"))))
    rows = [row for row in rows if row["assignment"] in demo.NOTEBOOKS]
    assert len(rows) == 8 and {row["status"] for row in rows} == {"graded", "not gradable"}
    for row in rows:
        earned = of(lines, row["student_id"], row["assignment"])["earned"]
        assert row["score"] == ("" if earned is None else str(float(earned)))


def test_the_table_fits_a_terminal(room, lines):
    from rich.console import Console

    from autograder.cli.scores import score_table

    console = Console(width=80, file=io.StringIO())
    console.print(score_table("04_views", list(room.graded("04_views"))))
    text = console.file.getvalue()
    assert all(len(line) <= 80 for line in text.splitlines()) and "not gradable" in text


def test_collecting_from_a_folder_and_from_an_archive(room, tmp_path):
    (tmp_path / "in" / "zhou").mkdir(parents=True)
    (tmp_path / "in" / "zhou" / "my answer.ipynb").write_bytes(b"{}")
    (tmp_path / "in" / "lin_04_views.ipynb").write_bytes(b"{}")
    (tmp_path / "in" / "whose.ipynb").write_bytes(b"{}")
    fresh = Classroom.create(tmp_path / "class", {"04_views": room.release("04_views")}, seed=1)
    assert "2 submissions" in run("collect", "04_views", tmp_path / "in", "-C", fresh.root, code=1)
    assert [s.student for s in fresh.submissions("04_views")] == ["lin", "zhou"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("../../../evil/04_views.ipynb", "{}")
        archive.writestr("chen/04_views/04_views.ipynb", "{}")
    assert "points out" in run("collect", "04_views", tmp_path / "all.zip", "-C", fresh.root, code=1)
    assert [s.student for s in fresh.submissions("04_views")] == ["chen", "lin", "zhou"]
    assert not (tmp_path / "evil").exists()


def test_a_students_own_modules_come_along(room, tmp_path):
    fresh = Classroom.create(tmp_path / "class", {"04_views": room.release("04_views")}, seed=1)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("chen/04_views.ipynb", "{}")
        archive.writestr("chen/own.py", "x = 1")
        archive.writestr("chen/numpy.py", "x = 2")  # would stand in the way of another
        archive.writestr("chen/deeper/other.py", "x = 3")
        archive.writestr("shared.py", "anybody's")
        archive.writestr("lin_04_views.ipynb", "{}")
        archive.writestr("zhou/04_views/04_views.ipynb", "{}")
        archive.writestr("zhou/04_views/own.py", "# " + "x" * 200_000)
    run("collect", "04_views", tmp_path / "all.zip", "-C", fresh.root)
    found = {submission.student: submission for submission in fresh.submissions("04_views")}
    assert {name: set(s.modules()) for name, s in found.items()} == {"chen": {"own"}, "lin": set(), "zhou": set()}
    (found["lin"].folder / "link.py").symlink_to("/etc/passwd")
    (found["lin"].folder / "bytes.py").write_bytes(b"\xff\xfe")
    assert found["lin"].modules() == {}
    for number in range(30):
        (found["lin"].folder / f"m{number}.py").write_text("x = 1")
    assert len(found["lin"].modules()) == 20


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade", "-C", "{empty}"], "not a class folder"),
        (["grade", "99_nothing", "-C", "{room}"], "no assignment '99_nothing'"),
        (["grade", "-C", "{room}", "--student", "nobody"], "no submission by nobody"),
        (["regrade", "08_jvp", "-C", "{room}", "--student", "perfec"], "did you mean perfect?"),
        (["grade", "-C", "{room}", "--tier", "magic"], "expected one of"),
        (["feedback", "-C", "{room}", "--lang", "fr"], "--lang: expected zh or en"),
        (["collect", "04_views", "{empty}/absent", "-C", "{room}"], "does not exist"),
        (["collect", "04_views", "{empty}", "-C", "{room}"], "no notebook"),
        (["demo", "--out", "{room}/source", "--root", str(ROOT)], "not a demonstration class"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(room, tmp_path, arguments, says):
    filled = [argument.format(room=room.root, empty=tmp_path) for argument in arguments]
    output = run(*filled, code=2)
    assert says in " ".join(output.split()) and "Traceback" not in output


def test_the_doctor_reports_every_tier():
    result = CliRunner().invoke(app, ["doctor", "--json"])
    topics = {finding["topic"] for finding in json.loads(result.output)}
    assert all(any(tier in topic for topic in topics) for tier in sandbox.TIERS)


def test_every_exercise_of_the_demonstration_has_answers_to_hand_in(one):
    assert all(isinstance(exercise, Exercise) and exercise.points > 0 for exercise in one.exercises)
    assert all(bank.alternatives and len(bank.mistakes) >= 4 for bank in one.banks.values())
