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
from tidu._define import publish
from tidu._tensor import Tensor
from tidu.ops.linalg import bmm
from tidu.ops.view import diagonal, permute

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


@lru_cache(512)
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


def _check_sizes(operands: Sequence[Tensor], terms: Sequence[Labels]) -> None:
    sizes: dict[str, int] = {}
    for k, (x, labels) in enumerate(zip(operands, terms, strict=True)):
        own: dict[str, int] = {}
        for name, n in zip(labels, x.shape, strict=True):
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


def _seen_as(x: Any, labels: Labels, order: Labels) -> Any:
    """A view of an operand with dimensions in ``order``, of size 1 where it has none of a name."""
    names = list(labels)
    for name in dict.fromkeys(labels):
        while names.count(name) > 1:
            i = names.index(name)
            j = names.index(name, i + 1)
            x = diagonal.record((x,), {"offset": 0, "dim1": i, "dim2": j})
            names = [n for k, n in enumerate(names) if k not in (i, j)] + [name]
    x = permute.record((x,), {"dims": tuple(names.index(n) for n in order if n in names)})
    if len(names) == len(order):
        return x
    sizes = iter(x.shape)
    return x.reshape([next(sizes) if n in names else 1 for n in order])


def _pair(a: Any, b: Any, over: set[int]) -> Any:
    """The product of two operands, summed over some dimensions, which stay with size 1."""
    if not over:
        return a * b
    p, q = a.shape, b.shape
    alone = [[d for d in sorted(over) if s[d] != 1 and o[d] == 1] for s, o in ((p, q), (q, p))]
    a = a.sum(alone[0], keepdim=True) if alone[0] else a
    b = b.sum(alone[1], keepdim=True) if alone[1] else b
    free = [d for d in range(a.ndim) if d not in over]
    both = [d for d in free if p[d] != 1 and q[d] != 1]
    left = [d for d in free if p[d] != 1 and q[d] == 1]
    right = [d for d in free if p[d] == 1]
    if left and right and any(q[d] != 1 for d in right) and min(d for d in right if q[d] != 1) < min(left):
        a, b, p, q = b, a, q, p  # so that the result is row-major
        left = [d for d in free if p[d] != 1 and q[d] == 1]
        right = [d for d in free if p[d] == 1]
    summed = sorted(over)
    size = lambda s, dims: math.prod(s[d] for d in dims)  # noqa: E731
    batch, n, k, m = size(p, both), size(p, left), size(a.shape, summed), size(q, right)
    x = a.permute(*both, *left, *summed, *right).reshape(batch, n, k)
    y = b.permute(*both, *summed, *right, *left).reshape(batch, k, m)
    order = (*both, *left, *summed, *right)
    shape = [p[d] for d in (*both, *left)] + [1] * len(summed) + [q[d] for d in right]
    made = bmm.record((x, y), {}).reshape(shape)
    return made.permute(*[order.index(d) for d in range(len(order))])


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
    terms, out, summed = _parse(equation, tuple(x.ndim for x in operands))
    _check_sizes(operands, terms)
    order, n = out + summed, len(out)
    views = [_seen_as(x, labels, order) for x, labels in zip(operands, terms, strict=True)]
    made = views[0]
    for k, x in enumerate(views[1:], 1):
        over = {d for d in range(n, len(order)) if all(order[d] not in t for t in terms[k + 1 :])}
        made = _pair(made, x, {d for d in over if made.shape[d] != 1 or x.shape[d] != 1})
    if len(views) > 1:
        return made.reshape(made.shape[:n]) if summed else made
    return made.sum(list(range(n, len(order)))) if summed else made


publish("einsum", _einsum, method=False)
