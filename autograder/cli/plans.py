"""The plan of what was handed in, as a terminal and as JSON show it; and the options of ``collect``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from autograder.cli.scores import console
from autograder.cli.words import many, say, told

if TYPE_CHECKING:
    from autograder.classroom.collect import Options
    from autograder.classroom.plan import Line, Plan

Source = Annotated[
    Path,
    typer.Argument(
        help="交上来的目录、压缩包或一个笔记本。 / A folder, an archive, or one notebook that was handed in."
    ),
]
Roster = Annotated[
    Path | None,
    typer.Option(
        help="名册 CSV（学号、姓名、邮箱、平台编号），由此得出学号并填写成绩册中的姓名。"
        " / The class as CSV (id, name, e-mail, number of the platform): gives ids, and names for the gradebook.",
        show_default=False,
    ),
]
Pattern = Annotated[
    str,
    typer.Option(
        help="在文件路径中查找的正则表达式，含 (?P<student>…)，还可以有 attempt、time。"
        " / Regular expression searched for in each path, with (?P<student>…), perhaps attempt and time.",
        show_default=False,
    ),
]
OneStudent = Annotated[
    str,
    typer.Option("--student", "-s", help="全是这名学生的。 / Everything is from this student.", show_default=False),
]
Zone = Annotated[
    str,
    typer.Option(
        "--timezone",
        help="没写时区的时间按这个时区，如 Asia/Shanghai；不写就按本机。"
        " / Zone of times that name none, such as Asia/Shanghai; this computer's when not given.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只列出打算，什么也不写。 / Print the plan and write nothing.")]

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
        for line in sorted((one for one in plan.lines if one.fate == fate), key=lambda one: (one.student, one.source)):
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
