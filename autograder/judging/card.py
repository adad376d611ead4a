"""The card that a check shows: what was put in, what came out, what was expected, and what to do about it.

One :class:`~autograder.judging.result.Result`, drawn as text for terminals and as an HTML fragment for notebooks and
feedback pages. Whatever came from an answer passes through :func:`html.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from autograder.judging import palette
from autograder.judging.catalogue import LANGS, Message, hints, insight, message, part_title
from autograder.judging.compare import Difference
from autograder.judging.result import PartResult, Result

_GOOD, _BAD, _QUIET = palette.word(palette.BLUE), palette.word(palette.ORANGE), "currentColor"
_EDGE = "border:1px solid color-mix(in srgb,currentColor 35%,transparent);"


def as_text(result: Result, lang: str, hints_read: int = 0) -> str:
    """The card as plain text."""
    _known(lang)
    lines = [_headline(result, lang)]
    if result.failure:
        lines += ["", *_failure_lines(result.failure, lang)]
    for told in [*result.messages, *_insight(result)]:
        lines += ["", *(f"  {line}" for line in told.text(lang).splitlines())]
    hint = _hint_line(result, lang, hints_read)
    if hint:
        lines += ["", f"  {hint}"]
    return "\n".join(lines)


def _failure_lines(failure: dict[str, Any], lang: str) -> Iterator[str]:
    width = max(len(given["name"]) for given in failure["inputs"]) + 2
    for given in failure["inputs"]:
        yield from _block(f"  {given['name']:<{width}}", _described(given["value"], lang))
    yield ""
    if failure["raised"]:
        yield f"  {_raised(failure, lang)}"
        if failure.get("where"):
            yield f"  {_where(failure['where'], lang)}"
    width = max(len(output["name"]) for output in failure["outputs"]) + 2
    for output in failure["outputs"]:
        name = f"  {output['name']:<{width}}"
        if output["got"] and not output["difference"]:
            yield name + message("card.same").text(lang, " / ")
            continue
        if output["difference"]:
            yield name + difference_text(output["difference"], lang)
            name = " " * len(name)
        for key, side in (("card.expected", output["expected"]), ("card.got", output["got"])):
            if side:
                yield from _block(f"{name}{message(key).text(lang, ' / ')}  ", _described(side, lang))


def as_html(result: Result, lang: str, hints_read: int = 0) -> str:
    """The card as an HTML fragment that needs nothing else on the page."""
    _known(lang)
    colour = _GOOD if result.status == "ok" else _BAD if _judged(result) else _QUIET
    pieces = [
        f'<div class="tidu-card" style="border-left:4px solid {colour};padding:.5em 1em;margin:.3em 0;'
        "font-family:system-ui,sans-serif;font-size:14px;line-height:1.55;max-width:60em;"
        f'color:{palette.INK}">',
        _headline_html(result, lang, colour),
    ]
    failure = result.failure
    if failure:
        pieces.append('<div style="display:flex;flex-wrap:wrap;gap:.4em 2.5em;margin:.5em 0;align-items:flex-start">')
        pieces.append(
            _panel(
                message("card.inputs").text(lang, " / "),
                (_value_html(given["name"], given["value"], lang) for given in failure["inputs"]),
            )
        )
        for output in failure["outputs"]:
            pieces.append(_output_html(output, failure, lang))
        pieces.append("</div>")
        if failure["raised"]:
            pieces.append(f'<div style="color:{_BAD}"><code>{escape(_raised(failure, lang))}</code></div>')
            if failure.get("where"):
                pieces.append(f"<div><code>{escape(_where(failure['where'], lang))}</code></div>")
    for told in result.messages:
        pieces.append(f'<div style="margin:.5em 0">{_prose(told, lang)}</div>')
    for told in _insight(result):
        pieces.append(f'<div style="margin:.5em 0">{_prose(told, lang)}</div>')
    if _hint_line(result, lang, hints_read):
        pieces.append(hint_steps(hints(result.id), hints_read, lang))
    pieces.append("</div>")
    return "".join(pieces)


def hint_steps(steps: Sequence[Message], read: int, lang: str) -> str:
    """Buttons for the hints after the first ``read``, or for all again when all were read; the next is inside the one
    before it, so that they come one at a time. No script, no kernel: this works in a page that was exported, too."""
    html_ = ""
    for number in range(len(steps), read if read < len(steps) else 0, -1):
        title = message("card.hint_button", number=number, total=len(steps)).text(lang, " / ")
        html_ = (
            '<details style="margin:.5em 0 0"><summary style="display:inline-block;cursor:pointer;border:1px solid '
            f'currentColor;border-radius:.4em;padding:.05em .7em;opacity:.85">{escape(title)}</summary>'
            f'<div style="margin-top:.4em">{_prose(steps[number - 1], lang)}{html_}</div></details>'
        )
    return html_


def difference_text(data: dict[str, Any], lang: str) -> str:
    """One line for a :class:`~autograder.judging.compare.Difference` that was stored as JSON."""
    found = Difference(data["code"], data["values"])
    return message(f"diff.{found.code}", **found.values).text(lang, " / ")


def _known(lang: str) -> None:
    if lang not in LANGS:
        raise ValueError(f"lang must be one of {', '.join(map(repr, LANGS))}; got {lang!r}")


def _insight(result: Result) -> list[Message]:
    """Something worth knowing about what now works."""
    found = insight(result.id) if result.status == "ok" else None
    return [found] if found else []


def _focus(result: Result) -> PartResult | None:
    """The part that the card is about."""
    name = result.failure["part"] if result.failure else None
    return next((part for part in result.parts if part.name == name), None)


def _score(part: PartResult, lang: str) -> str:
    return f"{part_title(part.name).text(lang, '/')} {part.earned} / {part.points}"


def _headline(result: Result, lang: str) -> str:
    focus = _focus(result)
    others = [part for part in result.parts if part is not focus and _judged(result)]
    status = message(f"status.{result.status.replace(' ', '_')}").text(lang, " / ")
    mark = _mark(result)
    if focus is None:
        head = f"{mark} {result.id}   {result.earned} / {result.points}   {status}"
    else:
        head = f"{mark} {result.id} · {_score(focus, lang)}   {status}"
    listed = (", " if lang == "en" else "，").join(_score(part, lang) for part in others)
    opening, closing = ("(", ")") if lang == "en" else ("（", "）")
    return f"{head}   {opening}{listed}{closing}" if others else head


def _judged(result: Result) -> bool:
    """Whether the answer was run at all, so that its parts say something."""
    return result.status not in ("not answered", "missing", "refused")


def _mark(result: Result) -> str:
    return "✓" if result.status == "ok" else "✗" if _judged(result) else "○"


def _headline_html(result: Result, lang: str, colour: str) -> str:
    status = message(f"status.{result.status.replace(' ', '_')}").text(lang, " / ")
    focus = _focus(result)
    badges = " ".join(_badge(part, part is focus, lang) for part in (result.parts if _judged(result) else ()))
    return (
        f'<div><b style="color:{colour}">{_mark(result)} <code>{escape(result.id)}</code></b> '
        f"{result.earned} / {result.points} · {escape(status)} {badges}</div>"
    )


def _badge(part: PartResult, focus: bool, lang: str) -> str:
    full = part.earned == part.points
    return (
        f'<span style="border:1px solid currentColor;border-radius:.7em;padding:0 .6em;margin-left:.4em;'
        f"white-space:nowrap;font-size:.92em;font-weight:{'bold' if focus else 'normal'};"
        f'color:{_GOOD if full else _BAD}">{"✓" if full else "✗"} {escape(_score(part, lang))}</span>'
    )


def _raised(failure: dict[str, Any], lang: str) -> str:
    kind, text_ = failure["raised"]
    return message("card.raised", type=kind, message=text_).text(lang, " / ")


def _where(where: dict[str, Any], lang: str) -> str:
    """The student's own line that raised: at home by the number of the cell, in grading by what the cell defines."""
    key = "card.where_function" if where["function"] else "card.where"
    line = message(key, function=where["function"], line=where["line"], text=where["text"])
    if not where["cell"]:
        return line.text(lang, " / ")
    cell = message("card.where_run" if isinstance(where["cell"], int) else "card.where_cell", cell=where["cell"])
    return Message(f"{cell.zh}，{line.zh}", f"{cell.en}, {line.en}").text(lang, " / ")


def _hint_line(result: Result, lang: str, hints_read: int) -> str:
    if result.status in ("ok", "missing", "refused") or not result.hints:
        return ""
    left = max(result.hints - hints_read, 0)
    if not left:
        return message("card.hint_all_read", id=result.id).text(lang, " / ")
    return message("card.hint", id=result.id, left=left, total=result.hints).text(lang, " / ")


def _traits(value: dict[str, Any], lang: str) -> str:
    """Shape, and dtype and strides where they are not what one assumes."""
    if value["kind"] != "array":
        return ""
    traits = [_shape(value["shape"])]
    if value["dtype"] != "float64":
        traits.append(value["dtype"])
    if value["strides"] is not None:
        traits.append(message("card.strides", strides=_shape(value["strides"])).text(lang, " / "))
    return " ".join(traits)


def _shape(numbers: list[int]) -> str:
    return str(tuple(numbers))


def _described(value: dict[str, Any], lang: str) -> str:
    traits = _traits(value, lang)
    return f"{traits}  {value['text']}" if traits else value["text"]


def _block(label: str, body: str) -> list[str]:
    first, *rest = body.splitlines() or [""]
    return [label + first, *(" " * len(label) + line for line in rest)]


def _panel(title: str, bodies: Iterable[str]) -> str:
    return f'<div><div style="opacity:.84;font-size:.9em">{escape(title)}</div>{"".join(bodies)}</div>'


def _output_html(output: dict[str, Any], failure: dict[str, Any], lang: str) -> str:
    found, name = output["difference"], output["name"]
    if output["got"] and not found:
        good = f'<span style="color:{_GOOD}">✓ {escape(message("card.same").text(lang, " / "))}</span>'
        return _panel(name, [good])
    verdict = difference_text(found, lang) if found else ""
    mark = tuple(found["index"]) if found and found["index"] is not None else None
    bodies = [f'<div style="color:{_BAD}">{escape(verdict)}</div>'] if verdict else []
    bodies.append('<div style="display:flex;flex-wrap:wrap;gap:.2em 1.5em">')
    bodies.append(_value_html(message("card.expected").text(lang, " / "), output["expected"], lang, mark))
    if output["got"]:
        bodies.append(_value_html(message("card.got").text(lang, " / "), output["got"], lang, mark))
    bodies.append("</div>")
    return _panel(name, bodies)


def _value_html(name: str, value: dict[str, Any], lang: str, mark: tuple[int, ...] | None = None) -> str:
    traits = _traits(value, lang)
    label = f"<b>{escape(name)}</b> <span style='opacity:.84'>{escape(traits)}</span>"
    if value["kind"] == "array" and "cells" in value:
        return f"<div style='margin:.25em 0'>{label}{_grid(value, mark)}</div>"
    return (
        f"<div style='margin:.25em 0'>{label}<pre style='margin:0;background:none;color:inherit;"
        f"white-space:pre-wrap'>{escape(value['text'])}</pre></div>"
    )


def _grid(value: dict[str, Any], mark: tuple[int, ...] | None) -> str:
    shape, cells, levels = value["shape"], value["cells"], value["levels"]
    rows, columns = (1, 1) if not shape else (1, shape[0]) if len(shape) == 1 else tuple(shape)
    marked = -1
    if mark is not None and len(mark) == len(shape) and all(i < n for i, n in zip(mark, shape, strict=True)):
        marked = 0 if not mark else mark[0] if len(mark) == 1 else mark[0] * columns + mark[1]
    body = []
    for row in range(rows):
        line = "".join(_cell(str(cells[i]), levels[i], i == marked) for i in range(row * columns, (row + 1) * columns))
        body.append(f"<tr>{line}</tr>")
    return f"<table style='border-collapse:separate;border-spacing:2px;margin:0'>{''.join(body)}</table>"


def _cell(content: str, level: int, marked: bool) -> str:
    outline = f"outline:2px solid {_BAD};" if marked else ""
    return (
        f"<td style='background:{palette.signed(level)};color:inherit;{_EDGE}{outline}padding:.1em .5em;"
        f"text-align:right;font-family:monospace'>{escape(content)}</td>"
    )


def _prose(told: Message, lang: str) -> str:
    """A message as HTML; what stands in backquotes is set as code."""
    pieces = escape(told.text(lang)).split("`")
    html_ = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
    return html_.replace("\n", "<br>")
