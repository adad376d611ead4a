"""Gradients checked against finite differences. 用有限差分检验梯度。

The numerical Jacobian comes from moving one input element at a time; the analytical one from a backward pass for each
output element (or a forward pass for each input element).
Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._engine import grad
from tidu._modes import enable_grad
from tidu._tensor import Tensor, wrap
from tidu.autograd import forward_ad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """Raised by ``gradcheck`` and ``gradgradcheck`` for a wrong gradient. 梯度检验未通过。"""


def gradcheck(
    func: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of ``func`` at ``inputs`` agree with finite differences. 检验一阶梯度。

    ``inputs``              tensors (float64: single precision is too coarse for the differences) and other arguments;
                            those that require grad are checked
    ``eps``, ``atol``, ``rtol``  step of the differences; tolerances of the comparison
    ``nondet_tol``          how far two runs of the same backward pass may differ
    ``check_undefined_grad``     gradients are zero for zero upstream gradients
    ``check_grad_dtypes``   gradients have the dtype of their input
    ``check_forward_ad``, ``check_backward_ad``  which modes are checked
    ``fast_mode``, ``check_batched_*``, ``masked``  accepted: the full check is always made

    ``GradcheckError`` for a wrong gradient (or False, without ``raise_exception``); ``ValueError`` when no input
    requires grad.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    args = _as_tuple(inputs)
    try:
        _check_inputs(args)
        with enable_grad():
            returned = _as_tuple(func(*args))
        outs = [o for o in returned if isinstance(o, Tensor) and o.requires_grad]
        numerical = _numerical(func, args, eps)
        if not outs:
            if any(np.any(block) for blocks in numerical for block in blocks):
                raise GradcheckError("Numerical gradient for function expected to be zero")
            return True
        tracked = [isinstance(o, Tensor) and o.requires_grad for o in returned]
        wanted = [blocks for blocks, t in zip(numerical, tracked) if t]
        if check_backward_ad:
            for i, out in enumerate(outs):
                _compare(_backward(out, args, nondet_tol, check_grad_dtypes), wanted[i], i, atol, rtol, "")
            if check_undefined_grad:
                _check_zero_upstream(outs, args)
        if check_forward_ad:
            blocks = _forward(func, args, numerical)
            for i, (block, want) in enumerate(zip((b for b, t in zip(blocks, tracked) if t), wanted)):
                _compare(block, want, i, atol, rtol, "computed with forward mode ")
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Function,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the gradients of the gradients of ``func`` agree with finite differences. 检验二阶梯度。

    ``gradcheck`` of the function that maps inputs and upstream gradients to the inputs' gradients. ``grad_outputs``
    are the upstream gradients, random and non-uniform by default. The other arguments are those of ``gradcheck``.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    args = _as_tuple(inputs)
    if grad_outputs is None:
        with enable_grad():
            outs = [o for o in _as_tuple(func(*args)) if o.requires_grad]
        upstream: tuple[Any, ...] = tuple(_random_like(o, gen_non_contig_grad_outputs) for o in outs)
    else:
        upstream = _as_tuple(grad_outputs)
    checked = [isinstance(x, Tensor) and x.requires_grad for x in (*args, *upstream)]

    def gradients(*given: Any) -> tuple[Tensor, ...]:
        # forward mode hands in detached tensors: what required grad does so again
        given = tuple(x.requires_grad_() if need else x for x, need in zip(given, checked))
        xs, gs = given[: len(args)], given[len(args) :]
        ys = [o for o in _as_tuple(func(*xs)) if o.requires_grad]
        found = grad(ys, [x for x, need in zip(xs, checked) if need], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradients,
        args + upstream,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
    )


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else tuple(value) if isinstance(value, list) else (value,)


def _checked(args: Sequence[Any]) -> list[Tensor]:
    return [x for x in args if isinstance(x, Tensor) and x.requires_grad]


def _random_like(out: Tensor, non_contiguous: bool) -> Tensor:
    rng = np.random.default_rng(out.numel())
    drawn = np.zeros_like(out._array, shape=(*out.shape, 2) if non_contiguous else None)
    drawn[...] = rng.uniform(-1, 1, drawn.shape)
    return wrap(drawn[..., 0] if non_contiguous else drawn).requires_grad_()


def _check_inputs(args: Sequence[Any]) -> None:
    if not _checked(args):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for i, x in enumerate(args):
        if not (isinstance(x, Tensor) and x.requires_grad):
            continue
        if x.element_size() < 8:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex: it is "
                f"{x.dtype}. This check will likely fail if all the inputs are not of double precision floating point "
                "or complex.",
                stacklevel=3,
            )
        if any(step == 0 and n > 1 for step, n in zip(x.stride(), x.shape)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )


Blocks = list[np.ndarray]  # for each checked input: input elements x output elements


def _numerical(func: Function, args: Sequence[Any], eps: float) -> list[Blocks]:
    """For each output, by central differences; the inputs' own memory is moved and put back."""

    def at() -> list[np.ndarray]:
        returned = _as_tuple(func(*args))  # under grad: func may take gradients itself
        return [np.array(o._array, dtype=np.float64).reshape(-1) for o in returned if isinstance(o, Tensor)]

    blocks: list[Blocks] = []
    for x in _checked(args):
        columns = []
        for index in np.ndindex(*x.shape):
            here = x._array[index].copy()
            x._array[index] = here + eps
            above = at()
            x._array[index] = here - eps
            below = at()
            x._array[index] = here
            columns.append([(a - b) / (2 * eps) for a, b in zip(above, below)])
        sizes = [o.size for o in at()] if not columns else [c.size for c in columns[0]]
        blocks.append([np.array([c[k] for c in columns]).reshape(x.numel(), n) for k, n in enumerate(sizes)])
    return [list(row) for row in zip(*blocks)]


def _backward(out: Tensor, args: Sequence[Any], nondet_tol: float, check_dtypes: bool) -> Blocks:
    """Of one output, a column for each of its elements; everything twice, to see whether it is the same twice."""
    xs = _checked(args)
    blocks = [np.zeros((x.numel(), out.numel())) for x in xs]
    for j in range(out.numel()):
        seed = np.zeros_like(out._array, order="C")
        seed.reshape(-1)[j] = 1
        for attempt in range(2):
            # the seed is new each time: nothing that a formula does to it reaches the other run
            found = grad(out, xs, wrap(seed.copy()), retain_graph=True, allow_unused=True)
            for x, g, block in zip(xs, found, blocks):
                if g is None:
                    continue
                if g.shape != x.shape:
                    raise GradcheckError(
                        f"Analytical gradient has incorrect size: {list(g.shape)} for an input of {list(x.shape)}"
                    )
                if check_dtypes and g.dtype != x.dtype:
                    raise GradcheckError(f"Gradient has dtype mismatch: {g.dtype} for an input of {x.dtype}")
                flat = g._array.reshape(-1)
                if attempt == 0:
                    block[:, j] = flat
                elif not np.allclose(block[:, j], flat, rtol=0, atol=nondet_tol, equal_nan=True):
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                        "times gives different values, although analytical gradient matches numerical gradient. The "
                        f"tolerance for nondeterminism was {nondet_tol}."
                    )
    return blocks


def _forward(func: Function, args: Sequence[Any], shapes: list[Blocks]) -> list[Blocks]:
    """For each output, by forward mode: a row for each input element."""
    blocks = [[np.zeros_like(b) for b in row] for row in shapes]
    checked = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    plain = [x.detach() if isinstance(x, Tensor) else x for x in args]
    for n, i in enumerate(checked):
        for j in range(args[i].numel()):
            tangent = np.zeros_like(args[i]._array, order="C")
            tangent.reshape(-1)[j] = 1
            with forward_ad.dual_level():
                given = [forward_ad.make_dual(x, wrap(tangent)) if k == i else x for k, x in enumerate(plain)]
                returned = [o for o in _as_tuple(func(*given)) if isinstance(o, Tensor)]
                for row, out in zip(blocks, returned):
                    pushed = forward_ad.unpack_dual(out).tangent
                    if pushed is not None:
                        row[n][j] = pushed._array.reshape(-1)
    return blocks


def _compare(analytical: Blocks, numerical: Blocks, output: int, atol: float, rtol: float, mode: str) -> None:
    for i, (a, n) in enumerate(zip(analytical, numerical)):
        if not np.allclose(a, n, rtol=rtol, atol=atol):
            raise GradcheckError(
                f"Jacobian {mode}mismatch for output {output} with respect to input {i},\n"
                f"numerical:{wrap(n)}\nanalytical:{wrap(a)}\n"
            )


def _check_zero_upstream(outs: Sequence[Tensor], args: Sequence[Any]) -> None:
    zeros = [wrap(np.zeros_like(o._array)) for o in outs]
    for g in grad(outs, _checked(args), zeros, retain_graph=True, allow_unused=True):
        if g is not None and np.any(g._array):
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
            )
