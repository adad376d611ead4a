"""Notebook 04, views and memory: what each exercise is checked on, and the mistakes it can name.

A view is told by its geometry, as plain tuples: its shape, its strides and its offset, both counted in elements.
"""

from __future__ import annotations

import itertools

import tidu
from autograder.judging.cases import drawn, fixed
from autograder.judging.exercise import Exercise, Part

#: What NumPy would answer by itself.
BY_NUMPY = (".strides", ".flags", "as_strided", "broadcast_to", "shares_memory", "may_share_memory")


def laid_out(shape, stride, offset=0, size=None):
    """A tensor of this geometry, over just enough memory."""
    if size is None:
        size = offset + 1 + sum((n - 1) * s for n, s in zip(shape, stride) if n > 0)
    return tidu.zeros(size).as_strided(shape, stride, offset)


def row_major(shape):
    stride: list[int] = []
    step = 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= max(n, 1)
    return tuple(stride)


def geometry_of(tensor):
    return tuple(tensor.shape), tuple(tensor.stride())


def random_shape(rng, low=2, high=3, shortest=2):
    return tuple(int(n) for n in rng.integers(shortest, 5, rng.integers(low, high + 1)))


def random_geometry(rng, kind, low=2, high=3):
    """Contiguous memory ("plain"), its dimensions reordered ("permuted"), or every second step of one ("stepped")."""
    shape = random_shape(rng, low, high)
    stride = row_major(shape)
    if kind == "permuted":
        order = [*range(1, len(shape)), 0]
        return tuple(shape[i] for i in order), tuple(stride[i] for i in order)
    if kind == "stepped":
        at = int(rng.integers(len(shape)))
        wide = row_major(tuple(n * (2 if i == at else 1) for i, n in enumerate(shape)))
        return shape, tuple(s * (2 if i == at else 1) for i, s in enumerate(wide))
    return shape, stride


# 4.1 the strides of contiguous memory

contiguous_strides = Exercise(
    "contiguous_strides",
    difficulty=1,
    importance=3,
    minutes=6,
    forbid=BY_NUMPY,
    reference=lambda shape: tuple(tidu.empty(shape).stride()),
    parts=[
        Part("values", 3, fixed(((4,),), ((2, 3),), ((2, 3, 4),), ((4, 2, 3, 2),))),
        Part("edge", 1, fixed(((),), ((1,),), ((1, 3, 1),), ((2, 0, 3),), ((3, 0),))),
        Part("random", 1, drawn(5, lambda rng: (random_shape(rng, 2, 5),))),
    ],
)


@contiguous_strides.mistake(
    zh="这是按列存放（Fortran 序）的步幅。PyTorch 按行存放：最后一维的步幅是 1。",
    en="These are the strides of column-major (Fortran) order. PyTorch is row-major: the last stride is 1.",
)
def column_major(shape):
    stride: list[int] = []
    step = 1
    for n in shape:
        stride.append(step)
        step *= max(n, 1)
    return tuple(stride)


@contiguous_strides.mistake(
    zh="这是 NumPy 的算法，按字节数。PyTorch 的步幅按元素个数，与 dtype 无关。",
    en="That is how NumPy counts, in bytes. PyTorch counts strides in elements, whatever the dtype.",
)
def in_bytes(shape):
    return tuple(8 * s for s in row_major(shape))


@contiguous_strides.mistake(
    zh="多乘了自己那一维：第 i 维的步幅是它「后面」各维长度的乘积，不含第 i 维自己。",
    en="One factor too many: the stride of dimension i is the product of the lengths after it, without its own.",
)
def includes_own_length(shape):
    return tuple(s * max(n, 1) for s, n in zip(row_major(shape), shape))


@contiguous_strides.mistake(
    zh="从最后一维往前算是对的，但结果的顺序倒了：算完还要倒过来。",
    en="Working from the last dimension is right, but the result is back to front: turn it around at the end.",
)
def back_to_front(shape):
    return row_major(shape)[::-1]


@contiguous_strides.mistake(
    zh="有长度为 0 的维时，步幅不该变成 0：算乘积时 PyTorch 把长度 0 当作 1。",
    en="A dimension of length 0 must not turn strides into 0: in this product PyTorch counts length 0 as 1.",
)
def zero_spreads(shape):
    stride: list[int] = []
    step = 1
    for n in reversed(shape):
        stride.insert(0, step)
        step *= n
    return tuple(stride)


# 4.2 permute

permute_view = Exercise(
    "permute_view",
    difficulty=1,
    importance=3,
    minutes=6,
    forbid=BY_NUMPY,
    returns=("shape", "stride"),
    reference=lambda shape, stride, dims: geometry_of(laid_out(shape, stride).permute(dims)),
    parts=[
        Part("values", 3, fixed(
            ((2, 3), (3, 1), (1, 0)), ((2, 3, 4), (12, 4, 1), (2, 0, 1)), ((2, 3, 4), (12, 4, 1), (1, 2, 0)),
            ((2, 3), (3, 1), (0, 1)),
        )),
        Part("negative", 1, fixed(((2, 3), (3, 1), (-1, 0)), ((2, 3, 4), (12, 4, 1), (-1, -3, -2)))),
        Part("random", 2, drawn(16, lambda rng: random_permute(rng)) + fixed(((5,), (2,), (0,)), ((), (), ()))),
    ],
)  # fmt: skip


def random_permute(rng):
    shape, stride = random_geometry(rng, str(rng.choice(["plain", "permuted", "stepped"])), 3, 4)
    return shape, stride, tuple(int(d) for d in rng.permutation(len(shape)))


@permute_view.mistake(
    zh="步幅没有跟着维度走：只换了形状，读出来的元素就错位了。",
    en="The strides did not move with their dimensions: with only the shape reordered, other elements are read.",
)
def strides_stay(shape, stride, dims):
    return tuple(shape[d] for d in dims), tuple(stride)


@permute_view.mistake(
    zh="这是新形状「重新排好」之后的步幅，那要复制数据。permute 不动内存，只把原来的步幅换个次序。",
    en="These are the strides after laying the new shape out afresh, which takes a copy. permute leaves the memory "
    "alone "
    "and only reorders the strides that there are.",
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


# 4.3 expand

expand_view = Exercise(
    "expand_view",
    difficulty=2,
    importance=3,
    minutes=8,
    forbid=BY_NUMPY,
    returns=("shape", "stride"),
    reference=lambda shape, stride, sizes: geometry_of(laid_out(shape, stride).expand(sizes)),
    parts=[
        Part("values", 3, fixed(
            ((1, 3), (3, 1), (2, 3)), ((3, 1), (1, 1), (3, 4)), ((1, 1), (1, 1), (2, 3)), ((2, 3), (3, 1), (2, 3)),
        )),
        Part("leading", 2, fixed(
            ((3,), (1,), (2, 3)), ((), (), (2, 3)), ((2, 1), (1, 1), (4, 2, 3)), ((2, 2), (1, 2), (3, 2, 2)),
        )),
        Part("edge", 1, fixed(
            ((1, 3), (3, 1), (2, -1)), ((3, 1), (2, 2), (-1, -1)), ((1, 2), (9, 4), (3, 2)),
            ((2, 1), (5, 7), (3, -1, 4)),
        )),
        Part("random", 1, drawn(16, lambda rng: random_expand(rng))),
    ],
)  # fmt: skip


def random_expand(rng):
    full = random_shape(rng, 2, 4)
    kept = full[int(rng.integers(0, 2)) :]
    shape = tuple(1 if rng.random() < 0.5 else n for n in kept)
    return shape, tuple(2 * s for s in row_major(shape)), full


@expand_view.mistake(
    zh="被扩展的维步幅应为 0：指针不动，同一个元素读很多遍。保留原来的步幅就会读到别的元素，甚至读出界。",
    en="An expanded dimension has stride 0: the pointer stays, and one element is read many times. With the old stride "
    "it would read other elements, or past the end.",
)
def keeps_its_stride(shape, stride, sizes):
    new = len(sizes) - len(shape)
    kept = tuple(shape[i - new] if n == -1 else n for i, n in enumerate(sizes))
    return kept, (0,) * new + tuple(stride)


@expand_view.mistake(
    zh="这是真的复制成大张量之后的步幅（那是 repeat）。expand 不分配内存：被扩展的维步幅为 0，其余不变。",
    en="These are the strides of a big tensor after copying (which is repeat). expand allocates nothing: stride 0 "
    "where it "
    "expands, the old strides elsewhere.",
)
def as_if_copied(shape, stride, sizes):
    new = len(sizes) - len(shape)
    kept = tuple(shape[i - new] if n == -1 else n for i, n in enumerate(sizes))
    return kept, row_major(kept)


@expand_view.mistake(
    zh="所有步幅都成了 0，每个位置读的都是同一个元素。只有被扩展的维才是 0。",
    en="All strides are 0, so every place reads one and the same element. Only expanded dimensions have stride 0.",
)
def zero_everywhere(shape, stride, sizes):
    new = len(sizes) - len(shape)
    return tuple(shape[i - new] if n == -1 else n for i, n in enumerate(sizes)), (0,) * len(sizes)


@expand_view.mistake(
    zh="形状从右边对齐：新增的维在最前面，不在最后面。",
    en="Shapes line up from the right: new dimensions come first, not last.",
)
def aligned_left(shape, stride, sizes):
    new = len(sizes) - len(shape)
    old = tuple(shape) + (1,) * new
    kept = tuple(old[i] if n == -1 else n for i, n in enumerate(sizes))
    steps = tuple(stride) + (0,) * new
    return kept, tuple(s if n == o else 0 for s, n, o in zip(steps, kept, old))


@expand_view.mistake(
    zh="-1 的意思是「这一维不变」，结果里应写出它真正的长度，步幅也不变。",
    en="-1 means that this dimension stays as it is: the result has its real length, and its stride.",
)
def minus_one_left_in(shape, stride, sizes):
    new = len(sizes) - len(shape)
    old = (0,) * new + tuple(shape)
    steps = (0,) * new + tuple(stride)
    return tuple(sizes), tuple(s if n == o else 0 for s, n, o in zip(steps, sizes, old))


# 4.4 is_contiguous

is_contiguous = Exercise(
    "is_contiguous",
    difficulty=2,
    importance=3,
    minutes=8,
    forbid=BY_NUMPY,
    reference=lambda shape, stride: laid_out(shape, stride).is_contiguous(),
    parts=[
        Part("values", 3, fixed(
            ((2, 3), (3, 1)), ((3, 2), (1, 3)), ((2, 3, 4), (12, 4, 1)), ((2, 3), (6, 2)), ((2, 2), (3, 1)),
            ((4,), (1,)), ((4,), (2,)), ((2, 3), (0, 1)),
        )),
        Part("edge", 2, fixed(
            ((1, 3), (7, 1)), ((3, 1), (1, 5)), ((2, 1, 3), (3, 9, 1)), ((), ()), ((2, 0), (5, 9)), ((1, 2), (1, 2)),
            ((2, 1, 2), (1, 1, 2)),
        )),
        Part("random", 1, drawn(4, lambda rng: random_geometry(rng, "plain"))
             + drawn(6, lambda rng: random_geometry(rng, "permuted"))
             + drawn(12, lambda rng: random_geometry(rng, "stepped"))),
    ],
)  # fmt: skip


@is_contiguous.mistake(
    zh="长度为 1 的维，步幅用不上（永远只取第 0 个），写成多少都算连续。",
    en="The stride of a dimension of length 1 is never used (only index 0 exists), so any value of it is contiguous.",
)
def minds_length_one(shape, stride):
    return 0 in shape or tuple(stride) == row_major(shape)


@is_contiguous.mistake(
    zh="只看最后一维的步幅不够：每一行内部连着，行与行之间可能有空隙。",
    en="The last stride alone is not enough: each row may be dense while there are gaps between the rows.",
)
def last_stride_only(shape, stride):
    return len(shape) == 0 or 0 in shape or shape[-1] == 1 or stride[-1] == 1


@is_contiguous.mistake(
    zh="步幅递减不等于连续：还要每一步恰好跨过后面所有的元素，不多不少。",
    en="Decreasing strides are not yet contiguous: each has to step over exactly the elements after it, no more "
    "and no fewer.",
)
def decreasing_strides(shape, stride):
    steps = [s for n, s in zip(shape, stride) if n != 1]
    return 0 in shape or all(a >= b for a, b in itertools.pairwise(steps))


@is_contiguous.mistake(
    zh="内存里没有空隙，还不能说连续：元素的先后也要与行优先的次序相同。转置后的张量就没有空隙。",
    en="Memory without gaps is not yet contiguous: the elements must also come in row-major order. A transposed "
    "tensor has no gaps.",
)
def no_gaps(shape, stride):
    count = 1
    for n in shape:
        count *= n
    return 0 in shape or 1 + sum((n - 1) * s for n, s in zip(shape, stride)) == count


@is_contiguous.mistake(
    zh="没有元素的张量总是连续的，步幅是多少都一样。",
    en="A tensor without elements is always contiguous, whatever its strides.",
)
def empty_forgotten(shape, stride):
    step = 1
    for n, s in zip(reversed(shape), reversed(stride)):
        if n != 1 and s != step:
            return False
        step *= n
    return True


# 4.5 the rule of view


def _viewed(shape, stride, new_shape):
    try:
        return tuple(laid_out(shape, stride).view(new_shape).stride())
    except RuntimeError:
        return None


view_stride = Exercise(
    "view_stride",
    difficulty=4,
    importance=3,
    minutes=20,
    forbid=BY_NUMPY,
    reference=_viewed,
    parts=[
        Part("values", 3, fixed(
            ((2, 3), (3, 1), (6,)), ((3, 2), (1, 3), (6,)), ((6,), (1,), (2, 3)), ((2, 3, 4), (12, 4, 1), (6, 4)),
            ((4, 4), (4, 1), (2, 8)),
        )),
        Part("sparse", 3, fixed(
            ((6,), (2,), (2, 3)), ((3, 4), (8, 2), (12,)), ((3, 4), (8, 1), (3, 2, 2)), ((3, 4), (8, 1), (12,)),
            ((2, 3, 4), (24, 4, 1), (2, 12)), ((2, 3, 4), (24, 4, 1), (6, 4)),
        )),
        Part("refused", 2, fixed(
            ((2, 3, 4), (12, 1, 3), (6, 4)), ((2, 3, 4), (12, 1, 3), (2, 12)), ((4, 2, 3), (1, 12, 4), (4, 6)),
            ((4, 2, 3), (1, 12, 4), (2, 2, 6)), ((4, 6), (1, 4), (8, 3)), ((4, 6), (1, 4), (4, 3, 2)),
            ((3, 4), (0, 1), (12,)), ((3, 4), (0, 1), (3, 2, 2)),
        )),
        Part("edge", 1, fixed(
            ((1, 6), (50, 1), (2, 3)), ((2, 1, 3), (3, 9, 1), (6,)), ((3, 1, 2), (1, 7, 3), (6,)),
            ((2, 3, 1), (3, 1, 5), (3, 2)),
        )),
        Part("random", 1, drawn(24, lambda rng: random_view(rng))),
    ],
)  # fmt: skip


def random_view(rng):
    shape, stride = random_geometry(rng, str(rng.choice(["plain", "permuted", "stepped"])))
    factors = [p for n in shape for p in ((2, 2) if n == 4 else (n,))]
    rng.shuffle(factors)
    at = int(rng.integers(1, len(factors)))
    merged = 1
    for p in factors[:at]:
        merged *= int(p)
    return shape, stride, (merged, *(int(p) for p in factors[at:]))


def merged_view(shape, stride, new_shape, gap_checked=True, base_used=True, ones_skipped=True):
    """PyTorch's rule, with steps of it left out on request."""
    old = [(n, s) for n, s in zip(shape, stride) if n != 1 or not ones_skipped]
    new: list[int] = list(new_shape)
    result: list[int] = []
    while old:
        count, base = old.pop()
        while old and (not gap_checked or old[-1][1] == count * base):
            count *= old.pop()[0]
        filled = 1
        while new and filled < count:
            result.insert(0, filled * (base if base_used else 1))
            filled *= new.pop()
        if filled != count:
            return None
    return (1,) * len(new) + tuple(result)


@view_stride.mistake(
    zh="你直接给出了新形状的连续步幅。内存并不总是连续的：不能合并时 `view` 应当拒绝（返回 None），"
    "能合并时也要带上最里面那一维的步幅。",
    en="These are the contiguous strides of the new shape. The memory need not be contiguous: where dimensions do "
    "not merge, "
    "`view` refuses (return None), and where they do, the innermost stride carries over.",
)
def always_possible(shape, stride, new_shape):
    return row_major(new_shape)


@view_stride.mistake(
    zh="`view` 不要求整个张量连续，只要求被合并的那些维彼此接得上。不连续的张量也常常可以用它。",
    en="`view` does not need the whole tensor contiguous, only the dimensions that it merges to follow on from "
    "each other. "
    "It often works on a tensor that is not contiguous.",
)
def only_if_contiguous(shape, stride, new_shape):
    step = 1
    for n, s in zip(reversed(shape), reversed(stride)):
        if n != 1 and s != step:
            return None
        step *= n
    return row_major(new_shape)


@view_stride.mistake(
    zh="合并前没有检查两维接不接得上：要 `stride[i] == shape[i+1] * stride[i+1]` 才能合并。",
    en="Nothing checks that the dimensions follow on: i and i+1 merge only if `stride[i] == shape[i+1] * stride[i+1]`.",
)
def never_checks(shape, stride, new_shape):
    return merged_view(shape, stride, new_shape, gap_checked=False)


@view_stride.mistake(
    zh="能不能合并判断对了，但步幅从 1 开始算起了：应从那一段最里面一维的步幅开始乘。",
    en="Whether it merges is right, but the strides start from 1: start from the stride of the innermost dimension "
    "of the run.",
)
def starts_from_one(shape, stride, new_shape):
    return merged_view(shape, stride, new_shape, base_used=False)


@view_stride.mistake(
    zh="长度为 1 的维的步幅不该妨碍合并：先把这些维去掉。",
    en="The stride of a dimension of length 1 must not stand in the way of merging: drop such dimensions first.",
)
def ones_in_the_way(shape, stride, new_shape):
    return merged_view(shape, stride, new_shape, ones_skipped=False)


# 4.6 overlap


def _overlaps(a, b):
    size = 1 + max(
        offset + sum((n - 1) * s for n, s in zip(shape, stride) if n > 0) for shape, stride, offset in (a, b)
    )
    places = tidu.arange(size)
    return bool(set(places.as_strided(*a).flatten().tolist()) & set(places.as_strided(*b).flatten().tolist()))


overlaps = Exercise(
    "overlaps",
    difficulty=3,
    importance=2,
    minutes=10,
    forbid=BY_NUMPY,
    reference=_overlaps,
    parts=[
        Part("values", 2, fixed(
            (((3,), (1,), 0), ((3,), (1,), 2)), (((3,), (1,), 0), ((3,), (1,), 3)),
            (((2, 3), (3, 1), 0), ((3,), (1,), 3)), (((2,), (1,), 4), ((4,), (1,), 0)),
        )),
        Part("sparse", 3, fixed(
            (((3,), (2,), 0), ((3,), (2,), 1)), (((3,), (2,), 0), ((2,), (3,), 1)), (((3,), (4,), 1), ((3,), (4,), 3)),
            (((2, 2), (4, 1), 0), ((2, 2), (4, 1), 2)), (((2, 2), (4, 1), 0), ((2, 2), (4, 1), 5)),
            (((3,), (3,), 0), ((3,), (2,), 1)),
        )),
        Part("edge", 1, fixed(
            (((0,), (1,), 1), ((3,), (1,), 0)), (((), (), 2), ((3,), (1,), 0)), (((2, 3), (0, 1), 0), ((2,), (1,), 2)),
            (((2, 3), (0, 1), 0), ((2,), (1,), 3)), (((3,), (1,), 0), ((2, 0), (3, 1), 0)),
        )),
        Part("random", 1, drawn(40, lambda rng: (random_view_of_one(rng), random_view_of_one(rng)))),
    ],
)  # fmt: skip


def random_view_of_one(rng):
    shape = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 3)))
    return shape, tuple(int(s) for s in rng.integers(2, 6, len(shape))), int(rng.integers(0, 8))


@overlaps.mistake(
    zh="偏移相同才算重叠？两个视图从不同的地方出发，也会走到同一个元素。",
    en="Only equal offsets count here, but two views that start in different places can still meet at one element.",
)
def same_start(a, b):
    return a[2] == b[2] and 0 not in a[0] and 0 not in b[0]


@overlaps.mistake(
    zh="两个区间相交，还不等于有共同的元素：奇数列和偶数列交错着，却一个元素也不共用。",
    en="Ranges that intersect need not share an element: the odd and the even columns interleave and have none in "
    "common.",
)
def ranges_meet(a, b):
    if 0 in a[0] or 0 in b[0]:
        return False
    last = [v[2] + sum((n - 1) * s for n, s in zip(v[0], v[1])) for v in (a, b)]
    return a[2] <= last[1] and b[2] <= last[0]


@overlaps.mistake(
    zh="偏移量没有用上：视图从 offset 开始，不是从 0 开始。",
    en="The offset is not used: a view starts at its offset, not at 0.",
)
def offset_forgotten(a, b):
    def places(shape, stride):
        return {sum(i * s for i, s in zip(index, stride)) for index in itertools.product(*map(range, shape))}

    return bool(places(a[0], a[1]) & places(b[0], b[1]))


@overlaps.mistake(
    zh="步幅没有用上：你把视图当成了从偏移处起紧挨着的一段。",
    en="The strides are not used: this takes the view for one dense run from its offset.",
)
def dense_run(a, b):
    def places(shape, offset):
        count = 1
        for n in shape:
            count *= n
        return set(range(offset, offset + count))

    return bool(places(a[0], a[2]) & places(b[0], b[2]))


@overlaps.mistake(
    zh="没有元素的视图不和任何东西重叠。",
    en="A view without elements overlaps nothing.",
)
def empty_counted(a, b):
    def places(shape, stride, offset):
        spans = [range(max(n, 1)) for n in shape]
        return {offset + sum(i * s for i, s in zip(index, stride)) for index in itertools.product(*spans)}

    return bool(places(*a) & places(*b))
