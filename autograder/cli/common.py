"""What the commands share: the folders that they work on, and errors as one line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape

from autograder.cli.scores import console, errors
from autograder.cli.stopping import exit_code
from autograder.cli.words import say, told
from autograder.judging.catalogue import Refusal

if TYPE_CHECKING:
    from autograder.classroom.folder import Classroom


@contextlib.contextmanager
def failing(as_json: bool = False) -> Iterator[None]:
    """Turn what the user can mend into one line and exit code 2, and Ctrl-C and its like into 128 + the signal."""
    try:
        with _refusals(as_json):
            yield
    except KeyboardInterrupt as stop:
        with contextlib.suppress(OSError):  # of a terminal that was closed
            errors.print(
                say(
                    "已中断；再运行一次就会接着做。",
                    "stopped; run it again and it goes on from here.",
                ),
                soft_wrap=True,
            )
        raise typer.Exit(exit_code(stop)) from None


@contextlib.contextmanager
def _refusals(as_json: bool) -> Iterator[None]:
    from autograder.classroom.told import refused

    try:
        yield
    except BrokenPipeError:
        raise typer.Exit(nobody_reads()) from None
    except (Refusal, OSError) as error:
        what = told(refused(error) if isinstance(error, OSError) else error.message)
        with contextlib.suppress(OSError):  # that may be just what is full
            if as_json:
                print_json({"error": what})
        _print_error(what)
        raise typer.Exit(2) from None


def _print_error(what: str) -> None:
    errors.print(f"[bold red]{say('错误：', 'error: ')}[/]{escape(what)}", highlight=False, soft_wrap=True)


def print_the_rest() -> None:
    """Write what is still to be printed: where nobody reads it, or the disk is full, that is no traceback."""
    from autograder.classroom.told import refused

    try:
        sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(nobody_reads())
    except OSError as error:
        nobody_reads()
        _print_error(told(refused(OSError(error.errno, error.strerror, "stdout"))))
        sys.exit(2)


def nobody_reads() -> int:
    """Let go of an output that is read no further, as by ``| head``; returns the exit code of one that SIGPIPE ends."""
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return 128 + getattr(signal, "SIGPIPE", 13)


def room_of(folder: Path | None) -> Classroom:
    """The class that is named, or the one that this folder is in."""
    from autograder.classroom.folder import Classroom, ClassroomError

    here = folder or Path.cwd()
    for place in (here,) if folder else (here, *here.parents):
        try:
            return Classroom(place).check()
        except ClassroomError:
            continue
    return Classroom(here).check()


def root_of(root: Path | None) -> Path:
    """The repository that is named, or this folder, or the one that the command was installed from."""
    from autograder.authoring.source import CourseError

    installed = Path(__file__).parents[2]
    for place in (root,) if root else (Path(), installed):
        if (place / "solutions").is_dir():
            return place
    here = root or Path.cwd()
    raise CourseError(
        f"{here} is not the course's repository, for it has no folder solutions/; name it with --root",
        f"{here} 不是课程仓库，里面没有 solutions/；用 --root 指明",
    )


def course_of(root: Path | None, folder: Path | None) -> Path:
    """Where chapters are written: the class that is named or that this folder is, else the repository."""
    from autograder import exercises
    from autograder.authoring.source import exercises_folder
    from autograder.classroom.folder import Classroom, ClassroomError

    place = None
    if root is None:
        try:
            place = Classroom(folder or Path()).check().root
        except ClassroomError:
            if folder is not None:
                raise
    place = place or root_of(root)
    exercises.also_from(exercises_folder(place))
    return place


def assignments_of(room: Classroom, names: Iterable[str] | None) -> list[str]:
    from autograder.classroom.folder import ClassroomError
    from autograder.classroom.told import near

    known = room.assignments()
    chosen = list(names or known)
    for name in chosen:
        if name not in known:
            meant = near(name, known)
            raise ClassroomError(
                f"no assignment {name!r} in {room.root}; there are: {', '.join(known) or 'none'}{meant.en}",
                f"{room.root} 里没有作业 {name!r}；有：{', '.join(known) or '无'}{meant.zh}",
            )
    return chosen


def print_json(value: Any) -> None:
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(value, ensure_ascii=not unicode, indent=2))


def tell(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
