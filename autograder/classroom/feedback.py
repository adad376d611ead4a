"""What a student gets back: one page for each submission and language, made from the stored results."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from autograder import exercises
from autograder.classroom.folder import Classroom, Graded
from autograder.classroom.pages import document, pick, tag
from autograder.judging.card import as_html
from autograder.judging.catalogue import Message, part_title
from autograder.judging.result import Result

LANGUAGES = ("zh", "en")
_TEXT = {
    "title": Message("作业反馈", "Feedback"),
    "points": Message("得分", "Points"),
    "exercise": Message("练习", "Exercise"),
    "part": Message("各部分", "Parts"),
    "status": Message("状态", "Status"),
    "noticed": Message("评分时注意到", "Noticed while grading"),
    "details": Message("逐题说明", "Exercise by exercise"),
    "why": Message(
        "这份提交没有得分，也不是零分：它没有被评分。原因：",
        "This submission has no score, which is not a zero: it was not graded. The reason: ",
    ),
    "no score": Message(
        "评分程序在这道题上自己出了错，老师会来看；这不是零分。",
        "The grader itself failed on this exercise and a person will look at it; this is not a zero.",
    ),
}


def write_feedback(room: Classroom, assignments: Iterable[str], languages: Iterable[str] = LANGUAGES) -> list[Path]:
    """Write a page for each submission and language beside nbgrader's own feedback; returns the files.

    为每份提交、每种语言写一页反馈，返回写出的文件。
    """
    written = []
    for assignment in assignments:
        for line in room.graded(assignment):
            for lang in languages:
                path = room.path("feedback", assignment, line.student).with_suffix(f".{lang}.html")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(page(line, lang), encoding="utf-8")
                written.append(path)
    return written


def page(line: Graded, lang: str) -> str:
    """The feedback on one submission as HTML. 一份提交的反馈页面。"""

    def say(key: str) -> str:
        return pick(_TEXT[key], lang)

    title = f"{_TEXT['title'].text(lang)} · {line.assignment} · {line.student}"
    body = [f"<h1>{escape(line.assignment)}</h1>", f'<p class="lead">{say("title")} · {escape(line.student)}</p>']
    outcome = line.outcome
    if outcome is None or not (outcome.results or outcome.failures):
        reason = pick(line.reason, lang) if line.reason else ""
        body.append(f'<div class="notes">{tag(line.status, lang)} <p>{say("why")}{reason}</p></div>')
        return document(title, "\n".join(body), lang)
    worth = {exercise.id: exercise.points for exercise in exercises.load(line.assignment)}
    whole = sum(worth.values())
    share = 100 * outcome.earned / whole if whole else 0
    body.append(
        f'<div class="numbers"><div><b>{outcome.earned} / {whole}</b><span>{say("points")}</span></div></div>'
        f'<div class="bar"><i style="width:{share:.1f}%"></i></div>'
    )
    if outcome.notes:
        notes = "".join(f"<li>{pick(message, lang)}</li>" for message in outcome.notes)
        body.append(f'<div class="notes">{say("noticed")}<ul>{notes}</ul></div>')
    rows = [_row(name, outcome.results.get(name), points, lang) for name, points in worth.items()]
    head = f"<tr><th>{say('exercise')}</th><th>{say('status')}</th><th>{say('part')}</th>"
    head += f'<th class="number">{say("points")}</th></tr>'
    body.append(f'<section class="panel"><table>{head}{"".join(rows)}</table></section>')
    body.append(f"<h2>{say('details')}</h2>")
    for name in worth:
        result = outcome.results.get(name)
        if result is not None:
            body.append(as_html(result, lang))
        else:
            body.append(f'<div class="notes"><code>{escape(name)}</code> {say("no score")}</div>')
    return document(title, "\n".join(body), lang)


def _row(name: str, result: Result | None, points: int, lang: str) -> str:
    if result is None:
        return (
            f"<tr><td><code>{escape(name)}</code></td><td>{tag('needs a look', lang)}</td><td></td>"
            f'<td class="number">– / {points}</td></tr>'
        )
    parts = " · ".join(f"{pick(part_title(p.name), lang)} {p.earned}/{p.points}" for p in result.parts)
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{tag(result.status, lang)}</td><td>{parts}</td>"
        f'<td class="number">{result.earned} / {result.points}</td></tr>'
    )
