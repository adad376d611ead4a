"""Affine and bilinear maps, each as one node. 线性与双线性变换。

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As
from tidu._define import op, publish
from tidu._kernels import matmul
from tidu._modes import modes
from tidu._operands import check_tensors, write_out
from tidu._tensor import Tensor
from tidu.ops.autocast import lowered
from tidu.ops.linalg import mm, unbroadcast_to
from tidu.ops.matrices import conj
from tidu.ops.view import reshape, t


def _rows(x: Any) -> Any:
    """All but the last dimension as one."""
    return x if x.ndim == 2 else reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _to_input(g: Any, weight: Any) -> Any:
    if type(g) is np.ndarray and g.dtype.kind == "f":  # the commonest case in one call
        if g.ndim < 3:
            return matmul(g, weight) if g.ndim == 2 else g.dot(weight)
        return matmul(_rows(g), weight).reshape(*g.shape[:-1], weight.shape[1])  # ``dot`` would go without BLAS
    if g.ndim == 2:
        return mm(g, conj(weight))
    return reshape(mm(_rows(g), conj(weight)), (*g.shape[:-1], weight.shape[1]))


def _to_weight(g: Any, x: Any) -> Any:
    if type(g) is np.ndarray and g.dtype.kind == "f":
        return matmul(_rows(g).T, _rows(x))
    return mm(t(_rows(g)), conj(_rows(x)))


def _node_name(args: Sequence[Any], attrs: Any) -> str:
    """What PyTorch puts the map together from depends on the input's rank."""
    rank, bias = args[0].ndim, args[2] is not None
    if rank == 2:
        return "AddmmBackward0" if bias else "MmBackward0"
    if bias:
        return "ViewBackward0" if args[0].is_contiguous() else "AddBackward0"
    return "SqueezeBackward4" if rank == 1 else "UnsafeViewBackward0"


@op(lambda g, weight: _to_input(g, weight), lambda g, x: _to_weight(g, x),
    lambda g, bias_shape: unbroadcast_to(g, bias_shape), public=False, out=False,
    variant=_node_name, called=("input", "weight", "bias"))  # fmt: skip
def linear(x, weight, bias=None):
    """线性变换 / ``x @ weight.T + bias``: (..., in) and (out, in) give (..., out)."""
    if weight.ndim != 2:
        raise RuntimeError(f"mat2 must be a matrix, got {weight.ndim}-D tensor: argument 'weight' of linear()")
    kind = x.dtype
    if kind != weight.dtype or (bias is not None and bias.dtype != kind):
        kinds = [_dtypes.TYPE_NAMES[_dtypes.of(a.dtype)].removesuffix("Tensor") for a in (x, weight)]
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {kinds[0]} and {kinds[1]}")
    if kind.kind == "b":
        raise NotImplementedError("\"addmm_impl_cpu_\" not implemented for 'Bool': argument 'input' of linear()")
    n = weight.shape[1]
    if x.shape[-1] != n:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and "
            f"{n}x{weight.shape[0]}): the input's last size must be weight's last, {n}"
        )
    out = x.dot(weight.T) if x.ndim < 2 else matmul(_rows(x), weight.T)
    if bias is not None:
        if bias.shape != weight.shape[:1] and (
            bias.ndim > out.ndim + (out.ndim == 1)
            or any(b not in (1, o) for b, o in zip(bias.shape[::-1], out.shape[::-1], strict=False))
        ):
            raise RuntimeError(
                f"The expanded size of the tensor ({weight.shape[0]}) must match the existing size "
                f"({bias.shape[-1] if bias.ndim else 1}) at non-singleton dimension 1.  Target sizes: "
                f"{list(out.shape)}.  Tensor sizes: {list(bias.shape)}"
            )
        out += bias if bias.ndim <= out.ndim else bias[0]
    return out if x.ndim < 3 else out.reshape(*x.shape[:-1], weight.shape[0])


# PyTorch's is addmm(bias, input, weight.T)
linear.numbered("AddmmBackward0").listed = (2, 0, 1)


def linear_map(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Any = None) -> Tensor:
    """线性变换 / ``input @ weight.T + bias``: (..., in), (out, in) and (out,) give (..., out)."""
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))):
        given = {} if bias is None else {"bias": bias}
        check_tensors("linear", input=input, weight=weight, **given)
    if modes.low is not None:
        input, weight, bias = lowered(input, weight, bias)
    if not input._array.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are 0D and {weight._array.ndim}D"
        )
    if weight._array.ndim == 1 and (bias is None or input._array.ndim == 1):
        made: Tensor = input.matmul(weight) if bias is None else input.matmul(weight) + bias
    else:
        made = linear.record((input, weight, bias), {})
    return made if out is None else write_out("linear", made, out, (input, weight, bias), "same")


# ---- bilinear: out[n, k] = x1[n, i] x2[n, j] weight[k, i, j]


def _exchange(spec: str, i: int) -> str:
    """The product that gives the gradient of operand ``i``: the result's axes stand in its place."""
    operands, _, result = spec.partition("->")
    axes = operands.split(",")
    axes[i], result = result, axes[i]
    return ",".join(axes) + "->" + result


@op(lambda g, y, z, spec: trilinear(g, y, z, _exchange(spec, 0)),
    lambda g, x, z, spec: trilinear(x, g, z, _exchange(spec, 1)),
    lambda g, x, y, spec: trilinear(x, y, g, _exchange(spec, 2)), name="_trilinear", public=False,
    grad_name="TrilinearBackward0")  # fmt: skip
def trilinear(x, y, z, spec: As):
    """The sum over the axes that the result does not have, as einsum says it."""
    return np.einsum(spec, x, y, z, optimize=True)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """双线性变换 / ``out[..., k] = input1[..., i] weight[k, i, j] input2[..., j]``, plus ``bias[k]``.

    Shapes (..., in1), (..., in2), (out, in1, in2), (out,). ``RuntimeError`` where they do not fit.
    """
    given = {} if bias is None else {"bias": bias}
    check_tensors("bilinear", input1=input1, input2=input2, weight=weight, **given)
    x, y, w = input1.shape, input2.shape, weight.shape
    if len(x) != len(y):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(x)} and {len(y)}")
    for d, (n, m) in enumerate(zip(x[:-1], y[:-1], strict=True)):
        if n != m:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {n} and {m}")
    for i, a in enumerate((x, y), 1):
        if a[-1] != w[i]:
            raise RuntimeError(f"bilinear(): input{i} size does not match weight size: got {a[-1]} but expected {w[i]}")
    given = {"input1": input1, "input2": input2, "weight": weight, **({} if bias is None else {"bias": bias})}
    if any(t.dtype is not input1.dtype for t in given.values()):
        shown = ", ".join(f"{name}: {t.dtype}" for name, t in given.items())
        raise RuntimeError(f"bilinear(): All tensors must have the same dtype, got {shown}")
    if bias is not None and bias.shape[0] != w[0]:
        raise RuntimeError(f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {w[0]}")
    rows = math.prod(x[:-1])
    flat = input1.reshape(rows, x[-1]), input2.reshape(rows, y[-1])
    out = trilinear.record((*flat, weight), {"spec": "ni,nj,kij->nk"}).reshape(*x[:-1], w[0])
    return out if bias is None else out + bias


publish("bilinear", bilinear, method=False)
