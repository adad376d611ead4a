"""A reader of pickles that makes tensors and plain data and nothing else. 只造张量与普通数据的 pickle 读取器。

A pickle is a program for a small stack machine, and Python's own machine calls whatever the program names. This one
knows the instructions that PyTorch's files use, and calls only what stands in a table: nothing that opens, imports or
executes, none that makes more memory than the file has, and no state is set but on what the table made.
Source: Lib/pickletools.py of Python (the instructions), torch/_weights_only_unpickler.py (which of them are allowed).
"""

from __future__ import annotations

import pickle
import struct
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from tidu._tensor import Tensor
from tidu.serialization import _rebuild
from tidu.serialization._allowed import BLOCKED, allowed, calls, check_key, chosen

Step = Callable[[], None] | None  # what is left to do, in the hands of others


class Source:
    """Bytes of a file, one instruction after the other. ``EOFError`` says where they end."""

    def __init__(self, file: Any, where: str) -> None:
        self.file, self.where = file, where

    def read(self, n: int) -> bytes:
        if n > 4096:
            here = self.file.tell()
            self.file.seek(0, 2)
            left = self.file.tell() - here
            self.file.seek(here)
            if n > left:
                raise self._cut()
        data = self.file.read(n)
        if len(data) != n:
            raise self._cut()
        return bytes(data)

    def line(self) -> str:
        data = bytearray()
        while (byte := self.read(1)) != b"\n":
            data += byte
            if len(data) > 4096:
                raise UnpicklingError("a name is longer than 4096 bytes")
        return data.decode("utf-8")

    def _cut(self) -> EOFError:
        return EOFError(f"Ran out of input: {self.where} ends in the middle of a pickle: it is empty or was cut off")


def _names_of(source: Source) -> tuple[str, str]:
    module, name = source.line(), source.line()
    if (module, name) in NAME_MAPPING:  # written for Python 2, as protocol 2 is
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name


class Unpickler:
    """One pickle after the other from ``source``; ``UnpicklingError`` for what is not allowed, or makes no sense."""

    def __init__(
        self, file: Any, where: str, persistent_load: Callable[[Any], Any] | None = None, *, encoding: str = "utf-8"
    ) -> None:
        self.source, self.encoding = Source(file, where), encoding
        self.persistent_load = persistent_load
        self.own = chosen()

    def load(self) -> Any:
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        read = self.source.read
        while True:
            code = read(1)
            step = STEPS.get(code)
            if code == pickle.STOP:
                return self._sound(self.stack.pop)
            if step is None:
                raise UnpicklingError(f"Unsupported operand {code[0]}")
            theirs = self._sound(step, self)
            if theirs is not None:
                theirs()

    def _sound(self, step: Callable[..., Any], *args: Any) -> Any:
        """A step of a pickle that no pickler wrote may find nothing to work on. What people called safe, or gave as
        ``map_location``, a step only returns: its errors are its own."""
        try:
            return step(*args)
        except (IndexError, KeyError, struct.error, UnicodeError, RecursionError) as error:
            raise UnpicklingError(f"the pickle is damaged: {type(error).__name__}: {error}") from None

    def pop(self) -> Any:
        return self.stack.pop()

    def since_mark(self) -> list[Any]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def is_own(self, value: Any) -> bool:
        return any(value is known for known in self.own.values())


def _global(u: Unpickler) -> None:
    module, name = _names_of(u.source)
    path = f"{module}.{name}"
    if module in BLOCKED:
        raise UnpicklingError(f"Trying to load unsupported GLOBAL {path} whose module {module} is blocked.")
    known = allowed().get(path)
    if known is not None:
        u.stack.append(known.value)
    elif path in u.own:
        u.stack.append(u.own[path])
    else:
        if module == "torch" and (name.startswith("float8_") or name in _NEITHER):
            raise NotImplementedError(f"torch.{name} tensors are not implemented in tidu: NumPy has no such dtype")
        path = path.removeprefix("builtins.")
        raise UnpicklingError(
            f"Unsupported global: GLOBAL {path} was not an allowed global by default. Please use "
            f"`torch.serialization.add_safe_globals([{path}])` or the `torch.serialization.safe_globals([{path}])` "
            "context manager to allowlist this global if you trust this class/function."
        )


_NEITHER = ("QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage",
            "float4_e2m1fn_x2", "bits8", "qint8", "quint8", "qint32")  # fmt: skip


def _reduce(u: Unpickler) -> Step:
    args, function = u.pop(), u.stack[-1]
    if type(args) is not tuple:
        raise UnpicklingError(f"{function} is called with a {type(args).__name__} and not with a tuple")
    known = calls().get(id(function))
    if known is not None and known.call is not None:
        u.stack[-1] = _called(known.call, args)
        return None
    if not u.is_own(function):
        raise UnpicklingError(f"Trying to call reduce for unrecognized function {function}")
    u.stack.pop()
    return lambda: u.stack.append(function(*args))


def _called(call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return call(*args)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnpicklingError(f"the pickle is damaged: {type(error).__name__}: {error}") from None


def _new_object(u: Unpickler) -> Step:
    args, kind = u.pop(), u.pop()
    if type(args) is not tuple:
        raise UnpicklingError(f"{kind} is made of a {type(args).__name__} and not of a tuple")
    known = calls().get(id(kind))
    if known is not None and known.call is not None and isinstance(kind, type):
        u.stack.append(_called(known.call, args))
        return None
    if not isinstance(kind, type) or not u.is_own(kind):
        raise UnpicklingError(
            f"Can only create new object for nn.Parameter or classes allowlisted via `add_safe_globals` but got {kind}"
        )
    return lambda: u.stack.append(kind.__new__(kind, *args))


def _build(u: Unpickler) -> Step:
    state, made = u.pop(), u.stack[-1]
    if type(made) is Tensor:
        if type(state) is not tuple or len(state) != 4:
            raise UnpicklingError("the state of a tensor is its storage, offset, sizes and strides")
        _called(_rebuild.look, (made, *state))
    elif type(made) is OrderedDict and type(state) is dict:
        vars(made).update(state)
    elif u.is_own(type(made)):
        return lambda: _set_state(made, state)
    else:
        raise UnpicklingError(
            "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got "
            f"{type(made)}"
        )
    return None


def _set_state(made: Any, state: Any) -> None:
    """As Python's own unpickler does it."""
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        vars(made).update(state)
    for name, value in (slots or {}).items():
        setattr(made, name, value)


def _append(u: Unpickler) -> None:
    _extend(u, [u.pop()], "append to")


def _appends(u: Unpickler) -> None:
    _extend(u, u.since_mark(), "extend")


def _extend(u: Unpickler, items: list[Any], how: str) -> None:
    target = u.stack[-1]
    if type(target) is not list:
        raise UnpicklingError(f"Can only {how} lists, but got {type(target)}")
    target.extend(items)


def _set_item(u: Unpickler) -> None:
    value, key = u.pop(), u.pop()
    _set(u, [key, value], "SETITEM")


def _set_items(u: Unpickler) -> None:
    _set(u, u.since_mark(), "SETITEMS")


def _set(u: Unpickler, items: list[Any], code: str) -> None:
    target = u.stack[-1]
    if type(target) not in (dict, OrderedDict, Counter):
        raise UnpicklingError(
            f"Can only {code} for dict, collections.OrderedDict, collections.Counter, but got {type(target)}"
        )
    for i in range(0, len(items), 2):
        check_key(items[i])
        try:
            target[items[i]] = items[i + 1]
        except TypeError as error:
            raise UnpicklingError(f"the pickle is damaged: {error}") from None


def _mark(u: Unpickler) -> None:
    u.marks.append(u.stack)
    u.stack = []


def _tuple(u: Unpickler) -> None:
    items = tuple(u.since_mark())
    u.stack.append(items)


def _tuple_of(n: int) -> Callable[[Unpickler], None]:
    def step(u: Unpickler) -> None:
        if len(u.stack) < n:
            raise IndexError(f"a tuple of {n} is made of {len(u.stack)} items")
        u.stack[-n:] = [tuple(u.stack[-n:])]

    return step


def _constant(value: Callable[[], Any]) -> Callable[[Unpickler], None]:
    return lambda u: u.stack.append(value())


def _number(form: str) -> Callable[[Unpickler], None]:
    packed = struct.Struct(form)
    return lambda u: u.stack.append(packed.unpack(u.source.read(packed.size))[0])


def _long(u: Unpickler) -> None:
    u.stack.append(pickle.decode_long(u.source.read(u.source.read(1)[0])))


def _text(u: Unpickler) -> None:
    (length,) = struct.unpack("<I", u.source.read(4))
    u.stack.append(str(u.source.read(length), "utf-8", "surrogatepass"))


def _short_text(u: Unpickler) -> None:
    data = u.source.read(u.source.read(1)[0])
    u.stack.append(data if u.encoding == "bytes" else data.decode(u.encoding, "strict"))


def _put(form: str) -> Callable[[Unpickler], None]:
    packed = struct.Struct(form)

    def step(u: Unpickler) -> None:
        u.memo[packed.unpack(u.source.read(packed.size))[0]] = u.stack[-1]

    return step


def _get(form: str) -> Callable[[Unpickler], None]:
    packed = struct.Struct(form)

    def step(u: Unpickler) -> None:
        u.stack.append(u.memo[packed.unpack(u.source.read(packed.size))[0]])

    return step


def _persistent(u: Unpickler) -> Step:
    name = u.pop()
    if type(name) is not tuple or not name or _decoded(name[0]) != "storage":
        raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {type(name)}")
    load = u.persistent_load
    if load is None:
        raise UnpicklingError("unsupported persistent id encountered")
    return lambda: u.stack.append(load(name))


def _decoded(text: Any) -> Any:
    return text.decode("ascii", "replace") if type(text) is bytes else text


def _protocol(u: Unpickler) -> None:
    protocol = u.source.read(1)[0]
    if protocol != 2:
        warnings.warn(
            f"Detected pickle protocol {protocol} in the checkpoint, which was not the default pickle protocol used by "
            "`torch.load` (2). The weights_only Unpickler might not support all instructions implemented by this "
            "protocol, please file an issue for adding support if you encounter this.",
            stacklevel=2,
        )


STEPS: dict[bytes, Callable[[Unpickler], Step]] = {
    pickle.PROTO: _protocol,
    pickle.GLOBAL: _global,
    pickle.REDUCE: _reduce,
    pickle.NEWOBJ: _new_object,
    pickle.BUILD: _build,
    pickle.BINPERSID: _persistent,
    pickle.APPEND: _append,
    pickle.APPENDS: _appends,
    pickle.SETITEM: _set_item,
    pickle.SETITEMS: _set_items,
    pickle.MARK: _mark,
    pickle.TUPLE: _tuple,
    pickle.TUPLE1: _tuple_of(1),
    pickle.TUPLE2: _tuple_of(2),
    pickle.TUPLE3: _tuple_of(3),
    pickle.NONE: _constant(lambda: None),
    pickle.NEWTRUE: _constant(lambda: True),
    pickle.NEWFALSE: _constant(lambda: False),
    pickle.EMPTY_TUPLE: _constant(tuple),
    pickle.EMPTY_LIST: _constant(list),
    pickle.EMPTY_DICT: _constant(dict),
    pickle.EMPTY_SET: _constant(set),
    pickle.BININT: _number("<i"),
    pickle.BININT1: _number("<B"),
    pickle.BININT2: _number("<H"),
    pickle.BINFLOAT: _number(">d"),
    pickle.LONG1: _long,
    pickle.BINUNICODE: _text,
    pickle.SHORT_BINSTRING: _short_text,
    pickle.BINPUT: _put("<B"),
    pickle.LONG_BINPUT: _put("<I"),
    pickle.BINGET: _get("<B"),
    pickle.LONG_BINGET: _get("<I"),
}


def globals_in(data: Any, where: str) -> set[str]:
    """All names of classes and functions in a pickle, found without making anything of it."""
    source, names = Source(data, where), set()
    while (code := source.read(1)) != pickle.STOP:
        if code == pickle.GLOBAL:
            names.add(".".join(_names_of(source)))
        elif code == pickle.BINUNICODE:
            source.read(struct.unpack("<I", source.read(4))[0])
        elif code in (pickle.SHORT_BINSTRING, pickle.LONG1):
            source.read(source.read(1)[0])
        elif code in STEPS:
            source.read(_WIDTHS.get(code, 0))
        else:
            raise UnpicklingError(f"Unsupported operand {code[0]}")
    return names


_WIDTHS = {
    pickle.PROTO: 1, pickle.BININT: 4, pickle.BININT1: 1, pickle.BININT2: 2, pickle.BINFLOAT: 8, pickle.BINGET: 1,
    pickle.LONG_BINGET: 4, pickle.BINPUT: 1, pickle.LONG_BINPUT: 4,
}  # fmt: skip
