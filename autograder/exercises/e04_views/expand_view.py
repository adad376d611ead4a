"""4.3 Shape and strides after expand."""

from __future__ import annotations

from autograder.exercises.e04_views.geometry import geometry_of, laid_out
from autograder.judging.draw import Args, Draw, need, row_major
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    full = list(draw.shape(pick.ndim, longest=max(5, pick.ndim + 1)))
    shape = list(full)
    need(pick.stretched <= len(full))
    stretched = draw.order(len(full))[: pick.stretched]
    kept = [i for i in range(len(full)) if i not in stretched]
    for i in stretched:
        shape[i] = 1
    if pick.kept != "plain":
        need(len(kept) >= 1)
        special = kept[draw.integer(0, len(kept) - 1)]
        shape[special] = full[special] = 0 if pick.kept == "zero" else 1
        if pick.kept == "two ones":
            need(len(kept) >= 2)
            other = next(i for i in kept if i != special)
            shape[other] = full[other] = 1
    if pick.to == "zero":
        need(len(stretched) >= 1)
        full[stretched[0]] = 0
    sizes = list(full)
    if pick.minus_one == "some":
        need(len(kept) >= 1)
        sizes[draw.one_of(kept)] = -1
    elif pick.minus_one == "all":
        need(len(kept) >= 2)
        for i in kept:
            sizes[i] = -1
    stride = draw.stride(tuple(shape), pick.stride)
    # NumPy keeps no strides of an empty array when all are 0.
    need(0 not in full or any(s for s, n, m in zip(stride, shape, full) if n == m))
    new = draw.shape(pick.added) if pick.added else ()
    return tuple(shape), stride, (*new, *sizes)


expand_view = Exercise(
    "expand_view",
    difficulty=2,
    importance=3,
    minutes=12,
    allow="python",
    returns=("shape", "stride"),
    reference=lambda shape, stride, sizes: geometry_of(laid_out(shape, stride).expand(sizes)),
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 3, 1), stretched=(1, 2, 3, 0), added=(0,), kept=("plain",), minus_one=("none",), to=("plain",),
            stride=("dense", "permuted"),
        ),
        Part("leading", 2, added=(1, 2), ndim=(0,)),
        Part("minus_one", 1, minus_one=("some", "all")),
        Part("strides", 1, stride=("stepped last", "broadcast", "any")),
        Part("edge", 1, kept=("one", "two ones", "zero"), to=("zero",)),
    ],
)  # fmt: skip


def _sizes(shape, sizes):
    """The new shape with every -1 replaced."""
    new = len(sizes) - len(shape)
    return tuple(shape[i - new] if n == -1 else n for i, n in enumerate(sizes))


@expand_view.mistake(
    zh="被扩展的维步幅应为 0：指针不动，同一个元素读很多遍。保留原来的步幅就会读到别的元素，甚至读出界。",
    en="An expanded dimension has stride 0: the pointer stays, and one element is read many times. With the old stride "
    "it would read other elements, or past the end.",
)
def keeps_its_stride(shape, stride, sizes):
    return _sizes(shape, sizes), (0,) * (len(sizes) - len(shape)) + tuple(stride)


@expand_view.mistake(
    zh="这是真的复制成大张量之后的步幅（那是 repeat）。expand 不分配内存：被扩展的维步幅为 0，其余不变。",
    en="These are the strides of a big tensor after copying (which is repeat). expand allocates nothing: stride 0 "
    "where it expands, the old strides elsewhere.",
)
def as_if_copied(shape, stride, sizes):
    return _sizes(shape, sizes), row_major(_sizes(shape, sizes))


@expand_view.mistake(
    zh="所有步幅都成了 0，每个位置读的都是同一个元素。只有被扩展的维才是 0。",
    en="All strides are 0, so every place reads one and the same element. Only expanded dimensions have stride 0.",
)
def zero_everywhere(shape, stride, sizes):
    return _sizes(shape, sizes), (0,) * len(sizes)


@expand_view.mistake(
    zh="形状从右边对齐：新增的维在最前面，不在最后面。",
    en="Shapes line up from the right: new dimensions come first, not last.",
)
def aligned_left(shape, stride, sizes):
    new = len(sizes) - len(shape)
    old, steps = tuple(shape) + (1,) * new, tuple(stride) + (0,) * new
    kept = tuple(old[i] if n == -1 else n for i, n in enumerate(sizes))
    return kept, tuple(s if n == o else 0 for s, n, o in zip(steps, kept, old))


@expand_view.mistake(
    zh="-1 的意思是「这一维不变」，结果里应写出它真正的长度，步幅也不变。",
    en="-1 means that this dimension stays as it is: the result has its real length, and its stride.",
)
def minus_one_left_in(shape, stride, sizes):
    new = len(sizes) - len(shape)
    old, steps = (0,) * new + tuple(shape), (0,) * new + tuple(stride)
    return tuple(sizes), tuple(s if n in (o, -1) else 0 for s, n, o in zip(steps, sizes, old))


@expand_view.mistake(
    zh="写作 -1 的维没有变长，步幅应当保持原样；你把它当成被扩展的维，写成了 0。",
    en="A dimension written as -1 does not grow, so it keeps its stride; here it got 0, as if it were expanded.",
)
def zero_for_minus_one(shape, stride, sizes):
    new = len(sizes) - len(shape)
    old, steps = (0,) * new + tuple(shape), (0,) * new + tuple(stride)
    return _sizes(shape, sizes), tuple(s if n == o else 0 for s, n, o in zip(steps, sizes, old))


@expand_view.mistake(
    zh="长度为 1 的维只有变长时步幅才是 0；从 1 到 1 没有变化，步幅保持原样。",
    en="A dimension of length 1 gets stride 0 only where it grows; from 1 to 1 nothing changes, its stride included.",
)
def zero_for_length_one(shape, stride, sizes):
    new = len(sizes) - len(shape)
    steps = (0,) * new + tuple(0 if n == 1 else s for n, s in zip(shape, stride))
    return _sizes(shape, sizes), steps
