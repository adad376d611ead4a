"""The report on a class: one HTML file with what an instructor wants to see at a glance."""

from __future__ import annotations

import datetime
import statistics
from collections import Counter
from collections.abc import Iterable
from html import escape

from autograder import exercises
from autograder.classroom.folder import Classroom, Graded
from autograder.classroom.pages import BAD, GOOD, HALF, NONE, STATUS, both, charts, document, tag
from autograder.grading.submission import GRADED
from autograder.judging.catalogue import Message
from autograder.judging.exercise import Exercise

_BINS = 10


def report(room: Classroom, assignments: Iterable[str]) -> str:
    """The page on some assignments of a class, in both languages. 若干次作业的班级报告，中英双语。"""
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    parts = [
        f"<h1>{_say('班级报告', 'Class report')}</h1>",
        f'<p class="lead">{escape(room.root.name)} · {now}</p>',
    ]
    for assignment in assignments:
        parts.append(_assignment(assignment, list(room.graded(assignment))))
    return document("Class report", "\n".join(parts), "both")


def _say(zh: str, en: str) -> str:
    return both(Message(zh, en))


def _panel(zh: str, en: str, content: str) -> str:
    return f'<section class="panel"><h2>{_say(zh, en)}</h2>{content}</section>'


def _assignment(name: str, lines: list[Graded]) -> str:
    known = exercises.load(name)
    whole = sum(exercise.points for exercise in known)
    graded = [line for line in lines if line.status == GRADED]
    scores = [line.outcome.earned for line in graded if line.outcome]
    look = [line for line in lines if line.status != GRADED or (line.outcome and line.outcome.notes)]
    look.sort(key=lambda line: line.status == GRADED)
    if not lines:
        return f"<h2>{escape(name)}</h2><p>{_say('还没有人提交。', 'Nobody has submitted yet.')}</p>"
    numbers = [
        (str(len(lines)), _say("份提交", "submissions")),
        (str(len(graded)), _say("份已评分", "graded")),
        (f"{statistics.mean(scores):.1f}" if scores else "–", _say(f"平均分（满分 {whole}）", f"mean of {whole}")),
        (f"{statistics.median(scores):g}" if scores else "–", _say("中位数", "median")),
        (str(len(lines) - len(graded)), _say("份没有得分", "without a score")),
    ]
    cards = "".join(f"<div><b>{value}</b><span>{label}</span></div>" for value, label in numbers)
    return "\n".join(
        [
            f"<h2><code>{escape(name)}</code></h2>",
            f'<div class="numbers">{cards}</div>',
            '<div class="two">',
            _panel("分数分布", "Score distribution", _distribution(scores, whole)),
            _panel("每题评分用时（中位数）", "Grading time by exercise (median)", _times(known, graded)),
            "</div>",
            _panel("每题的完成情况", "Success by exercise", _success(known, graded)),
            _panel("最常见的误解", "Most frequent misconceptions", _misconceptions(known, graded)),
            _panel("需要看一看的提交", "Submissions that need a look", _attention(look)),
            _panel("全班一览", "The class at a glance", _table(known, lines)),
        ]
    )


def _distribution(scores: list[int], whole: int) -> str:
    counts = [0] * _BINS
    for score in scores:
        counts[min(score * _BINS // max(whole, 1), _BINS - 1)] += 1
    labels = [f"{100 * i // _BINS}%" for i in range(_BINS)]
    return charts.histogram(counts, labels, title="score distribution")


def _success(known: list[Exercise], lines: list[Graded]) -> str:
    rows = []
    for exercise in known:
        kinds: Counter[str] = Counter()
        earned = 0
        for line in lines:
            result = line.outcome.results.get(exercise.id) if line.outcome else None
            if result is None:
                continue
            earned += result.earned
            if result.status in ("not answered", "missing"):
                kinds["none"] += 1
            else:
                kinds["full" if result.earned == result.points else "half" if result.earned else "zero"] += 1
        total = sum(kinds.values()) * exercise.points
        share = f"{100 * earned / total:.0f}%" if total else "–"
        rows.append((exercise.id, [kinds["full"], kinds["half"], kinds["zero"], kinds["none"]], share))
    names = [
        (GOOD, _say("满分", "full points")),
        (HALF, _say("部分得分", "some points")),
        (BAD, _say("没有得分", "no points")),
        (NONE, _say("未作答", "not answered")),
    ]
    legend = "".join(f'<span><i style="background:{colour}"></i>{name}</span>' for colour, name in names)
    chart = charts.stacked(rows, [colour for colour, _ in names], title="success by exercise")
    return f'<div class="legend">{legend}</div>{chart}'


def _misconceptions(known: list[Exercise], lines: list[Graded]) -> str:
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for name, result in (line.outcome.results if line.outcome else {}).items():
            counts.update((name, mistake) for mistake in result.misconceptions)
    if not counts:
        return f"<p>{_say('没有识别出已知的误解。', 'No known misconception was recognised.')}</p>"
    told = {(e.id, mistake.name): mistake.message for e in known for mistake in e.mistakes}
    rows = []
    for (exercise, mistake), count in counts.most_common(8):
        message = told.get((exercise, mistake), Message(mistake, mistake))
        text = f"<code>{escape(exercise)}</code><br>{both(message)}"
        rows.append(f'<tr><td class="number"><b>{count}</b></td><td>{text}</td></tr>')
    return f"<table>{''.join(rows)}</table>"


def _attention(lines: list[Graded]) -> str:
    if not lines:
        return f"<p>{_say('没有。', 'None.')}</p>"
    rows = []
    for line in lines:
        reasons = [line.reason] if line.reason else []
        reasons += line.outcome.notes if line.outcome else []
        told = "<br>".join(both(reason) for reason in reasons)
        rows.append(f"<tr><td>{escape(line.student)}</td><td>{tag(line.status, 'both')}</td><td>{told}</td></tr>")
    head = f"<tr><th>{_say('学生', 'Student')}</th><th>{_say('状态', 'Status')}</th><th>{_say('原因', 'Why')}</th></tr>"
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _table(known: list[Exercise], lines: list[Graded]) -> str:
    head = "".join(f'<th class="turn"><code>{escape(exercise.id)}</code></th>' for exercise in known)
    rows = []
    for line in sorted(lines, key=lambda line: -line.outcome.earned if line.outcome else 1):
        results = line.outcome.results if line.outcome else {}
        cells = []
        for exercise in known:
            result = results.get(exercise.id)
            if result is None:
                cells.append('<td class="mark"></td>')
                continue
            share = result.earned / max(result.points, 1)
            colour = GOOD if share == 1 else HALF if share else NONE if result.status == "not answered" else BAD
            ink = "" if colour in (GOOD, BAD) else ";color:#1d2733"
            title = escape(STATUS[result.status].text("both", " / "), quote=True)
            cells.append(f'<td class="mark" style="background:{colour}{ink}" title="{title}">{result.earned}</td>')
        total = str(line.outcome.earned) if line.outcome and line.status == GRADED else "–"
        rows.append(f'<tr><td>{escape(line.student)}</td>{"".join(cells)}<td class="number"><b>{total}</b></td></tr>')
    head = f'<tr><th>{_say("学生", "Student")}</th>{head}<th class="number">{_say("总分", "Total")}</th></tr>'
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _times(known: list[Exercise], lines: list[Graded]) -> str:
    rows = []
    for exercise in known:
        spent = [s for line in lines if line.outcome and (s := line.outcome.seconds.get(exercise.id)) is not None]
        if spent:
            middle = statistics.median(spent)
            rows.append((exercise.id, middle, f"{1000 * middle:.0f} ms"))
    return charts.bars(rows, title="grading time by exercise") if rows else "–"
