"""Functions that an exercise lends: while it is judged, the reference stands under their names.

Where one exercise builds on the student's own function of another, a slip in that one costs its own points only.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from autograder.judging.names import statements

_ABSENT = object()


def lent(exercise: Any) -> tuple[Callable[..., Any], ...]:
    """练习借给答案的参考函数 / The reference functions that an exercise lends, under their own names."""
    return tuple(getattr(exercise, "uses", ()))


@contextlib.contextmanager
def standing_in(names: dict[str, Any], functions: Iterable[Callable[..., Any]]) -> Iterator[None]:
    """Bind functions in a namespace, and put back what was there, whatever happens. 临时绑定，事后恢复。"""
    before = [(function.__name__, names.get(function.__name__, _ABSENT)) for function in functions]
    try:
        names.update({function.__name__: function for function in functions})
        yield
    finally:
        for name, value in before:
            if value is _ABSENT:
                names.pop(name, None)
            else:
                names[name] = value


@cache
def source_of(function: Callable[..., Any]) -> str:
    """The source of a function that stands on its own: builtins and ``np`` are all that it looks up.

    可单独运行的函数源码。Raises ``ValueError`` for any other: a worker has nothing else for it.
    """
    source = textwrap.dedent(inspect.getsource(function))
    found = statements(source)
    if len(found) != 1 or found[0].binds != {function.__name__}:
        raise ValueError(f"{function.__name__} is lent, so it has to be one undecorated def of that name")
    foreign = {use.name for use in found[0].uses} - {"np", function.__name__, *vars(builtins)}
    if foreign:
        raise ValueError(f"{function.__name__} is lent, so it may not look up {', '.join(sorted(foreign))}")
    return source
