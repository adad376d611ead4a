"""What a page shows of a graph: the same boxes whoever lays them out, in the page's ink, and the same in words."""

from __future__ import annotations

import itertools
import random
import re
import sys
from xml.etree import ElementTree

import pytest

import tidu
from tidu.viz import ComputationGraph, make_dot
from tidu.viz._display import SURFACES
from tidu.viz.layers import layered


def graph():
    a = tidu.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = tidu.tensor([0.5, -1.0], requires_grad=True)
    h = a.mv(w)
    return make_dot((h * h).sum() + a.exp().sum(), params={"a": a, "权重": w, "h": h}, values=True, show_saved=True)


@pytest.fixture(params=["graphviz", "our own layout"])
def drawn(request, monkeypatch, tmp_path):
    """The graph as a page shows it, with Graphviz and without."""
    monkeypatch.setenv("PATH", str(tmp_path))  # no program dot
    if request.param == "our own layout":
        monkeypatch.setitem(sys.modules, "pygraphviz", None)
    return graph()._repr_mimebundle_()


def inline(bundle):
    return ElementTree.fromstring(re.search(r"<svg .*?</svg>", bundle["text/html"], re.DOTALL)[0])


def test_every_box_and_arrow_is_there(drawn):
    svg = inline(drawn)
    lines = [text.text.strip() for text in svg.iter("text")]
    for wanted in ("a (2, 2)", "权重 (2)", "h (2)", "MvBackward0", "MulBackward0", "ExpBackward0", "()"):
        assert wanted in lines
    assert lines.count("SumBackward0") == 2 and lines.count("AccumulateGrad") == 2
    source = graph().source
    arrows = [path for path in svg.iter("path") if "C" in path.get("d")]
    assert len(arrows) == source.count(" -> ")
    dashed = [path for path in arrows if path.get("stroke-dasharray")]
    assert len(dashed) == source.count("style=dashed") > 0


def test_the_colours_are_the_pages(drawn):
    svg = inline(drawn)
    assert "--jp-content-font-color1" in svg.get("style") and "max-width:100%" in svg.get("style")
    used = {element.get(kind) for element in svg.iter() for kind in ("fill", "stroke")} - {None}
    assert used <= {"none", "currentColor", *SURFACES.values()}
    assert SURFACES["lightblue"] in used and SURFACES["darkolivegreen1"] in used
    assert all(text.get("fill") == "currentColor" for text in svg.iter("text"))


def test_the_graph_is_told_in_words(drawn):
    assert drawn["text/plain"] == drawn["text/plain"].strip()
    assert "ExpBackward0 → SumBackward0" in drawn["text/plain"]
    assert inline(drawn).get("role") == "img" and "ExpBackward0 → SumBackward0" in inline(drawn).get("aria-label")
    assert drawn["image/svg+xml"].lstrip().startswith("<")


def test_a_page_without_styles_shows_an_image(drawn):
    kept = re.sub(r"<style>.*?</style>", "", drawn["text/html"], flags=re.DOTALL)
    assert re.fullmatch(
        r'<div class="tidu-graph" hidden="hidden"><svg.*</svg></div><img alt="[^"]*" src="data:[^"]*">', kept, re.DOTALL
    )


def test_labels_are_escaped(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    bad = '<script>alert(1)</script>"\\l'
    x = tidu.ones(2, requires_grad=True)
    html = make_dot(x.exp(), params={bad: x})._repr_mimebundle_()["text/html"]
    assert "<script" not in html and bad in [text.text for text in inline({"text/html": html}).iter("text")]


def test_any_digraph_can_be_shown(monkeypatch, tmp_path):
    """Boxes that only arrows name, a circle, a box that points to itself, nothing at all."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    dot = ComputationGraph()
    assert "<svg" in dot._repr_mimebundle_()["text/html"]
    for a, b in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "c"), ("zu Hause", "a")):
        dot.edge(a, b)
    assert {text.text for text in inline(dot._repr_mimebundle_()).iter("text")} == {"a", "b", "c", "zu Hause"}


def test_a_deep_graph_is_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    h, w = tidu.ones(1, requires_grad=True), tidu.ones(1, requires_grad=True)
    for _ in range(1500):
        h = h * w
    assert make_dot(h)._repr_mimebundle_()["text/html"].count("MulBackward0</text>") == 1500


@pytest.mark.parametrize("seed", range(30))
def test_boxes_do_not_overlap_and_arrows_lead_down(seed):
    draw = random.Random(seed)
    names = [f"n{i}" for i in range(draw.randint(1, 25))]
    sizes = {name: (draw.uniform(20, 160), draw.uniform(15, 60)) for name in names}
    arrows = [(names[a], names[b]) for a, b in itertools.combinations(range(len(names)), 2) if draw.random() < 0.15]
    layout = layered(sizes, arrows)
    for a, b in itertools.combinations(names, 2):
        (ax, ay), (bx, by) = layout.centres[a], layout.centres[b]
        apart = (abs(ax - bx) - (sizes[a][0] + sizes[b][0]) / 2, abs(ay - by) - (sizes[a][1] + sizes[b][1]) / 2)
        assert max(apart) > 5, (a, b)
    for (a, b), route in zip(arrows, layout.routes, strict=True):
        assert route[0] == (layout.centres[a][0], layout.centres[a][1] + sizes[a][1] / 2)
        assert route[-1] == (layout.centres[b][0], layout.centres[b][1] - sizes[b][1] / 2)
        assert [y for _, y in route] == sorted(y for _, y in route)


def test_long_arrows_pass_beside_the_boxes_between():
    sizes = dict.fromkeys("abcd", (80.0, 20.0))
    layout = layered(sizes, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    for x, y in layout.routes[-1][1:-1]:
        assert all(abs(x - layout.centres[n][0]) > 40 or abs(y - layout.centres[n][1]) > 10 for n in "bc")


def test_few_arrows_cross():
    """A ladder whose rungs are given in the wrong order is untangled."""
    sizes = dict.fromkeys(["a0", "a1", "a2", "b2", "b1", "b0"], (40.0, 20.0))
    layout = layered(sizes, [(f"a{i}", f"b{i}") for i in range(3)])
    across = [layout.centres[f"a{i}"][0] - layout.centres[f"b{i}"][0] for i in range(3)]
    assert max(map(abs, across)) < 1
