"""Which language the command line speaks: ``--lang``, else ``TIDU_LANG``, else what the machine is set to.

A text in both languages is written ``"中文 / English"``, as the first lines of docstrings are, and halved when it is
shown; what holds values is made by :func:`say`.
"""

from __future__ import annotations

import locale
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import Any

from typer.core import TyperGroup

from autograder.judging.catalogue import PAIR, Message

#: What typer itself prints around our texts, in Chinese.
_FRAME = {
    "ARGUMENTS_PANEL_TITLE": ("参数", "Arguments"),
    "OPTIONS_PANEL_TITLE": ("选项", "Options"),
    "COMMANDS_PANEL_TITLE": ("命令", "Commands"),
    "ERRORS_PANEL_TITLE": ("错误", "Error"),
    "ABORTED_TEXT": ("已中止。", "Aborted."),
    "DEFAULT_STRING": ("[默认：{}]", "[default: {}]"),
    "REQUIRED_LONG_STRING": ("[必填]", "[required]"),
    "RICH_HELP": (
        "用法见 [blue]'{command_path} {help_option}'[/]。",
        "Try [blue]'{command_path} {help_option}'[/] for help.",
    ),
}
_TYPERS = {
    "Show this message and exit.": "显示本说明。",
    "Install completion for the current shell.": "为当前 shell 安装命令补全。",
    "Show completion for the current shell, to copy it or customize the installation.": "显示命令补全脚本。",
}
#: What typer says of a line that it cannot read, and the same in Chinese; what is found comes after another's word.
_MISUSE = (
    (r"Invalid value for ('[^']*'(?: / '[^']*')*|--\w+): (.*)", r"\1 的值不对：\2"),
    (r"Invalid value: (.*)", r"值不对：\1"),
    (r"Missing argument ('[^']*')\.", r"缺少参数 \1。"),
    (r"Missing option ('[^']*')\.", r"缺少选项 \1。"),
    (r"Missing command\.", "缺少命令。"),
    (r"No such option: (\S+)(.*)", r"没有选项 \1。\2"),
    (r"No such command ('[^']*')\.(.*)", r"没有命令 \1。\2"),
    (r"Option ('[^']*') requires an argument\.", r"选项 \1 后面要有值。"),
    (r"Option ('[^']*') does not take a value\.", r"选项 \1 后面不带值。"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", r"多了参数：\1"),
    (r" \(Possible options: (.*)\)", r"相近的有：\1"),
    (r" Did you mean (.*)\?", r"是不是 \1？"),
    (r"Input should be greater than or equal to (\S+)", r"至少是 \1"),
    (r"Input should be a valid integer.*", "要的是整数"),
    (r"Input should be a valid number.*", "要的是数"),
)
_LANG = re.compile(r"--lang(?:=(.*))?$", re.DOTALL)
_chosen: list[str] = []


def language() -> str:
    """``"zh"`` or ``"en"``: what was chosen, or what the machine is set to. 当前语言。"""
    if _chosen:
        return _chosen[-1]
    spoken = os.environ.get("TIDU_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    spoken = spoken or os.environ.get("LANG") or (locale.getlocale()[0] if sys.platform == "win32" else "") or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def say(zh: str, en: str) -> str:
    """The text in the language of the command line. 按命令行的语言取文字。"""
    return zh if language() == "zh" else en


def many(count: int, thing: str) -> str:
    """So many of a thing, in English: "1 page", "2 pages". 英文的数量。"""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def told(message: Message) -> str:
    """A message in the language of the command line. 按命令行的语言取消息。"""
    return message.text(language())


def half(text: str) -> str:
    """The half of ``"中文 / English"`` that is wanted, paragraph by paragraph; other text as it is. 取其中一半。"""
    if text in _TYPERS:
        text = f"{_TYPERS[text]} / {text}"
    paragraphs = []
    for paragraph in text.split("\n\n"):
        paragraph = " ".join(paragraph.split())
        zh, bar, en = paragraph.partition(" / ")
        paragraphs.append((zh if language() == "zh" else en) if bar and re.search("[\u4e00-\u9fff]", zh) else paragraph)
    # a terminal's column is broken at spaces alone, and what does not fit is cut off
    return re.sub(r"(?<=[；，。、：])(?=[^\s）])", " ", "\n\n".join(paragraphs))


def misuse(text: str) -> str:
    """What typer says of a line that it cannot read, in the language of the command line. 命令行写错时的说明。"""
    if language() == "zh":
        for english, chinese in _MISUSE:
            text = re.sub(english, chinese, text, flags=re.DOTALL)
    return text


def _later(name: str) -> Any:
    """A module that is loaded when something is first read of it."""
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return import_module(name)
    spec.loader = loader = LazyLoader(spec.loader)
    sys.modules[name] = module = module_from_spec(spec)
    loader.exec_module(module)
    return module


#: For help and errors alone, and a quarter of what the start of a command takes.
_rich = _later("typer.rich_utils")
_formatter = TyperGroup.context_class.formatter_class
_write_usage = _formatter.write_usage


def _usage(self: Any, prog: str, args: str = "", prefix: str | None = None) -> None:
    _write_usage(self, prog, args, prefix or say("用法：", "Usage: "))


@contextmanager
def _misuse_told() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = getattr(error, "format_message", None)  # of click's errors, wherever typer has them from
        if said is not None:
            setattr(error, "format_message", partial(misuse, said()))
        raise


class Bilingual(TyperGroup):
    """Commands whose help is in the language that ``--lang`` names, wherever it stands on the line."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        chosen, rest = _taken_out(list(sys.argv[1:] if args is None else args))
        if chosen is not None:
            _chosen.append(chosen)
        try:
            _translate(self)
            return super().main(rest, *more, **options)
        finally:
            if chosen is not None:
                _chosen.pop()

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _misuse_told():
            return super().make_context(*args, **options)

    def invoke(self, context: Any) -> Any:
        with _misuse_told():
            return super().invoke(context)


def _taken_out(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The language that the arguments choose, and the arguments without it; a wrong choice is left for the parser."""
    chosen: str | None = None
    rest: list[str] = []
    words = iter(enumerate(arguments))
    for index, word in words:
        found = _LANG.match(word)
        if word == "--":
            return chosen, rest + arguments[index:]
        if not found:
            rest.append(word)
            continue
        given = found[1]
        if given is None:
            _, given = next(words, (0, None))
        if given not in PAIR:
            left = [word for _, word in words]
            return chosen, ["--lang", given or "", *rest, *left]
        chosen = given
    return chosen, rest


def _translate(group: TyperGroup) -> None:
    for name, (zh, en) in _FRAME.items():
        setattr(_rich, name, say(zh, en))
    setattr(_formatter, "write_usage", _usage)
    context = group.context_class(group, **group.context_settings)
    for one in (group, *group.commands.values()):
        asked = one.get_help_option(one.context_class(one, parent=context))
        for thing in (one, *one.params, asked):
            for field in ("help", "short_help", "epilog"):
                text = getattr(thing, field, None)
                if text:
                    # as it was written: the same command may be asked again in another language
                    kept = vars(thing).setdefault(f"_written_{field}", text)
                    setattr(thing, field, half(kept))
