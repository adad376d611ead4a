"""Which of several failing inputs a card shows: the one that takes least reading and shows the difference best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.judging.calling import Outcome
from autograder.judging.compare import is_array
from autograder.judging.show import describe, describe_both, single
from autograder.judging.trials import Trial

#: So many of the inputs, those with the least in them, are looked at more closely.
CLOSELY = 40
#: What a line costs, in characters; and what it costs to show nothing but zeros or numbers too small to read, one
#: number throughout, a part only, or two values that look alike.
LINE, ZEROS, UNIFORM, CUT, ALIKE = 8, 250, 25, 2000, 500
TINY = 1e-3


def most_readable(trials: Sequence[Trial], outcomes: Sequence[Outcome], failed: Sequence[int]) -> int:
    """The trial to show of those that failed. 出错的输入里最好读的一个。"""
    few = sorted(failed, key=lambda i: (trials[i].weight, i))[:CLOSELY]
    return min(few, key=lambda i: (reading(trials[i], outcomes[i]), i))


def reading(trial: Trial, outcome: Outcome) -> int:
    """How much there is to read, in characters, on a card about this trial."""
    expected = single(trial.expected)
    cost = sum(_dull(value) for value in [*trial.args, *expected] if is_array(value))
    given, answers = trial.described
    if outcome.kind == "returned":
        got = single(outcome.value)
        if len(got) == len(expected):
            pairs = [describe_both(*pair) for pair in zip(got, expected, strict=True)]
            answers = [one for pair in pairs for one in pair]
            cost += ALIKE * all(_told(mine) == _told(right) for mine, right in pairs)
        else:
            answers = [*answers, *map(describe, got)]
    for text in (one["text"] for one in [*given, *answers]):
        cost += len("".join(text.split())) + LINE * text.count("\n") + CUT * ("…" in text or "..." in text)
    return cost


def _told(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["text"], one.get("shape"), one.get("dtype")


def _dull(array: np.ndarray) -> int:
    sizes = np.abs(array[array != 0])
    if not sizes.size or sizes.max() < TINY:
        return ZEROS
    uniform = array.size > 1 and bool(np.all(array == array.flat[0]))
    return UNIFORM * (uniform + bool(sizes.min() < TINY))
