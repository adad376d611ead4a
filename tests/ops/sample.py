"""How an op's samples are declared: ``op("mul")(f(3, 4), f(4))(f(3), 2.5).error(RuntimeError, f(3), f(4))``.

A sample names no module, so the same one runs on PyTorch and on tidu.  Its numbers come from a frozen generator seeded
by the sample's name: a recorded answer stays valid on every machine.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tidu._rng import unseeded


@dataclass(frozen=True)
class Arg:
    """A tensor argument: shape, dtype, how its memory lies, and where its numbers come from."""

    shape: tuple[int, ...]
    dtype: str = "float64"
    layout: str = "C"  # C contiguous, T reversed axes, S every second element, E first axis expanded
    domain: tuple[float, float] | None = None
    data: Any = None
    grad: bool = True

    @property
    def differentiable(self) -> bool:
        return self.grad and self.dtype in ("float16", "float32", "float64")

    def array(self, rng: np.random.RandomState) -> np.ndarray:
        if self.data is not None:
            return np.array(self.data, dtype=self.dtype)
        shape = self.shape
        if self.layout == "T":
            return self._draw(rng, shape[::-1]).transpose()
        if self.layout == "S":
            return self._draw(rng, (*shape[:-1], 2 * shape[-1]))[..., ::2]
        if self.layout == "E":
            one = self._draw(rng, (1, *shape[1:]))
            return np.lib.stride_tricks.as_strided(one, shape, (0, *one.strides[1:]))
        return self._draw(rng, shape)

    def _draw(self, rng: np.random.RandomState, shape: tuple[int, ...]) -> np.ndarray:
        if self.dtype == "bool":
            return np.array(rng.randint(0, 2, shape), dtype="bool")
        low, high = self.domain or (-4, 5)
        if np.dtype(self.dtype).kind in "iu":
            return np.array(rng.randint(int(low), int(high), shape), dtype=self.dtype)
        draw = rng.randn(*shape) if self.domain is None else rng.uniform(low, high, shape)
        return np.array(draw, dtype=self.dtype)

    @property
    def T(self) -> Arg:
        return replace(self, layout="T")

    @property
    def S(self) -> Arg:
        return replace(self, layout="S")

    @property
    def E(self) -> Arg:
        return replace(self, layout="E")

    @property
    def const(self) -> Arg:
        """The same tensor, not asked for a gradient."""
        return replace(self, grad=False)


def f(*shape: int) -> Arg:
    return Arg(shape)


def f32(*shape: int) -> Arg:
    return Arg(shape, "float32")


def i(*shape: int, dtype: str = "int64", lo: int = -4, hi: int = 5) -> Arg:
    return Arg(shape, dtype, domain=(lo, hi))


def b(*shape: int) -> Arg:
    return Arg(shape, "bool")


def within(low: float, high: float) -> Callable[..., Arg]:
    """A maker of float64 tensors with values between two bounds: ``pos = within(.5, 3); pos(3, 4)``."""
    return lambda *shape, dtype="float64": Arg(shape, dtype, domain=(low, high))


def v(data: Any, dtype: str | None = None) -> Arg:
    """A tensor of exactly these values."""
    array = np.array(data, dtype=dtype)
    if dtype is None and array.dtype.kind == "i":
        array = array.astype("int64")  # which is not NumPy's own where a pointer has 32 bits
    return Arg(array.shape, array.dtype.name, data=array.tolist())


pos = within(0.5, 3)
unit = within(-0.9, 0.9)


@dataclass(frozen=True)
class Name:
    """An attribute of the module under test, such as a dtype."""

    name: str


class _Names:
    def __getattr__(self, name: str) -> Name:
        return Name(name)


of = _Names()
# Making one takes thirty times as long as seeding it.
_GENERATOR = np.random.RandomState(np.random.MT19937(unseeded()))
ANY = BaseException  # a sample that may or may not raise: PyTorch decides


@dataclass(frozen=True)
class Sample:
    op: str
    id: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    call: Callable[..., Any] | None = None
    raises: type[BaseException] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def differentiable(self) -> bool:
        return self.options.get("grad", True) and any(a.differentiable for a in flatten((self.args, self.kwargs)))

    def rng(self, purpose: str = "") -> np.random.RandomState:
        """The one generator, seeded anew: what is drawn from it is drawn before anybody asks for the next."""
        _GENERATOR.seed(zlib.crc32(f"{self.id}/{purpose}".encode()))
        return _GENERATOR

    def build(self, t: Any, requires_grad: bool = False) -> tuple[tuple[Any, ...], dict[str, Any], list[Any]]:
        """The arguments as module ``t`` wants them, and the tensors among them in order."""
        rng = self.rng()
        tensors: list[Any] = []

        def make(a: Any) -> Any:
            if isinstance(a, Arg):
                x = t.from_numpy(a.array(rng))
                if requires_grad and a.differentiable:
                    x.requires_grad_(True)
                tensors.append(x)
                return x
            if isinstance(a, Name):
                return getattr(t, a.name)
            if isinstance(a, (list, tuple)):
                return type(a)(make(e) for e in a)
            return a

        args = tuple(make(a) for a in self.args)
        kwargs = {k: make(a) for k, a in self.kwargs.items()}
        return args, kwargs, tensors


def flatten(value: Any) -> list[Arg]:
    if isinstance(value, Arg):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        return [a for e in value for a in flatten(e)]
    return []


CASES: dict[str, Op] = {}


class Op:
    """The samples of one op; calling it adds one. ``family``: the file that declares the first of them."""

    family = ""

    def __init__(self, name: str, **options: Any) -> None:
        self.name, self.options, self.samples = name, options, list[Sample]()

    def _add(self, args: tuple, kwargs: dict, call: Any = None, raises: Any = None) -> Op:
        sample_id = f"{self.name}-{len(self.samples)}"
        self.samples.append(Sample(self.name, sample_id, args, kwargs, call, raises, self.options))
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Op:
        return self._add(args, kwargs)

    def call(self, fn: Callable[..., Any], *args: Any, raises: type[BaseException] | None = None) -> Op:
        """A sample in the caller's own words: ``fn(t, *tensors)``."""
        return self._add(args, {}, fn, raises)

    def error(self, raises: type[BaseException], *args: Any, **kwargs: Any) -> Op:
        return self._add(args, kwargs, raises=raises)

    def maybe(self, *args: Any, **kwargs: Any) -> Op:
        """A sample where PyTorch decides between a result and an error."""
        return self._add(args, kwargs, raises=ANY)


def op(name: str, **options: Any) -> Op:
    """Options: ``tol`` (relative tolerance), ``values=False`` (unspecified contents), ``grad=False``, ``transposed``
    (PyTorch has a forward formula that leaves tangents out without a word: its backward one is transposed instead)."""
    if name not in CASES:
        CASES[name] = Op(name, **options)
        CASES[name].family = sys._getframe(1).f_globals["__name__"].rpartition("cases_")[2]
    return CASES[name]
