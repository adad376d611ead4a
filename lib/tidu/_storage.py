"""Memory that tensors share. 张量共享的内存。"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tidu._backend import Array, address, block, device_name, extent
from tidu._segments import segment_of

_BYTE = np.dtype(np.uint8)


class Storage:
    """A block of memory and how often it was written through tensors. 一块内存，以及它被写过几次。

    ``owner``    the array that spans the block: the one the first tensor on it was made with
    ``version``  number of in-place operations so far, on whichever tensor

    A tensor gets its storage when something first asks: most intermediate results are neither viewed nor written.
    ``UntypedStorage(8)`` is a block of 8 bytes, ``UntypedStorage([1, 2])`` one that holds these.
    Source: https://docs.pytorch.org/docs/stable/storage.html
    """

    __slots__ = ("owner", "version", "__weakref__")

    def __init__(self, owner: Any = 0) -> None:
        if isinstance(owner, int):
            owner = np.empty(owner, np.uint8)
        elif isinstance(owner, (list, tuple)):
            owner = np.array(owner, np.uint8)
        self.owner: Array = owner
        self.version = 0

    @property
    def shared(self) -> bool:
        """Whether other processes see the block too. 是否与其他进程共享。"""
        return segment_of(self.owner) is not None

    @property
    def _bytes(self) -> Array:
        return block(self.owner, _BYTE)

    device: Any  # where the memory is; floors above know devices

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is a GPU's. 是否在显卡上。"""
        return device_name(self.owner) != "cpu"

    def get_device(self) -> int | None:
        """Number of the GPU, None in the computer's own memory. 显卡编号。"""
        return self.device.index

    def data_ptr(self) -> int:
        """Address of the block, in bytes. 内存块的地址。"""
        return address(self.owner)

    def nbytes(self) -> int:
        """Size of the block, in bytes. 内存块的字节数。"""
        return extent(self.owner)

    size = nbytes

    def element_size(self) -> int:
        """Bytes of one element: 1. 每个元素的字节数。"""
        return 1

    def __len__(self) -> int:
        return self.nbytes()

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Storage(self._bytes[place])
        return int(element(self._bytes, place))

    def __setitem__(self, place: int | slice, value: int) -> None:
        if not isinstance(place, slice):
            element(self._bytes, place)
        self._bytes[place] = value

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def tolist(self) -> list[int]:
        """All bytes. 全部字节。"""
        return list(self._bytes.tolist())

    def fill_(self, value: int) -> Storage:
        """Set every byte. 填充每个字节。"""
        self._bytes[...] = value
        return self

    def copy_(self, source: Storage, non_blocking: bool | None = None) -> Storage:
        """Take over the bytes of another block of this size. 拷入另一块的内容。"""
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes"
            )
        self._bytes[...] = source._bytes
        return self

    def clone(self) -> Storage:
        """Another block with the same bytes. 拷贝。"""
        return Storage(self._bytes.copy())

    def cpu(self) -> Storage:
        """The block in the computer's own memory: itself where it is there. 移到主存。"""
        return self if isinstance(self.owner, np.ndarray) else Storage(self._bytes.get())

    def new(self) -> Storage:
        """An empty block. 空的内存块。"""
        return Storage(0)

    def resize_(self, size: int) -> Storage:
        """More or fewer bytes; what was there is kept. Tensors on the block go on with the memory that they have."""
        kept = self._bytes[:size]
        if size > self.nbytes():
            self.check_growth()
            grown = np.empty(size, np.uint8, like=kept)
            grown[: kept.size] = kept
            kept = grown
        self.owner = kept
        return self

    def check_growth(self) -> None:
        """``RuntimeError`` for memory that cannot grow."""
        if self.shared:
            raise RuntimeError(
                "Trying to resize storage that is not resizable: it is in shared memory, where others have their place"
            )

    def resizable(self) -> bool:
        """Whether more bytes can be had by ``resize_``. 能否变大。"""
        return not self.shared

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is page-locked. 是否为锁页内存。"""
        return False

    def is_shared(self) -> bool:
        """Whether other processes see the block too. 是否与其他进程共享。"""
        return self.shared or self.is_cuda

    def type(self, dtype: Any = None) -> str:
        """The class's name in PyTorch. 类型名。"""
        return "torch.storage.UntypedStorage"

    def untyped(self) -> Storage:
        """Itself. 自身。"""
        return self

    def __repr__(self) -> str:
        shown = "\n ".join(map(str, self.tolist()))
        return f" {shown}\n[torch.storage.UntypedStorage(device={device_name(self.owner)}) of size {len(self)}]"


def element(values: Array, place: Any) -> Any:
    """One number of a block, as indexing a storage gives it."""
    if isinstance(place, slice):
        raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
    if not isinstance(place, (int, np.integer)):
        raise TypeError(f"a storage is indexed by an int, not {type(place).__name__}")
    if not -len(values) <= place < len(values):
        raise IndexError(f"index {place} out of range for storage of size {len(values)}")
    return values[place].item()
