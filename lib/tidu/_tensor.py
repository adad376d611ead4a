"""The tensor: an array, and what autograd knows of it. 张量。

Everything here is about one tensor. Operations live in ``ops/`` and attach themselves as methods; the graph, the engine
and in-place writing follow in ``_graph``, ``_engine`` and ``_inplace``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu import _dtypes, _formats
from tidu._args import Dim, kind_of
from tidu._backend import Array, address, as_array, device_name
from tidu._device import CPU, device
from tidu._formats import strided
from tidu._inference import UNTRACKED, inference_mode, settle
from tidu._modes import Rider, Volatile, beyond_transforms, modes
from tidu._naming import Named
from tidu._size import Size
from tidu._storage import Storage
from tidu._typed_storage import TypedStorage

if TYPE_CHECKING:
    from tidu._graph import Node
    from tidu._methods import Methods
else:
    Methods = object

new: Callable[[type], Any] = object.__new__


_device = device


class View:
    """Where a view comes from: its base, and the view operations that lead from there. 视图的来历。

    ``before``  the view that it is a view of, None where that is the base; ``step``: the operation and its arguments
    ``seen``    version of the storage when the view's history was last brought up to date
    ``kind``    "" or why it may not be written in place: "no_grad", "inference", "multi", "custom"
    """

    __slots__ = ("base", "before", "step", "seen", "kind")

    def __init__(self, base: Tensor, before: View | None, step: tuple[Any, Any], seen: int, kind: str) -> None:
        self.base, self.before, self.step, self.seen, self.kind = base, before, step, seen, kind

    @property
    def recipe(self) -> tuple[Any, ...]:
        """All steps from the base on. Each view keeps its own alone: a chain of them would keep their square."""
        steps, v = [self.step], self.before
        while v is not None:
            steps.append(v.step)
            v = v.before
        return tuple(reversed(steps))


class _TensorMeta(Named):
    """``Tensor(2, 3)`` and ``Tensor([1, 2])`` are PyTorch's legacy constructor; ``ops.create`` supplies it."""

    construct: Callable[..., Tensor]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Tensor:
            return _TensorMeta.construct(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class Tensor(Methods, metaclass=_TensorMeta):
    """A multi-dimensional array that can be differentiated through. 可求导的多维数组。

    Source: https://docs.pytorch.org/docs/stable/tensors.html
    """

    _shown = "torch.Tensor"

    # What every operation looks at has a slot, which is read in a fifth of the time that a default on the class takes;
    # ``wrap`` sets them all. Of the rest, only what differs from the defaults is ever stored.
    __slots__ = ("_array", "_requires_grad", "_node", "_storage", "_view", "_tangent", "__dict__", "__weakref__")
    _array: Array
    _requires_grad: bool
    _node: Node | None  # what made it (grad_fn)
    _storage: Storage | None
    _view: View | None  # of which tensor it is a view, and how it got there
    _tangent: Tensor | None
    _grad: Tensor | None = None
    _accumulator: Any = None  # weak reference to the leaf's AccumulateGrad node
    _hooks: dict[int, Callable[[Tensor], Tensor | None]] | None = None
    _retains_grad = False
    _turned = False  # ``t_`` and its like changed its geometry: recipes of earlier views no longer lead to them
    __array_priority__ = 1000

    def __hash__(self) -> int:
        return id(self)

    # ---- memory

    @property
    def shape(self) -> Size:
        """Sizes of the dimensions. 形状。"""
        return tuple.__new__(Size, self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension. 形状，或某一维的长度。"""
        if dim is None:
            return tuple.__new__(Size, self._array.shape)
        return self._array.shape[self._dimension(dim, "size")]

    def _dimension(self, dim: int, function: str) -> int:
        found: int = kind_of(Dim).parse(dim, function, "dim", 1, self._array.ndim)
        if not self._array.ndim:
            raise IndexError(f"{function}(): argument 'dim': Dimension specified as {dim} but tensor has no dimensions")
        return found

    @property
    def dtype(self) -> _dtypes.dtype:
        """Type of the elements. 元素类型。"""
        return _dtypes.of(self._array.dtype)

    @property
    def device(self) -> _device:
        """Where the memory is. 所在设备。"""
        name = device_name(self._array)
        return CPU if name == "cpu" else _device(name)

    @property
    def layout(self) -> Any:
        """How elements lie in memory: always ``torch.strided``. 内存布局。"""
        return strided

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is a GPU's. 是否在显卡上。"""
        return device_name(self._array) != "cpu"

    @property
    def ndim(self) -> int:
        """Number of dimensions. 维数。"""
        return int(self._array.ndim)

    def dim(self) -> int:
        """Number of dimensions. 维数。"""
        return int(self._array.ndim)

    ndimension = dim

    def numel(self) -> int:
        """Number of elements. 元素个数。"""
        return int(self._array.size)

    nelement = numel

    @property
    def itemsize(self) -> int:
        """Bytes of one element. 每个元素的字节数。"""
        return int(self._array.itemsize)

    def element_size(self) -> int:
        """Bytes of one element. 每个元素的字节数。"""
        return int(self._array.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements. 全部元素的字节数。"""
        return int(self._array.nbytes)

    def untyped_storage(self) -> Storage:
        """The memory block this tensor looks at. 底层内存。"""
        if self._storage is None and modes.inference:
            settle()
        if self._storage is None:
            node = self._node
            if node is not None and node.result is not None and node.result_array() is self._array:
                self._storage = node.result_storage()  # it has saved this memory, and must hear of writes to it
            else:
                self._storage = Storage(self._array)
        return self._storage

    def storage(self) -> TypedStorage:
        """The memory block as elements of this dtype; deprecated in PyTorch, which warns. 按元素看的底层内存。"""
        warnings.warn(
            "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
            "class. This should only matter to you if you are using storages directly.  To access UntypedStorage "
            "directly, use tensor.untyped_storage() instead of tensor.storage()",
            UserWarning,
            stacklevel=2,
        )
        return TypedStorage(self.untyped_storage(), self.dtype)

    def data_ptr(self) -> int:
        """Address of the first element, in bytes. 首元素地址。"""
        return address(self._array) if self._array.size else 0

    def storage_offset(self) -> int:
        """Elements between the start of the storage and the first element. 首元素在内存块中的偏移。"""
        if self._storage is None:
            return 0
        return (address(self._array) - self._storage.data_ptr()) // self._array.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """Elements to step over to the next index of each dimension, or of one. 步幅。"""
        steps = element_strides(self._array)
        if dim is None:
            return steps
        return steps[self._dimension(dim, "stride")]

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in memory without gaps, in row-major order or another format. 是否连续。"""
        if memory_format is None:
            return bool(self._array.flags.c_contiguous)
        return _formats.follows(self._array, _formats.parse(memory_format, "is_contiguous"))

    @property
    def _version(self) -> int:
        """Number of in-place operations on this tensor's memory so far. 内存被写过的次数。"""
        settle()
        if self._storage is None:
            return 0
        if self._storage.version is UNTRACKED:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._storage.version

    def is_inference(self) -> bool:
        """是否为推理张量 / Whether it was made under ``inference_mode``."""
        settle()
        return self._storage is not None and self._storage.version is UNTRACKED

    def is_shared(self) -> bool:
        """Whether other processes see the same memory; True of a GPU's. 内存是否与其他进程共享。"""
        return self._storage.is_shared() if self._storage is not None else self.is_cuda

    # ---- what autograd knows

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded. 是否需要梯度。"""
        if self._requires_grad or self._node is not None:
            return True
        # a view says what its base says, made under no_grad or before the base was written to
        return self._view is not None and self._array.dtype.kind in "fcV" and self._view.base.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Start (or stop) recording operations on this tensor; returns it. 设置是否需要梯度，默认 True。

        ``RuntimeError`` for integer tensors, and when switching off a tensor that has a history (use ``detach``).
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(
                f"requires_grad_(): argument 'requires_grad' must be bool, not {type(requires_grad).__name__}"
            )
        if isinstance(self._tangent, Rider):
            self._tangent.forbid("requires_grad_()")
        if modes.transforms:
            raise beyond_transforms("Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs)")
        if requires_grad and self._array.dtype.kind not in "fcV":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients: argument 'requires_grad' is "
                f"True for a tensor of dtype {self.dtype}"
            )
        if not requires_grad and self.grad_fn is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and not self._requires_grad and not modes.inference and self.is_inference():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor, None for a leaf. 产生它的节点。"""
        if self._view is not None:
            self._synchronise()
        node = self._node
        return node if node is None or node.port_of is None else node.port_of

    @property
    def is_leaf(self) -> bool:
        """Made by the user rather than by a recorded operation. 是否叶子张量。"""
        return self.grad_fn is None

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this is a view of, None for one with memory of its own. 视图的来源。"""
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    @property
    def output_nr(self) -> int:
        """Which output of its node this tensor is. 是节点的第几个输出。"""
        return 0 if self._node is None else self._node.nr

    @property
    def retains_grad(self) -> bool:
        """Whether ``backward`` fills ``.grad`` of this non-leaf tensor. 是否保留梯度。"""
        return self._retains_grad

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient, of this tensor's shape and dtype; None before any ``backward``. 累积的梯度。"""
        if self._grad is None and not self._retains_grad and self._node is not None:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
                "by mistake, make sure you access the leaf Tensor instead.",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                    f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value._array.dtype != self._array.dtype:
                given, own = (_dtypes.TYPE_NAMES.get(t.dtype, "Tensor").removesuffix("Tensor") for t in (value, self))
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{_dtypes.C_NAMES.get(value.dtype, given)}' to a "
                    f"tensor with grad_dtype '{own}'. The gradient must match the tensor's grad_dtype (defaults to the "
                    "tensor's dtype)."
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same memory without history; writes through it are not seen by version checks. 同一内存，无历史。"""
        if isinstance(self._tangent, Rider):
            self._tangent.forbid("data")
        t, own = wrap(self._array), self.untyped_storage()
        t._storage = Storage(own.owner)
        if own.version is UNTRACKED:
            t._storage.version = UNTRACKED
        return t

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if isinstance(self._tangent, Rider):
            self._tangent.forbid("data")
        if self._requires_grad and value._array.dtype.kind not in "fcV":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._array = value._array
        version = 0 if self.is_inference() else self._version
        self._storage = Storage(value.untyped_storage().owner)
        self._storage.version = version

    name: str | None = None  # that of an old ``Variable``

    @property
    def volatile(self) -> bool:
        """Whether nothing computed of it is recorded: ``legacy.Variable`` alone makes such tensors. 旧版属性。"""
        if self._tangent is Volatile.mark:
            return True
        warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
        return False

    @volatile.setter
    def volatile(self, value: bool) -> None:
        text = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."
        warnings.warn(text, UserWarning, stacklevel=2)

    # ---- leaving the tensor

    def item(self) -> Any:
        """The only element, as a Python number; ``RuntimeError`` unless there is exactly one. 取出唯一的元素。"""
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers (a number for a 0-d tensor). 转为嵌套列表。"""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The array, sharing memory. 共享内存的 NumPy 数组。

        ``RuntimeError`` when the tensor requires grad (and history is recorded), ``TypeError`` on a GPU, unless
        ``force`` (detach and copy).
        """
        if not force:
            if modes.grad and self.requires_grad:
                raise RuntimeError(
                    "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
                )
            if self.is_cuda:
                raise TypeError(
                    f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                    "host memory first."
                )
        if self._array.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16: NumPy has no such dtype, float() makes it one")
        array = self._array if isinstance(self._array, np.ndarray) else self._array.get()
        signs = not array.size and any(s < 0 for s in array.strides)  # see ``element_strides``
        return np.empty(array.shape, array.dtype) if signs else array

    def to_numpy(self) -> np.ndarray:
        """The same, by the name that Matplotlib asks for of whatever is no tensor of PyTorch's. 同 numpy。"""
        return self.numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
        array = np.asarray(array)
        return wrap(array.view(np.uint8) if array.dtype == bool else array)  # from before there was a bool

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self._array.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __bool__(self) -> bool:
        if self._array.size != 1:
            if self._array.size == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._array)

    def _number(self, kind: type) -> Any:
        if self._array.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars: {kind.__name__}() of a tensor of shape "
                f"{list(self.shape)}"
            )
        value = self._array.item()
        if isinstance(value, complex) and not value.imag and kind is not complex:
            value = value.real
        if isinstance(value, complex) and kind is not complex:
            raise RuntimeError(f"value cannot be converted to type {kind.__name__} without overflow")
        return kind(value)

    def __float__(self) -> float:
        self._warn_of_history()
        return self._number(float)

    def __int__(self) -> int:
        return self._number(int)

    def __complex__(self) -> complex:
        self._warn_of_history()
        return self._number(complex)

    def _warn_of_history(self) -> None:
        if modes.grad and self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                UserWarning,
                stacklevel=3,
            )

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __format__(self, spec: str) -> str:
        if not self._array.ndim and not self._is_subclass():
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def _is_subclass(self) -> bool:
        return type(self) is not Tensor

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, int, float, complex, bool)):
            return bool((self == element)._array.any())
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but argument 'element' is a {type(element).__name__}"
        )

    def _synchronise(self) -> None:
        """A view's history follows its base's; ``_inplace`` says how."""
        raise NotImplementedError  # replaced when _inplace is imported


inference_mode.marked = Tensor


def _bare(cls: type[Tensor]) -> Tensor:
    t: Tensor = new(cls)
    t._node = t._storage = t._view = t._tangent = None
    t._requires_grad = False
    return t


# ``object.__new__(Tensor)`` in three quarters of the time, past the legacy constructor.
blank: Callable[[], Tensor] = type.__call__.__get__(Tensor)


def wrap(array: Array) -> Tensor:
    """A fresh tensor on an array, without history. 把数组包成张量。"""
    t = blank()
    t._array = array if type(array) is np.ndarray else as_array(array)
    t._node = t._storage = t._view = t._tangent = None
    t._requires_grad = False
    return t


def element_strides(array: Array) -> tuple[int, ...]:
    """Strides in elements. NumPy gives new empty arrays strides of 0; PyTorch's come from the sizes, 0 as 1.

    Where those of an array without elements are all 0 indeed, they are negative here.
    """
    strides = array.strides
    if array.size or any(strides):
        size = array.itemsize
        steps = [s // size for s in strides]
        return tuple(steps if array.size else [max(s, 0) for s in steps])
    step, new_steps = 1, []
    for n in reversed(array.shape):
        new_steps.append(step)
        step *= n or 1
    return tuple(reversed(new_steps))


def byte_strides(array: Array) -> tuple[int, ...]:
    """The same in bytes, as ``_backend.strided`` takes them."""
    return array.strides if array.size else tuple(s * array.itemsize for s in element_strides(array))
