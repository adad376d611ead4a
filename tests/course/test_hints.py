"""Hints: code is marked, alike in both languages, and an answer that follows the last one to the letter is right."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from autograder.judging.catalogue import hints
from tests.course.answers import EXERCISES, defined

#: What may stand in Chinese text without being code: names of things, and formulas.
NOT_CODE = {"PyTorch", "Python", "NumPy", "VJP", "JVP", "sin", "cos", "exp", "xy", "ab", "ga", "gb", "dtype"}
CODE = re.compile(r"`([^`]+)`")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_code_is_marked_and_the_same_in_both_languages(exercise):
    for step in hints(exercise.id):
        assert step.zh.count("`") % 2 == step.en.count("`") % 2 == 0
        bare = re.findall(r"[A-Za-z_][A-Za-z_0-9]+", CODE.sub("", step.zh))
        assert [word for word in bare if word not in NOT_CODE] == []
        assert Counter(CODE.findall(step.zh)) == Counter(CODE.findall(step.en))


#: The last hint of an exercise, written down as it stands and with nothing added.
TO_THE_LETTER = {
    "is_contiguous": """
def is_contiguous(shape, stride):
    if 0 in shape:
        return True
    step = 1
    for n, s in zip(shape[::-1], stride[::-1]):
        if n != 1 and s != step:
            return False
        step *= n
    return True
""",
    "contiguous_strides": """
def contiguous_strides(shape):
    notes = []
    step = 1
    for n in reversed(shape):
        notes.append(step)
        step *= max(n, 1)
    return tuple(notes[::-1])
""",
    "merge_runs": """
def merge_runs(shape, stride):
    runs = []
    for n, s in zip(shape, stride):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * s:
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    return tuple(runs)
""",
    "view_stride": """
def view_stride(shape, stride, new_shape):
    new, notes = list(new_shape), []
    for length, step in reversed(merge_runs(shape, stride)):
        dealt = 1
        while dealt < length:
            notes.append(dealt * step)
            dealt *= new.pop()
        if dealt != length:
            return None
    return tuple(notes[::-1])
""",
    "flat_place": """
def flat_place(shape, index):
    place = 0
    for n, i in zip(shape, index):
        if not -n <= i <= n - 1:
            return None
        place = place * n + i % n
    return place
""",
    "true_places": """
def true_places(shape, flags):
    found = []
    for place, flag in enumerate(flags):
        if flag:
            index = ()
            for n in reversed(shape):
                index = (place % n,) + index
                place = place // n
            found.append(index)
    return tuple(found)
""",
    "linspace_list": """
def linspace_list(start, end, steps):
    if steps == 1:
        return [start]
    return [start + i * (end - start) / (steps - 1) for i in range(steps)]
""",
    "gather_dim": """
def gather_dim(x, dim, index):
    out = np.empty(index.shape, x.dtype)
    for at in np.ndindex(index.shape):
        source = list(at)
        source[dim] = index[at]
        out[at] = x[tuple(source)]
    return out
""",
    "scatter_add_dim": """
def scatter_add_dim(base, dim, index, src):
    out = base.copy()
    for at in np.ndindex(index.shape):
        target = list(at)
        target[dim] = index[at]
        out[tuple(target)] += src[at]
    return out
""",
    "randperm_from": """
def randperm_from(n, draws):
    order = list(range(n))
    for i in range(n - 1):
        j = i + draws[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return order
""",
    "jacobian_by_rows": """
def jacobian_by_rows(x, w):
    y = net(x, w)
    J = np.zeros(y.shape + x.shape)
    for i in np.ndindex(y.shape):
        v = np.zeros(y.shape)
        v[i] = 1
        J[i] = net_vjp(v, x, w)
    return J
""",
}


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.id in TO_THE_LETTER], ids=lambda e: e.id)
def test_the_last_hint_followed_to_the_letter_is_right(exercise):
    answer = TO_THE_LETTER[exercise.id]
    packed = "".join(answer.split())
    for code in CODE.findall(hints(exercise.id)[-1].en):
        # "a -n" and "n - 1" stand for what the answer has in one comparison, `()` for what comes of itself
        assert "".join(code.split()).removesuffix(":") in packed or code == "()", code
    result = exercise.grade(defined(exercise, answer))
    assert result.status == "ok"
