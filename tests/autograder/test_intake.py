"""Whatever is handed in, intake takes the student's text and nothing else."""

from __future__ import annotations

import copy
import json
import os

import pytest

from autograder.grading import intake
from autograder.grading.intake import Unreadable
from tests.autograder import classroom


def taken(notebook):
    return intake.graft(classroom.release(), intake.parse(json.dumps(notebook).encode()))


def sources(result, role):
    return {cell.id: cell.source for cell in result.cells if cell.role == role}


def notes(result):
    return [note.en for note in result.notes]


def cell_of(notebook, name):
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def test_an_honest_submission_is_taken_without_a_note():
    result = taken(classroom.submission(extra={"scale": ["helper = 1"]}))
    assert sources(result, "answer") == classroom.RIGHT
    assert [c.source for c in result.cells if c.role == "extra"] == ["helper = 1"]
    assert notes(result) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"cells": [', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\x80\x04\x95", "not valid JSON"),
        (b"[]", "no cells"),
        (b'{"worksheets": []}', "no cells"),
        (b'{"cells": {}}', "no cells"),
        (b"1" * 5000, "not valid JSON"),
    ],
)
def test_what_is_no_notebook_says_why(data, why):
    with pytest.raises(Unreadable, match=why) as caught:
        intake.parse(data)
    assert caught.value.message.zh != caught.value.message.en


def test_a_byte_order_mark_and_broken_utf8_are_read():
    assert intake.parse(b"\xef\xbb\xbf" + classroom.as_bytes(classroom.submission()))
    assert intake.parse(b'{"cells": [{"source": "\xff\xfe"}]}')


@pytest.mark.parametrize(
    "cell",
    [
        None,
        1,
        [],
        {},
        {"metadata": None},
        {"metadata": {"nbgrader": []}},
        {"metadata": {"nbgrader": {"grade_id": ["scale"]}}, "source": "x"},
        {"cell_type": "code", "source": {"a": 1}},
        {"cell_type": "code", "source": [1, None, "print(1)"]},
        {"cell_type": 5, "source": "text", "id": ["c-scale"]},
        {"cell_type": "code", "source": "\ud800 \0 x", "metadata": {"nbgrader": {"grade_id": None}}},
    ],
    ids=repr,
)
def test_malformed_cells_do_no_harm(cell):
    notebook = classroom.submission()
    notebook["cells"].insert(3, cell)
    result = taken(notebook)
    assert sources(result, "answer") == classroom.RIGHT
    json.dumps(result.notebook).encode("utf-8")


def test_locked_cells_keep_the_released_text():
    notebook = classroom.submission()
    cell_of(notebook, "scale_check")["source"] = "check = lambda *a: 9\n9"
    cell_of(notebook, "given_0")["source"] = "import os"
    result = taken(notebook)
    assert sources(result, "check")["scale_check"] == 'check("scale")'
    assert "import os" not in json.dumps(result.notebook)
    assert notes(result) == ["a locked cell was edited; its text is restored: given_0, scale_check"]


def test_points_metadata_and_outputs_of_the_submission_are_ignored():
    notebook = classroom.submission()
    check = cell_of(notebook, "scale_check")
    check["metadata"]["nbgrader"] |= {"points": 1000, "schema_version": 99, "locked": False}
    check["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "1000"}, "metadata": {}}]
    result = taken(notebook)
    trusted = classroom.release()
    assert cell_of(result.notebook, "scale_check") == cell_of(trusted, "scale_check")
    assert result.notebook["metadata"] == trusted["metadata"]


def test_deleted_check_cells_come_back():
    notebook = classroom.submission()
    notebook["cells"] = [c for c in notebook["cells"] if not c["metadata"]["nbgrader"]["grade"]]
    result = taken(notebook)
    assert list(sources(result, "check")) == ["scale_check", "steps_check"]
    assert notes(result) == ["the check cell was deleted; it is restored: scale_check, steps_check"]


def test_a_deleted_answer_is_missing_and_leaves_the_stub():
    notebook = classroom.submission()
    notebook["cells"].remove(cell_of(notebook, "scale"))
    result = taken(notebook)
    assert sources(result, "answer")["scale"] is None
    assert "NotImplementedError" in cell_of(result.notebook, "scale")["source"]


@pytest.mark.parametrize("copies", [["stub", "mine"], ["mine", "stub"], ["old", "mine"]])
def test_of_a_duplicated_answer_the_last_written_one_counts(copies):
    notebook = classroom.submission()
    cell = cell_of(notebook, "scale")
    texts = {"stub": cell_of(classroom.release(), "scale")["source"], "mine": "scale = 1", "old": "scale = 0"}
    place = notebook["cells"].index(cell)
    notebook["cells"][place : place + 1] = [{**copy.deepcopy(cell), "source": texts[name]} for name in copies]
    result = taken(notebook)
    assert sources(result, "answer")["scale"] == "scale = 1"
    assert any("occurs more than once" in note for note in notes(result))


def test_reordered_cells_go_back_to_their_places():
    notebook = classroom.submission()
    notebook["cells"].reverse()
    result = taken(notebook)
    assert [c.id for c in result.cells if c.role in ("answer", "check")] == [
        "scale",
        "scale_check",
        "steps",
        "steps_check",
    ]


def test_a_retyped_answer_is_still_the_answer():
    notebook = classroom.submission()
    cell_of(notebook, "scale")["cell_type"] = "markdown"
    result = taken(notebook)
    assert sources(result, "answer")["scale"] == classroom.RIGHT["scale"]
    assert cell_of(result.notebook, "scale")["cell_type"] == "code"
    assert any("type was changed" in note for note in notes(result))


def test_an_editor_that_drops_metadata_is_forgiven():
    notebook = classroom.submission()
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    assert sources(taken(notebook), "answer") == classroom.RIGHT


def test_the_students_own_prose_is_kept_and_cannot_carry_a_script():
    notebook = classroom.submission()
    notebook["cells"].insert(2, {"cell_type": "markdown", "source": "mine <script>alert(1)</script>", "metadata": {}})
    text = json.dumps(taken(notebook).notebook)
    assert "mine" in text and "<script>" not in text


def test_files_that_are_not_plain_are_refused(tmp_path):
    (tmp_path / "real.ipynb").write_bytes(b"{}")
    os.symlink(tmp_path / "real.ipynb", tmp_path / "link.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    with open(tmp_path / "huge.ipynb", "wb") as file:
        file.truncate(intake.MAX_BYTES + 1)
    expected = {"link": "symbolic link", "pipe": "not a regular file", "folder": "not a regular file"}
    for name, why in {**expected, "huge": "larger than", "absent": "no file called"}.items():
        with pytest.raises(Unreadable, match=why):
            intake.read(tmp_path / f"{name}.ipynb")
    assert intake.read(tmp_path / "real.ipynb") == b"{}"


def test_utf16_format_3_and_large_outputs_are_read():
    notebook = classroom.submission()
    text = json.dumps(notebook)
    assert intake.parse(text.encode("utf-16")) == notebook["cells"]
    old = [{**cell, "input": cell["source"]} for cell in notebook["cells"]]
    for cell in old:
        del cell["source"]
    sheets = json.dumps({"worksheets": [{"cells": old}], "nbformat": 3}).encode()
    assert sources(intake.take(classroom.release(), sheets), "answer") == classroom.RIGHT
    printed = {"output_type": "stream", "name": "stdout", "text": ['"outputs": [ \\" ]\n'] * 1_200_000}
    cell_of(notebook, "scale")["outputs"] = [printed]
    notebook["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": "x" * 300_000})
    large = json.dumps(notebook).encode()
    assert len(large) > intake.MAX_TEXT
    assert sources(intake.take(classroom.release(), large), "answer") == classroom.RIGHT
    with pytest.raises(Unreadable, match="larger than"):
        intake.parse(b"[" + b"[],\n" * (intake.MAX_TEXT // 4 + 1) + b"0]")


def test_another_notebook_is_a_mix_up_and_not_a_zero():
    text = classroom.as_bytes(classroom.submission()).replace(b"scale", b"shift").replace(b"steps", b"slopes")
    with pytest.raises(intake.Another, match="another notebook"):
        intake.take(classroom.release(), text)
    assert intake.take(classroom.release(), b'{"cells": []}').notes
