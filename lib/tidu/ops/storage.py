"""Tensors and the blocks of memory under them: ``set_``, and who shares one. 张量与底层内存块。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Int, Ints, kind_of, type_name
from tidu._backend import block, device_name, moved
from tidu._define import publish
from tidu._device import device
from tidu._device import device as place
from tidu._inference import before_writing
from tidu._registry import FUNCTIONS
from tidu._storage import Storage
from tidu._tensor import Tensor
from tidu._typed_storage import TypedStorage
from tidu._writable import check_history
from tidu.ops.convert import located
from tidu.ops.view import at_strides, contiguous_strides

setattr(Storage, "device", property(lambda self: device(device_name(self.owner)), doc="Where it is. 所在设备。"))
setattr(TypedStorage, "device", property(lambda self: self.untyped().device, doc="Where it is. 所在设备。"))


def _cuda(self: Storage, device: Any = None, non_blocking: bool = False) -> Storage:
    """移到显卡 / The block on a GPU, by default the current one. ``AssertionError`` where there is none."""
    index = device if isinstance(device, int) else None if device is None else place(device).index
    where = located(place("cuda", index))
    return Storage(moved(self.owner, where.index, True))


setattr(Storage, "cuda", _cuda)


def _set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """改看另一块内存 / From now on this tensor looks at the memory of ``source``, a tensor or a storage.

    With ``size`` (and ``stride``) at that part of it from ``storage_offset`` on; a storage that is too small grows.
    ``RuntimeError`` for another dtype, and for a leaf that requires grad.
    """
    before_writing(self)
    if self.requires_grad:
        check_history(self)
    wanted = getattr(source, "dtype", self.dtype)
    if wanted is not self.dtype:
        raise RuntimeError(f"set_(): Could not set tensor of type {wanted} to a tensor of type {self.dtype}")
    dtype = self._array.dtype
    if source is None:
        storage = Storage(np.empty(0, dtype, like=self._array))
    elif isinstance(source, Tensor):
        storage = source.untyped_storage()
    elif isinstance(source, (Storage, TypedStorage)):
        storage = source.untyped()
    else:
        raise TypeError(f"set_(): argument 'source' (position 1) must be Tensor or Storage, not {type_name(source)}")
    offset = kind_of(Int).parse(storage_offset, "set_", "storage_offset", 2, 0)
    if size is not None:
        shape = kind_of(Ints).parse(size, "set_", "size", 3, 0)
        strides = contiguous_strides(shape) if stride is None else kind_of(Ints).parse(stride, "set_", "stride", 4, 0)
    elif isinstance(source, Tensor):
        shape, strides, offset = source._array.shape, source.stride(), source.storage_offset()
    else:
        shape, strides = (storage.nbytes() // dtype.itemsize,), (1,)
    if len(shape) != len(strides) or min((offset, *shape, *strides)) < 0:
        raise RuntimeError(f"set_(): cannot look at size {shape} with stride {strides} from offset {offset}")
    reach = 0 if 0 in shape else offset + 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    if reach * dtype.itemsize > storage.nbytes():
        storage.resize_(reach * dtype.itemsize)
    old = self.untyped_storage()
    old.version += 1  # heard of by who saved what it looked at
    self._array = at_strides(block(storage.owner, dtype), shape, strides, offset if reach else 0)
    self._storage, self._view = Storage(storage.owner), None
    self._storage.version = old.version  # whose writes are counted together, is as before: not with the source
    self._accumulator = None  # and what was computed of it before is another leaf's, as in PyTorch
    return self


def _is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """是否看着同一块内存的同一处 / Whether both look at the same storage with the same offset, sizes and strides."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"is_set_to(): argument 'tensor' (position 1) must be Tensor, not {type_name(tensor)}")
    places = [(t.shape, t.stride(), t.storage_offset()) for t in (self, tensor)]
    return self.untyped_storage().owner is tensor.untyped_storage().owner and places[0] == places[1]


def _is_same_size(input: Tensor, other: Tensor) -> bool:
    """形状是否相同 / Whether the shapes are the same."""
    if not isinstance(other, Tensor):
        raise TypeError(f"is_same_size(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
    return input._array.shape == other._array.shape


def _share_memory_(self: Tensor) -> Tensor:
    """移到共享内存 / Move the memory, with all tensors on it, to where other processes see it; returns the tensor.

    Nothing where it is there already, or on a GPU. It cannot grow from then on. A NumPy array that was made of it
    before keeps the memory that was.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.share_memory_.html
    """
    from tidu._sharing import share_tensor

    share_tensor(self)
    return self


def _share_storage_(self: Any) -> Any:
    """移到共享内存 / Move the block, with all tensors on it, to where other processes see it; returns it."""
    from tidu._sharing import share

    share(self.untyped())
    return self


def _new_shared(cls: type[Storage], size: int, *, device: Any = "cpu") -> Storage:
    """新的共享内存 / A new block of so many bytes that other processes see."""
    from tidu._sharing import share

    made = cls(size)
    share(made)
    return made


def is_storage(obj: Any) -> bool:
    """是否内存块 / Whether ``obj`` is a storage."""
    return isinstance(obj, (Storage, TypedStorage))


publish("set_", _set_, namespace=False)
publish("is_set_to", _is_set_to, namespace=False)
publish("is_same_size", _is_same_size)
publish("share_memory_", _share_memory_, namespace=False)
setattr(Storage, "share_memory_", _share_storage_)
setattr(Storage, "_new_shared", classmethod(_new_shared))
setattr(TypedStorage, "share_memory_", _share_storage_)
FUNCTIONS["is_storage"] = is_storage
