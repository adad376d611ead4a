"""4.2 Shape and strides after permute."""

from __future__ import annotations

from autograder.exercises.e04_views.geometry import geometry_of, laid_out
from autograder.judging.draw import Args, Draw, need, row_major
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    stride = draw.stride(shape, pick.stride)
    need(0 not in shape or any(stride))  # NumPy keeps no strides of an empty array when all are 0
    ndim = pick.ndim
    if pick.order == "swap":
        need(ndim >= 2)
        i, j = draw.order(ndim)[:2]
        dims = list(range(ndim))
        dims[i], dims[j] = j, i
    elif pick.order == "cycle":
        need(ndim >= 3)
        dims = draw.one_of([[*range(1, ndim), 0], [ndim - 1, *range(ndim - 1)]])
    elif pick.order == "other":
        need(ndim == 4)
        dims = list(draw.one_of([(1, 3, 2, 0), (0, 2, 3, 1), (3, 1, 0, 2), (2, 0, 1, 3), (1, 0, 3, 2), (2, 3, 0, 1)]))
    elif pick.order == "reversed":
        need(ndim >= 2)
        dims = list(range(ndim))[::-1]
    else:
        dims = list(range(ndim))
    if pick.sign == "negative":
        need(ndim >= 1)
        dims = [d - ndim for d in dims]
    elif pick.sign == "some negative":
        need(ndim >= 2)
        flipped = draw.order(ndim)[: draw.integer(1, ndim - 1)]
        dims = [d - ndim if d in flipped else d for d in dims]
    return shape, stride, tuple(dims)


permute_view = Exercise(
    "permute_view",
    difficulty=1,
    importance=3,
    minutes=8,
    allow="python",
    returns=("shape", "stride"),
    reference=lambda shape, stride, dims: geometry_of(laid_out(shape, stride).permute(dims)),
    make=_make,
    parts=[
        Part(
            "values",
            3,
            order=("swap", "cycle", "reversed", "unchanged", "other"),
            ndim=(2, 3, 4),
            lengths=("distinct", "equal", "long"),
            stride=("dense",),
            sign=("plain",),
        ),
        Part("strides", 1, stride=("permuted", "stepped first", "stepped last", "broadcast", "any")),
        Part("negative", 1, sign=("negative", "some negative")),
        Part("edge", 1, ndim=(0, 1), lengths=("one first", "one last", "zero first", "zero last")),
    ],
)


@permute_view.mistake(
    zh="步幅没有跟着维度走：只换了形状，读出来的元素就错位了。",
    en="The strides did not move with their dimensions: with only the shape reordered, other elements are read.",
)
def strides_stay(shape, stride, dims):
    return tuple(shape[d] for d in dims), tuple(stride)


@permute_view.mistake(
    zh="这是新形状「重新排好」之后的步幅，那要复制数据。permute 不动内存，只把原来的步幅换个次序。",
    en="These are the strides after laying the new shape out afresh, which takes a copy. permute leaves the memory "
    "alone and only reorders the strides that there are.",
)
def laid_out_afresh(shape, stride, dims):
    new = tuple(shape[d] for d in dims)
    return new, row_major(new)


@permute_view.mistake(
    zh="方向反了：dims[i] 说的是新的第 i 维「来自」哪一维，不是旧的第 i 维「去往」哪里。",
    en="The other way round: dims[i] says where the new dimension i comes from, not where the old one goes.",
)
def inverse(shape, stride, dims):
    back = sorted(range(len(dims)), key=lambda i: dims[i] % len(dims))
    return tuple(shape[i] for i in back), tuple(stride[i] for i in back)


@permute_view.mistake(
    zh="dims 没有用上：总是把所有维倒过来（那是 `.T`）。",
    en="dims is not used: all dimensions are reversed, always (which is `.T`).",
)
def always_reversed(shape, stride, dims):
    return tuple(shape[::-1]), tuple(stride[::-1])


@permute_view.mistake(
    zh="负的 dims 从最后一维数起：-1 就是最后一维，不是取绝对值。",
    en="Negative dims count from the last: -1 is the last dimension. Taking the absolute value names another one.",
)
def absolute_dims(shape, stride, dims):
    dims = [abs(d) % len(shape) for d in dims]
    return tuple(shape[d] for d in dims), tuple(stride[d] for d in dims)
