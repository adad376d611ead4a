"""The conformance samples again, with their data on a device: all that they show is what they show on the host.

The device is a fake one, or with ``TIDU_TEST_GPU=1`` (``make test-gpu``) CuPy's. A part of the samples runs in the
ordinary run, all under ``--long``. ``host_only.txt`` lists the ops that do not yet run there, or whose samples are of
the host; ``python -m tests.devices.test_samples`` writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tidu
from tests.devices.device import CUPY, DeviceArray
from tests.effort import long
from tests.ops.cases import SAMPLES
from tests.ops.observe import Comparison, observe
from tidu import _backend, _device, cuda
from tidu._tensor import Tensor, wrap
from tidu.ops import types

ON_GPU = os.environ.get("TIDU_TEST_GPU") == "1"
STEP = 1 if long() or ON_GPU else 10
SLACK = 1e-6  # a GPU adds in another order
HOST_ONLY = Path(__file__).with_name("host_only.txt")


class _Elsewhere:
    """tidu, whose ``from_numpy`` makes tensors on the device."""

    __name__ = "tidu"

    def __getattr__(self, name: str) -> Any:
        return getattr(tidu, name)

    @staticmethod
    def from_numpy(array: np.ndarray) -> Tensor:
        if ON_GPU:
            return tidu.from_numpy(array).cuda()
        return wrap(DeviceArray.holding(array))


def _held(self: Tensor, *, force: bool = False) -> np.ndarray:
    """As ``Tensor.numpy``, of a tensor that must still be on the device."""
    assert not isinstance(self._array, np.ndarray), "the result has left the device"
    if self.requires_grad and tidu.is_grad_enabled() and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return self._array.held if isinstance(self._array, DeviceArray) else self._array.get()


@contextmanager
def device() -> Iterator[_Elsewhere]:
    """Inside, ``_Elsewhere`` has its tensors on the device, and results may not leave it."""
    patched = pytest.MonkeyPatch()
    if not ON_GPU:
        for module in (_backend, _device, types, cuda):
            for name in ("gpu", "_gpu"):
                if hasattr(module, name):
                    patched.setattr(module, name, lambda: CUPY)
    patched.setattr(Tensor, "numpy", _held)
    tidu.set_default_device("cuda")
    try:
        yield _Elsewhere()
    finally:
        tidu.set_default_device(None)
        patched.undo()


def differences(key: str) -> list[str]:
    """What a sample shows on the device and not on the host."""
    sample = SAMPLES[key]
    wanted = observe(tidu, sample)
    with device() as elsewhere:
        found = observe(elsewhere, sample)
    return Comparison(sample, SLACK)(wanted, found).mismatches


def listed() -> list[str]:
    return HOST_ONLY.read_text().split()


@pytest.mark.parametrize("part", range(8))
def test_samples_show_on_the_device_what_they_show_on_the_host(part: int) -> None:
    known = set(listed())
    keys = [k for k in list(SAMPLES)[part :: 8 * STEP] if SAMPLES[k].op not in known]
    wrong = {k: found for k in keys if (found := differences(k))}
    assert not wrong, f"{len(wrong)} of {len(keys)} differ: {dict(list(wrong.items())[:20])}"


@pytest.mark.long
@pytest.mark.skipif(ON_GPU, reason="the list is that of the fake device")
def test_what_runs_on_the_device_is_not_listed() -> None:
    fit = [op for op in listed() if not any(differences(k) for k in SAMPLES if SAMPLES[k].op == op)]
    assert not fit, f"take these off {HOST_ONLY.name}: {fit}"


def test_most_ops_run_on_the_device() -> None:
    assert len(listed()) < len({s.op for s in SAMPLES.values()}) / 4


def write() -> None:
    """Write the list anew."""
    found = sorted({SAMPLES[k].op for k in SAMPLES if differences(k)})
    HOST_ONLY.write_text("\n".join(found) + "\n")
    print(f"{HOST_ONLY}: {len(found)} of {len({s.op for s in SAMPLES.values()})} ops")


if __name__ == "__main__":
    write()
