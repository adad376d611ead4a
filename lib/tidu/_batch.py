"""Batches: calls on one example, carried out on all of them at once. 批处理：对一个样本的调用在整批上执行。

Inside ``vmap`` a tensor is *logical*: it looks like one example and carries, where others carry a tangent, a ``Batch``:
the *physical* tensor of all examples, and which of its dimensions counts them. A call on logical operands is carried
out on the physical ones, by the op's rule in ``RULES`` or else example by example (``each``), so that history and
tangents are recorded of physical tensors alone. A physical tensor may itself be logical, of a ``vmap`` further out.

The array of a logical tensor is an ``Outline``: a shape, a dtype and strides, and no values. Whatever reads values
is refused, so that nothing computes with wrong ones: a function that has to is called once an example
(``_define.by_example``).

The rules stand in ``ops/batching*.py`` and are loaded with ``vmap``.

``lift``      a tensor as a logical one of every active level, whatever it was
``physical``  the tensor of all examples, levels in front from the outermost in, of a lifted one
``logical``   the way back
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._inplace import run
from tidu._modes import Rider, modes
from tidu._operands import check_castable
from tidu._registry import FUNCTIONS, OPS
from tidu._tensor import Tensor, blank


class Level:
    """One ``vmap`` that runs: its number from 1 on, how many examples, and what random functions are to do."""

    __slots__ = ("number", "size", "randomness", "ended")

    def __init__(self, number: int, size: int, randomness: str) -> None:
        self.number, self.size, self.randomness, self.ended = number, size, randomness, False

    def draw(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A function that draws random numbers, called while this level is the innermost (``_define.drawing``)."""
        rule = DRAWING_RULES[name.removeprefix("_")]
        return rule(self, function, args, kwargs)


class levels:
    """``with levels(size, randomness) as level``: one more, further in. 进入一层 vmap。"""

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.level = Level(len(modes.levels) + 1, size, randomness)

    def __enter__(self) -> Level:
        modes.levels = (*modes.levels, self.level)
        Rider.used += 1
        return self.level

    def __exit__(self, *exc: object) -> None:
        modes.levels, self.level.ended = modes.levels[:-1], True
        Rider.used -= 1


class beside:
    """``with beside(size) as level``: a level that no tensor is lifted to: of tangents alone, or of gradients.

    With the randomness "error" nothing inside may draw numbers; else they are the same for all.
    """

    def __init__(self, size: int, randomness: str = "same") -> None:
        self.level = Level(len(modes.levels) + 1, size, randomness)

    def __enter__(self) -> Level:
        self.before = modes.refusing
        if self.level.randomness == "error":
            modes.refusing = (*modes.refusing, self.level)
        Rider.used += 1
        return self.level

    def __exit__(self, *exc: object) -> None:
        modes.refusing, self.level.ended = self.before, True
        Rider.used -= 1


_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, "
    "please try to rewrite what you're doing with other operations."
)
_POINTER = "Cannot access data pointer of Tensor that doesn't have storage: it is a batch of examples"


_CREATORS = (np.asarray, np.array, np.arange, np.zeros, np.ones, np.empty, np.full, np.eye)


class _Flags:
    """What ``array.flags`` says of the order in memory."""

    def __init__(self, c_contiguous: bool) -> None:
        self.c_contiguous, self.writeable = c_contiguous, True


class Outline:
    """An array with a shape and no values: what is seen of one example of a batch."""

    __slots__ = ("shape", "dtype", "ndim", "size", "_tangent")

    def __init__(self, batch: Batch) -> None:
        whole, dim = batch.value._array, batch.dim
        self.shape = shape = whole.shape[:dim] + whole.shape[dim + 1 :]
        self.dtype, self.ndim = whole.dtype, whole.ndim - 1
        size = 1
        for n in shape:
            size *= n
        self.size = size
        self._tangent = batch  # of an array among attributes: ``Rider.among`` looks there

    @property
    def strides(self) -> tuple[int, ...]:
        dim, strides = self._tangent.dim, self._tangent.value._array.strides
        return strides[:dim] + strides[dim + 1 :]

    @property
    def flags(self) -> _Flags:
        step = self.itemsize
        for n, s in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1 and s != step and self.size:
                return _Flags(False)
            step *= n
        return _Flags(True)

    @property
    def itemsize(self) -> int:
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def device(self) -> Any:
        return getattr(self._tangent.value._array, "device", "cpu")

    def astype(self, dtype: Any, **_: Any) -> Outline:
        """The examples in another dtype, as an index is wanted in int64."""
        batch = self._tangent
        return Outline(Batch(batch.level, batch.value.to(_dtypes.of(np.dtype(dtype))), batch.dim))

    def reshape(self, *shape: int) -> Outline:
        """The examples in another shape, as a vector is wanted of an index without dimensions."""
        batch = self._tangent
        return Outline(Batch(batch.level, batch.front().reshape(batch.level.size, *shape), 0))

    def swapaxes(self, first: int, second: int) -> Outline:
        """The examples, two of their dimensions exchanged."""
        batch = self._tangent
        d, e = (n % self.ndim + 1 for n in (first, second))
        return Outline(Batch(batch.level, batch.front().transpose(d, e), 0))

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        self._tangent.check_alive()
        raise RuntimeError("vmap: this function reads the values of a tensor, and a batch of examples has several")

    __array__ = __array_ufunc__ = __getitem__ = __setitem__ = _refuse

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _CREATORS and not any(type(a) is Outline for a in args):  # ``like=``: on the same device
            return function(*args, **kwargs, like=self._tangent.value._array)
        return self._refuse()

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __iter__ = __index__ = _refuse
    __hash__ = object.__hash__

    def item(self) -> Any:
        raise RuntimeError(_ITEM)

    def __bool__(self) -> bool:
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
            "support that yet."
        )

    def tolist(self) -> Any:
        raise RuntimeError(_POINTER)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"'Outline' object has no attribute '{name}'")
        if name == "data":
            raise RuntimeError(_POINTER)
        return self._refuse()


class Batch(Rider):
    """What a logical tensor carries: the tensor of all examples, and which dimension of it counts them."""

    __slots__ = ("level", "value", "dim", "moved")

    def __init__(self, level: Level, value: Tensor, dim: int) -> None:
        self.level, self.value, self.dim = level, value, dim
        self.moved: Tensor | None = None if dim else value

    @property
    def rank(self) -> int:  # type: ignore[override]
        return self.level.number

    def front(self) -> Tensor:
        """The physical tensor with the examples along its first dimension: itself, or a view."""
        if self.moved is None:
            order = (self.dim, *[d for d in range(self.value._array.ndim) if d != self.dim])
            self.moved = OPS["permute"](self.value, dims=order)
        return self.moved

    def check_alive(self) -> None:
        """``RuntimeError`` once the function has ended that the tensor was made in."""
        if self.level.ended:
            raise RuntimeError(
                "Either your tensor may have escaped from inside a function being vmapped and this is a user error, or "
                "there is an error in tidu"
            )

    def call(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        self.check_alive()
        if op.name in EXPANDED:
            return EXPANDED[op.name](*args, **attrs)
        values, batched = self.fronts(args)
        rule = RULES.get(op.name) or (aligned if op.elementwise else None)
        if rule is None or (not getattr(rule, "takes_attrs", False) and Rider.among((), attrs.values())):
            rule = each
        return self.wrapped(rule(op, self.level, values, batched, attrs))

    def write(self, op: Any, x: Tensor, rest: Sequence[Any], attrs: dict[str, Any], watched: Any) -> Tensor:
        """The call written into ``x``, whose memory has to have a place for each example."""
        if not self.has(x):
            raise unwritable(f"{op.name}_")
        (target, *_), batched = self.fronts([x, *rest])
        alone = op.name not in RULES or not any(isinstance(a, Tensor) for a in rest)
        if (op.elementwise and alone or RULES.get(op.name) is direct) and not Rider.among((), attrs.values()):
            others = padded(op, [target, *self.fronts(rest)[0]], batched)[1:]
            if all(not isinstance(a, Tensor) or a._array.ndim <= target._array.ndim for a in others):
                run(op, target, others, attrs)
                return x
        result = op.record([x, *rest], attrs)
        if result._array.shape != x._array.shape:
            raise RuntimeError(
                f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(result.shape)}"
            )
        check_castable(result._array.dtype, x._array.dtype)
        target.copy_(self.fronts([result])[0][0])
        return x

    def forbid(self, what: str) -> None:
        if what == "data":
            raise RuntimeError("accessing `data` under vmap transform is not allowed")
        raise RuntimeError(
            f"You are attempting to call Tensor.{what} (or perhaps using torch.autograd.functional.* APIs) inside of a "
            "function being transformed by a functorch transform. This is unsupported, please attempt to use the "
            f"functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call {what[:-2]}() outside of a "
            "function being transformed instead."
        )

    def shown(self) -> str:
        """As PyTorch prints one: the batch as it is."""
        value = repr(self.value).replace("\n", "\n    ")
        return f"BatchedTensor(lvl={self.rank}, bdim={self.dim}, value=\n    {value}\n)"

    def call_function(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What a public function gives that reads values (``_define.by_example``)."""
        rule = FUNCTION_RULES.get(name.removeprefix("_")) or each_call
        return rule(self, function, args, kwargs)

    def has(self, a: Any) -> bool:
        """Whether ``a`` is a batch of this level."""
        carried = getattr(a, "_tangent", None)
        return type(carried) is Batch and carried.level is self.level

    def fronts(self, args: Sequence[Any]) -> tuple[list[Any], list[bool]]:
        """Operands as physical tensors with the examples in front, and which of them have any."""
        batched = [self.has(a) for a in args]
        return [a._tangent.front() if b else a for a, b in zip(args, batched, strict=True)], batched

    def wrapped(self, result: Any) -> Any:
        """A physical result, or several, as logical tensors."""
        if isinstance(result, Tensor):
            return batch(self.level, result)
        return type(result)([batch(self.level, r) for r in result])


def unwritable(name: str) -> RuntimeError:
    return RuntimeError(
        f"vmap: {name}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has "
        "more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over "
        f"in a vmap. Please try to use out-of-place operators instead of {name}. If said operator is being called "
        "inside the PyTorch framework, please file a bug report."
    )


def batch(level: Level, value: Tensor, dim: int = 0) -> Tensor:
    """The logical tensor of a physical one."""
    out = blank()
    out._tangent = carried = Batch(level, value, dim)  # type: ignore[assignment]
    out._array = Outline(carried)
    out._node = out._storage = out._view = None
    out._requires_grad = False
    return out


Rule = Callable[..., Any]  # (op, level, physical operands, which are batched, attrs) -> physical result or results
RULES: dict[str, Rule] = {}  # of the ops that have a rule of their own
EXPANDED: dict[str, Callable[..., Any]] = {}  # of ops that are carried out by others: of the logical operands
DRAWING_RULES: dict[str, Rule] = {}  # of functions that draw: (the innermost level, function, args, kwargs) -> result
FUNCTION_RULES: dict[str, Rule] = {}  # of functions: (the batch that leads, function, args, kwargs) -> result


def padded(op: Any, args: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """Operands of an elementwise op so that they broadcast as one example's do.

    Of which dtype the result is, one example's number of dimensions decides: what has none is cast beforehand.
    """
    ndims = [a._array.ndim - b if isinstance(a, Tensor) else 0 for a, b in zip(args, batched, strict=True)]
    most = max(ndims)
    out = list(args)
    if op.dtype and len({a._array.dtype for a in args if isinstance(a, Tensor)}) > 1:
        seen = [_Seen(a._array.dtype, n) if isinstance(a, Tensor) else a for a, n in zip(args, ndims, strict=True)]
        target = _dtypes.result_type([seen[i] for i in op.promote if args[i] is not None])
        whole = [a._array if isinstance(a, Tensor) else a for a in args]
        if target != _dtypes.result_type([whole[i] for i in op.promote if args[i] is not None]):
            out = [a.to(_dtypes.of(target)) if isinstance(a, Tensor) and i in op.promote else a
                   for i, a in enumerate(args)]  # fmt: skip
    for i, (b, n) in enumerate(zip(batched, ndims, strict=True)):
        if b and n < most:
            a = out[i]
            out[i] = a.reshape(a._array.shape[:1] + (1,) * (most - n) + a._array.shape[1:])
    return out


class _Seen:
    """What decides about the dtype of a result: an operand's dtype and number of dimensions."""

    def __init__(self, dtype: Any, ndim: int) -> None:
        self.dtype, self.ndim = dtype, ndim


def aligned(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of elementwise ops."""
    return op.record(padded(op, args, batched) if len(args) > 1 else args, attrs)


def direct(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of ops that take any dimensions in front."""
    return op.record(args, attrs)


def each(op: Any, level: Level, args: Sequence[Any], batched: Sequence[bool], attrs: dict[str, Any]) -> Any:
    """The rule of ops that have none: one example after the other, and their results stacked."""
    rows = [FUNCTIONS["unbind"](a) if b else None for a, b in zip(args, batched, strict=True)]
    picks = {k: _rows(v, level) for k, v in attrs.items()}
    if not level.size:
        empty = [FUNCTIONS["zeros"](a._array.shape[1:], dtype=a.dtype) if b else a
                 for a, b in zip(args, batched, strict=True)]  # fmt: skip
        return _stacked([op.record(empty, {k: p(None) for k, p in picks.items()})], 0)
    found = []
    for i in range(level.size):
        operands = [a if r is None else r[i] for a, r in zip(args, rows, strict=True)]
        found.append(op.record(operands, {k: p(i) for k, p in picks.items()}))
    return _stacked(found, level.size)


def _rows(value: Any, level: Level) -> Callable[[int | None], Any]:
    """Of an attribute, what it is to example ``i``; to none, zeros."""
    if type(value) is tuple:
        parts = [_rows(v, level) for v in value]
        return lambda i: tuple([p(i) for p in parts])
    carried = getattr(value, "_tangent", None)
    if type(carried) is not Batch or carried.level is not level:
        return lambda i: value
    front = carried.front()
    if not level.size:
        return lambda i: np.zeros(front._array.shape[1:], front._array.dtype)
    rows = FUNCTIONS["unbind"](front)
    return (lambda i: rows[i]._array) if type(value) is Outline else lambda i: rows[i]


def _stacked(found: Sequence[Any], size: int) -> Any:
    """Results of the examples as one; of no example, what one would give, none of it."""
    first = found[0]
    if isinstance(first, (tuple, list)):
        parts = [_stacked([f[k] for f in found], size) for k in range(len(first))]
        return type(first)(parts)
    if not isinstance(first, Tensor):
        return first
    return FUNCTIONS["stack"](found) if size else FUNCTIONS["zeros"]((0, *first._array.shape), dtype=first.dtype)


def each_call(rider: Batch, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of one example after the other, and what it returns stacked."""
    level = rider.level
    in_place = function.__name__.endswith("_")
    if in_place and not rider.has(args[0]):
        raise unwritable(function.__name__)
    rows = _rows_of_call((args, kwargs), rider, in_place)
    found = []
    for i in range(level.size):
        given, named = rows(i)
        found.append(function(*given, **named))
    if not found:
        given, named = rows(None)
        found.append(function(*given, **named))
    return args[0] if in_place else _logical(_stacked(found, level.size), level)


def _logical(value: Any, level: Level) -> Any:
    if isinstance(value, Tensor):
        return batch(level, value)
    return type(value)([_logical(v, level) for v in value]) if isinstance(value, (tuple, list)) else value


def _rows_of_call(value: Any, rider: Batch, in_place: bool) -> Callable[[int | None], Any]:
    if isinstance(value, (tuple, list)):
        parts = [_rows_of_call(v, rider, in_place) for v in value]
        kind = type(value)
        return lambda i: kind([p(i) for p in parts])
    if isinstance(value, dict):
        named = {k: _rows_of_call(v, rider, in_place) for k, v in value.items()}
        return lambda i: {k: p(i) for k, p in named.items()}
    if not rider.has(value):
        return lambda i: value
    front = value._tangent.front()
    if not rider.level.size:
        return lambda i: FUNCTIONS["zeros"](front._array.shape[1:], dtype=front.dtype)
    if in_place:  # one of several views may not be written to
        return lambda i: front[i]
    rows = FUNCTIONS["unbind"](front)
    return lambda i: rows[i]


# ---- between the two readings, for transforms


def lift(x: Tensor, active: tuple[Level, ...] | None = None) -> Tensor:
    """``x`` as a logical tensor of every active level: one that is no batch of a level is the same for all examples."""
    return _lifted(x, modes.levels if active is None else active)


def _lifted(x: Tensor, active: tuple[Level, ...]) -> Tensor:
    if not active:
        return x
    level = active[-1]
    carried = x._tangent
    if isinstance(carried, Batch) and carried.level is level:
        value = carried.front()
    else:
        value = x.expand(level.size, *x._array.shape)
    return batch(level, _lifted(value, active[:-1]))


def physical(x: Tensor) -> Tensor:
    """The tensor of all examples: of a lifted one, its levels in front, from the outermost in."""
    while isinstance(x._tangent, Batch):
        x = x._tangent.front()
    return x


def logical(value: Tensor, like: Tensor) -> Tensor:
    """The logical tensor of a physical one that has the dimensions of ``physical(like)``'s levels in front."""
    found: list[Level] = []
    while isinstance(like._tangent, Batch):
        found.append(like._tangent.level)
        like = like._tangent.front()
    for level in reversed(found):
        value = batch(level, value)
    return value
