"""A PostgreSQL server of its own for a test, in a temporary folder; nothing of the machine's is touched."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are: Debian keeps them off the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += [Path(name) for name in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class Server:
    """One server: the folder that it has for itself, and the URL of an empty database in it."""

    def __init__(self) -> None:
        place = programs()
        assert place is not None, "there is no PostgreSQL on this machine"
        # a socket's path has to be short; and the server does not run as root
        self.place, self.folder = place, Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self.url = f"postgresql://grader@/postgres?host={self.folder}"
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.common: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
            **who,
        }
        making = [
            place / "initdb",
            "-D",
            self.folder / "data",
            "-A",
            "trust",
            "-U",
            "grader",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, **self.common)
        self.start()

    def start(self) -> None:
        options = ["-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        command = [self.place / "postgres", "-D", self.folder / "data", *options]
        self.running = subprocess.Popen(command, stderr=subprocess.DEVNULL, **self.common)
        end = time.monotonic() + 30
        while not list(self.folder.glob(".s.PGSQL.*[0-9]")):
            assert self.running.poll() is None and time.monotonic() < end, "the server does not start"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        self.running.send_signal(number)  # ends though clients are connected
        self.running.wait(20)
        for left in self.folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A server, as long as it is needed."""
    server = Server()
    try:
        yield server
    finally:
        if server.running.poll() is None:
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database, as long as it is needed."""
    with serving() as one:
        yield one.url
