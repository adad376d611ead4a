"""One pass over the data with worker processes that load in advance. 多进程的一轮迭代。

Batches come back in the order of their numbers, whichever worker is first. What can go wrong is seen at once and not
by waiting: a worker's end wakes whoever waits for its data, and an error is a message like another.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import sys
import time
import warnings
from collections import deque
from multiprocessing import connection
from pickle import PicklingError
from typing import Any

from tidu import multiprocessing
from tidu.utils.data._iterators import _BaseDataLoaderIter
from tidu.utils.data._utils import worker
from tidu.utils.data._utils.pin_memory import pin_memory

_UNPICKLABLE = (
    "Got pickle error when attempting to start a worker Process. This might be because the worker Process arguments "
    "are not picklable. Python 3.14+ changed the multiprocessing start method in non-Mac POSIX platforms to "
    "'forkserver', which requires the worker Process arguments to be picklable. You can also try "
    "multiprocessing.set_start_method('fork')."
)
_TOO_MANY = (
    "Too many open files. Communication with the workers is no longer possible. Please increase the limit using "
    "`ulimit -n` in the shell or change the sharing strategy by calling "
    "`torch.multiprocessing.set_sharing_strategy('file_system')` at the beginning of your code"
)


class _Worker:
    """A worker as the loader sees it: its process, and this side's ends of its pipes."""

    def __init__(self, process: Any, tasks: Any, results: Any) -> None:
        self.process, self.tasks, self.results = process, tasks, results
        self.active = True  # whether it has more to give in this pass
        self.pending = 0  # tasks it has that were not answered yet, or not given on

    def tell(self, task: Any) -> None:
        try:
            self.tasks.send(task)
        except OSError:  # it has ended, which whoever waits for it will see
            pass

    def close(self) -> None:
        self.tasks.close()
        self.results.close()

    def code(self) -> int | None:
        """The exit code, once it has ended."""
        self.process.join()
        code: int | None = self.process.exitcode
        return code

    def end(self) -> str:
        """How it ended, in PyTorch's words."""
        code, pid = self.code(), self.process.pid
        if code is None or code >= 0:
            return (
                f"DataLoader worker (pid {pid}) exited unexpectedly with exit code {code}. Details are lost due to "
                "multiprocessing. Rerunning with num_workers=0 may give better error trace."
            )
        told = f"DataLoader worker (pid {pid}) is killed by signal: {signal.strsignal(-code)}. "
        if -code == getattr(signal, "SIGBUS", None):
            told += (
                "It is possible that dataloader's workers are out of shared memory. Please try to raise your shared "
                "memory limit."
            )
        return told


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """A pass whose batches are made by other processes. 由工作进程读数据。"""

    _shutdown = True  # until there is something to shut down
    _patience = worker.MP_STATUS_CHECK_INTERVAL  # seconds that workers have to end when they are told to

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._prefetch_factor = loader.prefetch_factor
        self._in_order = loader.in_order
        self._worker_init_fn = loader.worker_init_fn
        if self._prefetch_factor <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        context = loader.multiprocessing_context or multiprocessing.get_context()
        self._process = os.getpid()
        self._failure: tuple[str, str] | None = None
        self._send_idx = 0
        self._team: list[_Worker] = []
        self._shutdown = False
        try:
            for i in range(self._num_workers):
                self._team.append(self._start(context, i))
            self._reset(loader, first_iter=True)
        except BaseException:
            self._shutdown_workers()
            raise

    def _start(self, context: Any, number: int) -> _Worker:
        their_tasks, tasks = multiprocessing.Pipe(duplex=False)
        results, their_results = multiprocessing.Pipe(duplex=False)
        forked = context.get_start_method() == "fork"
        ours = [end for w in self._team for end in (w.tasks, w.results)] + [tasks, results]
        process = context.Process(
            target=worker._worker_loop,
            args=(
                self._dataset_kind,
                self._dataset,
                their_tasks,
                their_results,
                ours if forked else [],
                self._auto_collation,
                self._collate_fn,
                self._drop_last,
                self._base_seed,
                self._worker_init_fn,
                number,
                self._num_workers,
            ),
            daemon=True,
        )
        try:
            process.start()
        except (TypeError, AttributeError, PicklingError):
            warnings.warn(_UNPICKLABLE, stacklevel=7)
            raise
        finally:
            their_tasks.close()
            their_results.close()
        return _Worker(process, tasks, results)

    @property
    def _workers(self) -> list[Any]:
        return [w.process for w in self._team]

    @property
    def alive(self) -> bool:
        """Whether another pass can be made with these workers. 工作进程是否还在。"""
        return not self._shutdown and all(w.process.is_alive() for w in self._team)

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        super()._reset(loader, first_iter)
        self._rcvd_idx = self._send_idx  # what still comes of an earlier pass has a lower number
        # Of each task that was handed out and whose batch was not given on: its worker, then also its data.
        self._task_info: dict[int, Any] = {}
        self._arrived: deque[int] = deque()
        self._cycle = itertools.cycle(self._team)
        for w in self._team:
            w.active, w.pending = True, 0
            if not first_iter:
                w.tell(worker.RESUME)
        for _ in range(self._prefetch_factor * self._num_workers):
            self._try_put_index()

    def _try_put_index(self) -> None:
        """Hand out one more task, if there is one and a worker to take it."""
        try:
            indices = self._next_index()
        except StopIteration:
            return
        active = sum(w.active for w in self._team)
        share = self._prefetch_factor * self._num_workers // active if active else 0
        for w in itertools.islice(self._cycle, self._num_workers):
            if w.active and (self._in_order or w.pending < share):
                break
        else:
            return
        self._task_info[self._send_idx] = (w,)
        w.pending += 1
        w.tell((self._send_idx, indices))
        self._send_idx += 1

    def _next_data(self) -> Any:
        while True:
            if self._failure is not None:
                told, how = self._failure
                raise RuntimeError(told) from RuntimeError(how)
            if not self._task_info:
                if not self._persistent_workers:
                    self._shutdown_workers()
                raise StopIteration
            number = self._ready()
            if number is None:
                self._collect()
                continue
            w, data = self._task_info.pop(number)
            w.pending -= 1
            if isinstance(data, worker.Exhausted):
                self._retire(w)
                self._try_put_index()
                continue
            self._try_put_index()
            if isinstance(data, worker.ExceptionWrapper):
                data.reraise()
            return pin_memory(data) if self._pin_memory else data

    def _ready(self) -> int | None:
        """The number of the next batch to give, None if it has not come yet."""
        if not self._in_order:
            return self._arrived.popleft() if self._arrived else None
        while self._rcvd_idx not in self._task_info:  # an exhausted worker will never answer it
            self._rcvd_idx += 1
        return self._rcvd_idx if len(self._task_info[self._rcvd_idx]) == 2 else None

    def _collect(self) -> None:
        """Wait until something comes, and take in all that has.

        ``RuntimeError`` when nothing comes in time, or for a worker that has ended.
        """
        results: dict[Any, _Worker] = {w.results: w for w in self._team if w.active}
        ends: dict[Any, _Worker] = {w.process.sentinel: w for w in self._team if w.active}
        ready = connection.wait([*results, *ends], self._timeout or None)
        if not ready:
            self._patience = 0.0  # they had their time
            raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
        dead = []
        for end in ready:
            if (w := results.get(end)) is not None:
                try:
                    number, data = w.results.recv()
                except (EOFError, ConnectionResetError):
                    dead.append(w)
                    continue
                except OSError as error:
                    if error.errno == errno.EMFILE:
                        self._failure = _TOO_MANY, str(error)
                        return
                    raise
                if number in self._task_info:
                    self._task_info[number] += (data,)
                    self._arrived.append(number)
            elif (w := ends[end]).results not in ready:  # what it sent before comes first
                dead.append(w)
        if dead:
            # Ctrl-C reaches the loader, too; but in a finalizer, of a batch, say, Python would drop it.
            if any(w.code() == worker.INTERRUPTED for w in dead):
                raise KeyboardInterrupt
            dead = list(dict.fromkeys(dead))
            pids = ", ".join(str(w.process.pid) for w in dead)
            self._failure = f"DataLoader worker (pid(s) {pids}) exited unexpectedly", dead[0].end()

    def _retire(self, w: _Worker) -> None:
        """A worker has no more to give in this pass: what else it was asked for will not come."""
        w.active = False
        self._task_info = {n: info for n, info in self._task_info.items() if info[0] is not w}
        if not self._persistent_workers:
            w.tell(None)

    def _shutdown_workers(self) -> None:
        """End all workers: they are told, waited for, and killed if that does not help."""
        if self._shutdown or sys.is_finalizing() or os.getpid() != self._process:
            return
        self._shutdown = True
        for w in self._team:
            w.tell(None)
            w.close()
        for stop, patience in (
            (lambda process: None, self._patience),
            (lambda process: process.terminate(), worker.MP_STATUS_CHECK_INTERVAL),
            (lambda process: process.kill(), None),
        ):
            left = [w.process for w in self._team if w.process.is_alive()]
            until = time.monotonic() + (patience or 0)
            for process in left:
                stop(process)
            for process in left:
                process.join(None if patience is None else max(0, until - time.monotonic()))

    def __del__(self) -> None:
        self._shutdown_workers()
