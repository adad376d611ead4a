"""7.1 The order in which a backward pass visits the nodes of a graph."""

from __future__ import annotations

from autograder.exercises.borrowed import backward_order as _backward_order
from autograder.exercises.e07_graph.graphs import LONG, NUMBERS, PLAIN, REUSED, program
from autograder.exercises.e07_graph.stages import stage_backward_order
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    need(pick.graph not in LONG or pick.calls == "once")
    return *program(pick.graph, pick.beside, draw), 2 if pick.calls == "twice" else 1


backward_order = Exercise(
    "backward_order",
    difficulty=3,
    importance=4,
    minutes=15,
    allow="python",
    stage=stage_backward_order,
    returns=("lines", "wrong way round"),
    reference=_backward_order,
    make=_make,
    parts=[
        Part("values", 2, graph=tuple(PLAIN), beside=("no",), calls=("once",)),
        Part("reuse", 3, graph=(*REUSED, "random")),
        Part("numbers", 1, graph=tuple(NUMBERS)),
        Part("edge", 1, graph=("alone",), beside=("yes",), calls=("twice",)),
        Part("deep", 1, graph=("deep on numbers", "doubling")),
    ],
)


@backward_order.mistake(
    zh="一层一层地走（先 root，再它的操作数，再操作数的操作数……）：一个节点离 root 有远有近时，从近路走到它，远路上用"
    "到它的节点还没有出场。要等用到它的节点全都出场了，才轮到它。",
    en="This goes layer by layer: the root, its operands, their operands. Where a node is reached by a short way and "
    "by a long one, it comes up by the short way while nodes on the long one that use it are still to come. A node's "
    "turn comes when all that use it have had theirs.",
)
def layer_by_layer(root):
    order, waiting, seen = [], [root], {root}
    for node in waiting:
        order.append(node)
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return order


@backward_order.mistake(
    zh="一见到节点就记下了（先序）。它还可能被另一条路上没走到的节点用到，那样就记早了。把记下的时刻推迟到它的操作数"
    "全部走完之后，最后再把整个列表倒过来。",
    en="Each node is noted when it is met. Another node, on a path not yet walked, may use it, and then it comes too "
    "early. Note it only after all of its operands have been dealt with, and turn the list round at the end.",
)
def noted_when_met(root):
    order, waiting, seen = [], [root], set()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            waiting += [parent for parent in reversed(node.parents) if parent is not None]
    return order


def forward(root):
    """The nodes with operands first."""
    order, waiting, seen = [], [(root, False)], set()
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents if parent is not None]
    return order


@backward_order.mistake(
    zh="倒了：这是前向计算的次序，操作数在前，root 在最后。反向传播从 root 出发：把列表倒过来。",
    en="The wrong way round: this is the order of the computation, operands first and the root last. A backward pass "
    "sets out from the root: turn the list round.",
)
def operands_first(root):
    return forward(root)


@backward_order.mistake(
    zh="用到几次的节点，就列出了几次。每个节点只列一次：梯度先在它那里加齐，再一起往下传。",
    en="A node that is used several times is listed several times. List each once: its gradients are added up first "
    "and go on together.",
)
def once_for_each_use(root):
    order: list = []
    waiting = [(root, False)]
    while waiting and len(order) < 200:
        node, done = waiting.pop()
        if done:
            order.append(node)
        else:
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents if parent is not None]
    return order[::-1]


@backward_order.mistake(
    zh="递归太深了：Python 只容许大约一千层，而一千步的计算就有一千层。用自己的列表当栈，代替递归。",
    en="The recursion goes too deep: Python allows about a thousand levels, and a computation of a thousand steps "
    "has as many. Use a list of your own as a stack in place of the recursion.",
)
def recursive(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                if parent is not None:
                    visit(parent)
            order.append(node)

    visit(root)
    return order[::-1]


@backward_order.mistake(
    zh="root 自己也要列出来，而且列在第一个：梯度从它出发。",
    en="The root belongs into the list too, in the first place: that is where the gradient sets out.",
)
def without_the_root(root):
    return forward(root)[-2::-1]


@backward_order.mistake(
    zh="没有操作数的节点（叶子）漏掉了。它们才是最后要得到梯度的，也要列出来。",
    en="Nodes without operands, the leaves, are missing. It is they who get the gradients in the end; list them too.",
)
def without_leaves(root):
    return [node for node in forward(root)[::-1] if node.parents]


@backward_order.mistake(
    zh="`parents` 里的 `None` 是普通的数，不是节点，要跳过。",
    en="A `None` in `parents` stands for a plain number, which is no node: skip it.",
)
def numbers_too(root):
    order, waiting, seen = [], [(root, False)], set()
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in (node.parents if node is not None else ())]
    return order[::-1]


@backward_order.mistake(
    zh="见过的节点做了记号，却没有擦掉：同一张图走第二遍，个个都像见过。记在函数自己的集合里，每次从空的开始。",
    en="Nodes that were met are marked, and the marks are never taken off: a second walk through the same graph "
    "finds all of them met. Keep a set in the function, and begin with an empty one each time.",
)
def marks_nodes(root):
    order, waiting = [], [(root, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif not hasattr(node, "met"):
            node.met = True
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents if parent is not None]
    return order[::-1]
