"""The pictures under a real mouse: in JupyterLab and its dark theme, in a page of nbconvert, without scripts."""

from __future__ import annotations

import re
from contextlib import contextmanager

import nbformat
import pytest
from nbconvert import HTMLExporter

import tidu
from tests.browser.lab import Notebook, find_browser, shot
from tests.repo.tree import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
]
SETUP = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "lib")!r}]
import tidu as torch
from autograder.student import pictures
from tidu.viz import make_dot, step
x = torch.arange(10, 22).reshape(3, 4)
leaf = torch.ones(2, 2, requires_grad=True)
y = leaf + 2
out = (y * y * 3).mean()
"""
CELLS = (
    'pictures.memory(x, {"x": x, "x.t()": x.t(), "x[:, 1::2]": x[:, 1::2]})',
    "pictures.strides()",
    "pictures.indexing()",
    'pictures.products([[-1.0, 2.0, 0.0], [0.0, 1.0, 0.5]], rows=["y0", "y1"], columns=["x0", "x1", "x2"])',
    "pictures.heatmap([[-1.0, 2.0, 0.0], [0.0, 1.0, 0.5]], row=1, column=2)",
    'step(out, {"x": leaf, "y": y})',
    'make_dot(out, params={"x": leaf}, values=True)',
    'pictures.loglog({"t()": ([1, 1e6], [2e-6, 3e-6]), "求和 sum": ([1, 1e6], [1e-6, 0.1])}, "行数", "秒")',
)
#: The least contrast of the words in a picture, measured as the page paints them.
CONTRAST = """(root) => {
    const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
    const paint = (...layers) => {
        for (const layer of layers) { pen.fillStyle = layer; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    let paper = root;
    while (paper && getComputedStyle(paper).backgroundColor === 'rgba(0, 0, 0, 0)') paper = paper.parentElement;
    paper = paper ? getComputedStyle(paper).backgroundColor : 'white';
    let least = 99;
    for (const text of root.querySelectorAll('svg text')) {
        const at = text.getBoundingClientRect(), x = at.x + at.width / 2, y = at.y + at.height / 2;
        const under = [...text.ownerSVGElement.querySelectorAll('rect')].filter((rect) => {
            const r = rect.getBoundingClientRect();
            return r.left < x && x < r.right && r.top < y && y < r.bottom;
        }).map(rect => getComputedStyle(rect).fill).filter(fill => fill !== 'none');
        const ground = [paper, ...under];
        const style = getComputedStyle(text), opacity = Number(style.fillOpacity);
        pen.globalAlpha = 1;
        const below = light(paint(...ground));
        pen.globalAlpha = opacity;
        const above = light(paint(style.fill));
        pen.globalAlpha = 1;
        const [a, b] = [below, above].sort((p, q) => p - q);
        least = Math.min(least, (b + .05) / (a + .05));
    }
    return least;
}"""


@pytest.fixture(scope="module")
def notebook_file(served):
    """A notebook that nobody has run, beside the same one with its outputs, which no Jupyter here has signed."""
    folder = served.folder / "pictures"
    folder.mkdir()
    # Without the name of a kernel, JupyterLab asks for one.
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "fresh.ipynb")
    names: dict = {}
    exec(SETUP, names)
    for number, source in enumerate(CELLS):
        bundle = eval(source, names)._repr_mimebundle_()
        cells[number + 1].outputs = [nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)]
        cells[number + 1].execution_count = 1
    with_outputs = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(with_outputs, folder / "unsigned.ipynb")
    page, _ = HTMLExporter().from_notebook_node(with_outputs)
    (folder / "page.html").write_text(page, encoding="utf-8")
    return folder


@contextmanager
def opened(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


@pytest.fixture(scope="module", params=["JupyterLab", "a page of nbconvert"])
def shown(request, browser, served, notebook_file):
    """The pictures on a page: outputs of cells just run, or a file with no server behind it and no network. Each test
    has a picture of its own."""
    with opened(browser) as page:
        if request.param == "JupyterLab":
            notebook = Notebook(page, served.address.format(path="pictures/fresh.ipynb"))
            notebook.run_all()
            yield notebook.panel
        else:
            page.context.set_offline(True)
            page.goto((notebook_file / "page.html").as_uri())
            yield page.locator("body")


@pytest.fixture
def page(shown):
    return shown.page


def centre(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def slide(page, slider, share):
    """Drag a slider's knob to a share of its way."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    knob = 16  # its width, which the knob's middle does not leave
    way = box["width"] - knob
    low, high, now = (float(slider.evaluate(f"e => e.{name}")) for name in ("min", "max", "value"))
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + knob / 2 + way * (now - low) / (high - low), y)
    page.mouse.down()
    page.mouse.move(box["x"] + knob / 2 + way * share, y, steps=8)
    page.mouse.up()


def test_strides_under_the_mouse(shown, page):
    root = shown.locator(".tidu-strides")
    formula, code = root.locator(".formula"), root.locator(".code")
    assert "(2, 3): offset + i·s0 + j·s1 = 0 + 2·4 + 3·1 = 11" in re.sub(r"\s+", " ", formula.text_content())

    root.locator("button", has_text="x.t()").click()
    assert code.text_content() == "x.as_strided((4, 3), (1, 4), 0)"
    page.mouse.move(*centre(root.locator(".cell[data-i='1'][data-j='2']")))
    assert "= 0 + 1·1 + 2·4 = 9" in formula.text_content() and formula.text_content().endswith("9: 19")
    arrows = root.locator(".over path.a")
    assert arrows.count() == 1 + 2  # one step along dimension 0, two along dimension 1

    root.locator("button", has_text="x[:, 1::2]").click()
    page.mouse.move(*centre(root.locator(".cell[data-i='2'][data-j='0']")))
    assert "= 1 + 2·4 + 0·2 = 9" in formula.text_content()

    root.locator("button", has_text="expand").click()
    page.mouse.move(*centre(root.locator(".cell[data-i='2'][data-j='1']")))
    assert "= 4 + 2·0 + 1·1 = 5" in formula.text_content()

    root.locator("button", has_text="x.view(4, 3)").click()
    sliders = root.locator("input[type=range]")
    slide(page, sliders.nth(4), 1)  # the offset, to its end
    assert code.text_content() == "x.as_strided((4, 3), (3, 1), 11)"
    assert "outside the memory" in formula.text_content()
    slide(page, sliders.nth(4), 0)
    slide(page, sliders.nth(2), 0)  # stride 0
    assert code.text_content() == "x.as_strided((4, 3), (0, 1), 0)"
    slide(page, sliders.nth(0), 0)  # one row
    assert root.locator(".cell").count() == 3


EXPRESSIONS = (
    "x[1]", "x[1:2]", "x[-2:, ::3]", "x[5:]", "x[:, -1]", "x[..., None]", "x[None, 1, ::2]", "x[-100:2, 3]", "x[2, 0]",
    "x[[2, 0]]", "x[:, [3, 3, 0]]", "x[[0, 1], [1, -1]]", "x[[[0], [2]], [1, 3]]", "x[[0, 1], None, [1, 2]]",
    "x[None, [2], 1]", "x[x % 7 < 3]", "x[x > 99]",
)  # fmt: skip


def test_an_index_expression_is_read_as_the_library_reads_it(shown, page):
    root = shown.locator(".tidu-indexing")
    box, say = root.locator("input[type=text]"), root.locator(".say")
    x = tidu.arange(10, 22).reshape(3, 4)
    for expression in EXPRESSIONS:
        box.fill(expression)
        taken = eval(expression, {"x": x})
        kind = "view" if taken.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() else "copy"
        assert say.text_content().startswith(f"{kind}: shape {tuple(taken.shape)}"), expression
        if kind == "view" and taken.numel():
            where = f"stride {taken.stride()}, offset {taken.storage_offset()}"
            assert say.text_content().endswith(where), expression
        values = [text.text_content() for text in root.locator("svg text.m:not(.s)").all()]
        assert values[24:] == [str(value) for value in taken.reshape(-1).tolist()], expression
    for wrong, told in (("x[3]", "out of range"), ("x[0, 0, 0]", "too many"), ("x[::-1]", "step"), ("x[y]", "Cannot")):
        box.fill(wrong)
        assert told in say.text_content()
    root.locator("button", has_text="x[1:2]").click()
    assert box.input_value() == "x[1:2]" and say.text_content() == "view: shape (1, 4), stride (4, 1), offset 4"
    box.press("End")
    page.keyboard.type("xb")  # which would cut a cell and add one, were the box not what the keys are for
    assert box.input_value() == "x[1:2]xb"


def test_products_under_the_mouse(shown, page):
    root = shown.locator(".tidu-products")
    vj, jt = root.locator(".say.o1"), root.locator(".say.o0")
    assert vj.text_content() == "vᵀJ[x0] = 1·(−1) + (−0.5)·0 = −1"
    knob = root.locator("[data-weight=v][data-index='1']")
    track = knob.locator("path").bounding_box()
    knob.scroll_into_view_if_needed()
    page.mouse.move(*centre(knob.locator("circle")))
    page.mouse.down()
    track = knob.locator("path").bounding_box()
    page.mouse.move(track["x"] + track["width"], track["y"], steps=6)  # to the end of its way, which is 2
    page.mouse.up()
    assert knob.locator("text").text_content() == "2" and knob.get_attribute("aria-valuenow") == "2"
    page.mouse.move(*centre(root.locator("[data-result=vj][data-index='1']")))
    assert vj.text_content() == "vᵀJ[x1] = 1·2 + 2·1 = 4"
    assert root.locator("[data-result=vj] text").all_text_contents() == ["−1", "4", "1"]
    assert root.locator("[data-result=jt] text").all_text_contents() == ["1.5", "0.5"]  # v has no part in J t
    root.locator("button", has_text="t = e(x2)").click()
    assert root.locator("[data-result=jt] text").all_text_contents() == ["0", "0.5"]  # column 2
    page.mouse.move(*centre(root.locator("[data-result=jt][data-index='1']")))
    assert jt.text_content() == "J t[y1] = 0·0 + 1·0 + 0.5·1 = 0.5"
    root.locator("[data-weight=t][data-index='0']").focus()
    page.keyboard.press("ArrowRight")
    assert root.locator("[data-weight=t][data-index='0'] text").text_content() == "0.1"


def test_backward_is_stepped_through(shown, page):
    root = shown.locator(".tidu-step")
    back, ahead, slider = root.locator("button").first, root.locator("button").last, root.locator("input")
    gradients = root.locator("text[data-at]")
    seen = lambda: [text.text_content() for text in gradients.all() if text.is_visible()]  # noqa: E731
    said = lambda: root.locator("p[lang=en]").text_content()  # noqa: E731
    assert seen() == [] and back.is_disabled() and "Press ▶" in said()
    assert not root.locator("xpath=following-sibling::img").first.is_visible()
    ahead.click()
    assert seen() == ["↑ 1"] and said() == "Start at out with the gradient 1."
    ahead.click()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert said() == "MulBackward0 #1 receives (2, 2) ≡ 0.25, sends (2, 2) ≡ 0.75 → MulBackward0 #2."
    assert set(seen()) == {"↑ 1", "↑ (2, 2) ≡ 0.25", "↑ (2, 2) ≡ 0.75"}
    page.keyboard.press("ArrowRight")
    assert "(2, 2) ≡ 2.25 + (2, 2) ≡ 2.25 = (2, 2) ≡ 4.5" in seen()
    assert root.locator("rect.now").count() == 1 and root.locator("output").text_content() == "4 / 6"
    page.keyboard.press("End")
    assert said().startswith("The leaf x receives") and ahead.is_disabled() and ".grad = (2, 2) ≡ 4.5" in seen()
    back.click()
    assert root.locator("output").text_content() == "5 / 6" and ".grad = (2, 2) ≡ 4.5" not in seen()
    page.emulate_media(media="print")  # where nothing can be moved
    strip = root.locator("xpath=following-sibling::img").first
    assert strip.is_visible() and not root.is_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("shown", ["JupyterLab"], indirect=True)
def test_words_can_be_read_in_either_theme(shown, page):
    for theme in ("Dark", "Light"):
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Theme$")).click()
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^JupyterLab {theme}$")).click()
        page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(theme == 'Light').lower()}'")
        page.wait_for_timeout(500)
        outputs = shown.locator(".jp-OutputArea-output")
        assert outputs.count() == len(CELLS)
        for number, output in enumerate(outputs.all()):
            output.scroll_into_view_if_needed()
            assert output.locator("svg text").count() > 3
            assert output.evaluate(CONTRAST) >= 4.5, (theme, CELLS[number])
            assert output.evaluate("e => e.scrollWidth <= e.clientWidth"), CELLS[number]
            shot(output, f"picture-{number}-{theme.lower()}")


def test_without_scripts_the_drawings_stand(browser, notebook_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((notebook_file / "page.html").as_uri())
    for name, count in (("strides", 12), ("products", 0)):
        root = page.locator(f".tidu-{name}")
        assert root.locator("svg").is_visible() and not root.locator(".lead").is_visible()
        assert root.locator("svg rect").count() > count and root.locator("input, button").count() == 0
    assert not page.locator("img[src^='data:image/svg']").first.is_visible()
    root = page.locator(".tidu-step")  # of this one, all steps stand in a strip
    assert not root.is_visible() and root.locator("xpath=following-sibling::img").first.is_visible()
    context.close()


@pytest.fixture
def untrusted(browser, served, notebook_file):
    with opened(browser) as page:
        yield Notebook(page, served.address.format(path="pictures/unsigned.ipynb"))


def test_an_untrusted_notebook_shows_the_drawings_as_images(untrusted):
    outputs = untrusted.panel.locator(".jp-OutputArea-output")
    assert outputs.count() == len(CELLS)
    assert outputs.locator("svg, script").count() == 0
    for output in outputs.all():
        output.scroll_into_view_if_needed()
        image = output.locator("img")
        assert image.is_visible() and image.evaluate("e => e.complete && e.naturalWidth > 100")
        assert image.get_attribute("alt")
        assert output.evaluate("e => e.innerText.trim()") == ""  # no words of the drawing lie about
