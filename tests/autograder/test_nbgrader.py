"""nbgrader's own commands, in a class folder with our configuration and nothing else.

One class is graded once; every row of "what stock nbgrader gets wrong" is then a question to its gradebook and files.
"""

from __future__ import annotations

import copy
import csv
import json
import os
import shutil
from pathlib import Path

import pytest

from autograder import exercises
from autograder.classroom import apart
from autograder.classroom.folder import Classroom, stored_outcome
from autograder.classroom.gradebook import open_gradebook, prepare_nbgrader, quick_nbgrader
from autograder.classroom.release import release
from tests.autograder import classroom

NAME = classroom.NAME


def command(app: str, *arguments: str) -> int:
    """Run one of nbgrader's commands in this process, as its console script does, and return the exit code."""
    prepare_nbgrader()
    with quick_nbgrader():
        from nbgrader.apps import AutogradeApp, ExportApp, GenerateAssignmentApp, GenerateFeedbackApp

    apps = {
        "generate_assignment": GenerateAssignmentApp,
        "autograde": AutogradeApp,
        "export": ExportApp,
        "generate_feedback": GenerateFeedbackApp,
    }
    try:
        running = apps[app]()
        running.initialize([*arguments, "--log-level", "ERROR"])
        running.start()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def edited(change, answers=None):
    notebook = classroom.submission(answers)
    change(notebook)
    return classroom.as_bytes(notebook)


def delete_checks(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if not c["metadata"]["nbgrader"]["grade"]]


def duplicate_everything(notebook):
    notebook["cells"] = [copy.deepcopy(cell) for cell in notebook["cells"] for _ in range(2)]


def blank_metadata_of_a_copy(notebook):
    answer = next(c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "scale")
    notebook["cells"].append({**copy.deepcopy(answer), "metadata": {"nbgrader": {}}})


def schema(version):
    def change(notebook):
        for cell in notebook["cells"]:
            cell["metadata"]["nbgrader"]["schema_version"] = version

    return change


def inflate(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"]["nbgrader"]["grade"]:
            cell["metadata"]["nbgrader"]["points"] = 1000
            cell["source"] = "1000.0"
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "1000.0"}, "metadata": {}}]


STUBBORN = """def steps(x):
    while True:
        try:
            pass
        except BaseException:
            pass
"""
RIGHT = classroom.as_bytes(classroom.submission())
SUBMISSIONS = {
    "right": RIGHT,
    "O'Neil, Ann": RIGHT,
    "dies": classroom.as_bytes(classroom.submission({"steps": "import os\nos._exit(0)"})),
    "hangs": classroom.as_bytes(classroom.submission({"steps": STUBBORN})),
    "duplicates": edited(duplicate_everything),
    "pasted": edited(blank_metadata_of_a_copy),
    "deletes": edited(delete_checks),
    "inflates": edited(inflate, {"scale": "def scale(x, k):\n    return x", "steps": "steps = 1"}),
    "old-schema": edited(schema(1)),
    "new-schema": edited(schema(99)),
    "loud": classroom.as_bytes(classroom.submission(extra={"scale": ["import sys\nprint('!', file=sys.stderr)"]})),
    "partial": classroom.as_bytes(
        classroom.submission({"scale": "def scale(x, k):\n    return x * k if x.flags.c_contiguous else x"})
    ),
    "torn": b'{"cells": [',
    "empty": b"",
    "linker": RIGHT,
    "mixed-up": RIGHT.replace(b"scale", b"shift").replace(b"steps", b"slopes"),
}
BAD = {"torn": "not valid JSON", "empty": "the file is empty", "mixed-up": "another notebook"}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    root = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercises, "load", lambda name: list(classroom.EXERCISES))
        # which no other process knows
        patch.setattr(apart, "run", lambda function, *given, seconds: function(*given))
        room = Classroom.create(root, {NAME: classroom.source()}, seed=7)
        with open(root / "nbgrader_config.py", "a") as config:
            config.write("c.Examine.seconds_per_call = 1\n")
        release(room, NAME)
        for student, data in SUBMISSIONS.items():
            hand_in(room, student, data)
        hand_in(room, "misnamed", RIGHT, "homework (1).ipynb")
        os.symlink(root / "gradebook.db", root / "submitted" / "linker" / NAME / "notes.txt")
        patch.chdir(root)
        assert command("autograde", NAME) == 0
        yield room


def hand_in(room, student, data, file=None):
    path = room.path("submitted", NAME, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(file or path.name).write_bytes(data)


def grades(room, student):
    with open_gradebook(room.database) as book:
        entry = book.find_submission_notebook(NAME, NAME, student)
        return {g.name.removesuffix("_check"): (g.auto_score, g.needs_manual_grade) for g in entry.grades}


def outcome(room, student):
    return stored_outcome(json.loads(room.path("autograded", NAME, student).read_text()))


FULL = {"scale": (5.0, False), "steps": (4.0, False)}


def test_the_released_notebook_is_the_source_without_solutions(room):
    made, wanted = room.release(NAME), classroom.release()
    assert ["".join(c["source"]) for c in made["cells"]] == [c["source"] for c in wanted["cells"]]
    for cell, expected in zip(made["cells"], wanted["cells"], strict=True):
        marks = cell["metadata"]["nbgrader"]
        assert {key: marks[key] for key in expected["metadata"]["nbgrader"]} == expected["metadata"]["nbgrader"]


@pytest.mark.parametrize(
    "student", ["right", "O'Neil, Ann", "duplicates", "pasted", "deletes", "old-schema", "new-schema", "loud", "linker"]
)
def test_what_stock_nbgrader_aborts_on_or_mangles_is_graded(room, student):
    assert grades(room, student) == FULL


def test_a_process_that_dies_keeps_the_points_earned(room):
    assert grades(room, "dies") == {"scale": (5.0, False), "steps": (0.0, False)}
    assert outcome(room, "dies").results["steps"].status == "crashed"


def test_a_loop_that_ignores_interrupts_costs_its_exercise(room):
    assert grades(room, "hangs") == {"scale": (5.0, False), "steps": (0.0, False)}
    assert outcome(room, "hangs").results["steps"].status == "timeout"


def test_partial_credit_is_exact(room):
    assert grades(room, "partial") == {"scale": (3.0, False), "steps": (4.0, False)}


def test_points_written_into_a_submission_count_for_nothing(room):
    assert grades(room, "inflates") == {"scale": (0.0, False), "steps": (0.0, False)}


@pytest.mark.parametrize("student", BAD)
def test_what_cannot_be_graded_has_no_score_and_a_reason(room, student):
    assert grades(room, student) == {"scale": (None, True), "steps": (None, True)}
    assert outcome(room, student).status == ("needs a look" if student == "mixed-up" else "not gradable")
    assert BAD[student] in outcome(room, student).why.en


def test_deletions_and_duplicates_are_noted(room):
    assert any("deleted" in note.en for note in outcome(room, "deletes").notes)
    assert any("more than once" in note.en for note in outcome(room, "duplicates").notes)


def test_nbgrader_reads_the_same_scores_from_the_graded_notebook(room):
    from nbformat import from_dict
    from nbgrader.utils import determine_grade, is_grade

    for student in ("right", "partial", "dies", "inflates"):
        notebook = from_dict(json.loads(room.path("autograded", NAME, student).read_text()))
        found = {c.metadata.nbgrader.grade_id: determine_grade(c)[0] for c in notebook.cells if is_grade(c)}
        assert found == {f"{name}_check": score for name, (score, _) in grades(room, student).items()}


def test_links_in_a_submission_are_not_followed(room):
    assert os.listdir(room.path("autograded", NAME, "linker").parent) == [f"{NAME}.ipynb"]


def test_export_is_quoted_and_says_what_has_no_score(room, tmp_path):
    target = tmp_path / "grades.csv"
    assert command("export", "--to", str(target)) == 0
    with open(target, encoding="utf-8-sig", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["O'Neil, Ann"]["score"] == "9.0" and rows["O'Neil, Ann"]["status"] == "graded"
    assert rows["torn"]["score"] == "" and rows["torn"]["status"] == "not gradable"
    assert rows["misnamed"]["score"] == "9.0" and rows["misnamed"]["status"] == "graded"
    assert rows["mixed-up"]["score"] == "" and rows["mixed-up"]["status"] == "needs a look"
    assert "another notebook" in rows["mixed-up"]["reason"]
    assert len(rows) == len(SUBMISSIONS) + 1


def test_feedback_shows_cards_and_no_traceback(room):
    assert command("generate_feedback", NAME, "--student", "partial") == 0
    page = room.path("feedback", NAME, "partial").with_suffix(".html").read_text()
    assert "tidu-card" in page and "Traceback (most" not in page and "AssertionError" not in page


def test_a_blank_resubmission_is_graded_from_zero(room):
    hand_in(room, "again", RIGHT)
    assert command("autograde", NAME, "--student", "again") == 0
    assert grades(room, "again") == FULL
    hand_in(room, "again", classroom.as_bytes(classroom.release()))
    assert command("autograde", NAME, "--student", "again", "--force") == 0
    assert grades(room, "again") == {"scale": (0.0, False), "steps": (0.0, False)}
    with open_gradebook(room.database) as book:
        book.remove_submission(NAME, "again")
    shutil.rmtree(room.root / "submitted" / "again")


def test_a_score_given_by_hand_stays_and_is_marked_when_the_automatic_one_has_changed(room):
    def entered(student, score):
        with open_gradebook(room.database) as book:
            grade = book.find_grade("scale_check", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = score, False
            book.db.commit()

    def found(student):
        with open_gradebook(room.database) as book:
            grade = book.find_grade("scale_check", NAME, NAME, student)
            return grade.auto_score, grade.manual_score, grade.needs_manual_grade

    entered("partial", 4.5)
    entered("right", 2.0)
    before = room.path("submitted", NAME, "right").read_bytes()
    room.path("submitted", NAME, "right").write_bytes(SUBMISSIONS["partial"])
    assert command("autograde", NAME, "--student", "partial", "--force") == 0
    assert command("autograde", NAME, "--student", "right", "--force") == 0
    assert found("partial") == (3.0, 4.5, False)
    assert found("right") == (3.0, 2.0, True)
    room.path("submitted", NAME, "right").write_bytes(before)
    entered("partial", None)
    entered("right", None)


def test_a_new_gradebook_has_the_version_that_alembic_names_and_no_process_is_asked(tmp_path, monkeypatch, capsys):
    from alembic.config import main
    from sqlalchemy import text

    monkeypatch.setenv("PATH", "")
    with open_gradebook(f"sqlite:///{tmp_path / 'g.db'}") as book:
        (version,) = book.db.execute(text("SELECT version_num FROM alembic_version")).scalars()
    from nbgrader.dbutil import _temp_alembic_ini

    with _temp_alembic_ini("sqlite://") as ini:
        main(["-c", ini, "heads"])
    assert capsys.readouterr().out.split()[0] == version


def test_the_configuration_of_a_class_is_a_few_lines(room):
    text = (Path(room.root) / "nbgrader_config.py").read_text()
    assert "configure(c, Path(__file__).parent)" in text and len(text.splitlines()) < 12
