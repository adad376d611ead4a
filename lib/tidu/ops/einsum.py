"""Sums of products by the names of dimensions. 爱因斯坦求和。

Each operand is seen with the dimensions of the result first and those that are summed behind them, 1 where it has none
of that name; two operands then are a batch of matrix products. Without a sum the result is a view, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tidu._args import is_int, type_name
from tidu._backend import QUIET, quiet_reset, quiet_set
from tidu._define import publish
from tidu._tensor import Tensor
from tidu.ops.linalg import bmm
from tidu.ops.matrices import as_tensor, unrecorded
from tidu.ops.reduce import sum_
from tidu.ops.view import diagonal, permute, reshape

_ELLIPSIS = "."
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
Labels = tuple[str, ...]


def _labels(text: str, offset: int, where: str) -> list[str]:
    """The names of a term; the ellipsis is one of them."""
    found: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == ".":
            if text[i : i + 3] != "..." or _ELLIPSIS in found:
                what = f"found '.' for {where} " + (
                    "for which an ellipsis was already found" if _ELLIPSIS in found else
                    "that is not part of any ellipsis (...)"
                )  # fmt: skip
                raise RuntimeError(f"einsum(): {what}")
            found.append(_ELLIPSIS)
            i += 2
        elif c != " ":
            if c not in _LETTERS:
                raise RuntimeError(
                    f"einsum(): invalid subscript given at index {offset + i} in the equation string, subscripts must "
                    "be in [a-zA-Z]"
                )
            found.append(c)
        i += 1
    return found


def _parse(equation: str, ndims: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels, Labels]:
    """The names of each operand's dimensions, of the result's, and of those that are summed. Dimensions behind an
    ellipsis are named by their distance from the last of them, so that they broadcast."""
    left, arrow, right = equation.partition("->")
    terms, offset, covered = [], 0, 0
    for k, term in enumerate(left.split(",")):
        if k >= len(ndims):
            raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
        labels = _labels(term, offset, f"operand {k}")
        offset += len(term) + 1
        rest = ndims[k] - len([x for x in labels if x != _ELLIPSIS])
        if rest < 0 or (rest and _ELLIPSIS not in labels):
            more = "" if _ELLIPSIS in labels else " and no ellipsis was given"
            which = "is more than the number of dimensions" if more == "" else "does not match the number of dimensions"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(labels) - (not more)}) {which} ({ndims[k]}) "
                f"for operand {k}{more}"
            )
        covered = max(covered, rest if _ELLIPSIS in labels else 0)
        terms.append(_expanded(labels, rest))
    if len(terms) < len(ndims):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    every = [x for t in terms for x in t]
    if arrow:
        shown = _labels(right, offset + 1, "output")
        out = _expanded(shown, covered)
    else:
        single = sorted(x for x in set(every) if every.count(x) == 1 and x in _LETTERS)
        out = (*_expanded([_ELLIPSIS], covered), *single)
    for x in out:
        if out.count(x) > 1:
            raise RuntimeError(f"einsum(): output subscript {x} appears more than once in the output")
        if x not in every:
            raise RuntimeError(f"einsum(): output subscript {x} does not appear in the equation for any input operand")
    return tuple(terms), out, tuple(dict.fromkeys(x for x in every if x not in out))


def _expanded(labels: Sequence[str], rest: int) -> Labels:
    hidden = [f".{d}" for d in range(rest, 0, -1)]
    return tuple(y for x in labels for y in (hidden if x == _ELLIPSIS else [x]))


@lru_cache(512)
def _read(equation: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[Labels, ...], Labels, Labels]:
    """``_parse`` for operands of these shapes, which have to agree."""
    parsed = _parse(equation, tuple(map(len, shapes)))
    sizes: dict[str, int] = {}
    for k, (shape, labels) in enumerate(zip(shapes, parsed[0], strict=True)):
        own: dict[str, int] = {}
        for name, n in zip(labels, shape, strict=True):
            if own.setdefault(name, n) != n:
                raise RuntimeError(
                    f"einsum(): subscript {name} is repeated for operand {k} but the sizes don't match, "
                    f"{n} != {own[name]}"
                )
            seen = sizes.get(name, 1)
            if seen != n and 1 not in (seen, n):
                shown = "dimension covered by an ellipsis" if name[0] == "." else f"subscript {name}"
                raise RuntimeError(
                    f"einsum(): {shown} has size {n} for operand {k} which does not broadcast with previously seen "
                    f"size {seen}"
                )
            sizes[name] = n if seen == 1 else seen
    return parsed


@lru_cache(512)
def _arrangement(labels: Labels, order: Labels) -> tuple[list[tuple[int, int]], tuple[int, ...], list[int]]:
    """Pairs of dimensions to take the diagonal of, one after the other; how to permute what is left; where a dimension
    of size 1 is missing."""
    names, pairs = list(labels), []
    for name in dict.fromkeys(labels):
        while names.count(name) > 1:
            i = names.index(name)
            j = names.index(name, i + 1)
            pairs.append((i, j))
            names = [n for k, n in enumerate(names) if k not in (i, j)] + [name]
    dims = tuple(names.index(n) for n in order if n in names)
    return pairs, dims, [d for d, n in enumerate(order) if n not in names]


def _seen_as(x: Any, labels: Labels, order: Labels) -> Any:
    """A view of an operand with dimensions in ``order``, of size 1 where it has none of a name."""
    pairs, dims, missing = _arrangement(labels, order)
    for i, j in pairs:
        x = diagonal(x, 0, i, j)
    x = permute(x, dims)
    if not missing:
        return x
    shape = list(x.shape)
    for d in missing:
        shape.insert(d, 1)
    return reshape(x, tuple(shape))


@lru_cache(512)
def _layout(p: tuple[int, ...], q: tuple[int, ...], over: tuple[int, ...]) -> tuple[Any, ...]:
    """How two operands of the same number of dimensions become batches of matrices: what only one of them sums over,
    whether they change places, the orders of their dimensions, the matrices' shapes, and the way back."""
    alone = tuple(d for d in over if p[d] != 1 and q[d] == 1), tuple(d for d in over if q[d] != 1 and p[d] == 1)
    free = [d for d in range(len(p)) if d not in over]
    both = [d for d in free if p[d] != 1 and q[d] != 1]
    left = [d for d in free if p[d] != 1 and q[d] == 1]
    right = [d for d in free if p[d] == 1]
    turn = bool(left) and any(q[d] != 1 and d < left[0] for d in right)  # so that the result is row-major
    if turn:
        p, q = q, p
        left, right = [d for d in free if p[d] != 1 and q[d] == 1], [d for d in free if p[d] == 1]
    first, second = (*both, *left, *over, *right), (*both, *over, *right, *left)
    batch, rows, columns = [p[d] for d in both], [p[d] for d in left], [q[d] for d in right]
    n, m = math.prod(batch), math.prod(columns)
    k = math.prod(p[d] for d in over if d not in alone[0] and d not in alone[1])
    shapes = (n, math.prod(rows), k), (n, k, m), (*batch, *rows, *[1] * len(over), *columns)
    back = tuple(first.index(d) for d in range(len(p)))
    return alone, turn, first, second, shapes, back


def _pair(a: Any, b: Any, over: tuple[int, ...]) -> Any:
    """The product of two operands, summed over some dimensions, which stay with size 1."""
    if not over:
        return a * b
    alone, turn, first, second, shapes, back = _layout(tuple(a.shape), tuple(b.shape), over)
    a = sum_(a, alone[0], True) if alone[0] else a
    b = sum_(b, alone[1], True) if alone[1] else b
    if turn:
        a, b = b, a
    made = bmm(reshape(permute(a, first), shapes[0]), reshape(permute(b, second), shapes[1]))
    return permute(reshape(made, shapes[2]), back)


def _from_lists(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])`` as an equation."""
    operands = list(args[: len(args) // 2 * 2 : 2])
    lists = [*args[1::2], args[-1]] if len(args) % 2 else list(args[1::2])
    texts = []
    for names in lists:
        text = ""
        for n in names:
            if n is Ellipsis:
                text += "..."
            elif is_int(n) and 0 <= n < 52:
                text += _LETTERS[n]
            elif is_int(n):
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
            else:
                raise ValueError(
                    "einsum(): unexpected type in subscript list, expected an integer or an Ellipsis, not "
                    + type_name(n)
                )
        texts.append(text)
    if len(args) % 2:
        return ",".join(texts[:-1]) + "->" + texts[-1], operands
    return ",".join(texts), operands


def _einsum(*args: Any) -> Tensor:
    """爱因斯坦求和 / Products of tensors whose dimensions have names, summed over the names that the result has not.

    ``einsum("bij,bjk->bik", x, y)``; ``...`` stands for further dimensions, a name that an operand repeats for its
    diagonal. Without an arrow the result has the names that occur once, in alphabetical order. Or with numbers for
    names: ``einsum(x, [0, 1], y, [1, 2], [0, 2])``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, operands = (args[0], list(args[1:])) if isinstance(args[0], str) else _from_lists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    for i, x in enumerate(operands):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type_name(x)}")
    terms, out, summed = _read(equation, tuple([x._array.shape for x in operands]))
    order, n = out + summed, len(out)
    if len(operands) == 1:
        if not summed:
            return _seen_as(operands[0], terms[0], order)
        seen = as_tensor(_seen_as(unrecorded(*operands)[0], terms[0], order))
        return sum_.record((seen,), {"dim": tuple(range(n, len(order))), "keepdim": False, "dtype": None})
    views = [_seen_as(x, labels, order) for x, labels in zip(unrecorded(*operands), terms, strict=True)]
    made = views[0]
    token = quiet_set(QUIET)
    try:
        for k, x in enumerate(views[1:], 1):
            later = terms[k + 1 :]
            over = [d for d in range(n, len(order)) if made.shape[d] != 1 or x.shape[d] != 1]
            made = _pair(made, x, tuple(d for d in over if all(order[d] not in t for t in later)))
    finally:
        quiet_reset(token)
    made = as_tensor(made)
    return made.view(made.shape[:n]) if summed else made


publish("einsum", _einsum, method=False)
