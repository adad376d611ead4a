"""Hints, scores and times: what is remembered of a student's work, and what progress() says of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from autograder.exercises import find, load
from autograder.student import check, hint, history, progress, settings
from autograder.student.history import Event, Standing, standings
from tests.course.test_card import balanced

TOTAL = sum(exercise.points for exercise in load("08_jvp"))


def test_hints_come_one_after_the_other_and_start_over():
    texts = [repr(hint("vjp_mul")) for _ in range(4)]
    assert [text.splitlines()[0] for text in texts] == [
        "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 1 of 3",
    ]  # fmt: skip
    assert "last one" in texts[2] and texts[0] == texts[3]


def test_a_hint_has_a_button_for_the_next_inside_it():
    hints = find("vjp_mul").hints
    first = balanced(hint("vjp_mul")._repr_html_())
    assert first.count("<details") == first.count("<summary") == 2
    # The third is inside the second: it can be opened only when that one is open.
    second, third = first.index("Hint 2 of 3"), first.index("Hint 3 of 3")
    assert second < first.index("<details", second) < third < first.index("</details>")
    assert "<details" not in balanced(hint("vjp_mul")._repr_html_()).split("Hint 3 of 3")[1]
    assert "<details" not in hint("vjp_mul")._repr_html_()
    assert all(line in first for line in hints[0].en.split("`")[:1])


def test_the_card_has_a_button_for_the_hints_that_were_not_read():
    hint("vjp_mul")
    card = check("vjp_mul", lambda v, x, y: (v, v))
    assert "2 of 3 hints left unread" in repr(card)
    html = balanced(card._repr_html_())
    assert html.count("<details") == 2 and "Hint 1 of 3" not in html
    hint("vjp_mul"), hint("vjp_mul")
    assert check("vjp_mul", lambda v, x, y: (v, v))._repr_html_().count("<details") == 3  # all of them again
    assert "<details" not in check("vjp_mul", find("vjp_mul").reference)._repr_html_()


def test_every_exercise_has_three_hints():
    assert {exercise.id for exercises in load().values() for exercise in exercises if len(exercise.hints) != 3} == set()


def test_progress_shows_points_and_remembers_them():
    before = repr(progress("08_jvp"))
    assert before.count("not tried") == len(load("08_jvp")) and f"08_jvp  0 / {TOTAL}" in before
    exercise = find("vjp_mul")
    check("vjp_mul", exercise.mistakes[2].answer)
    check("vjp_mul", exercise.reference)
    shown = progress()
    assert f"08_jvp  {exercise.points} / {TOTAL}" in repr(shown) and "04_views" in repr(shown)
    assert f"{exercise.points} / {exercise.points}" in shown._repr_html_() and "width:100%" in shown._repr_html_()


def test_an_exercise_that_was_not_touched_is_not_tried():
    def untouched(v, x, y):
        raise NotImplementedError

    check("vjp_mul", untouched)
    assert repr(progress("08_jvp")).count("not tried") == len(load("08_jvp"))
    exercise = find("vjp_mul")
    check("vjp_mul", exercise.reference)
    check("vjp_mul", untouched)  # the notebook as it was handed out, run again: the points are not lost
    assert f"08_jvp  {exercise.points} / {TOTAL}" in repr(progress("08_jvp"))


def test_progress_says_what_is_next():
    first, second = load("08_jvp")[:2]
    earliest = next(iter(load().values()))[0]
    assert f"Next: `{earliest.id}` in `{earliest.notebook}`" in repr(progress())
    check(first.id, first.reference)
    assert f"Next: `{second.id}` in `08_jvp`, about {second.minutes} minutes." in repr(progress())
    for exercise in load("08_jvp"):
        check(exercise.id, exercise.reference)
    assert "Everything here is done." in repr(progress("08_jvp")) and "Next:" in repr(progress())


def test_progress_shows_time_and_hints(monkeypatch):
    clock = iter([1000.0, 1000.0 + 600, 1000.0 + 720])
    monkeypatch.setattr(history.time, "time", lambda: next(clock))
    exercise = find("vjp_mul")
    history.record("vjp_mul", "check", status="not answered")
    hint("vjp_mul")
    check("vjp_mul", exercise.reference)
    line = next(line for line in repr(progress("08_jvp")).splitlines() if "vjp_mul" in line)
    assert line.endswith(f"{exercise.points} / {exercise.points}  12 min  hints read: 1")
    assert "12 min" in balanced(progress("08_jvp")._repr_html_())


def test_time_goes_to_what_somebody_was_at_and_pauses_to_nothing():
    hour = 3600.0
    done = [
        Event(0, "a", "check", "not answered"),
        Event(0.5, "b", "check", "not answered"),
        Event(300, "a", "check", "wrong", 2),
        Event(420, "b", "hint", number=1),
        Event(420 + hour, "b", "check", "ok", 5),
        Event(480 + hour, "b", "check", "wrong", 1),
    ]
    assert standings(done) == {"a": Standing(2, 0, 0, 299.5), "b": Standing(1, 1, 1, 0.5 + 120 + 60)}


def line(**changes):
    return json.dumps({"at": 1, "id": "vjp_mul", "did": "check", "status": "ok", "earned": 6, **changes})


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[1]", "7", "null", '{"at": 1}', "[" * 9999, "\x00\xff"),
        *(line(at="x"), line(earned="6"), line(did="x"), line(id=["vjp_mul"]), line(more=1), line(status="splendid")),
    ],
)
def test_a_line_that_makes_no_sense_costs_itself_alone(line):
    exercise = find("vjp_mul")
    check("vjp_mul", exercise.reference)
    with (settings.folder() / "history.jsonl").open("a", encoding="latin-1") as file:
        file.write(line)  # cut off: no end of line
    hint("vjp_sum")
    assert [event.id for event in history.events()] == ["vjp_mul", "vjp_sum"]
    assert f"08_jvp  {exercise.points} / {TOTAL}" in repr(progress("08_jvp"))


def test_points_that_were_written_in_count_for_no_more_than_there_are():
    history.record("vjp_mul", "check", status="ok", earned=10_000)
    assert f"08_jvp  {find('vjp_mul').points} / {TOTAL}" in repr(progress("08_jvp"))


def test_two_kernels_at_a_time_lose_nothing(tmp_path):
    (tmp_path / "course" / "04_views").mkdir(parents=True)
    code = (
        "import sys; from autograder.student import history, settings; settings.save(lang=sys.argv[1])\n"
        "for n in range(200): history.record(sys.argv[2], 'hint', number=n)"
    )
    run = [
        subprocess.Popen([sys.executable, "-c", code, *more], cwd=tmp_path / "course" / "04_views")
        for more in (("zh", "vjp_mul"), ("en", "vjp_sum"))
    ]
    assert [one.wait(60) for one in run] == [0, 0]
    lines = (tmp_path / "course" / ".tidu" / "history.jsonl").read_text().split("\n")
    found = [json.loads(line) for line in lines if line]
    for id in ("vjp_mul", "vjp_sum"):
        assert [event["number"] for event in found if event["id"] == id] == list(range(200))
    assert json.loads((tmp_path / "course" / ".tidu" / "settings.json").read_text())["lang"] in ("zh", "en")
