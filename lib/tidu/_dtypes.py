"""Element types and PyTorch's promotion lattice. 元素类型与类型提升。

PyTorch's rules differ from NumPy's in two ways (https://docs.pytorch.org/docs/stable/tensor_attributes.html):
the category (bool, integer, floating, complex) decides before the width does, so int64 with float32 is float32; and a
tensor with dimensions outranks a 0-d tensor, which outranks a Python number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


class dtype:
    """The type of a tensor's elements, such as ``torch.float32``. 张量的元素类型。"""

    __slots__ = ("name", "numpy", "itemsize", "is_floating_point", "is_complex", "is_signed")

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy: np.dtype = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = self.numpy.kind == "f"
        self.is_complex = self.numpy.kind == "c"
        self.is_signed = self.numpy.kind in "ifc"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)

    def to_real(self) -> dtype:
        if not self.is_complex:
            return self
        return float32 if self.itemsize == 8 else float64

    def to_complex(self) -> dtype:
        return of(np.dtype("c16" if self.name in ("float64", "complex128") else "c8"))


float32, float64, float16 = dtype("float32"), dtype("float64"), dtype("float16")
uint8, int8, int16, int32, int64 = dtype("uint8"), dtype("int8"), dtype("int16"), dtype("int32"), dtype("int64")
uint16, uint32, uint64 = dtype("uint16"), dtype("uint32"), dtype("uint64")
bool_ = dtype("bool")
complex64, complex128 = dtype("complex64"), dtype("complex128")

ALL = (
    float16, float32, float64, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool_, complex64, complex128,
)  # fmt: skip
ALIASES = {
    "float": float32, "double": float64, "half": float16, "long": int64, "int": int32, "short": int16,
    "cfloat": complex64, "cdouble": complex128, "bool": bool_,
}  # fmt: skip
TYPE_NAMES = {
    float32: "FloatTensor", float64: "DoubleTensor", float16: "HalfTensor", uint8: "ByteTensor", int8: "CharTensor",
    int16: "ShortTensor", int32: "IntTensor", int64: "LongTensor", bool_: "BoolTensor",
    complex64: "ComplexFloatTensor", complex128: "ComplexDoubleTensor",
}  # fmt: skip

_OF = {d.numpy: d for d in ALL}
_PYTHON: dict[Any, dtype] = {bool: bool_, int: int64, float: float64, complex: complex128}


def _named(name: str) -> dtype:
    return _OF[np.dtype(name)]


def of(numpy_dtype: np.dtype) -> dtype:
    """The ``dtype`` of a NumPy dtype; ``TypeError`` names the supported ones. NumPy 类型对应的类型。"""
    found = _OF.get(numpy_dtype)
    if found is None and numpy_dtype.newbyteorder("=") in _OF:
        return _OF[numpy_dtype.newbyteorder("=")]
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype}. The only supported types are: "
            + ", ".join(d.name for d in ALL)
        )
    return found


def parse(value: Any, function: str = "dtype", argument: str = "dtype") -> np.dtype:
    """NumPy dtype of a ``dtype``, or of Python's ``float`` / ``int`` / ``bool`` / ``complex``. 解析 dtype 参数。"""
    if type(value) is dtype:
        return value.numpy
    if isinstance(value, type) and value in _PYTHON:
        return _PYTHON[value].numpy
    raise TypeError(f"{function}(): argument '{argument}' must be torch.dtype, not {type(value).__name__}")


class _Default:
    floating = float32.numpy


def get_default_dtype() -> dtype:
    """The floating dtype new tensors get from Python floats. 默认浮点类型。"""
    return of(_Default.floating)


def set_default_dtype(d: dtype) -> None:
    """Set the floating dtype new tensors get from Python floats; ``TypeError`` unless floating. 设置默认浮点类型。"""
    if type(d) is not dtype or not d.is_floating_point:
        raise TypeError(
            f"only floating-point types are supported as the default type: argument 'd' must be a floating "
            f"torch.dtype, not {d!r}"
        )
    _Default.floating = d.numpy


def default_floating() -> np.dtype:
    return _Default.floating


def default_complex() -> np.dtype:
    return np.dtype("c16" if _Default.floating.itemsize == 8 else "c8")


def category(d: np.dtype) -> int:
    """0 bool, 1 integer, 2 floating, 3 complex."""
    return _CATEGORY[d.kind]


def of_scalar(value: Any) -> np.dtype:
    """The dtype a Python number counts as. Python 数的类型。"""
    if isinstance(value, bool):
        return bool_.numpy
    if isinstance(value, int):
        return int64.numpy
    return default_complex() if isinstance(value, complex) else default_floating()


def promote_types(a: np.dtype, b: np.dtype) -> np.dtype:
    """The smallest type that both go to, category before width. 两种类型的提升结果。"""
    if a is b:
        return a
    ca, cb = category(a), category(b)
    if ca != cb:
        high, low = (a, b) if ca > cb else (b, a)
        if high.kind == "c" and low.kind == "f":
            return np.promote_types(high, low)
        return high
    return np.promote_types(a, b)


def result_type(operands: Iterable[Any]) -> np.dtype:
    """The common dtype of arrays (by rank: dimensioned, then 0-d) and Python numbers. 运算的公共类型。

    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion
    """
    groups: list[np.dtype | None] = [None, None, None]
    for x in operands:
        d = getattr(x, "dtype", None)
        if d is None:
            rank, d = 2, of_scalar(x)
        else:
            rank = 0 if x.ndim else 1
        seen = groups[rank]
        groups[rank] = d if seen is None else promote_types(seen, d)
    return _outrank(_outrank(groups[0], groups[1]), groups[2]) or default_floating()


def _outrank(high: np.dtype | None, low: np.dtype | None) -> np.dtype | None:
    """The lower rank changes the dtype only by bringing in a higher category."""
    if high is None or low is None:
        return high if low is None else low
    ch, cl = category(high), category(low)
    if cl <= ch:
        return high
    if cl == 3 and ch == 2:
        return np.dtype("c16" if high.itemsize == 8 else "c8")
    return low
