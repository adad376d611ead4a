"""A student's hour in JupyterLab, in a real browser: read, run, switch the language, answer wrongly, answer rightly."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from autograder.authoring.build import banks
from autograder.exercises import load
from tests.repo.tree import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser.lab import Notebook, find_browser, flags, jupyter_lab  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
]
NOTEBOOKS = ("04_views", "08_jvp")
PICTURES = ".jp-OutputArea-output img, .jp-OutputArea-output svg"
ERRORS = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
SCREENSHOTS = Path(os.environ.get("TIDU_SCREENSHOTS", ROOT / "build" / "screenshots"))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab over a copy of the course: what a student types stays out of the checkout."""
    folder = tmp_path_factory.mktemp("student") / "course"
    shutil.copytree(ROOT / "course", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with jupyter_lab(folder, tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_browser(), args=flags())
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, request):
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="zh-CN")
    page.on("dialog", lambda dialog: dialog.accept())  # leaving an unsaved notebook is what we want
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    yield page
    page.screenshot(path=SCREENSHOTS / f"{request.node.name.replace('[', '-').rstrip(']')}-end.png")
    page.close()


def visible(locator) -> int:
    return sum(one.is_visible() for one in locator.all())


def choose(notebook: Notebook, lang: str) -> None:
    """Change the language where a student changes it: in the first code cell."""
    setup = notebook.code("from autograder.student import")
    source = re.sub(r"^lang\(.*?\)", f'lang("{lang}")', notebook.source(setup), flags=re.MULTILINE)
    notebook.type_into(setup, source)
    notebook.run(setup)


def shot(notebook: Notebook, name: str, at=None) -> None:
    if at is not None:
        at.evaluate("element => element.scrollIntoView({block: 'center'})")
        notebook.page.wait_for_timeout(300)
    notebook.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_shows_pictures_and_one_language(address, page, name):
    notebook = Notebook(page, address.format(path=f"{name}/{name}.ipynb"))
    notebook.run_all()
    assert notebook.panel.locator(ERRORS).all_text_contents() == []
    for lang, other in (("zh", "en"), ("en", "zh")):
        choose(notebook, lang)
        assert visible(notebook.prose(lang)) == notebook.prose(lang).count() > 10
        assert visible(notebook.prose(other)) == 0
        shot(notebook, f"{name}-{lang}")
    choose(notebook, "both")
    assert visible(notebook.prose("zh")) == visible(notebook.prose("en")) == notebook.prose("zh").count()

    pictures = [picture for picture in notebook.panel.locator(PICTURES).all() if picture.is_visible()]
    boxes = [picture.bounding_box() for picture in pictures]
    assert [box for box in boxes if box["width"] > 100 and box["height"] > 60]
    for number, picture in enumerate(pictures):
        # A picture that the page could not decode has an element and no size of its own.
        assert picture.evaluate("e => e.tagName !== 'IMG' || e.naturalWidth > 0")
        if (box := picture.bounding_box())["height"] > 60 and box["width"] > 100:
            shot(notebook, f"{name}-picture-{number}", picture)


def test_a_wrong_answer_is_explained_and_a_right_one_earns_its_points(address, page):
    exercise = load("04_views")[0]
    bank = banks(ROOT, "04_views")[exercise.id]
    notebook = Notebook(page, address.format(path="04_views/04_views.ipynb"))
    notebook.run_all()
    choose(notebook, "en")
    answer = notebook.code(f"def {exercise.id}(")
    check = notebook.code(f'check("{exercise.id}")')
    card = check.locator(".tidu-card")

    assert f"0 / {exercise.points}" in card.text_content()
    shot(notebook, "card-not-answered", card)

    mistake, source = next(iter(bank.mistakes.items()))
    notebook.type_into(answer, source)
    notebook.run(answer)
    notebook.run(check)
    told = next(m for m in exercise.mistakes if m.name == mistake).message
    assert told.text("en")[:40] in card.text_content()
    assert told.text("zh")[:10] not in card.text_content()
    shot(notebook, "card-wrong-en", card)

    choose(notebook, "zh")
    notebook.run(check)
    assert told.text("zh")[:10] in card.text_content()
    shot(notebook, "card-wrong-zh", card)

    notebook.type_into(answer, bank.reference)
    notebook.run(answer)
    notebook.run(check)
    assert f"{exercise.points} / {exercise.points}" in card.text_content()
    shot(notebook, "card-right", card)
