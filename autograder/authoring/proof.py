"""An exercise's own answers, judged: right ones earn everything, wrong ones lose points, the empty cell earns nothing.

It is a short form of what the tests demand of the course's exercises, for those that have no tests: a class's own. The
answers are the instructor's, so they run here, and as the notebook would run them.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.authoring import source as sources
from autograder.authoring.banks import Bank, banks
from autograder.judging import catalogue
from autograder.judging.catalogue import Message
from autograder.judging.exercise import Exercise
from autograder.judging.lending import lent
from autograder.judging.policy import Rule, objections
from autograder.judging.result import Result

#: Home's inputs, and those of two classes.
_SEEDS: tuple[dict[str, Any], ...] = ({}, {"seed": 1, "private": True}, {"seed": 2, "private": True})


@dataclass(frozen=True)
class Proof:
    """What became of one exercise's answers; without faults it is ready. 一道练习自己的答案试得怎样。"""

    id: str
    right: int
    wrong: int
    faults: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "faults": [fault.to_json() for fault in self.faults]}


def prove(root: Path, name: str) -> Iterator[Proof]:
    """Judge the answers that stand beside every exercise of a chapter. 判一章每道练习自带的答案。

    root   the course's repository, or a class
    """
    cells = sources.read(root, name)
    given = [cell.source for cell in cells if cell.role == "given"]
    released = {cell.exercise: sources.stripped(cell.source) for cell in cells if cell.role == "answer"}
    entries = banks(root, name)
    for exercise in sources.exercises_of(name):
        bank = entries[exercise.id]
        found: list[Message] = []
        try:
            found += _faults(exercise, bank, given, released[exercise.id])
        except Exception as error:  # an answer's own error is a result; this is the reference's, or that of the inputs
            why = f"{type(error).__name__}: {error}"
            found.append(Message(f"参考函数、输入或作答格出错：{why}", f"reference, inputs or answer cell fail: {why}"))
        yield Proof(exercise.id, 1 + len(bank.alternatives), len(bank.mistakes), tuple(found))


def _faults(exercise: Exercise, bank: Bank, given: list[str], released: str) -> Iterator[Message]:
    rights = [(Message("答案", "the answer"), bank.reference)]
    rights += [(Message(f"另解 {n}", f"alternative {n}"), one) for n, one in enumerate(bank.alternatives, 1)]
    for called, text in rights:
        for result in _judged(exercise, given, text):
            if result.earned < result.points:
                yield _said(f"{called.zh}应得满分", f"{called.en} should earn everything", result)
                break
    for mistake in exercise.mistakes:
        for result in _judged(exercise, given, bank.mistakes[mistake.name]):
            if result.earned == result.points:
                yield _said(f"错误 {mistake.name} 应当丢分", f"the mistake {mistake.name} should lose points", result)
                break
            if result.misconceptions != [mistake.name]:
                zh, en = (
                    f"错误 {mistake.name} 应当认得出",
                    f"the mistake {mistake.name} should be told by its own message",
                )
                yield _said(zh, en, result)
                break
    for result in _judged(exercise, given, released):
        if result.earned:
            yield _said("没写的作答格不该得分", "the cell as it is handed out should earn nothing", result)
            break
    if not catalogue.hints(exercise.id):
        where = f"hints.toml [{exercise.id}]"
        yield Message(f"没有提示，应当在 {where}", f"there are no hints; they belong in {where}")


def _judged(exercise: Exercise, given: list[str], text: str) -> Iterator[Result]:
    found = objections(exercise.id, [*given, text], Rule.of(exercise))
    if found:
        yield exercise.grade_refused(found)
        return
    function = _function(exercise, given, text)
    for seed in _SEEDS:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield exercise.grade(function, **seed)


def _function(exercise: Exercise, given: list[str], text: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"__name__": "__main__", **{one.__name__: one for one in lent(exercise)}}
    for cell in (*given, text):
        exec(compile(cell, f"<{exercise.id}>", "exec"), names)
    return exercise.staged(names[exercise.id])


def _said(zh: str, en: str, result: Result) -> Message:
    """The fault, what was earned, and the first thing that a card would say."""
    earned = f"{result.earned} / {result.points}"
    why = [one for one in result.messages[:1] if result.earned < result.points]
    return Message(
        "；".join([f"{zh}：{earned}", *(one.zh for one in why)]),
        "; ".join([f"{en}: {earned}", *(one.en for one in why)]),
    )
