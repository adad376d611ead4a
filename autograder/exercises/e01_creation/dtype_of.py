"""1.2 The dtype that torch.tensor infers from data."""

from __future__ import annotations

from math import prod
from typing import Any

import tidu
from autograder.exercises.e01_creation.nested import nest, numbers_in
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part

#: The kinds of numbers, each after those that it takes in.
KINDS = ("bools", "ints", "floats", "complex numbers")


def _inferred(data, default="float32"):
    before = tidu.get_default_dtype()
    tidu.set_default_dtype(getattr(tidu, default))
    try:
        return str(tidu.tensor(data).dtype).removeprefix("torch.")
    finally:
        tidu.set_default_dtype(before)


def _number(draw: Draw, kind: str, largest: int = 4) -> Any:
    if kind == "bools":
        return bool(draw.integer(0, 1))
    whole = draw.integer(0, largest)
    if kind == "ints":
        return whole
    return float(whole) if kind == "floats" else complex(whole, draw.integer(0, largest))


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths, longest=4)
    level, size = KINDS.index(pick.highest), prod(shape)
    need(size > 0 or pick.highest == "floats")
    values = [_number(draw, pick.highest, 1 if pick.amounts == "0 and 1" else 4) for _ in range(max(size, 1))]
    if pick.amounts == "any" and level > 0:
        values[draw.integer(0, len(values) - 1)] = {1: 7, 2: 2.5, 3: 1 + 2.5j}[level]
    if pick.mixed != "no":
        need(size >= 2 and level > 0 and pick.amounts == "any")
        lower = draw.integer(0, level - 1) if pick.mixed != "the kind below" else level - 1
        values = [_number(draw, KINDS[lower]) for _ in values]
        if pick.mixed == "equal numbers":
            values = [type(values[0])(1) for _ in values]
        at = {"first": 0, "last": size - 1}[pick.odd]
        values[at] = type(_number(draw, pick.highest))(1) if pick.mixed == "equal numbers" else values[at]
        if pick.mixed != "equal numbers":
            values[at] = _number(draw, pick.highest)
    data = nest(values, shape)
    need(pick.default != "float64, complex" or pick.highest == "complex numbers")
    return (data,) if pick.default == "omitted" else (data, pick.default.partition(",")[0])


dtype_of = Exercise(
    "dtype_of",
    difficulty=2,
    importance=3,
    minutes=12,
    allow="python",
    reference=_inferred,
    make=_make,
    parts=[
        Part(
            "values", 3,
            highest=("floats", "ints", "bools", "complex numbers"), ndim=(1, 2, 3),
            lengths=("distinct", "equal", "one first"),
            amounts=("any", "0 and 1"), mixed=("no",), odd=("last", "first"), default=("omitted",),
        ),
        Part("mixed", 3, mixed=("the kind below", "any kind below", "equal numbers")),
        Part("default", 2, default=("float64", "float32", "float64, complex")),
        Part("edge", 1, ndim=(0,), lengths=("zero first", "zero last")),
    ],
)  # fmt: skip


def _names(default):
    return {bool: "bool", int: "int64", float: default, complex: "complex128" if default == "float64" else "complex64"}


def _highest(data, default, order=(complex, float, int, bool)):
    """The name for the first type of ``order`` that stands in the data; ``default`` where there are no numbers."""
    found = {type(value) for value in numbers_in(data)}
    return next((_names(default)[kind] for kind in order if kind in found), default)


@dtype_of.mistake(
    zh="Python 里 True 也是 int（isinstance(True, int) 为真），所以全是 bool 的数据被当成了整数。先问是不是 bool。",
    en="In Python True is an int as well (isinstance(True, int) holds), so data of bools was taken for ints. Ask for "
    "bool first.",
)
def bools_are_ints(data, default="float32"):
    found = _highest(data, default)
    return "int64" if found == "bool" else found


@dtype_of.mistake(
    zh="只看了第一个数。只要有一个小数，整个张量就是浮点数：每个数都要看。",
    en="Only the first number is looked at. A single float makes the whole tensor float: look at all of them.",
)
def first_number_only(data, default="float32"):
    first = next(numbers_in(data), 0.0)
    return _names(default)[type(first)]


@dtype_of.mistake(
    zh="只看了第一行。别的行里也可能有小数。",
    en="Only the first row is looked at. There may be a float in another row.",
)
def first_row_only(data, default="float32"):
    nested = isinstance(data, list) and data and isinstance(data[0], list)
    return _highest(data[0] if nested else data, default)


@dtype_of.mistake(
    zh="这是 NumPy 的规则：小数是 float64。PyTorch 用的是默认浮点类型，一般是 float32。",
    en="This is NumPy's rule, float64 for floats. PyTorch takes the default dtype, float32 as a rule.",
)
def as_numpy_does(data, default="float32"):
    return _highest(data, "float64")


@dtype_of.mistake(
    zh="大写的 `torch.Tensor(data)` 才总是浮点数。小写的 `torch.tensor(data)` 按数据推断，整数仍是 int64。",
    en="It is `torch.Tensor(data)`, with a capital, that always makes floats. `torch.tensor(data)` infers from the "
    "data, and ints stay int64.",
)
def always_the_default(data, default="float32"):
    return default


@dtype_of.mistake(
    zh="default 没有用上：默认浮点类型是 float64 时，小数就是 float64。",
    en="default is not used: where the default dtype is float64, floats are float64.",
)
def default_ignored(data, default="float32"):
    return _highest(data, "float32")


@dtype_of.mistake(
    zh="复数由两个浮点数组成：默认浮点类型是 float64 时，复数是 complex128。",
    en="A complex number is two floats: where the default dtype is float64, it is complex128.",
)
def complex64_always(data, default="float32"):
    found = _highest(data, default)
    return "complex64" if found == "complex128" else found


@dtype_of.mistake(
    zh="方向反了：应取容得下所有数的那一种，不是最小的那一种。整数放得进浮点数，反过来会丢掉小数部分。",
    en="The other way round: take the kind that has room for every number, not the smallest. An int fits into a float; "
    "a float would lose its fraction as an int.",
)
def lowest_kind(data, default="float32"):
    return _highest(data, default, (bool, int, float, complex))


@dtype_of.mistake(
    zh="没有数时无从推断，用的是默认浮点类型，不是 int64。",
    en="With no numbers there is nothing to infer from, and the default dtype is taken, not int64.",
)
def empty_is_int(data, default="float32"):
    return _highest(data, default) if list(numbers_in(data)) else "int64"


@dtype_of.mistake(
    zh="把数放进集合，相等的就合并了：1、1.0 和 True 相等，只剩一个，别的类型就看不见了。要收集的是类型，不是数。",
    en="A set merges what is equal: 1, 1.0 and True are equal, one of them is left, and the other types are gone. "
    "Collect types, not numbers.",
)
def set_of_numbers(data, default="float32"):
    return _highest(list(set(numbers_in(data))), default)
