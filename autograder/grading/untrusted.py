"""Text that came from outside, made safe where it enters: for a terminal, a page, a notebook.

What is taken out changes what is *seen* and not what is said: escapes that move the cursor, characters that turn the
direction of what follows or take no room.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # commands to the terminal: its title, links, the clipboard
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# overrides and isolates of direction, what takes no room, tags; the joiners of emoji and of Persian words stay in texts
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_JOINERS = re.compile("[\u200c\u200d]")
_ENTITY = re.compile(r"&(?=#|colon;|tab;|newline;)", re.IGNORECASE)
# Markdown lets a backslash stand before the colon, and some renderers white space between letters
_SCHEME = re.compile(
    r"((?:" + "|".join(r"\s*".join(name) for name in ("javascript", "vbscript", "livescript")) + r")\s*\\?):",
    re.IGNORECASE,
)
_DATA = re.compile(r"(data\s*\\?):(?=\s*(?:text|application|image\\?/svg))", re.IGNORECASE)


def text(value: str) -> str:
    """多行文字：去掉终端控制与看不见的字符 / Text of several lines, without escapes and what cannot be seen."""
    value = value.encode("utf-8", "replace").decode()
    value = _ENDS.sub("\n", _ESCAPE.sub("", value))
    return _UNSEEN.sub("", _CONTROL.sub("\ufffd", value))


def line(value: str) -> str:
    """一行文字，如文件名、姓名 / Text of one line, such as a file's or a person's name."""
    return " ".join(_JOINERS.sub("", text(value)).split())


def prose(value: str) -> str:
    """学生写的 Markdown：没有脚本链接 / A student's Markdown without links that are scripts."""
    # an entity could spell the colon of a scheme, or one of its letters
    value = _ENTITY.sub("\uff06", text(value))
    return _DATA.sub("\\1\uff1a", _SCHEME.sub("\\1\uff1a", value))
