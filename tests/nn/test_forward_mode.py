"""Forward mode through every layer, its parameters included, is its backward transposed: <u, J v> = <Jᵀ u, v>."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tidu
from tests.nn.cases import LAYERS
from tests.nn.observe import list_of, ready
from tests.nn.sample import LayerSample
from tests.ops.observe import tensors_in
from tidu.autograd import forward_ad
from tidu.func import functional_call

SAMPLES = {
    key: s for key, s in LAYERS.items()
    if s.first and not s.raises and not s.options.get("refused") and s.options.get("grad", True)
    and not {"padding_idx", "scale_grad_by_freq"} & s.named.keys()  # backward alone is to leave out, to scale
}  # fmt: skip
WITHOUT = {"CTCLoss", "MultiLabelMarginLoss", "MultiMarginLoss"}  # in PyTorch, too


def random(x: Any, rng: np.random.RandomState) -> Any:
    return tidu.tensor(rng.randn(*x.shape), dtype=x.dtype)


def moved(value: Any, make: Any) -> Any:
    """The same arguments, their floating tensors replaced."""
    if type(value) in (tuple, list):
        return type(value)(moved(v, make) for v in value)
    return make(value) if isinstance(value, tidu.Tensor) and value.requires_grad else value


def sides(sample: LayerSample) -> tuple[float, float]:
    rng = np.random.RandomState(0)
    net = ready(tidu, sample)
    args, kwargs, _ = sample.build(tidu, requires_grad=True)
    with tidu.no_grad():
        net(*args, **kwargs)  # a lazy layer finds its parameters
    inputs = [x for x in tensors_in(tidu, list_of((*args, *kwargs.values()))) if x.requires_grad]
    params = {name: p for name, p in net.named_parameters() if p.requires_grad}
    leaves = [*inputs, *params.values()]
    tangents = [random(x, rng) for x in leaves]
    state = {name: b.clone() for name, b in net.named_buffers()}

    def outputs(named: Any, args: Any, kwargs: Any) -> list[Any]:
        tidu.manual_seed(3)
        buffers = {name: b.clone() for name, b in state.items()}
        found = tensors_in(tidu, list_of(functional_call(net, {**named, **buffers}, args, kwargs)))
        return [o for o in found if o.is_floating_point()]

    plain = outputs(params, args, kwargs)
    upstream = [random(o, rng) for o in plain]
    tracked = [(o, u) for o, u in zip(plain, upstream, strict=True) if o.requires_grad]
    back: Any = ()
    if leaves:  # of integers there are none
        back = tidu.autograd.grad([o for o, _ in tracked], leaves, [u for _, u in tracked], allow_unused=True)
    with forward_ad.dual_level():
        left = iter(tangents)
        dual = lambda x: forward_ad.make_dual(x.detach(), next(left))  # noqa: E731
        given, named = moved(args, dual), {key: moved(v, dual) for key, v in kwargs.items()}
        pushed = outputs({name: dual(p) for name, p in params.items()}, given, named)
        pairs = [(forward_ad.unpack_dual(o).tangent, u) for o, u in zip(pushed, upstream, strict=True)]
    forward = sum(float((t * u).sum()) for t, u in pairs if t is not None)
    return forward, sum(float((g * t).sum()) for g, t in zip(back, tangents, strict=True) if g is not None)


@pytest.mark.parametrize("key", SAMPLES)
def test_forward_mode_is_backward_transposed(key: str) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if SAMPLES[key].op in WITHOUT:
            with pytest.raises(RuntimeError, match="not implemented"):
                sides(SAMPLES[key])
            return
        forward, backward = sides(SAMPLES[key])
    exact = 1e-8 if not SAMPLES[key].options.get("single") else 1e-3
    assert forward == pytest.approx(backward, rel=exact, abs=exact, nan_ok=True)
