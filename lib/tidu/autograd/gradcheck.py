"""Gradients checked against finite differences. 用有限差分检验梯度。

The numerical Jacobian comes from moving one input element at a time; the analytical one from a backward pass for each
output element, or a forward pass for each input element. In ``fast_mode`` both are multiplied with random vectors, and
a few numbers are left to compare.
Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._engine import grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.autograd import _jacobians
from tidu.autograd._checks import (
    GradcheckError,
    check_batched,
    check_batched_forward,
    check_missing_tangents,
    check_undefined,
    check_zero_upstream,
    direction,
    directions,
)
from tidu.autograd._jacobians import as_tuple, checked, differentiable, floats
from tidu.ops.generator import Generator

__all__ = [
    "GradcheckError", "get_analytical_jacobian", "get_numerical_jacobian", "get_numerical_jacobian_wrt_specific_input",
    "gradcheck", "gradgradcheck",
]  # fmt: skip

Function = Callable[..., Any]


class _Check:
    """One run of ``gradcheck``: what is checked, and how closely."""

    def __init__(self, atol: float, rtol: float, eps: float, nondet_tol: float, dtypes: bool, fast: bool) -> None:
        self.atol, self.rtol, self.eps = atol, rtol, eps
        self.nondet_tol, self.dtypes, self.fast = nondet_tol, dtypes, fast

    def mode(self, func: Function, inputs: Sequence[Any], forward: bool, part: str = "") -> None:
        """Compare in one mode. ``part`` of complex outputs (of inputs, in forward mode) is what ``func`` looks at."""
        returned = as_tuple(func(*inputs))
        outs = differentiable(returned)
        (self.fast_mode if self.fast else self.slow_mode)(func, inputs, returned, outs, forward, part)

    def numerical(self, func: Function, inputs: Sequence[Any], outputs: Sequence[Any]) -> list[list[Tensor]]:
        """For each checked input and floating output."""
        places = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
        return [_jacobians.numerical(func, inputs, i, outputs, self.eps) for i in places]

    def slow_mode(
        self, func: Function, inputs: Sequence[Any], returned: Sequence[Any], outs: Sequence[Tensor], forward: bool,
        part: str,
    ) -> None:  # fmt: skip
        wanted = self.numerical(func, inputs, returned)
        if not outs:
            if any(np.any(block._array) for blocks in wanted for block in blocks):
                raise GradcheckError("Numerical gradient for function expected to be zero")
            return
        places = [k for k, o in enumerate(floats(returned)) if o.requires_grad]
        if forward:
            made = self.forward(func, inputs, returned, None)
            found = [[blocks[k] for blocks in made] for k in places]
        else:
            found = [self.backward(o, checked(inputs), _jacobians.units(o)) for o in outs]
        for k, blocks in zip(places, found, strict=True):
            for i, a in enumerate(blocks):
                n = wanted[i][k]
                if not self.close(a, n, self.atol):
                    raise GradcheckError(_mismatch(a, n, places.index(k), i, forward, part))

    def fast_mode(
        self, func: Function, inputs: Sequence[Any], returned: Sequence[Any], outs: Sequence[Tensor], forward: bool,
        part: str,
    ) -> None:  # fmt: skip
        draw = Generator()
        us = [directions(x, draw) for x in checked(inputs)]
        vs = [] if forward else [direction(o, draw) for o in outs]
        changes = self.changes(func, inputs, us)
        if not outs and not forward:
            if any(c.size and np.abs(c).max() > self.nondet_tol for row in changes for c in row):
                raise GradcheckError("Numerical gradient for function expected to be zero")
            return
        kept = [k for k, o in enumerate(returned) if isinstance(o, Tensor) and o._array.dtype.kind in "fcV"]
        if forward:
            found = self.forward(func, inputs, returned, [u[0] for u in us])
            wanted: Any = [[row[k] for k in kept] for row in changes]
        else:
            kept = [k for k in kept if returned[k].requires_grad]
            wanted = [[(v * row[k]).sum() for k, v in zip(kept, vs, strict=True)] for row in changes]
            columns = [
                self.backward(o, checked(inputs), [v.reshape(o._array.shape)]) for o, v in zip(outs, vs, strict=True)
            ]
            found = [[_along(c[i]._array[:, 0], u) for c in columns] for i, u in enumerate(us)]
        for i, u in enumerate(us):
            for j, (a, n) in enumerate(zip(found[i], wanted[i], strict=True)):
                scale = sum(float(part_.sum()) for part_ in u) * (1.0 if forward else float(vs[j].real.sum()))
                if not self.close(a, wrap(np.asarray(n)), self.atol * scale):
                    raise GradcheckError(
                        _mismatch(a, wrap(np.asarray(n)), j, i, forward, part)
                        + self.in_full(func, inputs, returned, outs, i, j, forward)
                    )

    def changes(self, func: Function, inputs: Sequence[Any], us: Sequence[Any]) -> list[list[Any]]:
        """For each checked input, how the outputs change along its direction."""
        found = []
        for x, u in zip(checked(inputs), us, strict=True):
            steps = [part.reshape(x._array.shape) * self.eps for part in u]
            found.append(_jacobians.directional(func, inputs, x, ..., steps, self.eps, f"by {self.eps}"))
        return found

    def in_full(
        self, func: Function, inputs: Sequence[Any], returned: Sequence[Any], outs: Sequence[Tensor], i: int, j: int,
        forward: bool,
    ) -> str:  # fmt: skip
        """What a message in fast mode shows, too: the Jacobians themselves."""
        n = self.numerical(func, inputs, returned)[i][j]
        if forward:
            a = _jacobians.forward(func, inputs, returned)[i][j]
        else:
            a = _jacobians.analytical(outs[j], checked(inputs), _jacobians.units(outs[j]))[i]
        text = (
            "\nThe above quantities relating the numerical and analytical jacobians are computed \nin fast mode. Below "
            f"they are in full:\n\nNumerical:\n {n}\nAnalytical:\n{a}\n\nThe max per-element difference (slow mode) "
            f"is: {(n - a).abs().max()}.\n"
        )
        if self.close(a, n, self.atol):
            text += (
                "Fast gradcheck failed but element-wise differences are small. This means that the test might've "
                "passed in slow_mode! Call gradcheck/gradgradcheck with `fast_mode=False`."
            )
        return text

    def close(self, a: Tensor, b: Tensor, atol: float) -> bool:
        return bool(np.allclose(a._array, b._array, self.rtol, atol))

    def backward(self, output: Tensor, xs: Sequence[Tensor], seeds: Sequence[Any]) -> list[Tensor]:
        """The columns of the Jacobians by backward passes; everything twice, to see whether it is the same twice."""
        first = _jacobians.analytical(output, xs, seeds)
        again = _jacobians.analytical(output, xs, seeds)
        for a, b in zip(first, again, strict=True):
            if a.numel() and np.abs(a._array - b._array).max() > self.nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    "gives different values, although analytical gradient matches numerical gradient."
                    f"The tolerance for nondeterminism was {self.nondet_tol}.\n\nNOTE: if that is as it should be, "
                    "call gradcheck/gradgradcheck with `nondet_tol=<tol>`."
                )
        return first

    def forward(
        self, func: Function, inputs: Sequence[Any], outputs: Sequence[Any], directions: Sequence[Any] | None
    ) -> list[list[Tensor]]:
        if self.dtypes:
            ones = [np.ones_like(x._array) if isinstance(x, Tensor) and x.requires_grad else None for x in inputs]
            for value, tangent in _jacobians.pushed(func, inputs, ones):
                if tangent is not None and value.is_complex() != tangent.is_complex():
                    raise GradcheckError("Forward AD gradient has dtype mismatch.")
        return _jacobians.forward(func, inputs, outputs, directions)


def _along(column: Any, u: Sequence[Any]) -> Tensor:
    if len(u) == 1:
        return wrap(np.asarray(column @ u[0]))
    return wrap(np.asarray(column.real @ u[0] + 1j * (column.imag @ u[1])))


def _mismatch(a: Tensor, n: Tensor, output: int, i: int, forward: bool, part: str) -> str:
    seen = f"While considering the {part} part of complex {'inputs' if forward else 'outputs'} only, " if part else ""
    mode = "computed with forward mode " if forward else ""
    return (
        f"{seen}Jacobian {mode}mismatch for output {output} with respect to input {i},\nnumerical:{n}\nanalytical:{a}\n"
    )


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
    ``raise_exception``     whether a wrong gradient is a ``GradcheckError``; else the result is False
    ``nondet_tol``          how far two runs of the same backward pass may differ
    ``check_undefined_grad``     gradients are zero or None where no upstream gradient came
    ``check_grad_dtypes``   tangents are real where their outputs are
    ``check_batched_grad``, ``check_batched_forward_grad``  a batch of gradients at once gives what each alone gives
    ``check_forward_ad``, ``check_backward_ad``  which modes are checked
    ``fast_mode``           compare products of the Jacobians with random vectors, which takes few calls
    ``masked``              of sparse tensors, which tidu does not have; whether zeros may be zero nearly

    Complex outputs are checked by their real and their imaginary part. ``ValueError`` when no input requires grad.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    args = as_tuple(inputs)
    check = _Check(atol, rtol, eps, nondet_tol, check_grad_dtypes, fast_mode)
    try:
        _check_inputs(args)
        returned = func(*args)
        if check_backward_ad:
            if any(o.is_complex() for o in as_tuple(returned)):
                check.mode(_part_of_outputs(func, "imag"), args, False, "imaginary")
                check.mode(_part_of_outputs(func, "real"), args, False, "real")
            else:
                check.mode(func, args, False)
        if check_forward_ad:
            _check_forward(check, func, args, check_undefined_grad)
        if check_batched_forward_grad:
            check_batched_forward(func, args)
        if check_backward_ad:
            outs = differentiable(returned)
            if check_batched_grad:
                for i, o in enumerate(outs):
                    check_batched(o, i, args)
            check_zero_upstream(outs, args, bool(masked))
            if check_undefined_grad:
                check_undefined(differentiable(func(*args)))
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _part_of_outputs(func: Function, part: str) -> Function:
    def wrapped(*args: Any) -> tuple[Any, ...]:
        return tuple([getattr(o, part) if o.is_complex() else o for o in as_tuple(func(*args))])

    return wrapped


def _check_forward(check: _Check, func: Function, args: Sequence[Any], undefined: bool) -> None:
    """In forward mode complex inputs are looked at by their parts, as functions of real ones."""
    places = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.is_complex()]
    if not places:
        check.mode(func, args, True)
        if undefined:
            check_missing_tangents(func, args)
        return

    def of(part: str) -> tuple[Function, list[Any]]:
        def wrapped(*given: Any) -> Any:
            full = list(given)
            for i in places:
                full[i] = given[i] + args[i].imag * 1j if part == "real" else args[i].real + given[i] * 1j
            return as_tuple(func(*full))

        return wrapped, [getattr(x, part) if i in places else x for i, x in enumerate(args)]

    parts = {"imaginary": of("imag"), "real": of("real")}
    for part, (real, given) in parts.items():
        check.mode(real, given, True, part)
    if undefined:
        for real, given in parts.values():
            check_missing_tangents(real, given)


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
    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradgradcheck.html
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    args = as_tuple(inputs)
    if grad_outputs is None:
        outs = differentiable(func(*args))
        upstream = tuple([_random_like(o, gen_non_contig_grad_outputs) for o in outs])
    else:
        upstream = as_tuple(grad_outputs)
    tracked = [isinstance(x, Tensor) and x.requires_grad for x in (*args, *upstream)]

    def gradients(*given: Any) -> tuple[Tensor, ...]:
        # forward mode hands in detached tensors: what required grad does so again
        given = tuple([x.requires_grad_() if need else x for x, need in zip(given, tracked, strict=True)])
        xs, gs = given[: len(args)], given[len(args) :]
        wanted = [x for x, need in zip(xs, tracked, strict=False) if need]
        found = grad(differentiable(func(*xs)), wanted, gs, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    return gradcheck(
        gradients, args + upstream, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _random_like(out: Tensor, non_contiguous: bool) -> Tensor:
    """Uniform between -1 and 1: what ``torch.testing.make_tensor`` gives."""
    made = FUNCTIONS["empty"](out.shape, dtype=out.dtype)
    (FUNCTIONS["view_as_real"](made) if made.is_complex() else made).uniform_(-1, 1)
    if non_contiguous and made.numel() > 1:
        made = made.repeat_interleave(2, dim=-1)[..., ::2]
    return made.requires_grad_()


def _check_inputs(args: Sequence[Any]) -> None:
    for i, x in enumerate(args):
        if not (isinstance(x, Tensor) and x.requires_grad):
            continue
        if x.dtype not in (_dtypes.float64, _dtypes.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex: it is "
                f"{x.dtype}. This check will likely fail if all the inputs are not of double precision floating point "
                "or complex.",
                stacklevel=3,
            )
        if any(step == 0 and n > 1 for step, n in zip(x.stride(), x.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )
    if not checked(args):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`{name}` was part of PyTorch's private API and not meant to be exposed. It will be removed there.",
        FutureWarning,
        stacklevel=3,
    )


def _one_or_fail(grad_out: float, name: str) -> None:
    if grad_out != 1.0:
        raise ValueError(f"Expected grad_out to be 1.0. {name} no longer supports values of grad_out != 1.0.")


def get_numerical_jacobian(
    fn: Function, inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Tensor, ...]:
    """数值雅可比 / By differences: the Jacobians of ``fn(inputs)``, of its first output, with respect to each input.

    ``target`` are other tensors to move in place of ``inputs``. Deprecated in PyTorch, which warns.
    """
    _deprecated("get_numerical_jacobian")
    _one_or_fail(grad_out, "get_numerical_jacobian")
    outputs = as_tuple(fn(inputs))
    _not_complex(outputs, "get_numerical_jacobian")
    targets = as_tuple(inputs if target is None else target)
    places = [i for i, x in enumerate(targets) if isinstance(x, Tensor) and x.requires_grad]
    return tuple([_jacobians.numerical(lambda *_: fn(inputs), targets, i, outputs, eps)[0] for i in places])


def _not_complex(outputs: Sequence[Tensor], name: str) -> None:
    if any(o.is_complex() for o in outputs):
        raise ValueError(
            f"Expected output to be non-complex. {name} no longer supports functions that return complex outputs."
        )


def get_numerical_jacobian_wrt_specific_input(
    fn: Function, input_idx: int, inputs: Sequence[Any], outputs: Sequence[Any], eps: float, input: Any = None,
    is_forward_ad: bool = False,
) -> tuple[Tensor, ...]:  # fmt: skip
    """数值雅可比 / By differences: for each output of ``fn(*inputs)``, its Jacobian with respect to one input.

    ``input`` is a tensor to move in place of that one; ``is_forward_ad`` allows complex outputs.
    """
    moved = inputs[input_idx] if input is None else input
    if not moved.requires_grad:
        raise AssertionError("Expected input to have requires_grad=True")
    if not is_forward_ad and any(o.is_complex() for o in outputs):
        raise AssertionError("Expected ds_dx to be real-valued, not complex.")
    return tuple(_jacobians.numerical(lambda _: fn(*inputs), [moved], 0, outputs, eps))


def get_analytical_jacobian(
    inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0
) -> tuple[tuple[Tensor, ...], bool, bool, bool]:
    """解析雅可比 / By backward passes: the Jacobians of one output; whether two runs agree, sizes fit, dtypes fit.

    Deprecated in PyTorch, which warns.
    """
    _deprecated("get_analytical_jacobian")
    _one_or_fail(grad_out, "get_analytical_jacobian")
    _not_complex([output], "get_analytical_jacobian")
    xs, seeds = checked(as_tuple(inputs)), _jacobians.units(output)
    first, again = (_jacobians.analytical(output, xs, seeds) for _ in range(2))
    alike = all(np.abs(a._array - b._array).max(initial=0) <= nondet_tol for a, b in zip(first, again, strict=True))
    rows = _jacobians.backward_rows(output, xs, seeds)
    pairs = [(g, x) for gradients, x in zip(rows, xs, strict=True) for g in gradients if g is not None]
    return tuple(first), alike, all(g.shape == x.shape for g, x in pairs), all(g.dtype == x.dtype for g, x in pairs)
