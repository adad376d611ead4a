"""What a worker process of a loader does. 工作进程。

A worker gets tasks, ``(number, indices)``, through one pipe and sends ``(number, batch)`` through another; both are its
own, so that one that is killed holds nobody else up. A thread reads the tasks as they come: the loader never waits to
hand one out, and the worker hears at once that it is to stop or that the loader is gone.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from multiprocessing import connection, parent_process
from queue import SimpleQueue
from typing import Any

import numpy as np

from tidu._threads import set_num_threads
from tidu.ops.generator import manual_seed
from tidu.utils.data._utils.fetch import _DatasetKind
from tidu.utils.data._utils.info import WorkerInfo, become, get_worker_info

__all__ = ["WorkerInfo", "get_worker_info"]

MP_STATUS_CHECK_INTERVAL = 5.0  # seconds: between looks for whether the other side lives, and until one is made to end

INTERRUPTED = 130  # exit code of a worker that was told to end by Ctrl-C, as shells have it
RESUME = "resume"  # the task to read the dataset from its beginning


class Exhausted:
    """In place of a batch: this worker's copy of the stream is at its end. 数据流已读完。"""


class KeyErrorMessage(str):
    """A text that a ``KeyError`` shows as it is, with its lines. KeyError 的多行消息。"""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """The exception being handled, as it can be sent to another process: its class and its traceback as text.

    可以送往别的进程的异常。
    """

    def __init__(self, error: BaseException, where: str) -> None:
        self.exc_type: Any = type(error)
        self.name = self.exc_type.__name__
        self.exc_msg = "".join(traceback.format_exception(error))
        self.where = where

    def reraise(self) -> None:
        """重新抛出 / Raise an exception of that class, with the traceback as its text.

        ``RuntimeError`` for a class that cannot be made of a text.
        """
        text = f"Caught {self.name} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            text = KeyErrorMessage(text)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=text)
        try:
            error = self.exc_type(text)
        except Exception:
            raise RuntimeError(text) from None
        raise error


def _generate_state(base_seed: int, worker_id: int) -> list[int]:
    """What NumPy is seeded with: other bits than ``random``'s, which has the same generator."""
    words = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return np.random.SeedSequence(words).generate_state(4).tolist()


def _seed_all(base_seed: int, worker_id: int) -> int:
    seed = base_seed + worker_id
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(_generate_state(base_seed, worker_id))
    return seed


def _listen(tasks: Any, queue: SimpleQueue[Any]) -> None:
    """Pass tasks on until the loader closes its end or is gone; then end, at last by force."""
    parent, loader = os.getppid(), parent_process()
    ends = [tasks] if loader is None else [tasks, loader.sentinel]
    try:
        while os.getppid() == parent:
            ready = connection.wait(ends, MP_STATUS_CHECK_INTERVAL)
            if tasks in ready:
                task = tasks.recv()
                queue.put(task)
                if task is None:
                    return
            elif ready:
                break
    except (EOFError, OSError):
        pass
    queue.put(None)
    time.sleep(MP_STATUS_CHECK_INTERVAL)  # a daemon's sleep: when the main thread is done, all is
    os._exit(1)


def _send(results: Any, number: int, data: Any, where: str) -> bool:
    """Whether the loader still listens. What cannot be pickled is an error that it has to hear of."""
    try:
        results.send((number, data))
        return True
    except (BrokenPipeError, ConnectionResetError):
        return False
    except Exception as error:
        if isinstance(data, ExceptionWrapper):  # of a class that is known here alone
            data.exc_type = RuntimeError
        else:
            data = ExceptionWrapper(error, where)
    return _send(results, number, data, where)


def _worker_loop(
    kind: int,
    dataset: Any,
    tasks: Any,
    results: Any,
    inherited: Iterable[Any],
    auto_collation: bool,
    collate_fn: Callable[[Any], Any],
    drop_last: bool,
    base_seed: int,
    init_fn: Callable[[int], None] | None,
    worker_id: int,
    num_workers: int,
) -> None:
    """Answer tasks until one is None."""
    try:
        for end in inherited:  # the loader's ends of the pipes: if we kept them, nobody would see that it is gone
            end.close()
        queue: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=_listen, args=(tasks, queue), daemon=True).start()
        set_num_threads(1)
        seed = _seed_all(base_seed, worker_id)
        become(WorkerInfo(worker_id, num_workers, seed, dataset))
        where = f"in DataLoader worker process {worker_id}"
        fetcher: Any = None
        failed: ExceptionWrapper | None = None
        ended = False
        try:
            if init_fn is not None:
                init_fn(worker_id)
            fetcher = _DatasetKind.create_fetcher(kind, dataset, auto_collation, collate_fn, drop_last)
        except Exception as error:
            failed = ExceptionWrapper(error, where)
        while (task := queue.get()) is not None:
            if task == RESUME:
                try:
                    fetcher = _DatasetKind.create_fetcher(kind, dataset, auto_collation, collate_fn, drop_last)
                except Exception as error:
                    failed = ExceptionWrapper(error, where)
                ended = False
                continue
            if ended:
                continue
            number, indices = task
            data: Any = failed
            if data is None:
                try:
                    data = fetcher.fetch(indices)
                except Exception as error:
                    ended = isinstance(error, StopIteration) and kind == _DatasetKind.Iterable
                    data = Exhausted() if ended else ExceptionWrapper(error, where)
            if not _send(results, number, data, where):
                break
            del data, task  # no memory for what is not needed while waiting
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
