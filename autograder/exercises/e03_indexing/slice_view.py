"""3.2 What a slice does to shape, strides and offset."""

from __future__ import annotations

from autograder.exercises.e04_views.geometry import geometry_of, laid_out
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _bounds(pick, draw: Draw, n: int) -> tuple[int | None, int | None, int]:
    """The special slice: ``start``, ``stop`` and ``step`` of the classes, on a dimension of length ``n``."""
    first = draw.integer(0, n - 2)
    last = draw.integer(first + 1, n)
    start = {
        "inside": first, "omitted": None, "negative": first - n, "most negative": -n,
        "too small": -n - draw.integer(1, 4), "past the end": n + draw.integer(0, 3),
    }[pick.start]  # fmt: skip
    if pick.start == "inside" and pick.stop in ("inside", "negative", "before start"):
        need(first > 0)  # or nothing would show that start was used
    stop = {
        "inside": last, "omitted": None, "negative": last - n, "past the end": n + draw.integer(1, 4),
        "before start": 0 if pick.start == "inside" else max(first - draw.integer(0, 2), 0),
        "before all": -n - draw.integer(1, 3),
    }[pick.stop]  # fmt: skip
    need(pick.stop != "negative" or last < n)
    need(pick.stop != "before start" or pick.start in ("inside", "negative"))
    step = {"one": 1, "two": 2, "three": 3, "longer": n + draw.integer(1, 3)}[pick.step]
    return start, stop, step


def _make(pick, draw: Draw) -> Args:
    ndim = pick.ndim
    special = draw.integer(0, ndim - 1) if ndim else -1
    if ndim == 0 or pick.rest in ("one long", "empty", "no items"):  # nothing to cut there
        need((pick.start, pick.stop, pick.step) == ("inside", "inside", "one"))
        need(ndim > 0 or pick.rest == "plain")
        special = -1
    shape = [draw.integer(4, 7 if ndim < 3 else 5) for _ in range(ndim)]
    if pick.rest in ("one long", "empty"):
        shape[draw.integer(0, ndim - 1)] = int(pick.rest == "one long")
    key: list = []
    for i, n in enumerate(shape):
        if i == special:
            key.append(_bounds(pick, draw, n))
        elif n < 2 or draw.readable:
            key.append((None, None, draw.integer(1, 2) if n < 2 else 1))
        else:
            first = draw.integer(0, n - 2)
            key.append((first, draw.integer(first + 1, n), draw.integer(1, 2)))
    if pick.ints == "all":
        need(special < 0 or (pick.start, pick.stop, pick.step) == ("inside", "inside", "one"))
        need(0 not in shape)
        key = [draw.integer(-n, n - 1) for n in shape]
    elif pick.ints != "none":
        others = [i for i, n in enumerate(shape) if n >= 1 and i != special]
        need(len(others) >= 1)
        i = draw.one_of(others)
        key[i] = draw.integer(-shape[i], -1) if pick.ints == "negative" else draw.integer(0, shape[i] - 1)
    if pick.rest == "fewer":
        need(0 <= special < ndim - 1)
        del key[special + 1 :]
    elif pick.rest == "no items":
        need(pick.ints == "none")
        key = []
    offset = draw.integer(1, 9) if pick.stride != "dense" else 0
    return tuple(shape), draw.stride(tuple(shape), pick.stride), offset, tuple(key)


def _reference(shape, stride, offset, key):
    picked = laid_out(shape, stride, offset)[tuple(k if isinstance(k, int) else slice(*k) for k in key)]
    if 0 not in picked.shape:
        return *geometry_of(picked), picked.storage_offset()
    # Where nothing is read, a library may as well say that it begins at 0: work it out.
    steps, place = list(stride), offset
    for i, (item, n) in enumerate(zip(key, shape)):
        if isinstance(item, int):
            place += item % n * stride[i]
        else:
            place += slice(*item).indices(n)[0] * stride[i]
            steps[i] *= item[2]
    kept = (s for i, s in enumerate(steps) if i >= len(key) or not isinstance(key[i], int))
    return tuple(picked.shape), tuple(kept), place


slice_view = Exercise(
    "slice_view",
    difficulty=3,
    importance=3,
    minutes=20,
    allow="python",
    returns=("shape", "stride", "offset"),
    reference=_reference,
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 1, 3), start=("inside", "omitted"), stop=("inside", "omitted"),
            step=("one", "two", "three", "longer"), ints=("none",), rest=("plain",), stride=("dense",),
        ),
        Part("negative_index", 2, start=("negative", "most negative"), stop=("negative",)),
        Part("outside", 2, start=("too small", "past the end"), stop=("past the end", "before start", "before all")),
        Part("ints", 2, ints=("one", "negative", "all")),
        Part("strides", 1, stride=("permuted", "stepped last", "any")),
        Part("edge", 1, ndim=(0,), rest=("fewer", "no items", "one long", "empty")),
    ],
)  # fmt: skip


def _clip(value, default, n):
    if value is None:
        return default
    return min(max(value + n if value < 0 else value, 0), n)


def _sliced(shape, stride, offset, key, clip=None, length=None, step_in_stride=True, keep_ints=False, rest=True):
    """The right answer, with one of its steps another."""
    new_shape, new_stride = [], []
    for item, n, s in zip(key, shape, stride):
        if isinstance(item, int):
            offset += item % n * s
            if keep_ints:
                new_shape.append(1)
                new_stride.append(s)
            continue
        start, stop = ((clip or _clip)(item[i], (0, n)[i], n) for i in (0, 1))
        step = item[2]
        new_shape.append((length or _count)(start, stop, step))
        new_stride.append(s * step if step_in_stride else s)
        offset += start * s
    kept = len(key) if rest else len(shape)
    return (*new_shape, *shape[kept:]), (*new_stride, *stride[kept:]), offset


def _count(start, stop, step):
    return max(-((start - stop) // step), 0)


@slice_view.mistake(
    zh="步幅没有乘上 step：每次跳过几个，沿这一维走一步就要跨过几倍的格子。",
    en="The stride was not multiplied by the step: skip elements, and one step along the dimension passes over that "
    "many times as many cells.",
)
def stride_without_step(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, step_in_stride=False)


@slice_view.mistake(
    zh="长度没有除以 step：start 到 stop 之间，每隔 step 个才取一个。",
    en="The length was not divided by the step: between start and stop only one element in every step is taken.",
)
def length_without_step(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, length=lambda start, stop, step: max(stop - start, 0))


@slice_view.mistake(
    zh="长度要向上取整：0:3:2 取第 0 个和第 2 个，是两个。",
    en="The length is rounded up: 0:3:2 takes numbers 0 and 2, which is two.",
)
def rounded_down(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, length=lambda start, stop, step: max((stop - start) // step, 0))


@slice_view.mistake(
    zh="除完再加 1，多了：正好能除尽时，0:4:2 只有两个。",
    en="Dividing and then adding 1 is one too many where it divides exactly: 0:4:2 takes two.",
)
def always_one_more(shape, stride, offset, key):
    return _sliced(
        shape, stride, offset, key, length=lambda start, stop, step: (stop - start) // step + 1 if stop > start else 0
    )


@slice_view.mistake(
    zh="stop 本身不算在内：1:3 是第 1 个和第 2 个。",
    en="stop itself is not included: 1:3 is numbers 1 and 2.",
)
def stop_included(shape, stride, offset, key):
    def length(start, stop, step):
        return _count(start, stop + 1, step)

    return _sliced(shape, stride, offset, key, length=length)


@slice_view.mistake(
    zh="负的 start 和 stop 没有换算：-1 是最后一个的位置，要先加上这一维的长度。",
    en="Negative start and stop are taken as they are: -1 is the place of the last element; add the length first.",
)
def negative_as_it_is(shape, stride, offset, key):
    def clip(value, default, n):
        return default if value is None else min(max(value, 0), n)

    return _sliced(shape, stride, offset, key, clip=clip)


@slice_view.mistake(
    zh="start 和 stop 不能取余数：stop 等于长度是「直到最后」，取余数就成了 0；超出范围的应当截断，不是绕回来。",
    en="No remainders for start and stop: a stop equal to the length means up to the end, and its remainder is 0; what "
    "is out of range is cut off and does not wrap around.",
)
def remainders(shape, stride, offset, key):
    def clip(value, default, n):
        return default if value is None else value % n if n else 0

    return _sliced(shape, stride, offset, key, clip=clip)


@slice_view.mistake(
    zh="超出范围的 start 和 stop 要截断到 0 和这一维的长度之间，否则会读出界。",
    en="start and stop beyond the range are cut off at 0 and at the length, or what is read lies outside of the "
    "dimension.",
)
def not_clipped(shape, stride, offset, key):
    def clip(value, default, n):
        return default if value is None else value + n if value < 0 else value

    return _sliced(shape, stride, offset, key, clip=clip)


@slice_view.mistake(
    zh="stop 不在 start 之后时，一个也取不到，长度是 0；长度不会是负数。",
    en="With stop not after start there is nothing to take and the length is 0: a length is never negative.",
)
def negative_length(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, length=lambda start, stop, step: -((start - stop) // step))


@slice_view.mistake(
    zh="偏移没有跟着 start 走：要加上 start 乘这一维原来的步幅。",
    en="The offset did not follow start: add start times the dimension's old stride.",
)
def offset_stays(shape, stride, offset, key):
    return (*_sliced(shape, stride, offset, key)[:2], offset)


@slice_view.mistake(
    zh="start 加到偏移之前，要乘上这一维的步幅：往下走一行，跨过的不是一格，是一整行。",
    en="Before start is added to the offset it is multiplied by the stride: one row down is a whole row of cells, "
    "not one.",
)
def start_without_stride(shape, stride, offset, key):
    moved = sum(
        item % n if isinstance(item, int) else _clip(item[0], 0, n) for item, n in zip(key, shape) if n or not item
    )
    return (*_sliced(shape, stride, offset, key)[:2], offset + moved)


@slice_view.mistake(
    zh="偏移乘的是新步幅；start 数的是原来的元素，要乘原来的步幅。",
    en="The offset was moved by the new stride; start counts old elements, so it goes with the old stride.",
)
def start_times_new_stride(shape, stride, offset, key):
    for item, n, s in zip(key, shape, stride):
        offset += item % n * s if isinstance(item, int) else _clip(item[0], 0, n) * s * item[2]
    return (*_sliced(shape, stride, 0, key)[:2], offset)


@slice_view.mistake(
    zh="原来的偏移丢了：视图上再切，要从视图自己的起点算起。",
    en="The offset that was there is lost: a slice of a view begins to count where the view begins.",
)
def offset_restarts(shape, stride, offset, key):
    return _sliced(shape, stride, 0, key)


@slice_view.mistake(
    zh="什么也取不到时，偏移照样加上截断后的 start 乘步幅：长度是 0，起点还是动了。",
    en="Where nothing is taken the offset moves all the same, by start, cut off, times the stride: the length is 0, "
    "the beginning has moved.",
)
def offset_stays_when_empty(shape, stride, offset, key):
    new_shape, new_stride, moved = _sliced(shape, stride, offset, key)
    for item, n, s in zip(key, shape, stride):
        if not isinstance(item, int):
            start, stop = (_clip(item[i], (0, n)[i], n) for i in (0, 1))
            moved -= start * s if stop <= start else 0
    return new_shape, new_stride, moved


@slice_view.mistake(
    zh="`stop or n` 把 0 也当成了没有写：stop 是 0 时一个也取不到，只有 None 才表示「到末尾」。",
    en="`stop or n` takes 0 for left out as well: with a stop of 0 there is nothing to take, and only None means up to "
    "the end.",
)
def zero_stop_is_the_end(shape, stride, offset, key):
    def clip(value, default, n):
        return default if not value else min(max(value + n if value < 0 else value, 0), n)

    return _sliced(shape, stride, offset, key, clip=clip)


@slice_view.mistake(
    zh="负的整数下标没有换算：-1 是最后一个，先加上这一维的长度，再乘步幅。",
    en="A negative integer is taken as it is: -1 is the last one, so add the length before multiplying by the stride.",
)
def negative_int_as_it_is(shape, stride, offset, key):
    new_shape, new_stride, moved = _sliced(shape, stride, offset, key)
    for item, n, s in zip(key, shape, stride):
        if isinstance(item, int) and item < 0:
            moved -= n * s
    return new_shape, new_stride, moved


@slice_view.mistake(
    zh="整数下标会去掉那一维；长度为 1 的维是切片 i:i+1 留下的。",
    en="An integer removes its dimension; a dimension of length 1 is what the slice i:i+1 leaves.",
)
def ints_stay(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, keep_ints=True)


@slice_view.mistake(
    zh="没有写到的后面各维要整个留下：x[1:3] 就是 x[1:3, :]。",
    en="Dimensions that are not mentioned stay whole: x[1:3] is x[1:3, :].",
)
def rest_dropped(shape, stride, offset, key):
    return _sliced(shape, stride, offset, key, rest=False)


@slice_view.mistake(
    zh="这是新形状按行存放的步幅，那要复制数据。切片不动内存：步幅是原来的乘上 step。",
    en="These are the strides of the new shape stored row by row, which would take a copy. A slice moves nothing: the "
    "strides are the old ones times the step.",
)
def laid_out_afresh(shape, stride, offset, key):
    new, _, place = _sliced(shape, stride, offset, key)
    steps: list[int] = []
    step = 1
    for n in reversed(new):
        steps.insert(0, step)
        step *= max(n, 1)
    return new, tuple(steps), place
