"""Complex numbers: made of two real tensors, seen as such, turned and conjugated. 复数。

``real``, ``imag``, ``view_as_real`` and ``view_as_complex`` are views: they share memory. ``conj`` computes at once,
where PyTorch keeps a note on a view until somebody reads it; so it shares no memory here, and ``is_conj`` is False.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import type_name
from tidu._backend import as_array, repeats, row_major
from tidu._define import by_example, op, publish, unary
from tidu._operands import in_layout_of, write_out
from tidu._tensor import Tensor, element_strides, wrap
from tidu.ops.pointwise import abs_, along, is_complex, sgn, where, zeros

# ---- the two parts


def _compact(g: Any) -> Any:
    return g.contiguous() if isinstance(g, Tensor) else row_major(g)


@op(lambda g: view_as_complex(_compact(g)), view="single", jvp="linear", public=False)
def view_as_real(x):
    """看作实数 / The same memory as pairs of reals, of shape ``(*, 2)``; ``RuntimeError`` unless complex."""
    if x.dtype.kind != "c":
        raise RuntimeError(f"view_as_real is only supported for complex tensors: argument 'input' is {x.dtype}")
    return x[..., None].view(f"f{x.itemsize // 2}")


@op(lambda g: view_as_real(g), view="single", jvp="linear", public=False)
def view_as_complex(x):
    """看作复数 / The same memory, whose last dimension holds pairs side by side, as complex numbers."""
    if x.dtype.kind != "f" or x.itemsize < 4:
        raise RuntimeError(f"view_as_complex is only supported for float and double tensors, but got {x.dtype}")
    if not x.ndim:
        raise RuntimeError("view_as_complex(): Input tensor must have one or more dimensions: argument 'input' has 0")
    if x.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2: argument 'input' has shape {list(x.shape)}")
    *steps, last = element_strides(x)
    if last != 1:
        raise RuntimeError(f"Tensor must have a last dimension with stride 1: argument 'input' has {last}")
    if any(s % 2 for s in steps):
        raise RuntimeError(f"Tensor must have a stride divisible by 2 for all but last dimension: got {steps}")
    return x.view(f"c{2 * x.itemsize}")[..., 0]


def _part(name: str, index: int, doc: str) -> Any:
    def function(input: Tensor) -> Tensor:
        view_as_real.check_operands([input])
        if input._array.dtype.kind == "c":
            return view_as_real.record((input,), {}).select(-1, index)
        if index:
            raise RuntimeError(f"{name} is not implemented for tensors with non-complex dtypes: got {input.dtype}")
        return input

    def write(self: Tensor, value: Any) -> None:
        function(self)[...] = value

    publish(name, function, doc, method=False)
    setattr(Tensor, name, property(function, write, doc=doc))
    return function


real = _part("real", 0, "实部 / The real part: a view; a real tensor itself.")
imag = _part("imag", 1, "虚部 / The imaginary part: a view; ``RuntimeError`` for a real tensor.")


def _same_floats(name: str, x: Any, y: Any) -> None:
    if any(a.dtype.kind != "f" or a.itemsize < 4 for a in (x, y)):
        raise RuntimeError(f"{name}(): Expected both inputs to be Float or Double tensors but got {x.dtype}, {y.dtype}")
    if x.dtype != y.dtype:
        raise RuntimeError(f"{name}(): Expected object of scalar type {x.dtype} but got {y.dtype} for second argument")


def _assembled(re: Any, im: Any) -> Any:
    pairs = np.stack(np.broadcast_arrays(re, im), -1)
    return pairs.view(f"c{2 * pairs.itemsize}")[..., 0]


@op(lambda g, x: g.real, lambda g, y: g.imag, name="complex", elementwise=True, numbers=False, adjoint=True,
    jvp="linear", called=("real", "imag"), out="same", public=False)  # fmt: skip
def complex_(x, y):
    """复数 / ``real + imag i`` of two floating tensors of one dtype, else ``RuntimeError``."""
    _same_floats("complex", x, y)
    return _assembled(x, y)


def _polar_tangent(tangents: Any, operands: Any, out: Any) -> Any:
    size, turn = tangents
    along_ = None if size is None else sgn(out) * size
    across = None if turn is None else out * 1j * turn
    return along_ if across is None else across if along_ is None else along_ + across


@op(lambda g, out: along(sgn(out), g), lambda g, out: along(out * 1j, g), elementwise=True, numbers=False,
    adjoint=True, jvp=_polar_tangent, called=("abs", "angle"), public=False)  # fmt: skip
def polar(x, y):
    """极坐标 / The complex numbers of these lengths and angles, floating tensors of one dtype."""
    _same_floats("polar", x, y)
    return _assembled(x * np.cos(y), x * np.sin(y))


for _made in (view_as_real, view_as_complex, complex_, polar):
    publish(_made.name, _made.public, _made.__doc__, method=False)


# ---- angle and conjugate


def _angle(x: Any) -> Any:
    if x.dtype.kind == "c":
        return as_array(np.angle(x)).copy(order="C")  # in row-major order, as in PyTorch, whatever that of ``x``
    return in_layout_of(np.where(np.isnan(x), x, np.where(x < 0, x.dtype.type(np.pi), x.dtype.type(0))), (x,))


def _turning(x: Any) -> Any:
    """Where a complex number has to go for its angle to grow: at a right angle, the slower the longer it is."""
    size = abs_(x)
    return where(size == 0, 0.0, x * 1j / where(size == 0, 1.0, size * size))


angle = unary(
    "angle", _angle, lambda g, x: g * _turning(x) if is_complex(x) else zeros(g), dtype="float", inplace=False,
    adjoint=True, jvp=lambda tangents, operands, out: (
        along(_turning(operands[0]), tangents[0]) if is_complex(operands[0]) else zeros(tangents[0])),
    doc="辐角 / The angle of a complex number in radians; of a real one 0, or pi where it is negative.",
)  # fmt: skip
angle.blocks = False  # of complex numbers it is in row-major order, of real ones in theirs


@op(lambda g: conj_physical(g), elementwise=True, adjoint=True, jvp="linear", public=False)
def conj(x):
    """共轭 / The complex conjugate."""
    return np.conj(x)


conj_physical = unary(
    "conj_physical", lambda x: np.conj(x) if x.dtype.kind == "c" else x, lambda g: conj_physical(g), jvp="linear",
    inplace=False, adjoint=True, doc="共轭（新内存） / The complex conjugate, in memory of its own.",
)  # fmt: skip


def _conj(input: Tensor) -> Tensor:
    """共轭 / The complex conjugate; a real tensor itself."""
    conj.check_operands([input])
    return conj.record((input,), {}) if is_complex(input) else input


_physical = conj_physical.public


def _conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """共轭（新内存） / The complex conjugate in memory of its own; a real tensor itself."""
    if isinstance(input, Tensor) and not is_complex(input):
        return input if out is None else write_out("conj_physical", input, out, (), "same")
    return _physical(input, out=out)


_written = unary(
    "_conj_physical", conj_physical.kernel, lambda g: conj_physical(g), jvp="linear", adjoint=True, public=False,
    grad_name="ConjPhysicalBackward1", doc="共轭 / As ``conj_physical``, which PyTorch counts apart in place.",
)  # fmt: skip
_in_place = _inplace.method(_written)


def _conj_physical_(self: Tensor) -> Tensor:
    """In-place form of ``conj_physical``. 原地版本。"""
    return self if isinstance(self, Tensor) and repeats(self._array) and not is_complex(self) else _in_place(self)


def _itself(input: Tensor) -> Tensor:
    """它自己 / The tensor itself: conjugates and negatives are never put off here."""
    if not isinstance(input, Tensor):
        raise TypeError(f"argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input


def _put_off(input: Tensor) -> bool:
    """是否推迟 / Whether a conjugate or a negative has been put off: never here."""
    _itself(input)
    return False


publish("conj", _conj)
publish("conj_physical", _conj_physical)
publish("conj_physical_", _conj_physical_)
publish("resolve_conj", lambda input: _itself(input), _itself.__doc__)
publish("resolve_neg", lambda input: _itself(input), _itself.__doc__)
publish("is_conj", lambda input: _put_off(input), _put_off.__doc__)
publish("is_neg", lambda input: _put_off(input), _put_off.__doc__)


@by_example
def _isreal(input: Tensor) -> Tensor:
    """是否实数 / Elementwise: whether the imaginary part is 0."""
    x = _itself(input)._array
    return wrap(x.imag == 0 if x.dtype.kind == "c" else np.ones_like(x, dtype=bool))


publish("isreal", _isreal)


def _adjoint(input: Tensor) -> Tensor:
    """共轭转置 / The last two dimensions swapped, and conjugated."""
    if _itself(input).ndim == 1:
        raise RuntimeError("tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return _conj(_itself(input).transpose(-2, -1))


def _h(self: Tensor) -> Tensor:
    if self.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.")
    return _adjoint(self) if self.ndim else _conj(self)


def _mh(self: Tensor) -> Tensor:
    if self.ndim < 2:
        raise RuntimeError(f"tensor.mH is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return _adjoint(self)


publish("adjoint", _adjoint)
setattr(Tensor, "H", property(_h, doc="共轭转置 / The conjugate transpose of a matrix."))
setattr(Tensor, "mH", property(_mh, doc="末两维共轭转置 / The conjugate transpose of each matrix."))
