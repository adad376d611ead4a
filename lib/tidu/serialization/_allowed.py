"""What a file may name and call: a table of ours, and what people add to it. 文件可以用到的类与函数。

Each call in the table is guarded: it takes what PyTorch's files give it, makes no more memory than they hold, and
hashes nothing that would take for ever.
"""

from __future__ import annotations

from _codecs import encode
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pickle import UnpicklingError
from typing import Any

from tidu._device import device
from tidu._size import Size
from tidu._storage import Storage
from tidu._tensor import Tensor
from tidu.ops.types import TYPED
from tidu.serialization import _names, _rebuild
from tidu.serialization._rebuild import KINDS, STORAGES

BLOCKED = ("sys", "os", "posix", "nt")  # whoever calls them safe
DEEP, WIDE = 100, 1000  # of a tuple that is to be a key: hashing goes through all of it, each time
Global = Callable[..., Any] | tuple[Callable[..., Any], str]

_chosen: list[Global] = []


# ---- what people call safe


def add_safe_globals(safe_globals: list[Global]) -> None:
    """允许更多的类 / Let ``load`` make objects of these classes, and call these functions: a list of them.

    A pair ``(class, "module.name")`` gives the name that stands in the file where it is not the class's own.
    """
    _chosen.extend(f for f in safe_globals if f not in _chosen)


def get_safe_globals() -> list[Global]:
    """已允许的类 / The classes and functions that were called safe."""
    return list(_chosen)


def clear_safe_globals() -> None:
    """清空允许的类 / Call no class safe but those that always are."""
    _chosen.clear()


class safe_globals:
    """临时允许更多的类 / A ``with`` block in which ``load`` may make objects of these classes."""

    def __init__(self, safe_globals: list[Global]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        add_safe_globals(self.safe_globals)

    def __exit__(self, *exc: object) -> None:
        _chosen[:] = [f for f in _chosen if f not in self.safe_globals]


def chosen() -> dict[str, Any]:
    """What people called safe, by the names that files have for it."""
    table: dict[str, Any] = {}
    for given in _chosen:
        if isinstance(given, tuple):
            if len(given) != 2:
                raise ValueError(
                    "Expected tuple of length 2 (global, str of callable full path), but got tuple of length: "
                    f"{len(given)}"
                )
            if type(given[1]) is not str:
                raise TypeError(
                    f"Expected second item in tuple to be str of callable full path, but got: {type(given[1])}"
                )
            table[given[1]] = given[0]
        else:
            table[f"{given.__module__}.{given.__qualname__}"] = given
            if (theirs := _names.written(given)) is not None:
                table[".".join(theirs)] = given
    return table


# ---- what is always safe


def _items(values: Any, what: str) -> list[Any]:
    items = values if isinstance(values, (list, tuple)) else None
    if items is None:
        raise UnpicklingError(f"a {what} is made of a list, not of {type(values).__name__}")
    for item in items:
        check_key(item)
    return list(items)


def _ordered(items: Any = ()) -> OrderedDict[Any, Any]:
    pairs = [(key, value) for key, value in items] if isinstance(items, (list, tuple)) else None
    if pairs is None:
        raise UnpicklingError(f"an OrderedDict is made of pairs, not of a {type(items).__name__}")
    _items([key for key, _ in pairs], "dict")
    return OrderedDict(pairs)


def _counter(counts: Any = ()) -> Counter[Any]:
    if type(counts) is not dict and counts != ():
        raise UnpicklingError(f"a Counter is made of a dict, not of a {type(counts).__name__}")
    return Counter(counts)


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise UnpicklingError(f"bytes are written as text in latin1, not as {type(text).__name__} in {encoding!r}")
    return bytes(encode(text, encoding))


def _bytes(*args: Any) -> bytearray:
    if args and type(args[0]) is str:
        return bytearray(_encoded(*args))
    if len(args) > 1 or args and type(args[0]) is not bytes:
        raise UnpicklingError(f"a bytearray is made of bytes, not of {args!r}"[:200])
    return bytearray(*args)


def _complex(real: Any = 0.0, imag: Any = 0.0) -> complex:
    if type(real) not in (int, float) or type(imag) not in (int, float):
        raise UnpicklingError("a complex number is made of two numbers")
    return complex(real, imag)


def _again(function: Any, new_type: Any, args: Any, state: Any) -> Any:
    if function not in _REBUILD or type(args) is not tuple:
        raise UnpicklingError(f"Trying to call reduce for unrecognized function {function}")
    return _rebuild._rebuild_from_type_v2(function, new_type, args, state)


def _empty(kind: Callable[[], Any]) -> Callable[..., Any]:
    def made(*args: Any) -> Any:
        if args:
            raise UnpicklingError(
                "a tensor is made of a storage, and not of a size: it would be memory without content"
            )
        return kind()

    return made


_REBUILD = (_rebuild._rebuild_tensor, _rebuild._rebuild_tensor_v2, _rebuild._rebuild_tensor_v3)


class Allowed:
    """A thing in the table: what the name means, and what calling it does, or making one of its class."""

    def __init__(self, value: Any, call: Any = None) -> None:
        self.value, self.call = value, call


@lru_cache(1)
def allowed() -> dict[str, Allowed]:
    """What every file may name."""
    parameter = import_module("tidu.nn.parameter")
    table = {
        "collections.OrderedDict": Allowed(OrderedDict, _ordered),
        "collections.Counter": Allowed(Counter, _counter),
        "torch.nn.parameter.Parameter": Allowed(parameter.Parameter, parameter.Parameter),
        "torch.serialization._get_layout": Allowed(_rebuild._get_layout, _rebuild._get_layout),
        "torch.Size": Allowed(Size, Size),
        "torch.Tensor": Allowed(Tensor, _empty(Tensor)),
        "torch.device": Allowed(device, device),
        "torch.storage.UntypedStorage": Allowed(Storage),
        "_codecs.encode": Allowed(encode, _encoded),
        "builtins.bytearray": Allowed(bytearray, _bytes),
        "builtins.set": Allowed(set, lambda items=(): set(_items(items, "set"))),
        "builtins.complex": Allowed(complex, _complex),
        "torch._tensor._rebuild_from_type_v2": Allowed(_rebuild._rebuild_from_type_v2, _again),
    }
    for name in ("_rebuild_parameter", "_rebuild_parameter_with_state"):
        function = getattr(parameter, name)
        table[f"torch._utils.{name}"] = Allowed(function, function)
    for function in (*_REBUILD, *_names.ABSENT.values()):
        name = next((n for (_, n), f in _names.ABSENT.items() if f is function), function.__name__)
        table[f"torch._utils.{name}"] = Allowed(function, function)
    for name, of in _names.dtypes().items():
        table[f"torch.{name}"] = Allowed(of)
    for name, of in STORAGES.items():
        table[f"torch.{name}"] = Allowed(KINDS[of])
    for name, kind in TYPED.items():
        table[f"torch.{name}"] = Allowed(kind, _empty(kind))
    return table


@lru_cache(1)
def calls() -> dict[int, Allowed]:
    return {id(known.value): known for known in allowed().values()}


def check_key(key: Any) -> None:
    """Refuse a key whose hash would take for ever: tuples of tuples that are one tuple, again and again."""
    if type(key) is not tuple:
        return
    seen, layer = 0, list(key)
    for _ in range(DEEP):
        seen += len(layer)
        layer = [x for item in layer if type(item) is tuple for x in item] if seen <= WIDE else layer
        if not layer:
            return
        if seen > WIDE:
            break
    raise UnpicklingError("a tuple that is too long, or nests too deep, is used as a key")
