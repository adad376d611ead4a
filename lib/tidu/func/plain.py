"""Transforms that have nothing to do here, but for their checks. 无需变换的变换。"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from tidu._tensor import Tensor


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """去除原地操作 / A function that gives what ``func`` gives: for compilers PyTorch rewrites in-place ops and views.

    Nothing is compiled here, so there is nothing to rewrite. ``remove``: "mutations" or "mutations_and_views".
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.functionalize.html
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': in-place and out= operators are replaced by others.\n"
            "     remove='mutations_and_views': views, too, are replaced by copies."
        )

    @wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return function


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """变换中的值 / What a tensor holds inside a transform, without the levels around it: for looking, not computing.

    ``recurse``: through all levels, or the innermost alone.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"debug_unwrap(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    return tensor
