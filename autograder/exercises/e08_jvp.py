"""Notebook 08, Jacobian-vector products: what each exercise is checked on, and the mistakes it can name."""

from __future__ import annotations

from typing import Any

import numpy as np

import tidu
from autograder.exercises.given import net, net_vjp, unbroadcast
from autograder.judging.cases import drawn, shaped
from autograder.judging.exercise import Exercise, Part


def tensor(array, requires_grad=False):
    """A tensor of the array's values; its own memory, since a tensor has no negative strides."""
    return tidu.tensor(np.array(array, order="C"), requires_grad=requires_grad)


def gradients(f, inputs, v):
    """The library's own vector-Jacobian product."""
    tensors = [tensor(x, requires_grad=True) for x in inputs]
    found = tidu.autograd.grad(f(*tensors), tensors, tensor(v))
    return tuple(g.numpy() for g in found if g is not None)


# 8.1 multiplication


@shaped
def vxy(draw, x, y):
    return draw(np.broadcast_shapes(x, y)), draw(x), draw(y)


vjp_mul = Exercise(
    "vjp_mul", difficulty=2, importance=3, minutes=8, given=[unbroadcast], returns=("gx", "gy"),
    reference=lambda v, x, y: gradients(tidu.mul, (x, y), v),
    parts=[
        Part("values", 2, vxy("3, 3", "2 3, 2 3", ", ", "0 2, 0 2")),
        Part("broadcast", 3, vxy("2 3, 3", "2 1, 1 3", ", 4", "2 3, 1 3", "3 1, 2 1 4")),
        Part("layout", 1, vxy("2 3, 2 3", strides="transposed sliced reversed") + vxy("2 3, 2 3", dtype="float32")),
    ],
)  # fmt: skip


@vjp_mul.mistake(
    zh="上游梯度 v 丢了：你返回的是 z 的偏导数，不是 l 的。乘上 v。",
    en="The upstream gradient v is missing: these are derivatives of z, not of l. Multiply by v.",
)
def drops_upstream(v, x, y):
    return unbroadcast(y * np.ones_like(v), x.shape), unbroadcast(x * np.ones_like(v), y.shape)


@vjp_mul.mistake(
    zh="x 和 y 的梯度对调了：∂z/∂x 是 y，不是 x。",
    en="The two gradients are swapped: ∂z/∂x is y, not x.",
)
def swapped(v, x, y):
    return unbroadcast(v * x, x.shape), unbroadcast(v * y, y.shape)


@vjp_mul.mistake(
    zh="被广播的那个输入，每个元素都用了多次；各次的梯度要加起来，形状才能回到它原来的形状。",
    en="An input that was broadcast had each of its elements used several times; add those gradients up to get back "
    "to its shape.",
)
def not_unbroadcast(v, x, y):
    return v * y, v * x


@vjp_mul.mistake(
    zh="广播的维上要求和，不是求平均：用了几次，损失就受几次影响。",
    en="Sum over the broadcast dimensions, do not average: an element used n times moves the loss n times.",
)
def averaged(v, x, y):
    def shrink(g, shape):
        summed = unbroadcast(g, shape)
        return summed * (np.size(summed) / max(np.size(g), 1))

    return shrink(v * y, x.shape), shrink(v * x, y.shape)


@vjp_mul.mistake(
    zh="v 乘了两次。链式法则里，上游梯度只乘一次。",
    en="v was multiplied in twice. The chain rule multiplies by the upstream gradient once.",
)
def upstream_twice(v, x, y):
    return unbroadcast(v * v * y, x.shape), unbroadcast(v * v * x, y.shape)


# 8.2 sum


@shaped
def vx_dim(draw, x, dim, keepdim):
    return draw(np.sum(np.empty(x), axis=dim, keepdims=keepdim).shape), draw(x), dim, keepdim


vjp_sum = Exercise(
    "vjp_sum", difficulty=2, importance=3, minutes=8, returns=("gx",),
    reference=lambda v, x, dim, keepdim: gradients(lambda t: _sum(t, dim, keepdim), (x,), v)[0],
    parts=[
        Part("values", 2, vx_dim(("3", 0, False), ("3 2", 0, False), ("2 3", 1, False), ("3 3", 1, False))),
        Part("dims", 2, vx_dim(("2 3", -1, False), ("2 3 4", 1, False), ("2 3 2", (0, 2), False), ("2", None, False))),
        Part("keepdim", 2, vx_dim(("2 3", 1, True), ("2 3 2", (0, -1), True), ("2 3", None, True))),
        Part("edge", 1, vx_dim(("1 3", 0, False), ("3 0", 0, False), ("2 1 3", 1, True))
             + vx_dim(("2 3", 0, False), strides="transposed sliced")),
    ],
)  # fmt: skip


def _sum(t, dim, keepdim):
    dims = tuple(range(t.dim())) if dim is None else dim
    return t.sum(dim=dims, keepdim=keepdim)


@vjp_sum.mistake(
    zh="上游梯度 v 丢了：∂z/∂x 确实全是 1，但还要乘上 v。",
    en="The upstream gradient v is missing: ∂z/∂x is indeed all ones, but it has to be multiplied by v.",
)
def all_ones(v, x, dim, keepdim):
    return np.ones_like(x)


@vjp_sum.mistake(
    zh="不要乘 x：求和对每个元素的导数都是 1，与元素的值无关。",
    en="Do not multiply by x: the derivative of a sum with respect to each element is 1, whatever the element's value.",
)
def times_x(v, x, dim, keepdim):
    if dim is None:
        return np.reshape(v, ()) * x
    return (v if keepdim else np.expand_dims(v, dim)) * x


@vjp_sum.mistake(
    zh="这是 mean 的梯度。sum 不除以元素个数。",
    en="This is the gradient of mean. A sum is not divided by the number of elements.",
)
def of_mean(v, x, dim, keepdim):
    wide = np.reshape(v, ()) if dim is None else v if keepdim else np.expand_dims(v, dim)
    return np.broadcast_to(wide / max(x.size // max(np.size(v), 1), 1), x.shape)


@vjp_sum.mistake(
    zh="v 缺了被求和的那一维，直接广播会对齐到错误的维上（广播从最后一维对起）。先把那一维放回来。",
    en="v lacks the summed dimension, so broadcasting lines it up with the wrong one (it aligns from the last). "
    "Put that dimension back first.",
)
def not_put_back(v, x, dim, keepdim):
    return np.broadcast_to(v, x.shape)


@vjp_sum.mistake(
    zh="keepdim=True 时，被求和的维还在（长度 1），不要再插入一次。",
    en="With keepdim=True the summed dimensions are still there (of length 1); do not insert them again.",
)
def inserts_twice(v, x, dim, keepdim):
    if dim is None:
        return np.ones_like(x) * np.reshape(v, (1,) * (x.ndim * (1 + keepdim)))
    return np.expand_dims(v, dim) * np.ones_like(x)


@vjp_sum.mistake(
    zh="返回的是 v 自己。x 的梯度必须有 x 的形状：v 的每个数要发给参加那次求和的每一个元素。",
    en="This is v itself. The gradient of x must have the shape of x: hand each number of v to every element that "
    "went into that sum.",
)
def unexpanded(v, x, dim, keepdim):
    return v


# 8.3 matmul


@shaped
def vab(draw, a, b):
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    return draw((*batch, a[-2], b[-1])), draw(a), draw(b)


vjp_matmul = Exercise(
    "vjp_matmul", difficulty=3, importance=3, minutes=12, given=[unbroadcast], returns=("ga", "gb"),
    reference=lambda v, a, b: gradients(tidu.matmul, (a, b), v),
    parts=[
        Part("values", 3, vab("2 2, 2 2", "2 3, 3 2", "2 3, 3 4", "1 3, 3 1")),
        Part("batch", 3, vab("2 2 3, 2 3 2", "2 2 3, 3 2", "2 3, 2 3 2", "2 1 2 3, 3 3 2", "1 2 2, 3 2 2")),
        Part("edge", 1, vab("1 1, 1 1", "2 0, 0 3", "0 2 3, 0 3 2")),
        Part("layout", 1, vab("2 3, 3 4", "2 2 3, 2 3 4", strides="transposed sliced")),
    ],
)  # fmt: skip


@vjp_matmul.mistake(
    zh="上游梯度 v 丢了：这是 v 全为 1 时的结果。",
    en="The upstream gradient v is missing: this is the result for a v of ones.",
)
def ones_upstream(v, a, b):
    v = np.ones_like(v)
    ga = unbroadcast(v @ np.swapaxes(b, -1, -2), a.shape)
    return ga, unbroadcast(np.swapaxes(a, -1, -2) @ v, b.shape)


@vjp_matmul.mistake(
    zh="少了转置：ga = v bᵀ，gb = aᵀ v。方阵时形状碰巧对得上，数却不对。",
    en="The transposes are missing: ga = v bᵀ and gb = aᵀ v. For square matrices the shapes happen to fit, the "
    "numbers do not.",
)
def not_transposed(v, a, b):
    return unbroadcast(v @ b, a.shape), unbroadcast(a @ v, b.shape)


@vjp_matmul.mistake(
    zh="乘法的顺序反了。矩阵乘法不可交换：v 在 ga 里站左边，在 gb 里站右边。",
    en="The factors are in the wrong order. Matrix products do not commute: v stands on the left in ga and on the "
    "right in gb.",
)
def wrong_order(v, a, b):
    ga = unbroadcast(np.swapaxes(b, -1, -2) @ v, a.shape)
    return ga, unbroadcast(v @ np.swapaxes(a, -1, -2), b.shape)


@vjp_matmul.mistake(
    zh="两个梯度的位置交换了：先返回 a 的，再返回 b 的。",
    en="The two gradients change places: return that of a first, then that of b.",
)
def exchanged(v, a, b):
    ga = unbroadcast(v @ np.swapaxes(b, -1, -2), a.shape)
    return unbroadcast(np.swapaxes(a, -1, -2) @ v, b.shape), ga


@vjp_matmul.mistake(
    zh="`.T` 会把所有维都倒过来，批量维也不例外。只交换最后两维：`np.swapaxes(b, -1, -2)`。",
    en="`.T` reverses all dimensions, the batch ones too. Swap the last two only: `np.swapaxes(b, -1, -2)`.",
)
def transposes_everything(v, a, b):
    return unbroadcast(v @ b.T, a.shape), unbroadcast(a.T @ v, b.shape)


@vjp_matmul.mistake(
    zh="批量维被广播了：同一个矩阵用在了好几个批次里，这些批次的梯度要加起来。",
    en="A batch dimension was broadcast: one matrix served several batches, and their gradients have to be added up.",
)
def batch_not_summed(v, a, b):
    return v @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ v


# 8.4 softmax


@shaped
def vx_at(draw, x, dim):
    return draw(x), draw(x), dim


@shaped
def vx_far_out(draw, x, dim):
    return draw(x), draw(x) + 1000, dim


vjp_softmax = Exercise(
    "vjp_softmax", difficulty=4, importance=3, minutes=15, returns=("gx",),
    reference=lambda v, x, dim: gradients(lambda t: tidu.softmax(t, dim), (x,), v)[0],
    parts=[
        Part("values", 3, vx_at(("2", 0), ("3", 0), ("5", 0), ("1", 0))),
        Part("dims", 3, vx_at(("2 3", 1), ("2 3", 0), ("2 3", -1), ("2 3 4", 1), ("2 3 4", -3), ("0 3", 1))),
        Part("stable", 2, vx_far_out(("3", 0), ("2 3", 1))),
        Part("layout", 1, vx_at(("3 2", 0), ("2 3", 1), strides="transposed sliced reversed")
             + vx_at(("3 2", 0), dtype="float32")),
    ],
)  # fmt: skip


def softmax(x, dim):
    e = np.exp(x - x.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


@vjp_softmax.mistake(
    zh="这里只用了雅可比矩阵的对角线 s(1−s)。softmax 的每个输出还依赖别的输入：非对角元 −sᵢsⱼ 不能丢。",
    en="This uses only the diagonal s(1−s) of the Jacobian. Every output of softmax depends on the other inputs too: "
    "the off-diagonal −sᵢsⱼ belongs in.",
)
def diagonal_only(v, x, dim):
    s = softmax(x, dim)
    return v * s * (1 - s)


@vjp_softmax.mistake(
    zh="这是 log_softmax 的梯度。softmax 的梯度是 s * (v − Σ v·s)。",
    en="This is the gradient of log_softmax. That of softmax is s * (v − Σ v·s).",
)
def of_log_softmax(v, x, dim):
    s = softmax(x, dim)
    return v - s * v.sum(axis=dim, keepdims=True)


@vjp_softmax.mistake(
    zh="上游梯度 v 丢了：你返回的是雅可比矩阵的对角线，没有与 v 相乘。",
    en="The upstream gradient v is missing: this is the diagonal of the Jacobian, not multiplied by v.",
)
def no_upstream(v, x, dim):
    s = softmax(x, dim)
    return s * (1 - s)


@vjp_softmax.mistake(
    zh="求和与归一化只能沿 dim 进行，不是对整个数组：每一行（列）是各自独立的一个 softmax。",
    en="Normalise and sum along dim only, not over the whole array: each row (or column) is a softmax of its own.",
)
def over_everything(v, x, dim):
    if x.size == 0:
        return x
    s = softmax(x, None)
    return s * (v - (v * s).sum())


@vjp_softmax.mistake(
    zh="dim 没有用上：总是沿最后一维。",
    en="dim is not used: this always works along the last dimension.",
)
def always_last(v, x, dim):
    s = softmax(x, -1)
    return s * (v - (v * s).sum(axis=-1, keepdims=True))


@vjp_softmax.mistake(
    zh="x 很大时 exp(x) 溢出成 inf，inf / inf 就成了 nan。先减去沿 dim 的最大值，softmax 的值不变。",
    en="For large x, exp(x) overflows to inf, and inf / inf is nan. Subtract the maximum along dim first: softmax "
    "stays the same.",
)
def overflows(v, x, dim):
    e = np.exp(x)
    s = e / e.sum(axis=dim, keepdims=True)
    return s * (v - (v * s).sum(axis=dim, keepdims=True))


# 8.5 the Jacobian, row by row


@shaped
def xw(draw, x, w):
    return draw(x) / 4, draw(w) / 2


jacobian_by_rows = Exercise(
    "jacobian_by_rows", difficulty=3, importance=2, minutes=10, given=[net, net_vjp], returns=("jacobian",),
    reference=lambda x, w: tidu.autograd.functional.jacobian(
        lambda t: tidu.tanh(tensor(w) @ t), tensor(x)
    ).numpy(),
    parts=[
        Part("values", 3, xw("2, 2 2", "3, 2 3", "2, 3 2", "4, 4 4")),
        Part("matrix", 3, xw("2 2, 2 2", "3 2, 2 3", "2 1, 3 2")),
        Part("edge", 1, xw("1, 3 1", "3, 1 3", "2 2, 1 2") + xw("3, 2 3", "3 2, 2 3", strides="transposed sliced")),
    ],
)  # fmt: skip


@jacobian_by_rows.mistake(
    zh="v 全为 1 时，一次 VJP 得到的是 J 各行之和。要一行一行地取，每次只让 v 的一个元素为 1。",
    en="With a v of ones, one VJP gives the sum of the rows of J. Take them one at a time: a single 1 in v each time.",
)
def rows_added_up(x, w):
    return net_vjp(np.ones_like(net(x, w)), x, w)


@jacobian_by_rows.mistake(
    zh="转置了：J[i, j] = ∂yᵢ/∂xⱼ，输出的下标在前。",
    en="Transposed: J[i, j] = ∂yᵢ/∂xⱼ, the index of the output comes first.",
)
def inputs_first(x, w):
    y = net(x, w)
    rows = np.array([net_vjp(v.reshape(y.shape), x, w) for v in np.eye(y.size)])
    return np.moveaxis(rows, 0, -1).reshape(x.shape + y.shape)


@jacobian_by_rows.mistake(
    zh="v 没有清零：到第 i 行时，前面的 1 还在，得到的是前 i 行之和。每一行都用新的 one-hot。",
    en="v was not cleared: the earlier ones are still there, so row i holds the sum of all rows up to it. Use a "
    "fresh one-hot each time.",
)
def never_cleared(x, w):
    y = net(x, w)
    v = np.zeros_like(y)
    rows = np.zeros(y.shape + x.shape)
    for i in np.ndindex(*y.shape):
        v[i] = 1
        rows[i] = net_vjp(v, x, w)
    return rows


@jacobian_by_rows.mistake(
    zh="数是对的，形状不对：J 的形状是 y.shape + x.shape，输入输出是矩阵时不要压平成二维。",
    en="The numbers are right, the shape is not: J has the shape y.shape + x.shape; do not flatten it when x and y "
    "are matrices.",
)
def flattened(x, w):
    y = net(x, w)
    return np.array([net_vjp(v.reshape(y.shape), x, w).ravel() for v in np.eye(y.size)])


@jacobian_by_rows.mistake(
    zh="差分只是近似，误差大约是步长那么大。VJP 给出的是准确的导数。",
    en="A finite difference is an approximation, off by about the size of its step. VJPs give the exact derivative.",
)
def finite_difference(x, w):
    y, step = net(x, w), 1e-6
    columns = []
    for j in np.ndindex(*x.shape):
        moved = x.copy()
        moved[j] += step
        columns.append((net(moved, w) - y) / step)
    return np.moveaxis(np.array(columns), 0, -1).reshape(y.shape + x.shape)


# 8.6 forward mode with dual numbers

SIMPLE_TAPES = ((("add", 0, 0),), (("mul", 0, 0),), (("sin", 0),), (("exp", 0),))
REUSING_TAPES = (
    (("sin", 0), ("mul", 0, 1)),
    (("mul", 0, 0), ("sin", 1), ("exp", 2)),
    (("sin", 0), ("exp", 1), ("mul", 1, 2), ("add", 3, 0)),
    (("mul", 0, 0), ("mul", 1, 0), ("add", 2, 1)),
)


@shaped
def tape_xt(draw, x, tape):
    return tape, draw(x) / 2, draw(x)


def random_tape(rng):
    """Six instructions; exp is taken of sines alone, so that nothing overflows."""
    tape: list[tuple[str | int, ...]] = []
    sines = [0]
    for place in range(1, 7):
        name = str(rng.choice(["add", "mul", "sin", "exp"]))
        if name == "exp":
            tape.append((name, int(rng.choice(sines))))
        elif name == "sin":
            tape.append((name, int(rng.integers(place))))
            sines.append(place)
        else:
            tape.append((name, int(rng.integers(place)), place - 1))
    return tuple(tape), rng.normal(size=(2, 3)) / 2, rng.normal(size=(2, 3))


def _run_tape(tape, x):
    functions: dict[str, Any] = {"add": tidu.add, "mul": tidu.mul, "sin": tidu.sin, "exp": tidu.exp}
    values = [x]
    for name, *places in tape:
        values.append(functions[name](*(values[i] for i in places)))
    return values[-1]


def _jvp(tape, x, t):
    y, ty = tidu.autograd.functional.jvp(lambda z: _run_tape(tape, z), tensor(x), tensor(t))
    return y.numpy(), ty.numpy()


jvp_dual = Exercise(
    "jvp_dual", difficulty=3, importance=2, minutes=15, returns=("y", "ty"),
    reference=_jvp,
    parts=[
        Part("values", 3, tape_xt(*(("2", tape) for tape in SIMPLE_TAPES))),
        Part("reuse", 3, tape_xt(*(("2", tape) for tape in REUSING_TAPES))),
        Part("random", 1, drawn(6, random_tape)
             + tape_xt(("", REUSING_TAPES[2]), ("0 2", REUSING_TAPES[1]))
             + tape_xt(("2 3", REUSING_TAPES[2]), strides="transposed sliced")),
    ],
)  # fmt: skip


def follow(tape, x, t, **wrong):
    """Run the tape on (value, tangent) pairs, by the right rules except for those given."""
    functions = {"add": np.add, "mul": np.multiply, "sin": np.sin, "exp": np.exp}
    tangents: dict[str, Any] = dict(
        add=lambda a, b, ta, tb: ta + tb,
        mul=lambda a, b, ta, tb: ta * b + a * tb,
        sin=lambda a, ta: np.cos(a) * ta,
        exp=lambda a, ta: np.exp(a) * ta,
    )
    tangents.update(wrong)
    values, moves = [x], [t]
    for name, *places in tape:
        operands = [values[i] for i in places]
        moves.append(tangents[name](*operands, *(moves[i] for i in places)))
        values.append(functions[name](*operands))
    return values[-1], moves[-1]


@jvp_dual.mistake(
    zh="乘积的切向量不是切向量的乘积。乘法法则：ȧb + aḃ。",
    en="The tangent of a product is not the product of the tangents. The product rule: ȧb + aḃ.",
)
def multiplies_tangents(tape, x, t):
    return follow(tape, x, t, mul=lambda a, b, ta, tb: ta * tb)


@jvp_dual.mistake(
    zh="乘法法则只写了一半：ȧb + aḃ 的两项都要。",
    en="That is half of the product rule: ȧb + aḃ needs both terms.",
)
def half_the_product_rule(tape, x, t):
    return follow(tape, x, t, mul=lambda a, b, ta, tb: ta * b)


@jvp_dual.mistake(
    zh="sin 和 exp 的切向量里丢了链式法则的后一半：导数还要乘上输入的切向量 ȧ。",
    en="The tangents of sin and exp lack the second half of the chain rule: multiply by the input's tangent ȧ.",
)
def no_chain_rule(tape, x, t):
    return follow(tape, x, t, sin=lambda a, ta: np.cos(a), exp=lambda a, ta: np.exp(a))


@jvp_dual.mistake(
    zh="方向 t 没有用上：x 的切向量就是 t，不是 1。",
    en="The direction t is not used: the tangent of x is t, not 1.",
)
def direction_of_ones(tape, x, t):
    return follow(tape, x, np.ones_like(x))


@jvp_dual.mistake(
    zh="每一步都要乘「这一步输入」的切向量，不是最初的 t：走到第二步，切向量已经变了。",
    en="Each step multiplies by the tangent of its own input, not by the first t: by the second step it has changed.",
)
def always_the_first_tangent(tape, x, t):
    return follow(
        tape, x, t,
        add=lambda a, b, ta, tb: t + t,
        mul=lambda a, b, ta, tb: t * b + a * t,
        sin=lambda a, ta: np.cos(a) * t,
        exp=lambda a, ta: np.exp(a) * t,
    )  # fmt: skip


@jvp_dual.mistake(
    zh="sin 的导数是 cos，前面没有负号；−sin 是 cos 的导数。",
    en="The derivative of sin is cos, without a minus sign; −sin is the derivative of cos.",
)
def sign_of_cosine(tape, x, t):
    return follow(tape, x, t, sin=lambda a, ta: -np.cos(a) * ta)
