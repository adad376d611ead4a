"""Stages of notebook 13: what each answer is called with, built from plain inputs, and what became of it, told plainly.

A worker runs a stage from its source, with ``np`` and ``tidu`` alone.
"""

from __future__ import annotations

import numpy as np

import tidu
import tidu.utils.data


class Net(tidu.nn.Module):
    """``x @ weight``, twice that while training: a layer that tells its modes apart, as dropout does, without chance.

    recorded   whether an output was recorded for a backward pass
    """

    def __init__(self, weight, drop=0.0):
        super().__init__()
        self.weight = tidu.nn.Parameter(tensor(weight))
        self.drop, self.recorded = drop, False

    def forward(self, x):
        if self.drop:
            return tidu.nn.functional.dropout(x, self.drop, self.training) @ self.weight
        out = (2 * x if self.training else x) @ self.weight
        self.recorded |= out.requires_grad
        return out


class Mark:
    """Hangs on a loss as a hook, and so lives as long as the loss's graph."""

    def __init__(self, watched):
        self.watched = watched
        watched.alive += 1

    def __call__(self, grad):
        return None

    def __del__(self):
        self.watched.alive -= 1


class Watched:
    """A loss for two classes that sees, when it is called, how many graphs of earlier batches are still there."""

    def __init__(self):
        self.alive = self.most = 0

    def __call__(self, output, target):
        self.most = max(self.most, self.alive)
        loss = tidu.nn.functional.binary_cross_entropy_with_logits(output, target)
        if loss.requires_grad:
            loss.register_hook(Mark(self))
        return loss


def tensor(array):
    """In single precision, as nets are trained; class numbers as they are."""
    return tidu.tensor(array, dtype=tidu.float32 if array.dtype == np.float64 else None)


def plain(value):
    """A float, or a tensor with one element, as a number in single precision; a tuple's items likewise."""
    if isinstance(value, tidu.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, tidu.Tensor):
        return value.detach().numpy()
    if isinstance(value, float):
        return np.float32(value)
    return tuple(plain(item) for item in value) if type(value) in (tuple, list) else value


def batches(x, y, size):
    """A loader of the examples in order."""
    return tidu.utils.data.DataLoader(tidu.utils.data.TensorDataset(tensor(x), tensor(y)), batch_size=size)


def optimizer_of(net, name, lr):
    if name == "Adam":  # whose steps are as long as lr says: only long ones lead to other gradients, which it remembers
        return tidu.optim.Adam(net.parameters(), lr=16 * lr)
    return tidu.optim.SGD(net.parameters(), lr=lr, momentum=0.5 if name == "momentum" else 0.0)


def step(net, optimizer, x, y):
    """One step of training on the squared error."""
    optimizer.zero_grad()
    tidu.nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()


def stage_train_epoch(train_epoch, x, y, batch_size, weight, mode, grad):
    """The mean loss, the weight after the epoch, and whether graphs of earlier batches were kept."""
    with tidu.enable_grad():
        net, loss_fn = Net(weight), Watched()
        net.train(mode == "train")
        if grad is not None:
            net.weight.grad = tensor(grad)
        loss = train_epoch(net, batches(x, y, batch_size), loss_fn, optimizer_of(net, "momentum", 1 / 4))
        # that of the last batch may still have a name while the next is computed
        return plain(loss), net.weight.detach().numpy(), loss_fn.most > 2


def stage_evaluate(evaluate, x, y, batch_size, weight, mode, look):
    """Loss and accuracy; where ``look`` says so, the mode afterwards, or whether a graph was recorded."""
    with tidu.enable_grad():
        net = Net(weight)
        net.train(mode == "train")
        net.weight.requires_grad_(look == "graph")
        found = plain(evaluate(net, batches(x, y, batch_size)))
        after = net.training if look == "mode" else None
        return found, after, net.recorded or not tidu.is_grad_enabled() if look == "graph" else None


def stage_confusion_matrix(confusion_matrix, targets, predictions, classes):
    """The matrix; of a large one its shape, and row, column and number of whatever is not 0."""
    found = confusion_matrix(tidu.tensor(targets), tidu.tensor(predictions), classes)
    found = found.detach().numpy() if isinstance(found, tidu.Tensor) else found
    if type(found) is not np.ndarray or found.ndim != 2 or len(found) <= 6:
        return found
    return found.shape, tuple((*at, found[tuple(at)].item()) for at in np.argwhere(found).tolist())


def begun(weight, x, y, name, drop):
    """A net and its optimizer after a step; with a learning rate that has gone down since, but for plain SGD."""
    net = Net(weight, drop)
    optimizer = optimizer_of(net, name, 1 / 64)
    step(net, optimizer, x, y)
    if name != "SGD":
        optimizer.param_groups[0]["lr"] /= 4
    return net, optimizer


def stage_checkpoint(checkpoint, x, y, weight, optimizer, epoch, drop, seed, later):
    """The epoch and the weight in the state, and the weight of a net that goes on from there for one more step."""
    with tidu.enable_grad():
        tidu.manual_seed(seed)
        x, y = tensor(x), tensor(y)
        net, trained = begun(weight, x, y, optimizer, drop)
        state = checkpoint(net, trained, epoch)
        if type(state) is not dict:
            return plain(state), None, None
        if not isinstance(state["net"], dict):
            return state["epoch"], type(state["net"]).__name__, None
        for _ in range(later):
            step(net, trained, x, y)
        tidu.manual_seed(seed + 1)  # another run
        kept = plain(copied(state["net"]["weight"]))
        other = Net(np.zeros_like(weight), drop)
        again = optimizer_of(other, optimizer, 1 / 64)
        other.load_state_dict(state["net"])
        if "optimizer" in state:
            again.load_state_dict(state["optimizer"])
        if "rng" in state:
            tidu.set_rng_state(state["rng"])
        step(other, again, x, y)
        return state.get("epoch"), kept, plain(other.weight)


def copied(value):
    """A state with tensors of its own."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value.detach().clone() if isinstance(value, tidu.Tensor) else value


def stage_resume(resume, x, y, weight, optimizer, epoch, drop, seed, times):
    """What ``resume`` returned, and the weight one step after the last time that it was called on the same state."""
    with tidu.enable_grad():
        tidu.manual_seed(seed)
        x, y = tensor(x), tensor(y)
        net, trained = begun(weight, x, y, optimizer, drop)
        state = {"net": net.state_dict(), "optimizer": trained.state_dict(), "epoch": epoch}
        state = {**copied(state), "rng": tidu.get_rng_state()}
        tidu.manual_seed(seed + 1)  # another run
        for _ in range(times):
            other = Net(np.zeros_like(weight), drop)
            again = optimizer_of(other, optimizer, 1 / 64)
            found = resume(state, other, again)
            step(other, again, x, y)
        return plain(found), plain(other.weight)
