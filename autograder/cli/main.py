"""The ``autograder`` command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from autograder.cli.scores import console, errors, line_to_json, print_scores, run_grading

if TYPE_CHECKING:
    from autograder.classroom.folder import Classroom

app = typer.Typer(
    help="Build the course and grade a class.  构建课程，评阅作业。",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ClassOption = Annotated[Path, typer.Option("--class", "-C", help="The class folder.", show_default="this folder")]
RootOption = Annotated[Path, typer.Option("--root", help="The course's repository.", show_default="this folder")]
Names = Annotated[list[str] | None, typer.Argument(help="Assignments, such as 04_views; all when none is named.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@contextmanager
def _failing() -> Iterator[None]:
    """Turn what the user can mend into one line and exit code 2."""
    from autograder.authoring.source import CourseError
    from autograder.classroom.folder import ClassroomError
    from autograder.grading.sandbox import SandboxError

    try:
        yield
    except (ClassroomError, CourseError, SandboxError, OSError) as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(2) from None


def _room(folder: Path) -> Classroom:
    from autograder.classroom.folder import Classroom

    return Classroom(folder).check()


def _assignments(room: Classroom, names: Iterable[str] | None) -> list[str]:
    from autograder.classroom.folder import ClassroomError

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
        from autograder.authoring.build import source_notebook
        from autograder.classroom.folder import Classroom
        from autograder.classroom.gradebook import import_nbformat
        from autograder.exercises import notebooks

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
        from autograder.authoring.build import build as make
        from autograder.classroom.gradebook import import_nbformat

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
        from autograder.authoring.lint import confirm as record
        from autograder.authoring.lint import lint as problems_of

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
        from autograder.classroom.release import release as make

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
        from autograder.classroom.collect import collect as bring

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
    unconfined: Annotated[
        bool, typer.Option("--allow-unconfined", help="Grade even where submissions can read and change your files.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Grade the submissions of a class, in parallel; what is already graded and unchanged is kept.  评分。

    Exit code 1 when the grader itself failed on a submission, 2 when nothing could be graded.
    """
    with _failing():
        room = _room(folder)
        lines = run_grading(
            room, _assignments(room, names), jobs=jobs, force=force, students=student or (), tier=tier, quiet=as_json,
            unconfined=unconfined,
        )  # fmt: skip
        if as_json:
            _print_json([line_to_json(line) for line in lines])
        else:
            for name in dict.fromkeys(line.assignment for line in lines):
                print_scores(name, [line for line in lines if line.assignment == name])
            if not lines:
                console.print("no submissions; bring them in with: autograder collect")
    raise typer.Exit(1 if any(line.status == "needs a look" for line in lines) else 0)


@app.command()
def feedback(
    names: Names = None,
    folder: ClassOption = Path("."),
    lang: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
) -> None:
    """Write a feedback page for every student, in both languages.  生成反馈。"""
    with _failing():
        from autograder.classroom.feedback import LANGUAGES, write_feedback
        from autograder.classroom.folder import ClassroomError

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
        from autograder.classroom.report import report as page

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
        from autograder.classroom.gradebook import open_gradebook, quick_nbgrader

        with quick_nbgrader():
            from autograder.classroom.plugins import write_grades
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
    from autograder.cli.doctor import examine_machine

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
        from autograder.cli.demo import run_demo

        good = run_demo(root, out, console, jobs=jobs)
    raise typer.Exit(0 if good else 1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
