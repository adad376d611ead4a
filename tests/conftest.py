"""What all tests share: how long they may take."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator

import pytest

from tests import effort

# jsonschema, and so nbformat, would compile its grammar for 2 s in each process; no notebook's schema uses it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the longer runs of the same tests (make test-all)")
    parser.addoption("--gates", action="store_true", help="the gates at full length (make gates, make test GATES=1)")


def pytest_configure(config: pytest.Config) -> None:
    for option, variable in (("--long", effort.LONG), ("--gates", effort.GATES)):
        if config.getoption(option):
            os.environ[variable] = "1"  # read at collection, by xdist's workers too
    # Started in the background (``nohup``, ``&``), we would be deaf to Ctrl-C and to a closed terminal, and so would
    # every process that a test starts in order to stop it.
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Twenty-six thousand tests, and PyTorch, stay until the end: the collector of garbage need not look at them while
    they are made, nor again whenever a test asks for ``gc.collect()``."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="module", autouse=True)
def kept_out_of_sight() -> Generator[None]:
    """What a module leaves behind (recorded answers, a million objects of them, or more of PyTorch) stays too: with it
    in sight, one ``gc.collect()`` takes seconds."""
    yield
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed_the_cpu_alone()
    # Not by keyword, of which a test of the operation ``long`` has one too.
    left_out = [name for name, asked_for in (("long", effort.long()), ("gate", effort.gates())) if not asked_for]
    left = {item for item in items if any(item.get_closest_marker(name) for name in left_out)}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def seed_the_cpu_alone() -> None:
    """Keep PyTorch's ``manual_seed`` from noting down, with the whole stack, a seed for each accelerator that is not
    there: 5 ms a call, which was a third of the comparison with PyTorch."""
    torch = sys.modules.get("torch")
    if torch is not None and not torch.cuda.is_available():
        for accelerator in (torch.cuda, torch.xpu, torch.mtia):
            accelerator.manual_seed_all = lambda seed: None
