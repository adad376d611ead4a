"""What a student gets back: one page for each submission, in both languages, made from what the gradebook has."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from html import escape
from pathlib import Path

from autograder.classroom.folder import Classroom, exercises_of, write_text
from autograder.classroom.pages import both, document, say, tag
from autograder.classroom.pages.code import coloured, plain
from autograder.classroom.records import Record, records
from autograder.grading.submission import NOT_GRADABLE
from autograder.judging.card import as_html
from autograder.judging.catalogue import PAIR, Message, message
from autograder.judging.exercise import Exercise
from autograder.judging.result import Result

#: How many exercises "what to do next" names; more than three is a list that nobody begins.
_NEXT = 3

_DOUBT = "A question about a score? Send this page to your instructor, and say which exercise, and why."
_ADVICE = {
    "not answered": Message(
        "还没有写。先看第一条提示，写一个最简单的情形。",
        "Not written yet. Read the first hint and begin with the simplest input.",
    ),
    "missing": Message(
        "评分时找不到这个函数。名字要与题目一致，并且写在笔记本里。",
        "The function was not there. Its name has to be the exercise's, and it has to stand in the notebook.",
    ),
    "error": Message(
        "先让它不抛异常：下面标出了出错的那一行和当时的输入。",
        "Make it run through first: the line that raised is marked below, with the input.",
    ),
    "timeout": Message(
        "它没有在时限内返回。看看循环在下面的输入上会不会停。",
        "It did not return in time. Does its loop end on the input below?",
    ),
    "crashed": Message(
        "运行它的进程中途结束了。去掉结束进程或占用大量内存的语句。",
        "The process that ran it ended. Take out what ends the process or fills the memory.",
    ),
    "refused": Message(
        "它用了这道题不允许的写法；下面说了用什么代替。",
        "It uses what this exercise does not allow; below is what to use instead.",
    ),
    "wrong": Message(
        "从下面那个最小的输入算起：你的结果在哪一步与应有的结果分开？",
        "Work through the small input below by hand: at which step does your result part from the expected one?",
    ),
}


def write_feedback(room: Classroom, assignments: Iterable[str], first: str = "zh") -> list[Path]:
    """Write a page for each submission, beside nbgrader's own feedback; returns the files. 为每份提交写一页反馈。

    first   the language that a page shows until somebody chooses
    """
    return [write_page(room, record, first) for name in assignments for record in records(room, name)]


def write_page(room: Classroom, record: Record, first: str = "zh") -> Path:
    """Write the page of one submission and return its file. 写出一份提交的反馈页。"""
    path = page_of(room, record.line.assignment, record.line.student, record.line.notebook)
    write_text(path, page(record, first))
    return path


def page_of(room: Classroom, assignment: str, student: str, notebook: str = "") -> Path:
    """Where the page of a submission lies: beside nbgrader's folder, which it takes for done when it is there.

    反馈页的位置：在 nbgrader 的反馈文件夹旁边，不在里面。
    """
    name = assignment if notebook in ("", assignment) else f"{assignment}.{notebook}"
    return room.root / "feedback" / student / f"{name}.html"


def page(record: Record, first: str = "zh") -> str:
    """The feedback on one submission as HTML. 一份提交的反馈页面。"""
    line, outcome = record.line, record.line.outcome
    who = record.name if record.name == line.student else f"{record.name} ({line.student})"
    body = [f"<h1>{escape(line.notebook)}</h1>", f'<p class="lead">{say("作业反馈", "Feedback")} · {escape(who)}</p>']
    if outcome is None or (outcome.status == NOT_GRADABLE and record.total is None):
        body.append(_ungraded(record))
        return document(f"{line.notebook} · {who}", "\n".join(body), first=first)
    known = exercises_of(line.notebook)
    body.append(_score(record, sum(record.points.values())))
    if known:
        body.append(_next(record, known))
    if outcome.notes:
        notes = "".join(f"<li>{both(message)}</li>" for message in outcome.notes)
        body.append(f'<div class="notes">{say("评分时注意到", "Noticed while grading")}<ul>{notes}</ul></div>')
    theirs = {exercise.id for exercise in known}
    answers = [_exercise(exercise, record) for exercise in known]
    answers += [_answer(name, record) for name in (record.answers | record.points) if name not in theirs]
    listed = f'<section class="panel">{_table(record, known)}</section>'
    body.append(f'<div class="sheet"><aside>{listed}</aside><div>{"".join(answers)}</div></div>')
    body.append(f"<footer>{say('对分数有疑问？把这一页发给老师，写明是哪一题、为什么。', _DOUBT)}</footer>")
    return document(f"{line.notebook} · {who}", "\n".join(body), first=first)


def _ungraded(record: Record) -> str:
    line = record.line
    lead = say(
        "这份提交没有得分，也不是零分：它没有被评分。",
        "This submission has no score, which is not a zero: it was not graded.",
    )
    reason = f"<p>{both(line.reason)}</p>" if line.reason else ""
    todo = say(
        "在 Jupyter 里打开你的笔记本，确认看得到自己的答案，保存，把这个 .ipynb 文件再交一次。打不开的话，告诉老师。",
        "Open your notebook in Jupyter, see that your answers are there, save it, and hand in that .ipynb file again. "
        "If it does not open, tell your instructor.",
    )
    if line.status == "needs a look":
        todo = say("老师会来看，你不用做什么。", "Your instructor will look at it; there is nothing for you to do.")
    todo = f"<p><b>{say('接下来：', 'Next: ')}</b>{todo}</p>"
    return f'<div class="notes">{tag(line.status)} <p>{lead}</p>{reason}{todo}</div>'


def _score(record: Record, whole: float) -> str:
    total = record.total
    earned = sum(score or 0 for score in record.scores.values())
    counts = max(earned - record.penalty, 0)
    label = say("得分", "points")
    if record.penalty:
        label = say(f"得分（不算迟交是 {earned:g}）", f"points ({earned:g} but for lateness)")
    told = [(f"{counts:g} / {whole:g}", label)]
    if record.handed_in is not None:
        told.append((f"{record.handed_in:%Y-%m-%d %H:%M}", say("交作业的时间（UTC）", "handed in (UTC)")))
    if record.late:
        cost = (
            say(f"迟交，扣 {record.penalty:g} 分", f"late: −{record.penalty:g} points")
            if record.penalty
            else say("迟交，不扣分", "late, without a penalty")
        )
        told.append((_span(record.late), cost))
    cards = "".join(f"<div><b>{value}</b><span>{label}</span></div>" for value, label in told)
    share = 100 * min(counts / whole, 1) if whole else 0
    waits = ""
    if total is None:
        waits = say(
            "有的题还要老师来看，总分会变。",
            "Your instructor still has to look at some exercises; the total will change.",
        )
        waits = f'<p class="small">{waits}</p>'
    return f'<div class="numbers">{cards}</div><div class="bar"><i style="width:{share:.1f}%"></i></div>{waits}'


def _span(time: datetime.timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return say(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
    return say(f"{hours} 小时 {minutes % 60} 分", f"{hours} h {minutes % 60} min")


def _next(record: Record, known: list[Exercise]) -> str:
    """What to do now, the exercises with the most to gain first."""
    assert record.line.outcome is not None
    results = record.line.outcome.results
    open_ = [(e, results[e.id]) for e in known if e.id in results and results[e.id].earned < results[e.id].points]
    open_ = [(e, result) for e, result in open_ if e.id not in record.by_hand]
    if not open_:
        done = say(
            "全做对了。下面每张卡片里有一件值得知道的事；再想想能不能写得更短、更清楚。",
            "Everything is right. Each card below tells one thing worth knowing; could your code be clearer still?",
        )
        return f'<div class="notes next"><b>{say("接下来", "Next")}</b><p>{done}</p></div>'
    open_.sort(key=lambda pair: (pair[0].difficulty, pair[1].earned - pair[1].points))
    items = []
    for exercise, result in open_[:_NEXT]:
        gain = f"+{result.points - result.earned}"
        items.append(
            f'<li><a href="#{exercise.id}"><code>{exercise.id}</code></a> <b>{gain}</b> {both(_advice(result))}</li>'
        )
    how = say(
        "改好以后，在自己的笔记本里运行它的 `check`：在家通过的，评分时也通过。",
        "When it is mended, run its `check` in your own notebook: what passes at home passes in grading.",
    )
    rest = len(open_) - _NEXT
    more = f'<p class="small">{say(f"另有 {rest} 题，见下。", f"{rest} more below.")}</p>' if rest > 0 else ""
    listed = f'<ol>{"".join(items)}</ol>{more}<p class="small">{how}</p>'
    return f'<div class="notes next"><b>{say("接下来", "Next")}</b>{listed}</div>'


def _advice(result: Result) -> Message:
    """One sentence: what is known of the mistake, else what to do about this kind of end."""
    if result.status in ("wrong", "error") and result.misconceptions and result.messages:
        return result.messages[0]
    return _ADVICE.get(result.status, _ADVICE["wrong"])


def _table(record: Record, known: list[Exercise]) -> str:
    rows = []
    ids = [exercise.id for exercise in known]
    for name in [*ids, *(name for name in record.points if name not in ids)]:
        result = record.line.outcome.results.get(name) if record.line.outcome else None
        waits = name in ids or record.scores.get(name) is None
        status = tag(_status(result)) if result else tag("needs a look") if waits else ""
        shown = escape(name)
        rows.append(
            f'<tr><td><a href="#{shown}"><code>{shown}</code></a></td><td>{status}</td>'
            f'<td class="number">{_points(record, name)}</td></tr>'
        )
    heads = (("练习", "Exercise", ""), ("状态", "Status", ""), ("得分", "Points", ' class="number"'))
    head = "".join(f"<th{more}>{say(zh, en)}</th>" for zh, en, more in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _status(result: Result) -> str:
    return "partial" if result.status == "wrong" and result.earned else result.status


def _points(record: Record, name: str) -> str:
    score = record.scores.get(name)
    by_hand = f" {say('（老师评定）', ' (by your instructor)')}" if name in record.by_hand else ""
    told = f"{'–' if score is None else f'{score:g}'} / {record.points.get(name, 0):g}"
    return f'<span class="whole">{told}</span>{by_hand}'


def _comment(record: Record, name: str) -> str:
    said = escape(record.comments.get(name, ""))
    title = say("老师的话", "Your instructor")
    return f'<div class="notes said"><b>{title}</b><p>{said}</p></div>' if said else ""


def _answer(name: str, record: Record) -> str:
    """What no exercise grades: an answer to a test of the notebook's own, a text that a person reads."""
    text = record.answers.get(name)
    shown = plain(text) if text else ""
    worth = f"<b>{_points(record, name)}</b>" if name in record.points else ""
    return (
        f'<article class="exercise" id="{escape(name)}"><header><h3><code>{escape(name)}</code></h3>{worth}</header>'
        f"{_comment(record, name)}{shown}</article>"
    )


def _exercise(exercise: Exercise, record: Record) -> str:
    assert record.line.outcome is not None
    result = record.line.outcome.results.get(exercise.id)
    answer = record.answers.get(exercise.id, "")
    where = (result.failure or {}).get("where") if result else None
    code = coloured(answer, where) or f'<p class="small">{say("没有收到代码。", "There is no code.")}</p>'
    if result is None:
        judged = say(
            "评分程序在这道题上自己出了错，老师会来看；这不是零分。",
            "The grader itself failed on this exercise and your instructor will look at it; this is not a zero.",
        )
        judged = f"<p>{judged}</p>"
    else:
        judged = _card(result)
    return (
        f'<article class="exercise" id="{exercise.id}"><header><h3><code>{exercise.id}</code></h3>'
        f"{tag(_status(result) if result else 'needs a look')}<b>{_points(record, exercise.id)}</b></header>"
        f"{_comment(record, exercise.id)}"
        f'<div class="beside"><div>{code}</div><div>{judged}</div></div></article>'
    )


def _card(result: Result) -> str:
    """The card of a check in both languages; what it says to somebody who sits in the notebook is said for a reader."""
    unwritten = message("card.not_answered", id=result.id)
    told = [_ADVICE["not answered"] if one == unwritten else one for one in result.messages]
    if result.status == "missing":
        told = [_ADVICE["missing"]]
    shown = dataclasses.replace(result, messages=told)
    return "".join(f'<div lang="{lang}">{as_html(shown, lang)}</div>' for lang in PAIR)
