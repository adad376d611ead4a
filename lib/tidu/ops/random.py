"""Random numbers, draw for draw those of PyTorch's CPU generator. 随机数，与 PyTorch 的 CPU 生成器逐个一致。

PyTorch draws from a Mersenne Twister seeded in the old way; NumPy has the same generator. What each function makes of
the draws is reproduced here: the same seed gives the same numbers on both sides (normals to the last bit or two, where
vectorised logarithms round differently).
Source: https://docs.pytorch.org/docs/stable/notes/randomness.html, Matsumoto & Nishimura 1998 (MT19937),
Box & Muller 1958 (normals).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from tidu import _dtypes, _formats, _inplace
from tidu._args import As, is_int, shape_of, type_name
from tidu._backend import row_major
from tidu._define import op, publish
from tidu._formats import blank, order_of
from tidu._op import Op
from tidu._operands import NUMBERS, broadcast_error, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.create import finish, target_dtype
from tidu.ops.pointwise import zeros


class Generator:
    """A stream of random bits: seed, state, draws. 随机数生成器。"""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self.manual_seed(5489)

    def manual_seed(self, seed: int) -> Generator:
        """Start again from ``seed``; returns the generator. 设定种子。"""
        if not is_int(seed):
            raise TypeError(f"manual_seed(): argument 'seed' must be int, not {type_name(seed)}")
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise RuntimeError(f"Overflow when unpacking long long: argument 'seed' is {seed}, beyond 64 bits")
        self._seed = seed % 2**64
        self.__dict__.pop("_bits", None)
        self._spare: float | None = None  # the second of the last pair of normals
        return self

    @cached_property
    def _bits(self) -> Any:
        # Not before the first draw: numpy.random is a sixth of what importing this library would take.
        bits = np.random.MT19937()
        bits._legacy_seeding(self._seed & 0xFFFFFFFF)
        return bits

    def seed(self) -> int:
        """Seed from the operating system's entropy; returns the seed. 随机种子。"""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed last set. 上次设定的种子。"""
        return self._seed

    def get_state(self) -> Tensor:
        """The whole state, as a byte tensor to give back to ``set_state``. 取出状态。"""
        state = self._bits.state["state"]
        spare = math.nan if self._spare is None else self._spare
        words = np.asarray([*state["key"], state["pos"]], np.uint32)
        tail = np.asarray([self._seed], np.uint64).tobytes() + np.asarray([spare], np.float64).tobytes()
        return wrap(np.frombuffer(words.tobytes() + tail, np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that ``get_state`` gave. 恢复状态。"""
        if not isinstance(new_state, Tensor) or new_state._array.dtype != np.uint8 or new_state._array.size != 2516:
            raise TypeError(
                "set_state(): argument 'new_state' must be a torch.ByteTensor of 2516 elements, from get_state()"
            )
        raw = new_state._array.tobytes()
        words = np.frombuffer(raw[:2500], np.uint32)
        self._bits = np.random.MT19937()
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": words[:624].copy(), "pos": int(words[624])}}
        self._seed = int(np.frombuffer(raw[2500:2508], np.uint64)[0])
        spare = float(np.frombuffer(raw[2508:], np.float64)[0])
        self._spare = None if math.isnan(spare) else spare
        return self

    # ---- draws

    def words(self, n: int) -> np.ndarray:
        """``n`` draws of 32 bits."""
        return self._bits.random_raw(n).astype(np.uint32)

    def long_words(self, n: int) -> np.ndarray:
        """``n`` draws of 64 bits, the first 32-bit draw on top."""
        pairs = self.words(2 * n).astype(np.uint64).reshape(n, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def uniform(self, n: int, dtype: np.dtype) -> np.ndarray:
        """``n`` uniforms in [0, 1): doubles of 53 bits for float64, else float32 of 24 bits."""
        if dtype.itemsize == 8:
            return (self.long_words(n) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53
        return (self.words(n) & np.uint32((1 << 24) - 1)).astype(np.float32) * np.float32(2.0**-24)

    def normal(
        self, n: int, dtype: np.dtype, contiguous: bool = True, mean: float = 0.0, std: float = 1.0
    ) -> np.ndarray:
        """``n`` normals: one by one in double below 16 or into memory with gaps, else in blocks of 8 + 8."""
        if n < 16 or not contiguous:
            return (np.asarray([self._one_normal() for _ in range(n)]) * std + mean).astype(dtype)
        kind = np.dtype(np.float64) if dtype.itemsize == 8 else np.dtype(np.float32)
        whole = n // 16 * 16
        draws = self.uniform(whole if dtype.itemsize == 2 else n, kind)
        out = np.empty(n, kind)
        out[:whole] = _box_muller(draws[:whole], kind)
        if whole < n:  # the last sixteen are drawn anew
            out[n - 16 :] = _box_muller(self.uniform(16, kind), kind)
        return (out * kind.type(std) + kind.type(mean)).astype(dtype)

    def _one_normal(self) -> float:
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        u1, u2 = self.uniform(2, np.dtype(np.float64))
        radius, angle = math.sqrt(-2.0 * math.log1p(-u2)), 2.0 * math.pi * u1
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def integers(self, low: int, high: int, n: int) -> np.ndarray:
        """``n`` integers in [low, high)."""
        span = high - low
        draws = self.words(n).astype(np.uint64) if span < 2**32 else self.long_words(n)
        return (draws % np.uint64(span)).astype(np.int64) + low

    def permutation(self, n: int) -> np.ndarray:
        """A random order of ``range(n)``."""
        order = np.arange(n)
        swaps = self.words(max(n - 1, 0)).tolist()
        values = order.tolist()
        for i, z in enumerate(swaps):
            j = i + z % (n - i)
            values[i], values[j] = values[j], values[i]
        order[:] = values
        return order


def _box_muller(u: np.ndarray, kind: np.dtype) -> np.ndarray:
    pairs = u.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - pairs[:, 0])).astype(kind)
    angle = (2 * np.pi * pairs[:, 1]).astype(kind)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1).astype(kind)


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """设定全局种子 / Seed the global generator; the numbers that follow are PyTorch's for that seed."""
    try:
        return default_generator.manual_seed(int(seed))
    except (TypeError, ValueError) as error:
        raise type(error)(f"manual_seed(): argument 'seed' must be int, not {type_name(seed)}: {error}") from None


def seed() -> int:
    """随机设定全局种子 / Seed the global generator from entropy; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """上次的种子 / The seed the global generator was last given."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """全局生成器的状态 / The global generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """恢复全局生成器的状态 / Set the global generator's state."""
    default_generator.set_state(new_state)


def _generator(value: Any, function: str) -> Generator:
    if value is None:
        return default_generator
    if not isinstance(value, Generator):
        raise TypeError(f"{function}(): argument 'generator' must be torch.Generator, not {type_name(value)}")
    return value


def _check_floating(name: str, target: np.dtype, kernel: str) -> None:
    if target.kind != "f":
        kind = _dtypes.TYPE_NAMES[_dtypes.of(target)].removesuffix("Tensor")
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind}': {name}() wants a floating dtype")


def _in_memory_order(draws: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Draws for an array like ``like``: consecutive ones go to consecutive addresses, as PyTorch's do."""
    if like.flags.c_contiguous or order_of(like) == "C":
        return draws.reshape(like.shape)
    order = sorted(range(like.ndim), key=lambda d: (-like.strides[d], d))
    return draws.reshape([like.shape[d] for d in order]).transpose(np.argsort(order))


def _parts(d: np.dtype) -> np.dtype:
    """The dtype of the real and the imaginary part: a complex number is two draws, one after the other."""
    return np.dtype(f"f{d.itemsize // 2}") if d.kind == "c" else d


def _uniform_like(name: str, g: Generator, like: np.ndarray) -> np.ndarray:
    real = _parts(like.dtype)
    _check_floating(name, real, "check_uniform_bounds")
    draws = g.uniform(like.nbytes // real.itemsize, real).astype(real)
    return _in_memory_order(draws.view(like.dtype), like)


def _normal_like(name: str, g: Generator, like: np.ndarray, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    if not like.size:
        return like
    real = _parts(like.dtype)
    _check_floating(name, real, "normal_kernel_cpu")
    contiguous = bool(like.flags.c_contiguous) or order_of(like) == "C"
    if real is not like.dtype:  # the variance is that of both parts together
        parts = g.normal(2 * like.size, real, contiguous, mean, std / math.sqrt(2))
        return _in_memory_order(parts.view(like.dtype), like)
    return _in_memory_order(g.normal(like.size, like.dtype, contiguous, mean, std), like)


def _blank(shape: tuple[int, ...], target: np.dtype, out: Any) -> np.ndarray:
    """Memory to draw for: laid out as ``out`` where that has the shape."""
    if isinstance(out, Tensor) and out._array.shape == shape:
        return np.empty_like(out._array, target)
    return np.empty(shape, target)


def _sized(name: str, draw: Callable[[str, Generator, np.ndarray], np.ndarray], doc: str) -> None:
    def function(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None,
                 device: Any = None, requires_grad: bool = False, **kwargs: Any) -> Tensor:  # fmt: skip
        if "size" in kwargs:
            size = (kwargs.pop("size"),)
        kwargs.pop("pin_memory", None)
        if kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not size:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        shape = shape_of(size, name)
        target = target_dtype(name, dtype, _dtypes.default_floating(), out)
        values = draw(name, _generator(generator, name), _blank(shape, target, out))
        return finish(values, name, requires_grad, device, out, layout)

    publish(name, function, doc, method=False)

    def like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
             memory_format: Any = None, generator: Any = None) -> Tensor:  # fmt: skip
        x = _array_of(input, f"{name}_like")
        memory = blank(x, target_dtype(f"{name}_like", dtype, x.dtype), _formats.parse(memory_format, f"{name}_like"))
        values = draw(f"{name}_like", _generator(generator, f"{name}_like"), memory)
        return finish(values, f"{name}_like", requires_grad, device, None, layout)

    like.__name__ = f"{name}_like"
    like.__doc__ = doc + " In the input's shape and dtype. 与输入同形状。"
    FUNCTIONS[f"{name}_like"] = like


def _array_of(input: Any, function: str) -> np.ndarray:
    if not isinstance(input, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input._array


_sized("rand", _uniform_like, "均匀分布 / Uniform in [0, 1).")
_sized("randn", _normal_like, "标准正态分布 / Standard normal.")


def _integers(function: str, low: Any, high: Any, like: np.ndarray, generator: Any) -> np.ndarray:
    """Integers in [low, high), which must be a range that the dtype holds."""
    for name, value in (("low", low), ("high", high)):
        if not is_int(value):
            raise TypeError(f"{function}(): argument '{name}' must be int, not {type_name(value)}")
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
    draws = _generator(generator, function).integers(int(low), int(high), like.size)
    return _in_memory_order(draws.astype(target), like)


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
    return finish(_integers("randint", low, high, memory, generator), "randint", requires_grad, device, out, layout)


def randint_like(input: Tensor, low: Any = None, high: Any = None, *, generator: Any = None, dtype: Any = None,
                 layout: Any = None, device: Any = None, requires_grad: bool = False,
                 memory_format: Any = None) -> Tensor:  # fmt: skip
    """同形状的随机整数 / ``randint_like(input, [low, ]high)``: integers in [low, high), of the input's shape."""
    low, high = (0, low) if high is None else (0 if low is None else low, high)
    x = _array_of(input, "randint_like")
    memory = blank(x, target_dtype("randint_like", dtype, x.dtype), _formats.parse(memory_format, "randint_like"))
    values = _integers("randint_like", low, high, memory, generator)
    return finish(values, "randint_like", requires_grad, device, None, layout)


def randperm(n: Any, *, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None,
             device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor:  # fmt: skip
    """随机排列 / The integers below ``n`` in random order."""
    if not is_int(n):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type_name(n)}")
    if n < 0:
        raise RuntimeError(f"randperm(): argument 'n' must be non-negative, got {n}")
    target = target_dtype("randperm", dtype, np.dtype(np.int64), out)
    order = _generator(generator, "randperm").permutation(int(n))
    return finish(order.astype(target), "randperm", requires_grad, device, out, layout)


@op(lambda g: zeros(g), lambda g: zeros(g), name="normal", elementwise=True, public=False,
    variant=lambda args, attrs: isinstance(args[0], Tensor) + 2 * isinstance(args[1], Tensor))  # fmt: skip
def scaled_normal(mean, std, draws: As):
    """正态分布 / Drawn normals, scaled and shifted; in ``mean`` and ``std`` a step function."""
    return (draws * std + mean).astype(draws.dtype)


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
    memory, g = _blank(shape, target, out), _generator(generator, "normal")
    if not tensors:
        return finish(_normal_like("normal", g, memory, mean, std), "normal", requires_grad, device, out, layout)
    draws = _normal_like("normal", g, memory)
    made = scaled_normal.record((mean, std), {"draws": draws})
    return made if out is None else write_out("normal", made, out, (mean, std))


@op(lambda g: zeros(g), name="bernoulli", elementwise=True, public=False)
def drawn_bernoulli(x, draws: As):
    """伯努利分布 / 1 where the draw is below the probability, else 0."""
    return row_major(draws < x).astype(x.dtype)


def _draws_for(name: str, p: np.ndarray, g: Generator) -> np.ndarray:
    """A uniform draw for each probability."""
    _check_floating(name, p.dtype, "bernoulli_tensor_cpu_p_")
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(f"{name}(): Expected p_in >= 0 && p_in <= 1: the probabilities must lie between 0 and 1")
    return g.uniform(p.size, p.dtype)


def bernoulli(input: Tensor, *, generator: Any = None, out: Any = None) -> Tensor:
    """伯努利分布 / 1 with the probability each element gives, else 0."""
    p = _array_of(input, "bernoulli")
    draws = _draws_for("bernoulli", p, _generator(generator, "bernoulli")).reshape(p.shape)
    made = drawn_bernoulli.record((input,), {"draws": draws})
    if isinstance(out, Tensor):
        made = made.to(out.dtype)
    return made if out is None else write_out("bernoulli", made, out, (input,))


publish("bernoulli", bernoulli)


for _made in (
    manual_seed, seed, initial_seed, get_rng_state, set_rng_state, randint, randint_like, randperm, normal,
):  # fmt: skip
    FUNCTIONS[_made.__name__] = _made


# ---- filling in place


def _fills(name: str, draw: Any, doc: str, *names: str) -> None:
    def kernel(x, values: As):
        return values.astype(x.dtype)

    fill = Op(kernel, [lambda g: zeros(g)], name=name.removesuffix("_"), elementwise=True)

    def function(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        if len(args) > len(names):
            raise TypeError(f"{name}() takes at most {len(names)} positional arguments but {len(args)} were given")
        given = dict(zip(names, args, strict=False)) | kwargs
        for key, value in given.items():
            if key not in names:
                raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
            if not isinstance(value, NUMBERS) and not (key == "p" and isinstance(value, Tensor)):
                raise TypeError(f"{name}(): argument '{key}' must be Number, not {type_name(value)}")
        values = draw(self._array, _generator(generator, name), **given)
        return _inplace.run(fill, self, [], {"values": values})

    publish(name, function, doc, namespace=False)


def _uniform(x: np.ndarray, g: Generator, **bounds: Any) -> np.ndarray:
    low, high = bounds.get("from", 0.0), bounds.get("to", 1.0)
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    real = _parts(x.dtype)
    _check_floating("uniform_", real, "check_uniform_bounds")
    draws = g.uniform(x.nbytes // real.itemsize, real).astype(np.float64)  # PyTorch's multiply-add rounds once
    kind = real.type
    spread = (draws * np.float64(kind(high) - kind(low)) + np.float64(kind(low))).astype(real)
    return _in_memory_order(spread.view(x.dtype), x)


def _normal_fill(x: np.ndarray, g: Generator, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return _normal_like("normal_", g, x, mean, std)


def _bernoulli_fill(x: np.ndarray, g: Generator, p: Any = 0.5) -> np.ndarray:
    if isinstance(p, Tensor):
        wide = np.broadcast_to(p._array, x.shape)
        return _in_memory_order(_draws_for("bernoulli_", wide, g), x) < wide
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _in_memory_order(g.uniform(x.size, np.dtype(np.float64)) < p, x)


def _exponential_fill(x: np.ndarray, g: Generator, lambd: float = 1.0) -> np.ndarray:
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    if x.size and x.dtype.kind != "f":
        raise RuntimeError(f"exponential_(): wants a floating dtype, not {_dtypes.of(x.dtype)}: it is continuous")
    return _in_memory_order(-np.log1p(-g.uniform(x.size, np.dtype(np.float64))) / lambd, x)


def _random_fill(x: np.ndarray, g: Generator, **bounds: Any) -> np.ndarray:
    if "to" not in bounds and "from" in bounds:
        bounds = {"to": bounds["from"]}
    if "to" in bounds:
        return _integers("random_", bounds.get("from", 0), bounds["to"], x, g)
    top = {"f": 2 ** (np.finfo(x.dtype).nmant + 1) + 1 if x.dtype.kind == "f" else 0}.get(x.dtype.kind)
    span = top or (2 if x.dtype.kind == "b" else np.iinfo(x.dtype).max + 1)
    draws = g.long_words(x.size) if x.dtype.itemsize == 8 else g.words(x.size).astype(np.uint64)
    return _in_memory_order(draws % np.uint64(span), x)


_fills("uniform_", _uniform, "均匀分布填充 / Fill with uniforms in [from, to).", "from", "to")
_fills("normal_", _normal_fill, "正态分布填充 / Fill with normals.", "mean", "std")
_fills("bernoulli_", _bernoulli_fill, "伯努利分布填充 / Fill with 1 with probability ``p``, a number or a tensor.", "p")
_fills("exponential_", _exponential_fill, "指数分布填充 / Fill with exponentials of rate ``lambd``.", "lambd")
_fills("random_", _random_fill, "随机整数填充 / Fill with integers in [from, to).", "from", "to")


def uniform(low: float = 0.0, high: float = 1.0, size: Any = (), *, generator: Any = None) -> Tensor:
    """均匀分布 / Uniforms in [low, high) of the given size. PyTorch has only ``Tensor.uniform_``."""
    return FUNCTIONS["empty"](shape_of((size,), "uniform")).uniform_(low, high, generator=generator)


FUNCTIONS["uniform"] = uniform
