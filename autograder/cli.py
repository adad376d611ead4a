"""The ``autograder`` command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from autograder.classroom import Classroom, Graded

app = typer.Typer(
    help="Build the course and grade a class.  构建课程，评阅作业。",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console(stderr=False)
errors = Console(stderr=True)

ClassOption = Annotated[Path, typer.Option("--class", "-C", help="The class folder.", show_default="this folder")]
RootOption = Annotated[Path, typer.Option("--root", help="The course's repository.", show_default="this folder")]
Names = Annotated[list[str] | None, typer.Argument(help="Assignments, such as 04_views; all when none is named.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

_STYLES = {"graded": "green", "ok": "green", "not gradable": "magenta", "needs a look": "bold magenta"}
_STYLES |= {"not graded": "yellow", "not answered": "dim", "missing": "dim"}


@contextmanager
def _failing() -> Iterator[None]:
    """Turn what the user can mend into one line and exit code 2."""
    from autograder.classroom import ClassroomError
    from autograder.grading.sandbox import SandboxError
    from autograder.source import CourseError

    try:
        yield
    except (ClassroomError, CourseError, SandboxError, OSError) as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(2) from None


def _room(folder: Path) -> Classroom:
    from autograder.classroom import Classroom

    return Classroom(folder).check()


def _assignments(room: Classroom, names: Iterable[str] | None) -> list[str]:
    from autograder.classroom import ClassroomError

    known = room.assignments()
    chosen = list(names or known)
    for name in chosen:
        if name not in known:
            raise ClassroomError(f"no assignment {name!r} in {room.root}; there are: {', '.join(known) or 'none'}")
    return chosen


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make the class in.")],
    root: RootOption = Path("."),
    seed: Annotated[int | None, typer.Option(help="Private seed of the hidden cases; drawn when not given.")] = None,
) -> None:
    """Make a class folder: nbgrader's layout, its configuration, the source notebooks.  建立班级目录。"""
    with _failing():
        from autograder.build import source_notebook
        from autograder.classroom import Classroom
        from autograder.exercises import notebooks
        from autograder.gradebook import import_nbformat

        import_nbformat()
        room = Classroom.create(folder, {name: source_notebook(root, name) for name in notebooks()}, seed)
        console.print(f"class folder [bold]{escape(str(room.root))}[/] with {', '.join(room.assignments())}")
        console.print(f"next: autograder release -C {escape(str(folder))}", highlight=False)


@app.command()
def build(
    root: RootOption = Path("."),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say what is stale.")] = False,
) -> None:
    """Make course/ from solutions/.  由 solutions/ 生成 course/。

    With --check, exit code 1 when a notebook is not what its source makes.
    """
    with _failing():
        from autograder.build import build as make
        from autograder.gradebook import import_nbformat

        import_nbformat()
        done = make(root, check=check)
        for path in done.written:
            console.print(f"[green]written[/] {escape(str(path))}", highlight=False)
        for path in done.stale:
            errors.print(f"[red]stale[/] {escape(str(path))}: run autograder build", highlight=False)
        console.print(f"{len(done.fresh)} up to date, {len(done.written)} written, {len(done.stale)} stale")
    raise typer.Exit(0 if done.ok else 1)


@app.command()
def lint(
    root: RootOption = Path("."),
    confirm: Annotated[bool, typer.Option("--confirm", help="Record that a person has read both sides.")] = False,
) -> None:
    """Check that the course says the same thing in both languages.  检查两种语言是否一致。"""
    with _failing():
        from autograder.lint import confirm as record
        from autograder.lint import lint as problems_of

        if confirm:
            console.print(f"{record(root)} pairs recorded")
        problems = problems_of(root)
        for problem in problems:
            console.print(f"[red]{escape(problem.where)}[/]: {escape(problem.what)}", highlight=False, soft_wrap=True)
        console.print(f"{len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


@app.command()
def release(names: Names = None, folder: ClassOption = Path(".")) -> None:
    """Make the students' notebooks, through nbgrader generate_assignment.  生成学生版。"""
    with _failing():
        from autograder.release import release as make

        room = _room(folder)
        for name in _assignments(room, names):
            with console.status(f"releasing {name}"):
                make(room, name)
            console.print(f"[green]released[/] {escape(str(room.path('release', name)))}", highlight=False)


@app.command()
def collect(
    assignment: Annotated[str, typer.Argument(help="The assignment, such as 04_views.")],
    source: Annotated[Path, typer.Argument(help="A folder or a zip archive of handed-in notebooks.")],
    folder: ClassOption = Path("."),
    as_json: Json = False,
) -> None:
    """Bring handed-in notebooks into the class.  收取作业。"""
    with _failing():
        from autograder.collect import collect as bring

        room = _room(folder)
        _assignments(room, [assignment])
        found = bring(room, assignment, source)
        lost = [item for item in found if not item.student]
        if as_json:
            _print_json([vars(item) for item in found])
        else:
            for item in lost:
                errors.print(f"[yellow]whose?[/] {escape(item.source)}: move it into a folder named after the student")
            console.print(f"{len(found) - len(lost)} submissions of {assignment} collected")
    raise typer.Exit(1 if lost else 0)


@app.command()
def grade(
    names: Names = None,
    folder: ClassOption = Path("."),
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Submissions graded at a time.", min=1)] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    student: Annotated[list[str] | None, typer.Option("--student", "-s", help="Only this student; repeatable.")] = None,
    tier: Annotated[str | None, typer.Option(help="Isolation tier to insist on (see doctor).")] = None,
    as_json: Json = False,
) -> None:
    """Grade the submissions of a class, in parallel; what is already graded and unchanged is kept.  评分。

    Exit code 1 when the grader itself failed on a submission, 2 when nothing could be graded.
    """
    with _failing():
        room = _room(folder)
        lines = run_grading(
            room, _assignments(room, names), jobs=jobs, force=force, students=student or (), tier=tier, quiet=as_json
        )
        if as_json:
            _print_json([line_to_json(line) for line in lines])
        else:
            for name in dict.fromkeys(line.assignment for line in lines):
                print_scores(name, [line for line in lines if line.assignment == name])
            if not lines:
                console.print("no submissions; bring them in with: autograder collect")
    raise typer.Exit(1 if any(line.status == "needs a look" for line in lines) else 0)


def run_grading(room: Classroom, names: list[str], *, quiet: bool = False, **options: Any) -> list[Graded]:
    """Grade with a progress bar and, where isolation is reduced, a warning. 带进度条评分；隔离不足时给出警告。"""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from autograder.batch import Done, grade_class
    from autograder.grading import sandbox

    tier = options.pop("tier", None)
    if tier is not None and (tier not in sandbox.TIERS or not sandbox.probe(tier).works):
        why = sandbox.probe(tier).why if tier in sandbox.TIERS else f"expected one of {', '.join(sandbox.TIERS)}"
        raise sandbox.SandboxError(f"cannot grade under the tier {tier!r}: {why}")
    tier = tier or sandbox.choose()
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


@app.command()
def feedback(
    names: Names = None,
    folder: ClassOption = Path("."),
    lang: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
) -> None:
    """Write a feedback page for every student, in both languages.  生成反馈。"""
    with _failing():
        from autograder.classroom import ClassroomError
        from autograder.feedback import LANGUAGES, write_feedback

        if lang not in (*LANGUAGES, "both"):
            raise ClassroomError(f"--lang must be zh, en or both, got {lang!r}")
        room = _room(folder)
        written = write_feedback(room, _assignments(room, names), LANGUAGES if lang == "both" else (lang,))
        console.print(f"{len(written)} pages in {escape(str(room.root / 'feedback'))}", highlight=False)


@app.command()
def report(
    names: Names = None,
    folder: ClassOption = Path("."),
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="report.html in the class")] = None,
) -> None:
    """Write the report on the class, one HTML file.  生成班级报告。"""
    with _failing():
        from autograder.report import report as page

        room = _room(folder)
        path = out or room.root / "report.html"
        path.write_text(page(room, _assignments(room, names)), encoding="utf-8")
        console.print(f"report: {escape(str(path))}", highlight=False)


@app.command()
def export(
    names: Names = None,
    folder: ClassOption = Path("."),
    to: Annotated[Path | None, typer.Option(help="File to write.", show_default="grades.csv in the class")] = None,
) -> None:
    """Write the grades as CSV, with the status of every submission.  导出成绩。"""
    with _failing():
        from autograder.gradebook import open_gradebook, quick_nbgrader

        with quick_nbgrader():
            from autograder.nbgrader_plugins import write_grades
        room = _room(folder)
        path = to or room.root / "grades.csv"
        with open_gradebook(room.database) as book, open(path, "w", encoding="utf-8-sig", newline="") as file:
            rows = write_grades(file, book, room, set(_assignments(room, names)), set())
        console.print(f"{rows} rows in {escape(str(path))}", highlight=False)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say how well this machine isolates submissions, and what to install.  检查本机环境。

    Exit code 1 when something is wrong.
    """
    from autograder.doctor import examine_machine

    with console.status("looking"):
        found = examine_machine()
    if as_json:
        _print_json([vars(finding) for finding in found])
    else:
        table = Table(show_header=False, box=None, pad_edge=False)
        marks = {"good": "[green]✓[/]", "note": "[yellow]–[/]", "bad": "[red]✗[/]"}
        for finding in found:
            advice = f"\n[yellow]{escape(finding.advice)}[/]" if finding.advice else ""
            table.add_row(marks[finding.level], finding.topic, escape(finding.text) + advice)
        console.print(table)
    raise typer.Exit(1 if any(finding.level == "bad" for finding in found) else 0)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the class of the demonstration.")] = Path("build/demo"),
    root: RootOption = Path("."),
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1)] = None,
) -> None:
    """Build a class out of the course's own answers, honest and hostile, and grade it.  演示。

    Exit code 1 when any score is not the expected one.
    """
    with _failing():
        from autograder.demo import run_demo

        good = run_demo(root, out, console, jobs=jobs)
    raise typer.Exit(0 if good else 1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
