"""Random tensors, draw for draw those of PyTorch's CPU generator. 随机张量，与 PyTorch 的 CPU 生成器逐个一致。

What each function draws stands in ``_rng``; seeds in ``generator``; filling in place in ``random_fill``; counts and
choices in ``random_choice``.
Source: https://docs.pytorch.org/docs/stable/notes/randomness.html
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _formats
from tidu._args import As, is_int, shape_of, type_name
from tidu._backend import beside, quiet, repeats, row_major
from tidu._define import drawing, op, publish
from tidu._formats import blank
from tidu._operands import NUMBERS, broadcast_error, write_out
from tidu._registry import FUNCTIONS
from tidu._rng import Stream
from tidu._tensor import Tensor
from tidu.ops.create import finish, pinned, target_dtype
from tidu.ops.generator import generator_of
from tidu.ops.pointwise import zeros


def check_floating(name: str, target: np.dtype, kernel: str) -> None:
    if target.kind not in "fV":
        kind = _dtypes.TYPE_NAMES[_dtypes.of(target)].removesuffix("Tensor")
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind}': {name}() wants a floating dtype")


def in_memory_order(draws: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Draws for an array like ``like``: consecutive ones go to consecutive addresses, as PyTorch's do."""
    if like.flags.c_contiguous or repeats(like):
        return draws.reshape(like.shape)
    order = sorted(range(like.ndim), key=lambda d: (-like.strides[d], d))
    return draws.reshape([like.shape[d] for d in order]).transpose(np.argsort(order))


def parts_of(d: np.dtype) -> np.dtype:
    """The dtype of the real and the imaginary part: a complex number is two draws, one after the other."""
    return np.dtype(f"f{d.itemsize // 2}") if d.kind == "c" else d


def _uniform_like(name: str, g: Stream, like: np.ndarray) -> np.ndarray:
    real = parts_of(like.dtype)
    check_floating(name, real, "check_uniform_bounds")
    draws = g.uniform(like.nbytes // real.itemsize, real).astype(real)
    return in_memory_order(draws.view(like.dtype), like)


def normal_like(name: str, g: Stream, like: np.ndarray, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    if not like.size:
        return like
    real = parts_of(like.dtype)
    check_floating(name, real, "normal_kernel_cpu")
    contiguous = bool(like.flags.c_contiguous) or repeats(like)
    if real is not like.dtype:  # the variance is that of both parts together
        parts = g.normal(2 * like.size, real, contiguous, mean, std / math.sqrt(2))
        return in_memory_order(parts.view(like.dtype), like)
    return in_memory_order(g.normal(like.size, like.dtype, contiguous, mean, std), like)


def _blank(shape: tuple[int, ...], target: np.dtype, out: Any) -> np.ndarray:
    """Memory to draw for: laid out as ``out`` where that has the shape."""
    if isinstance(out, Tensor) and out._array.shape == shape:
        return np.empty_like(out._array, target)
    return np.empty(shape, target)


def _sized(name: str, draw: Callable[[str, Stream, np.ndarray], np.ndarray], doc: str) -> None:
    @drawing
    def function(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None,
                 device: Any = None, requires_grad: bool = False, **kwargs: Any) -> Tensor:  # fmt: skip
        if "size" in kwargs:
            size = (kwargs.pop("size"),)
        pinned(kwargs.pop("pin_memory", False))
        if kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not size:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        shape = shape_of(size, name)
        target = target_dtype(name, dtype, _dtypes.default_floating(), out)
        values = draw(name, generator_of(generator, name), _blank(shape, target, out))
        return finish(values, name, requires_grad, device, out, layout)

    publish(name, function, doc, method=False)

    @drawing
    def like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
             memory_format: Any = None, generator: Any = None) -> Tensor:  # fmt: skip
        x = array_of(input, f"{name}_like")
        memory = blank(x, target_dtype(f"{name}_like", dtype, x.dtype), _formats.parse(memory_format, f"{name}_like"))
        values = draw(f"{name}_like", generator_of(generator, f"{name}_like"), memory)
        return finish(beside(values, x), f"{name}_like", requires_grad, device, None, layout)

    like.__name__ = f"{name}_like"
    like.__doc__ = doc + " In the input's shape and dtype. 与输入同形状。"
    FUNCTIONS[f"{name}_like"] = like


def array_of(input: Any, function: str) -> np.ndarray:
    if not isinstance(input, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input._array


_sized("rand", _uniform_like, "均匀分布 / Uniform in [0, 1).")
_sized("randn", normal_like, "标准正态分布 / Standard normal.")


def integers_like(function: str, low: Any, high: Any, like: np.ndarray, generator: Any) -> np.ndarray:
    """Integers in [low, high), which must be a range that the dtype holds."""
    for name, value in (("low", low), ("high", high)):
        if not is_int(value):
            raise TypeError(f"{function}(): argument '{name}' must be int, not {type_name(value)}")
    low, high = int(low), int(high)
    if low >= high:
        raise RuntimeError(
            f"{function}(): random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    target = like.dtype
    if target.kind in "biu":
        least, most = (0, 1) if target.kind == "b" else (np.iinfo(target).min, np.iinfo(target).max)
        for name, value in (("low", low), ("high - 1", high - 1)):
            if not least <= value <= most:
                raise RuntimeError(f"{function}(): {name} = {value} is out of bounds for {_dtypes.of(target)}")
    elif target.kind in "fV":
        low, high = _within_precision(function, low, high, target)
    else:
        raise RuntimeError(f"{function}(): check_random_bounds handles only integral, floating-point and boolean types")
    draws = generator_of(generator, function).integers(low, high, like.size)
    return in_memory_order(draws.astype(target), like)


def _within_precision(function: str, low: int, high: int, target: np.dtype) -> tuple[int, int]:
    """The bounds that PyTorch draws between where the dtype does not hold all integers up to them; it warns."""
    digits = 8 if target.kind == "V" else np.finfo(target).nmant + 1
    for name, value in (("from", low), ("to - 1", high - 1)):
        if abs(value) > 2**digits:
            kind = _dtypes.TYPE_NAMES[_dtypes.of(target)].removesuffix("Tensor")
            warnings.warn(
                f"{function}(): {name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations "
                f"{kind} can support discrete uniform distribution only within this range. This warning will become "
                "an error in version 1.7 release, please fix the code in advance",
                UserWarning,
                stacklevel=4,
            )
    with quiet():
        first, last = float(target.type(low + 1)), float(target.type(high - 1))
    if first < low:
        low = int(first) + (1 << max(abs(low + 1).bit_length() - digits, 0))
    if last >= high and math.isfinite(last):
        high -= 1 << max((high - 1).bit_length() - digits, 0)
    return low, high


@drawing
def randint(
    low: Any = None, high: Any = None, size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """随机整数 / ``randint([low, ]high, size)``: integers in [low, high)."""
    if size is None:
        low, high, size = 0, low, high
    if high is None:
        low, high = None, low
    low = 0 if low is None else low
    if isinstance(size, (int, type(None))):
        raise TypeError(f"randint(): argument 'size' must be tuple of ints, not {type_name(size)}")
    memory = _blank(shape_of((size,), "randint"), target_dtype("randint", dtype, np.dtype(np.int64), out), out)
    return finish(integers_like("randint", low, high, memory, generator), "randint", requires_grad, device, out, layout)


@drawing
def randint_like(input: Tensor, low: Any = None, high: Any = None, *, generator: Any = None, dtype: Any = None,
                 layout: Any = None, device: Any = None, requires_grad: bool = False,
                 memory_format: Any = None) -> Tensor:  # fmt: skip
    """同形状的随机整数 / ``randint_like(input, [low, ]high)``: integers in [low, high), of the input's shape."""
    low, high = (0, low) if high is None else (0 if low is None else low, high)
    x = array_of(input, "randint_like")
    memory = blank(x, target_dtype("randint_like", dtype, x.dtype), _formats.parse(memory_format, "randint_like"))
    values = integers_like("randint_like", low, high, memory, generator)
    return finish(beside(values, x), "randint_like", requires_grad, device, None, layout)


@drawing
def randperm(n: Any, *, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None,
             device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor:  # fmt: skip
    """随机排列 / The integers below ``n`` in random order."""
    if not is_int(n):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type_name(n)}")
    if n < 0:
        raise RuntimeError(f"randperm(): argument 'n' must be non-negative, got {n}")
    target = target_dtype("randperm", dtype, np.dtype(np.int64), out)
    if target.kind not in "iuf":
        raise NotImplementedError(f"\"randperm\" not implemented for '{_dtypes.of(target)}': argument 'dtype'")
    most = 2 ** (np.finfo(target).nmant + 1) + 1 if target.kind == "f" else int(np.iinfo(target).max) + 1
    if n > most:
        raise RuntimeError(f"randperm(): argument 'n': n cannot be greater than {most} for {_dtypes.of(target)}")
    order = generator_of(generator, "randperm").permutation(int(n))
    return finish(order.astype(target), "randperm", requires_grad, device, out, layout)


@op(lambda g: zeros(g), lambda g: zeros(g), name="normal", elementwise=True, public=False,
    variant=lambda args, attrs: isinstance(args[0], Tensor) + 2 * isinstance(args[1], Tensor))  # fmt: skip
def scaled_normal(mean, std, draws: As):
    """正态分布 / Drawn normals, scaled and shifted; in ``mean`` and ``std`` a step function."""
    return (draws * std + mean).astype(draws.dtype)


@drawing
def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None,
           layout: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """正态分布 / ``normal(mean, std, size)`` of numbers, or ``normal(mean, std)`` with a tensor: one draw each."""
    for name, value in (("mean", mean), ("std", std)):
        if not isinstance(value, (Tensor, *NUMBERS)):
            raise TypeError(f"normal(): argument '{name}' must be float or Tensor, not {type_name(value)}")
    if np.any(np.asarray(std._array if isinstance(std, Tensor) else std) < 0):
        raise RuntimeError(f"normal expects all elements of std >= 0.0: argument 'std' is {std}")
    tensors = [t._array for t in (mean, std) if isinstance(t, Tensor)]
    if size is None and not tensors:
        raise TypeError('normal() missing 1 required positional arguments: "size"')
    if not tensors:
        shape, default = shape_of((size,), "normal"), _dtypes.default_floating()
    else:
        default = tensors[0].dtype
        try:
            shape = np.broadcast_shapes(*(t.shape for t in tensors))
        except ValueError:
            raise broadcast_error(tensors) or RuntimeError("normal()") from None
    target = target_dtype("normal", dtype, default, out)
    if isinstance(out, Tensor) and isinstance(mean, Tensor) and len(tensors) == 1 and out._array.shape != shape:
        raise broadcast_error([tensors[0], out._array]) or RuntimeError(
            f"normal(): argument 'out' must have the shape of 'mean', {list(shape)}, not {list(out.shape)}"
        )
    memory, g = _blank(shape, target, out), generator_of(generator, "normal")
    if not tensors:
        return finish(normal_like("normal", g, memory, mean, std), "normal", requires_grad, device, out, layout)
    draws = normal_like("normal", g, memory)
    made = scaled_normal.record((mean, std), {"draws": beside(draws, tensors[0])})
    return made if out is None else write_out("normal", made, out, (mean, std))


@op(lambda g: zeros(g), name="bernoulli", elementwise=True, public=False)
def drawn_bernoulli(x, draws: As):
    """伯努利分布 / 1 where the draw is below the probability, else 0."""
    return row_major(draws < x).astype(x.dtype)


def draws_for(name: str, p: np.ndarray, g: Stream) -> np.ndarray:
    """A uniform draw for each probability."""
    check_floating(name, p.dtype, "bernoulli_tensor_cpu_p_")
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(f"{name}(): Expected p_in >= 0 && p_in <= 1: the probabilities must lie between 0 and 1")
    return g.uniform(p.size, p.dtype)


@drawing
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """伯努利分布 / 1 with the probability each element gives, else 0; or with probability ``p`` for all of them."""
    if p is not None:
        return FUNCTIONS["empty_like"](input).bernoulli_(p, generator=generator)
    p = array_of(input, "bernoulli")
    draws = draws_for("bernoulli", p, generator_of(generator, "bernoulli")).reshape(p.shape)
    made = drawn_bernoulli.record((input,), {"draws": beside(draws, p)})
    if isinstance(out, Tensor):
        made = made.to(out.dtype)
    return made if out is None else write_out("bernoulli", made, out, (input,))


publish("bernoulli", bernoulli)


for _made in (randint, randint_like, randperm, normal):
    FUNCTIONS[_made.__name__] = _made
