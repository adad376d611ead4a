"""An exercise: the inputs it is checked on, the reference it is compared with, and the mistakes it can name.

``Exercise.grade`` is the only judge there is. A student's own ``check`` calls it with the function in the notebook;
grading calls it with a proxy of the same function in another process. Whatever the function does, it returns a
:class:`~autograder.judging.result.Result` and never raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from autograder.judging.calling import AnswerError, Outcome, WorkerCrashed, WorkerTimeout, call
from autograder.judging.catalogue import Message, hints, message, part_title, phrase
from autograder.judging.choosing import most_readable
from autograder.judging.compare import UNITS, difference, fingerprint
from autograder.judging.domain import Domain, Make, Part
from autograder.judging.result import PartResult, Result
from autograder.judging.show import describe, describe_both
from autograder.judging.trials import Batch, Mistake, Trial, diagnose, failed_parts, prepare

__all__ = ["AnswerError", "Exercise", "Part", "PartResult", "Result", "WorkerCrashed", "WorkerTimeout"]

F = TypeVar("F", bound=Callable[..., Any])
#: Prepared inputs kept per exercise: home's seed, the course's, and one to spare.
KEPT_BATCHES = 3
#: Names under which notebooks import what answers may use.
MODULES = {"python": (), "numpy": ("np",), "tidu": ("np", "torch", "nn", "F")}
#: What an operator does too, which is part of the language and cannot be taken away: forbidding the name is in vain.
OPERATORS = {
    name: sign
    for sign, names in {
        "+": "add positive", "-": "subtract sub negative neg", "*": "multiply mul", "@": "matmul mm bmm mv dot",
        "/": "divide true_divide div", "//": "floor_divide", "%": "remainder mod fmod", "**": "power pow square",
        "abs()": "absolute abs", "~": "invert bitwise_not logical_not", "&": "bitwise_and logical_and",
        "|": "bitwise_or logical_or", "^": "bitwise_xor logical_xor", "==": "equal eq", "!=": "not_equal ne",
        "<": "less lt", "<=": "less_equal le", ">": "greater gt", ">=": "greater_equal ge",
        "[]": "getitem select index_select take compress masked_select",
    }.items()
    for name in names.split()
}  # fmt: skip
#: The part that every exercise ends with: the same answer again, in another order, on inputs that stay as they are.
REPEATABLE = Part("repeatable", 1)


class Exercise:
    """One exercise of a notebook.

    id          also the name of the student's function
    reference   the right answer, computed with the library
    stage       for answers that work on tensors, nets and loaders: called with the answer and one input, it builds what
                the answer takes, calls it, and returns plain values, of which the first is what the answer returned
    make        turns classes into an input, see :mod:`autograder.judging.domain`
    parts       what earns points, each with the classes it makes a claim about; the first holds the plainest
    returns     a name for each thing that the function returns, for the card
    given       functions of the notebook's given cells, which answers may use
    uses        functions of earlier exercises, which answers may use: the right ones stand in while this one is checked
    allow       "numpy"; "python" where nothing but the language is needed; "tidu" for the library as well as NumPy
    forbid      names (``"as_strided"``) and attributes (``".strides"``) that would give the answer away; what an
                operator does too cannot be taken away, and is refused
    units       how far a right answer may be off, in units of rounding: ten times what right answers are
    """

    def __init__(
        self,
        id: str,
        *,
        reference: Callable[..., Any],
        make: Make,
        parts: Iterable[Part],
        stage: Callable[..., Any] | None = None,
        returns: Sequence[str] = ("return",),
        given: Iterable[Callable[..., Any]] = (),
        uses: Iterable[Callable[..., Any]] = (),
        difficulty: int = 1,
        importance: int = 1,
        minutes: int = 5,
        allow: str = "numpy",
        forbid: Iterable[str] = (),
        units: float = UNITS,
    ) -> None:
        if allow not in MODULES:
            raise ValueError(f"allow of exercise {id!r} is {allow!r}, expected one of {', '.join(map(repr, MODULES))}")
        for what, number in (("difficulty", difficulty), ("importance", importance)):
            if number not in range(1, 6):
                raise ValueError(f"{what} of exercise {id!r} is {number!r}, expected a whole number from 1 to 5")
        self.id, self.reference, self.stage, self.returns = id, reference, stage, tuple(returns)
        claims = tuple(parts)
        self.domain = Domain(make, claims)
        self.parts = (*claims, REPEATABLE)
        self.uses = tuple(uses)
        names = (function.__name__ for function in (*given, *self.uses))
        self.given = (*MODULES[allow], *names)
        self.hints = hints(id)
        self.difficulty, self.importance, self.minutes = difficulty, importance, minutes
        self.allow, self.forbid, self.units = allow, tuple(forbid), units
        for name in self.forbid:
            sign = OPERATORS.get(name.lstrip("."))
            if sign is not None:
                raise ValueError(f"forbid names {name!r}, which {sign} does too; name what no operator does")
        self.mistakes: list[Mistake] = []
        self.notebook = ""  # set by autograder.exercises.load, which knows the file
        self.beside: tuple[str, ...] = ()  # ids of the notebook's exercises, set likewise
        self.inputs = tuple(inspect.signature(stage or reference).parameters)[stage is not None :]
        self._batches: dict[tuple[int, bool], Batch] = {}

    def __repr__(self) -> str:
        return f"Exercise({self.id!r}, {len(self.parts)} parts, {self.points} points)"

    @property
    def _repeatable(self) -> str:
        return "repeatable" if self.stage is None else "repeatable_staged"

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    def staged(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """``answer`` as it is called on an input: by itself, or by the stage. 按一道题的输入来调用的 ``answer``。"""
        return answer if self.stage is None else partial(self.stage, answer)

    def mistake(self, *, zh: str, en: str) -> Callable[[F], F]:
        """Register the decorated wrong answer; who makes this mistake reads ``zh`` or ``en``."""

        def register(answer: F) -> F:
            self.mistakes.append(Mistake(answer.__name__, answer, Message(zh, en), self.staged(answer)))
            return answer

        return register

    def statement(self) -> Message:
        """检查什么，按得分点列出 / What is checked, part by part: Markdown made from the declaration itself."""

        def line(part: Part, lang: str) -> str:
            told = [getattr(one, lang) for one in _phrases(part)]
            joined = ("、" if lang == "zh" else ", ").join(dict.fromkeys(text for text in told if text))
            return f"- **{getattr(part_title(part.name), lang)}** {part.points}: {joined}"

        def text(lang: str) -> str:
            lead, repeated, tools = (
                getattr(message(f"checked.{key}"), lang) for key in ("lead", self._repeatable, self.allow)
            )
            lines = [line(part, lang) for part in self.parts[:-1]]
            lines.append(f"- **{getattr(part_title(REPEATABLE.name), lang)}** {REPEATABLE.points}: {repeated}")
            return "\n".join([f"<details><summary>{lead}</summary>", "", *lines, "", tools, "", "</details>"])

        return Message(text("zh"), text("en"))

    def grade(self, fn: Callable[..., Any], seed: int = 0, private: bool = False) -> Result:
        """Call ``fn`` on every input, twice, and give points part by part. Whatever ``fn`` does, a Result comes back.

        fn        what takes the inputs: an answer, :meth:`staged` where there is a stage
        seed      which random inputs; ``private`` keeps the course's own seed apart from everybody's seed 0
        """
        batch = self.batch(seed, private)
        trials = batch.trials
        outcomes = batch.run(fn)
        if all(outcome.kind == "not answered" for outcome in outcomes):
            return self._result("not answered", set(), messages=[message("card.not_answered", id=self.id)])
        wrong = [i for i, outcome in enumerate(outcomes) if not trials[i].right(outcome)]
        failed = failed_parts(trials, wrong)
        earned = set(range(len(self.parts) - 1)) - batch.lost(len(outcomes), failed)
        if outcomes[-1].fatal:
            return self._ended(batch, outcomes, wrong, failed, earned)
        if not earned:
            return self._wrong(batch, outcomes, wrong, failed, earned)
        unstable = self._unstable(fn, batch, set(wrong))
        if unstable is None:
            earned.add(len(self.parts) - 1)
        if failed:
            return self._wrong(batch, outcomes, wrong, failed, earned)
        return unstable(earned) if unstable else self._result("ok", earned)

    def _unstable(self, fn: Callable[..., Any], batch: Batch, wrong: set[int]) -> Callable[[set[int]], Result] | None:
        """What there is to say where an answer that was right is not right again; None where all is."""
        outcomes = batch.again(fn)
        fatal = next((i for i, outcome in enumerate(outcomes) if outcome.kind == "timeout"), None)
        if fatal is not None:
            return lambda earned: self._fatal("timeout", earned, batch.trials[fatal])
        changed = [i for i, o in enumerate(outcomes) if i not in wrong and not batch.trials[i].right(o)]
        if not changed:
            return None
        shown = most_readable(batch.trials, outcomes, changed)
        trial = batch.trials[shown]
        kind = "changes_input" if trial.right(call(fn, trial.args)) else "depends_on_calls"
        return lambda earned: self._result(
            "error" if outcomes[shown].kind == "error" else "wrong",
            earned,
            misconceptions=[kind],
            messages=[message(f"card.{kind}")],
            failure=self._failure(trial, outcomes[shown], len(self.parts) - 1),
        )

    def _ended(
        self, batch: Batch, outcomes: list[Outcome], wrong: list[int], failed: dict[int, list[int]], earned: set[int]
    ) -> Result:
        """The result of an answer after which nothing was left to call: about what went wrong before, if anything."""
        last = len(outcomes) - 1
        kind, trial = outcomes[last].kind, batch.trials[last]
        before = {part: [i for i in indices if i != last] for part, indices in failed.items() if indices != [last]}
        if not before:
            return self._fatal(kind, earned, trial)
        result = self._wrong(batch, outcomes, wrong, before, earned)
        given = ", ".join(f"{name} = {describe(value)['text']}" for name, value in zip(self.inputs, trial.args))
        told = message(f"card.{kind}_too", inputs=" ".join(given.split())[:200])
        return replace(result, status=kind, messages=[*result.messages, told])

    def _fatal(self, kind: str, earned: set[int], trial: Trial) -> Result:
        failure = self._failure(trial, Outcome(kind), trial.owners[-1])
        return self._result(kind, earned, messages=[message(f"card.{kind}")], failure=failure)

    def _wrong(
        self, batch: Batch, outcomes: list[Outcome], wrong: list[int], failed: dict[int, list[int]], earned: set[int]
    ) -> Result:
        """The result of an answer that is wrong somewhere, about the first part that something can be said of."""
        said: dict[int, tuple[str, Message]] = {}
        general = _general(batch, outcomes, self.stage is not None)
        for part, indices in failed.items():
            found = diagnose(batch, self.mistakes, outcomes, wrong, indices)
            if general is not None:
                said[part] = general
            elif found is not None:
                said[part] = (found.name, found.message)
        focus = min(said or failed)
        shown = most_readable(batch.trials, outcomes, failed[focus])
        return self._result(
            "error" if outcomes[shown].kind != "returned" else "wrong",
            earned,
            misconceptions=list(dict.fromkeys(name for _, (name, _) in sorted(said.items()))),
            messages=[said[focus][1], *self._also(said, focus)] if focus in said else [],
            failure=self._failure(batch.trials[shown], outcomes[shown], focus),
        )

    def _also(self, said: dict[int, tuple[str, Message]], focus: int) -> Iterator[Message]:
        """What is known of the other parts, each named, for the input that is shown is not theirs."""
        told = {said[focus][0]}
        for part, (name, found) in sorted(said.items()):
            if name not in told:
                told.add(name)
                title = part_title(self.parts[part].name)
                zh, en = message("card.also", part=title.zh).zh, message("card.also", part=title.en).en
                yield Message(zh + found.zh, en + found.en)

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

    def batch(self, seed: int, private: bool = False) -> Batch:
        """The trials of one seed; the last few that were asked for are kept."""
        key = (int(seed), bool(private))
        if key not in self._batches:
            while len(self._batches) >= KEPT_BATCHES:
                self._batches.pop(next(iter(self._batches)))
            self._batches[key] = prepare(self.id, self.domain, self.staged(self.reference), self.units, *key)
        return self._batches[key]

    def _failure(self, trial: Trial, outcome: Outcome, part: int) -> dict[str, Any]:
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
            found = difference(have, want, trial.units, trial.scale) if returned else None
            if found:
                mine, right = describe_both(have, want)
            else:  # no stride is compared, so none is told
                mine, right = describe(have, strides=False), describe(want, strides=False)
            outputs.append(
                {
                    "name": name,
                    "expected": right,
                    "got": mine if returned else None,
                    "difference": found.to_json() if found else None,
                }
            )
        return {
            "part": self.parts[part].name,
            "inputs": [{"name": name, "value": describe(value)} for name, value in zip(self.inputs, trial.args)],
            "outputs": outputs,
            "raised": list(outcome.error) if outcome.error[0] else None,
            "where": outcome.where,
        }


def _phrases(part: Part) -> Iterator[Message]:
    """The classes of a part in words; numbers of dimensions that follow on from each other as a range."""
    for axis, found in part.classes.items():
        if axis == "ndim" and len(found) > 2 and max(found) - min(found) == len(found) - 1:
            yield Message(f"{min(found)}–{max(found)} 维", f"{min(found)}-d to {max(found)}-d")
        else:
            yield from (phrase(axis, one) for one in found)


def _general(batch: Batch, outcomes: Sequence[Outcome], staged: bool) -> tuple[str, Message] | None:
    """A mistake that can be made in any exercise: it shows in everything that the answer returned."""
    returned = [outcome.value for outcome in outcomes if outcome.kind == "returned"]
    expected = [trial.expected for trial in batch.trials]
    if staged:  # and what a worker sends need not be what a stage returns
        returned, expected = ([v[0] if type(v) is tuple and v else v for v in told] for told in (returned, expected))
    if returned and all(value is None for value in returned) and all(e is not None for e in expected):
        return "returns_nothing", message("card.returns_nothing")
    if returned and type(expected[0]) is bool and not any(type(value) is bool for value in returned):
        return "not_a_bool", message("card.not_a_bool")
    if len(returned) == len(expected) and len({*map(fingerprint, returned)}) == 1 < len({*map(fingerprint, expected)}):
        return "always_the_same", message("card.always_the_same")
    return None
