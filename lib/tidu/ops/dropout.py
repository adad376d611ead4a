"""Dropout: some elements, or channels, become 0, and the rest larger. 随机失活。

Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"; of alpha dropout
Klambauer et al. 2017, "Self-normalizing neural networks".
"""

from __future__ import annotations

import math
from typing import Any

from tidu._args import Flag, Number, kind_of
from tidu._define import drawing, publish
from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor

_ALPHA = 1.7580993408473766  # what selu goes to at minus infinity, negated


@drawing
def _mask(room: Tensor, p: float) -> Tensor:
    return room.bernoulli_(p)


def _dropped(name: str, x: Any, p: Any, train: Any, *, features: bool, alpha: bool, in_place: bool) -> Tensor:
    """``x`` times a mask of 0 and 1 / (1 - p); with ``alpha`` so that mean and variance stay."""
    check_tensors(name, input=x)
    p = kind_of(Number).parse(p, name, "p", 2, 0)
    train = kind_of(Flag).parse(train, name, "train", 3, 0)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
    if p == 0 or not train or not x.numel():
        return x
    times, plus = (Tensor.mul_, Tensor.add_) if in_place else (Tensor.mul, Tensor.add)
    if p == 1:
        return times(x, FUNCTIONS["zeros"]((), dtype=x.dtype))
    if features and x.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    empty = x.new_empty((*x.shape[:2], *[1] * (x.ndim - 2))) if features else FUNCTIONS["empty_like"](x.detach())
    mask = _mask(empty, 1 - p)
    if not alpha:
        return times(x, mask.div_(1 - p))
    a = 1.0 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
    shift = mask.add(-1).mul_(_ALPHA * a).add_(_ALPHA * a * p)
    return plus(times(x, mask.mul_(a)), shift)


_FORMS = (
    ("dropout", False, False,
     "随机失活 / In training each element becomes 0 with probability ``p``, others ``1 / (1 - p)`` as large."),
    ("alpha_dropout", False, True, "保持均值与方差的失活 / Dropout to selu's lower limit: mean and variance stay."),
    ("feature_dropout", True, False,
     "整通道失活 / Dropout of whole channels: of all that follows the first two dimensions."),
    ("feature_alpha_dropout", True, True, "整通道的 alpha 失活 / Alpha dropout of whole channels."),
)  # fmt: skip


def _form(name: str, doc: str, **how: bool) -> None:
    def function(input: Tensor, p: float, train: bool) -> Tensor:
        return _dropped(name, input, p, train, **how)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    publish(name, function, method=False)


for _name, _features, _alpha, _doc in _FORMS:
    _form(_name, _doc, features=_features, alpha=_alpha, in_place=False)
    _form(f"{_name}_", f"In-place form of ``{_name}``. 原地版本。", features=_features, alpha=_alpha, in_place=True)
