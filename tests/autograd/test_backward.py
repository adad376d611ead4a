"""Leaves, accumulation, the life of a graph, and the two entry points ``backward`` and ``grad``."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


def leaf(t: Any, *values: float) -> Any:
    return t.tensor(list(values), dtype=t.float64, requires_grad=True)


def test_leaves_and_what_is_made_of_them(t: Any) -> None:
    x, c = leaf(t, 1, 2), t.ones(2, dtype=t.float64)
    y = x * c
    assert (x.is_leaf, c.is_leaf, y.is_leaf) == (True, True, False)
    assert (x.requires_grad, c.requires_grad, y.requires_grad) == (True, False, True)
    assert x.grad_fn is None and y.grad_fn.name() == "MulBackward0"
    node, nr = y.grad_fn.next_functions[0]
    assert type(node).__name__ == "AccumulateGrad" and node.variable is x and nr == 0
    assert y.grad_fn.next_functions[1] == (None, 0)
    assert not (x.detach() * 2).requires_grad


def test_gradients_accumulate_until_cleared(t: Any) -> None:
    x = leaf(t, 1, 2)
    for times in (1, 2, 3):
        (x * x).sum().backward()
        assert x.grad.tolist() == [2 * times, 4 * times]
    x.grad.zero_()
    (3 * x).sum().backward()
    assert x.grad.tolist() == [3, 3]
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_accumulation_is_in_place_and_the_first_gradient_is_nobody_elses(t: Any) -> None:
    x, upstream = leaf(t, 1, 2), t.ones(2, dtype=t.float64)
    (x + 0).backward(upstream)
    held = x.grad
    (x + 0).backward(upstream)
    assert held is x.grad and held.tolist() == [2, 2] and upstream.tolist() == [1, 1]


def test_a_leaf_used_often(t: Any) -> None:
    x = leaf(t, 2, 3)
    (x * x * x + x + x[0]).sum().backward()
    assert x.grad.tolist() == [15, 28]


def test_diamond(t: Any) -> None:
    x = leaf(t, 0.5)
    a = x.sin()
    b, c = a * 2, a.exp()
    (b * c).backward()
    s = a.detach()
    want = (2 * s.exp() + 2 * s * s.exp()) * x.detach().cos()
    assert t.allclose(x.grad, want)


def test_second_backward_needs_retain_graph(t: Any) -> None:
    x = leaf(t, 1, 2)
    y = x.exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    kept = (x + 1).sum()  # nothing saved, nothing freed
    kept.backward()
    kept.backward()


def test_backward_wants_a_gradient_for_more_than_one_number(t: Any) -> None:
    x = leaf(t, 1, 2)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (x * 2).backward()
    (x * 2).backward(t.tensor([0.1, 1.0], dtype=t.float64))
    assert t.allclose(x.grad, t.tensor([0.2, 2.0], dtype=t.float64))
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (x * 2).backward(t.ones(3, dtype=t.float64))
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        t.ones(1).backward()


def test_backward_into_chosen_inputs(t: Any) -> None:
    x, w = leaf(t, 1, 2), leaf(t, 3, 4)
    (x * w).sum().backward(inputs=[w])
    assert x.grad is None and w.grad.tolist() == [1, 2]
    y = x * 2
    y.retain_grad()
    (y * w).sum().backward()
    assert y.grad.tolist() == [3, 4] and w.grad.tolist() == [3, 6] and x.grad.tolist() == [6, 8]


def test_backward_of_several(t: Any) -> None:
    x = leaf(t, 1, 2)
    t.autograd.backward([x.sum(), (x * x).sum()])
    assert x.grad.tolist() == [3, 5]
    t.autograd.backward([x * 1, x * x], [t.ones(2, dtype=t.float64), 2 * t.ones(2, dtype=t.float64)])
    assert x.grad.tolist() == [8, 14]


def test_grad_returns_and_touches_nothing(t: Any) -> None:
    x, w, z = leaf(t, 1, 2), leaf(t, 3, 4), leaf(t, 5)
    gx, gw = t.autograd.grad((x * w).sum(), (x, w))
    assert gx.tolist() == [3, 4] and gw.tolist() == [1, 2] and x.grad is None and not gx.requires_grad
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        t.autograd.grad((x * w).sum(), z)
    assert t.autograd.grad((x * w).sum(), z, allow_unused=True) == (None,)
    assert t.autograd.grad((x * w).sum(), z, materialize_grads=True)[0].tolist() == [0]
    with pytest.raises(RuntimeError, match="does not require grad"):
        t.autograd.grad((x * w).sum(), t.ones(2))
    y = x * w
    assert t.autograd.grad((y * y).sum(), y)[0].tolist() == [6, 16]


def test_grad_with_respect_to_an_inner_tensor_and_what_lies_below_it(t: Any) -> None:
    x = leaf(t, 0.3, 0.4)
    y = x * x
    gy, gx = t.autograd.grad(y.sin().sum(), (y, x))
    assert t.allclose(gy, y.cos()) and t.allclose(gx, 2 * x * y.cos())


def test_reading_grad_of_what_is_not_a_leaf_warns(t: Any) -> None:
    y = leaf(t, 1) * 2
    with pytest.warns(UserWarning, match="not a leaf Tensor"):
        assert y.grad is None
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None


def test_no_grad_enable_grad_and_as_a_decorator(t: Any) -> None:
    x = leaf(t, 1)
    with t.no_grad():
        assert not (x * 2).requires_grad and not t.is_grad_enabled()
        with t.enable_grad():
            assert (x * 2).requires_grad

    @t.no_grad()
    def frozen() -> Any:
        return x * 2

    assert not frozen().requires_grad and (x * 2).requires_grad
    with t.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    with t.inference_mode():
        assert not (x * 2).requires_grad


def test_no_grad_lasts_as_long_as_the_generator_runs(t: Any) -> None:
    @t.no_grad()
    def steps() -> Any:
        yield t.is_grad_enabled()
        yield t.is_grad_enabled()

    assert [(inside, t.is_grad_enabled()) for inside in steps()] == [(False, True)] * 2


def test_detach_clone_and_data(t: Any) -> None:
    x = leaf(t, 1, 2)
    d, c = x.detach(), x.clone()
    assert d.data_ptr() == x.data_ptr() and not d.requires_grad
    assert c.data_ptr() != x.data_ptr() and c.grad_fn.name() == "CloneBackward0"
    x.data[0] = 7
    assert x.tolist() == [7, 2] and d.tolist() == [7, 2]
    y = x * 2
    y.detach_()
    assert y.is_leaf and not y.requires_grad


def test_requires_grad_switched(t: Any) -> None:
    x = t.ones(2)
    assert x.requires_grad_() is x and x.requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad
    with pytest.raises(RuntimeError, match=r"[Oo]nly Tensors of floating point"):
        t.ones(2, dtype=t.int64).requires_grad_()
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        (leaf(t, 1) * 2).requires_grad_(False)


def test_gradient_has_the_leafs_dtype(t: Any) -> None:
    x = t.ones(2, dtype=t.float32, requires_grad=True)
    w = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    y = (x * w).sum()
    assert y.dtype == t.float64
    y.backward()
    assert x.grad.dtype == t.float32 and w.grad.dtype == t.float64


def test_a_deep_graph_does_not_recurse(t: Any) -> None:
    x = leaf(t, 1)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y


def test_double_backward_of_a_small_network(t: Any) -> None:
    """The gradient of a gradient's norm, against central differences."""
    w1, w2 = (t.randn(*s, dtype=t.float64, requires_grad=True) for s in ((4, 3), (1, 4)))
    b1 = t.randn(4, dtype=t.float64, requires_grad=True)
    x = t.randn(5, 3, dtype=t.float64)
    parameters = (w1, b1, w2)

    def penalty(create_graph: bool) -> Any:
        loss = ((x @ w1.T + b1).tanh() @ w2.T).sigmoid().pow(2).mean()
        grads = t.autograd.grad(loss, parameters, create_graph=create_graph)
        return sum((g * g).sum() for g in grads)

    wanted = t.autograd.grad(penalty(True), parameters)
    for p, g in zip(parameters, wanted):
        index = (0,) * p.dim()
        sides = []
        for step in (1e-5, -1e-5):
            with t.no_grad():
                p[index] += step
            sides.append(penalty(False).item())
            with t.no_grad():
                p[index] -= step
        assert abs((sides[0] - sides[1]) / 2e-5 - g[index].item()) < 1e-7


def test_backward_with_create_graph_gives_a_differentiable_grad(t: Any) -> None:
    x = leaf(t, 2)
    (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    (second,) = t.autograd.grad(x.grad, x)
    assert second.item() == 12


def test_the_second_derivative_of_relu_is_zero_and_there(t: Any) -> None:
    x = leaf(t, -1, 2)
    (g,) = t.autograd.grad(x.relu().sum(), x, create_graph=True)
    assert g.requires_grad
    (h,) = t.autograd.grad(g.sum(), x)
    assert h.tolist() == [0, 0]


def test_scatter_with_reduce_has_no_derivative(t: Any) -> None:
    x = leaf(t, 1, 2)
    y = x.scatter(0, t.tensor([1, 1]), 3.0, reduce="multiply")
    assert y.tolist() == [1, 18] and type(y.grad_fn).__name__ == "NotImplemented"
    with pytest.raises(RuntimeError, match="derivative for aten::scatter is not implemented"):
        y.sum().backward()


def test_an_infinite_gradient_of_an_extreme_or_a_median_stays_with_it(t: Any) -> None:
    for pick, place in (("median", 1), ("nanmedian", 1), ("max", 2), ("min", 0)):
        x = leaf(t, 1, 2, 3)
        (getattr(x, pick)() / 0).backward()
        assert x.grad.tolist() == [float("inf") if k == place else 0 for k in range(3)]


def test_the_spread_of_one_number_has_a_second_derivative_along_a_dimension(t: Any) -> None:
    x = leaf(t, 1, 2).reshape(2, 1)
    (g,) = t.autograd.grad(x.var(1).sum(), x, create_graph=True)
    assert g.isnan().all() and g.requires_grad
    y = leaf(t, 1, 3)
    (g,) = t.autograd.grad(y.var(correction=2), y)
    assert g.tolist() == [float("inf")] * 2
    (g,) = t.autograd.grad(y.var(0, correction=3), y)
    assert g.tolist() == [2, -2]


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((3,), (2, 3)), ((), (2,))])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_another_overloads_name_changes_nothing_else(t: Any, shapes: Any, which: int) -> None:
    operands = [t.full(shape, 2.0 + i) for i, shape in enumerate(shapes)]
    asked = [x.requires_grad_() for i, x in enumerate(operands) if which in (i, 2)]
    z = t.div(*operands, rounding_mode=None)
    assert z.grad_fn.name() == "DivBackward2"
    assert [n is not None for n, _ in z.grad_fn.next_functions] == [x.requires_grad for x in operands]
    found = t.autograd.grad((z * z).sum(), asked)
    plain = t.autograd.grad(((operands[0] / operands[1]) ** 2).sum(), asked)
    assert [g.shape for g in found] == [x.shape for x in asked]
    assert all(t.equal(a, b) for a, b in zip(found, plain, strict=True))


def test_batched_gradients_where_some_or_all_are_zeros(t: Any) -> None:
    """One that upstream gradients do not reach is as large as the input, one that is the same for all is of each."""
    a, b = t.ones(3, requires_grad=True), t.ones(2, requires_grad=True)
    overwritten = a + a
    overwritten.copy_(t.ones(3))
    out = overwritten * t.ones(3)
    found = t.autograd.grad(out, [a, b], t.ones(4, 3), is_grads_batched=True, materialize_grads=True, create_graph=True)
    assert [tuple(g.shape) for g in found] == [(4, 3), (2,)]
    assert found[1].requires_grad


def test_materialized_zeros_say_what_other_gradients_say(t: Any) -> None:
    a, b = t.ones(3, requires_grad=True), t.ones(2, requires_grad=True)
    for create in (False, True):
        found = t.autograd.grad((a * a).sum(), [a, b], materialize_grads=True, create_graph=create)
        assert [g.requires_grad for g in found] == [create, create]


def test_what_set_has_turned_away_counts_its_own_writes(t: Any) -> None:
    """``set_`` shares memory and no version: writes through the tensor are not those of its source."""
    x, s = t.ones(3, requires_grad=True), t.ones(3)
    y = (x * s).sum()
    other = t.zeros(1).set_(s)
    other.add_(1)
    assert (other._version, s._version) == (2, 0)
    y.backward()
    assert x.grad.tolist() == [2, 2, 2]
    y = (x * s).sum()
    s.set_(t.zeros(3))
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        y.backward()
    y = (x * 2).sum()
    with t.no_grad():
        x.set_(t.zeros(3))
    assert t.autograd.grad(y, x, allow_unused=True) == (None,)  # what was computed of it is another leaf's


def test_other_outputs_of_the_node_that_is_asked_for_are_come_to(t: Any) -> None:
    first, second, _ = t.ones(6, requires_grad=True).split(2)
    second.retain_grad()
    (second * 3).sum().backward(inputs=[first], retain_graph=True)
    assert first.grad is None and second.grad.tolist() == [3, 3]
    (g,) = t.autograd.grad((first * second).sum(), first, retain_graph=True)
    assert g.tolist() == [1, 1] and second.grad.tolist() == [4, 4]


def test_a_view_without_a_way_back_may_be_asked_for(t: Any) -> None:
    x = t.ones(3, requires_grad=True)
    with t.no_grad():
        view = x[1:]
    x.sum().backward(inputs=[view])
    assert x.grad is None and view.grad is None
    assert t.autograd.grad(x.sum(), view, allow_unused=True) == (None,)
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        t.autograd.grad(x.sum(), view)
