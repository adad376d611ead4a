"""Every cell that teaches prints the same under PyTorch; timings, pictures and checks apart.

Notebook 13 trains on tidu's own data set, for hundreds of steps, after which two libraries that round differently print
different digits: there a cell trains both from one seed and compares their losses (``test_notebooks``).
"""

from __future__ import annotations

import pytest

from autograder.authoring.source import names
from autograder.exercises import load
from tests.apart import apart
from tests.course import cells
from tests.course.conftest import ROOT


@pytest.mark.parametrize("name", [name for name in names(ROOT) if name != "13_classifier"])
def test_cells_print_the_same_as_with_pytorch(name):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = apart(cells.run, "tidu", name), apart(cells.run, "torch", name)
    assert [cell["source"] for cell in ours] == [cell["source"] for cell in theirs]
    differ = [
        f"{mine['source']}\n--- tidu\n{mine['text']}--- PyTorch\n{other['text']}"
        for mine, other in zip(ours, theirs, strict=True)
        if mine["text"] != other["text"]
    ]
    assert not differ, "\n\n".join(differ)
    exercises = len(load(name))  # a chapter that has only begun prints less
    assert sum(bool(cell["text"]) for cell in ours) >= (16 if exercises > 3 else exercises)
