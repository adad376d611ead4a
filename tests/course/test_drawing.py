"""A drawing on its way to the net: stretched, inked and counted as the forms were that the net learned from."""

from __future__ import annotations

import numpy as np
import pytest

import tidu as torch
from autograder.student import drawing
from autograder.student.drawing.strokes import INKED

nn = torch.nn


def net(*more: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    front = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), *more)
    return nn.Sequential(front, nn.Flatten(), nn.Dropout(0.5), nn.Linear(48, 10))


def test_what_the_net_sees_is_inked_as_much_as_the_data():
    for name, strokes in drawing.drawings().items():
        image = drawing.pixels(strokes)
        assert image.shape == (8, 8) and image.min() >= 0 and image.max() >= 15
        assert abs(int(image.sum()) - INKED) < 40, name
        assert image.sum(axis=1).min() > 0 and image[:, 0].sum() == 0  # all of the height, not all of the width


def test_place_and_size_of_a_drawing_do_not_matter():
    strokes = drawing.drawings()["5"]
    moved = [[(x / 2 + 60, y / 2 - 9) for x, y in stroke] for stroke in strokes]
    assert (drawing.pixels(moved) == drawing.pixels(strokes)).all()


@pytest.mark.parametrize(
    ("strokes", "wide", "high"),
    [([[(50, 60)]], 4, 4), ([[(50, 10), (50, 200)]], 4, 8), ([[(10, 90), (200, 90)]], 8, 4), ([], 0, 0)],
    ids=["a dot", "a line down", "a dash", "nothing"],
)
def test_the_smallest_drawings_stay_what_they_are(strokes, wide, high):
    image = drawing.pixels(strokes)
    assert (image.any(axis=0).sum() <= wide, image.any(axis=1).sum() <= high) == (True, True)
    assert bool(image.any()) == bool(strokes)


def test_the_page_gets_every_weight_and_people_without_scripts_a_reading():
    made = net()
    board = drawing.board(made, 0.3, 0.4, start="7")
    html, told = board._repr_html_(), repr(board)
    chances = drawing.probabilities(made, drawing.pixels(drawing.drawings()["7"]), 0.3, 0.4)
    assert f"{chances[0]:.1%}" in told and chances.sum() == pytest.approx(1, abs=1e-6)
    assert made.training and made[2].training  # as it came
    assert html.count("data-cell=") == 64 and html.count("data-digit=") == 10 and "<script>" in html
    for word in ('"conv"', '"pool"', '"linear"', '"relu"'):
        assert word.replace('"', "&quot;") in html
    with pytest.raises(ValueError, match="start"):
        drawing.board(made, start="eleven")
    for strange in (nn.BatchNorm2d(3), nn.Conv2d(3, 3, 3, stride=2), nn.MaxPool2d(2, padding=1)):
        with pytest.raises(ValueError, match="on the page"):
            drawing.board(net(strange))


def test_pixels_become_what_totensor_makes_of_the_data():
    """0 to 16 by way of 0 to 255, as ``Digits`` has them."""
    seen = []

    class Probe(nn.Module):
        def forward(self, x):
            seen.append(x)
            return torch.zeros(1, 10)

    image = np.arange(64).reshape(8, 8) % 17
    assert drawing.probabilities(Probe(), image, 0.25, 0.5) == pytest.approx(0.1)
    wanted = (((image * 255 + 8) // 16) / 255 - 0.25) / 0.5
    assert np.allclose(seen[0].numpy()[0, 0], wanted, atol=1e-6) and tuple(seen[0].shape) == (1, 1, 8, 8)
