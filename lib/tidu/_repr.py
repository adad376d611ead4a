"""How a tensor prints: PyTorch 2.13's text, character for character.

张量怎样打印：与 PyTorch 2.13 逐字相同。

Three decisions are taken once for the whole tensor: which elements are shown (all, or the edges of every
dimension), how a number is written (integral, fixed or scientific), and how wide a column is. What is left is
joining strings. Students compare the two screens, so the rules below are PyTorch's even where they surprise;
``tests/repr`` compares them with the original over a few thousand arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._backend import host
from tidu._modes import Rider
from tidu._tensor import Tensor

__all__ = ["PrintOptions", "format_tensor", "format_values", "get_printoptions", "printoptions", "set_printoptions"]


class PrintOptions:
    """What :func:`set_printoptions` sets. / 打印选项。"""

    def __init__(self) -> None:
        self.precision = 4
        self.threshold: float = 1000
        self.edgeitems = 3
        self.linewidth = 80
        self.sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print. / 设置张量的打印方式。

    precision  digits after the point (4); threshold  elements above which only the edges print (1000);
    edgeitems  how many of them at each edge (3); linewidth  columns of a line (80);
    profile    "default", "short" or "full" sets these four, what is given beside it wins;
    sci_mode   True or False forces or forbids scientific notation, None leaves the choice to the values.
    As in PyTorch, a call that does not name ``sci_mode`` resets it to None.
    """
    chosen = dict(_PROFILES.get(profile, {})) if profile is not None else {}
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen.update((name, value) for name, value in given.items() if value is not None)
    for name, value in chosen.items():
        setattr(_options, name, value)
    _options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as keyword arguments of :func:`set_printoptions`. / 当前的打印选项。"""
    return dict(vars(_options))


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """:func:`set_printoptions` for the length of a ``with`` block. / 只在 with 块内生效的打印选项。"""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


class _Column:
    """How one real column of numbers is written: integral, fixed or scientific, and how wide."""

    def __init__(self, values: np.ndarray) -> None:
        self.floating = values.dtype.kind not in "biu"
        self.style = ""
        if not self.floating:
            self.width = max((len(str(v)) for v in values.tolist()), default=1)
            return
        values = values.astype(np.float64)
        values = values[np.isfinite(values) & (values != 0)]
        # Zeros, infinities and nans say nothing about scale: they take no part in the choice, nor in the width.
        self.width = 1
        self.integral = bool((values == np.ceil(values)).all())
        self.scientific = values.size > 0 and _wants_scientific(np.abs(values))
        if self.scientific:
            self.style = f".{_options.precision}e"
        elif self.integral:
            self.style = ".0f"
        else:
            self.style = f".{_options.precision}f"
        point = self.integral and not self.scientific
        self.width = max((len(format(v, self.style)) + point for v in values.tolist()), default=1)

    def text(self, value: Any) -> str:
        text = format(value, self.style) if self.floating else str(value)
        if self.floating and self.integral and not self.scientific and math.isfinite(value):
            text += "."  # the point says that the dtype is a floating one
        return text.rjust(self.width)


def _wants_scientific(magnitudes: np.ndarray) -> bool:
    if _options.sci_mode is not None:
        return _options.sci_mode
    low, high = float(magnitudes.min()), float(magnitudes.max())
    return high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4


class _Complex:
    """Two columns, real and imaginary, each with its own choice of notation."""

    def __init__(self, values: np.ndarray) -> None:
        self.real, self.imag = _Column(values.real), _Column(values.imag)
        self.width = self.real.width + self.imag.width + 1

    def text(self, value: complex) -> str:
        imag = self.imag.text(value.imag).lstrip() + "j"
        return self.real.text(value.real) + ("" if imag[0] in "+-" else "+") + imag


def _edges(array: np.ndarray) -> np.ndarray:
    """The elements that are shown once every long dimension keeps its edges alone."""
    n = _options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * n:
            lead = (slice(None),) * axis
            array = np.concatenate((array[(*lead, slice(n))], array[(*lead, slice(size - n, None))]), axis=axis)
    return array


def format_values(array: np.ndarray, indent: int = 0) -> str:
    """The bracketed numbers, whose lines continue ``indent`` columns in."""
    if array.size == 0:
        return "[]"
    summarise = array.size > _options.threshold
    if summarise and array.ndim and not _options.edgeitems:
        return "[...]"
    shown = _edges(array) if summarise else array
    flat = shown.reshape(-1)
    column = _Complex(flat) if flat.dtype.kind == "c" else _Column(flat)
    if array.ndim == 0:
        return column.text(array.item())
    cut = [a != b for a, b in zip(array.shape, shown.shape, strict=True)]
    return _nested(shown.tolist(), cut, indent, column)


def _nested(rows: list[Any], cut: Sequence[bool], indent: int, column: _Column | _Complex) -> str:
    middle = len(rows) // 2
    dims = len(cut)
    if dims > 1:
        parts = [_nested(row, cut[1:], indent + 1, column) for row in rows]
        if cut[0]:
            parts.insert(middle, "...")
        return "[" + ("," + "\n" * (dims - 1) + " " * (indent + 1)).join(parts) + "]"
    parts = [column.text(value) for value in rows]
    if cut[0]:
        parts.insert(middle, " ...")
    per_line = max(1, (_options.linewidth - indent) // (column.width + 2))
    lines = [", ".join(parts[i : i + per_line]) for i in range(0, len(parts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _append(text: str, suffixes: Sequence[str], indent: int) -> str:
    # The last line counts two columns more than it has (its comma and space to come), as PyTorch counts them.
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


_COMPLEX_OF = {"torch.float64": "torch.complex128"}


def format_tensor(
    array: np.ndarray,
    dtype: str,
    default_float: str = "torch.float32",
    *,
    requires_grad: bool = False,
    grad_fn: str | None = None,
    device: str | None = None,
    tangent: str | None = None,
    prefix: str = "tensor(",
) -> str:
    """The text of a tensor. / 张量的文本形式。

    array          its values, any shape, strides and dtype; a GPU array is brought to the host by the caller
    dtype          its dtype's name, "torch.float32"; printed when it is not one that the values alone imply
    default_float  the name of the default floating dtype
    requires_grad  whether to say so (a ``grad_fn`` says it already)
    grad_fn        the name of its node, "MulBackward0"
    device         named when it is not the default device
    tangent        the text of its forward-mode tangent
    prefix         "tensor(", or the subclass's name and a bracket
    """
    suffixes = [] if device is None else [f"device='{device}'"]
    if array.size == 0 and array.ndim != 1 or array.size and not _options.edgeitems:
        suffixes.append(f"size={tuple(array.shape)}")
    implied = [default_float]
    if array.size:  # with no value to look at, only the default dtype goes without saying
        implied += [_COMPLEX_OF.get(default_float, "torch.complex64"), "torch.int64", "torch.bool"]
    if dtype not in implied:
        suffixes.append(f"dtype={dtype}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return _append(prefix + format_values(array, len(prefix)), suffixes, len(prefix))


def _repr(self: Tensor) -> str:
    rider = self._tangent
    if isinstance(rider, Rider) and rider.rank:
        return rider.shown()
    try:
        node = self.grad_fn
        name = None if node is None else type(node).__name__
    except RuntimeError:  # a view whose history was lost to a write through its base
        name = "Invalid"
    return format_tensor(
        host(self._array),
        repr(self.dtype),
        repr(_dtypes.get_default_dtype()),
        requires_grad=self.requires_grad,
        grad_fn=name,
        device=str(self.device) if self.is_cuda else None,
        tangent=None if rider is None or isinstance(rider, Rider) else repr(rider),
        prefix="tensor(" if type(self) is Tensor else f"{type(self).__name__}(",
    )


setattr(Tensor, "__repr__", _repr)
