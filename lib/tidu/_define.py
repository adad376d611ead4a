"""From an op to the functions people call. 从算子到公开的函数。

``define`` enters an op into the table and makes its function, method, operators and in-place form; ``op``, ``unary``
and ``binary`` are how the family files say it in a line or three. The elementwise calls have short paths of their own,
since a course's tensors are small and the call is most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import type_name
from tidu._backend import QUIET, Array, as_array, quiet_reset, quiet_set
from tidu._graph import Node, attach, attach_two, edge, indices_in, next_sequence, watch
from tidu._kernels import LARGE
from tidu._modes import modes
from tidu._op import Op, enter
from tidu._operands import NUMBERS, broadcast_error, in_layout_of, scalar, write_out
from tidu._registry import FUNCTIONS
from tidu._signature import signature
from tidu._storage import Storage
from tidu._tensor import Tensor, new, wrap

ndarray = np.ndarray


class ReturnType(tuple[Any, ...]):
    """Several results with names: ``torch.return_types.max``. 带名字的多个结果。"""

    fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = ",\n".join(f"{n}={v!r}" for n, v in zip(self.fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{shown})"

    def __getattr__(self, name: str) -> Any:
        if name in self.fields:
            return self[self.fields.index(name)]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __reduce__(self) -> tuple[Any, ...]:
        return _named_again, (type(self).__name__, self.fields, tuple(self))


RETURN_TYPES: dict[str, type[ReturnType]] = {}


@lru_cache(None)
def return_type(name: str, *fields: str) -> type[ReturnType]:
    """The named tuple that ``torch.return_types`` has under this name. 具名元组的类。"""
    made = type(name, (ReturnType,), {"fields": fields, "__module__": "torch.return_types"})
    RETURN_TYPES[name] = made
    return made


def _named_again(name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> ReturnType:
    return return_type(name, *fields)(values)


def write_several(
    name: str, results: ReturnType, out: Any, operands: Sequence[Any], mode: Any = "same"
) -> ReturnType | tuple[Any, ...]:
    """``out=(values, indices)``: each result into its own tensor, as ``write_out`` does it."""
    if not isinstance(out, (tuple, list)):
        raise TypeError(f"{name}(): argument 'out' must be tuple of Tensors, not {type_name(out)}")
    if len(out) != len(results):
        raise TypeError(f"{name}(): argument 'out' must be tuple of {len(results)} Tensors, not {len(out)}")
    named = return_type(f"{name}_out", *results.fields)
    return named(write_out(name, r, o, operands, mode) for r, o in zip(results, out, strict=True))


def _general(op: Op) -> Callable[..., Any]:
    """The public function of an op with attributes."""
    name = op.name.removesuffix("_dim")
    named = return_type(name, *op.outputs) if op.outputs else None
    indexed = any(kind.is_tensor for kind in op.attrs.values())

    def function(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None) if op.out and "out" in kwargs else None
        operands, attrs = op.bind(args, kwargs)
        result = op.record(operands[0] if op.variadic else operands, attrs)
        if indexed and result._node is not None:
            watch(result._node, indices_in((*args, *kwargs.values())))
        if named is not None:
            result = named(result)
            return result if out is None else write_several(name, result, out, operands)
        return result if out is None else write_out(op.name, result, out, (*operands, *attrs.values()), op.out)

    return function


def _unary(op: Op, fast: str) -> Callable[..., Any]:
    """Unary elementwise: ``fast`` lists the dtype kinds on which the kernel needs no cast."""
    kernel = op.kernel
    fast = "".join(k for k in fast if k in op.kinds and k != "c")  # a complex function is recorded as such
    recorded = bool(op.mask) and op.variant is None
    node_class: type[Node] | None = None  # and what it saves: planned when first needed, and not at our import
    saves_x = saves_out = False
    slow = _general(op)

    def function(input: Any, *, out: Any = None) -> Any:
        nonlocal node_class, saves_x, saves_out
        if out is not None:
            return slow(input, out=out)
        if not isinstance(input, Tensor) or input._tangent is not None:
            return slow(input)
        a = input._array
        if a.dtype.kind not in fast or a.size >= LARGE:
            return slow(input)
        token = quiet_set(QUIET)
        try:
            result = kernel(a)
        finally:
            quiet_reset(token)
        out = new(Tensor)  # as ``wrap`` does
        out._array = result = result if type(result) is ndarray else as_array(result)
        out._node = out._storage = out._view = out._tangent = None
        out._requires_grad = False
        if (input._requires_grad or input._node is not None or input._view is not None) and modes.grad and recorded:
            if input._view is not None and not input.requires_grad:
                return out
            if node_class is None:
                plan = op.plan(1)
                node_class, saves_x, saves_out = plan.node_class, bool(plan.tensors), plan.out
            node = node_class()  # as ``attach`` does, for the op that makes half of all nodes
            node.edges = (edge(input) if input._view is not None else input._node or edge(input),)
            node.sequence = next_sequence()
            node.hooks = node.result = None
            node.saved = ()
            if saves_x:
                node.saved = (input,)
                if input._storage is not None and input._storage.version:
                    node.versions = (input._storage.version,)
            if saves_out:
                storage = out._storage = Storage(result)
                node.result = (result, storage, 0)
            out._node = node
        return out

    return function


def _binary(op: Op, fast: str, operator: bool, reflected: bool = False) -> Callable[..., Any]:
    """Binary elementwise. The common calls (two tensors of one dtype, a float tensor and a number) take a short path.

    ``operator``: as ``+`` calls it, returning NotImplemented for strangers.
    """
    kernel = op.kernel
    mask_all = op.mask
    fast = "".join(k for k in fast if k in op.kinds and k != "c")  # a complex function is recorded as such
    always = np.dtype(np.float32) if "f" in fast else None  # the common dtype: no need to look at its kind
    common: dict[Any, Array] = {}  # numbers as 0-d float32 arrays
    numbers = 1 in op.numbers
    record = attach_two if op.variant is None else _record_variant
    first = op.formulas[0]
    inline = first is not None and op.variant is None and "out" not in first.names
    node_class: type[Node] | None = None  # and the operands that it keeps: planned when first needed
    keeps: tuple[int, ...] = ()
    keeps_first = keeps_second = False
    slow = _general(op)

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        nonlocal node_class, keeps, keeps_first, keeps_second
        if out is not None:
            return slow(input, other, out=out)
        if not isinstance(input, Tensor) or input._tangent is not None:
            if operator and not isinstance(other, (Tensor, ndarray, *NUMBERS)):
                return NotImplemented
            other = wrap(other) if operator and isinstance(other, ndarray) else other
            return slow(other, input) if reflected else slow(input, other)
        a = input._array
        d = a.dtype
        mask = 0
        if isinstance(other, Tensor):
            b = other._array
            if (
                b.dtype is not d
                or (d is not always and d.kind not in fast)
                or other._tangent is not None
                or a.size >= LARGE
            ):
                return slow(input, other)
            if other._node is not None or other._requires_grad:
                mask = 2
            elif other._view is not None and modes.grad and other.requires_grad:  # without a history of its own
                return slow(input, other)
            second = other
        else:
            t = type(other)
            if (
                numbers
                and (t is float or t is int)
                and type(a) is ndarray
                and a.size < LARGE
                and (d is always or (d.kind in fast and (d.kind == "f" or (t is int and d.kind == "i"))))
            ):
                b = common.get(other) if d is always else None
                if b is None:
                    b = scalar(other, d)
                    if d is always and other and other == other and len(common) < 1024:  # not 0: it has two signs
                        common[other] = b
                second = b
            else:
                if operator:
                    if isinstance(other, ndarray):
                        other = wrap(other)
                    elif not isinstance(other, NUMBERS):
                        return NotImplemented
                return slow(other, input) if reflected else slow(input, other)
        token = quiet_set(QUIET)
        try:
            if reflected:
                result = kernel(b, a)
            elif a.ndim > 1 and not a.flags.c_contiguous and b.ndim > 1:
                result = in_layout_of(kernel(a, b), (a, b))
            else:
                result = kernel(a, b)
        except ValueError:
            raise broadcast_error([a, b]) or RuntimeError(op.name) from None
        except TypeError:  # on different devices, perhaps
            return slow(other, input) if reflected else slow(input, other)
        finally:
            quiet_reset(token)
        out = new(Tensor)  # as ``wrap`` does
        out._array = result = result if type(result) is ndarray else as_array(result)
        out._node = out._storage = out._view = out._tangent = None
        out._requires_grad = False
        if input._node is not None or input._requires_grad:
            mask |= 1
        elif input._view is not None and modes.grad and input.requires_grad:
            return slow(other, input) if reflected else slow(input, other)
        if mask and modes.grad:
            if reflected:
                if mask_all & 2:
                    record(op, out, second, input, 2)
            elif mask == 1 and inline:  # as ``attach_two`` does, for the commonest case of all
                if node_class is None:
                    plan = op.plan(1)
                    node_class, keeps = plan.node_class, plan.tensors
                    keeps_first, keeps_second = keeps == (0,), keeps == (1,)
                node = node_class()
                node.edges = ((input._node if input._view is None else None) or edge(input), None)
                if second is not b and a.shape != result.shape:
                    node.shapes, node.single = (a.shape, None), None
                node.sequence = next_sequence()
                node.hooks = node.result = None
                node.saved = ()
                if keeps:
                    node.saved = saved = (second,) if keeps_second else (input,) if keeps_first else (input, second)
                    for v in saved:
                        if isinstance(v, Tensor) and v._storage is not None and v._storage.version:
                            node.versions = tuple([s._version if isinstance(s, Tensor) else 0 for s in saved])
                            break
                out._node = node
            elif mask & mask_all:
                record(op, out, input, second, mask & mask_all)
        return out

    return function


def _record_variant(op: Op, out: Tensor, x: Any, y: Any, mask: int) -> None:
    attach(op, out, (x, y), {}, mask)


def publish(
    name: str, function: Callable[..., Any], doc: str | None = None, *, method: bool = True, namespace: bool = True
) -> None:
    """Make a function public: in the namespace, and as a method where its first argument is a tensor."""
    if function.__name__ in ("function", "_" + name, "<lambda>"):
        function.__name__ = function.__qualname__ = name
    function.__doc__ = function.__doc__ or doc
    if namespace:
        FUNCTIONS[name] = function
    if method:
        setattr(Tensor, name, function)


def define(op: Op, *, fast: str = "", dunder: str | None = None, public: bool = True, out: Any = True) -> Op:
    """Enter an op into the table and make its functions. ``out``: False, or a mode of ``write_out``."""
    enter(op)
    simple = op.elementwise and not op.attrs and not op.outputs
    if simple and op.arity == 1:
        op.public = _unary(op, fast)
    elif simple and op.called == ("input", "other"):  # the names of the short path
        op.public = _binary(op, fast, operator=False)
    else:
        op.public = _general(op)
    if not op.view:
        op.out = out if op.differentiable or out is not True else "quiet"
    setattr(op.public, "__signature__", signature(op))
    if public:
        publish(op.name, op.public, op.__doc__)
        if op.inplace:
            method = _inplace.method(op)
            method.__doc__ = f"In-place form of ``{op.name}``. ``{op.name}`` 的原地版本。"
            publish(op.name + "_", method, namespace=simple and op.arity == 1)
    if dunder:
        if op.arity == 1:
            setattr(Tensor, f"__{dunder}__", op.public)
        else:
            setattr(Tensor, f"__{dunder}__", _binary(op, fast, operator=True))
            setattr(Tensor, f"__r{dunder}__", _binary(op, fast, operator=True, reflected=True))
            if op.inplace:
                setattr(Tensor, f"__i{dunder}__", _inplace.method(op, operator=True))
    return op


def op(
    *formulas: Callable[..., Any] | None,
    name: str | None = None,
    fast: str = "",
    dunder: str | None = None,
    public: bool = True,
    out: Any = True,
    **options: Any,
) -> Callable[[Callable[..., Any]], Op]:
    """Decorator: the kernel below becomes an op. Options are ``Op``'s. 把内核函数变成算子。"""

    def decorate(kernel: Callable[..., Any]) -> Op:
        made = Op(kernel, formulas, name=name or kernel.__name__.rstrip("_"), **options)
        return define(made, fast=fast, dunder=dunder, public=public, out=out)

    return decorate


def under(made: Op, name: str, grad_name: str) -> Op:
    """An op of the same kernel and formulas whose node bears another function's name. 同核异名的算子。"""
    formulas = [None if f is None else f.function for f in made.formulas]
    return enter(
        Op(made.kernel, formulas, name=name, grad_name=grad_name, dtype=made.dtype, jvp=made.jvp, kinds=made.kinds)
    )


# What an op is told of its operands by the functions of NumPy, which cannot be asked.
_ONE, _TWO = (lambda x: x), (lambda x, y: x)


def unary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "",
    fast: str = "", dunder: str | None = None, inplace: bool = True, out: Any = None, public: bool = True,
    **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of one operand from a NumPy function and its gradient formula. 一元逐元素算子。"""

    made = Op(_ONE, formulas, name=name, dtype=dtype, elementwise=True, blocks=True, inplace=inplace, **options)
    made.kernel, made.__doc__ = kernel, doc
    out = out if out is not None else True if dtype or not formulas else "same"
    return define(made, fast=fast or ("fc" if dtype == "float" else "biufc"), dunder=dunder, out=out, public=public)


def binary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "promote",
    fast: str = "iufc", dunder: str | None = None, inplace: bool = True, out: Any = True, public: bool = True,
    **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of two operands from a NumPy function and a gradient formula for each. 二元逐元素算子。"""

    made = Op(_TWO, formulas, name=name, dtype=dtype, elementwise=True, blocks=True, inplace=inplace, **options)
    made.kernel, made.__doc__ = kernel, doc
    return define(made, fast=fast, dunder=dunder, out=out, public=public)
