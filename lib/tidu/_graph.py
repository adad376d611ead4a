"""The graph: one node for each recorded operation, and what a node keeps for its gradient. 计算图。

Edges point from an operation to what made its operands. A node saves just what its formulas name (``Plan``), together
with the version each saved tensor had: reading it after an in-place write is PyTorch's well-known error.
"""

from __future__ import annotations

import itertools
import re
import weakref
from _thread import allocate_lock
from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu import _dtypes
from tidu._backend import Array, laid_out_as
from tidu._hooks import RemovableHandle, around, run_accumulated
from tidu._kernels import LARGE, blockwise
from tidu._modes import modes
from tidu._naming import Named
from tidu._registry import OPS
from tidu._saving import Packed
from tidu._storage import Storage
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._op import Formula, Op

next_sequence = itertools.count().__next__
_adding = allocate_lock()  # several threads may add to one leaf's ``.grad``
Gradient = Any  # an array in the fast reading of a formula, a Tensor under create_graph
# Of which operand it is the gradient; the formula as it reads Tensors, and as it reads arrays (of an op, the kernel);
# and whether it reads a saved value.
Single = tuple[int, Callable[..., Any], Callable[..., Any], bool]

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved "
    "tensors after calling backward."
)


class Plan:
    """What to save for the operands that need gradients, and where each formula finds its arguments.

    An operand that several formulas read is saved in any case, and so is the result that any reads, as PyTorch does.

    ``tensors``  operands to keep            ``shapes``  operands of which the shape is enough
    ``attrs``    attributes to keep          ``out``     whether the result is read
    ``aux``      further outputs to keep (``indices`` of ``max``)
    ``steps``    (operand, formula, positions of its arguments in the list of all of these, in this order)
    ``kernels``  the same for who reads arrays
    ``blocks``   whether the formulas may be computed a block at a time

    ``formulas`` are those of the op, or others in their place (``tidu.formulas``).
    """

    __slots__ = (
        "tensors", "shapes", "attrs", "out", "aux", "steps", "kernels", "names", "saves", "node_class", "direct",
        "blocks", "renamed",
    )  # fmt: skip

    def __init__(self, op: Op, mask: int, formulas: Sequence[Formula | None] | None = None) -> None:
        wanted: list[str] = []
        formulas = op.formulas if formulas is None else formulas
        chosen = [(i, f) for i, f in enumerate(formulas) if f is not None and (op.variadic or mask >> i & 1)]
        for _, formula in chosen:
            wanted += [n for n in formula.names if n not in wanted]
        operands = {n: i for i, n in enumerate(op.operands)}
        named = [n for f in formulas if f is not None for n in f.names]
        wanted += [n for n in operands if named.count(n) > 1 and n not in wanted]
        if "out" in named and "out" not in [*wanted, *operands]:
            wanted.append("out")
        tensors = [n for n in wanted if n in operands]
        shapes = [n for n in wanted if n.endswith("_shape") and n not in op.attrs]
        attrs = [n for n in wanted if n in op.attrs]
        out = ["out"] if "out" in wanted and "out" not in operands else []
        aux = [n for n in wanted if n in op.outputs]
        order = tensors + shapes + attrs + out + aux
        unknown = [n for n in wanted if n not in order]
        if unknown:
            raise TypeError(f"{op.name}: a formula names {unknown}, which are neither operands nor attributes")
        self.tensors = tuple(operands[n] for n in tensors)
        self.shapes = tuple(operands[n[: -len("_shape")]] for n in shapes)
        self.attrs = tuple(attrs)
        self.out = bool(out)
        self.aux = tuple(op.outputs.index(n) for n in aux)
        self.steps = tuple((i, f.function, tuple(order.index(n) for n in f.names)) for i, f in chosen)
        self.kernels = tuple((i, getattr(f, "kernel", f), fetch) for i, f, fetch in self.steps)
        self.names = tuple(order)
        self.saves = bool(tensors or out or aux) or any(op.attrs[name].saved for name in attrs) or op.frees
        self.blocks = op.elementwise and not shapes and not any(f.whole for _, f in chosen)
        self.node_class: type[Node] = type(
            op.grad_name,
            (Node,),
            {"__module__": "builtins", "op": op, "plan": self, "saves": self.saves, "listed": op.listed},
        )
        self.node_class.place = (self.steps[0][0], op.arity) if self.steps else (0, 1)
        # one formula that takes all that is saved, in order: no positions to look up
        self.direct = len(self.steps) == 1 and op.arity == 1 and self.steps[0][2] == tuple(range(len(order)))
        self.node_class.quick = _quick(op, self)
        self.renamed: dict[int | str, type[Node]] = {}

    def named(self, variant: int | str) -> type[Node]:
        """The node class under another name."""
        found = self.renamed.get(variant)
        if found is None:
            other = self.node_class.op.numbered(variant)
            scope = {"__module__": "builtins"}
            found = self.renamed[variant] = type(other.__name__, (other, self.node_class), scope)
        return found


def _quick(op: Op, plan: Plan) -> Single | Plan | None:
    """What the engine does itself: the commonest plans, of one gradient and at most one saved value; and others, of
    nodes with one output."""
    if op.variadic or (op.heads > 1 and not op.hidden) or not plan.steps:
        return None
    if op.outputs or len(plan.steps) != 1 or plan.shapes or plan.attrs or len(plan.names) > 1:
        return plan
    (i, f, fetch), (_, kernel, _) = plan.steps[0], plan.kernels[0]
    return (i, f, kernel, bool(fetch)) if len(fetch) == len(plan.names) else plan


_UNSET: dict[str, Any] = {"below": (), "sequence": 0, "saved": (), "result": None, "hooks": None}


class Node:
    """One recorded operation (``grad_fn``). 一次被记录的运算。

    A subclass per op carries its name (``MulBackward0``). Source: https://docs.pytorch.org/docs/stable/notes/autograd.html
    """

    # As of a tensor: slots for what every node has. One that is not set is as ``_UNSET`` says, in a longer time.
    # What is mostly one thing is held as it is, and not in a tuple, which would take as long to make as to add two
    # numbers: ``edges`` and ``kept`` give tuples.
    __slots__ = ("below", "sequence", "saved", "result", "hooks", "__dict__", "__weakref__")
    below: Node | tuple[Node | None, ...] | None  # what made the operands, or the one that needs a gradient
    sequence: int
    saved: Any  # operands, or one; None once freed
    result: Any  # the output, without history (a cycle): an array, or with its storage; see ``result_storage``
    hooks: dict[float, Callable[[Tensor], Tensor | None]] | None  # on the gradient that arrives
    op: Op
    plan: Plan
    place = (0, 1)  # which operand ``below`` is of if it is one node, and of how many
    quick: Single | Plan | None = None  # None, too, with shapes, dtypes or hooks around it below
    saves = True
    makes = True  # whether its gradients are arrays of its own, but for those that it was given or keeps
    versions: tuple[int, ...] | None = None  # of the operands' memory; None: all 0
    watched: tuple[tuple[Array, Storage, int], ...] = ()  # what else is kept of tensors: indices, masks, outputs
    constants: tuple[Any, ...] = ()  # shapes and attributes
    shapes: tuple[Any, ...] | None = None  # of the operands, where broadcasting has to be undone
    dtypes: tuple[Any, ...] | None = None  # of the operands, where they are not all the result's
    holomorphic = False  # a complex function: its formulas give the transpose, a gradient is the adjoint
    aux: tuple[Array, ...] = ()
    _tangent: Any = None  # the output's, under forward mode; a list for several
    pre_hooks: dict[int, Callable[..., Any]] | None = None
    post_hooks: dict[int, Callable[..., Any]] | None = None
    hooked = False  # whether there are, or were, such hooks around it
    leading: tuple[list[Node], frozenset[Node], set[Node]] | None = None  # the last captures, and the way to them
    port_of: Node | None = None
    nr = 0
    outputs = 1
    listed: tuple[int, ...] | None = None  # the order in which PyTorch lists the operands, where it is another

    def name(self) -> str:
        """The name PyTorch gives it, such as ``MulBackward0``. 节点名。"""
        name = type(self).__name__
        return f"torch::autograd::{name}" if name in ("CopySlices", "AccumulateGrad") else name

    @property
    def edges(self) -> tuple[Node | None, ...]:
        """By operand: the node that made it, None where no gradient goes."""
        below = self.below
        if isinstance(below, tuple):
            return below
        i, count = self.place
        return tuple([below if k == i else None for k in range(count)])

    @property
    def kept(self) -> tuple[Any, ...]:
        """The operands that are saved. They must not be freed yet."""
        saved = self.saved
        return saved if type(saved) is tuple else (saved,)

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes that made the operands, and which output of each. 上游节点。"""
        edges = self.edges if self.listed is None else [self.edges[i] for i in self.listed]
        return tuple((e, 0) if e is None or e.port_of is None else (e.port_of, e.nr) for e in edges)

    @property
    def metadata(self) -> dict[str, Any]:
        return self.__dict__.setdefault("_metadata", {})

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_inputs, grad_outputs)`` after this node ran; may return other grad_inputs. 节点执行后的钩子。"""
        return around(self, "post_hooks", hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(grad_outputs)`` before this node runs; may return other grad_outputs. 节点执行前的钩子。"""
        return around(self, "pre_hooks", hook)

    def __call__(self, *grads: Tensor | None) -> Any:
        """What this node alone makes of the gradients of its outputs: by operand, as ``next_functions`` lists them."""
        below = self.backward([*grads] if self.outputs > 1 else grads[0], True)
        found = tuple([below[i] for i in self.listed or range(len(below))])
        return found if len(found) > 1 else found[0]

    def _sequence_nr(self) -> int:
        return self.sequence if self.sequence >= 0 else 2**64 - 1

    @property
    def requires_grad(self) -> bool:
        return True

    def values(self, tensors: bool) -> list[Any]:
        """The saved values in the plan's order, checked against their versions, as Tensors or arrays."""
        saved, versions = self.saved, self.versions
        if saved is None:
            raise RuntimeError(FREED)
        if self.watched:
            for array, block, version in self.watched:
                if block.version != version:
                    raise modified(wrap(array), block.version, version, None)
        values: list[Any] = []
        for t in saved if type(saved) is tuple else (saved,):
            if isinstance(t, Tensor):
                storage = t._storage
                if storage is not None and (storage.version or versions is not None):
                    expected = 0 if versions is None else versions[len(values)]
                    if storage.version != expected:
                        if t._view is not None:
                            t._synchronise()  # it may be a view that no longer has a history to tell
                        raise modified(t, storage.version, expected, t._node)
                values.append(t if tensors else t._array)
            else:
                number = tensors and type(t) is np.ndarray  # one that was beside a tensor
                values.append(t.value(tensors) if type(t) is Packed else wrap(t) if number else t)
        if self.constants:
            values += self.constants
        result = self.result
        if type(result) is Packed:
            values.append(result.value(tensors, self if self.outputs == 1 else port(self, 0)))
        elif result is not None:
            array, storage, version = result if type(result) is tuple else (result, None, 0)
            if storage is not None and storage.version != version:
                raise modified(wrap(array), storage.version, version, self)
            values.append(self.output() if tensors else array)
        if self.aux:
            for k, a in zip(self.plan.aux, self.aux, strict=False):
                values.append(a.value(tensors) if type(a) is Packed else self.further(k, a) if tensors else a)
        return values

    def value(self, tensors: bool) -> Any:
        """The one saved value of a ``quick`` node, checked against its version."""
        x = self.saved
        if x is None or type(x) is tuple:  # freed, or the one value is no operand
            result = self.result
            return self.values(tensors)[0] if tensors or result is None or type(result) is tuple else result
        if type(x) is not Tensor and not isinstance(x, Tensor):
            return wrap(x) if tensors and type(x) is np.ndarray else x
        storage = x._storage
        if storage is not None and (storage.version or self.versions is not None):
            self.values(tensors)
        return x if tensors else x._array

    def held(self) -> list[Any]:
        """The arrays that the node keeps: what a formula returns of them is not its own."""
        kept = [self.result_array()] if self.result is not None else []
        for t in self.kept:
            kept.append(t._array if isinstance(t, Tensor) else t)
        return kept

    def result_array(self) -> Array:
        """The saved result; None where none is saved."""
        return self.result[0] if type(self.result) is tuple else self.result

    def result_storage(self) -> Storage:
        """The storage of the saved result, made when first asked for: by the tensor that is the result, or here."""
        if type(self.result) is not tuple:
            self.result = self.result, Storage(self.result), 0
        storage: Storage = self.result[1]
        return storage

    def output(self) -> Tensor:
        """The saved result as a tensor made by this node."""
        out = wrap(self.result_array())
        out._storage = self.result_storage()
        out._node, out._requires_grad = (self if self.outputs == 1 else port(self, 0)), True
        if modes.dual:
            out._tangent = self._tangent
        return out

    def further(self, k: int, array: Array) -> Tensor:
        """Output ``k`` of several as a tensor, made by this node where it is differentiable."""
        out = wrap(array)
        if k < self.op.heads and self.op.heads > 1:
            out._node, out._requires_grad = port(self.twin() if self.op.hidden else self, k), True
            if modes.dual and self._tangent is not None:
                out._tangent = self._tangent[k]
        return out

    def twin(self) -> Node:
        """A node like this one, for all the outputs of a call of which there is but the first to see."""
        made = type(self)()
        made.__dict__.update({name: value for name, value in self.__dict__.items() if name != "_ports"})
        made.below, made.sequence, made.hooks = self.below, next_sequence(), None
        made.saved, made.result, made.outputs, made.quick = self.saved, self.result, self.op.heads, None
        return made

    def backward(self, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
        """Gradients of the operands, aligned with ``edges``. ``g`` is a list for a node of several outputs."""
        if self.dtypes is not None and not tensors:
            return self.backward_mixed(g)
        if self.holomorphic:
            return [None if x is None else conjugate(x) for x in self.transposed(conjugate(g), tensors)]
        return self.transposed(g, tensors)

    def transposed(self, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
        """What the formulas give, which are written for real numbers."""
        plan = self.plan
        values = self.values(tensors) if plan.names or self.saved is None else ()
        steps: Sequence[Any] = plan.steps
        if plan.blocks and not tensors and g.size >= LARGE:
            steps = [(i, partial(blockwise, f), fetch) for i, f, fetch in steps]
        below, dtypes, shapes = self.below, self.dtypes, self.shapes
        count = len(below) if type(below) is tuple else self.place[1]
        if count == 1 and not self.op.variadic:
            _, f, fetch = steps[0]
            gi = f(g, *values) if plan.direct else f(g, *map(values.__getitem__, fetch))
            return (gi,) if dtypes is None or gi is None else (cast(gi, dtypes[0]),)
        if self.op.variadic:
            grads = steps[0][1](g, *[values[k] for k in steps[0][2]])
            if dtypes is None:
                return grads
            return [x if x is None else cast(x, d) for x, d in zip(grads, dtypes, strict=True)]
        grads = [None] * count
        known = values.__getitem__
        for i, f, fetch in steps:
            grads[i] = f(g, *map(known, fetch)) if fetch else f(g)
        if shapes is not None or dtypes is not None:
            for i, gi in enumerate(grads):
                if gi is None:
                    continue
                if shapes is not None and shapes[i] is not None and gi.shape != shapes[i]:
                    gi = undo_broadcast(gi, shapes[i])
                grads[i] = gi if dtypes is None else cast(gi, dtypes[i])
        return grads

    def backward_mixed(self, g: Gradient) -> Sequence[Gradient | None]:
        """Operands of several dtypes: only Tensors promote as PyTorch does, so the formulas read Tensors here too."""
        given = [None if x is None else wrap(x) for x in g] if isinstance(g, list) else wrap(g)
        return [None if x is None else x._array for x in self.backward(given, True)]

    def release(self) -> None:
        """Free what was saved; a second backward through it is an error."""
        if self.plan.saves:
            self.saved = None
            if self.result is not None or self.aux:
                self.result, self.aux = None, ()
            if self.watched:
                self.watched = ()

    def __getattr__(self, name: str) -> Any:
        if name in _UNSET:
            return _UNSET[name]
        what, _, saved = name.partition("saved_")
        if what in ("_", "_raw_") and hasattr(self, "plan"):
            from tidu._saved_names import SavedTensor, saved_value  # few ever look, and all would wait for it

            try:
                return saved_value(self, saved) if what == "_" else SavedTensor(self, saved)
            except KeyError:
                pass
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        from tidu._saved_names import saved_names

        names = saved_names(self) if hasattr(self, "plan") else ()
        return [*object.__dir__(self), *("_saved_" + n for n in names)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {hex(id(self))}>"


class Port(Node):
    """One output of a node that has several: where the gradient of that output is collected. 多输出节点的一个出口。"""

    def __init__(self, node: Node, nr: int) -> None:
        self.port_of, self.nr = node, nr
        self.below = (node,)
        self.saved, self.result, self.hooks = (), None, None
        self.sequence = next_sequence()

    def release(self) -> None:
        pass


def port(node: Node, nr: int) -> Port:
    """The port of output ``nr``, one object as long as anything uses it."""
    ports: dict[int, weakref.ref[Port]] = node.__dict__.setdefault("_ports", {})
    known = ports.get(nr)
    found = None if known is None else known()
    if found is None:
        found = Port(node, nr)
        ports[nr] = weakref.ref(found)
    return found


class AccumulateGrad(Node, metaclass=Named):
    """Where a leaf's gradient arrives and is added to ``.grad``. 叶子张量的梯度累积节点。"""

    _shown = "AccumulateGrad"

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.below, self.sequence = (), -1
        self.saved, self.result, self.hooks = (), None, None

    def backward(self, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
        self.accumulate(g, tensors, False)
        return ()

    def accumulate(self, g: Gradient, tensors: bool, owned: bool) -> None:
        """Add to ``.grad``: in place unless a graph is being made, so that whoever holds ``.grad`` sees the sum.

        The first gradient is laid out as the leaf is, where its elements lie in memory without gaps (PyTorch's layout
        contract), and is nobody else's (``owned``: it is already).
        """
        variable = self.variable
        if variable._node is not None:  # turned off, and written with something that has a history
            raise RuntimeError("leaf variable has been moved into the graph interior")
        with _adding:
            old = variable._grad
            if not variable._requires_grad:
                pass  # it was turned off since; the hooks are called all the same, as PyTorch's are
            elif tensors:
                variable._grad = g if old is None else old + g
            elif old is None:
                laid = laid_out_as(g, variable._array)
                if laid is not g and owned and modes.lax:
                    laid = g
                variable._grad = wrap(laid if owned or laid is not g else g.copy(order="K"))
            else:
                np.add(old._array, g, out=old._array)
                if old._storage is not None:
                    old._storage.version += 1
        if "_accumulated_hooks" in variable.__dict__:
            run_accumulated(variable)

    def release(self) -> None:
        pass


class GradientEdge(namedtuple("GradientEdge", "node output_nr ownership_token", defaults=[None])):
    """Where gradients of one output of a node arrive: what ``get_gradient_edge`` gives of a tensor. 计算图的一条边。

    It may stand for the tensor in ``backward`` and ``grad``, and does not keep its memory.
    """

    like: Any = None  # an array without memory of its own, of the output's shape and dtype

    def entry(self) -> Node:
        """The node at which such a gradient enters."""
        node: Node = self.node
        return node if node.outputs == 1 else port(node, self.output_nr)


def edge(t: Tensor) -> Node | None:
    """The node that a gradient of ``t`` flows to: what made it, a leaf's accumulator, or None."""
    if t._view is not None:
        t._synchronise()
    if t._node is not None:
        return t._node
    if not t._requires_grad:
        return None
    accumulator = t._accumulator and t._accumulator()
    if accumulator is None:
        accumulator = AccumulateGrad(t)
        t._accumulator = weakref.ref(accumulator)
    return accumulator


def conjugate(g: Gradient) -> Gradient:
    """The complex conjugate, in either reading; what is real is that already."""
    return OPS["conj_physical"](g) if (g._array if isinstance(g, Tensor) else g).dtype.kind == "c" else g


def cast(g: Tensor, target: Any) -> Tensor:
    """A gradient in the dtype of the operand it belongs to: a real one has no use for an imaginary part."""
    return (g.real if g._array.dtype.kind == "c" and target.kind != "c" else g).to(_dtypes.of(target))


def unbroadcast(g: Gradient, shape: tuple[int, ...]) -> Gradient:
    """Sum ``g`` down to ``shape``: undoes broadcasting, in either reading."""
    if type(g) is np.ndarray and g.shape[1:] == shape and g.ndim == 2:  # a bias, most of the time
        return np.add.reduce(g)
    lead = g.ndim - len(shape)
    dims = (*range(lead), *[i + lead for i, n in enumerate(shape) if n == 1 and g.shape[i + lead] != 1])
    if isinstance(g, Tensor):
        total: Any = g.sum(dims, keepdim=True) if dims else g
        return total.reshape(shape) if lead else total
    if shape and len(dims) == lead and type(g) is np.ndarray:
        return np.add.reduce(g, axis=dims)
    return g.sum(axis=dims, keepdims=True).reshape(shape)


# What nodes do it with; another function may stand here for a while (``tidu.formulas``).
undo_broadcast: Callable[[Gradient, tuple[int, ...]], Gradient] = unbroadcast


def short_name(node: Node) -> str:
    """What PyTorch's messages call a node: ``Exp`` for ``ExpBackward0``, ``Sum1`` for ``SumBackward1``."""
    return re.sub(r"Backward0?(?=\d*$)", "", (node.port_of or node).name())


def modified(t: Tensor, found: int, expected: int, node: Node | None) -> RuntimeError:
    kind = _dtypes.TYPE_NAMES.get(t.dtype, "Tensor")
    made = "" if node is None else f", which is output {node.nr} of {short_name(node)},"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{kind} {list(t.shape)}]{made} is at version {found}; expected version {expected} instead. Hint: "
        "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
