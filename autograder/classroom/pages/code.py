"""A student's code on a page: coloured, with the numbers of its lines, escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from autograder.classroom.pages import say

#: Longer than anybody reads; a file of megabytes is not copied into a page.
MOST = 20_000


def coloured(source: str, where: dict[str, Any] | None = None) -> str:
    """Python source as HTML, with the line marked that raised. 着色的代码，标出抛出异常的那一行。

    where   what a card says of that line: its number and its text
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    text = source.rstrip()
    if not text:
        return ""
    cut = text[:MOST]
    lines = highlight(cut, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    marked = _line_of(cut, where)
    rows = [
        f'<span class="line{" raised" if number == marked else ""}">{line or " "}\n</span>'
        for number, line in enumerate(lines, 1)
    ]
    more = say(f"还有 {len(text) - MOST} 个字符", f"{len(text) - MOST} more characters")
    rest = f"<span class='line'>… {more}\n</span>" if len(text) > MOST else ""
    return f'<pre class="code" tabindex="0"><code>{"".join(rows)}{rest}</code></pre>'


def _line_of(source: str, where: dict[str, Any] | None) -> int | None:
    if not where:
        return None
    lines, number = source.split("\n"), where.get("line")
    said = str(where.get("text", "")).strip()
    if isinstance(number, int) and 0 < number <= len(lines) and lines[number - 1].strip() == said:
        return number
    found = [at for at, line in enumerate(lines, 1) if said and line.strip() == said]
    return found[0] if len(found) == 1 else None


def plain(source: str) -> str:
    """Source without colours, for pages that hold many. 不着色的代码。"""
    return f'<pre class="code" tabindex="0"><code>{escape(source.rstrip()[:MOST])}</code></pre>'
