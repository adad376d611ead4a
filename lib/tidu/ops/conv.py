"""Convolution and transposed convolution, in one to three dimensions. 卷积与转置卷积。

Three products of a family (``conv_kernels``) are each other's derivatives, so that each formula is one of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from tidu import _dtypes
from tidu._args import As, is_int, plain, type_name
from tidu._define import op, publish
from tidu._modes import modes
from tidu._op import Op
from tidu._tensor import Tensor
from tidu.ops import conv_kernels as kernels
from tidu.ops.autocast import lowered
from tidu.ops.conv_kernels import Frame, framed
from tidu.ops.matrices import conj
from tidu.ops.reduce import sum_
from tidu.ops.view import reshape


def bilinear(tangents: Sequence[Any], operands: Sequence[Any], product: Callable[[Any, Any], Any]) -> Any:
    """The tangent of a product that is linear in both of its operands."""
    (dx, dy), (x, y) = tangents[:2], operands[:2]
    if dx is None or dy is None:
        return product(x, dy) if dx is None and dy is not None else None if dx is None else product(dx, y)
    return product(dx, y) + product(x, dy)


def _product(name: str, kernel: Any, first: Callable[..., Any], second: Callable[..., Any]) -> Op:
    def run(x, y, frame: As):
        return kernel(x, y, frame)

    def tangent(tangents: Any, operands: Any, out: Any, frame: Frame) -> Any:
        return bilinear(tangents, operands, lambda x, y: made(x, y, frame))

    made = op(lambda g, y, frame: first(g, conj(y), frame), lambda g, x, frame: second(g, conj(x), frame), name=name,
              jvp=tangent, public=False)(run)  # fmt: skip
    return made


_to_output = _product(
    "_conv_to_output", kernels.to_output, lambda g, w, frame: _to_input(g, w, frame),
    lambda g, x, frame: _to_weight(x, g, frame),
)  # fmt: skip
_to_input = _product(
    "_conv_to_input", kernels.to_input, lambda g, w, frame: _to_output(g, w, frame),
    lambda g, y, frame: _to_weight(g, y, frame),
)  # fmt: skip
_to_weight = _product(
    "_conv_to_weight", kernels.to_weight, lambda g, y, frame: _to_input(y, g, frame),
    lambda g, x, frame: _to_output(x, g, frame),
)  # fmt: skip


def _tangent(tangents: Any, operands: Any, out: Any, frame: Frame, transposed: bool) -> Any:
    product = _to_input if transposed else _to_output
    made = bilinear(tangents, operands, lambda x, w: product(x, w, frame))
    if tangents[2] is None:
        return made
    shift = reshape(tangents[2], (-1, *[1] * len(frame.out)))
    return shift if made is None else made + shift


@op(lambda g, w, frame, transposed: (_to_output if transposed else _to_input)(g, conj(w), frame),
    lambda g, x, frame, transposed: _to_weight(g, conj(x), frame) if transposed else _to_weight(conj(x), g, frame),
    lambda g: sum_(g, (0, *range(2, g.ndim)), False), jvp=_tangent, public=False, kinds="iufc", name="convolution",
    called=("input", "weight", "bias"))  # fmt: skip
def convolution(x, w, bias=None, frame: As = None, transposed: As = False):
    """卷积 / Convolution of a batch, or the transposed one."""
    return (kernels.to_input if transposed else kernels.to_output)(x, w, frame, bias)


# ---- the functions people call


class _Call:
    """The arguments of a convolution, checked in the order in which PyTorch does."""

    def __init__(self, name: str, ndim: int, x: Any, w: Any, bias: Any, groups: Any, **tuples: Any) -> None:
        if modes.low is not None:
            x, w, bias = lowered(x, w, bias)
        self.name, self.ndim, self.x, self.w, self.bias = name, ndim, x, w, bias
        for position, (key, value) in enumerate((("input", x), ("weight", w), ("bias", bias)), 1):
            if not isinstance(value, Tensor) and not (value is None and key == "bias"):
                raise self.wants(key, position, "Tensor", value)
        for key, value in tuples.items():
            several = isinstance(value, (tuple, list)) and all(map(is_int, value))
            if not several and not is_int(value):
                raise self.wants(key, 0, "tuple of ints", value)
        if not is_int(groups):
            raise self.wants("groups", 0, "int", groups)
        self.groups = int(groups)

    def wants(self, key: str, position: int, wanted: str, value: Any) -> TypeError:
        where = f" (position {position})" if position else ""
        return TypeError(f"{self.name}(): argument '{key}'{where} must be {wanted}, not {type_name(value)}")

    def batched(self) -> bool:
        """Whether the input is a batch; else it is taken as one of a single sample."""
        n, shape = self.ndim, list(self.x.shape)
        if len(shape) not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {self.name}, but got input of size: "
                f"{shape}"
            )
        if len(shape) == n + 1:
            self.x = self.x.unsqueeze(0)
        return len(shape) == n + 2

    def each(self, key: str, value: Any) -> tuple[int, ...]:
        """A number for each dimension of the weight's window."""
        n = self.w.ndim - 2
        given = [value] if is_int(value) else list(value)
        if len(given) not in (1, n):
            raise RuntimeError(
                f"expected {key} to be a single integer value or a list of {n} values to match the convolution "
                f"dimensions, but got {key}={given}"
            )
        return tuple(int(v) for v in given) * (n if len(given) == 1 else 1)

    def check(self, stride: Any, padding: Any, dilation: Any, output_padding: Any, transposed: bool) -> None:
        x, w, groups = self.x._array, self.w._array, self.groups
        for what, wrong in (
            ("negative padding", any(p < 0 for p in padding)),
            ("negative output_padding", any(p < 0 for p in output_padding)),
            ("non-positive stride", any(s <= 0 for s in stride)),
            ("non-positive dilation", any(d <= 0 for d in dilation)),
            ("non-positive groups", groups <= 0),
        ):
            if wrong:
                raise RuntimeError(f"{self.name}(): {what} is not supported")
        if w.ndim < 3:
            raise RuntimeError(f"{self.name}(): weight should have at least three dimensions, but got {list(w.shape)}")
        if x.ndim != w.ndim:
            raise RuntimeError(
                f"{self.name}(): Expected {w.ndim}-dimensional input for {w.ndim}-dimensional weight {list(w.shape)}, "
                f"but got {x.ndim}-dimensional input of size {list(x.shape)} instead"
            )
        given = f"{self.name}(): Given groups={groups}, "
        if w.shape[0] < groups:
            raise RuntimeError(
                f"{given}expected weight to be at least {groups} at dimension 0, but got weight of size "
                f"{list(w.shape)} instead"
            )
        if w.shape[0] % groups:
            raise RuntimeError(
                f"{given}expected weight to be divisible by {groups} at dimension 0, but got weight of size "
                f"{list(w.shape)} instead"
            )
        channels = w.shape[0] if transposed else w.shape[1] * groups
        if x.shape[1] != channels:
            given = f"{self.name}(): Given transposed=1, " if transposed else given
            raise RuntimeError(
                f"{given}weight of size {list(w.shape)}, expected input{list(x.shape)} to have {channels} channels, "
                f"but got {x.shape[1]} channels instead"
            )
        many = w.shape[1] * groups if transposed else w.shape[0]
        if self.bias is not None and self.bias._array.shape != (many,):
            raise RuntimeError(
                f"{self.name}(): Given weight of size {list(w.shape)}, expected bias to be 1-dimensional with {many} "
                f"elements, but got bias of size {list(self.bias.shape)} instead"
            )
        for key, other in (("bias", self.bias), ("weight", self.w)):
            if other is not None and other._array.dtype != x.dtype:
                kinds = [_dtypes.C_NAMES.get(d, str(d)) for d in (self.x.dtype, other.dtype)]
                raise RuntimeError(
                    f"{self.name}(): Input type ({kinds[0]}) and {key} type ({kinds[1]}) should be the same"
                )
        if x.dtype.kind == "b" or (transposed and x.dtype.kind in "iu" and x.dtype.itemsize < 8):
            kind = _dtypes.TYPE_NAMES[self.x.dtype].removesuffix("Tensor")
            raise NotImplementedError(f"\"{self.name}_cpu\" not implemented for '{kind}': argument 'input'")
        if 0 in x.shape[2:] and x.shape[0] and x.shape[1]:
            raise RuntimeError(
                f"{self.name}(): Only zero batch or zero channel inputs are supported, but got input shape: "
                f"{list(x.shape)}"
            )

    def frame(self, stride: Any, padding: Any, dilation: Any, upper: Any = None) -> Frame:
        """The window's way over the input; ``upper``: zeros behind it, where they are not as many as before it."""
        size, kernel = self.x._array.shape[2:], self.w._array.shape[2:]
        upper = padding if upper is None else upper
        padded = tuple(n + p + q for n, p, q in zip(size, padding, upper, strict=True))
        window = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
        if any(k == 0 for k in kernel) or any(n < m for n, m in zip(padded, window, strict=True)):
            raise RuntimeError(
                f"{self.name}(): Calculated padded input size per channel: ({' x '.join(map(str, padded))}). "
                f"Kernel size: ({' x '.join(map(str, window))}). Kernel size can't be greater than actual input size"
            )
        out = tuple((n - m) // s + 1 for n, m, s in zip(padded, window, stride, strict=True))
        return framed(size, out, kernel, stride, padding, dilation, self.groups)

    def frame_back(self, stride: Any, padding: Any, dilation: Any, output_padding: Any) -> Frame:
        """The frame of which the input is the output: that of a transposed convolution."""
        size, kernel = self.x._array.shape[2:], self.w._array.shape[2:]
        if any(p >= s and p >= d for p, s, d in zip(output_padding, stride, dilation, strict=True)):
            told = [
                f"{what}_{axis}: {value}"
                for what, values in (("output_padding", output_padding), ("stride", stride), ("dilation", dilation))
                for axis, value in zip(("depth", "height", "width")[-len(values) :], values, strict=True)
            ]
            raise RuntimeError(
                f"{self.name}(): output padding must be smaller than either stride or dilation, but got "
                + " ".join(told)
            )
        steps = zip(size, kernel, stride, padding, dilation, output_padding, strict=True)
        made = tuple((n - 1) * s - 2 * p + d * (k - 1) + q + 1 for n, k, s, p, d, q in steps)
        if any(k == 0 for k in kernel) or any(n < 1 for n in made):
            raise RuntimeError(
                f"{self.name}(): Given input size per channel: {list(size)}. Calculated output size per channel: "
                f"{list(made)}. Output size is too small"
            )
        return framed(made, size, kernel, stride, padding, dilation, self.groups)


_known: dict[Any, tuple[Frame, bool]] = {}  # of calls whose operands have been checked, the frames; and whether batched


def _key(name: str, tensors: Sequence[Any], options: tuple[Any, ...]) -> Any:
    """What the checks of a call depend on, None where that is more than can be compared."""
    if not plain(options):
        return None
    key: list[Any] = [name, options]
    for t in tensors:
        if isinstance(t, Tensor):
            array = t._array
            key += (array.shape, array.dtype)
        else:
            key.append(type(t))
    return tuple(key)


def _remember(key: Any, frame: Frame, batched: bool) -> None:
    if key is not None:
        if len(_known) > 1024:
            _known.clear()
        _known[key] = frame, batched


def _convolved(tensors: Sequence[Any], frame: Frame, batched: bool, transposed: bool) -> Tensor:
    x, w, bias = tensors
    attrs = {"frame": frame, "transposed": transposed}
    made: Tensor = convolution.record((x if batched else x.unsqueeze(0), w, bias), attrs)
    return made if batched else made.squeeze(0)


def _same(window: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Zeros before and behind an input, for as many outputs: where they cannot be equally many, one more behind."""
    return tuple((m - 1) // 2 for m in window), tuple(m // 2 for m in window)


def _forward(ndim: int) -> Callable[..., Tensor]:
    name = f"conv{ndim}d"

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        tensors = input, weight, bias
        key = _key(name, tensors, (stride, padding, dilation, groups))
        if key in _known:
            return _convolved(tensors, *_known[key], False)
        amounts = {} if isinstance(padding, str) else {"padding": padding}
        call = _Call(name, ndim, input, weight, bias, groups, stride=stride, dilation=dilation, **amounts)
        batch = call.batched()
        steps, gaps = call.each("stride", stride), call.each("dilation", dilation)
        if padding not in ("same", "valid") and isinstance(padding, str):
            raise RuntimeError(f"{name}(): Invalid padding string: '{padding}'")
        if padding == "same" and any(s != 1 for s in steps):
            raise RuntimeError(f"{name}(): padding='same' is not supported for strided convolutions")
        if padding == "same":
            window = [d * (k - 1) + 1 for d, k in zip(gaps, call.w._array.shape[2:], strict=True)]
            before, behind = _same(window)
            if before != behind:
                key = None  # to be warned about each time
                _warn_of_copy()
        else:
            before = behind = call.each("padding", 0 if padding == "valid" else padding)
        call.check(steps, before, gaps, (), False)
        frame = call.frame(steps, before, gaps, behind)
        _remember(key, frame, batch)
        return _convolved(tensors, frame, batch, False)

    function.__doc__ = f"""{ndim} 维卷积 / Convolution over {ndim} dimension{"s" * (ndim > 1)}.

    ``input`` (N, C, ...) or (C, ...), ``weight`` (O, C / groups, ...), ``bias`` (O,) -> (N, O, ...), where each size is
    (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1. ``padding``: "same" for as many outputs as inputs
    (with stride 1), "valid" for none. ``RuntimeError`` for sizes that do not fit, or operands of different dtypes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    return function


def _warn_of_copy() -> None:
    warnings.warn(
        "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be "
        "created",
        UserWarning,
        stacklevel=3,
    )


def _transposed(ndim: int) -> Callable[..., Tensor]:
    name = f"conv_transpose{ndim}d"

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor:  # fmt: skip
        tensors = input, weight, bias
        key = _key(name, tensors, (stride, padding, output_padding, groups, dilation))
        if key in _known:
            return _convolved(tensors, *_known[key], True)
        call = _Call(name, ndim, input, weight, bias, groups, stride=stride, padding=padding,
                     output_padding=output_padding, dilation=dilation)  # fmt: skip
        batch = call.batched()
        steps, before, gaps, more = (
            call.each(key, value)
            for key, value in (("stride", stride), ("padding", padding), ("dilation", dilation),
                               ("output_padding", output_padding))
        )  # fmt: skip
        call.check(steps, before, gaps, more, True)
        frame = call.frame_back(steps, before, gaps, more)
        _remember(key, frame, batch)
        return _convolved(tensors, frame, batch, True)

    function.__doc__ = f"""{ndim} 维转置卷积 / Transposed convolution: the gradient of a convolution in its input.

    ``input`` (N, C, ...) or (C, ...), ``weight`` (C, O / groups, ...), ``bias`` (O,) -> (N, O, ...), where each size is
    (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    return function


for _ndim in (1, 2, 3):
    publish(f"conv{_ndim}d", _forward(_ndim), method=False)
    publish(f"conv_transpose{_ndim}d", _transposed(_ndim), method=False)


def _convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Tensor:  # fmt: skip
    """卷积（各参数俱全）/ Convolution, or the transposed one, of a batch of any number of dimensions."""
    tuples = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    call = _Call("convolution", getattr(weight, "ndim", 2) - 2, input, weight, bias, groups, **tuples)
    for position, (key, value) in enumerate(tuples.items(), 4):
        if is_int(value):
            raise call.wants(key, position + (position > 6), "tuple of ints", value)
    steps, before, gaps, more = (call.each(key, value) for key, value in tuples.items())
    call.check(steps, before, gaps, more, transposed)
    frame = call.frame_back(steps, before, gaps, more) if transposed else call.frame(steps, before, gaps)
    return _convolved((input, weight, bias), frame, True, transposed)


publish("convolution", _convolution, method=False)
