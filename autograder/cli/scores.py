"""Grading with a progress bar, the table of scores that follows it, and the line that sums up."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder.cli.words import many, say, told
from autograder.judging.catalogue import Message

if TYPE_CHECKING:
    from autograder.classroom.folder import Classroom, Graded

T = TypeVar("T")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # which ends the command in its own way


console = _Console(stderr=False)
errors = Console(stderr=True)

_STYLES = {"graded": "green", "ok": "green", "not gradable": "magenta", "needs a look": "bold magenta"}
_STYLES |= {"not graded": "yellow", "not answered": "dim", "missing": "dim"}
#: A column of one exercise's points, and what lies between two columns.
_POINTS, _GAP = 2, 2


@dataclass(frozen=True)
class Batch:
    """What one run of grading came to. 一次评分的结果。"""

    lines: list[Graded]
    fresh: int
    seconds: float
    tier: str


def followed(label: str, things: Sequence[T], *, as_text: Callable[[T], str] = str, quiet: bool = False) -> Iterator[T]:
    """Go through things with a progress bar that names the one under way. 带进度条逐个处理。"""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=errors, transient=True, disable=quiet or not errors.is_terminal) as bar:
        task = bar.add_task(label, total=len(things), now="")
        for thing in things:
            bar.update(task, now=escape(_short(as_text(thing), 24)))
            yield thing
            bar.advance(task)


def run_grading(room: Classroom, names: list[str], *, quiet: bool = False, **options: Any) -> Batch:
    """Grade with a progress bar and, where isolation is reduced, a warning. 带进度条评分；隔离不足时给出警告。"""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from autograder.classroom.batch import Done, grade_class
    from autograder.grading import sandbox

    tier = options.pop("tier", None)
    if tier is not None and (tier not in sandbox.TIERS or not sandbox.probe(tier).works):
        tiers = ", ".join(sandbox.TIERS)
        known = Message(f"应当是 {tiers} 之一", f"expected one of {tiers}")
        why = sandbox.probe(tier).why if tier in sandbox.TIERS else known
        raise sandbox.SandboxError(
            f"cannot grade under --tier {tier}: {why.en}", f"不能用 --tier {tier} 评分：{why.zh}"
        )
    unconfined = options.pop("unconfined", False)
    tier = tier or sandbox.choose(unconfined)
    if tier == "limits":
        errors.print(
            f"[bold yellow]{say('警告：', 'warning: ')}[/]"
            + say(
                "这台机器只有资源限制，没有隔离：学生的代码能读你的文件。只评你信得过的提交，或者看 autograder doctor",
                "isolation is reduced to resource limits here: the code of a submission can read your files. Grade "
                "only submissions you trust, or see: autograder doctor",
            )
        )
    columns = (
        TextColumn(say("评分", "grading")),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    fresh = 0
    reached = (0, 0)
    start = time.monotonic()
    with (
        Progress(*columns, console=errors, transient=True, disable=quiet or not errors.is_terminal) as bar,
        _counted(lambda: reached),
    ):
        task = bar.add_task("grading", total=None, last="", rate="")

        def progress(done: int, total: int, item: Done) -> None:
            nonlocal fresh, reached
            fresh, reached = fresh + item.fresh, (done, total)
            speed = bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            bar.update(task, completed=done, total=total, last=escape(_short(item.graded.student, 24)), rate=rate)

        def warn(news: Message) -> None:
            errors.print(
                f"[bold yellow]{say('注意：', 'note: ')}[/]{escape(told(news))}", highlight=False, soft_wrap=True
            )

        lines = grade_class(room, names, tier=tier, progress=progress, told=warn, **options)
    return Batch(lines, fresh, time.monotonic() - start, tier)


@contextlib.contextmanager
def _counted(reached: Callable[[], tuple[int, int]]) -> Iterator[None]:
    """Say at Ctrl-C what is done and what is left."""
    try:
        yield
    except KeyboardInterrupt:
        done, total = reached()
        if total:
            left = total - done
            with contextlib.suppress(OSError):  # of a terminal that was closed
                errors.print(
                    say(f"评完并存好 {done} 份，还剩 {left} 份。", f"{done} graded and stored, {left} left."),
                    soft_wrap=True,
                )
        raise


def summary(batch: Batch) -> str:
    """How many, what became of them, how long it took: one line. 一行小结。"""
    from autograder.classroom.pages import STATUS

    lines = batch.lines
    if not lines:
        return say("还没有提交；先收作业：autograder collect", "no submissions; bring them in with: autograder collect")
    counts = Counter(line.status for line in lines)
    kinds = [f"[{_STYLES.get(status, 'red')}]{count} {told(STATUS[status])}[/]" for status, count in counts.items()]
    pieces = [say(f"{len(lines)} 份提交：", f"{many(len(lines), 'submission')}: ") + say("，", ", ").join(kinds)]
    shares = [
        100 * line.earned / line.standing.points
        for line in lines
        if line.earned is not None and line.standing and line.standing.points
    ]
    if shares:
        pieces.append(say("平均 {:.0f}%", "mean {:.0f}%").format(statistics.mean(shares)))
    kept = len(lines) - batch.fresh
    if kept:
        pieces.append(say(f"{kept} 份没有变化，沿用原分", f"{kept} unchanged"))
    pieces.append(f"{batch.seconds:.1f} s")
    pieces.append(say(f"隔离：{batch.tier}", f"isolation: {batch.tier}"))
    return " · ".join(pieces)


def flow(text: str) -> None:
    """Print text that a terminal breaks between words, and a file has in one line. 终端里按词换行，文件里不换行。"""
    console.print(text, highlight=False, soft_wrap=not console.is_terminal)


def number(value: float | None) -> str:
    """Points as they are shown: whole ones without a fraction. 得分的显示形式。"""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def line_to_json(line: Graded) -> dict[str, Any]:
    """One line of the class list as JSON values. 班级列表的一行，JSON 形式。"""
    outcome, standing = line.outcome, line.standing
    results = outcome.results if outcome else {}
    marks = {name.removesuffix("_check"): mark for name, mark in (standing.marks if standing else {}).items()}
    return {
        "student": line.student,
        "assignment": line.assignment,
        "notebook": line.notebook,
        "status": line.status,
        "reason": line.reason.en if line.reason else None,
        "earned": line.earned,
        "penalty": standing.penalty if standing else 0.0,
        "waits": standing.waits if standing else [],
        "exercises": {
            name: {
                "status": results[name].status if name in results else None,
                "earned": marks[name].score if name in marks else results[name].earned,
                "points": marks[name].points if name in marks else results[name].points,
            }
            for name in [*results, *sorted(marks.keys() - results.keys())]
        },
        "notes": [message.en for message in outcome.notes] if outcome else [],
    }


def score_table(
    name: str, lines: list[Graded], expected: dict[str, int | None] | None = None, width: int = 80
) -> Table:
    """A class's scores in one notebook, a row for each submission. 一份笔记本的得分表。

    expected    totals by student, shown beside the real ones
    width       cells that there are: names are cut short before statuses are, which stay whole, and the points of
                the single exercises are left out where there is no room for them
    """
    from autograder.classroom.folder import columns

    known = columns(name, lines)
    of, wanted = say("共 ", "of ") + number(sum(known.values())), say("应得", "wanted")
    statuses = [_status(line) for line in lines]
    cells = [[number(_score(line, one)) for one in known] for line in lines]
    longest = max((cell_len(piece) for pieces in statuses for piece, _ in pieces), default=0)
    names = max([cell_len(line.student) for line in lines] + [cell_len(say("学生", "student"))])
    others = cell_len(of) + _GAP + (0 if expected is None else cell_len(wanted) + _GAP)
    points = sum(max([_POINTS, *map(len, column)]) + _GAP for column in zip(*cells, strict=True))
    shown = others + points + longest + min(names, 10) + _GAP <= width
    left = width - others - (points if shown else 0) - _GAP
    names = min(names, max(left - longest, 6))
    table = Table(title=name, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE_HEAD)
    table.pad_edge, table.collapse_padding, table.show_edge = False, True, False
    table.add_column(say("学生", "student"), no_wrap=True)
    for place, _ in enumerate(known if shown else [], 1):
        table.add_column(str(place), justify="right", no_wrap=True)
    table.add_column(of, justify="right", style="bold", no_wrap=True)
    if expected is not None:
        table.add_column(wanted, justify="right", style="dim", no_wrap=True)
    table.add_column(say("状态", "status"), no_wrap=True)
    for line, pieces, row in zip(lines, statuses, cells, strict=True):
        styled = [Text(text, _style(line, one)) for one, text in zip(known, row, strict=True)] if shown else []
        total = number(line.earned)
        hoped = [] if expected is None else [str(expected.get(line.student) if total != "–" else "–")]
        table.add_row(escape(_short(line.student, names)), *styled, total, *hoped, _packed(pieces, left - names))
    return table


def _score(line: Graded, cell: str) -> float | None:
    mark = line.standing.marks.get(cell) if line.standing else None
    return mark.score if mark else None


def _style(line: Graded, cell: str) -> str:
    result = line.outcome.results.get(cell.removesuffix("_check")) if line.outcome else None
    return _STYLES.get(result.status if result else "", "yellow" if _score(line, cell) else "red")


def _short(text: str, width: int) -> str:
    """``text`` in so many cells of a terminal, in which an ideograph takes two."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _status(line: Graded) -> list[tuple[str, str]]:
    """The status in a few words, each with its style, and what befell the exercises; notes are only counted."""
    from autograder.classroom.pages import STATUS

    pieces = [(told(STATUS[line.status]), _STYLES.get(line.status, "red"))]
    befell = Counter(result.status for result in (line.outcome.results if line.outcome else {}).values())
    for status, count in befell.items():
        if status not in ("ok", "partial", "wrong"):
            word = told(STATUS[status])
            pieces.append((word if count == 1 else f"{word} ×{count}", ""))
    if line.status == "graded" and line.standing:
        waiting, penalty = len(line.standing.waits), line.standing.penalty
        if waiting:
            pieces.append((say(f"{waiting} 题待人工评", f"{waiting} to grade by hand"), "magenta"))
        if penalty:
            pieces.append((say(f"迟交 -{number(penalty)}", f"late -{number(penalty)}"), "yellow"))
    notes = len(line.outcome.notes) if line.outcome else 0
    if notes:
        pieces.append((say(f"附注 {notes} 条", "note" if notes == 1 else f"{notes} notes"), "dim"))
    return pieces


def _packed(pieces: Iterable[tuple[str, str]], width: int) -> Text:
    """The pieces on as few lines as hold them, none broken."""
    text, used = Text(), 0
    for piece, style in pieces:
        size = cell_len(piece)
        if used and used + 3 + size > width:
            text.append("\n")
            used = 0
        elif used:
            text.append(" · ")
            used += 3
        text.append(piece, style)
        used += size
    return text


def print_scores(name: str, lines: list[Graded], expected: dict[str, int | None] | None = None) -> None:
    """Print the scores of one assignment, and why some submissions have none. 打印一次作业的得分与无法评分的原因。"""
    from autograder.classroom.folder import columns
    from autograder.grading.notes import note

    console.print(score_table(name, lines, expected, console.width))
    known = columns(name, lines).items()
    legend = [
        f"[dim]{place} {escape(one.removesuffix('_check'))} /{number(points)}[/]"
        for place, (one, points) in enumerate(known, 1)
    ]
    console.print(Columns(legend, padding=(0, 3)))
    if any(line.outcome and line.outcome.tests for line in lines):
        flow(f"  [yellow]{told(note('shared'))}[/]")
    for line in lines:
        if line.reason:
            flow(f"  [magenta]{escape(line.student)}[/]{say('：', ': ')}{escape(told(line.reason))}")
    console.print()
