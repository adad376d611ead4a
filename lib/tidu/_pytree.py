"""Nested containers, taken apart and put together again: what transforms are given and give back. 嵌套容器的拆与合。

A tree is made of tuples, lists, dicts, named tuples and their like; everything else is a leaf, None too, as in PyTorch.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_DICTS = (dict, OrderedDict)


class Spec:
    """The shape of a tree without its leaves. 树的结构。

    ``kind``      type of the container, None for a leaf
    ``context``   what it takes to make one, beside its children: keys, default, class
    """

    __slots__ = ("kind", "context", "children", "count")

    def __init__(self, kind: type | None, context: Any = None, children: tuple[Spec, ...] = ()) -> None:
        self.kind, self.context, self.children = kind, context, children
        self.count: int = 1 if kind is None else sum([c.count for c in children])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spec) or self.kind is not other.kind:
            return False
        return self.kind is None or (self.context == other.context and self.children == other.children)

    def __hash__(self) -> int:
        return hash((self.kind, self.count))

    def build(self, leaves: Iterable[Any]) -> Any:
        """The tree of this shape with these leaves, in order."""
        return self._take(iter(leaves))

    def _take(self, leaves: Iterator[Any]) -> Any:
        kind = self.kind
        if kind is None:
            return next(leaves)
        made = [c._take(leaves) for c in self.children]
        if kind in _DICTS:
            return kind(zip(self.context, made, strict=True))
        if kind is defaultdict:
            return defaultdict(self.context[0], zip(self.context[1], made, strict=True))
        if kind is deque:
            return deque(made, maxlen=self.context)
        if hasattr(kind, "_fields"):
            return kind(*made)
        return kind(made)

    def plain(self) -> str:
        """As a message shows it: ``(*, {'a': *})``."""
        return repr(self.build([_Star()] * self.count))

    def _shown(self, indent: int) -> str:
        if self.kind is None:
            return "*"
        context = self.context
        name = self.kind.__name__
        if hasattr(self.kind, "_fields"):
            name, context = "namedtuple", self.kind
        elif self.kind is defaultdict:
            context = list(context)
        inner = ",\n".join([" " * (indent * bool(i)) + c._shown(indent + 2) for i, c in enumerate(self.children)])
        return f"TreeSpec({name}, {context}, [{inner}])"

    def __repr__(self) -> str:
        return self._shown(2)


class _Star:
    def __repr__(self) -> str:
        return "*"


LEAF = Spec(None)


def _children(tree: Any) -> tuple[Any, Any] | None:
    """The context and the children of a container, None for a leaf."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return None, tree
    if kind in _DICTS:
        return list(tree), tree.values()
    if kind is defaultdict:
        return (tree.default_factory, list(tree)), tree.values()
    if kind is deque:
        return tree.maxlen, tree
    if isinstance(tree, tuple):  # with names, or one of ours: a shape, several results
        return None, tree
    return None


def flatten(tree: Any) -> tuple[list[Any], Spec]:
    """The leaves of a tree, and its shape. 取出全部叶子。"""
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Any, leaves: list[Any]) -> Spec:
    found = _children(tree)
    if found is None:
        leaves.append(tree)
        return LEAF
    return Spec(type(tree), found[0], tuple([_flatten(c, leaves) for c in found[1]]))


def leaves_of(tree: Any) -> list[Any]:
    """The leaves alone. 叶子。"""
    return flatten(tree)[0]


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree of what ``function`` makes of each leaf. 对每个叶子作用。"""
    leaves, spec = flatten(tree)
    return spec.build(map(function, leaves))
