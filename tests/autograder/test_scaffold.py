"""What ``autograder new`` and ``new-exercise`` write builds, lints and passes every proof as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import exercises
from autograder.authoring.banks import banks
from autograder.authoring.build import build, release_notebook
from autograder.authoring.lint import lint
from autograder.authoring.mutants import mutants
from autograder.authoring.scaffold import new_chapter, new_exercise
from autograder.authoring.source import CourseError, stripped
from autograder.classroom.folder import Classroom
from autograder.cli.main import app
from autograder.judging import catalogue
from tests.course.test_mutants import noticed
from tests.effort import rounds

NAME, FIRST = "91_scaffold", "first_of_scaffold"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A class with a chapter of its own, of two exercises; afterwards nobody knows of it."""
    path, others, environment = list(exercises.__path__), list(catalogue._others), dict(os.environ)
    room = Classroom.create(tmp_path_factory.mktemp("own") / "class", {}, seed=1)
    run("new", NAME, "-C", room.root)
    run("new-exercise", NAME, "second_one", "-C", room.root)
    yield room
    exercises.__path__[:], catalogue._others[:] = path, others
    os.environ.clear()
    os.environ.update(environment)
    exercises.forget(NAME)


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output + str(result.exception)
    return result.output


def defined(source, id):
    names = {"__name__": "__main__"}
    exec(compile(source, "<answer>", "exec"), names)
    return names[id]


def test_a_chapter_builds_and_lints_at_once(room):
    assert "6 written" in run("build", "-C", room.root)
    assert "6 up to date, 0 written" in run("build", "-C", room.root)
    assert [str(problem) for problem in lint(room.root)] == []
    assert room.assignments() == [NAME] and exercises.load(NAME)[0].notebook == NAME
    text = json.dumps(release_notebook(room.root, NAME), ensure_ascii=False)
    assert "@" not in re.sub(r"index @|[\w.]+@[\w.]+", "", text), "a place in a template was not filled in"
    assert text.count("check(") == 2 and text.rindex("check(") < text.rindex("progress(")
    assert "## \u200c91.2" in text and len(exercises.load(NAME)[1].hints) == 3 and catalogue.insight("second_one")


@pytest.mark.parametrize("id", [FIRST, "second_one"])
def test_an_exercise_is_proved_at_once(room, id):
    exercise, bank = exercises.find(id), banks(room.root, NAME)[id]
    right = [bank.reference, *bank.alternatives]
    assert len(right) >= 3 and len(bank.mistakes) >= 4
    for source in right:
        for options in ({}, {"seed": 7, "private": True}):
            assert exercise.grade(defined(source, id), **options).status == "ok"
        for mutant in [*mutants(source)][:: rounds(4, 1)]:
            answer = defined(mutant.source, id)
            # what home's inputs do not notice means the same
            assert noticed(exercise, answer, 0, False) or not noticed(exercise, answer, 99, True), mutant
    for name, source in bank.mistakes.items():
        for options in ({}, {"seed": 7, "private": True}):
            assert exercise.grade(defined(source, id), **options).misconceptions == [name]
    head, text, _ = bank.reference.split('"""')
    handed_out = stripped(f'{head}"""{text}"""\n    ### BEGIN SOLUTION\n    ### END SOLUTION')
    assert exercise.grade(defined(handed_out, id)).status == "not answered"
    table = {repr(trial.args): trial.expected for trial in exercise.batch(0).trials}
    assert exercise.grade(lambda *args: table[repr(args)], seed=7, private=True).earned == 0


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("exercises/e{}/second_one.py", "return offset + sum(i * s", "return 1 / 0 + sum(i * s", "ZeroDivisionError"),
        ("exercises/e{}/second_one.py", "(index, stride, 0)", "(index, stride, offset)", "offset_forgotten 应当丢分"),
        ("exercises/e{}/second_one.py", "+ sum(stride)", "- sum(stride)", ""),
        ("solutions/{}.md", "### BEGIN SOLUTION\n", "### BEGIN SOLUTION\n    offset = 0\n", "答案应得满分"),
        ("solutions/{}.md", 'check("second_one")', 'check("second")', "检查的却是 'second'"),
        ("exercises/hints.toml", "[second_one]", "[second_won]", "没有提示"),
        ("exercises/hints.toml", "[second_one]", "[second_one", "hints.toml"),
        ("exercises/e{}/second_one.py", "difficulty=1", "difficulty=9", "from 1 to 5"),
        ("exercises/e{}/second_one.py", 'allow="python"', 'allow="pytorch"', "'python', 'numpy', 'tidu'"),
    ],
)
def test_an_exercise_of_ones_own_is_proved_and_what_is_wrong_is_said(room, file, before, after, says):
    path = room.root / file.format(NAME)
    kept = path.read_text(encoding="utf-8")
    assert before in kept
    try:
        at = kept.rindex(before)  # of two exercises the second
        path.write_text(kept[:at] + after + kept[at + len(before) :], encoding="utf-8")
        exercises.forget(NAME)
        catalogue.read_again()
        done = CliRunner().invoke(app, ["prove", NAME, "-C", str(room.root), "--lang", "zh"])
        assert says in done.output and done.exit_code in ({1, 2} if says else {0})
        assert not done.exception or isinstance(done.exception, SystemExit)
    finally:
        path.write_text(kept, encoding="utf-8")
        exercises.forget(NAME)
        catalogue.read_again()


def test_other_processes_and_students_find_the_exercises_of_a_class(room):
    build(room.root)
    code = f"from autograder.exercises import find; print(find({FIRST!r}).points, len(find({FIRST!r}).hints))"
    own = {name: value for name, value in os.environ.items() if name != "TIDU_EXERCISES"}
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    home = room.root / "source" / NAME  # as nbgrader hands it out, the exercises beside the notebook
    at_home = subprocess.run(
        [sys.executable, "-c", f"import autograder.student\n{code}"],
        cwd=home, env={**own, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert started.stdout == at_home.stdout == "5 3\n"


def test_a_source_that_was_edited_by_hand_is_kept(room):
    build(room.root)
    path = room.path("source", NAME)
    path.write_text("edited", encoding="utf-8")
    assert path in build(room.root).written
    assert path.with_name(f"{path.name}~").read_text(encoding="utf-8") == "edited"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda root: new_chapter(root, "topic"), "two digits and a topic"),
        (lambda root: new_chapter(root, "../../91_x"), "two digits and a topic"),
        (lambda root: new_chapter(root, NAME), "exists"),
        (lambda root: new_exercise(root, "92_none", "other"), "no such notebook source"),
        (lambda root: new_exercise(root, NAME, "Second One"), "a Python name"),
        (lambda root: new_exercise(root, NAME, "second_one"), "already"),
        (lambda root: new_exercise(root, NAME, "view_stride"), "already"),
    ],
    ids=["no number", "a path", "taken chapter", "no chapter", "no name", "taken", "taken by the course"],
)
def test_what_cannot_be_begun_says_why_and_writes_nothing(room, make, says):
    before = {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    with pytest.raises(CourseError, match=says):
        make(room.root)
    after = {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert after == before


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text.replace(":tags: [setup]\n", ""), "no setup cell"),
        (lambda text: text.replace("\nlang()", "\n"), "no setup cell"),
    ],
    ids=["without its tag", "without its language"],
)
def test_a_chapter_without_its_setup_cell_is_one_line(room, tmp_path, spoil, says):
    (tmp_path / "solutions").mkdir()
    text = (room.root / "solutions" / f"{NAME}.md").read_text(encoding="utf-8")
    assert spoil(text) != text
    (tmp_path / "solutions" / f"{NAME}.md").write_text(spoil(text), encoding="utf-8")
    output = run("build", "--root", tmp_path, code=2)
    assert says in output and len(output.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["build", "lint"])
@pytest.mark.parametrize("module", [None, "EXERCISES = (undefined,)", "EXERCISES = ()", "nonsense("])
def test_a_chapter_without_its_module_is_one_line(room, tmp_path, command, module):
    (tmp_path / "solutions").mkdir()
    text = (room.root / "solutions" / f"{NAME}.md").read_text(encoding="utf-8")
    (tmp_path / "solutions" / "93_alone.md").write_text(text, encoding="utf-8")
    if module is not None:
        (tmp_path / "exercises" / "e93_alone").mkdir(parents=True)
        (tmp_path / "exercises" / "e93_alone" / "__init__.py").write_text(module, encoding="utf-8")
    before = list(exercises.__path__)
    try:
        output = run(command, "--root", tmp_path, code=2)
    finally:
        exercises.__path__[:] = before
        exercises.forget("93_alone")
    assert "e93_alone/__init__.py" in output and len(output.strip().splitlines()) == 1


def test_the_repository_has_its_exercises_in_the_package():
    from autograder.authoring.source import exercises_folder

    root = Path(__file__).parents[2]
    assert exercises_folder(root) == root / "autograder" / "exercises"
