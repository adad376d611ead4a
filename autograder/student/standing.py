"""``progress()``: points, time and hints of every exercise, and which one is next."""

from __future__ import annotations

from html import escape

from autograder.exercises import load
from autograder.judging.catalogue import message
from autograder.judging.exercise import Exercise
from autograder.student import history, settings
from autograder.student.history import Standing
from autograder.student.shown import Shown, code_marked

_FULL, _PART = "#3b82c4", "#d9822b"


def progress(notebook: str | None = None) -> Shown:
    """画出得分、用时、看过的提示，和下一题 / Draw points, time and hints so far, and what is next.

    notebook   for example "08_jvp"; by default all notebooks
    """
    now = settings.language()
    standings = history.standings(history.events())
    chosen = {notebook: load(notebook)} if notebook else load()
    lines, rows = [], []
    for name, exercises in chosen.items():
        each = [standings.get(exercise.id, Standing()) for exercise in exercises]
        earned = sum(_earned(exercise, standing) or 0 for exercise, standing in zip(exercises, each, strict=True))
        total = sum(exercise.points for exercise in exercises)
        # Running a notebook through without answering anything is not time spent on it.
        begun = any(standing.earned is not None or standing.hints for standing in each)
        spent = _minutes(sum(standing.seconds for standing in each) if begun else 0, now)
        lines.append("  ".join(filter(None, [f"{name}  {earned} / {total}", spent])))
        rows.append(_row(f"<b>{escape(name)}</b>", earned, total, spent, ""))
        for exercise, standing in zip(exercises, each, strict=True):
            points = _earned(exercise, standing)
            state = message("student.untried").text(now, " / ") if points is None else f"{points} / {exercise.points}"
            hints = message("student.hints_read", count=standing.hints).text(now, " / ") if standing.hints else ""
            spent = _minutes(standing.seconds, now) if points is not None or standing.hints else ""
            full = round(12 * (points or 0) / exercise.points)
            more = "  ".join(filter(None, [state, spent, hints]))
            lines.append(f"  {exercise.id:<20} {'█' * full}{'░' * (12 - full)}  {more}")
            rows.append(_row(f"<code>{escape(exercise.id)}</code>", points, exercise.points, spent, hints, state))
    title, after = message("student.progress").text(now, " / "), _next(chosen, standings, now)
    table = (
        f'<table style="border-collapse:collapse"><caption>{escape(title)}</caption>{"".join(rows)}</table>'
        f"<div>{code_marked(after)}</div>"
    )
    return Shown("\n".join([title, *lines, after]), table)


def _next(chosen: dict[str, list[Exercise]], standings: dict[str, Standing], now: str) -> str:
    """The first exercise that lacks points, in a notebook that was begun where there is one."""
    begun = [name for name, exercises in chosen.items() if any(_tried(standings, exercise) for exercise in exercises)]
    for name in [*begun, *chosen]:
        for exercise in chosen[name]:
            if _earned(exercise, standings.get(exercise.id, Standing())) != exercise.points:
                told = message("student.next", notebook=name, id=exercise.id, minutes=exercise.minutes)
                return told.text(now, "\n")
    return message("student.all_done").text(now, "\n")


def _tried(standings: dict[str, Standing], exercise: Exercise) -> bool:
    return exercise.id in standings and standings[exercise.id].earned is not None


def _earned(exercise: Exercise, standing: Standing) -> int | None:
    return None if standing.earned is None else min(max(standing.earned, 0), exercise.points)


def _minutes(seconds: float, now: str) -> str:
    if seconds <= 0:
        return ""
    told = message("student.minutes", count=round(seconds / 60)) if seconds >= 60 else message("student.under_a_minute")
    return told.text(now, " / ")


def _row(title: str, earned: int | None, points: int, spent: str, hints: str, state: str = "") -> str:
    share = 100 * (earned or 0) // points
    bar = (
        '<div style="width:12em;height:.8em;border:1px solid #888;border-radius:3px">'
        f'<div style="width:{share}%;height:100%;background:{_FULL if share == 100 else _PART}"></div></div>'
    )
    cells = [title, bar, escape(state or f"{earned} / {points}"), escape(spent), escape(hints)]
    row = "".join(f'<td style="text-align:left;padding:.1em 1em .1em 0">{cell}</td>' for cell in cells)
    return f"<tr>{row}</tr>"
