"""What ``import tidu`` brings along."""

from __future__ import annotations

import subprocess
import sys

from tests.repo.tree import ROOT


def modules_after(code: str) -> set[str]:
    report = f"import sys; {code}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    answer = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(answer.stdout.split())


def test_import_tidu_brings_numpy_alone():
    outside = modules_after("import tidu") - modules_after("import numpy") - set(sys.stdlib_module_names)
    assert {name for name in outside if not name.startswith("_")} == {"tidu"}


def test_namespaces_are_there_whether_they_are_loaded_or_not():
    code = (
        "import gc, tidu; assert gc.isenabled(); before = set(dir(tidu)); assert 'tidu.fft' not in sys.modules; "
        "from tidu import linalg; assert linalg.det and tidu.fft.fft.__doc__.count('>>>'); "
        "assert {'fft', 'linalg', 'special', 'autograd', 'cuda', 'nn', 'utils'} <= before == set(dir(tidu))"
    )
    modules_after(code)


def test_garbage_that_nobody_wants_collected_stays_so():
    modules_after("import gc; gc.disable(); import tidu; assert not gc.isenabled()")
    modules_after(
        "import gc; gc.freeze(); n = gc.get_freeze_count(); import tidu; assert gc.get_freeze_count() > n // 2"
    )


def test_drawing_is_imported_when_it_is_asked_for():
    assert "graphviz" not in modules_after("import tidu")
    assert "graphviz" in modules_after("import tidu; tidu.viz.make_dot")


def test_the_students_side_needs_no_nbgrader():
    assert not modules_after("import autograder.student") & {"nbgrader", "sqlalchemy", "torch", "typer"}
