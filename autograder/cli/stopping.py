"""How a command ends that is told to stop: Ctrl-C, SIGTERM and a closed terminal (SIGHUP) are a line and 128 + n."""

from __future__ import annotations

import signal


class Stopped(KeyboardInterrupt):
    """A signal that ends a command as Ctrl-C does: what is done is stored and said, and no process stays."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def stop_in_order() -> None:
    """Have SIGTERM and SIGHUP end this process as Ctrl-C does, but where they are ignored, as by ``nohup``."""

    def stop(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough, and what cleans up is not to be interrupted
        raise Stopped(number)

    for name in ("SIGTERM", "SIGHUP"):  # Windows has no terminal to close
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def exit_code(stop: BaseException | None) -> int:
    """The exit code of a command that was stopped so, as a shell counts it."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)
