"""Memory that tensors share. 张量共享的内存。"""

from __future__ import annotations

from tidu._backend import Array, address


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
        return int(self.owner.nbytes)

    def size(self) -> int:
        """Number of elements in the block. 元素个数。"""
        return int(self.owner.size)

    def __len__(self) -> int:
        return self.size()
