"""What people read: feedback and report, made from records that no class has to be graded for."""

from __future__ import annotations

import dataclasses
import datetime
import html
import re
from urllib.parse import unquote

import pytest

from autograder import exercises
from autograder.classroom import report as reports
from autograder.classroom import similar
from autograder.classroom.feedback import page, page_of
from autograder.classroom.folder import Classroom, Graded, Mark, Standing
from autograder.classroom.records import Record
from autograder.grading.notes import note
from autograder.grading.submission import Outcome

NAME = "04_views"
KNOWN = exercises.load(NAME)
ODD = 'Li "Wei" <script>alert(1)</script> #5 100% 魏'


def record(student, sources, **more):
    """A record of somebody whose answers these are: source, and the function if it is not what the source defines."""
    results, texts = {}, {}
    for exercise in KNOWN:
        if exercise.id not in sources:
            results[exercise.id] = exercise.failed("not answered")
            continue
        texts[exercise.id], answer = sources[exercise.id]
        if answer is None:
            names = {"__name__": "__main__"}
            exec(texts[exercise.id], names)
            answer = names[exercise.id]
        results[exercise.id] = exercise.grade(answer)
    outcome = Outcome(NAME, "graded", "landlock", results, seconds=dict.fromkeys(results, 0.01))
    scores = {name: float(result.earned) for name, result in results.items()}
    shown = {"scores": scores, "points": {e.id: float(e.points) for e in KNOWN}, "answers": texts}
    return Record(Graded(student, NAME, NAME, outcome), **{"name": student, **shown, **more})


RIGHT = {e.id: (f"def {e.id}(*args):\n    return right(*args)", e.reference) for e in KNOWN}


@pytest.fixture(scope="module")
def right():
    return record("ann", RIGHT, name="Ann Ng")


@pytest.fixture(scope="module")
def mistaken():
    view_stride = next(e for e in KNOWN if e.id == "view_stride")
    failure = {"where": {"function": "overlaps", "line": 2, "text": "lost = a[7]", "cell": "overlaps"}}
    made = record(
        ODD,
        {
            "view_stride": ("def view_stride(shape, stride, new):\n    return None", view_stride.mistakes[0].answer),
            "overlaps": ("def overlaps(a, b):\n    lost = a[7]\n    return lost < 3", None),
            "merge_runs": RIGHT["merge_runs"],
        },
        comments={"view_stride": "Have another look at <b>4.6</b>.\nAlmost!"},
        handed_in=datetime.datetime(2026, 11, 20, 8, 30),
        late=datetime.timedelta(days=1, hours=2),
        penalty=2.0,
        by_hand=frozenset({"merge_runs"}),
    )
    results = made.line.outcome.results
    told = {**results["overlaps"].failure, **failure}
    results["overlaps"] = dataclasses.replace(results["overlaps"], failure=told)
    return made


def texts(page, lang):
    """What a reader of one language sees, as plain text."""
    other = {"zh": "en", "en": "zh"}[lang]
    body = re.sub(rf'<span lang="{other}">.*?</span>', "", page.split("<main>")[1])
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def test_feedback_shows_code_card_comment_lateness_and_what_to_do(mistaken):
    made = page(mistaken, "en")
    en, zh = texts(made, "en"), texts(made, "zh")
    assert "lost = a[7]" in en and made.count('<pre class="code"') == 3
    assert re.search(r'class="line raised"[^\n]*lost', made), "the line that raised is marked"
    assert "Have another look at <b>4.6</b>." in en, "as it was written, and as text"
    assert "1 d 2 h" in en and "late: −2 points" in en and "迟交，扣 2 分" in zh and "2026-11-20 08:30" in en
    assert "(by your instructor)" in en and "（老师评定）" in zh
    earned = sum(mistaken.scores.values())
    assert f"{earned - 2:g} / {sum(e.points for e in KNOWN)}" in " ".join(en.split())
    assert f"points ({earned:g} but for lateness)" in en and f"不算迟交是 {earned:g}" in zh
    width = float(re.search(r'class="bar"><i style="width:([0-9.]+)%', made)[1])
    assert width == pytest.approx(100 * (earned - 2) / sum(e.points for e in KNOWN), abs=0.1)
    steps = re.search(r'<div class="notes next">.*?</ol>', made, re.DOTALL)[0]
    assert steps.count("<li>") == 3 and steps.count('href="#') == 3
    assert "run this one" not in en.lower() and "再运行这一格" not in zh
    assert "script" not in re.sub(r"&lt;/?script&gt;", "", made).replace("-script", "")


def test_feedback_stands_alone_in_either_language(mistaken):
    for first in ("zh", "en"):
        made = page(mistaken, first)
        assert f'id="lang-{first}" checked' in made and made.count(" checked") == 1
        assert not re.search(r'(?:src|href)="(?!#)', made) and "url(" not in made and "@import" not in made
        assert "prefers-color-scheme: dark" in made and "width=device-width" in made
        for tag in ("div", "span", "details", "table", "article"):
            assert len(re.findall(rf"<{tag}\b", made)) == made.count(f"</{tag}>"), tag


def test_all_right_and_not_graded_have_a_next_step_too(right):
    assert "Everything is right" in texts(page(right), "en")
    torn = Record(Graded("ben", NAME, NAME, Outcome(NAME, "not gradable", "landlock", why=note("empty file"))), "ben")
    told = texts(page(torn), "en")
    assert "not a zero" in told and "the file is empty" in told and "hand in that .ipynb file again" in told
    waiting = Record(
        Graded("eve", NAME, NAME, Outcome(NAME, "needs a look", "landlock", failures={"overlaps": "x"})), "eve"
    )
    assert waiting.total is None and "will look at" in texts(page(waiting), "en")


def test_a_note_on_a_graded_submission_stands_apart_from_what_a_person_has_to_look_at(right, monkeypatch, tmp_path):
    noted = dataclasses.replace(right.line.outcome, notes=[note("restarted", count=1)])
    waits = Mark(None, 7.0, None, None, None, True)
    standing = Standing({"overlaps_check": waits})
    crowd = [
        dataclasses.replace(right, name="Noted", line=Graded("noted", NAME, NAME, noted)),
        dataclasses.replace(
            right,
            name="Waits",
            line=Graded("waits", NAME, NAME, right.line.outcome, standing=standing),
            scores={**right.scores, "overlaps": None},
        ),
    ]
    monkeypatch.setattr(reports, "records", lambda room, name: iter(crowd))
    monkeypatch.setattr(reports, "people", lambda room: {})
    made = reports.report(Classroom(tmp_path), [NAME])
    panel = made[made.index("Submissions that need a look") : made.index("Success by exercise")]
    look, apart = (" ".join(texts(f"<main>{part}", "en").split()) for part in panel.split("<details"))
    assert "Waits waits graded overlaps: to be graded by a person" in look and "Noted" not in look
    assert "1 graded, with a note" in apart and "Noted noted graded the code ran out of time" in apart


@pytest.fixture
def report(tmp_path, monkeypatch, right, mistaken):
    room = Classroom(tmp_path / "class")
    torn = Record(Graded("torn", NAME, NAME, Outcome(NAME, "not gradable", "landlock", why=note("empty file"))), "torn")
    copied = (
        "def helper(q):\n    found = []\n    for thing in q:\n        found.append(thing * 3 - 1)\n    return found\n"
    )
    ours = f"{copied}def is_contiguous(shape, stride):\n    return sum(helper(shape)) > sum(helper(stride))"
    theirs = ours.replace("thing", "item").replace("found", "out").replace("= []", "= []  # empty")
    pair = [record(who, {"is_contiguous": (text, None)}) for who, text in (("carol", ours), ("dan", theirs))]
    monkeypatch.setattr(reports, "records", lambda room, name: iter([right, mistaken, torn, *pair]))
    monkeypatch.setattr(
        reports, "people", lambda room: {"ann": "Ann Ng", "zoe": "<i>Zoe</i> Zhu", "20260009": "20260009"}
    )
    path = page_of(room, NAME, ODD)
    path.parent.mkdir(parents=True)
    path.touch()
    return room, reports.report(room, [NAME], first="en")


def test_the_report_links_to_every_submission_and_says_what_is_to_see(report):
    room, made = report
    links = [unquote(link) for link in re.findall(r'href="([^#"]+)"', made)]
    assert page_of(room, NAME, ODD).relative_to(room.root).as_posix() in links
    assert {"torn", "carol", "dan", "ann"} <= {link.split("/")[1] for link in links}
    en, zh = texts(made, "en"), texts(made, "zh")
    for told in (
        "Score distribution",
        "Success by exercise",
        "Grading time",
        "An example",
        "the file is empty",
        "Ann Ng",
    ):
        assert told in en
    assert "2 students" in en and "renamed or laid out anew" in en and "item * 3 - 1" in en and "thing * 3 - 1" in en
    assert "2 人" in zh and "分数分布" in zh and "1 late" in " ".join(en.split())
    assert "2 handed in nothing <i>Zoe</i> Zhu zoe 20260009 " in " ".join(en.split()) and "2 人什么也没交" in zh
    assert made.count("<script") == 1 and "<script>alert" not in made
    assert not re.search(r'src="|href="https?:|url\(|@import', made)
    assert made.count('class="turn"') == len(KNOWN) and made.count(f'data-table="t-{NAME}"') == 1


def test_links_lead_from_wherever_the_report_is_written(report, tmp_path):
    room, _ = report
    elsewhere = tmp_path / "reports" / "week" / "views.html"
    links = re.findall(r'href="([^#"]+)"', reports.report(room, [NAME], elsewhere))
    assert {unquote(link).split("/class/")[0] for link in links} == {"../.."}


# ---- similar answers

LOOP = """def f(shape):
    '''Strides.'''
    strides, step = [], 1
    for n in reversed(shape):  # from the right
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))
"""
RENAMED = """def f(dims):
    out, k = [], 1
    for d in reversed(dims):
        out.append(k)

        k *= max(d, 1)
    return tuple(reversed(out))
"""


def test_names_comments_and_layout_make_no_difference_and_all_else_does():
    assert similar.normalised(LOOP) == similar.normalised(RENAMED) is not None
    typed = RENAMED.replace("def f(dims)", "def f(dims: tuple) -> tuple").replace("out, k = [], 1", "out, k = [], 1  #")
    assert similar.normalised(typed) == similar.normalised(LOOP)
    for changed in (LOOP.replace("max(n, 1)", "max(n, 2)"), LOOP.replace("reversed(shape)", "sorted(shape)")):
        assert similar.normalised(changed) != similar.normalised(LOOP)
    for nothing in ("def f(x):\n    return x", "def f(:", "\x00", "(" * 5000, ""):
        assert similar.normalised(nothing) is None


def test_what_most_people_write_is_not_shown_and_neither_is_what_was_handed_out():
    texts = {f"s{i}": LOOP for i in range(30)} | {"a": LOOP.replace("1)", "9)"), "b": RENAMED.replace("1)", "9)")}
    (found,) = similar.clusters({"f": texts})
    assert found.students == ("a", "b") and not found.identical
    assert similar.clusters({"f": texts}, [LOOP.replace("1)", "9)")]) == []
    assert similar.clusters({"f": {"a": LOOP, "b": LOOP.replace("    ", "  ")}})[0].identical
    assert similar.clusters({"f": {"a": LOOP}, "g": {"b": LOOP}}) == []
