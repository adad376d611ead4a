"""Grading on a Dask cluster: a real scheduler with two workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import socket

import distributed
import pytest

from autograder.classroom import batch, processes, work
from autograder.classroom.folder import ClassroomError
from autograder.grading import sandbox
from tests.autograder import batches
from tests.effort import rounds

COUNT = rounds(4, 40)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return batches.make(tmp_path_factory.mktemp("cluster") / "class", COUNT)


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50, memory_limit=0
    ) as cluster:
        yield cluster


def test_a_worker_killed_in_the_middle_costs_nothing(room, cluster):
    pids = []

    def progress(done, total, item):
        if done == 1:
            pids.append(next(iter(cluster.workers.values())).pid)
            os.kill(pids[0], signal.SIGKILL)

    lines = batch.grade_class(room, [batches.NAME], scheduler=cluster.scheduler_address, progress=progress)
    assert pids and len(lines) == COUNT
    here = {}
    for number, line in enumerate(lines):
        if number < 4:
            task = work.Task(
                room.submissions(batches.NAME)[number],
                room.release(batches.NAME), room.seed, sandbox.choose(), work.Budget(),
            )  # fmt: skip
            here[number] = work.grade(work.work_of(task))[1]
        assert line.outcome.results == here[number % 4].results
        assert line.status == here[number % 4].status
    fresh = []
    batch.grade_class(
        room, [batches.NAME], scheduler=cluster.scheduler_address, progress=lambda *item: fresh.append(item[2].fresh)
    )
    assert fresh == [False] * COUNT


def test_workers_that_cannot_grade_say_so_in_one_line(cluster, monkeypatch):
    monkeypatch.setattr(processes, "checks", lambda: "another")
    with (
        pytest.raises(ClassroomError, match=r"worker at tcp://\S+ cannot grade: it has version \w+ .*expected another"),
        processes.open_place(1, cluster.scheduler_address, "limits"),
    ):
        pass


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(processes, "_SECONDS", 1)
    with (
        pytest.raises(ClassroomError, match="no Dask scheduler answers"),
        processes.open_place(1, f"tcp://127.0.0.1:{port}", "limits"),
    ):
        pass
