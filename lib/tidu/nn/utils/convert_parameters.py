"""All parameters as one vector, and back. 参数与向量互转。"""

from __future__ import annotations

from collections.abc import Iterable

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """参数连成向量 / The elements of all parameters, one after the other."""
    joined: Tensor = FUNCTIONS["cat"]([p.reshape(-1) for p in parameters])
    return joined


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """向量分给参数 / Each parameter's data becomes a view of its part of ``vec``."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        n = p.numel()
        p.data = vec[start : start + n].view_as(p).data
        start += n
