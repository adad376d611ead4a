"""What may be written in place, and PyTorch's words for what may not. 什么可以原地修改。"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tidu._backend import Array, repeats
from tidu._graph import short_name
from tidu._inference import before_writing
from tidu._modes import modes
from tidu._overlap import REPEATS, refuse_overlap, same_elements
from tidu._tensor import Tensor

if TYPE_CHECKING:
    from tidu._op import Op


def unwritable(t: Tensor, kind: str, what: str) -> RuntimeError:
    """PyTorch's words for views that may not be written to, themselves or through their base."""
    made = None if t._node is None else f"Output {t._node.nr} of {short_name(t._node)} is a view"
    view = "A view was" if made is None else f"{made} of a view which was"
    if kind == "inference":
        event = f"{view} created in inference mode and {what} modified inplace in normal mode."
        return RuntimeError(f"{event} {_FORBIDDEN['no_grad'].replace('no_grad', 'inference_mode')}")
    if made is not None and kind in ("multi", "custom"):
        event = f"{made} and {what} modified inplace."
    else:
        event = f"{view} created in no_grad mode and {what} modified inplace with grad mode enabled."
    return RuntimeError(f"{event} {_FORBIDDEN[kind]}")


_FORBIDDEN = {
    "custom": "This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom Function, "
    "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom "
    "Function.",
    "multi": "This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "no_grad": "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
    "tracked) or both outside (if you want the inplace to be tracked).",
}


_DEPRECATED = {"index_put_": ("tensor[indices] = tensor", 5), "masked_fill_": ("tensor[mask] = scalar", 4),
               "index_fill_": ("tensor[mask] = scalar", 4)}  # fmt: skip


def check_writable(name: str, x: Tensor, rest: Sequence[Any], tracked: bool) -> None:
    """PyTorch's rules on what may be written in place; each breach is a ``RuntimeError``."""
    before_writing(x)
    constant = name in ("fill_", "zero_") and not any(isinstance(a, Tensor) for a in rest)
    constant = constant or (name == "copy_" and same_elements(x._array, rest[0]._array))
    constant = constant or name == "_threshold__"  # which done twice is what it is done once
    if not constant and repeats(x._array):  # no matter how often one number, or what is there, is written
        if name not in _DEPRECATED:
            raise RuntimeError(f"{name}(): {REPEATS}")
        example, caller = _DEPRECATED[name]
        warnings.warn(
            f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this "
            f"operation. This also applies to advanced indexing e.g. {example}",
            UserWarning,
            stacklevel=caller,
        )
    if tracked or x.requires_grad:
        check_history(x)


def check_history(x: Tensor) -> None:
    """Whether what x is now may get another history; each breach is a ``RuntimeError``."""
    if not modes.grad:
        return
    v = x._view
    if v is not None and v.kind:
        raise unwritable(x, v.kind, "is being")
    if x.requires_grad and v is not None and v.base._node is None:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if x.requires_grad and x._node is None:  # or a view that had no history when last asked: PyTorch asks no further
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def check_overlap(op: Op, target: Array, rest: Sequence[Any], attrs: dict[str, Any]) -> None:
    """An elementwise op may read the very elements it writes; one that writes where an index says may not."""
    # the value that ``fill_`` and its like read once is no matter
    sources = [a._array for a in rest if isinstance(a, Tensor)] if op.promote else []
    if not op.elementwise and "index" not in attrs:
        return
    if not op.elementwise:
        index = attrs["index"]
        at = [i for i in (index if isinstance(index, tuple) else [index]) if hasattr(i, "dtype")]
        masked = all(i.dtype.kind == "b" for i in at)  # with one value it is ``masked_fill_``
        sources = [a for a in sources if not masked or a.size > 1] + at
    refuse_overlap(op.name + "_", target, sources, itself=op.elementwise)
