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


def programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are: Debian keeps them off the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += [Path(name) for name in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database, as long as it is needed."""
    place = programs()
    assert place is not None, "there is no PostgreSQL on this machine"
    # a socket's path has to be short; and the server does not run as root
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    common = {"cwd": folder, "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, **who}
    making = [place / "initdb", "-D", folder / "data", "-A", "trust", "-U", "grader", "--no-sync", "-E", "UTF8"]
    subprocess.run(making, check=True, stdout=subprocess.DEVNULL, **common)
    command = [place / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, **common)
    try:
        end = time.monotonic() + 30
        while not list(folder.glob(".s.PGSQL.*[0-9]")):
            assert running.poll() is None and time.monotonic() < end, "the server does not start"
            time.sleep(0.05)
        yield f"postgresql://grader@/postgres?host={folder}"
    finally:
        running.send_signal(signal.SIGINT)  # ends though clients are connected
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
