"""Everything that a sample shows on one module, as plain data: two modules agree when their observations do."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.ops.sample import ANY, Arg, Sample, flatten

Record = dict[str, Any]
UNASKED = "unasked"  # PyTorch has no answer here; what others have is theirs to test
GAPS = (
    "is not implemented",
    "INTERNAL ASSERT",
    "Autograd not support dtype",
    "Expected a proper Tensor but got None",
    "on a bool tensor is not supported",
)


def observe(t: Any, sample: Sample) -> Record:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        record: Record = {"result": attempt(result, t, sample)}
        if sample.call is None:
            record["forms"] = forms(t, sample)
        if "raises" in record["result"]:
            return record
        if sample.call is None:
            record["other forms"] = attempt(other_forms, t, sample)
        if sample.differentiable:
            record["backward"] = attempt(derivatives, t, sample, sample_runner(t, sample))
            record["forward mode"] = attempt(forward_mode, t, sample)
        if sample.call is None and "in-place" in record["forms"] and not sample.op.endswith("_"):
            record["in-place"] = attempt(in_place, t, sample)
            record["in-place on a view"] = attempt(in_place_on_view, t, sample)
        return record


def attempt(fn: Callable[..., Record], *args: Any) -> Record:
    try:
        return fn(*args)
    except Exception as error:
        gap = fn in (derivatives, second_order, forward_mode) and any(phrase in str(error) for phrase in GAPS)
        return {"raises": UNASKED if gap else type(error).__name__, "message": str(error)}


# how a sample is called


def named(t: Any, name: str) -> Any:
    """``torch.mul``, or ``torch.linalg.det`` of the name "linalg.det"; None where there is none."""
    for part in name.split("."):
        t = getattr(t, part, None)
    return t


def forms(t: Any, sample: Sample) -> list[str]:
    """Which spellings exist: torch.mul(x, y), x.mul(y), x.mul_(y)."""
    found = []
    if callable(named(t, sample.op)):
        found.append("function")
    if sample.args and isinstance(sample.args[0], Arg):
        if hasattr(t.Tensor, sample.op):
            found.append("method")
        if not sample.op.endswith("_") and hasattr(t.Tensor, sample.op + "_"):
            found.append("in-place")
    return found


def sample_runner(t: Any, sample: Sample) -> Callable[[tuple, dict], Any]:
    if sample.call is not None:
        return lambda args, kwargs: sample.call(t, *args, **kwargs)
    if sample.op.endswith("_"):
        return lambda args, kwargs: getattr(args[0].clone(), sample.op)(*args[1:], **kwargs)
    fn = named(t, sample.op)
    if fn is not None:
        return lambda args, kwargs: fn(*args, **kwargs)
    return lambda args, kwargs: getattr(args[0], sample.op)(*args[1:], **kwargs)


def tensors_in(t: Any, value: Any) -> list[Any]:
    if isinstance(value, t.Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [x for e in value for x in tensors_in(t, e)]
    return []


# what a tensor shows


def describe(t: Any, value: Any, inputs: list[Any], values: bool = True) -> Any:
    if isinstance(value, t.Tensor):
        array = in_memory(value).numpy()
        shares = [k for k, x in enumerate(inputs) if array.size and np.shares_memory(array, x.detach().numpy())]
        shown = {"dtype": dtype(value), "shape": list(value.shape), "stride": strides(value, bool(shares))}
        if shares:
            shown |= {"shares": shares, "offset": value.storage_offset() - inputs[shares[0]].storage_offset()}
        return shown | {"value": array.copy()} if values else shown
    if isinstance(value, (tuple, list)):
        kind = type(value).__name__.rpartition(".")[2]
        return {"kind": kind, "items": [describe(t, e, inputs, values) for e in value]}
    return (
        {"python": type(value).__name__, "value": np.asarray(value)}
        if isinstance(value, (bool, int, float))
        else repr(value)
    )


def in_memory(x: Any) -> Any:
    """Without its history, and in PyTorch without the mark that it is to be conjugated when it is read."""
    x = x.detach()
    return x.resolve_conj().resolve_neg() if hasattr(x, "resolve_neg") else x


def dtype(x: Any) -> str:
    return str(x.dtype).rpartition(".")[2]


def strides(x: Any, is_view: bool) -> list[int]:
    """A view's strides are its meaning; elsewhere the stride of an axis of length 1 says nothing."""
    if is_view:
        return list(x.stride())
    if x.numel() == 0:
        return []
    return [s if n > 1 else 0 for s, n in zip(x.stride(), x.shape)]


def plain(x: Any) -> Any:
    if x is None:
        return None
    assert min(x.stride(), default=0) >= 0, f"no tensor has strides like {x.stride()}"
    return {"dtype": dtype(x), "value": in_memory(x).clone().numpy()}


# what is observed


def result(t: Any, sample: Sample) -> Record:
    args, kwargs, inputs = sample.build(t)
    t.manual_seed(7)
    out = sample_runner(t, sample)(args, kwargs)
    return {"out": describe(t, out, inputs, sample.options.get("values", True))}


def other_forms(t: Any, sample: Sample) -> Record:
    """The method gives what the function gives; ``out=`` is written into, whatever its size and layout."""
    found: Record = {}
    names, values = forms(t, sample), sample.options.get("values", True)
    if "function" in names and "method" in names:
        args, kwargs, inputs = sample.build(t)
        t.manual_seed(7)
        found["method"] = attempt(
            lambda: {"out": describe(t, getattr(args[0], sample.op)(*args[1:], **kwargs), inputs, values)}
        )
    if "function" in names and values and sample.options.get("out", True):
        args, kwargs, _ = sample.build(t)
        t.manual_seed(7)
        like = sample_runner(t, sample)(args, kwargs)
        if isinstance(like, t.Tensor):
            for label, target in out_targets(t, like):
                args, kwargs, _ = sample.build(t, requires_grad=label == "graph")
                t.manual_seed(7)
                shown = attempt(write_out, t, sample, args, kwargs, target)
                if label == "strided" and "must match the size" in shown.get("message", ""):
                    shown["raises"] = UNASKED  # some of PyTorch's own steps on the way refuse this layout
                found[f"out= {label}"] = shown
    return found


def out_targets(t: Any, like: Any) -> Iterator[tuple[str, Any]]:
    yield "empty", t.empty(0, dtype=like.dtype)
    yield "strided", t.zeros(tuple(like.shape)[::-1], dtype=like.dtype).permute(tuple(reversed(range(like.dim()))))
    yield "int", t.zeros(tuple(like.shape), dtype=t.int32)
    yield "graph", t.zeros(tuple(like.shape), dtype=like.dtype)


def write_out(t: Any, sample: Sample, args: tuple, kwargs: dict, target: Any) -> Record:
    returned = named(t, sample.op)(*args, **kwargs, out=target)
    return {"is out": returned is target, "bumped": target._version > 0, "out": describe(t, target, [])}


def derivatives(t: Any, sample: Sample, run: Callable[[tuple, dict], Any]) -> Record:
    """First order twice (plain and under create_graph), then second order, all with non-uniform upstream gradients."""
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    t.manual_seed(7)
    outs = tensors_in(t, run(args, kwargs))
    shown: Record = {
        "requires_grad": [o.requires_grad for o in outs],
        "nodes": [type(o.grad_fn).__name__ if o.requires_grad else None for o in outs],
    }
    outs = [o for o in outs if o.requires_grad]
    leaves = [x for x in inputs if x.requires_grad]
    if not outs:
        return shown
    upstream = random_like(t, sample, "upstream", outs)
    grads = t.autograd.grad(outs, leaves, upstream, allow_unused=True, retain_graph=True)
    shown["grads"] = [plain(g) for g in grads]
    for u in upstream:
        u.requires_grad_(True)
    again = t.autograd.grad(outs, leaves, upstream, allow_unused=True, create_graph=True)
    shown["grads under create_graph"] = [plain(g) for g in again]
    shown["second order"] = attempt(second_order, t, sample, again, leaves + upstream)
    return shown


def second_order(t: Any, sample: Sample, grads: list[Any], leaves: list[Any]) -> Record:
    grads = [g for g in grads if g is not None and g.requires_grad]
    if not grads:
        return {"grads": [None] * len(leaves)}
    found = t.autograd.grad(grads, leaves, random_like(t, sample, "second", grads), allow_unused=True)
    return {"grads": [plain(g) for g in found]}


def forward_mode(t: Any, sample: Sample) -> Record:
    fwd = importlib.import_module(f"{t.__name__}.autograd.forward_ad")
    try:
        with fwd.dual_level():
            args, kwargs, inputs = sample.build(t)
            wanted = iter(all_args(sample))
            primals = [x for x, a in zip(inputs, wanted) if a.differentiable]
            tangents = random_like(t, sample, "tangent", primals)
            duals = {id(x): fwd.make_dual(x, d) for x, d in zip(primals, tangents)}
            t.manual_seed(7)
            out = sample_runner(t, sample)(swap(args, duals), swap(kwargs, duals))
            if t.__name__ == "torch" and sample.options.get("transposed"):
                return double_vjp(t, sample)
            return {"tangents": [plain(fwd.unpack_dual(o).tangent) for o in tensors_in(t, out)]}
    except (NotImplementedError, RuntimeError) as error:
        no_formula = isinstance(error, NotImplementedError) or "more than one element of the written-to" in str(error)
        if t.__name__ == "torch" and no_formula:  # no forward formula, or none for expanded tensors: transpose backward
            return double_vjp(t, sample)
        raise


def all_args(sample: Sample) -> list[Arg]:
    return flatten((sample.args, sample.kwargs))


def swap(value: Any, by_id: dict[int, Any]) -> Any:
    if isinstance(value, dict):
        return {k: swap(e, by_id) for k, e in value.items()}
    if type(value) in (tuple, list):
        return type(value)(swap(e, by_id) for e in value)
    return by_id.get(id(value), value)


def double_vjp(t: Any, sample: Sample) -> Record:
    args, kwargs, inputs = sample.build(t, requires_grad=True)
    t.manual_seed(7)
    outs = tensors_in(t, sample_runner(t, sample)(args, kwargs))
    leaves = [x for x in inputs if x.requires_grad]
    tangents = random_like(t, sample, "tangent", leaves)
    found: list[Any] = []
    for o in outs:
        if not o.requires_grad:
            found.append(None)
            continue
        u = t.zeros_like(o, requires_grad=True)
        grads = t.autograd.grad(o, leaves, u, allow_unused=True, create_graph=True)
        pairs = [(g, d) for g, d in zip(grads, tangents) if g is not None and g.requires_grad]
        made = t.autograd.grad([g for g, _ in pairs], u, [d for _, d in pairs], allow_unused=True)[0] if pairs else None
        found.append(plain(made))
    return {"tangents": found}


def in_place(t: Any, sample: Sample) -> Record:
    """x.op_(...): the very tensor, one version later, with the derivatives of op."""

    def run(args: tuple, kwargs: dict) -> Any:
        return getattr(args[0].clone(), sample.op + "_")(*args[1:], **kwargs)

    args, kwargs, _ = sample.build(t)
    x, before = args[0], args[0]._version
    t.manual_seed(7)
    returned = getattr(x, sample.op + "_")(*args[1:], **kwargs)
    values = sample.options.get("values", True)
    shown = {"same tensor": returned is x, "bumps": x._version - before, "out": describe(t, x, [], values)}
    if sample.differentiable:
        shown["backward"] = attempt(derivatives, t, sample, run)
    return shown


def in_place_on_view(t: Any, sample: Sample) -> Record:
    """The base of a view that is written to: its values, its version and its new history (CopySlices)."""

    def run(args: tuple, kwargs: dict) -> Any:
        base = t.stack([args[0], args[0]])
        getattr(base[1], sample.op + "_")(*args[1:], **kwargs)
        return base

    args, kwargs, _ = sample.build(t)
    t.manual_seed(7)
    base = run(args, kwargs)
    shown: Record = {"version": base._version, "out": describe(t, base, [], sample.options.get("values", True))}
    if sample.differentiable:
        shown["backward"] = attempt(derivatives, t, sample, run)
    return shown


def random_like(t: Any, sample: Sample, purpose: str, tensors: list[Any]) -> list[Any]:
    rng = sample.rng(purpose)
    return [t.from_numpy(np.array(rng.uniform(-2, 2, tuple(x.shape)), dtype=dtype(x))) for x in tensors]


# how two observations differ


class Comparison:
    """Mismatches of an observation against the wanted one, and how many things were compared."""

    def __init__(self, sample: Sample, slack: float = 0.0) -> None:
        self.sample, self.slack = sample, slack
        self.mismatches: list[str] = []
        self.compared = 0
        self.coarse = any(a.dtype in ("float16", "float32") for a in all_args(sample))

    def __call__(self, want: Any, got: Any, path: str = "") -> Comparison:
        if isinstance(want, dict) and isinstance(got, dict):
            self._dicts(want, got, path)
        elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
            for k, (w, g) in enumerate(zip(want, got)):
                self(w, g, f"{path}[{k}]")
        elif isinstance(want, np.ndarray) and isinstance(got, np.ndarray):
            self._arrays(want, got, path)
        elif self._both_zero(want, got, path):
            self.compared += 1
        else:
            self.compared += 1
            if want != got:
                self.mismatches.append(f"{path}: want {show(want)}, got {show(got)}")
        return self

    def _dicts(self, want: dict, got: dict, path: str) -> None:
        if "raises" in want or "raises" in got:
            self.compared += 1
            if want.get("raises") not in (got.get("raises"), UNASKED):
                error = f"{got['raises']}: {got['message']}" if "raises" in got else "no error"
                wanted = f"{want['raises']}: {want.get('message')}" if "raises" in want else "no error"
                self.mismatches.append(f"{path}: want {wanted}, got {error}")
            return
        keys: list[str] = sorted(want.keys() | got.keys(), key=lambda k: (k != "result", k))
        for key in keys:
            self(want.get(key), got.get(key), f"{path}.{key}" if path else key)
            if key == "result" and ("raises" in want[key]) != ("raises" in got[key]):
                return  # what one of the two did not compute cannot be compared

    def _both_zero(self, want: Any, got: Any, path: str) -> bool:
        """Beyond the first backward "no path" and "zero" are the same answer, and NaN is none."""
        if not beyond_first(path):
            return False
        shown = [x for x in (want, got) if x is not None]
        return all(isinstance(x, dict) and not np.any(np.nan_to_num(x.get("value", 1))) for x in shown)

    def _arrays(self, want: np.ndarray, got: np.ndarray, path: str) -> None:
        self.compared += 1
        if want.shape != got.shape:
            self.mismatches.append(f"{path}: want shape {want.shape}, got {got.shape}")
            return
        if want.dtype == got.dtype and want.tobytes() == got.tobytes():
            return
        if got.dtype.kind in "fc":
            coarse = self.coarse or got.dtype.name in ("float16", "float32")
            tol = max(self.sample.options.get("tol", 3e-5 if coarse else 1e-9), self.slack)
            atol = tol / 10
            same = np.isclose(got, want, rtol=tol, atol=atol, equal_nan=True)
            if beyond_first(path):
                same |= np.isnan(want)  # formulas of higher order give up where the first one need not
            if path.startswith("result") and got.dtype.kind == "f":  # -0. is printed, and 1 / -0. is not 1 / 0.
                zero = (want == 0) & (got == 0)
                same &= ~zero | (np.signbit(want) == np.signbit(got))
            same = same.all()
        else:
            same = np.array_equal(want, got)
        if not same:
            self.mismatches.append(f"{path}: want {show(want)}, got {show(got)}")


def beyond_first(path: str) -> bool:
    return "second order" in path or "tangents" in path


def show(value: Any) -> str:
    text = np.array2string(value, precision=6, threshold=20) if isinstance(value, np.ndarray) else repr(value)
    return " ".join(text.split())[:300]


def as_declared(sample: Sample, record: Record) -> str | None:
    """Why a sample does not do on PyTorch what its declaration says, or None."""
    raised = record["result"].get("raises")
    if sample.raises is ANY:
        return None
    wanted = sample.raises.__name__ if sample.raises else None
    return None if raised == wanted else f"declared {wanted}, PyTorch: {record['result']}"
