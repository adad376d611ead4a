"""The graph from outside: edges, hooks and their order, what is saved and by which names, inference tensors, depth."""

from __future__ import annotations

import gc
import importlib
import tracemalloc
from threading import Thread
from typing import Any

import pytest

import tidu
from tests.effort import long, rounds


def graph(t: Any) -> Any:
    return importlib.import_module(f"{t.__name__}.autograd.graph")


def test_hooks_run_in_pytorchs_order(t: Any) -> None:
    seen: list[str] = []
    a, b, c = (t.ones(1, requires_grad=True) for _ in range(3))
    h = a * b
    k = c * h
    for name, x in (("a", a), ("b", b), ("c", c), ("h", h), ("k", k)):
        x.register_hook(lambda g, name=name: seen.append(name))
    k.backward()
    assert seen == ["k", "c", "h", "a", "b"]


def test_hooks_around_a_leaf_and_a_node(t: Any) -> None:
    seen: list[str] = []
    x = t.ones(2, requires_grad=True)
    y = x * 1
    leaf = y.grad_fn.next_functions[0][0]
    leaf.register_prehook(lambda outs: seen.append("before"))
    leaf.register_hook(lambda ins, outs: seen.append(f"after {len(ins)}"))
    x.register_hook(lambda g: seen.append("tensor"))
    x.register_post_accumulate_grad_hook(lambda v: seen.append(f"added {v.grad.tolist()}"))
    y.sum().backward()
    assert seen == ["tensor", "before", "added [1.0, 1.0]", "after 0"]
    z = x * 2
    z.grad_fn.register_hook(lambda ins, outs: (ins[0],))
    with pytest.raises(RuntimeError, match=r"incorrect number of values \(got 1, but expected 2\)"):
        z.sum().backward()
    z = x * 2
    z.grad_fn.register_prehook(lambda outs: outs[0])
    with pytest.raises(TypeError, match="expected tuple, but hook returned 'Tensor'"):
        z.sum().backward()


def test_an_edge_stands_for_its_tensor(t: Any) -> None:
    x = t.ones(4, requires_grad=True)
    b = x.split(2)[1]
    end = graph(t).get_gradient_edge(b)
    assert end.output_nr == 1 and end.node is b.grad_fn
    (g,) = t.autograd.grad((b * 3).sum(), end, retain_graph=True)
    assert g.tolist() == [3, 3]
    t.autograd.backward(end, t.tensor([1.0, 2.0]))
    assert x.grad.tolist() == [0, 0, 1, 2]
    with pytest.raises(RuntimeError, match="not possible to get the gradient edge"):
        graph(t).get_gradient_edge(t.ones(1))


def test_a_hook_on_several_gradients(t: Any) -> None:
    a, b = t.ones(1, requires_grad=True), t.ones(1, requires_grad=True)
    seen: list[Any] = []
    handle = graph(t).register_multi_grad_hook((a, b), lambda gs: seen.append([g is not None for g in gs]))
    (a * 2).backward()
    (a * b).backward()
    handle.remove()
    (a * b).backward()
    assert seen == [[True, False], [True, True]]


def test_saved_values_are_packed_and_come_back(t: Any) -> None:
    seen: list[str] = []
    x = t.tensor([1.0, 2.0], requires_grad=True)

    def pack(v: Any) -> Any:
        seen.append("pack")
        return v.detach().numpy().copy()

    def unpack(v: Any) -> Any:
        seen.append("unpack")
        return t.from_numpy(v)

    with graph(t).saved_tensors_hooks(pack, unpack):
        y = x * x
        z = y.exp()
    (g,) = t.autograd.grad(z.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    e = (x * x).exp().detach()
    assert t.allclose(g, 2 * x * e) and t.allclose(h, (2 + 4 * x * x) * e)
    assert seen[:3] == ["pack"] * 3 and seen.count("pack") == 3
    with (
        graph(t).disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        graph(t).saved_tensors_hooks(pack, unpack),
    ):
        pass


def test_no_hook_leaves_nothing_behind() -> None:
    x = tidu.ones(2, requires_grad=True)
    with tidu.autograd.graph.save_on_cpu():
        y = x * x
    assert "__setattr__" not in tidu.autograd.graph.Node.__dict__
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2]


def test_saved_tensors_may_be_written_where_that_is_allowed(t: Any) -> None:
    x = t.ones(2, requires_grad=True)
    with graph(t).allow_mutation_on_saved_tensors():
        y = x.clone()
        z = y.sin()
        y.add_(1)
        z.sum().backward()
    assert t.allclose(x.grad, t.ones(2).cos())


def test_names_of_what_is_saved(t: Any) -> None:
    x, y = t.ones(2, 2, requires_grad=True), t.ones(2, 2)
    assert (x * y).grad_fn._saved_other.tolist() == y.tolist() and (x * y).grad_fn._saved_self is None
    assert (x @ y).grad_fn._saved_mat2.tolist() == y.tolist()
    assert tuple(x.sum().grad_fn._saved_self_sym_sizes) == (2, 2)
    assert x[1].grad_fn._saved_index == 1 and x[1].grad_fn._saved_dim == 0
    made = x.exp().grad_fn
    made._raw_saved_result.register_hooks(lambda v: v * 3, lambda v: v)
    assert t.allclose(made._saved_result, 3 * t.ones(2, 2).exp())
    with pytest.raises(RuntimeError, match="hooks have already been set"):
        made._raw_saved_result.register_hooks(lambda v: v, lambda v: v)


WINDOW = {"kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1)}


@pytest.mark.parametrize("program, saved", [
    ("F.max_pool2d(x, 3, 2, 1)", {**WINDOW, "dilation": (1, 1)}),
    ("F.avg_pool2d(x, 3, 2, 1)", WINDOW),
    ("F.conv2d(x, w, None, (2, 1), (1, 0), 1, 2)", {"stride": (2, 1), "padding": (1, 0), "groups": 2}),
    ("F.conv_transpose2d(x, w, None, 2, 1)", {"stride": (2, 2), "padding": (1, 1), "dilation": (1, 1), "groups": 1}),
    ("F.unfold(x, 3, 1, 1, 2)", {**WINDOW, "dilation": (1, 1)}),
    ("F.fold(F.unfold(x, 3, 1, 1, 2), (4, 4), 3, 1, 1, 2)", {**WINDOW, "dilation": (1, 1)}),
    ("F.interpolate(x, scale_factor=2)", {"output_size": (8, 8)}),
    ("F.interpolate(x, (8, 6), mode='bilinear')", {"output_size": (8, 6), "align_corners": False}),
    ("F.interpolate(x, (8, 6), mode='bicubic', align_corners=True)", {"output_size": (8, 6), "align_corners": True}),
    ("x.select_scatter(x[:, 1], 1, 1)", {"dim": 1, "index": 1}),
    ("x.slice_scatter(x[:, :2], 1, 0, 2)", {"dim": 1, "start": 0, "end": 2, "step": 1}),
    ("x.diagonal_scatter(x.diagonal(1, 2, 3) * 1, 1, 2, 3)", {"offset": 1, "dim1": 2, "dim2": 3}),
])  # fmt: skip
def test_names_of_what_is_kept_in_another_form(t: Any, program: str, saved: dict[str, Any]) -> None:
    x = t.arange(128.0).view(2, 4, 4, 4).requires_grad_()
    node = eval(program, {"F": t.nn.functional, "x": x, "w": t.ones(4, 2, 3, 3)}).grad_fn
    assert {k: getattr(node, f"_saved_{k}") for k in saved} == saved
    assert {f"_saved_{k}" for k in saved} <= set(dir(node))


def test_no_name_that_is_not_pytorchs(t: Any) -> None:
    x = t.arange(128.0).view(2, 4, 4, 4).requires_grad_()
    pooled, scattered = t.nn.functional.max_pool2d(x, 2), x.select_scatter(x[0], 0, 0)
    for made, name in ((x.sin(), "self_sym_sizes"), (pooled, "taps"), (scattered, "recipe")):
        assert f"_saved_{name}" not in dir(made.grad_fn) and not hasattr(made.grad_fn, f"_saved_{name}")


def test_inference_tensors(t: Any) -> None:
    w = t.ones(2, requires_grad=True)
    with t.inference_mode():
        x = t.ones(2)
        x.add_(1)
        v = (w * 1)[:1]
        seen = w.view(2)
    assert x.is_inference() and v.is_inference() and not seen.is_inference() and not (x * 2).is_inference()
    assert (w + x).requires_grad and not x.clone().is_inference() and x.view(2).is_inference()
    for wrong, words in (
        (lambda: w * x, "Inference tensors cannot be saved for backward"),
        (lambda: x.add_(1), "Inplace update to inference tensor outside InferenceMode"),
        (lambda: x._version, "do not track version counter"),
        (lambda: x.requires_grad_(), "Setting requires_grad=True on inference tensor"),
        (lambda: seen.add_(1), "A view was created in inference mode"),
    ):
        with pytest.raises(RuntimeError, match=words):
            wrong()


def test_a_generator_under_a_mode_is_sent_to_and_closed(t: Any) -> None:
    seen: list[Any] = []

    @t.no_grad()
    def steps() -> Any:
        try:
            seen.append(((yield 1), t.is_grad_enabled()))
            yield 2
        finally:
            seen.append(t.is_grad_enabled())

    running = steps()
    next(running)
    running.send("a")
    running.close()
    assert seen == [("a", False), False] and t.is_grad_enabled()


@pytest.mark.parametrize(
    "step", [lambda y, x: y + x, lambda y, x: y.view(2), lambda y, x: y[0:]], ids=["add", "view", "slice"]
)
def test_depth_is_no_matter(step: Any) -> None:
    x = tidu.ones(2, requires_grad=True)
    nodes = y = x * 1
    for _ in range(rounds(20_000, 100_000)):
        y = step(y, x)
    y.register_hook(lambda g, held=nodes: None)
    y.sum().backward()
    del y, nodes
    assert x.grad is not None


def test_nothing_is_left_of_a_backward() -> None:
    x = tidu.ones(3, requires_grad=True)

    def step() -> None:
        y = (x * x).sin()
        y.register_hook(lambda g: g * 2)
        (y.sum() + y[0]).backward()
        x.grad = None

    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            step()
        assert gc.collect() == 0
        if not long():
            return
        tracemalloc.start()
        for _ in range(2200):  # the interpreter keeps up to 2,000 freed tuples of a size for the next ones
            step()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(1000):
            step()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 4_000
    finally:
        gc.enable()


def test_threads_add_to_one_leaf() -> None:
    x = tidu.zeros(3, requires_grad=True)

    def work() -> None:
        for _ in range(50):
            (x * 1).sum().backward()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad is not None and x.grad.tolist() == [200] * 3


def test_the_first_gradient_is_laid_out_as_the_leaf(t: Any) -> None:
    x = t.ones(3, 2).t().detach().requires_grad_()
    (x.contiguous() * t.ones(2, 3)).sum().backward()
    assert x.grad.stride() == x.stride() == (1, 2)
    y = t.ones(4, 6)[::2, ::2].detach().requires_grad_()
    (y * 2).sum().backward()
    assert y.grad.stride() == (3, 1)
