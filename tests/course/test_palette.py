"""The palette on the papers that notebooks have: whatever stands on it can be read."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.exercises import find
from autograder.judging import palette
from autograder.judging.card import as_html
from autograder.student.pictures.picture import CONTROLS, STYLE

#: Paper and ink (with its opacity) as each program sets them.
THEMES = {
    "JupyterLab light": ((255, 255, 255), (0, 0, 0), 0.87),
    "JupyterLab dark": ((17, 17, 17), (255, 255, 255), 1.0),
    "VS Code light": ((255, 255, 255), (59, 59, 59), 1.0),
    "VS Code dark": ((31, 31, 31), (204, 204, 204), 1.0),
    "Colab dark": ((56, 56, 56), (227, 227, 227), 1.0),
    "plain": ((255, 255, 255), (0, 0, 0), 1.0),
}
LEAST = 4.5  # for words; 3 for lines (WCAG 2.2, 1.4.3 and 1.4.11)


def rgb(hue):
    return np.array([int(hue[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)


def over(top, opacity, below):
    return opacity * np.array(top, dtype=float) + (1 - opacity) * np.array(below, dtype=float)


def luminance(colour):
    part = np.array(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def laid(surface, paper):
    """The colour of a surface of the palette on a paper."""
    if surface == "transparent":
        return np.array(paper, dtype=float)
    red, green, blue, opacity = map(float, re.fullmatch(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", surface).groups())
    return over((red, green, blue), opacity, paper)


def mixed(colour, ink):
    """The colour of a word or line of the palette, which is part ink."""
    hue, share = re.fullmatch(r"color-mix\(in srgb,(#\w{6}) (\d+)%,currentColor\)", colour).groups()
    return over(rgb(hue), int(share) / 100, ink)


def test_the_measure_is_the_usual_one():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(rgb("#777777"), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_ink_can_be_read_on_every_surface(theme):
    paper, ink, opacity = THEMES[theme]
    for surface in (*map(palette.tint, palette.HUES), *map(palette.signed, range(-4, 5))):
        ground = laid(surface, paper)
        assert contrast(over(ink, opacity, ground), ground) >= LEAST, surface
    for ground in (paper, *(laid(palette.tint(hue), paper) for hue in palette.HUES)):
        assert contrast(over(ink, opacity * palette.QUIET, ground), ground) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_lines_stand_out_from_the_paper(theme):
    paper, ink, opacity = THEMES[theme]
    for hue in palette.HUES:
        assert contrast(mixed(palette.word(hue), over(ink, opacity, paper)), paper) >= LEAST
        assert contrast(mixed(palette.line(hue), over(ink, opacity, paper)), paper) >= 3


def test_the_measure_finds_what_cannot_be_read():
    """The colours that cards had: dark words for light paper, which a dark page does not have."""
    paper, ink, opacity = THEMES["JupyterLab dark"]
    assert contrast(rgb("#0b62a8"), paper) < LEAST
    assert contrast(over(ink, opacity, paper), rgb("#fbd3a8")) < LEAST


def test_cards_and_pictures_have_no_colour_of_their_own():
    """Every colour is the page's or the palette's; and no paper is laid down."""
    exercise = find("contiguous_strides")
    card = as_html(exercise.grade(lambda shape: (1,) * len(shape)), "en")
    known = {hue.lower() for hue in palette.HUES}
    for text in (card, STYLE, CONTROLS):
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?![\w-]*\()", text)) <= known
        assert not re.search(r"(?:background|color|fill):\s*(?:white|black)\b", text)
