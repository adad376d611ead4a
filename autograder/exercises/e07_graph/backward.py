"""7.2 The backward pass: a gradient for every leaf."""

from __future__ import annotations

from autograder.exercises.borrowed import backward_order
from autograder.exercises.e07_graph.graphs import LONG, NUMBERS, PLAIN, REUSED, program
from autograder.exercises.e07_graph.stages import stage_backward
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    long = pick.graph in LONG
    need(not long or (pick.before, pick.calls, pick.look) == ("nothing", "once", "leaves"))
    lines, times = program(pick.graph, pick.beside, draw, pick.numbers == "one 0")
    leaves = sum(len(line.split()) == 3 for line in lines)
    before = tuple(
        float(draw.one_of([-1, 1]) * draw.integer(2, 9)) if pick.before == "gradients" else 0.0 for _ in range(leaves)
    )
    return lines, times, before, 2 if pick.calls == "twice" else 1, pick.look


def _backward(root):
    arrived = {root: 1.0}
    for node in backward_order(root):
        grad = arrived.pop(node)
        if not node.parents:
            node.grad += grad
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                arrived[parent] = arrived.get(parent, 0.0) + grad * slope


backward = Exercise(
    "backward",
    difficulty=4,
    importance=5,
    minutes=20,
    allow="python",
    stage=stage_backward,
    uses=[backward_order],
    returns=("leaves", "other nodes"),
    reference=_backward,
    make=_make,
    parts=[
        Part(
            "values", 3,
            graph=tuple(PLAIN), beside=("no",), numbers=("any",), calls=("once",), before=("nothing",),
            look=("leaves",),
        ),
        Part("reuse", 3, graph=(*REUSED, "random")),
        Part("numbers", 1, graph=tuple(NUMBERS)),
        Part("accumulate", 2, before=("gradients",), calls=("twice",)),
        Part("untouched", 1, look=("others",)),
        Part("edge", 1, graph=("alone",), beside=("yes",), numbers=("one 0",)),
        Part("deep", 2, graph=("deep", "doubling", "squaring")),
    ],
)  # fmt: skip


def passed_on(root, order, give, receive):
    """A backward pass: each operand gets ``give(grad, node, slope)``; ``receive(node, grad)`` when a turn comes."""
    arrived = {root: 1.0}
    for node in order:
        grad = arrived.pop(node, 0.0)
        receive(node, grad)
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                arrived[parent] = arrived.get(parent, 0.0) + give(grad, node, slope)


def add_to_leaf(node, grad):
    if not node.parents:
        node.grad += grad


@backward.mistake(
    zh="几处传来的梯度只留下了最后一份。一个节点用了几次，就有几份，要加起来。",
    en="Of the gradients that reach a node from its uses, the last alone is kept. There is one for each use: add them.",
)
def last_use_alone(root):
    arrived = {root: 1.0}
    for node in backward_order(root):
        grad = arrived.pop(node)
        add_to_leaf(node, grad)
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                arrived[parent] = grad * slope


@backward.mistake(
    zh="只传了斜率，没有乘上节点自己的梯度。链式法则：操作数得到的是节点的梯度乘上这一步的斜率。",
    en="Only the slope is handed on, without the node's own gradient. The chain rule: what an operand gets is the "
    "gradient of the node times the slope of this step.",
)
def slopes_alone(root):
    passed_on(root, backward_order(root), lambda grad, node, slope: slope, add_to_leaf)


@backward.mistake(
    zh="斜率是加上去的，链式法则要乘：节点的梯度乘上这一步的斜率。",
    en="The slope is added, and the chain rule multiplies: the gradient of the node times the slope of this step.",
)
def adds_the_slope(root):
    passed_on(root, backward_order(root), lambda grad, node, slope: grad + slope, add_to_leaf)


@backward.mistake(
    zh="叶子原有的梯度被盖掉了。`backward` 是往 `grad` 里加的：用 `+=`。",
    en="The gradients that the leaves had are overwritten. `backward` adds to `grad`: use `+=`.",
)
def overwrites(root):
    def receive(node, grad):
        if not node.parents:
            node.grad = grad

    passed_on(root, backward_order(root), lambda grad, node, slope: grad * slope, receive)


@backward.mistake(
    zh="中间节点的 `grad` 里也加了梯度，下一次 `backward` 又把它们再传一遍，叶子得到的就太多。路上的梯度另找地方放（"
    "例如字典），只有叶子的 `grad` 留得下来。",
    en="Gradients are added to the `grad` of nodes on the way too, and the next `backward` hands them on once more, "
    "so the leaves get too much. Keep what is on its way somewhere else, such as a dict; only leaves keep it in "
    "`grad`.",
)
def kept_on_the_way(root):
    root.grad = 1.0
    for node in backward_order(root):
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                parent.grad += node.grad * slope


@backward.mistake(
    zh="叶子得到的是对的，可是每个中间节点的 `grad` 里也留下了梯度。题目只要叶子的。",
    en="What the leaves get is right, but a gradient is left in the `grad` of every other node too. Only the leaves "
    "are to have one.",
)
def left_everywhere(root):
    def receive(node, grad):
        node.grad += grad

    passed_on(root, backward_order(root), lambda grad, node, slope: grad * slope, receive)


@backward.mistake(
    zh="一开始把 `grad` 都清成了 0。清零是用的人的事：`backward` 只往里加，原有的要留着。",
    en="All `grad` are set to 0 at the start. To clear them is up to whoever calls: `backward` only adds, and what "
    "was there stays.",
)
def clears_first(root):
    order = backward_order(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in order:
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                parent.grad += node.grad * slope


@backward.mistake(
    zh="梯度一到就往下传，还没有等齐：从另一条路来的那一份到得晚，就没有传下去。用 `backward_order` 的次序走。",
    en="A gradient is handed on as soon as one arrives, before all are there: the share that comes by another path "
    "is late and goes no further. Walk in the order of `backward_order`.",
)
def too_early(root):
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                order.append(parent)
    passed_on(root, order, lambda grad, node, slope: grad * slope, add_to_leaf)


@backward.mistake(
    zh="每条路都走了一遍。数是对的，可是路的条数一步翻一倍，六十步就永远走不完。一个节点的梯度先加齐，再往下传一次。",
    en="Every path is walked. The numbers are right, but the number of paths doubles at each step, and sixty steps "
    "take for ever. Add up the gradient of a node first, and hand it on once.",
)
def path_by_path(root):
    waiting = [(root, 1.0)]
    while waiting:
        node, grad = waiting.pop()
        add_to_leaf(node, grad)
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                waiting.append((parent, grad * slope))


@backward.mistake(
    zh="递归走遍每条路：五千步的计算，Python 的递归走不了那么深；每步翻倍的计算，路的条数多到走不完。用 "
    "`backward_order` 排好次序，循环一遍就够。",
    en="Recursion along every path: a computation of five thousand steps is deeper than recursion in Python can go, "
    "and where each step doubles there are too many paths. With `backward_order`, one loop is enough.",
)
def recursive(root):
    def visit(node, grad):
        add_to_leaf(node, grad)
        for parent, slope in zip(node.parents, node.slopes):
            if parent is not None:
                visit(parent, grad * slope)

    visit(root, 1.0)


@backward.mistake(
    zh="root 自己是叶子的时候漏掉了：它对自己的导数是 1，也要加到 `grad` 里。",
    en="A root that is itself a leaf is left out: its derivative with respect to itself is 1, which goes into its "
    "`grad` too.",
)
def forgets_a_lone_root(root):
    if root.parents:
        passed_on(root, backward_order(root), lambda grad, node, slope: grad * slope, add_to_leaf)


@backward.mistake(
    zh="乘的是节点的值 `data`，不是斜率。`slopes` 里已经备好了这一步对每个操作数的导数。",
    en="This multiplies by the value of the node, `data`, and not by the slope. `slopes` holds the derivative of the "
    "step with respect to each operand.",
)
def data_for_slopes(root):
    passed_on(root, backward_order(root), lambda grad, node, slope: grad * node.data, add_to_leaf)


@backward.mistake(
    zh="普通的数占着 `parents` 里的一个位置（`None`），斜率也有它的一个。先把 `None` 去掉再配对，斜率就错位了。",
    en="A plain number has its place in `parents`, a `None`, and its slope too. Taking out every `None` before "
    "pairing them shifts the slopes.",
)
def shifted_slopes(root):
    arrived = {root: 1.0}
    for node in backward_order(root):
        grad = arrived.pop(node)
        add_to_leaf(node, grad)
        for parent, slope in zip([p for p in node.parents if p is not None], node.slopes):
            arrived[parent] = arrived.get(parent, 0.0) + grad * slope


@backward.mistake(
    zh="节点用到几次，就有几份梯度，这里用了集合或去了重，`c * c` 里的 `c` 只算了一次。",
    en="A node has a gradient for each use; with duplicates taken out, the `c` in `c * c` counts once only.",
)
def each_operand_once(root):
    arrived = {root: 1.0}
    for node in backward_order(root):
        grad = arrived.pop(node)
        add_to_leaf(node, grad)
        for parent, slope in dict(zip(node.parents, node.slopes)).items():
            if parent is not None:
                arrived[parent] = arrived.get(parent, 0.0) + grad * slope


@backward.mistake(
    zh="叶子的 `grad` 一点也没有变。求出的梯度不用返回，要加到各个叶子的 `grad` 里。",
    en="The `grad` of the leaves has not changed at all. A gradient is not to be returned, but added to the `grad` "
    "of its leaf.",
)
def returned_not_added(root):
    found: dict = {}
    passed_on(root, backward_order(root), lambda grad, node, slope: grad * slope, found.__setitem__)
    return found
