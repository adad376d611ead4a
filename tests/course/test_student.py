"""What students call: check, hint, progress and lang."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.authoring.banks import banks
from autograder.exercises import load
from autograder.judging.card import as_text
from autograder.student import checking as student
from autograder.student import settings
from tests.course.conftest import ROOT
from tests.course.notebook import given_cells, notebook


@pytest.fixture(autouse=True)
def no_hints_read():
    student._hints_read.clear()


@pytest.fixture
def kernel():
    """A notebook in a real IPython shell."""
    with notebook() as opened:
        yield opened


@pytest.mark.parametrize("name", list(load()))
def test_check_gives_what_grading_gives(name, kernel):
    """The whole bank, in a notebook, part by part."""
    for cell in given_cells(name):
        kernel.run(cell)
    bank_of = banks(ROOT, name)
    for exercise in load(name):
        bank = bank_of[exercise.id]
        for source in (bank.reference, *bank.alternatives, *bank.mistakes.values()):
            with np.errstate(all="ignore"):
                kernel.run(source)
                home = kernel.check(exercise.id)
                graded = exercise.grade(kernel.names[exercise.id], seed=424242, private=True)
            assert [(p.name, p.earned) for p in home.parts] == [(p.name, p.earned) for p in graded.parts]
            assert (home.status, home.misconceptions) == (graded.status, graded.misconceptions)


def test_a_missing_function(kernel):
    result = kernel.check("vjp_mul")
    assert (result.status, result.earned) == ("missing", 0)


def test_a_name_that_is_no_function(kernel):
    kernel.run("vjp_mul = 3")
    assert kernel.check("vjp_mul").status == "missing"


def test_a_function_may_be_handed_over():
    assert student.check("contiguous_strides", lambda shape: ()).result.status == "wrong"


def test_an_unknown_exercise_lists_those_there_are():
    with pytest.raises(LookupError, match=r'no exercise called "vjp_mull".*vjp_mul'):
        student.check("vjp_mull")


def test_what_grading_refuses_is_refused_at_home(kernel):
    kernel.run("def contiguous_strides(shape):\n    return tuple(torch.empty(shape).stride())")
    assert kernel.check("contiguous_strides").status == "refused"
    kernel.run("import numpy as np\ndef contiguous_strides(shape):\n    return np.empty(shape).strides")
    assert kernel.check("contiguous_strides").status == "refused"


def test_a_helper_in_another_cell_is_looked_at_too(kernel):
    kernel.run("def helper(shape):\n    return torch.empty(shape).stride()")
    kernel.run("def contiguous_strides(shape):\n    return [tuple(helper(s)) for s in [shape]][0]")
    assert kernel.check("contiguous_strides").status == "refused"
    kernel.run("def helper(shape):\n    return shape")
    assert kernel.check("contiguous_strides").status == "wrong"


def test_a_tensor_kept_from_another_cell_is_refused(kernel):
    kernel.run("ready = torch.zeros(2, 3)")
    kernel.run("def contiguous_strides(shape):\n    return tuple(ready.stride())")
    result = kernel.check("contiguous_strides")
    assert result.status == "refused" and "`torch` is used" in as_text(result, "en")


def test_a_class_in_another_cell_is_looked_at_too(kernel):
    kernel.run("class Helper:\n    def strides(self, shape):\n        return torch.empty(shape).stride()")
    kernel.run("def contiguous_strides(shape):\n    return tuple(Helper().strides(shape))")
    assert kernel.check("contiguous_strides").status == "refused"


def test_modules_that_grading_would_not_have_are_refused(kernel):
    kernel.run("import time, math\nimport numpy as np")
    kernel.run("def contiguous_strides(shape):\n    time.sleep(0)\n    return ()")
    assert "`time` comes from `import time`" in as_text(kernel.check("contiguous_strides"), "en")
    kernel.run(
        "def contiguous_strides(shape):\n    return tuple(math.prod(map(int, np.array(shape))) for n in shape)"
    )
    assert kernel.check("contiguous_strides").status == "wrong"


def test_an_attribute_is_not_taken_for_a_variable_of_that_name(kernel):
    kernel.run("size = torch.zeros(2)\nimport numpy as np")
    kernel.run("def contiguous_strides(shape):\n    return (np.zeros(3).size,)")
    assert kernel.check("contiguous_strides").status == "wrong"


def test_hints_come_one_after_the_other_and_start_over():
    texts = [repr(student.hint("vjp_mul")) for _ in range(4)]
    assert [text.splitlines()[0] for text in texts] == [
        "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 1 of 3",
    ]  # fmt: skip
    assert (
        "last one" in texts[2]
        and texts[0] == texts[3]
        and "<code>v * y</code>" in student.hint("vjp_mul")._repr_html_()
    )


def test_the_card_counts_the_hints_that_were_read():
    student.hint("vjp_mul")
    assert "2 of 3 hints left unread" in repr(student.check("vjp_mul", lambda v, x, y: (v, v)))


def test_progress_shows_points_and_remembers_them():
    before = repr(student.progress("08_jvp"))
    assert before.count("not tried") == len(load("08_jvp")) and "08_jvp  0 / 44" in before
    exercise = load("08_jvp")[0]
    student.check("vjp_mul", exercise.mistakes[2].answer)
    student.check("vjp_mul", exercise.reference)
    shown = student.progress()
    assert "08_jvp  6 / 44" in repr(shown) and "04_views" in repr(shown)
    assert "6 / 6" in shown._repr_html_() and "width:100%" in shown._repr_html_()


def test_lang_hides_the_other_language(monkeypatch):
    monkeypatch.delenv("TIDU_LANG")
    english = student.lang("en")._repr_html_()
    assert ".jp-MarkdownCell:has([lang=zh]){display:none}" in english
    assert ".jp-MarkdownCell:has([lang=en]){display:block}" in english
    chinese = student.lang("zh")
    assert ".jp-MarkdownCell:has([lang=en]){display:none}" in chinese._repr_html_()
    assert "display:none" not in student.lang("both")._repr_html_() and "中文" in repr(chinese)


def test_the_choice_is_remembered_and_the_environment_overrides_it(monkeypatch, own_settings):
    monkeypatch.delenv("TIDU_LANG")
    student.lang("zh")
    assert settings.language() == "zh" and "[lang=en]){display:none}" in student.lang()._repr_html_()
    assert json.loads((settings.folder() / "settings.json").read_text())["lang"] == "zh"
    monkeypatch.setenv("TIDU_LANG", "en")
    assert settings.language() == "en"
    monkeypatch.setenv("TIDU_LANG", "klingon")
    assert settings.language() == "zh"


def test_without_a_choice_the_machine_decides(monkeypatch):
    monkeypatch.delenv("TIDU_LANG")
    monkeypatch.delenv("LC_ALL", raising=False)
    for spoken, shown in (("zh_CN.UTF-8", "zh"), ("de_DE.UTF-8", "en"), ("C", "en")):
        monkeypatch.setenv("LANG", spoken)
        assert settings.language() == shown


def test_an_unknown_language_says_what_there_is():
    with pytest.raises(ValueError, match=r"lang.. takes .*, got 'fr'"):
        student.lang("fr")


def test_settings_that_cannot_be_kept_stop_nothing(own_settings, monkeypatch):
    monkeypatch.delenv("TIDU_LANG")
    own_settings.write_text("a file where the folder should be")
    assert settings.save(lang="zh") is False and settings.load() == {}
    assert "[lang=en]){display:none}" in student.lang("zh")._repr_html_()
    assert student.check("vjp_mul", load("08_jvp")[0].reference).result.status == "ok"
    assert "not tried" in repr(student.progress())


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"scores": 3, "lang": 7}', '{"scores": {"vjp_mul": "many"}}'])
def test_settings_that_make_no_sense_are_ignored(content):
    settings.folder().mkdir(parents=True)
    (settings.folder() / "settings.json").write_text(content)
    assert "0 / 44" in repr(student.progress("08_jvp"))
    assert student.check("vjp_mul", load("08_jvp")[0].reference).result.status == "ok"
    assert "6 / 44" in repr(student.progress("08_jvp"))


def test_the_students_side_needs_numpy_alone():
    code = (
        "import sys; from autograder.student import check, hint, lang, progress; repr(lang()); hint('vjp_mul');"
        "check('vjp_mul', lambda v, x, y: (v, v))._repr_html_(); progress()._repr_html_();"
        "heavy = {'nbgrader', 'nbformat', 'jupytext', 'IPython', 'matplotlib', 'nbclient', 'typer', 'rich', 'torch'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=True)
    assert run.stdout.strip() == "[]"
