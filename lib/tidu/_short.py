"""The short paths of elementwise calls. 逐元素调用的捷径。

A course's tensors are small, and then a call's time is not the kernel's but what Python does around it. So the calls
that most are have a path of their own: one operand, or two of one dtype, or a tensor and a number; on the host, not
large, no tangents. They look at that first and do nothing twice. Whatever else comes takes the long way (``slow``:
``Op.bind`` and ``Op.record``), which knows every case, and gives on these what the short path gives.

What a node keeps is planned at the first call that is recorded, and not at our import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu._backend import Array, as_array, quietly, repeats
from tidu._graph import Node, Plan, edge, next_sequence
from tidu._kernels import LARGE
from tidu._modes import OFF, modes
from tidu._operands import NUMBERS, in_layout_of, scalar
from tidu._record import attach, note_versions
from tidu._tensor import Tensor, blank, wrap

if TYPE_CHECKING:
    from tidu._op import Op

ndarray = np.ndarray
_FLOAT32 = np.dtype(np.float32)
_common: dict[Any, Array] = {}  # numbers as 0-d float32 arrays; 0. is none of them, for it has two signs


def _kinds(op: Op, fast: str) -> tuple[str, np.dtype | None]:
    """The kinds of dtype on the short path, and float32 if it is: of this one, the kind need not be looked up.

    Complex ones never are: a complex function is recorded as such.
    """
    kinds = "".join(k for k in fast if k in op.kinds and k != "c")
    return kinds, _FLOAT32 if "f" in kinds else None


def of_one(op: Op, fast: str, slow: Callable[..., Any]) -> Callable[[Any], Any]:
    """Of one operand. ``fast`` lists the kinds of dtype on which the kernel needs no cast."""
    kernel = op.kernel
    kinds, always = _kinds(op, fast)
    recorded = bool(op.mask) and op.variant is None
    node_class: type[Node] | None = None
    saves_x = saves_out = False

    def function(input: Any) -> Any:
        nonlocal node_class, saves_x, saves_out
        if (type(input) is not Tensor and not isinstance(input, Tensor)) or input._tangent is not None:
            return slow(input)
        a = input._array
        if (a.dtype is not always and a.dtype.kind not in kinds) or a.size >= LARGE:
            return slow(input)
        try:
            result = quietly(kernel, a)
        except Exception:  # the long way says what it is about
            result = None
        if result is None:
            return slow(input)
        if a.ndim > 2 and not a.flags.c_contiguous and repeats(a):  # NumPy's order of strides that are 0 is another
            result = in_layout_of(as_array(result), (a,))
        out = blank()  # as ``wrap`` does
        out._array = result = result if type(result) is ndarray else as_array(result)
        out._node = out._storage = out._view = out._tangent = None
        out._requires_grad = False
        below = input._node
        if (
            (below is not None or input._requires_grad or input._view is not None)
            and recorded
            and (not OFF or modes.grad)
        ):
            if input._view is not None or below is None:
                if not input.requires_grad:
                    return out
                below = edge(input)
            if node_class is None:
                plan = op.plan(1)
                node_class, saves_x, saves_out = plan.node_class, bool(plan.tensors), plan.out
            out._node = node = node_class()  # as ``attach`` does
            node.below = below
            node.sequence = next_sequence()
            node.hooks = None
            node.result = result if saves_out else None
            if saves_x:
                node.saved = input
                if input._storage is not None and input._storage.version:
                    node.versions = (input._storage.version,)
            else:
                node.saved = ()
        return out

    def forget() -> None:
        nonlocal node_class
        node_class = None

    op.forget.append(forget)
    return function


def of_two(op: Op, fast: str, slow: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Of a tensor and another, or a number, as an operator is called: strangers get NotImplemented."""
    kernel = op.kernel
    kinds, always = _kinds(op, fast)
    numbers = 1 in op.numbers
    usual = always if numbers else None  # the dtype in which numbers are known beforehand
    mask_all = op.mask
    record = attach_two if op.variant is None else _record_variant
    first = op.formulas[0]
    equal = op.name == "eq"
    inline = fits = first is not None and op.variant is None and not any(f and "out" in f.names for f in op.formulas)
    node_class: type[Node] | None = None
    keeps_second = False

    def function(input: Any, other: Any) -> Any:
        nonlocal node_class, keeps_second, inline
        a = input._array
        d = a.dtype
        size = a.size
        mask, kind = 0, type(other)
        if kind is Tensor or (kind is not float and kind is not int and isinstance(other, Tensor)):
            b = other._array
            if (
                b.dtype is not d
                or (d is not always and d.kind not in kinds)
                or size >= LARGE
                or input._tangent is not None
                or other._tangent is not None
            ):
                return slow(input, other)
            if other._node is not None or other._requires_grad:
                mask = 2
            elif other._view is not None and modes.grad and other.requires_grad:  # without a history of its own
                return slow(input, other)
            second, ndim = other, a.ndim
        else:
            b = _common.get(other) if d is usual and (kind is float and other or kind is int) else None
            if b is None:
                if not isinstance(other, NUMBERS):
                    # an array is for NumPy, which makes a tensor of the result; only == takes it, and not even !=
                    known = equal and isinstance(other, ndarray) and other.dtype.kind in "biufc"
                    return slow(input, wrap(other)) if known else NotImplemented
                if not (numbers and goes_beside(kind, d, kinds)):
                    return slow(input, other)
                b = beside(other, kind, d)
            if size >= LARGE or input._tangent is not None or type(a) is not ndarray:
                return slow(input, other)
            second, ndim = b, 0 if a.ndim < 3 else a.ndim  # beside a number the result is as a matrix is
        try:
            result = quietly(kernel, a, b)
        except Exception:  # the long way says what it is about
            result = None
        if result is None:
            return slow(input, other)
        if ndim > 1 and not a.flags.c_contiguous and (b.ndim > 1 or ndim > 2):
            result = in_layout_of(result, (a, b))
        out = blank()  # as ``wrap`` does
        out._array = result = result if type(result) is ndarray else as_array(result)
        out._node = out._storage = out._view = out._tangent = None
        out._requires_grad = False
        below = input._node
        if below is not None or input._requires_grad:
            mask |= 1
        elif input._view is not None and modes.grad and input.requires_grad:
            return slow(input, other)
        if mask & mask_all and (not OFF or modes.grad):
            if mask == 1 and inline:  # as ``attach_two`` does, for the commonest case of all
                if node_class is None:
                    plan = op.plan(1)
                    if plan.tensors not in ((), (1,)):
                        inline = False
                        record(op, out, input, second, 1)
                        return out
                    node_class, keeps_second = plan.node_class, bool(plan.tensors)
                if below is None or input._view is not None:
                    below = edge(input)
                out._node = node = node_class()
                node.below = below
                node.sequence = next_sequence()
                node.hooks = node.result = None
                if second is b:
                    node.saved = b if keeps_second else ()
                else:
                    if result.size != size or result.ndim != ndim or not size:  # as a look at both shapes, sooner
                        node.shapes, node.quick = (a.shape, None), None
                    if keeps_second:
                        node.saved = other
                        if other._storage is not None and other._storage.version:
                            node.versions = (other._storage.version,)
                    else:
                        node.saved = ()
            else:
                record(op, out, input, second, mask & mask_all)
        return out

    def forget() -> None:
        nonlocal node_class, inline
        node_class, inline = None, fits

    op.forget.append(forget)
    return function


def of_number(op: Op, fast: str, slow: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Of a number and a tensor, ``2 * x``: called with the tensor first, as reflected operators are."""
    kernel = op.kernel
    kinds, _ = _kinds(op, fast)
    numbers = 0 in op.numbers
    recorded = op.mask & 2
    record = attach_two if op.variant is None else _record_variant

    def function(input: Any, other: Any) -> Any:
        a = input._array
        if not isinstance(other, NUMBERS):
            return NotImplemented
        if (
            not (numbers and goes_beside(type(other), a.dtype, kinds))
            or a.size >= LARGE
            or input._tangent is not None
            or type(a) is not ndarray
        ):
            return slow(other, input)
        b = beside(other, type(other), a.dtype)
        try:
            result = quietly(kernel, b, a)
        except Exception:  # the long way says what it is about
            result = None
        if result is None:
            return slow(other, input)
        out = wrap(in_layout_of(result, (a,)) if a.ndim > 2 and not a.flags.c_contiguous and repeats(a) else result)
        if recorded and modes.grad and input.requires_grad:
            if input._node is None and not input._requires_grad:  # a view without a history of its own
                return slow(other, input)
            record(op, out, b, input, 2)
        return out

    return function


def goes_beside(number: type, dtype: np.dtype, kinds: str) -> bool:
    """Whether a number of a Python type is computed with in the dtype of the tensor beside it, without further ado."""
    if dtype.kind not in kinds:
        return False
    return number is int and dtype.kind in "if" or number is float and dtype.kind == "f"


def beside(number: Any, kind: type, dtype: np.dtype) -> Array:
    """A Python int or float as a 0-d array of a dtype."""
    usual = dtype is _FLOAT32 and (kind is int or number and number == number)
    found = _common.get(number) if usual else None
    if found is None:
        found = scalar(number, dtype)
        if usual and len(_common) < 1024:
            _common[number] = found
    return found


def attach_two(op: Op, out: Tensor, x: Any, y: Any, mask: int) -> None:
    """``attach`` for an elementwise op of two operands, tensors or 0-d arrays: one node in two is such a one."""
    plan = op.plans.get(mask)
    if plan is None:
        plan = op.plans[mask] = Plan(op, mask)
    node = plan.node_class()
    node.saved, node.result, node.hooks = (), None, None
    shape = out._array.shape
    first = second = None
    if mask & 1:
        first = (x._node if x._view is None else None) or edge(x)
        if x._array.shape != shape:
            node.shapes, node.quick = (x._array.shape, y._array.shape if mask & 2 else None), None
    if mask & 2:
        second = (y._node if y._view is None else None) or edge(y)
        if y._array.shape != shape:
            node.shapes, node.quick = (x._array.shape if mask & 1 else None, y._array.shape), None
    node.below = first if mask == 1 else second if mask == 2 else (first, second)
    node.sequence = next_sequence()
    wanted = plan.tensors
    if wanted:
        kept = (y,) if wanted == (1,) else (x,) if wanted == (0,) else (x, y) if wanted == (0, 1) else (y, x)
        node.saved = kept[0] if len(kept) == 1 else kept
        note_versions(node, kept)
    if plan.out:
        node.result = out._array
    out._node = node


def _record_variant(op: Op, out: Tensor, x: Any, y: Any, mask: int) -> None:
    attach(op, out, (x, y), {}, mask)
