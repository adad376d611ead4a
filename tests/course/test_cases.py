from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.cases import copy_args, copy_layout, drawn, fixed, lay_out, shaped, weight

LAYOUTS = ["", "transposed", "sliced", "reversed"]
SHAPES = [(), (4,), (2, 3), (1, 3), (2, 0), (2, 3, 4)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_layout_changes_strides_and_nothing_else(layout, shape):
    values = np.random.default_rng(0).normal(size=shape)
    laid_out = lay_out(values, layout)
    assert laid_out.shape == shape and np.array_equal(laid_out, values)
    if layout and shape == (2, 3):
        assert not laid_out.flags.c_contiguous


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_copy_has_the_strides_but_not_the_memory(layout, shape):
    array = lay_out(np.random.default_rng(0).normal(size=shape), layout)
    fresh = copy_layout(array)
    assert np.array_equal(fresh, array) and fresh.shape == array.shape
    if array.size:
        assert fresh.strides == array.strides
    assert not np.shares_memory(fresh, array)


def test_a_broadcast_array_is_copied_with_stride_zero():
    wide = np.broadcast_to(np.arange(3.0), (4, 3))
    assert copy_layout(wide).strides == wide.strides


def test_copies_go_into_tuples():
    inner = np.zeros(2)
    (copied,), number = copy_args(((inner,), 3))
    copied[0] = 5
    assert inner[0] == 0 and number == 3


def test_an_unknown_layout_says_so():
    with pytest.raises(ValueError, match=r"layout must be.*'diagonal'"):
        lay_out(np.zeros(2), "diagonal")


@shaped
def pair(draw, a, b, extra=None):
    return draw(a), draw(b), extra


def test_written_shapes():
    inputs = pair("2 3, 3", (", 0 4", 7))(np.random.default_rng(0))
    assert [(a.shape, b.shape, extra) for a, b, extra in inputs] == [
        ((2, 3), (3,), None), ((2, 3), (3,), None), ((), (0, 4), 7), ((), (0, 4), 7),
    ]  # fmt: skip
    readable, random = inputs[0][0], inputs[1][0]
    assert np.array_equal(readable, readable.round()) and not np.array_equal(random, random.round())
    assert (readable != 0).all()


def test_the_same_seed_gives_the_same_inputs_and_another_seed_others():
    cases = fixed((1,)) + drawn(3, lambda rng: (rng.normal(),))
    same, again, other = (cases(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert same == again and same[0] == other[0] == (1,) and same[1:] != other[1:]


def test_empty_arrays_are_shown_last():
    assert weight((np.zeros(0),)) > weight((np.zeros(20),)) > weight((np.zeros(2), 3))
