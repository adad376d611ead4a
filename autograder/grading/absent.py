"""Take away what an exercise forbids, where its answer runs, before anything of a student's runs there.

A function is deleted from every module that has it, and whoever still holds it finds a body that refuses; a method is
deleted from its type, also where the type is written in C; a module is emptied, and its file cannot be read again.  So
a name leads nowhere, however it is asked for, and no text has to be searched for ways of asking.

Copied into the sandbox: standard library only.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import glob
import os
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

LIBRARIES = ("numpy", "tidu")
# where ``PyTypeObject`` has what makes, calls and fills an object: tp_call, tp_init, tp_new
_SLOTS = (16, 37, 39)


def places() -> dict[str, list[str]]:
    """Files and folders of the libraries by the name of the module in them. 各模块名所在的文件与文件夹。

    Worth the time once, in the process that forks: modules that nobody has imported yet are there too.
    """
    found: dict[str, list[str]] = {}
    for library in LIBRARIES:
        for root in getattr(sys.modules.get(library), "__path__", ()):
            for folder, inner, files in os.walk(root):
                for entry in [*inner, *files]:
                    found.setdefault(entry.partition(".")[0], []).append(os.path.join(folder, entry))
    return found


def take_away(names: Iterable[str], known: dict[str, list[str]]) -> list[str]:
    """Delete functions, classes and modules of these names, and methods; those with a leading dot are methods alone.

    删除这些名字的函数、类、模块与方法；以点开头的只删方法。Returns the paths that must not be read any more.

    known   what :func:`places` found
    """
    wanted = {name for name in names if not name.startswith(".")}
    attributes = {name.removeprefix(".") for name in names}
    hidden = {path for name in wanted for path in known.get(name, ())}
    gc.unfreeze()  # what is frozen is not listed among referents
    modules = {name: one for name, one in list(sys.modules.items()) if name.partition(".")[0] in LIBRARIES}
    gone: dict[int, Any] = {}
    for name, module in modules.items():
        space = vars(module)
        if wanted.intersection(name.split(".")[1:]):
            own = [value for value in space.values() if getattr(value, "__module__", None) == name]
            gone.update((id(value), value) for value in own)
            space.clear()
            del sys.modules[name]
            continue
        for one in wanted & space.keys():
            gone[id(space[one])] = space[one]
        if isinstance(space.get("__all__"), list):
            space["__all__"] = [one for one in space["__all__"] if one not in wanted]
    refused = [function for value in gone.values() for function in _functions(value)]
    refused += list(_helpers(refused, modules))
    gone.update((id(function), function) for function in refused)
    for module in modules.values():  # under any name
        space = vars(module)
        for one in [key for key, value in space.items() if id(value) in gone or key in wanted]:
            del space[one]
    for cls in _classes(type.__subclasses__(object), set()):
        for one in attributes & vars(cls).keys():
            refused += _functions(vars(cls)[one])
            _delete(cls, one)
    for function in refused:
        hidden.update(_files(function.__code__.co_filename))
        _gut(function)
    gc.freeze()
    sys.meta_path.insert(0, _Nowhere(wanted))
    folder = os.path.dirname(getattr(sys.modules["_ctypes"], "__file__", ""))
    for kind in ("ctypes", "test", "xx") if folder else ():  # what tests Python reaches anything
        hidden.update(glob.glob(f"{glob.escape(folder)}/_{kind}*"))
    return sorted(hidden)


class _Nowhere:
    """Says of a module that was taken away what Python says of one that is not installed."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        library, *parts = name.split(".")
        if library in LIBRARIES and self.names.intersection(parts):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _refuse(*_: Any, **__: Any) -> None:
    raise AttributeError("not there: the exercise is done without it / 不存在：这道练习不用它")


def _gut(function: types.FunctionType) -> None:
    function.__code__ = _refuse.__code__.replace(
        co_freevars=function.__code__.co_freevars, co_name=function.__name__, co_qualname=function.__qualname__
    )


def _functions(value: Any) -> list[types.FunctionType]:
    """What runs when a value is called, as far as it is written in Python."""
    if isinstance(value, types.FunctionType):
        return [value, *_functions(getattr(value, "__wrapped__", None))]
    if isinstance(value, (classmethod, staticmethod, types.MethodType)):
        return _functions(value.__func__)
    if isinstance(value, property):
        return [function for part in (value.fget, value.fset, value.fdel) for function in _functions(part)]
    if isinstance(value, functools.partial):
        return _functions(value.func)
    if isinstance(value, type):
        return [function for part in list(vars(value).values()) for function in _functions(part)]
    if not isinstance(value, types.ModuleType) and isinstance(getattr(value, "__wrapped__", None), types.FunctionType):
        return _functions(value.__wrapped__)  # such as NumPy's dispatchers, which are written in C
    return []


def _helpers(refused: list[types.FunctionType], modules: dict[str, types.ModuleType]) -> Iterator[types.FunctionType]:
    """Private functions beside those that are refused which nothing else there calls: they do most of the work."""
    lost = {id(function) for function in refused}
    for name in {function.__module__ for function in refused} & modules.keys():
        space = vars(modules[name])
        every = {id(function): function for value in space.values() for function in _functions(value)}
        used = {name for key, function in every.items() if key not in lost for name in function.__code__.co_names}
        asked = {name for key, function in every.items() if key in lost for name in function.__code__.co_names}
        for helper in asked - used:
            if helper.startswith("_") and isinstance(space.get(helper), types.FunctionType):
                yield space[helper]


def _classes(found: list[type], seen: set[type]) -> Iterator[type]:
    """The libraries' classes, from those that lead to them."""
    for cls in found:
        if cls not in seen:
            seen.add(cls)
            if str(cls.__module__).partition(".")[0] in LIBRARIES:
                yield cls
            yield from _classes(type.__subclasses__(cls), seen)


def _delete(cls: type, name: str) -> None:
    try:
        delattr(cls, name)
    except TypeError:  # a type written in C, whose names are in a dict like any other
        space = next(one for one in gc.get_referents(vars(cls)) if isinstance(one, dict))
        del space[name]
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def _files(source: str) -> list[str]:
    """A source file and what Python compiled of it."""
    folder, name = os.path.split(source)
    stem = glob.escape(os.path.join(folder, "__pycache__", name.removesuffix(".py")))
    return [source, *glob.glob(f"{stem}.*")] if os.path.isabs(source) else []


def disarm() -> None:
    """Make :mod:`ctypes` useless for good, after the last use of it: it could put back what is gone.

    使 ctypes 永久失效。Its objects cannot be made or called any more, those that exist included.
    """
    base = ctypes._SimpleCData.__mro__[1]
    kinds = [*_below(base), *{type(cls) for cls in _below(base)} - {type}]
    tables = [(ctypes.c_void_p * (max(_SLOTS) + 1)).from_address(id(cls)) for cls in kinds]
    spaces = [next(one for one in gc.get_referents(vars(cls)) if isinstance(one, dict)) for cls in kinds]
    modified, types_ = ctypes.pythonapi.PyType_Modified, [ctypes.py_object(cls) for cls in kinds]
    for space, cls in zip(spaces, types_, strict=True):
        for name in ("from_address", "from_buffer", "from_buffer_copy", "in_dll", "__new__", "__init__", "__call__"):
            space.pop(name, None)
        modified(cls)
    if "numpy._core._internal" in sys.modules:  # NumPy tells addresses without ctypes, too, once it knows
        vars(sys.modules["numpy._core._internal"])["ctypes"] = None
    gc.unfreeze()
    for space in gc.get_objects():  # Python keeps what a module began with, and would begin with it again
        if type(space) is dict and "PyObj_FromPtr" in space and "call_function" in space:
            space.clear()
    gc.freeze()
    for name in [name for name in sys.modules if name.partition(".")[0] in ("ctypes", "_ctypes")]:
        vars(sys.modules.pop(name)).clear()
    for table in tables:
        for slot in _SLOTS:
            table[slot] = None


def _below(cls: type[Any]) -> list[type[Any]]:
    return [cls, *(one for lower in type.__subclasses__(cls) for one in _below(lower))]
