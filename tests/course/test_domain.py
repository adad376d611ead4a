"""Inputs from declared classes: every class, every pair, and each of them what its words say."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest

from autograder.grading import worker
from autograder.judging.calling import call
from autograder.judging.catalogue import phrase
from autograder.judging.domain import Domain, Part
from autograder.judging.draw import (
    LAYOUTS,
    LENGTHS,
    MAGNITUDES,
    STRIDES,
    Draw,
    Impossible,
    copy_args,
    copy_layout,
    lay_out,
    need,
    row_major,
    weight,
)
from tests.course.answers import EXERCISES


def make(pick, draw):
    need(not (pick.a == 3 and pick.b == "y"))
    return (pick.a, pick.b, pick.c, draw.integer(0, 9))


PARTS = (
    Part("plain", 2, a=(1, 2), b=("x",), c=(False,)),
    Part("more", 1, a=(3,), b=("y",)),
    Part("last", 1, c=(True,)),
)


def test_every_class_and_every_possible_pair_is_covered():
    rows = Domain(make, PARTS).rows()
    seen = {frozenset(pair) for row in rows for pair in itertools.combinations(row.classes.items(), 2)}
    wanted = {frozenset({("a", a), ("b", b)}) for a in (1, 2, 3) for b in ("x", "y") if (a, b) != (3, "y")} | {
        frozenset({(axis, one), ("c", c)})
        for axis, ones in (("a", (1, 2, 3)), ("b", "xy"))
        for one in ones
        for c in (False, True)
    }
    assert seen == wanted


def test_the_rest_of_a_row_is_plain_and_its_owners_are_the_parts_it_touches():
    for row in Domain(make, PARTS).rows():
        touched = {1} if row.classes["a"] == 3 or row.classes["b"] == "y" else set()
        touched |= {2} if row.classes["c"] else set()
        assert set(row.owners) == (touched or {0})
        assert sum(value not in (1, "x", False) for value in row.classes.values()) <= 2


@pytest.mark.parametrize(
    "parts, told",
    [
        ((Part("a", 1, x=(1,)), Part("b", 1, y=(2,))), "the first part does not"),
        ((Part("a", 1, x=(1,)), Part("b", 1, x=(1,))), "belongs to two parts"),
    ],
)
def test_a_declaration_that_makes_no_sense_says_so(parts, told):
    with pytest.raises(ValueError, match=told):
        Domain(make, parts)


def test_a_class_that_no_input_has_is_an_error():
    with pytest.raises(ValueError, match="no input has the class a=9"):
        Domain(lambda pick, draw: (need(pick.a != 9), ())[1], (Part("p", 1, a=(1, 9)),)).rows()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_class_is_told_to_students(exercise):
    for axis, one in exercise.domain.classes:
        told = phrase(axis, one)
        assert bool(told.zh) == bool(told.en)
    statement = exercise.statement()
    for part in exercise.parts:
        assert f"** {part.points}: " in statement.en and f"** {part.points}: " in statement.zh
    for text, words in ((statement.zh, "不用 NumPy"), (statement.en, "no NumPy")):
        assert (words in text) == (exercise.allow == "python")


@pytest.mark.parametrize("ndim", range(5))
@pytest.mark.parametrize("lengths", LENGTHS)
def test_lengths_are_what_they_say(lengths, ndim):
    for seed in range(20):
        try:
            shape = Draw(np.random.default_rng(seed), seed % 2 == 0).shape(ndim, lengths)
        except Impossible:
            assert ndim < 3
            continue
        assert len(shape) == ndim
        plain = [n for n in shape if n > 1]
        assert len(set(plain)) == (1 if lengths == "equal" else len(plain) - (lengths == "two equal")), shape
        assert shape.count(0) == (2 if lengths == "zeros" else lengths.startswith("zero"))
        assert shape.count(1) == {"two ones": 2, "ones": ndim}.get(lengths, lengths.startswith("one "))
        assert (12 in shape) == (lengths == "long")
        if lengths.endswith("last"):
            assert shape[-1] < 2


@pytest.mark.parametrize("kind", STRIDES)
def test_strides_are_what_they_say(kind):
    drawn = 0
    for seed in range(80):
        draw = Draw(np.random.default_rng(seed), seed % 2 == 0)
        shape = draw.shape(2 + seed % 3)
        try:
            stride = draw.stride(shape, kind)
        except Impossible:
            assert len(shape) < 3 or kind == "compensating"
            continue
        drawn += 1
        dense = row_major(shape)
        places = {sum(i * s for i, s in zip(at, stride)) for at in np.ndindex(*shape)}
        assert len(stride) == len(shape) and min(stride) >= 0
        if kind in ("dense", "permuted", "transposed", "last in place"):
            assert places == set(range(int(np.prod(shape))))
            assert (stride == dense) == (kind == "dense") and (kind != "last in place" or stride[-1] == 1)
        if kind.startswith(("stepped", "gap")):
            assert len(places) == np.prod(shape) and stride != dense
        if kind.startswith("broadcast") or kind == "two zeros":
            assert stride.count(0) == 1 + (kind == "two zeros") and len(places) < np.prod(shape)
        if kind == "nearly dense":
            assert sum(a != b for a, b in zip(stride, dense)) == 1
        if kind == "compensating":
            assert max(places) == np.prod(shape) - 1 and len(places) < np.prod(shape)
        if kind == "one too many":
            assert stride != dense and stride[-2] // stride[-1] == shape[-1]
        if kind == "wrong middle":
            assert (stride[0], stride[-1]) == (dense[0], dense[-1]) and stride != dense
    assert drawn > 10


@pytest.mark.parametrize("magnitude", MAGNITUDES)
@pytest.mark.parametrize("readable", [True, False])
def test_magnitudes_are_what_they_say(magnitude, readable):
    values = Draw(np.random.default_rng(1), readable).values((4, 5), magnitude)
    top, low = np.abs(values).max(), np.abs(values).min()
    assert values.shape == (4, 5)
    assert (top == 0) == (magnitude == "zero")
    assert (np.ptp(values) == 0) == (magnitude in ("zero", "equal"))
    assert (low > 900) == (magnitude == "thousands")
    assert (np.ptp(values) > 900) == (magnitude in ("spread", "one high"))
    assert (magnitude != "one high") or np.sum(values > 900) == 1
    assert (0.0 in values) == (magnitude in ("zero", "some zeros"))
    assert (25 < np.ptp(values) < 40) == (magnitude == "tens")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 2)])
def test_layouts_keep_the_values(layout, shape):
    array = np.arange(float(np.prod(shape))).reshape(shape)
    laid = lay_out(array, layout)
    assert np.array_equal(laid, array)
    if array.size > 1 and layout != "dense" and not (layout == "transposed" and array.ndim < 2):
        assert not laid.flags.c_contiguous
    assert copy_layout(laid).strides == laid.strides or not laid.size


def test_an_unknown_layout_says_which_there_are():
    with pytest.raises(ValueError, match=r"one of dense, transposed, sliced, reversed; got 'odd'"):
        lay_out(np.zeros(2), "odd")


def test_copies_share_nothing_and_may_be_read_only():
    array = np.broadcast_to(np.arange(3.0), (2, 3))
    (fresh,), (locked,) = copy_args((array,)), copy_args((array,), read_only=True)
    fresh[0, 0] = 9
    assert array[0, 0] == 0 and fresh.strides == array.strides and not locked.flags.writeable


@pytest.mark.parametrize(
    "write",
    [
        lambda parts, k: parts.append(1),
        lambda parts, k: parts.reverse(),
        lambda parts, k: parts.__setitem__(0, parts[0] * 2),
        lambda parts, k: np.add.at(parts[1], ..., 1),
        lambda parts, k: k.pop(),
    ],
)
def test_a_list_that_was_changed_is_noticed_as_an_array_is(write):
    def answer(parts, k):
        total = sum(p.sum() for p in parts)
        write(parts, k)
        return total

    args = ([np.ones(2), np.zeros(2)], [1, 2])
    assert call(answer, args).kind == "returned"
    kind, text = call(answer, args, read_only=True).error
    assert kind == "ValueError" and "read-only" in text
    assert call(lambda parts, k: sum(p.sum() for p in parts), args, read_only=True).kind == "returned"
    given = list(copy_args(args, read_only=True))
    before = [worker._state(a) for a in given]
    with contextlib.suppress(ValueError):  # as NumPy may itself
        write(*given)
        assert [worker._state(a) for a in given] != before
    assert any(map(worker._locked, given))


def test_small_and_whole_inputs_weigh_less():
    small, large, empty = np.ones(2), np.ones((3, 3)), np.ones((0, 2))
    assert weight((small,)) < weight((large,)) < weight((empty,))
    assert weight((small,)) < weight((small + 0.5,)) and weight(((1, 2),)) < weight(((1, 2, 3),))


def test_seeds_change_the_inputs_and_private_ones_are_apart():
    exercise = EXERCISES[-1]
    drawn = {exercise.batch(*key).trials[1].args[1].tobytes() for key in ((0, False), (0, True), (1, False), (1, True))}
    assert len(drawn) == 4
