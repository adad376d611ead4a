"""Grading with a progress bar, and the table of scores that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from autograder.classroom.folder import Classroom, Graded

console = Console(stderr=False)
errors = Console(stderr=True)

_STYLES = {"graded": "green", "ok": "green", "not gradable": "magenta", "needs a look": "bold magenta"}
_STYLES |= {"not graded": "yellow", "not answered": "dim", "missing": "dim"}


def run_grading(room: Classroom, names: list[str], *, quiet: bool = False, **options: Any) -> list[Graded]:
    """Grade with a progress bar and, where isolation is reduced, a warning. 带进度条评分；隔离不足时给出警告。"""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from autograder.classroom.batch import Done, grade_class
    from autograder.grading import sandbox

    tier = options.pop("tier", None)
    if tier is not None and (tier not in sandbox.TIERS or not sandbox.probe(tier).works):
        why = sandbox.probe(tier).why if tier in sandbox.TIERS else f"expected one of {', '.join(sandbox.TIERS)}"
        raise sandbox.SandboxError(f"cannot grade under the tier {tier!r}: {why}")
    unconfined = options.pop("unconfined", False)
    tier = tier or sandbox.choose(unconfined)
    if tier == "limits":
        errors.print(
            "[bold yellow]warning:[/] isolation is reduced to resource limits here: the code of a submission can read "
            "your files. Grade only submissions you trust, or see: autograder doctor"
        )
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=errors, transient=True, disable=quiet) as bar:
        task = bar.add_task("grading", total=None, last="", rate="")

        def progress(done: int, total: int, item: Done) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            bar.update(task, completed=done, total=total, last=escape(item.graded.student), rate=rate)

        return grade_class(room, names, tier=tier, progress=progress, **options)


def line_to_json(line: Graded) -> dict[str, Any]:
    """One line of the class list as JSON values. 班级列表的一行，JSON 形式。"""
    outcome = line.outcome
    return {
        "student": line.student,
        "assignment": line.assignment,
        "status": line.status,
        "reason": line.reason.en if line.reason else None,
        "earned": outcome.earned if outcome and line.status == "graded" else None,
        "exercises": {
            name: {"status": result.status, "earned": result.earned, "points": result.points}
            for name, result in (outcome.results if outcome else {}).items()
        },
        "notes": [message.en for message in outcome.notes] if outcome else [],
    }


def score_table(name: str, lines: list[Graded], expected: dict[str, int | None] | None = None) -> Table:
    """A class's scores in one assignment, a row for each submission. 一次作业的得分表。

    expected    totals by student, shown beside the real ones
    """
    from autograder import exercises

    known = exercises.load(name)
    table = Table(title=name, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE_HEAD)
    table.pad_edge, table.collapse_padding = False, True
    table.add_column("student", no_wrap=True)
    for number, _ in enumerate(known, 1):
        table.add_column(str(number), justify="right")
    table.add_column(f"of {sum(e.points for e in known)}", justify="right", style="bold")
    if expected is not None:
        table.add_column("wanted", justify="right", style="dim")
    table.add_column("status")
    for line in lines:
        results = line.outcome.results if line.outcome else {}
        cells = []
        for exercise in known:
            result = results.get(exercise.id)
            style = _STYLES.get(result.status, "yellow" if result.earned else "red") if result else ""
            cells.append(f"[{style}]{result.earned}[/]" if result else "–")
        total = str(line.outcome.earned) if line.outcome and line.status == "graded" else "–"
        hoped = [] if expected is None else [str(expected.get(line.student) if total != "–" else "–")]
        table.add_row(escape(line.student), *cells, total, *hoped, _status(line))
    return table


def _status(line: Graded) -> str:
    """The status in a few words, and what befell the exercises; notes are only counted."""
    told = [f"[{_STYLES.get(line.status, 'red')}]{line.status}[/]"]
    befell: dict[str, int] = {}
    for result in (line.outcome.results if line.outcome else {}).values():
        if result.status not in ("ok", "wrong"):
            befell[result.status] = befell.get(result.status, 0) + 1
    told += [status if count == 1 else f"{status} ×{count}" for status, count in befell.items()]
    notes = len(line.outcome.notes) if line.outcome else 0
    if notes:
        told.append("[dim]note[/]" if notes == 1 else f"[dim]{notes} notes[/]")
    return " · ".join(told)


def print_scores(name: str, lines: list[Graded], expected: dict[str, int | None] | None = None) -> None:
    """Print the scores of one assignment, and why some submissions have none. 打印一次作业的得分与无法评分的原因。"""
    from autograder import exercises

    console.print(score_table(name, lines, expected))
    legend = [f"[dim]{number} {e.id} /{e.points}[/]" for number, e in enumerate(exercises.load(name), 1)]
    console.print(Columns(legend, padding=(0, 3)))
    for line in lines:
        if line.reason:
            console.print(f"  [magenta]{escape(line.student)}[/]: {escape(line.reason.en)}", highlight=False)
    console.print()
