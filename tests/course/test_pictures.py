"""The pictures as text: what stands in them, in whose language, and that they leave the page as it is."""

from __future__ import annotations

import importlib
import math
import re
import warnings
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

import tidu
from autograder.student import pictures

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(params=["tidu", "torch"])
def torch(request):
    if request.param == "torch":
        return pytest.importorskip("torch", reason="PyTorch is not installed")
    return importlib.import_module("tidu")


def drawn(picture):
    return ElementTree.fromstring(picture._repr_svg_())


def words(picture):
    return [text.text for text in drawn(picture).iter(f"{SVG}text")]


def of_class(picture, cls, tag="rect"):
    return [element for element in drawn(picture).iter(SVG + tag) if cls in element.get("class", "").split()]


def x():
    return tidu.arange(10, 22).reshape(3, 4)


def _memory():
    base = x()
    return pictures.memory(base, {"x": base, "x.t()": base.t(), "x[:, 1::2]": base[:, 1::2]})


PICTURES = {
    "memory": _memory,
    "heatmap": lambda: pictures.heatmap(np.arange(24.0).reshape(2, 2, 3, 2) - 10, row=0, column=1),
    "large": lambda: pictures.heatmap(np.sin(np.arange(30 * 30)).reshape(30, 30)),
    "strides": pictures.strides,
    "picks": lambda: pictures.picks(x(), {"x[1:, ::2]": x()[1:, ::2], "x[[2, 0]]": x()[[2, 0]]}),
    "indexing": pictures.indexing,
    "histogram": lambda: pictures.histogram({"a": [0.1, 0.2, 0.9], "求和": tidu.linspace(-1, 1, 50)}, -1, 1),
    "tensor": lambda: pictures.tensor(x(), [["a", "b", "c"], None]),
    "sheets": lambda: pictures.tensor(tidu.arange(24).reshape(2, 3, 4)),
    "image": lambda: pictures.image(tidu.arange(0, 255, 8)[:30].reshape(3, 2, 5)),
    "line": lambda: pictures.line({"arange": tidu.arange(0, 1, 0.25), "linspace": tidu.linspace(0, 1, 5)}, 0, 1),
    "products": lambda: pictures.products([[1.0, -2.0, 0.0], [0.0, 0.5, 3.0]]),
    "loglog": lambda: pictures.loglog({"t()": ([1, 1e6], [2e-6, 3e-6]), "求和": ([1, 1e6], [1e-6, 0.1])}, "行数", "秒"),
}


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_small_whole_and_told_in_words(name, lang, monkeypatch):
    monkeypatch.setenv("TIDU_LANG", lang)
    picture = PICTURES[name]()
    bundle = picture._repr_mimebundle_()
    assert bundle["text/plain"] == repr(picture)
    chinese = any("一" <= c <= "鿿" for c in repr(picture) if c not in "行数秒求和")
    assert chinese == (lang != "en")
    assert len(bundle["text/html"].encode()) < 60_000
    root = drawn(picture)
    assert root.get("role") == "img" and root.get("aria-label").split() == repr(picture).split()
    assert {"width", "height", "viewBox"} <= set(root.keys()) and "max-width:100%" in bundle["text/html"]
    assert list(root.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_without_styles_shows_the_picture_as_an_image_and_nothing_else(name):
    """JupyterLab drops <style> and inline SVG of a notebook that it does not trust, and keeps the words in it."""
    html = PICTURES[name]()._repr_html_()
    kept = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    inline, image = re.fullmatch(
        r'<div class="tidu-live" hidden="hidden">(.*)</div>(<img [^>]*>)', kept, re.DOTALL
    ).groups()
    assert "<svg" in inline
    encoded = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', image)[1]
    assert ElementTree.fromstring(b64decode(encoded)).tag == f"{SVG}svg"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_leaves_the_page_alone(name):
    """No names that another picture may have too, nothing from elsewhere, and no style for what is not its own."""
    html = PICTURES[name]()._repr_html_()
    outside = re.sub(r'src="data:[^"]*"', "", html)
    assert not re.findall(
        r'\b(?:src|xlink:href)="|url\(|@import|https?:', outside.replace("http://www.w3.org/2000/svg", "")
    )
    ids = re.findall(r'\sid="([^"]+)"', outside)
    assert all(re.fullmatch(r"m[0-9a-f]{10}", name) for name in ids)  # matplotlib's markers, named by what they are
    for sheet in re.findall(r"<style>(.*?)</style>", outside, re.DOTALL):
        for selector in re.findall(r"(?:^|})([^{}@]+){", sheet):
            assert selector.lstrip().startswith(".tidu-"), selector


@pytest.mark.parametrize("name", PICTURES)
def test_drawing_twice_gives_the_same_bytes(name):
    assert PICTURES[name]()._repr_html_() == PICTURES[name]()._repr_html_()


def test_a_picture_is_written_to_a_file(tmp_path):
    picture = pictures.heatmap([[1.0, 2.0]])
    for ending in ("svg", "html"):
        picture.save(str(tmp_path / f"x.{ending}"))
        assert "<svg" in (tmp_path / f"x.{ending}").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"end in \.svg or \.html, got 'x\.png'"):
        picture.save("x.png")


BAD = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def test_what_comes_from_outside_is_escaped():
    base = x()
    shown = [
        pictures.memory(base, {BAD: base}),
        pictures.heatmap([[1.0]], rows=[BAD], columns=[BAD]),
        pictures.products([[1.0]], rows=[BAD], columns=[BAD]),
        pictures.strides((1, 2), values=[BAD, 1]),
        pictures.picks(base, {BAD: base[0]}),
        pictures.loglog({BAD: ([1, 2], [1, 2])}, BAD, BAD),
        pictures.tensor(tidu.ones(1), [[BAD]]),
        pictures.line({BAD: tidu.ones(1)}, 0, 1),
        pictures.histogram({BAD: [1.0]}, 0, 2),
    ]
    for picture in shown:
        html = picture._repr_html_()
        assert "<script>alert" not in html and "<img src=x" not in html
        assert BAD in repr(picture)
        ElementTree.fromstring(picture._repr_svg_())


class TestMemory:
    def test_shows_every_cell_once_and_each_view(self, torch):
        base = torch.arange(10, 22).reshape(3, 4)
        picture = pictures.memory(base, {"x": base, "x.t()": base.t(), "odd": base[:, 1::2]})
        shown = words(picture)
        assert shown.count("21") == 1 + 3  # in memory and in each of the three views
        assert {"shape (3, 2)", "stride (4, 2)", "offset 1", "stride (1, 4)"} <= set(shown)
        assert "odd: shape (3, 2), stride (4, 2), offset 1; cells 1 3 5 7 9 11" in repr(picture)
        assert "memory of 12 cells, 0 to 11, with the values 10 11 12" in repr(picture)

    def test_a_colour_is_a_view(self):
        base = x()
        picture = pictures.memory(base, {"x": base, "odd": base[:, 1::2]})
        assert len(of_class(picture, "t0")) == 12 and len(of_class(picture, "t1")) == 6
        bars = [float(bar.get("x")) // 36 for bar in of_class(picture, "f1") if bar.get("height") == "11"]
        assert bars == [1, 3, 5, 7, 9, 11]

    def test_arrows_are_one_step_along_each_dimension(self):
        base = x()
        shown = words(pictures.memory(base, {"odd": base[:, 1::2]}))
        assert "dim 0: +4" in shown and "dim 1: +2" in shown
        arrows = [path.get("d") for path in of_class(pictures.memory(base, {"odd": base[:, 1::2]}), "a", "path")]
        ends = [tuple(float(n) for n in re.findall(r"-?[\d.]+", d)) for d in arrows]
        assert [(end[0] // 36, end[-2] // 36) for end in ends] == [(1, 5), (1, 3)]

    def test_vectors_scalars_and_expanded_views(self, torch):
        row = torch.tensor([7, 8, 9])
        shown = words(pictures.memory(row, {"row": row, "wide": row.expand(4, 3), "one": row[1]}))
        assert shown.count("7") == 1 + 1 + 4 and shown.count("8") == 1 + 1 + 4 + 1
        assert "dim 0: +0" in shown

    def test_a_view_without_elements(self):
        base = x()
        assert "(no elements)" in words(pictures.memory(base, {"none": base[3:]}))

    def test_a_memory_that_begins_later(self, torch):
        base = torch.arange(10, 22)[4:].reshape(2, 4)
        assert "x: shape (2, 4), stride (4, 1); cells 0 1 2 3 4 5 6 7" in repr(pictures.memory(base))

    @pytest.mark.parametrize(
        ("views", "message"),
        [
            ({"x": tidu.zeros(2, 3, 4)}, r"at most 2 dimensions.*\(2, 3, 4\)"),
            ({"far": tidu.arange(20)[15:]}, "'far' is no view of base: it reads cell 15 of 12"),
        ],
    )
    def test_what_cannot_be_drawn_says_so(self, views, message):
        with pytest.raises(ValueError, match=message):
            pictures.memory(x(), views)
        with pytest.raises(ValueError, match="at most 64 elements to be drawn, got 65"):
            pictures.memory(tidu.arange(65))


class TestPicks:
    def test_a_view_shows_its_steps_and_a_copy_the_order(self, torch):
        base = torch.arange(10, 22).reshape(3, 4)
        picture = pictures.picks(base, {"view": base[1:, ::2], "copy": base[[2, 0]], "mask": base[base % 7 < 3]})
        told = repr(picture).splitlines()[1:]
        assert told == [
            "view: view: shape (2, 2), stride (4, 2), offset 4; cells 4 6 8 10",
            "copy: copy: shape (2, 4); cells 8 9 10 11 0 1 2 3",
            "mask: copy: shape (4,); cells 4 5 6 11",
        ]
        assert len(of_class(picture, "t0")) == 4 + 4 and len(of_class(picture, "t1")) == 8 + 8
        assert len(of_class(picture, "d")) == 8 + 4  # the copies' own memory
        assert "dim 0: +4" in words(picture) and words(picture).count("order") == 2

    def test_one_cell_may_be_read_often_or_none_at_all(self):
        base = x()
        picture = pictures.picks(base, {"twice": base[[0, 0]][:, :1].clone(), "none": base[5:]})
        assert "0,1" in words(picture) and "(no elements)" in words(picture)

    @pytest.mark.parametrize(
        ("base", "taken", "message"),
        [
            (tidu.zeros(3), tidu.zeros(3), "must all differ"),
            (tidu.arange(3), tidu.arange(9), "'y' holds 3, which is no element of base"),
            (tidu.arange(3), tidu.zeros(1, 1, 1, dtype=tidu.int64), "at most 2 dimensions"),
            (tidu.arange(65), tidu.arange(3), "at most 64 elements"),
        ],
    )
    def test_what_cannot_be_drawn_says_so(self, base, taken, message):
        with pytest.raises(ValueError, match=message):
            pictures.picks(base, {"y": taken})

    def test_what_there_is_to_play_with_has_two_dimensions(self):
        assert "x[1:, ::2]: view: shape (1, 3), stride (5, 2), offset 5" in repr(pictures.indexing((2, 5)))
        with pytest.raises(ValueError, match="two lengths from 2 to 6"):
            pictures.indexing((3,))


class TestHeatmap:
    def test_has_its_numbers_and_names(self):
        picture = pictures.heatmap([[1.0, -2.0], [0.0, 0.004]], ["y0", "y1"], ["x0", "x1"], row=0, column=1)
        shown = words(picture)
        assert {"1.00", "−2.00", "0.00", "0.004", "y0", "y1", "x0", "x1", "row y0", "column x1"} <= set(shown)
        assert "2 rows and 2 columns" in repr(picture)
        outlines = of_class(picture, "a")
        assert [("d" in o.get("class").split()) for o in outlines] == [False, True]  # the row solid, the column dashed

    def test_has_a_scale_and_borders_on_zeros(self):
        picture = pictures.heatmap([[0.0, -2.0]])
        assert {"−2.00", "0", "2.00"} <= set(words(picture))
        assert len(of_class(picture, "c", "rect")) == 9  # the scale
        borders = of_class(picture, "c", "path")
        assert len(borders) == 1 and borders[0].get("d").count("M") == 2 + 3
        surfaces = [path.get("fill") for path in drawn(picture).iter(f"{SVG}path") if path.get("fill")]
        assert surfaces == ["rgba(0,114,178,0.42)"]  # the largest, negative; zero has none

    def test_a_jacobian_of_four_dimensions_is_flattened(self, torch):
        values = torch.arange(24.0).reshape(2, 2, 3, 2)
        shown = words(pictures.heatmap(values))
        assert shown.count("(0, 0)") == 2 and shown.count("(2, 1)") == 1  # rows end at (1, 1), columns at (2, 1)
        assert "(1, 1): 18.00 19.00 20.00 21.00 22.00 23.00" in repr(pictures.heatmap(values))

    @pytest.mark.parametrize(
        "matrix", [np.zeros((2, 2)), tidu.eye(3), tidu.eye(2, requires_grad=True), [[math.inf, 1]]]
    )
    def test_of_other_things(self, matrix):
        assert words(pictures.heatmap(matrix))

    def test_a_large_one_has_colours_alone(self):
        assert "0.84" not in words(pictures.heatmap(np.sin(np.arange(400.0)).reshape(20, 20)))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (dict(matrix=[1.0, 2.0, 3.0]), r"2 dimensions \(or 4, to be flattened\).*got shape \(3,\)"),
            (dict(matrix=np.zeros((0, 3))), r"no length 0, got shape \(0,\)"),
            (dict(matrix=np.zeros((40, 3))), r"at most 32 rows and columns.*\(40, 3\)"),
            (dict(matrix=[[1.0]], row=1), "row must be from 0 to 0, got 1"),
            (dict(matrix=[[1.0]], columns=["a", "b"]), "columns must name 1 of them, got 2"),
        ],
    )
    def test_what_cannot_be_drawn_says_so(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            pictures.heatmap(**arguments)


class TestExplorers:
    def test_strides_begins_as_a_memory(self):
        picture = pictures.strides((3, 4), stride=(1, 3), offset=0)
        assert "x: shape (3, 4), stride (1, 3)" in repr(picture) and "dim 1: +3" in words(picture)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (dict(shape=(2, 3, 4)), r"two lengths from 1 to 6, of at most 24 cells, got \(2, 3, 4\)"),
            (dict(stride=(9, 1)), r"read outside 12 cells"),
            (dict(stride=(-1, 1)), r"two numbers from 0 to 12"),
            (dict(values=[1]), "values must be 12"),
        ],
    )
    def test_strides_says_what_it_cannot_begin_with(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            pictures.strides(**arguments)

    def test_products_begins_with_both_products(self, torch):
        J = torch.tensor([[1.0, 2.0], [0.0, -3.0]])
        told = repr(pictures.products(J, v=torch.tensor([2.0, 1.0]), t=[1.0, 0.5]))
        assert "v: 2 1; vᵀJ: 2 1" in told and "t: 1 0.5; J t: 2 −1.5" in told

    def test_products_says_what_it_cannot_draw(self):
        with pytest.raises(ValueError, match="at most 6 rows and columns, got 7 and 2"):
            pictures.products(np.zeros((7, 2)))
        with pytest.raises(ValueError, match="t must have 2 numbers, got 3"):
            pictures.products(np.zeros((2, 2)), t=[1, 2, 3])


class TestPlot:
    def test_an_axis_of_few_powers_has_numbers_between_them(self):
        shown = words(pictures.loglog({"a": ([1, 32], [300, 1300])}))
        assert {"1", "2", "5", "10", "20", "500", "1000"} <= set(shown)

    def test_text_is_text_in_the_pages_ink(self):
        svg = pictures.loglog({"t()": ([1, 1000], [1e-6, 2e-6])}, "行数", "秒")._repr_svg_()
        assert {"行数", "秒", "t()", "10³"} <= set(
            words(pictures.loglog({"t()": ([1, 1000], [1e-6, 2e-6])}, "行数", "秒"))
        )
        assert "currentColor" in svg and "DejaVu" not in svg and "#000000" not in svg and "#ffffff" not in svg

    def test_settings_of_matplotlib_stay_as_they_are(self):
        import matplotlib

        before = dict(matplotlib.rcParams)
        pictures.loglog({"a": ([1, 2], [1, 2])})
        assert dict(matplotlib.rcParams) == before

    @pytest.mark.parametrize(
        ("curves", "message"),
        [({}, "at least one"), ({"a": ([1], [1, 2])}, "as many x as y"), ({"a": ([0, 1], [1, 2])}, "must be positive")],
    )
    def test_what_cannot_be_drawn_says_so(self, curves, message):
        with pytest.raises(ValueError, match=message):
            pictures.loglog(curves)

    def test_a_histogram_tells_its_counts(self):
        told = repr(pictures.histogram({"a": [0.1, 0.2, 0.9, 7.0]}, -1, 1, bins=4)).splitlines()
        assert told[1] == "−1…−0.5: 0, −0.5…0: 0, 0…0.5: 2, 0.5…1: 1, outside 1"
        many = repr(pictures.histogram({"a": [0.5] * 3}, 0, 1)).splitlines()[1]
        assert many.count("…") == 10 and "0.5…0.6: 3" in many


class TestTensor:
    def test_shows_every_number_once_and_an_arrow_along_each_dimension(self, torch):
        picture = pictures.tensor(torch.arange(24).reshape(2, 3, 4))
        shown = words(picture)
        assert [text for text in shown if text.isdigit()] == [str(n) for n in range(24)]
        assert {"dim 0, length 2", "dim 1, length 3", "dim 2, length 4", "[0]", "[1]"} <= set(shown)
        assert len(of_class(picture, "a", "path")) == 3

    def test_its_words_keep_the_nesting_and_say_what_the_names_are(self, torch):
        assert (
            repr(pictures.tensor(torch.arange(8).reshape(2, 2, 2))) == "shape (2, 2, 2): [[[0 1] [2 3]] [[4 5] [6 7]]]"
        )
        assert repr(pictures.tensor(x(), [["a", "b", "c"], None])).splitlines()[1] == "names along dim 0: a b c"

    def test_a_number_alone_has_no_arrow(self, torch):
        picture = pictures.tensor(torch.tensor(2.5))
        assert words(picture) == ["2.5"] and not of_class(picture, "a", "path")

    def test_labels_stand_beside_their_rows_and_over_their_columns(self):
        picture = pictures.tensor(x(), [["a", "b", "c"], list("wxyz")])
        at = {text.text: (float(text.get("x")), float(text.get("y"))) for text in drawn(picture).iter(f"{SVG}text")}
        assert at["a"][1] == at["10"][1] and at["w"][0] == at["10"][0] and at["a"][0] < at["10"][0]

    @pytest.mark.parametrize(
        ("tensor", "labels"),
        [(tidu.zeros(1, 1, 1, 1), None), (tidu.zeros(0), None), (tidu.zeros(200), None), (tidu.zeros(2), [["a"]])],
    )
    def test_what_cannot_be_drawn_says_why(self, tensor, labels):
        with pytest.raises(ValueError, match="shape"):
            pictures.tensor(tensor, labels)


class TestImage:
    def test_a_pixel_has_its_colour_and_its_three_numbers(self, torch):
        picture = pictures.image(torch.tensor([[[255, 0]], [[128, 0]], [[0, 9]]]))
        assert "fill:rgb(255,128,0)" in picture.svg and "fill:rgb(0,0,9)" in picture.svg
        assert [text for text in words(picture) if text.isdigit()] == ["255", "0", "128", "0", "0", "9"]
        assert repr(picture).splitlines()[1] == "[0] red: [[255 0]]"

    @pytest.mark.parametrize("tensor", [tidu.zeros(3, 2), tidu.zeros(4, 2, 2), tidu.full((3, 1, 1), 256)])
    def test_what_is_no_image_says_why(self, tensor):
        with pytest.raises(ValueError, match=r"shape|0 to 255"):
            pictures.image(tensor)


class TestLine:
    def test_an_end_left_out_is_an_open_circle(self, torch):
        picture = pictures.line({"arange": torch.arange(0, 1, 0.25), "linspace": torch.linspace(0, 1, 5)}, 0, 1)
        assert len(of_class(picture, "f0", "circle")) == 4 and len(of_class(picture, "a", "circle")) == 1
        assert len(of_class(picture, "f1", "circle")) == 5
        told = repr(picture).splitlines()
        assert told[0] == "arange: 4 numbers: 0 0.25 0.5 0.75; open circle, left out: 1"
        assert told[1] == "linspace: 5 numbers: 0 0.25 0.5 0.75 1"

    def test_what_cannot_be_drawn_says_why(self):
        for points, end in (({}, 1), ({"x": tidu.ones(1)}, 0), ({"x": tidu.zeros(0)}, 1)):
            with pytest.raises(ValueError, match="points"):
                pictures.line(points, 0, end)
