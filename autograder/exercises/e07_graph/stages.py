"""Stages of notebook 07: the graphs and tensors that answers are called with, and what became of them, told plainly.

A worker runs a stage from its source, with ``np`` and ``tidu`` alone.
"""

from __future__ import annotations


class Node:
    """What the notebook's ``Value`` is to a backward pass; stands in where there is none."""

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes


def watched(base):
    """A kind of ``base`` that counts how often its nodes are asked for their parents.

    To go along every path is right on a small graph, and never ends on one where each node is used twice.
    """

    class Watched(base):
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
    kind = watched(getattr(answer, "__globals__", {}).get("Value", Node))  # the notebook's own, where it is beside
    named, made = {}, []
    for at, line in enumerate(program, 1):
        name, _, left, *rest = line.split()
        for _ in range(times if at == len(program) else 1):
            made.append(step(kind, named, left, *rest) if rest else kind(float(left)))
            named[name] = made[-1]
    kind.allowed = 100 * len(made)
    return made, named


def step(kind, named, left, sign, right):
    """The node of one operation, on nodes and plain numbers."""
    operands = named.get(left), named.get(right)
    a, b = (number if node is None else node.data for node, number in zip(operands, (left, right)))
    if sign == "*":
        return kind(float(a) * float(b), operands, (float(b), float(a)))
    minus = sign == "-"
    return kind(float(a) - float(b) if minus else float(a) + float(b), operands, (1.0, -1.0 if minus else 1.0))


def called(answer, root):
    """What an answer returns; where it goes too deep, the same words wherever Python noticed it."""
    try:
        return answer(root)
    except RecursionError as error:
        error.args = ("maximum recursion depth exceeded",)
        raise


def stage_backward_order(backward_order, program, times):
    """What is in the order, each as the number of its line; and the first pair that stands the wrong way round.

    Of a long one, how many there are.
    """
    made, _ = built(backward_order, program, times)
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
        if early is None and any(id(one) in seen for one in node.operands):
            early = next((line_of[id(one)], line_of[id(node)]) for one in node.operands if id(one) in seen)
    return (sorted(lines) if len(lines) <= 20 else len(lines)), early


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
