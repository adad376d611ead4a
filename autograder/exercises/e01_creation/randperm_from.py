"""1.6 A permutation from given draws."""

from __future__ import annotations

from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _shuffled(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = i + draws[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return order


def _make(pick, draw: Draw) -> Args:
    n = {"several": draw.integer(5, 8), "three": 3, "two": 2, "one": 1, "zero": 0}[pick.below]
    count = max(n - 1, 0) + (draw.integer(2, 3) if pick.spare == "more" else 0)
    if pick.drawn == "small":
        draws = [draw.integer(0, n - i - 1 if i < n - 1 else 99) for i in range(count)]
    elif pick.drawn == "up to n":
        draws = [draw.integer(0, max(n, 1)) for _ in range(count)]
    else:
        draws = [draw.integer(0, 2**32 - 1) for _ in range(count)]
    if pick.repeated == "yes":
        need(count >= 2)
        draws = [draws[0]] * count
    return n, tuple(draws)


randperm_from = Exercise(
    "randperm_from",
    difficulty=3,
    importance=2,
    minutes=15,
    allow="python",
    reference=_shuffled,
    make=_make,
    parts=[
        Part(
            "values", 4,
            below=("several", "three", "two"), drawn=("small", "up to n"), spare=("just enough", "more"),
            repeated=("no", "yes"),
        ),
        Part("large", 1, drawn=("32 bits",)),
        Part("edge", 1, below=("one", "zero")),
    ],
)  # fmt: skip


@randperm_from.mistake(
    zh="第 i 步只能从还没排好的 n - i 个里选，前面 i 个已经定了。对 n 取余会把定好的又换走，而且各种排列的机会不再相"
    "等。",
    en="Step i chooses among the n - i that are not settled yet; the first i are done. A remainder by n swaps settled "
    "ones away again, and the permutations are no longer equally likely.",
)
def from_all_of_them(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = draws[i] % n
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="余数是从第 i 个位置数起的：要和第 i + 余数 个对调，不是第「余数」个。",
    en="The remainder counts from place i: swap with place i + remainder, not with the place of the remainder itself.",
)
def counted_from_the_start(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = draws[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="少了「和自己对调」这种可能：余数可以是 0，这时第 i 个留在原地。你的办法每个数都必须动（Sattolo 的算法）。",
    en="Staying in place is left out: the remainder may be 0, and then number i stays. Here every number has to move "
    "(which is Sattolo's algorithm).",
)
def never_stays(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = i + 1 + draws[i] % (n - i - 1)
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="把选中的数抽出来放到后面，其余的数会往前挪一位，次序就和对调的不同了。要对调两个位置。",
    en="Taking the chosen number out moves the others up by one, which is another order than swapping gives. Swap the "
    "two places.",
)
def taken_out(n, draws):
    left = list(range(n))
    return [left.pop(draws[i] % (n - i)) if i < n - 1 else left.pop() for i in range(n)]


@randperm_from.mistake(
    zh="这是从后往前洗的写法。PyTorch 从前往后：第 i 步定下第 i 个位置。两种一样随机，结果不同。",
    en="This shuffles from the back. PyTorch goes from the front: step i settles place i. Both are equally random, and "
    "differ in what comes out.",
)
def from_the_back(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        last = n - 1 - i
        j = draws[i] % (last + 1)
        order[last], order[j] = order[j], order[last]
    return order


@randperm_from.mistake(
    zh="这是按随机数的大小排序。也是一种打乱的办法，但不是 PyTorch 用的：这里要一步一步对调。",
    en="This sorts by the draws. It is a way to shuffle, but not the one that PyTorch uses: swap, step by step.",
)
def sorted_by_draw(n, draws):
    return sorted(range(n), key=lambda i: draws[i] if i < n - 1 else 2**32)


@randperm_from.mistake(
    zh="只是写过去，没有对调：第 j 个位置的数出现了两次，第 i 个的丢了。",
    en="This copies without swapping: the number in place j is there twice now, and the one in place i is lost.",
)
def copied_over(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        order[i] = order[i + draws[i] % (n - i)]
    return order


@randperm_from.mistake(
    zh="随机数很大，要先取余数才能当作距离；这里是取了两者中较小的那个。",
    en="The draws are large; take the remainder to make a distance of them. Here the smaller of the two was taken.",
)
def cut_off(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = min(i + draws[i], n - 1)
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="i + draws[i] % n 会超出末尾：从第 i 个位置起只有 n - i 个，余数要对 n - i 取。",
    en="i + draws[i] % n runs past the end: from place i on there are n - i numbers, so take the remainder by n - i.",
)
def past_the_end(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = i + draws[i] % n
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="(i + draws[i]) % n 会绕回开头，把已经定下的换走。对 n - i 取余数，再加上 i，就只落在后面。",
    en="(i + draws[i]) % n wraps around to the front and swaps settled numbers away. A remainder by n - i, with i "
    "added to it, stays behind them.",
)
def wraps_to_the_front(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = (i + draws[i]) % n
        order[i], order[j] = order[j], order[i]
    return order


@randperm_from.mistake(
    zh="多走了一步：最后一个数没有别的位置可去，n 个数只用 n - 1 个整数。",
    en="One step too many: the last number has nowhere else to go, and n numbers take only n - 1 integers.",
)
def one_draw_too_many(n, draws):
    order = list(range(n))
    for i in range(n):
        j = i + draws[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return order
