"""An op is one definition: a kernel on arrays and one gradient formula an operand. 算子的定义方式。

    @op(lambda g, x_shape, dim, keepdim: unreduce(g, x_shape, dim, keepdim), jvp="linear", dtype="long")
    def sum(x, dim: ReduceDims = None, keepdim: Flag = False): ...

From it come ``tidu.sum``, ``Tensor.sum``, ``sum_`` where it makes sense, ``out=``, operators, the node's name, saving,
version checks, JVPs and derivatives of every order. In a kernel's signature a parameter without annotation is an
operand (a tensor), one with a kind from ``_args`` is an attribute. In a formula, ``g`` is the gradient of the result and
every further name says what to save: an operand, ``out``, an attribute, a further output, or only ``x_shape``.

Inside formulas an op is called as it is (``cos(x)``): on arrays it runs its kernel, on Tensors it records.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tidu import _dtypes, _forward
from tidu._args import Kind, kind_of, type_name
from tidu._backend import QUIET, Array, as_array, quiet_reset, quiet_set, strided
from tidu._graph import Node, Plan, attach, attach_two, edge, next_sequence, port
from tidu._modes import modes
from tidu._registry import FUNCTIONS, INTERNAL, OPS
from tidu._storage import Storage
from tidu._tensor import Tensor, View, new, wrap

ndarray = np.ndarray
NUMBERS = (bool, int, float, complex, np.number, np.bool_)
_PUBLIC = {"x": "input", "y": "other"}
_ALIASES = {"axis": "dim", "keepdims": "keepdim"}
_MISSING = object()


class Formula:
    """The gradient of one operand, and the names of what it reads."""

    __slots__ = ("function", "names")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.names = function.__code__.co_varnames[1 : function.__code__.co_argcount]


def _parameters(kernel: Callable[..., Any]) -> list[tuple[str, Any, Any, bool]]:
    """(name, annotation or None, default, keyword-only) of each parameter; inspect takes 50 us for as much."""
    code = kernel.__code__
    n = code.co_argcount
    names = code.co_varnames[: n + code.co_kwonlyargcount]
    defaults = dict(zip(names[n - len(kernel.__defaults__ or ()) : n], kernel.__defaults__ or (), strict=True))
    defaults.update(kernel.__kwdefaults__ or {})
    scope = kernel.__globals__
    found = []
    for i, name in enumerate(names):
        annotation = kernel.__annotations__.get(name)
        if isinstance(annotation, str):
            annotation = scope.get(annotation) or eval(annotation, scope)
        found.append((name, annotation, defaults.get(name, _MISSING), i >= n))
    return found


class Op:
    """One operation of the library. 一个算子。

    ``operands, attrs``  names of the tensors and of the attributes (with kind and default) of the kernel
    ``formulas``         one an operand, None where there is no gradient
    ``dtype``            how operands are promoted: see ``promotion``
    ``elementwise``      result element i depends on operand elements i alone (after broadcasting)
    ``view``             "" or "single" or "multi": the result shares the first operand's memory
    ``outputs``          names of all outputs when the kernel returns a tuple; the first is differentiable
    ``jvp``              "linear", or a rule ``(tangents, operands, out) -> tangent``; else see ``_forward``
    ``numbers``          whether an operand may be a Python number
    ``kinds``            the NumPy kinds of dtype that the op is implemented for
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
        view: str = "",
        variadic: bool = False,
        outputs: Sequence[str] = (),
        grad_name: str | None = None,
        inplace: bool = False,
        promote: Sequence[int] | None = None,
        variant: Callable[[Sequence[Any], dict[str, Any]], int | str] | None = None,
        numbers: bool = True,
        kinds: str = "biufc",
    ) -> None:
        self.name, self.kernel, self.jvp, self.dtype = name, kernel, jvp, dtype
        self.elementwise, self.view, self.variadic, self.outputs = elementwise, view, variadic, tuple(outputs)
        self.inplace = inplace
        self.family = kernel.__module__.rpartition(".")[2]
        self.operands: list[str] = []
        self.attrs: dict[str, Kind] = {}
        self.defaults: dict[str, Any] = {}
        self.keyword_only: set[str] = set()
        for name_, annotation, default, keyword_only in _parameters(kernel):
            if annotation is None:
                self.operands.append(name_)
            else:
                self.attrs[name_] = kind_of(annotation)
                if keyword_only:
                    self.keyword_only.add(name_)
            if default is not _MISSING:
                self.defaults[name_] = default
        self.arity = len(self.operands)
        self.promote = range(self.arity) if promote is None else promote
        self.broadcasts = elementwise and self.arity > 1
        self.numbers = self.broadcasts and numbers
        padded = [*formulas, *[None] * (self.arity - len(formulas))]
        self.formulas = [None if f is None else Formula(f) for f in padded]
        self.mask = -1 if variadic else sum(1 << i for i, f in enumerate(self.formulas) if f is not None)
        self.differentiable = any(f is not None for f in self.formulas)
        self.plans: dict[int, Plan] = {}
        grad_name = grad_name or "".join(part.title() for part in name.strip("_").split("_")) + "Backward0"
        self.grad_name = grad_name
        self.variant = variant
        self.kinds = kinds
        self.node_classes: dict[int | str, type[Node]] = {}
        self.public: Callable[..., Any] = self.__call__
        self.has_out = False
        self.out_mode: Any = True
        self.__name__ = name
        self.__doc__ = kernel.__doc__

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
            self.node_classes[variant] = type(name, (Node,), {"op": self})
        return self.node_classes[variant]

    @property
    def vjps(self) -> list[Formula | None]:
        return self.formulas

    @property
    def is_view(self) -> bool:
        return bool(self.view)

    @property
    def nondifferentiable(self) -> bool:
        return not self.differentiable

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        """As formulas and composites call it: arguments already normalised; arrays in, arrays out."""
        n = self.arity
        if type(args[0]) is ndarray and (n == 1 or type(args[1]) is ndarray):
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
            key = _ALIASES.get(key, key)
            if key in self.attrs and key not in given:
                given[key] = value
                continue
            position = next((i for i, o in enumerate(self.operands) if key in (o, _PUBLIC.get(o))), -1)
            if position < 0 or position < len(operands):
                if position >= 0 or key in given:
                    raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{key}'")
            operands += [_MISSING] * (position + 1 - len(operands))
            operands[position] = value
        missing = [_PUBLIC.get(o, o) for i, o in enumerate(self.operands)
                   if (i >= len(operands) or operands[i] is _MISSING) and o not in self.defaults]  # fmt: skip
        missing += [a for a in self.attrs if a not in given and a not in self.defaults]
        if missing:
            raise TypeError(
                f"{self.name}() missing {len(missing)} required positional arguments: "
                + ", ".join(f'"{m}"' for m in missing)
            )
        for i in range(n):
            if i >= len(operands) or operands[i] is _MISSING:
                operands[i:] = [self.defaults[self.operands[i]], *operands[i + 1 :]]
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
                        f"expected Tensor as element {i} in argument 0 of {self.name}() ('tensors'), "
                        f"but got {type_name(t)}"
                    )
            return
        scalars = numbers and self.numbers and any(isinstance(a, Tensor) for a in operands)
        for i, a in enumerate(operands):
            if isinstance(a, Tensor) or (scalars and isinstance(a, NUMBERS)):
                continue
            if a is None and self.defaults.get(self.operands[i], _MISSING) is None:
                continue
            shown = _PUBLIC.get(self.operands[i], self.operands[i])
            raise TypeError(
                f"{self.name}(): argument '{shown}' (position {i + 1}) must be Tensor, not {type_name(a)}"
            )

    def record(self, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """Run the kernel on the operands' arrays and, in grad mode, record it."""
        computed = self.promoted(args, attrs) if self.dtype else args
        arrays = [a._array if isinstance(a, Tensor) else a for a in computed]
        if self.dtype:  # the graph is made of the operands as they are, not as they were promoted
            args = [a if isinstance(a, Tensor) else c for a, c in zip(args, computed, strict=True)]
        if self.kinds != "biufc":
            self.check_kinds(arrays)
        token = quiet_set(QUIET)
        try:
            result = self.kernel(arrays, **attrs) if self.variadic else self.kernel(*arrays, **attrs)
            if self.broadcasts and result.ndim > 1:
                result = in_layout_of(result, arrays)
        except ValueError as error:
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
        if mask:
            self.attach(out, args, attrs, mask)
        if modes.dual and _forward.has_tangent(args):
            out._tangent = _forward.push(self, args, attrs, out)
            if mask and out._node.result is not None:  # type: ignore[union-attr]
                out._node.tangent = out._tangent  # type: ignore[union-attr]
        return out

    def attach(self, out: Tensor, args: Sequence[Any], attrs: dict[str, Any], mask: int) -> Node:
        """Record the call, noting the operands' dtypes where they are not the result's."""
        node = attach(self, out, args, attrs, mask)
        target = out._array.dtype
        for a in args:
            if isinstance(a, Tensor) and a._array.dtype is not target and a._array.dtype != target:
                node.dtypes = tuple(a._array.dtype if isinstance(a, Tensor) else None for a in args)
                break
        return node

    def check_kinds(self, arrays: Sequence[Any]) -> None:
        """``NotImplementedError`` for operands of a dtype that the op has no kernel for, in PyTorch's words."""
        if self.broadcasts and broadcast_error(arrays):
            return  # what does not broadcast is the first thing to say
        for i in self.promote:
            a = arrays[i]
            if a is not None and hasattr(a, "dtype") and a.dtype.kind not in self.kinds:
                kind = _dtypes.TYPE_NAMES[_dtypes.of(a.dtype)].removesuffix("Tensor")
                shown = _PUBLIC.get(self.operands[i], self.operands[i])
                raise NotImplementedError(
                    f"\"{self.name}_cpu\" not implemented for '{kind}': argument '{shown}' of {self.name}() is a {kind} tensor"
                )

    def finish_view(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        source = args[0]
        if self.view == "single":
            out = wrap(result)
            link(out, source, (self, attrs), "" if modes.grad else "no_grad")
            if mask:
                self.attach(out, args, attrs, mask)
            if modes.dual and source._tangent is not None:
                out._tangent = _forward.push(self, args, attrs, out)
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
                out._tangent = t
        return tuple(outs)

    def finish_outputs(self, args: Sequence[Any], attrs: dict[str, Any], result: Any, mask: int) -> Any:
        """A differentiable first output and auxiliary ones, as PyTorch's named tuples."""
        arrays = [as_array(r) for r in result]
        outs = [wrap(r) for r in arrays]
        if mask:
            node = attach(self, outs[0], args, attrs, mask)
            node.aux = tuple(arrays[k] for k in node.plan.aux)
        if modes.dual and _forward.has_tangent(args):
            outs[0]._tangent = _forward.push(self, args, attrs, outs[0], arrays)
        return outs

    def promoted(self, args: Sequence[Any], attrs: dict[str, Any]) -> list[Any]:
        """Operands in their common dtype, without history."""
        rule = self.dtype
        arrays = [a._array if isinstance(a, Tensor) else a for i, a in enumerate(args) if i in self.promote]
        target = attrs.get("dtype") if "dtype" in self.attrs else None
        if target is None:
            target = _dtypes.result_type([a for a in arrays if a is not None])
            if rule == "float" and target.kind in "biu":
                target = _dtypes.default_floating()
            elif rule == "long" and target.kind in "bui":
                target = _dtypes.int64.numpy
        out = list(args)
        for i in self.promote:
            a = out[i]
            if isinstance(a, Tensor):
                if a._array.dtype != target:
                    out[i] = wrap(a._array.astype(target))
            elif isinstance(a, ndarray):
                out[i] = a if a.dtype == target else a.astype(target)
            elif a is not None:
                out[i] = scalar(a, target)
        return out



@lru_cache(1024)
def _cached_scalar(value: Any, kind: type, target: np.dtype) -> np.ndarray:
    return _scalar(value, target)


def _scalar(value: Any, target: np.dtype) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=target)
    except OverflowError:  # PyTorch wraps around
        array = np.asarray(value).astype(target)
    array.flags.writeable = False
    return array


def scalar(value: Any, target: np.dtype) -> np.ndarray:
    """A Python number as a 0-d array: ufuncs take it in half the time of a number. Zero has two signs: not cached."""
    return _cached_scalar(value, type(value), target) if value and value == value else _scalar(value, target)


def link(out: Tensor, source: Tensor, step: tuple[Callable[..., Any], dict[str, Any]], kind: str) -> None:
    """Make ``out`` a view: it shares ``source``'s storage and remembers how to get there from the base."""
    out._storage = storage = source.untyped_storage()
    v = source._view
    if v is None or (source._requires_grad and source._node is None and not v.base.requires_grad):
        out._view = View(source, (step,), storage.version, kind)  # a leaf is a base of its own, whatever it looks at
    else:
        out._view = View(v.base, (*v.recipe, step), storage.version, v.kind or kind)


def pick(x: Any, op: Op, attrs: dict[str, Any], i: int) -> Any:
    """One of the views that a multi-output view op gives: a step of a recipe."""
    return op(x, **attrs)[i]


def in_layout_of(result: Array, arrays: Sequence[Any]) -> Array:
    """An elementwise result laid out as PyTorch does it: in the order of the first operand's strides.

    NumPy falls back to row-major order where operands disagree; in PyTorch the first one decides, and the next ones
    where its stride says nothing (0, or equal strides). Source: ``TensorIteratorBase::reorder_dimensions`` in ATen.
    """
    n = result.ndim
    strides = []
    for a in arrays:
        if isinstance(a, ndarray) and a.ndim:
            lead = n - a.ndim
            strides.append([0] * lead + [0 if a.shape[d] == 1 else a.strides[d] for d in range(a.ndim)])
    order = list(range(n - 1, -1, -1))  # from the fastest dimension
    for i in range(1, n):
        at = i
        for j in range(i - 1, -1, -1):
            verdict = _faster(order[j], order[at], strides, result.shape)
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    steps, step = [0] * n, result.itemsize
    for d in order:
        steps[d] = step
        step *= result.shape[d] or 1
    if all(s == t or m == 1 for s, t, m in zip(steps, result.strides, result.shape, strict=True)) or not result.size:
        return result
    out = strided(np.empty(result.size, result.dtype), result.shape, tuple(steps))
    out[...] = result
    return out


def _faster(a: int, b: int, strides: Sequence[Sequence[int]], shape: Sequence[int]) -> int:
    """1 when dimension ``a`` must lie outside ``b``, -1 when inside, 0 when the operands do not say."""
    for s in strides:
        if s[a] == 0 or s[b] == 0:
            continue
        if s[a] != s[b]:
            return 1 if s[a] > s[b] else -1
        if shape[a] > shape[b]:
            return 1
    return 0


def broadcast_error(arrays: Sequence[Any]) -> RuntimeError | None:
    """PyTorch's message for shapes that do not broadcast, None when they do."""
    shapes = [a.shape for a in arrays if hasattr(a, "shape")]
    for k, (a, b) in enumerate(zip(shapes, shapes[1:], strict=False)):
        n = max(len(a), len(b))
        for d in range(1, n + 1):
            p, q = (s[-d] if d <= len(s) else 1 for s in (a, b))
            if p != q and 1 not in (p, q):
                return RuntimeError(
                    f"The size of tensor a ({p}) must match the size of tensor b ({q}) at non-singleton dimension "
                    f"{n - d}: argument {k + 2} of shape {list(b)} does not broadcast with {list(a)}"
                )
    return None


def write_out(name: str, result: Tensor, out: Any, operands: Sequence[Any], mode: Any = True) -> Tensor:
    """``out=``: put the result into ``out``'s memory, resizing it where its shape differs.

    ``mode``: True, or "same" for functions that want out's dtype to be the result's, or "quiet" for those that
    do not mind operands that require grad, or "same quiet".
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type_name(out)}")
    graph = [a for a in (*operands, out) if isinstance(a, Tensor) and a.requires_grad]
    if modes.grad and graph and mode not in ("quiet", "same quiet"):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    source, target = result._array, out._array
    if mode in ("same", "same quiet") and source.dtype != target.dtype:
        raise RuntimeError(f"{name}(): Expected out tensor to have dtype {result.dtype}, but got {out.dtype} instead")
    check_castable(source.dtype, target.dtype)
    if target.shape != source.shape:
        out.resize_(source.shape)  # type: ignore[attr-defined]
        out._array = strided(out._array, source.shape, _dense_like(source, target.itemsize))
    out._array[...] = source
    out.untyped_storage().version += 1
    return out


def _dense_like(source: Array, itemsize: int) -> tuple[int, ...]:
    """Strides in bytes of a fresh array laid out in the order of ``source``."""
    order = sorted(range(source.ndim), key=lambda d: (-abs(source.strides[d]), d))
    strides, step = [0] * source.ndim, itemsize
    for d in reversed(order):
        strides[d] = step
        step *= max(source.shape[d], 1)
    return tuple(strides)


def check_castable(source: np.dtype, target: np.dtype) -> None:
    """``RuntimeError`` when writing ``source`` into ``target`` would leave its category downwards."""
    if _dtypes.category(source) > max(_dtypes.category(target), 1 if target.kind in "iu" else 0):
        names = [_dtypes.TYPE_NAMES[_dtypes.of(d)].removesuffix("Tensor") for d in (source, target)]
        raise RuntimeError(f"result type {names[0]} can't be cast to the desired output type {names[1]}")


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


def _general(op: Op) -> Callable[..., Any]:
    """The public function of an op with attributes."""
    named = None
    if op.outputs:
        named = type(op.name.removesuffix("_dim"), (ReturnType,), {"fields": op.outputs})

    def function(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None) if op.has_out and "out" in kwargs else None
        operands, attrs = op.bind(args, kwargs)
        result = op.record(operands[0] if op.variadic else operands, attrs)
        if named is not None:
            return named(result)
        return result if out is None else write_out(op.name, result, out, operands, op.out_mode)

    return function


def _unary(op: Op, fast: str) -> Callable[..., Any]:
    """Unary elementwise: ``fast`` lists the dtype kinds on which the kernel needs no cast."""
    kernel = op.kernel
    fast = "".join(k for k in fast if k in op.kinds)
    plan = op.plan(1) if op.mask and op.variant is None else None
    node_class = plan.node_class if plan else Node
    saves_x, saves_out = (bool(plan.tensors), plan.out) if plan else (False, False)
    slow = _general(op)

    def function(input: Any, *, out: Any = None) -> Any:
        if out is not None:
            return slow(input, out=out)
        if not isinstance(input, Tensor) or input._tangent is not None:
            return slow(input)
        a = input._array
        if a.dtype.kind not in fast:
            return slow(input)
        token = quiet_set(QUIET)
        try:
            result = kernel(a)
        finally:
            quiet_reset(token)
        out = new(Tensor)
        out._array = result = result if type(result) is ndarray else as_array(result)
        if (input._requires_grad or input._node is not None or input._view is not None) and modes.grad and plan:
            if input._view is not None and not input.requires_grad:
                return out
            node = new(node_class)  # as ``attach`` does, for the op that makes half of all nodes
            node.edges = (input._node or edge(input),)
            node.sequence = next_sequence()
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


_FIRST, _SECOND = (0,), (1,)


def _binary(op: Op, fast: str, operator: bool, reflected: bool = False) -> Callable[..., Any]:
    """Binary elementwise. The common calls (two tensors of one dtype, a float tensor and a number) take a short path.

    ``operator``: as ``+`` calls it, returning NotImplemented for strangers.
    """
    kernel = op.kernel
    mask_all = op.mask
    fast = "".join(k for k in fast if k in op.kinds)
    always = np.dtype(np.float32) if "f" in fast else None  # the common dtype: no need to look at its kind
    common: dict[Any, Array] = {}  # numbers as 0-d float32 arrays
    numbers = op.numbers
    record = attach_two if op.variant is None else _record_variant
    plan = op.plan(1) if mask_all & 1 and op.variant is None else None
    node_class, keeps = (plan.node_class, plan.tensors) if plan else (Node, ())
    inline = plan is not None and not plan.out
    slow = _general(op)

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
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
            if b.dtype is not d or (d is not always and d.kind not in fast) or other._tangent is not None:
                return slow(input, other)
            if other._node is not None or other._requires_grad or (other._view is not None and other.requires_grad):
                mask = 2
            second = other
        else:
            t, kind = type(other), d.kind
            if kind not in fast or not numbers or not (kind == "f" and (t is float or t is int) or (t is int and kind == "i")):
                if operator:
                    if isinstance(other, ndarray):
                        other = wrap(other)
                    elif not isinstance(other, NUMBERS):
                        return NotImplemented
                return slow(other, input) if reflected else slow(input, other)
            b = common.get(other) if d is always else None
            if b is None:
                b = scalar(other, d)
                if d is always and other and other == other and len(common) < 1024:  # zero has two signs, nan no equal
                    common[other] = b
            second = b
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
        finally:
            quiet_reset(token)
        out = new(Tensor)
        out._array = result = result if type(result) is ndarray else as_array(result)
        if input._node is not None or input._requires_grad or (input._view is not None and input.requires_grad):
            mask |= 1
        if mask and modes.grad:
            if reflected:
                if mask_all & 2:
                    record(op, out, second, input, 2)
            elif mask == 1 and inline:  # as ``attach_two`` does, for the commonest case of all
                node = new(node_class)
                node.edges = ((input._node if input._view is None else None) or edge(input), None)
                if a.shape != result.shape:
                    node.shapes = (a.shape, None)
                node.sequence = next_sequence()
                if keeps:
                    node.saved = saved = (second,) if keeps == _SECOND else (input,) if keeps == _FIRST else (input, second)
                    for t in saved:
                        if isinstance(t, Tensor) and t._storage is not None and t._storage.version:
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
    if function.__name__ in ("function", "_" + name):
        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc or function.__doc__
    if namespace:
        FUNCTIONS[name] = function
    if method:
        setattr(Tensor, name, function)


def define(op: Op, *, fast: str = "", dunder: str | None = None, public: bool = True, out: Any = True) -> Op:
    """Enter an op into the table and make its functions. ``out``: False, or a mode of ``write_out``."""
    from tidu import _inplace

    table = INTERNAL if op.name.startswith("_") else OPS
    if op.name in table:
        raise ValueError(f"op {op.name} is defined twice")
    table[op.name] = op
    simple = op.elementwise and not op.attrs and not op.outputs
    if simple and op.arity == 1:
        op.public = _unary(op, fast)
    elif simple and op.arity == 2:
        op.public = _binary(op, fast, operator=False)
    else:
        op.public = _general(op)
    op.has_out = bool(out) and not op.view and not op.outputs
    op.out_mode = out if op.differentiable or out is not True else "quiet"
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


def unary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "",
    fast: str = "", dunder: str | None = None, inplace: bool = True, out: Any = None, **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of one operand from a NumPy function and its gradient formula. 一元逐元素算子。"""

    def run(x):  # type: ignore[no-untyped-def]
        return kernel(x)

    run.__module__, run.__doc__ = _caller(), doc
    made = Op(run, formulas, name=name, dtype=dtype, elementwise=True, inplace=inplace, **options)
    made.kernel = kernel
    out = out if out is not None else True if dtype or not formulas else "same"
    return define(made, fast=fast or ("fc" if dtype == "float" else "biufc"), dunder=dunder, out=out)


def binary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "promote",
    fast: str = "iufc", dunder: str | None = None, inplace: bool = True, out: Any = True, public: bool = True,
    **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of two operands from a NumPy function and a gradient formula for each. 二元逐元素算子。"""

    def run(x, y):  # type: ignore[no-untyped-def]
        return kernel(x, y)

    run.__module__, run.__doc__ = _caller(), doc
    made = Op(run, formulas, name=name, dtype=dtype, elementwise=True, inplace=inplace, **options)
    made.kernel = kernel
    return define(made, fast=fast, dunder=dunder, out=out, public=public)


def _caller() -> str:
    """The family file in which ``unary`` or ``binary`` was called."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None and frame.f_back.f_back is not None
    return str(frame.f_back.f_back.f_globals["__name__"])
