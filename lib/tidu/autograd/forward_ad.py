"""Forward mode: values that carry a tangent. 前向模式：带着切向量的值。

    with forward_ad.dual_level():
        y = f(forward_ad.make_dual(x, v))
        primal, jvp = forward_ad.unpack_dual(y)

Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
"""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any, NamedTuple

from tidu._batch import lift, logical, physical
from tidu._modes import modes
from tidu._record import rename
from tidu._tangents import follow, give, rides
from tidu._tensor import Tensor

__all__ = ["UnpackedDualTensor", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual", "dual_level"]


class UnpackedDualTensor(NamedTuple):
    """``primal`` and ``tangent`` (None where no tangent reached). 原值与切向量。"""

    primal: Tensor
    tangent: Tensor | None


def __getattr__(name: str) -> Any:
    if name == "_current_level":  # -1 while there is none
        return min(modes.level, 1) - 1
    raise AttributeError(f"module 'tidu.autograd.forward_ad' has no attribute '{name}'")


def open_level(kind: int) -> None:
    """Enter a level: 1 for a user's own, 2 for a transform's."""
    if modes.level:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    modes.level, modes.carriers, modes.views = kind, [], []
    modes.dual = kind if modes.forward else 0


def close_level() -> None:
    """Leave the level: what carries a tangent loses it."""
    modes.level = modes.dual = 0
    carriers, modes.carriers, modes.views = modes.carriers, [], []
    for reference in carriers:
        carrier = reference()
        if carrier is not None:
            carrier._tangent = None


def enter_dual_level() -> int:
    """进入对偶层 / From now on tensors may carry tangents; returns the level, 0: levels do not nest, as in PyTorch.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.enter_dual_level.html
    """
    open_level(1)
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """离开对偶层 / Tensors lose their tangents.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.exit_dual_level.html
    """
    current = min(modes.level, 1) - 1
    if level is None:
        level = current
    if level != current:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    close_level()


class dual_level(ContextDecorator):
    """其中可以使用对偶数 / Inside, dual tensors exist; at its end they lose their tangents.

    A context manager and a decorator. Levels do not nest, as in PyTorch.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.dual_level.html
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """附上切向量 / ``tensor`` with ``tangent`` (of its shape) riding along: a view of the same memory.

    The tangent is the very tensor that was given, unless it lies in memory in another way than ``tensor``: then it is
    a copy. ``ValueError`` unless both are floating point or complex.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.make_dual.html
    """
    if level is None:
        level = min(modes.level, 1) - 1
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if level > 0:
        raise RuntimeError("Invalid level given to _make_dual")
    if modes.levels and (rides(tensor) or rides(tangent)):
        like = lift(tensor)
        return logical(joined(physical(like), physical(lift(tangent))), like)
    return joined(tensor, tangent)


def joined(tensor: Tensor, tangent: Tensor) -> Tensor:
    """A dual of these, one of which may be a batch of tangents."""
    for name, value in (("primal", tensor), ("tangent", tangent)):
        if not (value.is_floating_point() or value.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {value.dtype}")
    if modes.dual and tensor._tangent is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not "
            "supported."
        )
    dual = tensor.view_as(tensor)
    if modes.dual:
        if tangent._tangent is not None and not rides(tangent):
            raise RuntimeError(
                "Setting a forward grad that itself has a forward gradient at the same level0 is not supported."
            )
        if tangent._array.shape != tensor._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
                f"{list(tangent.shape)}."
            )
        give(dual, tangent)
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """拆出原值与切向量 / The value, a view without tangent, and its tangent.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.unpack_dual.html
    """
    if level is None:
        level = min(modes.level, 1) - 1
    if level < 0:
        return UnpackedDualTensor(tensor, None)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"_unpack_dual(): argument 'dual' (position 1) must be Tensor, not {type(tensor).__name__}")
    if level > 0:
        raise RuntimeError("Invalid level given to _fw_primal")
    if modes.levels and rides(tensor):
        like = lift(tensor)
        primal, tangent = parted(physical(like))
        return UnpackedDualTensor(logical(primal, like), None if tangent is None else logical(tangent, like))
    return parted(tensor)


def parted(tensor: Tensor) -> UnpackedDualTensor:
    """The two parts of a dual."""
    if modes.dual:
        follow(tensor)
    tangent = tensor._tangent if modes.dual else None
    carried, modes.dual = modes.dual, 0
    try:
        primal = tensor.view_as(tensor)
    finally:
        modes.dual = carried
    if primal._node is not None:
        rename(primal._node, "Identity")
    return UnpackedDualTensor(primal, tangent)


def _is_fwd_grad_enabled() -> bool:
    """Whether tangents are carried on. 前向模式是否启用。"""
    return modes.forward


class _set_fwd_grad_enabled:
    """Carry tangents on or not, from now on or within a ``with`` block. 启用或停用前向模式。"""

    def __init__(self, mode: bool) -> None:
        self.previous = modes.forward
        self._switch(mode)

    def _switch(self, mode: bool) -> None:
        modes.forward = mode
        modes.dual = modes.level if mode else 0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        self._switch(self.previous)
