"""3.3 The shape that indexing gives, and where the dimensions of index tensors land."""

from __future__ import annotations

import tidu
from autograder.exercises.given import broadcast_shape
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    ndim, (many, _, how) = pick.ndim, pick.tensors.partition(" ")
    count = {"none": 0, "one": 1, "two": 2, "three": 3}[many]
    need(ndim >= count + (how in ("apart", "not first")))
    need(pick.index == "vector" or count >= (2 if pick.index == "broadcast" else 1))
    others = pick.others
    if how == "apart":
        at = sorted(draw.order(ndim)[:count])
        need(at[-1] - at[0] >= count and (at[0] > 0 or count > 2))  # or in front would be in place
    else:
        need(ndim > count or how != "by None")
        first = draw.integer(int(how in ("not first", "by None")), ndim - count) if count else 0
        at = list(range(first, first + count))
    index: list = [(draw.integer(2, 4),)] * count
    if pick.index == "broadcast":
        long = draw.one_of([2, 3])
        index = [(long, 1), (5 - long,), (1,)][:count]
    elif pick.index == "matrix":
        index = [draw.one_of([(2, 3), (3, 2)])] * count
    elif pick.index == "ones":
        index = [(1,)] * count
    key: list = [":"] * ndim
    for place, one in zip(at, index):
        key[place] = one
    beside = [i for i in ((at[0] - 1, at[-1] + 1) if at else range(ndim)) if 0 <= i < ndim]
    if others in ("int beside", "int far"):
        outside = [i for i in range(ndim) if not at or not at[0] <= i <= at[-1]]
        free = beside if others == "int beside" else [i for i in outside if i not in beside]
        need(len(free) >= 1)
        key[draw.one_of(free)] = draw.integer(0, 1)
    elif others == "int between":
        # the integer goes first, and the tensors on both sides of it are together then; in front it would be no matter
        need(count == 2 and how != "apart" and 0 < at[0] and at[1] + 1 < ndim)
        key[at[1] + 1], key[at[1]] = index[1], draw.integer(0, 1)
    elif others != "none":
        key = [None] * (others != "None at the end") + key + [None] * (others != "None in front")
    if how == "by None":
        need(not others.startswith("int"))
        key.insert(next(i for i, item in enumerate(key) if isinstance(item, tuple)) + 1, None)
    if pick.items == "fewer":
        need(key[-1:] == [":"])
        while key and key[-1] == ":":
            key.pop()
    return draw.shape(ndim, longest=6), tuple(key)


def _one(item):
    if item == ":":
        return slice(None)
    return tidu.zeros(item, dtype=tidu.int64) if isinstance(item, tuple) else item


def _reference(shape, key):
    return tuple(tidu.zeros(shape)[tuple(_one(item) for item in key)].shape)


indexed_shape = Exercise(
    "indexed_shape",
    difficulty=3,
    importance=2,
    minutes=18,
    allow="python",
    given=[broadcast_shape],
    reference=_reference,
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(3, 2, 4, 1), tensors=("one", "one not first", "two", "two not first", "three"),
            index=("vector", "matrix", "broadcast", "ones"), others=("none",), items=("all",),
        ),
        Part("apart", 2, tensors=("two apart", "three apart", "two by None")),
        Part(
            "others", 2,
            others=("int beside", "int far", "int between", "None in front", "None at the end", "two Nones"),
        ),
        Part("edge", 1, ndim=(0,), tensors=("none",), items=("fewer",)),
    ],
)  # fmt: skip


def _shaped(shape, key, place=None, join=broadcast_shape, new=1, keep_ints=False, rest=True):
    """The right answer, with one of its steps another."""
    left, kept, index, places = list(shape), [], [], []
    for item in key:
        if item is None:
            if new is not None:
                kept.append(new)
        elif item == ":":
            kept.append(left.pop(0))
        else:
            n = left.pop(0)
            if not isinstance(item, int):
                index.append(item)
                places.append(len(kept))
            elif keep_ints:
                kept.append(1 if n else n)
    if rest:
        kept += left
    if index:
        at = places[0] if len(set(places)) == 1 else 0
        at = at if place is None else place(places[0], len(kept))
        kept[at:at] = join(*index)
    return tuple(kept)


@indexed_shape.mistake(
    zh="下标张量被「:」或 None 隔开时，它们的维放到最前面，不留在第一个下标的位置。",
    en="Where index tensors are separated by `:` or None, their dimensions go to the front; they do not stay in the "
    "place of the first one.",
)
def never_in_front(shape, key):
    return _shaped(shape, key, place=lambda first, last: first)


@indexed_shape.mistake(
    zh="下标张量都挨在一起（或只有一个）时，它们的维就留在原处，不移到最前面。",
    en="Where the index tensors stand side by side, or there is only one, their dimensions stay where they are and do "
    "not move to the front.",
)
def always_in_front(shape, key):
    return _shaped(shape, key, place=lambda first, last: 0)


@indexed_shape.mistake(
    zh="下标张量的维不放在最后面：挨在一起就留在原处，被隔开就放到最前面。",
    en="The dimensions of index tensors do not go to the end: side by side they stay where they are, separated they "
    "go to the front.",
)
def always_at_the_end(shape, key):
    return _shaped(shape, key, place=lambda first, last: last)


@indexed_shape.mistake(
    zh="几个下标张量要先广播成一个形状，一组下标取一个元素；不是各管各的、把维接在一起。",
    en="Several index tensors broadcast to one shape first, and together name one element at a time; their dimensions "
    "are not put one after another.",
)
def outer_product(shape, key):
    return _shaped(shape, key, join=lambda *shapes: tuple(n for one in shapes for n in one))


@indexed_shape.mistake(
    zh="只用了第一个下标张量的形状；几个下标张量要一起广播。",
    en="Only the shape of the first index tensor is used; all of them broadcast together.",
)
def first_tensor_only(shape, key):
    return _shaped(shape, key, join=lambda first, *others: first)


@indexed_shape.mistake(
    zh="下标张量被摊平了：它是几维，结果里就占几维。",
    en="The index tensors are flattened: as many dimensions as they have appear in the result.",
)
def flattened(shape, key):
    def flat(*shapes):
        count = 1
        for n in broadcast_shape(*shapes):
            count *= n
        return (count,)

    return _shaped(shape, key, join=flat)


@indexed_shape.mistake(
    zh="None 会添一个长度为 1 的维，不能跳过。",
    en="None adds a dimension of length 1 and may not be passed over.",
)
def new_ignored(shape, key):
    return _shaped(shape, key, new=None)


@indexed_shape.mistake(
    zh="整数下标会去掉那一维，不留下长度 1。",
    en="An integer removes its dimension and leaves no length 1 behind.",
)
def int_stays(shape, key):
    return _shaped(shape, key, keep_ints=True)


@indexed_shape.mistake(
    zh="这是 NumPy 的规则，那里整数也算下标数组。PyTorch 先处理整数，去掉它们之后，再看下标张量是否挨着。",
    en="That is NumPy's rule, where an integer counts as an index array. In PyTorch integers go first, and only then "
    "does it matter whether the index tensors are side by side.",
)
def as_numpy_does(shape, key):
    left, kept, index, places = list(shape), [], [], []
    tensors = any(isinstance(item, tuple) for item in key)
    for item in key:
        if item is None or item == ":":
            kept.append(1 if item is None else left.pop(0))
        else:
            left.pop(0)
            if tensors or isinstance(item, tuple):
                index.append(() if isinstance(item, int) else item)
                places.append(len(kept))
    kept += left
    if index:
        at = places[0] if len(set(places)) == 1 else 0
        kept[at:at] = broadcast_shape(*index)
    return tuple(kept)


@indexed_shape.mistake(
    zh="整数不会把下标张量隔开：它先去掉自己那一维，两边的下标张量就挨在一起了。",
    en="An integer does not separate index tensors: it removes its own dimension first, and those on its two sides are "
    "next to each other then.",
)
def int_separates(shape, key):
    at = [i for i, item in enumerate(key) if isinstance(item, tuple)]
    if at and any(not isinstance(item, tuple) for item in key[at[0] : at[-1]]):
        return _shaped(shape, key, place=lambda first, last: 0)
    return _shaped(shape, key)


@indexed_shape.mistake(
    zh="没有写到的后面各维要整个留下。",
    en="Dimensions that are not mentioned stay whole, at the end.",
)
def rest_dropped(shape, key):
    return _shaped(shape, key, rest=False)


@indexed_shape.mistake(
    zh="只看了「:」有没有把下标张量隔开；None 也会隔开它们。",
    en="Only `:` is looked at between index tensors; None separates them too.",
)
def new_does_not_separate(shape, key):
    at = [i for i, item in enumerate(key) if isinstance(item, tuple)]
    if at and not any(item == ":" for item in key[at[0] : at[-1]]):
        return _shaped(shape, key, place=lambda first, last: first)
    return _shaped(shape, key)
