"""Tensors that are copied and sent: ``copy``, ``pickle``, and what goes with a tensor. 张量的拷贝与序列化。"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tidu._backend import block
from tidu._backend import strided as strided_view
from tidu._storage import Storage
from tidu._tensor import Tensor, _bare, byte_strides


def _deepcopy(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment: detach() this tensor first"
        )
    if id(self) in memo:
        return memo[id(self)]
    copy = _bare(type(self))
    memo[id(self)] = copy
    storage = self.untyped_storage()
    twin = memo.get((Storage, id(storage.owner)))  # tensors that share memory go on doing so in the copy
    if twin is None:
        twin = memo[Storage, id(storage.owner)] = Storage(storage.owner.copy(order="K"))
    if twin.owner.strides == storage.owner.strides:
        start = self.storage_offset() * self._array.itemsize
        whole = block(twin.owner, self._array.dtype)  # a view may be of another dtype
        copy._storage, copy._array = twin, strided_view(whole, self._array.shape, byte_strides(self._array), start)
    else:  # memory with gaps, taken over from an array
        copy._array = self._array.copy()
    copy._requires_grad = self._requires_grad
    if self._grad is not None:
        copy._grad = _deepcopy(self._grad, memo)
    if state := attributes(self):
        from copy import deepcopy

        put_attributes(copy, deepcopy(state, memo))
    return copy


def _reduce_ex(self: Tensor, protocol: Any) -> tuple[Any, ...]:
    return _rebuild, (type(self), self._array, self.requires_grad, attributes(self) or None)


def warn_of_hooks(t: Tensor) -> None:
    """What is saved or sent has none of them."""
    for hook in (t._hooks or {}).values():
        if not getattr(hook, "__torch_unserializable__", False):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=3,
            )


def _rebuild(cls: type[Tensor], array: np.ndarray, requires_grad: bool, state: dict[str, Any] | None = None) -> Tensor:
    t = _bare(cls)
    t._array, t._requires_grad = array, requires_grad
    if state:
        put_attributes(t, state)
    return t


def attributes(t: Tensor) -> dict[str, Any]:
    """What people have put on a tensor: all that it holds but what the engine keeps there."""
    return {name: value for name, value in t.__dict__.items() if not _engines(name)}


def put_attributes(t: Tensor, state: dict[str, Any]) -> None:
    """Put them on another; what the engine keeps is nobody else's to set."""
    t.__dict__.update({name: value for name, value in state.items() if not _engines(name)})


def _engines(name: str) -> bool:
    return name in Tensor.__dict__ or name == "_accumulated_hooks"


setattr(Tensor, "__deepcopy__", _deepcopy)
setattr(Tensor, "__reduce_ex__", _reduce_ex)
