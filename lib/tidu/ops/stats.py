"""Statistics of several numbers at once: extremes, mean and spread, covariance, quantiles; and without NaN. 统计量。"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tidu._args import Dim, DType, Flag, ReduceDims, is_int, kind_of, type_name
from tidu._define import by_example, op, publish, return_type, under, write_several
from tidu._op import Op
from tidu._operands import check_tensors, write_out
from tidu._record import noting
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.reduce import accumulating, amax, amin, cast_like, mean, packed, spread_options, std, sum_, unreduce, var

# ---- smallest and largest; spread and mean

_lowest = under(amin, "_lowest", "AminmaxBackward0")
_AMINMAX = return_type("aminmax", "min", "max")
_highest = under(amax, "_highest", "AminmaxBackward0")


def _aminmax(input: Tensor, *, dim: Any = None, keepdim: bool = False, out: Any = None) -> Any:
    """最小值与最大值 / ``(min, max)`` of all elements, or along ``dim``; ties share the gradient.

    ``RuntimeError`` for an empty tensor without ``dim``, ``IndexError`` for an empty dimension.
    """
    check_tensors("aminmax", input=input)
    if dim is not None:
        dim = kind_of(Dim).parse(dim, "aminmax", "dim", 0, input.ndim)
        if input.ndim and not input._array.shape[dim]:
            raise IndexError(f"aminmax(): Expected reduction dim {dim} to have non-zero size.")
    elif not input._array.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity: argument "
            f"'input' has shape {list(input.shape)}"
        )
    if input._array.dtype.kind == "c":
        raise NotImplementedError(f"\"aminmax_cpu\" not implemented for complex: 'input' is {input.dtype}")
    _, attrs = amin.bind((input,), {"dim": () if dim is None else dim, "keepdim": keepdim})
    made = _AMINMAX(part.record((input,), dict(attrs)) for part in (_lowest, _highest))
    for one, other in (made, made[::-1]):
        noting(one, other)  # they are one node in PyTorch, which keeps both results
    return made if out is None else write_several("aminmax", made, out, (input,))


publish("aminmax", _aminmax)


def _with_mean(name: str, spread: Op, grad_name: str, doc: str) -> None:
    first = under(spread, f"_{name}_spread", grad_name)
    second = under(mean, f"_{name}_mean", grad_name)

    def function(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
                 correction: Any = None, out: Any = None) -> Any:  # fmt: skip
        attrs = spread_options(name, spread, input, dim, unbiased, keepdim, correction)
        over = {"dim": attrs["dim"], "keepdim": attrs["keepdim"], "dtype": None}
        both = first.record((input,), attrs), second.record((input,), over)
        noting(both[1], input, *both[: spread is std])  # one node in PyTorch, which keeps what the first one reads
        if out is None:
            return both
        return tuple(write_several(name, return_type(name, "0", "1")(both), out, (input,)))

    publish(name, function, doc, method=False)


_with_mean("std_mean", std, "StdMeanBackward0", "标准差与平均 / ``(std, mean)`` of all elements or over ``dim``.")
_with_mean("var_mean", var, "VarMeanBackward0", "方差与平均 / ``(var, mean)`` of all elements or over ``dim``.")


# ---- without NaN


def _sum_of_rest(x: Any, dim: Any, keepdim: bool) -> Any:
    total = x.sum(axis=dim, keepdims=keepdim)
    if x.dtype.kind == "f" and np.isnan(total).any():  # else there is no NaN in it
        total = np.where(x != x, x.dtype.type(0), x).sum(axis=dim, keepdims=keepdim)
    return total


@op(lambda g, x, dim, keepdim: unreduce(g, x.shape, dim, keepdim) * cast_like(x == x, g), dtype="long",
    kinds="biuf", refuses=RuntimeError, jvp=lambda tangents, args, out, dim, keepdim, dtype:
    sum_(tangents[0] * cast_like(args[0] == args[0], tangents[0]), dim, keepdim))  # fmt: skip
def nansum(x, dim: ReduceDims = None, keepdim: Flag = False, *, dtype: DType = None):
    """不计 NaN 的和 / Sum over ``dim`` with NaN as zero. ``RuntimeError`` for complex tensors."""
    return packed(_sum_of_rest(x, dim, keepdim))


def _refuse_whole(input: Any, dtype: Any, out: Any) -> None:
    if isinstance(out, Tensor) and dtype is not None and out.dtype != dtype:
        raise RuntimeError(f"nansum: provided dtype must match dtype of result. Got {out.dtype} and {dtype}.")
    if isinstance(out, Tensor) and out._array.dtype.kind in "iu" and input._array.dtype.kind == "f" and input.numel():
        raise NotImplementedError(f"\"nansum_cpu\" not implemented for {out.dtype}: argument 'out' of a sum of floats")


def _nansum(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
    check_tensors("nansum", input=input)
    _refuse_whole(input, kwargs.get("dtype"), out)
    made: Tensor = _summed(input, *args, out=out, **kwargs)
    return made


_summed = accumulating(nansum, whole_out=True)
setattr(_nansum, "__signature__", getattr(nansum.public, "__signature__"))
publish("nansum", _nansum, nansum.__doc__)


@by_example
def _nanmean(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Tensor:  # fmt: skip
    """不计 NaN 的平均 / Mean over ``dim`` of what is not NaN; nan where there is nothing. Floating point only."""
    check_tensors("nanmean", input=input)
    if input._array.dtype.kind not in "fcV":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype}"
        )  # fmt: skip
    _refuse_whole(input, dtype, out)
    there = wrap(input._array == input._array)
    total = nansum.public(input, dim, keepdim, dtype=dtype)
    _, attrs = sum_.bind((there, dim, keepdim), {})
    made: Tensor = total / sum_.record((there,), attrs)
    return made if out is None else write_out("nanmean", made, out, (input,))


publish("nanmean", _nanmean)


# ---- covariance


def _weights(name: str, given: Any, observations: int, integral: bool) -> None:
    check_tensors("cov", **{name: given})
    wrong = None
    if given.ndim > 1:
        wrong = f"to have one or fewer dimensions but got {name} with {given.ndim} dimensions"
    elif given._array.dtype.kind not in ("iu" if integral else "fV"):
        kind = "integral" if integral else "floating point"
        wrong = f"to have {kind} dtype but got {name} with {given.dtype}"
    elif given.numel() != observations:
        wrong = (
            f"to have the same numel as there are observations in the input but got {given.numel()} != {observations}"
        )
    if wrong:
        raise RuntimeError(f"cov(): expected {name} {wrong}")
    if observations and not (given._array >= 0).all():  # nor nan
        raise RuntimeError(f"cov(): {name} cannot be negative")


def _conjugate(x: Tensor) -> Tensor:
    made: Tensor = FUNCTIONS["conj"](x) if x.is_complex() else x
    return made


@by_example
def _cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """协方差 / Covariance matrix of the rows, whose columns are observations; of a vector, its variance.

    ``fweights`` says how often each observation was made, ``aweights`` how much it counts.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.cov.html
    """
    return _covariance("cov", input, correction, fweights, aweights)


def _covariance(name: str, input: Tensor, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    check_tensors(name, input=input)
    if not is_int(correction):
        raise TypeError(f"{name}(): argument 'correction' must be int, not {type_name(correction)}")
    if input.ndim > 2:
        raise RuntimeError(
            f"{name}(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input._array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): bool dtype is not supported for input")
    x = input if input.ndim == 2 else input.reshape(1, -1)
    n = x._array.shape[1]
    weight = None
    if fweights is not None:
        _weights("fweights", fweights, n, True)
        weight = fweights
    if aweights is not None:
        _weights("aweights", aweights, n, False)
        weight = aweights if weight is None else aweights * weight
    if weight is None:
        total: Any = n
    else:
        total = weight.sum()
        if not total._array:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    average = (x if weight is None else x * weight).sum(1) / total
    if weight is not None and aweights is not None and correction:
        free = total - correction * (weight * aweights).sum() / total
    else:
        free = total - correction
    if (free._array if isinstance(free, Tensor) else free) <= 0:
        warnings.warn(f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
                      "observations.", UserWarning, stacklevel=3)  # fmt: skip
        free = free * 0
    away = x - average.unsqueeze(1)
    made: Tensor = away.mm(_conjugate((away if weight is None else away * weight).t())) / free
    return made.squeeze()


def _corrcoef(input: Tensor) -> Tensor:
    """相关系数 / Correlation coefficients of the rows, whose columns are observations; within [-1, 1]."""
    c = _covariance("corrcoef", input)
    if not c.ndim:
        return c / c
    d = c.diagonal()
    spread = (FUNCTIONS["real"](d) if d.is_complex() else d).sqrt()
    c = c / spread.reshape(-1, 1) / spread.reshape(1, -1)
    if c.is_complex():
        return FUNCTIONS["real"](c).clip(-1, 1) + FUNCTIONS["imag"](c).clip(-1, 1) * 1j
    made: Tensor = c.clip(-1, 1)
    return made


publish("cov", _cov)
publish("corrcoef", _corrcoef)
