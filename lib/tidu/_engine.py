"""Reverse mode: walk the graph from the outputs, newest node first. 反向传播引擎。

A node is younger than all it was made of, so taking the youngest waiting node first is a topological order, and no pass
over the graph is needed to find one. The same formulas run on arrays (first-order gradients: fast) or, under
``create_graph``, on Tensors with history (any order).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import repeat
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._backend import QUIET, as_array, quiet_reset, quiet_set
from tidu._graph import AccumulateGrad, Gradient, GradientEdge, Node, Plan, cast, edge
from tidu._hooks import OnLeaves, run_around, run_hooks
from tidu._modes import Rider, beyond_transforms, modes, switch
from tidu._size import Size
from tidu._tensor import Tensor, wrap

Send = Callable[[Node, Gradient | None, bool], None]  # of a gradient to a node, and whether nobody else holds it
_NOTHING: frozenset[Node] = frozenset()
_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)
_told: list[bool] = []  # whether that was said: once
ndarray = np.ndarray


class Walk:
    """From some roots down: to the leaves' ``.grad``, or to the nodes whose gradient is asked for (``captures``).

    ``accumulates``  whether that is to be added to ``.grad``, too, and is not returned
    """

    __slots__ = ("roots", "captures", "wanted", "accumulates", "callbacks", "counts", "__weakref__")
    anomaly: Any = None  # what watches over a run, while anomalies are looked for
    captures: frozenset[Node]
    wanted: set[Node] | None

    def __init__(self, roots: Sequence[Node], captures: list[Node] | None = None, accumulates: bool = False) -> None:
        self.roots = roots
        self.accumulates = accumulates or captures is None
        self.callbacks: list[Callable[[], Any]] | None = None  # what hooks want to be called in the end
        self.counts: dict[Node, int] | None = None  # how many gradients a leaf waits for, where one has hooks
        if captures is None:
            self.captures, self.wanted = _NOTHING, None
            return
        known = roots[0].leading if len(roots) == 1 and not accumulates else None
        if known is not None and known[0] == captures:
            self.captures, self.wanted = known[1:]
            return
        self.captures = frozenset(captures)
        self.wanted = self._leading()
        if accumulates:  # what is asked for is found in ``.grad``
            self.captures = _NOTHING
            return
        if len(roots) == 1 and roots[0] not in self.captures:  # the rows of a Jacobian ask again and again
            if roots[0] not in self.wanted:
                self.roots = ()  # nothing that is asked for lies that way: no node runs
                return
            self.wanted.discard(roots[0])  # the way starts there; and a node that held itself would be a cycle
            roots[0].leading = captures, self.captures, self.wanted

    def _leading(self) -> set[Node]:
        """The nodes from which a captured one is reached: the others need not run."""
        wanted: set[Node] = set(self.captures)
        for n in self.captures:
            if n.port_of is not None:  # what else that node gives is come to, as in PyTorch: hooks see it
                wanted.update(_outputs(n.port_of))
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
        if not self.roots:
            return captured
        if OnLeaves.used:
            self.counts = self._count()
        token = quiet_set(QUIET)
        previous = switch(tensors if record is None else record)
        outer, modes.walk = modes.walk, self
        try:
            pending: dict[Node, Gradient]
            if len(grads) == 1:
                n, g, own = self._descend(self.roots[0], grads[0], False, [], None, tensors, keep)
                if n is None:
                    return captured
                if n.sequence < 0:
                    pending, owned = {n: g}, {n} if own else _NOTHING
                else:
                    pending, owned = self._spread((n,), (g,), own, captured, tensors, keep)
            else:
                pending, owned = self._spread(self.roots, grads, False, captured, tensors, keep)
            for n in [*pending]:
                self._arrive(n, pending.pop(n), n in owned, captured, tensors)
            while self.callbacks:
                self.callbacks.pop(0)()
        finally:
            modes.walk = outer
            switch(previous)
            quiet_reset(token)
        return captured

    def _arrive(self, n: Node, g: Gradient, own: bool, captured: dict[Node, Gradient], tensors: bool) -> None:
        """A leaf's whole gradient: to its hooks, and to ``.grad`` or to who asked for it."""
        assert isinstance(n, AccumulateGrad)
        target = n.variable._array.dtype
        if g.dtype is not target and (g._array if tensors else g).dtype != target:
            g, own = _in_dtype(g, target), not tensors  # formulas compute half precision in a wider one
        if n.variable._hooks:
            g, own = run_hooks(n, g, tensors), False
        if n in self.captures:
            captured[n] = g
        elif self.accumulates:
            if n.hooked:
                run_around(n, g, tensors)
            else:
                n.accumulate(g, tensors, own)

    def _pass(self, n: Node, g: Gradient, last: bool, captured: dict[Node, Gradient], tensors: bool) -> Gradient:
        """Give an output's gradient to its hooks, which are told of None, too, and to who asked for it; ``last``: no
        further, or else, as in PyTorch, they get it as it came."""
        given = run_hooks(n, g, tensors) if n.hooks else g
        if n in self.captures:
            captured[n] = given if last else g
        return given

    def reached(self) -> set[Node]:
        """The nodes that this pass comes to, and those at which it ends."""
        if self.wanted is not None:
            return self.wanted.union(self.roots)
        seen = set(self.roots)
        stack = [*seen]
        while stack:
            for e in stack.pop().edges:
                if e is not None and e not in seen:
                    seen.add(e)
                    stack.append(e)
        return seen

    def _count(self) -> dict[Node, int]:
        """How many gradients each leaf will be sent, if none of them ends on the way."""
        counts: dict[Node, int] = {}
        for root in self.roots:
            if root.sequence < 0:
                counts[root] = counts.get(root, 0) + 1
        for n in self.reached():
            for e in n.edges:
                if e is not None and e.sequence < 0 and (self.wanted is None or e in self.wanted):
                    counts[e] = counts.get(e, 0) + 1
        return counts

    def _descend(
        self, n: Node, g: Gradient, own: bool, waiting: list[tuple[int, Node]], send: Send | None, tensors: bool,
        keep: bool,
    ) -> tuple[Node | None, Gradient, bool]:  # fmt: skip
        """Down from a node, as long as nothing has to be done around its formulas and no younger node is ``waiting``.

        Where a node has several operands, the way goes on to the youngest, and the others are sent their gradients;
        without ``send`` it ends there. Returns the node where it ends, its gradient, and whether that is an array that
        nobody else holds (``own`` says so of ``g``); None where the gradient ends.
        """
        captures, wanted = self.captures, self.wanted
        limit = -waiting[0][0] if waiting else -1
        step = n.quick
        below: Any
        while step is not None and n.sequence > limit and not n.hooks and not (captures and n in captures):
            if isinstance(step, tuple):
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
                below = n.below
                if type(below) is tuple:
                    below = below[i]
                if g is None or below is None or (wanted is not None and below not in wanted):
                    return None, None, False
                n = below
                made = value = None  # what is done with is not kept while the next formulas run
            elif send is None or tensors:
                break
            else:
                below, g, own = self._part(n, step, g, send, keep)
                if below is None:
                    return None, None, False
                n = below
                if waiting:
                    limit = -waiting[0][0]
            step = n.quick
        return n, g, own

    def _part(
        self, n: Node, plan: Plan, g: Gradient, send: Send, keep: bool
    ) -> tuple[Node | None, Gradient | None, bool]:
        """The gradients of a node's operands, in arrays: that of the youngest is returned, the others are sent."""
        wanted = self.wanted
        values = n.values(False) if plan.names or n.saved is None else ()
        known = values.__getitem__
        edges = n.below if type(n.below) is tuple else n.edges
        ends, grads = [], []
        for i, f, fetch in plan.kernels:
            e = edges[i]
            if e is not None and (wanted is None or e in wanted):
                ends.append(e)
                grads.append(f(g, *map(known, fetch)))
        owns = _owned(g, values, grads)
        if not keep and plan.saves:
            n.release()
        onto, onward, own = None, None, False
        for e, made, sole in zip(ends, grads, owns, strict=True):
            if e.sequence < 0 or made is None or (onto is not None and e.sequence < onto.sequence):
                send(e, made, sole)
                continue
            if onto is not None:  # the same node, perhaps: then in this order, on which the last bits depend
                send(onto, onward, own)
            onto, onward, own = e, made, sole
        return onto, onward, own

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
        captures, wanted, counts = self.captures, self.wanted, self.counts
        pending: dict[Node, Gradient] = {}
        owned: set[Node] = set()  # nodes whose pending gradient nobody else holds: it may be added to in place
        waiting: list[tuple[int, Node]] = []

        def send(n: Node, g: Gradient | None, own: bool) -> None:
            if g is not None:
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
            if counts is not None and n in counts:  # a leaf goes on at the last that it waits for, as in PyTorch
                counts[n] -= 1
                if not counts[n] and n in pending:
                    self._arrive(n, pending.pop(n), n in owned, captured, tensors)

        for root, g in zip(roots, grads, strict=True):
            send(root, g, own)
        below: Sequence[Gradient | None]
        while waiting:
            n = heappop(waiting)[1]
            g, gi, below = None, None, ()  # what is done with is not kept while the next formulas run
            if n.quick is None:
                g = pending.pop(n)
            else:
                end, g, own = self._descend(n, pending.pop(n), n in owned, waiting, send, tensors, keep)
                if end is None:
                    continue
                n = end
                if n.sequence <= (-waiting[0][0] if waiting else -1):
                    send(n, g, own)
                    continue
            if n.port_of is not None:  # the hooks of several outputs are called in their order, when all have come
                bundle = pending.get(n.port_of)
                if bundle is None:
                    bundle = [None] * n.port_of.outputs
                    send(n.port_of, bundle, False)
                bundle[n.nr] = g
                continue
            if type(g) is list:
                last = wanted is not None and n not in wanted
                for output in _outputs(n):
                    g[output.nr] = self._pass(output, g[output.nr], last, captured, tensors)
            else:
                last = n in captures and wanted is not None and wanted.isdisjoint(n.edges)
                if n.hooks or n in captures:
                    g = self._pass(n, g, last, captured, tensors)
            if last:
                continue
            if n.hooked:
                below, fresh = run_around(n, g, tensors), False
            else:
                below, fresh = n.backward(g, tensors), not tensors and n.makes
            owns = _owned(g, n.held(), below) if fresh else repeat(False)
            if not keep and n.saves:
                n.release()
            edges = n.below if type(n.below) is tuple else n.edges
            for e, gi, own in zip(edges, below, owns, strict=False):
                if e is not None and (wanted is None or e in wanted):
                    send(e, gi, own)
        return pending, owned


def _in_dtype(g: Gradient, target: Any) -> Gradient:
    """A gradient in its leaf's dtype."""
    if isinstance(g, Tensor):
        return cast(g, target)
    return (g.real if g.dtype.kind == "c" and target.kind != "c" else g).astype(target)


def _owned(g: Gradient, held: Sequence[Any], below: Sequence[Gradient | None]) -> list[bool]:
    """Of the gradients that formulas gave for ``g``, which are arrays that nobody else holds; ``held``: what the node
    keeps.

    PyTorch asks reference counts, which mean something else in every interpreter; that an array is a new one shows: it
    is no view, and neither what the formula was given, nor what its node keeps, nor what another operand gets.
    """
    known = {id(g), *map(id, held)}
    if len(below) > 1:
        given = [*map(id, below)]
        if len({*given}) < len(given):
            known.update([x for x in given if given.count(x) > 1])
    return [type(b) is ndarray and b.base is None and id(b) not in known for b in below]


def _outputs(n: Node) -> list[Node]:
    """Of several outputs of a node, those that anything uses, in their order."""
    ports = n.__dict__.get("_ports", {})
    return [output for nr in sorted(ports) if (known := ports.get(nr)) and (output := known()) is not None]


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, (Tensor, GradientEdge)) else tuple(value)


def _roots(outputs: Sequence[Any], grads: Sequence[Any], tensors: bool) -> tuple[list[Node], list[Gradient]]:
    """Checked starting points: where each output's gradient enters and which it is (1 for a scalar)."""
    nodes: list[Node] = []
    seeds = []
    node: Node | None
    for i, (out, g) in enumerate(zip(outputs, grads, strict=False)):
        if type(out) is Tensor or isinstance(out, Tensor):
            node, like = (out._node if out._view is None else None) or edge(out), out._array
        elif isinstance(out, GradientEdge):
            node, like = out.entry(), out.like
        else:
            raise AssertionError("Expected output to be a torch.Tensor")
        if g is None:
            if like is None or (node is not None and like.size != 1):
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if node is not None and like.dtype.kind == "c":
                kind = _dtypes.of(like.dtype)
                raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {kind}")
            g = wrap(np.ones_like(like))
        elif not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif like is not None:
            if g._array.shape != like.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {Size(g._array.shape)} and output[{i}] has a "
                    f"shape of {Size(like.shape)}."
                )
            if g._array.dtype is not like.dtype and g._array.dtype != like.dtype:
                if "c" in (g._array.dtype.kind, like.dtype.kind):
                    raise RuntimeError(
                        "For complex Tensors, both grad_output and output are required to have the same dtype. "
                        f"Mismatch in dtype: grad_output[{i}] has a dtype of {g.dtype} and output[{i}] has a dtype of "
                        f"{_dtypes.of(like.dtype)}."
                    )
                g = g.to(_dtypes.of(like.dtype))
        if node is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        nodes.append(node)
        seeds.append(g if tensors else g._array)
    if len(nodes) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(nodes)} gradients")
    return nodes, seeds


def zeros_of(target: Any, create_graph: bool) -> Tensor:
    """The gradient where none came; as PyTorch's it says that it can be differentiated where others can."""
    zeros = wrap(np.zeros_like(target.like if isinstance(target, GradientEdge) else target._array))
    zeros._requires_grad = create_graph
    return zeros


def _ends(inputs: Sequence[Any]) -> list[Node]:
    """Where the gradients of what was asked for arrive."""
    ends: list[Node] = []
    for i, t in enumerate(inputs):
        n: Node | None
        if isinstance(t, GradientEdge):
            n = t.entry()
        elif isinstance(t, Tensor):
            n = edge(t)
            if n is None and t.requires_grad:  # a view made under no_grad: no way leads there
                n = AccumulateGrad(t)
        else:
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
        if n is None:
            raise RuntimeError(f"One of the differentiated Tensors does not require grad: element {i} of inputs")
        ends.append(n)
    return ends


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add to each leaf's ``.grad`` the gradient of ``tensors``, weighted by ``grad_tensors``. 反向传播，累积到叶子。

    ``tensors``       tensors, or edges of the graph (``autograd.graph.GradientEdge``)
    ``grad_tensors``  one tensor of each output's shape; not needed for scalars. ``grad_variables`` is its old name
    ``retain_graph``  keep what the graph saved (default: ``create_graph``)
    ``create_graph``  record the backward pass too, for higher derivatives
    ``inputs``        accumulate only into these
    ``RuntimeError``  for outputs without history, missing or misshapen gradients, and a graph already freed.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    if modes.transforms or modes.levels:
        raise beyond_transforms("backward()")
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    targets = () if inputs is None else _as_tuple(inputs)
    if inputs is not None and not targets:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    outputs = _as_tuple(tensors)
    nodes, seeds = _roots(
        outputs, (None,) * len(outputs) if grad_tensors is None else _as_tuple(grad_tensors), create_graph
    )
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        if create_graph and not _told:
            _told.append(True)
            warnings.warn(_CYCLE, UserWarning, stacklevel=3)
        Walk(nodes).run(seeds, create_graph, keep)
        return
    for t in targets:
        if isinstance(t, Tensor) and not (t._node is None and t._requires_grad):
            t.retain_grad()
    Walk(nodes, _ends(targets), True).run(seeds, create_graph, keep)


def grad_of_batch(outputs: Any, inputs: Any, grad_outputs: Any, **options: Any) -> tuple[Tensor | None, ...]:
    raise NotImplementedError  # replaced when autograd is imported


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
    for what is always so. Outputs and inputs may be edges of the graph (``autograd.graph.GradientEdge``).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if is_grads_batched:
        return grad_of_batch(
            outputs, inputs, grad_outputs, retain_graph=retain_graph, create_graph=create_graph,
            allow_unused=allow_unused, materialize_grads=materialize_grads,
        )  # fmt: skip
    outs = (outputs,) if type(outputs) is Tensor else _as_tuple(outputs)
    ins = (inputs,) if type(inputs) is Tensor else _as_tuple(inputs)
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    grads: tuple[Any, ...] = (None,) * len(outs) if grad_outputs is None else _as_tuple(grad_outputs)
    tensors = create_graph or modes.dual > 0 or Rider.used > 0  # what carries tangents and batches are tensors
    nodes, seeds = _roots(outs, grads, tensors)
    targets = _ends(ins)
    keep = create_graph if retain_graph is None else retain_graph
    found = Walk(nodes, targets).run(seeds, tensors, keep, create_graph)
    results: list[Tensor | None] = []
    for i, n in enumerate(targets):
        g = found.get(n)
        if g is not None:
            results.append(g if tensors else wrap(g))
        elif materialize_grads:
            results.append(zeros_of(ins[i], create_graph))
        elif allow_unused:
            results.append(None)
        else:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    return tuple(results)


def _backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Gradients of this tensor for all leaves it depends on, added to their ``.grad``. 从这个张量开始反向传播。

    ``gradient``: a tensor of this tensor's shape (the v of a vector-Jacobian product); a scalar needs none.
    """
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


setattr(Tensor, "backward", _backward)
