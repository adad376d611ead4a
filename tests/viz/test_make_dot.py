"""What ``make_dot`` draws: the same picture of a PyTorch graph and of ours, and the right boxes in it."""

from __future__ import annotations

import importlib
import itertools
import re
import warnings

import pytest

from tidu.viz import make_dot


@pytest.fixture(params=["tidu", "torch"])
def torch(request):
    if request.param == "torch":
        return pytest.importorskip("torch", reason="PyTorch is not installed")
    return importlib.import_module("tidu")


def leaves(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    return x, w


def labels(dot) -> list[str]:
    return re.findall(r'label="((?:[^"\\]|\\.)*)"', dot.source)


def chain(torch):
    x, w = leaves(torch)
    return make_dot((x.mv(w).sigmoid() ** 2).sum())


def named(torch):
    x, w = leaves(torch)
    h = x.mv(w)
    z = (h * h).sum()
    return make_dot(z, params={"x": x, "权重": w, "h": h, "z": z})


def shared(torch):
    x, _ = leaves(torch)
    return make_dot((x * x + x.exp()).sum(), params={"x": x})


def several(torch):
    x, w = leaves(torch)
    return make_dot((x.sum(), w.exp(), (x * w).mean()), params={"x": x, "w": w})


def viewed(torch):
    x, _ = leaves(torch)
    return make_dot((x * 2).view(4))


def filled(torch):
    x, w = leaves(torch)
    h = x.mv(w)
    h.retain_grad()
    z = (h**2).sum()
    z.backward()
    return make_dot(z, params={"x": x, "w": w, "h": h}, values=True, grads=True)


def no_graph(torch):
    return make_dot(torch.zeros(2, 3))


GRAPHS = [chain, named, shared, several, viewed, filled, no_graph]


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_as_of_pytorchs_graph(graph):
    theirs = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert graph(importlib.import_module("tidu")).source == graph(theirs).source


def test_boxes_and_colours(torch):
    x, w = leaves(torch)
    source = make_dot((x.mv(w) ** 2).sum(), params={"x": x}).source
    assert '[label="x\n (2, 2)" fillcolor=lightblue]' in source
    assert '[label="(2)" fillcolor=lightblue]' in source
    assert '[label="()" fillcolor=darkolivegreen1]' in source
    for node in ("SumBackward0", "PowBackward0", "MvBackward0"):
        assert source.count(node) == 1
    assert source.count("AccumulateGrad") == 2


def test_arrows_follow_the_computation(torch):
    x, _ = leaves(torch)
    source = make_dot(x.exp(), params={"x": x}).source
    box = {label.partition("\n")[0]: name for name, label in re.findall(r'(n\d+) \[label="?([^"\]]*)', source)}
    arrows = set(re.findall(r"(n\d+) -> (n\d+)", source))
    path = [box["x"], box["AccumulateGrad"], box["ExpBackward0"], box["(2, 2)"]]
    assert arrows == set(itertools.pairwise(path))


def test_a_named_intermediate_stands_between_its_nodes(torch):
    x, _ = leaves(torch)
    h = x.exp()
    source = make_dot((h * h).sum(), params={"h": h}).source
    name = re.search(r'(n\d+) \[label="h\n \(2, 2\)" fillcolor=palegreen\]', source)[1]
    exp = re.search(r"(n\d+) \[label=ExpBackward0\]", source)[1]
    mul = re.search(r"(n\d+) \[label=MulBackward0\]", source)[1]
    assert source.count(f"{exp} -> {name}") == 1
    assert source.count(f"{name} -> {mul}") == 2
    assert f"{exp} -> {mul}" not in source


def test_values_and_gradients(torch):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = (x * x).sum()
    before = labels(make_dot(y, params={"x": x, "y": y}, values=True, grads=True))
    assert r"x (2)\l[ 1., -2.]\lgrad None\l" in before
    assert r"y ()\l5.\l" in before
    y.backward()
    assert r"x (2)\lgrad\l[ 2., -4.]\l" in labels(make_dot(y, params={"x": x}, grads=True))


def test_large_tensors_show_their_edges(torch):
    x = torch.zeros(1000, 1000, requires_grad=True)
    assert len(make_dot(x.sum(), values=True).source) < 2000


def test_asking_for_gradients_warns_of_nothing(torch):
    x = torch.tensor([1.0], requires_grad=True)
    h = x * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_dot(h.sum(), params={"h": h}, grads=True)


def test_attributes_and_saved_tensors(torch):
    x, w = leaves(torch)
    h = x.mv(w)
    source = make_dot(h**2, params={"x": x, "w": w}, show_attrs=True, show_saved=True).source
    assert re.search(r"PowBackward0\n-+\n", source)
    assert re.search(r"exponent\s*:\s+2", source)
    assert "[saved tensor]" in source
    assert "fillcolor=orange" in source
    assert source.count('label="x\n') == 1  # a saved leaf is the leaf's own box
    assert source.count("dir=none") == 3


def test_long_attributes_are_cut(torch):
    x = torch.zeros((2,) * 12, requires_grad=True)
    source = make_dot(x.sum(dim=tuple(range(12))), show_attrs=True, max_attr_chars=10).source
    assert re.search(r": \(\S+.*\.\.\.$", source, re.MULTILINE)


def test_after_backward_what_was_freed_is_marked(torch):
    x, _ = leaves(torch)
    y = (x**2).sum()
    y.backward()
    assert "[freed]" in make_dot(y, show_attrs=True, show_saved=True).source


def test_depth_is_no_limit(torch):
    h = torch.ones(1, requires_grad=True)
    for _ in range(3000):
        h = h + 1
    assert make_dot(h).source.count("AddBackward0") == 3000


def test_custom_functions_have_their_name(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    assert "CubeBackward" in make_dot(Cube.apply(torch.ones(2, requires_grad=True))).source


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda x: dict(var=3), "'var' must be a tensor or a tuple of tensors, not int"),
        (lambda x: dict(var=(x, "y")), "'var' must be a tensor or a tuple of tensors, not str"),
        (lambda x: dict(var=x, params=[x]), "'params' must be a dict from names to tensors, not list"),
        (lambda x: dict(var=x, params={"x": 1.0}), r"params\['x'\] must be a tensor, not float"),
    ],
)
def test_bad_arguments(torch, arguments, message):
    with pytest.raises(TypeError, match=message):
        make_dot(**arguments(torch.ones(2, requires_grad=True)))


def test_a_model_has_its_parameters_names(torch) -> None:
    nn = importlib.import_module(f"{torch.__name__}.nn")
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    dot = make_dot(net(torch.ones(1, 1, 4, 4)).sum(), params=dict(net.named_parameters()))
    wanted = {"0.weight\n (2, 1, 3, 3)", "0.bias\n (2)", "3.weight\n (3, 8)", "3.bias\n (3)"}
    assert {text for text in labels(dot) if text[1:2] == "."} == wanted
