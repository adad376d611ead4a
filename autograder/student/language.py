"""``lang("zh")``, ``lang("en")``, ``lang("both")``: which language a notebook shows.

A prose cell holds both languages, each in a ``<div lang=…>`` of its own. JupyterLab, Notebook 7 and an exported page
keep that attribute, so one style sheet, printed as the output of the cell, hides a language: no extension, and no cell
that is hidden and still in the way. The contents panel knows of a heading its text alone, which begins with an
invisible character that says its language. VS Code and Colab keep an output's style away from the text, and show both.
"""

from __future__ import annotations

import sys

from autograder.judging.catalogue import HEADING_MARKS, LANGS, PAIR, message
from autograder.student import settings
from autograder.student.shown import Shown, code_marked


def lang(choice: str | None = None) -> Shown:
    """选择显示的语言 / Choose the language shown: ``"zh"``, ``"en"`` or ``"both"``; remembered for next time.

    Without a choice it shows the one remembered; the environment variable ``TIDU_LANG`` overrides both.
    """
    if choice is not None and choice not in LANGS:
        raise ValueError(message("student.lang_unknown", given=repr(choice)).text(settings.language(), " / "))
    if choice is not None:
        settings.save(lang=choice)
    now = settings.language() if choice is None else choice
    stuck = now in PAIR and _shows_both(sys._getframe(1).f_globals)
    key = "student.language_stuck" if stuck else "student.language" if now in PAIR else "student.language_both"
    told = message(key).text(now, " / ")
    return Shown(told, f'<style>{_rules(now)}</style><span style="opacity:.7">{code_marked(told)}</span>')


def _rules(now: str) -> str:
    # What is shown is said as well as what is hidden, for the output of an earlier lang() may still stand above.
    rules = []
    for side in PAIR:
        shown = now in ("both", side)
        for words in (".jp-RenderedMarkdown", ".tidu-step"):  # prose, and what tidu.viz.step says of a step
            rules.append(f"{words} [lang={side}]{{display:{'block' if shown else 'none'}}}")
        row = f'.jp-tocItem:has(>.jp-tocItem-heading>[title^="{HEADING_MARKS[side]}"])'
        # The row alone: the headings below it are inside the same item.
        rules.append(f"{row}::part(positioning-region){{display:{'flex' if shown else 'none'}}}")
        rules.append(f"{row}>.jp-tocItem-heading{{display:{'flex' if shown else 'none'}}}")
    rules.append(
        f".jp-RenderedMarkdown [lang=en]>hr:first-child{{display:{'block' if now == 'both' else 'none'};"
        "color:inherit;border:0;border-top:1px dashed;background:none;opacity:.5;margin:.8em 0 1em}"
    )
    rules.append(".jp-RenderedMarkdown details{margin-bottom:1em}")
    return "".join(rules)


def _shows_both(names: dict[str, object]) -> bool:
    """Whether this is an editor in which no output reaches the text of the notebook."""
    return "google.colab" in sys.modules or "__vsc_ipynb_file__" in names
