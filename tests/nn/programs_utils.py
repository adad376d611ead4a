"""Short programs around ``nn.utils``: normalised and orthogonal weights, pruning, fusing; compared as printed."""

from __future__ import annotations

import copy
import importlib
import pickle
import warnings
from collections.abc import Callable
from typing import Any

from tests.nn.programs import PROGRAMS, error, program


def linear(t: Any, *sizes: int, **options: Any) -> Any:
    return t.nn.Linear(*(sizes or (4, 2)), **options).double()


LAYERS: dict[str, Callable[[Any], Any]] = {
    "Linear": linear,
    "Conv2d": lambda t: t.nn.Conv2d(2, 3, 2).double(),
    "ConvTranspose2d": lambda t: t.nn.ConvTranspose2d(2, 3, 2).double(),
}


def given(t: Any, layer: str) -> Any:
    shape = (2, 4) if layer == "Linear" else (1, 2, 3, 3)
    return t.arange(8.0 if layer == "Linear" else 18.0, dtype=t.float64).reshape(shape) / 9


# ---- weights normalised by a hook

for _layer in LAYERS:
    for _dim in (0, 1, None):

        def _weight_norm(t: Any, layer: str = _layer, dim: Any = _dim) -> Any:
            m = t.nn.utils.weight_norm(LAYERS[layer](t), dim=dim)
            (m(given(t, layer)) ** 2).sum().backward()
            grads = [p.grad for p in m.parameters()]
            held = m.weight, list(m.state_dict()), m.load_state_dict(m.state_dict())
            m.weight_g.data *= 2
            twice = m(given(t, layer)).detach()
            return held, grads, twice, t.nn.utils.remove_weight_norm(m), m.state_dict(), len(m._forward_pre_hooks)

        PROGRAMS[f"weight_norm {_layer} {_dim}"] = _weight_norm

    for _dim, _steps in ((None, 1), (1, 3)):

        def _spectral_norm(t: Any, layer: str = _layer, dim: Any = _dim, steps: int = _steps) -> Any:
            utils = t.nn.utils
            m, x = utils.spectral_norm(LAYERS[layer](t), n_power_iterations=steps, dim=dim), given(t, layer)
            (m(x) ** 2).sum().backward()
            grads = [p.grad for p in m.parameters()]
            state = m.state_dict()
            other = utils.spectral_norm(LAYERS[layer](t), dim=dim)
            loaded = other.load_state_dict(state)
            m.eval()
            with t.no_grad():
                m(x)
            copies = [c(x).detach() for c in (m, copy.deepcopy(m), pickle.loads(pickle.dumps(m)), other.eval())]
            utils.remove_spectral_norm(m)
            left = len(m._forward_pre_hooks), len(m._state_dict_hooks)  # PyTorch forgets the one before loading
            return grads, state, state._metadata, loaded, copies, m, m.state_dict(), m.state_dict()._metadata, left

        PROGRAMS[f"spectral_norm {_layer} {_dim}"] = _spectral_norm


@program
def weight_norm_warns(t: Any) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        t.nn.utils.weight_norm(linear(t))
    return [(w.category, str(w.message)) for w in caught]


@program
def spectral_norm_of_an_old_state(t: Any) -> Any:
    m = t.nn.utils.spectral_norm(linear(t, 2, 4))
    state = m.state_dict()
    state["weight"] = state["weight_orig"] / 2
    del state["weight_v"], state._metadata
    return m.load_state_dict(state), m.weight_v


for _lost in ("weight_v", "weight_u", "weight_orig"):

    def _without(t: Any, lost: str = _lost) -> Any:
        m = t.nn.utils.spectral_norm(linear(t))
        state = m.state_dict()
        del state[lost], state._metadata
        return m.load_state_dict(state)

    PROGRAMS[f"spectral_norm without {_lost}"] = _without

for _norm in ("weight_norm", "spectral_norm"):
    for _what, _wrong in {
        "twice": lambda t, f: f(f(linear(t))),
        "of no bias": lambda t, f: f(linear(t, 2, 2, bias=False), "bias"),
        "of nothing": lambda t, f: f(linear(t), "x"),
        "of a lazy layer": lambda t, f: f(t.nn.LazyLinear(3)),
        "copied in training": lambda t, f: copy.deepcopy([m := f(linear(t)), m(given(t, "Linear"))][0]),
        "along no dimension": lambda t, f: f(linear(t), dim=5),
    }.items():
        error(f"{_norm} {_what}", lambda t, n=_norm, w=_wrong: w(t, getattr(t.nn.utils, n)))
    PROGRAMS[f"remove_{_norm} of nothing"] = lambda t, n=_norm: getattr(t.nn.utils, f"remove_{n}")(linear(t))
error("spectral_norm without steps", lambda t: t.nn.utils.spectral_norm(linear(t), n_power_iterations=0))


# ---- orthogonal weights

for _map in (None, "matrix_exp", "cayley", "householder"):
    for _based in (True, False):
        for _sizes in ((3, 3), (3, 5), (5, 3)):

            def _orthogonal(t: Any, map: Any = _map, based: bool = _based, sizes: Any = _sizes) -> Any:
                made = t.nn.utils.parametrizations.orthogonal
                m = made(linear(t, *sizes), orthogonal_map=map, use_trivialization=based)
                first = m.weight
                (first * given(t, "Conv2d").flatten()[: first.numel()].view_as(first)).sum().backward()
                shown = m, list(m.state_dict()), first, m.parametrizations.weight.original.grad
                try:
                    m.weight = t.randn(*first.shape, dtype=first.dtype)
                except NotImplementedError as no:
                    return shown, str(no)
                return shown, m.state_dict(), m.weight

            PROGRAMS[f"orthogonal {_map} {_based} {_sizes}"] = _orthogonal
for _what, _wrong in {
    "bias": lambda t, f: f(linear(t), "bias"),
    "nothing": lambda t, f: f(linear(t), "x"),
    "by no map": lambda t, f: f(linear(t), orthogonal_map="x"),
    "assigned": lambda t, f: setattr(f(linear(t)), "weight", t.ones(1, 2)),
    "complex": lambda t, f: f(t.nn.Linear(3, 2, dtype=t.complex64), orthogonal_map="householder"),
}.items():
    PROGRAMS[f"orthogonal {_what}"] = lambda t, w=_wrong: w(t, t.nn.utils.parametrizations.orthogonal)


# ---- pruning


def prune(t: Any) -> Any:
    return importlib.import_module(f"{t.__name__}.nn.utils.prune")


for _amount in ("a", -1, 1.5, 20, 9, True, 0, 0.5, 1.0, 0.0, 2):
    for _name, _more in (
        ("l1_unstructured", ()), ("random_unstructured", ()), ("random_structured", (0,)), ("ln_structured", (2, -1)),
    ):  # fmt: skip

        def _pruned(t: Any, amount: Any = _amount, name: str = _name, more: Any = _more) -> Any:
            m = getattr(prune(t), name)(linear(t), "weight", amount, *more)
            return m, m.state_dict(), m.weight

        PROGRAMS[("error: " if _amount is True else "") + f"{_name} {_amount!r}"] = _pruned


@program
def pruning_again(t: Any) -> Any:
    p, m = prune(t), linear(t)
    before = p.is_pruned(m)
    p.l1_unstructured(m, "weight", 2)
    p.l1_unstructured(m, "weight", 0.5)
    p.ln_structured(m, "weight", 1, 1, 1)
    (hook,) = m._forward_pre_hooks.values()
    m(given(t, "Linear")).sum().backward()
    grads = m.weight_orig.grad, m.bias.grad
    held = before, p.is_pruned(m), m.state_dict(), grads, [type(h).__name__ for h in hook], hook[0].amount, len(hook)
    return held, p.remove(m, "weight").state_dict(), p.is_pruned(m), m.weight.requires_grad


@program
def pruning_channels_again(t: Any) -> Any:
    p, m = prune(t), linear(t)
    for dim in (1, 1, 0):
        p.random_structured(m, "weight", 1, dim)
    return m.weight_mask


@program
def pruning_together(t: Any) -> Any:
    p, a, b = prune(t), linear(t), linear(t)
    pairs = [(a, "weight"), (b, "weight"), (b, "bias")]
    p.global_unstructured(pairs, p.L1Unstructured, amount=5)
    p.global_unstructured(pairs, p.L1Unstructured, {(b, "bias"): t.zeros(2, dtype=t.float64)}, amount=3)
    return a.state_dict(), b.state_dict()


@program
def pruning_by_mask(t: Any) -> Any:
    p, m = prune(t), linear(t)
    p.custom_from_mask(m, "bias", t.tensor([True, False]))
    p.identity(m, "weight")
    m.train()(given(t, "Linear"))
    twin = copy.deepcopy(p.remove(m, "weight"))
    return m.state_dict(), m.bias, twin.weight, m.weight


@program
def pruning_tensors(t: Any) -> Any:
    p, x = prune(t), t.arange(8.0).view(2, 4)
    return p.LnStructured(1, 2, 0).prune(x), p.L1Unstructured(3).prune(x), p.L1Unstructured(0.5).prune(x, x > 2)


for _what, _wrong in {
    "of a vector": lambda t, p: p.random_structured(linear(t), "bias", 1, 0),
    "along no dimension": lambda t, p: p.random_structured(linear(t), "weight", 1, 3),
    "by scores of another shape": lambda t, p: p.l1_unstructured(linear(t), "weight", 1, t.ones(2)),
    "by a mask of another shape": lambda t, p: p.custom_from_mask(linear(t), "weight", t.ones(2)),
    "of channels together": lambda t, p: p.global_unstructured([(linear(t), "bias")], p.RandomStructured, amount=1),
    "of no list": lambda t, p: p.global_unstructured(3, p.L1Unstructured, amount=1),
    "of nothing": lambda t, p: p.global_unstructured([], p.L1Unstructured, amount=1),
    "by no dict of scores": lambda t, p: p.global_unstructured([(linear(t), "bias")], p.L1Unstructured, 3, amount=1),
    "without a mask": lambda t, p: p.BasePruningMethod(),
    "of no attribute": lambda t, p: p.l1_unstructured(linear(t), "x", 1),
    "removed": lambda t, p: p.remove(linear(t), "weight"),
    "of one kind in a container": lambda t, p: p.PruningContainer().add_pruning_method(3),
}.items():
    error(f"pruning {_what}", lambda t, w=_wrong: w(t, prune(t)))


# ---- fusing, layouts

for _what, _made in {
    "conv": lambda nn: (nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3)),
    "conv without bias": lambda nn: (nn.Conv1d(2, 3, 2, bias=False), nn.BatchNorm1d(3, affine=False)),
    "transposed": lambda nn: (nn.ConvTranspose2d(2, 3, 2), nn.BatchNorm2d(3)),
    "linear": lambda nn: (nn.Linear(2, 3), nn.BatchNorm1d(3)),
    "linear without bias": lambda nn: (nn.Linear(2, 3, bias=False), nn.BatchNorm1d(1)),
    "half": lambda nn: (nn.Conv2d(2, 3, 2).half(), nn.BatchNorm2d(3)),
    "linear of another size": lambda nn: (nn.Linear(2, 3), nn.BatchNorm1d(2)),
    "no statistics": lambda nn: (nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3, track_running_stats=False)),
}.items():
    for _training in (False, True):

        def _fused(t: Any, made: Any = _made, training: bool = _training) -> Any:
            layer, bn = made(t.nn)
            for x in (bn.weight, bn.bias, bn.running_mean):
                if x is not None:
                    t.nn.init.normal_(x)
            layer.train(training)
            bn.eval()
            try:
                if isinstance(layer, t.nn.Linear):
                    fused = t.nn.utils.fuse_linear_bn_eval(layer, bn)
                else:
                    fused = t.nn.utils.fuse_conv_bn_eval(layer, bn, layer.transposed)
            except AssertionError:
                return "refused"
            return fused, fused.state_dict(), fused is layer, [p.requires_grad for p in fused.parameters()]

        PROGRAMS[f"fused {_what}{' in training' * _training}"] = _fused


@program
def weights_in_another_layout(t: Any) -> Any:
    net = t.nn.Sequential(t.nn.Conv2d(2, 3, 2), t.nn.Conv3d(2, 3, 2), t.nn.ConvTranspose2d(2, 3, 2))
    same = t.nn.utils.convert_conv2d_weight_memory_format(net, t.channels_last) is net
    flat = [p.stride() for p in net.parameters()]
    t.nn.utils.convert_conv3d_weight_memory_format(net, t.channels_last_3d)
    return same, flat, [p.stride() for p in net.parameters()]


# ---- what is drawn in half precision

for _half in ("bfloat16", "float16"):
    for _layer, _sizes in {
        "Linear": (3, 2), "Conv2d": (2, 3, 2), "LSTM": (2, 3), "Embedding": (3, 2), "MultiheadAttention": (4, 2),
        "Bilinear": (2, 3, 2), "GRUCell": (2, 3), "ConvTranspose1d": (2, 3, 2),
    }.items():  # fmt: skip
        PROGRAMS[f"{_layer} from a seed in {_half}"] = lambda t, h=_half, n=_layer, s=_sizes: getattr(t.nn, n)(
            *s, dtype=getattr(t, h)
        ).state_dict()
    for _fill, _given in {
        "uniform_": (-3, 5), "normal_": (), "exponential_": (), "bernoulli_": (0.5,), "random_": (), "cauchy_": (),
        "log_normal_": (), "geometric_": (0.5,),
    }.items():  # fmt: skip
        PROGRAMS[f"{_fill} in {_half}"] = lambda t, h=_half, n=_fill, a=_given: getattr(
            t.zeros(5, dtype=getattr(t, h)), n
        )(*a)
