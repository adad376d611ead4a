"""predict(): the guess and the result side by side, and nothing given away before there is a guess."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import tidu
from autograder.student import predict
from autograder.student.predicting import agrees
from tests.course.test_card import balanced

LIBRARIES = ["tidu", *(["torch"] if importlib.util.find_spec("torch") else [])]


@pytest.mark.parametrize("guess", [..., "...", "…", " …… "])
def test_without_a_guess_nothing_is_run_and_nothing_shown(guess, monkeypatch):
    ran = []
    shown = predict(guess, lambda: ran.append(1) or 4321)
    assert ran == [] and "in place of `...`" in repr(shown) and "4321" not in repr(shown) + shown._repr_html_()
    monkeypatch.setenv("TIDU_LANG", "zh")
    assert "先猜一猜" in repr(predict(guess, lambda: 4321))


def test_the_two_stand_side_by_side():
    x = tidu.arange(4).reshape(2, 2)
    right, wrong = predict([[0, 2], [1, 3]], lambda: x.t()), predict((2, 1), lambda: x.stride())
    assert "the same" in repr(right) and "tensor([[0, 2]," in repr(right)
    assert repr(wrong) == "\n".join(["your guess  (2, 1)", "what happens  (2, 1)", "the same"])
    other = predict((1, 2), lambda: x.stride())
    assert "different" in repr(other) and "(1, 2)" in repr(other) and "(2, 1)" in repr(other)
    assert "≠" in balanced(other._repr_html_()) and "=" in balanced(right._repr_html_())


def test_words_are_shown_without_a_verdict():
    shown = predict("the first row <b>changes</b>", lambda: tidu.zeros(2))
    assert "same" not in repr(shown) and "different" not in repr(shown) and "tensor([0., 0.])" in repr(shown)
    assert "<b>changes" not in balanced(shown._repr_html_())


def test_errors_can_be_guessed_and_are_shown():
    x = tidu.arange(12).reshape(3, 4)
    shown = predict(RuntimeError, lambda: x.t().view(12))
    assert "the same" in repr(shown) and "RuntimeError: view size is not compatible" in repr(shown)
    assert "different" in repr(predict((12,), lambda: x.t().view(12).shape))
    assert "different" in repr(predict(RuntimeError, lambda: x.view(12).shape))
    said = predict("it fails", lambda: x.t().view(12))
    assert "different" not in repr(said) and "RuntimeError" in repr(said)


@pytest.mark.parametrize("library", LIBRARIES)
def test_tensors_of_either_library(library):
    torch = importlib.import_module(library)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert agrees([[1, 2], [3, 4]], x) is True and agrees([[1, 2], [3, 5]], x) is False
    assert agrees([1, 2, 3, 4], x) is False and agrees(x.detach() + 0, x) is True
    assert agrees((2, 2), x.shape) is True and agrees([2, 2], x.shape) is True and agrees(4, x.shape) is False
    assert agrees(4, torch.tensor(4)) is True and agrees(True, torch.tensor(True)) is True
    assert agrees(RuntimeError, RuntimeError("no")) is True and agrees(Exception, RuntimeError("no")) is True


@pytest.mark.parametrize(
    "guess, found, verdict",
    [
        (3, 3, True),
        (3, 4, False),
        (1000, 1001, False),
        (0.333, 1 / 3, True),
        (0.34, 1 / 3, False),
        (0.0, 1e-17, True),
        (1, 1.0, True),
        (float("nan"), float("nan"), True),
        (0.0, float("nan"), False),
        (1 + 2j, 1 + 2j, True),
        (True, True, True),
        (1, True, False),
        (True, 1, False),
        (None, None, True),
        ("float32", tidu.float32, None),
        ("a", "a", True),
        ("a", "b", False),
        ((1, (2, 3)), (1, [2, 3]), True),
        ((), (1,), False),
        ((True, "?"), (True, 3), False),
        ([1, 2], np.array([1, 2]), True),
        ({1, 2}, {2, 1}, True),
        ({"a": 1}, {"a": 1}, True),
        (ValueError, IndexError("x"), False),
        (IndexError("x"), IndexError("x"), True),
        (IndexError("y"), IndexError("x"), False),
    ],
)
def test_what_counts_as_the_same(guess, found, verdict):
    assert agrees(guess, found) is verdict


def test_what_cannot_be_compared_is_left_to_the_reader():
    class Odd:
        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    assert agrees(3, Odd()) is None and "what happens" in repr(predict(3, Odd))


def test_interrupting_interrupts():
    def slow():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(1, slow)
