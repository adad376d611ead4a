"""From an op to the functions people call. 从算子到公开的函数。

``define`` enters an op into the table and makes its function, method, operators and in-place form; ``op``, ``unary``
and ``binary`` are how the family files say it in a line or three. The elementwise calls have short paths of their own,
since a course's tensors are small and the call is most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

from tidu import _inplace
from tidu._args import type_name
from tidu._binding import ALIASES
from tidu._modes import Rider, modes
from tidu._op import Op, enter
from tidu._operands import indices_in, write_out
from tidu._record import watch
from tidu._registry import FUNCTIONS
from tidu._short import of_number, of_one, of_two
from tidu._signature import signature
from tidu._tensor import Tensor

_PLAIN = (int, float)  # of the numbers, those that most are


class ReturnType(tuple[Any, ...]):
    """Several results with names: ``torch.return_types.max``. 带名字的多个结果。"""

    fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = ",\n".join(f"{n}={v!r}" for n, v in zip(self.fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{shown})"

    def __getattr__(self, name: str) -> Any:
        if name in self.fields:
            return self[self.fields.index(name)]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __reduce__(self) -> tuple[Any, ...]:
        return _named_again, (type(self).__name__, self.fields, tuple(self))


RETURN_TYPES: dict[str, type[ReturnType]] = {}


@lru_cache(None)
def return_type(name: str, *fields: str) -> type[ReturnType]:
    """The named tuple that ``torch.return_types`` has under this name. 具名元组的类。"""
    made = type(name, (ReturnType,), {"fields": fields, "__module__": "torch.return_types"})
    RETURN_TYPES[name] = made
    return made


def _named_again(name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> ReturnType:
    return return_type(name, *fields)(values)


def write_several(
    name: str, results: ReturnType, out: Any, operands: Sequence[Any], mode: Any = "same"
) -> ReturnType | tuple[Any, ...]:
    """``out=(values, indices)``: each result into its own tensor, as ``write_out`` does it."""
    if not isinstance(out, (tuple, list)):
        raise TypeError(f"{name}(): argument 'out' must be tuple of Tensors, not {type_name(out)}")
    if len(out) != len(results):
        raise TypeError(f"{name}(): argument 'out' must be tuple of {len(results)} Tensors, not {len(out)}")
    named = return_type(f"{name}_out", *results.fields)
    return named(write_out(name, r, o, operands, mode) for r, o in zip(results, out, strict=True))


def _general(op: Op) -> Callable[..., Any]:
    """The public function of an op with attributes."""
    name = op.name.removesuffix("_dim")
    named = return_type(name, *op.outputs) if op.outputs else None

    def function(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None) if op.out and "out" in kwargs else None
        operands, attrs = op.bind(args, kwargs)
        result = op.record(operands[0] if op.variadic else operands, attrs)
        if op.indexed and result._node is not None:
            watch(result._node, indices_in((*args, *kwargs.values())))
        if named is not None:
            result = named(result)
            return result if out is None else write_several(name, result, out, operands)
        return result if out is None else write_out(op.name, result, out, (*operands, *attrs.values()), op.out)

    return function


def _unary(op: Op, fast: str, slow: Callable[..., Any]) -> Callable[..., Any]:
    """The public function of an elementwise op of one operand."""
    short = of_one(op, fast, slow)

    def function(input: Any, *, out: Any = None) -> Any:
        return short(input) if out is None else slow(input, out=out)

    return function


def _binary(slow: Callable[..., Any], short: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The public function of an elementwise op of two operands."""

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        if out is not None:
            return slow(input, other, out=out)
        if isinstance(input, Tensor) and (isinstance(other, Tensor) or type(other) in _PLAIN):
            return short(input, other)
        return slow(input, other)

    return function


@lru_cache(None)  # one function, however many names it has
def by_either_name(function: Callable[..., Any], always: bool = False) -> Callable[..., Any]:
    """A function of ``dim`` and ``keepdim`` that takes NumPy's ``axis`` and ``keepdims`` as well, as PyTorch's do.

    One that takes any keywords and looks at them itself is such a function if it is said to be (``always``).
    """
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if code is None:
        return function
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if not (always or "dim" in names or "keepdim" in names):
        return function

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not ALIASES.keys().isdisjoint(kwargs):
            kwargs = {key if ALIASES.get(key) in kwargs else ALIASES.get(key, key): v for key, v in kwargs.items()}
        return function(*args, **kwargs)

    return called


def by_example(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a function that reads the values of its tensors: ``vmap`` calls it once an example (``_batch``)."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if Rider.used and (rider := Rider.among(_leaves((args, kwargs)))) and rider.rank:
            return rider.call_function(called.__name__, called, args, kwargs)
        return function(*args, **kwargs)

    return called


def drawing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a function that draws random numbers: inside ``vmap`` its ``randomness`` says for whom."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if Rider.used and (levels := modes.refusing or modes.levels):
            return levels[-1].draw(called.__name__, called, args, kwargs)
        return function(*args, **kwargs)

    return called


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for v in value for leaf in _leaves(v)]
    return _leaves([*value.values()]) if isinstance(value, dict) else [value]


def publish(
    name: str, function: Callable[..., Any], doc: str | None = None, *, method: bool = True, namespace: bool = True
) -> None:
    """Make a function public: in the namespace, and as a method where its first argument is a tensor."""
    if function.__name__ in ("function", "_" + name, "<lambda>"):
        function.__name__ = function.__qualname__ = name
        if namespace:
            function.__module__ = "tidu"  # where a pickle finds it
    function.__doc__ = function.__doc__ or doc
    function = by_either_name(function)
    if namespace:
        FUNCTIONS[name] = function
    if method:
        setattr(Tensor, name, function)


def define(op: Op, *, fast: str = "", dunder: str | None = None, public: bool = True, out: Any = True) -> Op:
    """Enter an op into the table and make its functions. ``out``: False, or a mode of ``write_out``."""
    enter(op)
    simple = op.elementwise and not op.options and not op.outputs
    slow = _general(op)
    operator: Callable[..., Any] = slow
    if simple and op.arity == 1:
        op.public = operator = _unary(op, fast, slow)
    elif simple and op.called == ("input", "other"):  # the names of the short path
        operator = of_two(op, fast, slow)
        op.public = _binary(slow, operator)
    else:
        op.public = slow
    if not op.view:
        op.out = out if op.differentiable or out is not True else "quiet"
    setattr(op.public, "__signature__", signature(op))
    if public:
        publish(op.name, op.public, op.__doc__)
        if op.inplace:
            method = _inplace.method(op)
            method.__doc__ = f"In-place form of ``{op.name}``. ``{op.name}`` 的原地版本。"
            publish(op.name + "_", method, namespace=simple and op.arity == 1)
    if dunder:
        setattr(Tensor, f"__{dunder}__", operator)
        if op.arity == 2:
            setattr(Tensor, f"__r{dunder}__", of_number(op, fast, slow))
            if op.inplace:
                setattr(Tensor, f"__i{dunder}__", _inplace.method(op, operator=True))
    return op


def op(
    *formulas: Callable[..., Any] | None,
    name: str | None = None,
    fast: str = "",
    dunder: str | None = None,
    public: bool = True,
    out: Any = True,
    **options: Any,
) -> Callable[[Callable[..., Any]], Op]:
    """Decorator: the kernel below becomes an op. Options are ``Op``'s. 把内核函数变成算子。"""

    def decorate(kernel: Callable[..., Any]) -> Op:
        made = Op(kernel, formulas, name=name or kernel.__name__.rstrip("_"), **options)
        return define(made, fast=fast, dunder=dunder, public=public, out=out)

    return decorate


def under(made: Op, name: str, grad_name: str) -> Op:
    """An op of the same kernel and formulas whose node bears another function's name. 同核异名的算子。"""
    formulas = [None if f is None else f.function for f in made.formulas]
    return enter(
        Op(made.kernel, formulas, name=name, grad_name=grad_name, dtype=made.dtype, jvp=made.jvp, kinds=made.kinds)
    )


# What an op is told of its operands by the functions of NumPy, which cannot be asked.
_ONE, _TWO = (lambda x: x), (lambda x, y: x)


def unary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "",
    fast: str = "", dunder: str | None = None, inplace: bool = True, out: Any = None, public: bool = True,
    **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of one operand from a NumPy function and its gradient formula. 一元逐元素算子。"""

    made = Op(_ONE, formulas, name=name, dtype=dtype, elementwise=True, blocks=True, inplace=inplace, **options)
    made.kernel, made.__doc__ = kernel, doc
    out = out if out is not None else True if dtype or not formulas else "same"
    return define(made, fast=fast or ("fc" if dtype == "float" else "biufc"), dunder=dunder, out=out, public=public)


def binary(
    name: str, kernel: Callable[..., Any], *formulas: Callable[..., Any] | None, doc: str, dtype: str = "promote",
    fast: str = "iufc", dunder: str | None = None, inplace: bool = True, out: Any = True, public: bool = True,
    **options: Any,
) -> Op:  # fmt: skip
    """An elementwise op of two operands from a NumPy function and a gradient formula for each. 二元逐元素算子。"""

    made = Op(_TWO, formulas, name=name, dtype=dtype, elementwise=True, blocks=True, inplace=inplace, **options)
    made.kernel, made.__doc__ = kernel, doc
    return define(made, fast=fast, dunder=dunder, out=out, public=public)
