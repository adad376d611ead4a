"""What is remembered about one person on one machine: the language they read, and how far they have come.

Remembering is a convenience: a home folder that cannot be written never stops a notebook.
"""

from __future__ import annotations

import json
import locale
import os
import sys
from pathlib import Path
from typing import Any

from autograder.judging.catalogue import LANGS


def folder() -> Path:
    """Where this platform keeps a person's settings."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "tidu"


def load() -> dict[str, Any]:
    """Everything remembered; empty when there is nothing or it cannot be read."""
    try:
        found = json.loads((folder() / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):  # RuntimeError: there is no home folder
        return {}
    return found if isinstance(found, dict) else {}


def save(**changes: Any) -> bool:
    """Remember ``changes`` beside what there is; False when that was not possible."""
    try:
        path = folder() / "settings.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"settings.{os.getpid()}.tmp")
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
