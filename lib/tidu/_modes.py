"""Switches that an op reads when it runs: is history recorded, is there a dual level. 运行模式。

They are per thread, as in PyTorch.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from _thread import _local as thread_local  # the module threading takes a twentieth of our import
from _thread import get_ident
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class _Modes(thread_local):
    grad = True  # record history
    inference = False  # what is made is an inference tensor, and nothing is recorded whatever is asked (``_inference``)
    asked = False  # what ``is_grad_enabled`` says meanwhile
    born: Any = None  # weak reference to the tensor that was made last under it
    cloning: Any = None  # called with each tensor that is about to be written, if set
    lax = False  # whether a leaf's first gradient may be laid out as it came
    multithreading = True
    turn: Any = None  # the nodes that have run, while anomalies are looked for
    unpacked: str | None = None  # why hooks on what is saved may not be set
    packing: tuple[tuple[Any, Any], ...] = ()  # the hooks on what is saved, the innermost last
    walk: Any = None  # the backward pass that runs, while one does
    low: Any = None  # the dtype of ``autocast``, where it is on, and its device
    low_device = ""
    dual = 0  # whether tangents are carried on: the forward-mode level, 0 without one or where it has no effect
    level = 0  # the forward-mode level: 1 of the user's, 2 of ``func.jvp``; 0: no tangents anywhere
    forward = True  # ``_set_fwd_grad_enabled``
    transforms = 0  # of ``tidu.func`` that run now, one inside another

    levels: tuple[Any, ...] = ()  # of ``vmap``, from the outermost in

    def __init__(self) -> None:
        self.carriers: list[Any] = []  # weak references to what carries a tangent of this level
        self.views: list[Any] = []  # and to views of what does not yet, made at this level


modes = _Modes()


def beyond_transforms(call: str) -> RuntimeError:
    """What a function that is being transformed may not call: it would reach out of the transform."""
    return RuntimeError(
        f"You are attempting to call {call} inside of a function being transformed by a functorch transform. This is "
        "unsupported, please use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian), or call it "
        "outside of a function being transformed instead."
    )


class Rider:
    """What a tensor carries in a tangent's place that carries out the calls it is an operand of: ``Volatile``, and the
    ``Batch`` of vmap.

    Beside a tangent calls take the long way, so it is there alone that one is looked for.
    """

    used = 0  # as long as there is none, no call looks for one
    rank = 0  # of several operands' the highest carries the call out

    @staticmethod
    def among(args: Iterable[Any], attrs: Iterable[Any] = ()) -> Any:
        """The one of highest rank among a call's operands and attributes, else None."""
        found: Any = None
        for a in (*args, *attrs):
            carried = Rider.among(a) if type(a) is tuple else getattr(a, "_tangent", None)
            if isinstance(carried, Rider) and (found is None or carried.rank > found.rank):
                found = carried
        return found

    def call(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """What ``op`` gives of these."""
        raise NotImplementedError

    def forbid(self, what: str) -> None:
        """An error, where its tensors cannot do this."""


class Volatile(Rider):
    """Of tensors of ``legacy.Variable(volatile=True)``: what is computed of one is not recorded, and is one again."""

    mark: Any

    @classmethod
    def among(cls, args: Any) -> bool:  # type: ignore[override]
        """Whether one of a call's operands is one."""
        return bool(cls.used) and any(getattr(a, "_tangent", None) is cls.mark for a in args)

    def call(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        previous = switch(False)
        try:
            result = op.record([a.detach() if hasattr(a, "_tangent") else a for a in args], attrs)
        finally:
            switch(previous)
        for out in result if isinstance(result, (tuple, list)) else (result,):
            out._tangent = self
        return result


Volatile.mark = Volatile()


# Threads that record no history now. While there is none, which is nearly always, nobody need look at his own mode,
# which takes five times as long: ``not OFF or modes.grad``. A thread that ended so stays here, and does no harm.
OFF: dict[int, None] = {}


def switch(grad: bool) -> bool:
    """Whether history is recorded from now on, in this thread; returns what was so until now."""
    if modes.inference:
        previous, modes.asked = modes.asked, grad
        return previous
    previous, modes.grad = modes.grad, grad
    if grad:
        OFF.pop(get_ident(), None)
    else:
        OFF[get_ident()] = None
    return previous


class Mode:
    """A context manager that also decorates functions, and generators while they run. 运行模式的基类。"""

    def __call__(self, function: F) -> F:
        if isinstance(function, type):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            made: Any = lambda *args, **kwargs: function(*args, **kwargs)  # noqa: E731
            return self(made)
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                iterator = function(*args, **kwargs)
                resume, given = iterator.send, None
                while True:
                    try:
                        with self._again():
                            item = resume(given)
                    except StopIteration as stop:
                        return stop.value
                    try:  # whoever iterates does so in his own mode
                        given, resume = (yield item), iterator.send
                    except GeneratorExit:
                        with self._again():
                            iterator.close()
                        raise
                    except BaseException as error:
                        given, resume = error, iterator.throw

            return generator  # type: ignore[return-value]

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]

    def _again(self) -> Any:
        return type(self)()

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        raise NotImplementedError


class _GradMode(Mode):
    """Sets whether history is recorded."""

    enabled = True
    prev = False

    def __enter__(self) -> None:
        self.prev = switch(self.enabled)

    def __exit__(self, *exc: object) -> None:
        switch(self.prev)


class no_grad(_GradMode):
    """Inside, operations record no history. 其中的运算不记录历史。

    A context manager and a decorator. Source: https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
    """

    enabled = False

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)  # @no_grad without parentheses


class enable_grad(no_grad):
    """Inside, operations record history again. 其中的运算重新记录历史。"""

    enabled = True


class set_grad_enabled(_GradMode):
    """Set the grad mode at once, as a function or a context manager. 立即设置是否记录历史。"""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self.mode = self.enabled = mode
        self.prev = switch(mode)

    def __call__(self, function: F) -> F:
        switch(self.prev)
        return super().__call__(function)

    def _again(self) -> set_grad_enabled:
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        switch(self.mode)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


def is_grad_enabled() -> bool:
    """Whether operations record history now. 当前是否记录历史。"""
    return modes.asked if modes.inference else modes.grad
