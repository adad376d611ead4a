"""Everything that a layer shows on one module, as plain data: two modules agree when their observations do."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np

from tests.nn.sample import LayerSample
from tests.ops.observe import attempt, describe, dtype, in_memory, plain, random_like, second_order, tensors_in

Record = dict[str, Any]


def observe(t: Any, sample: LayerSample) -> Record:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if sample.options.get("refused"):
            return {"result": attempt(made, t, sample)}
        record: Record = {"result": attempt(called, t, sample, True)}
        if sample.first:
            record["made"] = attempt(made, t, sample)
        if "raises" in record["result"]:
            return record
        if sample.first:
            record["eval"] = attempt(called, t, sample, False)
            record["again"] = attempt(again, t, sample)
        if sample.options.get("grad", True):
            record["backward"] = attempt(backward, t, sample)
        return record


def make(t: Any, sample: LayerSample) -> Any:
    """The layer as it starts from seed 0."""
    t.manual_seed(0)
    return getattr(t.nn, sample.op)(*resolved(t, sample.init), **resolved(t, sample.named))


def resolved(t: Any, value: Any) -> Any:
    """Arguments of the constructor; what is callable is given the module under test: ``lambda t: t.nn.ReLU()``."""
    if callable(value):
        return value(t)
    if isinstance(value, dict):
        return {k: resolved(t, v) for k, v in value.items()}
    return type(value)(resolved(t, v) for v in value) if isinstance(value, (tuple, list)) else value


def ready(t: Any, sample: LayerSample) -> Any:
    """The layer in double precision, as derivatives are best compared."""
    net = make(t, sample)
    return net if sample.options.get("single") else net.double()


def state(net: Any) -> Record:
    return {
        key: {"dtype": dtype(x), "value": in_memory(x).clone().numpy()}
        for key, x in net.state_dict().items()
        if hasattr(x, "dtype") and "Uninitialized" not in type(x).__name__
    }


def made(t: Any, sample: LayerSample) -> Record:
    net = make(t, sample)
    return {
        "repr": repr(net),
        "keys": list(net.state_dict()),
        "state": state(net),
        "parameters": [[name, p.requires_grad] for name, p in net.named_parameters()],
        "buffers": [name for name, _ in net.named_buffers()],
        "modules": [[name, type(m).__name__] for name, m in net.named_modules()],
    }


def run(t: Any, sample: LayerSample, net: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    t.manual_seed(7)
    return net(*args, **kwargs)


def called(t: Any, sample: LayerSample, training: bool) -> Record:
    """What comes out, and what the layer remembers of the call."""
    net = ready(t, sample).train(training)
    args, kwargs, inputs = sample.build(t)
    out = run(t, sample, net, args, kwargs)
    values = sample.options.get("values", True)
    return {"out": describe(t, out, inputs, values), "state": state(net) if values else None}


def backward(t: Any, sample: LayerSample) -> Record:
    """Gradients of inputs and parameters, and their own, with upstream gradients that are not uniform."""
    net = ready(t, sample)
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    with t.no_grad():
        run(t, sample, net, *sample.build(t)[:2])  # a lazy layer finds its parameters
    outs = [o for o in tensors_in(t, list_of(run(t, sample, net, args, kwargs))) if o.requires_grad]
    leaves = [x for x in inputs if x.requires_grad] + [p for p in net.parameters() if p.requires_grad]
    if not outs or not leaves:
        return {"grads": None}
    upstream = random_like(t, sample, "upstream", outs)
    grads = t.autograd.grad(outs, leaves, upstream, allow_unused=True, retain_graph=True)
    shown: Record = {"grads": [plain(g) for g in grads]}
    if sample.options.get("second", True):
        for u in upstream:
            u.requires_grad_(True)
        again = t.autograd.grad(outs, leaves, upstream, allow_unused=True, create_graph=True)
        shown["second order"] = attempt(second_order, t, sample, again, leaves + upstream)
    return shown


def list_of(out: Any) -> list[Any]:
    """The tensors of an output, those in named tuples included."""
    return [list_of(o) for o in out] if isinstance(out, (tuple, list)) else [out]


def again(t: Any, sample: LayerSample) -> Record:
    """A copy, a pickled one, and one that was given its state compute what the layer computes."""
    net = ready(t, sample).eval()
    args, kwargs, _ = sample.build(t)
    run(t, sample, net, args, kwargs)
    want = tensors_in(t, list_of(run(t, sample, net, args, kwargs)))
    fresh = ready(t, sample).eval()
    for p in fresh.parameters():
        if "Uninitialized" not in type(p).__name__:
            p.data.zero_()
    shown: Record = {"loaded": repr(fresh.load_state_dict(net.state_dict()))}
    others = {"deepcopy": copy.deepcopy(net), "loaded": fresh}
    if sample.options.get("pickle", True):
        others["pickle"] = pickle.loads(pickle.dumps(net))
    for way, other in others.items():
        got = tensors_in(t, list_of(run(t, sample, other, args, kwargs)))
        same = all(np.allclose(in_memory(a).numpy(), in_memory(b).numpy(), equal_nan=True) for a, b in zip(want, got))
        shown[f"same after {way}"] = same and len(want) == len(got)
        apart = {id(p) for p in net.parameters()}.isdisjoint(id(p) for p in other.parameters())
        shown[f"apart after {way}"] = apart
    return shown
