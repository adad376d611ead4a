"""``viz.step``: what the engine did, in its order, as a picture with a slider, a strip and a table."""

from __future__ import annotations

import json
import re
from html import unescape
from xml.etree import ElementTree

import pytest

import tidu
from tests.oracle import torch as pytorch
from tidu.viz import make_dot, step

BAD = "<script>alert(1)</script>\"'&"


@pytest.fixture(params=["tidu", "torch"])
def torch(request):
    if request.param == "torch" and pytorch is None:
        pytest.skip("PyTorch is not installed")
    return tidu if request.param == "tidu" else pytorch


def diamond(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    h = x * w
    return x, w, h, h * h + x.sin()


def rows(steps):
    return [re.split(r"  +", line.strip()) for line in repr(steps).splitlines()[1:]]


def page(steps):
    return steps._repr_mimebundle_()["text/html"]


def svg(steps):
    return ElementTree.fromstring(re.search(r"<svg role.*?</svg>", page(steps), re.DOTALL)[0])


def test_every_step_is_told(torch):
    x, w, h, out = diamond(torch)
    found = rows(step(out, {"x": x, "w": w, "h": h}))
    by_node = {row[1]: row[2:] for row in found}
    assert [row[0] for row in found] == [*"1234567"] and found[0][1] == "out" and found[1][1] == "AddBackward0"
    assert by_node["h · MulBackward0"] == ["6 + 6 = 12", "36 → x, 24 → w"]
    assert by_node["SinBackward0"] == ["1", "−0.4161 → x"]
    assert by_node["MulBackward0"] == ["1", "6 → h · MulBackward0, 6 → h · MulBackward0"]
    assert by_node["x"][1] == "x.grad = 35.58" and " + " in by_node["x"][0] and by_node["x"][0].endswith("= 35.58")
    assert by_node["w"] == ["24", "w.grad = 24"]


def test_the_order_is_the_engines():
    x, w, h, out = diamond(tidu)
    order = []
    for node in (out.grad_fn, *[n for n, _ in out.grad_fn.next_functions], h.grad_fn):
        node.register_hook(lambda ins, outs, node=node: order.append(node))
    told = rows(step(out, {"x": x, "w": w, "h": h}))
    seen, order[:] = [*order], []
    out.backward()
    assert order == seen and [row[1].rpartition(" ")[2] for row in told[1:5]] == [node.name() for node in order]


def test_the_graph_and_every_grad_stay_as_they_are(torch):
    x, w, h, out = diamond(torch)
    h.retain_grad()
    step(out, {"x": x, "w": w, "h": h})
    assert x.grad is None and w.grad is None and h.grad is None
    out.backward(retain_graph=True)
    assert h.grad.item() == 12 and w.grad.item() == 24
    before = x.grad, h.grad
    again = rows(step(out, {"x": x, "w": w, "h": h}))
    assert x.grad is before[0] and h.grad is before[1] and h.grad.item() == 12
    assert [row[3] for row in again if row[1] == "w"] == ["w.grad = 24 + 24 = 48"]  # as a second backward would add
    x.register_post_accumulate_grad_hook(lambda t: pytest.fail("nothing is accumulated"))
    step(out)
    if torch is tidu:
        assert not out.grad_fn.post_hooks  # nobody listens any more


def test_several_outputs_and_operands_that_need_no_gradient(torch):
    x = torch.arange(6.0).reshape(3, 2).requires_grad_()
    low, _, high = x.unbind(0)
    told = repr(step((low * high).sum() + low.sum(), {"x": x, "low": low}))
    assert re.search(r"UnbindBackward0 +\[0\] .*\[1, 1\] = \[5, 6\], \[2\] \[0, 1\] ", told) or re.search(
        r"UnbindBackward0 +\[0\] \[1, 1\] \+ \[4, 5\] = \[5, 6\], \[2\] \[0, 1\] ", told
    )
    w = torch.ones(4, 2, requires_grad=True)
    b = torch.zeros(4, requires_grad=True)
    out = torch.nn.functional.linear(x.detach(), w, b)
    told = repr(step(out.relu(), {"w": w, "b": b}, gradient=torch.ones(3, 4)))
    assert "b.grad = [3, 3, 3, 3]" in told and "w.grad = (4, 2) ‖·‖ 21.6" in told
    out = torch.where(torch.tensor([True, False]), torch.ones(2, requires_grad=True), w[0])
    assert "[0, 1] → SelectBackward0" in repr(step(out.sum(), {"w": w}))


def test_what_hooks_do_is_shown(torch):
    x, w, h, out = diamond(torch)
    h.register_hook(lambda g: g / 10)
    w.register_hook(lambda g: -g)
    told = {row[1]: row[2:] for row in rows(step(out, {"x": x, "w": w, "h": h}))}
    assert told["h · MulBackward0"] == ["6 + 6 = 12, hook → 1.2", "3.6 → x, 2.4 → w"]
    assert told["w"] == ["2.4, hook → −2.4", "w.grad = −2.4"]


def test_a_large_tensor_is_its_shape_and_norm():
    x = tidu.arange(12.0).reshape(3, 4).requires_grad_()
    told = repr(step((x * x).sum(), {"x": x}))
    assert "x.grad = (3, 4) ‖·‖ 45" in told and "(3, 4) ≡ 1 → MulBackward0" in told
    z = tidu.tensor([1 + 2j, 0], requires_grad=True)
    assert "z.grad = [2−4j, 0]" in repr(step((z * z).sum().real, {"z": z}))


def test_the_picture_shows_what_has_happened_by_a_step():
    x, w, h, out = diamond(tidu)
    steps = step(out, {"x": x, "w": w, "h": h})
    html = page(steps)
    texts = {text.text: text for text in svg(steps).iter("text")}
    assert {"x", "w", "h · MulBackward0", "out", "↓ 6", "↓ 36", "↑ 24", "6 + 6 = 12", ".grad = 35.58"} <= set(texts)
    assert texts["↓ 6"].get("data-at") is None and texts["↑ 24"].get("data-at") == "5"
    first, total = texts["−0.4161"], texts["−0.4161 + 36 = 35.58"]  # in one place, one after the other
    assert (first.get("data-at"), first.get("data-until")) == ("3", "5") and total.get("data-at") == "5"
    assert (first.get("x"), first.get("y")) == (total.get("x"), total.get("y"))
    boxes = [rect.get("data-at") for rect in svg(steps).iter("rect")]
    assert sorted(map(int, filter(None, boxes))) == [1, 2, 3, 4, 5, 6, 7] and len(steps) == 7
    told = json.loads(unescape(re.search(r'data-told="([^"]*)"', html)[1]))
    assert len(told) == 8 and told[5] == [
        "h · MulBackward0 收到 6 + 6 = 12，传出 36 → x, 24 → w。",
        "h · MulBackward0 receives 6 + 6 = 12, sends 36 → x, 24 → w.",
    ]
    assert 'max="7"' in html and len(html.encode()) < 60_000


def test_where_no_script_runs_a_strip_stands():
    x, w, h, out = diamond(tidu)
    bundle = step(out, {"x": x, "w": w, "h": h})._repr_mimebundle_()
    strip = ElementTree.fromstring(bundle["image/svg+xml"])
    panels = [g for g in strip if g.tag.endswith("}g")]
    assert len(panels) == 7
    words = ["".join(text.text for text in panel if text.tag.endswith("}text")) for panel in panels]
    assert words[4] == "5  h · MulBackward0← 6 + 6 = 12→ x: 36→ w: 24" and words[6] == "7  w← 24w.grad = 24"
    kept = re.sub(r"<(style|script)>.*?</\1>", "", bundle["text/html"], flags=re.DOTALL)  # as a page sanitises it
    assert re.fullmatch(
        r'<div class="tidu-step" hidden="hidden".*</div><img [^>]*alt="[^"]*" src="data:[^"]*">', kept, re.DOTALL
    )
    assert bundle["text/plain"].startswith("步 step  节点 node")


def test_a_long_graph_is_told_by_its_essential_steps():
    x = tidu.tensor(1.0, requires_grad=True)
    h = x
    for _ in range(20):
        h = h * 1.1
    out = h + x
    strip = ElementTree.fromstring(step(out, {"x": x})._repr_mimebundle_()["image/svg+xml"])
    panels = [g for g in strip if g.tag.endswith("}g")]
    heads = [panel.find("{*}text").text for panel in panels]
    assert len(panels) == 12 and heads[0] == "1  out" and heads[1] == "2  AddBackward0" and heads[-1] == "23  x"


def test_names_from_outside_are_escaped(tmp_path):
    x = tidu.ones(2, requires_grad=True)
    steps = step((x * 2).sum(), {BAD: x})
    assert "<script>alert" not in page(steps) and BAD in repr(steps)
    for ending in ("svg", "html"):
        steps.save(str(tmp_path / f"steps.{ending}"))
        assert "MulBackward0" in (tmp_path / f"steps.{ending}").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"end in \.svg or \.html, got 'x\.png'"):
        steps.save("x.png")


def test_what_cannot_be_stepped_through_says_so(torch):
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match=r"step\(\): argument 'out' must be a tensor, not float"):
        step(1.0)
    with pytest.raises(TypeError, match=r"params\['x'\] must be a tensor, not int"):
        step(x.sum(), {"x": 1})
    with pytest.raises(TypeError, match="argument 'params' must be a dict from names to tensors, not list"):
        step(x.sum(), [x])
    with pytest.raises(ValueError, match="out has no graph: it is a leaf"):
        step(x)
    with pytest.raises(ValueError, match="out has no graph: nothing that it was computed from requires a gradient"):
        step(torch.ones(()))
    with pytest.raises(ValueError, match=r"gradient is needed: out has shape \(2,\)"):
        step(x * 2)
    with pytest.raises(ValueError, match=r"gradient must have the shape of out, \(2,\), not \(3,\)"):
        step(x * 2, gradient=torch.ones(3))
    with pytest.raises(TypeError, match="argument 'gradient' must be a tensor, not list"):
        step(x * 2, gradient=[1, 2])
    h = x
    for _ in range(70):
        h = h + 1
    with pytest.raises(ValueError, match=r"more than 60 nodes: too many to step through; make_dot\(\)"):
        step(h.sum())
    out = (x * x).sum()
    out.backward()
    with pytest.raises(RuntimeError, match="backward has freed what this graph had saved"):
        step(out)
    assert x.grad.tolist() == [2, 2] and "MulBackward0" in repr(make_dot(out)) + make_dot(out).source
