"""Bring handed-in files into a class: from a folder or a zip archive, as learning platforms give them out."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.classroom.folder import Classroom, ClassroomError
from autograder.grading import intake
from autograder.judging import reading

_STUDENT = re.compile(r"[^\w.@+-]+")


@dataclass(frozen=True)
class Collected:
    """One file and where it went; ``student`` is empty when nobody could be made out. 一份收到的文件及其去处。"""

    source: str
    student: str
    replaced: bool = False


def collect(room: Classroom, assignment: str, source: Path) -> list[Collected]:
    """Copy the notebooks found in ``source`` into the class as submissions of ``assignment``. 收取作业。

    source   a folder or a zip archive, holding ``<student>/<anything>.ipynb`` or ``<student>_<assignment>.ipynb``;
             a student's own modules (``<student>/*.py``) come along

    What is in the files is not looked at: grading does that.  Raises :class:`ClassroomError` when nothing is found.
    """
    if not source.exists():
        raise ClassroomError(f"{source} does not exist; expected a folder or a zip archive of submissions")
    found = []
    modules: list[tuple[PurePosixPath, bytes]] = []
    homes: dict[PurePosixPath, Path] = {}  # where the notebooks of a folder went
    for name, data in _zipped(source) if zipfile.is_zipfile(source) else _folder(source):
        if name.endswith(".py"):
            modules.append((PurePosixPath(name), data))
            continue
        student = _student(PurePosixPath(name), assignment)
        if not student:
            found.append(Collected(name, ""))
            continue
        target = room.path("submitted", assignment, student)
        replaced = target.exists()
        _write(target, data)
        if _is_somebodys(PurePosixPath(name).parent, assignment):
            homes[PurePosixPath(name).parent] = target.parent
        found.append(Collected(name, student, replaced))
    for path, data in modules:
        if path.parent in homes and reading.is_module_name(path.stem):
            _write(homes[path.parent] / path.name, data)
    if not found:
        raise ClassroomError(f"no notebook (*.ipynb) in {source}")
    return found


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_bytes(data)
    os.replace(fresh, target)


def _is_somebodys(folder: PurePosixPath, assignment: str) -> bool:
    """Whether a folder is one student's: in one that all share, a module could be anybody's."""
    return any(part not in (assignment, ".", "..", "submitted") for part in folder.parts)


def _student(path: PurePosixPath, assignment: str) -> str:
    """Whose file it is: the folder it lies in, or what stands before the assignment's name."""
    folders = [part for part in path.parts[:-1] if part not in (assignment, ".", "..", "submitted")]
    if folders:
        name = folders[-1]
    elif assignment in path.stem:
        name = path.stem.split(assignment)[0]
    else:
        name = ""
    return _STUDENT.sub("_", name).strip("._-+")[:64]


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted([*root.rglob("*.ipynb"), *root.rglob("*.py")]):
        if ".ipynb_checkpoints" in path.parts:
            continue
        try:
            yield path.relative_to(root).as_posix(), intake.read(path, _limit(path.name))
        except intake.Unreadable:
            # what cannot be read is handed in empty, so that it shows up in the class list with its reason
            yield path.relative_to(root).as_posix(), b""


def _zipped(archive: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as zipped:
        for entry in sorted(zipped.infolist(), key=lambda entry: entry.filename):
            if (
                entry.is_dir()
                or not entry.filename.endswith((".ipynb", ".py"))
                or entry.filename.startswith("__MACOSX")
            ):
                continue
            with zipped.open(entry) as file:
                yield entry.filename, file.read(_limit(entry.filename) + 1)


def _limit(name: str) -> int:
    return intake.MAX_BYTES if name.endswith(".ipynb") else 4 * reading.MAX_MODULE
