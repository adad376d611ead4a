"""Gate (a): every right answer, broken in every first-order way, is noticed, or signed as meaning the same.

``make gates`` looks at all of them, and CI runs that; the ordinary run looks at the signatures alone.
``python -m tests.course.test_mutants`` prints the figures, and the changes that are neither; with ``--recorded`` it
prints those of the last long run. It fails where a signature stands for nothing any more.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.authoring.mutants import Mutant, mutants
from autograder.judging.exercise import Exercise
from tests.course.answers import EXERCISES, defined, right_answers

SIGNED = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))["equivalent"]
#: Seconds of computing after which an answer that does not end counts as noticed.
ENOUGH = 1.0
#: What is right may take longer, on a machine that is slow just then.
PATIENCE = 10.0
#: A mutant that home's inputs do not notice has to be right on those of other seeds too.
OTHER_SEEDS = range(100, 106)
FOUND = Path(__file__).parents[2] / "build" / "mutants"


class Endless(BaseException):
    """The answer goes on and on."""


@contextmanager
def limited(seconds: float = ENOUGH) -> Iterator[None]:
    """Ends what computes too long; it is the process's own time that counts, so a busy machine changes nothing."""

    def stop(*_: Any) -> None:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def noticed(exercise: Exercise, answer: Callable[..., Any], seed: int, private: bool, seconds: float = ENOUGH) -> bool:
    """Whether the check takes points; stops at the first trial that shows it."""
    batch = exercise.batch(seed, private)
    try:
        with limited(seconds):
            for trial in batch.trials:
                one = type(batch)([trial])
                if not trial.right(*one.run(answer)):
                    return True
            return not all(trial.right(o) for trial, o in zip(batch.trials, batch.again(answer), strict=True))
    except (Endless, RecursionError, MemoryError):
        return True


def survivors(exercise: Exercise) -> tuple[int, list[Mutant]]:
    """How many mutants the right answers of an exercise have, and which of them its own check does not notice."""
    made, left = 0, []
    for source in right_answers(exercise):
        right = defined(exercise, source)
        assert not noticed(exercise, right, 0, False, PATIENCE), "the answer itself is not right"
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


@pytest.mark.gate  # ``make gates``, and so CI, runs it
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_mutant_is_noticed_or_signed(exercise):
    made, left = survivors(exercise)
    assert made > 50
    used = {mutant.change: signatures(exercise, mutant) for mutant in left}
    unsigned = [change for change, numbers in used.items() if not numbers]
    assert unsigned == [], "the check draws no input on which these changes show; declare one, or sign that none exists"
    for mutant in left:  # what is signed is right on other seeds too
        answer = defined(exercise, mutant.source)
        for seed in OTHER_SEEDS:
            assert not noticed(exercise, answer, seed, True, PATIENCE), (mutant.change, seed)
    FOUND.mkdir(parents=True, exist_ok=True)
    record = {"made": made, "signed": len(left), "used": sorted({n for numbers in used.values() for n in numbers})}
    FOUND.joinpath(f"{exercise.id}.json").write_text(json.dumps(record), encoding="utf-8")


def unused(numbers: set[int]) -> list[str]:
    """Signatures that no mutant needs: one would hide a change that does mean something."""
    return [entry["change"] for number, entry in enumerate(SIGNED) if number not in numbers]


def test_signatures_give_reasons():
    assert all(len(entry["reason"]) > 10 for entry in SIGNED)
    assert unused(set()) == [entry["change"] for entry in SIGNED]
    assert {entry["exercise"] for entry in SIGNED} <= {"*", *(exercise.id for exercise in EXERCISES)}


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


def main(recorded: bool) -> int:
    total = kept = 0
    used: set[int] = set()
    for exercise in EXERCISES:
        if recorded:
            record = json.loads(FOUND.joinpath(f"{exercise.id}.json").read_text(encoding="utf-8"))
            number, alive, neither = record["made"], record["signed"], list[str]()
            used.update(record["used"])
        else:
            number, left = survivors(exercise)
            alive, neither = len(left), [m.change for m in left if not signatures(exercise, m)]
            used.update(n for m in left for n in signatures(exercise, m))
        total, kept = total + number, kept + alive
        print(f"{exercise.id:<20} {number:>4} mutants, {number - alive:>4} noticed, {alive:>3} signed")
        print("".join(f"    neither: {change}\n" for change in neither), end="")
    print(f"{'all':<20} {total:>4} mutants, {total - kept:>4} noticed, {kept:>3} signed")
    print("".join(f"signed, but needed by none: {change}\n" for change in unused(used)), end="")
    return bool(unused(used))


if __name__ == "__main__":
    sys.exit(main("--recorded" in sys.argv))
