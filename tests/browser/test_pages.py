"""Feedback and report in a real browser: nothing clipped, wide or narrow, light or dark; sorted, searched, switched."""

from __future__ import annotations

import re

import pytest

from autograder.classroom import report as reports
from autograder.classroom.feedback import page as feedback
from autograder.classroom.folder import Classroom
from tests.autograder.test_pages import NAME, RIGHT, mistaken, record  # noqa: F401  (mistaken is a fixture)
from tests.browser.lab import find_browser, shot

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
]
#: What sticks out of the page, or is wider than the box it is in.
CLIPPED = """() => [document.documentElement, ...document.querySelectorAll('main *')]
    .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
    .map(e => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`)"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory, mistaken):  # noqa: F811
    folder = tmp_path_factory.mktemp("pages")
    right = record("ann", RIGHT, name="安娜")
    crowd = [mistaken, right, *(record(f"s{i}-with-a-rather-long-name@example.org", {}) for i in range(5))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "records", lambda room, name: iter(crowd))
        patch.setattr(reports, "people", lambda room: {"zoe": "Zoe Zhu"})
        (folder / "report.html").write_text(reports.report(Classroom(folder), [NAME]), encoding="utf-8")
    (folder / "feedback.html").write_text(feedback(mistaken), encoding="utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width"), [("report", 1100), ("feedback", 390), ("feedback", 1240), ("feedback", 1400)]
)
def test_nothing_is_clipped(browser, pages, name, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((pages / f"{name}.html").as_uri())
    for lang in ("zh", "en"):
        page.locator(f"label[lang={lang}]").click()
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(CLIPPED) == []
        shot(page, f"{name}-{width}-{scheme}-{lang}", full_page=True)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 200) == (scheme == "dark")
    page.close()


def test_what_stands_in_white_on_a_colour_is_printed_with_its_colour(browser, pages):
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.goto((pages / "report.html").as_uri())
    page.emulate_media(media="print")
    lost = """() => [...document.querySelectorAll('main *')].filter(e => e.getClientRects().length && !e.closest('svg')
        && getComputedStyle(e).color === 'rgb(255, 255, 255)' && getComputedStyle(e).printColorAdjust !== 'exact')
        .map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(lost) == []
    page.close()


#: In how many lines the words of these are set.
LINES = """those => [...document.querySelectorAll(those)].filter(e => e.getClientRects().length).map(e => {
    const words = document.createRange();
    words.selectNodeContents(e);
    return [e.textContent, new Set([...words.getClientRects()].map(box => Math.round(box.bottom / 8))).size]; })"""


def test_totals_and_statuses_stay_whole_on_a_telephone(browser, pages):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.goto((pages / "report.html").as_uri())
    sizes = "those => [...document.querySelectorAll(those)].map(e => e.getBoundingClientRect().height)"
    assert min(page.evaluate(sizes, ".stacked code, .stacked i, svg text")) >= 10  # as large as can be read
    for lang in ("zh", "en"):
        page.locator(f"label[lang={lang}]").click()
        for those in (
            "td.number b",
            f".sorted :is(.tag, td) > span[lang={lang}]",
            f".sorted th button > span[lang={lang}]",
        ):
            lines = page.evaluate(LINES, f"#t-{NAME} {those}" if those.startswith("td") else those)
            assert lines and [words for words, count in lines if count != 1] == [], those
    assert page.evaluate("document.documentElement.scrollWidth") == 420  # the table is moved in its own frame
    page.close()


def test_the_list_of_exercises_stays_beside_the_answers_where_there_is_room(browser, pages):
    at = "document.querySelector('aside').getBoundingClientRect()"
    for width, beside in ((1400, True), (1100, False)):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto((pages / "feedback.html").as_uri())
        page.evaluate("document.querySelector('article:last-of-type').scrollIntoView()")
        box = page.evaluate(f"[{at}.top, {at}.right]")
        assert (box[0] >= 0 and box[1] < width / 2) == beside
        page.close()


def test_the_language_is_switched_and_rows_are_sorted_and_found(browser, pages):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto((pages / "report.html").as_uri())
    page.locator("label[lang=en]").click()
    assert page.locator("h1").inner_text() == "Class report"
    page.locator("label[lang=zh]").click()
    assert page.locator("h1").inner_text() == "班级报告"
    rows = page.locator(f"table#t-{NAME} tbody tr")
    totals = f"[...document.querySelectorAll('#t-{NAME} tbody td.number')].map(cell => parseFloat(cell.dataset.value))"
    page.get_by_role("button", name="总分").click()
    assert page.evaluate(totals) == sorted(page.evaluate(totals))
    page.get_by_role("button", name="总分").click()
    assert page.evaluate(totals) == sorted(page.evaluate(totals), reverse=True)
    page.locator("input[type=search]").fill("安娜")
    assert rows.filter(visible=True).count() == 1 and "安娜" in rows.filter(visible=True).inner_text()
    page.close()
