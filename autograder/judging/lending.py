"""What an exercise hands to whoever runs an answer: functions that it lends, and the stage that an answer is put on.

Where one exercise builds on the student's own function of another, the reference stands under that name while it is
judged, so that a slip there costs its own points only. A stage builds nets and loaders for an answer and tells what
came of it in plain values. Both run in a worker from their sources alone.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import sys
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
def stage_of(exercise: Any) -> tuple[str, str] | None:
    """练习的舞台函数：名字与可单独运行的源码 / The name of an exercise's stage and a source that runs by itself.

    The source has the helpers of its module that it leads to, and no others; besides them, builtins, ``np`` and
    ``tidu`` are all that they may look up: raises ``ValueError`` for more.
    """
    if exercise.stage is None:
        return None
    module = inspect.getsource(sys.modules[exercise.stage.__module__])
    lines, name = module.splitlines(), exercise.stage.__name__
    defined = {bound: one for one in statements(module) for bound in one.binds if not one.imports}
    wanted, queue = {name}, [name]
    while queue:
        found = {use.name for use in defined[queue.pop()].uses} - wanted
        foreign = found - {"np", "tidu", *vars(builtins), *defined}
        if foreign:
            raise ValueError(f"{name} is a stage, so it may not look up {', '.join(sorted(foreign))}")
        queue += found & defined.keys()
        wanted |= found
    kept = sorted((defined[one].node for one in wanted & defined.keys()), key=lambda node: node.lineno)
    return name, "\n\n".join("\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in kept)


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
