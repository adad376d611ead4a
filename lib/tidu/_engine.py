"""Reverse mode: walk the graph from the outputs, newest node first. 反向传播引擎。

A node is younger than all it was made of, so taking the youngest waiting node first is a topological order, and no pass
over the graph is needed to find one. The same formulas run on arrays (first-order gradients: fast) or, under
``create_graph``, on Tensors with history (any order).
"""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from tidu._backend import QUIET, as_array, copied, quiet_reset, quiet_set
from tidu._graph import AccumulateGrad, Gradient, Node, RemovableHandle, cast, edge
from tidu._modes import Rider, beyond_transforms, modes, switch
from tidu._registry import FUNCTIONS
from tidu._size import Size
from tidu._tensor import Tensor, wrap

_NOTHING: frozenset[Node] = frozenset()
ndarray = np.ndarray


class Walk:
    """From some roots down: to the leaves' ``.grad``, or to the nodes whose gradient is asked for (``captures``)."""

    __slots__ = ("roots", "captures", "wanted")
    anomaly: Any = None  # what watches over a run, while anomalies are looked for
    captures: frozenset[Node]
    wanted: set[Node] | None

    def __init__(self, roots: Sequence[Node], captures: list[Node] | None = None) -> None:
        self.roots = roots
        if captures is None:
            self.captures, self.wanted = _NOTHING, None
            return
        known = roots[0].leading if len(roots) == 1 else None
        if known is not None and known[0] == captures:
            self.captures, self.wanted = known[1:]
            return
        self.captures = frozenset(captures)
        self.wanted = self._leading()
        if len(roots) == 1 and roots[0] not in self.captures:  # the rows of a Jacobian ask again and again
            self.wanted.discard(roots[0])  # the way starts there; and a node that held itself would be a cycle
            roots[0].leading = captures, self.captures, self.wanted

    def _leading(self) -> set[Node]:
        """The nodes from which a captured one is reached: the others need not run."""
        wanted: set[Node] = set(self.captures)
        seen: set[Node] = set()
        stack = list(self.roots)
        while stack:  # a node is left on the stack until what lies below it is known
            n = stack[-1]
            if n not in seen:
                seen.add(n)
                below = [e for e in n.edges if e is not None and e not in seen]
                if below:
                    stack += below
                    continue
            stack.pop()
            if n not in wanted:
                for e in n.edges:
                    if e in wanted:
                        wanted.add(n)
                        break
        return wanted

    def run(
        self, grads: Sequence[Gradient], tensors: bool, keep: bool, record: bool | None = None, watched: bool = False
    ) -> dict[Node, Gradient]:
        """Send ``grads`` in at the roots; returns the captured gradients. ``keep``: free nothing that was saved;
        ``record``: whether the pass has a history, which only one of ``tensors`` can have."""
        if self.anomaly is not None and not watched:
            with self.anomaly(self):
                return self.run(grads, tensors, keep, record, True)
        captured: dict[Node, Gradient] = {}
        token = quiet_set(QUIET)
        previous = switch(tensors if record is None else record)
        try:
            pending: dict[Node, Gradient]
            if len(grads) == 1:
                n, g, own = self._descend(self.roots[0], grads[0], False, -1, tensors, keep)
                if n is None:
                    return captured
                if n.sequence < 0:
                    pending, owned = {n: g}, {n} if own else _NOTHING
                else:
                    pending, owned = self._spread((n,), (g,), own, captured, tensors, keep)
            else:
                pending, owned = self._spread(self.roots, grads, False, captured, tensors, keep)
            for n in [*pending]:
                g, own = pending.pop(n), n in owned
                assert isinstance(n, AccumulateGrad)
                target = n.variable._array.dtype
                if g.dtype is not target and (g._array if tensors else g).dtype != target:
                    g, own = _in_dtype(g, target), not tensors  # formulas compute half precision in a wider one
                if n.hooks or n.variable._hooks:
                    g, own = _run_hooks(n, g, tensors), False
                if n in self.captures:
                    captured[n] = g
                elif self.wanted is None and n.variable._requires_grad:
                    _accumulate(n.variable, g, tensors, own)
        finally:
            switch(previous)
            quiet_reset(token)
        return captured

    def _descend(
        self, n: Node, g: Gradient, own: bool, limit: int, tensors: bool, keep: bool
    ) -> tuple[Node | None, Gradient, bool]:
        """Down a chain of ``single`` nodes with nothing else to do, as long as they are younger than ``limit``.

        Returns the node where the chain ends, its gradient, and whether that is an array that nobody else holds
        (``own`` says so of ``g``); None where the gradient ends.
        """
        captures, wanted = self.captures, self.wanted
        step = n.single
        while step is not None and n.sequence > limit and not n.hooks and not (captures and n in captures):
            i, formula, kernel, reads = step
            f = formula if tensors else kernel
            if reads:
                value = n.value(tensors)
                made = f(g, value)
                own = not tensors and made is not value and type(made) is ndarray and made.base is None
                g = made
                if not keep:
                    n.saved = n.result = None  # as ``release`` does
            else:
                made = f(g)
                if made is not g:
                    own = not tensors and type(made) is ndarray and made.base is None
                    g = made
            below: Any = n.below
            if type(below) is tuple:
                below = below[i]
            if g is None or below is None or (wanted is not None and below not in wanted):
                return None, None, False
            n = below
            step = n.single
        return n, g, own

    def _spread(
        self,
        roots: Sequence[Node],
        grads: Sequence[Gradient],
        own: bool,
        captured: dict[Node, Gradient],
        tensors: bool,
        keep: bool,
    ) -> tuple[dict[Node, Gradient], set[Node]]:
        """All nodes below the roots, youngest first; returns the gradients that arrived at the leaves, and where they
        are arrays that nobody else holds."""
        captures, wanted = self.captures, self.wanted
        pending: dict[Node, Gradient] = {}
        owned: set[Node] = set()  # nodes whose pending gradient nobody else holds: it may be added to in place
        waiting: list[tuple[int, Node]] = []

        def send(n: Node, g: Gradient, own: bool) -> None:
            current = pending.get(n)
            if current is None:
                pending[n] = g
                if own:
                    owned.add(n)
                if n.sequence >= 0:
                    heappush(waiting, (-n.sequence, n))
            elif tensors:
                pending[n] = current + g
            elif n in owned and current.dtype is g.dtype:
                np.add(current, g, current)
            else:
                pending[n] = as_array(current + g)
                owned.add(n)

        for root, g in zip(roots, grads, strict=True):
            send(root, g, own)
        while waiting:
            youngest = heappop(waiting)[1]
            limit = -waiting[0][0] if waiting else -1
            g, own = pending.pop(youngest), youngest in owned
            n, g, own = self._descend(youngest, g, own, limit, tensors, keep)
            if n is None:
                continue
            if n.sequence <= limit:
                send(n, g, own)
                continue
            if n.hooks:
                g, own = _run_hooks(n, g, tensors), False
            if n in captures:
                captured[n], own = g, False
                if wanted is not None and wanted.isdisjoint(n.edges):
                    continue
            if n.port_of is not None:
                bundle = pending.get(n.port_of)
                if bundle is None:
                    bundle = [None] * n.port_of.outputs
                    send(n.port_of, bundle, False)
                bundle[n.nr] = g
                continue
            if n.outputs > 1:
                _tell_of_none(n, g, tensors)
            below = n.backward(g, tensors)
            fresh = not tensors and n.makes
            if n.post_hooks:
                below, fresh = _run_post_hooks(n, below, g, tensors), False
            held = [g, *n.held()] if fresh else ()
            if not keep and n.saves:
                n.release()
            edges = n.below if type(n.below) is tuple else n.edges
            for e, gi in zip(edges, below, strict=False):
                if e is not None and gi is not None and (wanted is None or e in wanted):
                    send(e, gi, fresh and _is_fresh(gi, held, below))
        return pending, owned


def _in_dtype(g: Gradient, target: Any) -> Gradient:
    """A gradient in its leaf's dtype."""
    if isinstance(g, Tensor):
        return cast(g, target)
    return (g.real if g.dtype.kind == "c" and target.kind != "c" else g).astype(target)


def _is_fresh(g: Gradient, held: Sequence[Any], below: Sequence[Gradient | None]) -> bool:
    """Whether an array was made by the formula that returned it and given to one operand alone: nobody else holds it.

    PyTorch asks reference counts, which mean something else in every interpreter; that an array is a new one shows:
    it is no view, and neither what the formula was given nor what it gives another operand.
    """
    if type(g) is not ndarray or g.base is not None:
        return False
    for h in held:
        if h is g:
            return False
    return sum([b is g for b in below]) == 1


def _tell_of_none(n: Node, grads: list[Gradient | None], tensors: bool) -> None:
    """Of several outputs, those that no gradient came to: their hooks are called with None, as PyTorch's are."""
    for nr, known in list(n.__dict__.get("_ports", {}).items()):
        output = known()
        if output is not None and output.hooks and grads[nr] is None:
            _run_hooks(output, None, tensors)


def _run_hooks(n: Node, g: Gradient | None, tensors: bool) -> Gradient:
    """Hooks see Tensors, whichever reading runs; a returned Tensor replaces the gradient."""
    tables: tuple[Any, ...] = (n.variable._hooks, n.hooks) if isinstance(n, AccumulateGrad) else (n.hooks,)
    for hooks in tables:
        for hook in [hooks[k] for k in sorted(hooks)] if hooks else ():
            given = g if tensors or g is None or isinstance(g, list) else wrap(g)
            got = hook(given)
            if got is None:
                continue
            if given is None:
                raise RuntimeError("can't replace a None gradient with a non-None value")
            if not isinstance(got, Tensor):
                raise TypeError(f"expected Variable, but hook returned '{type(got).__name__}'")
            if got._array.shape != given._array.shape:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value: it was given "
                    f"{list(given.shape)} and returned {list(got.shape)}"
                )
            g = got if tensors else got._array
    return g


def _run_post_hooks(n: Node, below: Sequence[Gradient | None], g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
    assert n.post_hooks is not None
    as_tensor = lambda v: v if v is None or tensors else wrap(v)  # noqa: E731
    outputs = tuple(map(as_tensor, g)) if isinstance(g, list) else (as_tensor(g),)
    for hook in list(n.post_hooks.values()):
        got = hook(tuple(map(as_tensor, below)), outputs)
        if got is not None:
            got = got if isinstance(got, tuple) else (got,)
            below = [v if v is None or tensors else v._array for v in got]
    return below


def _accumulate(variable: Tensor, g: Gradient, tensors: bool, owned: bool) -> None:
    """Add to ``.grad``: in place unless a graph is being made, so that whoever holds ``.grad`` sees the sum."""
    if tensors:
        variable._grad = g if variable._grad is None else variable._grad + g
    elif variable._grad is None:
        variable._grad = wrap(g if owned else copied(g))
    else:
        old = variable._grad
        np.add(old._array, g, out=old._array)
        if old._storage is not None:
            old._storage.version += 1
    for hook in list(variable.__dict__.get("_accumulated_hooks", {}).values()):
        hook(variable)


def _as_tuple(value: Any, name: str, function: str) -> tuple[Any, ...]:
    if value is None or isinstance(value, Tensor):
        return (value,)
    if isinstance(value, Sequence):
        return tuple(value)
    raise TypeError(
        f"{function}(): argument '{name}' must be Tensor or a sequence of Tensors, not {type(value).__name__}"
    )


def _roots(
    outputs: Sequence[Any], grads: Sequence[Any], tensors: bool, function: str
) -> tuple[list[Node], list[Gradient]]:
    """Checked starting points: where each output's gradient enters and which it is (1 for a scalar)."""
    if len(outputs) != len(grads):
        raise RuntimeError(f"{function}(): got {len(outputs)} tensors and {len(grads)} gradients")
    nodes, seeds = [], []
    for i, out in enumerate(outputs):
        g = grads[i]
        if not isinstance(out, Tensor):
            raise TypeError(f"{function}(): element {i} of tensors must be Tensor, not {type(out).__name__}")
        if g is not None and not isinstance(g, Tensor):
            kind = type(g[0] if isinstance(g, (list, tuple)) and g else g).__name__
            raise TypeError(f"gradients can be either Tensors or None, but got {kind}")
        node = (out._node if out._view is None else None) or edge(out)
        array = out._array
        if g is None:
            if array.size != 1 and node is not None:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            g = wrap(np.ones_like(array))
        elif g._array.shape != array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {Size(g._array.shape)} and output[{i}] has a "
                f"shape of {Size(array.shape)}."
            )
        if node is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if g._array.dtype is not array.dtype and g._array.dtype != array.dtype:
            g = g.to(out.dtype)
        nodes.append(node)
        seeds.append(g if tensors else g._array)
    return nodes, seeds


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add to each leaf's ``.grad`` the gradient of ``tensors``, weighted by ``grad_tensors``. 反向传播，累积到叶子。

    ``grad_tensors``  one tensor of each output's shape; not needed for scalars
    ``retain_graph``  keep what the graph saved (default: ``create_graph``)
    ``create_graph``  record the backward pass too, for higher derivatives
    ``inputs``        accumulate only into these
    ``RuntimeError``  for outputs without history, missing or misshapen gradients, and a graph already freed.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    if modes.transforms:
        raise beyond_transforms("backward()")
    outputs = _as_tuple(tensors, "tensors", "backward")
    grads = (None,) * len(outputs) if grad_tensors is None else _as_tuple(grad_tensors, "grad_tensors", "backward")
    if inputs is not None:
        targets = _as_tuple(inputs, "inputs", "backward")
        if not targets:
            raise RuntimeError("'inputs' argument to backward() cannot be empty.")
        found = grad(outputs, targets, grads, retain_graph, create_graph, allow_unused=True)
        for t, g in zip(targets, found, strict=True):
            if g is not None:
                _accumulate(t, g if create_graph else g._array, create_graph, False)
        return
    nodes, seeds = _roots(outputs, grads, create_graph, "backward")
    keep = create_graph if retain_graph is None else retain_graph
    Walk(nodes).run(seeds, create_graph, keep)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs``, weighted by ``grad_outputs``, with respect to ``inputs``. 求梯度并返回。

    Returns a tuple of tensors of the inputs' shapes; touches no ``.grad``. An input that the outputs do not depend on
    is a ``RuntimeError``, or None with ``allow_unused``, or zeros with ``materialize_grads``. ``is_grads_batched``:
    ``grad_outputs`` have a dimension more, in front, and so have the gradients. ``only_inputs`` is PyTorch's old name
    for what is always so.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if is_grads_batched:
        return _each_grad(
            outputs, inputs, grad_outputs, retain_graph, create_graph=create_graph, allow_unused=allow_unused,
            materialize_grads=materialize_grads,
        )  # fmt: skip
    outs = (outputs,) if type(outputs) is Tensor else _as_tuple(outputs, "outputs", "grad")
    ins = (inputs,) if type(inputs) is Tensor else _as_tuple(inputs, "inputs", "grad")
    if type(grad_outputs) is Tensor:
        grads: tuple[Any, ...] = (grad_outputs,)
    else:
        grads = (None,) * len(outs) if grad_outputs is None else _as_tuple(grad_outputs, "grad_outputs", "grad")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False.")
    tensors = create_graph or modes.dual > 0 or Rider.used > 0  # what carries tangents and batches are tensors
    nodes, seeds = _roots(outs, grads, tensors, "grad")
    targets: list[Node] = []
    for i, t in enumerate(ins):
        if not isinstance(t, Tensor):
            raise TypeError(f"grad(): element {i} of inputs must be Tensor, not {type(t).__name__}")
        n = edge(t)
        if n is None:
            raise RuntimeError(f"One of the differentiated Tensors does not require grad: element {i} of inputs")
        targets.append(n)
    keep = create_graph if retain_graph is None else retain_graph
    found = Walk(nodes, targets).run(seeds, tensors, keep, create_graph)
    results: list[Tensor | None] = []
    for i, n in enumerate(targets):
        g = found.get(n)
        if g is not None:
            results.append(g if tensors else wrap(g))
        elif materialize_grads:
            results.append(wrap(np.zeros_like(ins[i]._array)))
        elif allow_unused:
            results.append(None)
        else:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    return tuple(results)


def _each_grad(
    outputs: Any, inputs: Any, grad_outputs: Any, retain_graph: bool | None, **options: Any
) -> tuple[Any, ...]:
    """``grad`` of one slice of ``grad_outputs`` after the other, stacked; only the last may free what was saved."""
    slices = [*zip(*_as_tuple(grad_outputs, "grad_outputs", "grad"), strict=True)]
    found = [
        grad(outputs, inputs, list(g), retain_graph if i == len(slices) else True, **options)
        for i, g in enumerate(slices, 1)
    ]
    return tuple(None if parts[0] is None else FUNCTIONS["stack"](parts) for parts in zip(*found, strict=True))


def _tensor_backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Gradients of this tensor for all leaves it depends on, added to their ``.grad``. 从这个张量开始反向传播。

    ``gradient``: a tensor of this tensor's shape (the v of a vector-Jacobian product); a scalar needs none.
    """
    backward((self,), (gradient,), retain_graph, create_graph, inputs)


def _register_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(grad)`` whenever this tensor's gradient is computed; a returned tensor replaces it. 注册梯度钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._view is not None:
        self._synchronise()
    owner: Any = self if self._node is None else self._node
    table = "_hooks" if self._node is None else "hooks"
    if getattr(owner, table) is None:
        setattr(owner, table, {})
    return RemovableHandle(getattr(owner, table), hook)


def _register_post_accumulate_grad_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(tensor)`` after a leaf's ``.grad`` has been updated. 叶子梯度累积后的钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return RemovableHandle(self.__dict__.setdefault("_accumulated_hooks", {}), hook)


def _retain_grad(self: Tensor) -> None:
    """Have ``backward`` fill ``.grad`` of this non-leaf tensor too. 让非叶子张量也保留梯度。"""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._node is None or self._retains_grad:  # a leaf, or what was one when last asked: PyTorch asks no further
        return
    if self._view is not None:
        self._synchronise()
    owner = weakref.ref(self)  # the node must not keep its own output alive

    def store(g: Tensor | None) -> None:
        t = owner()
        if t is not None and g is not None:
            if t._grad is not None:
                t._grad = t._grad + g
            else:
                t._grad = g if g.requires_grad else wrap(copied(g._array))

    if self._node.hooks is None:
        self._node.hooks = {}
    self._node.hooks[math.inf] = store  # after all other hooks: what is kept is what flows on
    self._retains_grad = True


setattr(Tensor, "backward", _tensor_backward)
setattr(Tensor, "register_hook", _register_hook)
setattr(Tensor, "register_post_accumulate_grad_hook", _register_post_accumulate_grad_hook)
setattr(Tensor, "retain_grad", _retain_grad)
