"""A block of memory as numbers of one dtype, as old programs see it. 按元素看的内存块。"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidu import _dtypes
from tidu._backend import Array, block
from tidu._storage import Storage, element


class TypedStorage:
    """A block of memory as elements of one dtype; PyTorch keeps it for old programs. 按元素看的内存块。

    Source: https://docs.pytorch.org/docs/stable/storage.html
    """

    def __init__(self, storage: Storage, dtype: _dtypes.dtype) -> None:
        self._untyped, self.dtype = storage, dtype

    @property
    def _elements(self) -> Array:
        return block(self._untyped.owner, self.dtype.numpy)

    device: Any

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is a GPU's. 是否在显卡上。"""
        return self._untyped.is_cuda

    def type(self, dtype: Any = None) -> str:
        """The class's name in PyTorch: ``torch.FloatStorage``. 类型名。"""
        return f"torch.{self.pickle_storage_type()}"

    def pickle_storage_type(self) -> str:
        """The class's name without its module. 不带模块的类型名。"""
        return _dtypes.TYPE_NAMES[self.dtype].replace("Tensor", "Storage")

    def clone(self) -> TypedStorage:
        """Another block with the same elements. 拷贝。"""
        return TypedStorage(self._untyped.clone(), self.dtype)

    def fill_(self, value: Any) -> TypedStorage:
        """Set every element. 填充每个元素。"""
        self._elements[...] = value
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

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
        return self._untyped.is_shared()

    def tolist(self) -> list[Any]:
        """All elements. 全部元素。"""
        return list(self._elements.tolist())

    def __getitem__(self, place: int) -> Any:
        return element(self._elements, place)

    def __setitem__(self, place: int, value: Any) -> None:
        element(self._elements, place)
        self._elements[place] = value

    def __repr__(self) -> str:
        shown = "\n ".join(map(str, self.tolist()))
        return f" {shown}\n[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]"
