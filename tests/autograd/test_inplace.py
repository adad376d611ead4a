"""In-place operations: version counters, what may not be written, and views of what was written."""

from __future__ import annotations

from typing import Any

import pytest


def leaf(t: Any, *shape: int) -> Any:
    return t.arange(1.0, 1 + t.Size(shape).numel(), dtype=t.float64).reshape(shape).requires_grad_()


def test_versions_count_writes_to_the_memory(t: Any) -> None:
    x = t.zeros(2, 3)
    view, alias, copy = x[0], x.detach(), x.clone()
    assert x._version == 0
    x.add_(1)
    view.mul_(2)
    x[1, 1] = 5
    assert x._version == view._version == alias._version == 3 and copy._version == 0
    x += 1
    assert x._version == 4


def test_a_saved_value_that_was_changed(t: Any) -> None:
    x = leaf(t, 3)
    y = x * 1
    z = y.sin()
    y.add_(1)
    with pytest.raises(RuntimeError) as error:
        z.sum().backward()
    assert str(error.value) == (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        "[torch.DoubleTensor [3]], which is output 0 of Add, is at version 1; expected version 0 instead. Hint: enable "
        "anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def test_a_saved_result_that_was_changed(t: Any) -> None:
    z = (leaf(t, 3) * 1).exp()
    z.mul_(2)
    with pytest.raises(RuntimeError, match="output 0 of Exp, is at version 1; expected version 0"):
        z.sum().backward()


def test_an_operand_on_the_written_memory(t: Any) -> None:
    """Its value is saved and, by the same operation, gone: an error, never a wrong gradient."""
    for write in (lambda z: z.mul_(z), lambda z: z.div_(z), lambda z: z.mul_(z[:]), lambda z: z[:].mul_(z)):
        z = leaf(t, 3) * 1
        write(z)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()
    x = leaf(t, 3)
    z = x * 1
    z.add_(z)
    z.sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_what_was_not_saved_may_be_changed(t: Any) -> None:
    x = leaf(t, 3)
    y = x * 1
    z = y.exp()
    y.add_(1)
    z.sum().backward()
    assert t.allclose(x.grad, x.detach().exp())


def test_leaf_and_view_of_a_leaf(t: Any) -> None:
    x = leaf(t, 3)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        x[0].add_(1)
    with t.no_grad():
        x.add_(1)
        x[0] = 9
    assert x.tolist() == [9, 3, 4] and x.is_leaf


def test_gradient_through_an_in_place_chain(t: Any) -> None:
    x = leaf(t, 3)
    y = x * 2
    y.add_(1).mul_(x)
    assert y.grad_fn.name() == "MulBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [5, 9, 13]


def test_copy_slices(t: Any) -> None:
    x, w = leaf(t, 2, 3), leaf(t, 3)
    y = x * 1
    y[0] = w
    assert y.grad_fn.__class__.__name__ == "CopySlices"
    (y * y).sum().backward()
    assert w.grad.tolist() == [2, 4, 6] and x.grad.tolist() == [[0, 0, 0], [8, 10, 12]]


def test_a_constant_becomes_part_of_the_graph(t: Any) -> None:
    y, w = t.zeros(2, 2, dtype=t.float64), leaf(t, 2)
    assert not y.requires_grad
    y[1] = w * 3
    assert y.requires_grad and y.grad_fn.__class__.__name__ == "CopySlices"
    y.sum().backward()
    assert w.grad.tolist() == [3, 3]


def test_views_made_before_see_the_new_history(t: Any) -> None:
    x = leaf(t, 4)
    base = x * 1
    early, other = base[:2], base.view(2, 2)
    base.mul_(x)
    early.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [2, 4, 0, 0]
    assert other.grad_fn.name() == "AsStridedBackward0"
    x.grad = None
    (other * other).sum().backward()
    assert x.grad.tolist() == [4 * v**3 for v in (1, 2, 3, 4)]


@pytest.mark.parametrize("use", ["sin", "mul", "add", "sum", "matmul", "cat", "view", "mul_", "max", "where"])
def test_a_view_made_before_a_write_has_the_new_history_whatever_reads_it(t: Any, use: str) -> None:
    x = leaf(t, 2, 2)
    base = x * 1
    early = base[0]
    base.mul_(3)
    read = {
        "sin": lambda v: v.sin(),
        "mul": lambda v: v * v,
        "add": lambda v: v + 1,
        "sum": lambda v: v.sum(),
        "matmul": lambda v: v @ v,
        "cat": lambda v: t.cat([v, v]),
        "view": lambda v: v[:1],
        "mul_": lambda v: v.mul_(2),
        "max": lambda v: v.max(dim=0).values,
        "where": lambda v: t.where(v > 4, v, v * 2),
    }[use]
    (got,) = t.autograd.grad(read(early).sum(), x)
    y = x.detach().clone().requires_grad_()
    (want,) = t.autograd.grad(read((y * 3)[0] * 1).sum(), y)
    assert t.allclose(got, want)


def test_operands_that_lie_across_the_written_memory(t: Any) -> None:
    x = t.arange(4.0)
    for write in (lambda: x[1:].add_(x[:-1]), lambda: x[1:].copy_(x[:-1]), lambda: x.view(2, 2).mul_(x.view(2, 2).t())):
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            write()
    y = t.arange(4.0).view(2, 2)
    for write in (lambda: y.copy_(y[0]), lambda: y.add_(y[0, 0]), lambda: y.copy_(y[0, 0])):
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            write()
    x.add_(x)
    x[:2].add_(x[2:])
    assert x.tolist() == [4, 8, 4, 6]
    y[...] = y[0]
    assert y.tolist() == [[0, 1], [0, 1]]
    y.fill_(y[0, 1])
    assert y.tolist() == [[1, 1], [1, 1]]


def test_what_is_written_where_an_index_says_may_not_be_read_from_there(t: Any) -> None:
    x, rows = t.arange(6.0).view(3, 2), t.tensor([[0, 1]])

    def assign(key: Any, value: Any) -> None:
        x[key] = value

    for write in (
        lambda: assign([0, 2], x[1]),
        lambda: assign([0, 1, 2], x),
        lambda: assign([0, 1], x[0, 0]),
        lambda: assign(t.tensor([True, False, True]), x[0]),
        lambda: x.scatter_(0, rows, x[:1]),
        lambda: x.scatter_add_(0, rows, x[:1]),
        lambda: x.index_add_(0, t.tensor([0]), x[:1]),
    ):
        with pytest.raises(RuntimeError, match="refer to a single memory location"):
            write()
    k = t.arange(4)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        k[k[:2]] = 1
    x[t.tensor([True, False, True])] = x[1, 1]
    x[:, t.tensor([True, False])] = x[:, 1:]
    assert x.tolist() == [[3, 3], [3, 3], [3, 3]]


def test_views_lost_to_a_write_through_their_base(t: Any) -> None:
    base = leaf(t, 4) * 1
    part = base.unbind()[0]
    with t.no_grad():
        quiet = base[1:]
    base.mul_(2)
    for view in (part, quiet):
        assert view.requires_grad and repr(view).endswith("grad_fn=<Invalid>)")
        for use in (lambda v: v.grad_fn, lambda v: v * 2, lambda v: v.is_leaf):
            with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
                use(view)
    assert part.item() == 2 and (quiet.detach() * 2).tolist() == [8, 12, 16]


def test_retain_grad_follows_the_tensor_through_a_write(t: Any) -> None:
    x = leaf(t, 2)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    (y * 5).sum().backward()
    assert y.grad.tolist() == [5, 5] and x.grad.tolist() == [15, 15]


def test_retain_grad_follows_a_view_whose_base_is_written(t: Any) -> None:
    x = leaf(t, 4)
    base = x * 1
    view = base[:2]
    view.retain_grad()
    base.mul_(3)
    (view * 5).sum().backward()
    assert view.grad.tolist() == [5, 5] and x.grad.tolist() == [15, 15, 0, 0]


def test_a_view_made_without_grad_is_not_saved_for_its_own_gradient(t: Any) -> None:
    x, w = leaf(t, 3), leaf(t, 3)
    base, other = x * 1, w * 1
    with t.no_grad():
        view = base[:]
    product = view * other
    assert product.grad_fn.next_functions[0] == (None, 0)
    with t.no_grad():
        other.zero_()  # which only the gradient of the view would have read
    product.sum().backward()
    assert w.grad.tolist() == [1, 2, 3] and x.grad is None


def test_a_saved_view_that_lost_its_history(t: Any) -> None:
    base, w = leaf(t, 3) * 1, leaf(t, 3)
    part = base.split(3)[0]
    product = part * w
    base.mul_(2)
    with pytest.raises(RuntimeError, match="Output 0 of Split is a view and its base or another view of its base has"):
        product.sum().backward()


def test_a_view_that_is_added_to_another_view_of_the_same_memory(t: Any) -> None:
    x = leaf(t, 4)
    base = x * 1
    d = base[:2]
    d.mul_(3)
    w = d[...]
    w.add_(d)
    for view in (w, d, base):
        (g,) = t.autograd.grad(view.sum(), x, retain_graph=True)
        assert g.tolist()[:2] == [6, 6]


def test_views_of_views_written_to(t: Any) -> None:
    x = leaf(t, 2, 3)
    base = x * 1
    base.t()[1:].mul_(10)
    base[1].add_(x[0])
    base.sum().backward()
    assert x.grad.tolist() == [[2, 11, 11], [1, 10, 10]]


def test_double_backward_through_copy_slices(t: Any) -> None:
    def f(x: Any) -> Any:
        y = x * x
        y[1:].mul_(x[:-1])
        return (y * y).sum()

    x = leaf(t, 3)
    assert t.autograd.gradcheck(f, (x,)) and t.autograd.gradgradcheck(f, (x,))


def test_a_view_made_without_grad(t: Any) -> None:
    base = leaf(t, 3) * 1
    with t.no_grad():
        view = base[:2]
    assert view.requires_grad and view.grad_fn is None
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified inplace"):
        view.mul_(2)


@pytest.mark.parametrize("make", ["split", "unbind", "chunk"])
def test_one_of_several_views(t: Any, make: str) -> None:
    base = leaf(t, 4) * 1
    part = {"split": lambda: base.split(2), "unbind": lambda: base.unbind(), "chunk": lambda: base.chunk(2)}[make]()[0]
    with pytest.raises(RuntimeError, match="is the output of a function that returns multiple views"):
        part.mul_(2)


def test_an_expanded_tensor_may_not_be_written(t: Any) -> None:
    x = t.zeros(3, 1).expand(3, 2)
    for write in (lambda: x.add_(1), lambda: x.fill_(t.tensor(1.0)), lambda: x[0].copy_(t.ones(2))):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single mem"):
            write()
    assert x.fill_(2).tolist() == [[2, 2]] * 3


def test_an_index_writes_into_an_expanded_tensor_with_a_warning(t: Any) -> None:
    x = t.arange(3.0).view(3, 1).expand(3, 2)
    with pytest.warns(UserWarning, match="Use of index_put_ on expanded tensors is deprecated"):
        x[[0, 1], [0, 1]] = t.tensor([7.0, 8.0])
    assert x.tolist() == [[7, 7], [8, 8], [2, 2]]
    with pytest.warns(UserWarning, match="Use of index_put_ on expanded tensors is deprecated"):
        x.index_put_((t.tensor([2, 2]), t.tensor([0, 1])), t.tensor([1.0, 2.0]), accumulate=True)
    assert x.tolist() == [[7, 7], [8, 8], [5, 5]]
    with pytest.warns(UserWarning, match="Use of masked_fill_ on expanded tensors is deprecated"):
        x.masked_fill_(t.tensor([[True, False], [False, False], [False, True]]), 0)
    assert x.tolist() == [[0, 0], [8, 8], [0, 0]]


def test_no_gradient_through_a_written_expanded_view(t: Any) -> None:
    base = leaf(t, 3) * 1
    base.expand(2, 3).zero_()
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory"):
        base.sum().backward()


def test_dtype_and_shape_stay(t: Any) -> None:
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        t.tensor([1, 2]).add_(0.5)
    with pytest.raises(RuntimeError, match=r"output with shape \[2\] doesn't match the broadcast shape \[3, 2\]"):
        t.ones(2).add_(t.ones(3, 2))
    x = t.ones(2, dtype=t.float32)
    assert x.add_(t.ones(2, dtype=t.float64)).dtype == t.float32


def test_augmented_assignment_is_in_place(t: Any) -> None:
    x = t.ones(3)
    held, address = x, x.data_ptr()
    x += 1
    x *= 3
    x -= 1
    x /= 5
    assert held is x and x.data_ptr() == address and x.tolist() == [1, 1, 1]
    y = t.ones(3)
    y = y + 1
    assert y.data_ptr() != address


def test_overlapping_copy(t: Any) -> None:
    x = t.arange(5)
    x[1:] = x[:-1].clone()
    assert x.tolist() == [0, 0, 1, 2, 3]


def test_data_and_detach_and_the_version_check(t: Any) -> None:
    """A write through detach() is seen, one through .data is not: it gives a wrong gradient, as in PyTorch."""
    x = leaf(t, 2)
    y = x * 1
    z = y.sin()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    y = x * 1
    z = y.sin()
    y.data.zero_()
    z.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_second_derivative_through_a_view_made_before_the_write(t: Any) -> None:
    def f(x: Any) -> Any:
        y = t.zeros(3, 4, dtype=t.float64)
        early = y[:1]
        y[...] = x.sum()
        return early.tanh().sum()

    x = t.linspace(-0.1, 0.3, 4, dtype=t.float64).requires_grad_()
    assert t.autograd.gradcheck(f, (x,)) and t.autograd.gradgradcheck(f, (x,))


def test_writing_into_a_view_of_a_base_that_is_not_row_major(t: Any) -> None:
    x = leaf(t, 3, 4)
    base = x.t() * 1
    base.as_strided((2, 2), (1, 3)).mul_(3)
    base.t().view(-1)[:2].mul_(5)
    base.sum().backward()
    assert x.grad.tolist() == [[15, 15, 1, 3], [3, 1, 1, 1], [1, 1, 1, 1]]


def test_a_view_that_is_turned_in_place(t: Any) -> None:
    x = leaf(t, 3, 4)
    base = x * 1
    view = base[:2]
    view.t_()
    view[1].mul_(3)
    view.mul_(2)
    base.sum().backward()
    assert x.grad.tolist() == [[2, 6, 2, 2], [2, 6, 2, 2], [1, 1, 1, 1]]
    with t.no_grad():
        assert x.t_().shape == (4, 3) and x.is_leaf and x.requires_grad


def test_a_view_of_a_base_that_was_turned_in_place(t: Any) -> None:
    x = leaf(t, 4)
    base = t.zeros(3, 4, dtype=t.float64)
    view = base[0]
    base.t_()
    view.add_(x)
    base[:, 0].sum().backward()
    assert base[:, 0].tolist() == [1, 2, 3, 4] and x.grad.tolist() == [1, 1, 1, 1]


def test_a_view_that_a_write_through_its_base_gave_a_history(t: Any) -> None:
    """Until its grad_fn is asked for, PyTorch takes it for the leaf that it was."""
    base = t.zeros(3, dtype=t.float64)
    view = base[:2]
    base.add_(leaf(t, 3))
    view.retain_grad()
    assert not view.retains_grad
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        view.mul_(2)
    assert view.grad_fn is not None
    view.mul_(2)


def test_a_write_into_a_view_of_one_element(t: Any) -> None:
    x = leaf(t, 3)
    total = x.sum()
    total.view_as(total).sub_(1)
    (total * 2).backward()
    assert x.grad.tolist() == [2, 2, 2]


def test_a_leaf_that_no_longer_requires_grad_gets_none(t: Any) -> None:
    x, y = leaf(t, 2), leaf(t, 2)
    z = x * y
    x.requires_grad_(False)
    z.sum().backward()
    assert x.grad is None and y.grad.tolist() == [1, 2]


def test_an_operation_that_fails_has_asked_a_view_for_its_history(t: Any) -> None:
    for asked in (False, True):
        c = t.ones(3, 4)
        view = c[0]
        c.copy_(t.ones(3, 4, requires_grad=True))
        if asked:
            with pytest.raises(RuntimeError):
                t.add(view, c[:, :3])
            view += 1
            assert c[0].tolist() == [2] * 4
        else:
            with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
                view += 1
