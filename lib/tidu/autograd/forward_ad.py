"""Forward mode: values that carry a tangent. 前向模式：带着切向量的值。

    with forward_ad.dual_level():
        y = f(forward_ad.make_dual(x, v))
        primal, jvp = forward_ad.unpack_dual(y)

Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tidu._forward import give
from tidu._modes import modes
from tidu._tensor import Tensor


class UnpackedDualTensor(NamedTuple):
    """``primal`` and ``tangent`` (None where no tangent reached). 原值与切向量。"""

    primal: Tensor
    tangent: Tensor | None


class dual_level:
    """Inside, dual tensors exist; at its end they lose their tangents. 其中可以使用对偶数。

    Levels do not nest, as in PyTorch.
    """

    def __enter__(self) -> int:
        if modes.dual:
            raise RuntimeError("Nested forward mode AD is not supported at the moment")
        modes.dual, modes.carriers = 1, []
        return 0

    def __exit__(self, *exc: object) -> None:
        modes.dual = 0
        for reference in modes.carriers:
            carrier = reference()
            if carrier is not None:
                carrier._tangent = None


def _inside(function: str) -> None:
    if not modes.dual:
        raise RuntimeError(f"Trying to use {function}() outside of a dual_level. Use `with dual_level():` first.")


def make_dual(tensor: Tensor, tangent: Tensor, *, level: Any = None) -> Tensor:
    """``tensor`` with ``tangent`` (same shape and dtype) riding along: a view of the same memory. 附上切向量。"""
    _inside("make_dual")
    for name, value in (("tensor", tensor), ("tangent", tangent)):
        if not isinstance(value, Tensor):
            raise TypeError(f"make_dual(): argument '{name}' must be Tensor, not {type(value).__name__}")
    if tensor._array.dtype.kind not in "fcV":
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype}")
    if tangent._array.dtype.kind not in "fcV":
        raise ValueError(f"Expected tangent to be floating point or complex, but got: {tangent.dtype}")
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            f"Expected tangent to have the same shape as primal: got {list(tangent.shape)} for {list(tensor.shape)}"
        )
    if tensor._array.dtype != tangent._array.dtype:
        raise RuntimeError(f"Expected tangent to have the dtype of primal: got {tangent.dtype} for {tensor.dtype}")
    dual = tensor.view_as(tensor)
    give(dual, tangent)
    return dual


def unpack_dual(tensor: Tensor, *, level: Any = None) -> UnpackedDualTensor:
    """The value and its tangent. 拆出原值与切向量。"""
    _inside("unpack_dual")
    if not isinstance(tensor, Tensor):
        raise TypeError(f"unpack_dual(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    tangent = tensor._tangent
    primal = tensor.view_as(tensor)
    primal._tangent = None
    return UnpackedDualTensor(primal, tangent)
