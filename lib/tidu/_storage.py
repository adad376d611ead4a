"""Memory that tensors share. 张量共享的内存。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._backend import Array, address, block, device_name, extent


class Storage:
    """A block of memory and how often it was written through tensors. 一块内存，以及它被写过几次。

    ``owner``    the array that spans the block: the one the first tensor on it was made with
    ``version``  number of in-place operations so far, on whichever tensor
    ``shared``   whether other processes see the block too

    A tensor gets its storage when something first asks: most intermediate results are neither viewed nor written.
    """

    __slots__ = ("owner", "version", "shared", "__weakref__")

    def __init__(self, owner: Array) -> None:
        self.owner = owner
        self.version = 0
        self.shared = False

    def data_ptr(self) -> int:
        """Address of the block, in bytes. 内存块的地址。"""
        return address(self.owner)

    def nbytes(self) -> int:
        """Size of the block, in bytes. 内存块的字节数。"""
        return extent(self.owner)

    size = nbytes

    def __len__(self) -> int:
        return self.nbytes()

    def __getitem__(self, place: int) -> int:
        return int(_element(block(self.owner, np.dtype(np.uint8)), place))

    def tolist(self) -> list[int]:
        """All bytes. 全部字节。"""
        return list(block(self.owner, np.dtype(np.uint8)).tolist())

    def is_shared(self) -> bool:
        """Whether other processes see the block too. 是否与其他进程共享。"""
        return self.shared

    def __repr__(self) -> str:
        shown = "".join(f" {byte}\n" for byte in self.tolist())
        return f"{shown}[torch.storage.UntypedStorage(device={device_name(self.owner)}) of size {len(self)}]"


class TypedStorage:
    """A block of memory as elements of one dtype; PyTorch keeps it for old programs. 按元素看的内存块。

    Source: https://docs.pytorch.org/docs/stable/storage.html
    """

    def __init__(self, storage: Storage, dtype: _dtypes.dtype) -> None:
        self._untyped, self.dtype = storage, dtype

    @property
    def _elements(self) -> Array:
        return block(self._untyped.owner, self.dtype.numpy)

    @property
    def device(self) -> str:
        """Where the memory is. 所在设备。"""
        return device_name(self._untyped.owner)

    def untyped(self) -> Storage:
        """The same block as bytes. 同一内存块，按字节看。"""
        return self._untyped

    def size(self) -> int:
        """Number of elements in the block, whatever part of it a tensor looks at. 元素个数。"""
        return int(self._elements.size)

    def __len__(self) -> int:
        return self.size()

    def nbytes(self) -> int:
        """Size of the block, in bytes. 内存块的字节数。"""
        return self._untyped.nbytes()

    def element_size(self) -> int:
        """Bytes of one element. 每个元素的字节数。"""
        return int(self.dtype.numpy.itemsize)

    def data_ptr(self) -> int:
        """Address of the block, in bytes. 内存块的地址。"""
        return self._untyped.data_ptr()

    def is_shared(self) -> bool:
        """Whether other processes see the block too. 是否与其他进程共享。"""
        return self._untyped.shared

    def tolist(self) -> list[Any]:
        """All elements. 全部元素。"""
        return list(self._elements.tolist())

    def __getitem__(self, place: int) -> Any:
        return _element(self._elements, place)

    def __setitem__(self, place: int, value: Any) -> None:
        _element(self._elements, place)
        self._elements[place] = value

    def __repr__(self) -> str:
        shown = "".join(f" {value}\n" for value in self.tolist())
        return f"{shown}[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]"


def _element(values: Array, place: Any) -> Any:
    if isinstance(place, slice):
        raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
    if not isinstance(place, (int, np.integer)):
        raise TypeError(f"a storage is indexed by an int, not {type(place).__name__}")
    if not -len(values) <= place < len(values):
        raise IndexError(f"index {place} out of range for storage of size {len(values)}")
    return values[place].item()
