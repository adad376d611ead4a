"""What an op's attributes may be: one kind a parameter, written in the kernel's signature. 参数的检查与规范化。

``def sum(x, dim: Dims = None, keepdim: Flag = False)`` says how ``dim`` is checked and normalised; the kernel then sees
non-negative ints. Every message names the function, the argument, what was given and what is wanted.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Annotated, Any

from tidu import _dtypes


class Kind:
    """How one argument is checked. ``ndim`` is the rank of the op's first operand."""

    variadic = False
    is_tensor = False  # whether the value is a tensor's array
    saved = False  # whether PyTorch saves a tensor for it, which is freed after backward
    wanted = "a value"
    hint = "Any"  # the type, as a signature shows it

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        raise NotImplementedError

    def error(self, value: Any, function: str, name: str, position: int) -> TypeError:
        where = f" (position {position})" if position else ""
        return TypeError(f"{function}(): argument '{name}'{where} must be {self.wanted}, not {type_name(value)}")


HEAP_TYPE = 1 << 9  # CPython's flag of classes that a class statement made


def type_name(value: Any) -> str:
    """A value's type as error messages name it."""
    if isinstance(value, (tuple, list)) and value:
        return f"{type(value).__name__} of {type(value[0]).__name__}s"
    kind = type(value)
    # A class written in C has its module in its name, as NumPy's have.
    if kind.__flags__ & HEAP_TYPE or kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"


def is_int(value: Any) -> bool:
    """Ints, NumPy ints and integer 0-d tensors: whatever has ``__index__``, bool excepted."""
    if type(value) is int:
        return True
    if isinstance(value, (bool, float, str)):
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


_PLAIN = {int, str, type(None)}
COMPARABLE = {*_PLAIN, bool, _dtypes.dtype}
_INT = {int}


def plain(options: Sequence[Any], kinds: set[type] = _PLAIN) -> bool:
    """Whether options may be a key under which to remember what was made of them: True is equal to 1, but is no int.

    ``COMPARABLE`` are the ``kinds`` of a key that has the options' types beside them.
    """
    for v in options:
        if type(v) not in kinds and not (type(v) is tuple and _INT.issuperset(map(type, v))):
            return False
    return True


def wrap_dim(dim: int, ndim: int, function: str, name: str = "dim") -> int:
    """``dim`` as a non-negative index; ``IndexError`` outside ``[-ndim, ndim - 1]``."""
    n = ndim or 1
    if not -n <= dim < n:
        raise IndexError(
            f"{function}(): argument '{name}': Dimension out of range (expected to be in range of [{-n}, {n - 1}], "
            f"but got {dim})"
        )
    return dim % n if ndim else 0


class _Dim(Kind):
    wanted = hint = "int"
    extra = 0

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> int:
        n = ndim + self.extra
        if type(value) is int and -n <= value < n:  # nearly always
            return value % n
        if not is_int(value):
            raise self.error(value, function, name, position)
        return wrap_dim(operator.index(value), n, function, name)


class _NewDim(_Dim):
    extra = 1


class _OptionalDim(_Dim):
    wanted = "int or None"
    hint = "int | None"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> int | None:  # type: ignore[override]
        return None if value is None else super().parse(value, function, name, position, ndim)


class _Dims(Kind):
    """None, an int, or several: a tuple of distinct non-negative dims, or None for all."""

    wanted = "int, tuple of ints or None"
    hint = "int | Sequence[int] | None"
    distinct = True

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> tuple[int, ...] | None:
        if value is None:
            return None
        if is_int(value):
            return (wrap_dim(operator.index(value), ndim, function, name),)
        if not isinstance(value, (tuple, list)) or not all(map(is_int, value)):
            raise self.error(value, function, name, position)
        dims = tuple(wrap_dim(operator.index(d), ndim, function, name) for d in value)
        for i, d in enumerate(dims):
            if self.distinct and d in dims[:i]:
                raise RuntimeError(
                    f"{function}(): duplicate dims are not allowed."
                    if function == "permute"
                    else f"{function}(): argument '{name}': dim {d} appears multiple times in the list of dims"
                )
        return dims


class _AnyDims(_Dims):
    distinct = False


class _VarDims(_Dims):
    """Also one by one: ``x.permute(1, 0)``."""

    variadic = True
    wanted = "tuple of ints"
    hint = "int"


class _Order(_VarDims):
    """One for each dimension of the tensor."""

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> tuple[int, ...] | None:
        given = 1 if is_int(value) else len(value) if isinstance(value, (tuple, list)) else ndim
        if given != ndim:
            raise RuntimeError(
                f"{function}(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                f"desired ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {given}"
            )
        return super().parse(value, function, name, position, ndim)


class _ReduceDims(_Dims):
    """As ``Dims``; None and an empty tuple mean all, as in PyTorch's reductions. Only a default is None."""

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> tuple[int, ...]:
        dims = super().parse(value, function, name, position, ndim)
        return dims if dims and ndim else tuple(range(ndim))


class _Ints(Kind):
    wanted = "tuple of ints"
    hint = "int | Sequence[int]"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> tuple[int, ...]:
        if is_int(value):
            return (operator.index(value),)
        if not isinstance(value, (tuple, list)) or not all(map(is_int, value)):
            raise self.error(value, function, name, position)
        return tuple(map(operator.index, value))

    def error(self, value: Any, function: str, name: str, position: int) -> TypeError:
        if not isinstance(value, (tuple, list)):
            return super().error(value, function, name, position)
        at, kind = next((i, type(v).__name__) for i, v in enumerate(value) if not is_int(v))
        if at:
            return TypeError(
                f"{function}(): argument '{name}' failed to unpack the object at pos {at + 1} with error "
                f'"type must be {self.wanted},but got {kind}"'
            )
        where = f" (position {position})" if position else ""
        return TypeError(
            f"{function}(): argument '{name}'{where} must be {self.wanted}, but found element of type {kind} at pos 0"
        )


class _VarInts(_Ints):
    """Also one by one: ``x.view(2, 3)``."""

    variadic = True
    hint = "int"


class _Int(Kind):
    wanted = hint = "int"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> int:
        if not is_int(value):
            raise self.error(value, function, name, position)
        return operator.index(value)


class _Number(Kind):
    wanted = "Number"
    hint = "float"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        if isinstance(value, (bool, int, float, complex)):
            return value
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
            return value.item()
        raise self.error(value, function, name, position)


class _OptionalNumber(_Number):
    wanted = "Number or None"
    hint = "float | None"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        return None if value is None else super().parse(value, function, name, position, ndim)


class _Flag(Kind):
    wanted = hint = "bool"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> bool:
        if isinstance(value, bool):
            return value
        if is_int(value) and operator.index(value) in (0, 1):
            return bool(value)
        raise self.error(value, function, name, position)


class _DType(Kind):
    wanted = "torch.dtype"
    hint = "dtype | None"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        return None if value is None else _dtypes.parse(value, function, name)


class _Str(Kind):
    wanted = "str or None"
    hint = "str | None"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> str | None:
        if value is None or isinstance(value, str):
            return value
        raise self.error(value, function, name, position)


class _As(Kind):
    """Taken as it is: the op itself looks at it."""

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> Any:
        return value


class _Places(_As):
    """Taken as it is: what says where elements are, for which PyTorch saves a tensor."""

    saved = True


Dim = Annotated[int, _Dim()]
NewDim = Annotated[int, _NewDim()]
OptionalDim = Annotated[int | None, _OptionalDim()]
Dims = Annotated[tuple[int, ...] | None, _Dims()]
AnyDims = Annotated[tuple[int, ...] | None, _AnyDims()]
ReduceDims = Annotated[tuple[int, ...] | None, _ReduceDims()]
Order = Annotated[tuple[int, ...], _Order()]
VarDims = Annotated[tuple[int, ...], _VarDims()]
Ints = Annotated[tuple[int, ...], _Ints()]
VarInts = Annotated[tuple[int, ...], _VarInts()]
Int = Annotated[int, _Int()]
Number = Annotated[float, _Number()]
OptionalNumber = Annotated[float | None, _OptionalNumber()]
Flag = Annotated[bool, _Flag()]
DType = Annotated[Any, _DType()]
Str = Annotated[str | None, _Str()]
As = Annotated[Any, _As()]
Places = Annotated[Any, _Places()]


def kind_of(annotation: Any) -> Kind:
    """The ``Kind`` that a parameter's annotation carries."""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, Kind):
            return item
    return _As()


def shape_of(sizes: tuple[Any, ...], function: str, name: str = "size") -> tuple[int, ...]:
    """``f(2, 3)``, ``f((2, 3))`` and ``f(Size)`` alike; every size must be a non-negative int. 形状参数。"""
    kind = _Ints()
    value = sizes[0] if len(sizes) == 1 and not is_int(sizes[0]) else sizes
    shape = kind.parse(value, function, name, 1, 0)
    for n in shape:
        if n < 0:
            raise RuntimeError(
                f"{function}(): argument '{name}': Trying to create tensor with negative dimension {n}: {list(shape)}"
            )
    return shape
