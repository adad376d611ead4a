"""An op is one definition: a kernel on arrays and one gradient formula an operand. 算子的定义方式。

    @op(lambda g, x_shape, dim, keepdim: unreduce(g, x_shape, dim, keepdim), jvp="linear", dtype="long")
    def sum(x, dim: ReduceDims = None, keepdim: Flag = False): ...

From it come ``tidu.sum``, ``Tensor.sum``, ``sum_`` where it makes sense, ``out=``, operators, the node's name, saving,
version checks, JVPs and derivatives of every order. In a kernel's signature a parameter without annotation is an
operand (a tensor), one with a kind from ``_args`` is an attribute. In a formula, ``g`` is the gradient of the result
and every further name says what to save: an operand, ``out``, an attribute, a further output, or only ``x_shape``.

Inside formulas an op is called as it is (``cos(x)``): on arrays it runs its kernel, on Tensors it records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from tidu import _dtypes, _forward
from tidu._args import Kind, kind_of, type_name
from tidu._backend import QUIET, as_array, quiet_reset, quiet_set, repeats, strided
from tidu._graph import Node, Plan, attach, port, watch
from tidu._kernels import LARGE, blockwise
from tidu._modes import Volatile, modes, switch
from tidu._operands import NUMBERS, Away, broadcast_error, in_layout_of, number, on_one_device, scalar
from tidu._registry import INTERNAL, OPS
from tidu._tensor import Tensor, View, byte_strides, wrap

ndarray = np.ndarray
_NAMES = {"x": "input", "y": "other"}
ALIASES = {"axis": "dim", "keepdims": "keepdim"}  # NumPy's names, which PyTorch takes too
_MISSING = object()


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


class Op:
    """One operation of the library. 一个算子。

    ``operands, attrs``  names of the tensors, and of the attributes with their kinds, that the kernel takes
    ``options``          names of the attributes alone
    ``called``           the operands' public names, where they are not the kernel's with ``x, y`` as ``input, other``
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
        self.inplace, self.heads, self.blocks = inplace, heads, blocks
        code, hints = kernel.__code__, kernel.__annotations__  # inspect takes 50 us for as much as stands here
        count = code.co_argcount
        names = code.co_varnames[: count + code.co_kwonlyargcount]
        self.operands = [n for n in names if n not in hints] if hints else [*names]
        self.options = [n for n in names if n in hints] if hints else []
        self.keyword_only = names[count:]
        given = kernel.__defaults__ or ()
        self.defaults: dict[str, Any] = dict(zip(names[count - len(given) : count], given, strict=True))
        if kernel.__kwdefaults__:
            self.defaults |= kernel.__kwdefaults__
        self.required = [n for n in self.options if n not in self.defaults]
        self.declared = kernel
        self.arity = arity = len(self.operands)
        self.called = tuple(called or [_NAMES.get(o, o) for o in self.operands])
        self.promote = range(arity) if promote is None else promote
        self.broadcasts = elementwise and arity > 1
        if isinstance(numbers, bool):
            numbers = range(arity) if numbers else ()
        self.numbers = tuple(numbers) if self.broadcasts else ()
        self.formulas = [None if f is None else Formula(f) for f in formulas]
        self.mask = -1 if variadic else sum([1 << i for i, f in enumerate(formulas) if f is not None])
        self.differentiable = any(self.formulas)
        # Operands that never have a gradient, such as indices, are none of a node's next_functions.
        having = tuple(i for i, f in enumerate(self.formulas) if f is not None)
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
    def attrs(self) -> dict[str, Kind]:
        """Names of the attributes, and their kinds: looked up when they are first needed, and not at our import."""
        found: dict[str, Kind] = {}
        scope = self.declared.__globals__
        for name in self.options:
            hint = self.declared.__annotations__[name]
            if isinstance(hint, str):
                hint = scope.get(hint) or eval(hint, scope)
            found[name] = kind_of(hint)
        return found

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
            if _dtypes.Extended.used and self.narrows(args[:n], attrs):
                return _narrowed(self.kernel(*map(_widened, args), **attrs))
            return self.kernel(*args, **attrs)
        for a in args[0] if self.variadic else args[:n]:
            if isinstance(a, Tensor):
                full = dict(self.defaults) if self.defaults else {}
                full.update(zip(self.attrs, args[n:], strict=False))
                full.update(attrs)
                return self.record(args[0] if self.variadic else args[:n], full)
        return self.kernel(*args, **attrs)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Operands and normalised attributes of a public call; ``TypeError`` names what does not fit."""
        n = self.arity
        operands = list(args[:n])
        rest = args[n:]
        given: dict[str, Any] = {}
        names = [a for a in self.attrs if a not in self.keyword_only]
        if len(rest) > 1 and names and self.attrs[names[0]].variadic and not isinstance(rest[0], (tuple, list)):
            rest = (rest,)
        if len(rest) > len(names):
            raise TypeError(
                f"{self.name}() takes {n + len(names)} positional argument{'s' if n + len(names) != 1 else ''} "
                f"but {len(args)} were given"
            )
        given.update(zip(names, rest, strict=False))
        for key, value in kwargs.items():
            key = ALIASES.get(key, key)
            if key in self.attrs and key not in given:
                given[key] = value
                continue
            position = self.called.index(key) if key in self.called else -1
            if position < 0 or position < len(operands):
                if position >= 0 or key in given:
                    raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{key}'")
            operands += [_MISSING] * (position + 1 - len(operands))
            operands[position] = value
        if len(operands) < n or kwargs or any(a not in given for a in self.required):
            self.complete(operands, given)
        self.check_operands(operands)
        first = operands[0][0] if self.variadic else operands[0]
        ndim = first._array.ndim if isinstance(first, Tensor) else 0
        attrs = {}
        for position, (key, kind) in enumerate(self.attrs.items(), n + 1):
            if key in given:
                attrs[key] = kind.parse(given[key], self.name, key, position, ndim)
            else:
                default = self.defaults[key]
                attrs[key] = default if default is None else kind.parse(default, self.name, key, position, ndim)
        return operands, attrs

    def complete(self, operands: list[Any], given: dict[str, Any]) -> None:
        """Put in the operands' defaults; ``TypeError`` names what is missing."""
        missing = [self.called[i] for i, o in enumerate(self.operands)
                   if (i >= len(operands) or operands[i] is _MISSING) and o not in self.defaults]  # fmt: skip
        missing += [a for a in self.attrs if a not in given and a not in self.defaults]
        if missing:
            raise TypeError(
                f"{self.name}() missing {len(missing)} required positional arguments: "
                + ", ".join(f'"{m}"' for m in missing)
            )
        for i in range(self.arity):
            if i >= len(operands) or operands[i] is _MISSING:
                operands[i:] = [self.defaults[self.operands[i]], *operands[i + 1 :]]

    def check_operands(self, operands: Sequence[Any], numbers: bool = True) -> None:
        if self.variadic:
            tensors = operands[0]
            if not isinstance(tensors, (tuple, list)):
                raise TypeError(
                    f"{self.name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}"
                )
            if not tensors:
                raise RuntimeError(f"{self.name}(): argument 'tensors' expected a non-empty list of Tensors")
            for i, t in enumerate(tensors):
                if not isinstance(t, Tensor):
                    raise TypeError(
                        f"expected Tensor as element {i} in argument 0, but got {type_name(t)}: {self.name}()"
                    )
            return
        scalars = numbers and self.numbers and any(isinstance(a, Tensor) for a in operands)
        for i, a in enumerate(operands):
            if isinstance(a, Tensor) or (scalars and i in self.numbers and isinstance(a, NUMBERS)):
                continue
            if a is None and self.defaults.get(self.operands[i], _MISSING) is None:
                continue
            kind = type(a).__name__ if isinstance(a, (list, tuple)) else type_name(a)
            raise TypeError(f"{self.name}(): argument '{self.called[i]}' (position {i + 1}) must be Tensor, not {kind}")

    def record(self, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """Run the kernel on the operands' arrays and, in grad mode, record it."""
        if Volatile.used and Volatile.among(args):
            return self.unrecorded(args, attrs)
        computed = self.promoted(args, attrs) if self.dtype else args
        arrays = [a._array if isinstance(a, Tensor) else a for a in computed]
        if self.dtype:  # the graph is made of the operands as they are, not as they were promoted
            args = [a if isinstance(a, Tensor) else c for a, c in zip(args, computed, strict=True)]
        if self.kinds != "biufc":
            self.check_kinds(arrays)
        if self.view and not arrays[0].size:  # NumPy keeps no strides of what it makes empty
            arrays[0] = strided(arrays[0], arrays[0].shape, byte_strides(arrays[0]))
        narrow = _dtypes.Extended.used and self.narrows(arrays, attrs)
        if narrow:
            narrow = self.leads_narrow(arrays)
            arrays = [_widened(a) for a in arrays]
        if Away.used:
            arrays = on_one_device(arrays)
        token = quiet_set(QUIET)
        try:
            result = self.compute(arrays, attrs)
            if narrow:
                result = _narrowed(result)
            if self.broadcasts:
                if result.ndim > 1:  # by the strides of what was given, whatever it was promoted to
                    result = in_layout_of(result, [a._array if isinstance(a, Tensor) else a for a in args])
            elif self.elementwise and arrays[0].ndim > 2 and not self.outputs and repeats(arrays[0]):
                result = in_layout_of(result, arrays)
        except ValueError as error:
            if modes.grad:  # PyTorch has asked its operands for their histories before it looks at shapes
                for a in args:
                    if isinstance(a, Tensor) and a._view is not None and a.requires_grad:
                        a._synchronise()
            raise (self.broadcasts and broadcast_error(arrays)) or RuntimeError(f"{self.name}(): {error}") from None
        finally:
            quiet_reset(token)
        mask = 0
        if modes.grad:
            for i, a in enumerate(args):
                if isinstance(a, Tensor) and a.requires_grad:
                    mask |= 1 << i
            mask &= self.mask
        if self.view:
            return self.finish_view(args, attrs, result, mask)
        if self.outputs:
            return self.finish_outputs(args, attrs, result, mask)
        out = wrap(result)
        node = self.attach(out, args, attrs, mask) if mask else None
        if modes.dual and _forward.has_tangent(args):
            tangent = _forward.push(self, args, attrs, out)
            _forward.give(out, tangent)
            if node is not None and node.result is not None:
                _forward.give(node, tangent)
        return out

    def unrecorded(self, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """The same of operands of which one is volatile."""
        previous = switch(False)
        try:
            result = self.record([a.detach() if isinstance(a, Tensor) else a for a in args], attrs)
        finally:
            switch(previous)
        for out in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(out, Tensor):
                out._tangent = Volatile.mark
        return result

    def compute(self, arrays: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """The kernel's result, of large arrays block by block."""
        if self.blocks and any(getattr(a, "size", 0) >= LARGE for a in arrays):
            return blockwise(partial(self.kernel, **attrs) if attrs else self.kernel, *arrays)
        return self.kernel(arrays, **attrs) if self.variadic else self.kernel(*arrays, **attrs)

    def attach(self, out: Tensor, args: Sequence[Any], attrs: dict[str, Any], mask: int) -> Node:
        """Record the call, noting the operands' dtypes where they are not the result's."""
        node = attach(self, out, args, attrs, mask)
        if self.elementwise and out._array.size >= LARGE:
            node.single = None  # the engine takes the way on which it works in blocks
        target = out._array.dtype
        if target.kind == "V":
            node.single = None  # and the one on which NumPy's lack of kernels is made up for
        if target.kind == "c" and self.holomorphic:
            node.holomorphic, node.single = True, None
        for a in args:
            if isinstance(a, Tensor) and a._array.dtype is not target and a._array.dtype != target:
                node.dtypes, node.single = tuple(a._array.dtype if isinstance(a, Tensor) else None for a in args), None
                break
        return node

    def narrows(self, arrays: Sequence[Any], attrs: dict[str, Any]) -> bool:
        """Whether to compute in float32 and round the result to bfloat16, for which NumPy has few kernels."""
        wide = self.view or self.name in ("to", "clone", "contiguous") or attrs.get("dtype") is not None
        wide = wide or "strides" in attrs  # which are those of the memory as it is
        return not wide and any(getattr(a, "dtype", None) == _dtypes.bfloat16.numpy for a in arrays)

    def leads_narrow(self, arrays: Sequence[Any]) -> bool:
        """Whether the result has the bfloat16 of some operand: the first floating one decides."""
        kinds = [a.dtype for a in arrays if hasattr(a, "dtype") and a.dtype.kind in "fVc"]
        if self.name in _ALIKE and any(k != kinds[0] for k in kinds):
            names = ", ".join(_dtypes.TYPE_NAMES[_dtypes.of(k)].removesuffix("Tensor") for k in kinds)
            raise RuntimeError(f"{self.name}(): expected all operands to have the same dtype, but got: {names}")
        return bool(kinds[0].kind == "V")

    def check_kinds(self, arrays: Sequence[Any]) -> None:
        """An error for operands of a dtype that the op has no kernel for, in PyTorch's words."""
        if self.broadcasts and broadcast_error(arrays):
            return  # what does not broadcast is the first thing to say
        for i in self.promote:
            a = arrays[i]
            if a is not None and hasattr(a, "dtype") and a.dtype.kind not in self.kinds + "V" * ("f" in self.kinds):
                kind = _dtypes.TYPE_NAMES[_dtypes.of(a.dtype)].removesuffix("Tensor")
                raise self.refuses(
                    f"\"{self.name}_cpu\" not implemented for '{kind}': argument '{self.called[i]}' of {self.name}() "
                    f"is a {kind} tensor"
                )

    def finish_view(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        source = args[0]
        if self.view == "single":
            out = wrap(result)
            link(out, source, (self, attrs), "" if modes.grad else "no_grad")
            if mask:
                self.attach(out, args, attrs, mask)
            if modes.dual and source._tangent is not None:
                _forward.give(out, _forward.push(self, args, attrs, out))
            return out
        outs = [wrap(r) for r in result]
        for i, out in enumerate(outs):
            link(out, source, (pick, {"op": self, "attrs": attrs, "i": i}), "multi" if modes.grad else "no_grad")
        if mask and outs:
            node = attach(self, outs[0], args, attrs, mask)
            node.outputs = len(outs)
            for i, out in enumerate(outs):
                out._node, out._requires_grad = port(node, i), True
        if modes.dual and source._tangent is not None:
            for out, t in zip(outs, self.record([source._tangent], attrs), strict=True):
                _forward.give(out, t)
        return tuple(outs)

    def finish_outputs(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        """Differentiable outputs and then auxiliary ones, as PyTorch's named tuples."""
        arrays = [as_array(r) for r in result]
        outs = [wrap(r) for r in arrays]
        node = None
        if mask:
            node = self.attach(outs[0], args, attrs, mask)
            node.aux = tuple(arrays[k] for k in node.plan.aux)
            watch(node, [outs[k] for k in node.plan.aux])
            if self.heads > 1:
                node.outputs, node.single = self.heads, None
                for i, out in enumerate(outs[: self.heads]):
                    out._node, out._requires_grad = port(node, i), True
        if modes.dual and _forward.has_tangent(args):
            if self.heads == 1:
                _forward.give(outs[0], _forward.push(self, args, attrs, outs[0], arrays))
                return outs
            tangents = _forward.push_each(self, args, attrs, outs)
            for out, tangent in zip(outs, tangents, strict=False):
                _forward.give(out, tangent)
            if node is not None:
                _forward.give(node, tangents)
        return outs

    def promoted(self, args: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
        """Operands in their common dtype, without history."""
        if len(args) == 1 and args[0]._array.dtype.kind in "fc" and attrs.get("dtype") is None:
            return list(args)
        rule = self.dtype
        arrays = [a._array if isinstance(a, Tensor) else a for i, a in enumerate(args) if i in self.promote]
        target = attrs.get("dtype") if "dtype" in self.attrs else None
        if target is None:
            if len(arrays) == 1 and len(args) == 1 and arrays[0].dtype.kind in "fc":
                return list(args)
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
                    out[i] = wrap(a._array.astype(target))
            elif isinstance(a, ndarray):
                out[i] = a if a.dtype == target else a.astype(target)
            elif a is not None:
                out[i] = scalar(a, target) if here else number(a, target)
        return out


# Products and their like look at their operands' dtypes, which must be one: those of bfloat16 are looked at before.
_ALIKE = frozenset(
    "lerp heaviside mm bmm mv dot vdot matmul_nd addmm addmv addbmm baddbmm linear linalg_cross _trilinear "
    "_embedding_bag".split()
)


def _widened(a: Any) -> Any:
    return a.astype(np.float32) if getattr(a, "dtype", None) == _dtypes.bfloat16.numpy else a


def _narrowed(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_narrowed, result))
    if getattr(result, "dtype", None) != np.float32:
        return result
    return as_array(result).astype(_dtypes.bfloat16.numpy)


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
    v = source._view
    if v is None:
        out._view = View(source, (step,), storage.version, kind)
    else:
        out._view = View(v.base, (*v.recipe, step), storage.version, kind or v.kind)


def pick(x: Any, op: Op, attrs: dict[str, Any], i: int) -> Any:
    """One of the views that a multi-output view op gives: a step of a recipe."""
    return op(x, **attrs)[i]
