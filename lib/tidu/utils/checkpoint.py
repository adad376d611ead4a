"""Memory for time: what a part of a net would keep for its backward is computed again there. 用计算换内存：重算检查点。

Two forms. The *reentrant* one is a custom function: forward runs without history, and backward runs it again with one
and differentiates that, a backward within the backward. The other one, which should be chosen, records history as
always, with hooks in place of what is saved (``autograd.graph.saved_tensors_hooks``): the first time backward asks for
a saved value, forward runs again, as far as it has to, and the values it saves then are those that are asked for.
Source: https://docs.pytorch.org/docs/stable/checkpoint.html
"""

from __future__ import annotations

import contextlib
import sys
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import tidu.autograd
from tidu._modes import enable_grad, is_grad_enabled, modes, no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.autograd.function import Function
from tidu.autograd.graph import saved_tensors_hooks

__all__ = [
    "CheckpointError", "CheckpointFunction", "DefaultDeviceType", "check_backward_validity", "checkpoint",
    "checkpoint_sequential", "detach_variable", "get_device_states", "noop_context_fn", "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop", "set_device_states",
]  # fmt: skip

Contexts = tuple[contextlib.AbstractContextManager[Any], contextlib.AbstractContextManager[Any]]
_TIP = (
    "\n\nTip: pass `debug=True` to `torch.utils.checkpoint.checkpoint(...)` to see where tensors were saved each time."
)
_LIBRARY = str(Path(__file__).parents[1])


class CheckpointError(RuntimeError):
    """Recomputation went another way than forward did. 重算与前向不一致。"""


class _Setting:
    """What ``set_checkpoint_early_stop`` and its like say for all checkpoints; None: each says for itself."""

    early_stop: bool | None = None
    debug: bool | None = None


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """是否提前结束重算 / Whether recomputation in checkpoints made inside ends as soon as it has all it needs."""
    previous, _Setting.early_stop = _Setting.early_stop, enable
    try:
        yield
    finally:
        _Setting.early_stop = previous


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """是否输出调试信息 / Whether checkpoints made inside tell more in their errors, whatever their ``debug`` says."""
    previous, _Setting.debug = _Setting.debug, enabled
    try:
        yield
    finally:
        _Setting.debug = previous


class DefaultDeviceType:
    """设备类型的缺省值 / Which kind of device random states belong to where no argument tells: tidu's are the CPU's."""

    _name = "cpu"

    @staticmethod
    def set_device_type(device: str = "cpu") -> None:
        """设置 / Say which."""
        DefaultDeviceType._name = device

    @staticmethod
    def get_device_type() -> str:
        """读取 / Ask which."""
        return DefaultDeviceType._name


def noop_context_fn() -> Contexts:
    """什么也不做的上下文 / Two contexts that do nothing: the ``context_fn`` of checkpoints that need none."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """脱离历史 / The tensors of a tuple without their history, but requiring grad where they did."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple([x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs])


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """检查能否反向 / Warn where no input requires grad: nothing inside a reentrant checkpoint gets a gradient then."""
    if not any(x.requires_grad for x in inputs if isinstance(x, Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """设备的随机状态 / The devices of the arguments and their random states: none, tidu draws on the CPU."""
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Tensor], *, device_type: str | None = None) -> None:
    """恢复设备的随机状态 / Put back what ``get_device_states`` found."""


class _Surroundings:
    """What a forward ran in, to run again in the same: autocast, and random numbers if they are to be the same."""

    def __init__(self, preserve_rng_state: bool) -> None:
        self.random = FUNCTIONS["get_rng_state"]() if preserve_rng_state else None
        self.low = modes.low, modes.low_device

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        low, random = (modes.low, modes.low_device), None
        if self.random is not None:
            random = FUNCTIONS["get_rng_state"]()
            FUNCTIONS["set_rng_state"](self.random)
        modes.low, modes.low_device = self.low
        try:
            yield
        finally:
            modes.low, modes.low_device = low
            if random is not None:
                FUNCTIONS["set_rng_state"](random)


class CheckpointFunction(Function):
    """The reentrant form: a node that keeps a function's inputs alone. 可重入形式的节点。"""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function, ctx.surroundings = run_function, _Surroundings(preserve_rng_state)
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[a if isinstance(a, Tensor) else None for a in args])
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if modes.walk is not None and modes.walk.wanted is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        inputs = detach_variable(
            tuple([a if t is None else t for t, a in zip(ctx.saved_tensors, ctx.others, strict=True)])
        )
        with ctx.surroundings.again(), enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, grads, strict=True) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        tidu.autograd.backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, None, *[x.grad if isinstance(x, Tensor) else None for x in inputs]


class _Inputs(Function):
    """Keeps a checkpoint's inputs as any function keeps its own: checked against writes, and through hooks outside."""

    @staticmethod
    def forward(first: Tensor, args: tuple[Any, ...], *tensors: Any) -> Tensor:
        return first.new_empty(0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.others = inputs[1]
        ctx.save_for_backward(*inputs[2:])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise AssertionError("Did not expect to backward on this graph")


class _Enough(Exception):
    """Recomputation has all that is needed."""


class _Holder:
    """In place of a saved tensor: the how-manieth it was."""

    __slots__ = ("position", "__weakref__")

    def __init__(self, position: int) -> None:
        self.position = position


class _Again:
    """One recomputation, for one backward pass."""

    def __init__(self) -> None:
        self.count, self.done = 0, False
        self.found: dict[int, Tensor] = {}
        self.notes: list[str] = []


def _described(t: Tensor) -> dict[str, Any]:
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


def _place(t: Tensor) -> str:
    """Which line outside the library saves a tensor now."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_LIBRARY):
        frame = frame.f_back
    where = "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}: "
    return f"  {where}{t.dtype} {list(t.shape)}"


class _Frame:
    """One call of ``checkpoint``: what was saved in it, in which order, and how to run it again."""

    def __init__(self, again: Callable[[], Any], early_stop: bool, check: bool, debug: bool) -> None:
        self.again, self.early_stop, self.check, self.debug = again, early_stop, check, debug
        self.holders: list[weakref.ref[_Holder]] = []
        self.descriptions: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.complete = False
        self.uneven = False  # what is differentiated within was saved, and asked for, before forward was done
        self.runs: weakref.WeakKeyDictionary[Any, _Again] = weakref.WeakKeyDictionary()

    def hooks(self) -> saved_tensors_hooks:
        return saved_tensors_hooks(self.pack, self.unpack)

    def pack(self, t: Tensor) -> _Holder:
        holder = _Holder(len(self.holders))
        self.holders.append(weakref.ref(holder))
        if self.check:
            self.descriptions.append(_described(t))
        if self.debug:
            self.notes.append(_place(t))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        walk = modes.walk
        key = _Again() if walk is None else walk  # outside of a backward everybody has a recomputation of his own
        run = self.runs.get(key)
        if run is None:
            run = self.runs[key] = _Again()
        try:
            if not run.done:
                self.recompute(run)
            if holder.position not in run.found:
                raise CheckpointError(
                    "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If "
                    "you are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please "
                    "open an issue with details on your use case."
                )
        except CheckpointError as error:
            if not self.debug:
                raise
            raise CheckpointError(
                " An error happened while unpacking tensors; dumping logs of latest computation\nbecause you passed "
                f"`debug=True` to `torch.utils.checkpoint.checkpoint()`.\n\n{error}\n\nSaved in forward:\n"
                + "\n".join(self.notes)
                + "\n\nSaved in recomputation:\n"
                + "\n".join(run.notes)
            ) from error
        return run.found.pop(holder.position)

    def recompute(self, run: _Again) -> None:
        """Run forward again, keep what it saves, and see whether that is what it saved before."""

        def pack(t: Tensor) -> Tensor:
            i = run.count
            run.count += 1
            if self.debug:
                run.notes.append(_place(t))
            if i >= len(self.holders):
                if not self.complete:
                    self.uneven = True
                    return t
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                    f"forward pass.{_TIP}"
                )
            if self.holders[i]() is not None:
                run.found[i] = t.detach()
            if self.early_stop and run.count == len(self.holders):
                raise _Enough
            return t.detach()

        with contextlib.suppress(_Enough), saved_tensors_hooks(pack, lambda t: t), enable_grad():
            self.again()
        run.done = True
        if self.uneven:
            return
        if run.count != len(self.holders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.holders)}\nNumber of tensors saved "
                f"during recomputation: {run.count}.{_TIP}"
            )
        differ = ""
        for i, t in run.found.items():
            if self.check and _described(t) != self.descriptions[i]:
                differ += (
                    f"tensor at position {i}:\nsaved metadata: {self.descriptions[i]}\nrecomputed metadata: "
                    f"{_described(t)}\n"
                )
        if differ:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                f"during the forward pass.\n{differ}.{_TIP}"
            )


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """少存多算 / ``function(*args, **kwargs)``, which keeps its inputs alone: backward computes the rest again.

    ``use_reentrant``      which form: say False, with which everything that autograd can do goes on working. With True
                           (what None means as yet, with a warning) only plain ``backward()`` does, an input has to
                           require grad, and keywords are refused
    ``preserve_rng_state`` draw the same random numbers again (dropout)
    ``context_fn``         makes two contexts, for forward and for recomputation
    ``determinism_check``  ``"default"``: ``CheckpointError`` where saved values have another shape or dtype the second
                           time; ``"none"``: nobody looks
    ``debug``              errors say where tensors were saved, both times
    ``early_stop``         end recomputation as soon as it has all that is needed

    Source: https://docs.pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.checkpoint
    """
    if use_reentrant is None:
        _warn_of_form("torch.utils.checkpoint")
        use_reentrant = True
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve_rng_state, *args)
    checks = ("default", "none")
    if determinism_check not in checks:
        raise ValueError(f"determinism_check should be one of {list(checks)}, but got {determinism_check}")
    ahead, again = context_fn()
    surroundings = _Surroundings(preserve_rng_state)
    node: Any = None
    if is_grad_enabled():
        first = FUNCTIONS["empty"]((0,), requires_grad=True)
        others = tuple([None if isinstance(a, Tensor) else a for a in args])
        node = _Inputs.apply(first, others, *[a if isinstance(a, Tensor) else None for a in args]).grad_fn
    if node is None:
        with ahead:
            return function(*args, **kwargs)

    def run() -> None:
        given = [a if t is None else t for t, a in zip(node.saved_tensors, node.others, strict=True)]
        with surroundings.again(), again:
            function(*given, **kwargs)

    frame = _Frame(
        run,
        early_stop if _Setting.early_stop is None else _Setting.early_stop,
        determinism_check == "default",
        debug if _Setting.debug is None else _Setting.debug,
    )
    with frame.hooks(), ahead:
        result = function(*args, **kwargs)
    frame.complete = True
    return result


def _warn_of_form(name: str) -> None:
    warnings.warn(
        f"{name}: the use_reentrant parameter should be passed explicitly: use_reentrant=False is what should be "
        "chosen, and True what is meant without it.",
        stacklevel=3,
    )


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """分段的检查点 / A ``Sequential``, or a list of functions, in ``segments`` checkpoints; the last part is not one.

    Source: https://docs.pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.checkpoint_sequential
    """
    if use_reentrant is None:
        _warn_of_form("torch.utils.checkpoint.checkpoint_sequential")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    parts = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(parts) // segments

    def in_a_row(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for part in parts[start:end]:
                x = part(x)
            return x

        return run

    end = 0
    for start in range(0, size * (segments - 1), size) if size else ():
        end = start + size
        input = checkpoint(in_a_row(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return in_a_row(end, len(parts))(input)
