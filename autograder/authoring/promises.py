"""What is checked is stated: an exercise's prose against the classes of its inputs, in both languages.

The whole list stands under the exercise's heading, made from the declaration; this looks at what surprises people,
which belongs in the prose as well, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.judging.catalogue import Message
from autograder.judging.exercise import Exercise


@dataclass(frozen=True)
class Promise:
    """A kind of input that surprises people: how prose mentions it, and whether an exercise has it."""

    what: Message
    zh: str
    en: str
    declared: Callable[[Exercise], bool]


def _any(test: Callable[[str, Any], bool]) -> Callable[[Exercise], bool]:
    return lambda exercise: any(test(axis, one) for axis, one in exercise.domain.classes)


def _default(exercise: Exercise) -> bool:
    return any(one == "omitted" for _, one in exercise.domain.classes)


#: Classes whose inputs have no elements.
NO_ELEMENTS = ("zero", "zeros", "zero first", "zero last", "zero added", "to zero", "no rows", "nothing summed")

#: Axes on which zero is a value, not a length.
VALUES = ("magnitude", "t")

PROMISES = (
    Promise(
        Message("没有元素的输入", "inputs without elements"),
        r"为 0|是 0|0 或|或 0|没有元素|0 到|≥ ?0",
        r"\b(length|lengths|of|or|and|be|batch) 0\b|0 (or|to)\b|no elements|without elements|empty|≥ ?0",
        _any(lambda axis, one: (axis == "empty" and one == "one") or (one in NO_ELEMENTS and axis not in VALUES)),
    ),
    Promise(
        Message("0 维的输入", "0-d inputs"),
        r"0 维|0 到|一个数|标量|\(\)|不定维|几维都",
        r"0-d|0 to|single number|scalar|\(\)|any number of dimensions",
        _any(lambda axis, one: axis == "ndim" and one == 0),
    ),
    Promise(Message("省略的参数", "left-out arguments"), r"默认|省略|不写|不传", r"default|left out|omit", _default),
    Promise(
        Message("负的维", "negative dimensions"),
        r"负",
        r"negative|-1",
        _any(lambda axis, one: axis in ("dim", "sign") and "negative" in str(one)),
    ),
)  # fmt: skip


def broken(exercise: Exercise, zh: str, en: str) -> Iterator[Message]:
    """What the prose of an exercise, with its docstring, leaves unsaid; ``zh`` and ``en`` are all there is to read."""
    for promise in PROMISES:
        if promise.declared(exercise):
            for lang, text, name in (("zh", zh, "中文"), ("en", en, "英文")):
                if not re.search(getattr(promise, lang), text, re.IGNORECASE):
                    yield Message(
                        f"{name}里没有提到要检查的{promise.what.zh}",
                        f"{lang}: {promise.what.en} are checked and not mentioned",
                    )
