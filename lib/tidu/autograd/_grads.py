"""Many gradients in one pass: ``autograd.grad`` of a batch of upstream gradients. 成批的上游梯度。"""

from __future__ import annotations

from typing import Any

from tidu import _engine
from tidu._size import Size
from tidu._tensor import Tensor


def grad_of_batch(outputs: Any, inputs: Any, grad_outputs: Any, **options: Any) -> tuple[Tensor | None, ...]:
    """``grad`` of each example of ``grad_outputs``, whose first dimension counts them, as that of the results does."""
    from tidu._batch import Batch, batch, beside
    from tidu._vmap import common_size  # which who does without batches need not load

    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    one = grad_outputs is None or isinstance(grad_outputs, Tensor)
    given = [grad_outputs] * (len(outs) if grad_outputs is None else 1) if one else list(grad_outputs)
    for i, (g, out) in enumerate(zip(given, outs, strict=False)):
        if isinstance(g, Tensor) and isinstance(out, Tensor) and g.shape[1:] != out.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of {Size(g._array.shape)} and "
                f"output[{i}] has a shape of {Size(out._array.shape)}. If you only want some tensors in `grad_output` "
                "to be considered batched, consider using vmap."
            )
        if g is None and isinstance(out, Tensor) and out._array.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
    size = common_size([0 if isinstance(g, Tensor) else None for g in given], given)
    zeros = options.pop("materialize_grads")
    with beside(size) as level:
        rows = [g if g is None else batch(level, g) for g in given]
        found = _engine.grad(outputs, inputs, rows, **{**options, "allow_unused": zeros or options["allow_unused"]})
        results = [
            g if g is None else g._tangent.front() if isinstance(g._tangent, Batch) else g.expand(size, *g.shape)
            for g in found  # the same for all examples where it does not depend on theirs
        ]
    if zeros:  # where no gradient came, in the shape of the input alone
        ins = [inputs] if isinstance(inputs, Tensor) else inputs
        made = [_engine.zeros_of(x, options["create_graph"]) for x in ins]
        results = [z if g is None else g for g, z in zip(results, made, strict=True)]
    return tuple(results)


_engine.grad_of_batch = grad_of_batch
