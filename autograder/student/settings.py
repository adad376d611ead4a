"""Where it is remembered which language somebody reads and how far they have come: in their course's own folder.

``course/.tidu/`` beside the notebooks' folders, so that two copies of the course on one machine know nothing of each
other. Remembering is a convenience: where nothing can be written, notebooks work all the same.
"""

from __future__ import annotations

import hashlib
import json
import locale
import os
import sys
from pathlib import Path
from typing import Any

from autograder.exercises import also_from, notebooks
from autograder.judging.catalogue import LANGS

FOLDER, FILE = ".tidu", "settings.json"


def _here() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was deleted
        return None


#: Where the notebook stands. A notebook that changes its working directory later stays in its course.
START = _here()
if START is not None:  # an instructor's own exercises are handed out beside the notebook
    also_from(START / "exercises")


def course_folder() -> Path | None:
    """The folder that holds the notebooks' folders, looked for from the notebook upward; None outside any course."""
    if START is None:
        return None
    for folder in (START, *START.parents):
        if (folder / FOLDER).is_dir():
            return folder
        if folder.name in notebooks():
            return folder.parent
    inside = any((START / name).is_dir() or (START / f"{name}.ipynb").is_file() for name in notebooks())
    return START if inside else None


def folder() -> Path:
    """Where to keep what is remembered: in the course, or with the person where the course cannot be written.

    Raises ``OSError`` or ``RuntimeError`` where neither is possible.
    """
    course = course_folder()
    if course is None:
        return _made(_home())
    try:
        return _made(course / FOLDER)
    except OSError:
        # One place for each course there too.
        return _made(_home() / f"{course.name}-{hashlib.sha256(os.fsencode(course)).hexdigest()[:12]}")


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} cannot be written")
    if path.name == FOLDER and not (path / ".gitignore").exists():
        (path / ".gitignore").write_text("*\n", encoding="utf-8")  # nobody means to commit their scores
    return path


def _home() -> Path:
    """Where this platform keeps a person's settings; raises ``RuntimeError`` where there is no home folder."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "tidu"


def load() -> dict[str, Any]:
    """The settings; empty when there are none or they cannot be read."""
    try:
        found = json.loads((folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return {}
    return found if isinstance(found, dict) else {}


def save(**changes: Any) -> bool:
    """Remember ``changes`` beside what there is; False when that was not possible."""
    try:
        path = folder() / FILE
        draft = path.with_name(f"{FILE}.{os.getpid()}.tmp")
        draft.write_text(json.dumps({**load(), **changes}, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)
    except (OSError, ValueError, TypeError, RuntimeError):
        return False
    return True


def language() -> str:
    """The language to show: ``TIDU_LANG``, else the remembered choice, else that of the machine."""
    for choice in (os.environ.get("TIDU_LANG"), load().get("lang")):
        if choice in LANGS:
            return str(choice)
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    if not spoken:
        try:
            spoken = locale.getlocale()[0] or ""
        except ValueError:
            spoken = ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"
