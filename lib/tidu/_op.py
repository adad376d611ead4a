"""An op is one definition: a kernel on arrays and one gradient formula an operand. 算子的定义方式。

    @op(lambda g, x_shape, dim, keepdim: unreduce(g, x_shape, dim, keepdim), jvp="linear", dtype="long")
    def sum(x, dim: ReduceDims = None, keepdim: Flag = False): ...

From it come ``tidu.sum``, ``Tensor.sum``, ``sum_`` where it makes sense, ``out=``, operators, the node's name, saving,
version checks, JVPs and derivatives of every order. In a kernel's signature a parameter without annotation is an
operand (a tensor), one with a kind from ``_args`` is an attribute; a last one ``into`` is where to write the result, if
that is given. In a formula, ``g`` is the gradient of the result
and every further name says what to save: an operand, ``out``, an attribute, a further output, or only ``x_shape``.

Inside formulas an op is called as it is (``cos(x)``): on arrays it runs its kernel, on Tensors it records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any
from weakref import ref

import numpy as np

from tidu import _dtypes, _forward, _tangents
from tidu._backend import QUIET, quiet_reset, quiet_set, recast, repeats, strided
from tidu._binding import Binding
from tidu._graph import Node, Plan, port
from tidu._inference import UNTRACKED
from tidu._kernels import LARGE, blockwise
from tidu._modes import Rider, modes
from tidu._narrow import leads_narrow, narrowed, narrows, widened
from tidu._operands import Away, broadcast_error, in_layout_of, number, on_one_device, scalar
from tidu._record import attach, watch
from tidu._registry import INTERNAL, OPS
from tidu._tensor import Tensor, View, byte_strides, wrap

ndarray = np.ndarray


class Formula:
    """The gradient of one operand, and the names of what it reads. It may be an op whose operands have those names.

    ``whole``  whether it wants its arrays whole, though its op is elementwise
    """

    __slots__ = ("function", "names", "whole")

    def __init__(self, function: Callable[..., Any], names: Sequence[str] | None = None, whole: bool = False) -> None:
        self.function, self.whole = function, whole
        if names is None:
            code = getattr(function, "kernel", function).__code__
            names = code.co_varnames[1 : code.co_argcount]
        self.names = tuple(names)


class Op(Binding):
    """One operation of the library. 一个算子。

    ``formulas``         one an operand, None where there is no gradient
    ``dtype``            how operands are promoted: "" not at all, "promote" to their common dtype, "float" so that
                         integers become floating, "long" so that small integers become int64
    ``elementwise``      result element i depends on operand elements i alone (after broadcasting)
    ``blocks``           whether large operands may be computed a block at a time, on several threads: the kernel is
                         elementwise, and told nothing but its operands
    ``view``             "" or "single" or "multi": the result shares the first operand's memory
    ``outputs``          names of all outputs when the kernel returns a tuple; the first is differentiable
    ``heads``            how many of the outputs are, from the first on; where it is more than one, a formula's ``g`` is
                         the list of their gradients, None where none arrived
    ``hidden``           whether nobody gets any output but the first: then nobody can write to them either, and a
                         formula's ``g`` is the first one's gradient, but a list where second order asks for others
    ``jvp``              "linear", or a rule ``(tangents, operands, out, **attrs) -> tangent``; else see ``_forward``
    ``numbers``          whether operands may be Python numbers (not all of them), or which ones
    ``kinds``            the NumPy kinds of dtype that the op is implemented for
    ``refuses``          the error that others are
    ``out``              False where there is no ``out=``, else a mode of ``write_out``
    ``adjoint``          the formulas of an elementwise op hold for complex operands as they stand; others are written
                         as for real ones, ``g`` times the derivative, and the engine conjugates on the way in and out
    ``variant``          of the call: the number that PyTorch's overload puts at the end of the node's name, or the name
    """

    def __init__(
        self,
        kernel: Callable[..., Any],
        formulas: Sequence[Callable[..., Any] | None],
        *,
        name: str,
        jvp: str | Callable[..., Any] | None = None,
        dtype: str = "",
        elementwise: bool = False,
        blocks: bool = False,
        view: str = "",
        variadic: bool = False,
        outputs: Sequence[str] = (),
        heads: int = 1,
        hidden: bool = False,
        grad_name: str | None = None,
        inplace: bool = False,
        promote: Sequence[int] | None = None,
        variant: Callable[[Sequence[Any], dict[str, Any]], int | str] | None = None,
        numbers: bool | Sequence[int] = True,
        kinds: str = "biufc",
        refuses: type[Exception] = NotImplementedError,
        called: Sequence[str] = (),
        adjoint: bool = False,
    ) -> None:
        self.holomorphic = elementwise and not adjoint
        self.name, self.kernel, self.jvp, self.dtype = name, kernel, jvp, dtype
        self.elementwise, self.view, self.variadic, self.outputs = elementwise, view, variadic, tuple(outputs)
        self.inplace, self.heads, self.hidden, self.blocks = inplace, heads, hidden, blocks
        self.frees = False  # whether a node lets go of something after backward though no tensor is saved
        super().__init__(kernel, called)
        arity = self.arity
        self.promote = range(arity) if promote is None else promote
        self.broadcasts = elementwise and arity > 1
        if isinstance(numbers, bool):
            numbers = range(arity) if numbers else ()
        self.numbers = tuple(numbers) if self.broadcasts else ()
        self.formulas = [None if f is None else Formula(f) for f in formulas]
        having = tuple([i for i, f in enumerate(formulas) if f is not None])
        self.mask = -1 if variadic else sum([1 << i for i in having])
        self.differentiable = bool(having)
        # Operands that never have a gradient, such as indices, are none of a node's next_functions.
        self.listed = None if variadic or len(having) == arity else having
        self.formulas += [None] * (arity - len(self.formulas))
        self.plans: dict[int, Plan] = {}
        self.forget: list[Callable[[], None]] = []  # of the short paths, which remember plans of their own
        self.grad_name = grad_name or name.strip("_").title().replace("_", "") + "Backward0"
        self.variant = variant
        self.kinds, self.refuses = kinds, refuses
        self.node_classes: dict[int | str, type[Node]] = {}
        self.public: Callable[..., Any] = self.__call__
        self.out: Any = False
        self.__name__ = name
        self.__doc__ = kernel.__doc__

    @cached_property
    def into(self) -> bool:
        """Whether the kernel can be told where to write."""
        code = getattr(self.kernel, "__code__", None)  # a ufunc has none
        return code is not None and "into" in code.co_varnames

    def plan(self, mask: int) -> Plan:
        """What to save when the operands in ``mask`` need gradients."""
        found = self.plans.get(mask)
        if found is None:
            found = self.plans[mask] = Plan(self, mask)
        return found

    def numbered(self, variant: int | str) -> type[Node]:
        """The node class with another number at the end of its name, or with another name."""
        if variant not in self.node_classes:
            stem = self.grad_name.rstrip("0123456789")
            name = variant if isinstance(variant, str) else f"{stem}{variant}"
            scope = {"__module__": "builtins", "op": self, "listed": self.listed}
            self.node_classes[variant] = type(name, (Node,), scope)
        return self.node_classes[variant]

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        """As formulas and composites call it: arguments already normalised; arrays in, arrays out."""
        n = self.arity
        if type(args[0]) is ndarray and (n == 1 or type(args[1]) is ndarray):
            if _dtypes.Extended.used and narrows(self, args[:n], attrs):
                return narrowed(self.kernel(*map(widened, args), **attrs))
            return self.kernel(*args, **attrs)
        for a in args[0] if self.variadic else args[:n]:
            if isinstance(a, Tensor):
                full = dict(self.defaults) if self.defaults else {}
                full.update(zip(self.attrs, args[n:], strict=False))
                full.update(attrs)
                return self.record(args[0] if self.variadic else args[:n], full)
        return self.kernel(*args, **attrs)

    def record(self, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """Run the kernel on the operands' arrays and, in grad mode, record it."""
        if Rider.used and (rider := Rider.among(args, attrs.values())):
            return rider.call(self, args, attrs)
        arrays, mask, graded = [], 0, modes.grad
        for i, a in enumerate(args):
            if isinstance(a, Tensor):
                arrays.append(a._array)
                if graded and (a._requires_grad or a._node is not None or (a._view is not None and a.requires_grad)):
                    mask |= 1 << i
            else:
                arrays.append(a)
        mask &= self.mask
        if self.dtype and (computed := self.promoted(args, attrs)) is not args:
            arrays = [a._array if isinstance(a, Tensor) else a for a in computed]
            # the graph is made of the operands as they are, not as they were promoted
            args = [a if isinstance(a, Tensor) else c for a, c in zip(args, computed, strict=True)]
        if self.kinds != "biufc":
            self.check_kinds(arrays)
        if self.view and not arrays[0].size:  # NumPy keeps no strides of what it makes empty
            arrays[0] = strided(arrays[0], arrays[0].shape, byte_strides(arrays[0]))
        narrow = _dtypes.Extended.used and narrows(self, arrays, attrs)
        if narrow:
            narrow = leads_narrow(self, arrays)
            arrays = [widened(a) for a in arrays]
        if Away.used:
            arrays = on_one_device(arrays)
        token = quiet_set(QUIET)
        try:
            result = self.compute(arrays, attrs)
            if narrow:
                result = narrowed(result)
            if self.broadcasts:
                if result.ndim > 1:  # by the strides of what was given, whatever it was promoted to
                    result = in_layout_of(result, [a._array if isinstance(a, Tensor) else a for a in args])
            elif self.elementwise and arrays[0].ndim > 2 and not self.outputs and repeats(arrays[0]):
                result = in_layout_of(result, arrays)
        except ValueError as error:
            if graded:  # PyTorch has asked its operands for their histories before it looks at shapes
                for a in args:
                    if isinstance(a, Tensor) and a._view is not None and a.requires_grad:
                        a._synchronise()
            raise (self.broadcasts and broadcast_error(arrays)) or RuntimeError(f"{self.name}(): {error}") from None
        finally:
            quiet_reset(token)
        if self.view:
            return self.finish_view(args, attrs, result, mask)
        if self.outputs:
            return self.finish_outputs(args, attrs, result, mask)
        out = wrap(result)
        node = attach(self, out, args, attrs, mask) if mask else None
        if modes.dual and _tangents.has_tangent(args):
            tangent = _forward.push(self, args, attrs, out)
            _tangents.give(out, tangent)
            if node is not None and node.result is not None:
                _tangents.give(node, tangent)
        return out

    def compute(self, arrays: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """The kernel's result, of large arrays block by block."""
        if self.blocks and any(getattr(a, "size", 0) >= LARGE for a in arrays):
            return blockwise(partial(self.kernel, **attrs) if attrs else self if self.into else self.kernel, *arrays)
        return self.kernel(arrays, **attrs) if self.variadic else self.kernel(*arrays, **attrs)

    def finish_view(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        source = args[0]
        quiet = "" if modes.grad else "inference" if modes.inference else "no_grad"
        if self.view == "single":
            out = wrap(result)
            link(out, source, (self, attrs), quiet)
            if mask:
                attach(self, out, args, attrs, mask)
            if modes.dual:
                if source._tangent is not None:
                    _tangents.give(out, _forward.push(self, args, attrs, out))
                else:
                    modes.views.append(ref(out))
            return out
        outs = [wrap(r) for r in result]
        for i, out in enumerate(outs):
            link(out, source, (pick, {"op": self, "attrs": attrs, "i": i}), quiet or "multi")
        if mask and outs:
            node = attach(self, outs[0], args, attrs, mask)
            node.outputs, node.quick = len(outs), None
            for i, out in enumerate(outs):
                out._node, out._requires_grad = port(node, i), True
        if modes.dual and source._tangent is not None:
            for out, t in zip(outs, self.record([source._tangent], attrs), strict=True):
                _tangents.give(out, t)
        return tuple(outs)

    def finish_outputs(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        """Differentiable outputs and then auxiliary ones, as PyTorch's named tuples."""
        outs = [*map(wrap, result)]
        node = None
        if mask:
            node = attach(self, outs[0], args, attrs, mask)
            node.aux = tuple([outs[k]._array for k in node.plan.aux])
            if not self.hidden:
                watch(node, [outs[k] for k in node.plan.aux])
                if self.heads > 1:
                    node.outputs, node.quick = self.heads, None
                    for i, out in enumerate(outs[: self.heads]):
                        out._node, out._requires_grad = port(node, i), True
        if modes.dual and _tangents.has_tangent(args):
            if self.heads == 1:
                tangents: Any = _forward.push(self, args, attrs, outs[0], [t._array for t in outs])
                _tangents.give(outs[0], tangents)
            else:
                tangents = _forward.push_each(self, args, attrs, outs)
                for out, tangent in zip(outs, tangents, strict=False):
                    _tangents.give(out, tangent)
            if node is not None:
                _tangents.give(node, tangents)
        return outs

    def promoted(self, args: Sequence[Any], attrs: dict[str, Any]) -> Sequence[Any]:
        """Operands in their common dtype, without history; the same sequence where they are in it."""
        if len(args) == 1 and args[0]._array.dtype.kind in "fc" and attrs.get("dtype") is None:
            return args
        rule = self.dtype
        arrays = [a._array if isinstance(a, Tensor) else a for i, a in enumerate(args) if i in self.promote]
        target = attrs.get("dtype") if "dtype" in self.attrs else None
        if target is None:
            if len(arrays) == 1 and len(args) == 1 and arrays[0].dtype.kind in "fc":
                return args
            target = _dtypes.result_type([a for a in arrays if a is not None])
            if rule == "float" and target.kind in "biu":
                target = _dtypes.default_floating()
            elif rule == "long" and target.kind in "bui":
                target = _dtypes.int64.numpy
        out = list(args)
        here = all(type(a) is ndarray for a in arrays if hasattr(a, "strides"))  # else on a device
        for i in self.promote:
            a = out[i]
            if isinstance(a, Tensor):
                if a._array.dtype != target:
                    out[i] = wrap(recast(a._array, target))
            elif isinstance(a, ndarray):
                out[i] = a if a.dtype == target else recast(a, target)
            elif a is not None:
                out[i] = scalar(a, target) if here else number(a, target)
        return out


def enter(op: Op) -> Op:
    """Put an op into the table; what begins with an underscore is for gradients and composites alone."""
    table = INTERNAL if op.name.startswith("_") else OPS
    if op.name in table:
        raise ValueError(f"op {op.name} is defined twice")
    table[op.name] = op
    return op


def link(out: Tensor, source: Tensor, step: tuple[Callable[..., Any], dict[str, Any]], kind: str) -> None:
    """Make ``out`` a view: it shares ``source``'s storage and remembers how to get there from the base."""
    out._storage = storage = source.untyped_storage()
    if storage.version is UNTRACKED:
        return
    v = source._view
    if v is None:
        out._view = View(source, None, step, storage.version, kind)
    else:
        out._view = View(v.base, v, step, storage.version, v.kind if v.kind == "inference" else kind or v.kind)


def pick(x: Any, op: Op, attrs: dict[str, Any], i: int) -> Any:
    """One of the views that a multi-output view op gives: a step of a recipe."""
    return op(x, **attrs)[i]
