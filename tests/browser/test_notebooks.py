"""A student's hour in JupyterLab, in a real browser: read, run, switch the language, answer wrongly, answer rightly."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.build import banks
from autograder.exercises import load
from autograder.judging.catalogue import insight
from tests.browser.lab import SCREENSHOTS, Notebook, address_in, find_browser, shot
from tests.effort import long
from tests.repo.tree import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
]
PLACES = ("lab", "notebook7")
NOTEBOOKS = ("01_creation", "03_indexing", "04_views", "07_graph", "08_jvp", "13_classifier")
PICTURES = ".jp-OutputArea-output img, .jp-OutputArea-output svg"
ERRORS = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
LAB, NOTEBOOK7 = BOTH = [("04_views", place) for place in PLACES]


@pytest.fixture(scope="module")
def notebook(browser, served, request):
    """A notebook in one of the places, for an hour: each test does something else in it, which leaves the next its way.
    pytest brings together the tests of one page."""
    name, place = request.param
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="zh-CN")
    page.on("dialog", lambda dialog: dialog.accept())  # leaving an unsaved notebook is what we want
    try:
        yield Notebook(page, address_in(place, served.address).format(path=f"{name}/{name}.ipynb"))
    finally:
        page.screenshot(path=SCREENSHOTS / f"{name}-{place}-end.png")
        page.close()


def in_places(ordinarily, longer):
    """Gives a test the notebook that it is about; in the long run these, for each takes half a minute."""
    return pytest.mark.parametrize("notebook", longer if long() else [ordinarily], indirect=True, ids="-".join)


CJK = re.compile("[\u4e00-\u9fff]")
DIVIDER = ".jp-RenderedMarkdown [lang=en] > hr:first-child"


def visible(locator) -> int:
    return sum(one.is_visible() for one in locator.all())


def eventually(seen: Callable[[], object], wanted: object) -> None:
    """``seen() == wanted``, as soon as a page on a busy machine has drawn what the kernel sent."""
    end = time.monotonic() + 20
    while (last := seen()) != wanted and time.monotonic() < end:
        time.sleep(0.2)
    assert last == wanted


def choose(notebook: Notebook, lang: str) -> None:
    """Change the language where a student changes it: in the first code cell."""
    setup = notebook.code("from autograder.student import")
    source = re.sub(r"^lang\(.*?\)", f'lang("{lang}")', notebook.source(setup), flags=re.MULTILINE)
    notebook.type_into(setup, source)
    notebook.run(setup)


def look(notebook: Notebook, name: str, at=None) -> None:
    """A picture of the page, with this on it."""
    if at is not None and "TIDU_SCREENSHOTS" in os.environ:
        at.evaluate("element => element.scrollIntoView({block: 'center'})")
        notebook.page.wait_for_timeout(300)
    shot(notebook.page, name)


@in_places(NOTEBOOK7, [(name, place) for name in NOTEBOOKS for place in PLACES])
def test_run_all_shows_pictures_and_one_language(notebook, request):
    named = request.node.callspec.id
    notebook.run_all()
    assert notebook.panel.locator(ERRORS).all_text_contents() == []
    for lang, other in (("zh", "en"), ("en", "zh")):
        choose(notebook, lang)
        count = notebook.prose(lang).count()
        assert count > 10
        eventually(lambda lang=lang: visible(notebook.prose(lang)), count)
        eventually(lambda other=other: visible(notebook.prose(other)) + visible(notebook.panel.locator(DIVIDER)), 0)
        listed = notebook.contents()
        assert len(listed) > 10 and all(bool(CJK.search(title)) == (lang == "zh") for title in listed)
        look(notebook, f"{named}-{lang}")
    choose(notebook, "both")
    for shown in (notebook.prose("zh"), notebook.prose("en"), notebook.panel.locator(DIVIDER)):
        eventually(lambda shown=shown: visible(shown), notebook.prose("zh").count())
    assert len(notebook.contents()) == 2 * len(listed)
    look(notebook, f"{named}-both")

    pictures = [picture for picture in notebook.panel.locator(PICTURES).all() if picture.is_visible()]
    boxes = [picture.bounding_box() for picture in pictures]
    assert [box for box in boxes if box["width"] > 100 and box["height"] > 60]
    for number, picture in enumerate(pictures):
        # A picture that the page could not decode has an element and no size of its own.
        assert picture.evaluate("e => e.tagName !== 'IMG' || e.naturalWidth > 0")
        if (box := picture.bounding_box())["height"] > 60 and box["width"] > 100:
            look(notebook, f"{named}-picture-{number}", picture)


@in_places(NOTEBOOK7, BOTH)
def test_validate_says_what_is_missing(notebook, request):
    page = notebook.page
    page.get_by_role("button", name="Validate").or_(
        page.locator(".validate-button, [data-jp-item-name='validate']")
    ).first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("not answered yet").first.wait_for(timeout=120_000)
    told = dialog.text_content()
    assert "Success" not in told
    for exercise in load("04_views"):
        assert f"{exercise.id}   0 / {exercise.points}" in told
    look(notebook, f"validate-{request.node.callspec.id}")
    dialog.locator("button.jp-mod-accept").click()


@in_places(LAB, [LAB])
def test_a_wrong_answer_is_explained_and_a_right_one_earns_its_points(notebook):
    exercise = load("04_views")[0]
    bank = banks(ROOT, "04_views")[exercise.id]
    choose(notebook, "en")
    answer = notebook.code(f"def {exercise.id}(")
    check = notebook.code(f'check("{exercise.id}")')
    card = check.locator(".tidu-card")

    notebook.run(check)
    assert f"0 / {exercise.points}" in card.text_content()
    look(notebook, "card-not-answered", card)

    mistake, source = next(iter(bank.mistakes.items()))
    notebook.type_into(answer, source)
    notebook.run(answer)
    notebook.run(check)
    told = next(m for m in exercise.mistakes if m.name == mistake).message
    assert told.text("en")[:40] in card.text_content()
    assert told.text("zh")[:10] not in card.text_content()
    look(notebook, "card-wrong-en", card)

    choose(notebook, "zh")
    notebook.run(check)
    assert told.text("zh")[:10] in card.text_content()
    look(notebook, "card-wrong-zh", card)

    notebook.type_into(answer, bank.reference)
    notebook.run(answer)
    notebook.run(check)
    assert f"{exercise.points} / {exercise.points}" in card.text_content()
    look(notebook, "card-right", card)
    assert insight(exercise.id).zh[:10] in card.text_content()


@in_places(LAB, BOTH)
def test_every_cell_that_shift_enter_comes_to_is_seen(notebook):
    page = notebook.page
    choose(notebook, "en")
    cells = notebook.panel.locator(".jp-Cell")
    cells.first.click()
    page.keyboard.press("Escape")
    for number in range(12):
        active = notebook.panel.locator(".jp-Cell.jp-mod-active")
        assert active.evaluate("(e, all) => [...document.querySelectorAll('.jp-Cell')].indexOf(e)") == number
        assert active.is_visible() and active.bounding_box()["height"] > 20
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(100)
    notebook.wait()


@in_places(LAB, [LAB])
def test_a_button_gives_one_hint_after_the_other(notebook):
    exercise = load("04_views")[1]
    choose(notebook, "en")
    notebook.run(notebook.code(f"def {exercise.id}("))
    check = notebook.code(f'check("{exercise.id}")')
    notebook.run(check)
    for number, hint in enumerate(exercise.hints, 1):
        buttons, words = check.locator("summary"), hint.en.replace("`", "")[:25]
        buttons.nth(number - 1).wait_for()
        shown = [button.text_content() for button in buttons.all() if button.is_visible()]
        assert shown[-1] == f"Hint {number} of {len(exercise.hints)}" and len(shown) == number
        assert not check.get_by_text(words).first.is_visible()
        buttons.nth(number - 1).click()
        assert check.get_by_text(words).first.is_visible()
    look(notebook, "card-hints", check)


def panels(page) -> str:
    """What the menus and the side bars offer of nbgrader."""
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    page.wait_for_timeout(300)
    menu = page.locator(".lm-Menu-item").all_text_contents()
    page.keyboard.press("Escape")
    sides = page.locator(".jp-SideBar .lm-TabBar-tab").evaluate_all("tabs => tabs.map(t => t.title + t.textContent)")
    return " ".join([*menu, *sides])


@in_places(LAB, [LAB])
def test_a_student_has_no_panels_of_the_instructor(notebook):
    offered = panels(notebook.page)
    assert "Assignment List" in offered  # nbgrader is there
    (extension,) = Path(sys.prefix).glob("share/jupyter/labextensions/@jupyter/nbgrader")
    theirs = "".join(path.read_text(encoding="utf-8") for path in extension.glob("static/*.js"))
    for panel in ("Formgrader", "Create Assignment", "Course List"):
        assert panel in theirs and panel not in offered
