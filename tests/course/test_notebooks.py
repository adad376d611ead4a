"""The notebooks in ``course/``: fresh, well formed, worth nothing as released, and running from top to bottom."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys

import nbclient
import nbformat
import pytest

from autograder.authoring.build import build, release_notebook, source_notebook
from autograder.authoring.source import CourseError, names
from autograder.exercises import load
from autograder.judging.catalogue import Message
from tests.course.conftest import ROOT
from tests.effort import long

NAMES = names(ROOT)
TRAINS = ("13_classifier", "source")


#: Ahead of the setup cell, in a kernel that is to find no PyTorch.
WITHOUT_PYTORCH = "import sys\nsys.modules['torch'] = None"


def executed(kind, name):
    """The notebook after running all of its cells, as a student or an author would; the latter has no PyTorch."""
    notebook = {"release": release_notebook, "source": source_notebook}[kind](ROOT, name)
    if kind == "source":
        notebook.cells.insert(0, nbformat.v4.new_code_cell(WITHOUT_PYTORCH))
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
    client.execute(cwd=str(ROOT))
    if kind == "source":
        del notebook.cells[0]
    return notebook


def outputs(notebook, grade_id):
    return next(cell.outputs for cell in notebook.cells if cell.metadata.nbgrader.grade_id == grade_id)


def test_the_committed_notebooks_are_fresh(root):
    report = build(root, check=True)
    assert report.ok, f"run make course: stale {report.stale}"
    assert len(report.fresh) == 3 * len(NAMES) >= 6  # each in both languages, and in either alone


def test_another_process_builds_the_same_bytes(root):
    code = (
        "from pathlib import Path; from autograder.authoring.build import build; print(build(Path('.'), check=True).ok)"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, env=env, check=True)
    assert run.stdout.strip() == "True"


def test_a_stale_notebook_is_noticed_and_rebuilt(root, tmp_path):
    for folder in ("solutions", "course"):
        (tmp_path / folder).mkdir()
    source = tmp_path / "solutions" / "08_jvp.md"
    source.write_text((root / "solutions" / "08_jvp.md").read_text(encoding="utf-8"), encoding="utf-8")
    assert not build(tmp_path, check=True).ok and not (tmp_path / "course" / "08_jvp").exists()
    assert build(tmp_path).written and build(tmp_path, check=True).ok and not build(tmp_path).written
    source.write_text(source.read_text(encoding="utf-8").replace("一行一行", "逐行"), encoding="utf-8")
    report = build(tmp_path, check=True)
    stale = [path.relative_to(tmp_path / "course" / "08_jvp").as_posix() for path in report.stale]
    assert stale == ["08_jvp.ipynb", "zh/08_jvp.ipynb"]  # the English alone says what it said


@pytest.mark.parametrize("name", NAMES)
def test_cells_carry_what_grading_needs(name):
    release, source = release_notebook(ROOT, name), source_notebook(ROOT, name)
    nbformat.validate(release)
    exercises = {exercise.id: exercise for exercise in load(name)}
    ids = [cell.metadata.nbgrader.grade_id for cell in release.cells]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", cell.id) for cell in release.cells)
    assert ids == [cell.metadata.nbgrader.grade_id for cell in source.cells]
    for cell in release.cells:
        marks = cell.metadata.nbgrader
        assert marks.schema_version == 3 and marks.task is False
        if marks.grade_id in exercises:
            assert (marks.solution, marks.grade, marks.locked) == (True, False, False)
            assert "raise NotImplementedError()" in cell.source and '"""' in cell.source
        elif marks.grade:
            id = marks.grade_id.removesuffix("_check")
            assert cell.source == f'check("{id}")' and marks.points == exercises[id].points and marks.locked
        else:
            assert marks.locked and not marks.solution
    assert ids[1] == "setup" and "lang()" in release.cells[1].source


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_is_released(name):
    text = json.dumps(release_notebook(ROOT, name))
    assert "BEGIN SOLUTION" not in text and "alternative" not in text
    for cell in source_notebook(ROOT, name).cells:
        if cell.metadata.nbgrader.solution:
            inside = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            for line in (line.strip() for line in inside.splitlines()):
                if len(line) > 25:
                    assert json.dumps(line)[1:-1] not in text, line


@pytest.mark.parametrize("name", NAMES)
def test_nbgraders_own_clearing_gives_the_released_cells(name):
    from nbgrader.preprocessors import ClearSolutions

    cleared, _ = ClearSolutions().preprocess(source_notebook(ROOT, name), {})
    assert [cell.source for cell in cleared.cells] == [cell.source for cell in release_notebook(ROOT, name).cells]


@pytest.mark.parametrize("name", NAMES)
def test_a_prose_cell_holds_both_languages_each_in_its_own_element(name):
    prose = [cell.source for cell in release_notebook(ROOT, name).cells if cell.cell_type == "markdown"]
    assert len(prose) >= min(11, 4 * len(load(name)))
    for text in prose:
        # Markdown needs the empty lines to be read as Markdown inside of HTML.
        zh, en = re.fullmatch(
            r'<div lang="zh">\n\n(.+)\n\n</div>\n<div lang="en"><hr>\n\n(.+)\n\n</div>', text, re.DOTALL
        ).groups()
        assert re.search("[\u4e00-\u9fff]", zh) and not re.search("[\u4e00-\u9fff]", en)
        for side, mark in ((zh, "\u200c"), (en, "\u200d")):
            assert all(title.startswith(mark) for title in re.findall(r"^#+ +(.*)$", side, re.MULTILINE))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_in_one_language_is_the_same_notebook(name, lang):
    both, one = release_notebook(ROOT, name), release_notebook(ROOT, name, lang)
    assert [(c.id, c.cell_type, c.metadata) for c in one.cells] == [(c.id, c.cell_type, c.metadata) for c in both.cells]
    for theirs, ours in zip(both.cells, one.cells, strict=True):
        if ours.cell_type == "markdown":
            assert bool(re.search("[\u4e00-\u9fff]", ours.source)) == (lang == "zh")
            assert "<div" not in ours.source and "\u200c" not in ours.source and "\u200d" not in ours.source
            assert ours.source in theirs.source.replace("\u200c", "").replace("\u200d", "")
        elif ours.id != "setup":
            assert ours.source == theirs.source
    setup = next(cell.source for cell in one.cells if cell.id == "setup")
    assert setup.endswith(f'\nlang("{lang}")')


def test_under_its_heading_an_exercise_says_what_it_takes_and_what_it_is_checked_on(monkeypatch):
    exercise = load(NAMES[0])[0]
    monkeypatch.setattr(exercise, "statement", lambda: Message("维数 0 到 4", "0 to 4 dims"))
    (cell,) = [c for c in release_notebook(ROOT, NAMES[0]).cells if "0 to 4 dims" in c.source]
    for heading, effort, checked in (
        ("### \u200c练习", "难度", "维数 0 到 4"),
        ("### \u200dExercise", "difficulty", "0 to 4 dims"),
    ):
        found = re.search(rf"^{heading}.*\n\n<small>{effort}.*</small>\n\n{checked}\n\n", cell.source, re.M)
        assert found


def check_comparisons(notebook, pytorch):
    """Where a cell compares two results, they are equal, as the prose beside it says."""
    for cell in notebook.cells:
        text = "".join(o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", ()))
        if "thirty_steps(pytorch)" in cell.source and pytorch:
            assert "less than 1e-3 apart: True" in text
        if "largest difference:" in cell.source and "differ(through, resumed)" in cell.source:
            assert "largest difference: 0.0\n" in text
        if "question(pytorch)" in cell.source and not pytorch:
            assert text.startswith("PyTorch is not installed; tidu says")
        elif any(sign in cell.source for sign in (".equal(", "allclose(", "question(pytorch)")):
            assert "True" in text and "False" not in text, cell.source


#: The one that trains takes half a minute, so in the ordinary run it runs once: as students get it.
RUN = [(name, kind) for name in NAMES for kind in ("release", "source") if long() or (name, kind) != TRAINS]


@pytest.mark.parametrize(("name", "kind"), RUN)
def test_the_notebook_runs_from_top_to_bottom(name, kind):
    notebook = executed(kind, name)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error", (cell.source, output.get("traceback"))
    for exercise in load(name):
        (shown,) = outputs(notebook, f"{exercise.id}_check")
        head = shown.data["text/plain"].splitlines()[0]
        if kind == "source":
            assert head.startswith(f"✓ {exercise.id}   {exercise.points} / {exercise.points}")
        else:
            assert head == f"○ {exercise.id}   0 / {exercise.points}   not answered yet"
        assert "tidu-card" in shown.data["text/html"]
    drawn = [o for cell in notebook.cells for o in cell.get("outputs", ()) if "image/svg+xml" in o.get("data", {})]
    assert len(drawn) >= min(4, len(load(name)))
    check_comparisons(notebook, pytorch=kind == "release" and importlib.util.find_spec("torch") is not None)


@pytest.mark.parametrize(
    "change, told",
    [
        (('+++ {"lang": "zh"}', "+++"), "prose needs its language"),
        (("    ### END SOLUTION\n", ""), "needs one `### BEGIN SOLUTION` and one"),
        (('check("vjp_sum")', 'check("vjp_mul")'), "this cell of exercise 'vjp_sum' checks 'vjp_mul'"),
        (('```{code-cell}\n:exercise: vjp_sum\ncheck("vjp_sum")\n```\n', ""), "the check cells are"),
        (('"exercise": "vjp_sum"', '"exercise": "vjp_summ"'), "there is no exercise 'vjp_summ'"),
    ],
)
def test_a_broken_source_says_what_is_wrong(root, tmp_path, change, told):
    (tmp_path / "solutions").mkdir()
    text = (root / "solutions" / "08_jvp.md").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "solutions" / "08_jvp.md").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(CourseError, match=re.escape(told)):
        release_notebook(tmp_path, "08_jvp")


def test_an_unknown_notebook_says_which_there_are(root):
    told = r"99_none.md: there is no such notebook source .found: 01_creation, 03_indexing, 04_views, 07_graph, 08_jvp"
    with pytest.raises(CourseError, match=told):
        release_notebook(root, "99_none")
