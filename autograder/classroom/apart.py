"""Run work in a process of its own, which the kernel ends when it takes too long, whatever it is at.

An examiner that sits in one call of C's (a sort, a regular expression, a power of large numbers) takes no exception and
runs no handler of a signal; only its process can be ended.  What waits for it goes on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from typing import Any

# the paths are this process's: what was found here is found there, and nothing in the folder that it happens to be in
_START = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from autograder.classroom.apart import serve; serve(int(sys.argv[1]), int(sys.argv[2]))"
)


class Died(Exception):
    """The process ended in the middle, by itself or because something killed it."""


class Overdue(Exception):
    """The work took longer than it may, and its process was ended."""


class Apart:
    """A process to work in: started when it is needed, and anew after it ended. 干活的独立进程，需要时启动。"""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._running: tuple[subprocess.Popen[bytes], Connection] | None = None

    def run(self, function: Callable[..., Any], *given: Any, seconds: float) -> Any:
        """What ``function(*given)`` returns or raises there; both have to be such as can be pickled.

        ``function(*given)`` 在那里的返回值或异常。Raises :class:`Overdue` after ``seconds``, and :class:`Died`.
        """
        process, connection = self._at_hand()
        try:
            connection.send((function, given, seconds))
            failed, answer = connection.recv()
        except (EOFError, OSError):
            self._end()
            if process.returncode == -signal.SIGALRM:
                raise Overdue(f"it took more than {seconds:g} s") from None
            raise Died(f"its process ended ({process.returncode})") from None
        except BaseException:
            self._end()  # what was interrupted would be answered to a question that comes later
            raise
        if failed:
            raise answer
        return answer

    def _at_hand(self) -> tuple[subprocess.Popen[bytes], Connection]:
        with self._lock:
            if self._closed:
                raise Died("it was closed")
            if self._running is None:
                mine, theirs = Pipe()
                numbers = [str(theirs.fileno()), str(os.getpid())]
                with theirs:
                    process = subprocess.Popen(
                        [sys.executable, "-P", "-c", _START, *numbers, *sys.path],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        pass_fds=[theirs.fileno()],
                        start_new_session=True,  # Ctrl-C comes to this process alone
                    )
                self._running = process, mine
            return self._running

    def _end(self) -> None:
        with self._lock:
            if self._running is not None:
                process, connection = self._running
                self._running = None
                process.kill()
                process.wait()
                connection.close()

    def close(self) -> None:
        """End it for good; whoever waits for it gets :class:`Died`. 永久结束；正在等它的得到 :class:`Died`。"""
        with self._lock:
            self._closed = True
            if self._running is not None:
                self._running[0].kill()
                self._running[0].wait()

    def __del__(self) -> None:
        self.close()


_of_thread = threading.local()


def run(function: Callable[..., Any], *given: Any, seconds: float) -> Any:
    """:meth:`Apart.run`, in the process that goes with this thread. 在当前线程名下的进程里运行。"""
    here: Apart = _of_thread.__dict__.setdefault("apart", Apart())
    return here.run(function, *given, seconds=seconds)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, which may have had no time to say so."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


def serve(fd: int, parent: int) -> None:
    """Do what comes through a connection, one after another. 逐一执行从连接传来的工作。"""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    connection = Connection(fd)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # nobody is there any more
        while True:
            function, given, seconds = connection.recv()
            signal.setitimer(signal.ITIMER_REAL, seconds)  # at its end the kernel ends this process, also inside of C
            answer: tuple[bool, Any]
            try:
                answer = False, function(*given)
            except BaseException as error:
                answer = True, error
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send(answer)
