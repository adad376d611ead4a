"""How processes start, and the channels between them. 进程的启动方式，与进程间的通道。"""

from __future__ import annotations

import multiprocessing
import socket
import sys
from multiprocessing import context
from typing import Any

# macOS has no packets on Unix sockets, Windows no such sockets: there, channels are Python's own.
PACKETS = sys.platform == "linux" and hasattr(socket, "SOCK_SEQPACKET")


class _Channels(context.BaseContext):
    """A context whose channels take memory along."""

    def get_context(self, method: str | None = None) -> Any:
        """The context of a start method. 某种启动方式。"""
        return get_context(method) if method else self

    if PACKETS:

        def Pipe(self, duplex: bool = True) -> Any:
            """管道 / Two connected ends; without ``duplex`` the first only receives, and the second only sends."""
            from tidu.multiprocessing.connection import Pipe

            return Pipe(duplex)

        def Queue(self, maxsize: int = 0) -> Any:
            """队列 / A queue of at most ``maxsize`` objects, of any number by default."""
            from tidu.multiprocessing.queue import Queue

            return Queue(maxsize, ctx=self.get_context())

        def JoinableQueue(self, maxsize: int = 0) -> Any:
            """可等待处理完的队列 / A queue with ``task_done`` and ``join``."""
            from tidu.multiprocessing.queue import JoinableQueue

            return JoinableQueue(maxsize, ctx=self.get_context())

        def SimpleQueue(self) -> Any:
            """简单队列 / A queue without a thread."""
            from tidu.multiprocessing.queue import SimpleQueue

            return SimpleQueue(ctx=self.get_context())


class Default(_Channels):
    """The context of the start method that is set."""

    def get_context(self, method: str | None = None) -> Any:
        """The context of a start method, by default of the one that is set. 启动方式。"""
        return get_context(method)


def _with_channels(method: str) -> Any:
    theirs = type(multiprocessing.get_context(method))
    return type(theirs.__name__, (_Channels, theirs), {"__doc__": theirs.__doc__})()


_contexts: dict[str, Any] = {m: _with_channels(m) for m in multiprocessing.get_all_start_methods()}


def get_context(method: str | None = None) -> Any:
    """启动方式 / The context of a start method, by default of the one that is set: ``get_context("spawn").Process``."""
    made: Any = _contexts[multiprocessing.get_context(method).get_start_method()]
    return made
