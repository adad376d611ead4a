"""Who is told of every operation while a profile runs, and of none otherwise. 剖析时计时的钩子。

While some thread is profiled, a few functions stand in the place of the engine's own: they call those, and note when.
The short paths and the engine's are closed meanwhile (``_short.LARGE``, ``Walk._descend``), so that every call passes
``Op.record`` and every node ``Node.backward``; what they compute is the same. Afterwards all is as it was, so that
nothing is slower for having been looked at. Other threads pass through, untimed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from time import perf_counter_ns
from types import FunctionType
from typing import Any

import numpy as np

from tidu import _engine, _inplace, _short
from tidu._graph import AccumulateGrad, Node
from tidu._op import Op
from tidu._registry import FUNCTIONS, OPS
from tidu._tensor import Tensor

#: What PyTorch calls those of our ops that have another name there.
_NAMES = {
    "logsigmoid": "log_sigmoid", "cross_entropy": "cross_entropy_loss", "index_put_zero": "index_put",
    "fft_c2c": "_fft_c2c", "fft_r2c": "_fft_r2c", "fft_c2r": "_fft_c2r", "T": "numpy_T", "slice_int": "select",
    "slice_none": "unsqueeze", "slice_all": "alias", "tensor": "lift_fresh",
    "vector_norm": "linalg_vector_norm", "_times": "mul", "_over": "div", "scatter_zero": "scatter",
    "index_add_zero": "index_add", "_layer_norm": "native_layer_norm",
    "_batch_norm": "native_batch_norm", "_group_norm": "native_group_norm", "_conv_to_output": "convolution",
    "_conv_to_input": "convolution_backward", "_conv_to_weight": "convolution_backward",
    "_relu_gradient": "threshold_backward", "_tanh_gradient": "tanh_backward", "_sigmoid_gradient": "sigmoid_backward",
    "_embedding_gradient": "embedding_dense_backward", "_nll_gradient": "nll_loss_backward",
}  # fmt: skip
_LIBRARY = os.path.dirname(os.path.dirname(__file__)) + os.sep
_ENDINGS = ("_dim", "_all", "_tensor", "_rounded", "_nd", "_dtype", "_with_taps")
#: Public functions that say something of tensors or settings, and compute none; and, of ``nn.functional``, those that
#: are written in Python in PyTorch, too, so that its table shows what they call.
_PYTHON = (
    "interpolate", "upsample", "grid_sample", "affine_grid", "gumbel_softmax", "multi_head_attention_forward",
    "softmin", "softsign", "tanhshrink", "normalize", "dropout1d", "dropout2d", "dropout3d", "lp_pool",
    "local_response_norm", "gaussian_nll_loss", "triplet_margin_with_distance_loss", "multilabel_soft_margin_loss",
    "linear_cross_entropy",
)  # fmt: skip
_NO_OPS = ("is_", "get_", "set_", "numel", "typename", "result_type", "promote_types", "can_cast", "initial_seed")


class Event:
    """One call: what, when, within which; and what was asked to be noted of it."""

    __slots__ = (
        "name", "start", "end", "parent", "shapes", "strides", "types", "stack", "sequence", "backward", "user",
        "memory", "flops", "made",
    )  # fmt: skip

    def __init__(self, name: str, parent: Event | None, backward: bool, user: bool) -> None:
        self.name, self.parent, self.backward, self.user = name, parent, backward, user
        self.shapes: list[Any] = []
        self.strides: list[Any] = []
        self.types: list[str] = []
        self.stack: list[str] = []
        self.sequence, self.memory, self.flops = -1, 0, 0
        self.made: set[int] = set()  # arrays whose memory has been counted
        self.start = self.end = 0


class Recorder:
    """The calls of one thread, from ``start`` to ``stop``."""

    def __init__(self, shapes: bool, stack: bool, memory: bool, flops: bool) -> None:
        self.shapes, self.stack, self.memory, self.flops = shapes or flops, stack, memory, flops
        self.events: list[Event] = []
        self.open: list[Event] = []
        self.thread = threading.get_native_id()
        self.started = self.stopped = 0
        self.previous: Recorder | None = None

    def start(self) -> None:
        _install()
        self.previous, _here.recorder = _here.recorder, self
        self.started = perf_counter_ns()

    def stop(self) -> None:
        self.stopped = perf_counter_ns()
        while self.open:
            self.open.pop().end = self.stopped
        _here.recorder = self.previous
        _remove()

    def begin(self, name: str, args: Sequence[Any] = (), backward: bool = False, user: bool = False) -> Event:
        event = Event(name, self.open[-1] if self.open else None, backward, user)
        if self.shapes and args:
            flat = [b for a in args for b in (a if isinstance(a, (list, tuple)) else (a,))]
            event.shapes = [[*a.shape] if isinstance(a, (Tensor, np.ndarray)) else [] for a in flat]
            arrays = [a._array if isinstance(a, Tensor) else a for a in flat]
            event.strides = [
                [s // a.itemsize for s in a.strides] if isinstance(a, np.ndarray) and a.itemsize else [] for a in arrays
            ]
            event.types = [str(a.dtype) if hasattr(a, "dtype") else "Scalar" for a in arrays]
        if self.stack:
            event.stack = [*_stack()]
        self.events.append(event)
        self.open.append(event)
        event.start = perf_counter_ns()
        return event

    def finish(self, event: Event, result: Any = None) -> None:
        now = perf_counter_ns()
        while self.open:  # an error may have left inner ones open
            top = self.open.pop()
            top.end = now
            if top is event:
                break
        outs = result if isinstance(result, (tuple, list)) else (result,)
        node = next((o._node for o in outs if isinstance(o, Tensor) and o._node is not None), None)
        if node is not None and event.sequence < 0 and not event.backward:
            event.sequence = (node.port_of or node).sequence
        if self.memory:
            for o in outs:
                array = o._array if isinstance(o, Tensor) else o
                if isinstance(array, np.ndarray) and array.base is None and id(array) not in event.made:
                    event.made.add(id(array))
                    event.memory += array.nbytes
        if event.parent is not None and self.memory:
            event.parent.made |= event.made
            event.parent.memory += event.memory
        if self.flops:
            event.flops = flops(event.name, event.shapes)


class _Here(threading.local):
    recorder: Recorder | None = None


_here = _Here()


def current() -> Recorder | None:
    """The recorder that this thread is profiled by; None where it is not."""
    return _here.recorder


def flops(name: str, shapes: Sequence[Sequence[int]]) -> int:
    """Multiplications and additions of a product, a convolution, or an elementwise sum or product."""
    try:
        if name in ("aten::mm", "aten::bmm", "aten::matmul", "aten::mv", "aten::dot"):
            return 2 * int(np.prod(shapes[0])) * (shapes[1][-1] if len(shapes[1]) > 1 else 1)
        if name == "aten::linear":
            return 2 * int(np.prod(shapes[0])) * shapes[1][0]
        if name == "aten::addmm":
            return 2 * int(np.prod(shapes[1])) * shapes[2][-1]
        if name in ("aten::add", "aten::mul"):
            return int(np.prod(np.broadcast_shapes(*shapes[:2])))
    except (IndexError, ValueError):
        pass
    return 0


def _stack() -> Iterator[str]:
    """Where the program is, innermost first: what is the library's own left out."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_LIBRARY):
            yield f"{code.co_filename}({frame.f_lineno}): {code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]


def aten(op: Op) -> str:
    """What PyTorch's table calls an op."""
    name = op.name
    if name not in _NAMES:
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
    return f"aten::{_NAMES.get(name, name)}"


# ---- what stands in the place of the engine's own


def _record(plain: Callable[..., Any]) -> Callable[..., Any]:
    def record(self: Op, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        recorder = _here.recorder
        if recorder is None:
            return plain(self, args, attrs)
        return _timed(recorder, aten(self), (*args, *attrs.values()), plain, self, args, attrs)

    return record


def _on_arrays(plain: Callable[..., Any]) -> Callable[..., Any]:
    """An op that a formula calls. On tensors it is recorded, and told there."""

    def call(self: Op, *args: Any, **attrs: Any) -> Any:
        recorder = _here.recorder
        first = args[0][0] if self.variadic and args[0] else args[0]
        if recorder is None or type(first) is not np.ndarray:
            return plain(self, *args, **attrs)
        return _timed(recorder, aten(self), args, plain, self, *args, **attrs)

    return call


def _in_place(plain: Callable[..., Any]) -> Callable[..., Any]:
    def run(op: Op, x: Tensor, rest: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        recorder = _here.recorder
        if recorder is None:
            return plain(op, x, rest, *args, **kwargs)
        return _timed(recorder, aten(op).rstrip("_") + "_", (x, *rest), plain, op, x, rest, *args, **kwargs)

    return run


def _function(name: str | Callable[..., str], plain: Callable[..., Any]) -> Callable[..., Any]:
    """A public function that is written over ops: they are within it."""

    @wraps(plain)
    def function(*args: Any, **kwargs: Any) -> Any:
        recorder = _here.recorder
        if recorder is None:
            return plain(*args, **kwargs)
        called = name if isinstance(name, str) else name(*args)
        return _timed(recorder, f"aten::{called}", args, plain, *args, **kwargs)

    return function


def _indexing(x: Any, index: Any) -> str:
    """What PyTorch makes of ``x[index]``."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts):
        whole = [part for part in parts if part is not Ellipsis and part != slice(None)]
        if any(isinstance(part, int) for part in whole):
            return "select"
        return "unsqueeze" if whole and all(part is None for part in whole) else "slice"
    return "index"


def _timed(recorder: Recorder, name: str, shown: Sequence[Any], call: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    if recorder.open and recorder.open[-1].name == name:  # a function over the op of its name: once is enough
        return call(*args, **kw)
    event = recorder.begin(name, shown)
    result = None
    try:
        result = call(*args, **kw)
    finally:
        recorder.finish(event, result)
    return result


def _node(plain: Callable[..., Any]) -> Callable[..., Any]:
    def backward(self: Node, g: Any, tensors: bool) -> Any:
        recorder = _here.recorder
        if recorder is None or (recorder.open and recorder.open[-1].name == self.name()):
            return plain(self, g, tensors)
        with _turn(recorder, self, g if isinstance(g, list) else [g]) as turn:
            turn.made = plain(self, g, tensors)
        return turn.made

    return backward


def _accumulate(plain: Callable[..., Any]) -> Callable[..., Any]:
    def accumulate(self: AccumulateGrad, g: Any, tensors: bool, owned: bool) -> None:
        recorder = _here.recorder
        if recorder is None or (recorder.open and recorder.open[-1].name == self.name()):
            return plain(self, g, tensors, owned)
        with _turn(recorder, self, [g]):
            plain(self, g, tensors, owned)

    return accumulate


class _turn:
    """A node's turn in the backward pass: PyTorch shows it as two calls, one within the other."""

    def __init__(self, recorder: Recorder, node: Node, grads: Sequence[Any]) -> None:
        name = node.name()
        self.recorder = recorder
        self.outer = recorder.begin(f"autograd::engine::evaluate_function: {name}", backward=True)
        self.inner = recorder.begin(name, grads, backward=True)
        self.inner.made = {id(g._array if isinstance(g, Tensor) else g) for g in grads}  # what passes is nothing new
        self.made: Any = None
        self.outer.sequence = self.inner.sequence = node.sequence

    def __enter__(self) -> _turn:
        return self

    def __exit__(self, *exc: object) -> None:
        self.recorder.finish(self.inner, self.made)
        self.recorder.finish(self.outer)


_lock = threading.Lock()
_users = 0  # how many profiles run, in all threads
_replaced: list[tuple[Any, str, Any]] = []
_handles: list[Any] = []


def _replace(owner: Any, name: str, new: Any) -> None:
    _replaced.append((owner, name, vars(owner)[name]))
    setattr(owner, name, new)


def _install() -> None:
    global _users
    with _lock:
        _users += 1
        if _users > 1:
            return
        _replace(_short, "LARGE", 0)
        _replace(Op, "record", _record(Op.record))
        _replace(Op, "__call__", _on_arrays(Op.__call__))
        _replace(_inplace, "run", _in_place(_inplace.run))
        _replace(_engine.Walk, "_descend", lambda self, n, g, own, *rest: (n, g, own))
        _replace(AccumulateGrad, "accumulate", _accumulate(AccumulateGrad.accumulate))
        for kind in _subclasses(Node):
            if "backward" in vars(kind) and not isinstance(vars(kind)["backward"], staticmethod):
                _replace(kind, "backward", _node(vars(kind)["backward"]))
        _replace_functions()
        _watch_optimizers()


def _remove() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users:
            return
        while _replaced:
            owner, name, plain = _replaced.pop()
            setattr(owner, name, plain)
        while _handles:
            _handles.pop().remove()


def _subclasses(kind: type) -> Iterator[type]:
    yield kind
    derived: list[type] = type.__subclasses__(kind)
    for below in derived:
        yield from _subclasses(below)


def _replace_functions() -> None:
    """The public functions that are no ops themselves, where programs find them."""
    ops = {getattr(op.public, "__wrapped__", op.public) for op in OPS.values()}
    tidu, layers, functional = map(sys.modules.get, ("tidu", "tidu.ops.layers", "tidu.nn.functional"))
    public = {**FUNCTIONS, **getattr(layers, "MEMBERS", {})}
    found: list[tuple[Any, str, Any]] = [(owner, *item) for item in public.items() for owner in (tidu, Tensor)]
    if functional is not None:
        found += [(functional, *item) for item in vars(functional).items() if not item[0].startswith(("_", *_PYTHON))]
    for owner, name, plain in found:
        known = vars(owner).get(name) is plain and isinstance(plain, FunctionType)
        if known and getattr(plain, "__wrapped__", plain) not in ops and not name.startswith(_NO_OPS):
            _replace(owner, name, _function(_NAMES.get(name, name), plain))
    for name, shown in (("__matmul__", "matmul"), ("item", "item"), ("__getitem__", _indexing)):
        _replace(Tensor, name, _function(shown, vars(Tensor)[name]))


def _watch_optimizers() -> None:
    optim = sys.modules.get("tidu.optim.optimizer")
    if optim is None:
        return

    def before(optimizer: Any, *_: Any) -> None:
        recorder = _here.recorder
        if recorder is not None:
            name = type(optimizer).__name__
            recorder.begin(f"Optimizer.step#{name}.step", user=True)

    def after(optimizer: Any, *_: Any) -> None:
        recorder = _here.recorder
        if recorder is not None:
            name = f"Optimizer.step#{type(optimizer).__name__}.step"
            event = next((e for e in reversed(recorder.open) if e.name == name), None)
            if event is not None:
                recorder.finish(event)

    _handles.append(optim.register_optimizer_step_pre_hook(before))
    _handles.append(optim.register_optimizer_step_post_hook(after))
