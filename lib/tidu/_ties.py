"""Which of equal elements a selection names: the steps of PyTorch's own, for as few as one reads by eye. 并列时的次序。

PyTorch leaves it open, and yet a page that prints ``topk(...).indices`` should print its numbers. ``kthvalue`` is a
quickselect of its own; ``sort`` and ``mode`` are ``std::sort`` of libstdc++, ``topk`` is ``std::partial_sort``, or
``std::nth_element`` and ``std::sort``. All work on pairs (key, position) and compare keys alone.
Sources: ``quick_select_template`` and ``topk_impl_loop`` in ATen; bits/stl_algo.h and bits/stl_heap.h of GCC.
"""

from __future__ import annotations

Pairs = list[tuple[int, int]]

ONE_BY_ONE = 16  # elements that std::sort leaves to insertion


def _swap(a: Pairs, i: int, j: int) -> None:
    a[i], a[j] = a[j], a[i]


def kth(a: Pairs, k: int) -> int:
    """The position of the element of rank ``k``. 第 k 个的下标。"""
    left, right = 0, len(a) - 1
    while left + 1 < right:
        _swap(a, left + (right - left) // 2, left + 1)
        for i, j in ((left + 1, right), (left, right), (left + 1, left)):
            if a[i][0] > a[j][0]:
                _swap(a, i, j)
        i, j, pivot = left + 1, right, a[left][0]
        while True:
            i += 1
            while a[i][0] < pivot:
                i += 1
            j -= 1
            while a[j][0] > pivot:
                j -= 1
            if j < i:
                break
            _swap(a, i, j)
        _swap(a, left, j)
        if j <= k:
            left = i
        if j >= k:
            right = j - 1
    if right == left + 1 and a[left][0] > a[right][0]:
        _swap(a, left, right)
    return a[k][1]


def smallest(a: Pairs, k: int, in_order: bool) -> list[int]:
    """The positions of the ``k`` smallest, as ``topk`` finds them. 最小 k 个的下标。"""
    if 64 * k <= len(a):
        _partial_sort(a, 0, k, len(a))
    elif k:
        _nth_element(a, k - 1)
        if in_order:
            _sort(a, k - 1)
    return [position for _, position in a[:k]]


def all_in_order(a: Pairs) -> list[int]:
    """The positions that ``sort`` finds where it need not be stable. 不稳定排序的下标。"""
    _sort(a, len(a))
    return [position for _, position in a]


# ---- bits/stl_heap.h: a heap on a[first:first + n], largest on top


def _sift(a: Pairs, first: int, hole: int, n: int, value: tuple[int, int]) -> None:
    top, child = hole, hole
    while child < (n - 1) // 2:
        child = 2 * (child + 1)
        if a[first + child][0] < a[first + child - 1][0]:
            child -= 1
        a[first + hole] = a[first + child]
        hole = child
    if n % 2 == 0 and child == (n - 2) // 2:
        child = 2 * (child + 1)
        a[first + hole] = a[first + child - 1]
        hole = child - 1
    while hole > top and a[first + (hole - 1) // 2][0] < value[0]:
        a[first + hole] = a[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    a[first + hole] = value


def _replace_top(a: Pairs, first: int, n: int, at: int) -> None:
    """The top of the heap goes to ``at``, and what was there into the heap."""
    value, a[at] = a[at], a[first]
    _sift(a, first, 0, n, value)


def _partial_sort(a: Pairs, first: int, middle: int, last: int) -> None:
    n = middle - first
    _heap_select(a, first, middle, last)
    for size in range(n - 1, 0, -1):
        _replace_top(a, first, size, first + size)


def _heap_select(a: Pairs, first: int, middle: int, last: int) -> None:
    n = middle - first
    for parent in range((n - 2) // 2, -1, -1):
        _sift(a, first, parent, n, a[first + parent])
    for i in range(middle, last):
        if n and a[i][0] < a[first][0]:
            _replace_top(a, first, n, i)


# ---- bits/stl_algo.h


def _cut(a: Pairs, first: int, last: int) -> int:
    """A partition about the median of three."""
    i, j, k = first + 1, first + (last - first) // 2, last - 1
    x, y, z = a[i][0], a[j][0], a[k][0]
    if x < y:
        _swap(a, first, j if y < z else k if x < z else i)
    else:
        _swap(a, first, i if x < z else k if y < z else j)
    low, high, pivot = first + 1, last, a[first][0]
    while True:
        while a[low][0] < pivot:
            low += 1
        high -= 1
        while pivot < a[high][0]:
            high -= 1
        if low >= high:
            return low
        _swap(a, low, high)
        low += 1


def _insert(a: Pairs, first: int, last: int) -> None:
    a[first:last] = sorted(a[first:last], key=lambda pair: pair[0])  # insertion is stable


def _depth(n: int) -> int:
    return 2 * (n.bit_length() - 1)


def _nth_element(a: Pairs, k: int) -> None:
    first, last, depth = 0, len(a), _depth(len(a))
    while last - first > 3:
        if not depth:
            _heap_select(a, first, k + 1, last)
            _swap(a, first, k)
            return
        depth -= 1
        cut = _cut(a, first, last)
        if cut <= k:
            first = cut
        else:
            last = cut
    _insert(a, first, last)


def _sort(a: Pairs, n: int) -> None:
    """``std::sort`` of the first ``n``."""
    waiting = [(0, n, _depth(n))] if n else []
    while waiting:
        first, last, depth = waiting.pop()
        while last - first > ONE_BY_ONE:
            if not depth:
                _partial_sort(a, first, last, last)
                break
            depth -= 1
            cut = _cut(a, first, last)
            waiting.append((cut, last, depth))
            last = cut
    _insert(a, 0, n)
