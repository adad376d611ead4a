"""Where work is done: processes of this machine, or of a Dask cluster's; each ends what takes too long."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from autograder import exercises
from autograder.classroom.apart import Apart, run
from autograder.classroom.folder import ClassroomError, checks
from autograder.classroom.work import unfit
from autograder.judging.catalogue import Message

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
LOCAL = "local"
_SECONDS = 15  # for a scheduler to answer


@dataclass(frozen=True)
class Place:
    """Where work is done, and how many pieces of it go on there at the same time. 干活的地方及其并行数。

    submit   as :func:`autograder.classroom.apart.run`, but for the future of what that returns
    """

    submit: Callable[..., Future[Any]]
    jobs: int


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
    every = [Apart() for _ in range(max(jobs, 1))]
    free: queue.SimpleQueue[Apart] = queue.SimpleQueue()
    for one in every:
        free.put(one)

    def work(function: Callable[..., Any], *given: Any, seconds: float) -> Any:
        one = free.get()
        try:
            return one.run(function, *given, seconds=seconds)
        finally:
            free.put(one)

    threads = ThreadPoolExecutor(len(every))
    try:
        yield Place(lambda *given, seconds: threads.submit(work, *given, seconds=seconds), len(every))
    finally:
        # what is interrupted does not wait for submissions that may take minutes; they are graded the next time
        for one in every:
            one.close()
        threads.shutdown(cancel_futures=True)


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
                # what it has may be so old or so incomplete that it cannot even say what is wrong
                text = said if isinstance(said, str) else f"{type(said).__name__}: {said}"
                why = said if isinstance(said, Message) else Message(text, text)
                zh, en = "", ""
                if os.environ.get(exercises.OTHERS):
                    zh = f"；这个班有自己的练习：复制过去，启动工作进程时用 {exercises.OTHERS} 指明"
                    en = f"; the class has exercises of its own: copy them there, start workers with {exercises.OTHERS}"
                raise ClassroomError(
                    f"the worker at {worker} cannot grade: {why.en}{en}", f"工作进程 {worker} 不能评分：{why.zh}{zh}"
                )
        executor = stack.enter_context(client.get_executor(pure=False))
        yield Place(functools.partial(executor.submit, run), len(workers))
