"""An exercise: the inputs it is checked on, the reference it is compared with, and the mistakes it can name.

``Exercise.grade`` is the only judge there is. A student's own ``check`` calls it with the function in the notebook;
grading calls it with a proxy of the same function in another process. Whatever the function does, it returns a
:class:`~autograder.judging.result.Result` and never raises.
"""

from __future__ import annotations

import inspect
import warnings
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from autograder.judging.cases import Args, Cases, copy_args, weight
from autograder.judging.catalogue import Message, hints, message
from autograder.judging.compare import difference
from autograder.judging.result import PartResult, Result
from autograder.judging.show import describe

__all__ = ["AnswerError", "Exercise", "Part", "PartResult", "Result", "WorkerCrashed", "WorkerTimeout"]

F = TypeVar("F", bound=Callable[..., Any])
#: Prepared inputs kept per exercise: home's seed, the course's, and one to spare.
KEPT_BATCHES = 3
MOST_DIAGNOSES = 2


class WorkerTimeout(Exception):
    """The process that runs the answer did not reply in time."""


class WorkerCrashed(Exception):
    """The process that runs the answer ended without replying."""


class AnswerError(Exception):
    """An exception that the answer raised, told by name, and ``where``: the student's own line, if there is one.

    where   ``{"function", "line", "text", "cell"}``; the cell is its number at home, the function it defines in grading
    """

    def __init__(self, type_name: str, text: str = "", where: dict[str, Any] | None = None) -> None:
        super().__init__(f"{type_name}: {text}")
        self.type_name, self.text, self.where = type_name, text, where


@dataclass(frozen=True)
class Part:
    """Some points of an exercise, earned when every case of the part is right."""

    name: str
    points: int
    cases: Cases


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that runs: it proves that the check rejects it, and recognises students who made it."""

    name: str
    answer: Callable[..., Any]
    message: Message


@dataclass(frozen=True)
class Outcome:
    """What one call came to: ``kind`` is "returned", "error", "not answered", "timeout" or "crashed"."""

    kind: str
    value: Any = None
    error: tuple[str, str] = ("", "")
    where: dict[str, Any] | None = None


@dataclass(frozen=True)
class Trial:
    """One input with the answer that is right for it."""

    part: int
    args: Args
    expected: Any


@dataclass
class Batch:
    """All trials of one seed, with each mistake's outcomes as far as they were needed."""

    trials: list[Trial]
    mistaken: dict[tuple[str, int], Outcome] = field(default_factory=dict)

    def outcome(self, mistake: Mistake, index: int) -> Outcome:
        key = (mistake.name, index)
        if key not in self.mistaken:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                self.mistaken[key] = call(mistake.answer, self.trials[index].args)
        return self.mistaken[key]


class Exercise:
    """One exercise of a notebook.

    id          also the name of the student's function
    reference   the right answer, computed with the library
    parts       what earns points
    returns     a name for each thing that the function returns, for the card
    given       functions of the notebook's given cells, which answers may use
    forbid      NumPy names (``"as_strided"``) and attributes (``".strides"``) that would give the answer away
    """

    def __init__(
        self,
        id: str,
        *,
        reference: Callable[..., Any],
        parts: Iterable[Part],
        returns: Sequence[str] = ("return",),
        given: Iterable[Callable[..., Any]] = (),
        difficulty: int = 1,
        importance: int = 1,
        minutes: int = 5,
        allow: str = "numpy",
        forbid: Iterable[str] = (),
    ) -> None:
        self.id, self.reference, self.parts, self.returns = id, reference, tuple(parts), tuple(returns)
        self.given = ("np", *(function.__name__ for function in given))
        self.hints = hints(id)
        self.difficulty, self.importance, self.minutes = difficulty, importance, minutes
        self.allow, self.forbid = allow, tuple(forbid)
        self.mistakes: list[Mistake] = []
        self.notebook = ""  # set by autograder.exercises.load, which knows the file
        self._inputs = tuple(inspect.signature(reference).parameters)
        self._batches: dict[tuple[int, bool], Batch] = {}

    def __repr__(self) -> str:
        return f"Exercise({self.id!r}, {len(self.parts)} parts, {self.points} points)"

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    def mistake(self, *, zh: str, en: str) -> Callable[[F], F]:
        """Register the decorated wrong answer; who makes this mistake reads ``zh`` or ``en``."""

        def register(answer: F) -> F:
            self.mistakes.append(Mistake(answer.__name__, answer, Message(zh, en)))
            return answer

        return register

    def grade(self, fn: Callable[..., Any], seed: int = 0, private: bool = False) -> Result:
        """Call ``fn`` on every case and give points part by part. Whatever ``fn`` does, this returns a Result.

        seed      which random inputs; ``private`` keeps the course's own seed apart from everybody's seed 0
        """
        batch = self._batch(seed, private)
        outcomes: list[Outcome] = []
        for trial in batch.trials:
            outcomes.append(call(fn, trial.args))
            if outcomes[-1].kind in ("timeout", "crashed"):
                break
        wrong = [i for i, outcome in enumerate(outcomes) if not _right(outcome, batch.trials[i].expected)]
        if not wrong:
            return self._result("ok", {index for index, _ in enumerate(self.parts)})
        unfinished = {trial.part for trial in batch.trials[len(outcomes) :]}
        passed = {i for i, _ in enumerate(self.parts)} - {batch.trials[i].part for i in wrong} - unfinished
        if all(outcome.kind == "not answered" for outcome in outcomes):
            return self._result("not answered", set(), messages=[message("card.not_answered", id=self.id)])
        wrong.sort(key=lambda i: (batch.trials[i].part, weight(batch.trials[i].args), i))
        fatal = outcomes[-1].kind if outcomes[-1].kind in ("timeout", "crashed") else ""
        shown = len(outcomes) - 1 if fatal else wrong[0]
        found = [] if fatal else self._diagnose(batch, outcomes, wrong)
        return self._result(
            fatal or ("error" if outcomes[shown].kind != "returned" else "wrong"),
            passed,
            misconceptions=[mistake.name for mistake in found],
            messages=[message(f"card.{fatal}")] if fatal else [mistake.message for mistake in found],
            failure=self._failure(batch.trials[shown], outcomes[shown]),
        )

    def grade_refused(self, messages: Iterable[Message]) -> Result:
        """The result of an answer that the rule in ``policy.py`` objects to."""
        return self._result("refused", set(), messages=list(messages))

    def failed(self, status: str, detail: str = "") -> Result:
        """A result without points for an answer that could not be called, ``status`` saying why ("missing", …)."""
        key = {"timeout": "card.timeout", "crashed": "card.crashed", "missing": "card.missing"}.get(status)
        messages = [message(key, id=self.id)] if key else []
        if detail:
            messages.append(Message(detail, detail))
        return self._result(status, set(), messages=messages)

    def _result(self, status: str, passed: set[int], **more: Any) -> Result:
        parts = [
            PartResult(part.name, part.points if index in passed else 0, part.points)
            for index, part in enumerate(self.parts)
        ]
        return Result(self.id, status, parts, hints=len(self.hints), **more)

    def _batch(self, seed: int, private: bool) -> Batch:
        key = (int(seed), bool(private))
        if key not in self._batches:
            while len(self._batches) >= KEPT_BATCHES:
                self._batches.pop(next(iter(self._batches)))
            self._batches[key] = self._prepare(*key)
        return self._batches[key]

    def _prepare(self, seed: int, private: bool) -> Batch:
        trials: list[Trial] = []
        for index, part in enumerate(self.parts):
            rng = np.random.default_rng([abs(seed), int(private), zlib.crc32(self.id.encode()), index])
            for args in part.cases(rng):
                trials.append(Trial(index, args, self.reference(*copy_args(args))))
        return Batch(trials)

    def _diagnose(self, batch: Batch, outcomes: list[Outcome], wrong: list[int]) -> list[Mistake]:
        """The mistakes that explain the failures, smallest failing case first.

        Among those which agree with the answer on that case, the one wins that explains most failures and is wrong
        on fewest of the cases which the answer got right.
        """
        agreed = {m.name: {i for i in wrong if _alike(outcomes[i], batch.outcome(m, i))} for m in self.mistakes}
        slips = {
            m.name: sum(
                not _right(batch.outcome(m, i), trial.expected)
                for i, trial in enumerate(batch.trials)
                if i not in wrong
            )
            for m in self.mistakes
            if agreed[m.name]
        }
        found: list[Mistake] = []
        left = list(wrong)
        while left and len(found) < MOST_DIAGNOSES:
            anchor = left.pop(0)
            part = {i for i in wrong if batch.trials[i].part == batch.trials[anchor].part}
            candidates = [
                m
                for m in self.mistakes
                if anchor in agreed[m.name]
                # One small case may agree by chance, and every ValueError looks like any other.
                and 2 * len(part & agreed[m.name]) >= len(part)
                and (outcomes[anchor].kind == "returned" or (agreed[m.name] == set(wrong) and not slips[m.name]))
            ]
            if candidates:
                best = max(candidates, key=lambda m: (len(agreed[m.name]), -slips[m.name]))
                found.append(best)
                left = [i for i in left if i not in agreed[best.name]]
        return found

    def _failure(self, trial: Trial, outcome: Outcome) -> dict[str, Any]:
        got, expected = outcome.value, trial.expected
        returned = outcome.kind == "returned"
        several = isinstance(expected, tuple) and len(self.returns) == len(expected) > 1
        if several and returned and (type(got) not in (tuple, list) or len(got) != len(expected)):
            several = False  # one thing is wrong with the whole of it
        if several:
            named = zip(self.returns, got if returned else expected, expected, strict=True)
        else:
            named = zip(["return"], [got], [expected], strict=True)
        outputs = []
        for name, have, want in named:
            found = difference(have, want) if returned else None
            outputs.append(
                {
                    "name": name,
                    "expected": describe(want),
                    "got": describe(have) if returned else None,
                    "difference": found.to_json() if found else None,
                }
            )
        return {
            "part": self.parts[trial.part].name,
            "inputs": [
                {"name": name, "value": describe(value)} for name, value in zip(self._inputs, trial.args, strict=True)
            ],
            "outputs": outputs,
            "raised": list(outcome.error) if outcome.error[0] else None,
            "where": outcome.where,
        }


def call(fn: Callable[..., Any], args: Args) -> Outcome:
    """Call ``fn`` on its own copy of ``args`` and tell what happened."""
    try:
        return Outcome("returned", fn(*copy_args(args)))
    except NotImplementedError:
        return Outcome("not answered", error=("NotImplementedError", ""))
    except WorkerTimeout:
        return Outcome("timeout")
    except WorkerCrashed:
        return Outcome("crashed")
    except AnswerError as error:
        kind = "not answered" if error.type_name == "NotImplementedError" else "error"
        return Outcome(kind, error=(error.type_name[:80], error.text[:400]), where=error.where)
    except (Exception, SystemExit) as error:
        try:
            text = str(error)
        except Exception:
            text = ""
        return Outcome("error", error=(type(error).__name__[:80], text[:400]))


def _right(outcome: Outcome, expected: Any) -> bool:
    return outcome.kind == "returned" and difference(outcome.value, expected) is None


def _alike(outcome: Outcome, mistaken: Outcome) -> bool:
    if mistaken.kind == "returned":
        return outcome.kind == "returned" and difference(outcome.value, mistaken.value) is None
    return outcome.kind == mistaken.kind and outcome.error[0] == mistaken.error[0]
