"""What is read of a gradebook without nbgrader is what nbgrader says of it."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.classroom import ledger
from autograder.classroom.folder import Mark
from autograder.classroom.gradebook import open_gradebook
from autograder.cli.main import app
from autograder.grading.submission import Outcome
from benchmarks import grading

DUE = datetime.datetime(2026, 11, 20, 12)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Two assignments: three students, one late, one late within an extension, one who handed in nothing."""
    url = f"sqlite:///{tmp_path_factory.mktemp('book') / 'g.db'}"
    with open_gradebook(url) as book:
        for name in ("hw", "other"):
            book.update_or_create_assignment(name, duedate=DUE if name == "hw" else None)
            for notebook in ("p1", "p2"):
                book.update_or_create_notebook(notebook, name)
                book.update_or_create_grade_cell("test", notebook, name, max_score=4, cell_type="code")
                book.update_or_create_solution_cell("essay", notebook, name)
                book.update_or_create_task_cell("task", notebook, name, max_score=2.5, cell_type="markdown")
                source = {"cell_type": "code", "source": f"{name} {notebook}"}
                book.update_or_create_source_cell("test", notebook, name, locked=True, **source)
                book.update_or_create_source_cell("open", notebook, name, locked=False, **source)
        book.update_or_create_student("ann", first_name="Ann", last_name="Li")
        book.update_or_create_student("bob", last_name="bob")
        book.update_or_create_student("cai")
        for student, hours in (("ann", 5), ("bob", 30)):
            for name in ("hw", "other"):
                book.update_or_create_submission(name, student, timestamp=DUE + datetime.timedelta(hours=hours))
        book.update_or_create_submission("hw", "cai")
        book.grant_extension("hw", "bob", days=1)
        for student, auto, manual, extra in (
            ("ann", 3.0, None, None),
            ("bob", 1.0, 2.0, 0.5),
            ("cai", None, None, 1.0),
        ):
            grade = book.find_grade("test", "p1", "hw", student)
            grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
            grade.needs_manual_grade = student == "cai"
        book.find_comment("essay", "p1", "hw", "ann").manual_comment = "好 / good"
        book.find_comment("essay", "p2", "hw", "ann").auto_comment = "No response."
        book.find_submission_notebook("p2", "hw", "ann").late_submission_penalty = 1.5
        book.db.commit()
    return url


@pytest.mark.parametrize("assignment", ["hw", "other"])
def test_everything_is_as_nbgrader_says(url, assignment):
    with ledger.opened(url) as connection:
        found = ledger.standings(connection, assignment)
    count = 0
    with open_gradebook(url) as book:
        for submission in book.assignment_submissions(assignment):
            for entry in submission.notebooks:
                standing = found[submission.student.id, entry.name]
                assert (standing.submitted, standing.seconds_late, standing.penalty) == (
                    submission.timestamp, submission.total_seconds_late, entry.late_submission_penalty or 0.0
                )  # fmt: skip
                assert standing.marks == {
                    grade.name: Mark(
                        None if grade.auto_score is grade.manual_score is None else grade.score,
                        grade.max_score, grade.auto_score, grade.manual_score, grade.extra_credit,
                        grade.needs_manual_grade,
                    )
                    for grade in entry.grades
                }  # fmt: skip
                assert standing.comments == {c.name: c.manual_comment for c in entry.comments if c.manual_comment}
                count += 1
    assert len(found) == count == {"hw": 6, "other": 4}[assignment]


def test_names_lateness_and_points_are_read(url):
    with ledger.opened(url) as connection:
        found = ledger.standings(connection, "hw")
    assert [found[student, "p1"].name for student in ("ann", "bob", "cai")] == ["Ann Li", "", ""]
    assert [found[student, "p2"].seconds_late for student in ("ann", "bob", "cai")] == [5 * 3600, 6 * 3600, 0]
    assert {name: mark.points for name, mark in found["bob", "p2"].marks.items()} == {"test": 4.0, "task": 2.5}


def test_hidden_tests_come_back_to_locked_cells_of_their_own_notebook_alone(url):
    cells = [
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": name, "locked": name == "test"}}}
        for name in ("test", "open")
    ]
    with ledger.opened(url) as connection:
        whole = ledger.released(connection, "hw", "p2", {"cells": cells})
        assert [cell["source"] for cell in whole["cells"]] == ["hw p2", ""]
        for assignment, notebook in (("hw", "p3"), ("hw3", "p1")):
            with pytest.raises(ledger.ClassroomError, match="does not know"):
                ledger.released(connection, assignment, notebook, {"cells": cells})


def test_a_gradebook_that_is_not_there_is_made(tmp_path):
    with ledger.opened(f"sqlite:///{tmp_path / 'g.db'}") as connection:
        assert ledger.standings(connection, "hw") == {}
    with open_gradebook(f"sqlite:///{tmp_path / 'g.db'}") as book:
        assert book.assignments == []


def everything(book, assignment, student):
    """All that a gradebook has of a submission, but the numbers of its rows."""
    submission = book.find_submission(assignment, student)
    parts = {}
    for entry in submission.notebooks:
        grades = {
            g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, g.max_score, g.cell_type)
            for g in entry.grades
        }
        comments = {c.name: (c.auto_comment, c.manual_comment) for c in entry.comments}
        parts[entry.name] = (grades, comments, entry.flagged, entry.late_submission_penalty, entry.score)
    who = (submission.student.first_name, submission.student.last_name)
    return who, submission.timestamp, submission.extension, parts


def outcome(points, blank=()):
    return Outcome("p1", "graded", "limits", tests={"test": points}, blank=list(blank))


def test_a_new_entry_has_all_that_nbgraders_would(url):
    with open_gradebook(url) as book:
        book.update_or_create_student("by nbgrader", first_name="", last_name="by nbgrader")
        book.update_or_create_submission("hw", "by nbgrader", timestamp=DUE)
        expected = everything(book, "hw", "by nbgrader")
    with ledger.opened(url) as connection, ledger.transaction(connection):
        ledger.store(connection, "hw", "by us", outcome(None), handed_in=DUE)
    with open_gradebook(url) as book:
        assert everything(book, "hw", "by us") == (("", "by us"), *expected[1:])


def test_scores_are_stored_from_zero_and_what_a_person_entered_stays(url):
    def stored(*given, **more):
        with ledger.opened(url) as connection, ledger.transaction(connection):
            ledger.store(connection, "hw", "dan", *given, **more)
        with open_gradebook(url) as book:
            _, when, _, parts = everything(book, "hw", "dan")
        return parts["p1"][0]["test"][:4], parts["p1"][1]["essay"][0], when

    first, asked = outcome(3, blank=["essay"]), []
    late = DUE + datetime.timedelta(hours=1)

    def penalty(*given):
        asked.append(given)
        return 0.5

    assert stored(first, None, late, penalty) == ((3.0, None, None, False), "No response.", late)
    assert asked == [("dan", 3.0, 3600.0)]
    with open_gradebook(url) as book:
        assert book.find_submission_notebook("p1", "hw", "dan").late_submission_penalty == 0.5
        grade = book.find_grade("test", "p1", "hw", "dan")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3.5, 0.25, False
        book.find_student("dan").first_name = "Dan"
        book.db.commit()
    assert stored(outcome(3), first) == ((3.0, 3.5, 0.25, False), None, late)  # nothing new to look at
    assert stored(outcome(2), first, penalty=penalty) == ((2.0, 3.5, 0.25, True), None, late)
    assert asked[1:] == [("dan", 3.75, 3600.0)]
    assert stored(outcome(None), first)[0] == (None, 3.5, 0.25, True)
    with open_gradebook(url) as book:
        assert everything(book, "hw", "dan")[0] == ("Dan", "dan")
    with pytest.raises(LookupError), ledger.opened(url) as connection, ledger.transaction(connection):
        ledger.store(connection, "hw", "eve", Outcome("p9", "graded", "limits"))


def test_a_submission_is_stored_without_going_through_the_whole_class(url):
    """Else a class of thousands takes thousands times as long for each."""
    with ledger.opened(url) as connection:
        for query in (ledger._GIVEN, ledger._SAID, ledger._PARTS, ledger._SUBMISSION, ledger._DUE):
            names = dict.fromkeys(("entry", "notebook", "assignment", "submission", "student"), "x")
            plan = [row.detail for row in ledger._ask(connection, f"EXPLAIN QUERY PLAN {query}", names)]
            growing = (
                "grade",
                "comment",
                "entry",
                "submission",
                "submitted_notebook",
                "submitted_assignment",
                "student",
            )
            assert plan and not [step for step in plan if step.startswith("SCAN") and step.split()[1] in growing], plan


def test_a_batch_without_news_starts_nothing_and_loads_little(tmp_path):
    room = grading.classroom(tmp_path / "class", 3)
    command = ["grade", "--json", "-j", "1", "-C", str(room.root)]
    with pytest.raises(SystemExit) as ended:
        app(command)
    assert not ended.value.code
    before = Path(tmp_path / "class" / "gradebook.db").read_bytes()
    program = (
        "import atexit, sys\nfrom autograder.cli.main import app\n"
        "heavy = ('nbgrader', 'nbgrader.api', 'nbformat', 'sqlalchemy.orm', 'multiprocessing.popen_spawn_posix')\n"
        "atexit.register(lambda: print(*sorted(set(heavy) & set(sys.modules)), file=sys.stderr))\n"
        f"app({command!r})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count('"status": "graded"') == 3 and done.stderr.split() == []
    assert Path(tmp_path / "class" / "gradebook.db").read_bytes() == before
