"""How answers become gradient formulas of the engine: one rule for each op that an answer can differentiate.

An op's formulas are one an operand, an answer gives the gradients of all operands at once: the first formula calls it
and the next ones take what it gave. Each is measured beside the formula that it stands for, on the same arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from autograder.judging.catalogue import message
from autograder.student import settings
from autograder.student.own.saved import Answer, saved
from autograder.student.own.used import Meter, Used, table
from autograder.student.shown import Shown

#: The notebooks whose answers can take part in training.
NOTEBOOKS = ("08_jvp",)


@dataclass(frozen=True)
class Rule:
    """An op that is differentiated by an answer.

    names  what the answer needs to see, as the op calls it: operands, attributes, ``x_shape`` for a shape alone
    call   ``call(answer, g, *values)``: the gradients of the operands, in their order
    uses   other answers that it takes: ``call(answer, *these, g, *values)``
    """

    answer: str
    op: str
    names: tuple[str, ...]
    call: Callable[..., Sequence[Any]]
    uses: tuple[str, ...] = ()


def _summed(f: Any, g: Any, x: Any, dim: Any, keepdim: bool) -> Sequence[Any]:
    return (f(g, x, dim if x.ndim else None, keepdim),)


def _linear(f: Any, unbroadcast: Any, g: Any, x: Any, weight: Any, bias_shape: Any) -> Sequence[Any]:
    """``x @ weight.T + bias`` is two of the operations that chapter 8 has rules for."""
    if x.ndim == 1:
        gx, gw = f(g[None], x[None], weight.T)
        gx = gx[0]
    else:
        gx, gw = f(g, x, weight.T)
    gw = unbroadcast(gw, (x.shape[-1], weight.shape[0])).T
    return gx, gw, None if not bias_shape else unbroadcast(g, bias_shape)


RULES = (
    Rule("vjp_mul", "mul", ("x", "y"), lambda f, g, x, y: f(g, x, y)),
    Rule("vjp_sum", "sum", ("x", "dim", "keepdim"), _summed),
    Rule("vjp_matmul", "mm", ("x", "y"), lambda f, g, x, y: f(g, x, y)),
    Rule("vjp_matmul", "bmm", ("x", "y"), lambda f, g, x, y: f(g, x, y)),
    Rule("vjp_matmul", "matmul_nd", ("x", "y"), lambda f, g, x, y: f(g, x, y)),
    Rule("vjp_matmul", "linear", ("x", "weight", "bias_shape"), _linear, ("unbroadcast",)),
    Rule("vjp_softmax", "softmax", ("x", "dim"), lambda f, g, x, dim: (f(g, x, dim),)),
)


class Answers(Shown):
    """The answers that were found, and what plugs those that are right into the engine."""

    def __init__(self, found: Sequence[Answer]) -> None:
        self.found = list(found)
        self.functions = {answer.id: answer.function for answer in found if answer.function is not None}
        rows = [self._row(answer) for answer in self.found]
        heads = [_told(f"own_{key}") for key in ("answer", "check", "rule")]
        super().__init__(*table(heads, [row[0] for row in rows], [row[1] for row in rows]))

    @staticmethod
    def _row(answer: Answer) -> tuple[list[str], list[str]]:
        mine = answer.function is not None
        verdict = f"✓ {answer.earned} / {answer.points}"
        if not mine:
            verdict = _told("own_open" if answer.status in ("not answered", "missing") else "own_wrong")
        link = f'<a href="{escape(_way_to(answer.notebook))}">{answer.notebook}</a>'
        whose = _told("own_yours" if mine else "own_theirs")
        more = "" if mine else f" → {answer.notebook}"
        linked = "" if mine else f" → {link}"
        return [answer.id, verdict + more, whose], [
            f"<code>{answer.id}</code>",
            escape(verdict) + linked,
            escape(whose),
        ]

    @contextmanager
    def plugged_in(self) -> Iterator[Used]:
        """在这个块里，引擎用学生的函数求导 / Within the block, the engine differentiates by the student's functions.

        What is recorded in the block is differentiated so; what no answer stands for, by the library's own formulas.
        Gives a :class:`Used`, which counts and times both.
        """
        from tidu.formulas import differentiable, lend, unbroadcast

        used = Used()
        rules = {rule.op: rule for rule in RULES if rule.answer in self.functions}
        undo = self._undoing(used.meter("unbroadcast", "unbroadcast"), unbroadcast)
        formulas: dict[Any, Any] = {}
        for op in differentiable():
            rule = rules.get(op.name)
            meter = used.meter(op.name, rule.answer if rule else "")
            if rule is None:
                formulas[op] = counted(op, meter)
            else:
                uses = [undo] * len(rule.uses)  # there is no other that rules take
                formulas[op] = plugged(rule, op, self.functions[rule.answer], uses, meter)
        with lend(formulas, undo):
            try:
                yield used
            finally:
                used.close()

    def _undoing(self, meter: Meter, reference: Callable[..., Any]) -> Callable[..., Any]:
        answer = self.functions.get("unbroadcast")
        if answer is None:
            return meter.timing(reference)

        def undo(g: Any, shape: tuple[int, ...]) -> Any:
            if not isinstance(g, np.ndarray):
                return reference(g, shape)  # a Tensor, of a gradient that will be differentiated again
            meter.begin()
            (made,) = meter.beside(lambda: (answer(g, shape),), lambda: (reference(g, shape),), (g.shape, shape))
            return _fitting("unbroadcast", made, shape, g.dtype)

        return undo


def _way_to(notebook: str) -> str:
    """From the notebook that asks to another one."""
    course = settings.course_folder()
    if course is None or settings.START is None:
        return f"../{notebook}/{notebook}.ipynb"
    return Path(os.path.relpath(course / notebook / f"{notebook}.ipynb", settings.START)).as_posix()


def answers(notebook: str | None = None) -> Answers:
    """学生在前几章写的函数，逐一检查过 / The functions that earlier notebooks hold, each of them checked.

    notebook   for example "08_jvp"; by default every one whose answers can take part. A notebook that is not there has
               no answers, and that is no error
    """
    if notebook is not None and notebook not in NOTEBOOKS:
        raise ValueError(f"notebook must be one of {', '.join(NOTEBOOKS)}, got {notebook!r}")
    taking_part = {rule.answer for rule in RULES} | {use for rule in RULES for use in rule.uses}
    return Answers([a for name in ([notebook] if notebook else NOTEBOOKS) for a in saved(name, taking_part)])


def counted(op: Any, meter: Meter) -> list[Any]:
    """An op's own formulas, each call timed."""
    from tidu.formulas import Formula

    def timed(formula: Any) -> Any:
        return formula and Formula(meter.timing(formula.function), formula.names, formula.whole)

    return [timed(formula) for formula in op.formulas]


def plugged(rule: Rule, op: Any, answer: Callable[..., Any], uses: Sequence[Any], meter: Meter) -> list[Any]:
    """The formulas that an answer gives an op."""
    from tidu import from_numpy, is_grad_enabled, is_tensor
    from tidu.formulas import Formula

    last: tuple[tuple[Any, ...], Sequence[Any]] = ((), ())

    def gradients(*given: Any) -> Sequence[Any]:
        nonlocal last
        known, made = last
        if len(known) != len(given) or any(a is not b for a, b in zip(known, given, strict=True)):
            shapes = _shapes(op, rule, given[1:])
            meter.begin()
            made = meter.beside(
                lambda: rule.call(answer, *uses, *given), lambda: _reference(op, rule, given, shapes), _seen(given)
            )
            if len(made) != len(shapes):
                raise RuntimeError(_told("own_count", id=rule.answer, wanted=len(shapes), count=len(made)))
            made = [
                None
                if gradient is None and name in op.defaults
                else _fitting(rule.answer, gradient, shape, given[0].dtype)
                for name, gradient, shape in zip(op.operands, made, shapes, strict=True)
            ]
            last = given, made
        return made

    def formula(i: int) -> Any:
        def function(g: Any, *values: Any) -> Any:
            if not is_tensor(g):
                return gradients(g, *values)[i]
            if is_grad_enabled():
                raise RuntimeError(_told("own_twice", id=rule.answer))
            made = gradients(*[_array(value) if is_tensor(value) else value for value in (g, *values)])[i]
            return None if made is None else from_numpy(np.array(made)).to(g.dtype)

        return Formula(function, rule.names, whole=True)

    def forget() -> None:
        nonlocal last
        last = ((), ())

    meter.at_end(forget)
    return [own and formula(i) for i, own in enumerate(op.formulas)]


def _array(tensor: Any) -> Any:
    """As NumPy has it, which has no bfloat16."""
    from tidu import bfloat16

    return (tensor.float() if tensor.dtype is bfloat16 else tensor).detach().numpy()


def _shapes(op: Any, rule: Rule, values: Sequence[Any]) -> list[tuple[int, ...]]:
    """The shapes of the op's operands; ``()`` for one that is not there."""
    known = dict(zip(rule.names, values, strict=True))
    return [known[f"{name}_shape"] if f"{name}_shape" in known else known[name].shape for name in op.operands]


def _reference(op: Any, rule: Rule, given: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Sequence[Any]:
    """The gradients by the op's own formulas."""
    from tidu.formulas import unbroadcast

    g, known = given[0], dict(zip(rule.names, given[1:], strict=True))
    known |= {f"{name}_shape": shape for name, shape in zip(op.operands, shapes, strict=True)}
    if any(formula and "out" in formula.names for formula in op.formulas):
        known["out"] = op.kernel(*[known[name] for name in (*op.operands, *op.options) if name in known])
    made = [formula and formula.function(g, *[known[name] for name in formula.names]) for formula in op.formulas]
    if not op.broadcasts:
        return made
    return [x if x is None or x.shape == s else unbroadcast(x, s) for x, s in zip(made, shapes, strict=True)]


def _seen(given: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value.shape if isinstance(value, np.ndarray) else value for value in given)


def _fitting(answer: str, gradient: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """What an answer gave, as the engine takes it: an array of the operand's shape."""
    array = np.asarray(gradient)
    if array.shape != tuple(shape):
        raise RuntimeError(_told("own_shape", id=answer, wanted=tuple(shape), shape=array.shape))
    return array if array.dtype == dtype else array.astype(dtype)


def _told(key: str, **values: object) -> str:
    return message(f"training.{key}", **values).text(settings.language(), " / ")
