"""Stages of notebook 07: the graphs and tensors that answers are called with, and what became of them, told plainly.

A worker runs a stage from its source, with ``np`` and ``tidu`` alone.
"""

from __future__ import annotations

import tidu


class Node:
    """What the notebook's ``Value`` is to a backward pass; stands in where there is none."""

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes


def watched(base):
    """A kind of ``base`` that counts how often its nodes are asked for their parents.

    To go along every path is right on a small graph, and never ends on one where each node is used twice.
    """

    class Watched(base):  # type: ignore[valid-type, misc]
        asked = 0
        allowed = 2000

        @property
        def parents(self):
            Watched.asked += 1
            if Watched.asked > Watched.allowed:
                raise RuntimeError(f"the same parents were asked for again and again, {Watched.allowed} times")
            return self.operands

        @parents.setter
        def parents(self, found):
            self.operands = found

    return Watched


def built(answer, program, times):
    """The nodes that the lines of a program make, in order, the last line run ``times`` times; and the last by name."""
    made_of = watched(getattr(answer, "__globals__", {}).get("Value", Node))  # the notebook's own, where it is beside
    named: dict = {}
    made = []
    for at, line in enumerate(program, 1):
        name, _, left, *rest = line.split()
        for _ in range(times if at == len(program) else 1):
            made.append(step(made_of, named, left, *rest) if rest else made_of(float(left)))
            named[name] = made[-1]
    made_of.allowed = 100 * len(made)
    return made, named


def step(made_of, named, left, sign, right):
    """The node of one operation, on nodes and plain numbers."""
    operands = one, other = named.get(left), named.get(right)
    a, b = float(left if one is None else one.data), float(right if other is None else other.data)
    if sign == "*":
        return made_of(a * b, operands, (b, a))
    return made_of(a - b, operands, (1.0, -1.0)) if sign == "-" else made_of(a + b, operands, (1.0, 1.0))


def called(answer, root):
    """What an answer returns; where it goes too deep, the same words wherever Python noticed it."""
    try:
        return answer(root)
    except RecursionError as error:
        error.args = ("maximum recursion depth exceeded",)
        raise


def stage_backward_order(backward_order, program, times, calls):
    """What is in the order, each as the number of its line; and the first pair that stands the wrong way round.

    Of a long one, how many there are.
    """
    made, _ = built(backward_order, program, times)
    for _ in range(calls):
        order = called(backward_order, made[-1])
    if type(order) not in (list, tuple):
        return order, None
    line_of = {id(node): number for number, node in enumerate(made, 1)}
    lines = [line_of.get(id(node)) for node in order]
    if None in lines:
        return lines[:20], None
    seen, early = set(), None
    for node in order:
        seen.add(id(node))
        if early is None and not seen.isdisjoint(map(id, node.operands)):
            early = next((line_of[id(one)], line_of[id(node)]) for one in node.operands if id(one) in seen)
    return (sorted(line for line in lines if line is not None) if len(lines) <= 20 else len(lines)), early


def stage_backward(backward, program, times, before, calls, look):
    """The gradients of the leaves, as the lines come; where ``look`` says so, those of all other nodes too."""
    made, named = built(backward, program, times)
    leaves = [node for node in named.values() if not node.operands]
    for leaf, grad in zip(leaves, before):
        leaf.grad = grad
    for _ in range(calls):
        called(backward, made[-1])
    others = tuple(node.grad for node in named.values() if node.operands) if look == "others" else None
    return tuple(leaf.grad for leaf in leaves), others


class Mark:
    """Hangs on a loss as a hook, and so lives as long as the loss's graph."""

    def __init__(self, watched):
        self.watched = watched
        watched.alive += 1

    def __call__(self, grad):
        return None

    def __del__(self):
        self.watched.alive -= 1


class Squared:
    """The mean squared error of ``x @ w``; sees how many graphs of earlier calls are still there when called."""

    def __init__(self):
        self.alive = self.most = self.longest = 0

    def __call__(self, w, x, y):
        self.most, self.longest = max(self.most, self.alive), max(self.longest, len(x))
        loss = ((x @ w - y) ** 2).mean()
        if loss.requires_grad:
            loss.register_hook(Mark(self))
        return loss


def plain(value):
    """A tensor's numbers, or None."""
    return None if value is None else value.detach().numpy()


def kind(value):
    """What stands for a value that is not what was asked for: its type, and how much there is of it; or None."""
    size = f" of {len(value)}" if type(value) in (list, tuple) or isinstance(value, tidu.Tensor) and value.ndim else ""
    return None if value is None else type(value).__name__ + size


def leaf(array):
    return tidu.tensor(array, requires_grad=True)


def stage_in_pieces(in_pieces, w, x, y, sizes, before):
    """The gradient, whether no more than a piece was computed at a time, and whether graphs of others were kept."""
    with tidu.enable_grad():
        given, w, loss, pieces, start = w, leaf(w), Squared(), [], 0
        w.grad = None if before is None else tidu.tensor(before)
        for size in sizes:
            pieces.append((tidu.tensor(x[start : start + size]), tidu.tensor(y[start : start + size])))
            start += size
        in_pieces(loss, w, pieces)
        if (plain(w) != given).any():
            raise ValueError("w was changed")
        # that of the last piece may still have a name while the next is computed
        return plain(w.grad), 0 < loss.longest <= max(sizes), loss.most > 2


def stage_scale_gradient(scale_gradient, x, factor, v, of, direct, times):
    """The values, the gradient of ``x``, and that of a tensor that is added to the result."""
    with tidu.enable_grad():
        first = tidu.tensor(x, requires_grad=of != "a constant")
        source = first * 2 if of == "a result" else first
        other = leaf(x)
        beside = other * 2  # before the answer, so that on the way back its turn comes later
        found = source
        for more in range(times):
            found = scale_gradient(found, factor + more)
        if not isinstance(found, tidu.Tensor):
            return kind(found), None, None
        out = ((found + beside) * tidu.tensor(v)).sum()
        if direct is not None:
            out = out + (source * tidu.tensor(direct)).sum()
        out.backward()
        return plain(found), plain(first.grad), plain(other.grad)


def stage_run_in_stretches(run_in_stretches, w, xs, every, v):
    """The states, and the gradients of ``w`` and ``xs``."""
    with tidu.enable_grad():
        w, xs = leaf(w), leaf(xs)
        states = run_in_stretches(w, xs, every)
        if not isinstance(states, tidu.Tensor):
            return kind(states), None, None
        if states.requires_grad:
            (states * tidu.tensor(v)).sum().backward()
        return plain(states), plain(w.grad), plain(xs.grad)


def stage_descend(descend, w, steep, bottom, lr, steps, before, look):
    """The points, and ``w`` itself afterwards; where ``look`` says so, whether a point is tied to others by history, or
    whether results are still recorded."""
    with tidu.enable_grad():
        w = leaf(w)
        memory = w.detach()
        w.grad = None if before is None else tidu.tensor(before)
        steep, bottom = tidu.tensor(steep), tidu.tensor(bottom)
        path = descend(lambda w: (steep * (w - bottom) ** 2).sum() / 2, w, lr, steps)
        told = None
        if type(path) not in (list, tuple) or not all(isinstance(point, tidu.Tensor) for point in path):
            return kind(path), None, None
        if look == "history":
            told = any(point.requires_grad for point in path)
        elif look == "recording":
            told = tidu.is_grad_enabled() and w.requires_grad and w.is_leaf
        arrived = plain(memory.clone())
        memory += 1000  # a point in the same memory would go along
        return tuple(plain(point) for point in path), arrived, told
