"""The report on a class: one HTML file with what an instructor wants to see at a glance."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import statistics
from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote

from autograder.classroom import similar
from autograder.classroom.feedback import page_of
from autograder.classroom.folder import Classroom, columns, exercises_of
from autograder.classroom.ledger import people
from autograder.classroom.pages import BAD, GOOD, HALF, NONE, STATUS, both, charts, document, say, tag
from autograder.classroom.pages.code import coloured, plain
from autograder.classroom.records import Record, records
from autograder.grading.intake import grade_id, role
from autograder.grading.notes import note
from autograder.grading.submission import GRADED
from autograder.judging.card import as_html
from autograder.judging.catalogue import PAIR, Message
from autograder.judging.exercise import Exercise

_BINS = 10
#: Rows that a list shows; what is rarer is counted.
_MISTAKES, _CLUSTERS, _TEXTS = 10, 12, 4


def report(room: Classroom, assignments: Iterable[str], out: Path | None = None, first: str = "zh") -> str:
    """The page on some assignments of a class, in both languages. 若干次作业的班级报告，中英双语。

    out     the file that it will be written to, from which its links lead to the submissions
    first   the language that it shows until somebody chooses
    """
    place = (out or room.root / "report.html").resolve().parent
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    names = list(assignments)
    parts = [
        f"<h1>{say('班级报告', 'Class report')}</h1>",
        f'<p class="lead">{escape(room.root.name)} · {now}</p>',
    ]
    if len(names) > 1:
        links = "".join(f'<a href="#{escape(name)}"><code>{escape(name)}</code></a>' for name in names)
        parts.append(f"<nav>{links}</nav>")
    everybody = people(room)
    for name in names:
        found = list(records(room, name))
        here = {record.line.student for record in found}
        absent = {id: who for id, who in everybody.items() if id not in here}
        books = list(dict.fromkeys(record.line.notebook for record in found)) or [name]
        parts += [
            _notebook(room, name, book, [r for r in found if r.line.notebook == book], absent, place) for book in books
        ]
    return document(
        f"{room.root.name} · {'班级报告' if first == 'zh' else 'class report'}",
        "\n".join(parts),
        first=first,
        script="table.js",
    )


def _panel(zh: str, en: str, content: str) -> str:
    return f'<section class="panel"><h2>{say(zh, en)}</h2>{content}</section>'


def _notebook(
    room: Classroom, assignment: str, name: str, found: list[Record], absent: dict[str, str], here: Path
) -> str:
    title = f"{assignment} / {name}" if name != assignment else name
    head = f'<h2 id="{escape(name)}"><code>{escape(title)}</code></h2>'
    if not found:
        return f"{head}<p>{say('还没有人提交。', 'Nobody has submitted yet.')}</p>"
    known = exercises_of(name)
    cells = columns(name, [record.line for record in found])
    whole = sum(cells.values())
    graded = [record for record in found if record.total is not None]
    totals = [record.total for record in graded if record.total is not None]
    numbers = [
        (str(len(found)), say("份提交", "submissions")),
        (str(len(graded)), say("份已评分", "graded")),
        (f"{statistics.mean(totals):.1f}" if totals else "–", say(f"平均分（满分 {whole:g}）", f"mean of {whole:g}")),
        (f"{statistics.median(totals):g}" if totals else "–", say("中位数", "median")),
        (str(len(found) - len(graded)), say("份没有得分", "without a score")),
        (str(sum(bool(record.late) for record in found)), say("份迟交", "late")),
    ]
    cards = "".join(f"<div><b>{value}</b><span>{label}</span></div>" for value, label in numbers)
    links = _Links(room, assignment, here)
    shared = f'<p class="small">{both(note("shared"))}</p>' if any(_own_tests(record) for record in found) else ""
    of_exercises = [
        _panel("每题的完成情况", "Success by exercise", _success(known, found)),
        _panel("最常见的误解", "Most frequent misconceptions", _misconceptions(known, found, links)),
        _panel("相似的答案", "Similar answers", _similar(room, assignment, known, found, links)),
    ]
    return "\n".join(
        [
            head,
            shared,
            f'<div class="numbers">{cards}</div>',
            '<div class="two">',
            _panel("分数分布", "Score distribution", _distribution(totals, whole)),
            _panel("每题评分用时（中位数）", "Grading time by exercise (median)", _times(cells, found)),
            "</div>",
            _panel("需要看一看的提交", "Submissions that need a look", _attention(found, links) + _absent(absent)),
            *(of_exercises if known else []),
            _panel("全班一览", "The class at a glance", _table(name, cells, found, links)),
        ]
    )


def _own_tests(record: Record) -> bool:
    return record.line.outcome is not None and bool(record.line.outcome.tests)


class _Links:
    """Leads from the report to a submission: its feedback page where one was written, else the graded notebook."""

    def __init__(self, room: Classroom, assignment: str, here: Path) -> None:
        self.room, self.assignment, self.here = room, assignment, here

    def to(self, record: Record) -> str:
        student, name = record.line.student, record.line.notebook
        places = (
            page_of(self.room, self.assignment, student, name),
            self.room.path("autograded", self.assignment, student, name),
            self.room.path("submitted", self.assignment, student).parent,
        )
        target = next((place for place in places if place.exists()), places[-1])
        address = quote(Path(os.path.relpath(target, self.here)).as_posix())
        beside = "" if record.name == student else f' <span class="id">{escape(student)}</span>'
        return f'<a href="{address}">{escape(record.name)}</a>{beside}'


def _distribution(totals: list[float], whole: float) -> str:
    counts = [0] * _BINS
    for total in totals:
        counts[min(int(total * _BINS / (whole or 1)), _BINS - 1)] += 1
    labels = [f"{100 * i // _BINS}%" for i in range(_BINS)]
    return charts.histogram(counts, labels, title="score distribution")


def _success(known: list[Exercise], found: list[Record]) -> str:
    rows = []
    for exercise in known:
        kinds: Counter[str] = Counter()
        earned = 0.0
        for record in found:
            result = record.line.outcome.results.get(exercise.id) if record.line.outcome else None
            score = record.scores.get(exercise.id)
            if result is None or score is None:
                continue
            earned += score
            if result.status in ("not answered", "missing") and not score:
                kinds["none"] += 1
            else:
                kinds["full" if score >= exercise.points else "half" if score else "zero"] += 1
        total = sum(kinds.values()) * exercise.points
        share = f"{100 * earned / total:.0f}%" if total else "–"
        rows.append((exercise.id, [kinds["full"], kinds["half"], kinds["zero"], kinds["none"]], share))
    names = [
        (GOOD, say("满分", "full points")),
        (HALF, say("部分得分", "some points")),
        (BAD, say("没有得分", "no points")),
        (NONE, say("未作答", "not answered")),
    ]
    legend = "".join(f'<span><i style="background:{colour}"></i>{name}</span>' for colour, name in names)
    chart = charts.stacked(rows, [colour for colour, _ in names], title="success by exercise")
    return f'<div class="legend">{legend}</div>{chart}'


def _misconceptions(known: list[Exercise], found: list[Record], links: _Links) -> str:
    who: dict[tuple[str, str], list[Record]] = {}
    for record in found:
        for name, result in (record.line.outcome.results if record.line.outcome else {}).items():
            for mistake in result.misconceptions:
                who.setdefault((name, mistake), []).append(record)
    if not who:
        return f"<p>{say('没有识别出已知的误解。', 'No known misconception was recognised.')}</p>"
    told = {(e.id, mistake.name): mistake.message for e in known for mistake in e.mistakes}
    rows = []
    ordered = sorted(who.items(), key=lambda item: -len(item[1]))
    for (exercise, mistake), those in ordered[:_MISTAKES]:
        text = both(told[exercise, mistake]) if (exercise, mistake) in told else f"<code>{escape(mistake)}</code>"
        example = _example(exercise, mistake, those, links)
        what = f"<code>{escape(exercise)}</code><br>{text}{example}"
        rows.append(f'<tr><td class="number"><b>{len(those)}</b></td><td>{what}</td></tr>')
    rest = len(ordered) - _MISTAKES
    more = f'<p class="small">{say(f"另有 {rest} 种较少见的。", f"{rest} rarer ones.")}</p>' if rest > 0 else ""
    return f"<table>{''.join(rows)}</table>{more}"


def _example(exercise: str, mistake: str, those: list[Record], links: _Links) -> str:
    """The shortest answer that makes the mistake first of all, with its card."""
    best: tuple[bool, int, Record] | None = None
    for record in those:
        assert record.line.outcome is not None
        first = record.line.outcome.results[exercise].misconceptions[0] == mistake
        size = len(record.answers.get(exercise, ""))
        if size and (best is None or (not first, size) < best[:2]):
            best = (not first, size, record)
    if best is None:
        return ""
    record = best[2]
    assert record.line.outcome is not None
    result = record.line.outcome.results[exercise]
    card = dataclasses.replace(result, hints=0)  # whoever reads this needs no hint
    cards = "".join(f'<div lang="{lang}">{as_html(card, lang)}</div>' for lang in PAIR)
    code = coloured(record.answers[exercise], (result.failure or {}).get("where"))
    whose = f'<p class="small">{links.to(record)}</p>'
    beside = f'<div class="beside"><div>{code}</div><div>{cards}</div></div>'
    return f'<details class="more"><summary>{say("一个例子", "An example")}</summary>{whose}{beside}</details>'


def _similar(room: Classroom, name: str, known: list[Exercise], found: list[Record], links: _Links) -> str:
    lead = say(
        "去掉变量名、注释和排版之后完全相同的答案。短的、多数人都这样写的不列。相似不等于抄袭，这里不影响分数。",
        "Answers that are the same once names, comments and layout are taken away. Short ones, and those that most "
        "people give, are left out. Alike does not mean copied, and nothing here touches a score.",
    )
    by_student = {record.line.student: record for record in found}
    answers = {e.id: {s: r.answers[e.id] for s, r in by_student.items() if e.id in r.answers} for e in known}
    groups = similar.clusters(answers, _handed_out(room, name))
    rows = []
    for group in groups[:_CLUSTERS]:
        people = ", ".join(links.to(by_student[student]) for student in group.students)
        words = (
            say("逐字相同", "word for word") if group.identical else say("改过名字或排版", "renamed or laid out anew")
        )
        texts = zip(group.students[:_TEXTS], group.texts, strict=False)
        shown = "".join(f"<div><p class='small'>{links.to(by_student[s])}</p>{plain(text)}</div>" for s, text in texts)
        title = say(f"{len(group.students)} 人", f"{len(group.students)} students")
        summary = f"<code>{escape(group.exercise)}</code> · {title} · {words}: {people}"
        rows.append(f'<details class="more"><summary>{summary}</summary><div class="beside">{shown}</div></details>')
    rest = len(groups) - _CLUSTERS
    if rest > 0:
        rows.append(f'<p class="small">{say(f"另有 {rest} 组。", f"{rest} more groups.")}</p>')
    none = f"<p>{say('没有。', 'None.')}</p>"
    return f'<p class="small">{lead}</p>{"".join(rows) or none}'


def _handed_out(room: Classroom, name: str) -> list[str]:
    """The answer cells as everybody got them, and as the instructor's notebook has them."""
    texts = []
    for step in ("release", "source"):
        try:
            cells = json.loads(room.path(step, name).read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError):
            continue
        texts += ["".join(cell["source"]) for cell in cells if role(cell) == "answer" and grade_id(cell)]
    return texts


def _attention(found: list[Record], links: _Links) -> str:
    """Whom a person has to look at; below it, put away, what was noticed of those that have their score."""
    look, noted = [], []
    for record in found:
        notes = record.line.outcome.notes if record.line.outcome else []
        reasons = [record.line.reason] if record.line.reason else []
        if record.line.status == GRADED:
            reasons += _waiting(record)
        if record.line.status != GRADED or record.total is None or reasons:
            look.append((record, [*reasons, *notes]))
        elif notes:
            noted.append((record, notes))
    look.sort(key=lambda one: one[0].line.status == GRADED)
    told = _reasons(look, links) if look else f"<p>{say('没有。', 'None.')}</p>"
    if noted:
        count = say(f"{len(noted)} 份已评分，附有说明", f"{len(noted)} graded, with a note")
        told += f'<details class="more"><summary>{count}</summary>{_reasons(noted, links)}</details>'
    return told


def _waiting(record: Record) -> list[Message]:
    """Which exercises of a graded submission a person has to grade, or to look at once more."""
    marks = record.line.standing.waits if record.line.standing else []
    names = [name.removesuffix("_check") for name in marks]
    first = ", ".join(name for name in names if record.scores.get(name) is None)
    again = ", ".join(name for name in names if record.scores.get(name) is not None)
    reasons = [Message(f"{first} 要老师来评", f"{first}: to be graded by a person")] if first else []
    if again:
        zh = f"{again} 手工给过分，之后答案或自动得分变了"
        reasons.append(Message(zh, f"{again}: the answer or its score changed after one was given by hand"))
    return reasons


def _reasons(those: list[tuple[Record, list[Message]]], links: _Links) -> str:
    rows = "".join(
        f"<tr><td>{links.to(record)}</td><td>{tag(record.line.status)}</td>"
        f"<td>{'<br>'.join(both(reason) for reason in reasons)}</td></tr>"
        for record, reasons in those
    )
    head = f"<tr><th>{say('学生', 'Student')}</th><th>{say('状态', 'Status')}</th><th>{say('原因', 'Why')}</th></tr>"
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _absent(those: dict[str, str]) -> str:
    """Who has handed in nothing, by name and id."""
    if not those:
        return ""
    count = say(f"{len(those)} 人什么也没交", f"{len(those)} handed in nothing")
    named = {id: f' <span class="id">{escape(id)}</span>' if name != id else "" for id, name in those.items()}
    listed = "".join(f"<li>{escape(name)}{named[id]}</li>" for id, name in those.items())
    return f'<details class="more"><summary>{count}</summary><ul class="people">{listed}</ul></details>'


def _table(name: str, cells: dict[str, float], found: list[Record], links: _Links) -> str:
    def head(zh: str, en: str, more: str = "") -> str:
        return f'<th{more}><button type="button">{say(zh, en)}</button></th>'

    turned = "".join(
        f'<th class="turn"><button type="button"><code>{escape(cell.removesuffix("_check"))}</code></button></th>'
        for cell in cells
    )
    rows = []
    for record in sorted(found, key=lambda record: (record.total is None, -(record.total or 0))):
        marks = "".join(_mark(cell.removesuffix("_check"), points, record) for cell, points in cells.items())
        total = "" if record.total is None else f"{record.total:g}"
        late = say("迟交", "late") if record.late else ""
        minutes = int(record.late.total_seconds() // 60) or ""
        rows.append(
            f"<tr><td>{links.to(record)}</td>{marks}"
            f'<td class="number" data-value="{total}"><b>{total or "–"}</b></td>'
            f'<td class="whole" data-value="{minutes}">{late}</td><td>{tag(record.line.status)}</td></tr>'
        )
    heads = head("学生", "Student") + turned + head("总分", "Total", ' class="number"')
    heads += head("迟交", "Late") + head("状态", "Status")
    words = "搜索 / search"
    found_by = f'<input type="search" data-table="t-{escape(name)}" placeholder="{words}" aria-label="{words}">'
    table = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'{found_by}<div class="scroll"><table class="sorted" id="t-{escape(name)}">{table}</table></div>'


def _mark(name: str, points: float, record: Record) -> str:
    result = record.line.outcome.results.get(name) if record.line.outcome else None
    score = record.scores.get(name)
    if score is None:
        return '<td class="mark" data-value=""></td>'
    share = score / points if points else 1
    unanswered = result is not None and result.status == "not answered"
    colour = GOOD if share >= 1 else HALF if share else NONE if unanswered else BAD
    ink = "" if colour in (GOOD, BAD) else ";color:#1d2733"
    title = f' title="{escape(STATUS[result.status].text("both", " / "), quote=True)}"' if result else ""
    return f'<td class="mark" style="background:{colour}{ink}"{title}>{score:g}</td>'


def _times(cells: dict[str, float], found: list[Record]) -> str:
    rows = []
    for name in (cell.removesuffix("_check") for cell in cells):
        outcomes = [record.line.outcome for record in found if record.line.outcome]
        spent = [seconds for outcome in outcomes if (seconds := outcome.seconds.get(name)) is not None]
        if spent:
            middle = statistics.median(spent)
            rows.append((name, middle, f"{1000 * middle:.0f} ms"))
    return charts.bars(rows, title="grading time by exercise") if rows else "–"
