"""nbgrader's Validate, its command and what its button calls, on the notebook as the class gets it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest

from autograder.authoring.build import source_notebook
from autograder.classroom.folder import Classroom
from autograder.classroom.gradebook import prepare_nbgrader, quick_nbgrader
from autograder.classroom.release import release
from autograder.exercises import load
from autograder.judging.exercise import Exercise
from autograder.student import check, settings
from tests.course.answers import bank
from tests.repo.tree import ROOT

NAME = "01_creation"
EXERCISES = load(NAME)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """What ``autograder release`` hands out, checksums and all."""
    room = Classroom.create(tmp_path_factory.mktemp("class"), {NAME: source_notebook(ROOT, NAME)}, seed=7)
    release(room, NAME)
    return room.release(NAME)


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(settings, "START", tmp_path / NAME)


@pytest.fixture
def handed(released, tmp_path):
    """The notebook in a student's course, some of its exercises answered."""

    def write(*answered):
        notebook = copy.deepcopy(released)
        for cell in notebook["cells"]:
            id = cell["metadata"]["nbgrader"]["grade_id"]
            if id in answered:
                cell["source"] = bank(NAME)[id].reference
        path = tmp_path / "course" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return write


def validated(path):
    """What the button shows: the check cells that failed, and what they say."""
    prepare_nbgrader()
    with quick_nbgrader():
        from nbgrader.validator import Validator
    return {cell["source"]: cell["raw_error"] for cell in Validator().validate(str(path)).get("failed", [])}


def test_a_notebook_without_answers_does_not_validate(handed):
    failed = validated(handed())
    assert list(failed) == [f'check("{exercise.id}")' for exercise in EXERCISES]
    for exercise, said in zip(EXERCISES, failed.values(), strict=True):
        assert said.startswith(f"○ {exercise.id}   0 / {exercise.points}   not answered yet")
        assert "Traceback" not in said and ".py" not in said  # the card, and no way into this package


def test_what_is_missing_is_named_and_what_is_right_is_not(handed):
    first, second, *rest = EXERCISES
    path = handed(first.id)
    notebook = json.loads(path.read_text())
    wrong = next(m for m in second.mistakes)
    for cell in notebook["cells"]:
        if cell["metadata"]["nbgrader"]["grade_id"] == second.id:
            cell["source"] = bank(NAME)[second.id].mistakes[wrong.name]
    path.write_text(json.dumps(notebook))
    failed = validated(path)
    assert list(failed) == [f'check("{exercise.id}")' for exercise in (second, *rest)]
    assert wrong.message.en[:40] in failed[f'check("{second.id}")'].replace("\n  ", "\n")
    assert not (path.parents[1] / ".tidu" / "history.jsonl").exists()  # a rehearsal is no attempt


def test_a_right_notebook_validates(handed):
    path = handed(*(exercise.id for exercise in EXERCISES))
    command = [sys.executable, "-m", "nbgrader", "validate", str(path)]
    run = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=True)
    assert run.stdout == "Success! Your notebook passes all the tests.\n"


def test_what_an_answer_says_on_stderr_is_none_of_validates_business(monkeypatch, capsys):
    def noisy(exercise, answer, **more):
        print("!", file=sys.stderr)
        return grade(exercise, answer, **more)

    grade = Exercise.grade
    monkeypatch.setattr(Exercise, "grade", noisy)
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    right = EXERCISES[0].reference
    assert check(EXERCISES[0].id, right).result.status == "ok" and capsys.readouterr().err == ""
    monkeypatch.delenv("NBGRADER_VALIDATING")
    check(EXERCISES[0].id, right)
    assert capsys.readouterr().err == "!\n"
