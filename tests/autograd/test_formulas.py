"""Other formulas in the place of an op's own: within a block, on every path that records, and nowhere else."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tidu as torch
from tidu import _graph
from tidu.formulas import Formula, differentiable, lend

OPS = {op.name: op for op in differentiable()}
MUL, EXP, ADD = OPS["mul"], OPS["exp"], OPS["add"]
#: Ten times the right gradients, and exp's from its operand: neither saves what the op's own formulas save.
TENFOLD = [
    Formula(lambda g, x, y: 10 * g * y, ("x", "y"), whole=True),
    Formula(lambda g, x, y: 10 * g * x, ("x", "y"), whole=True),
]
FROM_X = [Formula(lambda g, x: 10 * g * np.exp(x))]

WAYS = {
    "two tensors": (lambda x: x * torch.tensor([3.0, 4.0]), [3.0, 4.0]),
    "two that need gradients": (lambda x: x * (x + 1), [3.0, 5.0]),
    "a number on the right": (lambda x: x * 3, [3.0, 3.0]),
    "a number on the left": (lambda x: 3 * x, [3.0, 3.0]),
    "the function": (lambda x: torch.mul(x, torch.tensor(3.0)), [3.0, 3.0]),
    "in place": (lambda x: x.clone().mul_(3.0), [3.0, 3.0]),
    "a view": (lambda x: x.view(2, 1).squeeze(1) * 3.0, [3.0, 3.0]),
    "two dtypes": (lambda x: x * torch.tensor([3, 4]), [3.0, 4.0]),
}


def gradient(function):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = function(x)
    return torch.autograd.grad(y.sum(), x)[0].tolist()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [True, False], ids=["met before", "first met in the block"])
def test_every_way_of_calling_takes_what_is_lent_and_gives_it_back(way, before):
    function, plain = WAYS[way]
    for forget in MUL.forget:
        forget()
    if before:
        assert gradient(function) == plain
    with lend({MUL: TENFOLD}):
        assert gradient(function) == [10 * g for g in plain]
    assert gradient(function) == plain


def test_an_op_of_one_operand_saves_what_the_lent_formula_reads():
    wanted = np.exp([1.0, 2.0]).astype(np.float32)
    for _ in range(2):
        assert np.allclose(gradient(torch.exp), wanted)
        with lend({EXP: FROM_X}):
            assert np.allclose(gradient(torch.exp), 10 * wanted)


def test_what_was_recorded_before_and_within_keeps_its_formulas():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    before = x * 3
    with lend({MUL: TENFOLD}):
        within = x * 3
        assert torch.autograd.grad(before.sum(), x)[0].tolist() == [3.0, 3.0]
    assert torch.autograd.grad(within.sum(), x)[0].tolist() == [30.0, 30.0]


def test_large_arrays_come_whole_where_a_formula_wants_them_so():
    x = torch.ones(1 << 19, requires_grad=True)
    sizes = []

    def seen(g, x, y):
        sizes.append(g.size)
        return g * y

    with lend({MUL: [Formula(seen, ("x", "y"), whole=True), TENFOLD[1]]}):
        (x * torch.ones(1 << 19)).sum().backward()
    assert sizes == [1 << 19]


def test_broadcasting_is_undone_by_what_was_given():
    x, row = torch.ones(4, 3), torch.ones(3, requires_grad=True)
    asked = []

    def undo(g, shape):
        asked.append((g.shape, shape))
        return g.sum(axis=0)

    with lend({}, undo):
        (x + row).sum().backward()
    (x + row).sum().backward()
    assert asked == [((4, 3), (3,))] and row.grad.tolist() == [8.0] * 3


def test_errors_leave_nothing_behind_and_blocks_nest():
    plans, undo = MUL.plans, _graph.undo_broadcast
    with pytest.raises(KeyError), lend({MUL: TENFOLD}), lend({MUL: [TENFOLD[1], TENFOLD[0]], ADD: ADD.formulas}):
        raise KeyError
    assert MUL.plans is plans and _graph.undo_broadcast is undo
    assert gradient(WAYS["two tensors"][0]) == [3.0, 4.0]
    with pytest.raises(ValueError, match="formulas of exp"), lend({EXP: [None]}):
        pass


def test_forward_mode_and_other_ops_are_as_ever():
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0])
    with lend({MUL: TENFOLD}):
        with torch.autograd.forward_ad.dual_level():
            x = torch.autograd.forward_ad.make_dual(x, t)
            assert torch.autograd.forward_ad.unpack_dual(x * x).tangent.tolist() == [2.0, 0.0]
        assert gradient(lambda x: x / 2) == [0.5, 0.5]


def test_one_thread_lends_at_a_time():
    refused = []

    def other():
        try:
            with lend({MUL: TENFOLD}):
                pass
        except RuntimeError as error:
            refused.append(str(error))

    with lend({MUL: TENFOLD}):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    other()
    assert len(refused) == 1
