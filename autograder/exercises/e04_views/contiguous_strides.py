"""4.1 The strides of contiguous memory."""

from __future__ import annotations

import tidu
from autograder.judging.draw import row_major
from autograder.judging.exercise import Exercise, Part

contiguous_strides = Exercise(
    "contiguous_strides",
    difficulty=1,
    importance=3,
    minutes=8,
    allow="python",
    reference=lambda shape: tuple(tidu.empty(shape).stride()),
    make=lambda pick, draw: (draw.shape(pick.ndim, pick.lengths),),
    parts=[
        Part("values", 3, ndim=(1, 2, 3, 4), lengths=("distinct", "equal", "two equal", "long")),
        Part(
            "edge",
            1,
            ndim=(0,),
            lengths=("one first", "one last", "two ones", "ones", "zero first", "zero between", "zero last", "zeros"),
        ),
    ],
)


@contiguous_strides.mistake(
    zh="这是按列存放（Fortran 序）的步幅。PyTorch 按行存放：最后一维的步幅是 1。",
    en="These are the strides of column-major (Fortran) order. PyTorch is row-major: the last stride is 1.",
)
def column_major(shape):
    stride, step = [], 1
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
    zh="这是按字节数算的，每个元素 4 个字节。PyTorch 的步幅按元素个数，与 dtype 无关。",
    en="These count bytes, four for each element. PyTorch counts strides in elements, whatever the dtype.",
)
def in_bytes_of_float32(shape):
    return tuple(4 * s for s in row_major(shape))


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


@contiguous_strides.mistake(
    zh="步幅不是「后一维的长度」，而是后面「所有」维长度的乘积：三维以上就看得出差别。",
    en="A stride is not the length of the next dimension but the product of all lengths after it: from three "
    "dimensions on the two differ.",
)
def next_length_only(shape):
    return tuple(max(n, 1) for n in (*shape[1:], 1))[: len(shape)]


@contiguous_strides.mistake(
    zh="长度为 1 的维也有步幅，照样是它后面各维长度的乘积，不是 0。",
    en="A dimension of length 1 has a stride too: the product of the lengths after it, as anywhere, and not 0.",
)
def zero_for_length_one(shape):
    return tuple(0 if n == 1 else s for n, s in zip(shape, row_major(shape)))
