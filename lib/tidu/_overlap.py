"""Memory that is read and written in one call: what PyTorch refuses, in place and with ``out=``. 读写重叠的内存。"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidu._backend import Array, address, dense, repeats
from tidu._registry import OPS

SHARED = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)
REPEATS = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
    "clone() the tensor before performing the operation."
)

# With out=, what is not elementwise and may yet be given its own operand to write to, but no other part of its memory;
# what may be given none of it; and what PyTorch lets write to a tensor that repeats its elements.
_ITSELF = frozenset(
    "addbmm addmm aminmax baddbmm cumprod cumsum logcumsumexp median mode msort nanmedian renorm sort topk".split()
)
_NOTHING = frozenset(
    "addr cat gather index_add index_select kthvalue masked_select max min outer scatter scatter_add stack take".split()
)
_REPEATED = frozenset(
    "all amax amin any argmax argmin bmm cummax cummin dot empty eye full histc nansum norm ones prod std sum tril "
    "triu var zeros".split()
)


def same_elements(a: Array, b: Array) -> bool:
    """Whether two arrays are the same elements."""
    return a.strides == b.strides and a.shape == b.shape and address(a) == address(b)


def may_overlap(a: Array, b: Array) -> bool:
    """Whether two arrays may have memory in common, as far as their bounds tell."""
    return isinstance(a, np.ndarray) is isinstance(b, np.ndarray) and bool(np.may_share_memory(a, b))


def refuse_overlap(function: str, target: Array, sources: Sequence[Array], itself: bool) -> None:
    """PyTorch refuses to read from the memory it is writing to, instead of copying what it reads first.

    ``itself``: whether the very elements that are read may be written.
    """
    for source in sources:
        if isinstance(source, np.ndarray) is not isinstance(target, np.ndarray):
            continue  # one is on a device
        if not source.size or not np.may_share_memory(target, source):
            continue
        if itself and same_elements(source, target):
            continue
        if source is target or (dense(source) and dense(target)):
            raise RuntimeError(f"{function}(): {SHARED}")


def check_before(function: str, target: Array, sources: Sequence[Array], shape: tuple[int, ...]) -> None:
    """Whether a result of ``shape``, made of ``sources``, may go into ``target`` as it is before it is resized."""
    always = _is_elementwise(function) or function in _NOTHING - {"cat", "stack"}
    if function not in _REPEATED and (always or target.shape == shape) and repeats(target):
        raise RuntimeError(f"{function}(): argument 'out': {REPEATS}")
    if _is_elementwise(function):
        refuse_overlap(function, target, sources, itself=function not in _NOTHING)


def check_after(function: str, target: Array, sources: Sequence[Array]) -> None:
    """What PyTorch asks of other functions once ``target`` has the result's shape."""
    if not _is_elementwise(function) and (function in _ITSELF or function in _NOTHING):
        refuse_overlap(function, target, sources, itself=function not in _NOTHING)


def _is_elementwise(function: str) -> bool:
    op = OPS.get(function)
    return op is not None and op.elementwise
