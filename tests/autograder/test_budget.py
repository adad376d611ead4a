"""No submission takes more of the examiner's time and memory than it may: a class of all that ask for much."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from autograder import exercises
from autograder.classroom import batch, work
from autograder.classroom.folder import Classroom
from autograder.classroom.release import release
from autograder.classroom.work import Budget
from autograder.judging import policy, reading, show
from tests.autograder import attacks, classroom
from tests.autograder.test_endings import ENDS
from tests.autograder.test_hostile import DETOURS
from tests.effort import long

BUDGET = Budget(cell=2.0, call=1.0, exercise=3.0, notebook=10.0, restarts=2, examiner=2.0, submission=15.0, end=3.0)
#: What one submission may take: seconds in all, and MiB of memory while it is examined.
SECONDS, MEMORY = BUDGET.longest, 600
#: Of each kind, one in so many in the ordinary run.
STEP = 1 if long() else 22


def indented(body):
    return body.replace("\n", "\n    ")


def submissions():
    """All attacks by name, as they are handed in."""
    kinds = {
        "value": {name: lambda v=value: attacks.answer(f"return {v}") for name, value in attacks.VALUES.items()},
        "error": {name: lambda v=body: attacks.answer(v) for name, body in attacks.ERRORS.items()},
        "end": {name: lambda v=body: attacks.answer(v) for name, body in ENDS.items()},
        "way": {
            name: lambda v=body: attacks.answer(f"{indented(v)}\n    return numpy") for name, body in DETOURS.items()
        },
        "source": {name: lambda v=text: classroom.submission({"scale": v}) for name, text in attacks.SOURCES.items()},
        "notebook": attacks.NOTEBOOKS,
    }
    return {
        f"{kind}, {name}": classroom.as_bytes(make())
        for kind, found in kinds.items()
        for name, make in list(found.items())[::STEP]
    }


def resident(what):
    return next(int(line.split()[1]) >> 10 for line in Path("/proc/self/status").open() if line.startswith(what))


def measured(given):
    """In place of ``grade``, in its process, which learns of the exercises here: it notes the time and the memory."""
    work.exercises_of = lambda name: list(classroom.EXERCISES)
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far counts from here
    start = time.monotonic()
    notebook, outcome = work.grade(given)
    notebook["metadata"]["took"] = [time.monotonic() - start, resident("VmHWM"), resident("VmRSS")]
    return notebook, outcome


def test_a_class_of_attacks_is_graded_within_its_budget(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(exercises, "load", lambda name: list(classroom.EXERCISES))
    room = Classroom.create(tmp_path, {classroom.NAME: classroom.source()}, seed=7)
    release(room, classroom.NAME)
    handed = submissions()
    for name, data in handed.items():
        path = room.path("submitted", classroom.NAME, name)
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    monkeypatch.setattr(batch, "grade", measured)
    lines = batch.grade_class(room, [classroom.NAME], jobs=1, budget=BUDGET)
    assert [line.student for line in lines] == sorted(handed)
    took = {}
    for line in lines:
        graded = json.loads(room.path("autograded", classroom.NAME, line.student).read_text())
        took[line.student] = graded["metadata"].get("took") or [SECONDS, 0, 0]  # ended from outside
        if line.status == "graded":
            assert line.student.startswith("notebook") or line.outcome.results["scale"].earned == 0
    slowest, largest = (max(took, key=lambda name, n=n: took[name][n]) for n in (0, 1))
    told = f"{len(took)} attacks: the slowest {took[slowest][0]:.1f} s ({slowest}), the largest {took[largest][1]} MiB"
    with capsys.disabled():
        print(
            f"\n{told} ({largest}), at most {max(kept for *_, kept in took.values())} MiB kept" if long() else "",
            end="",
        )
    assert took[slowest][0] <= SECONDS and took[largest][1] < MEMORY
    looked_at = [line.student for line in lines if line.status == "needs a look"]
    assert len(looked_at) <= len(lines) // 8, looked_at


@pytest.mark.parametrize("name", [name for name, text in attacks.SOURCES.items() if name.startswith(("a ", "blanks"))])
def test_any_text_is_read_in_a_time_that_grows_with_it(name):
    start = time.process_time()
    reading.read(attacks.SOURCES[name] + "\n# not read before")
    assert time.process_time() - start < 5


def test_what_is_kept_of_texts_is_bounded():
    made = []
    found = reading.by_text(lambda text: made.append(text) or len(text))
    texts = [str(n) * 1000 for n in range(10, 400)]
    assert [found(text) for text in texts] == [len(text) for text in texts]
    found(texts[-1])
    assert len(made) == len(texts)
    found(texts[0])
    assert len(made) == len(texts) + 1


def test_an_array_of_many_dimensions_is_shown_as_soon_as_any():
    start = time.process_time()
    text = show.text_of(attacks.many_dimensions())
    assert time.process_time() - start < 1 and len(text) < 200 and "..." in text


@pytest.mark.parametrize("line", ["f(y)", "y.a = y", "y = y"])
def test_what_an_answer_stands_on_is_found_in_a_time_that_grows_with_the_cells(line):
    """Each line changes what the answer uses, and leads to all others."""
    start = time.process_time()
    cells = ["def f(a): pass\ny = 1\n" + f"{line}\n" * 6000, "def scale(x, k):\n    return x * k + y"]
    assert policy.objections("scale", cells, policy.Rule()) == []
    assert time.process_time() - start < 20
