"""The commands of those who write: begin a chapter or an exercise, build notebooks, compare the two languages."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.markup import escape

from autograder.cli.common import course_of, failing, print_json, tell
from autograder.cli.options import (
    Chapter,
    Chapters,
    ClassOption,
    Confirm,
    Json,
    NewChapter,
    NewExercise,
    OnlyCheck,
    RootOption,
)
from autograder.cli.scores import errors, followed
from autograder.cli.words import many, say, told


def new(name: NewChapter, root: RootOption = None, folder: ClassOption = None, as_json: Json = False) -> None:
    """写出新一章的开头：能生成、能检查、能评分。 / Begin a chapter that builds, lints and grades as it stands.

    写在课程仓库里；在班级目录里运行，或者用 --class，就写进班级。 / Into the course's repository; in a class
    folder, or with --class, into the class.
    """
    with failing(as_json):
        from autograder.authoring.scaffold import new_chapter

        course = course_of(root, folder)
        _written(course, new_chapter(course, name), as_json)


def new_exercise(
    chapter: Chapter, id: NewExercise, root: RootOption = None, folder: ClassOption = None, as_json: Json = False
) -> None:
    """给一章添一道练习。 / Add an exercise to a chapter."""
    with failing(as_json):
        from autograder.authoring.scaffold import new_exercise as add

        course = course_of(root, folder)
        _written(course, add(course, chapter, id), as_json)


def _written(course: Path, paths: list[Path], as_json: bool) -> None:
    if as_json:
        print_json({"written": [str(path) for path in paths]})
        return
    for path in paths:
        tell(f"[green]{say('已写出', 'written')}[/] {escape(str(path))}")
    tell(say("改好以后：", "once they say what you mean: ") + "autograder lint --confirm, autograder build")


def build(root: RootOption = None, folder: ClassOption = None, check: OnlyCheck = False, as_json: Json = False) -> None:
    """由 solutions/ 生成 course/；在班级里生成 source/。 / Make course/ from solutions/; in a class, source/.

    带 --check 时，有笔记本与源文件不符则退出码为 1。 / With --check, exit code 1 when a notebook is not what its
    source makes.
    """
    with failing(as_json):
        from autograder.authoring.build import build as make
        from autograder.classroom.gradebook import import_nbformat

        import_nbformat()
        done = make(course_of(root, folder), check=check)
        written, stale = ([str(path) for path in paths] for paths in (done.written, done.stale))
        if as_json:
            print_json({"written": written, "stale": stale, "fresh": [str(path) for path in done.fresh]})
        else:
            for path in written:
                tell(f"[green]{say('已写出', 'written')}[/] {escape(path)}")
            for path in stale:
                advice = say("过时了，运行 autograder build", "is stale: run autograder build")
                errors.print(f"{escape(path)} [red]{advice}[/]", highlight=False, soft_wrap=True)
            counts = len(done.fresh), len(written), len(stale)
            tell(say("{} 个没有变化，写出 {} 个，过时 {} 个", "{} up to date, {} written, {} stale").format(*counts))
    raise typer.Exit(0 if done.ok else 1)


def lint(root: RootOption = None, folder: ClassOption = None, confirm: Confirm = False, as_json: Json = False) -> None:
    """检查两种语言说的是否一致。 / Check that the course says the same thing in both languages."""
    with failing(as_json):
        from autograder.authoring.lint import confirm as record
        from autograder.authoring.lint import lint as problems_of

        course = course_of(root, folder)
        recorded = record(course) if confirm else None
        problems = problems_of(course)
        if as_json:
            print_json({"problems": [problem.to_json() for problem in problems], "recorded": recorded})
        else:
            if recorded is not None:
                tell(say(f"记下了 {recorded} 对", f"{many(recorded, 'pair')} recorded"))
            for problem in problems:
                tell(f"[red]{escape(problem.where)}[/]{say('：', ': ')}{escape(told(problem.what))}")
            tell(say(f"{len(problems)} 个问题", many(len(problems), "problem")))
    raise typer.Exit(1 if problems else 0)


def prove(names: Chapters = None, root: RootOption = None, folder: ClassOption = None, as_json: Json = False) -> None:
    """判练习自带的答案：对的得满分，错的丢分，空的不得分。 / Judge the answers beside each exercise: right ones earn
    everything, wrong ones lose points, the empty cell earns nothing.

    有不符的，退出码为 1。 / Exit code 1 when one does not.
    """
    with failing(as_json):
        from autograder.authoring import source
        from autograder.authoring.proof import prove as proofs_of

        course = course_of(root, folder)
        every = names or source.names(course)
        proofs = [
            (name, proof)
            for name in followed(say("验证", "proving"), every, quiet=as_json)
            for proof in proofs_of(course, name)
        ]
        if as_json:
            print_json([{"chapter": name, **proof.to_json()} for name, proof in proofs])
        for name, proof in () if as_json else proofs:
            kept = say(f"{proof.right} 个对的，{proof.wrong} 个错的", f"{proof.right} right, {proof.wrong} wrong")
            mark = "[red]✗[/]" if proof.faults else "[green]✓[/]"
            tell(f"{mark} {escape(name)} {escape(proof.id)} · {kept}")
            for fault in proof.faults:
                tell(f"  {escape(told(fault))}")
    raise typer.Exit(1 if any(proof.faults for _, proof in proofs) else 0)
