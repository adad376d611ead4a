"""``check`` at home: the same points as in grading, and what grading refuses is refused."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.exercises import find
from autograder.judging.card import as_text
from autograder.student import checking as student
from tests.course.notebook import notebook


@pytest.fixture
def kernel():
    """A notebook in a real IPython shell."""
    with notebook() as opened:
        yield opened


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
    kernel.run("import time, math")
    kernel.run("def contiguous_strides(shape):\n    time.sleep(0)\n    return ()")
    assert "`time` comes from `import time`" in as_text(kernel.check("contiguous_strides"), "en")
    kernel.run("def contiguous_strides(shape):\n    return tuple(math.prod(shape) for n in shape)")
    assert kernel.check("contiguous_strides").status == "wrong"


def test_an_attribute_is_not_taken_for_a_variable_of_that_name(kernel):
    kernel.run("size = torch.zeros(2)\nclass Box:\n    size = 3")
    kernel.run("def contiguous_strides(shape):\n    return (Box().size,)")
    assert kernel.check("contiguous_strides").status == "wrong"


def test_the_students_side_needs_numpy_alone():
    code = (
        "import sys; from autograder.student import check, hint, lang, predict, progress;"
        "lang()._repr_html_(); hint('vjp_mul')._repr_html_();"
        "check('vjp_mul', lambda v, x, y: (v, v))._repr_html_(); progress()._repr_html_();"
        "predict(3, lambda: 3)._repr_html_();"
        "heavy = {'nbgrader', 'nbformat', 'jupytext', 'IPython', 'matplotlib', 'nbclient', 'typer', 'rich', 'torch'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=True)
    assert run.stdout.strip() == "[]"


def test_what_an_answer_prints_does_not_drown_its_card(capsys):
    student.check("contiguous_strides", lambda shape: print(shape, end="!\n"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11 and lines[0].endswith("!")
    more = len(find("contiguous_strides").batch(0).trials) - 10
    assert f"and {more} more lines" in lines[10]


def test_a_few_printed_lines_are_shown_as_they_are(capsys):
    calls = []

    def answer(shape):
        if not calls:
            print("once")
        calls.append(shape)
        return ()

    student.check("contiguous_strides", answer)
    assert capsys.readouterr().out == "once\n"
