from __future__ import annotations

import warnings

import numpy as np
import pytest

import tidu
from autograder.student import pictures


@pytest.fixture(autouse=True)
def warnings_are_errors():
    """matplotlib warns of a glyph it cannot draw; such a picture would have boxes in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def words(picture):
    return [text.get_text() for text in picture.figure.axes[0].texts]


def x():
    return tidu.arange(10, 22).reshape(3, 4)


def test_memory_shows_every_cell_once_and_each_view():
    base = x()
    picture = pictures.memory(base, {"x": base, "x.t()": base.t(), "odd": base[:, 1::2]})
    shown = words(picture)
    assert shown.count("21") == 1 + 3  # in memory and in each of the three views
    assert "odd\nshape (3, 2)\nstride (4, 2)  offset 1" in shown and "x.t()\nshape (4, 3)\nstride (1, 4)" in shown
    assert picture._repr_svg_().lstrip().startswith("<?xml") and "stride (1, 4)" in repr(picture)


def test_an_element_keeps_its_colour_in_every_view():
    base = x()
    boxes = pictures.memory(base, {"x": base, "x.t()": base.t()}).figure.axes[0].patches
    strip, first, second = (
        np.array([box.get_facecolor() for box in boxes[i : i + 12]]).reshape(-1, 4) for i in (0, 12, 24)
    )
    assert np.array_equal(strip, first)
    assert np.array_equal(second.reshape(4, 3, 4).swapaxes(0, 1).reshape(12, 4), first)


def test_vectors_scalars_and_expanded_views():
    row = tidu.tensor([7, 8, 9])
    shown = words(pictures.memory(row, {"row": row, "wide": row.expand(4, 3), "one": row[1]}))
    assert shown.count("7") == 1 + 1 + 4 and shown.count("8") == 1 + 1 + 4 + 1


def test_three_dimensions_say_so():
    with pytest.raises(ValueError, match=r"at most 2 dimensions.*\(2, 3, 4\)"):
        pictures.memory(tidu.zeros(2, 3, 4))


def test_a_heatmap_has_its_numbers_and_names():
    picture = pictures.heatmap([[1.0, -2.0], [0.0, 0.5]], rows=["y0", "y1"], columns=["x0", "x1"], row=0, column=1)
    axes = picture.figure.axes[0]
    assert words(picture) == ["1.00", "-2.00", "0.00", "0.50"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["y0", "y1"] and len(axes.patches) == 2
    assert axes.images[0].get_clim() == (-2.0, 2.0)  # zero is white
    assert "2 by 2" in repr(picture) and "<svg" in picture._repr_svg_()


@pytest.mark.parametrize("matrix", [np.zeros((2, 2)), tidu.eye(3), tidu.eye(2, requires_grad=True)])
def test_heatmaps_of_other_things(matrix):
    assert "<svg" in pictures.heatmap(matrix)._repr_svg_()


def test_a_heatmap_of_a_vector_says_so():
    with pytest.raises(ValueError, match=r"matrix must have 2 dimensions, got shape \(3,\)"):
        pictures.heatmap([1.0, 2.0, 3.0])


def test_labels_are_in_the_readers_language_where_they_can_be_drawn(monkeypatch):
    base = x()
    for lang, font, expected in (
        ("zh", pictures._cjk_font() or None, "步幅"), ("zh", "", "stride"), ("en", "", "stride"),
        ("both", "", "stride"),
    ):  # fmt: skip
        if font is None:
            continue  # this machine has no Chinese font: the second row is its case
        monkeypatch.setenv("TIDU_LANG", lang)
        monkeypatch.setattr(pictures, "_cjk_font", lambda font=font: font)
        picture = pictures.memory(base, {"x": base})
        assert f"x\n{'形状' if expected == '步幅' else 'shape'} (3, 4)\n{expected} (4, 1)" in words(picture)
        picture._repr_svg_()


def test_drawing_twice_gives_the_same_bytes(tmp_path):
    once, twice = (pictures.heatmap([[1.0, 2.0]])._repr_svg_() for _ in range(2))
    assert once == twice
    pictures.heatmap([[1.0, 2.0]]).save(str(tmp_path / "x.png"))
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
