"""The trials of one seed: inputs with their right answers, and what each named mistake makes of them."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograder.judging.calling import Outcome, call
from autograder.judging.catalogue import Message
from autograder.judging.compare import Difference, difference, fingerprint, magnitude
from autograder.judging.domain import Domain
from autograder.judging.draw import Args, copy_args, weight
from autograder.judging.show import describe, single

#: A mistake agrees with an answer where the two differ by rounding alone.
AGREEMENT = 1000


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that runs: it proves that the check rejects it, and recognises students who made it.

    call   what takes the inputs: the answer itself, or the exercise's stage with it
    """

    name: str
    answer: Callable[..., Any]
    message: Message
    call: Callable[..., Any]


@dataclass(frozen=True)
class Trial:
    """One input with the answer that is right for it.

    owners   the parts whose claims it touches
    units    how far a right answer may be off, in units of rounding
    """

    owners: tuple[int, ...]
    args: Args
    expected: Any
    units: float
    scale: float
    weight: int

    @cached_property
    def described(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The input and the right answer as a card shows them, kept: whatever is wrong is looked at beside them."""
        return [describe(value) for value in self.args], [describe(value) for value in single(self.expected)]

    def difference(self, got: Any) -> Difference | None:
        """None when ``got`` is right."""
        return difference(got, self.expected, self.units, self.scale)

    def right(self, outcome: Outcome) -> bool:
        return outcome.kind == "returned" and self.difference(outcome.value) is None

    def alike(self, outcome: Outcome, other: Outcome) -> bool:
        """Whether two answers came to the same on this input."""
        if other.kind == "returned":
            return outcome.kind == "returned" and (
                difference(outcome.value, other.value, AGREEMENT * self.units, self.scale) is None
            )
        return outcome.kind == other.kind and outcome.error == other.error


@dataclass
class Batch:
    """All trials of one seed, with each mistake's outcomes as far as they were needed."""

    trials: list[Trial]
    mistaken: dict[tuple[str, int], Outcome] = field(default_factory=dict)

    @cached_property
    def one_valued(self) -> set[int]:
        """The parts on which one and the same answer is always right: they prove nothing by themselves."""
        values: dict[int, set[object]] = {}
        for trial in self.trials:
            if len(trial.owners) == 1 and len(values.get(trial.owners[0], ())) < 2:
                values.setdefault(trial.owners[0], set()).add(fingerprint(trial.expected))
        return {part for part, found in values.items() if len(found) == 1}

    def outcome(self, mistake: Mistake, index: int) -> Outcome:
        key = (mistake.name, index)
        if key not in self.mistaken:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                self.mistaken[key] = call(mistake.call, self.trials[index].args)
        return self.mistaken[key]

    def lost(self, reached: int, failed: Iterable[int]) -> set[int]:
        """``failed``, with parts of trials that were not reached, and those that prove nothing without the first."""
        unfinished = {trial.owners[-1] for trial in self.trials[reached:]}
        found = {*failed} | unfinished
        return found | self.one_valued if 0 in found else found

    def run(self, fn: Callable[..., Any]) -> list[Outcome]:
        """Every trial in order, until there is nothing left to call."""
        outcomes: list[Outcome] = []
        for trial in self.trials:
            outcomes.append(call(fn, trial.args))
            if outcomes[-1].fatal:
                break
        return outcomes

    def again(self, fn: Callable[..., Any]) -> list[Outcome]:
        """Every trial once more, in the opposite order and with inputs that cannot be written to."""
        outcomes = [Outcome("crashed")] * len(self.trials)
        for index in reversed(range(len(self.trials))):
            outcomes[index] = call(fn, self.trials[index].args, read_only=True)
            if outcomes[index].fatal:
                break
        return outcomes


def prepare(name: str, domain: Domain, reference: Callable[..., Any], units: float, seed: int, private: bool) -> Batch:
    """One input for every row of the domain, drawn from the seed, with the reference's answers."""
    trials = []
    start = [abs(int(seed)), int(private), zlib.crc32(name.encode())]
    for number, row in enumerate(domain.rows()):
        args = domain.input(row.classes, np.random.default_rng([*start, number]), row.readable)
        if args is None:
            continue
        expected = reference(*copy_args(args))
        trials.append(Trial(row.owners, args, expected, units, magnitude(args), weight(args)))
    return Batch(trials)


def failed_parts(trials: Sequence[Trial], wrong: Sequence[int]) -> dict[int, list[int]]:
    """The parts that wrong trials cost, each with the trials that cost it.

    A trial that touches one part's claim costs that part. One that touches several costs none of them while one of
    them is lost already, for then it is explained; else it costs the last.
    """
    failed: dict[int, list[int]] = {}
    for index in sorted(wrong, key=lambda i: (len(trials[i].owners), trials[i].weight, i)):
        owners = trials[index].owners
        if len(owners) == 1 or not any(part in failed for part in owners):
            failed.setdefault(owners[-1], []).append(index)
    return failed


def diagnose(
    batch: Batch, mistakes: Sequence[Mistake], outcomes: Sequence[Outcome], wrong: Sequence[int], part: Sequence[int]
) -> Mistake | None:
    """The mistake that explains the wrong trials of one part, if one does.

    It agrees with the answer on all of them, is right wherever the answer is right, and is told apart from being right
    by at least three outputs (ten where there are only two values): anything less is a resemblance. Errors agree when
    they say the same, and count once however often they are said; but where they are raised and where not is an output
    of two values, which tells enough where either is so three times, of twenty.
    """
    lost = set(wrong)
    two_valued = all(type(batch.trials[i].expected) is bool for i in part)

    def explains(mistake: Mistake) -> int:
        """How many wrong trials the mistake explains; 0 where it is not the explanation."""
        if not all(batch.trials[i].alike(outcomes[i], batch.outcome(mistake, i)) for i in part):
            return 0
        agreed, raised, told = 0, 0, set()
        for i, outcome in enumerate(outcomes):
            if i not in lost:
                if not batch.trials[i].right(batch.outcome(mistake, i)):
                    return 0
            elif batch.trials[i].alike(outcome, batch.outcome(mistake, i)):
                agreed += outcome.kind == "returned"
                raised += outcome.kind == "error"
                told.add(outcome.error)
        right = len(outcomes) - len(lost)
        telling = min(raised, right) >= 3 and raised + right >= 20
        return agreed + max(len(told - {("", "")}), 3 * telling)

    scores = {mistake.name: explains(mistake) for mistake in mistakes}
    best = max(mistakes, key=lambda m: scores[m.name], default=None)
    return best if best is not None and scores[best.name] >= (10 if two_valued else 3) else None
