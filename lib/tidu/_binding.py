"""What a call is given becomes an op's operands and attributes. 调用的参数如何绑定到算子。

An op's signature is its kernel's: parameters without annotation are operands (tensors), those with a kind from
``_args`` are attributes. Whatever does not fit is PyTorch's error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from tidu import _dtypes
from tidu._args import COMPARABLE, Kind, kind_of, plain, type_name
from tidu._operands import NUMBERS, broadcast_error
from tidu._tensor import Tensor

_NAMES = {"x": "input", "y": "other"}
ALIASES = {"axis": "dim", "keepdims": "keepdim"}  # NumPy's names, which PyTorch takes too
_MISSING = object()


class Binding:
    """The signature of an op, and how calls are bound to it. 算子的签名。

    ``operands, attrs``  names of the tensors, and of the attributes with their kinds, that the kernel takes
    ``options``          names of the attributes alone
    ``called``           the operands' public names, where they are not the kernel's with ``x, y`` as ``input, other``
    """

    name: str
    variadic: bool
    broadcasts: bool
    numbers: tuple[int, ...]
    promote: Sequence[int]
    kinds: str
    refuses: type[Exception]

    def __init__(self, kernel: Callable[..., Any], called: Sequence[str]) -> None:
        code, hints = kernel.__code__, kernel.__annotations__  # inspect takes 50 us for as much as stands here
        count = code.co_argcount
        names = code.co_varnames[: count + code.co_kwonlyargcount]
        if "into" in names:
            names = tuple([n for n in names if n != "into"])
        self.operands = [n for n in names if n not in hints] if hints else [*names]
        self.options = [n for n in names if n in hints] if hints else []
        self.keyword_only = names[count:]
        self.defaults: dict[str, Any] = {}
        if given := kernel.__defaults__:
            self.defaults.update(zip(names[count - len(given) : count], given, strict=True))
        if kernel.__kwdefaults__:
            self.defaults |= {n: value for n, value in kernel.__kwdefaults__.items() if n in names}
        self.required = [n for n in self.options if n not in self.defaults]
        self.declared = kernel
        self.arity = len(self.operands)
        self.called = tuple(called) or tuple([_NAMES.get(o, o) for o in self.operands])
        self.known: dict[Any, dict[str, Any]] = {}  # attributes of calls that were bound before

    @cached_property
    def attrs(self) -> dict[str, Kind]:
        """Names of the attributes, and their kinds: looked up when they are first needed, and not at our import."""
        found: dict[str, Kind] = {}
        scope = self.declared.__globals__
        for name in self.options:
            hint = self.declared.__annotations__[name]
            if isinstance(hint, str):
                hint = scope.get(hint) or eval(hint, scope)
            found[name] = kind_of(hint)
        return found

    @cached_property
    def indexed(self) -> bool:
        """Whether there are tensors among the attributes."""
        return any(kind.is_tensor for kind in self.attrs.values())

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Operands and normalised attributes of a public call; ``TypeError`` names what does not fit."""
        n = self.arity
        operands, rest = args[:n], args[n:]
        for a in operands:
            if not isinstance(a, Tensor):
                return self._bind(args, kwargs)
        values = (*rest, *kwargs.values())
        if len(operands) < n or not plain(values, COMPARABLE):
            return self._bind(args, kwargs)
        key = operands[0]._array.ndim if n else 0, len(rest), *kwargs, *values, *map(type, values)
        attrs = self.known.get(key)
        if attrs is None:
            attrs = self._bind(args, kwargs)[1]
            if len(self.known) < 256:
                self.known[key] = attrs
        return [*operands], {**attrs}

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        n = self.arity
        operands = list(args[:n])
        rest = args[n:]
        given: dict[str, Any] = {}
        names = [a for a in self.attrs if a not in self.keyword_only]
        if len(rest) > 1 and names and self.attrs[names[0]].variadic and not isinstance(rest[0], (tuple, list)):
            rest = (rest,)
        if len(rest) > len(names):
            raise TypeError(
                f"{self.name}() takes {n + len(names)} positional argument{'s' if n + len(names) != 1 else ''} "
                f"but {len(args)} were given"
            )
        given.update(zip(names, rest, strict=False))
        for key, value in kwargs.items():
            key = ALIASES.get(key, key)
            if key in self.attrs and key not in given:
                given[key] = value
                continue
            position = self.called.index(key) if key in self.called else -1
            if position < 0 or position < len(operands):
                if position >= 0 or key in given:
                    raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{key}'")
            operands += [_MISSING] * (position + 1 - len(operands))
            operands[position] = value
        if len(operands) < n or kwargs or any(a not in given for a in self.required):
            self.complete(operands, given)
        self.check_operands(operands)
        first = operands[0][0] if self.variadic else operands[0]
        ndim = first._array.ndim if isinstance(first, Tensor) else 0
        attrs = {}
        for position, (key, kind) in enumerate(self.attrs.items(), n + 1):
            if key in given:
                attrs[key] = kind.parse(given[key], self.name, key, position, ndim)
            else:
                default = self.defaults[key]
                attrs[key] = default if default is None else kind.parse(default, self.name, key, position, ndim)
        return operands, attrs

    def complete(self, operands: list[Any], given: dict[str, Any]) -> None:
        """Put in the operands' defaults; ``TypeError`` names what is missing."""
        missing = [self.called[i] for i, o in enumerate(self.operands)
                   if (i >= len(operands) or operands[i] is _MISSING) and o not in self.defaults]  # fmt: skip
        missing += [a for a in self.attrs if a not in given and a not in self.defaults]
        if missing:
            raise TypeError(
                f"{self.name}() missing {len(missing)} required positional arguments: "
                + ", ".join(f'"{m}"' for m in missing)
            )
        for i in range(self.arity):
            if i >= len(operands) or operands[i] is _MISSING:
                operands[i:] = [self.defaults[self.operands[i]], *operands[i + 1 :]]

    def check_operands(self, operands: Sequence[Any], numbers: bool = True) -> None:
        if self.variadic:
            tensors = operands[0]
            if not isinstance(tensors, (tuple, list)):
                raise TypeError(
                    f"{self.name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type_name(tensors)}"
                )
            if not tensors:
                raise RuntimeError(f"{self.name}(): argument 'tensors' expected a non-empty list of Tensors")
            for i, t in enumerate(tensors):
                if not isinstance(t, Tensor):
                    raise TypeError(
                        f"expected Tensor as element {i} in argument 0, but got {type_name(t)}: {self.name}()"
                    )
            return
        scalars = numbers and self.numbers and any(isinstance(a, Tensor) for a in operands)
        for i, a in enumerate(operands):
            if isinstance(a, Tensor) or (scalars and i in self.numbers and isinstance(a, NUMBERS)):
                continue
            if a is None and self.defaults.get(self.operands[i], _MISSING) is None:
                continue
            kind = type(a).__name__ if isinstance(a, (list, tuple)) else type_name(a)
            raise TypeError(f"{self.name}(): argument '{self.called[i]}' (position {i + 1}) must be Tensor, not {kind}")

    def check_kinds(self, arrays: Sequence[Any]) -> None:
        """An error for operands of a dtype that the op has no kernel for, in PyTorch's words."""
        kinds = self.kinds
        for i in self.promote:
            a = arrays[i]
            found = getattr(a, "dtype", None)
            if found is None or found.kind in kinds:
                continue
            if self.broadcasts and broadcast_error(arrays):
                return  # what does not broadcast is the first thing to say
            if found.kind != "V" or "f" not in kinds:
                kind = _dtypes.TYPE_NAMES[_dtypes.of(found)].removesuffix("Tensor")
                raise self.refuses(
                    f"\"{self.name}_cpu\" not implemented for '{kind}': argument '{self.called[i]}' of {self.name}() "
                    f"is a {kind} tensor"
                )
