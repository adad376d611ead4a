"""Random programs of views, in-place writes and gradients, on tidu and on PyTorch side by side.

A program is a list of statements. It is drawn on PyTorch, which says what exists by then and of what shape, and then
run anew on both; a statement may fail, and must then fail with the same class of error on both. What differs is
shortened to the statements that are needed for it and shown as a program to paste.

``make test-all`` runs more of them, ``TIDU_PROGRAMS=100000 pytest tests/autograd/test_programs.py`` as many as you say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import zip_longest
from random import Random
from types import CodeType
from typing import Any

import numpy as np
import pytest

import tidu
from tests.autograd import vocabulary
from tests.autograd.statements import (
    APART,
    BACKWARDS,
    BESIDE,
    BINARY,
    COPIES,
    DIFFERENTIATED,
    FUNCTIONS,
    HUNG_ON,
    KEYS,
    LEAVES,
    MODES,
    NOT_IN_PLACE,
    SEVERAL,
    TURNING,
    TURNS,
    UNARY,
    VALUES,
    VIEWS,
    WRITES,
    WRITES_WHERE,
    WRITTEN_ON_THE_WAY,
    WRITTEN_ONE_BY_ONE,
)
from tests.effort import rounds
from tests.ops.observe import UNASKED

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
PROGRAMS = int(os.environ.get("TIDU_PROGRAMS", rounds(300, 20_000)))
BLOCKS = 8

START = [
    "a = torch.linspace(-1, 2, 12, dtype=torch.float64).reshape(3, 4).sin().requires_grad_()",
    "b = torch.linspace(2, -3, 12, dtype=torch.float64).reshape(3, 4).cos().requires_grad_()",
    "c = torch.linspace(0.5, 4, 12, dtype=torch.float64).reshape(3, 4).sin()",
]

BACKWARD = "loss.backward()"
# Where PyTorch has no answer: a derivative that it lacks, or one of another shape than the operand; the last four
# are those of ``index_fill`` with a negative index, or into nothing. Of ``index_select`` out of range it depends on
# sizes and strides which class its error is.
UNANSWERED = ("derivative for", "Autograd not support dtype", "returned an invalid gradient", "INTERNAL ASSERT",
              "Expected a proper Tensor but got None", "out of DATA bounds", "index out of range in self",
              "self indexing axis dim should be positive", "setStorage", "ZeroTensors are immutable")  # fmt: skip
GRADIENTS = ("ga", "gb", "ha", "hb")

# What is known to be different, and so is not asked.
EXCLUDED = """
1. The stride of a dimension of size 1, which nothing depends on: PyTorch's says how the tensor was allocated, NumPy's
   what its dimension was made of.
2. Strides, ``_version`` and ``grad_fn`` of gradients: an engine adds up in its own buffers, PyTorch's in place under
   ``create_graph``, too.
3. What is in ``.grad`` after a ``backward`` that failed: PyTorch fills a leaf as soon as its gradient is complete, tidu
   all of them in the end, so that a backward that fails changes none.
4. Strides and offset of a tensor without elements.
5. Reading across what is being written, where PyTorch does not notice it (it looks at dense operands only) and reads
   what it has written: there ``clone()`` is drawn.
6. What a second derivative adds to retained gradients: PyTorch lets the saved result of a write into a view flow
   through the new history of the base, tidu through the operation itself.
7. ``detach_`` of a tensor that was used: PyTorch's views of it keep a history that leads nowhere, and gradients that
   saved it, or end in it after it was written, are refused; tidu gives them.
8. Assigning ``.data`` to a tensor that was used, or ``set_`` of it: its views, what was detached and what was saved
   still count their writes together with it in PyTorch. And to an inference tensor, which is half of one from then on.
9. ``tril_`` and ``triu_`` of an expanded tensor, ``addmm_`` of the tensor itself: undefined in PyTorch, which does not
   look; tidu refuses the first two and gives the third its meaning.
10. Hooks on a view whose base is written afterwards: PyTorch may not call them, or crash.
11. ``requires_grad_`` of a view: after a write, views of it keep a history that leads nowhere in PyTorch. And of a
   tensor that has views: one that was saved as a constant is asked for its history by PyTorch, and may have lost it.
12. ``t_`` and its like on a tensor that retains its gradient: PyTorch loses its hook and fails at the next write.
13. The storage offset of ``select_scatter`` and its like of a view: PyTorch copies all the memory that the view is in.
14. What ``vocabulary`` leaves out, with its reasons.
15. ``retain_grad`` of an output of ``unsafe_split``: PyTorch crashes once it is written in part.
16. What a write that fails has written: PyTorch looks at a position when it comes to it.
17. Writing in place what has no derivative (``NOT_IN_PLACE``): into a view, PyTorch forgets the operand, or not, by the
   place that it has; and ``logical_not_`` and its like it writes into leaves, too.
18. Which position ``nanmedian`` names where there is nothing but NaN.
19. The mean that ``std_mean`` and ``var_mean`` give beside a spread, of infinite numbers: PyTorch adds it up in steps.
20. Writing what requires a gradient into integers or bools: PyTorch's then say that they require one.
21. ``unsafe_split`` and ``unsafe_chunk`` under ``inference_mode``, where PyTorch's results require a gradient; and of
   an inference tensor: they are some, too, though no views.
22. ``_version`` where there are inference tensors: what PyTorch makes of one outside of the mode it may write twice.
23. Writing into ``detach()`` and ``data`` of an inference tensor, which PyTorch allows.
24. Batched gradients on the way to a tensor that retains its gradient, which is left with a batch in PyTorch.
25. A second backward through a factor that is a number: PyTorch keeps it as a tensor, and frees it, or not, by the
   overload.
26. Backward through one result of ``std_mean``, ``var_mean`` or ``aminmax``, then through the other: they are two nodes
   here, of which the second is not freed with the first.
"""


def _upto(forms: list[list[str]], dims: int) -> list[str]:
    return [form for group in forms[: dims + 1] for form in group]


class Drawing:
    """A program being drawn: every statement runs on PyTorch at once, for the next one to know what there is."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.scope: dict[str, Any] = {"torch": torch}
        self.lines = list(START)
        self.fresh = 0
        for line in START:
            attempt(line, self.scope)
        self.ended = False
        for _ in range(self.random.randint(3, 12)):
            kind = self.random.choice(KINDS)
            self.add(kind(self, self.tensor(), self.tensor()))
            if self.ended:
                return
        for line in self.ending():
            self.add(line)

    def add(self, line: str) -> None:
        """Run it and keep it, unless it failed half-way through a write (see EXCLUDED 16): then go back before it.

        A backward that fails is the program's last statement (see EXCLUDED 3).
        """
        failed = attempt(line, self.scope)
        self.ended = failed is not None and "backward(" in line
        inferred = failed and any(t.is_inference() for _, t in tensors(self.scope))
        if inferred or (failed and any(f"{name}_(" in line for name in WRITTEN_ONE_BY_ONE)):
            found, self.scope = self.scope, {"torch": torch}
            for earlier in self.lines:
                attempt(earlier, self.scope)
            before = [t.numpy(force=True) for _, t in tensors(self.scope)]
            if any(not same(p, t.numpy(force=True)) for p, (_, t) in zip(before, tensors(found), strict=True)):
                return
        self.lines.append(line)

    def tensor(self) -> str:
        """The name of any tensor that is not too large to go on with."""
        return self.random.choice([n for n, t in tensors(self.scope) if t.numel() <= 200 and t.dim() <= 5])

    def value(self, name: str) -> Any:
        return eval(name, self.scope)

    def result(self) -> str:
        self.fresh += 1
        return f"t{self.fresh}"

    def form(self, forms: list[list[str]], x: str, y: str = "") -> str:
        return self.random.choice(_upto(forms, self.value(x).dim())).format(x=x, y=y)

    def apart(self, x: str, y: str) -> str:
        """``y`` as an operand of a write into ``x``; see EXCLUDED 5."""
        one, other = self.value(x), self.value(y)
        if one is other or (one.is_contiguous() and other.is_contiguous()):
            return y
        shared = one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()
        return f"{y}.clone()" if shared else y

    def write(self, x: str, y: str) -> str:
        """Of another tensor where it has the same shape; of a number in most other cases."""
        name = self.random.choice(WRITES)
        same = self.value(x).shape == self.value(y).shape
        number = name != "copy_" and not same and self.random.random() < 0.8
        return f"{x}.{name}({1.5 if number else self.apart(x, y)})"

    def unary(self, x: str, y: str) -> str:
        return f"{self.result()} = {x}.{self.random.choice(UNARY)}()"

    def binary(self, x: str, y: str) -> str:
        return f"{self.result()} = torch.{self.random.choice(BINARY)}({x}, {y})"

    def view(self, x: str, y: str) -> str:
        return f"{self.result()} = {self.form(VIEWS, x)}"

    def copy(self, x: str, y: str) -> str:
        return f"{self.result()} = {self.form(COPIES, x)}"

    def several(self, x: str, y: str) -> str:
        form = self.random.choice(SEVERAL)
        if self.value(x).is_inference():  # see EXCLUDED 21
            form = form.replace("torch.unsafe_split(", "torch.split(")
        return f"{self.result()}, *{self.result()} = {form.format(x=x)}"

    def quiet_view(self, x: str, y: str) -> str:
        return f"with torch.no_grad(): {self.view(x, y)}"

    def unary_in_place(self, x: str, y: str) -> str:
        return f"{x}.{self.random.choice([*UNARY, 'zero'])}_()"

    def binary_in_place(self, x: str, y: str) -> str:
        return self.write(x, y)

    def quiet_write(self, x: str, y: str) -> str:
        return f"with torch.no_grad(): {self.write(x, y)}"

    def write_to_a_view(self, x: str, y: str) -> str:
        view, name = self.form(VIEWS, x), self.random.choice(WRITES)
        return f"{view}.{name}({self.random.choice([y, 'c[0, 0]']) + '.clone()' if name == 'copy_' else 1.5})"

    def assignment(self, x: str, y: str) -> str:
        values = VALUES if self.value(x).is_floating_point() else VALUES[:1]
        return f"{x}[{self.form(KEYS, x)}] = {self.random.choice(values).format(x=x, y=y)}"

    def write_where(self, x: str, y: str) -> str:
        form = self.form(WRITES_WHERE, x)
        return form if self.value(x).is_floating_point() else form.replace("b[0, 0]", "0.5")

    def declared(self, x: str, y: str) -> str:
        """Any op at all, as one of its samples calls it."""
        name, args = self.sample(x, y)
        if not name.endswith("_") and hasattr(torch, name) and self.random.random() < 0.5:
            return self.kept(f"torch.{name}({', '.join(args)})")
        return self.kept(f"{args[0]}.{name}({', '.join(args[1:])})")

    def declared_in_place(self, x: str, y: str) -> str:
        name, args = self.sample(x, y, ".clone()")
        name = name if name.endswith("_") else f"{name}_"
        turned = name in TURNING and self.value(x).retains_grad
        if not hasattr(torch.Tensor, name) or turned or name in NOT_IN_PLACE:
            return self.declared(x, y)
        return f"{args[0]}.{name}({', '.join(args[1:])})"

    def sample(self, x: str, y: str, copied: str = "") -> tuple[str, list[str]]:
        """A sample's call of tensors of floats: which errors other dtypes are is asked of the samples themselves."""
        x, y = (n if self.value(n).is_floating_point() else self.random.choice("abc") for n in (x, y))
        known = vocabulary.samples()
        sample = self.random.choice(known[self.random.choice(list(known))])
        return vocabulary.phrase(sample, self.random, [x, y + copied], self.value)

    def kept(self, call: str) -> str:
        """The statement that keeps a result: of complex numbers as pairs, of several as a list."""
        try:
            result = eval(compiled_expression(call), dict(self.scope))
        except Exception:
            return f"{self.result()} = {call}"
        if isinstance(result, (tuple, list)):
            kept = ""
            if "nanmedian(" in call or ("_mean(" in call and not result[-1].isfinite().all()):
                kept = "[:1]"
            elif "_mean(" in call or "aminmax(" in call:  # EXCLUDED 26
                kept = self.random.choice(["[:1]", "[1:]"])
            return f"{self.result()} = [*{call}]{kept}"
        if any(f"{name}(" in call for name in WRITTEN_ON_THE_WAY):
            call += ".clone()"  # how often its parts were written, or whether it is a view of one, is its own affair
        if "cross(" in call:
            call += " + 1"  # of parallel vectors it is 0 but for rounding, and a sign says nothing
        if isinstance(result, torch.Tensor) and result.is_complex():
            return f"{self.result()} = torch.view_as_real({call}.resolve_conj()) * 1"
        return f"{self.result()} = {call}"

    def backward(self, x: str, y: str) -> str:
        return self.random.choice(BACKWARDS).format(x=x, y=y)

    def differentiated(self, x: str, y: str) -> str:
        form = self.random.choice(DIFFERENTIATED).format(x=x, y=y)
        if "is_grads_batched" in form and any(t.retains_grad for _, t in tensors(self.scope)):  # EXCLUDED 24
            return self.look(x, y)
        return f"{self.result()} = [torch.stack([g]) for g in {form}]"

    def hung_on(self, x: str, y: str) -> str:
        return self.look(x, y) if self.value(x)._base is not None else self.random.choice(HUNG_ON).format(x=x)

    def under_modes(self, x: str, y: str) -> str:
        kinds = [Drawing.unary, Drawing.view, Drawing.copy, Drawing.several, Drawing.write_to_a_view, Drawing.binary,
                 Drawing.assignment, Drawing.binary_in_place, Drawing.unary_in_place]  # fmt: skip
        line = self.random.choice(kinds)(self, x, y).replace("torch.unsafe_split(", "torch.split(")  # EXCLUDED 21
        return f"with {self.random.choice(MODES)}: {line}"

    def function(self, x: str, y: str) -> str:
        form = self.random.choice(list(FUNCTIONS))
        if FUNCTIONS[form] not in self.lines:
            self.add(FUNCTIONS[form])
        y = self.apart(x, y) if "Written" in form else y  # it writes into x and reads y
        return f"{self.result()} = {form.format(x=x, y=y)}"

    def turn(self, x: str, y: str) -> str:
        return self.look(x, y) if self.value(x).retains_grad else self.form(TURNS, x)

    def beside(self, x: str, y: str) -> str:
        this, forms = self.value(x), BESIDE
        if this.is_inference():
            forms = [form for form in BESIDE if ".detach()" not in form and ".data" not in form]  # EXCLUDED 23
        if this._base is None:
            forms = [*forms, "{x}.register_hook(lambda g: g * 2)"]
            if this.is_leaf and not any(t._base is this for _, t in tensors(self.scope)):
                forms = [*forms, "{x}.requires_grad_()"]
        return self.random.choice(forms).format(x=x)

    def set_apart(self, x: str, y: str) -> str:
        if self.value(x).is_inference():  # see EXCLUDED 23
            return self.copy(x, y)
        return self.random.choice(APART).format(x=x, r=self.result())

    def of_a_leaf(self, x: str, y: str) -> str:
        """What is written into a leaf itself; see EXCLUDED 8 and 11."""
        this = self.value(x)
        viewed = any(t._base is this for _, t in tensors(self.scope))
        if this._base is not None or not this.is_leaf or viewed or this.is_inference():
            return self.set_apart(x, y)
        used = sum(re.search(rf"\b{x}\b", line) is not None for line in self.lines) > 1
        forms = [form for form in LEAVES if not (used and (".data = " in form or ".set_(" in form))]
        return self.random.choice(forms).format(x=x, y=y)

    def retain(self, x: str, y: str) -> str:
        if attempt(f"{x}.grad_fn", self.scope) is None and "UnsafeSplit" in type(self.value(x).grad_fn).__name__:
            return self.look(x, y)
        return f"{x}.retain_grad()"

    def look(self, x: str, y: str) -> str:
        return f"{x}.grad_fn"

    def ending(self) -> Iterator[str]:
        """A loss over all that can be differentiated, and its gradients of the first order or of two."""
        names = [n for n, t in tensors(self.scope) if t.requires_grad and attempt(f"{n}.grad_fn", self.scope) is None]
        if not names:
            return
        yield "loss = " + " + ".join(f"{k / 10} * {n}.sum()" for k, n in enumerate(names, 1))
        if self.random.random() < 0.6:
            yield BACKWARD
            return
        yield "ga, gb = torch.autograd.grad(loss, (a, b), create_graph=True, allow_unused=True)"
        found = [n for n in ("ga", "gb") if getattr(self.scope.get(n), "requires_grad", False)]
        if found:
            again = " + ".join(f"({n} * {n}).sum()" for n in found)
            yield f"ha, hb = torch.autograd.grad({again}, (a, b), allow_unused=True)"


KINDS: list[Callable[[Drawing, str, str], str]] = [
    Drawing.unary, Drawing.binary, Drawing.binary, Drawing.view, Drawing.view, Drawing.view, Drawing.copy, Drawing.copy,
    Drawing.several, Drawing.quiet_view, Drawing.unary_in_place, Drawing.binary_in_place, Drawing.binary_in_place,
    Drawing.write_to_a_view, Drawing.write_where, Drawing.turn, Drawing.beside, Drawing.quiet_write, Drawing.assignment,
    Drawing.assignment, Drawing.retain, Drawing.look, Drawing.declared, Drawing.declared, Drawing.declared,
    Drawing.declared, Drawing.declared_in_place, Drawing.declared_in_place, Drawing.backward, Drawing.differentiated,
    Drawing.hung_on, Drawing.under_modes, Drawing.under_modes, Drawing.function, Drawing.set_apart, Drawing.of_a_leaf,
]  # fmt: skip


@cache
def compiled_expression(text: str) -> CodeType:
    return compile(text, "<program>", "eval")


@cache
def compiled(line: str) -> CodeType:
    return compile(line, "<program>", "exec")


def attempt(line: str, scope: dict[str, Any]) -> str | None:
    """Run a statement; the class of its error, if there is one, or that PyTorch has no derivative there."""
    try:
        exec(compiled(line), scope)
    except Exception as error:
        unanswered = scope["torch"] is torch and any(gap in str(error) for gap in UNANSWERED)
        return UNASKED if unanswered else type(error).__name__
    return None


def tensors(scope: dict[str, Any]) -> list[tuple[str, Any]]:
    """The tensors in the variables of a program, by the expressions that name them."""
    found: list[tuple[str, Any]] = []
    for name, value in scope.items():
        several = [(f"{name}[{i}]", v) for i, v in enumerate(value)] if isinstance(value, list) else [(name, value)]
        found += [(n, t) for n, t in several if hasattr(t, "retain_grad")]
    return found


def state(t: Any, retained: bool, counted: bool) -> Iterator[tuple[str, Any]]:
    """All that is compared of a tensor. ``retained``: its gradient, too; ``counted``: its version (see EXCLUDED 22)."""
    yield "values", t.numpy(force=True).copy()
    yield "shape", tuple(t.shape)
    if t.numel():
        yield "stride", tuple(s for s, n in zip(t.stride(), t.shape, strict=True) if n > 1)
        yield "storage_offset", t.storage_offset()
    for what in ("requires_grad", "retains_grad", "is_inference"):
        yield what, t.is_inference() if what == "is_inference" else getattr(t, what)
    yield "_version", t._version if counted else None
    try:  # a view is brought up to date by the question, and may have lost its history
        yield "grad_fn", type(t.grad_fn).__name__
        yield "is_leaf", t.is_leaf
        yield "grad", None if not retained or t.grad is None else t.grad.numpy(force=True).copy()
    except RuntimeError as error:
        yield "grad_fn", str(error)


def observed(module: Any, lines: list[str], watched: bool) -> Iterator[tuple[str, Any]]:
    """What happens, as (where, what): each statement's error, and the state of all tensors in the end.

    ``watched``  their state after each statement, too: what is asked about at once cannot come too late
    """
    scope: dict[str, Any] = {"torch": module}
    for line in lines:
        error = attempt(line, scope)
        yield line, error
        if error and "backward(" in line and line is lines[-1]:
            return
        if watched or line is lines[-1]:
            known = [(name, t) for name, t in tensors(scope) if name not in GRADIENTS]
            yield "the tensors", [name for name, _ in known]
            for name in GRADIENTS:
                if name in scope:
                    yield name, 0 if scope[name] is None else scope[name].numpy(force=True)
            counted = not any(t.is_inference() for _, t in known)
            for name, t in known:
                for what, value in state(t, "ha" not in scope, counted):
                    yield f"{name}.{what} after {line}", value


def same(p: Any, q: Any) -> bool:
    if isinstance(p, np.ndarray) and isinstance(q, np.ndarray):
        return p.shape == q.shape and np.allclose(p, q, rtol=1e-7, atol=1e-9, equal_nan=True)
    return type(p) is type(q) and bool(p == q)


def difference(lines: list[str], watched: bool) -> str | None:
    """The first thing that is not the same in both libraries."""
    for ours, theirs in zip_longest(observed(tidu, lines, watched), observed(torch, lines, watched)):
        if theirs is not None and isinstance(theirs[1], str) and theirs[1] == UNASKED:
            return None
        if theirs is not None and theirs[0] in ("ha", "hb") and np.isnan(theirs[1]).any():
            continue  # of the second order PyTorch gives NaN where it divides by 0 on the way
        if ours is not None and theirs is not None and ours[0] == theirs[0] in GRADIENTS:
            # no path and zero are the same answer; PyTorch's trigamma, a derivative of digamma, is exact to 1e-9 only
            close = 1e-7 if ours[0] in ("ha", "hb") else 1e-9
            if np.allclose(ours[1], theirs[1], rtol=1e-7, atol=close, equal_nan=True):
                continue
        if ours is None or theirs is None or ours[0] != theirs[0] or not same(ours[1], theirs[1]):
            return f"tidu:    {ours}\nPyTorch: {theirs}"
    return None


def shortened(lines: list[str], watched: bool) -> list[str]:
    """The program without the statements that the difference does not need."""
    for line in reversed(lines):
        without = [other for other in lines if other is not line]
        if difference(without, watched):
            lines = without
    return lines


def listing(lines: list[str]) -> str:
    """The program to paste: statements that fail in PyTorch are let fail."""
    scope: dict[str, Any] = {"torch": torch}
    shown = []
    for line in lines:
        error = attempt(line, scope)
        shown.append(line if error is None else f"try: {line}\nexcept {error}: pass")
    header = ["import torch  # or: import tidu as torch", "torch.set_default_dtype(torch.float64)"]
    return "\n".join([*header, *shown])


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    """What integers and bools become is compared as closely as the rest."""
    for t in (torch, tidu):
        t.set_default_dtype(t.float64)
    yield
    for t in (torch, tidu):
        t.set_default_dtype(t.float32)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", range(BLOCKS))
def test_programs(block: int) -> None:
    for seed in range(block, PROGRAMS, BLOCKS):
        watched = seed % 3 == 0
        lines = Drawing(seed).lines
        if difference(lines, watched):
            lines = shortened(lines, watched)
        found = difference(lines, watched)
        assert found is None, f"program {seed}:\n\n{listing(lines)}\n\n{found}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "needed, what",
    [
        (["t1 = c * 2", "t2 = t1 + (torch.__name__ == 'tidu')"], "t2.values"),
        (["t1 = c.sum().item() if torch.__name__ == 'tidu' else c.nothing"], "AttributeError"),
        (["t1 = c[:, 1:] if torch.__name__ == 'tidu' else c[:, 1:].clone()"], "t1.stride"),
        (["t1 = (a * 2 if torch.__name__ == 'tidu' else a + a)"], "t1.grad_fn"),
        (["h = a.register_hook(lambda g: g * (1 + (torch.__name__ == 'tidu')))", "loss = a.sum()", BACKWARD], "a.grad"),
    ],
)
def test_a_difference_is_found_and_shortened(needed: list[str], what: str) -> None:
    """What the comparison is worth: in each program the libraries do something else, and the rest is in the way."""
    lines = [*START, "t8 = b.exp()", *needed, "t9 = b * c"]
    assert what in str(difference(lines, False))
    short = shortened(lines, False)
    assert [line for line in short if line not in START] == needed
    assert what in str(difference(short, False))
