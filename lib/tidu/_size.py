"""The shape of a tensor. 张量的形状。"""

from __future__ import annotations

import operator
from typing import Any

from tidu._naming import Named


class Size(tuple[int, ...], metaclass=Named):
    """The shape of a tensor: a tuple of ints that knows its product. 张量的形状。"""

    __slots__ = ()
    _shown = "torch.Size"

    def __new__(cls, sizes: Any = ()) -> Size:
        items = []
        for i, n in enumerate(sizes):
            if not hasattr(n, "__index__") or isinstance(n, bool):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{type(n).__name__}')")
            items.append(operator.index(n))
        return tuple.__new__(cls, items)

    def numel(self) -> int:
        """Number of elements of a tensor of this shape. 元素个数。"""
        n = 1
        for size in self:
            n *= size
        return n

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index: Any) -> Any:
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other: tuple[int, ...]) -> Size:  # type: ignore[override]
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: tuple[int, ...]) -> Size:
        return Size((*other, *self))

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, ...]:
        return Size, (tuple(self),)
