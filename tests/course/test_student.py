"""``check`` at home: the same points as in grading, and what grading refuses is refused."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.authoring.banks import banks
from autograder.exercises import load
from autograder.judging.card import as_text
from autograder.student import checking as student
from tests.course.conftest import ROOT
from tests.course.notebook import given_cells, notebook


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
