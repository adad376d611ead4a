from __future__ import annotations

import ast
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from autograder.authoring.banks import banks
from autograder.exercises import find, load
from autograder.judging.card import as_html, as_text
from autograder.judging.catalogue import Message, insight, message, part_title
from autograder.judging.compare import CODES
from autograder.judging.result import STATUSES, PartResult, Result
from tests.course.conftest import ROOT


def mistaken(id, name):
    exercise = find(id)
    return exercise.grade(next(m.answer for m in exercise.mistakes if m.name == name))


class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script" or any(name.startswith("on") for name, _ in attrs)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def balanced(html):
    parser = Balanced()
    parser.feed(html)
    assert parser.open == [] and parser.scripts == 0
    return html


def test_the_card_in_english():
    card = as_text(mistaken("vjp_mul", "not_unbroadcast"), "en")
    head, *rest = card.splitlines()
    others = "(values 2 / 2, edge cases 1 / 1, layout 1 / 1, repeatable 1 / 1)"
    assert head == f"✗ vjp_mul · broadcast 0 / 3   wrong result   {others}"
    assert any(re.fullmatch(r"  g[xy]  shape \(.*\), expected \(.*\)", line) for line in rest)
    assert rest[-1] == '  hint("vjp_mul")  3 of 3 hints left unread'
    assert "add those gradients up" in card and "被广播" not in card


def test_the_card_in_chinese():
    card = as_text(mistaken("vjp_mul", "not_unbroadcast"), "zh")
    others = "（数值 2 / 2，边界情形 1 / 1，内存布局 1 / 1，可重复 1 / 1）"
    assert card.splitlines()[0] == f"✗ vjp_mul · 广播 0 / 3   结果不对   {others}"
    assert re.search(r"形状 \(.*\)，应为 \(.*\)", card) and "各次的梯度要加起来" in card and "gradients" not in card


def test_both_languages_at_once():
    card = as_text(mistaken("vjp_mul", "not_unbroadcast"), "both")
    assert "各次的梯度要加起来" in card and "add those gradients up" in card


def test_the_first_difference_is_outlined():
    html = as_html(mistaken("jvp_dual", "multiplies_tangents"), "en")
    assert html.count("outline:2px solid") == 2  # in what was expected, and in what came
    assert "first difference at [0]" in html


def test_what_the_answer_returned_is_escaped():
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    exercise = find("contiguous_strides")

    def raises(shape):
        raise type(bad, (Exception,), {})(bad)

    named = type(bad, (), {})()
    for answer in (lambda shape: bad, lambda shape: (bad, bad), lambda shape: {bad: bad}, raises, lambda shape: named):
        html = balanced(as_html(exercise.grade(answer), "both"))
        assert "<script" not in html and "<img" not in html


def test_hints_are_counted_down():
    result = mistaken("vjp_mul", "swapped")
    assert "1 of 3 hints left unread" in as_text(result, "en", hints_read=2)
    assert "all hints read" in as_text(result, "en", hints_read=3)
    assert "hint(" not in as_text(find("vjp_mul").grade(find("vjp_mul").reference), "en")


def test_a_right_answer_is_told_something_worth_having():
    exercise = find("vjp_matmul")
    result = exercise.grade(exercise.reference)
    for lang, words, others in (
        ("en", "rule of thumb", "大约是推理的三倍"),
        ("zh", "大约是推理的三倍", "rule of thumb"),
    ):
        for card in (as_text(result, lang), balanced(as_html(result, lang))):
            assert words in card and others not in card
    assert "rule of thumb" not in as_text(exercise.grade(lambda v, a, b: (v, v)), "en")


@pytest.mark.parametrize("name", list(load()))
def test_every_exercise_has_an_insight_and_none_gives_an_answer(name):
    for id, bank in banks(ROOT, name).items():
        found = insight(id)
        assert found is not None and 80 < len(found.en) < 450
        told = "".join((found.zh + found.en).split())
        for answer in (bank.reference, *bank.alternatives):
            # A piece of the answer would be code: a call or a computation, not a name.
            nodes = [node for node in ast.walk(ast.parse(answer)) if isinstance(node, ast.Call | ast.BinOp)]
            pieces = {"".join(ast.unparse(node).split()) for node in nodes}
            assert [piece for piece in pieces if len(piece) > 4 and piece in told] == []


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_card(status):
    result = Result("x", status, [PartResult("values", 0, 2)], messages=[Message("好 `x`", "good `x`")])
    for lang in ("zh", "en", "both"):
        assert "x" in as_text(result, lang) and "<code>x</code>" in balanced(as_html(result, lang))


def test_an_unknown_language_says_so():
    with pytest.raises(ValueError, match=r"lang must be one of 'zh', 'en', 'both'; got 'fr'"):
        as_text(find("vjp_mul").failed("missing"), "fr")


def test_large_arrays_are_summarised():
    exercise = find("vjp_mul")
    result = exercise.grade(lambda v, x, y: (np.zeros((300, 300)), np.zeros((300, 300))))
    assert len(as_text(result, "en")) < 4000 and "(300, 300)" in as_text(result, "en")


def test_the_catalogue_has_what_is_asked_of_it():
    for status in STATUSES:
        message(f"status.{status.replace(' ', '_')}")
    texts = {"got", "expected", "index", "place", "count", "size", "worst"}
    for code in CODES:
        message(f"diff.{code}", **dict.fromkeys(texts, "?"))
    for exercise in (e for exercises in load().values() for e in exercises):
        for part in exercise.parts:
            assert part_title(part.name) == message(f"part.{part.name}")
    with pytest.raises(LookupError, match=r"no message 'card.nothing'"):
        message("card.nothing")
