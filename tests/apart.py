"""A call in a process of its own that has imported all that this one has: a fork, where there is such a thing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


def apart(function: Callable[..., Any], *args: Any) -> Any:
    """What the function returns. Whatever else it does ends with its process; it raises ``ChildProcessError`` where
    that ends without an answer, after what was raised there stands on stderr."""
    fork = "fork" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if fork else "spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, function, args))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        raise ChildProcessError("the process ended before it could answer") from None
    finally:
        process.join()


def _answer(end: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    end.send(function(*args))
