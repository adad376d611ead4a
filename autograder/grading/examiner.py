"""The trusted side: run a cleaned submission through a worker and judge its functions, exercise by exercise."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.grading.guard import ExaminerTimeout, deadline
from autograder.grading.intake import Cell
from autograder.grading.notes import note
from autograder.grading.session import Budget, CellRun, Session
from autograder.judging import reading
from autograder.judging.catalogue import Message
from autograder.judging.exercise import MODULES, Exercise, WorkerCrashed, WorkerTimeout
from autograder.judging.lending import lent, source_of, stage_of
from autograder.judging.policy import Rule, leans_on, objections
from autograder.judging.reach import Met, Program
from autograder.judging.result import Result

#: Characters of all outputs of a graded notebook together.
MAX_OUTPUT = 1_000_000


@dataclass
class Examination:
    """What there is to say about each exercise and each cell of one submission. 一份提交的评分结果。

    results   by exercise; an exercise that the examiner itself failed on is in ``failures`` instead
    runs      by place in the notebook, the cells that were run
    tests     by id, the points of test cells that the notebook brings itself
    """

    results: dict[str, Result] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    runs: dict[int, CellRun] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    tests: dict[str, float] = field(default_factory=dict)


def examine(
    cells: Sequence[Cell],
    exercises: Sequence[Exercise],
    *,
    seed: int,
    tier: str,
    budget: Budget | None = None,
    modules: Mapping[str, str] | None = None,
) -> Examination:
    """Run the cells of a submission in order and grade each exercise where its check cell stands.

    按顺序运行单元格，在检查单元格处为对应的练习评分。

    modules   sources of the student's own modules that lie beside the notebook

    Raises :class:`~autograder.grading.sandbox.SandboxError` when no worker can be started at all.
    """
    done = Examination()
    own = reading.written([cell.source or "" for cell in cells], modules or {})
    starts, start = 0, time.monotonic()
    total = (budget or Budget()).submission
    # what an exercise does not allow is not there: it cannot be reached, however it is asked for
    kinds = dict.fromkeys((exercise.allow, exercise.forbid) for exercise in exercises) or {("python", ()): None}
    for number, kind in enumerate(sorted(kinds, key=lambda kind: [*MODULES].index(kind[0])), 1):
        until = start + total * (1 - 0.1 * (len(kinds) - number))  # something is left for each
        graded = [exercise for exercise in exercises if (exercise.allow, exercise.forbid) == kind]
        starts += _examine(cells, graded, own, seed, tier, budget, until, done)
    if starts:
        done.notes.append(note("restarted", count=starts))
    return done


def _examine(
    cells: Sequence[Cell], exercises: Sequence[Exercise], own: Mapping[str, str], seed: int, tier: str,
    budget: Budget | None, until: float, done: Examination,
) -> int:  # fmt: skip
    """Grade exercises for which workers are alike; returns how often one had to be started again."""
    known = {exercise.id: exercise for exercise in exercises}
    ran: list[str] = []
    ended: dict[str, str] = {}
    errors: dict[str, str] = {}
    allow, forbid = (exercises[0].allow, exercises[0].forbid) if exercises else ("python", ())
    sources = [reading.read(cell.source or "").source for cell in cells]
    wanted = _needed(sources, cells, exercises) if allow == "tidu" else [(source, []) for source in sources]
    with Session(tier, budget, modules=own, allow=allow, forbid=forbid, until=until) as session:
        for cell, (source, absent) in zip(cells, wanted, strict=True):
            exercise = known.get(cell.id.removesuffix("_check")) if cell.role == "check" else None
            if exercise is not None:
                start = time.monotonic()
                state = _State(ran, own, ended.get(exercise.id, ""), errors.get(exercise.id, ""))
                _judge(session, exercise, state, seed, done)
                done.seconds[exercise.id] = round(time.monotonic() - start, 3)
            elif cell.role != "check" and cell.source is not None:
                # worked cells too: where the library is not there most fail, but a helper that one of them defines
                # can be used at home and so has to be there
                run, how = run_cell(session, cell, source, absent)
                ran.append(reading.until(cell.source, run.stopped))
                # an answer's outputs are those of the worker that it is judged in
                if cell.role == "extra" or cell.id in known or (cell.role != "other" and cell.index not in done.runs):
                    _keep(done, cell.index, run)
                if cell.role == "answer":
                    ended[cell.id], errors[cell.id] = how, run.error
        return max(session.starts - 1, 0)


def _keep(done: Examination, index: int, run: CellRun) -> None:
    """Keep what a cell printed, as long as all of it together is something that can be opened and read."""
    kept = sum(len(other.out) + len(other.err) for place, other in done.runs.items() if place != index)
    if kept + len(run.out) + len(run.err) > MAX_OUTPUT:
        if not any(told.en == note("output").en for told in done.notes):
            done.notes.append(note("output"))
        run = replace(run, out="", err="")
    done.runs[index] = run


@dataclass(frozen=True)
class _State:
    """What there is when a check cell is reached: the cells before it, and how the answer cell went."""

    ran: list[str]
    modules: Mapping[str, str]
    ended: str
    error: str


def _needed(sources: list[str], cells: Sequence[Cell], exercises: Sequence[Exercise]) -> list[tuple[str, list[str]]]:
    """Of worked cells, and of the student's own, the imports and what answers stand on; and the names that go missing.

    With the library at hand the rest would run: trainings of half a minute, in every submission.
    """
    program = Program(sources, frozenset(), frozenset())
    kept = {i for i, (_, one) in enumerate(program.statements) if isinstance(one.node, (ast.Import, ast.ImportFrom))}
    for exercise in exercises:
        for root in program.binding.get(exercise.id, []):
            for met in program.reached(Met(root, exercise.id)):
                uses = program.statements[met.index][1].uses
                kept.update([met.index, *(found for use in uses for found in program.bindings(use, met.index))])
    nodes: dict[int, list[ast.stmt]] = {}
    absent: dict[int, set[str]] = {}
    for index, (number, statement) in enumerate(program.statements):
        if index in kept:
            nodes.setdefault(number, []).append(statement.node)
        else:
            absent.setdefault(number, set()).update(statement.binds)
    return [
        (reading.only(source, nodes.get(number, [])), sorted(absent.get(number, ())))
        if cell.role in ("other", "extra")
        else (source, [])
        for number, (source, cell) in enumerate(zip(sources, cells, strict=True))
    ]


def run_cell(session: Session, cell: Cell, source: str, absent: Sequence[str] = ()) -> tuple[CellRun, str]:
    """Run a student's cell; what came of it, and how the worker ended if it did. 运行学生的一个单元格。"""
    assert cell.source is not None
    defined = reading.functions(cell.source)
    title = cell.id if cell.id in defined else next(iter(defined), cell.id if cell.role == "answer" else "")
    try:
        return session.run(source, title, absent), ""
    except WorkerTimeout as error:
        return CellRun(error=f"TimeoutError: {error}"), "timeout"
    except WorkerCrashed as error:
        return CellRun(error=f"SystemExit: the process ended ({error})"), "crashed"


def _judge(session: Session, exercise: Exercise, state: _State, seed: int, done: Examination) -> None:
    try:
        try:
            with deadline(
                min(session.budget.exercise + session.budget.examiner, session.left + session.budget.examiner)
            ):
                result = _grade(session, exercise, state, seed)
        except ExaminerTimeout:
            # what the student wrote or returned took too long to look at: theirs, as a call that does not return is
            result = exercise.failed("timeout")
        except MemoryError:
            result = exercise.failed("crashed", "")
            session.ended = "examiner's memory"
        if session.failure is not None:
            raise RuntimeError(str(session.failure))
        said = result.status == "timeout" and session.ended == "time"  # by the card itself, as at home
        if session.ended and result.status in ("timeout", "crashed") and not said:
            result = replace(result, messages=[*result.messages, note(f"ended {session.ended}")])
        done.results[exercise.id] = _sound(result, exercise)
    except Exception as error:
        # whatever it is, it is not the student's doing: a person looks at it, and no zero is given
        done.failures[exercise.id] = f"{type(error).__name__}: {error}"[:500]


def _grade(session: Session, exercise: Exercise, state: _State, seed: int) -> Result:
    found = objections(exercise.id, state.ran, Rule.of(exercise), state.modules)
    if found:
        return exercise.grade_refused(found)
    if state.ended:
        return exercise.failed(state.ended)
    session.begin_exercise()
    try:
        if not session.defines(exercise.id):
            return exercise.failed("missing", state.error)
    except WorkerTimeout:
        return exercise.failed("timeout")
    except WorkerCrashed:
        return exercise.failed("crashed")
    result = exercise.grade(called(session, exercise), seed=seed, private=True)
    return leans_on(result, exercise.id, state.ran, exercise)


def called(session: Session, exercise: Exercise) -> Callable[..., Any]:
    """The student's function for an exercise, as it is called on inputs. 学生函数在工作进程中的代理。"""
    sources = {function.__name__: source_of(function) for function in lent(exercise)}
    return session.function(exercise.id, sources, stage_of(exercise))


def _sound(result: Result, exercise: Exercise) -> Result:
    """The result, after making sure that no arithmetic can turn it into anything but points of this exercise."""
    worth = {part.name: part.points for part in exercise.parts}
    if result.id != exercise.id or [part.name for part in result.parts] != list(worth):
        raise ValueError("the result belongs to another exercise")
    for part in result.parts:
        if type(part.earned) is not int or not 0 <= part.earned <= worth[part.name] or part.points != worth[part.name]:
            raise ValueError(f"part {part.name!r} earned {part.earned!r} of {worth[part.name]}")
    return result


def outputs(run: CellRun, own: bool) -> list[dict[str, Any]]:
    """The outputs of a cell as nbformat 4 stores them: text alone. 单元格输出，只含文本。

    own    it is a cell that the student added: an error there says only that the library was not at hand
    """
    found: list[dict[str, Any]] = []
    for name, text in (("stdout", run.out), ("stderr", run.err)):
        if text:
            found.append({"output_type": "stream", "name": name, "text": text})
    if run.error and not own:
        name, _, value = run.error.partition(": ")
        found.append({"output_type": "error", "ename": name, "evalue": value, "traceback": [run.error]})
    return found
