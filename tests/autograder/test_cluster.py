"""Grading on a Dask cluster: a real scheduler with two workers, one of which is killed in the middle."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import distributed
import pytest

from autograder.classroom import batch, processes, work
from autograder.classroom.folder import Classroom, ClassroomError
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
        pytest.raises(
            ClassroomError, match=r"worker at tcp://\S+ cannot grade: it has version \w+ .*expected another"
        ) as refused,
        processes.open_place(1, cluster.scheduler_address, "limits"),
    ):
        pass
    assert re.search(r"不能评分：那里的 tidu.*是另一个版本（\w+，应为 another）", refused.value.message.zh)
    assert "it has" not in refused.value.message.zh


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:{port}",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("nonsense", "tcp://[:", "tcp://")),
    ],
)
def test_a_scheduler_that_is_not_there_is_one_line(address, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(processes, "_SECONDS", 1)
    began = time.monotonic()
    with (
        pytest.raises(ClassroomError, match="no Dask scheduler answers") as refusal,
        processes.open_place(1, address.format(port=port), "limits"),
    ):
        pass
    gc.collect()  # a client that was half made would look for its scheduler for half a minute
    assert time.monotonic() - began < 15 and "没有 Dask 调度器应答" in refusal.value.message.zh


@contextlib.contextmanager
def started(*command, **others):
    """A program of Dask's, as it runs on a machine of a cluster."""
    running = subprocess.Popen(
        [sys.executable, *command], env=batches.environment(**others), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


#: A worker whose machine lacks the package, or has another version of a check.
_LACKS = "import sys; sys.modules['autograder'] = None; "
_DIFFERS = "from autograder.classroom import folder, work; folder.checks = work.checks = lambda: '0ld'; "
_WORKER = "from distributed.cli.dask_worker import main; main()"


@contextlib.contextmanager
def distant(before="", **others):
    """A scheduler and a worker, each a program of its own; the worker does ``before`` first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    command = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    work = [address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    with started(*command) as scheduler, started("-c", before + _WORKER, *work, **others):
        with distributed.Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
        yield address, scheduler


@pytest.mark.long
@pytest.mark.parametrize(("before", "says"), [(_LACKS, "autograder"), (_DIFFERS, "it has version 0ld")])
def test_a_worker_of_another_machine_that_cannot_grade_is_refused_in_one_line(before, says, room):
    with distant(before) as (address, _):
        done = subprocess.run(
            batches.command(room, "--scheduler", address, "--force"),
            env=batches.environment(), text=True, capture_output=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert re.match(r"error: the worker at tcp://\S+ cannot grade: ", done.stderr) and says in done.stderr, done.stderr


@pytest.mark.long
def test_a_scheduler_that_is_lost_is_one_line_and_the_rest_is_graded_later(tmp_path):
    room = batches.make(tmp_path / "class", 40)
    with distant() as (address, scheduler):
        running = batches.start(room, "--scheduler", address)
        batches.wait_for(lambda: batches.stored(room) or running.poll() is not None)
        os.killpg(scheduler.pid, signal.SIGKILL)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 2 and len(said.splitlines()) == 1, said
    assert f"the Dask scheduler at {address} is gone" in said
    assert 0 < batches.stored(room) < 40
    done = subprocess.run(batches.command(room), env=batches.environment(), text=True, capture_output=True, check=False)
    batches.right(room, json.loads(done.stdout), 40)


@pytest.mark.long
def test_exercises_of_a_class_work_on_workers_that_have_them_and_are_refused_in_one_line_elsewhere(tmp_path):
    room = Classroom.create(tmp_path / "class", {}, seed=1)
    for word in (["new", "15_own"], ["new-exercise", "15_own", "place_of"]):
        made = subprocess.run(
            [sys.executable, "-m", "autograder.cli", *word, "-C", room.root],
            env=batches.environment(), text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    for word in ("build", "release"):
        made = subprocess.run(
            [sys.executable, "-m", "autograder.cli", word, "-C", room.root],
            env=batches.environment(), text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert word == "build" or made.returncode == 0, made.stderr
    path = room.path("submitted", "15_own", "lin")
    path.parent.mkdir(parents=True)
    shutil.copy(room.path("release", "15_own"), path)
    copy = shutil.copytree(room.root / "exercises", tmp_path / "elsewhere")
    for others, code in (({}, 2), ({"TIDU_EXERCISES": str(copy)}, 0)):
        with distant(**others) as (address, _):
            done = subprocess.run(
                batches.command(room, "--scheduler", address),
                env=batches.environment(), text=True, capture_output=True, check=False,
            )  # fmt: skip
        assert done.returncode == code, done.stderr
        if code:
            assert len(done.stderr.splitlines()) == 1 and "start workers with TIDU_EXERCISES" in done.stderr
        else:
            assert json.loads(done.stdout)[0]["status"] == "graded"
