"""The plan of what was handed in, as a terminal and as JSON show it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from autograder.cli.scores import console
from autograder.cli.words import many, say, told

if TYPE_CHECKING:
    from autograder.classroom.collect import Options
    from autograder.classroom.plan import Line, Plan

_MARKS = {
    "taken": ("green", "收下", "taken"),
    "unchanged": ("dim", "不变", "unchanged"),
    "older": ("cyan", "旧版", "older"),
    "refused": ("red", "未收", "left out"),
}


def said_of(roster: Path | None, pattern: str, student: str, zone: str, dry: bool) -> Options:
    """What the options of the command say of a delivery. 由命令行选项得出对这批作业的说明。"""
    from autograder.classroom.collect import Options
    from autograder.classroom.roster import read_roster
    from autograder.classroom.times import zone_called

    people = read_roster(roster) if roster else None
    return Options(people, pattern, student, zone_called(zone) if zone else None, dry)


def plan_to_json(plan: Plan, dry: bool) -> dict[str, Any]:
    """Plain JSON values. 转成普通的 JSON 值。"""
    counts = Counter(line.fate for line in plan.lines)
    lines = [line.to_json() for line in plan.lines]
    notes = [note.to_json() for note in plan.notes]
    return {"written": not dry, "counts": counts, "lines": lines, "missing": plan.missing, "notes": notes}


def print_plan(plan: Plan, assignment: str, dry: bool) -> None:
    """A line for every file that may be somebody's work, the rest by its number. 打印收取计划。"""
    for fate in _MARKS:
        # those of which something is to be said come last, where a class of hundreds does not hide them
        for line in sorted(
            (one for one in plan.lines if one.fate == fate), key=lambda one: (bool(one.notes), one.student, one.source)
        ):
            _print(line)
    skipped = Counter(told(line.why) for line in plan.lines if line.fate == "skipped" and line.why)
    for why, count in skipped.items():
        _tell(f"[dim]{say('略过', 'skipped')}[/] {count} × {escape(why)}")
    if plan.missing:
        missing = say("、", ", ").join(plan.missing)
        _tell(say("名册上还没有笔记本的：", "on the roster, with no notebook yet: ") + escape(missing))
    for note in plan.notes:
        _tell(f"[yellow]{say('注意：', 'note: ')}[/]{escape(told(note))}")
    _tell(_summary(plan, assignment, dry))


def _print(line: Line) -> None:
    style, zh, en = _MARKS[line.fate]
    where = f" → {line.student} {line.assignment}" if line.student else ""
    when = f", {line.time.astimezone():%Y-%m-%d %H:%M:%S %z}" if line.time else ""
    more = [told(message) for message in ((line.why,) if line.why else ()) + line.notes]
    said = say("（{}）", " ({})").format(say("；", "; ").join(more)) if more else ""
    _tell(f"[{style}]{say(zh, en)}[/] {escape(line.source + where.rstrip() + when + said)}")


def _summary(plan: Plan, assignment: str, dry: bool) -> str:
    taken = sum(line.fate == "taken" and bool(line.notebook) for line in plan.lines)
    same = sum(line.fate == "unchanged" and bool(line.notebook) for line in plan.lines)
    left = len(plan.left_out)
    text = say(
        f"{assignment}：收下 {taken} 份，{same} 份不变，{left} 个文件没收",
        f"{assignment}: {many(taken, 'submission')} collected, {same} unchanged, {many(left, 'file')} left out",
    )
    return text + (say("；只是打算，什么也没写", "; a plan, nothing was written") if dry else "")


def _tell(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
