"""Queues on pipes that take memory along. 能带走内存的队列。

Python's own are streams under locks: who is killed while it waits on one takes the lock along, and nobody gets
anything any more. A packet needs no lock.
"""

from __future__ import annotations

import multiprocessing.queues as queues
from queue import Empty
from typing import Any

from tidu._sharing import outgoing
from tidu.multiprocessing.connection import Pipe, opened


class _Free:
    """A lock that is always free."""

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        return True

    def release(self) -> None:
        pass

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *exc: object) -> None:
        pass


class _Parcel:
    """What is put into a queue, until the queue's thread pickles it: there it says that descriptors can come along."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content

    def __reduce__(self) -> tuple[Any, ...]:
        outgoing.segments = {}
        return _content, (self.content,)


def _content(content: Any) -> Any:
    return content


_Queue: Any = queues.Queue  # of whose inside the type checker knows nothing
_JoinableQueue: Any = queues.JoinableQueue
_SimpleQueue: Any = queues.SimpleQueue


class Queue(_Queue):
    """队列 / Any number of processes put objects in, any number get them. As Python's."""

    _reader: Any
    _writer: Any

    def __init__(self, maxsize: int = 0, *, ctx: Any) -> None:
        super().__init__(maxsize, ctx=ctx)
        self._reader.close()
        self._writer.close()
        self._reader, self._writer = Pipe(duplex=False)
        self._rlock = self._wlock = _Free()
        self._reset()

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an object in: a thread of the queue's sends it. 放入。

        Waits while ``maxsize`` objects are in the queue, ``timeout`` seconds at most: then ``queue.Full``.
        """
        super().put(_Parcel(obj), block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an object out: waits for one, ``timeout`` seconds at most: then ``queue.Empty``. 取出。"""
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")
        if block and timeout is None:
            message = self._reader._recv_bytes()
        else:
            message = self._reader.recv_within((timeout or 0) if block else 0)
            if message is None:
                raise Empty
        self._sem.release()
        return opened(message)


class JoinableQueue(Queue, _JoinableQueue):
    """可等待处理完的队列 / A queue that knows how many of its objects are not done with: ``task_done`` and ``join``."""


class SimpleQueue(_SimpleQueue):
    """简单队列 / A queue without a thread: ``put`` itself sends. As Python's."""

    def __init__(self, *, ctx: Any) -> None:
        super().__init__(ctx=ctx)
        self.close()
        self._reader, self._writer = Pipe(duplex=False)
        self._poll = self._reader.poll
        self._wlock = _Free()

    def get(self) -> Any:
        """Take an object out: waits for one. 取出。"""
        while True:
            self._reader.poll(None)
            with self._rlock:  # ``Pool`` holds it to empty the queue; nobody holds it and waits
                message = self._reader.recv_within(0)
            if message is not None:
                return opened(message)

    def put(self, obj: Any) -> None:
        """Put an object in. 放入。"""
        self._writer.send(obj)
