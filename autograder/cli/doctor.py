"""Say what this machine can do for grading, and what to install where it falls short."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata

from autograder.cli.words import say, told
from autograder.grading import sandbox


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


def _tier_tells(tier: str) -> str:
    return {
        "bubblewrap": say(
            "命名空间、Landlock、系统调用过滤、限额：没有网络，除了 Python 和 NumPy 看不到文件",
            "namespaces, Landlock, system-call filter, limits: no network, no files but Python and NumPy",
        ),
        "landlock": say(
            "Landlock、系统调用过滤、限额：没有网络，除了 Python 和 NumPy 看不到文件",
            "Landlock, system-call filter, limits: no network, no files but Python and NumPy",
        ),
        "limits": say(
            "只有限额，须 --allow-unconfined：提交的代码能读写你的文件",
            "limits alone, only with --allow-unconfined: the code of submissions can read and change your files",
        ),
    }[tier]


def _isolation() -> list[Finding]:
    topic = say("隔离", "isolation")
    try:
        chosen = sandbox.choose(unconfined=True)
    except sandbox.SandboxError as error:
        advice = say("这台机器上评不了任何提交", "no submission can be graded on this machine")
        return [Finding(topic, "bad", told(error.message), advice)]
    found = []
    for tier in sandbox.TIERS:
        result = sandbox.probe(tier)
        used = (
            say("（在用）", " (used)")
            if chosen != "limits"
            else say("（须 --allow-unconfined）", " (--allow-unconfined)")
        )
        marked = used if tier == chosen else ""
        advice = ""
        if not result.works and chosen == "limits":
            advice = (
                say("装上 bubblewrap，或换有 Landlock 的内核", "install bubblewrap, or use a kernel with Landlock")
                if platform.system() == "Linux"
                else say("在 Linux 上或容器里评分", "grade on Linux, or in a container")
            )
        why = told(result.why)
        text = f"{_tier_tells(tier)}{say('。', '. ')}{why}" if result.works else why
        level = "good" if result.works and tier != "limits" else "bad" if tier == chosen else "note"
        found.append(Finding(f"{topic}{say('：', ': ')}{tier}{marked}", level, text, advice))
    if os.environ.get("TIDU_GRADER_TIER"):
        given = f"TIDU_GRADER_TIER={os.environ['TIDU_GRADER_TIER']}"
        found.append(Finding(topic, "note", say(f"设置了 {given}", f"{given} is set")))
    return found


def _versions() -> list[Finding]:
    """Python, the packages that are as grading was tried with, in one line, and each other one by itself."""
    python = f"{platform.python_version()} · {sys.executable}"
    found, good = [], []
    for requirement in metadata.requires("tidu") or []:
        if 'extra == "course"' not in requirement and "extra == 'course'" not in requirement:
            continue
        parsed = re.match(r"([A-Za-z0-9._-]+)\s*([^;]*)", requirement)
        assert parsed is not None
        name, wanted = parsed[1], parsed[2].strip()
        advice = f'pip install "{name}{wanted}"'
        try:
            have = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(Finding(name, "bad", say("没有安装", "not installed"), advice))
            continue
        pinned = wanted.removeprefix("==") if wanted.startswith("==") else None
        if pinned and pinned != have:
            text = say(f"{have}；评分是用 {pinned} 试过的", f"{have}; grading was tried with {pinned}")
            found.append(Finding(name, "note", text, advice))
        else:
            good.append(f"{name} {have}")
    packages = Finding(say("软件包", "packages"), "good", ", ".join(good))
    return [Finding("Python", "good", python), *([packages] if good else []), *found]


def _tools() -> list[Finding]:
    drawn = (
        say("在 PATH 里", "on the PATH")
        if shutil.which("dot")
        else say("不在 PATH 里；计算图用 pygraphviz 画", "not on the PATH; graphs are drawn through pygraphviz")
    )
    count = os.cpu_count() or 1
    at_a_time = say(f"{count} 个：同时评这么多份", f"{count}: as many submissions are graded at a time")
    return [Finding(say("处理器", "processors"), "good", at_a_time), Finding("dot", "good", drawn)]
