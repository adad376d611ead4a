"""Device follows data: the same programs on arrays that only speak NumPy's dispatch protocols, equal to the host's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu
from tests.devices.device import CUPY, DeviceArray
from tidu import _backend, _device
from tidu._operands import Away
from tidu._tensor import Tensor, wrap


def on_device(t: Tensor) -> Tensor:
    return wrap(DeviceArray.holding(t.numpy().copy()))


def value(t: Any) -> np.ndarray:
    """What a tensor holds, which must still be on the device."""
    assert isinstance(t._array, DeviceArray), type(t._array)
    return t._array.held


UNARY = (
    "abs neg exp expm1 log1p square sin cos tan atan sinh cosh tanh asinh sigmoid relu sign floor ceil round trunc frac"
)


def method(name: str) -> Callable[[Any, Any], Any]:
    return lambda x, y: getattr(x, name)()


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: method(name) for name in UNARY.split()},
    "add": lambda x, y: x + y,
    "add number": lambda x, y: x + 2.5,
    "number minus": lambda x, y: 1 - x,
    "mul broadcast": lambda x, y: x * y[0],
    "div": lambda x, y: x / (y * y + 1),
    "number over": lambda x, y: 2 / (x * x + 1),
    "pow number": lambda x, y: x**3,
    "pow odd number": lambda x, y: (x * x + 1) ** 1.5,
    "pow tensor": lambda x, y: (x * x + 1) ** y,
    "maximum": lambda x, y: x.maximum(y),
    "where": lambda x, y: tidu.where(x > y, x, y * 2),
    "clamp": lambda x, y: x.clamp(-0.5, 0.5),
    "masked_fill": lambda x, y: x.masked_fill(y > 0, 7.0),
    "sum": lambda x, y: x.sum(),
    "sum dim": lambda x, y: x.sum(1, keepdim=True),
    "mean": lambda x, y: x.mean(0),
    "var": lambda x, y: x.var(1),
    "norm": lambda x, y: x.norm(),
    "prod": lambda x, y: x.prod(1),
    "max": lambda x, y: x.max(),
    "max dim": lambda x, y: x.max(1).values,
    "amax": lambda x, y: x.amax(0),
    "logsumexp": lambda x, y: x.logsumexp(1),
    "cumsum": lambda x, y: x.cumsum(1),
    "softmax": lambda x, y: x.softmax(1),
    "log_softmax": lambda x, y: x.log_softmax(0),
    "view": lambda x, y: x.view(4, 3),
    "reshape of a transpose": lambda x, y: x.t().reshape(2, 6),
    "expand": lambda x, y: x.unsqueeze(0).expand(2, 3, 4),
    "permute": lambda x, y: x.permute(1, 0) * 2,
    "slice": lambda x, y: x[1:, ::2],
    "select": lambda x, y: x[1],
    "diagonal": lambda x, y: x.diagonal(),
    "chunk": lambda x, y: x.chunk(2, 1)[1],
    "cat": lambda x, y: tidu.cat([x, y], 1),
    "stack": lambda x, y: tidu.stack([x, y]),
    "flip": lambda x, y: x.flip(0),
    "tril": lambda x, y: x.tril(),
    "repeat": lambda x, y: x.repeat(2, 1),
    "matmul": lambda x, y: x @ y.t(),
    "mv": lambda x, y: x @ y[0],
    "bmm": lambda x, y: x.reshape(2, 2, 3) @ y.reshape(2, 3, 2),
    "addmm": lambda x, y: tidu.addmm(x, x @ y.t(), y),
    "clone": lambda x, y: x.clone() * 1,
    "in place": lambda x, y: (x * 1).add_(y).mul_(2),
    "in place on a view": lambda x, y: written(x * 1, y),
    "assignment": lambda x, y: assigned(x * 1, y),
}


def written(base: Any, y: Any) -> Any:
    base[1].mul_(y[0])
    return base


def assigned(base: Any, y: Any) -> Any:
    base[:, 1] = y[:, 0] * 2
    base[0] = 3.0
    return base


def inputs() -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(0)
    return tuple(tidu.from_numpy(rng.uniform(-2, 2, (3, 4))) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_where_its_data_is(name: str) -> None:
    program = PROGRAMS[name]
    host = [t.requires_grad_() for t in inputs()]
    device = [on_device(t).requires_grad_() for t in inputs()]
    expected, out = program(*host), program(*device)
    assert str(out.device) == "cuda:0"
    np.testing.assert_array_equal(value(out), expected.detach().numpy())

    upstream = tidu.from_numpy(np.random.default_rng(1).uniform(-2, 2, tuple(expected.shape)))
    wanted = tidu.autograd.grad(expected, host, upstream, allow_unused=True, retain_graph=True)
    for create_graph in (False, True):
        found = tidu.autograd.grad(
            out, device, on_device(upstream), allow_unused=True, retain_graph=True, create_graph=create_graph
        )
        for w, f in zip(wanted, found, strict=True):
            assert (w is None) == (f is None)
            if w is not None:
                np.testing.assert_allclose(value(f), w.detach().numpy(), rtol=1e-12)


def test_backward_accumulates_on_the_device() -> None:
    x = on_device(inputs()[0]).requires_grad_()
    (x * x).sum().backward()
    (x * 3).sum().backward()
    np.testing.assert_allclose(value(x.grad), 2 * value(x.detach()) + 3)


def test_devices_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Away, "used", True)
    host, device = inputs()[0], on_device(inputs()[1])
    for program in (
        lambda: host + device,
        lambda: device * host,
        lambda: tidu.cat([device, host]),
        lambda: device @ host,
    ):
        with pytest.raises(RuntimeError, match="same device, but found at least two devices, cuda:0 and cpu!"):
            program()
    for out in (device + tidu.tensor(2.0), tidu.tensor(2.0, dtype=tidu.float64) + device):  # a 0-d tensor is a number
        np.testing.assert_array_equal(value(out), value(device) + 2)


def test_gradients_flow_from_device_to_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_device, "gpu", lambda: CUPY)
    monkeypatch.setattr(_backend, "gpu", lambda: CUPY)
    x = inputs()[0].requires_grad_()
    there = x.cuda()
    assert str(there.device) == "cuda:0" and there.grad_fn is not None and there.grad_fn.name() == "ToCopyBackward0"
    (there * there).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy())
    assert there.cuda() is there and x.cpu() is x and there.cpu().device.type == "cpu"
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        x.to("cuda:1")


def test_leaving_the_device_is_asked_for() -> None:
    x = on_device(inputs()[0])
    with pytest.raises(TypeError, match="cuda:0"):
        x.numpy()
    assert isinstance(x.cpu().numpy(), np.ndarray)
    assert "device='cuda:0'" in repr(x)
