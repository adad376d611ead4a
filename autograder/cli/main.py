"""The ``autograder`` command."""

from __future__ import annotations

import glob
import io
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape
from rich.table import Table

from autograder.cli.authoring import build, lint, new, new_exercise, prove
from autograder.cli.common import assignments_of, failing, print_json, print_the_rest, room_of, root_of, tell
from autograder.cli.options import (
    Assignment,
    ClassOption,
    DemoClass,
    DryRun,
    Exercises,
    Force,
    GradesFile,
    Jobs,
    Json,
    Lang,
    Names,
    NewClass,
    OneStudent,
    Pattern,
    PerExercise,
    Platform,
    ReportFile,
    RootOption,
    Roster,
    Scheduler,
    Seed,
    Source,
    Students,
    Tier,
    Unconfined,
    Zone,
)
from autograder.cli.plans import plan_to_json, print_plan, said_of
from autograder.cli.scores import (
    Batch,
    console,
    errors,
    flow,
    followed,
    line_to_json,
    print_scores,
    run_grading,
    summary,
)
from autograder.cli.words import Bilingual, language, many, say, told

if TYPE_CHECKING:
    from autograder.classroom.folder import ClassroomError

EXIT_CODES = (
    "退出码：0 完成；1 做完了，但有东西要人看一看；2 没有做，错误信息说明怎样改；130 被 Ctrl-C 中断，"
    "被别的信号 n 结束则为 128+n。"
    " / Exit codes: 0 done; 1 done, and something needs a look; 2 not done, and the error says what to change; "
    "130 stopped by Ctrl-C, 128 + n by another signal n."
)
app = typer.Typer(
    cls=Bilingual,
    help="构建课程，评阅作业。 / Build the course and grade a class.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def choose(lang: Lang = None) -> None:
    if lang is not None:  # a right one was taken out before the commands were read
        raise typer.BadParameter(
            say(f"应当是 zh 或 en，给的是 {lang!r}", f"expected zh or en, got {lang!r}"), param_hint="--lang"
        )


@app.command()
def init(folder: NewClass, root: RootOption = None, seed: Seed = None, as_json: Json = False) -> None:
    """建立班级目录：nbgrader 的布局、配置和教师版笔记本。 / Make a class folder: nbgrader's layout, its
    configuration, the source notebooks."""
    with failing(as_json):
        from autograder.authoring.build import source_notebook
        from autograder.authoring.source import names
        from autograder.classroom.folder import Classroom
        from autograder.classroom.gradebook import import_nbformat

        import_nbformat()
        course = root_of(root)
        sources = {name: source_notebook(course, name) for name in names(course)}
        room = Classroom.create(folder, sources, seed)
        kept = [name for name, notebook in sources.items() if not room.has_source(name, notebook)]
        if as_json:
            print_json({"class": str(room.root), "assignments": room.assignments(), "kept": kept})
            return
        listed = ", ".join(room.assignments())
        tell(say(f"班级目录 {room.root}，作业：{listed}", f"class folder {room.root} with {listed}"))
        for name in kept:
            file = room.path("source", name)
            tell(say(f"与课程不同，没有改动：{file}", f"differs from the course's and was left as it is: {file}"))
        tell(say("下一步：", "next: ") + f"autograder release -C {escape(str(folder))}")


for _command in (new, new_exercise, build, lint, prove):
    app.command()(_command)


@app.command()
def release(names: Names = None, folder: ClassOption = None, as_json: Json = False) -> None:
    """用 nbgrader 生成学生版。 / Make the students' notebooks, through nbgrader generate_assignment."""
    with failing(as_json):
        from autograder.classroom.release import release as make

        room = room_of(folder)
        chosen = assignments_of(room, names)
        done = []
        for name in followed(say("发布", "releasing"), chosen, quiet=as_json):
            make(room, name)
            done += [str(room.path("release", name, notebook=one)) for one in room.notebooks(name)]
        if as_json:
            print_json({"released": done})
            return
        for path in done:
            tell(f"[green]{say('已发布', 'released')}[/] {escape(path)}")
        then = say("发给学生；收上来以后，autograder collect", "hand them out; when the work is in, autograder collect")
        tell(say("下一步：", "next: ") + f"{then} {escape(chosen[0] if len(chosen) == 1 else 'NAME')} FILE")


@app.command()
def collect(
    assignment: Assignment,
    source: Source,
    folder: ClassOption = None,
    roster: Roster = None,
    pattern: Pattern = "",
    student: OneStudent = "",
    zone: Zone = "",
    dry: DryRun = False,
    as_json: Json = False,
) -> None:
    """收取作业：先为每个文件定去向，再写入班级。 / Take handed-in work into the class: a plan of every file, then the
    files.

    认得 Moodle、Canvas、Blackboard、Gradescope、nbgrader 的压缩包，以及按学生分的目录和平铺的文件。班里被替换的版本留在
    replaced/ 里。有文件没收下时退出码为 1，什么也没收时为 2。 / Knows the archives of Moodle, Canvas, Blackboard,
    Gradescope and nbgrader, a folder a student, and files named after them. A version that is replaced is kept in
    replaced/. Exit code 1 when something was left out, 2 when nothing was done.
    """
    with failing(as_json):
        from autograder.classroom.collect import collect as bring

        room = room_of(folder)
        assignments_of(room, [assignment])
        plan = bring(room, assignment, source, said_of(roster, pattern, student, zone, dry))
        if as_json:
            print_json(plan_to_json(plan, dry))
        else:
            print_plan(plan, assignment, dry)
            if plan.parcels and not dry:
                tell(say("下一步：", "next: ") + f"autograder grade {escape(assignment)}")
    raise typer.Exit(1 if plan.left_out else 0)


@app.command()
def grade(
    names: Names = None,
    folder: ClassOption = None,
    jobs: Jobs = None,
    force: Force = False,
    student: Students = None,
    tier: Tier = None,
    unconfined: Unconfined = False,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """并行评分；评过而没有变化的保留原分。 / Grade the submissions of a class, in parallel; what is already graded and
    unchanged is kept.

    评分程序自己在某份提交上出错时退出码为 1，什么也评不了时为 2。 / Exit code 1 when the grader itself failed on a
    submission, 2 when nothing could be graded.
    """
    with failing(as_json):
        room = room_of(folder)
        chosen = assignments_of(room, names)
        refusals: list[ClassroomError] = []
        options: dict[str, Any] = {
            "jobs": jobs,
            "force": force,
            "students": student or (),
            "tier": tier,
            "unconfined": unconfined,
            "scheduler": scheduler,
        }
        if not names:  # one that cannot be graded stops no other
            chosen = [name for name in chosen if any(room.root.glob(f"submitted/*/{glob.escape(name)}"))]
            options["left_out"] = refusals.append
        done = run_grading(room, chosen, quiet=as_json, **options)
        for error in refusals if done.lines else refusals[1:]:
            errors.print(
                f"[yellow]{say('略过：', 'left out: ')}[/]{escape(told(error.message))}",
                highlight=False,
                soft_wrap=True,
            )
        if refusals and not done.lines:
            raise refusals[0]
        _print_batch(done, as_json)
    raise typer.Exit(1 if refusals or any(line.status == "needs a look" for line in done.lines) else 0)


@app.command()
def regrade(
    assignment: Assignment,
    exercise: Exercises = None,
    folder: ClassOption = None,
    jobs: Jobs = None,
    student: Students = None,
    as_json: Json = False,
) -> None:
    """重新评分，哪怕没有变化；手工给的分保留。 / Grade again what has not changed; scores given by hand stay.

    手工给过分的地方，只有自动得分变了才会再标记。 / Where a score was given by hand, a person is asked again only if
    the automatic one has changed.
    """
    with failing(as_json):
        room = room_of(folder)
        options: dict[str, Any] = {"jobs": jobs, "only": exercise or (), "students": student or ()}
        done = run_grading(room, assignments_of(room, [assignment]), quiet=as_json, force=True, **options)
        _print_batch(done, as_json)
    raise typer.Exit(1 if any(line.status == "needs a look" for line in done.lines) else 0)


def _print_batch(done: Batch, as_json: bool) -> None:
    if as_json:
        print_json([line_to_json(line) for line in done.lines])
        return
    for name in dict.fromkeys((line.assignment, line.notebook) for line in done.lines):
        print_scores(name[1], [line for line in done.lines if (line.assignment, line.notebook) == name])
    flow(summary(done))


@app.command()
def feedback(names: Names = None, folder: ClassOption = None, as_json: Json = False) -> None:
    """为每名学生写反馈，中英双语。 / Write a feedback page for every student, in both languages."""
    with failing(as_json):
        from autograder.classroom.feedback import write_page
        from autograder.classroom.records import records

        room = room_of(folder)
        written = []
        for name in assignments_of(room, names):
            found = list(records(room, name))
            for record in followed(name, found, as_text=lambda one: one.name, quiet=as_json):
                written.append(write_page(room, record, language()))
        place = room.root / "feedback"
        if as_json:
            print_json({"pages": [str(path) for path in written]})
        else:
            tell(escape(say(f"{place} 里写了 {len(written)} 页", f"{many(len(written), 'page')} in {place}")))


@app.command()
def report(names: Names = None, folder: ClassOption = None, out: ReportFile = None, as_json: Json = False) -> None:
    """写班级报告，一个 HTML 文件。 / Write the report on the class, one HTML file."""
    with failing(as_json):
        from autograder.classroom.folder import write_text
        from autograder.classroom.report import report as page

        room = room_of(folder)
        path = out or room.root / "report.html"
        write_text(path, page(room, assignments_of(room, names), path, language()))
        if as_json:
            print_json({"report": str(path)})
        else:
            tell(say("报告：", "report: ") + escape(str(path)))


@app.command()
def export(
    names: Names = None,
    folder: ClassOption = None,
    to: GradesFile = None,
    platform: Platform = None,
    per_exercise: PerExercise = False,
    as_json: Json = False,
) -> None:
    """导出成绩 CSV，含每份提交的状态。 / Write the grades as CSV, with the status of every submission."""
    with failing(as_json):
        from autograder.classroom.export import write_file

        room = room_of(folder)
        path = to or room.root / "grades.csv"
        rows = write_file(room, path, assignments_of(room, names), platform=platform, per_exercise=per_exercise)
        if as_json:
            print_json({"file": str(path), "rows": rows})
        else:
            tell(escape(say(f"{path} 里有 {rows} 行", f"{many(rows, 'row')} in {path}")))


@app.command()
def doctor(as_json: Json = False) -> None:
    """检查本机：能把学生代码隔离到什么程度，还缺什么。 / Say how well this machine isolates submissions, and what
    to install.

    有问题时退出码为 1。 / Exit code 1 when something is wrong.
    """
    from autograder.cli.doctor import examine_machine

    with errors.status(say("检查中", "looking")):
        found = examine_machine()
    if as_json:
        print_json([vars(finding) for finding in found])
    else:
        table = Table(show_header=False, box=None, pad_edge=False)
        for overflow in ("ignore", "fold", "fold"):  # Chinese has no spaces to be broken at
            table.add_column(overflow=overflow)
        marks = {"good": "[green]✓[/]", "note": "[yellow]–[/]", "bad": "[red]✗[/]"}
        for finding in found:
            advice = f"\n[yellow]{escape(finding.advice)}[/]" if finding.advice else ""
            table.add_row(marks[finding.level], finding.topic, escape(finding.text) + advice)
        console.print(table)
    raise typer.Exit(1 if any(finding.level == "bad" for finding in found) else 0)


@app.command()
def demo(
    out: DemoClass = Path("build/demo"), root: RootOption = None, jobs: Jobs = None, as_json: Json = False
) -> None:
    """用课程自己的答案造一个班，有老实的，也有捣乱的，评给你看。 / Build a class out of the course's own answers,
    honest and hostile, and grade it.

    有分数与预期不同时退出码为 1。 / Exit code 1 when any score is not the expected one.
    """
    with failing(as_json):
        from autograder.cli.demo import run_demo

        good = run_demo(root_of(root), out, errors if as_json else console, jobs=jobs)
        if as_json:
            print_json({"class": str(out.resolve()), "as_expected": good, "language": language()})
    raise typer.Exit(0 if good else 1)


def main() -> None:
    if sys.stdout is None:  # closed by who started this; the next file to be opened would get its number
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):  # a terminal that has no ñ shows \xf1, and the batch goes on
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        # Python's own end writes what is left and may take a while: no traceback of an interrupt there
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        print_the_rest()


if __name__ == "__main__":
    main()
