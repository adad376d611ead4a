"""What ``help`` and an editor show where the Python signature says less. 重载函数与选项的签名。

Such are functions that take their arguments in several ways (``*args, **kwargs``), and the options that all creation
functions share. As PyTorch's pages state them; a line without ``Tensor.`` holds for the method as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._signature import stated, written
from tidu._tensor import Tensor

OPTIONS = "*, dtype: dtype | None = None, device: device | str | None = None, requires_grad: bool = False"
CREATED = f"*, out: Tensor | None = None, {OPTIONS[3:]}"
DRAWN = f"*, generator: Generator | None = None, {CREATED[3:]}"
ROUNDED = "other: Tensor | float, *, rounding_mode: str | None = None"
SCALED = "other: Tensor | float, *, alpha: float = 1"
LIMITED = "min: Tensor | float | None = None, max: Tensor | float | None = None"
FOUND = "dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None"
SUMMED = "dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None"
RUNNING = "dim: int, *, dtype: dtype | None = None"
SPREAD = "dim: int | Sequence[int] | None = None, *, correction: float = 1, keepdim: bool = False"
WRITTEN = "dim: int, index: Tensor, src: Tensor"
COPIED = "dim: int, index: Tensor, source: Tensor"
SET = "dim: int, index: Tensor, value: Tensor | float"
OUT = "out: Tensor | None = None"

SIGNATURES = {
    "add sub subtract": f"input: Tensor, {SCALED}, {OUT}",
    "add_ sub_ subtract_": f"self: Tensor, {SCALED}",
    "rsub": f"input: Tensor, {SCALED}",
    "div divide true_divide": f"input: Tensor, {ROUNDED}, {OUT}",
    "div_ divide_ true_divide_": f"self: Tensor, {ROUNDED}",
    "pow": f"input: Tensor | float, exponent: Tensor | float, *, {OUT}",
    "pow_": "self: Tensor, exponent: Tensor | float",
    "matmul": f"input: Tensor, other: Tensor, *, {OUT}",
    "addcdiv": f"input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1, {OUT}",
    "addcdiv_": "self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1",
    "clamp clip": f"input: Tensor, {LIMITED}, *, {OUT}",
    "clamp_ clip_": f"self: Tensor, {LIMITED}",
    "where": f"condition: Tensor, input: Tensor | float | None = None, other: Tensor | float | None = None, *, {OUT}",
    "Tensor.where": "self: Tensor, condition: Tensor, other: Tensor | float",
    "masked_fill": "input: Tensor, mask: Tensor, value: Tensor | float",
    "masked_fill_": "self: Tensor, mask: Tensor, value: Tensor | float",
    "fill_": "input: Tensor, value: Tensor | float",
    "sum prod": f"input: Tensor, {SUMMED}, {OUT}",
    "cumsum cumprod": f"input: Tensor, {RUNNING}, {OUT}",
    "max min median nanmedian": f"input: Tensor, {FOUND} -> Tensor | tuple[Tensor, Tensor]",
    "einsum": "equation: str, *operands: Tensor",
    "var std": f"input: Tensor, {SPREAD}, {OUT}",
    "norm": "input: Tensor, p: float | str = 'fro', dim: int | Sequence[int] | None = None, keepdim: bool = False, "
    f"{OUT}, dtype: dtype | None = None",
    "gather": f"input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, {OUT}",
    "index_select": f"input: Tensor, dim: int, index: Tensor, *, {OUT}",
    "take": f"input: Tensor, index: Tensor, *, {OUT}",
    "masked_select": f"input: Tensor, mask: Tensor, *, {OUT}",
    "scatter": f"input: Tensor, {WRITTEN}, *, reduce: str | None = None, {OUT}",
    "scatter_": f"self: Tensor, {WRITTEN}, *, reduce: str | None = None",
    "scatter_add": f"input: Tensor, {WRITTEN}, *, {OUT}",
    "scatter_add_": f"self: Tensor, {WRITTEN}",
    "index_add": f"input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1, {OUT}",
    "index_add_": "self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1",
    "index_put": "input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False",
    "index_put_": "self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False",
    "index_copy": f"input: Tensor, {COPIED}, *, {OUT}",
    "index_copy_": f"self: Tensor, {COPIED}",
    "index_fill": f"input: Tensor, {SET}",
    "index_fill_": f"self: Tensor, {SET}",
    "index_reduce": f"input: Tensor, {COPIED}, reduce: str, *, include_self: bool = True, {OUT}",
    "index_reduce_": f"self: Tensor, {COPIED}, reduce: str, *, include_self: bool = True",
    "scatter_reduce": f"input: Tensor, {WRITTEN}, reduce: str, *, include_self: bool = True, {OUT}",
    "scatter_reduce_": f"self: Tensor, {WRITTEN}, reduce: str, *, include_self: bool = True",
    "put": "input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False",
    "put_": "self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False",
    "select_scatter": "input: Tensor, src: Tensor, dim: int, index: int",
    "slice_scatter": "input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, "
    f"step: int = 1, *, {OUT}",
    "diagonal_scatter": "input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1",
    "tensor_split": "input: Tensor, indices_or_sections: Tensor | int | Sequence[int], dim: int = 0 -> "
    "tuple[Tensor, ...]",
    "hsplit vsplit dsplit": "input: Tensor, indices_or_sections: int | Sequence[int] -> tuple[Tensor, ...]",
    "unsafe_split": "input: Tensor, split_size: int, dim: int = 0 -> tuple[Tensor, ...]",
    "unsafe_chunk": "input: Tensor, chunks: int, dim: int = 0 -> tuple[Tensor, ...]",
    "unsafe_split_with_sizes": "input: Tensor, split_sizes: Sequence[int], dim: int = 0 -> tuple[Tensor, ...]",
    "atleast_1d atleast_2d atleast_3d": "*tensors: Tensor -> Tensor | tuple[Tensor, ...]",
    "Tensor.sum_to_size": "self: Tensor, *size: int",
    "repeat_interleave": "input: Tensor, repeats: Tensor | int, dim: int | None = None, *, "
    "output_size: int | None = None",
    "cat concat concatenate stack": f"tensors: Sequence[Tensor], dim: int = 0, *, {OUT}",
    "reshape": "input: Tensor, *shape: int",
    "tile": "input: Tensor, *dims: int",
    "Tensor.view": "self: Tensor, *size: int",
    "Tensor.expand": "self: Tensor, *size: int",
    "Tensor.repeat": "self: Tensor, *repeats: int",
    "Tensor.to": "self: Tensor, *target: dtype | device | str | Tensor, dtype: dtype | None = None, "
    "device: device | str | None = None, non_blocking: bool = False, copy: bool = False",
    "squeeze": "input: Tensor, dim: int | Sequence[int] | None = None",
    "squeeze_": "self: Tensor, dim: int | Sequence[int] | None = None",
    "t_": "self: Tensor",
    "transpose_ swapdims_": "self: Tensor, dim0: int, dim1: int",
    "swapaxes_": "self: Tensor, axis0: int, axis1: int",
    "unsqueeze_": "self: Tensor, dim: int",
    "as_strided": "input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None",
    "as_strided_": "self: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None",
    "arange": f"start: float = 0, end: float | None = None, step: float = 1, {CREATED}",
    "zeros ones empty": f"*size: int, {CREATED[3:]}",
    "rand randn": f"*size: int, {DRAWN[3:]}",
    "zeros_like ones_like empty_like": f"input: Tensor, {OPTIONS}",
    "rand_like randn_like": f"input: Tensor, {OPTIONS}, generator: Generator | None = None",
    "randint_like": f"input: Tensor, low: int = 0, high: int | None = None, {OPTIONS}, "
    "generator: Generator | None = None",
    "tensor": f"data: Any, {OPTIONS}, pin_memory: bool = False",
    "as_tensor": "data: Any, dtype: dtype | None = None, device: device | str | None = None",
    "eye": f"n: int, m: int | None = None, {CREATED}",
    "linspace": f"start: float, end: float, steps: int, {CREATED}",
    "logspace": f"start: float, end: float, steps: int, base: float = 10.0, {CREATED}",
    "randperm": f"n: int, {DRAWN}",
    "normal": f"mean: Tensor | float, std: Tensor | float = 1.0, size: Sequence[int] | None = None, {DRAWN}",
    "full": f"size: Sequence[int], fill_value: float, {CREATED}",
    "full_like": f"input: Tensor, fill_value: float, {OPTIONS}",
    "randint": f"low: int = 0, high: int | None = None, size: Sequence[int] | None = None, {DRAWN}",
    "new_empty new_ones new_zeros": f"self: Tensor, *size: int, {OPTIONS[3:]}",
    "new_full": f"self: Tensor, size: Sequence[int], fill_value: float, {OPTIONS}",
    "new_tensor": f"self: Tensor, data: Any, {OPTIONS}",
    "bernoulli_": "self: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None",
    "exponential_": "self: Tensor, lambd: float = 1, *, generator: Generator | None = None",
    "cauchy_": "self: Tensor, median: float = 0, sigma: float = 1, *, generator: Generator | None = None",
    "geometric_": "self: Tensor, p: float, *, generator: Generator | None = None",
    "log_normal_": "self: Tensor, mean: float = 1, std: float = 2, *, generator: Generator | None = None",
    "range": f"start: float = 0, end: float | None = None, step: float = 1, {CREATED}",
    "empty_permuted": f"size: Sequence[int], physical_layout: Sequence[int], {OPTIONS}",
    "new_empty_strided": f"self: Tensor, size: Sequence[int], stride: Sequence[int], {OPTIONS}",
    "normal_": "self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None",
    "uniform_": "self: Tensor, from_: float = 0, to: float = 1, *, generator: Generator | None = None",
    "random_": "self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None",
}


for _names, _text in SIGNATURES.items():
    _signature = stated(_text)
    for _name in _names.split():
        _method = _name.removeprefix("Tensor.")
        for _function in (FUNCTIONS.get(_name), getattr(Tensor, _method, None)):
            if _function is not None:
                setattr(_function, "__signature__", _signature)


def show(functions: Iterable[Any]) -> None:
    """Of functions of which no more is to be said, what their own ``def`` says."""
    for function in functions:
        if type(function) is FunctionType and "__signature__" not in function.__dict__:
            setattr(function, "__signature__", written(function))


show((*FUNCTIONS.values(), *vars(Tensor).values()))
