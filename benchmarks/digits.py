"""LeNet learns to read the digits that come with tidu: how well, how fast, and again from a checkpoint."""

from __future__ import annotations

import importlib
import time
from typing import Any

import numpy as np

from benchmarks.timing import Work
from benchmarks.workloads import Workload

EPOCHS, BATCH, RATE = 15, 32, 4e-3
ACCURACY, SECONDS = 0.985, 15.0  # at least, and at most


class Training:
    """As a beginner's program has it: images through transforms, a loader, Adam, a schedule."""

    def __init__(self, seed: int, epochs: int = EPOCHS) -> None:
        import tidu as torch
        from tidu import nn, optim
        from tidu.datasets import Digits, transforms
        from tidu.utils.data import DataLoader

        self.torch = torch
        torch.manual_seed(seed)
        moved = transforms.Compose([transforms.RandomCrop(8, padding=1), transforms.ToTensor()])
        self.loader = DataLoader(Digits(train=True, transform=moved), batch_size=BATCH, shuffle=True)
        self.test = DataLoader(Digits(train=False, transform=transforms.ToTensor()), batch_size=355)
        self.net = lenet(torch)
        self.optimizer = optim.Adam(self.net.parameters(), lr=RATE)
        steps = epochs * len(self.loader)
        self.scheduler = optim.lr_scheduler.OneCycleLR(self.optimizer, RATE, total_steps=steps)
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def epoch(self) -> float:
        """Through all images once; the mean loss."""
        self.net.train()
        losses = []
        for images, labels in self.loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.net(images), labels)
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def accuracy(self) -> float:
        """How many of the images that it has not seen it reads rightly, as a share."""
        self.net.eval()
        right = total = 0
        with self.torch.no_grad():
            for images, labels in self.test:
                right += int((self.net(images).argmax(1) == labels).sum())
                total += len(labels)
        return right / total

    def state(self) -> dict[str, Any]:
        """All that going on needs, the stream of random numbers included."""
        parts = {name: getattr(self, name).state_dict() for name in ("net", "optimizer", "scheduler")}
        return {**parts, "random": self.torch.get_rng_state()}

    def load(self, state: dict[str, Any]) -> None:
        for name in ("net", "optimizer", "scheduler"):
            getattr(self, name).load_state_dict(state[name])
        self.torch.set_rng_state(state["random"])


def lenet(torch: Any) -> Any:
    """LeNet for images of 8×8, of tidu or of PyTorch."""
    nn = importlib.import_module(f"{torch.__name__}.nn")
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(512, 120), nn.ReLU(), nn.Dropout(0.4), nn.Linear(120, 10),
    )  # fmt: skip


def trained(seed: int) -> tuple[float, float]:
    """The accuracy after all epochs, and the seconds that they took, loading included."""
    start = time.perf_counter()
    training = Training(seed)
    for _ in range(EPOCHS):
        training.epoch()
    return training.accuracy(), time.perf_counter() - start


def tensors() -> tuple[np.ndarray, np.ndarray]:
    """The images to train with from 0 to 1, (N, 1, 8, 8), and their labels."""
    from tidu.datasets import Digits

    digits = Digits()
    return digits.data.numpy()[:, None].astype(np.float32) / 255, digits.targets.numpy()


def epoch(torch: Any) -> Work:
    """An epoch from a ``TensorDataset``, which both libraries have."""
    data = importlib.import_module(f"{torch.__name__}.utils.data")
    nn = importlib.import_module(f"{torch.__name__}.nn")
    torch.manual_seed(0)
    net = lenet(torch)
    optimizer = importlib.import_module(f"{torch.__name__}.optim").Adam(net.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    dataset = data.TensorDataset(*(torch.from_numpy(array) for array in tensors()))
    loader = data.DataLoader(dataset, batch_size=BATCH, shuffle=True)

    def work() -> None:
        for images, labels in loader:
            optimizer.zero_grad()
            criterion(net(images), labels).backward()
            optimizer.step()

    return work


DIGITS = (Workload("W4 LeNet, digits", "1,442 of 8 x 8 by a DataLoader, Adam: an epoch", "ms", 1e3, 0.6, epoch),)
