from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.compare import difference, number_text, type_name

RIGHT = [
    (3, 3), (np.int32(3), 3), (np.array(3), 3), (3.0, 3.0), (3, 3.0), (np.float64(3), 3.0), (True, True),
    (np.bool_(True), True), (np.array(True), True), (None, None), ("a", "a"), ((1, 2), (1, 2)), ([1, 2], (1, 2)),
    (np.array([1.0, np.nan]), np.array([1.0, np.nan])), (np.array([np.inf]), np.array([np.inf])),
    (np.zeros((0, 3)), np.zeros((0, 3))), (0.1 + 0.2, 0.3), (np.arange(3, dtype=np.int32), np.arange(3)),
    (np.arange(3.0), np.arange(3, dtype=np.float32)), ({"a": 1}, {"a": 1}), ((None, (1,)), (None, (1,))),
    (np.float64(2.0), np.array(2.0)), (np.array([1 + 2j]), np.array([1 + 2j])),
]  # fmt: skip
WRONG = [
    (3.0, 3, "dtype"), (True, 1, "dtype"), (1, True, "type"), (2, 3, "scalar"), (None, 0, "type"), (0, None, "type"),
    ("3", 3, "type"), ((1, 2, 3), (1, 2), "length"), (np.array([1, 2]), (1, 2), "type"), ((1, 3), (1, 2), "item"),
    (np.zeros(3), np.zeros((3, 1)), "shape"), (np.zeros(2, int), np.zeros(2), "dtype"),
    (np.zeros(2, np.float32), np.zeros(2), "dtype"), (np.array([1.0, 2]), np.array([1.0, 3]), "value"),
    (np.array([np.nan]), np.array([1.0]), "value"), (np.array([1.0]), np.array([np.nan]), "value"),
    (np.array([1, 2], object), np.array([1, 2]), "type"), (1.0 + 1e-6, 1.0, "scalar"), ({"a": 1}, {"b": 1}, "keys"),
    (10**30, 3, "dtype"), (np.ma.array([1.0]), np.array([1.0]), "type"), (np.zeros(2, bool), np.zeros(2, int), "dtype"),
    (False, None, "type"), ([1.0], np.array([1.0]), "type"),
]  # fmt: skip


@pytest.mark.parametrize("got, expected", RIGHT)
def test_right(got, expected):
    assert difference(got, expected) is None


@pytest.mark.parametrize("got, expected, code", WRONG)
def test_wrong(got, expected, code):
    found = difference(got, expected)
    assert found is not None and found.code == code


def test_the_first_difference_and_the_largest_error_are_told():
    got, expected = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[1.0, 2.5], [3.0, 4.0]])
    found = difference(got, expected)
    assert found.index == (0, 1)
    assert found.values == {"index": "[0, 1]", "got": "2.", "expected": "2.5", "count": "2", "size": "4", "worst": "5"}


def test_small_elements_of_a_large_array_have_room_for_rounding_only():
    expected = np.array([1e8, 1.0])
    assert difference(expected + np.array([0, 1e-7]), expected) is None
    assert difference(expected + np.array([0, 1e-4]), expected) is not None
    assert difference(expected + np.array([0, 1e-7]), expected, units=1) is not None
    assert difference(np.array([1e-13]), np.array([0.0]), scale=100.0) is None


class Liar:
    """Answers every question as an answer would like it answered."""

    __array_priority__ = 1e9

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        raise AssertionError(f"the examiner looked at .{name}")

    def __hash__(self):
        raise AssertionError("the examiner hashed it")

    def __len__(self):
        raise AssertionError("the examiner measured it")

    __bool__ = __iter__ = __array__ = __float__ = __int__ = __index__ = __len__


@pytest.mark.parametrize("expected", [1, 1.0, True, None, "a", (1,), np.zeros(2), {"a": 1}])
def test_an_unknown_object_is_never_asked_anything(expected):
    assert difference(Liar(), expected).code == "type"
    assert difference((Liar(),), (expected,)).code in ("type", "item_type")
    assert type_name(Liar()) == "Liar"


class Int(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class Array(np.ndarray):
    pass


def test_subclasses_of_plain_types_do_not_count():
    assert difference(Int(1), 2).code == "type"
    assert difference(np.zeros(2).view(Array), np.zeros(2)).code == "type"


@pytest.mark.parametrize(
    "value, text", [(3.0, "3."), (0.25, "0.25"), (-2, "-2"), (True, "True"), (1e30, "1e+30"), (np.nan, "nan")]
)
def test_numbers_are_short(value, text):
    assert number_text(value) == text
