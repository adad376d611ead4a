"""``hint("id")``: the next hint, and below it a button for the one after."""

from __future__ import annotations

from autograder.judging.card import hint_steps
from autograder.judging.catalogue import message
from autograder.student import history, settings
from autograder.student.lookup import exercise
from autograder.student.shown import Shown, code_marked


def hint(id: str) -> Shown:
    """显示下一条提示，共三条 / Show the next of three hints.

    id   the exercise, such as "vjp_mul"
    """
    hints = exercise(id).hints
    total, now = len(hints), settings.language()
    number = history.standing(id).last_hint % total
    history.record(id, "hint", number=number + 1)
    title = message("student.hint", number=number + 1, total=total).text(now, " / ")
    body = hints[number].text(now)
    last = number + 1 == total
    after = message("student.hint_end" if last else "student.hint_more", id=id).text(now, " / ")
    below = f'<div style="opacity:.75">{code_marked(after)}</div>' if last else hint_steps(hints, number + 1, now)
    html = (
        '<div class="tidu-hint" style="border-left:4px solid #3b82c4;padding:.4em 1em;max-width:60em;line-height:1.55">'
        f"<b>{code_marked(title)}</b><br>{code_marked(body)}{below}</div>"
    )
    return Shown(f"{title}\n{body}\n{after}", html)
