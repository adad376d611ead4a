"""What a node shows as saved is what PyTorch's shows, by name; ``saved_names.txt`` says where not, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tidu
from tests.autograd.saved_names import Name, names, scan, torch

MODULES = [tidu, *([torch] if torch else [])]
# By group of the list: what is in it may also agree, as two builds of LAPACK do, or memory that nobody has written.
BY_CHANCE = ("A factor is determined but for a sign", "PyTorch shows memory")


def listed() -> dict[str, dict[Name, str]]:
    """The names that are known to differ, by how, each with the reason."""
    found: dict[str, dict[Name, str]] = {"lacking": {}, "other": {}, "more": {}}
    how = why = ""
    for line in Path(__file__).with_name("saved_names.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            how, _, why = line[2:].partition(": ")
        else:
            node, *saved = line.split()
            found[how].update({Name(node, name): why for name in saved})
    return found


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
def test_the_names_are_pytorchs_but_for_a_list() -> None:
    found, known = scan(), listed()
    assert len(found.theirs) > 800 and found.broken == {}
    for how, met in (("lacking", found.lacking), ("other", found.other), ("more", found.more)):
        assert {k: v for k, v in met.items() if k not in known[how]} == {}
        assert [k for k, why in known[how].items() if k not in met and not why.startswith(BY_CHANCE)] == []


# What a node shows that says it in another form, or computes it when it is asked for.
SHOWN = [
    ("torch.nn.functional.linear(x, w)", "mat2 self_sym_strides", "[[1.0, 3.0], [2.0, 4.0]] (2, 1)"),
    ("torch.nn.functional.linear(x, w, w[0])", "alpha beta mat1_sym_sizes", "1 1 (2, 2)"),
    ("x.mean()", "self_sym_numel", "4"),
    ("x.split(1)[0]", "split_size", "1"),
    ("x.split([1, 1])[0]", "split_sizes", "(1, 1)"),
    ("x[1:]", "start end step", "1 9223372036854775807 1"),
    ("x[None, None][..., :1]", "dim start end", "3 0 1"),
    ("x[:, torch.tensor([0, 1])]", "indices", "[None, [0, 1]]"),
    ("torch.nn.functional.pad(x, (1, 1), mode='reflect')", "padding", "(1, 1)"),
    ("torch.nn.functional.pad(x, (2, 1), mode='replicate')", "padding", "(2, 1)"),
    ("x.clamp_min(1.5)", "min", "1.5"),
    ("2.5 ** x", "self", "2.5"),
    ("torch.fft.fft(x, norm='ortho')", "normalization", "1"),
    ("torch.zeros(3, 2).index_add(0, torch.tensor([0, 2]), x)", "source source_dim", "[[1.0, 2.0], [3.0, 4.0]] 2"),
    ("torch.nn.functional.embedding(torch.tensor([0]), x)", "weight_sym_argsize_0", "2"),
]


@pytest.mark.parametrize(("made", "asked", "wanted"), SHOWN)
@pytest.mark.parametrize("t", MODULES, ids=lambda t: t.__name__)
def test_what_is_shown_in_pytorchs_form(t: Any, made: str, asked: str, wanted: str) -> None:
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = t.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    node = eval(made, {"torch": t, "x": x, "w": w}).grad_fn
    if type(node).__name__.startswith("Squeeze"):  # of what had no batch
        node = node.next_functions[0][0]
    shown = [getattr(node, f"_saved_{name}") for name in asked.split()]
    assert {*asked.split()} <= names(node)
    assert " ".join([str(told(v)) for v in shown]) == wanted


def told(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        tensors = any(hasattr(v, "tolist") for v in value)
        return [told(v) for v in value] if tensors else tuple(value)
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize("t", MODULES, ids=lambda t: t.__name__)
def test_what_is_listed_can_be_read(t: Any) -> None:
    x, i = t.zeros(3, requires_grad=True), t.tensor([0, 1])
    layer = t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3, requires_grad=True), t.ones(4))
    assert layer.grad_fn._saved_mat2 is None and layer.grad_fn._saved_mat1.tolist() == [[1, 1, 1], [1, 1, 1]]
    for made in (
        layer,
        x.scatter_add(0, i, t.ones(2)),
        x.gather(0, i),
        x.cumsum(0),
        x[1:],
        x.view(3, 1),
        x + x,
        x.max(0)[0],
    ):
        for name in names(made.grad_fn):
            getattr(made.grad_fn, f"_saved_{name}")


@pytest.mark.parametrize("t", MODULES, ids=lambda t: t.__name__)
def test_a_layers_operand_takes_hooks(t: Any) -> None:
    w = t.ones(4, 3, requires_grad=True)
    layer = t.nn.functional.linear(t.ones(2, 3), w, t.zeros(4))
    layer.grad_fn._raw_saved_mat1.register_hooks(lambda x: x * 2, lambda x: x)
    layer.sum().backward()
    assert w.grad.tolist() == [[4, 4, 4]] * 4
