"""Layers in half precision compute what they compute in single precision, to their precision; results, gradients and
what is random have their dtype."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

import tidu
from tests.nn.cases import LAYERS
from tests.nn.observe import list_of, make
from tests.ops.observe import tensors_in

HALVES = {"bfloat16": tidu.bfloat16, "float16": tidu.float16}
FIRST = {s.op: s for s in reversed(LAYERS.values()) if not (s.raises or s.options.get("refused"))}
# On these samples rounding decides: which of equals is the largest, and what is left of a difference of two numbers.
ROUNDING = {"AdaptiveMaxPool3d", "GroupNorm"}
# Those that PyTorch has no kernel of, for either.
WITHOUT = {"AvgPool3d", "CTCLoss", "LPPool3d", "MultiLabelMarginLoss", "MultiMarginLoss"}


def ran(net: Any, sample: Any, dtype: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Floating results, the leaves, and their gradients."""
    args, kwargs, _ = sample.build(tidu, requires_grad=True)

    def moved(v: Any) -> Any:
        if type(v) in (tuple, list):
            return type(v)(map(moved, v))
        if not isinstance(v, tidu.Tensor) or not v.is_floating_point():
            return v
        return v.detach().to(dtype).requires_grad_(v.requires_grad)

    args, kwargs = moved(args), {k: moved(v) for k, v in kwargs.items()}
    leaves = tensors_in(tidu, list_of((*args, *kwargs.values())))
    tidu.manual_seed(1)
    out = [o for o in tensors_in(tidu, list_of(net(*args, **kwargs))) if o.is_floating_point()]
    leaves = [x for x in leaves if x.requires_grad] + [p for p in net.parameters() if p.requires_grad]
    tracked = [o for o in out if o.requires_grad]
    if tracked:
        rng = np.random.RandomState(0)
        tidu.autograd.backward(tracked, [tidu.tensor(rng.rand(*o.shape)).to(o.dtype) for o in tracked])
    return out, leaves, [x.grad for x in leaves]


def near(got: Any, want: Any) -> bool:
    a, b = (x.detach().double().numpy() for x in (got, want))
    return bool(np.abs(a - b).max(initial=0) <= 0.1 * max(np.abs(b).max(initial=0), 1))


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("name", sorted(FIRST))
def test_half_precision(name: str, half: str) -> None:
    sample, dtype = FIRST[name], HALVES[half]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = make(tidu, sample).float().eval()
        made = copy.deepcopy(net).to(dtype)
        want, _, grads = ran(net, sample, tidu.float32)
        if name in WITHOUT:
            with pytest.raises(NotImplementedError):
                ran(made, sample, dtype)
            return
        out, leaves, halved = ran(made, sample, dtype)
    assert [o.dtype for o in out] == [dtype] * len(want)
    assert [o.requires_grad for o in out] == [o.requires_grad for o in want]
    assert [g is None for g in halved] == [g is None for g in grads]
    assert all(g is None or g.dtype is x.dtype for g, x in zip(halved, leaves, strict=True))
    assert all(map(near, out, want))
    assert name in ROUNDING or all(near(g, w) for g, w in zip(halved, grads, strict=True) if g is not None)


@pytest.mark.parametrize("half", HALVES)
def test_a_region_written_in_place_has_its_gradient(half: str) -> None:
    """What is written where a view lies knows the memory by its strides, in bytes of the half's size."""
    x = tidu.arange(6.0).view(2, 3).to(HALVES[half]).requires_grad_()
    y = x * 1
    y[0].mul_(3)
    y[:, 1] = 7
    (y * y).sum().backward()
    assert x.grad.tolist() == [[0, 0, 36], [6, 0, 10]]
    replaced = tidu.ones(3, 3, dtype=HALVES[half]).diagonal_scatter(tidu.zeros(3, dtype=HALVES[half]))
    assert replaced.tolist() == (1 - np.eye(3)).tolist()


@pytest.mark.parametrize("product", ["mm", "matmul", "bmm", "addmm", "baddbmm", "dot", "mv", "linear", "bilinear"])
def test_products_want_one_dtype(product: str) -> None:
    """Also of bfloat16, which is computed in single precision."""
    a, b = tidu.ones(2, 2), tidu.ones(2, 2, dtype=tidu.bfloat16)
    call = {
        "bmm": lambda: tidu.bmm(a[None], b[None]), "addmm": lambda: tidu.addmm(a, a, b), "dot": lambda: a[0].dot(b[0]),
        "baddbmm": lambda: tidu.baddbmm(a[None], a[None], b[None]), "mv": lambda: tidu.mv(a, b[0]),
        "linear": lambda: tidu.nn.functional.linear(b, a), "bilinear": lambda: tidu.bilinear(a, b, a[None]),
    }  # fmt: skip
    with pytest.raises(RuntimeError, match="same dtype"):
        call.get(product, lambda: getattr(tidu, product)(a, b))()


TAKEN = [
    lambda x: tidu.add(x, x, alpha=2.5),
    lambda x: tidu.cov(x, aweights=x[0].abs()),
    lambda x: tidu.linalg.vector_norm(x, dtype=tidu.float64),
    lambda x: tidu.nn.functional.affine_grid(x[None, :2, :3], (1, 1, 2, 2), align_corners=False),
    lambda x: tidu.nn.functional.huber_loss(x.float(), x),
]


@pytest.mark.parametrize("call", TAKEN)
@pytest.mark.parametrize("half", HALVES)
def test_half_precision_is_floating_point(half: str, call: Any) -> None:
    """Where only floating point is accepted, or a floating argument."""
    x = tidu.linspace(-1, 1, 12).reshape(3, 4).to(HALVES[half])
    assert near(call(x), call(x.float()))
