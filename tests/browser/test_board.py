"""The board under a real mouse: what is drawn is seen and read on the page as Python sees and reads it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tidu as torch
from autograder.student import drawing
from tests.browser.lab import find_browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
]
nn = torch.nn
MEAN, STD = 0.305, 0.376


@pytest.fixture(scope="module")
def net():
    """A LeNet with weights as they are made: how it reads does not matter here, but that two readings agree."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(6, 16, (3, 2), padding=(1, 0)), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 20, bias=False), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 10),
    )  # fmt: skip


def test_two_drawings_and_each_is_read_as_python_reads_it(net, browser, tmp_path, monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")
    drawing.board(net, MEAN, STD).save(str(tmp_path / "board.html"))
    page = browser.new_page(viewport={"width": 620, "height": 420})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "board.html").as_uri())
    root, said = page.locator(".tidu-board"), page.locator(".tidu-board .say")

    def agrees():
        state = {name: json.loads(root.get_attribute(f"data-{name}")) for name in ("strokes", "image", "chances")}
        image = drawing.pixels(state["strokes"])
        chances = drawing.probabilities(net, image, MEAN, STD)
        assert image.ravel().tolist() == state["image"]
        assert np.abs(chances - state["chances"]).max() < 1e-5
        assert (
            said.text_content() == f"The net reads {chances.argmax()} ({100 * state['chances'][chances.argmax()]:.1f}%)"
        )
        return state["strokes"]

    assert agrees() == drawing.drawings()["3"]  # what stands there first
    pad = page.locator(".tidu-board .pad")
    for name in ("1", "7", "0"):
        page.get_by_role("button", name="clear").press("Enter")
        assert said.text_content() == "Nothing is drawn yet."
        box = pad.bounding_box()
        scale = box["width"] / 224
        for (x, y), *rest in drawing.drawings()[name]:
            page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
            page.mouse.down()
            for x, y in rest:
                page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
            page.mouse.up()
        page.wait_for_timeout(100)
        strokes = agrees()
        assert len(strokes) == len(drawing.drawings()[name])
        drawn, saved = np.array(strokes[0][0]), np.array(drawing.drawings()[name][0][0])
        assert np.abs(drawn - saved).max() < 1.5  # it is where the mouse was
    page.get_by_role("button", name="another saved one").press("Enter")
    assert agrees() == drawing.drawings()["0"]
    box = pad.bounding_box()
    page.mouse.click(box["x"] + 50, box["y"] + 50)  # a dot, and the saved drawing makes room for it
    page.wait_for_timeout(100)
    assert [len(stroke) for stroke in agrees()] == [1]
    assert errors == []
