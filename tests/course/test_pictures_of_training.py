"""The pictures of notebook 13: digits in rows, curves beside each other, the loop; and whose function goes on."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tidu as torch
from autograder.student import own, pictures
from tests.course.conftest import ROOT


def test_digits_have_a_caption_each_and_a_path_for_each_shade():
    images = torch.tensor(np.arange(3 * 16).reshape(3, 4, 4) % 5)
    picture = pictures.digits(images, ["one", 2, "three"], columns=2)
    svg = picture._repr_svg_()
    assert re.findall(r"<text[^>]*>(\w+)</text>", svg) == ["one", "2", "three"]
    shades = sorted(re.findall(r'fill-opacity="([\d.]+)"', svg))
    assert set(shades) == {"0.25", "0.5", "0.75", "1"} and len(shades) == 12
    assert sum(svg.count(f"M{x} 0h7v7h-7z") for x in (0, 7, 14, 21)) == 3  # of the first row, what is not 0
    assert "one 2 three" in repr(picture)
    for wrong, captions in ((images, ["one"]), (images[0], [1]), (torch.zeros(121, 2, 2), [0] * 121)):
        with pytest.raises(ValueError, match=r"images|captions"):
            pictures.digits(wrong, captions)


def test_panels_draw_every_curve_and_cut_what_is_too_high():
    curves = {"loss": {"right": [2.0, 1.0], "wrong": [2.0, 90.0]}, "accuracy": {"right": [0.5, 1.0]}}
    picture = pictures.panels(curves, ("batch", "epoch"), {"loss": (1.46, "the lowest")}, {"loss": 5}, columns=2)
    svg = picture._repr_svg_()
    assert {"loss", "accuracy", "right", "wrong", "batch", "epoch", "the lowest"} <= set(
        re.findall(r">\s*([^<>]+?)\s*</text>", svg)
    )
    assert ">80<" not in svg and ">4<" in svg
    assert "wrong: 2 90" in repr(picture) and "accuracy, right: 0.5 1" in repr(picture)


def test_the_loop_is_told_in_words_too(monkeypatch):
    for lang, told in (("zh", "反向传播 → 走一步"), ("en", "backward pass → a step")):
        monkeypatch.setenv("TIDU_LANG", lang)
        picture = pictures.loop()
        assert told in repr(picture) and "optimizer.zero_grad()" in picture._repr_svg_()


def test_an_answer_goes_on_if_it_passes_and_the_course_s_own_if_not(monkeypatch, capsys):
    from autograder.authoring.banks import banks
    from autograder.exercises import load

    monkeypatch.setenv("TIDU_LANG", "en")
    (exercise,) = (e for e in load("13_classifier") if e.id == "confusion_matrix")
    right = banks(ROOT, "13_classifier")["confusion_matrix"].reference
    for source, said, whose in (
        (right, "✓ confusion_matrix: yours", "theirs"),
        ("def confusion_matrix(targets, predictions, classes):\n    raise NotImplementedError()", "○", "ours"),
        ("def confusion_matrix(targets, predictions, classes):\n    return torch.zeros(classes, classes)", "✗", "ours"),
    ):
        scope: dict = {"torch": torch, "np": np, "F": torch.nn.functional, "own": own, "__name__": "notebook"}
        exec(source, scope)
        exec("(found,) = own.or_ours(confusion_matrix)", scope)
        assert capsys.readouterr().out.startswith(said)
        assert scope["found"] is (scope["confusion_matrix"] if whose == "theirs" else exercise.reference)
