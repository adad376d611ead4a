"""What these tests share: the module under test, and nothing left over after any of them."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator

import pytest

from tests.autograd.conftest import t  # noqa: F401  (tidu, and PyTorch where it is installed)
from tests.multiprocessing.held import held
from tidu import _files

if sys.platform != "linux":
    collect_ignore_glob = ["*"]  # the shared memory is counted in /proc


@pytest.fixture
def nothing_left() -> Iterator[None]:
    _files.home()
    before = held()
    yield
    end = time.monotonic() + 10
    while (after := held()) != before and time.monotonic() < end:
        gc.collect()
        if after.descriptors <= before.descriptors and after.mapped <= before.mapped and after.named == before.named:
            return
        time.sleep(0.01)  # a queue's thread closes the queue's ends
    assert after == before
