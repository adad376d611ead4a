"""Jacobians, Hessians and their products with vectors, of functions from tensors to tensors. 函数式求导。

Everywhere below, ``inputs`` and what ``func`` returns are a tensor or a tuple of tensors, and results nest alike.
``create_graph`` makes the result differentiable in the inputs; ``strict`` raises where a result would be zero because
no path leads from an input to an output, instead of returning that zero.
Source: https://docs.pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tidu._batch import batch, beside, levels
from tidu._engine import Walk, grad
from tidu._graph import edge
from tidu._modes import enable_grad, is_grad_enabled, set_grad_enabled
from tidu._rows import front, units
from tidu._tensor import Tensor, wrap
from tidu.autograd import forward_ad
from tidu.ops.join import stack

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]

Tensors = tuple[Tensor, ...]
Function = Callable[..., Any]


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)`` and the product of ``v`` with its Jacobian, one backward pass. 向量与雅可比矩阵之积。

    ``v`` has the shapes of the outputs; it may be left out when the output is a single number.
    """
    with enable_grad():
        several, xs = _inputs(inputs, "vjp", create_graph)
        several_out, outs = _outputs(func, xs, "vjp", strict)
        if v is None:
            if len(outs) != 1 or outs[0].numel() != 1:
                raise RuntimeError(
                    "The vector v can only be None if the user-provided function returns a single Tensor with a single "
                    "element."
                )
            vs: Any = (None,)
        else:
            vs = _vector(v, outs, several_out, "vjp", create_graph)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        grads = _grad(outs, xs, vs, create_graph)
        product = _filled(grads, xs, strict, create_graph, _NO_PATH, _CONSTANT_JACOBIAN)
    return _pack(outs, several_out, create_graph), _pack(product, several, create_graph)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)`` and the product of its Jacobian with ``v``, by two backward passes. 雅可比矩阵与向量之积。

    The first pass is linear in its upstream gradient; the gradient with respect to that is the product. ``v`` has the
    shapes of the inputs; it may be left out when the input is a single number. ``autograd.forward_ad`` gets there in
    one pass.
    """
    with enable_grad():
        several, xs = _inputs(inputs, "jvp", create_graph)
        vs = _input_vector(v, xs, several, "jvp", create_graph, "the input to the user-provided function is")
        several_out, outs = _outputs(func, xs, "jvp", strict)
        upstream = tuple(wrap(np.zeros_like(o._array)).requires_grad_() for o in outs)
        grads = _grad(outs, xs, upstream, create_graph=True)
        _check_depends(grads, strict, _CONSTANT_GRADIENT)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        pushed = _grad(grads, upstream, vs, create_graph)
        product = _filled(pushed, outs, strict, create_graph, _NO_UPSTREAM, _CONSTANT_JACOBIAN)
    return _pack(outs, several_out, create_graph), _pack(product, several_out, create_graph)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All partial derivatives of ``func``: shape ``output.shape + input.shape`` for each pair. 雅可比矩阵。

    ``strategy``  "reverse-mode": a backward pass for each output element, all over one graph that is prepared once;
                  "forward-mode": a forward pass for each input element (as in PyTorch, only with ``vectorize``)
    ``vectorize`` run all passes at once, as ``vmap`` does: sooner where they are many, and it takes their memory
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            f'Expected strategy to be either "forward-mode" or "reverse-mode", but got {strategy!r}. Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to '
            'use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        several, xs = _inputs(inputs, "jacobian", create_graph)
        several_out, outs = _outputs(func, xs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
                "Please either set `strict=False` or `vectorize=False`."
            )
        if vectorize:
            made = _reverse_rows(outs, xs, create_graph)
        else:
            made = tuple(_reverse_jacobian(i, out, xs, create_graph, strict) for i, out in enumerate(outs))
    return _pack_matrix(made, several_out, several, create_graph)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second partial derivatives of ``func``, which returns one number. 海森矩阵。

    The Jacobian of the gradient: shape ``input.shape + input.shape`` for each pair of inputs.
    """
    several, xs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            f'Expected strategy to be either "forward-mode" or "reverse-mode", but got {outer_jacobian_strategy!r}.'
        )

    def number(*args: Tensor) -> Tensor:
        several_out, outs = _as_tuple(func(*args), _RETURNED, "hessian")
        _check_require_grad(outs, strict)
        return _single_number(several_out, outs, "hessian").squeeze()

    def gradient(*args: Tensor) -> Tensors:
        if outer_jacobian_strategy == "forward-mode":
            args = tuple(x.requires_grad_() for x in args)
        row = jacobian(number, args, create_graph=True)
        _check_depends(row, strict, _LINEAR)
        return tuple(row)

    made = jacobian(gradient, xs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return made if several else made[0][0]


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, one number, and the product of ``v`` with its Hessian. 向量与海森矩阵之积。

    ``v`` has the shapes of the inputs. Cheaper than ``hvp`` and, a Hessian being symmetric, the same number.
    """
    with enable_grad():
        several, xs, vs, several_out, outs, row = _gradient(func, inputs, v, "vhp", create_graph, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        grads = _grad(row, xs, vs, create_graph)
        product = _filled(grads, xs, strict, create_graph, _NO_SECOND_PATH, _CONSTANT_HESSIAN)
    return _pack(outs, several_out, create_graph), _pack(product, several, create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """``func(*inputs)``, one number, and the product of its Hessian with ``v``. 海森矩阵与向量之积。

    ``v`` has the shapes of the inputs.
    """
    with enable_grad():
        several, xs, vs, several_out, outs, row = _gradient(func, inputs, v, "hvp", create_graph, strict)
        upstream = tuple(wrap(np.zeros_like(x._array)).requires_grad_() for x in xs)
        twice = _grad(row, xs, upstream, create_graph=True)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        grads = _grad(twice, upstream, vs, create_graph)
        product = _filled(grads, xs, strict, create_graph, _NO_SECOND_UPSTREAM, _CONSTANT_HESSIAN)
    return _pack(outs, several_out, create_graph), _pack(product, several, create_graph)


def _reverse_jacobian(i: int, out: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The blocks of one output: a row for each of its elements, by one prepared walk over the graph."""
    found: list[list[Any]] = [[] for _ in xs]
    root, ends = edge(out), [edge(x) for x in xs]
    walk = None if root is None else Walk([root], [e for e in ends if e is not None])
    for j in range(out.numel()):
        seed = np.zeros_like(out._array, order="C")
        seed.reshape(-1)[j] = 1
        grads = {} if walk is None else walk.run([wrap(seed) if create_graph else seed], create_graph, keep=True)
        for k, end in enumerate(ends):
            g = None if end is None else grads.get(end)
            if strict and g is None:
                raise RuntimeError(f"Output {i} of the user-provided function is independent of input {k}. {_STRICT}.")
            if strict and create_graph and not g.requires_grad:  # type: ignore[union-attr]
                raise RuntimeError(_CONSTANT_JACOBIAN.format(i))
            found[k].append(g)
    return tuple(_stacked(rows, out, x, create_graph) for rows, x in zip(found, xs))


def _stacked(rows: list[Any], out: Tensor, x: Tensor, create_graph: bool) -> Tensor:
    shape = (*out.shape, *x.shape)
    if create_graph and any(r is not None for r in rows):
        zero = wrap(np.zeros_like(x._array))
        return stack([zero if r is None else r for r in rows]).view(shape)
    block = np.zeros_like(x._array, order="C", shape=(out.numel(), *x.shape))
    for j, r in enumerate(rows):
        if r is not None:
            block[j] = r
    return wrap(block.reshape(shape))


def _forward_jacobian(func: Function, inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    """The blocks column by column: a forward pass for each input element."""
    for wrong, name in ((create_graph, "create_graph"), (strict, "strict")):
        if wrong:
            kind = NotImplementedError if name == "create_graph" else RuntimeError
            raise kind(
                f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not supported '
                f'together (yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
            )
    several, xs = _as_tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )
    tangents = units(xs)
    with forward_ad.dual_level(), beside(sum([x.numel() for x in xs])) as level:
        given = [t[:0].sum(0) if not level.size else batch(level, t) for t in tangents]
        duals = [forward_ad.joined(x, t) for x, t in zip(xs, given)]
        several_out, outs = _as_tuple(func(*duals), "outputs", "jacobian")
        found = [forward_ad.parted(o) for o in outs]
        columns = [front(f.tangent, f.primal, level) for f in found]
    made: list[Any] = []
    for column, out in zip(columns, outs):
        row, start = [], 0
        for x in xs:
            part = column[start : start + x.numel()].movedim(0, -1)
            row.append(part.reshape((*out.shape, *x.shape)))
            start += x.numel()
        made.append(row if several else row[0])
    if several_out:
        return made if several else tuple(made)  # as PyTorch does
    return made[0]


def _reverse_rows(outs: Tensors, xs: Tensors, create_graph: bool) -> tuple[Tensors, ...]:
    """The blocks of all outputs by one walk, on a batch of all unit gradients."""
    roots, ends = [edge(o) for o in outs], [edge(x) for x in xs]
    reached = [r for r in roots if r is not None]
    total = sum([o.numel() for o in outs])
    with levels(total) as level:
        grads: dict[Any, Tensor] = {}
        if reached and total:
            seeds = [batch(level, u) for u, r in zip(units(outs), roots) if r is not None]
            walk = Walk(reached, [e for e in ends if e is not None])
            grads = walk.run(seeds, tensors=True, keep=True, record=create_graph)
        rows = [front(None if e is None else grads.get(e), x, level) for e, x in zip(ends, xs)]
    made, start = [], 0
    for out in outs:
        n = out.numel()
        made.append(tuple(r[start : start + n].reshape((*out.shape, *x.shape)) for r, x in zip(rows, xs)))
        start += n
    return tuple(made)


# what goes in and comes out

_RETURNED = "outputs of the user-provided function"

# PyTorch's words for what strict mode does not allow
_STRICT = "This is not allowed in strict mode"
_NO_PATH = "The output of the user-provided function is independent of input {}. " + _STRICT + "."
_NO_UPSTREAM = (
    "The gradient with respect to the input is independent of entry {} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. " + _STRICT + "."
)
_NO_SECOND_PATH = "The jacobian of the user-provided function is independent of input {}. " + _STRICT + "."
_NO_SECOND_UPSTREAM = (
    "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. " + _STRICT + " as it "
    "prevents from using the double backward trick to replace forward mode AD."
)
_CONSTANT_JACOBIAN = (
    "The jacobian of the user-provided function is independent of input {}. " + _STRICT + " when create_graph=True."
)
_CONSTANT_GRADIENT = (
    "The gradient with respect to input {} is independent of the inputs of the user-provided function. " + _STRICT + "."
)
_LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. " + _STRICT + ". You should ensure that your function is twice differentiable and that "
    "the jacobian depends on the inputs (this would be violated by a linear function for example)."
)
_CONSTANT_HESSIAN = _CONSTANT_JACOBIAN.replace("jacobian", "hessian")


def _as_tuple(value: Any, name: str, function: str) -> tuple[bool, Tensors]:
    several = isinstance(value, tuple)
    for i, x in enumerate(value if several else (value,)):
        if not isinstance(x, Tensor):
            which = f"value at index {i}" if several else f"given {name}"
            raise TypeError(
                f"The {name} given to {function} must be either a Tensor or a tuple of Tensors but the {which} has "
                f"type {type(x)}."
            )
    return several, value if several else (value,)


def _own(xs: Tensors, create_graph: bool, need_graph: bool) -> Tensors:
    """New tensor objects on the same memory: what ``func`` captured by closure is not one of them, and stays apart."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(need_graph) for x in xs
    )


def _inputs(inputs: Any, function: str, create_graph: bool) -> tuple[bool, Tensors]:
    several, xs = _as_tuple(inputs, "inputs", function)
    return several, _own(xs, create_graph, need_graph=True)


def _outputs(func: Function, xs: Tensors, function: str, strict: bool) -> tuple[bool, Tensors]:
    several, outs = _as_tuple(func(*xs), _RETURNED, function)
    _check_require_grad(outs, strict)
    return several, outs


def _vector(v: Any, like: Tensors, several: bool, function: str, create_graph: bool) -> Tensors:
    vs = _own(_as_tuple(v, "v", function)[1], create_graph, need_graph=False)
    if len(vs) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (mine, other) in enumerate(zip(vs, like)):
        if mine.shape != other.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {other.size()} but got {mine.size()}.")
    return vs


def _input_vector(v: Any, xs: Tensors, several: bool, function: str, create_graph: bool, subject: str) -> Any:
    if v is not None:
        return _vector(v, xs, several, function, create_graph)
    if len(xs) != 1 or xs[0].numel() != 1:
        raise RuntimeError(f"The vector v can only be None if {subject} a single Tensor with a single element.")
    return (None,)


def _gradient(
    func: Function, inputs: Any, v: Any, function: str, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Any, bool, Tensors, Sequence[Tensor | None]]:
    """What both Hessian products begin with: the gradient of one number, with its own history."""
    several, xs = _inputs(inputs, function, create_graph)
    vs = _input_vector(v, xs, several, function, create_graph, "the input to the user-provided function is")
    several_out, outs = _outputs(func, xs, function, strict)
    _single_number(several_out, outs, function)
    row = _grad(outs, xs, (None,), create_graph=True)
    _check_depends(row, strict, _LINEAR)
    return several, xs, vs, several_out, outs, row


def _single_number(several: bool, outs: Tensors, function: str) -> Tensor:
    if several:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {function} should contain a single element, not the "
            f"{outs[0].numel()} of {outs[0].size()}"
        )
    return outs[0]


def _grad(
    outs: Iterable[Tensor | None], xs: Tensors, vs: Iterable[Tensor | None], create_graph: bool
) -> tuple[Tensor | None, ...]:
    """``autograd.grad`` that passes over outputs without history."""
    pairs = [(o, v) for o, v in zip(outs, vs) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(xs)
    return grad([o for o, _ in pairs], xs, [v for _, v in pairs], create_graph=create_graph, allow_unused=True)


def _filled(
    grads: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, none: str, constant: str
) -> Tensors:
    """Zeros where no path leads; in strict mode the error ``none`` there, ``constant`` for what depends on nothing."""
    for i, g in enumerate(grads):
        if strict and g is None:
            raise RuntimeError(none.format(i))
        if strict and create_graph and not g.requires_grad:  # type: ignore[union-attr]
            raise RuntimeError(constant.format(i))
    return tuple(wrap(np.zeros_like(x._array)) if g is None else g for g, x in zip(grads, like))


def _check_require_grad(outs: Tensors, strict: bool) -> None:
    for i, o in enumerate(outs):
        if strict and not o.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in "
                "a differentiable manner from the input when running in strict mode."
            )


def _check_depends(grads: Sequence[Tensor | None], strict: bool, constant: str) -> None:
    for i, g in enumerate(grads):
        if strict and g is None:
            raise RuntimeError(_NO_PATH.format(i))
        if strict and not g.requires_grad:  # type: ignore[union-attr]
            raise RuntimeError(constant.format(i))


def _pack(tensors: Tensors, several: bool, create_graph: bool) -> Any:
    made = tensors if create_graph else tuple(x.detach() for x in tensors)
    return made if several else made[0]


def _pack_matrix(blocks: tuple[Tensors, ...], several_out: bool, several_in: bool, create_graph: bool) -> Any:
    rows = tuple(_pack(row, several_in, create_graph) for row in blocks)
    return rows if several_out else rows[0]
