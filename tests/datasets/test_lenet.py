"""LeNet on real digits: it learns, it goes on from a checkpoint to the last bit, and its losses are PyTorch's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tidu as torch
from benchmarks.digits import ACCURACY, EPOCHS, SECONDS, Training, trained
from tests.effort import rounds
from tidu.datasets.digits import _whole


def test_it_learns_in_a_few_epochs() -> None:
    training = Training(seed=0, epochs=2)
    first, second = training.epoch(), training.epoch()
    assert second < 0.8 * first and training.accuracy() > 0.8


@pytest.mark.long
def test_it_reads_the_digits_in_time() -> None:
    """On two cores that have nothing else to do; elsewhere TIDU_PATIENCE is how many times as long it may take."""
    patience = float(os.environ.get("TIDU_PATIENCE", "1"))
    for seed in range(3):
        accuracy, seconds = trained(seed)
        assert accuracy >= ACCURACY and seconds <= SECONDS * patience, (seed, accuracy, seconds)


def bits(state: Any) -> Any:
    """A state with its tensors as bytes."""
    if isinstance(state, torch.Tensor):
        return state.dtype, tuple(state.shape), state.contiguous().numpy().tobytes()
    if isinstance(state, dict):
        return {key: bits(value) for key, value in state.items()}
    return [bits(value) for value in state] if isinstance(state, (list, tuple)) else state


def test_going_on_from_a_checkpoint_changes_no_bit(tmp_path: Path) -> None:
    """Shuffled, cropped at random, with dropout, Adam's state and a schedule: the same weights as in one go."""
    epochs = rounds(2, 10)
    whole = Training(seed=3, epochs=epochs)
    for done in range(epochs):
        if done == epochs // 2:
            torch.save(whole.state(), tmp_path / "checkpoint.pt")
        whole.epoch()
    resumed = Training(seed=4, epochs=epochs)
    before = bits(resumed.net.state_dict())
    resumed.load(torch.load(tmp_path / "checkpoint.pt"))
    for _ in range(epochs // 2, epochs):
        resumed.epoch()
    assert bits(resumed.state()) == bits(whole.state())
    assert bits(resumed.net.state_dict()) != before


def test_a_checkpoint_may_be_pytorchs(tmp_path: Path) -> None:
    """The state of a net that PyTorch trained reads the same digits here."""
    theirs = pytest.importorskip("torch")
    from benchmarks.digits import lenet

    theirs.manual_seed(0)
    net = lenet(theirs).eval()
    theirs.save(net.state_dict(), tmp_path / "net.pt")
    ours = Training(seed=1)
    ours.net.load_state_dict(torch.load(tmp_path / "net.pt"))
    ours.net.eval()
    images, _ = next(iter(ours.test))
    wanted = net(theirs.from_numpy(images.numpy())).detach().numpy()
    np.testing.assert_allclose(ours.net(images).detach().numpy(), wanted, rtol=0, atol=1e-5)


@pytest.mark.long
def test_people_that_it_has_never_seen_write_otherwise() -> None:
    """What the documentation of ``Digits`` says: by whole forms, trained on the first eleven of fourteen."""
    images, labels = (torch.from_numpy(array.copy()) for array in _whole())
    training, seen = Training(seed=0), 1415
    for loader, part in ((training.loader, slice(seen)), (training.test, slice(seen, None))):
        loader.dataset.data, loader.dataset.targets = images[part], labels[part]
    for _ in range(EPOCHS):
        training.epoch()
    assert 0.94 < training.accuracy() < 0.985
