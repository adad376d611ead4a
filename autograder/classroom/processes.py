"""Where work is done: processes of this machine, or a Dask cluster; both as executors of ``concurrent.futures``."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from autograder import exercises
from autograder.classroom.folder import ClassroomError, checks
from autograder.classroom.work import unfit

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
LOCAL = "local"
_SECONDS = 15  # for a scheduler to answer


@dataclass(frozen=True)
class Place:
    """An executor, and how many pieces of work go on in it at the same time. 一个执行器及其并行数。"""

    executor: Executor
    jobs: int

    def submit(self, function: Callable[..., Any], *given: Any) -> Future[Any]:
        """``Executor.submit``, in such a way that Ctrl-C comes to this process alone. 提交，Ctrl-C 只到本进程。"""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _without_main():
                return self.executor.submit(function, *given)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start in this do not import the main module first: of the command line they have no use."""
    main = vars(sys.modules["__main__"])
    kept: dict[str, Any] = {name: main.pop(name) for name in ("__spec__", "__file__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(kept)


@contextlib.contextmanager
def open_place(jobs: int, scheduler: str | None, tier: str) -> Iterator[Place]:
    """Processes to work in, which end with this one. 打开工作的地方；本进程结束时它们也结束。

    scheduler   the address of a Dask scheduler, "local" for a cluster of this machine's own, None for plain processes

    Raises :class:`~autograder.classroom.folder.ClassroomError` when there is none, or its workers are unfit.
    """
    # each process grades one submission at a time: BLAS threads of its own would only fight over the processors
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    with _pool(jobs) if scheduler is None else _cluster(jobs, scheduler, tier) as place:
        yield place


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[Place]:
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max(jobs, 1), mp_context=context, initializer=_end_with_parent)
    try:
        yield Place(pool, jobs)
    except BaseException:
        # what is interrupted does not wait for submissions that may take minutes; they are graded the next time
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        with contextlib.suppress(BrokenExecutor):
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, which may have had no time to say so."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _cluster(jobs: int, scheduler: str, tier: str) -> Iterator[Place]:
    try:
        import distributed
    except ImportError:
        raise ClassroomError(
            "--scheduler needs Dask: pip install 'tidu[cluster]'", "--scheduler 要用 Dask：pip install 'tidu[cluster]'"
        ) from None
    for name in ("distributed", "distributed.client"):  # what is lost is said below, in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        address: Any = scheduler
        if scheduler == LOCAL:
            how = {
                "n_workers": max(jobs, 1),
                "threads_per_worker": 1,
                "dashboard_address": "127.0.0.1:0",
                "memory_limit": 0,
            }
            address = stack.enter_context(distributed.LocalCluster(silence_logs=50, **how))
        try:
            if scheduler != LOCAL:  # a client of a wrong address would look for it for half a minute after
                distributed.comm.resolve_address(scheduler)
            client = stack.enter_context(distributed.Client(address, timeout=_SECONDS, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise ClassroomError(
                f"no Dask scheduler answers at {scheduler}: {error}", f"{scheduler} 没有 Dask 调度器应答：{error}"
            ) from None
        workers = client.nthreads()
        if not workers:
            raise ClassroomError(
                f"the Dask scheduler at {scheduler} has no workers yet; start some, then grade",
                f"Dask 调度器 {scheduler} 还没有工作进程；先启动几个，再评分",
            )
        for worker, said in client.run(unfit, tier, checks(), on_error="return").items():
            if said:
                why = said if isinstance(said, str) else f"{type(said).__name__}: {said}"
                if os.environ.get(exercises.OTHERS):
                    why += (
                        f"; the class has exercises of its own: copy them there, start workers with {exercises.OTHERS}"
                    )
                raise ClassroomError(
                    f"the worker at {worker} cannot grade: {why}", f"工作进程 {worker} 不能评分：{why}"
                )
        yield Place(stack.enter_context(client.get_executor(pure=False)), len(workers))
