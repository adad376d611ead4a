"""The student's side: ``from autograder.student import check, hint, progress, lang``.

Needs NumPy alone, and draws itself in any notebook: what these functions return shows as HTML there and as text in a
terminal. ``check`` judges by the same :meth:`Exercise.grade` and the same source rule as grading does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from typing import Any

from autograder.exercises import load
from autograder.judging.card import as_html, as_text
from autograder.judging.catalogue import LANGS, PAIR, message
from autograder.judging.exercise import Exercise
from autograder.judging.result import Result
from autograder.student import history, settings
from autograder.student.calling import Home

__all__ = ["check", "hint", "lang", "progress"]

history.watch()

_hints_read: dict[str, int] = {}


class Shown:
    """Something to look at: HTML in a notebook, text elsewhere."""

    def __init__(self, text: str, html: str) -> None:
        self._text, self._html = text, html

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


class Checked(Shown):
    """The card of one check; ``result`` has the points."""

    def __init__(self, result: Result, lang: str, hints_read: int) -> None:
        super().__init__(as_text(result, lang, hints_read), as_html(result, lang, hints_read))
        self.result = result


def check(id: str, fn: Callable[..., Any] | None = None) -> Checked:
    """检查一道练习，显示得分与第一处错误 / Check one exercise: points, and the first thing that is wrong.

    id   the exercise, which is also the name of your function
    fn   the function to check; by default the one of that name in the notebook
    """
    exercise = _exercise(id)
    home = Home.around(sys._getframe(1).f_globals)
    answer = home.names.get(id) if fn is None else fn
    name = id if fn is None else next((n for n, v in home.names.items() if v is fn), getattr(fn, "__name__", ""))
    result = home.grade(exercise, answer, name)
    _remember(result)
    return Checked(result, settings.language(), _hints_read.get(id, 0))


def hint(id: str) -> Shown:
    """显示下一条提示，共三条 / Show the next of three hints."""
    exercise = _exercise(id)
    total, now = len(exercise.hints), settings.language()
    number = _hints_read.get(id, 0) % total
    _hints_read[id] = number + 1
    title = message("student.hint", number=number + 1, total=total).text(now, " / ")
    body = exercise.hints[number].text(now)
    key = "student.hint_end" if number + 1 == total else "student.hint_more"
    after = message(key, id=id).text(now, " / ")
    lines = "<br>".join(_code_marked(line) for line in body.splitlines())
    html = (
        f'<div style="border-left:4px solid #0b62a8;padding:.4em 1em;max-width:60em"><b>{escape(title)}</b><br>'
        f'{lines}<br><span style="opacity:.7">{escape(after)}</span></div>'
    )
    return Shown(f"{title}\n{body}\n{after}", html)


def progress(notebook: str | None = None) -> Shown:
    """画出每道练习得了多少分 / Draw how many points each exercise has so far.

    notebook   for example "08_jvp"; by default all notebooks
    """
    now = settings.language()
    scores = settings.load().get("scores", {})
    chosen = {notebook: load(notebook)} if notebook else load()
    lines, rows = [], []
    for name, exercises in chosen.items():
        earned = [_earned(scores, exercise) for exercise in exercises]
        total = sum(exercise.points for exercise in exercises)
        lines.append(f"{name}  {sum(e or 0 for e in earned)} / {total}")
        rows.append(_row(f"<b>{escape(name)}</b>", sum(e or 0 for e in earned), total, now))
        for exercise, points in zip(exercises, earned, strict=True):
            full = round(12 * (points or 0) / exercise.points)
            state = message("student.untried").text(now, " / ") if points is None else f"{points} / {exercise.points}"
            lines.append(f"  {exercise.id:<20} {'█' * full}{'░' * (12 - full)}  {state}")
            rows.append(_row(f"<code>{escape(exercise.id)}</code>", points, exercise.points, now))
    title = message("student.progress").text(now, " / ")
    table = f'<table style="border-collapse:collapse"><caption>{escape(title)}</caption>{"".join(rows)}</table>'
    return Shown("\n".join([title, *lines]), table)


def lang(choice: str | None = None) -> Shown:
    """选择显示的语言 / Choose the language shown: ``"zh"``, ``"en"`` or ``"both"``; remembered for next time.

    Without a choice it shows the one remembered; the environment variable ``TIDU_LANG`` overrides both.
    """
    if choice is not None and choice not in LANGS:
        raise ValueError(message("student.lang_unknown", given=repr(choice)).text(settings.language(), " / "))
    if choice is not None:
        settings.save(lang=choice)
    now = settings.language() if choice is None else choice
    # The prose cells are wrapped in <div lang=…>; JupyterLab keeps the attribute, so a rule can hide the whole cell.
    # The other language is shown explicitly, for the output of an earlier lang() may still stand above.
    display = {side: "none" if now in PAIR and now != side else "block" for side in PAIR}
    rules = "".join(f".jp-MarkdownCell:has([lang={side}]){{display:{how}}}" for side, how in display.items())
    style = f"<style>{rules}</style>"
    told = message("student.language").text(now, " / ")
    return Shown(told, f'{style}<span style="opacity:.7">{_code_marked(told)}</span>')


def _exercise(id: str) -> Exercise:
    every = {exercise.id: exercise for exercises in load().values() for exercise in exercises}
    if id not in every:
        known = ", ".join(every)
        raise LookupError(message("student.unknown", id=id, known=known).text(settings.language(), " / "))
    return every[id]


def _remember(result: Result) -> None:
    scores = settings.load().get("scores", {})
    if not isinstance(scores, dict):
        scores = {}
    settings.save(scores={**scores, result.id: result.earned})


def _earned(scores: Any, exercise: Exercise) -> int | None:
    earned = scores.get(exercise.id) if isinstance(scores, dict) else None
    return min(earned, exercise.points) if isinstance(earned, int) else None


def _row(title: str, earned: int | None, points: int, now: str) -> str:
    share = 100 * (earned or 0) // points
    state = message("student.untried").text(now, " / ") if earned is None else f"{earned} / {points}"
    bar = (
        '<div style="width:12em;height:.8em;border:1px solid #888;border-radius:3px">'
        f'<div style="width:{share}%;height:100%;background:{"#0b62a8" if share == 100 else "#ee8f3a"}"></div></div>'
    )
    return (
        f'<tr><td style="text-align:left;padding:.1em 1em .1em 0">{title}</td><td>{bar}</td>'
        f'<td style="text-align:left;padding-left:1em">{escape(state)}</td></tr>'
    )


def _code_marked(text: str) -> str:
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
