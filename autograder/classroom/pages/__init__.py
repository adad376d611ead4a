"""HTML pages that need nothing but themselves: no script, no font and no picture from elsewhere, light and dark."""

from __future__ import annotations

from html import escape
from pathlib import Path

from autograder.judging.catalogue import Message

GOOD, HALF, BAD, NONE, LOOK = "#0b62a8", "#8dbbe0", "#d9772b", "#c9d1da", "#8a4fbf"

STATUS = {
    "ok": Message("正确", "correct"),
    "partial": Message("部分正确", "partly correct"),
    "wrong": Message("错误", "wrong"),
    "error": Message("抛出异常", "raised an exception"),
    "not answered": Message("未作答", "not answered"),
    "timeout": Message("超时", "timed out"),
    "crashed": Message("进程崩溃", "process crashed"),
    "refused": Message("用了不允许的写法", "uses what is not allowed"),
    "missing": Message("缺少函数", "function missing"),
    "graded": Message("已评分", "graded"),
    "not gradable": Message("无法评分", "not gradable"),
    "needs a look": Message("需要人工查看", "needs a look"),
    "not graded": Message("尚未评分", "not graded yet"),
}
COLOURS = {"ok": GOOD, "graded": GOOD, "partial": HALF, "not answered": NONE, "missing": NONE}
COLOURS |= {"not gradable": LOOK, "needs a look": LOOK, "not graded": LOOK}


def both(message: Message) -> str:
    """Both languages of a message, of which the page shows one. 同时写出两种语言，由页面选一种显示。"""
    if message.zh == message.en:
        return marked(message.en)
    return f'<span lang="zh">{marked(message.zh)}</span><span lang="en">{marked(message.en)}</span>'


def marked(text: str) -> str:
    """Escaped text, with what stands between backquotes set as code. 转义文字，反引号之间的排成代码。"""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


def pick(message: Message, lang: str) -> str:
    """One language of a message, or both when ``lang`` is ``"both"``; escaped. 取一种语言，已转义。"""
    return both(message) if lang == "both" else marked(message.text(lang))


def say(zh: str, en: str) -> str:
    """Both languages of a text, of which the page shows one; escaped. 双语文字，页面选一种显示。"""
    return both(Message(zh, en))


def tag(status: str, lang: str = "both") -> str:
    """A status as a coloured word. 带颜色的状态。"""
    colour = COLOURS.get(status, BAD)
    pale = " pale" if colour in (NONE, HALF) else ""
    return f'<span class="tag{pale}" style="background:{colour}">{pick(STATUS[status], lang)}</span>'


def document(title: str, body: str, *, first: str = "zh", script: str = "") -> str:
    """A whole page in both languages, with two buttons to choose with. 完整的双语页面，带切换按钮。

    first    the language that is shown until somebody chooses
    script   the name of a file beside this one, for what a page does beyond showing
    """
    here = Path(__file__).parent
    style = (here / "style.css").read_text(encoding="utf-8")
    names = (("zh", "中文"), ("en", "English"))
    switch = ""
    for lang, name in names:
        checked = " checked" if lang == first else ""
        switch += f'<label lang="{lang}"><input type="radio" name="lang" id="lang-{lang}"{checked}>{name}</label>'
    code = f"<script>\n{(here / script).read_text(encoding='utf-8')}</script>\n" if script else ""
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if first == "zh" else "en"}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f'<body><main><div class="langs">{switch}</div>\n{body}\n</main>\n{code}</body>\n</html>\n'
    )
