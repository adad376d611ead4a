"""``check`` at home: the same points as in grading, and what grading refuses is refused."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.authoring.banks import banks
from autograder.authoring.build import release_notebook
from autograder.exercises import load
from autograder.judging.card import as_text
from autograder.student import checking as student
from tests.course.conftest import ROOT


class Notebook:
    """Runs cells as a kernel does: one namespace, each cell's source kept where ``inspect`` finds it."""

    def __init__(self):
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.count = 0
        self.run("from autograder.student import check, hint, lang, progress\nimport tidu as torch")

    def run(self, source):
        self.count += 1
        name = f"<cell {id(self)} {self.count}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        *body, last = source.rstrip("\n").split("\n")
        try:
            compile(last, name, "eval")
        except SyntaxError:
            exec(compile(source, name, "exec"), self.names)
            return None
        exec(compile("\n".join(body), name, "exec"), self.names)
        return eval(compile(last, name, "eval"), self.names)

    def check(self, id):
        return self.run(f'check("{id}")').result


def given_cells(notebook):
    cells = release_notebook(ROOT, notebook).cells
    return [cell.source for cell in cells if cell.metadata.get("tidu", {}).get("role") == "given"]


@pytest.mark.parametrize("name", list(load()))
def test_check_gives_what_grading_gives(name):
    """The whole bank, in a notebook, part by part."""
    notebook = Notebook()
    for cell in given_cells(name):
        notebook.run(cell)
    bank_of = banks(ROOT, name)
    for exercise in load(name):
        bank = bank_of[exercise.id]
        for source in (bank.reference, *bank.alternatives, *bank.mistakes.values()):
            with np.errstate(all="ignore"):
                notebook.run(source)
                home = notebook.check(exercise.id)
                graded = exercise.grade(notebook.names[exercise.id], seed=424242, private=True)
            assert [(p.name, p.earned) for p in home.parts] == [(p.name, p.earned) for p in graded.parts]
            assert (home.status, home.misconceptions) == (graded.status, graded.misconceptions)


def test_a_missing_function():
    result = Notebook().check("vjp_mul")
    assert (result.status, result.earned) == ("missing", 0)


def test_a_name_that_is_no_function():
    notebook = Notebook()
    notebook.run("vjp_mul = 3")
    assert notebook.check("vjp_mul").status == "missing"


def test_a_function_may_be_handed_over():
    assert student.check("contiguous_strides", lambda shape: ()).result.status == "wrong"


def test_an_unknown_exercise_lists_those_there_are():
    with pytest.raises(LookupError, match=r'no exercise called "vjp_mull".*vjp_mul'):
        student.check("vjp_mull")


def test_what_grading_refuses_is_refused_at_home():
    notebook = Notebook()
    notebook.run("def contiguous_strides(shape):\n    return tuple(torch.empty(shape).stride())")
    assert notebook.check("contiguous_strides").status == "refused"
    notebook.run("import numpy as np\ndef contiguous_strides(shape):\n    return np.empty(shape).strides")
    assert notebook.check("contiguous_strides").status == "refused"


def test_a_helper_in_another_cell_is_looked_at_too():
    notebook = Notebook()
    notebook.run("def helper(shape):\n    return torch.empty(shape).stride()")
    notebook.run("def contiguous_strides(shape):\n    return [tuple(helper(s)) for s in [shape]][0]")
    assert notebook.check("contiguous_strides").status == "refused"
    notebook.run("def helper(shape):\n    return shape")
    assert notebook.check("contiguous_strides").status == "wrong"


def test_a_tensor_kept_from_another_cell_is_refused():
    notebook = Notebook()
    notebook.run("ready = torch.zeros(2, 3)")
    notebook.run("def contiguous_strides(shape):\n    return tuple(ready.stride())")
    result = notebook.check("contiguous_strides")
    assert result.status == "refused" and "`ready` is an object of tidu" in as_text(result, "en")


def test_a_class_in_another_cell_is_looked_at_too():
    notebook = Notebook()
    notebook.run("class Helper:\n    def strides(self, shape):\n        return torch.empty(shape).stride()")
    notebook.run("def contiguous_strides(shape):\n    return tuple(Helper().strides(shape))")
    assert notebook.check("contiguous_strides").status == "refused"


def test_modules_that_grading_would_not_have_are_refused():
    notebook = Notebook()
    notebook.run("import time, math\nimport numpy as np")
    notebook.run("def contiguous_strides(shape):\n    time.sleep(0)\n    return ()")
    assert "`time` is an object of time" in as_text(notebook.check("contiguous_strides"), "en")
    notebook.run(
        "def contiguous_strides(shape):\n    return tuple(math.prod(map(int, np.array(shape))) for n in shape)"
    )
    assert notebook.check("contiguous_strides").status == "wrong"


def test_an_attribute_is_not_taken_for_a_variable_of_that_name():
    notebook = Notebook()
    notebook.run("size = torch.zeros(2)\nimport numpy as np")
    notebook.run("def contiguous_strides(shape):\n    return (np.zeros(3).size,)")
    assert notebook.check("contiguous_strides").status == "wrong"


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
