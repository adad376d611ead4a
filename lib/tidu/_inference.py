"""``inference_mode``, and tensors made under it, which count no writes and stay out of autograd. 推理模式。

Nothing is checked for it on the short paths. What is made under the mode gets a storage whose version is ``UNTRACKED``:
whoever saves a tensor for its gradient asks whether its version is 0, and that question is the error. A tensor is
marked when the next one is made, or the mode is left: while it is being made its storage is not there yet.
"""

from __future__ import annotations

import weakref
from typing import Any

from tidu._modes import Mode, modes, switch
from tidu._storage import Storage

SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)
WRITTEN = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)


class _Untracked:
    """The version of memory whose writes nobody counts: one more is the same, and it is no number."""

    def __bool__(self) -> bool:
        raise RuntimeError(SAVED)

    def __add__(self, writes: int) -> _Untracked:
        return self


UNTRACKED: Any = _Untracked()


def settle() -> None:
    """Mark the tensor that was made last."""
    born, modes.born = modes.born, None
    t = None if born is None else born()
    if t is not None and t._storage is None:
        t._storage = Storage(t._array)
        t._storage.version = UNTRACKED


def before_writing(t: Any) -> None:
    """``RuntimeError`` where this tensor may be written under ``inference_mode`` alone."""
    if t._storage is not None and t._storage.version is UNTRACKED and not modes.inference:
        raise RuntimeError(WRITTEN)
    if modes.cloning is not None:
        modes.cloning(t)


def is_inference_mode_enabled() -> bool:
    """是否处于推理模式 / Whether ``inference_mode`` is on."""
    return modes.inference


def _notice(t: Any, *args: Any, **kwargs: Any) -> None:
    """``Tensor.__init__`` while some thread is in the mode, and nothing otherwise."""
    if modes.inference:
        if modes.born is not None:
            settle()
        modes.born = weakref.ref(t)


class inference_mode(Mode):
    """推理模式 / As ``no_grad``, and what is made inside may not be saved for a gradient, nor written outside.

    ``inference_mode(False)`` inside is the usual mode again. A tensor that autograd is to have is cloned outside.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad_mode.inference_mode.html
    """

    marked: Any  # the class of tensors
    threads = 0  # how often the mode is entered now

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.__init__()  # type: ignore[misc]
        return self(mode) if callable(mode) else self

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def _again(self) -> inference_mode:
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        self.before = modes.inference, modes.asked
        settle()
        modes.inference = False
        self.grad = switch(not self.mode)
        modes.inference, modes.asked = self.mode, False
        if self.mode:
            inference_mode.threads += 1
            inference_mode.marked.__init__ = _notice

    def __exit__(self, *exc: object) -> None:
        settle()
        if self.mode:
            inference_mode.threads -= 1
            if not inference_mode.threads:
                del inference_mode.marked.__init__
        modes.inference = False
        switch(self.grad)
        modes.inference, modes.asked = self.before
