"""Whether history is recorded: each thread's own matter, and put back however a block is left."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

import tidu
from tidu._modes import OFF


def in_thread(work: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def recorded() -> tuple[bool, ...]:
    """Of one operand, of two, beside a number, and the long way."""
    x = tidu.ones(3, requires_grad=True)
    return tuple(y.requires_grad for y in (x.exp(), x * x, x * 2.0, 2.0 * x, x.sum()))


def test_other_threads_record_while_one_does_not():
    with tidu.no_grad():
        assert recorded() == (False,) * 5
        assert in_thread(recorded) == (True,) * 5
        assert in_thread(tidu.is_grad_enabled)
    assert recorded() == (True,) * 5


def test_threads_switch_at_the_same_time():
    together = Barrier(2)

    def off() -> tuple[bool, ...]:
        with tidu.no_grad():
            together.wait(10)
            inside = recorded()
            together.wait(10)
        return inside

    def on() -> tuple[bool, ...]:
        together.wait(10)
        found = recorded()
        together.wait(10)
        return found

    results: dict[str, Any] = {}
    threads = [Thread(target=lambda f=f: results.update({f.__name__: f()})) for f in (off, on)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == {"off": (False,) * 5, "on": (True,) * 5}


def test_a_thread_that_ends_without_recording_changes_nothing():
    def leave_off() -> None:
        tidu.set_grad_enabled(False)

    in_thread(leave_off)
    assert recorded() == (True,) * 5
    assert in_thread(recorded) == (True,) * 5  # even where it got the ended one's number


@pytest.mark.parametrize("leave", [lambda: None, lambda: 1 / 0], ids=["through the end", "by an error"])
def test_however_a_block_is_left(leave):
    OFF.clear()
    for mode in (tidu.no_grad, tidu.inference_mode, lambda: tidu.set_grad_enabled(False)):
        try:
            with mode(), tidu.enable_grad(), tidu.no_grad():
                leave()
        except ZeroDivisionError:
            pass
        assert tidu.is_grad_enabled() and recorded() == (True,) * 5
        assert not OFF


def test_a_function_under_autocast_may_call_itself():
    @tidu.autocast("cpu")
    def inside(depth: int) -> bool:
        return inside(depth - 1) if depth else tidu.is_autocast_enabled("cpu")

    assert inside(3)
    assert not tidu.is_autocast_enabled("cpu")


def test_an_anomaly_names_the_place_of_a_custom_function():
    class Broken(tidu.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tidu.Tensor) -> tidu.Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: tidu.Tensor) -> tidu.Tensor:
            return g * float("nan")

    with pytest.warns(UserWarning, match="has been enabled"), tidu.autograd.detect_anomaly():
        y = Broken.apply(tidu.ones(2, requires_grad=True))
        with (
            pytest.warns(UserWarning, match=r"Error detected in BrokenBackward[\s\S]*Broken.apply"),
            pytest.raises(RuntimeError, match="'BrokenBackward' returned nan"),
        ):
            y.sum().backward()
