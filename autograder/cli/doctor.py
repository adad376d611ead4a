"""Say what this machine can do for grading, and what to install where it falls short."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata

from autograder.grading import sandbox

_TIER_TELLS = {
    "bubblewrap": "namespaces, Landlock, system-call filter, limits: no network, no files but Python and NumPy",
    "landlock": "Landlock, system-call filter, limits: no network, no files but Python and NumPy",
    "limits": "limits alone, only with --allow-unconfined: the code of submissions can read and change your files",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. 一项检查结果。"""

    topic: str
    level: str  # "good", "note" or "bad"
    text: str
    advice: str = ""


def examine_machine() -> list[Finding]:
    """Everything the doctor looks at, in order. 全部检查项。"""
    return [*_isolation(), *_versions(), *_tools()]


def _isolation() -> list[Finding]:
    try:
        chosen = sandbox.choose(unconfined=True)
    except sandbox.SandboxError as error:
        return [Finding("isolation", "bad", str(error), "no submission can be graded on this machine")]
    found = []
    for tier in sandbox.TIERS:
        result = sandbox.probe(tier)
        marked = " (used)" if tier == chosen != "limits" else " (with --allow-unconfined)" if tier == chosen else ""
        advice = ""
        if not result.works and chosen == "limits":
            linux = platform.system() == "Linux"
            advice = (
                "install bubblewrap, or use a kernel with Landlock" if linux else "grade on Linux, or in a container"
            )
        text = f"{_TIER_TELLS[tier]}. {result.why}" if result.works else result.why
        level = "good" if result.works and tier != "limits" else "bad" if tier == chosen else "note"
        found.append(Finding(f"isolation: {tier}{marked}", level, text, advice))
    if os.environ.get("TIDU_GRADER_TIER"):
        found.append(Finding("isolation", "note", f"TIDU_GRADER_TIER={os.environ['TIDU_GRADER_TIER']} is set"))
    return found


def _versions() -> list[Finding]:
    found = [Finding("Python", "good", f"{platform.python_version()} at {sys.executable}")]
    for requirement in metadata.requires("tidu") or []:
        if 'extra == "course"' not in requirement and "extra == 'course'" not in requirement:
            continue
        parsed = re.match(r"([A-Za-z0-9._-]+)\s*([^;]*)", requirement)
        assert parsed is not None
        name, wanted = parsed[1], parsed[2].strip()
        try:
            have = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(Finding(name, "bad", "not installed", f'pip install "{name}{wanted}"'))
            continue
        pinned = wanted.removeprefix("==") if wanted.startswith("==") else None
        if pinned and pinned != have:
            advice = f'pip install "{name}{wanted}"'
            found.append(Finding(name, "note", f"{have}; grading was tried with {pinned}", advice))
        else:
            found.append(Finding(name, "good", have))
    return found


def _tools() -> list[Finding]:
    drawn = "on the PATH" if shutil.which("dot") else "not on the PATH; graphs are drawn through pygraphviz"
    return [
        Finding("processors", "good", f"{os.cpu_count() or 1}: as many submissions are graded at a time"),
        Finding("dot", "good", drawn),
    ]
