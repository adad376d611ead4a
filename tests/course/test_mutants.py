"""Gate (a): every right answer, broken in every first-order way, is noticed, or signed as meaning the same.

``python -m tests.course.test_mutants`` prints the figures, and the changes that are neither.
"""

from __future__ import annotations

import re
import signal
import tomllib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.authoring.mutants import Mutant, mutants
from autograder.judging.exercise import Exercise
from tests.course.answers import EXERCISES, defined, right_answers

SIGNED = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))["equivalent"]
#: Seconds of computing after which an answer that does not end counts as noticed.
ENOUGH = 3.0
#: A mutant that home's inputs do not notice has to be right on those of other seeds too.
OTHER_SEEDS = range(100, 106)


class Endless(BaseException):
    """The answer goes on and on."""


@contextmanager
def limited() -> Iterator[None]:
    """Ends what computes too long; it is the process's own time that counts, so a busy machine changes nothing."""

    def stop(*_: Any) -> None:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENOUGH)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def noticed(exercise: Exercise, answer: Callable[..., Any], seed: int, private: bool) -> bool:
    """Whether the check takes points; stops at the first trial that shows it."""
    batch = exercise.batch(seed, private)
    try:
        with limited():
            for trial in batch.trials:
                one = type(batch)([trial])
                if not trial.right(*one.run(answer)):
                    return True
            return not all(trial.right(o) for trial, o in zip(batch.trials, batch.again(answer), strict=True))
    except (Endless, RecursionError, MemoryError):
        return True


@cache
def survivors(exercise: Exercise) -> tuple[int, list[Mutant]]:
    """How many mutants the right answers of an exercise have, and which of them its own check does not notice."""
    made, left = 0, []
    for source in right_answers(exercise):
        assert not noticed(exercise, defined(exercise, source), 0, False), "the answer itself is not right"
        for mutant in mutants(source):
            made += 1
            try:
                answer = defined(exercise, mutant.source)
            except Exception:
                continue  # the cell itself fails, as anybody sees
            if not noticed(exercise, answer, 0, False):
                left.append(mutant)
    return made, left


def signatures(exercise: Exercise, mutant: Mutant) -> list[int]:
    return [
        number
        for number, entry in enumerate(SIGNED)
        if entry["exercise"] in ("*", exercise.id) and re.fullmatch(entry["change"], mutant.change)
    ]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_mutant_is_noticed_or_signed(exercise):
    made, left = survivors(exercise)
    assert made > 50
    unsigned = [mutant.change for mutant in left if not signatures(exercise, mutant)]
    assert unsigned == [], "the check draws no input on which these changes show; declare one, or sign that none exists"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_what_is_signed_is_right_on_other_seeds_too(exercise):
    for mutant in survivors(exercise)[1]:
        answer = defined(exercise, mutant.source)
        for seed in OTHER_SEEDS:
            assert not noticed(exercise, answer, seed, True), (mutant.change, seed)


def test_no_signature_is_left_over():
    """A signature that no longer applies would hide a change that does mean something."""
    used = {number for e in EXERCISES for mutant in survivors(e)[1] for number in signatures(e, mutant)}
    assert [entry["change"] for number, entry in enumerate(SIGNED) if number not in used] == []
    assert all(len(entry["reason"]) > 10 for entry in SIGNED)


@pytest.mark.parametrize(
    "source, change",
    [
        ("a + b", "a + b -> a - b"), ("x < 2", "x < 2 -> x <= 2"), ("max(a, b)", "max -> min"), ("-a", "-a -> a"),
        ("f(a, b)", "f(a, b) -> f(b, a)"), ("x.sum(axis=k)", "x.sum(axis=k) -> x.sum(axis=0)"), ("1", "1 -> 2"),
        ("a if c else b", "a if c else b -> b if c else a"), ("not a", "not a -> a"), ("x[1:]", "1: -> :"),
        ("a and b", "a and b -> a or b"), ("tuple(x)", "tuple(x) -> x"), ("x.copy()", "x.copy() -> x"),
    ],
)  # fmt: skip
def test_the_mutants_are_what_they_say(source, change):
    found = mutants(f"def f(a, b, c, x, k):\n    return {source}")
    assert change in [mutant.change for mutant in found]
    assert len({mutant.source for mutant in found}) == len(found)


if __name__ == "__main__":
    total = kept = 0
    for one in EXERCISES:
        number, alive = survivors(one)
        total, kept = total + number, kept + len(alive)
        print(f"{one.id:<20} {number:>4} mutants, {number - len(alive):>4} noticed, {len(alive):>3} signed")
        for mutant in alive:
            if not signatures(one, mutant):
                print(f"    neither: {mutant.change}")
    print(f"{'all':<20} {total:>4} mutants, {total - kept:>4} noticed, {kept:>3} signed")
