"""Hooks, custom functions, and tensors that travel (copies and pickles)."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module
from typing import Any

import pytest


def leaf(t: Any, *values: float) -> Any:
    return t.tensor(list(values), dtype=t.float64, requires_grad=True)


def test_a_hook_sees_and_replaces_the_gradient(t: Any) -> None:
    x = leaf(t, 1, 2)
    seen = []
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g * 10)
    (x * 3).sum().backward()
    assert seen == [[3, 3]] and x.grad.tolist() == [30, 30]
    handle.remove()
    (x * 3).sum().backward()
    assert len(seen) == 1 and x.grad.tolist() == [60, 60]


def test_a_hook_on_an_inner_tensor(t: Any) -> None:
    x = leaf(t, 1, 2)
    y = x * 2
    y.register_hook(lambda g: g + 1)
    z = y * 3
    z.sum().backward()
    assert x.grad.tolist() == [8, 8]
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        t.ones(2).register_hook(print)


def test_hooks_run_once_on_the_whole_gradient(t: Any) -> None:
    x = leaf(t, 2)
    calls = []
    x.register_hook(lambda g: calls.append(g.item()))
    (x * x * x).sum().backward()
    assert calls == [12]


def test_retain_grad_with_hooks(t: Any) -> None:
    x = leaf(t, 1)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 5)
    y.sum().backward()
    assert y.grad.item() == 5 and x.grad.item() == 10


def test_node_hooks(t: Any) -> None:
    x = leaf(t, 1, 2)
    y = x.exp()
    seen = []
    handle = y.grad_fn.register_hook(lambda ins, outs: seen.append((len(ins), outs[0].tolist())))
    y.sum().backward()
    handle.remove()
    assert seen == [(1, [1, 1])]


def exponential(t: Any) -> Any:
    class Exponential(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            out = x.exp()
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (out,) = ctx.saved_tensors
            return g * out

    return Exponential


def test_custom_function(t: Any) -> None:
    f, x = exponential(t), leaf(t, 0.5, 1)
    y = f.apply(x)
    assert type(y.grad_fn).__name__ == "ExponentialBackward" and y.requires_grad
    y.sum().backward()
    assert t.allclose(x.grad, x.detach().exp())
    assert t.autograd.gradcheck(f.apply, (x,)) and t.autograd.gradgradcheck(f.apply, (x,))


def test_custom_function_with_constants_and_several_outputs(t: Any) -> None:
    class Powers(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, n: int, w: Any) -> Any:
            ctx.n = n
            ctx.save_for_backward(x, w)
            assert ctx.needs_input_grad == (True, False, False)
            return x**n, w * 2

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            x, _ = ctx.saved_tensors
            return g * ctx.n * x ** (ctx.n - 1), None, None

    x, w = leaf(t, 2, 3), t.ones(2, dtype=t.float64)
    a, b = Powers.apply(x, 3, w)
    a.sum().backward()
    assert x.grad.tolist() == [12, 27] and b.tolist() == [2, 2]


def test_custom_function_that_returns_the_wrong_number_of_gradients(t: Any) -> None:
    class Wrong(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    with pytest.raises(RuntimeError, match=r"returned an incorrect number of gradients \(expected 1, got 2\)"):
        Wrong.apply(leaf(t, 1)).sum().backward()


def test_custom_function_non_differentiable_and_dirty(t: Any) -> None:
    class Sorted(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            positive = x > 0
            ctx.mark_non_differentiable(positive)
            return x * 1, positive

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            return g

    values, positive = Sorted.apply(leaf(t, 1, -1))
    assert values.requires_grad and not positive.requires_grad

    class AddOne(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = leaf(t, 1, 2)
    y = x * 1
    z = AddOne.apply(y)
    assert z is y and z.tolist() == [2, 3] and type(y.grad_fn).__name__ == "AddOneBackward"
    z.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_custom_function_once_differentiable(t: Any) -> None:

    once = import_module(f"{t.__name__}.autograd.function").once_differentiable

    class Square(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * ctx.saved_tensors[0]

    x = leaf(t, 3)
    (g,) = t.autograd.grad((Square.apply(x) * x).sum(), x, create_graph=True)
    assert g.item() == 27
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def test_custom_function_forward_mode(t: Any) -> None:

    forward_ad = import_module(f"{t.__name__}.autograd.forward_ad")

    class Double(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return t.from_numpy(2 * x.detach().numpy())

        @staticmethod
        def jvp(ctx: Any, tangent: Any) -> Any:
            return tangent * 2

    with forward_ad.dual_level():
        out = Double.apply(forward_ad.make_dual(t.ones(2), t.tensor([1.0, 3.0])))
        assert forward_ad.unpack_dual(out).tangent.tolist() == [2, 6]


def test_saved_values_of_a_node(t: Any) -> None:
    x = leaf(t, 2)
    y = x.exp()
    assert y.grad_fn._saved_result.tolist() == y.tolist()
    assert (x * y).grad_fn._saved_self.tolist() == [2]
    y.sum().backward()
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        _ = y.grad_fn._saved_result


def test_copies_and_pickles(t: Any) -> None:
    x = leaf(t, 1, 2)
    (x * 2).sum().backward()
    for made in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert made.tolist() == [1, 2] and made.requires_grad and made.is_leaf and made.dtype == x.dtype
        assert made.data_ptr() != x.data_ptr()
    assert copy.deepcopy(x).grad.tolist() == [2, 2]
    shared = t.zeros(4)
    first, second = copy.deepcopy([shared, shared[1:]])
    first[1] = 5
    assert second[0] == 5 and shared[1] == 0
    other = t.zeros(2)
    other.data = shared[:2]
    first, second = copy.deepcopy([shared, other])
    first[0] = 7
    assert second[0] == 7 and other[0] == 0
    first, second = copy.deepcopy([shared, shared.view(t.uint8)[4:]])
    first[1] = 1
    assert second.dtype is t.uint8 and second.tolist() == [0, 0, 128, 63] + [0] * 8
    empty = copy.deepcopy(t.empty(2, 0))
    assert empty.shape == (2, 0) and empty.stride() == (1, 1)
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_copy_shares_memory(t: Any) -> None:
    x = t.ones(2)
    y = copy.copy(x)
    y[0] = 7
    assert x.tolist() == [7, 1] and y is not x


def test_multi_output_views(t: Any) -> None:
    x = leaf(t, 1, 2, 3, 4)
    a, b = x.split(2)
    assert (a.grad_fn is b.grad_fn, a.output_nr, b.output_nr) == (True, 0, 1)
    assert (a * 2).grad_fn.next_functions[0][1] == 0 and (b * 2).grad_fn.next_functions[0] == (b.grad_fn, 1)
    (b * 3).sum().backward()
    assert x.grad.tolist() == [0, 0, 3, 3]


def test_values_and_indices(t: Any) -> None:
    x = t.tensor([[1.0, 5.0], [7.0, 2.0]], requires_grad=True)
    found = x.max(dim=1)
    assert found.values.requires_grad and not found.indices.requires_grad
    assert type(found).__name__ == "max" and found[1].tolist() == [1, 0]
    (found.values * t.tensor([2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [[0, 2], [3, 0]]


def test_arguments_of_apply_may_be_named_and_defaults_reach_setup_context(t: Any) -> None:
    seen = []

    class Scale(t.autograd.Function):
        @staticmethod
        def forward(x: Any, k: Any = 2) -> Any:
            return x * k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            seen.append((len(inputs), inputs[1], ctx.needs_input_grad))
            ctx.k = inputs[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.k, None

    x = t.ones(2, requires_grad=True)
    for call, grad in (
        (lambda: Scale.apply(x), 2),
        (lambda: Scale.apply(x, k=5), 5),
        (lambda: Scale.apply(k=7, x=x), 7),
    ):
        x.grad = None
        call().sum().backward()
        assert x.grad.tolist() == [grad, grad]
    assert seen == [(2, k, (True, False)) for k in (2, 5, 7)]
    with pytest.raises(TypeError):
        Scale.apply(x, j=1)


def test_named_arguments_get_gradients_in_the_order_of_forward(t: Any) -> None:
    class Product(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any = 2, *, c: int = 3) -> Any:
            return a * b * c

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return tuple(g * (i + 10) for i in range(len(ctx.needs_input_grad)))

    a, b = t.ones(2, requires_grad=True), t.ones(2, requires_grad=True)
    Product.apply(b=b, a=a).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([10, 10], [11, 11])
    with pytest.raises(TypeError):
        Product.apply(a, c=3)


def test_save_for_forward_is_what_jvp_finds(t: Any) -> None:
    forward_ad = import_module(f"{t.__name__}.autograd.forward_ad")

    class Square(t.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x * x

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_forward(inputs[0], None)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            assert ctx.saved_tensors == ()
            return g

        @staticmethod
        def jvp(ctx: Any, tangent: Any) -> Any:
            x, nothing = ctx.saved_tensors
            assert nothing is None and forward_ad.unpack_dual(x).tangent is None
            return 2 * x * tangent

    with forward_ad.dual_level():
        x = forward_ad.make_dual(t.tensor([3.0, 4.0]), t.tensor([1.0, 10.0]))
        assert forward_ad.unpack_dual(Square.apply(x)).tangent.tolist() == [6, 80]
    y = t.ones(2, requires_grad=True)
    Square.apply(y).sum().backward()
    assert y.grad.tolist() == [1, 1]


def test_numpy_of_what_requires_grad_where_no_history_is_recorded(t: Any) -> None:
    class Double(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return t.from_numpy(x.numpy() * 2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return t.from_numpy(g.numpy() * 2)

    w = t.ones(2, requires_grad=True)
    Double.apply(w).sum().backward()
    assert w.grad.tolist() == [2, 2]
    with t.no_grad():
        assert w.numpy().tolist() == [1, 1]
    with pytest.raises(RuntimeError):
        w.numpy()


def test_a_hook_on_one_of_several_outputs_is_told_that_no_gradient_came(t: Any) -> None:
    x = t.ones(2, 2, requires_grad=True)
    a, b = x.split(1)
    seen: list[Any] = []
    a.register_hook(seen.append)
    a.retain_grad()
    b.sum().backward()
    assert seen == [None] and a.grad is None
    assert x.grad.tolist() == [[0, 0], [1, 1]]
    a, b = x.unbind()
    a.register_hook(lambda g: t.ones(2))
    with pytest.raises(RuntimeError, match="can't replace a None gradient with a non-None value"):
        b.sum().backward()


def test_hooks_of_several_outputs_are_called_in_their_order_and_told_of_none(t: Any) -> None:
    def asked(root: Any, what: Any) -> tuple[list[Any], list[Any]]:
        x = leaf(t, 1, 2, 3)
        outs, seen = (x * 1).unbind(), []
        for i, out in enumerate(outs):
            out.register_hook(lambda g, i=i: seen.append((i, None if g is None else g.item())))
        found = t.autograd.grad(root(outs), what(x, outs), allow_unused=True)
        return [None if g is None else g.tolist() for g in found], seen

    assert asked(lambda o: o[0] * 2, lambda x, o: o[0]) == ([2], [(0, 2), (1, None), (2, None)])
    assert asked(lambda o: o[0] * 2 + o[1], lambda x, o: [o[2], o[1]]) == ([None, 1], [(0, 2), (1, 1), (2, None)])
    assert asked(lambda o: o[0] * 2 + o[1], lambda x, o: [o[0], x]) == (
        [2, [2, 1, 0]],
        [(0, 2), (1, 1), (2, None)],
    )
    (only,) = leaf(t, 1, 2).split(2)
    only.retain_grad()
    (only * 3).sum().backward()
    assert only.grad.tolist() == [3, 3]


def test_a_leaf_that_requires_no_gradient_any_more_gets_none_and_its_hooks_are_called(t: Any) -> None:
    x, seen = leaf(t, 1, 2), []
    y = x * 2
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad))
    x.requires_grad_(False)
    y.sum().backward()
    assert seen == [None] and x.grad is None


def test_what_is_marked_dirty_loses_the_gradient_that_was_assigned_to_it(t: Any) -> None:
    class Doubled(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = leaf(t, 1, 2)
    y = x * 3
    y.grad = t.ones_like(y)
    assert Doubled.apply(y) is y
    y.sum().backward()
    assert x.grad.tolist() == [6, 6] and y.grad is None


def test_a_gradient_that_arrives_at_what_is_no_leaf_any_more(t: Any) -> None:
    x, w = leaf(t, 1, 2), leaf(t, 1)
    y = x * 2
    x.requires_grad_(False)
    x[0] = w.sum() * 3
    with pytest.raises(RuntimeError, match="leaf variable has been moved into the graph interior"):
        (y.sum() + x.sum()).backward()
