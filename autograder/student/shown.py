"""What the functions for students return: it draws itself as HTML in a notebook and as text in a terminal."""

from __future__ import annotations

from html import escape


class Shown:
    """Something to look at: HTML in a notebook, text elsewhere."""

    def __init__(self, text: str, html: str) -> None:
        self._text, self._html = text, html

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


def code_marked(text: str) -> str:
    """Text as HTML, with what stands in backquotes set as code."""
    pieces = escape(text).split("`")
    html = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
    return html.replace("\n", "<br>")
