"""Element types and PyTorch's promotion lattice. 元素类型与类型提升。

PyTorch's rules differ from NumPy's in two ways (https://docs.pytorch.org/docs/stable/tensor_attributes.html):
the category (bool, integer, floating, complex) decides before the width does, so int64 with float32 is float32; and a
tensor with dimensions outranks a 0-d tensor, which outranks a Python number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tidu._naming import Named

_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3, "V": 2}  # V: bfloat16, which NumPy itself does not know


class dtype(metaclass=Named):
    """The type of a tensor's elements, such as ``torch.float32``. 张量的元素类型。

    ``numpy``  the NumPy dtype; of bfloat16, which NumPy lacks, that of the package ml_dtypes
    """

    __slots__ = ("name", "numpy", "itemsize", "is_floating_point", "is_complex", "is_signed")
    _shown = "torch.dtype"

    name: str
    numpy: np.dtype
    itemsize: int
    is_floating_point: bool
    is_complex: bool
    is_signed: bool

    def __init__(self, *args: Any) -> None:
        raise TypeError("cannot create 'torch.dtype' instances")

    def __getattr__(self, attribute: str) -> Any:
        """The NumPy dtype of a type that NumPy lacks, when it is first asked for."""
        if attribute != "numpy":
            raise AttributeError(f"'torch.dtype' object has no attribute '{attribute}'")
        found = _beyond_numpy(self.name)
        _OF[found] = self
        self.numpy = found
        Extended.used = True
        return found

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: Any) -> dtype:
        return self

    def to_real(self) -> dtype:
        """The dtype of the real part. 实部的类型。"""
        return {complex32: float16, complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this one. 对应的复数类型。"""
        if self.is_complex:
            return self
        if not self.is_floating_point:
            name = TYPE_NAMES[self].removesuffix("Tensor") if self in TYPE_NAMES else self.name
            raise RuntimeError(f"Unknown Complex ScalarType for {name}")
        return {float16: complex32, float64: complex128}.get(self, complex64)


class Extended:
    """Whether a dtype that NumPy lacks is in use; as long as none is, no op looks for one."""

    used = False


def _make(name: str, itemsize: int = 0, floating: bool = False) -> dtype:
    """One of the dtypes; with an itemsize, one that NumPy lacks."""
    made = object.__new__(dtype)
    made.name = name
    if itemsize:
        kind = "f" if floating else "c"
    else:
        made.numpy = np.dtype(name)
        itemsize, kind = made.numpy.itemsize, made.numpy.kind
    made.itemsize, made.is_signed = itemsize, kind in "ifc"
    made.is_floating_point, made.is_complex = kind == "f", kind == "c"
    return made


def _beyond_numpy(name: str) -> np.dtype:
    if name != "bfloat16":
        raise NotImplementedError(f"torch.{name} tensors are not implemented in tidu: NumPy has no such dtype")
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        raise NotImplementedError(
            "torch.bfloat16 tensors need the package ml_dtypes, which NumPy's dtypes are extended by: "
            "pip install ml_dtypes"
        ) from None
    return np.dtype(bfloat16)


float32, float64, float16 = _make("float32"), _make("float64"), _make("float16")
uint8, int8, int16, int32, int64 = _make("uint8"), _make("int8"), _make("int16"), _make("int32"), _make("int64")
uint16, uint32, uint64 = _make("uint16"), _make("uint32"), _make("uint64")
bool_ = _make("bool")
complex64, complex128 = _make("complex64"), _make("complex128")

bfloat16, complex32 = _make("bfloat16", 2, floating=True), _make("complex32", 4)

ALL = (
    float16, float32, float64, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool_, complex64, complex128,
)  # fmt: skip
ALIASES = {
    "float": float32, "double": float64, "half": float16, "long": int64, "int": int32, "short": int16,
    "cfloat": complex64, "cdouble": complex128, "chalf": complex32, "bool": bool_,
}  # fmt: skip
TYPE_NAMES = {
    float32: "FloatTensor", float64: "DoubleTensor", float16: "HalfTensor", uint8: "ByteTensor", int8: "CharTensor",
    bfloat16: "BFloat16Tensor", int16: "ShortTensor", int32: "IntTensor", int64: "LongTensor", bool_: "BoolTensor",
    complex64: "ComplexFloatTensor", complex128: "ComplexDoubleTensor",
}  # fmt: skip
# As PyTorch's messages name what it compares in C++.
C_NAMES = {
    float32: "float", float64: "double", float16: "c10::Half", bfloat16: "c10::BFloat16", uint8: "unsigned char",
    int8: "signed char", int16: "short int", int32: "int", int64: "long int", bool_: "bool",
    complex64: "c10::complex<float>", complex128: "c10::complex<double>",
}  # fmt: skip

_OF = {d.numpy: d for d in ALL}
_PYTHON: dict[Any, dtype] = {bool: bool_, int: int64, float: float64, complex: complex128}


def _named(name: str) -> dtype:
    return bfloat16 if name == "bfloat16" else complex32 if name == "complex32" else _OF[np.dtype(name)]


def of(numpy_dtype: np.dtype) -> dtype:
    """The ``dtype`` of a NumPy dtype; ``TypeError`` names the supported ones. NumPy 类型对应的类型。"""
    found = _OF.get(numpy_dtype)
    if found is None and numpy_dtype.newbyteorder("=") in _OF:
        return _OF[numpy_dtype.newbyteorder("=")]
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{numpy_dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
            "uint8, and bool."
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
    if type(d) is not dtype:
        raise TypeError(
            f"invalid dtype object: only floating-point types are supported as the default type: argument 'd' is {d!r}"
        )
    if not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type: argument 'd' is {d!r}")
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
    if isinstance(value, (bool, np.bool_)):
        return bool_.numpy
    if isinstance(value, (int, np.integer)):
        return int64.numpy
    return default_complex() if isinstance(value, (complex, np.complexfloating)) else default_floating()


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
    if ca == 1 and a != b and any(d.kind == "u" and d.itemsize > 1 for d in (a, b)):
        names = " and ".join(map(repr, map(of, (a, b))))
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {names}")
    if "V" in (a.kind, b.kind) and a != b and a.itemsize == b.itemsize:  # bfloat16 and float16: neither holds the other
        return float32.numpy
    return np.promote_types(a, b)


def can_cast(source: np.dtype, target: np.dtype) -> bool:
    """Whether PyTorch lets numbers of one dtype be written into another: not down a category."""
    return category(source) <= category(target)


def result_type(operands: Iterable[Any]) -> np.dtype:
    """The common dtype of arrays (by rank: dimensioned, then 0-d) and numbers, Python's or NumPy's. 运算的公共类型。

    Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion
    """
    groups: list[np.dtype | None] = [None, None, None]
    for x in operands:
        d = getattr(x, "dtype", None)
        if d is None or isinstance(x, np.generic):
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
