"""HTML pages that need nothing but themselves: no script, no font and no picture from elsewhere."""

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
COLOURS = {"ok": GOOD, "graded": GOOD, "not answered": NONE, "missing": NONE}
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


def tag(status: str, lang: str) -> str:
    """A status as a coloured word. 带颜色的状态。"""
    return f'<span class="tag" style="background:{COLOURS.get(status, BAD)}">{pick(STATUS[status], lang)}</span>'


def document(title: str, body: str, lang: str) -> str:
    """A whole page. With ``lang="both"`` it holds both languages and two buttons to choose with.

    完整的页面；``lang="both"`` 时含两种语言和切换按钮。
    """
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    switch = (
        '<div class="langs"><label lang="zh"><input type="radio" name="lang" id="lang-zh" checked>中文</label>'
        '<label lang="en"><input type="radio" name="lang" id="lang-en">English</label></div>'
    )
    code = {"zh": "zh-Hans", "en": "en", "both": "zh-Hans"}[lang]
    return (
        f'<!doctype html>\n<html lang="{code}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f"<body><main>{switch if lang == 'both' else ''}\n{body}\n</main></body>\n</html>\n"
    )
