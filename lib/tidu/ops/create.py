"""Making tensors. 创建张量。

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from __future__ import annotations

import functools
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _formats
from tidu._args import is_int, shape_of, type_name
from tidu._backend import beside, gpus, quiet, taken
from tidu._define import by_example, publish
from tidu._device import device, places
from tidu._formats import blank, contiguous_format, strided
from tidu._operands import NUMBERS, held, limits, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.convert import to_device


def target_dtype(function: str, dtype: Any, default: np.dtype, out: Any = None) -> np.dtype:
    """The dtype to make: ``out``'s, else the one asked for, else ``default``."""
    wanted = default if dtype is None else _dtypes.parse(dtype, function)
    if not isinstance(out, Tensor):
        return wanted
    if dtype is not None and wanted != out._array.dtype:
        raise RuntimeError(
            f"{function}(): dtype {_dtypes.of(wanted)} does not match dtype of out parameter ({out.dtype})"
        )
    return out._array.dtype


def finish(
    array: np.ndarray,
    function: str,
    requires_grad: bool = False,
    device: Any = None,
    out: Any = None,
    layout: Any = None,
) -> Tensor:
    """The options that every creation function shares."""
    t = wrap(beside(array, out._array) if isinstance(out, Tensor) else array)
    if device is None and out is None and places.used:
        device = places.current()
    if layout is not None and layout is not strided:
        raise RuntimeError(f"{function}(): argument 'layout' must be torch.strided, not {layout}")
    if device is not None:
        where = _device(device, function)
        if where.type not in ("cpu", "cuda", "xpu", "mtia", "meta") and function not in ("tensor", "as_tensor"):
            raise NotImplementedError(
                f"Could not run 'aten::empty.memory_format' with arguments from the '{where.type.upper()}' backend: "
                f"argument 'device' of {function}()"
            )
        t = to_device(t, where)
    if out is not None:
        if isinstance(out, Tensor) and function != "arange" and out._array.shape != t._array.shape:
            out.resize_(t.shape)  # without the warning that other functions give
        t = write_out(function, t, out, ())
    return t.requires_grad_() if requires_grad else t


def _device(value: Any, function: str) -> device:
    if isinstance(value, (str, device, int)):
        return device(value)
    raise TypeError(f"{function}(): argument 'device' must be torch.device, not {type_name(value)}")


# ---- from data


_PYTHON_NUMBERS = {bool: False, int: 0, float: 0.0, complex: 0j}


def _is_sequence(data: Any) -> bool:
    """What has items by number, as lists have: a ``deque``, too, but neither text nor a dict."""
    kind = type(data)
    return hasattr(kind, "__getitem__") and hasattr(kind, "__len__") and not isinstance(data, (str, bytes, dict))


def _scan(data: Any, function: str, found: set[np.dtype], depth: int = 0) -> tuple[int, ...]:
    """The shape of nested data; ``found`` gets the dtypes of what is in it.

    ``ValueError`` where lengths disagree, ``RuntimeError`` or ``TypeError`` for what is no number.
    """
    if isinstance(data, (list, tuple, range)):
        types = set(map(type, data))
        if types <= _PYTHON_NUMBERS.keys():
            found.update(_dtypes.of_scalar(_PYTHON_NUMBERS[t]) for t in types)
            return (len(data),)
        if not depth and np.ndarray in types:
            warnings.warn(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the "
                "list to a single numpy.ndarray with numpy.array() before converting to a tensor.",
                UserWarning,
                stacklevel=4,
            )
        if str in types and type(data[0]) is not str:
            found.clear()
            _scan(next(d for d in data if type(d) is str), function, found)  # which is no number, and refused as such
        shapes = [_scan(d, function, found, depth + 1) for d in data]
        for s in shapes[1:]:
            if s != shapes[0]:
                if len(s) != len(shapes[0]):
                    raise TypeError(f"{function}(): argument 'data' mixes numbers and sequences at depth {depth + 1}")
                first, other = (shapes[0] or (0,))[0], (s or (0,))[0]
                raise ValueError(
                    f"{function}(): argument 'data': expected sequence of length {first} at dim {depth + 1} "
                    f"(got {other})"
                )
        return (len(data), *shapes[0])
    if isinstance(data, Tensor):
        if data._array.size != 1:
            raise ValueError(
                f"{function}(): argument 'data': only one element tensors can be converted to Python scalars: a tensor "
                f"in a list has shape {list(data.shape)}; torch.stack joins tensors"
            )
        found.add(data._array.dtype)
        return ()
    if isinstance(data, (np.ndarray, np.generic)):
        found.add(data.dtype)
        return data.shape
    if isinstance(data, NUMBERS):
        found.add(_dtypes.of_scalar(data))
        return ()
    if _is_sequence(data):
        return _scan(list(data), function, found, depth)
    wanted = "numbers, sequences of numbers or arrays are wanted"
    if not isinstance(data, (str, bytes)):
        if function in ("tensor", "as_tensor", "asarray"):
            raise RuntimeError(f"{function}(): argument 'data': Could not infer dtype of {type_name(data)}: {wanted}")
        raise TypeError(f"new(): data must be a sequence (got {type_name(data)}): argument 'data': {wanted}")
    if depth and not found and isinstance(data, str):  # as PyTorch infers the dtype from the first element
        raise ValueError(f"{function}(): argument 'data': too many dimensions 'str': {wanted}")
    kind = type_name(data)
    raise TypeError(f"{function}(): argument 'data': new(): invalid data type '{kind}': {wanted}")


def _plain(data: Any) -> Any:
    """Nested lists with numbers for the tensors of one element in them."""
    if isinstance(data, Tensor):
        return data.item()
    return [_plain(d) for d in data] if _is_sequence(data) else data


def infer(data: Any, function: str = "tensor", dtype: Any = None) -> np.ndarray:
    """An array of nested data, in the dtype PyTorch infers: float default, int64, bool or complex. 由数据推断类型。

    Where ``dtype`` says which is wanted, the numbers are left as precise as they came.
    """
    if isinstance(data, Tensor):
        return data._array
    if hasattr(data, "__array__"):
        return np.asarray(data)
    found: set[np.dtype] = set()
    shape = _scan(data, function, found)
    try:
        array = np.asarray(data)
    except (RuntimeError, TypeError, ValueError):  # tensors in the list
        array = None
    if array is None or array.shape != shape:
        array = np.asarray(_plain(data))
    kind = array.dtype.kind
    if (
        kind == "O"
        or (kind == "u" and array.dtype == np.uint64 and array.dtype not in found)
        # Of ints below and beyond 2**63 NumPy makes floats.
        or (kind == "f" and dtype is None and found and not any(d.kind in "fcV" for d in found))
    ):
        raise ValueError(
            f"{function}(): argument 'data': Overflow when unpacking long long: an int beyond 64 bits was given"
        )
    target = functools.reduce(_dtypes.promote_types, found) if found else _dtypes.default_floating()
    with quiet():
        return array.reshape(shape).astype(target, copy=False) if dtype is None else array.reshape(shape)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """由数据创建 / A tensor with a copy of ``data``: nested sequences, numbers, arrays, tensors.

    ``dtype`` is inferred where not given: float32 (the default dtype) for floats, int64 for ints, bool for bools.
    ``TypeError`` for what is no number, ``ValueError`` for ragged nesting.
    """
    array = infer(data, "tensor", dtype)
    if isinstance(data, np.ndarray):
        _check_memory(data, "data")
    pinned(pin_memory)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    target = target_dtype("tensor", dtype, _dtypes.of(array.dtype).numpy)
    if array.dtype.kind == "c" and target.kind in "iuf" and not hasattr(data, "__array__"):
        raise TypeError(f"tensor(): argument 'data': must be real numbers for {_dtypes.of(target)}, not complex")
    if target.kind in "iu" and array.dtype.kind in "iuf" and not hasattr(data, "__array__"):
        least, most = limits(target, array.dtype.kind)
        if not ((array >= least) & (array <= most)).all():
            shown = _dtypes.of(target).name
            raise RuntimeError(f"tensor(): argument 'data': value cannot be converted to type {shown} without overflow")
    with quiet():
        made = np.array(array, dtype=target, order="C", copy=True)
    if device is None and isinstance(data, Tensor):
        device = data.device
    return finish(beside(made, array), "tensor", requires_grad, device)


def pinned(pin_memory: bool) -> None:
    """The option ``pin_memory``: ``RuntimeError`` where there is no GPU that page-locked memory would serve."""
    if pin_memory and not gpus():
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on "
            "this system."
        )


def _check_memory(array: np.ndarray, name: str) -> None:
    """``ValueError`` for arrays whose memory no tensor can look at."""
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            f"currently supported: argument '{name}' has strides {array.strides}. (You can probably work around this "
            "by making a copy of your array with array.copy().)"
        )
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            f"currently not supported: argument '{name}'"
        )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """转为张量，能不拷贝就不拷贝 / ``data`` as a tensor, sharing memory with arrays and tensors of the right dtype."""
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray):
        return from_numpy(data).to(dtype=dtype, device=places.current() if device is None else device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """与 NumPy 数组共享内存 / A tensor on the array's own memory: writing to one writes to the other.

    ``TypeError`` for other arguments and unsupported dtypes, ``ValueError`` for negative strides.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy(): argument 'ndarray' expected np.ndarray (got {type(ndarray).__name__})")
    _dtypes.of(ndarray.dtype)
    _check_memory(ndarray, "ndarray")
    return wrap(taken(ndarray, "NumPy array"))


# ---- filled


def _filled(name: str, make: Callable[[tuple[int, ...], np.dtype], np.ndarray], doc: str) -> Callable[..., Tensor]:
    def function(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
                 requires_grad: bool = False, **kwargs: Any) -> Tensor:  # fmt: skip
        if "size" in kwargs:
            size = (kwargs.pop("size"),)
        how = kwargs.pop("memory_format", None) if name == "empty" else None
        pinned(kwargs.pop("pin_memory", False))
        if kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if not size:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        shape = shape_of(size, name)
        target = target_dtype(name, dtype, _dtypes.default_floating(), out)
        array = make(shape, target)
        if how is not None:
            array = blank(array, target, _formats.parse(how, name, contiguous_format))
        return finish(array, name, requires_grad, device, out, layout)

    publish(name, function, doc, method=False)
    return function


zeros = _filled("zeros", np.zeros, "全零 / Zeros of the given size.")
ones = _filled("ones", np.ones, "全一 / Ones of the given size.")
empty = _filled("empty", np.empty, "未初始化 / Memory of the given size, whatever it holds.")


def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """填充同一个数 / A tensor of ``size`` filled with ``fill_value``, whose type decides the dtype."""
    value = _number(fill_value, "full", "fill_value")
    if is_int(size):
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    target = target_dtype("full", dtype, _dtypes.of_scalar(value), out)
    array = np.full(shape_of((size,), "full"), held(value, target, "full", "fill_value"), target)
    return finish(array, "full", requires_grad, device, out, layout)


def _like(name: str, value: int | None, doc: str) -> Callable[..., Tensor]:
    @by_example
    def function(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None,
                 requires_grad: bool = False, memory_format: Any = None) -> Tensor:  # fmt: skip
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
        x = input._array
        array = blank(x, target_dtype(name, dtype, x.dtype), _formats.parse(memory_format, name))
        if value is not None:
            array[...] = value
        return finish(array, name, requires_grad, device, None, layout)

    publish(name, function, doc, method=False)
    return function


_like("zeros_like", 0, "同形状的零 / Zeros of the input's shape and dtype.")
_like("ones_like", 1, "同形状的一 / Ones of the input's shape and dtype.")
empty_like = _like("empty_like", None, "同形状、未初始化 / Uninitialised, of the input's shape.")


@by_example
def full_like(input: Tensor, fill_value: Any, **options: Any) -> Tensor:
    """同形状的常数 / One number, in the input's shape and dtype."""
    value = _number(fill_value, "full_like", "fill_value")
    made = empty_like(input, **{**options, "requires_grad": False})
    made._array[...] = held(value, made._array.dtype, "full_like", "fill_value")
    return made.requires_grad_() if options.get("requires_grad") else made


def _new(name: str, function: Callable[..., Tensor]) -> None:
    """``x.new_zeros(…)``: as the function, with x's dtype and device by default."""

    @by_example
    def method(
        self: Tensor, *args: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kwargs: Any
    ) -> Tensor:
        return function(*args, dtype=self.dtype if dtype is None else dtype, device=device or self.device,
                        requires_grad=requires_grad, **kwargs)  # fmt: skip

    method.__name__ = f"new_{name}"
    method.__doc__ = f"As ``{name}``, in this tensor's dtype and device. 同类型的新张量。"
    setattr(Tensor, method.__name__, method)


for _name, _function in (("zeros", zeros), ("ones", ones), ("empty", empty), ("full", full), ("tensor", tensor)):
    _new(_name, _function)


def scalar_tensor(s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
                  pin_memory: bool = False) -> Tensor:  # fmt: skip
    """一个数 / A 0-d tensor with a number, in the default dtype whatever the number is."""
    value = _number(s, "scalar_tensor", "s")
    target = target_dtype("scalar_tensor", dtype, _dtypes.default_floating())
    made = np.asarray(held(value, target, "scalar_tensor", "s"))
    return finish(made, "scalar_tensor", requires_grad, device, None, layout)


# ---- sequences


def _is_number(value: Any) -> bool:
    return isinstance(value, NUMBERS) or (isinstance(value, Tensor) and value.ndim == 0)


def _number(value: Any, function: str, name: str) -> Any:
    if not _is_number(value):
        raise TypeError(f"{function}(): argument '{name}' must be Number, not {type_name(value)}")
    return value.item() if isinstance(value, (Tensor, np.generic)) else value


def _numeric(function: str, target: np.dtype) -> np.dtype:
    if target.kind == "b":
        raise NotImplementedError(f"\"{function}_cpu\" not implemented for 'Bool': argument 'dtype' must be numeric")
    return target


def arange(*args: Any, start: Any = None, end: Any = None, step: Any = None, out: Any = None, dtype: Any = None,
           layout: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """等差数列 / ``arange(end)``, ``arange(start, end[, step])``: start, start + step, … below end.

    ceil((end - start) / step) elements; int64 if all numbers are ints, else the default dtype.
    """
    if len(args) > 3:
        raise TypeError(f"arange() takes 3 positional arguments but {len(args)} were given")
    names = ("end",) if len(args) == 1 and end is None is start else ("start", "end", "step")
    named = {"start": start, "end": end, "step": step}
    for name, value in zip(names, args, strict=False):
        if named[name] is not None:
            raise TypeError(f"arange() got multiple values for argument '{name}'")
        named[name] = value
    start, end, step = named["start"], named["end"], named["step"]
    if end is None or (step is not None and start is None):
        raise TypeError(f'arange() missing 1 required positional arguments: "{"end" if end is None else "start"}"')
    start, step = 0 if start is None else start, 1 if step is None else step
    start, end, step = (_number(v, "arange", n) for v, n in ((start, "start"), (end, "end"), (step, "step")))
    if dtype is not None and _dtypes.parse(dtype, "arange").kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype!r}': argument 'dtype'")
    if not all(map(math.isfinite, (start, end))):
        raise RuntimeError(f"unsupported range: arange() got start={start}, end={end}")
    if step == 0:
        raise RuntimeError("step must be nonzero: arange() got step=0")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"arange() got start={start}, end={end}, step={step}"
        )
    default = np.dtype(np.int64) if all(isinstance(v, int) for v in (start, end, step)) else _dtypes.default_floating()
    target = _numeric("arange", target_dtype("arange", dtype, default, out))
    if target == np.int64:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero: arange() got a step below 1 for int64")
    n = math.ceil((end - start) / step)
    with quiet():
        if target.kind in "iu":
            array = np.arange(n, dtype=np.int64)
            if step != 1:
                array *= np.int64(step)
            if start:
                array += np.int64(start)
            array = array.astype(target, copy=False)
        else:
            array = _paced(start, step, n, target)
    return finish(array, "arange", requires_grad, device, out, layout)


def _paced(start: Any, step: Any, n: int, target: np.dtype) -> np.ndarray:
    """start + i * step to the last digit: PyTorch fills pairs of 32-byte registers (on processors with AVX2), each
    register from its first number, rounded, and what is left over one by one."""
    wide = np.float32 if target.itemsize == 2 else np.float64
    lanes, i = 32 // target.itemsize, np.arange(n)
    first = i // lanes * lanes
    single = i >= n // (2 * lanes) * (2 * lanes)
    base = _fused(wide(start), wide(step), np.where(single, i, first), wide).astype(target)
    within = _fused(base.astype(wide), wide(step), np.where(single, 0, i - first), wide).astype(target)
    return np.where(single, base, within)


def _fused(a: Any, b: Any, i: np.ndarray, kind: Any) -> np.ndarray:
    """a + b * i, rounded once, where a long double is longer than a double."""
    return (np.asarray(a, np.longdouble) + np.longdouble(b) * i).astype(kind)


def range_(start: Any = 0, end: Any = None, step: Any = 1, **options: Any) -> Tensor:
    """等差数列，含终点 / As ``arange`` with the end included, in the default dtype; deprecated: it warns."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    start, end = (0, start) if end is None else (start, end)
    first, last, pace = (_number(v, "range", n) for v, n in ((start, "start"), (end, "end"), (step, "step")))
    if not pace or (last - first) * pace < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {first}, {last}, {pace}")
    if options.get("out") is None and options.get("dtype") is None:
        options["dtype"] = _dtypes.get_default_dtype()
    return arange(first, first + pace * (math.floor((last - first) / pace) + 0.5), pace, **options)


range_.__name__ = "range"


def _steps(value: Any, function: str) -> int:
    if not is_int(value):
        raise TypeError(f"{function}(): argument 'steps' (position 3) must be int, not {type_name(value)}")
    n = operator.index(value)
    if n < 0:
        raise RuntimeError(f"number of steps must be non-negative: {function}() got steps={n}")
    return n


def _ends(function: str, start: Any, end: Any, dtype: Any, out: Any) -> tuple[Any, Any, np.dtype]:
    """Where a sequence begins and ends, as its dtype holds them, and that dtype."""
    given = [(n, v) for n, v in (("start", start), ("end", end)) if isinstance(v, Tensor)]
    if any(v.ndim for _, v in given):
        shown = " and ".join(f"{n} with {v.ndim} dimension(s)" for n, v in given)
        raise RuntimeError(f"{function} only supports 0-dimensional start and end tensors, but got {shown}.")
    a, b = _number(start, function, "start"), _number(end, function, "end")
    several = isinstance(a, complex) or isinstance(b, complex)
    default = _dtypes.default_complex() if several else _dtypes.default_floating()
    target = _numeric(function, target_dtype(function, dtype, default, out))
    if several and target.kind != "c":
        raise RuntimeError(
            f"torch.{function}(): inferred dtype {_dtypes.of(default)} can't be safely cast to passed dtype "
            f"{_dtypes.of(target)}"
        )
    return held(a, target, function, "start"), held(b, target, function, "end"), target


@by_example
def linspace(start: Any, end: Any, steps: Any, *, out: Any = None, dtype: Any = None, layout: Any = None,
             device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """等分区间 / ``steps`` numbers evenly spaced from ``start`` to ``end``, both included."""
    a, b, target = _ends("linspace", start, end, dtype, out)
    values = _spaced(a, b, _steps(steps, "linspace"), target).astype(target)
    return finish(values, "linspace", requires_grad, device, out, layout)


def _spaced(a: Any, b: Any, n: int, target: np.dtype) -> np.ndarray:
    """From both ends towards the middle in steps of limited precision, as PyTorch does; not yet in the dtype asked for.

    ``a`` and ``b`` have that dtype already: to integers the ends are cut before the steps are taken.
    """
    kind: Any = target.type if target.kind in "fcV" else np.float64
    # as a fused multiply-add rounds: once
    wide: Any = {"float32": np.float64, "float64": np.longdouble, "complex64": np.complex128}.get(target.name, kind)
    if target.kind in "iu":
        wide = np.longdouble
    if n == 1:
        return np.asarray([a])
    half = n // 2
    steps = np.arange(n)
    steps[half:] = steps[: n - half][::-1]
    values: Any = steps.astype(wide)
    with quiet():
        step = wide((kind(b) - kind(a)) / kind(max(n - 1, 1)))
        values *= step
        np.add(wide(kind(a)), values[:half], out=values[:half])
        np.subtract(wide(kind(b)), values[half:], out=values[half:])
        return values.astype(kind)


@by_example
def logspace(start: Any, end: Any, steps: Any, base: float = 10.0, *, out: Any = None, dtype: Any = None,
             layout: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """等比数列 / ``base`` to the power of ``steps`` numbers evenly spaced from ``start`` to ``end``."""
    a, b, target = _ends("logspace", start, end, dtype, out)
    n = _steps(steps, "logspace")
    with quiet():
        if n == 1:  # alone it is not cut
            places = np.asarray([_number(start, "logspace", "start")])
        elif target.kind == "c":
            places = _spaced(np.complex128(a), np.complex128(b), n, np.dtype(np.complex128))
        else:  # the distance has the dtype's precision, what follows that of doubles
            distance = float(target.type(b) - target.type(a)) if target.kind in "fV" else float(b) - float(a)
            step = distance / max(n - 1, 1)
            i: Any = np.arange(n)
            places = np.where(i < n // 2, float(a) + step * i, float(b) - step * (n - 1 - i))
        power: Any = np.complex128(base) if target.kind == "c" else np.float64(base)
        powers = np.power(power, places)
        return finish(powers.astype(target), "logspace", requires_grad, device, out, layout)


def eye(n: Any, m: Any = None, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        requires_grad: bool = False) -> Tensor:  # fmt: skip
    """单位矩阵 / Ones on the diagonal, zeros elsewhere, of shape (n, m)."""
    for position, (name, value) in enumerate((("n", n), ("m", m)), 1):
        if value is not None and not is_int(value):
            raise TypeError(f"eye(): argument '{name}' (position {position}) must be int, not {type_name(value)}")
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    target = target_dtype("eye", dtype, _dtypes.default_floating(), out)
    return finish(np.eye(n, m, dtype=target), "eye", requires_grad, device, out, layout)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """坐标网格 / The coordinates of a grid, one tensor per axis; ``indexing`` "ij" (rows first) or "xy".

    Without ``indexing`` it is "ij", and PyTorch's warning that it should be given.
    """
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning,
            stacklevel=2,
        )
        indexing = "ij"
    axes = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for i, a in enumerate(axes):
        if not isinstance(a, Tensor):
            raise TypeError(f"meshgrid(): argument 'tensors' (position {i + 1}) must be Tensor, not {type_name(a)}")
        if a.ndim > 1:
            raise RuntimeError(f"meshgrid(): Expected 0D or 1D tensor in the tensor list but got {a.ndim}D: tensor {i}")
    swap = indexing == "xy" and len(axes) >= 2
    order = [axes[1], axes[0], *axes[2:]] if swap else list(axes)
    shape = tuple(a.numel() for a in order)
    grids = [a.reshape([-1 if d == i else 1 for d in range(len(order))]).expand(shape) for i, a in enumerate(order)]
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


for _made in (
    tensor, as_tensor, from_numpy, scalar_tensor, full, full_like, arange, range_,
    linspace, logspace, eye, meshgrid,
):  # fmt: skip
    FUNCTIONS[_made.__name__] = _made
